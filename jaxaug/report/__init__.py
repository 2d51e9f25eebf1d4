"""Reads a finished run's files and draws its page; the gallery of augmentations; imports no job."""

from jaxaug.report.gallery import gallery
from jaxaug.report.page import write

__all__ = ('gallery', 'write')
