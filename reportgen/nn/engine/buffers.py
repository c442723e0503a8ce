"""Work space shared between the stages of a block, and sums that do not depend on the block."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Dtype = type[np.float32] | type[np.float64]

LINE = 64  # bytes
BUFFER = 2048  # entries
TILE = 5120  # entries: a tile and what it is combined with fit into the first-level cache


def empty(shape: tuple[int, ...], dtype: Dtype) -> Array:
    """Return a fresh array that starts at a line of the cache; what a vector instruction reads is in one."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    array: Array = np.frombuffer(memory, dtype, math.prod(shape), start).reshape(shape)  # type: ignore[assignment]
    return array


def aligned(array: Array) -> Array:
    """Return a copy that starts at a line of the cache."""
    copy = empty(array.shape, array.dtype.type)
    copy[...] = array
    return copy


class View:
    """A view of an array, made again only when another array comes: buffers are the same in every step."""

    __slots__ = ("array", "make", "view")

    def __init__(self, make: Callable[[Array], NDArray[Any]]) -> None:
        self.make = make
        self.array: Array | None = None
        self.view: NDArray[Any] = np.empty(0)

    def __call__(self, array: Array) -> NDArray[Any]:
        if array is not self.array:
            self.array, self.view = array, self.make(array)
        return self.view


class Tile:
    """A row of (batch, columns) repeated below itself, to be combined with as many rows of the batch at once.

    NumPy's inner loops are then thousands of entries long instead of hundreds.
    """

    def __init__(self, n_rows: int, n_columns: int, dtype: Dtype) -> None:
        divisors = (k for k in range(2, n_rows + 1) if n_rows % k == 0 and k * n_columns <= TILE)
        self.rows = empty((max(divisors, default=1), n_columns), dtype)
        self.flat = self.rows.reshape(-1)
        # With constants of this length NumPy is several times as fast as with numbers.
        self.zeros = np.zeros_like(self.flat)
        self.integer_ones = np.ones(self.flat.shape, np.int32 if dtype is np.float32 else np.int64)

    def fill(self, row: Array) -> Array:
        """Return the row repeated, valid until the next call."""
        np.copyto(self.rows, row)
        return self.flat

    def fold(self, a: Array) -> Array:
        """Return a contiguous (batch, …) as (batch/repeats, repeats·columns), a view."""
        return a.reshape(-1, self.flat.size)


@dataclass(frozen=True, slots=True)
class Buffers:
    """Named scratch arrays, allocated at the first request: the first touch of fresh memory is dear."""

    dtype: Dtype
    _arrays: dict[tuple[str, tuple[int, ...]], Array] = field(default_factory=dict)
    _tiles: dict[tuple[int, int], Tile] = field(default_factory=dict)

    def get(self, role: str, shape: tuple[int, ...]) -> Array:
        """Return the array of this role and shape; equal requests share it."""
        array = self._arrays.get((role, shape))
        if array is None:
            array = self._arrays[role, shape] = empty(shape, self.dtype)
        return array

    def tile(self, n_rows: int, n_columns: int) -> Tile:
        """Return the tile for arrays (n_rows, n_columns); equal requests share it."""
        tile = self._tiles.get((n_rows, n_columns))
        if tile is None:
            tile = self._tiles[n_rows, n_columns] = Tile(n_rows, n_columns, self.dtype)
        return tile


def rows(a: Array) -> Array:
    """Return a contiguous (batch, R, n) as (batch, R·n), without a copy."""
    return a.reshape(a.shape[0], -1)


def by_network(a: Array) -> Array:
    """Return (batch, R, n) as (R, batch, n), a view."""
    return a.transpose(1, 0, 2)


@contextmanager
def small_buffer() -> Iterator[None]:
    """Spare the copies that NumPy makes of a row before it combines it with many.

    It writes the row into its buffer as often as fits, unless the row is longer than half of that; by
    default this makes the weights of a network times its learning rate take twice as long.
    """
    previous = np.setbufsize(BUFFER)
    try:
        yield
    finally:
        np.setbufsize(previous)


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
