"""Closed forms against quadrature, direct simulation and the iterations that they describe."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from reportgen import theory


def sech_square(z):
    return 4 * math.exp(-2 * abs(z)) / (1 + math.exp(-2 * abs(z))) ** 2


FUNCTIONS = {
    "tanh": (np.tanh, sech_square),
    "relu": (lambda z: np.maximum(z, 0), lambda z: float(z > 0)),
    "sigmoid": (lambda z: (1 + np.tanh(z / 2)) / 2, lambda z: sech_square(z / 2) / 4),
    "linear": (lambda z: z, lambda _: 1.0),
}


def expectation(function, std):
    def integrand(z):
        return function(z) * math.exp(-0.5 * (z / std) ** 2) / (math.sqrt(2 * math.pi) * std)

    reach = 12 * std
    breaks = [edge for edge in (-20, -3, 0, 3, 20) if -reach < edge < reach]
    edges = [-reach, *breaks, reach]
    pieces = itertools.pairwise(edges)
    return math.fsum(quad(integrand, a, b, epsabs=1e-14, epsrel=1e-11)[0] for a, b in pieces)


@pytest.mark.parametrize("activation", list(FUNCTIONS))
@pytest.mark.parametrize("std", [0.01, 0.64, 1.0, 1.01, 3.2, 64.0])
def test_gaussian_moments_equal_quadrature(activation, std):
    function, slope = FUNCTIONS[activation]
    mean, variance, slope_square = theory.gaussian_moments(activation, std**2)
    assert mean == pytest.approx(expectation(function, std), rel=1e-10, abs=1e-12 * std)
    centered = expectation(lambda z: (function(z) - mean) ** 2, std)
    assert variance == pytest.approx(centered, rel=1e-10)
    assert slope_square == pytest.approx(expectation(lambda z: slope(z) ** 2, std), rel=1e-10)


@pytest.mark.parametrize("std", [1e-150, 1e-8, 1e8])
def test_tanh_moments_reach_their_limits_at_any_std(std):
    _, square, slope_square = theory.gaussian_moments("tanh", std**2)
    small, large = std**2, 4 / (3 * math.sqrt(2 * math.pi) * std)  # E[sech⁴] → ∫sech⁴ · density at 0
    assert square == pytest.approx(small if std < 1 else 1.0, rel=1e-7)
    assert slope_square == pytest.approx(1.0 if std < 1 else large, rel=1e-7)


@pytest.mark.parametrize(
    ("activation", "sigma_w"),
    [("tanh", 0.64), ("tanh", 3.2), ("relu", 1.0), ("sigmoid", 1.0), ("linear", 0.9)],
)
def test_mean_field_predicts_a_wide_network(activation, sigma_w):
    rng = np.random.default_rng(5)
    width, n_layers = 1000, 4
    slopes, stds, weights = [], [], []
    h = rng.standard_normal((16, width))
    h /= np.sqrt(np.mean(h**2, axis=1, keepdims=True))  # q0 = 1 for every input
    function, _ = FUNCTIONS[activation]
    for _ in range(n_layers):
        weights.append(rng.standard_normal((width, width)) * sigma_w / math.sqrt(width))
        z = h @ weights[-1]
        h = function(z)
        slope = {"tanh": 1 - h**2, "relu": z > 0, "sigmoid": h * (1 - h), "linear": np.ones_like(z)}[
            activation
        ]
        stds.append(h.std())
        slopes.append(slope)
    expected = theory.mean_field(activation, sigma_w, n_layers)
    np.testing.assert_allclose(stds, expected.activation_std, rtol=0.06)

    delta = rng.standard_normal(h.shape) * slopes[-1]
    sizes = [np.sqrt(np.mean(delta**2))]
    for layer in range(n_layers - 2, -1, -1):
        delta = (delta @ weights[layer + 1].T) * slopes[layer]
        sizes.append(np.sqrt(np.mean(delta**2)))
    assert sizes[-1] / sizes[0] == pytest.approx(expected.delta_ratio, rel=0.08)
    assert expected.rho == pytest.approx(expected.delta_ratio ** (1 / (n_layers - 1)))


def test_mean_field_of_relu_is_the_closed_form():
    he = theory.mean_field("relu", math.sqrt(2), 30, q0=3.0)
    np.testing.assert_allclose(he.activation_mean_square, 3.0)
    np.testing.assert_allclose(he.activation_mean, theory.he_activation_mean(3.0))
    assert theory.he_activation_mean() == 1 / math.sqrt(math.pi)
    assert he.rho == pytest.approx(1)
    xavier = theory.mean_field("relu", 1.0, 6)
    gains = np.sqrt(xavier.activation_mean_square[1:] / xavier.activation_mean_square[:-1])
    np.testing.assert_allclose(gains, theory.relu_rms_gain(1.0))
    assert theory.relu_rms_gain(1.0) == pytest.approx(1 / math.sqrt(2))


def test_mean_field_takes_a_gain_per_layer_and_biases():
    found = theory.mean_field("linear", [2.0, 3.0, 0.5], 3, q0=1.0, sigma_b=1.0)
    np.testing.assert_allclose(found.preactivation_variance, [5, 46, 12.5])
    np.testing.assert_allclose(found.chi, [9, 0.25, 0.25])
    assert found.delta_ratio == pytest.approx(1.5)


@pytest.mark.parametrize(("sigma_w", "n_layers"), [(1.0, 0), ([1.0, 2.0], 3)])
def test_mean_field_refuses_impossible_depths(sigma_w, n_layers):
    with pytest.raises(ValueError, match="layers"):
        theory.mean_field("tanh", sigma_w, n_layers)
    with pytest.raises(ValueError, match="two hidden layers"):
        _ = theory.mean_field("tanh", 1.0, 1).rho


def test_saturation_probabilities_equal_quadrature():
    for std in (0.5, 3.2, 10.0):
        tanh = expectation(lambda z: float(abs(math.tanh(z)) > 0.99), std)
        sigmoid = expectation(lambda z: float(not 0.1 <= 1 / (1 + math.exp(-z)) <= 0.9), std)
        assert theory.tanh_saturation_probability(std) == pytest.approx(tanh, abs=1e-4)
        assert theory.sigmoid_saturation_probability(std) == pytest.approx(sigmoid, abs=1e-4)
    np.testing.assert_array_equal(theory.tanh_saturation_probability([0.0, math.inf]), [0, 1])


def test_batch_norm_relu_gain_is_that_of_a_wide_network():
    rng = np.random.default_rng(6)
    width, layers = 500, []
    h = rng.standard_normal((128, width))
    for _ in range(5):
        weights = rng.standard_normal((width, width))
        z = h @ weights
        normalized = (z - z.mean(axis=0)) / z.std(axis=0)
        layers.append((weights, z.std(axis=0), normalized))
        h = np.maximum(normalized, 0)
    delta, sizes = rng.standard_normal(h.shape), []
    for weights, std, normalized in reversed(layers):
        g = delta * (normalized > 0)
        g = (g - g.mean(axis=0) - normalized * (g * normalized).mean(axis=0)) / std
        sizes.append(np.sqrt(np.mean(g**2)))
        delta = g @ weights.T
    gain = (sizes[3] / sizes[0]) ** (1 / 3)
    assert gain == pytest.approx(theory.BATCH_NORM_RELU_GAIN, rel=0.02)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True), (0.5, True)])
@pytest.mark.parametrize("step", [0.01, 0.4, 1.3])
def test_spectral_radius_is_the_long_run_factor(momentum, nesterov, step):
    x, v = 1.0, 0.3
    n_steps = 3000
    log_size = 0.0
    for _ in range(n_steps):
        v = momentum * v - step * (x + momentum * v if nesterov else x)
        x = x + v
        size = math.hypot(x, v)
        log_size += math.log(size)
        x, v = x / size, v / size
    radius = theory.spectral_radius(1.0, step, momentum=momentum, nesterov=nesterov)
    assert math.exp(log_size / n_steps) == pytest.approx(radius, rel=2e-3)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_critical_learning_rate_is_where_the_radius_passes_one(momentum, nesterov):
    curvature = np.array([0.5, 4.0])
    critical = theory.critical_learning_rate(curvature, momentum=momentum, nesterov=nesterov)
    for factor, sign in ((0.999, -1), (1.001, 1)):
        radius = theory.spectral_radius(curvature, factor * critical, momentum=momentum, nesterov=nesterov)
        assert (np.sign(radius - 1) == sign).all()


@pytest.mark.parametrize("start", [1e-1, 1e-3, -1e-6])
def test_saddle_escape_takes_the_steps_that_it_takes(start):
    y, n_steps = start, 0
    while abs(y) < 1:
        y, n_steps = y * (1 + 2 * 0.01), n_steps + 1
    assert abs(n_steps - theory.saddle_escape_steps(start, 0.01)) <= 1


def test_adam_step_gain_is_that_of_the_iteration():
    m = v = 0.0
    for t in range(1, 6):
        m, v = 0.9 * m + 0.1 * 7, 0.999 * v + 0.001 * 49
        assert theory.adam_step_gain(t, bias_correction=False) == pytest.approx(m / math.sqrt(v))
        corrected = (m / (1 - 0.9**t)) / math.sqrt(v / (1 - 0.999**t))
        assert theory.adam_step_gain(t) == pytest.approx(corrected)


def test_momentum_velocity_gain_is_the_limit():
    v = 0.0
    for _ in range(500):
        v = 0.9 * v + 2.0
    assert v == pytest.approx(2 * theory.momentum_velocity_gain(0.9))


def test_nesterov_bound_is_the_formula():
    np.testing.assert_allclose(theory.nesterov_bound(3.0, 2.0, [0, 1, 9]), [24, 6, 0.24])
