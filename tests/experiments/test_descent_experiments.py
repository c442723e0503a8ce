"""Schedules, momentum as motion, Nesterov's bound, the autoencoder: against closed forms and by hand."""

import importlib.util
import math
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from reportgen import nn
from reportgen.streams import replicate_streams

FOLDER = Path(__file__).parents[2] / "experiments"


@cache
def load(name: str) -> ModuleType:
    (path,) = FOLDER.rglob(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"experiment_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def measured(name: str, n: int = 1, **params: object) -> xr.Dataset:
    module = load(name)
    return module.measure({**module.PARAMS, **params}, replicate_streams(3, name, range(n)))


# --- momentum as motion ---


def test_arrows_are_made_of_slopes_of_the_surface() -> None:
    """F02: the gradient's part by central differences, at x for momentum and at x + ρv for Nesterov."""
    dataset = measured("momentum_physics", rho_step=0.1, n_settling=10).isel(replicate=0)
    before, here, after = dataset["path"][-3:].values
    carried = 0.9 * (here - before)
    for rule, point in (("momentum", here), ("nesterov", here + carried)):
        x, y = point
        slope = [
            ((x + 1e-4) ** 2 - (x - 1e-4) ** 2) / 20 / 2e-4,
            ((y + 1e-4) ** 2 - (y - 1e-4) ** 2) / 2e-4,
        ]
        np.testing.assert_allclose(
            dataset["step_part"].sel(rule=rule), [carried, -0.1 * np.array(slope)], rtol=1e-8
        )
    np.testing.assert_allclose(here + dataset["step_part"].sel(rule="momentum").sum("arrow"), after)


def test_velocity_is_the_geometric_sum() -> None:
    """F05: (1 − ρ^t)/(1 − ρ), and (1 − (−ρ)^t)/(1 + ρ) with the sign of the last gradient."""
    velocity = measured("momentum_physics", rho_step=0.1, n_settling=10)["velocity"][0]
    t = np.arange(1, 1001)
    np.testing.assert_allclose(velocity.sel(gradient="constant"), (1 - 0.9**t) / 0.1, rtol=1e-12)
    expected = (-1.0) ** (t - 1) * (1 - (-0.9) ** t) / 1.9
    np.testing.assert_allclose(velocity.sel(gradient="alternating"), expected, rtol=1e-12)


@pytest.mark.parametrize(("direction", "curvature"), [("shallow", 0.1), ("steep", 2.0)])
def test_swings_settle_as_powers_of_their_matrix(direction: str, curvature: float) -> None:
    """F06: x_T is below the mark for good and x_{T−1} above; x changes sign where the roots are complex."""
    data = measured("momentum_physics", rho_step=0.03, n_settling=3000)[["settling", "crossed"]].isel(
        replicate=0
    )
    for rho, settling, crossed in zip(
        data["rho"].values, *(data[name].sel(direction=direction).values for name in data), strict=True
    ):
        step = 0.1 * curvature
        matrix = np.array([[1 - step, rho], [-step, rho]])  # of (x, v), from (1, 0)
        before, at = (abs(np.linalg.matrix_power(matrix, int(settling) - late)[0, 0]) for late in (1, 0))
        assert before >= 1e-6 > at
        roots = np.roots([1, -(1 + rho - step), rho])
        assert crossed == (abs(roots.imag) > 0).any()


def test_damping_compares_the_larger_rho_with_the_smaller() -> None:
    """F06: a swing that lasts four times as long is damped a quarter."""
    module = load("momentum_physics")
    settling = np.array([[[100.0, 400.0], [100.0, 300.0]]])
    dataset = xr.Dataset(
        {"settling": (("replicate", "direction", "rho"), settling)}, coords={"rho": [0.9, 0.99]}
    )
    assert module.damping_ratio(dataset) == 0.25


# --- O(1/k²) ---


def test_schedule_keeps_the_potential_of_the_proof_falling() -> None:
    """F09: 2t_k²(f_k − f*)/L + ‖t_k x_k − (t_k − 1)x_{k−1} − x*‖² never rises (Beck & Teboulle 2009)."""
    module = load("accelerated")
    surface = nn.surfaces.Quadratic(curvatures=(1e-4, 0.01, 0.3, 1.0))
    path = module.look_ahead(surface, np.ones(4), module.scheduled_momentum(200))
    t, potential = 1.0, []
    for k in range(1, 201):
        ahead = t * path[k] - (t - 1) * path[k - 1]
        potential.append(2 * t**2 * surface.value(path[k]) + (ahead**2).sum())
        t = (1 + math.sqrt(1 + 4 * t**2)) / 2
    assert potential[0] <= 4.0
    assert (np.diff(potential) <= 1e-12).all()


def test_rules_descend_as_their_closed_forms() -> None:
    """F09: plain descent is (1 − λ)^k; Nesterov's x + ρv is the path of the engine's shifted form."""
    module = load("accelerated")
    dataset = measured("accelerated", n_dimensions=3, smallest_curvature=0.01, n_steps=50).isel(replicate=0)
    curvatures, k = np.array([0.01, 0.1, 1.0]), np.arange(51)
    expected = 0.5 * (curvatures * (1 - curvatures) ** (2 * k[:, None])).sum(axis=1)
    np.testing.assert_allclose(dataset["gap"].sel(rule="plain"), expected, rtol=1e-12)
    np.testing.assert_allclose(dataset["bound"], 2 * 3 / (k + 1) ** 2, rtol=1e-12)
    surface = nn.surfaces.Quadratic(curvatures=tuple(curvatures))
    path = module.look_ahead(surface, np.ones(3), np.full(50, 0.9))
    ahead = path[1:] + 0.9 * np.diff(path, axis=0)
    shifted = nn.descend(nn.Nesterov(), surface.gradient, np.ones(3), 1.0, 50)
    np.testing.assert_allclose(ahead, shifted[1:], rtol=1e-9, atol=1e-14)


# --- schedules ---


def by_hand(**runs: list[list[float]]) -> xr.Dataset:
    """One replicate, clean, momentum and Adam alike: (schedule, rate) of each variable."""
    dims = ("replicate", "labels", "optimizer", "schedule", "rate")
    return xr.Dataset(
        {name: (dims, np.tile(np.array(table), (1, 1, 2, 1, 1))) for name, table in runs.items()},
        coords={
            "labels": ["clean"],
            "optimizer": ["momentum", "adam"],
            "schedule": ["constant", "step", "cosine"],
            "rate": [0.1, 1.0],
        },
    )


def test_runs_are_chosen_on_validation_and_ties_by_its_loss() -> None:
    """E03: 0.9 at a constant rate; of the two scheduled runs with 0.95 the one with the lower loss."""
    module = load("schedules")
    dataset = by_hand(
        validation_accuracy=[[0.9, 0.8], [0.95, 0.5], [0.7, 0.95]],
        validation_loss=[[0.5, 0.1], [0.4, 0.1], [0.1, 0.3]],
        test_accuracy=[[0.6, 0.99], [0.7, 0.99], [0.99, 0.8]],
        train_loss=[[0.3, 0.3], [0.2, 0.3], [0.3, 0.3]],
    )
    assert module.best_constant(dataset, "momentum").item() == 0.6
    assert module.best_scheduled(dataset, "momentum").item() == 0.8
    assert module.gain("clean", "momentum")(dataset).tolist() == [pytest.approx(0.2)]
    assert module.beats("clean", module.best_constant)(dataset).tolist() == [pytest.approx(0.2)]
    assert module.beats("clean", module.best_scheduled)(dataset).tolist() == [0.0]
    assert module.lost_by_lowest_loss("clean")(dataset).tolist() == [pytest.approx(0.1)]


def test_wrong_labels_are_wrong_and_as_many_as_said() -> None:
    labels = np.arange(20000) % 10
    changed = load("schedules").with_wrong_labels(labels, 0.2, np.random.default_rng(1))
    wrong = changed != labels
    assert wrong.mean() == pytest.approx(0.2, abs=0.01)
    assert (np.bincount(changed[labels == 3], minlength=10)[[0, 1, 2, 4, 5, 6, 7, 8, 9]] > 20).all()


def test_schedules_are_those_named() -> None:
    """E03: a tenth after each hundred updates, half a cosine wave. Training itself: PyTorch, in tests/nn."""
    factor = measured("schedules", width=4, n_hidden=1, learning_rates=(0.1,))["factor"]
    step, cosine = (factor.sel(schedule=name).values for name in ("step", "cosine"))
    np.testing.assert_allclose(step[[0, 99, 100, 199, 200, 299]], [1, 1, 0.1, 0.1, 0.01, 0.01])
    np.testing.assert_allclose(cosine[[0, 100, 150, 200]], [1, 0.75, 0.5, 0.25])


# --- the deep autoencoder ---


def test_autoencoder_is_judged_at_the_rate_of_validation_the_right_way_round() -> None:
    """P07: Nesterov 0.2 over classical 0.4, each at its lowest validation loss, not train loss."""
    module = load("deep_autoencoder")
    train, validation = np.full((2, 1, 2, 5, 2), 9.0)
    arms = list(module.ARMS)
    for arm, loss in (("classical_0_99", 0.4), ("nesterov_0_99", 0.2)):
        train[0, 0, arms.index(arm)] = loss, 0.1
        validation[0, 0, arms.index(arm)] = 0.5, 0.6
    dims = ("replicate", "after", "arm", "rate")
    dataset = xr.Dataset(
        {"train_loss": (dims, train), "validation_loss": (dims, validation)},
        coords={"arm": arms, "after": ["early", "late"], "rate": [0.1, 1.0]},
    )
    assert module.ratio("0_99")(dataset).tolist() == [0.5]


def test_autoencoder_that_goes_on_is_the_one_trained_through() -> None:
    """P07. No closed form exists for its loss; the engine is held against PyTorch in tests/nn."""
    few = {"learning_rates": (0.1, 1.0)}
    on = measured("deep_autoencoder", n_steps=3, n_steps_late=6, **few)
    through = measured("deep_autoencoder", n_steps=6, n_steps_late=7, **few)
    xr.testing.assert_equal(
        on["train_loss"].sel(after="late", drop=True), through["train_loss"].sel(after="early", drop=True)
    )
    assert (on["train_loss"].sel(after="late") < on["train_loss"].sel(after="early")).mean() > 0.5
