"""2-D convolution (cross-correlation) as one matrix product, by im2col."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating]


def im2col(x: Array, kernel: tuple[int, int], stride: int = 1, padding: int = 0) -> Array:
    """Lay every receptive field out as a row.

    Parameters
    ----------
    x
        Images (…, N, C, H, W).
    kernel
        Height and width of the window.
    stride, padding
        As in PyTorch, equal in both directions; padded with zeros.

    Returns
    -------
    columns
        (…, N·H_out·W_out, C·k_h·k_w), fields in the order (C, k_h, k_w).
    """
    padded = _pad(x, padding)
    windows = sliding_window_view(padded, kernel, axis=(-2, -1))[..., ::stride, ::stride, :, :]
    # (…, N, C, H_out, W_out, k_h, k_w) → (…, N, H_out, W_out, C, k_h, k_w)
    fields = np.moveaxis(windows, -5, -3)
    *leading, n, h_out, w_out, c, k_h, k_w = fields.shape
    return fields.reshape(*leading, n * h_out * w_out, c * k_h * k_w)


def col2im(
    columns: Array, shape: tuple[int, ...], kernel: tuple[int, int], stride: int = 1, padding: int = 0
) -> Array:
    """Add the rows of :func:`im2col` back to images of ``shape``: its transpose, not its inverse."""
    *leading, n, c, height, width = shape
    k_h, k_w = kernel
    h_out, w_out = output_size(shape, kernel, stride, padding)
    fields = columns.reshape(*leading, n, h_out, w_out, c, k_h, k_w)
    padded = np.zeros((*leading, n, c, height + 2 * padding, width + 2 * padding), columns.dtype)
    for i in range(k_h):
        for j in range(k_w):
            target = padded[..., i : i + stride * h_out : stride, j : j + stride * w_out : stride]
            target += np.moveaxis(fields[..., i, j], -1, -3)
    return padded[..., padding : padding + height, padding : padding + width]


def output_size(
    shape: tuple[int, ...], kernel: tuple[int, int], stride: int = 1, padding: int = 0
) -> tuple[int, int]:
    """Return (H_out, W_out) = ⌊(H + 2p − k)/s⌋ + 1."""
    height, width = shape[-2:]
    return (
        (height + 2 * padding - kernel[0]) // stride + 1,
        (width + 2 * padding - kernel[1]) // stride + 1,
    )


def convolution_forward(x: Array, w: Array, b: Array, stride: int = 1, padding: int = 0) -> Array:
    """Return the convolution of images with filters; the fan-in of a unit is C·k_h·k_w.

    Parameters
    ----------
    x
        (…, N, C, H, W).
    w
        Filters (…, F, C, k_h, k_w), not flipped.
    b
        (…, F).

    Returns
    -------
    z
        (…, N, F, H_out, W_out).
    """
    kernel = (w.shape[-2], w.shape[-1])
    h_out, w_out = output_size(x.shape, kernel, stride, padding)
    rows = im2col(x, kernel, stride, padding) @ np.swapaxes(_flat(w), -1, -2) + b[..., None, :]
    *leading, _, n_filters = rows.shape
    return np.moveaxis(rows.reshape(*leading, x.shape[-4], h_out, w_out, n_filters), -1, -3)


def convolution_backward(
    dz: Array, x: Array, w: Array, stride: int = 1, padding: int = 0
) -> tuple[Array, Array, Array]:
    """Return (∂L/∂x, ∂L/∂w, ∂L/∂b) from ∂L/∂z of shape (…, N, F, H_out, W_out)."""
    kernel = (w.shape[-2], w.shape[-1])
    moved = np.moveaxis(dz, -3, -1)
    rows = moved.reshape(*moved.shape[:-4], -1, moved.shape[-1])  # (…, N·H_out·W_out, F)
    columns = im2col(x, kernel, stride, padding)
    dx = col2im(rows @ _flat(w), x.shape, kernel, stride, padding)
    dw = (np.swapaxes(rows, -1, -2) @ columns).reshape(w.shape)
    return dx, dw, rows.sum(axis=-2)


def _flat(w: Array) -> Array:
    return w.reshape(*w.shape[:-3], -1)  # (…, F, C·k_h·k_w)


def _pad(x: Array, padding: int) -> Array:
    width = [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2
    return np.pad(x, width)
