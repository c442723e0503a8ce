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
SIGMA_W = {"small": 0.64, "xavier": 1.0}  # small: std .01 at 4096 units
BLOCK = 1024  # inputs at a time: what stays in the cache
VARIABLES = {
    "std": (("arm", "end"), "standard deviation of the activations h"),
    "r2": (("arm",), "held-out R² of a linear map from the input to the last layer"),
    "participation": (("arm",), "participation ratio of the last layer's unit covariance"),
    "spectrum": (
        ("arm", "direction"),
        "share of the variance along each principal direction; first replicates only",
    ),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send fresh Gaussian inputs through both nets, which share one draw of weights, scaled."""
    width, half = params["width"], params["n_inputs"] // 2
    rows = []
    for replicate in replicates:
        x = replicate.generator("input").standard_normal((2 * half, width))
        generator = replicate.generator("weights")
        weights = [generator.standard_normal((width, width)) / width**0.5 for _ in range(params["n_layers"])]
        fit, held_out = product_sums(x[:half], weights), product_sums(x[half:], weights)
        with_spectrum = replicate.index < params["n_spectra"]
        rows.append([statistics(*pair, len(x), with_spectrum) for pair in zip(fit, held_out, strict=True)])
    return to_dataset(rows, replicates, params)


def product_sums(x: np.ndarray, weights: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Return for each net the sums over inputs of x xᵀ, x hᵀ, h hᵀ, h (h the last layer), and Σ h² of the first."""
    width = len(weights[0])
    sums = [
        {"xx": np.zeros((width, width)), "xh": np.zeros((width, width)), "hh": np.zeros((width, width))}
        | {"h": np.zeros(width), "first": np.zeros(())}
        for _ in SIGMA_W
    ]
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        shared, xx = block @ weights[0], block.T @ block
        for own, sigma_w in zip(sums, SIGMA_W.values(), strict=True):
            h = np.tanh(sigma_w * shared)
            own["first"] += np.vdot(h, h)
            for w in weights[1:]:
                h = np.tanh(sigma_w * (h @ w))
            own["xx"] += xx
            own["xh"] += block.T @ h
            own["hh"] += h.T @ h
            own["h"] += h.sum(axis=0)
    return sums


def statistics(
    fit: Mapping[str, np.ndarray], held_out: Mapping[str, np.ndarray], n_inputs: int, with_spectrum: bool
) -> dict[str, np.ndarray]:
    """Return the statistics of one net; the linear map h ≈ x B is fitted on one half and tested on the other.

    R² = 1 − ‖h − x B‖²/‖h‖². No intercept: the net is odd (tanh, no biases) and the inputs symmetric, so E[h] = 0.
    """
    b = np.linalg.solve(fit["xx"], fit["xh"])
    total = np.trace(held_out["hh"])
    residual = total - 2 * np.vdot(b, held_out["xh"]) + np.vdot(b, held_out["xx"] @ b)
    mean = (fit["h"] + held_out["h"]) / n_inputs
    covariance = (fit["hh"] + held_out["hh"]) / n_inputs - np.outer(mean, mean)
    variance = np.trace(covariance)
    spectrum = np.full(len(b), np.nan)
    if with_spectrum:
        spectrum = np.linalg.eigvalsh(covariance)[::-1] / variance
    return {
        "std": np.sqrt([(fit["first"] + held_out["first"]) / (n_inputs * len(b)), variance / len(b)]),
        "r2": np.asarray(1 - residual / total),
        "participation": np.asarray(variance**2 / np.vdot(covariance, covariance)),
        "spectrum": spectrum,
    }


def to_dataset(
    rows: Sequence[Sequence[dict[str, np.ndarray]]],
    replicates: Sequence[Replicate],
    params: Mapping[str, Any],
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
