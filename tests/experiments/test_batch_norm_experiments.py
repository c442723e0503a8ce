"""What the batch-normalization claims count, on accuracies written by hand; what they measure, by oracles."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from reportgen import nn, theory
from reportgen.streams import replicate_streams

FOLDER = Path(__file__).parents[2] / "experiments/batch_norm"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"experiment_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def accuracies(bn: list[object], no_bn: list[object], *dims: str, **coords: list[float]) -> xr.Dataset:
    """Return one replicate's train accuracies."""
    return xr.Dataset(
        {"train_accuracy": (("replicate", "normalization", *dims), [[no_bn, bn]])},
        coords={"normalization": ["no_bn", "bn"], **coords},
        attrs={"usable_at": 0.9},
    )


@pytest.mark.parametrize(
    ("bn", "no_bn", "expected"),
    [
        ([0.95, 0.92, 0.91, 0.2], [0.2, 0.9, 0.1, 0.0], 10),  # 1 over 0.1
        ([0.95, 0.2, 0.95, 0.2], [0.95, 0.95, 0.95, 0.2], 1),  # a gap below the largest does not matter
        ([0.95, 0.2, 0.2, 0.2], [0.2, 0.2, 0.2, 0.2], 10**0.5),  # none: half a decade below all
        ([0.2, 0.2, 0.2, 0.2], [0.2, 0.2, 0.2, 0.95], 10**-3.5),
    ],
)
def test_largest_usable_rate(bn: list[object], no_bn: list[object], expected: float) -> None:
    """C04."""
    dataset = accuracies(bn, no_bn, "rate", rate=[0.01, 0.1, 1.0, 10.0])
    assert load("bn_learning_rates").ratio(dataset) == pytest.approx([expected])


def test_usable_cells_are_counted_over_rates_and_scales() -> None:
    """C10: (3 + 1)/(1 + 1)."""
    dataset = accuracies([[0.9, 0.95], [1.0, 0.1]], [[0.1, 0.1], [0.89, 0.9]], "scale", "rate")
    assert load("bn_rate_and_scale").ratio(dataset).tolist() == [2.0]


def test_area_wins_and_usable_scales() -> None:
    """C08, C11: areas are means over epochs; a tie is no win; the last epoch makes a scale usable."""
    module = load("bn_initial_scales")
    bn = [[0.5, 0.9], [0.2, 0.2], [0.1, 0.95], [0.9, 0.5]]
    no_bn = [[0.4, 0.5], [0.2, 0.2], [0.9, 0.9], [0.1, 0.1]]
    dataset = accuracies(bn, no_bn, "scale", "epoch", scale=[1, 2, 3, 4])
    assert module.scales_won(dataset).tolist() == [2.0]
    assert module.usable_ratio(dataset).tolist() == [(2 + 1) / (1 + 1)]
    single = (("replicate", "normalization", "epoch"), np.array([[[0.1, 0.3], [0.6, 0.8]]]))
    assert module.area_gain(dataset.assign(single=single)) == pytest.approx([0.5])


# --- gradients and sensitivity at initialization ---


def test_gain_with_bn_is_the_published_one_and_never_vanishes() -> None:
    """C03, C06: Yang et al. 2019 for ReLU; for others Poincaré's inequality keeps it above 1."""
    module = load("bn_gradients")
    assert module.gain_with_bn("relu") == pytest.approx(theory.BATCH_NORM_RELU_GAIN, rel=1e-12)
    assert module.gain_with_bn("linear") == pytest.approx(1.0)
    assert 1 < module.gain_with_bn("sigmoid") < module.gain_with_bn("tanh")
    assert module.delta_in_theory("sigmoid", "no_bn", 7)[0] == pytest.approx(
        theory.mean_field("sigmoid", 1.0, 7).delta_ratio
    )


@pytest.mark.parametrize("normalizes", [False, True])
def test_delta_is_the_slope_at_what_enters_the_activation(normalizes: bool) -> None:
    """C03, C06: against central differences of a network written out here, from its first layer's y on."""
    generator = np.random.default_rng(3)
    weights, x = generator.standard_normal((3, 5, 5)), generator.standard_normal((6, 5))
    upstream = generator.standard_normal((6, 5))

    def normalized(z: np.ndarray) -> np.ndarray:
        return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5) if normalizes else z

    def value(y: np.ndarray) -> float:
        h = np.tanh(y)
        for w in weights[1:]:
            h = np.tanh(normalized(h @ w))
        return float((upstream * h).sum())

    y, step = normalized(x @ weights[0]), 1e-6
    numeric = np.empty_like(y)
    for index in np.ndindex(*y.shape):
        push = np.zeros_like(y)
        push[index] = step
        numeric[index] = (value(y + push) - value(y - push)) / (2 * step)
    deltas = load("bn_gradients").propagate("tanh", weights, x, upstream, normalizes=normalizes)
    np.testing.assert_allclose(deltas[0], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_joint_moments_where_they_have_closed_forms(activation: theory.Activation) -> None:
    """C01: equal pre-activations give E[h²], independent ones E[h]·E[h']."""
    joint_moments = load("bn_sensitivity").joint_moments
    mean, variance, _ = theory.gaussian_moments(activation, 2.0)
    other_mean, other_variance, _ = theory.gaussian_moments(activation, 0.3)
    same = [mean, mean, *[mean**2 + variance] * 3]
    np.testing.assert_allclose(joint_moments(activation, 2.0, 2.0, 2.0), same, atol=1e-9)
    apart = [mean, other_mean, mean**2 + variance, other_mean**2 + other_variance, mean * other_mean]
    np.testing.assert_allclose(joint_moments(activation, 2.0, 0.3, 0.0), apart, atol=1e-9)


def test_bn_does_not_feel_the_scale_of_the_weights_but_their_change() -> None:
    """C01: tanh with σ_w = 1 and 3.2 are one net under BN; a change of nothing moves nothing."""
    module = load("bn_sensitivity")
    settings = {"width": 40, "n_layers": 4, "batch_size": 20, "change": 0.01, "compared_depth": 2}
    dataset = module.measure(settings, replicate_streams(1, "x", range(1)))
    bn = dataset["change"].sel(normalization="bn", drop=True)
    np.testing.assert_allclose(bn.sel(setting="tanh"), bn.sel(setting="chaotic_tanh"), rtol=1e-3)
    still = module.measure(settings | {"change": 0.0}, replicate_streams(1, "x", range(1)))
    assert float(still["change"].max()) == 0
    h, changed = np.array([[3.0, 0.0], [5.0, 0.0]]), np.array([[3.0, 1.0], [5.0, 1.0]])
    assert module.distances(h, changed) == pytest.approx(((2 / 34) ** 0.5, 1.0))


# --- layers while training, depth ---


def test_layer_statistics_are_those_of_the_signals() -> None:
    """C02: std over batch and units from the units' moments; the error of ẑ is that of its definition."""
    module = load("bn_statistics")
    network = nn.Network(widths=(4, 6, 6, 3), batch_norm="before")
    parameters = nn.initial_parameters(network, [np.random.default_rng(2)]).map(lambda w: w[0])
    parameters = replace(parameters, gammas=tuple(2 * gamma for gamma in parameters.gammas))
    x = np.random.default_rng(4).standard_normal((9, 4))
    statistics = module.layer_statistics(network, parameters, x)
    z = x @ parameters.weights[0]
    y = 2 * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
    in_mean, in_variance, out_mean, out_variance = statistics[:4, 0]
    assert module.spread(in_mean, in_variance) == pytest.approx(y.std())
    assert module.spread(out_mean, out_variance) == pytest.approx(np.maximum(y, 0).std())
    np.testing.assert_allclose(out_mean, np.maximum(y, 0).mean(axis=0))
    assert statistics[4:].max() < 1e-12


def sigmoid_sweep(no_bn: list[list[float]], escalated: list[list[float]]) -> xr.Dataset:
    """Return one replicate's accuracies at 1, 3, 5 and 10 layers; with BN all learn."""
    dims = ("replicate", "normalization", "tried_depth", "rate")
    fine, nothing = [[0.1, 0.9]] * 4, [[np.nan] * 2] * 4
    return xr.Dataset(
        {
            "sigmoid_accuracy": (dims, [[no_bn, fine]]),
            "escalated_accuracy": (dims, [[escalated, nothing]]),
        },
        coords={"normalization": ["no_bn", "bn"], "tried_depth": [1, 3, 5, 10]},
        attrs={"learns_at": 0.2},
    )


def test_trainable_depth_ends_where_the_first_depth_fails() -> None:
    """C06: a rate is enough; what learned later counts; a deeper net that learns by luck does not."""
    module = load("bn_depth")
    failed, nan = [0.1, 0.19], [np.nan] * 2
    accuracy = [[0.1, 0.2], failed, failed, [0.1, 0.5]]
    dataset = sigmoid_sweep(accuracy, [nan, [0.1, 0.3], failed, nan])
    assert module.trainable_depth(dataset).values.tolist() == [[3, 10]]
    assert module.trainable_ratio(dataset, dataset) == pytest.approx([10 / 3])


def test_chosen_is_the_rate_best_on_validation() -> None:
    """C03: the smaller of two equal rates, and BN minus none."""
    dims = ("replicate", "activation", "normalization", "depth", "rate")
    validation = np.array([[0.5, 0.9, 0.9], [0.7, 0.2, 0.0]]).reshape(1, 1, 2, 1, 3)
    train = np.array([[1.0, 0.6, 0.3], [0.4, 1.0, 1.0]]).reshape(validation.shape)
    dataset = xr.Dataset(
        {"validation_accuracy": (dims, validation), "train_accuracy": (dims, train)},
        coords={"activation": ["relu"], "normalization": ["bn", "no_bn"], "depth": [10], "rate": [1, 2, 3]},
    )
    assert load("bn_depth").gain("relu", 10)(dataset, dataset) == pytest.approx([0.6 - 0.4])


def test_only_the_shallowest_that_failed_goes_on() -> None:
    """C06: with the numbers of training from the start for the longer time; deeper ones stay unmeasured."""
    module = load("bn_depth")
    settings = {
        **module.PARAMS,
        "depths": (3, 4),
        "shallow_depths": (1, 2),
        "width": 16,
        "learning_rates": (0.01, 0.1),
        "n_steps": 12,
        "escalation": 3,
    }
    replicate = replicate_streams(8, "x", range(1))
    short = module.measure(settings, replicate)
    longer = module.measure(settings | {"n_steps": 36, "learns_at": 0.0}, replicate)
    at_start = (short["sigmoid_accuracy"] < 0.2).all("rate").sel(normalization="no_bn")
    went_on = short["escalated_accuracy"].notnull().all("rate").sel(normalization="no_bn")
    first = int(at_start.values[0].argmax())
    assert at_start.values[0, first:].sum() > went_on.values[0].sum() > 0
    assert went_on.values[0].argmax() == first
    xr.testing.assert_equal(
        short["escalated_accuracy"].where(went_on),
        longer["sigmoid_accuracy"].where(short["escalated_accuracy"].notnull()).where(went_on),
    )


def test_loss_area_is_that_of_guessing_in_units_of_it() -> None:
    """C02: guessing has area 1, divergence is the worst, and areas are compared at their own rates."""
    loss = np.array([[[np.log(10)] * 2, [0.0, np.log(10)], [1.0, np.inf]]], dtype=np.float32)
    area = load("bn_depth").loss_area(SimpleNamespace(loss=loss))
    np.testing.assert_allclose(area, [[1, 0.5, np.inf]], rtol=1e-6)
    dims = ("replicate", "activation", "depth", "normalization", "rate")
    areas, validation = [[0.2, 0.1], [0.9, 0.6]], [[0.9, 0.8], [0.1, 0.2]]
    dataset = xr.Dataset(
        {"area": (dims, [[[areas]]]), "validation_accuracy": (dims, [[[validation]]])},
        coords={"activation": ["relu"], "depth": [5], "normalization": ["bn", "no_bn"]},
    )
    assert load("bn_statistics").area_difference("relu")(dataset, dataset) == pytest.approx([0.2 - 0.6])
