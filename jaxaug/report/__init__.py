"""Reads a finished run's files and draws its page; the pages of several seeds and of transferred attacks; the gallery of augmentations; imports no job."""

from jaxaug.report.gallery import gallery, photographs
from jaxaug.report.page import write
from jaxaug.report.seeds import write_seeds
from jaxaug.report.transfer import write_transfer

__all__ = ('gallery', 'photographs', 'write', 'write_seeds', 'write_transfer')
