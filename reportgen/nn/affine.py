"""The affine layer: z = x W + b."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def affine_forward(x: Array, w: Array, b: Array, out: Array | None = None) -> Array:
    """Return z = x W + b, for every replicate at once.

    Parameters
    ----------
    x
        Inputs (…, batch, n_in).
    w
        Weights (…, n_in, n_out).
    b
        Biases (…, n_out).
    out
        Where to put z (…, batch, n_out).
    """
    z: Array = np.matmul(x, w, out=out)
    z += b[..., None, :]
    return z


def affine_backward(dz: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    """Return (∂L/∂x, ∂L/∂W, ∂L/∂b) = (δ Wᵀ, xᵀ δ, Σ_batch δ) from δ = ∂L/∂z of shape (…, batch, n_out)."""
    dx = np.matmul(dz, np.swapaxes(w, -1, -2))
    dw = np.matmul(np.swapaxes(x, -1, -2), dz)
    db = dz.sum(axis=-2)
    return dx, dw, db
