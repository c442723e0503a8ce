"""Layers drawn in the cache: against the matrix they stand for, and in distribution against two others."""

import math

import numpy as np
import pytest

from reportgen.nn.fused_layers import CHUNK, BoxMuller, FusedLayer
from reportgen.nn.gaussian_layers import ConditionedLayer

N_IN, N_OUT, BATCH = 24, 20, 4


class Literal:
    """The lecture's way: the whole matrix."""

    def __init__(self, seed):
        self.w = np.random.default_rng(seed).standard_normal((N_IN, N_OUT))

    def forward(self, x):
        return x @ self.w

    def backward(self, delta):
        return delta @ self.w.T


def fused(seed, n_in=N_IN, n_out=N_OUT, **options):
    def generator(stripe):
        return np.random.Generator(np.random.SFC64([seed, stripe]))

    return FusedLayer(n_in=n_in, n_out=n_out, generator=generator, **options)


def conditioned(seed):
    return ConditionedLayer(n_in=N_IN, n_out=N_OUT, generator=np.random.default_rng(seed))


def matrix(layer):
    return layer.forward(np.eye(layer.n_in))


@pytest.mark.parametrize("options", [{}, {"block": 3, "stripe": 7}, {"block": 7, "stripe": 7}, {"block": 1}])
def test_backward_uses_the_matrix_of_forward(options):
    layer, rng = fused(3, **options), np.random.default_rng(0)
    w = matrix(layer).astype(np.float64)
    x, delta = rng.standard_normal((2, BATCH, N_IN)), rng.standard_normal((2, BATCH, N_OUT))
    np.testing.assert_allclose(layer.forward(x), x @ w, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.backward(delta), delta @ w.T, rtol=1e-4, atol=1e-5)


def test_answers_do_not_depend_on_the_threads():
    one, two = (fused(3, 64, 50, block=4, stripe=8, n_threads=n) for n in (1, 2))
    delta = np.random.default_rng(0).standard_normal((BATCH, 50))
    np.testing.assert_array_equal(matrix(one), matrix(two))
    np.testing.assert_array_equal(one.backward(delta), two.backward(delta))


def test_every_entry_is_drawn_anew():
    w = matrix(fused(3, 40, 40, block=4, stripe=8))
    assert len(np.unique(w)) > 0.999 * w.size
    correlations = np.corrcoef(np.vstack([w, w.T]))[np.triu_indices(80, 1)]
    assert np.abs(correlations).max() < 5 / math.sqrt(40)


@pytest.mark.parametrize("size", [1, 2, 5, CHUNK, CHUNK + 3])
def test_normals_fill_all_of_the_vector(size):
    out = np.full(size, np.nan, np.float32)
    BoxMuller(np.random.SFC64(0)).fill(out)
    assert np.isfinite(out).all()


def test_the_smallest_and_largest_bits_give_finite_normals():
    class Constant:
        def __init__(self, word):
            self.word = word

        def random_raw(self, size):
            return np.full(size, self.word, np.uint64)

    for word in (0, 2**64 - 1):
        out = np.empty(4, np.float32)
        BoxMuller(Constant(word)).fill(out)
        assert np.abs(out).max() < 6.7


def test_normals_have_the_moments_and_tails_of_a_normal():
    n = 4_000_000
    z = np.empty(n, np.float32)
    BoxMuller(np.random.SFC64(1)).fill(z)
    z = z.astype(np.float64)
    for power, expected in {1: 0, 2: 1, 3: 0, 4: 3, 6: 15}.items():
        variance = {1: 1, 2: 2, 3: 15, 4: 96, 6: 10395 - 225}[power]
        assert abs(np.mean(z**power) - expected) < 4.5 * math.sqrt(variance / n), power
    for bound in (0.5, 1, 2, 3, 4, 4.8):
        for count in (np.sum(z > bound), np.sum(z < -bound)):
            expected = n * math.erfc(bound / math.sqrt(2)) / 2
            assert abs(count - expected) < 4.5 * math.sqrt(expected), bound
    half = CHUNK // 2
    cosines, sines = z[:half], z[half:CHUNK]
    assert abs(np.mean(cosines * sines)) < 4.5 / math.sqrt(half)
    assert abs(np.mean(cosines**2 * sines**2) - 1) < 4.5 * math.sqrt(8 / half)


def statistics(layer):
    """Return statistics of one step forward and back, δ depending on z; each sensitive to another moment."""
    rng = np.random.default_rng(12345)  # the same input and gradient for every seed
    x = rng.standard_normal((BATCH, N_IN)) @ np.diag(np.linspace(0.2, 2, N_IN))
    x[1] += 0.8 * x[0]  # correlated rows: the conditional mean matters
    z = layer.forward(x)
    delta = (rng.standard_normal((BATCH, N_OUT)) + z) / np.cosh(z) ** 2
    back = layer.backward(delta)
    return [
        np.mean(z**2),
        np.sum(z[0] * z[1]),
        np.log(np.mean(back**2)),
        np.mean(back * x),
        np.sum(back[0] * back[1]),
        np.mean(back[:, :5] ** 2),
        np.mean(back**4),
    ]


@pytest.mark.parametrize("other", [Literal, conditioned])
def test_agrees_in_distribution_forward_and_backward(other):
    n_seeds = 1000
    ours = np.array([statistics(fused(seed, block=8, stripe=16)) for seed in range(n_seeds)])
    theirs = np.array([statistics(other(seed)) for seed in range(n_seeds)])
    error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / n_seeds)
    assert np.abs((ours.mean(axis=0) - theirs.mean(axis=0)) / error).max() < 4
    spread = np.log(ours.std(axis=0)[:3] / theirs.std(axis=0)[:3])  # the light-tailed ones
    assert np.abs(spread).max() < 0.15
