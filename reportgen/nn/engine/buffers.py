"""Work space shared between the stages of a block, and sums that do not depend on the block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Dtype = type[np.float32] | type[np.float64]


@dataclass(frozen=True, slots=True)
class Buffers:
    """Named scratch arrays, allocated at the first request: the first touch of fresh memory is dear."""

    dtype: Dtype
    _arrays: dict[tuple[str, tuple[int, ...]], Array] = field(default_factory=dict)

    def get(self, role: str, shape: tuple[int, ...]) -> Array:
        """Return the array of this role and shape; equal requests share it."""
        array = self._arrays.get((role, shape))
        if array is None:
            array = self._arrays[role, shape] = np.empty(shape, self.dtype)
        return array


def rows(a: Array) -> Array:
    """Return a contiguous (batch, R, n) as (batch, R·n), without a copy."""
    return a.reshape(a.shape[0], -1)


def by_network(a: Array) -> Array:
    """Return (batch, R, n) as (R, batch, n), a view."""
    return a.transpose(1, 0, 2)


def sum_rows(a: Array, out: Array) -> None:
    """Sum (batch, columns) over the batch, in the order of the rows whatever the number of columns."""
    if a.shape[1] == 1:
        # One column is contiguous, and NumPy would sum it pairwise: other bits than in a block.
        out[0] = np.add.accumulate(a[:, 0])[-1]
    else:
        np.add.reduce(a, axis=0, out=out)


def multiply(a: Array, b: Array, out: Array) -> None:
    """Put the products of (R, m, k) and (R, k, n) into ``out``, each with the same bits whatever R is."""
    if 1 not in (*a.shape[1:], b.shape[2]):
        np.matmul(a, b, out=out)
        return
    # BLAS sums a matrix times a vector in an order that depends on the vector's stride, and so on R.
    thin = [np.ascontiguousarray(m) if 1 in m.shape[1:] else m for m in (a, b)]
    out[...] = np.matmul(*thin)
