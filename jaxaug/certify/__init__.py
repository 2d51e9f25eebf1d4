"""Bounds (IBP, CROWN) and smoothing radii: what training and evaluation both need.

The room is kept; nothing lives here yet.
"""

__all__ = ()
