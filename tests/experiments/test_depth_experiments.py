"""The experiments on depth, its causes and its remedies at small size, against what is not the experiment."""

import importlib.util
import itertools
import math
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr

from reportgen import nn
from reportgen.data import split
from reportgen.draw import draw
from reportgen.judge import judge
from reportgen.measure import validate
from reportgen.project.declaration import check_declaration
from reportgen.streams import replicate_streams
from reportgen.style import LectureWords, Style
from reportgen.summarize import export_values, summarize
from reportgen.theory import mean_field

FOLDER = Path(__file__).parents[2] / "experiments"
SEED = 5
SMALL: dict[str, dict[str, Any]] = {
    "activation_slopes": {"width": 128, "batch_size": 2, "n_points": 13},
    "activation_time": {"width": 8, "n_hidden": 1, "n_repetitions": 2, "long_run": 40},
    "depth_trained": {"width": 4, "learning_rates": (0.1, 1.0), "n_steps": 8, "steps_per_doubling": 1},
    "three_causes": {"width": 6, "n_hidden": 2, "learning_rates": (0.1, 1.0), "n_steps": 8},
}


@cache
def load(name: str) -> ModuleType:
    (path,) = FOLDER.rglob(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"reportgen_experiment_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def measured(name: str, indices: range, **params: object) -> xr.Dataset:
    module = load(name)
    settings = {**module.PARAMS, **SMALL[name], **params}
    dataset: xr.Dataset = module.measure(settings, replicate_streams(SEED, name, indices))
    return dataset


@cache
def small(name: str) -> xr.Dataset:
    return measured(name, range(2))


@pytest.mark.parametrize("name", SMALL)
def test_declarations_datasets_texts_and_figures_are_sound(name: str) -> None:
    experiment, dataset, path = load(name).experiment, small(name), Path(name)
    check_declaration(experiment, path)
    validate(dataset, range(2), where=name)
    summary = summarize(experiment, dataset, {**experiment.params, **SMALL[name]}, path=path)
    known = {f"{name}.{key}" for key in export_values(experiment, summary, path=path)} | {"n"}
    results = {}
    for claim in experiment.claims:
        results[claim.id] = judge(claim, [dataset], experiment=name)
        assert claim.better is not None
    known |= {f"{claim.id}.{check.name}.estimate" for claim in experiment.claims for check in claim.checks}
    errata = [check.erratum for claim in experiment.claims for check in claim.checks if check.erratum]
    texts = [text for figure in experiment.figures for text in (figure.caption, figure.alt)]
    for language in ("ko", "en"):
        for text in [*texts, *(erratum.evidence for erratum in errata)]:
            plain = text[language].replace("{{", "").replace("}}", "")
            assert set(re.findall(r"\{([\w.]+)", plain)) <= known
        for figure in experiment.figures:
            words = LectureWords(language)
            where = f"{name}.{figure.name}"
            assert draw(figure, summary, results, words, Style(), "svg", figure_id=where, strict=True)


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"activation_time"}))  # no time repeats itself
def test_a_replicate_does_not_depend_on_the_others(name: str) -> None:
    xr.testing.assert_identical(small(name).isel(replicate=[1]), measured(name, range(1, 2)))


# --- B05, B06: slopes ---


def test_largest_derivatives_are_the_known_ones() -> None:
    """B05: σ' 1/4, σ'' 1/(6√3), σ''' 1/8; tanh' 1, tanh'' 4/(3√3), tanh''' 2; and the curves lie below."""
    known = [[1, 1 / 4, 1 / (6 * math.sqrt(3)), 1 / 8], [1, 1, 4 / (3 * math.sqrt(3)), 2]]
    dataset = small("activation_slopes")
    np.testing.assert_allclose(dataset["largest"], known, rtol=1e-12)
    z = np.linspace(-4, 4, 81)
    for name, order in itertools.product(("sigmoid", "tanh"), (0, 1, 2)):
        curves = [load("activation_slopes").derivatives(name, z + step) for step in (-1e-5, 0.0, 1e-5)]
        differences = (curves[2][order] - curves[0][order]) / 2e-5
        np.testing.assert_allclose(differences, curves[1][order + 1], atol=1e-8)


def test_multiplying_anything_but_one_first_slope_a_layer_is_noticed(monkeypatch: Any) -> None:
    """B05: the complex-step derivative knows nothing of the chain rule."""
    module = load("activation_slopes")
    assert float(small("activation_slopes")["chain_rule_error"].max()) < 1e-12
    monkeypatch.setattr(module, "first_slope", lambda name, h: module.SLOPE["tanh"](h) ** 2)  # noqa: ARG005
    assert float(measured("activation_slopes", range(1))["chain_rule_error"].min()) > 1e-2


def test_a_slope_of_one_at_zero_is_noticed(monkeypatch: Any) -> None:
    """B06."""
    module = load("activation_slopes")
    assert module.relu_on_grid() == (0, 0, 1.0)
    monkeypatch.setattr(nn.layers, "relu_backward", lambda dh, h: dh * (h >= 0))
    assert module.relu_on_grid() == (0, 65, 1.0)


# --- B02, B07: depth ---


def test_drop_is_between_means_of_depths_at_the_chosen_rates() -> None:
    """B02: by hand; the rate that is best on test is not the one chosen."""
    validation = np.array([[0.5, 0.9], [0.5, 0.9], [0.9, 0.5], [0.9, 0.5]])
    test = np.array([[1.0, 0.8], [1.0, 0.6], [0.5, 1.0], [0.1, 1.0]])
    dims = ("replicate", "depth", "activation", "rate")
    dataset = xr.Dataset(
        {
            "validation_accuracy": (dims, validation[None, :, None]),
            "test_accuracy": (dims, test[None, :, None]),
            "train_accuracy": (dims, test[None, :, None]),
        },
        coords={"depth": [1, 3, 5, 12], "activation": ["relu"], "rate": [0.1, 1.0]},
    )
    assert load("depth_trained").drop(dataset).item() == pytest.approx((0.8 + 0.6) / 2 - (0.5 + 0.1) / 2)


def test_updates_are_those_of_the_fastest_rate_and_go_on_where_none_got_there() -> None:
    """B07: against training once for the whole cap."""
    module, params = load("depth_trained"), {**load("depth_trained").PARAMS, **SMALL["depth_trained"]}
    params |= {"depths": (1, 2), "timed_depths": (1, 2), "width": 16, "n_steps": 30, "loss_below": 1.0}
    params |= {"steps_per_doubling": 2}
    (replicate,) = replicate_streams(SEED, "depth_trained", range(1))
    needed = module.measure(params, [replicate])["updates"].values[0]
    data = [nn.Data(**split(replicate.generator("split")).fields())]
    steps = sorted({*module.grid(params, 1), *module.grid(params, 2), *module.grid(params, 4)})
    whole = nn.train(module.make_arms(params, (1, 2), 4), data, [replicate], evaluate_at=steps)
    expected = np.full(needed.shape, np.inf)
    for arm, place in enumerate(itertools.product(range(2), range(3), range(2))):
        for step, loss in zip(whole.evaluation_steps, whole.train_loss[0, arm], strict=True):
            if loss < 1.0:
                expected[place[:2]] = min(expected[place[:2]], step)
                break
    np.testing.assert_array_equal(needed, expected)
    assert (needed <= 30).any()
    assert ((needed > 30) & np.isfinite(needed)).any()
    assert np.isinf(needed).any()


def test_ratio_is_infinite_where_the_cap_came_first() -> None:
    """B07."""
    module = load("depth_trained")
    dims = ("replicate", "timed_depth", "activation")
    dataset = xr.Dataset(
        {"updates": (dims, [[[80.0, 50.0, 20.0], [np.inf, 50.0, 40.0]]])},
        coords={"timed_depth": [1, 3], "activation": ["sigmoid", "tanh", "relu"]},
        attrs={"cap": 400},
    )
    assert module.ratio(dataset, "sigmoid", 1).tolist() == [4.0]
    assert module.ratio(dataset, "sigmoid", 3).tolist() == [np.inf]
    assert module.cap_over_slowest(dataset) == 8.0


# --- B03, D02: causes ---


def test_effects_are_those_of_a_regression() -> None:
    """B03: with levels coded −1 and 1, an effect is twice its least-squares coefficient."""
    module = load("three_causes")
    accuracy = np.random.default_rng(1).random((2, 2, 2))
    table = xr.DataArray(accuracy, dims=tuple(module.FACTORS))
    codes = np.array(list(itertools.product((-1, 1), repeat=3)))
    columns = {"constant": np.ones(8), **dict(zip(module.FACTORS, codes.T, strict=True))}
    for name, factors in module.INTERACTIONS.items():
        columns[name] = np.prod([columns[factor] for factor in factors], axis=0)
    fit = np.linalg.lstsq(np.stack(list(columns.values()), axis=1), accuracy.ravel())[0]
    expected = dict(zip(columns, 2 * fit, strict=True))
    for name, factors in {**{factor: (factor,) for factor in module.FACTORS}, **module.INTERACTIONS}.items():
        assert module.effect(table, *factors).item() == pytest.approx(expected[name])


def test_rho_of_the_initial_network_is_that_of_mean_field_theory() -> None:
    (replicate,) = replicate_streams(SEED, "three_causes", range(1))
    data = nn.Data(**split(replicate.generator("split")).fields())
    network = nn.Network(widths=(64, *[512] * 5, 10), activation="sigmoid", initializer=nn.Xavier())
    mean_square = float(np.mean(np.square(data.x_train[:100], dtype=np.float64)))
    expected = mean_field("sigmoid", 1.0, 5, q0=mean_square).rho
    for name in ("three_causes", "depth_trained"):
        assert load(name).initial_rho(network, data, 100, replicate) == pytest.approx(expected, rel=0.03)


# --- B08: times ---


def test_times_become_ratios_and_shares() -> None:
    """B08: a time has no oracle; what is made of it has."""
    module = load("activation_time")
    dataset = xr.Dataset(
        {
            "element": (("replicate", "activation", "direction"), [[[1.0, 1.0], [2.0, 2.0], [3.0, 5.0]]]),
            "step": (("replicate", "activation"), [[100.0, 110.0, 150.0]]),
        },
        coords={"activation": ["relu", "tanh", "sigmoid"]},
        attrs={"elements_a_step": 5000},
    )
    assert module.ratio("ratio", "sigmoid")(dataset).tolist() == [4.0]
    assert module.ratio("step_ratio", "sigmoid")(dataset).tolist() == [1.5]
    assert module.tables(dataset)["share"].values[0] == pytest.approx([0.1, 4 * 5 / 110, 8 * 5 / 150])
    assert all(check.volatile for claim in module.experiment.claims for check in claim.checks)
