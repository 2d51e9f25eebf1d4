"""Automated augmentation search: one space, one budget, one verdict.

The room is kept; nothing lives here yet.
"""

__all__ = ()
