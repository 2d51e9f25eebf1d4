"""Reads a finished run's files and draws its page; imports no job."""

from jaxaug.report.page import write

__all__ = ('write',)
