"""The quiz network with ReLU: six layers of 4096 units, initial weights of std .01, Xavier and He.

Values for prose, per arm (``small`` std .01, ``xavier``, ``he``): ``sigma_w``, ``rms_first``,
``rms_last``, ``rms_ratio`` (last over first), ``gain`` (factor of RMS h per layer), ``mean_last``,
``zeros`` (share of zeros), ``half_variance`` (E[h²] over Var(z)/2), ``rho``, ``rho_theory``.
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
    if params["n_direct"] < 1:
        raise ValueError(
            "n_direct must be 1 or more: a direct run is what the sampled ones are checked against"
        )
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
    over = (-2, -1)
    h = [np.maximum(layer, 0) for layer in z]
    mean_square = np.stack([np.mean(layer**2, axis=over) for layer in h], axis=-1)
    return {
        "rms": np.sqrt(mean_square),
        "mean": np.stack([layer.mean(axis=over) for layer in h], axis=-1),
        "zeros": np.stack([np.mean(layer == 0, axis=over) for layer in h], axis=-1),
        "half_variance": mean_square / np.stack([layer.var(axis=over) / 2 for layer in z], axis=-1),
        "delta_rms": np.stack([np.sqrt(np.mean(layer**2, axis=over)) for layer in delta], axis=-1),
        "histogram": np.stack([histogram(layer) for layer in h], axis=-2),
    }


def histogram(h: np.ndarray) -> np.ndarray:
    """Return the share of h (arm, batch, unit) in each bin, without zeros and what lies above the last."""
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


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles, mean histograms, theory and the first direct replicate."""
    summary = dataset[["rms", "delta_rms"]].quantile([0.05, 0.5, 0.95], dim="replicate")
    for name in ("mean", "zeros", "half_variance", "histogram"):
        summary[name] = dataset[name].mean("replicate")
    for name in ("gain", "rho"):
        by_arm = [np.exp(np.log({"gain": gain, "rho": rho}[name](dataset, arm)).mean()) for arm in ARMS]
        summary[name] = ("arm", by_arm)
    for name in ("theory_rms", "theory_chi", "sigma_w"):
        summary[name] = dataset[name]
    for name in ("direct_rms", "direct_delta_rms"):
        summary[name] = dataset[name].isel(replicate=0)
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    rms = summary["rms"].sel(quantile=0.5)
    below = summary["theory_chi"].isel(layer=slice(None, -1))
    exported = {
        "sigma_w": summary["sigma_w"],
        "rms_first": rms.isel(layer=0),
        "rms_last": rms.isel(layer=-1),
        "rms_ratio": rms.isel(layer=-1) / rms.isel(layer=0),
        "gain": summary["gain"],
        "mean_last": summary["mean"].isel(layer=-1),
        "zeros": summary["zeros"].mean("layer"),
        "half_variance": summary["half_variance"].mean("layer"),
        "rho": summary["rho"],
        "rho_theory": below.prod("layer") ** (0.5 / below.sizes["layer"]),
    }
    return {name: {arm: float(array.sel(arm=arm)) for arm in ARMS} for name, array in exported.items()}


# --- quantities: one value per replicate ---


def by_layer(dataset: xr.Dataset, name: str, arm: str) -> np.ndarray:
    """Return a variable of one arm: (replicate, layer)."""
    return np.asarray(dataset[name].sel(arm=arm).transpose("replicate", "layer").values)


def rms_ratio(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Return RMS(h) of the last layer over that of the first."""
    rms = by_layer(dataset, "rms", arm)
    return np.asarray(rms[:, -1] / rms[:, 0])


def gain(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Return the factor of RMS(h) per layer, its geometric mean from the first to the last layer."""
    return np.asarray(rms_ratio(dataset, arm) ** (1 / (dataset.sizes["layer"] - 1)))


def rho(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Return (RMS δ_1 / RMS δ_L)^(1/(L−1))."""
    delta = by_layer(dataset, "delta_rms", arm)
    return np.asarray((delta[:, 0] / delta[:, -1]) ** (1 / (delta.shape[1] - 1)))


def direct_over_sampled(dataset: xr.Dataset, name: str) -> float:
    """Return the direct simulation's factor per layer over the geometric mean of the sampled ones."""
    drawn, sampled = (by_layer(dataset, prefix + name, "he") for prefix in ("direct_", ""))
    steps = drawn.shape[1] - 1
    factor = np.log(drawn[0, -1] / drawn[0, 0]) - np.log(sampled[:, -1] / sampled[:, 0]).mean()
    return float(np.exp(factor / steps))


# --- claims ---

FACTOR_OF_TWO = Text(
    ko="‘딱 알맞다’면 많아야 두 배이다. 다섯 층마다 두 배면 서른 층에서는 64배이다.",
    en="“Just right” leaves a factor of two at most: repeated every five layers it is 64 over thirty.",
)
WIDE_ENOUGH = Text(
    ko="너비 4096에서 한 층의 크기는 무한 너비의 값에서 1–2 % 흔들린다. 반복 20번의 평균은 3 % 안이다.",
    en="At 4096 units the size of one layer varies by 1–2 % around infinite width; the mean of 20 stays "
    "within 3 %.",
)


def gain_check(arm: str, expected: float) -> Check:
    """Hold the factor of RMS(h) per layer against theory."""
    return Check(
        name="gain_theory",
        label=Text(ko="RMS(h)에 층마다 곱해지는 값 ÷ 이론", en="factor of RMS(h) per layer over theory"),
        quantity=lambda data: gain(data, arm) / expected,
        estimator="mean",
        scale="log",
        relation="within",
        bound=(0.97, 1.03),
        because=WIDE_ENOUGH,
        role="validates",
    )


D15 = Claim(
    id="D15",
    says=Text(
        ko="Xavier는 값이 0을 중심으로 퍼진다고 보므로, ReLU에 쓰면 활성화값이 0으로 몰린다.",
        en="Xavier assumes values centered on 0; with ReLU the activations collapse to 0 instead.",
    ),
    better=Text(
        ko="ReLU에 Xavier를 쓰면 활성화값의 RMS가 층마다 $1/\\sqrt{2}$로 줄어든다. 한 번에 무너지는 것이 "
        "아니라 깊이에 지수적으로 작아진다.",
        en="With Xavier a ReLU net's RMS falls by $1/\\sqrt{2}$ at each layer: exponentially with depth, not "
        "at once.",
    ),
    source="활성화 함수가 ReLU 라면?",
    checks=(
        Check(
            name="rms_ratio",
            label=Text(ko="RMS(h): 마지막 층 ÷ 첫 층", en="RMS(h), last layer over first"),
            quantity=lambda data: rms_ratio(data, "xavier"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.25,
            because=Text(
                ko="‘몰린다’면 다섯 층 사이에 4분의 1 아래로 줄어야 한다. 서른 층이면 4000배가 넘는다.",
                en="A collapse takes less than a quarter after five layers: a factor above 4000 over thirty.",
            ),
        ),
        gain_check("xavier", relu_rms_gain(1.0)),
        Check(
            name="direct_gain",
            label=Text(
                ko="층마다 RMS(h)의 배수: 직접 계산 ÷ 조건부 표본",
                en="factor of RMS(h): every weight drawn over sampled",
            ),
            quantity=lambda data: direct_over_sampled(data, "rms"),
            estimator="exact",
            relation="within",
            bound=(0.97, 1.03),
            because=WIDE_ENOUGH,
            role="validates",
        ),
        Check(
            name="direct_rho",
            label=Text(ko="ρ: 직접 계산 ÷ 조건부 표본", en="ρ: every weight drawn over sampled"),
            quantity=lambda data: direct_over_sampled(data, "delta_rms"),
            estimator="exact",
            relation="within",
            bound=(0.97, 1.03),
            because=WIDE_ENOUGH,
            role="validates",
        ),
    ),
)

D17 = Claim(
    id="D17",
    says=Text(
        ko="ReLU에서는 표준편차를 $\\sqrt{2}/\\sqrt{n}$로 하면(He) 모든 층의 활성화값이 딱 알맞게 퍼진다.",
        en="With ReLU, std $\\sqrt{2}/\\sqrt{n}$ (He) keeps the activations “just right” in all layers.",
    ),
    better=Text(
        ko="ReLU에 He를 쓰면 활성화값의 제곱평균과 기울기의 크기가 층마다 그대로이다.",
        en="With ReLU and He the mean square of the activations and the size of the gradient stay the same "
        "at each layer.",
    ),
    source="초기값 설정(He Init)",
    checks=(
        Check(
            name="rms_ratio",
            label=Text(ko="RMS(h): 마지막 층 ÷ 첫 층", en="RMS(h), last layer over first"),
            quantity=lambda data: rms_ratio(data, "he"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.5, 2.0),
            because=FACTOR_OF_TWO,
        ),
        Check(
            name="rho",
            label=Text(ko="ρ: 한 층을 내려갈 때 δ에 곱해지는 값", en="ρ, the factor of δ per layer"),
            quantity=lambda data: rho(data, "he"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.8, 1.25),
            because=Text(
                ko="이 범위를 벗어나면 서른 층에서 기울기가 600배 넘게 변한다.",
                en="Outside, a gradient changes by more than a factor of 600 over thirty layers.",
            ),
        ),
        gain_check("he", relu_rms_gain(2**0.5)),
        Check(
            name="mean_theory",
            label=Text(ko="E[h] ÷ (1/√π), 층 평균", en="E[h] over 1/√π, mean of the layers"),
            quantity=lambda data: by_layer(data, "mean", "he").mean(axis=1) / he_activation_mean(),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.97, 1.03),
            because=WIDE_ENOUGH,
            role="validates",
        ),
    ),
)

D18 = Claim(
    id="D18",
    says=Text(
        ko="He 초깃값의 2는 ReLU가 버리는 음의 영역을 메운다.",
        en="The factor 2 of He's initialization makes up for ReLU's negative half.",
    ),
    better=Text(
        ko="$z$가 0에 대칭이면 절반이 0이 되고 $E[h^2]=\\mathrm{Var}(z)/2$이다. 가중치의 분산을 두 배로 하면 "
        "이 절반이 되돌아온다.",
        en="For $z$ symmetric about 0 half of the units are 0 and $E[h^2]=\\mathrm{Var}(z)/2$; doubling the "
        "variance of the weights gives this half back.",
    ),
    source="초기값 설정(He Init)",
    checks=(
        Check(
            name="zeros",
            label=Text(ko="0이 된 활성화값의 비율", en="share of activations that are 0"),
            quantity=lambda data: by_layer(data, "zeros", "he").mean(axis=1),
            estimator="mean",
            relation="within",
            bound=(0.49, 0.51),
            because=Text(
                ko="대칭인 가중치에서는 정확히 절반이다. 1 %는 유한한 너비의 몫이다.",
                en="With symmetric weights it is exactly one half; 0.01 is left to the finite width.",
            ),
        ),
        Check(
            name="half_variance",
            label=Text(ko="E[h²] ÷ (Var(z)/2)", en="E[h²] over Var(z)/2"),
            quantity=lambda data: by_layer(data, "half_variance", "he").mean(axis=1),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.99, 1.01),
            because=Text(
                ko="2가 메우는 것이 바로 이 절반이라면 비는 1이다. 1 %는 유한한 너비의 몫이다.",
                en="If this half is what the 2 makes up for, the ratio is 1; 1 % is left to the finite "
                "width.",
            ),
        ),
    ),
)


# --- figures ---

ARM_NAMES = {
    "small": Text(ko="표준편차 0.01", en="std 0.01"),
    "xavier": Text(ko="Xavier 1/√n", en="Xavier 1/√n"),
    "he": Text(ko="He √(2/n)", en="He √(2/n)"),
}
LAYER = Text(ko="층", en="layer")


def evenly(layers: np.ndarray, most: int) -> np.ndarray:
    """Return the layers, or so many of them from the first to the last."""
    places = np.linspace(0, len(layers) - 1, min(most, len(layers)))
    return np.asarray(layers[places.round().astype(int)])


def draw_histograms(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """One row per initialization, one column per layer; zeros are written, not drawn."""
    shown = evenly(summary["layer"].values, 7)
    figure, axes = style.subplots(
        len(ARMS),
        len(shown),
        width="wide",
        height=68,
        sharex=True,
        left=23,
        right=1,
        top=5,
        hspace=3,
        wspace=2.5,
    )
    for arm, row in zip(ARMS, axes, strict=True):
        for layer, ax in zip(shown, row, strict=True):
            own = summary.sel(arm=arm).sel(layer=layer)
            style.histogram(ax, BIN_EDGES, own["histogram"], arm, words=words)
            style.note(ax, f"RMS {float(own['rms'].sel(quantile=0.5)):#.2g}", x=0.98)
            ax.set_xticks([0, 1, 2])
        name = words(ARM_NAMES[arm]).replace(" ", "\n", 1)
        row[0].text(
            -0.12,
            0.35,
            name,
            transform=row[0].transAxes,
            ha="right",
            va="center",
            fontsize=style.size("label"),
        )
    for layer, ax in zip(shown, axes[0], strict=True):
        style.panel_title(ax, f"{words(LAYER)} {layer}")
    for ax in axes[-1]:
        ax.set_xlabel("h")
    return figure


def draw_sizes(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Left: RMS h on its way up. Right: RMS δ on its way down. Theory beside both."""
    figure, axes = style.subplots(1, 2, width="wide", height=56, right=3, wspace=24, sharey=True)
    layers = summary["layer"].values
    titles = {
        "rms": Text(ko="활성화값 h의 RMS", en="RMS of h"),
        "delta_rms": Text(ko="δ의 RMS", en="RMS of δ"),
    }
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        style.log_axis(ax)
        for arm in ARMS:
            low, median, high = summary[name].sel(arm=arm).transpose("quantile", "layer").values
            label = words(ARM_NAMES[arm]) if name == "rms" else None
            style.band(ax, layers, median, low, high, arm, label=label)
            ax.plot(
                layers,
                summary[f"direct_{name}"].sel(arm=arm),
                "x",
                color=style.color("ink"),
                markersize=4.5,
            )
            if name == "rms":
                style.theory(ax, layers, summary["theory_rms"].sel(arm=arm))
        style.panel_title(ax, words(title))
        ax.set_xlabel(words(LAYER))
        ax.set_xticks(evenly(layers, 12))
    return figure


FIGURES = (
    Figure(
        name="histograms",
        width="wide",
        caption=Text(
            ko="He만이 ReLU 활성화값의 모양을 지킨다. 0.01과 Xavier에서는 층마다 0으로 다가간다. ReLU 6층, "
            "너비 4096, 배치 16. 모든 칸에서 절반은 정확히 0이고, 그리지 않았다. 구간은 모두 같고 세로축은 "
            "칸마다 다르다. n = {n}.",
            en="Only He keeps the shape of a ReLU net's activations; with std 0.01 and Xavier they move "
            "toward 0 layer by layer. Six layers of 4096 units, batch 16. Half of the activations of every "
            "panel are exactly 0 and not drawn. Same bins, each panel with its own height. n = {n}.",
        ),
        alt=Text(
            ko="초깃값 세 가지와 여섯 층의 히스토그램. 활성화값의 RMS(첫 층 → 마지막 층): 0.01에서 "
            "{wide_relu.rms_first.small:.2f} → {wide_relu.rms_last.small:.4f}, Xavier에서 "
            "{wide_relu.rms_first.xavier:.2f} → {wide_relu.rms_last.xavier:.3f}, He에서 "
            "{wide_relu.rms_first.he:.2f} → {wide_relu.rms_last.he:.2f}. 0의 비율은 "
            "{wide_relu.zeros.he:.0%}.",
            en="Histograms of six layers for three initializations. RMS of the activations, first → last "
            "layer: {wide_relu.rms_first.small:.2f} → {wide_relu.rms_last.small:.4f} for std 0.01, "
            "{wide_relu.rms_first.xavier:.2f} → {wide_relu.rms_last.xavier:.3f} for Xavier, "
            "{wide_relu.rms_first.he:.2f} → {wide_relu.rms_last.he:.2f} for He. The share of zeros is "
            "{wide_relu.zeros.he:.0%}.",
        ),
        draw=draw_histograms,
    ),
    Figure(
        name="sizes",
        width="wide",
        caption=Text(
            ko="He에서는 올라가는 신호와 내려가는 기울기가 모두 그대로이고, Xavier에서는 둘 다 층마다 "
            "$1/\\sqrt{{2}}$로 줄어든다. 점: 중앙값과 5–95 % 띠, 가는 선: 이론, ×: 가중치를 모두 뽑은 계산. "
            "n = {n}.",
            en="With He both the signal on its way up and the gradient on its way down keep their size; with "
            "Xavier both lose a factor $\\sqrt{{2}}$ per layer. Marks: median with the 5–95 % band; thin "
            "line: theory; ×: every weight drawn. n = {n}.",
        ),
        alt=Text(
            ko="두 그래프: 층에 따른 h의 RMS와 δ의 RMS. 층마다 h에 곱해지는 값은 0.01에서 "
            "{wide_relu.gain.small:.2f}, Xavier에서 {wide_relu.gain.xavier:.2f}, He에서 "
            "{wide_relu.gain.he:.2f}. ρ는 차례로 {wide_relu.rho.small:.2f}, {wide_relu.rho.xavier:.2f}, "
            "{D17.rho.estimate:.2f}.",
            en="Two panels by layer: RMS of h and RMS of δ. The factor of h per layer is "
            "{wide_relu.gain.small:.2f} for std 0.01, {wide_relu.gain.xavier:.2f} for Xavier, "
            "{wide_relu.gain.he:.2f} for He; ρ is {wide_relu.rho.small:.2f}, {wide_relu.rho.xavier:.2f} and "
            "{D17.rho.estimate:.2f}.",
        ),
        draw=draw_sizes,
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D15, D17, D18),
    figures=FIGURES,
)
