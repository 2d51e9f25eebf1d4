"""Where examples come from: embedded sets, TFDS, local folders and arrays; and how they reach a step."""

from jaxaug.data.feed import Feed, as_batch, training_feed
from jaxaug.data.load import DEFAULTS, READERS, load
from jaxaug.data.record import fingerprint, record_split
from jaxaug.data.source import Source
from jaxaug.data.split import Info, Splits, assert_disjoint, assert_unseen, first, permutation

__all__ = (
  'DEFAULTS',
  'Feed',
  'Info',
  'READERS',
  'Source',
  'Splits',
  'as_batch',
  'assert_disjoint',
  'assert_unseen',
  'fingerprint',
  'first',
  'load',
  'permutation',
  'record_split',
  'training_feed',
)
