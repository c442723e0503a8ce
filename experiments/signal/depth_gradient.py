"""How the gradient changes on its way down through 2 to 50 layers: sigmoid with Xavier, ReLU with He.

Values for prose, by activation (``sigmoid``, ``relu``) and depth: ``rho.sigmoid_50``,
``theory_rho.sigmoid_50``, ``delta_ratio.sigmoid_50`` (RMS δ_1 / RMS δ_L, geometric mean);
``vanishing_depth.sigmoid``, ``.relu``: the smallest measured depth at which RMS δ_1 / RMS δ_L is
below 10⁻³ (0: at none).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import Activation, mean_field

PARAMS = {"width": 512, "depths": (2, 3, 5, 8, 12, 20, 30, 50), "batch_size": 16}
ACTIVATIONS: tuple[Activation, ...] = ("sigmoid", "relu")
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
    activation: Activation,
    weights: Sequence[np.ndarray],
    x: np.ndarray,
    upstream: np.ndarray,
    depths: Sequence[int],
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


def forward_slopes(activation: Activation, weights: Sequence[np.ndarray], x: np.ndarray) -> list[np.ndarray]:
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
    theory = np.array(
        [[mean_field(name, SIGMA_W[name], n).delta_ratio for n in depths] for name in ACTIVATIONS]
    )
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


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles, geometric means and theory."""
    summary = dataset[["rho", "delta_ratio"]].quantile([0.05, 0.5, 0.95], dim="replicate")
    for name in ("rho", "delta_ratio"):
        logs: xr.DataArray = xr.apply_ufunc(np.log, dataset[name])
        summary[f"{name}_mean"] = xr.apply_ufunc(np.exp, logs.mean("replicate"))
    for name in ("theory_rho", "theory_delta_ratio"):
        summary[name] = dataset[name]
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    exported = {"rho": "rho_mean", "theory_rho": "theory_rho", "delta_ratio": "delta_ratio_mean"}
    by_net = {
        name: {
            f"{activation}_{depth}": float(summary[variable].sel(activation=activation, depth=depth))
            for activation in ACTIVATIONS
            for depth in summary["depth"].values
        }
        for name, variable in exported.items()
    }
    vanishing = summary["delta_ratio_mean"] < VANISHING_NET
    depths = {name: summary["depth"].values[vanishing.sel(activation=name).values] for name in ACTIVATIONS}
    return {
        **by_net,
        "vanishing_depth": {name: int(found[0]) if len(found) else 0 for name, found in depths.items()},
    }


# --- quantities: one value per replicate ---


def farthest_from_one(ratio: xr.DataArray) -> np.ndarray:
    """Return, for each replicate, the depth's ratio that is farthest from 1 on the log scale."""
    by_depth = ratio.transpose("replicate", "depth").values
    return np.asarray(by_depth[np.arange(len(by_depth)), np.abs(np.log(by_depth)).argmax(axis=1)])


def off_theory(dataset: xr.Dataset, activation: str) -> np.ndarray:
    """Return ρ over its mean-field value at the depth where they differ most."""
    return farthest_from_one((dataset["rho"] / dataset["theory_rho"]).sel(activation=activation))


# --- claim ---

VANISHING_NET = 1e-3  # RMS δ_1 / RMS δ_L of a net below which its gradient counts as vanished


def theory_check(activation: str, label: Text) -> Check:
    """Hold ρ of one activation against the mean-field recursion."""
    return Check(
        name=f"theory_{activation}",
        label=label,
        quantity=lambda data: off_theory(data, activation),
        estimator="mean",
        scale="log",
        relation="within",
        bound=(0.95, 1.05),
        because=Text(
            ko="너비 512에서 한 층의 이득은 무한 너비의 값에서 몇 % 흔들리고, $\rho$는 그 기하 평균이다.",
            en="At 512 units the gain of one layer varies by a few percent around infinite width, and ρ is a "
            "geometric mean of gains.",
        ),
        role="validates",
    )


B04 = Claim(
    id="B04",
    says=Text(
        ko="은닉층이 깊어지면 미분값이 입력 쪽까지 전달되지 않는다. 해결책은 ReLU이다.",
        en="With depth the derivative no longer reaches the input; ReLU is the remedy.",
    ),
    better=Text(
        ko="시그모이드와 Xavier 초깃값에서는 층마다 기울기가 4분의 1도 남지 않는다. ReLU는 He 초깃값과 함께 "
        "쓸 때 기울기를 지킨다.",
        en="With sigmoid and Xavier less than a quarter of the gradient is left after each layer; ReLU keeps "
        "it, together with He's initialization.",
    ),
    source="기울기 소실",
    checks=(
        Check(
            name="sigmoid",
            label=Text(
                ko="시그모이드-Xavier의 ρ (가장 큰 깊이)", en="ρ of sigmoid-Xavier, largest over depths"
            ),
            quantity=lambda data: data["rho"].sel(activation="sigmoid", drop=True).max("depth"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.8,
            because=Text(
                ko="$\\rho<0.8$이면 서른 층에서 기울기가 600배 넘게 줄어, 쓰이는 학습률의 범위 전체보다 더 "
                "많이 잃는다. 모든 깊이에서 그래야 한다.",
                en="Below 0.8 a gradient loses more than a factor of 600 over thirty layers, more than the "
                "whole range of learning rates in use; it must be so at every depth.",
            ),
        ),
        Check(
            name="relu",
            label=Text(ko="ReLU-He의 ρ (1에서 가장 먼 깊이)", en="ρ of ReLU-He, farthest from 1 over depths"),
            quantity=lambda data: farthest_from_one(data["rho"].sel(activation="relu")),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.8, 1.25),
            because=Text(
                ko="이 범위를 벗어나면 서른 층에서 기울기가 600배 넘게 변한다. 모든 깊이에서 안에 있어야 "
                "한다.",
                en="Outside, a gradient changes by more than a factor of 600 over thirty layers; every depth "
                "must lie inside.",
            ),
        ),
        theory_check(
            "sigmoid", Text(ko="시그모이드-Xavier의 ρ ÷ 이론", en="ρ of sigmoid-Xavier over theory")
        ),
        theory_check("relu", Text(ko="ReLU-He의 ρ ÷ 이론", en="ρ of ReLU-He over theory")),
    ),
)


# --- figure ---

NAMES = {
    "sigmoid": Text(ko="시그모이드\nXavier", en="sigmoid\nXavier"),
    "relu": Text(ko="ReLU\nHe", en="ReLU\nHe"),
}


def draw_by_depth(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Left: what is left of δ at the first layer. Right: ρ, the factor per layer, between its bounds."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=62, wspace=32, right=19, left=15)
    depths = summary["depth"].values
    for ax, name in ((left, "delta_ratio"), (right, "rho")):
        style.log_axis(ax)
        for activation in ACTIVATIONS:
            low, median, high = summary[name].sel(activation=activation).transpose("quantile", "depth").values
            style.band(ax, depths, median, low, high, activation, label=words(NAMES[activation]))
            style.theory(ax, depths, summary[f"theory_{name}"].sel(activation=activation))
        ax.set_xlabel(words(Text(ko="은닉층 수 L", en="hidden layers L")))
        ax.set_xticks([2, 10, 20, 30, 50])
    style.bound(left, (VANISHING_NET, 1 / VANISHING_NET))
    style.bound(right, (0.8, 1.25))
    left.set_ylim(1e-34, 1e5)
    right.set_ylim(0.15, 1.6)
    right.set_yticks([0.2, 0.4, 0.8, 1.25], ["0.2", "0.4", "0.8", "1.25"])
    right.minorticks_off()
    style.panel_title(left, words(Text(ko="δ의 RMS, 첫 층 ÷ L층", en="RMS of δ, layer 1 / layer L")))
    style.panel_title(right, words(Text(ko="ρ: 한 층에 곱해지는 값", en="ρ, the factor per layer")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(B04,),
    figures=(
        Figure(
            name="by_depth",
            width="wide",
            caption=Text(
                ko="시그모이드-Xavier의 기울기는 깊이에 지수적으로 줄고, ReLU-He의 기울기는 50층에서도 "
                "그대로이다. 너비 512. 가는 선은 평균장 이론, 띠는 소실도 폭발도 아닌 범위(왼쪽 "
                "$10^{{-3}}$–$10^3$, 오른쪽 0.8–1.25). 점: 중앙값과 5–95 %. n = {n}.",
                en="The gradient of sigmoid-Xavier falls exponentially with depth, that of ReLU-He is intact "
                "after 50 layers. Width 512. Thin line: mean-field theory; shaded: neither vanishing nor "
                "exploding (left $10^{{-3}}$–$10^3$, right 0.8–1.25). Marks: median with 5–95 %. n = {n}.",
            ),
            alt=Text(
                ko="은닉층 수에 따른 두 그래프. 50층에서 첫 층에 남은 δ는 시그모이드 "
                "{depth_gradient.delta_ratio.sigmoid_50:.0e}, ReLU {depth_gradient.delta_ratio.relu_50:.2f}. "
                "ρ는 시그모이드 {depth_gradient.rho.sigmoid_50:.2f}, ReLU {depth_gradient.rho.relu_50:.2f}. "
                "이론과 겹친다.",
                en="Two panels by number of hidden layers. At 50 layers the share of δ left at the first is "
                "{depth_gradient.delta_ratio.sigmoid_50:.0e} for sigmoid and "
                "{depth_gradient.delta_ratio.relu_50:.2f} for ReLU; ρ is {depth_gradient.rho.sigmoid_50:.2f} "
                "and {depth_gradient.rho.relu_50:.2f}. Theory coincides.",
            ),
            draw=draw_by_depth,
        ),
    ),
)
