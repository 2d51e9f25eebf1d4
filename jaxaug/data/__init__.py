"""Where examples come from: embedded sets, TFDS, local folders and arrays; and how they reach a step."""

from jaxaug.data.array_record import write_array_record
from jaxaug.data.feed import Feed, as_batch, training_feed
from jaxaug.data.load import DEFAULTS, READERS, load
from jaxaug.data.record import content, fingerprint, record_split
from jaxaug.data.source import MODALITIES, Source, modality
from jaxaug.data.split import Info, Splits, assert_disjoint, assert_unseen, first, permutation
from jaxaug.data.synthetic_store import PROVENANCE, Store, read_store, write_store
from jaxaug.data.tones import BANDS, loudest, tones
from jaxaug.data.windows import windowed, windows

__all__ = (
  'BANDS',
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
  'content',
  'fingerprint',
  'first',
  'load',
  'loudest',
  'modality',
  'permutation',
  'read_store',
  'record_split',
  'tones',
  'training_feed',
  'windowed',
  'windows',
  'write_array_record',
  'write_store',
)
