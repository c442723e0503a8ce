"""Gaussian layers without their matrix: against the matrix itself, exactly or in distribution."""

import numpy as np
import pytest

from reportgen.nn.gaussian_layers import ConditionedLayer, RedrawnLayer, weight_gradient_rms

N_IN, N_OUT, BATCH = 24, 20, 4


def redrawn(seed: int, block: int = 7) -> RedrawnLayer:
    return RedrawnLayer(n_in=N_IN, n_out=N_OUT, generator=lambda: np.random.default_rng(seed), block=block)


def conditioned(seed: int) -> ConditionedLayer:
    return ConditionedLayer(n_in=N_IN, n_out=N_OUT, generator=np.random.default_rng(seed))


@pytest.mark.parametrize("block", [1, 7, 20, 64])
def test_redrawn_layer_is_one_matrix(block: int) -> None:
    layer, rng = redrawn(3, block), np.random.default_rng(0)
    matrix = np.random.default_rng(3).standard_normal((N_OUT, N_IN)).T
    x, delta = rng.standard_normal((2, BATCH, N_IN)), rng.standard_normal((2, BATCH, N_OUT))
    np.testing.assert_allclose(layer.forward(x), x @ matrix, rtol=1e-12)
    np.testing.assert_allclose(layer.backward(delta), delta @ matrix.T, rtol=1e-11, atol=1e-12)


def test_conditioned_backward_agrees_with_its_own_forward() -> None:
    """(δ Wᵀ) xᵀ = δ zᵀ holds for the matrix that was never drawn, and arms share it."""
    layer, rng = conditioned(3), np.random.default_rng(0)
    x, delta = rng.standard_normal((2, BATCH, N_IN)), rng.standard_normal((2, BATCH, N_OUT))
    z = layer.forward(x)
    np.testing.assert_allclose(layer.backward(delta) @ x.mT, delta @ z.mT, rtol=1e-10, atol=1e-10)


def test_conditioned_backward_needs_forward() -> None:
    with pytest.raises(ValueError, match="forward first"):
        conditioned(0).backward(np.ones((BATCH, N_OUT)))


def statistics(kind: type, seed: int) -> list[float]:
    """Return statistics of one step forward and back, δ depending on z, each of another moment."""
    layer = redrawn(seed) if kind is RedrawnLayer else conditioned(seed)
    rng = np.random.default_rng(12345)  # the same input and gradient for every seed
    x = rng.standard_normal((BATCH, N_IN)) @ np.diag(np.linspace(0.2, 2, N_IN))
    x[1] += 0.8 * x[0]  # correlated rows: the conditional mean matters
    z = layer.forward(x)
    delta = (rng.standard_normal((BATCH, N_OUT)) + z) / np.cosh(z) ** 2
    delta[1] += 0.8 * delta[0]
    back = layer.backward(delta)
    return [
        np.mean(z**2),
        np.sum(z[0] * z[1]),
        np.log(np.mean(back**2)),
        np.mean(back * x),
        np.sum(back[0] * back[1]),
        np.mean(back[:, :5] ** 2),
        np.mean(back[:, -5:] ** 2),
        np.mean(back**4),
    ]


def test_conditioned_and_redrawn_agree_in_distribution() -> None:
    n_seeds = 1200
    drawn = np.array([statistics(RedrawnLayer, seed) for seed in range(n_seeds)])
    sampled = np.array([statistics(ConditionedLayer, seed + n_seeds) for seed in range(n_seeds)])
    error = np.sqrt((drawn.var(axis=0) + sampled.var(axis=0)) / n_seeds)
    assert np.abs((drawn.mean(axis=0) - sampled.mean(axis=0)) / error).max() < 4
    spread = np.log(drawn.std(axis=0)[:3] / sampled.std(axis=0)[:3])  # the light-tailed ones
    assert np.abs(spread).max() < 0.12


def test_weight_gradient_rms_is_that_of_the_product() -> None:
    rng = np.random.default_rng(0)
    x, delta = rng.standard_normal((3, BATCH, N_IN)), rng.standard_normal((3, BATCH, N_OUT))
    expected = np.sqrt(np.mean((x.mT @ delta) ** 2, axis=(-2, -1)))
    np.testing.assert_allclose(weight_gradient_rms(x, delta), expected, rtol=1e-12)
