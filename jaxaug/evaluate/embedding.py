"""Features on a sheet of paper: two numbers for each image."""

import numpy as np

from jaxaug.types import Array


def pca(features: Array) -> np.ndarray:
  """(h - mean) projected on the two directions of largest variance

  Args:
    features: [N, D] float.

  Returns:
    [N, 2] float32; zeros where D is 1. The largest entry of each direction is positive, so that the picture is always the same.

  Source: Pearson, On Lines and Planes of Closest Fit to Systems of Points in Space, 1901.
  """
  apart = np.asarray(features, np.float64)
  apart = apart - apart.mean(0)
  ways = np.linalg.svd(apart, full_matrices=False)[2][:2]
  ways = ways * np.sign(ways[np.arange(len(ways)), np.abs(ways).argmax(-1)])[:, None]
  flat = apart @ ways.T
  return np.pad(flat, ((0, 0), (0, 2 - flat.shape[1]))).astype(np.float32)


def tsne(features: Array, perplexity: float = 30.0) -> np.ndarray:
  """Near stays near; distances between groups mean little. Starts from `pca`, so that the picture is always the same.

  Args:
    features: [N, D] float, N at least 4.
    perplexity: about how many neighbours a point has; at most (N - 1) / 3 is used.

  Returns:
    [N, 2] float32.

  Source: van der Maaten and Hinton, Visualizing Data using t-SNE, 2008, as scikit-learn computes it.
  """
  from sklearn.manifold import TSNE
  from threadpoolctl import threadpool_limits

  start = pca(features)
  start = 1e-4 * start / max(start[:, 0].std(), 1e-12)
  perplexity = min(perplexity, (len(start) - 1) / 3)
  with threadpool_limits(1):  # its threads wait for each other by spinning: far slower beside other work
    return TSNE(perplexity=perplexity, init=start, random_state=0).fit_transform(np.asarray(features, np.float32))
