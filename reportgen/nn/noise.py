"""Noise after batch normalization, which undoes what the normalization did (Santurkar et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """y ↦ s y + m for unit j and row i of a batch, from a distribution that is itself drawn anew each step.

    With μ_j ~ U(−shift, shift) and σ_j ~ U(1, scale) for the step, m_ij ~ U(μ_j − spread, μ_j + spread) and
    s_ij ~ N(σ_j, spread²): neither zero mean nor unit variance, and different ones at every step. This is
    the paper's idea; form and numbers are ours.

    Attributes
    ----------
    shift, scale
        How far mean and standard deviation are thrown from 0 and 1.
    spread
        How much the rows of a batch differ.
    """

    shift: float = 0.5
    scale: float = 1.25
    spread: float = 0.1

    def __post_init__(self) -> None:
        if self.shift < 0 or self.scale < 1 or self.spread < 0:
            raise ValueError(f"{self}: shift and spread must be at least 0, scale at least 1")


def noise_draw(
    generator: np.random.Generator,
    shape: tuple[int, int],
    noise: Noise,
    dtype: type[np.float32] | type[np.float64] = np.float64,
) -> tuple[Array, Array]:
    """Return one step's s and m, each (batch, n)."""
    center = (2 * generator.random(shape[1], dtype) - 1) * dtype(noise.shift)
    scale = 1 + generator.random(shape[1], dtype) * dtype(noise.scale - 1)
    m = center + (2 * generator.random(shape, dtype) - 1) * dtype(noise.spread)
    s = scale + generator.standard_normal(shape, dtype) * dtype(noise.spread)
    return s, m


def noise_forward(y: Array, s: Array, m: Array) -> Array:
    """Return s y + m; in evaluation mode nothing is called."""
    return s * y + m


def noise_backward(dy: Array, s: Array) -> Array:
    """Return ∂L/∂y before the noise."""
    return dy * s
