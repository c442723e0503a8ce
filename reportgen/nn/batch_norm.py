"""Batch normalization, 1-D and 2-D, in training and evaluation mode (Ioffe & Szegedy 2015)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

EPS = 1e-5  # as in PyTorch; keeps the division finite for a unit that is constant over the batch
MOMENTUM = 0.1  # weight of the new batch in the running statistics, as in PyTorch


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNormCache:
    """What the backward pass needs: x̂ (…, batch, n), 1/√(σ² + ε) (…, 1, n), γ (…, n)."""

    x_hat: Array
    inverse_std: Array
    gamma: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStatistics:
    """What is stored for evaluation: running mean and variance, both (…, n)."""

    mean: Array
    variance: Array

    def updated(self, x: Array, momentum: float = MOMENTUM) -> RunningStatistics:
        """Return the statistics after the batch x (…, batch, n): r ← (1 − m) r + m · statistic.

        The variance that goes in is the unbiased one (divided by batch − 1), as in PyTorch, while the
        batch itself is normalized with the biased one; the paper's algorithm 2 corrects at the end
        instead. A batch of one has variance 0.
        """
        n_batch = x.shape[-2]
        unbiased = x.var(axis=-2) * (n_batch / max(n_batch - 1, 1))
        return RunningStatistics(
            mean=(1 - momentum) * self.mean + momentum * x.mean(axis=-2),
            variance=(1 - momentum) * self.variance + momentum * unbiased,
        )


def initial_statistics(shape: tuple[int, ...]) -> RunningStatistics:
    """Return mean 0 and variance 1, where PyTorch starts too."""
    return RunningStatistics(mean=np.zeros(shape), variance=np.ones(shape))


def batch_norm_forward(x: Array, gamma: Array, beta: Array, eps: float = EPS) -> tuple[Array, BatchNormCache]:
    """Return y = γ x̂ + β with x̂ = (x − μ)/√(σ² + ε), and what the backward pass needs.

    Parameters
    ----------
    x
        A training batch (…, batch, n); μ and σ² (biased) are taken over ``batch``.
    gamma, beta
        Learnable scale and shift (…, n).
    eps
        Inside the root, as in the paper.
    """
    mean = x.mean(axis=-2, keepdims=True)
    variance = x.var(axis=-2, keepdims=True)
    inverse_std = 1 / np.sqrt(variance + eps)
    x_hat = (x - mean) * inverse_std
    y = gamma[..., None, :] * x_hat + beta[..., None, :]
    return y, BatchNormCache(x_hat=x_hat, inverse_std=inverse_std, gamma=gamma)


def batch_norm_backward(dy: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return (∂L/∂x, ∂L/∂γ, ∂L/∂β).

    With ∂γ = Σ dy·x̂ and ∂β = Σ dy over the batch of size N,
    ∂L/∂x = γ/√(σ² + ε) · (dy − ∂β/N − x̂·∂γ/N): the mean and the component along x̂ are projected out.
    """
    n_batch = dy.shape[-2]
    dgamma = (dy * cache.x_hat).sum(axis=-2)
    dbeta = dy.sum(axis=-2)
    centered = dy - dbeta[..., None, :] / n_batch - cache.x_hat * (dgamma[..., None, :] / n_batch)
    dx = cache.gamma[..., None, :] * cache.inverse_std * centered
    return dx, dgamma, dbeta


def batch_norm_inference(
    x: Array, gamma: Array, beta: Array, statistics: RunningStatistics, eps: float = EPS
) -> Array:
    """Return γ (x − mean)/√(variance + ε) + β with the running statistics: each row on its own."""
    scale = gamma / np.sqrt(statistics.variance + eps)
    y: Array = (x - statistics.mean[..., None, :]) * scale[..., None, :] + beta[..., None, :]
    return y


def channels_last(x: Array) -> Array:
    """Return images (…, N, C, H, W) as rows (…, N·H·W, C): 2-D batch norm is then the 1-D one."""
    moved = np.moveaxis(x, -3, -1)
    return moved.reshape(*moved.shape[:-4], -1, moved.shape[-1])


def channels_first(rows: Array, shape: tuple[int, ...]) -> Array:
    """Undo :func:`channels_last` for images of this shape (…, N, C, H, W)."""
    *leading, n, c, height, width = shape
    return np.moveaxis(rows.reshape(*leading, n, height, width, c), -1, -3)


def batch_norm_2d_forward(
    x: Array, gamma: Array, beta: Array, eps: float = EPS
) -> tuple[Array, BatchNormCache]:
    """Normalize images (…, N, C, H, W) per channel, over N, H and W; γ and β are (…, C)."""
    y, cache = batch_norm_forward(channels_last(x), gamma, beta, eps)
    return channels_first(y, x.shape), cache


def batch_norm_2d_backward(dy: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return (∂L/∂x, ∂L/∂γ, ∂L/∂β) of :func:`batch_norm_2d_forward`."""
    dx, dgamma, dbeta = batch_norm_backward(channels_last(dy), cache)
    return channels_first(dx, dy.shape), dgamma, dbeta


def batch_norm_2d_inference(
    x: Array, gamma: Array, beta: Array, statistics: RunningStatistics, eps: float = EPS
) -> Array:
    """Normalize images (…, N, C, H, W) with the running statistics (…, C)."""
    rows = batch_norm_inference(channels_last(x), gamma, beta, statistics, eps)
    return channels_first(rows, x.shape)
