"""What the optimizers promise beyond PyTorch's paths: purity, rates per network, no correction, descent."""

import numpy as np
import pytest

from reportgen import nn
from reportgen.nn import surfaces

OPTIMIZERS = [nn.SGD(), nn.Momentum(), nn.Nesterov(), nn.AdaGrad(), nn.RMSProp(), nn.Adam()]
BY_NAME = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)


@BY_NAME
def test_update_changes_no_argument_and_leaks_nothing_into_the_next_run(optimizer):
    params, grads = np.array([[1.0, 2.0]]), np.array([[0.5, -0.25]])
    before = params.copy(), grads.copy()
    first = optimizer.update(params, grads, optimizer.init(params), 0.1)[0]
    state = optimizer.init(params)
    for _ in range(3):
        _, state = optimizer.update(params, grads, state, 0.1)
    again = optimizer.update(params, grads, optimizer.init(params), 0.1)[0]
    assert np.array_equal(first, again)
    assert np.array_equal(params, before[0])
    assert np.array_equal(grads, before[1])
    assert type(optimizer).__dataclass_params__.frozen


@BY_NAME
def test_a_rate_per_path_equals_separate_runs(optimizer):
    rates, starts = np.array([0.01, 0.1, 0.3]), np.array([[-7.0, 2.0], [3.0, -1.0]])
    together = surfaces.descend(optimizer, surfaces.BOWL.gradient, starts[:, None], rates, 20)
    assert together.shape == (21, 2, 3, 2)
    for i, start in enumerate(starts):
        for j, rate in enumerate(rates):
            alone = surfaces.descend(optimizer, surfaces.BOWL.gradient, start, rate, 20)
            assert np.array_equal(together[:, i, j], alone)


def test_sgd_on_the_bowl_follows_the_closed_form():
    path = surfaces.descend(nn.SGD(), surfaces.BOWL.gradient, (-7.0, 2.0), 0.95, 30)
    t = np.arange(31)
    np.testing.assert_allclose(path[:, 0], -7 * (1 - 0.095) ** t, rtol=1e-12)
    np.testing.assert_allclose(path[:, 1], 2 * (1 - 1.9) ** t, rtol=1e-12)


def test_divergence_on_a_surface_is_silent():
    path = surfaces.descend(nn.SGD(), surfaces.SADDLE.gradient, (1.0, 1.0), 1e3, 300)
    assert not np.isfinite(path[-1]).all()


def test_surfaces_have_the_values_of_the_lecture():
    assert surfaces.BOWL.value((-7.0, 2.0)) == pytest.approx(49 / 20 + 4)
    assert surfaces.SADDLE.value((3.0, 2.0)) == pytest.approx(5)


def test_adam_without_correction_and_beta1_is_rmsprop():
    adam = nn.Adam(beta1=0.0, beta2=0.99, bias_correction=False)
    paths = [surfaces.descend(o, surfaces.BOWL.gradient, (-7.0, 2.0), 0.1, 30) for o in (adam, nn.RMSProp())]
    assert np.array_equal(*paths)


@pytest.mark.parametrize(("corrected", "expected"), [(True, 1.0), (False, 0.1 / 0.001**0.5)])
def test_first_step_of_adam(corrected, expected):
    optimizer = nn.Adam(bias_correction=corrected)
    w = np.zeros((1, 3))
    moved = w - optimizer.update(w, np.array([[1e-3, 1.0, 50.0]]), optimizer.init(w), 0.01)[0]
    np.testing.assert_allclose(moved / 0.01, expected, rtol=1e-3)
    fast = w.copy()
    rate = np.full((1, 1), 0.01)
    grads = np.array([[1e-3, 1.0, 50.0]])
    optimizer.update_in_place(fast, grads, optimizer.init_in_place(fast), rate, 1, np.empty_like(w))
    np.testing.assert_allclose(-fast, moved, rtol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (nn.Constant(), [1, 1, 1, 1]),
        (nn.Step(every=2, factor=0.1), [1, 1, 0.1, 0.1]),
        (nn.Cosine(final=0.2), [1, 0.6 + 0.4 * 0.5**0.5, 0.6, 0.6 - 0.4 * 0.5**0.5]),
    ],
)
def test_schedule(schedule, expected):
    np.testing.assert_allclose(schedule.factors(4), expected)
