"""Reads a finished run's files and draws its page; the page of several seeds; the gallery of augmentations; imports no job."""

from jaxaug.report.gallery import gallery, photographs
from jaxaug.report.page import write
from jaxaug.report.seeds import write_seeds

__all__ = ('gallery', 'photographs', 'write', 'write_seeds')
