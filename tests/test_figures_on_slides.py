"""The real experiments' figures on a slide, in reduced measurements: what the last row can read."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.text import Text as Words

from reportgen.draw import drawn
from reportgen.errors import ExperimentError
from reportgen.judge import judge, unjudged
from reportgen.model import ClaimResult, Experiment, Text
from reportgen.project import load_experiment
from reportgen.streams import replicate_streams
from reportgen.style import LectureWords, Style, palette
from reportgen.style.check import texts
from reportgen.style.panels import words_color
from reportgen.style.presets import PRESETS

ROOT = Path(__file__).parents[1]
PATHS = {path.stem: path for path in sorted((ROOT / "experiments").rglob("*.py"))}
SMALLEST = 14.0  # points on a slide of 33.9 × 19.05 cm
# Settings that make a measurement small; an experiment that lacks them here is measured as it is.
TRAINING = {"width": 8, "n_steps": 4, "batch_size": 20, "escalation": 1, "n_train": 100, "n_epochs": 2}
SIGNAL = {"n_inputs": 50, "n_histograms": 1, "n_spectra": 1, "n_points": 51}
REDUCED: dict[str, dict[str, Any]] = {
    "wide_tanh": {"width": 256, "batch_size": 4},
    "wide_relu": {"width": 64, "batch_size": 4},
    "depth_gradient": {"width": 32, "depths": (2, 6, 50), "batch_size": 4},
    "sigmoid_five_layers": {"width": 20},
    "relu_five_layers": {"width": 40},
    "redundancy": {"width": 16, "n_inputs": 96},
    "tanh_values": {},
    "relu_depth_trained": {**TRAINING, "depths": (4, 10), "learning_rates": (0.01, 0.1)},
    "tanh_gains_trained": {**TRAINING, "n_steps": 10, "evaluate_every": 2},
    "rate_scale_and_depth": TRAINING,
    "bn_initial_scales": TRAINING,
    "bn_learning_rates": TRAINING,
    "bn_rate_and_scale": TRAINING,
    "adam_first_steps": {**TRAINING, "n_steps": 40, "n_gain": 300},
    "optimizers_compared": {
        "n_steps": 10,
        "batch_size": 20,
        "batch_size_noisy": 8,
        "batch_size_picture": 16,
        "n_steps_picture": 60,
        "learning_rates": (0.01, 0.1),
    },
    "activation_slopes": {"width": 128, "batch_size": 2},
    "activation_time": {"width": 8, "n_repetitions": 2, "long_run": 40},
    "depth_trained": {**TRAINING, "width": 4, "learning_rates": (0.1, 1.0), "steps_per_doubling": 1},
    "three_causes": {**TRAINING, "n_hidden": 2, "learning_rates": (0.1, 1.0)},
    "saddle": {"n_steps": 3000},
    "update_rules": {"noisy_steps": 400, "noisy_tail": 200},
    "zigzag": {"n_steps_tuned": 200, "rates_per_decade": 5},
}
N_REPLICATES = {"optimizers_compared": 8}  # fewer give its medians no intervals to draw


class Bench:
    """Measures each experiment once, when it is first asked for."""

    def __init__(self) -> None:
        self._datasets: dict[str, xr.Dataset] = {}

    def experiment(self, name: str) -> Experiment:
        return load_experiment(PATHS[name], name)

    def params(self, name: str) -> dict[str, Any]:
        own = self.experiment(name).params
        reduced = {k: v for k, v in {**SIGNAL, **REDUCED[name]}.items() if k in own}
        return {**own, **reduced}

    def dataset(self, name: str) -> xr.Dataset:
        if name not in self._datasets:
            experiment = self.experiment(name)
            assert experiment.measure is not None
            n = min(experiment.replicates, N_REPLICATES.get(name, 2))
            streams = replicate_streams(5, name, range(n))
            self._datasets[name] = experiment.measure(self.params(name), streams)
        return self._datasets[name]

    def summary(self, name: str) -> xr.Dataset:
        experiment, dataset = self.experiment(name), self.dataset(name)
        return dataset if experiment.summarize is None else experiment.summarize(dataset, self.params(name))

    def results(self, name: str) -> dict[str, ClaimResult]:
        found = {}
        for claim in self.experiment(name).claims:
            try:
                data = [self.dataset(name), *(self.dataset(other) for other in claim.data)]
                found[claim.id] = judge(claim, data, experiment=name)
            except (ExperimentError, KeyError):  # too small a measurement to judge by, or too dear a one
                found[claim.id] = unjudged(claim, experiment=name, state="not measured")
        return found


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def terms() -> dict[str, Text]:
    table = tomllib.loads((ROOT / "templates/dnn/terms.toml").read_text(encoding="utf-8"))
    return {key: Text(**{k: v for k, v in term.items() if k != "symbol"}) for key, term in table.items()}


@pytest.mark.parametrize("name", [name for name in PATHS if name in REDUCED])
@pytest.mark.filterwarnings("ignore")  # statistics of two replicates
def test_figures_can_be_read_from_the_last_row(name, bench, terms):
    """No text under 14 pt, every text at 4.5:1 against what it stands on."""
    summary, results = bench.summary(name), bench.results(name)
    for figure, theme in itertools.product(bench.experiment(name).figures, ("light", "dark")):
        style = Style(preset="slides", theme=theme, place=PRESETS["slides"].page)
        with drawn(figure, summary, results, LectureWords("ko", terms), style) as canvas:
            magnification = style.magnification(canvas)
            size = canvas.get_size_inches() * 2.54 * magnification
            assert size == pytest.approx((33.87, 19.05), abs=0.01)
            for text in texts(canvas):
                assert text.get_fontsize() * magnification >= SMALLEST - 1e-9, (figure.name, text)
                for ground in grounds(text, style):
                    contrast = palette.contrast(to_hex(text.get_color()), ground)
                    assert contrast >= 4.5, (figure.name, theme, text, ground)


def grounds(text: Words, style: Style) -> Iterator[str]:
    """Yield the colors that a text stands on; words in colored cells are chosen by ``words_color``."""
    if to_hex(text.get_color()) in {"#fefefe", "#000000"}:
        return
    yield style.color("paper")


# --- color ---

# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB
EYES = {
    "all cones": np.eye(3),
    "no long cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no middle cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no short cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
GROUPS = (
    ("tanh", "relu", "sigmoid", "linear"),
    ("xavier", "he", "small", "large", "unit"),
    ("bn", "no_bn"),
    ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
    ("first", "second", "third", "fourth", "fifth", "sixth"),
)
PAIRS = [pair for group in GROUPS for pair in itertools.combinations(group, 2)]
DIFFERENT = 9.5  # CIE 1976; a difference of 2.3 is just seen where two colors touch
DIFFERENT_GRAY = 5.0  # of lightness 0 … 100


def linear(color: str) -> np.ndarray:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratios = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", EYES)
def test_roles_that_are_compared_differ_for_all_eyes(theme, eyes):
    for first, second in PAIRS:
        colors = (palette.mark_color(palette.role(name).hue, theme) for name in (first, second))
        one, other = (lab(EYES[eyes] @ linear(color)) for color in colors)
        assert np.linalg.norm(one - other) >= DIFFERENT, (first, second)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_roles_that_are_compared_differ_in_gray(theme):
    """By lightness, or else by dashes; and always by marker."""
    for first, second in PAIRS:
        one, other = palette.role(first), palette.role(second)
        levels = [lab(linear(palette.mark_color(role.hue, theme)))[0] for role in (one, other)]
        assert abs(levels[0] - levels[1]) >= DIFFERENT_GRAY or one.dashes != other.dashes, (first, second)
        assert one.marker != other.marker


@pytest.mark.parametrize("name", ["crest", "vlag"])
def test_words_on_colored_cells_can_be_read(name):
    import seaborn  # noqa: F401  registers the maps

    for share in np.linspace(0, 1, 101):
        cell = to_hex(matplotlib.colormaps[name](share))
        assert palette.contrast(words_color(cell), cell) >= 4.5
