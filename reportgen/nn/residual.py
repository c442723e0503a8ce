"""The residual connection y = x + F(x) (He et al. 2016, equation 1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def residual_forward(x: Array, branch: Array) -> Array:
    """Return y = x + F(x), given F(x) of the same shape."""
    return x + branch


def residual_backward(dy: Array, d_through_branch: Array) -> Array:
    """Return ∂L/∂x = dy + (∂F/∂x)ᵀ dy, given the second term: the gradient has a path of slope 1 around F."""
    return dy + d_through_branch
