"""Five layers of 100 ReLU units with weights of std .01, Xavier and He: which one keeps the activations' size.

Values for prose, per arm (``small``, ``xavier``, ``he``): ``rms_first``, ``rms_last``, ``rms_ratio`` (last over
first), ``zeros_last`` (share of zeros in the last layer), ``dead_last`` (share of units of the last layer that are
0 for every input).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import mean_field

PARAMS = {"width": 100, "n_layers": 5, "n_inputs": 1000, "n_histograms": 20}
ARMS = ("small", "xavier", "he")
N_BINS = 30
LARGEST = 1.5  # what lies above is left out of the histograms
VARIABLES = {
    "rms": "RMS of the activations h",
    "zeros": "share of activations that are exactly 0",
    "dead": "share of units that are 0 for every input",
    "histogram": "share of the activations in each bin, zeros apart; first replicates only",
}


def initial_stds(width: int) -> np.ndarray:
    """Return the standard deviation of the initial weights of each arm."""
    return np.array([0.01, width**-0.5, (2 / width) ** 0.5])


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send 1000 Gaussian inputs through the three nets; they share one draw of weights, scaled."""
    width, n_layers = params["width"], params["n_layers"]
    rows = []
    for replicate in replicates:
        x = replicate.generator("input").standard_normal((params["n_inputs"], width))
        generator = replicate.generator("weights")
        weights = [generator.standard_normal((width, width)) for _ in range(n_layers)]
        with_histogram = replicate.index < params["n_histograms"]
        rows.append([layer_statistics(x, std, weights, with_histogram) for std in initial_stds(width)])
    return to_dataset(rows, replicates, params)


def layer_statistics(
    x: np.ndarray, std: float, weights: Sequence[np.ndarray], with_histogram: bool
) -> dict[str, np.ndarray]:
    """Return the statistics of one net by layer."""
    row: dict[str, list[Any]] = {name: [] for name in VARIABLES}
    h = x
    for w in weights:
        h = np.maximum(h @ (std * w), 0)
        active = h > 0
        row["rms"].append(np.sqrt(np.vdot(h, h) / h.size))
        row["zeros"].append(1 - np.count_nonzero(active) / h.size)
        row["dead"].append(1 - np.count_nonzero(active.any(axis=0)) / h.shape[1])
        row["histogram"].append(histogram(h[active], h.size) if with_histogram else np.full(N_BINS, np.nan))
    return {name: np.array(values) for name, values in row.items()}


def histogram(positive: np.ndarray, size: int) -> np.ndarray:
    """Return the share of positive activations in each bin up to ``LARGEST``."""
    bins = np.minimum((positive * (N_BINS / LARGEST)).astype(np.intp), N_BINS)
    return np.bincount(bins, minlength=N_BINS)[:N_BINS] / size


def to_dataset(
    rows: Sequence[Sequence[dict[str, np.ndarray]]],
    replicates: Sequence[Replicate],
    params: Mapping[str, Any],
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    sigma_w = initial_stds(params["width"]) * params["width"] ** 0.5
    theory = [mean_field("relu", float(gain), params["n_layers"]).activation_mean_square for gain in sigma_w]
    variables: dict[str, Any] = {
        name: (
            ("replicate", "arm", "layer", "bin")[: rows[0][0][name].ndim + 2],
            np.stack([[arm[name] for arm in row] for row in rows]),
            attributes(label),
        )
        for name, label in VARIABLES.items()
    }
    variables["theory_mean_square"] = (("arm", "layer"), theory, attributes("mean square of h, mean field"))
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(ARMS),
        "layer": np.arange(1, params["n_layers"] + 1),
        "bin": (np.arange(N_BINS) + 0.5) * LARGEST / N_BINS,
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}
