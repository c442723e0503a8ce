"""Experiments on training, batch normalization and optimizers at small size: form, independence, figures."""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr

from reportgen.draw import draw
from reportgen.judge import judge
from reportgen.measure import validate
from reportgen.model import Experiment
from reportgen.project.declaration import check_declaration
from reportgen.streams import replicate_streams
from reportgen.style import LectureWords, Style
from reportgen.summarize import export_values, summarize

FOLDER = Path(__file__).parents[2] / "experiments"
SEED = 5
RATES = (1e-3, 1e-2, 1e-1)
SMALL: dict[str, dict[str, Any]] = {
    "relu_depth_trained": {"width": 6, "learning_rates": RATES, "n_steps": 2, "escalation": 2},
    "tanh_gains_trained": {
        "width": 8,
        "n_hidden": 2,
        "learning_rates": RATES,
        "n_steps": 6,
        "evaluate_every": 2,
    },
    "initial_scales": {"width": 8, "n_hidden": 2, "n_steps": 3},
    "glorot_uniform": {"width": 8, "n_hidden": 3, "learning_rates": RATES, "n_steps": 14, "escalation": 2},
    "bn_initial_scales": {"width": 8, "n_hidden": 2, "n_train": 200, "n_epochs": 3},
    "bn_learning_rates": {"width": 8, "n_hidden": 2, "n_steps": 20},
    "bn_rate_and_scale": {"width": 6, "n_hidden": 1, "n_steps": 4},
    "bn_sensitivity": {"width": 16, "n_layers": 5, "batch_size": 20, "compared_depth": 5},
    "bn_gradients": {"width": 8, "batch_size": 20},
    "bn_depth": {"width": 6, "learning_rates": RATES, "n_steps": 2, "escalation": 2},
    "bn_statistics": {"width": 8, "updates": (1, 30)},
    "saddle": {},
    "zigzag": {"rates_per_decade": 4, "n_steps_tuned": 300},
    "update_rules": {"noisy_steps": 200, "noisy_tail": 100},
    "adam_first_steps": {"width": 8, "n_hidden": 1, "n_first": 4},
    "optimizers_compared": {
        "learning_rates": RATES,
        "n_steps": 4,
        "n_steps_picture": 40,
        "batch_size_picture": 8,
    },
    "schedules": {"width": 8, "n_hidden": 1, "learning_rates": RATES, "n_steps": 6},
    "deep_autoencoder": {"learning_rates": RATES, "n_steps": 2, "n_steps_late": 4},
    "momentum_physics": {"rho_step": 0.03, "n_settling": 3000},
    "accelerated": {"n_dimensions": 5, "n_steps": 200},
}
DETERMINISTIC = {"saddle", "zigzag", "momentum_physics", "accelerated"}


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


def declared(name: str) -> Experiment:
    experiment = load(name).experiment
    assert isinstance(experiment, Experiment)
    return experiment


def settings(name: str, **params: object) -> dict[str, Any]:
    return {**declared(name).params, **SMALL[name], **params}


def measured(name: str, indices: range, **params: object) -> xr.Dataset:
    measure = declared(name).measure
    assert measure is not None
    return measure(settings(name, **params), replicate_streams(SEED, name, indices))


@cache
def small(name: str) -> xr.Dataset:
    return measured(name, range(1 if name in DETERMINISTIC else 2))


@pytest.mark.parametrize("name", SMALL)
def test_declaration_and_dataset_are_valid(name: str) -> None:
    check_declaration(declared(name), Path(name))
    validate(small(name), range(small(name).sizes["replicate"]), where=name)


@pytest.mark.parametrize("name", sorted(set(SMALL) - DETERMINISTIC))
def test_a_replicate_does_not_depend_on_the_others(name: str) -> None:
    xr.testing.assert_identical(small(name).isel(replicate=[1]), measured(name, range(1, 2)))


@pytest.mark.parametrize("name", SMALL)
def test_texts_cite_what_exists_and_figures_are_drawn_in_both_languages(name: str) -> None:
    experiment = declared(name)
    summary = summarize(experiment, small(name), settings(name), path=Path(name))
    known = {f"{name}.{key}" for key in export_values(experiment, summary, path=Path(name))} | {"n"}
    results = {}
    for claim in experiment.claims:
        results[claim.id] = judge(claim, [small(name), *map(small, claim.data)], experiment=name)
        known |= {f"{claim.id}.{check.name}.estimate" for check in claim.checks}
        assert claim.better is not None
    errata = [check.erratum for claim in experiment.claims for check in claim.checks if check.erratum]
    texts = [text for figure in experiment.figures for text in (figure.caption, figure.alt)]
    for language in ("ko", "en"):
        for text in [*texts, *(erratum.evidence for erratum in errata)]:
            plain = text[language].replace("{{", "").replace("}}", "")
            assert set(re.findall(r"\{([\w.]+)", plain)) <= known
        for figure in experiment.figures:
            where = f"{name}.{figure.name}"
            words = LectureWords(language)
            assert draw(figure, summary, results, words, Style(), "svg", figure_id=where, strict=True)


# --- going on with what failed ---


def test_depth_goes_on_where_nothing_learned_with_momentum_first() -> None:
    """D16: what went on is what training from the start for four budgets gives."""
    name = "relu_depth_trained"
    setting = {"depths": (2, 8), "width": 24, "learning_rates": (0.03, 0.3), "n_steps": 20, "escalation": 3}
    dataset = measured(name, range(4), learns_at=0.5, **setting)
    longer = measured(name, range(4), learns_at=0.0, **setting | {"n_steps": 60})
    before, after = dataset["train_accuracy"], dataset["escalated_accuracy"]
    axes = ("optimizer", "rate")
    failed = (before < 0.5).all(axes)
    assert 0 < failed.sum() < failed.size
    fresh = longer["train_accuracy"]
    by_momentum = failed & (fresh.sel(optimizer="momentum") >= 0.5).any("rate")
    assert 0 < by_momentum.sum() < failed.sum()
    expected = fresh.where(failed)
    expected.loc[{"optimizer": "sgd"}] = expected.sel(optimizer="sgd").where(~by_momentum)
    xr.testing.assert_equal(after, expected.transpose(*after.dims))
    best = load(name).best_accuracy(dataset)
    xr.testing.assert_equal(best.where(~failed), before.max(axes).where(~failed))
    xr.testing.assert_equal(
        best.where(by_momentum), fresh.sel(optimizer="momentum").max("rate").where(by_momentum)
    )


def test_gain_goes_on_where_no_rate_learned() -> None:
    name = "tanh_gains_trained"
    setting = {"gains": (3.2, 0.01), "learning_rates": (0.003, 0.1), "n_steps": 40, "escalation": 3}
    dataset = measured(name, range(3), learns_at=0.2, evaluate_every=10, **setting)
    longer = measured(name, range(3), learns_at=0.0, evaluate_every=10, **setting | {"n_steps": 120})
    went_on = dataset["escalated"]
    assert 0 < went_on.sum() < went_on.size
    expected = xr.where(went_on, longer["by_rate"].max("rate"), dataset["by_rate"].max("rate"))
    np.testing.assert_array_equal(dataset["best_train_accuracy"], expected)
    np.testing.assert_array_equal(
        dataset["curve"].isel(step=-1), dataset["by_rate"].sel(rate=dataset["chosen_rate"])
    )


def test_test_accuracy_is_that_of_the_best_on_validation() -> None:
    validation = np.zeros((1, 1, 1, 2, 3))
    validation[..., 1, 2] = 0.9
    test = np.arange(6.0).reshape(validation.shape)
    dims = ("replicate", "depth", "initializer", "optimizer", "rate")
    dataset = xr.Dataset(
        {"validation_accuracy": (dims, validation), "test_accuracy": (dims, test)},
        coords={"optimizer": ["momentum", "sgd"], "rate": [1, 2, 3]},
    )
    assert load("relu_depth_trained").chosen_test_accuracy(dataset).item() == 5.0
