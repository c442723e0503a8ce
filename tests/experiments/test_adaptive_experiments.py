"""AdaGrad, RMSProp and Adam's parts against scipy, closed forms, recursions in plain Python and counts."""

import importlib.util
import math
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr
from scipy.stats import spearmanr

from reportgen import nn
from reportgen.data import load_digits
from reportgen.streams import replicate_streams

FOLDER = Path(__file__).parents[2] / "experiments"


@cache
def load(name: str) -> ModuleType:
    (path,) = FOLDER.glob(f"*/{name}.py")
    spec = importlib.util.spec_from_file_location(f"experiment_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def streams(name: str, n: int = 1) -> tuple:  # type: ignore[type-arg]
    return replicate_streams(3, name, range(n))


# --- effective rate ---


def test_stationary_rates_are_those_of_the_recursion() -> None:
    """G02, G07: η/(√h + ε) with h summed in plain Python from the same gradients."""
    module = load("effective_rate")
    params = {**module.PARAMS, "n_parameters": 2, "n_stationary": 60}
    (replicate,) = streams("effective_rate")
    found = module.stationary_rates(params, np.array([1, 7, 60]), [replicate.generator("stationary")])
    gradients = replicate.generator("stationary").standard_normal((60, 2))
    for place, t in enumerate((1, 7, 60)):
        h, v = [0.0, 0.0], [0.0, 0.0]
        for g in gradients[:t]:
            h = [a + b * b for a, b in zip(h, g, strict=True)]
            v = [0.99 * a + 0.01 * b * b for a, b in zip(v, g, strict=True)]
        adagrad = math.prod(1 / (math.sqrt(a) + 1e-7) for a in h) ** 0.5
        rmsprop = math.prod(1 / (math.sqrt(a) + 1e-8) for a in v) ** 0.5
        np.testing.assert_allclose(found[0, :, place], [adagrad, rmsprop], rtol=1e-9)


def test_slopes_are_those_of_powers_of_t() -> None:
    """G02, G06, G07: a rate t^−½ and recoveries 3·t^0.4; a jump never covered is the worst rank."""
    module = load("effective_rate")
    t, jumps = np.array([10, 1000, 3000, 10_000]), np.array([100, 1000, 10_000])
    rate = np.stack([5 * t**-0.5, np.full(4, 2.0)])
    rate[:, 0] = 7.0  # before the fit
    recovery = np.stack([3 * jumps**0.4, [30.0, np.inf, 30.0]])
    dataset = xr.Dataset(
        {
            "rate": (("replicate", "optimizer", "t"), rate[None]),
            "recovery": (("replicate", "optimizer", "jump"), recovery[None]),
        },
        coords={"optimizer": ["adagrad", "rmsprop"], "t": t, "jump": jumps, "fit_from": 1000},
    )
    assert module.slope("adagrad")(dataset) == pytest.approx([-0.5])
    assert module.slope("rmsprop")(dataset) == pytest.approx([0.0], abs=1e-12)
    assert module.growth("adagrad")(dataset) == pytest.approx([0.4])
    assert module.growth("rmsprop")(dataset) == [math.inf]


def test_recovery_without_noise_is_counted_by_hand() -> None:
    """G06, G07: h summed along the way in plain Python; a jump back, and one that is not covered in time."""
    module = load("effective_rate")

    class Silence:
        def standard_normal(self, shape: tuple[int, ...]) -> np.ndarray:
            return np.full(shape, 1e-3)

    params = {**module.PARAMS, "n_parameters": 1, "jumps_at": (5, 100, 200), "n_tracking": 203, "n_shown": 3}
    recovery, shown = module.track(params, [Silence()])
    x, h, path = 0.0, 0.0, [0.0]
    for t in range(203):
        gradient = x - (3.0 if 5 <= t < 100 or t >= 200 else 0.0) + 1e-3
        h += gradient * gradient
        x -= gradient / (math.sqrt(h) + 1e-7)
        path.append(x)
    first = next(k for k in range(95) if path[5 + k] >= 2.7)
    second = next(k for k in range(100) if path[100 + k] <= 0.3)
    assert recovery[0, 0].tolist() == [first, second, math.inf]
    np.testing.assert_allclose(shown[0, 0, 0], [p / 3 for p in path[5:9]], rtol=1e-9)


def test_rate_left_on_the_ravine_is_that_of_its_recursion() -> None:
    """G06."""
    module = load("effective_rate")
    left = []
    for x, curvature in ((-7.0, 0.1), (2.0, 2.0)):
        h, first = 0.0, 0.0
        for _ in range(300):
            gradient = curvature * x
            h += gradient * gradient
            first = first or math.sqrt(h)
            x -= 1.5 * gradient / (math.sqrt(h) + 1e-7)
        left.append(first / math.sqrt(h))
    np.testing.assert_allclose(module.quadratic_left(module.PARAMS), left, rtol=1e-6)


def test_rate_left_on_digits_is_that_of_softmax_regression_by_hand() -> None:
    """G06: gradients of softmax regression written out, in float64, on the same batches."""
    module = load("effective_rate")
    params = {**module.PARAMS, "widths": (64, 10), "n_steps": 3, "n_steps_long": 5}
    (replicate,) = streams("effective_rate")
    data = nn.Data(**module.split(replicate.generator("split")).fields())
    arm = nn.Arm(network=nn.Network(widths=(64, 10)), learning_rate=0.0, n_steps=1)
    start = nn.train([arm], [data], [replicate], keep_parameters=True).parameters[0, 0]
    w, b = start.weights[0].astype(float), np.zeros(10)
    h_w, h_b, divisors = np.zeros_like(w), np.zeros(10), []
    order = replicate.generator("batches").permutation(1297)
    for batch in range(5):
        rows = order[100 * batch : 100 * batch + 100]
        x, z = data.x_train[rows].astype(float), data.x_train[rows] @ w + b
        slope = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) - np.eye(10)[data.y_train[rows]]
        g_w, g_b = x.T @ slope / 100, slope.mean(axis=0)
        h_w, h_b = h_w + g_w**2, h_b + g_b**2
        w, b = w - 0.01 * g_w / (np.sqrt(h_w) + 1e-7), b - 0.01 * g_b / (np.sqrt(h_b) + 1e-7)
        divisors.append((np.sqrt(h_w) + 1e-7)[x_has_ink(data, order)])
    expected = [np.median(divisors[0] / divisors[k]) for k in (2, 4)]
    np.testing.assert_allclose(module.digits_left(params, [replicate])[0], expected, rtol=1e-4)


def x_has_ink(data: nn.Data, order: np.ndarray) -> np.ndarray:
    """Return which pixels any image of the first batch has ink in: the others have no gradient there."""
    return np.asarray((data.x_train[order[:100]] != 0).any(axis=0))


# --- sparse features ---


def test_spearman_is_that_of_scipy_and_leaves_unseen_features_out() -> None:
    """G01."""
    module = load("sparse_features")
    generator = np.random.default_rng(5)
    count = generator.integers(0, 6, (2, 1, 80))
    rate = generator.random((2, 1, 80)).round(1) - 0.1 * count
    dims = ("replicate", "design", "feature")
    dataset = xr.Dataset({"count": (dims, count), "effective": (dims, rate)}, coords={"design": ["plain"]})
    expected = [spearmanr(c[0][c[0] > 0], r[0][c[0] > 0]).statistic for c, r in zip(count, rate, strict=True)]
    np.testing.assert_allclose(module.spearman("plain")(dataset), expected, rtol=1e-12)


def test_designs_share_examples_and_labels_and_the_mean_square() -> None:
    """G01: Zipf's frequencies; the second design is the first in other units."""
    module = load("sparse_features")
    (replicate,) = streams("sparse_features")
    plain, weighted = (
        module.sparse_data(design, module.PARAMS, replicate.generator("sparse")) for design in module.DESIGNS
    )
    assert ((plain.x_train != 0) == (weighted.x_train != 0)).all()
    assert (plain.y_test == weighted.y_test).all()
    rank = np.arange(1, 501)
    expected = 0.5 / rank
    x = np.concatenate([plain.x_train, plain.x_validation, plain.x_test])
    assert np.abs(x.mean(axis=0) - expected).max() < 4 * math.sqrt(0.25 / len(x))
    scale = weighted.x_train.max(axis=0)
    seen = scale > 0
    np.testing.assert_allclose(scale[seen] / rank[seen], scale[0], rtol=1e-6)
    assert (expected * (scale[0] * rank) ** 2).sum() == pytest.approx(expected.sum())


def test_effective_rates_are_those_of_adagrad_run_openly() -> None:
    """G01: logistic regression in float64 by the optimizer's definition, on the same batches."""
    module = load("sparse_features")
    params = {**module.PARAMS, "n_features": 30, "n_steps": 8, "learning_rates": (0.1,)}
    (replicate,) = streams("sparse_features")
    found = module.measure(params, [replicate])["effective"].sel(design="weighted")[0]
    data = module.sparse_data("weighted", params, replicate.generator("sparse"))
    w, b, h_w, h_b = np.zeros(30), 0.0, np.zeros(30), 0.0
    order = replicate.generator("batches").permutation(1297)
    for batch in range(8):
        rows = order[100 * batch : 100 * batch + 100]
        x = data.x_train[rows].astype(float)
        slope = (1 / (1 + np.exp(-(x @ w + b))) - data.y_train[rows]) / 100
        g_w, g_b = slope @ x, slope.sum()
        h_w, h_b = h_w + g_w**2, h_b + g_b**2
        w, b = w - 0.1 * g_w / (np.sqrt(h_w) + 1e-7), b - 0.1 * g_b / (math.sqrt(h_b) + 1e-7)
    np.testing.assert_allclose(found, 0.1 / (np.sqrt(h_w) + 1e-7), rtol=1e-3)


def test_adagrad_is_held_against_the_best_other_at_the_rate_chosen_on_validation() -> None:
    """P06: AdaGrad's second rate, everybody else's first."""
    module = load("sparse_features")
    names = list(module.OPTIMIZERS)
    test = np.zeros((1, 1, 6, 2))
    test[0, 0, :, 0] = [0.6, 0.5, 0.4, 0.1, 0.3, 0.35]
    test[0, 0, 3, 1] = 0.2
    validation = np.array([[[[1.0, 2.0]] * 3 + [[2.0, 1.0]] + [[1.0, 2.0]] * 2]])
    dims = ("replicate", "design", "optimizer", "rate")
    dataset = xr.Dataset(
        {"test_loss": (dims, test), "validation_loss": (dims, validation)},
        coords={"design": ["plain"], "optimizer": names, "rate": [0.1, 1.0]},
    )
    assert module.gap("plain")(dataset) == pytest.approx([-0.1 / math.log(2)])
    assert module.gap_to_sgd("plain")(dataset) == pytest.approx([-0.4 / math.log(2)])


# --- AdaGrad as printed ---


def test_printed_formula_loses_the_weights_of_blank_pixels_then_all() -> None:
    """G03: counted from the images."""
    module = load("adagrad_as_printed")
    dataset = module.measure({**module.PARAMS, "n_steps": 5}, streams("adagrad_as_printed"))
    blank = (load_digits().images == 0).all(axis=0)
    assert dataset["lost"][0, 1].values.tolist() == (10 * blank).tolist()
    assert [module.lost_after(k)(dataset) for k in (0, 1, 2)] == [0, 10 * blank.sum(), 640]
    assert dataset["lost_code"] == 0
    assert dataset["still"] == 10 * blank.sum()


def test_code_is_our_adagrad_and_h_the_sum_of_squares() -> None:
    """G03, G04."""
    module = load("adagrad_as_printed")
    path, h = module.by_code(module.RAVINE.gradient, np.array(module.START), 1.5, 20)
    ours = nn.descend(nn.AdaGrad(eps=1e-7), module.RAVINE.gradient, module.START, 1.5, 20)
    np.testing.assert_allclose(path, ours, rtol=1e-12)
    np.testing.assert_allclose(h[-1], (module.RAVINE.gradient(path[:-1]) ** 2).sum(axis=0), rtol=1e-12)


# --- Adam's parts ---


def test_limits_of_adam_leave_their_neighbors_only_when_they_should() -> None:
    """H01, H02: the limits hold, and would not with momentum on or β₂ away from 1."""
    module = load("adam_parts")
    found = module.distances(module.PARAMS)
    assert found["adam_rmsprop"] == 0.0
    assert found["printed_adam_rmsprop"] == 0.0
    assert found["limit_adagrad"] < 1e-7
    assert module.distances({**module.PARAMS, "to_one": 1e-2})["limit_adagrad"] > 1e-2
    assert found["undivided_momentum"] < 1e-12


def test_mended_code_steps_as_written_by_hand() -> None:
    """H04: m, v and x in plain Python."""
    module = load("adam_parts")
    params = {**module.PARAMS, "n_steps": 4}
    path = module.printed(module.mended(module.PRINTED_ADAM), params, beta1=0.9, beta2=0.999)
    for axis, (x, curvature) in enumerate(((-7.0, 0.1), (2.0, 2.0))):
        m = v = 0.0
        for found in path[1:, axis]:
            g = curvature * x
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            x -= 0.05 * m / (math.sqrt(v) + 1e-7)
            assert found == pytest.approx(x, rel=1e-12)
    assert module.parses(None) == 0.0
    assert module.printed_eps() == 1e-7


def test_bias_after_one_update_is_the_forgotten_share() -> None:
    """H03: m starts at (1 − β₁)g, h at (1 − β₂)g²."""
    module = load("adam_parts")
    bias = module.first_biases(module.PARAMS)
    assert bias["m"] == pytest.approx(-0.9)
    assert bias["h"] == pytest.approx(-0.999)
    dataset = xr.Dataset({"bias": ("moment", list(bias.values()))}, coords={"moment": list(bias)})
    assert module.share_of_bias_left(dataset) < 1e-12


# --- papers, terms ---


def test_instability_compares_the_right_way_round() -> None:
    """P05: at β₂ = 0.99 the uncorrected loss is 2 times the corrected one, at 0.9999 it is 10 times."""
    module = load("adam_beta2")
    worst = np.array([[[[1.0, 2.0]], [[0.5, 5.0]]]])  # (replicate, β₂, rate, with/without)
    dataset = xr.Dataset(
        {"worst": (("replicate", "beta2", "rate", "correction"), worst)},
        coords={"beta2": [0.99, 0.9999], "rate": [0.01], "correction": ["with", "without"]},
    )
    assert module.growth(0.01)(dataset) == pytest.approx([5.0])


def test_instability_is_that_of_networks_trained_alone() -> None:
    """P05."""
    module = load("adam_beta2")
    params = {**module.PARAMS, "beta2s": (0.99, 0.9999), "learning_rates": (0.003,), "n_first": 3}
    (replicate,) = streams("adam_beta2")
    found = module.measure(params, [replicate])["worst"].sel(beta2=0.99, correction="with")
    arm = nn.Arm(
        network=nn.Network(widths=module.PARAMS["widths"]),
        optimizer=nn.Adam(beta2=0.99),
        learning_rate=0.003,
        n_steps=4,
    )
    data = nn.Data(**module.split(replicate.generator("split")).fields())
    loss = nn.train([arm], [data], [replicate]).loss[0, 0]
    assert loss[0] > loss[1:].max()  # so the loss before the first update would be noticed
    assert found.values.tolist() == [[pytest.approx(float(loss[1:].max()), rel=1e-6)]]


def test_only_pairs_that_differ_count() -> None:
    """H08."""
    module = load("terms_and_citations")
    assert module.differing([("a", "a"), ("a", "b"), ("A", "a")]) == 2
    wrong = {k for k, (printed, correct) in module.CITATIONS.items() if printed[2] != correct[2]}
    assert wrong == {"glorot", "tieleman"}
    assert module.citations_that_differ() == 2
