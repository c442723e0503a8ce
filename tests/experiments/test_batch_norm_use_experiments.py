"""Batch normalization at test time, its place, dropout, batch sizes and two papers: against what is known."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from reportgen import nn
from reportgen.data import split
from reportgen.streams import replicate_streams

FOLDER = Path(__file__).parents[2] / "experiments"
REPLICATES = replicate_streams(7, "tests", range(2))


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"experiment_{Path(path).stem}", FOLDER / f"{path}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def digits(index: int = 0) -> nn.Data:
    return nn.Data(**split(REPLICATES[index].generator("split")).fields())


# --- C05 ---


def test_alone_in_its_batch_every_digit_gets_the_same_answer() -> None:
    """A batch of one is normalized to 0: the accuracy is the share of one class."""
    module = load("batch_norm/test_time_statistics")
    small = {"width": 8, "n_hidden": 1, "n_steps": 20, "test_batches": (1, 8, 250), "n_companies": 2}
    dataset = module.measure({**module.PARAMS, **small}, REPLICATES[:1]).isel(replicate=0)
    labels = digits().y_test
    shares = np.bincount(labels, minlength=10) / len(labels)
    assert min(abs(shares - float(dataset["batch_accuracy"].sel(test_batch=1)))) < 1e-12
    assert dataset["changed"].sel(test_batch=[1, 250]).values.tolist() == [0, 0]
    assert float(dataset["changed"].sel(test_batch=8)) > 0.1
    assert float(dataset["company"]) < 1e-12
    assert float(dataset["unmoved"]) == pytest.approx(1 - 0.9**500, abs=1e-12)
    assert int(dataset["stored"]) == 2 * 8
    assert int(dataset["parameters"]) == 64 * 8 + 8 + 8 + 8 * 10 + 10  # no bias before the normalization


def test_the_last_batch_is_filled_up_with_the_first_digits() -> None:
    assert load("batch_norm/test_time_statistics").in_batches(np.array([5, 6, 7]), 2).tolist() == [
        [5, 6],
        [7, 5],
    ]


# --- C07 ---


def test_gradient_check_finds_a_gradient_that_is_off_by_one_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's gradients agree with PyTorch's in tests/nn; here the check itself is tried."""
    module = load("batch_norm/bn_placement")
    params = {**module.PARAMS, "checked_widths": (64, 4, 4, 10)}
    error, left_out, n_checked = module.check_gradient(params, digits(), REPLICATES[0])
    assert error < 1e-6
    assert left_out < 0.05
    assert n_checked == 64 * 4 + 4 * 4 + 4 * 10 + 10 + 4 * 4
    right = nn.backward

    def wrong(*args: object) -> nn.Gradients:
        found = right(*args)  # type: ignore[arg-type]
        parameters = replace(found.parameters, gammas=tuple(1.01 * g for g in found.parameters.gammas))
        return replace(found, parameters=parameters)

    monkeypatch.setattr(nn, "backward", wrong)
    assert module.check_gradient(params, digits(), REPLICATES[0])[0] == pytest.approx(0.01, rel=0.01)


def test_diagram_shows_one_unit_of_a_trained_layer() -> None:
    """Mean 0 and variance 1 after normalizing (ε aside), and the stages follow from each other."""
    module = load("batch_norm/bn_placement")
    network = nn.Network(widths=(64, 6, 10), batch_norm="before")
    parameters = nn.initial_parameters(network, [REPLICATES[0].generator("init")])
    one = parameters.map(lambda array: array[0])
    one = replace(one, gammas=(np.full(6, 2.0),), betas=(np.full(6, -0.25),))
    values, (mean, variance, gamma, beta) = module.through_a_layer(one, digits(), 4)
    z, normalized, shifted, activated = values
    assert (mean, variance, gamma, beta) == pytest.approx((z.mean(), z.var(), 2.0, -0.25))
    assert normalized == pytest.approx((z - z.mean()) / np.sqrt(z.var() + 1e-5))
    assert shifted == pytest.approx(2 * normalized - 0.25)
    assert activated.tolist() == [max(y, 0.0) for y in shifted]
    assert 0 < (activated > 0).sum() < 4


def test_placements_are_compared_at_the_rate_that_validation_chooses() -> None:
    module = load("batch_norm/bn_placement")
    dims = ("replicate", "placement", "rate")
    validation = [[[0.5, 0.9], [0.8, 0.7], [0.1, 0.2]]]
    test = [[[0.99, 0.6], [0.5, 0.99], [0.0, 0.3]]]
    dataset = xr.Dataset(
        {"validation_accuracy": (dims, validation), "test_accuracy": (dims, test)},
        coords={"placement": ["before", "after", "none"]},
    )
    assert module.before_minus_after("test_accuracy")(dataset) == pytest.approx([0.6 - 0.5])
    assert module.before_minus_none(dataset) == pytest.approx([0.6 - 0.3])


# --- C12, C13 ---


def test_gain_of_dropout_is_compared_without_and_with_batch_norm() -> None:
    """(0.8 − 0.5) − (0.9 − 0.7) = 0.1."""
    module = load("batch_norm/bn_and_dropout")
    dataset = xr.Dataset(
        {"test_accuracy": (("replicate", "data", "arm"), [[[0.5, 0.8, 0.7, 0.9]]])},
        coords={"data": ["clean"], "arm": ["plain", "dropout", "bn", "both"]},
    )
    assert module.gain_lost("clean")(dataset) == pytest.approx([0.1])
    assert module.dropout_gain("clean", "bn")(dataset) == pytest.approx([0.2])


def test_wrong_labels_are_wrong_and_as_many_as_asked_for() -> None:
    module = load("batch_norm/bn_and_dropout")
    data = digits()
    noisy = module.with_wrong_labels(data, 1000, 0.4, REPLICATES[0].generator("labels"))
    differs = noisy.y_train != data.y_train
    assert differs[:1000].sum() == 400
    assert not differs[1000:].any()
    assert set(noisy.y_train) == set(range(10))
    assert noisy.y_test is data.y_test


def test_every_batch_size_sees_as_many_digits() -> None:
    """Rate and number of updates by batch size; the difference is taken arm by arm."""
    module = load("batch_norm/bn_batch_size")
    params = {**module.PARAMS, "batch_sizes": (64, 256), "width": 8, "n_epochs": 1}
    dataset = module.measure(params, REPLICATES)
    assert dataset["test_accuracy"].dims == ("replicate", "arm", "batch_size")
    assert (dataset["train_accuracy"] >= 0).all()
    expected = dataset["test_accuracy"].values[:, 2, 1] - dataset["test_accuracy"].values[:, 1, 1]
    assert module.difference("half", "all", 256)(dataset).tolist() == expected.tolist()


# --- P03 ---


def curves(no_bn: list[float], bn: list[float]) -> xr.Dataset:
    return xr.Dataset(
        {
            "validation_accuracy": (
                ("replicate", "normalization", "scale", "update"),
                [[[no_bn], [bn]]],
            )
        },
        coords={"normalization": ["no_bn", "bn"], "scale": [0.1], "update": [30, 60, 90, 120]},
        attrs={"learns_at": 0.2},
    )


@pytest.mark.parametrize(
    ("no_bn", "bn", "expected"),
    [
        ([0.1, 0.5, 0.9, 0.8], [0.9, 0.9, 0.9, 0.9], 30 / 90),
        ([0.1, 0.9, 0.9, 0.9], [0.1, 0.2, 0.3, 0.9], 120 / 60),
        ([0.1, 0.5, 0.9, 0.8], [0.1, 0.2, 0.3, 0.4], np.inf),  # never there
        ([0.15, 0.1, 0.1, 0.1], [0.1, 0.4, 0.9, 0.9], 60 / 120),  # has not learned: took all updates
    ],
)
def test_updates_to_the_best_accuracy_without_batch_norm(
    no_bn: list[float], bn: list[float], expected: float
) -> None:
    module = load("papers/bn_sigmoid_speed")
    assert module.ratio_at(0.1)(curves(no_bn, bn)).tolist() == [expected]


# --- P04 ---


def test_loss_along_a_short_step_is_linear() -> None:
    """For a small rate η, L(w − sη g) = L − sη|g|²: so is the range, and the gradient hardly changes."""
    module = load("papers/bn_smoothness")
    network = nn.Network(widths=(64, 5, 10), activation="tanh", batch_norm="before")
    parameters = nn.initial_parameters(network, [REPLICATES[0].generator("init")]).map(lambda array: array[0])
    data = digits()
    x, labels = data.x_train[:20].astype(np.float64), data.y_train[:20]
    gradients = nn.backward(network, parameters, nn.forward(network, parameters, x), labels).parameters
    flat = np.concatenate([array.ravel() for array in module.learned(gradients)])
    rate = 1e-6
    params = {"steps_along": (0.5, 1.0, 4.0), "probe_rate": rate}
    loss, lowest, highest, change = module.along_the_gradient(params, network, parameters, x, labels)
    assert (loss - lowest) / (4 * rate) == pytest.approx(flat @ flat, rel=1e-4)
    assert (highest - lowest) / (3.5 * rate) == pytest.approx(flat @ flat, rel=1e-4)
    assert change < 1e-3 * np.linalg.norm(flat)
    zero = gradients.map(np.zeros_like)
    assert module.distance(gradients, zero) == pytest.approx(np.linalg.norm(flat))


def test_ranges_are_compared_on_the_log_scale() -> None:
    """√(½ · 2⁻³) = ¼."""
    module = load("papers/bn_smoothness")
    values = xr.DataArray(
        [[[1.0, 8.0], [0.5, 1.0]]], dims=("replicate", "net", "update"), coords={"net": ["none", "bn"]}
    )
    assert module.ratio(values) == pytest.approx([0.25])
