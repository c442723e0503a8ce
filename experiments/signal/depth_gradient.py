"""How the gradient changes on its way down through 2 to 50 layers: sigmoid with Xavier, ReLU with He.

Values for prose, per activation (``sigmoid``, ``relu``): ``rho_2`` … ``rho_50`` by depth as ``rho.sigmoid_50``;
``theory.sigmoid_50``; ``delta_ratio.sigmoid_50`` (RMS δ_1 / RMS δ_L); ``decades_per_layer.sigmoid`` at the largest
depth; ``vanishing_depth.sigmoid``: the smallest measured depth at which RMS δ_1 / RMS δ_L is below 10⁻³.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import mean_field

PARAMS = {"width": 512, "depths": (2, 3, 5, 8, 12, 20, 30, 50), "batch_size": 16}
ACTIVATIONS = ("sigmoid", "relu")
SIGMA_W = {"sigmoid": 1.0, "relu": 2**0.5}  # Xavier and He


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Measure RMS δ_1 / RMS δ_L of nets of every depth; a shallow net is the first layers of the deepest."""
    width, depths = params["width"], params["depths"]
    shape = (params["batch_size"], width)
    ratio = np.empty((len(replicates), len(ACTIVATIONS), len(depths)))
    for index, replicate in enumerate(replicates):
        generator = replicate.generator("weights")
        weights = [generator.standard_normal((width, width)) / width**0.5 for _ in range(max(depths))]
        x = replicate.generator("input").standard_normal(shape)
        upstream = replicate.generator("upstream").standard_normal((len(depths), *shape))
        ratio[index] = [delta_ratios(name, weights, x, upstream, depths) for name in ACTIVATIONS]
    return to_dataset(ratio, replicates, depths)


def delta_ratios(
    activation: str, weights: Sequence[np.ndarray], x: np.ndarray, upstream: np.ndarray, depths: Sequence[int]
) -> np.ndarray:
    """Return RMS δ_1 / RMS δ_L for each depth L, the gradients of all depths travelling down together."""
    slopes = forward_slopes(activation, weights, x)
    last_rms, delta = np.empty(len(depths)), np.zeros_like(upstream)  # (depth, batch, unit)
    for layer in range(max(depths), 0, -1):
        arriving = np.equal(depths, layer)
        travelling = np.greater(depths, layer)
        if layer < max(depths):
            delta[travelling] = SIGMA_W[activation] * delta[travelling] @ weights[layer].T
        delta[arriving] = upstream[arriving]
        delta[arriving | travelling] *= slopes[layer - 1]
        last_rms[arriving] = np.sqrt(np.mean(delta[arriving] ** 2, axis=(-2, -1)))
    return np.asarray(np.sqrt(np.mean(delta**2, axis=(-2, -1))) / last_rms)


def forward_slopes(activation: str, weights: Sequence[np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Return φ'(z) of every layer, (batch, unit) each."""
    slopes, h = [], x
    for w in weights:
        z = SIGMA_W[activation] * h @ w
        if activation == "relu":
            h = np.maximum(z, 0)
            slopes.append((z > 0).astype(np.float64))
        else:
            h = 1 / (1 + np.exp(-z))
            slopes.append(h * (1 - h))
    return slopes


def to_dataset(ratio: np.ndarray, replicates: Sequence[Replicate], depths: Sequence[int]) -> xr.Dataset:
    """Name the axes, form ρ and set the mean-field theory beside it."""
    theory = np.array([[mean_field(name, SIGMA_W[name], n).delta_ratio for n in depths] for name in ACTIVATIONS])
    root = 1 / (np.array(depths) - 1)
    dims = ("activation", "depth")
    return xr.Dataset(
        {
            "delta_ratio": (("replicate", *dims), ratio, attributes("RMS δ_1 / RMS δ_L")),
            "rho": (("replicate", *dims), ratio**root, attributes("ρ = (RMS δ_1 / RMS δ_L)^(1/(L−1))")),
            "theory_delta_ratio": (dims, theory, attributes("RMS δ_1 / RMS δ_L, mean field")),
            "theory_rho": (dims, theory**root, attributes("ρ, mean field")),
        },
        {
            "replicate": [replicate.index for replicate in replicates],
            "activation": list(ACTIVATIONS),
            "depth": list(depths),
        },
    )


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}
