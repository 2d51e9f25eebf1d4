"""Generators and the pipeline split, fit, sample, gate, mix, retrain, verdict."""

from jaxaug.synthesize.accountant import dp_epsilon, dp_noise
from jaxaug.synthesize.audio_codec import spectrogram_codec, wave_codec
from jaxaug.synthesize.codec import Codec, image_codec, row_codec
from jaxaug.synthesize.constraints import Inequality, Range, Sum
from jaxaug.synthesize.copula import draw_copula, fit_copula
from jaxaug.synthesize.ctgan import ctgan
from jaxaug.synthesize.detectors import DEFAULTS as DETECTORS
from jaxaug.synthesize.diffaugment import diffaugment
from jaxaug.synthesize.dp_gan import dp_gan
from jaxaug.synthesize.dp_sgd import Mechanism, padded_size, poisson_rows, private_gradient, spending
from jaxaug.synthesize.edm import edm
from jaxaug.synthesize.extractor import Extractor, extract, fit_extractor, random_extractor
from jaxaug.synthesize.fidelity import fidelity
from jaxaug.synthesize.fit import fit
from jaxaug.synthesize.gan import gan
from jaxaug.synthesize.gan_presets import GANS
from jaxaug.synthesize.gate import DEFAULTS as GATE_DEFAULTS
from jaxaug.synthesize.generation import GENERATORS
from jaxaug.synthesize.generator import Generator
from jaxaug.synthesize.joint import Joint, hard_but_true, joint
from jaxaug.synthesize.latent_codec import latent_codec
from jaxaug.synthesize.lengths import with_lengths
from jaxaug.synthesize.lora import fine_tuned, lora
from jaxaug.synthesize.paired import compare
from jaxaug.synthesize.pipeline import verdict
from jaxaug.synthesize.recreate import recreate
from jaxaug.synthesize.review import ReviewNeeded
from jaxaug.synthesize.series_codec import series_codec
from jaxaug.synthesize.settings import DEFAULTS, pipeline_settings
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
  'Extractor',
  'DETECTORS',
  'GANS',
  'GATE_DEFAULTS',
  'GENERATORS',
  'Generator',
  'Inequality',
  'Mechanism',
  'Joint',
  'Range',
  'ReviewNeeded',
  'Sum',
  'TabularSynthesizer',
  'compare',
  'ctgan',
  'diffaugment',
  'dp_epsilon',
  'dp_gan',
  'dp_noise',
  'draw_copula',
  'edm',
  'extract',
  'fidelity',
  'fine_tuned',
  'fit',
  'fit_copula',
  'fit_extractor',
  'gan',
  'hard_but_true',
  'image_codec',
  'latent_codec',
  'joint',
  'lora',
  'masked_rows',
  'padded_size',
  'pipeline_settings',
  'poisson_rows',
  'private_gradient',
  'random_extractor',
  'recreate',
  'row_codec',
  'spending',
  'series_codec',
  'spectrogram_codec',
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
  'wave_codec',
  'with_lengths',
)
