"""Certificates: what no attack inside a ball can change. Bounds of the logits, and smoothing radii."""

from jaxaug.certify.crown import certified_margin, crown, verified
from jaxaug.certify.ibp import Bounds, ibp, linf_box
from jaxaug.certify.smoothing import ABSTAIN, lower_bound, smooth, smoothed_radius

__all__ = (
  'ABSTAIN',
  'Bounds',
  'certified_margin',
  'crown',
  'ibp',
  'linf_box',
  'lower_bound',
  'smooth',
  'smoothed_radius',
  'verified',
)
