"""What makes the engine fast must not show in its numbers, nor in what others compute."""

import numpy as np
import pytest

from reportgen.nn.engine.buffers import Buffers, View, empty, small_buffer
from reportgen.nn.engine.stages import Activate

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
def test_slope_of_relu_is_exactly_0_or_1(dtype):
    stage = Activate(Buffers(dtype), "relu", (4, 3, 5))
    z = np.random.default_rng(0).normal(size=(4, 3, 5)).astype(dtype)
    z[:, 0, 0] = [np.inf, np.nextafter(dtype(0), dtype(1)), -0.0, 0.0]
    dy = np.random.default_rng(1).normal(size=z.shape).astype(dtype)
    dy[0, 1, :3] = [np.inf, -np.inf, np.nan]
    expected = np.where(z > 0, dy, 0)
    stage.forward(z)
    np.testing.assert_array_equal(stage.backward(dy.copy()), expected)


@pytest.mark.parametrize(("n_rows", "n_columns"), [(100, 448), (100, 6000), (7, 30), (1, 1), (128, 512)])
def test_tile_is_the_row_in_every_row(n_rows, n_columns):
    tile = Buffers(np.float32).tile(n_rows, n_columns)
    row = np.arange(n_columns, dtype=np.float32)
    a = np.random.default_rng(0).random((n_rows, n_columns), np.float32)
    assert np.array_equal((tile.fold(a) * tile.fill(row)).reshape(a.shape), a * row)
    assert tile.flat.size <= max(5120, n_columns)


def test_arrays_start_at_a_line_of_the_cache():
    for shape in ((3, 5), (0,), (1000, 7, 3)):
        array = empty(shape, np.float32)
        assert array.shape == shape
        assert array.ctypes.data % 64 == 0
        assert array.flags.writeable


def test_view_follows_the_array():
    view, first, second = View(np.ravel), np.zeros((2, 2)), np.ones((2, 2))
    assert [view(a).sum() for a in (first, second, second, first)] == [0, 4, 4, 0]
    assert view(first) is view(first)


def test_small_buffer_ends_with_the_block_it_is_for():
    before = np.getbufsize()
    with small_buffer():
        assert np.getbufsize() < before
    assert np.getbufsize() == before
