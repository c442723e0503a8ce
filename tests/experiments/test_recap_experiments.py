"""The recap's experiments against closed forms, linear programs, differences, and numbers written by hand."""

import importlib.util
import itertools
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import linprog

from reportgen import nn
from reportgen.draw import draw
from reportgen.judge import judge
from reportgen.measure import validate
from reportgen.project.declaration import check_declaration
from reportgen.streams import replicate_streams
from reportgen.style import LectureWords, Style
from reportgen.summarize import export_values, summarize

FOLDER = Path(__file__).parents[2] / "experiments/recap"
SMALL: dict[str, dict[str, Any]] = {
    "linear_regression": {"grid_step": 1.1, "n_steps": 500},
    "learning_loop": {"n_points": 20, "n_hidden": 3, "n_steps": 20},
    "perceptron_gates": {"per_unit": 2},
    "linear_collapse": {"width": 4, "n_steps": 5, "n_grid": 5},
    "chain_rule": {},
    "overfitting": {"width": 16, "learning_rates": (0.1, 0.3), "n_steps": 60},
    "features": {"width": 4, "learning_rates": (0.01, 0.1), "n_steps": 3},
}
EXACT = {"perceptron_gates", "chain_rule"}


@cache
def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"reportgen_experiment_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def measured(name: str, indices: range, **params: object) -> xr.Dataset:
    experiment = load(name).experiment
    settings = {**experiment.params, **SMALL[name], **params}
    return experiment.measure(settings, replicate_streams(5, name, indices))


@cache
def small(name: str) -> xr.Dataset:
    return measured(name, range(1 if name in EXACT else 2))


@pytest.mark.parametrize("name", sorted(set(SMALL) - EXACT))
def test_a_replicate_does_not_depend_on_the_others(name: str) -> None:
    xr.testing.assert_identical(small(name).isel(replicate=[1]), measured(name, range(1, 2)))


@pytest.mark.parametrize("name", SMALL)
def test_declarations_are_valid_texts_cite_what_exists_and_figures_are_drawn(name: str) -> None:
    experiment = load(name).experiment
    check_declaration(experiment, Path(name))
    validate(small(name), range(small(name).sizes["replicate"]), where=name)
    settings = {**experiment.params, **SMALL[name]}
    summary = summarize(experiment, small(name), settings, path=Path(name))
    known = {f"{name}.{key}" for key in export_values(experiment, summary, path=Path(name))} | {"n"}
    results = {claim.id: judge(claim, [small(name)], experiment=name) for claim in experiment.claims}
    known |= {f"{claim.id}.{check.name}.estimate" for claim in experiment.claims for check in claim.checks}
    errata = [check.erratum for claim in experiment.claims for check in claim.checks if check.erratum]
    texts = [text for figure in experiment.figures for text in (figure.caption, figure.alt)]
    for language in ("ko", "en"):
        for text in [*texts, *(erratum.evidence for erratum in errata)]:
            plain = text[language].replace("{{", "").replace("}}", "")
            assert set(re.findall(r"\{([\w.]+)", plain)) <= known
        for figure in experiment.figures:
            words, where = LectureWords(language), f"{name}.{figure.name}"
            assert draw(figure, summary, results, words, Style(), "svg", figure_id=where, strict=True)


# --- A01 ---


def test_descent_on_a_line_takes_as_long_as_its_closed_form() -> None:
    """Distance from the solution: Σ cᵢ (1 − ηλᵢ)ᵗ vᵢ; curvatures and solution by the formulas for a line."""
    dataset = small("linear_regression").isel(replicate=0)
    x, y = dataset["points"].values.T
    mean_square, mean = (x**2).mean(), x.mean()
    root = np.sqrt((mean_square - 1) ** 2 + 4 * mean**2)
    curvature = np.array([mean_square + 1 - root, mean_square + 1 + root])
    np.testing.assert_allclose(dataset["curvature"], curvature, rtol=1e-10)
    w = ((x - mean) * (y - y.mean())).sum() / ((x - mean) ** 2).sum()
    solution = np.array([w, y.mean() - w * mean])
    np.testing.assert_allclose(dataset["solution"], solution, rtol=1e-10)
    vectors = np.array([[mean, curvature[0] / 2 - mean_square], [mean, curvature[1] / 2 - mean_square]])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    c = vectors @ (
        replicate_streams(5, "linear_regression", range(1))[0].generator("start").standard_normal(2)
        - solution
    )
    t = np.arange(501)[:, None]
    for rate, steps in zip(dataset["rate"].values, dataset["steps"].values, strict=True):
        with np.errstate(over="ignore"):
            distance = np.linalg.norm(c * (1 - rate * curvature) ** t, axis=1)
        near = np.flatnonzero(distance <= 1e-6 * np.linalg.norm(solution))
        assert steps == (near[0] if near.size else np.inf)


def test_runs_on_the_wrong_side_of_the_limit_are_counted() -> None:
    """A01: 1.0 arrives above the limit .9 and .5 does not below; .9001 is too close to be judged."""
    module = load("linear_regression")
    dataset = xr.Dataset(
        {
            "steps": (("replicate", "rate"), [[5, np.inf, 3, 9, np.inf, np.inf]]),
            "limit": ("replicate", [0.9]),
        },
        coords={"rate": [0.2, 0.5, 0.9001, 1.0, 1.1, 1.21]},
    )
    assert module.wrong_share(dataset) == 2 / 5
    assert module.critical_ratio(dataset) == pytest.approx([np.sqrt(1.0 * 1.1) / 0.9])


# --- A02 ---


def test_the_loop_goes_down_its_own_loss() -> None:
    """The gradient, by differences; the loss, by the definition of the cross-entropy."""
    module = load("learning_loop")
    generator = np.random.default_rng(1)
    x, targets = module.noisy_xor({"n_points": 9, "noise": 0.4}, generator)
    w = module.initial_parameters(3, generator) + 0.1 * generator.standard_normal(13)
    loss, gradient = module.loss_and_gradient(w, x, targets)
    p = 1 / (1 + np.exp(-(np.tanh(x @ w[:6].reshape(2, 3) + w[6:9]) @ w[9:12] + w[12])))
    assert loss == pytest.approx(-np.log(np.where(targets[:, 0] == 1, p, 1 - p)).mean())
    h = 1e-6 * np.eye(13)
    numeric = (
        module.loss_and_gradient(w + h, x, targets)[0] - module.loss_and_gradient(w - h, x, targets)[0]
    ) / 2e-6
    np.testing.assert_allclose(gradient, numeric, atol=1e-8)


def test_the_rate_is_one_over_the_largest_curvature_on_the_path() -> None:
    """On f = Σ x⁴/12 + x² the curvature at x is x² + 2; on a quadratic it is a matrix's eigenvalue."""
    module = load("learning_loop")
    a = np.array([[2.0, 1.0], [1.0, -4.0]])
    np.testing.assert_allclose(module.hessian(lambda w: w @ a, np.ones(2)), a, atol=1e-9)
    assert module.sharpness(lambda w: w @ a, np.ones(2)) == pytest.approx(1 + np.sqrt(10))
    rate, largest = module.safe_rate(lambda w: w**3 / 3 + 2 * w, np.array([1.0, 3.0]), 10, 5)
    assert largest == pytest.approx(11)
    assert rate * largest <= 1
    growing, largest = module.safe_rate(lambda w: w**3 / 3 - 4 * w, np.array([0.1]), 50, 5)
    assert largest > 7  # from 4 at the start to 8 at the minimum: the rate had to come down
    assert growing * largest <= 1


def test_a_loss_that_rises_or_is_no_number_is_a_rise() -> None:
    """A02."""
    loss = [[[4, 3, 3, 3.5, 2], [4, 5, np.nan, np.inf, np.inf]]]
    dataset = xr.Dataset({"loss": (("replicate", "multiple", "step"), loss)}, coords={"step": range(5)})
    assert load("learning_loop").falling_share(dataset).values.tolist() == [[0.75, 0.25]]


# --- A03, A05 ---


def separable(table: tuple[int, ...]) -> bool:
    """Tell by a linear program whether some line has the ones of a truth table on one side."""
    signs = np.where(np.array(table) == 1, -1.0, 1.0)
    rows = np.column_stack([load("perceptron_gates").ROWS, np.ones(4)])
    found = linprog(np.zeros(3), signs[:, None] * rows, -np.ones(4), bounds=(None, None))
    return bool(found.status == 0)


def test_gates_of_one_unit_are_those_that_a_linear_program_finds() -> None:
    """A03: XOR is the only one of the four that no line separates; so are 14 of all 16 functions."""
    module, dataset = load("perceptron_gates"), small("perceptron_gates").isel(replicate=0)
    n_separable = sum(separable(table) for table in itertools.product((0, 1), repeat=4))
    assert dataset["n_functions"] == n_separable
    for name, table in module.GATES.items():
        assert (dataset["best"].sel(gate=name) == 1) == separable(table)
    tables = module.truth_tables(1.0, 2)
    for table, (w1, w2, b) in zip(tables, itertools.product((-1, -0.5, 0, 0.5, 1), repeat=3), strict=True):
        assert table.tolist() == [w1 * x1 + w2 * x2 + b > 0 for x1, x2 in itertools.product((0, 1), repeat=2)]


# --- A04 ---


def test_affine_layers_are_folded_in_order() -> None:
    """A04: ((3x + 1)·5 + 2)·7 + 4 = 105x + 53."""
    weights, biases = [np.array([[n]]) for n in (3.0, 5.0, 7.0)], [np.array([n]) for n in (1.0, 2.0, 4.0)]
    w, b = load("linear_collapse").collapse(weights, biases)
    assert (w.item(), b.item()) == (105.0, 53.0)


def test_rounding_is_no_answer_on_xor() -> None:
    """A04: a network that has learned to say 0 is right nowhere; XOR with ReLU by hand is right everywhere.

    That no linear network can do better than three of four is the linear program of A03; that ours train as
    they should, PyTorch's recordings in tests/nn.
    """
    module = load("linear_collapse")
    network = nn.Network(widths=(2, 2, 1), activation="relu", loss="logistic")
    by_hand = nn.Parameters(
        weights=(np.ones((2, 2), np.float32), np.array([[1], [-2]], np.float32)),
        biases=(np.array([0, -1], np.float32), np.array([-0.5], np.float32)),
        gammas=(),
        betas=(),
        running_means=(),
        running_variances=(),
    )
    logits = module.answer(network, by_hand, module.CORNERS)
    assert logits.tolist() == [-0.5, 0.5, 0.5, -0.5]
    assert module.share_right(logits) == 1.0
    assert module.share_right(1e-9 * logits) == 0.0
    assert module.share_right(np.array([-1.0, 1.0, 1.0, 1.0])) == 0.75


def test_brackets_decide_whether_a_formula_parses() -> None:
    module = load("linear_collapse")
    assert [module.parses(text) for text in ("a(b(c))", "a(b(c)))", "a((b)")] == [1.0, 0.0, 0.0]


# --- A06 ---


def test_a_wrong_gradient_is_far_off() -> None:
    """A06: of every layer, with a tenth more, or transposed."""
    module = load("chain_rule")
    generator = np.random.default_rng(2)
    for forward, backward, arguments in module.layer_cases(generator).values():

        def wrong(dy: np.ndarray, *args: np.ndarray, right: Any = backward) -> tuple[np.ndarray, ...]:
            return (1.1 * right(dy, *args)[0], *right(dy, *args)[1:])

        assert module.layer_error((forward, backward, arguments), generator, 1e-5) < 1e-7
        assert module.layer_error((forward, wrong, arguments), generator, 1e-5) > 0.05
    assert module.worst("layer")(small("chain_rule")) < module.worst("network")(small("chain_rule"))


def test_the_graph_carries_the_slopes_of_its_loss() -> None:
    """A06: every gradient written on the graph is the change of the loss when its number is moved."""
    module = load("chain_rule")
    values, gradients, _ = module.graph(module.PARAMS)
    for name in ("x1", "x2", "w1", "w2", "b"):
        above, below = (
            module.graph({**module.PARAMS, name: values[name] + h})[0]["loss"] for h in (1e-6, -1e-6)
        )
        assert gradients[name] == pytest.approx((above - below) / 2e-6, rel=1e-8)


# --- A07, A08 ---


def test_gap_and_slope_are_taken_at_the_rate_that_validation_chooses() -> None:
    """A07: the second rate wins at N = 10, the first at N = 1000; the gaps .4 and .1."""
    dims = ("replicate", "size", "rate")
    dataset = xr.Dataset(
        {
            "validation_accuracy": (dims, [[[0.5, 0.6], [0.9, 0.8]]]),
            "train_accuracy": (dims, [[[0.0, 1.0], [1.0, 0.0]]]),
            "test_accuracy": (dims, [[[0.9, 0.6], [0.9, 0.9]]]),
        },
        coords={"size": [10, 1000], "rate": [0.1, 1.0]},
    )
    module = load("overfitting")
    np.testing.assert_allclose(module.gap(dataset), [[0.4, 0.1]])
    assert module.slope(dataset) == pytest.approx([-0.3 / np.log(100)])


def test_hand_made_features_say_what_their_names_say() -> None:
    """A08: a flat image has no edges; brightness that grows to the right has them in one direction only."""
    module = load("features")
    flat, ramp = np.full((8, 8), 0.5), np.tile(np.arange(8.0), (8, 1))
    rows, columns, blocks, edges = np.split(
        module.hand_made(np.stack([flat, ramp, ramp.T]).reshape(3, 64)), [8, 16, 32], axis=1
    )
    np.testing.assert_array_equal(rows, [[4.0] * 8, [28.0] * 8, 8 * np.arange(8.0)])
    np.testing.assert_array_equal(columns, [[4.0] * 8, 8 * np.arange(8.0), [28.0] * 8])
    np.testing.assert_array_equal(blocks[1], np.tile([0.5, 2.5, 4.5, 6.5], 4))
    strengths = edges.reshape(3, 4, 8).sum(axis=1)
    np.testing.assert_array_equal(strengths, [[0] * 8, [64, *[0] * 7], [0, 0, 64, *[0] * 5]])
