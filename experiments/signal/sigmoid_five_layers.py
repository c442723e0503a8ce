"""Five layers of 100 sigmoid units with N(0, 1) weights: where the activations lie, what is left of the gradient.

Values for prose: ``edges.layer1`` … ``layer5`` (share of h below .1 or above .9), ``theory_edges.…``,
``slope.layer1`` … (mean φ'), ``median_slope.…``, ``rho.rms``, ``rho.median``, ``rho.theory``, ``delta_rms.…``,
``delta_median.…``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import mean_field, sigmoid_saturation_probability

PARAMS = {"width": 100, "n_layers": 5, "n_inputs": 1000, "std": 1.0}
N_BINS = 30
VARIABLES = {
    "edges": "share of activations below .1 or above .9",
    "slope": "mean local slope φ'(z)",
    "median_slope": "local slope φ'(z) of the median unit",
    "delta_rms": "RMS of δ = ∂L/∂z",
    "delta_median": "median of |δ|",
    "histogram": "share of the activations in each bin",
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send 1000 Gaussian inputs through the net and a random gradient back."""
    width, shape = params["width"], (params["n_inputs"], params["width"])
    rows = []
    for replicate in replicates:
        h = [replicate.generator("input").standard_normal(shape)]
        generator = replicate.generator("weights")
        weights = [
            params["std"] * generator.standard_normal((width, width)) for _ in range(params["n_layers"])
        ]
        for w in weights:
            h.append(1 / (1 + np.exp(-(h[-1] @ w))))
        slopes = [a * (1 - a) for a in h[1:]]
        delta = [replicate.generator("upstream").standard_normal(shape) * slopes[-1]]
        for w, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
            delta.append(delta[-1] @ w.T * slope)
        rows.append(statistics(h[1:], slopes, delta[::-1]))
    return to_dataset(rows, replicates, params)


def statistics(
    h: Sequence[np.ndarray], slopes: Sequence[np.ndarray], delta: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the statistics of one replicate by layer."""
    bins = [np.minimum((a * N_BINS).astype(np.intp), N_BINS - 1).ravel() for a in h]
    return {
        "edges": np.array([np.mean((a < 0.1) | (a > 0.9)) for a in h]),
        "slope": np.array([slope.mean() for slope in slopes]),
        "median_slope": np.array([np.median(slope) for slope in slopes]),
        "delta_rms": np.array([np.sqrt(np.mean(d**2)) for d in delta]),
        "delta_median": np.array([np.median(np.abs(d)) for d in delta]),
        "histogram": np.array([np.bincount(b, minlength=N_BINS) / b.size for b in bins]),
    }


def to_dataset(
    rows: Sequence[dict[str, np.ndarray]], replicates: Sequence[Replicate], params: Mapping[str, Any]
) -> xr.Dataset:
    """Stack the replicates' statistics and set the Gaussian theory beside them."""
    theory = mean_field("sigmoid", params["std"] * params["width"] ** 0.5, params["n_layers"])
    variables: dict[str, Any] = {
        name: (
            ("replicate", "layer", "bin")[: rows[0][name].ndim + 1],
            np.stack([row[name] for row in rows]),
            attributes(label),
        )
        for name, label in VARIABLES.items()
    }
    edges = sigmoid_saturation_probability(np.sqrt(theory.preactivation_variance))
    variables["theory_edges"] = ("layer", edges, attributes("share below .1 or above .9, mean field"))
    variables["theory_chi"] = ("layer", theory.chi, attributes("χ, mean field"))
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "layer": np.arange(1, params["n_layers"] + 1),
        "bin": (np.arange(N_BINS) + 0.5) / N_BINS,
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}
