"""What six tanh layers can still say when the weights are small: spread, linearity, number of directions.

Values for prose, per arm (``small``: σ_w of std .01 at 4096 units, i.e. .64; ``xavier``: 1): ``std_ratio`` (last
over first layer), ``r2`` (held-out R² of a linear map from the input to the last layer), ``participation`` (ratio of
the last layer's covariance); and ``participation_ratio`` (small over Xavier), ``participation_linear`` (n/(L + 1),
what a linear net of this depth has), ``n_units``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import mean_field

PARAMS = {"width": 512, "n_layers": 6, "n_inputs": 8192, "n_spectra": 2}
SIGMA_W = {"small": 0.64, "xavier": 1.0}
VARIABLES = {
    "std": (("arm", "end"), "standard deviation of the activations h"),
    "r2": (("arm",), "held-out R² of a linear map from the input to the last layer"),
    "participation": (("arm",), "participation ratio of the last layer's unit covariance"),
    "spectrum": (("arm", "direction"), "share of the variance along each principal direction; first replicates only"),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send fresh Gaussian inputs through both nets, which share one draw of weights, scaled."""
    width = params["width"]
    rows = []
    for replicate in replicates:
        x = replicate.generator("input").standard_normal((params["n_inputs"], width))
        generator = replicate.generator("weights")
        weights = [generator.standard_normal((width, width)) / width**0.5 for _ in range(params["n_layers"])]
        shared = x @ weights[0]
        row = []
        for sigma_w in SIGMA_W.values():
            first = last = np.tanh(sigma_w * shared)
            for w in weights[1:]:
                last = last @ (sigma_w * w)
                np.tanh(last, out=last)
            row.append(statistics(x, first, last, replicate.index < params["n_spectra"]))
        rows.append(row)
    return to_dataset(rows, replicates, params)


def statistics(x: np.ndarray, first: np.ndarray, last: np.ndarray, with_spectrum: bool) -> dict[str, np.ndarray]:
    """Return the statistics of one net."""
    centered = last - last.mean(axis=0)
    covariance = centered.T @ centered / len(last)
    spectrum = np.full(len(covariance), np.nan)
    if with_spectrum:
        spectrum = np.linalg.eigvalsh(covariance)[::-1] / np.trace(covariance)
    return {
        "std": np.array([first.std(), last.std()]),
        "r2": np.array(linear_r2(x, last)),
        "participation": np.array(np.trace(covariance) ** 2 / np.vdot(covariance, covariance)),
        "spectrum": spectrum,
    }


def linear_r2(x: np.ndarray, h: np.ndarray) -> float:
    """Fit h ≈ x B by least squares on the first half and return R² = 1 − ‖h − x B‖²/‖h‖² on the second.

    No intercept: the net is odd (tanh, no biases) and the inputs symmetric, so E[h] = 0.
    """
    half = len(x) // 2
    fit = x[:half]
    coefficients = np.linalg.solve(fit.T @ fit, fit.T @ h[:half])
    residual = h[half:] - x[half:] @ coefficients
    return float(1 - np.vdot(residual, residual) / np.vdot(h[half:], h[half:]))


def to_dataset(
    rows: Sequence[Sequence[dict[str, np.ndarray]]], replicates: Sequence[Replicate], params: Mapping[str, Any]
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    theory = [mean_field("tanh", sigma_w, params["n_layers"]).activation_std for sigma_w in SIGMA_W.values()]
    variables: dict[str, Any] = {
        name: (
            ("replicate", *dims),
            np.stack([[arm[name] for arm in row] for row in rows]),
            attributes(label),
        )
        for name, (dims, label) in VARIABLES.items()
    }
    ends = [[spread[0], spread[-1]] for spread in theory]
    variables["theory_std"] = (("arm", "end"), ends, attributes("standard deviation of h, mean field"))
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(SIGMA_W),
        "end": ["first", "last"],
        "direction": np.arange(1, params["width"] + 1),
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}
