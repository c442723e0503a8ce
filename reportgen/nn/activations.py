"""Activation functions and their slopes, written in terms of the output h = φ(z)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Activation = Literal["relu", "tanh", "sigmoid", "linear"]


def relu(z: Array) -> Array:
    """Return h = max(z, 0)."""
    h: Array = np.maximum(z, 0)
    return h


def relu_backward(dh: Array, h: Array) -> Array:
    """Return ∂L/∂z = ∂L/∂h · [h > 0]; the slope at 0 is 0, as in PyTorch."""
    dz: Array = dh * (h > 0)
    return dz


def tanh(z: Array) -> Array:
    """Return h = tanh z."""
    h: Array = np.tanh(z)
    return h


def tanh_backward(dh: Array, h: Array) -> Array:
    """Return ∂L/∂z = ∂L/∂h · (1 − h²)."""
    return dh * (1 - h * h)


def sigmoid(z: Array) -> Array:
    """Return h = 1/(1 + e⁻ᶻ), as ½(1 + tanh(z/2)), which cannot overflow."""
    h: Array = 0.5 * (1 + np.tanh(0.5 * z))
    return h


def sigmoid_backward(dh: Array, h: Array) -> Array:
    """Return ∂L/∂z = ∂L/∂h · h (1 − h)."""
    return dh * h * (1 - h)


def activate(activation: Activation, z: Array) -> Array:
    """Return φ(z) for the activation of this name."""
    match activation:
        case "relu":
            return relu(z)
        case "tanh":
            return tanh(z)
        case "sigmoid":
            return sigmoid(z)
        case "linear":
            return z.copy()


def activate_backward(activation: Activation, dh: Array, h: Array) -> Array:
    """Return ∂L/∂z from ∂L/∂h and the output h = φ(z)."""
    match activation:
        case "relu":
            return relu_backward(dh, h)
        case "tanh":
            return tanh_backward(dh, h)
        case "sigmoid":
            return sigmoid_backward(dh, h)
        case "linear":
            return dh.copy()
