"""ρ of every architecture of the lecture on one scale: vanishing, healthy, exploding.

ρ is the factor by which one layer on the way down multiplies the RMS of δ = ∂L/∂z, from Gaussian inputs and a
random gradient at the last hidden layer. Three families: six layers of 4096 units (sampled without their
matrices, batch 16), five layers of 100 units (1000 inputs), fifty layers of 256 units (batch 64), there also
with batch normalization before the activation and with residual connections h + layer(h).

Values for prose, by net (``tanh_small``, ``deep_relu_bn`` …, all listed in ``NETS``): ``rho``, ``theory``
(mean field; missing for residual nets); ``n_nets.vanishing``, ``.healthy``, ``.exploding``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.gaussian_layers import ConditionedLayer
from reportgen.theory import BATCH_NORM_RELU_GAIN, Activation, mean_field

PARAMS = {
    "wide": (4096, 6, 16),  # units, hidden layers, inputs in the batch
    "narrow": (100, 5, 1000),
    "deep": (256, 50, 64),
}
FAMILIES = ("wide", "narrow", "deep")
ACTIVATIONS: tuple[Activation, ...] = ("sigmoid", "tanh", "relu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """One architecture: ``scale`` is a standard deviation, or ``xavier`` or ``he``."""

    family: str
    activation: Activation
    scale: float | str
    batch_norm: bool = False
    residual: bool = False

    def std(self, n_in: int) -> float:
        """Return the standard deviation of the weights."""
        rules = {"xavier": nn.Xavier(), "he": nn.He()}
        rule = rules[self.scale] if isinstance(self.scale, str) else nn.Normal(self.scale)
        return rule.standard_deviation(n_in, n_in)


SCALES: dict[str, float | str] = {"small": 0.01, "xavier": "xavier", "he": "he", "small05": 0.05, "unit": 1.0}
NETS: dict[str, Net] = {
    **{
        f"{activation}_{name}": Net(family="wide", activation=activation, scale=scale)
        for activation in ACTIVATIONS
        for name, scale in SCALES.items()
    },
    "narrow_sigmoid_unit": Net(family="narrow", activation="sigmoid", scale=1.0),
    "narrow_relu_small": Net(family="narrow", activation="relu", scale=0.01),
    "narrow_relu_xavier": Net(family="narrow", activation="relu", scale="xavier"),
    "narrow_relu_he": Net(family="narrow", activation="relu", scale="he"),
    "deep_sigmoid": Net(family="deep", activation="sigmoid", scale="xavier"),
    "deep_tanh": Net(family="deep", activation="tanh", scale="xavier"),
    "deep_relu_xavier": Net(family="deep", activation="relu", scale="xavier"),
    "deep_relu": Net(family="deep", activation="relu", scale="he"),
    "deep_sigmoid_bn": Net(family="deep", activation="sigmoid", scale="xavier", batch_norm=True),
    "deep_tanh_bn": Net(family="deep", activation="tanh", scale="xavier", batch_norm=True),
    "deep_relu_bn": Net(family="deep", activation="relu", scale="he", batch_norm=True),
    "deep_relu_residual": Net(family="deep", activation="relu", scale="he", residual=True),
    "deep_relu_bn_residual": Net(
        family="deep", activation="relu", scale="he", batch_norm=True, residual=True
    ),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Measure ρ of every net."""
    rho = [measure_one(params, replicate) for replicate in replicates]
    return xr.Dataset(
        {
            "rho": variable(("replicate", "net"), rho, "ρ = (RMS δ_1 / RMS δ_L)^(1/(L−1))"),
            "theory_rho": variable(
                "net", [theory_rho(params, net) for net in NETS.values()], "ρ, mean field"
            ),
        },
        coords={"replicate": [replicate.index for replicate in replicates], "net": list(NETS)},
    )


def theory_rho(params: Mapping[str, Any], net: Net) -> float:
    """Return ρ by the mean-field recursion; that of ReLU behind batch normalization; else NaN."""
    width, n_layers, _ = params[net.family]
    if net.residual or (net.batch_norm and net.activation != "relu"):
        return float("nan")
    if net.batch_norm:
        return BATCH_NORM_RELU_GAIN
    return mean_field(net.activation, net.std(width) * width**0.5, n_layers).rho


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> list[float]:
    """Send a Gaussian batch up and a Gaussian gradient down; nets of one family share what is random."""
    found: dict[str, float] = {}
    for family in FAMILIES:
        width, n_layers, n_inputs = params[family]
        shape = (n_inputs, width)
        x = replicate.generator(f"{family} input").standard_normal(shape)
        upstream = replicate.generator(f"{family} upstream").standard_normal(shape)
        generator = replicate.generator(f"{family} weights")
        kept = (
            []
            if family == "wide"
            else [MatrixLayer(generator.standard_normal((width, width))) for _ in range(n_layers)]
        )
        for name, net in NETS.items():
            if net.family == family:
                layers = kept or conditioned(replicate, width, n_layers)
                delta, _ = propagate(net, layers, x, upstream)
                sizes = [np.sqrt(np.mean(delta[index] ** 2)) for index in (0, -1)]
                found[name] = float((sizes[0] / sizes[1]) ** (1 / (n_layers - 1)))
    return [found[name] for name in NETS]


def propagate(
    net: Net, layers: Sequence[Any], x: np.ndarray, upstream: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return δ_1 … δ_L at the affine outputs, and the gradient of Σ upstream ∘ h_L at the input."""
    width = x.shape[-1]
    std, ones = net.std(width), np.ones(width)
    h, branches, caches = x, [], []  # a branch is φ(…), without what the residual connection adds
    for layer in layers:
        z = std * layer.forward(h)
        if net.batch_norm:
            z, cache = nn.layers.batch_norm_forward(z, ones, 0 * ones)
            caches.append(cache)
        branches.append(nn.layers.activate(net.activation, z))
        h = h + branches[-1] if net.residual else branches[-1]
    gradient, delta = upstream, []
    for layer, branch in zip(layers[::-1], branches[::-1], strict=True):
        delta.append(nn.layers.activate_backward(net.activation, gradient, branch))
        if net.batch_norm:
            delta[-1] = nn.layers.batch_norm_backward(delta[-1], caches.pop())[0]
        below = std * layer.backward(delta[-1])
        gradient = gradient + below if net.residual else below
    return delta[::-1], gradient


def conditioned(replicate: Replicate, width: int, n_layers: int) -> list[ConditionedLayer]:
    """Return layers that are sampled without their matrix, exactly in distribution."""
    return [
        ConditionedLayer(n_in=width, n_out=width, generator=replicate.generator(f"wide layer {layer}"))
        for layer in range(n_layers)
    ]


@dataclass(frozen=True, slots=True)
class MatrixLayer:
    """A matrix of standard normal weights that is kept."""

    w: np.ndarray

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return x W."""
        return np.asarray(x @ self.w)

    def backward(self, delta: np.ndarray) -> np.ndarray:
        """Return δ Wᵀ."""
        return np.asarray(delta @ self.w.T)


# --- summary and values ---

HEALTHY = (0.8, 1.25)
LEVEL = 0.99


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Geometric mean over replicates with its 99 % t interval, formed on the log scale."""
    logs = np.log(dataset["rho"].transpose("replicate", "net").values)
    n = len(logs)
    mean = logs.mean(axis=0)
    half = student_quantile(n - 1, LEVEL) * logs.std(axis=0, ddof=1) / n**0.5 if n > 1 else np.nan * mean
    return xr.Dataset(
        {
            "rho": ("net", np.exp(mean)),
            "low": ("net", np.exp(mean - half)),
            "high": ("net", np.exp(mean + half)),
            "theory_rho": dataset["theory_rho"],
        },
        coords={"net": dataset["net"]},
    )


def student_quantile(freedom: int, level: float) -> float:
    """Return the t of a two-sided interval: with x = √ν·tan θ Student's density becomes cos(θ)^(ν−1)."""
    theta = np.linspace(0, np.pi / 2, 200_001)
    density = np.cos(theta) ** (freedom - 1)
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(freedom**0.5 * np.tan(np.interp(level, share / share[-1], theta)))


def state(rho: float) -> str:
    """Return what ρ is called."""
    return "vanishing" if rho < HEALTHY[0] else "exploding" if rho > HEALTHY[1] else "healthy"


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    by_net = {
        name: {net: float(summary[long].sel(net=net)) for net in NETS}
        for name, long in (("rho", "rho"), ("theory", "theory_rho"))
    }
    states = [state(rho) for rho in by_net["rho"].values()]
    return {**by_net, "n_nets": {name: states.count(name) for name in ("vanishing", "healthy", "exploding")}}


# --- figure ---

FAMILY_NAMES = {
    "wide": Text(ko="6층 × 4096", en="6 layers × 4096"),
    "narrow": Text(ko="5층 × 100", en="5 layers × 100"),
    "deep": Text(ko="50층 × 256", en="50 layers × 256"),
}
STATES = (
    (0.32, Text(ko="소실", en="vanishing")),
    (1.0, Text(ko="건강", en="healthy")),
    (6.0, Text(ko="폭발", en="exploding")),
)
WITH_BN = Text(ko="배치 정규화", en="BN")
RESIDUAL = Text(ko="잔차 연결", en="residual")


def label_of(net: Net, words: Words) -> str:
    """Return the net in words: activation, initial weights, what is added."""
    scale = words(name_of(net.scale)) if isinstance(net.scale, str) else f"{net.scale:g}"
    parts = [words(name_of(net.activation)), scale]
    parts += [words(WITH_BN)] if net.batch_norm else []
    parts += [words(RESIDUAL)] if net.residual else []
    return " · ".join(parts)


def draw_gauge(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw ρ of every net between the bounds of vanishing and exploding, a panel for each family."""
    groups = [[name for name, net in NETS.items() if net.family == family] for family in FAMILIES]
    figure, axes = style.subplots(
        3,
        1,
        width="wide",
        height=150,
        left=48,
        right=8,
        top=10,
        sharex=True,
        height_ratios=[float(len(group) + 1) for group in groups],
    )
    for axis, family, group in zip(axes, FAMILIES, groups, strict=True):
        style.log_axis(axis, "x")
        style.bound(axis, HEALTHY, axis="x")
        for place, name in enumerate(group):
            cut, role = summary.sel(net=name), NETS[name].activation
            rho, theory = float(cut["rho"]), float(cut["theory_rho"])
            if np.isfinite(theory):
                axis.plot(theory, place, "|", color=style.color("theory"), markersize=9, markeredgewidth=0.8)
            style.interval(axis, rho, place, float(cut["low"]), float(cut["high"]), role, axis="x")
            style.direct_label(axis, rho * 1.04, place, f"{rho:.2f}", role)
        axis.set_yticks(range(len(group)), [label_of(NETS[name], words) for name in group])
        axis.set_ylim(len(group) - 0.4, -0.6)
        axis.tick_params(axis="y", length=0)
        style.panel_title(axis, words(FAMILY_NAMES[family]))
    top = axes[0]
    for x, text in STATES:
        top.annotate(
            words(text),
            xy=(x, 1.0),
            xycoords=top.get_xaxis_transform(),
            xytext=(0, 15),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=style.size(),
            color=style.text_color("muted"),
        )
    axes[-1].set_xlim(0.055, 100)
    axes[-1].set_xticks(
        [0.1, 0.2, 0.4, 0.8, 1.25, 2, 4, 10, 50], ["0.1", "0.2", "0.4", "0.8", "1.25", "2", "4", "10", "50"]
    )
    for axis in axes:
        axis.minorticks_off()
    axes[-1].set_xlabel(
        words(Text(ko="ρ: 한 층을 내려갈 때 δ에 곱해지는 값", en="ρ, the factor of δ per layer"))
    )
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    figures=(
        Figure(
            name="gauge",
            width="wide",
            caption=Text(
                ko="강의에 나오는 망을 모두 한 자에 놓으면 {rho_gauge.n_nets.vanishing}개는 소실, "
                "{rho_gauge.n_nets.healthy}개는 건강, {rho_gauge.n_nets.exploding}개는 폭발이다. 점: "
                "ρ와 99 % "
                "신뢰구간(대개 점보다 좁다), 세로 금: 평균장 이론, 띠: 0.8–1.25. 배치 정규화는 "
                "활성화 함수 앞에 "
                "둔다. n = {n}.",
                en="On one scale, {rho_gauge.n_nets.vanishing} of the lecture’s networks vanish, "
                "{rho_gauge.n_nets.healthy} are healthy and {rho_gauge.n_nets.exploding} explode. "
                "Marks: ρ with "
                "its 99 % interval (mostly narrower than the mark); ticks: mean-field theory; band: "
                "0.8–1.25. "
                "Batch normalization stands before the activation. n = {n}.",
            ),
            alt=Text(
                ko="ρ의 자. 너비 4096: tanh 0.01 {rho_gauge.rho.tanh_small:.2f}, Xavier "
                "{rho_gauge.rho.tanh_xavier:.2f}, 0.05 {rho_gauge.rho.tanh_small05:.2f}, 1 "
                "{rho_gauge.rho.tanh_unit:.1f}; ReLU Xavier {rho_gauge.rho.relu_xavier:.2f}, He "
                "{rho_gauge.rho.relu_he:.2f}; 시그모이드 Xavier {rho_gauge.rho.sigmoid_xavier:.2f}. "
                "50층: 배치 "
                "정규화를 쓴 ReLU {rho_gauge.rho.deep_relu_bn:.2f}, tanh {rho_gauge.rho.deep_tanh_bn:.2f}, "
                "시그모이드 {rho_gauge.rho.deep_sigmoid_bn:.2f}, 잔차 연결 "
                "{rho_gauge.rho.deep_relu_residual:.2f}.",
                en="A gauge of ρ. At 4096 units: tanh {rho_gauge.rho.tanh_small:.2f} for 0.01, "
                "{rho_gauge.rho.tanh_xavier:.2f} for Xavier, {rho_gauge.rho.tanh_small05:.2f} for 0.05, "
                "{rho_gauge.rho.tanh_unit:.1f} for 1; ReLU {rho_gauge.rho.relu_xavier:.2f} for Xavier, "
                "{rho_gauge.rho.relu_he:.2f} for He; sigmoid {rho_gauge.rho.sigmoid_xavier:.2f} for "
                "Xavier. At "
                "50 layers with batch normalization: ReLU {rho_gauge.rho.deep_relu_bn:.2f}, tanh "
                "{rho_gauge.rho.deep_tanh_bn:.2f}, sigmoid {rho_gauge.rho.deep_sigmoid_bn:.2f}; residual "
                "{rho_gauge.rho.deep_relu_residual:.2f}.",
            ),
            draw=draw_gauge,
        ),
    ),
)
