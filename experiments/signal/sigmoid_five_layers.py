"""Five layers of 100 sigmoid units with N(0, 1) weights: where activations lie, what is left of the gradient.

Values for prose: ``edges.layer1`` to ``layer5`` (share of h below .1 or above .9), and likewise
``theory_edges``, ``slope`` (mean φ'), ``median_slope``, ``delta_rms``, ``delta_median``; ``rho.rms``,
``rho.median``, ``rho.theory``.
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


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles, the mean histogram, ρ and theory."""
    names = ["edges", "slope", "median_slope", "delta_rms", "delta_median"]
    summary = dataset[names].quantile([0.05, 0.5, 0.95], dim="replicate")
    summary["histogram"] = dataset["histogram"].mean("replicate")
    for name in ("theory_edges", "theory_chi"):
        summary[name] = dataset[name]
    for name in ("rms", "median"):
        summary[f"rho_{name}"] = np.exp(np.log(layer_factor(dataset, f"delta_{name}")).mean())
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    middle = summary.sel(quantile=0.5)
    by_layer = {
        name: {f"layer{layer}": float(middle[name].sel(layer=layer)) for layer in middle["layer"].values}
        for name in ("edges", "theory_edges", "slope", "median_slope", "delta_rms", "delta_median")
    }
    below = summary["theory_chi"].values[:-1]
    rho = {name: float(summary[f"rho_{name}"]) for name in ("rms", "median")}
    return {**by_layer, "rho": rho | {"theory": float(np.prod(below) ** (0.5 / len(below)))}}


# --- quantities: one value per replicate ---


def layer_factor(dataset: xr.Dataset, name: str) -> np.ndarray:
    """Return the factor of δ per layer, (first / last)^(1/(L−1)), of its RMS or of its median."""
    delta = dataset[name].transpose("replicate", "layer").values
    return np.asarray((delta[:, 0] / delta[:, -1]) ** (1 / (delta.shape[1] - 1)))


def edges_off_theory(dataset: xr.Dataset) -> np.ndarray:
    """Return the share at the edges minus theory, at the layer where they differ most."""
    difference = (dataset["edges"] - dataset["theory_edges"]).transpose("replicate", "layer").values
    return np.asarray(difference[np.arange(len(difference)), np.abs(difference).argmax(axis=1)])


# --- claims ---

SOURCE = "초기값을 그럼 어떻게 설정할까요?"
VANISHING = Text(
    ko="$\\rho<0.8$이면 서른 층을 지나는 동안 기울기가 600배 넘게 줄어, 쓰이는 학습률의 범위 전체보다 더 "
    "많이 잃는다.",
    en="Below 0.8 a gradient loses more than a factor of 600 over thirty layers, more than the whole range "
    "of learning rates in use.",
)

D03 = Claim(
    id="D03",
    kind="reconstructed",
    says=Text(
        ko="가중치를 평균 0, 표준편차 1인 정규분포로 초기화하면 시그모이드의 활성화값이 0과 1의 양 끝에 "
        "몰린다.",
        en="With weights drawn from N(0, 1), sigmoid activations pile up at 0 and 1.",
    ),
    better=Text(
        ko="표준편차 1인 가중치에서는 시그모이드 활성화값의 대부분이 0.1보다 작거나 0.9보다 크다. 입력이 "
        "100개여서 $\\sigma_w=10$이기 때문이다.",
        en="With weights of std 1 most sigmoid activations lie below 0.1 or above 0.9, because with 100 "
        "inputs $\\sigma_w=10$.",
    ),
    source=SOURCE,
    checks=(
        Check(
            name="edges",
            label=Text(
                ko="h < 0.1 또는 h > 0.9인 비율이 가장 작은 층",
                en="share of h < 0.1 or h > 0.9, smallest of the layers",
            ),
            quantity=lambda data: data["edges"].min("layer"),
            estimator="mean",
            relation=">=",
            bound=0.5,
            because=Text(
                ko="‘몰린다’면 모든 층에서 적어도 절반이다.",
                en="To pile up there means at least half of them, in every layer.",
            ),
        ),
        Check(
            name="edges_theory",
            label=Text(
                ko="그 비율 − 가우스 이론 (가장 다른 층)", en="that share minus Gaussian theory, worst layer"
            ),
            quantity=edges_off_theory,
            estimator="mean",
            relation="within",
            bound=(-0.05, 0.05),
            because=Text(
                ko="유닛 100개의 비율은 저절로 $\\sqrt{0.25/100}=0.05$까지 흔들린다.",
                en="A share among 100 units varies by up to $\\sqrt{.25/100}=.05$ by itself.",
            ),
            role="validates",
        ),
    ),
)

D04 = Claim(
    id="D04",
    says=Text(
        ko="활성화값이 양 끝에 몰리므로 기울기가 점점 작아져 소실된다.",
        en="Because the activations pile up at the ends, the gradient shrinks from layer to layer and "
        "vanishes.",
    ),
    better=Text(
        ko="표준편차 1에서 기울기의 RMS는 층을 지나도 거의 줄지 않는다. 포화하지 않은 소수의 유닛이 큰 "
        "가중치로 기울기를 나르기 때문이다. 포화한 대다수 유닛의 기울기는 훨씬 작고, 중앙값은 $z$가 가장 "
        "넓게 퍼지는 첫 층에서 무너진다.",
        en="With std 1 the RMS gradient passes all layers nearly unchanged: a few units that are not "
        "saturated carry it through large weights. The many saturated units get far less, and the median "
        "collapses in the first layer, where $z$ spreads widest.",
    ),
    source=SOURCE,
    checks=(
        Check(
            name="rho",
            label=Text(ko="RMS: δ에 층마다 곱해지는 값 ρ", en="RMS: ρ, the factor of δ per layer"),
            quantity=lambda data: layer_factor(data, "delta_rms"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.8,
            because=VANISHING,
        ),
        Check(
            name="rho_median",
            label=Text(
                ko="중앙값인 유닛: |δ|에 층마다 곱해지는 값", en="median unit: the factor of |δ| per layer"
            ),
            quantity=lambda data: layer_factor(data, "delta_median"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.8,
            because=VANISHING,
        ),
    ),
)


# --- figures ---

LAYER = Text(ko="층", en="layer")


def draw_histograms(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """The activations of the five layers in thirty bins; the share at the edges is written in."""
    figure, axes = style.subplots(
        1, summary.sizes["layer"], width="wide", height=38, sharey=True, left=3, right=3, wspace=5
    )
    at_edges = Text(ko="양 끝", en="edges")
    for layer, ax in zip(summary["layer"].values, axes, strict=True):
        own = summary.sel(layer=layer)
        style.histogram(ax, np.linspace(0, 1, N_BINS + 1), own["histogram"], "sigmoid", words=words)
        style.note(ax, f"{words(at_edges)} {100 * float(own['edges'].sel(quantile=0.5)):.0f} %", x=0.5, y=0.9)
        ax.texts[-1].set_ha("center")
        style.panel_title(ax, f"{words(LAYER)} {layer}")
        ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        ax.set_xlabel("h")
    return figure


def draw_gradient(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """RMS and median of δ by layer: the average is carried by the few that are not saturated."""
    figure, ax = style.subplots(width="text", height=56, right=22)
    style.log_axis(ax)
    layers = summary["layer"].values
    labels = {
        "delta_rms": ("first", Text(ko="RMS", en="RMS")),
        "delta_median": ("second", Text(ko="중앙값인\n유닛", en="median\nunit")),
    }
    for name, (role, label) in labels.items():
        low, median, high = summary[name].transpose("quantile", "layer").values
        style.band(ax, layers, median, low, high, role, label=words(label))
    ax.set_xticks(layers)
    ax.set_xlabel(words(LAYER))
    ax.set_ylabel(words(Text(ko="기울기의 크기 |δ|", en="size of the gradient |δ|")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D03, D04),
    figures=(
        Figure(
            name="histograms",
            width="wide",
            caption=Text(
                ko="표준편차 1인 가중치는 시그모이드의 활성화값을 0과 1로 민다. 유닛 100개인 층 다섯, 입력 "
                "1000개, 구간 30개. ‘양 끝’은 0.1보다 작거나 0.9보다 큰 비율. n = {n}.",
                en="Weights of std 1 push sigmoid activations to 0 and 1. Five layers of 100 units, 1000 "
                "inputs, 30 bins. “Edges” is the share below 0.1 or above 0.9. n = {n}.",
            ),
            alt=Text(
                ko="다섯 층의 히스토그램, 모두 0과 1에서 높다. 양 끝의 비율은 첫 층 "
                "{sigmoid_five_layers.edges.layer1:.0%}, 마지막 층 {sigmoid_five_layers.edges.layer5:.0%}.",
                en="Histograms of five layers, all high at 0 and 1. The share at the edges is "
                "{sigmoid_five_layers.edges.layer1:.0%} in the first layer and "
                "{sigmoid_five_layers.edges.layer5:.0%} in the last.",
            ),
            draw=draw_histograms,
        ),
        Figure(
            name="gradient",
            caption=Text(
                ko="기울기의 RMS는 거의 줄지 않는다. 중앙값인 유닛의 기울기는 그보다 훨씬 작고, 첫 층에서 "
                "다시 크게 떨어진다. 소수의 유닛이 큰 가중치로 기울기를 나르는 것이다. 점: 중앙값과 5–95 % "
                "띠. n = {n}.",
                en="The RMS gradient hardly shrinks. That of the median unit is far smaller and drops once "
                "more in the first layer: a few units carry the gradient through large weights. Marks: "
                "median with the 5–95 % band. n = {n}.",
            ),
            alt=Text(
                ko="층에 따른 |δ|. RMS는 마지막 층 {sigmoid_five_layers.delta_rms.layer5:.2f}, 첫 층 "
                "{sigmoid_five_layers.delta_rms.layer1:.2f}. 중앙값은 마지막 층 "
                "{sigmoid_five_layers.delta_median.layer5:.4f}, 첫 층 "
                "{sigmoid_five_layers.delta_median.layer1:.5f}. ρ는 RMS로 {D04.rho.estimate:.2f}, "
                "중앙값으로 {D04.rho_median.estimate:.2f}.",
                en="|δ| by layer. The RMS is {sigmoid_five_layers.delta_rms.layer5:.2f} in the last layer "
                "and {sigmoid_five_layers.delta_rms.layer1:.2f} in the first, the median "
                "{sigmoid_five_layers.delta_median.layer5:.4f} and "
                "{sigmoid_five_layers.delta_median.layer1:.5f}; ρ is {D04.rho.estimate:.2f} by "
                "the RMS and {D04.rho_median.estimate:.2f} by the median.",
            ),
            draw=draw_gradient,
        ),
    ),
)
