"""The quiz network with ReLU: six layers of 4096 units, initial weights of std .01, Xavier and He.

Values for prose, per arm (``small`` std .01, ``xavier`` 1/√n, ``he`` √(2/n)): ``sigma_w``, ``rms_first``,
``rms_last``, ``rms_ratio`` (last over first), ``gain`` (factor of RMS h per layer), ``mean_last``, ``zeros`` (share
of zeros over all layers), ``half_variance`` (E[h²] over Var(z)/2), ``rho``, ``rho_theory``.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.gaussian_layers import ConditionedLayer, RedrawnLayer
from reportgen.theory import he_activation_mean, mean_field, relu_rms_gain

PARAMS = {"width": 4096, "n_layers": 6, "batch_size": 16, "n_direct": 1}
ARMS = ("small", "xavier", "he")
BIN_EDGES = np.linspace(0, 2, 41)  # what lies above 2 is left out of the histograms
VARIABLES = {
    "rms": (("arm", "layer"), "RMS of the activations h"),
    "mean": (("arm", "layer"), "mean of the activations h"),
    "zeros": (("arm", "layer"), "share of activations that are exactly 0"),
    "half_variance": (("arm", "layer"), "E[h²] / (Var(z)/2)"),
    "delta_rms": (("arm", "layer"), "RMS of δ = ∂L/∂z"),
    "histogram": (("arm", "layer", "bin"), "share of the activations in each bin, zeros apart"),
    "direct_rms": (("arm", "layer"), "RMS of h, every weight drawn"),
    "direct_delta_rms": (("arm", "layer"), "RMS of δ, every weight drawn"),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send one batch per replicate through the three nets and a gradient back."""
    width, n_layers = params["width"], params["n_layers"]
    rows = []
    for replicate in replicates:
        sampled = [
            ConditionedLayer(n_in=width, n_out=width, generator=replicate.generator(f"layer {layer}"))
            for layer in range(n_layers)
        ]
        row = statistics(*propagate(params, replicate, sampled))
        if replicate.index < params["n_direct"]:
            drawn = [
                RedrawnLayer(
                    n_in=width, n_out=width, generator=partial(replicate.generator, f"matrix {layer}")
                )
                for layer in range(n_layers)
            ]
            literal = statistics(*propagate(params, replicate, drawn))
            row |= {"direct_rms": literal["rms"], "direct_delta_rms": literal["delta_rms"]}
        rows.append(row)
    return to_dataset(rows, replicates, params)


def propagate(
    params: Mapping[str, Any], replicate: Replicate, layers: Sequence[Any]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Send a Gaussian batch forward and a Gaussian gradient back; return z_1 … z_L and δ_1 … δ_L."""
    shape = (params["batch_size"], params["width"])
    std = initial_stds(params["width"])[:, None, None]
    h = np.broadcast_to(replicate.generator("input").standard_normal(shape), (len(ARMS), *shape))
    z: list[np.ndarray] = []  # (arm, batch, unit) each
    for layer in layers:
        z.append(std * layer.forward(h))
        h = np.maximum(z[-1], 0)
    delta = [replicate.generator("upstream").standard_normal(shape) * (z[-1] > 0)]
    for layer, below in zip(layers[:0:-1], z[-2::-1], strict=True):
        delta.append(std * layer.backward(delta[-1]) * (below > 0))
    return z, delta[::-1]


def initial_stds(width: int) -> np.ndarray:
    """Return the standard deviation of the initial weights of each arm."""
    return np.array([0.01, width**-0.5, (2 / width) ** 0.5])


def statistics(z: Sequence[np.ndarray], delta: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the statistics of one replicate, (arm, layer) each, the histogram (arm, layer, bin)."""
    over = {"axis": (-2, -1)}
    h = [np.maximum(layer, 0) for layer in z]
    mean_square = np.stack([np.mean(layer**2, **over) for layer in h], axis=-1)
    return {
        "rms": np.sqrt(mean_square),
        "mean": np.stack([layer.mean(**over) for layer in h], axis=-1),
        "zeros": np.stack([np.mean(layer == 0, **over) for layer in h], axis=-1),
        "half_variance": mean_square / np.stack([layer.var(**over) / 2 for layer in z], axis=-1),
        "delta_rms": np.stack([np.sqrt(np.mean(layer**2, **over)) for layer in delta], axis=-1),
        "histogram": np.stack([histogram(layer) for layer in h], axis=-2),
    }


def histogram(h: np.ndarray) -> np.ndarray:
    """Return the share of h (arm, batch, unit) in each bin, zeros and what lies above the last bin left out."""
    n_bins = len(BIN_EDGES) - 1
    bins = np.minimum((h * (n_bins / BIN_EDGES[-1])).astype(np.intp), n_bins)
    return np.stack(
        [
            np.bincount(row[own > 0], minlength=n_bins)[:n_bins] / own.size
            for row, own in zip(bins, h, strict=True)
        ]
    )


def to_dataset(
    rows: Sequence[dict[str, np.ndarray]], replicates: Sequence[Replicate], params: Mapping[str, Any]
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    n_layers, sigma_w = params["n_layers"], initial_stds(params["width"]) * params["width"] ** 0.5
    theory = [mean_field("relu", float(gain), n_layers) for gain in sigma_w]
    missing = np.full((len(ARMS), n_layers), np.nan)  # every weight is drawn in the first replicates only
    variables: dict[str, Any] = {
        name: (("replicate", *dims), np.stack([row.get(name, missing) for row in rows]), attributes(label))
        for name, (dims, label) in VARIABLES.items()
    }
    variables |= {
        "sigma_w": ("arm", sigma_w, attributes("σ_w = std·√n")),
        "theory_rms": (
            ("arm", "layer"),
            np.sqrt([t.activation_mean_square for t in theory]),
            attributes("RMS of h, mean field"),
        ),
        "theory_chi": (("arm", "layer"), [t.chi for t in theory], attributes("χ, mean field")),
    }
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(ARMS),
        "layer": np.arange(1, n_layers + 1),
        "bin": (BIN_EDGES[:-1] + BIN_EDGES[1:]) / 2,
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}
