"""Dropout, inverted: what is kept is scaled up in training, so that evaluation changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def dropout_mask(
    generator: np.random.Generator, shape: tuple[int, ...], rate: float, dtype: type[np.floating] = np.float64
) -> Array:
    """Return a mask of 0 (with probability ``rate``) and 1/(1 − rate).

    Draws 16 random bits an entry, so the rate is exact to 2⁻¹⁶ (and exact for ½).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout rate {rate} is not in [0, 1)")
    n_entries = int(np.prod(shape))
    bits = np.frombuffer(generator.bytes(2 * n_entries), dtype="<u2").reshape(shape)
    mask: Array = (bits >= round(rate * 65536)).astype(dtype)
    mask *= dtype(1 / (1 - rate))
    return mask


def dropout_forward(h: Array, mask: Array) -> Array:
    """Return h · mask; in evaluation mode nothing is called."""
    return h * mask


def dropout_backward(dh: Array, mask: Array) -> Array:
    """Return ∂L/∂h before the mask."""
    return dh * mask
