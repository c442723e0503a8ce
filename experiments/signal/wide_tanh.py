"""The quiz network: six tanh layers of 4096 units, by the spread of their initial weights.

Values for prose, per arm (``unit`` std 1, ``small`` .01, ``small05`` .05, ``xavier`` 1/√n):
``sigma_w``, ``std_first``, ``std_last``, ``std_ratio`` (last over first), ``saturated_first``, ``saturated_last``
(share of |h| > .99), ``slope_first``, ``slope_last`` (mean φ'), ``rho``, ``rho_theory``, ``delta_ratio`` (RMS δ of
the first over the last layer), ``weight_gradient_ratio`` (largest over smallest RMS dW among the layers). Single
numbers: ``xavier_2l_variance`` (2l·Var h of the last layer), ``funnel_rho.fan_in``, ``funnel_rho.glorot``.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.gaussian_layers import ConditionedLayer, RedrawnLayer, weight_gradient_rms
from reportgen.theory import mean_field

PARAMS = {"width": 4096, "n_layers": 6, "batch_size": 16, "n_direct": 1}
ARMS = ("unit", "small", "small05", "xavier")
RULES = ("fan_in", "glorot")
BIN_EDGES = np.linspace(-1, 1, 41)
VARIABLES = {
    "std": (("arm", "layer"), "standard deviation of the activations h"),
    "saturated": (("arm", "layer"), "share of activations with |h| > .99"),
    "slope": (("arm", "layer"), "mean local slope φ'(z)"),
    "delta_rms": (("arm", "layer"), "RMS of δ = ∂L/∂z"),
    "weight_gradient": (("arm", "layer"), "RMS entry of dW = ∂L/∂W"),
    "relative_update": (("arm", "layer"), "‖dW‖/‖W‖, the relative update at learning rate 1"),
    "histogram": (("arm", "layer", "bin"), "share of the activations in each bin"),
    "direct_std": (("arm", "layer"), "standard deviation of h, every weight drawn"),
    "direct_delta_rms": (("arm", "layer"), "RMS of δ, every weight drawn"),
    "direct_weight_gradient": (("arm", "layer"), "RMS entry of dW, every weight drawn"),
    "funnel_std": (("rule", "layer"), "standard deviation of h in a net that halves its width at each layer"),
    "funnel_delta_rms": (("rule", "layer"), "RMS of δ in a net that halves its width at each layer"),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send one batch per replicate through the four nets, and through two funnels, and a gradient back."""
    width, n_layers = params["width"], params["n_layers"]
    stds = [initial_stds(width)[:, None, None]] * n_layers
    widths = [width] * (n_layers + 1)
    narrowing = [width >> layer for layer in range(n_layers + 1)]
    rows = []
    for replicate in replicates:
        row = statistics(*propagate(params, replicate, stds, conditioned(replicate, "layer", widths)), stds)
        funnel = propagate(params, replicate, funnel_stds(narrowing), conditioned(replicate, "funnel", narrowing))
        row |= {"funnel_std": per_layer(spread, funnel[0][1:]), "funnel_delta_rms": per_layer(rms, funnel[1])}
        if replicate.index < params["n_direct"]:
            h, delta = propagate(params, replicate, stds, redrawn(replicate, widths))
            row |= {f"direct_{name}": value for name, value in statistics(h, delta, stds).items()}
        rows.append(row)
    return to_dataset(rows, replicates, params)


def propagate(
    params: Mapping[str, Any], replicate: Replicate, stds: Sequence[np.ndarray], layers: Sequence[Any]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Send a Gaussian batch forward and a Gaussian gradient back; return h_0 … h_L and δ_1 … δ_L."""
    x = replicate.generator("input").standard_normal((params["batch_size"], layers[0].n_in))
    upstream = replicate.generator("upstream").standard_normal((params["batch_size"], layers[-1].n_out))
    h = [np.broadcast_to(x, (len(stds[0]), *x.shape))]  # (arm, batch, unit)
    for layer, std in zip(layers, stds, strict=True):
        h.append(np.tanh(std * layer.forward(h[-1])))
    delta = [upstream * (1 - h[-1] ** 2)]
    for layer, std, below in zip(layers[:0:-1], stds[:0:-1], h[-2:0:-1], strict=True):
        delta.append(std * layer.backward(delta[-1]) * (1 - below**2))
    return h, delta[::-1]


def conditioned(replicate: Replicate, stream: str, widths: Sequence[int]) -> list[ConditionedLayer]:
    """Return layers that are sampled without their matrix, exactly in distribution."""
    return [
        ConditionedLayer(n_in=n_in, n_out=n_out, generator=replicate.generator(f"{stream} {index}"))
        for index, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:], strict=True))
    ]


def redrawn(replicate: Replicate, widths: Sequence[int]) -> list[RedrawnLayer]:
    """Return layers that multiply with every entry of their matrix, as the quiz's code does."""
    return [
        RedrawnLayer(n_in=n_in, n_out=n_out, generator=partial(replicate.generator, f"matrix {index}"))
        for index, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:], strict=True))
    ]


def initial_stds(width: int) -> np.ndarray:
    """Return the standard deviation of the initial weights of each arm."""
    return np.array([1.0, 0.01, 0.05, width**-0.5])


def funnel_stds(widths: Sequence[int]) -> list[np.ndarray]:
    """Return layer by layer the std of two rules for narrowing layers: 1/√n_in and √(2/(n_in + n_out))."""
    return [
        np.array([n_in**-0.5, (2 / (n_in + n_out)) ** 0.5])[:, None, None]
        for n_in, n_out in zip(widths[:-1], widths[1:], strict=True)
    ]


def statistics(
    h: Sequence[np.ndarray], delta: Sequence[np.ndarray], stds: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the statistics of one replicate, (arm, layer) each, the histogram (arm, layer, bin)."""
    weight_gradient = np.stack([weight_gradient_rms(*pair) for pair in zip(h[:-1], delta, strict=True)], axis=-1)
    return {
        "std": per_layer(spread, h[1:]),
        "saturated": per_layer(lambda a: np.mean(np.abs(a) > 0.99, axis=(-2, -1)), h[1:]),
        "slope": per_layer(lambda a: np.mean(1 - a**2, axis=(-2, -1)), h[1:]),
        "delta_rms": per_layer(rms, delta),
        "weight_gradient": weight_gradient,
        "relative_update": weight_gradient / np.concatenate([std[..., 0] for std in stds], axis=-1),
        "histogram": np.stack([histogram(layer) for layer in h[1:]], axis=-2),
    }


def per_layer(statistic: Callable[[np.ndarray], np.ndarray], layers: Sequence[np.ndarray]) -> np.ndarray:
    """Apply a statistic to every layer and stack the results along a last axis."""
    return np.stack([statistic(layer) for layer in layers], axis=-1)


def spread(values: np.ndarray) -> np.ndarray:
    """Return the standard deviation over batch and units."""
    return values.std(axis=(-2, -1))


def rms(values: np.ndarray) -> np.ndarray:
    """Return the root mean square over batch and units."""
    return np.asarray(np.sqrt(np.mean(values**2, axis=(-2, -1))))


def histogram(h: np.ndarray) -> np.ndarray:
    """Return the share of h (arm, batch, unit) in each bin of [−1, 1]: (arm, bin)."""
    n_bins = len(BIN_EDGES) - 1
    bins = np.minimum(((h + 1) * (n_bins / 2)).astype(np.intp), n_bins - 1)
    return np.stack([np.bincount(row.ravel(), minlength=n_bins) / row.size for row in bins])


def to_dataset(
    rows: Sequence[dict[str, np.ndarray]], replicates: Sequence[Replicate], params: Mapping[str, Any]
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    n_layers, sigma_w = params["n_layers"], initial_stds(params["width"]) * params["width"] ** 0.5
    theory = [mean_field("tanh", float(gain), n_layers) for gain in sigma_w]
    missing = np.full((len(ARMS), n_layers), np.nan)  # every weight is drawn in the first replicates only
    variables: dict[str, Any] = {
        name: (("replicate", *dims), np.stack([row.get(name, missing) for row in rows]), attributes(label))
        for name, (dims, label) in VARIABLES.items()
    }
    variables |= {
        "sigma_w": ("arm", sigma_w, attributes("σ_w = std·√n")),
        "theory_std": (("arm", "layer"), [t.activation_std for t in theory], attributes("std of h, mean field")),
        "theory_chi": (("arm", "layer"), [t.chi for t in theory], attributes("χ, mean field")),
    }
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(ARMS),
        "rule": list(RULES),
        "layer": np.arange(1, n_layers + 1),
        "bin": (BIN_EDGES[:-1] + BIN_EDGES[1:]) / 2,
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}
