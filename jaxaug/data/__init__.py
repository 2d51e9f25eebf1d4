"""Where examples come from: embedded sets, TFDS, local folders and arrays; and how they reach a step."""

from jaxaug.data.feed import Feed, as_batch, training_feed
from jaxaug.data.load import DEFAULTS, READERS, load
from jaxaug.data.record import fingerprint, record_split
from jaxaug.data.source import MODALITIES, Source, modality
from jaxaug.data.split import Info, Splits, assert_disjoint, assert_unseen, first, permutation
from jaxaug.data.synthetic_store import PROVENANCE, Store, read_store, write_store

__all__ = (
  'DEFAULTS',
  'Feed',
  'Info',
  'MODALITIES',
  'PROVENANCE',
  'READERS',
  'Source',
  'Splits',
  'Store',
  'as_batch',
  'assert_disjoint',
  'assert_unseen',
  'fingerprint',
  'first',
  'load',
  'modality',
  'permutation',
  'read_store',
  'record_split',
  'training_feed',
  'write_store',
)
