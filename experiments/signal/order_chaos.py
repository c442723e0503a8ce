"""The map of order and chaos: what is left of the gradient, by spread of the weights and depth, in theory.

The mean-field recursion for tanh and ReLU on a grid of σ_w = std·√n and of the number of hidden layers, and
at the settings of the lecture. Nothing is random.

Values for prose: ``ratio.<point>`` (RMS δ_1 / RMS δ_L; points as in ``POINTS``, ``tanh_small`` …) and
``edge.tanh``, ``edge.relu`` (σ_w above which fifty layers let the gradient grow).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Experiment, Figure, Text, name_of, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import Activation, mean_field

PARAMS = {"smallest": 0.08, "largest": 100.0, "n_sigma": 120, "deepest": 64}
ACTIVATIONS: tuple[Activation, ...] = ("tanh", "relu")
# Settings of the lecture: activation, σ_w, hidden layers; and where the label stands.
POINTS: dict[str, tuple[Activation, float, int, str, str]] = {
    "tanh_small": ("tanh", 0.64, 6, "0.01", "below"),
    "tanh_xavier": ("tanh", 1.0, 6, "Xavier", "above"),
    "tanh_small05": ("tanh", 3.2, 6, "0.05", "above"),
    "tanh_unit": ("tanh", 64.0, 6, "1", "above"),
    "relu_small_100": ("relu", 0.1, 5, "0.01, n = 100", "right"),
    "relu_small": ("relu", 0.64, 6, "0.01, n = 4096", "left"),
    "relu_xavier_4": ("relu", 1.0, 4, "", "left"),
    "relu_xavier_6": ("relu", 1.0, 6, "", "left"),
    "relu_xavier_10": ("relu", 1.0, 10, "", "left"),
    "relu_xavier_20": ("relu", 1.0, 20, "Xavier", "left"),
    "relu_xavier_30": ("relu", 1.0, 30, "", "left"),
    "relu_xavier_50": ("relu", 1.0, 50, "", "left"),
    "relu_he_4": ("relu", 2**0.5, 4, "", "right"),
    "relu_he_6": ("relu", 2**0.5, 6, "", "right"),
    "relu_he_10": ("relu", 2**0.5, 10, "", "right"),
    "relu_he_20": ("relu", 2**0.5, 20, "He", "right"),
    "relu_he_30": ("relu", 2**0.5, 30, "", "right"),
    "relu_he_50": ("relu", 2**0.5, 50, "", "right"),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Iterate the recursion once per σ_w: a shallow net is the first layers of the deepest."""
    sigma_w = np.geomspace(params["smallest"], params["largest"], params["n_sigma"])
    depths = np.arange(2, params["deepest"] + 1)
    table = [
        [log_ratios(activation, float(gain), params["deepest"]) for gain in sigma_w]
        for activation in ACTIVATIONS
    ]
    points = [log_ratios(activation, gain, depth)[-1] for activation, gain, depth, *_ in POINTS.values()]
    return xr.Dataset(
        {
            "log_ratio": variable(
                ("replicate", "activation", "sigma_w", "depth"),
                np.repeat(np.array(table)[None], len(replicates), axis=0),
                "log₁₀ of RMS δ_1 / RMS δ_L, mean field",
            ),
            "point_log_ratio": variable("point", points, "the same at a setting of the lecture"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "activation": list(ACTIVATIONS),
            "sigma_w": sigma_w,
            "depth": depths,
            "point": list(POINTS),
        },
    )


def log_ratios(activation: Activation, sigma_w: float, deepest: int) -> np.ndarray:
    """Return log₁₀ of RMS δ_1 / RMS δ_L for L = 2 … deepest."""
    chi = mean_field(activation, sigma_w, deepest).chi
    return np.asarray(0.5 * np.cumsum(np.log10(chi[:-1])))


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Drop the replicate axis: everything is exact."""
    return dataset.isel(replicate=0)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    at_50 = summary["log_ratio"].sel(depth=50)
    grows = {name: at_50.sel(activation=name) > 0 for name in ACTIVATIONS}
    return {
        "ratio": {name: float(10 ** summary["point_log_ratio"].sel(point=name)) for name in POINTS},
        "edge": {name: float(summary["sigma_w"].where(up).min()) for name, up in grows.items()},
    }


REACH = 6.0  # decades at which the colors end
NET_BOUND = 3.0  # decades beyond which a net's gradient counts as vanished or exploded


def draw_map(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw both maps with the lecture's settings and the lines where a net counts as vanished or exploded."""
    figure, axes = style.subplots(1, 2, width="wide", height=78, sharey=True, right=16, left=12)
    sigma_w, depth = summary["sigma_w"].values, summary["depth"].values
    for axis, activation in zip(axes, ACTIVATIONS, strict=True):
        table = summary["log_ratio"].sel(activation=activation).transpose("depth", "sigma_w").values
        image = axis.pcolormesh(
            sigma_w,
            depth,
            np.clip(table, -REACH, REACH),
            cmap=style.colormap("diverging"),
            vmin=-REACH,
            vmax=REACH,
            shading="nearest",
        )
        style.dense(image)
        style.log_axis(axis, "both")
        axis.contour(
            sigma_w,
            depth,
            table,
            levels=(-NET_BOUND, NET_BOUND),
            colors="#000000",
            linewidths=0.8,
            linestyles=("--", "--"),
        )
        axis.contour(sigma_w, depth, table, levels=(0.0,), colors="#000000", linewidths=0.6, linestyles="-")
        for own, gain, layers, label, side in POINTS.values():
            if own == activation:
                axis.plot(
                    gain, layers, "o", color="#fefefe", markeredgecolor="#000000", markersize=4, zorder=5
                )
                if label:
                    style.direct_label(axis, gain, layers, label, "ink", side=side)
        style.panel_title(axis, words(name_of(activation)))
        axis.set_xlabel("σ_w = std · √n")
        axis.set_xlim(sigma_w[0], sigma_w[-1])
        axis.set_ylim(2, depth[-1])
        axis.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        axis.set_yticks([2, 5, 10, 20, 50], ["2", "5", "10", "20", "50"])
        axis.minorticks_off()
    axes[0].set_ylabel(words(Text(ko="은닉층 수 L", en="hidden layers L")))
    style.colorbar(figure, image, words(Text(ko="log₁₀ (δ₁ ÷ δ_L)", en="log₁₀ (δ₁ / δ_L)")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    figures=(
        Figure(
            name="map",
            width="wide",
            caption=Text(
                ko="기울기가 살아남는 초깃값의 길은 깊어질수록 좁아진다. 파랑은 소실, 빨강은 폭발, "
                "실선은 크기가 "
                "그대로인 곳, 점선은 천 배 줄거나 커지는 곳이다. 점은 강의에 나오는 설정. 평균장 "
                "이론으로 계산한 "
                "첫 층과 마지막 층의 δ의 비이고, 색은 백만 배에서 끝난다.",
                en="The deeper the network, the narrower the path of initial weights on which the gradient "
                "survives. Blue vanishes, red explodes; the solid line keeps its size, the dashed "
                "lines lose or "
                "gain a factor of a thousand. Marks: the lecture’s settings. Mean-field theory for δ "
                "of the first "
                "layer over the last; colors end at a million.",
            ),
            alt=Text(
                ko="두 지도, tanh와 ReLU: 가로는 σ_w, 세로는 층수. tanh에서 δ의 비는 0.01에서 "
                "{order_chaos.ratio.tanh_small:.2f}, Xavier에서 {order_chaos.ratio.tanh_xavier:.2f}, "
                "0.05에서 "
                "{order_chaos.ratio.tanh_small05:.1f}, 1에서 {order_chaos.ratio.tanh_unit:.0f}. "
                "ReLU-Xavier는 "
                "20층에서 {order_chaos.ratio.relu_xavier_20:.1e}, 50층에서 "
                "{order_chaos.ratio.relu_xavier_50:.1e}, He는 {order_chaos.ratio.relu_he_50:.2f}.",
                en="Two maps, tanh and ReLU, σ_w across and layers up. For tanh the ratio of δ is "
                "{order_chaos.ratio.tanh_small:.2f} at 0.01, {order_chaos.ratio.tanh_xavier:.2f} "
                "with Xavier, "
                "{order_chaos.ratio.tanh_small05:.1f} at 0.05 and {order_chaos.ratio.tanh_unit:.0f} at 1. "
                "ReLU-Xavier: {order_chaos.ratio.relu_xavier_20:.1e} at 20 layers and "
                "{order_chaos.ratio.relu_xavier_50:.1e} at 50; He {order_chaos.ratio.relu_he_50:.2f}.",
            ),
            draw=draw_map,
        ),
    ),
)
