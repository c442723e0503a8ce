"""The optimizer experiments against closed forms, recursions written out, and numbers written by hand."""

import importlib.util
import math
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from reportgen import nn, theory
from reportgen.streams import replicate_streams

FOLDER = Path(__file__).parents[2] / "experiments/optimizers"


@cache
def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"experiment_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def measured(name: str, n: int = 1, **params: object) -> xr.Dataset:
    module = load(name)
    return module.measure({**module.PARAMS, **params}, replicate_streams(3, name, range(n)))


# --- the ravine ---


def test_sgd_on_the_ravine_is_its_closed_form() -> None:
    """E05: x_t = (1 − ηλ)^t x₀; with η = 0.95 the sign of y changes at every step."""
    dataset = measured("zigzag", rates_per_decade=10)
    powers = np.arange(31)[:, None]
    expected = (1 - 0.95 * np.array([0.1, 2.0])) ** powers * np.array([-7.0, 2.0])
    np.testing.assert_allclose(dataset["path"][0].sel(optimizer="sgd"), expected, rtol=1e-12)
    module = load("zigzag")
    assert module.flip_share(dataset) == 1.0
    length = np.linalg.norm(np.diff(expected, axis=0), axis=1).sum()
    assert module.detour(dataset) == pytest.approx(length / math.hypot(7, 2))


def test_updates_of_sgd_at_every_rate_follow_from_the_closed_form() -> None:
    """f falls at every step while ηλ < 2, so the first step below the target is the settling step."""
    dataset = measured("zigzag", rates_per_decade=10)
    steps = dataset["steps"][0].sel(optimizer="sgd", target="1e6")
    t = np.arange(2001)
    for rate in steps["rate"].values:
        with np.errstate(over="ignore"):
            f = 0.05 * (7 * (1 - 0.1 * rate) ** t) ** 2 + (2 * (1 - 2 * rate) ** t) ** 2
        below = np.flatnonzero(f < 1e-6)
        found = float(steps.sel(rate=rate))
        assert found == (below[0] if below.size else math.inf) or abs(f[int(found)] / 1e-6 - 1) < 1e-9


@pytest.mark.parametrize(("rule", "momentum"), [("sgd", 0.0), ("momentum", 0.9), ("nesterov", 0.9)])
def test_eigenvalues_are_those_of_theory(rule: str, momentum: float) -> None:
    """F08."""
    modulus = measured("zigzag", rates_per_decade=10)["modulus"][0].sel(linear=rule)
    expected = theory.spectral_radius([0.1, 2.0], 0.1, momentum=momentum, nesterov=rule == "nesterov")
    np.testing.assert_allclose(modulus, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0, 0.5, 3.0, 0.4, 0.3], 3),  # the dip at 1 does not count
        ([0.1, 0.1, 0.1, 0.1, 0.1], 0),
        ([5.0, 4.0, 3.0, 2.0, 0.5], 4),
        ([5.0, 0.1, 0.1, 0.1, 1.0], math.inf),
        ([5.0, 0.1, 0.1, math.inf, math.nan], math.inf),
    ],
)
def test_settling_step_is_the_first_from_which_f_stays_below(values: list[float], expected: float) -> None:
    column = np.array(values)[:, None]
    assert load("zigzag").settling_step(column, 1.0).tolist() == [expected]


@pytest.mark.parametrize(
    ("x", "expected"), [([0, 1, 3, 6, 8], 3), ([0, -1, -3, -6, -10], 4), ([0, 2, 3], 1), ([0, 1, 1, 5], 1)]
)
def test_rising_steps_count_growing_moves_from_the_first(x: list[float], expected: int) -> None:
    """F01."""
    assert load("zigzag").rising_steps(np.array(x, float)) == expected


def test_sideways_movement_and_speed_compare_the_right_way_round() -> None:
    """E05, F07, F08: momentum over SGD, Nesterov over momentum, SGD over the fastest other."""
    module, dataset = load("zigzag"), measured("zigzag", rates_per_decade=10).copy(deep=True)
    path, steps = dataset["path"], dataset["steps"]
    path[:] = 0.0
    for optimizer, reach in (("sgd", 8.0), ("momentum", 4.0), ("nesterov", 1.0)):
        path.loc[{"optimizer": optimizer, "axis": "y", "point": 0}] = reach
    assert module.sideways(dataset, "momentum", "sgd") == 0.5
    assert module.sideways(dataset, "nesterov", "momentum") == 0.25
    steps[:] = 60.0
    for sgd, slowdown, speedup in ((40.0, 4.0, 0.25), (5.0, 0.5, 2.0)):
        steps.loc[{"optimizer": "sgd", "rate": steps["rate"][3]}] = sgd
        steps.loc[{"optimizer": "momentum", "rate": steps["rate"][5]}] = 10.0
        assert (module.slowdown(dataset), module.speedup(dataset)) == (slowdown, speedup)


# --- the saddle ---


def test_sgd_leaves_the_saddle_after_whole_steps_of_the_recursion() -> None:
    """E06: y ← 1.02 y until it reaches 1."""
    dataset = measured("saddle")
    for y0, found in zip((1e-1, 1e-3, 1e-6), dataset["steps"][0].sel(optimizer="sgd").values, strict=True):
        y, steps = y0, 0
        while y < 1:
            y, steps = y * 1.02, steps + 1
        assert found == steps
    assert load("saddle").distance_from_theory(dataset) < 1


@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov"])
def test_escape_grows_by_the_spectral_radius(rule: str) -> None:
    height = measured("saddle")["height"][0].sel(optimizer=rule, y0=1e-6).values
    momentum = 0.0 if rule == "sgd" else 0.9
    expected = theory.spectral_radius(-2.0, 0.01, momentum=momentum, nesterov=rule == "nesterov")
    assert height[101] / height[100] == pytest.approx(float(expected), rel=1e-6)


# --- the printed rules ---


def test_transcribed_line_never_moves_and_the_formula_does() -> None:
    """E04."""
    dataset = measured("update_rules", noisy_steps=20, noisy_tail=10)
    assert (dataset["sgd_printed"] == dataset["sgd_printed"][0]).all()
    np.testing.assert_allclose(dataset["sgd_formula"][2], [-7 * 0.99**2, 2 * 0.8**2], rtol=1e-14)
    assert load("update_rules").approaching_share(dataset) == 1.0


def test_noise_keeps_sgd_at_the_stationary_height() -> None:
    """E04: the variance's own recursion v ← (1 − ηλ)²v + η², run to its end, and the measured floor."""
    dataset = measured("update_rules", 8, noisy_steps=6000, noisy_tail=5000)
    for rate in (0.1, 0.3):
        v, curvatures = np.zeros(2), np.array([0.1, 2.0])
        for _ in range(5000):
            v = (1 - rate * curvatures) ** 2 * v + rate**2
        expected = (curvatures * v).sum() / 2
        assert dataset["theory_floor"].sel(rate=rate) == pytest.approx(expected, rel=1e-9)
        assert dataset["floor"].sel(rate=rate).mean() == pytest.approx(expected, rel=0.1)


def test_corrected_momentum_is_the_optimizer_and_shrinks_by_the_spectral_radius() -> None:
    """F03, F04."""
    module, dataset = load("update_rules"), measured("update_rules", noisy_steps=20, noisy_tail=10)
    path = nn.descend(nn.Momentum(), nn.surfaces.BOWL.gradient, module.START, 0.1, 30)
    f = dataset["momentum_f"].sel(rule="momentum_corrected")
    np.testing.assert_allclose(f, nn.surfaces.BOWL.value(path), rtol=1e-12)
    expected = theory.spectral_radius([0.1, 2.0], 0.1, momentum=0.9).max()
    assert dataset["radius"].sel(rule="momentum_corrected") == pytest.approx(expected)
    wrong_way = np.array(module.first_form(np.full(2, 0.1), 0.9))
    np.testing.assert_allclose(wrong_way, path[:3], rtol=1e-12)
    with_nabla = dataset["momentum_f"].sel(rule="momentum_with_nabla").values
    assert (np.diff(with_nabla) > 0).all()


def test_forms_part_when_the_rate_drops() -> None:
    """F04: one step after the drop the paths differ by the velocity's share, by hand."""
    module = load("update_rules")
    alphas = np.array([0.1, 0.01])
    first, second = module.first_form(alphas, 0.9), module.second_form(alphas, 0.9)
    v = np.array([0.1, 2.0]) * np.array(module.START)  # the first gradient
    np.testing.assert_allclose(first[1], second[1], rtol=1e-15)
    np.testing.assert_allclose(first[2] - second[2], 0.9 * v * (0.1 - 0.01), rtol=1e-12)


# --- Adam ---


@pytest.mark.parametrize("corrected", [True, False])
def test_steps_of_adam_are_those_of_its_recursion(corrected: bool) -> None:
    """H05, H06: m and v in plain Python, ε = 1e-8."""
    module = load("adam_first_steps")
    gains = module.step_gains({**module.PARAMS, "n_gain": 40}, corrected)
    for row, g in zip(gains, module.PARAMS["gradients"], strict=True):
        m = v = 0.0
        for t, found in enumerate(row, start=1):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            m_hat, v_hat = (m / (1 - 0.9**t), v / (1 - 0.999**t)) if corrected else (m, v)
            assert found == pytest.approx(abs(m_hat) / (math.sqrt(v_hat) + 1e-8), rel=1e-9)
    assert gains[0][0] == pytest.approx(1.0 if corrected else 0.1 / math.sqrt(0.001), rel=1e-5)


def test_worst_loss_leaves_the_first_batch_out() -> None:
    """H06: the loss before the first update is no consequence of an update."""
    loss = np.array([[[[[9.0, 1.0, 3.0], [9.0, 6.0, 2.0]]]]])
    dataset = xr.Dataset(
        {"loss": (("replicate", "beta2", "rate", "correction", "step"), loss)},
        coords={"beta2": [0.99], "rate": [0.01], "correction": ["with", "without"]},
    )
    assert load("adam_first_steps").worst_ratio(0.99, 0.01)(dataset).tolist() == [0.5]


def test_mended_code_passes_what_the_printed_code_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """H06."""
    module = load("adam_first_steps")
    questions = (module.parses, module.update_is_in_loop, module.iterations_short)
    assert [question(None) for question in questions] == [0.0, 0.0, 1.0]
    lines = module.PRINTED_LOOP.replace("num_iterations)", "num_iterations + 1)")[:-1].splitlines()
    body = [f"    {line.strip()}" for line in lines[1:] if line.strip()]
    monkeypatch.setattr(module, "PRINTED_LOOP", "\n".join([lines[0], *body]))
    assert [question(None) for question in questions] == [1.0, 1.0, 0.0]


# --- the comparison ---


def test_adam_is_held_against_the_best_other_at_the_rate_chosen_on_validation() -> None:
    """E02: rate 1 for Adam (lowest validation loss), rate 0 for the others."""
    module = load("optimizers_compared")
    names = list(module.OPTIMIZERS)
    area = np.zeros((1, 1, 6, 2))
    area[0, 0, :, 0] = [0.5, 0.4, 0.3, 0.35, 0.6, 0.01]
    area[0, 0, :, 1] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.25]
    validation = np.array([[[[1.0, 2.0]] * 5 + [[2.0, 1.0]]]])
    dims = ("replicate", "task", "optimizer", "rate")
    dataset = xr.Dataset(
        {"area": (dims, area), "validation_loss": (dims, validation)},
        coords={"task": ["relu"], "optimizer": names, "rate": [0.1, 1.0]},
    )
    assert module.gap("relu")(dataset) == pytest.approx([0.25 - 0.3])


def test_area_is_the_mean_loss_over_the_first_one() -> None:
    """E02, against one network trained alone."""
    module = load("optimizers_compared")
    rates = (0.01, 0.1)
    params = {"learning_rates": rates, "n_steps": 5, "n_steps_picture": 20, "batch_size_picture": 8}
    dataset = measured("optimizers_compared", **params)
    (replicate,) = replicate_streams(3, "optimizers_compared", range(1))
    data = module.task_data("sigmoid", module.PARAMS, replicate)
    network = nn.Network(widths=(64, 100, 100, 100, 10), activation="sigmoid", initializer=nn.Xavier())
    arm = nn.Arm(network=network, optimizer=nn.RMSProp(), learning_rate=0.1, n_steps=5)
    loss = nn.train([arm], [data], [replicate]).loss[0, 0].astype(float)
    found = dataset["area"].sel(task="sigmoid", optimizer="rmsprop", rate=0.1)
    assert found == pytest.approx([loss.mean() / loss[0]], rel=1e-6)


def test_sparse_features_follow_zipf_and_labels_the_model() -> None:
    data = load("optimizers_compared").zipf_data(50, 3.0, np.random.default_rng(1))
    x = np.concatenate([data.x_train, data.x_validation, data.x_test])
    expected = 0.5 / np.arange(1, 51)
    assert np.abs(x.mean(axis=0) - expected).max() < 4 * math.sqrt(0.25 / len(x))
    labels = data.y_train[data.x_train[:, 0] == 1].mean() - data.y_train[data.x_train[:, 0] == 0].mean()
    assert abs(labels) > 0.05  # the most frequent feature tells


def test_label_noise_is_always_wrong_and_as_frequent_as_said() -> None:
    module = load("optimizers_compared")
    (replicate,) = replicate_streams(3, "optimizers_compared", range(1))
    clean = module.task_data("relu", module.PARAMS, replicate)
    for share in (0.2, 1.0):
        noisy = module.task_data("noisy", {**module.PARAMS, "label_noise": share}, replicate)
        changed = (clean.y_train != noisy.y_train).mean()
        assert changed == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 1297))
        assert (clean.y_validation == noisy.y_validation).all()
        assert set(noisy.y_train.tolist()) == set(range(10))
