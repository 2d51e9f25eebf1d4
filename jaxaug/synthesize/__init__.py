"""Generators and the pipeline split, fit, sample, gate, mix, retrain, verdict."""

from jaxaug.synthesize.codec import Codec, image_codec, row_codec
from jaxaug.synthesize.constraints import Inequality, Range, Sum
from jaxaug.synthesize.copula import draw_copula, fit_copula
from jaxaug.synthesize.ctgan import ctgan
from jaxaug.synthesize.detectors import DEFAULTS as DETECTORS
from jaxaug.synthesize.diffaugment import diffaugment
from jaxaug.synthesize.edm import edm
from jaxaug.synthesize.fit import fit
from jaxaug.synthesize.gan import gan
from jaxaug.synthesize.gan_presets import GANS
from jaxaug.synthesize.gate import DEFAULTS as GATE_DEFAULTS
from jaxaug.synthesize.generation import GENERATORS
from jaxaug.synthesize.generator import Generator
from jaxaug.synthesize.lora import fine_tuned, lora
from jaxaug.synthesize.paired import compare
from jaxaug.synthesize.pipeline import DEFAULTS, pipeline_settings, verdict
from jaxaug.synthesize.recreate import recreate
from jaxaug.synthesize.review import ReviewNeeded
from jaxaug.synthesize.stylegan2_mix import stylegan2_mix
from jaxaug.synthesize.table_codec import table_codec
from jaxaug.synthesize.table_models import table_edm
from jaxaug.synthesize.table_rows import masked_rows, table_examples, training_by_sampling
from jaxaug.synthesize.tabular import TabularSynthesizer
from jaxaug.synthesize.tvae import tvae
from jaxaug.synthesize.vae import vae, vae_codes
from jaxaug.synthesize.verdict_text import verdict_table
from jaxaug.synthesize.watch import watch

__all__ = (
  'Codec',
  'DEFAULTS',
  'DETECTORS',
  'GANS',
  'GATE_DEFAULTS',
  'GENERATORS',
  'Generator',
  'Inequality',
  'Range',
  'ReviewNeeded',
  'Sum',
  'TabularSynthesizer',
  'compare',
  'ctgan',
  'diffaugment',
  'draw_copula',
  'edm',
  'fine_tuned',
  'fit',
  'fit_copula',
  'gan',
  'image_codec',
  'lora',
  'masked_rows',
  'pipeline_settings',
  'recreate',
  'row_codec',
  'stylegan2_mix',
  'table_codec',
  'table_edm',
  'table_examples',
  'training_by_sampling',
  'tvae',
  'vae',
  'vae_codes',
  'verdict',
  'verdict_table',
  'watch',
)
