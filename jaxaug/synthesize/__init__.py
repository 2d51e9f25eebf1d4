"""Generators and the pipeline split, fit, sample, gate, mix, retrain, verdict.

The room is kept; nothing lives here yet.
"""

__all__ = ()
