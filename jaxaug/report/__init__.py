"""Reads a finished run's files and draws its page; the pages of several seeds and of transferred attacks; verdicts on synthetic rows; the galleries of augmentations and generators; imports no job."""

from jaxaug.report.gallery import gallery, photographs
from jaxaug.report.generators import write_generators
from jaxaug.report.page import write
from jaxaug.report.review import write_review
from jaxaug.report.seeds import write_seeds
from jaxaug.report.synthesis import write_verdict
from jaxaug.report.transfer import write_transfer

__all__ = (
  'gallery',
  'photographs',
  'write',
  'write_generators',
  'write_review',
  'write_seeds',
  'write_transfer',
  'write_verdict',
)
