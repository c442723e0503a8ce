"""Five layers of 100 ReLU units with weights of std .01, Xavier and He: which one keeps the size.

Values for prose, per arm (``small``, ``xavier``, ``he``): ``rms_first``, ``rms_last``,
``rms_ratio`` (last over first), ``zeros_last`` (share of zeros in the last layer), ``dead_last``
(share of its units that are 0 for every input).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import mean_field

PARAMS = {"width": 100, "n_layers": 5, "n_inputs": 1000, "n_histograms": 20}
ARMS = ("small", "xavier", "he")
N_BINS = 30
LARGEST = 1.5  # what lies above is left out of the histograms
VARIABLES = {
    "rms": "RMS of the activations h",
    "zeros": "share of activations that are exactly 0",
    "dead": "share of units that are 0 for every input",
    "histogram": "share of the activations in each bin, zeros apart; first replicates only",
}


def initial_stds(width: int) -> np.ndarray:
    """Return the standard deviation of the initial weights of each arm."""
    return np.array([0.01, width**-0.5, (2 / width) ** 0.5])


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send 1000 Gaussian inputs through the three nets; they share one draw of weights, scaled."""
    width, n_layers = params["width"], params["n_layers"]
    rows = []
    for replicate in replicates:
        x = replicate.generator("input").standard_normal((params["n_inputs"], width))
        generator = replicate.generator("weights")
        weights = [generator.standard_normal((width, width)) for _ in range(n_layers)]
        with_histogram = replicate.index < params["n_histograms"]
        rows.append([layer_statistics(x, std, weights, with_histogram) for std in initial_stds(width)])
    return to_dataset(rows, replicates, params)


def layer_statistics(
    x: np.ndarray, std: float, weights: Sequence[np.ndarray], with_histogram: bool
) -> dict[str, np.ndarray]:
    """Return the statistics of one net by layer."""
    row: dict[str, list[Any]] = {name: [] for name in VARIABLES}
    h = x
    for w in weights:
        h = np.maximum(h @ (std * w), 0)
        active = h > 0
        row["rms"].append(np.sqrt(np.vdot(h, h) / h.size))
        row["zeros"].append(1 - np.count_nonzero(active) / h.size)
        row["dead"].append(1 - np.count_nonzero(active.any(axis=0)) / h.shape[1])
        row["histogram"].append(histogram(h[active], h.size) if with_histogram else np.full(N_BINS, np.nan))
    return {name: np.array(values) for name, values in row.items()}


def histogram(positive: np.ndarray, size: int) -> np.ndarray:
    """Return the share of positive activations in each bin up to ``LARGEST``."""
    bins = np.minimum((positive * (N_BINS / LARGEST)).astype(np.intp), N_BINS)
    return np.bincount(bins, minlength=N_BINS)[:N_BINS] / size


def to_dataset(
    rows: Sequence[Sequence[dict[str, np.ndarray]]],
    replicates: Sequence[Replicate],
    params: Mapping[str, Any],
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    sigma_w = initial_stds(params["width"]) * params["width"] ** 0.5
    theory = [mean_field("relu", float(gain), params["n_layers"]).activation_mean_square for gain in sigma_w]
    variables: dict[str, Any] = {
        name: (
            ("replicate", "arm", "layer", "bin")[: rows[0][0][name].ndim + 2],
            np.stack([[arm[name] for arm in row] for row in rows]),
            attributes(label),
        )
        for name, label in VARIABLES.items()
    }
    variables["theory_mean_square"] = (("arm", "layer"), theory, attributes("mean square of h, mean field"))
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(ARMS),
        "layer": np.arange(1, params["n_layers"] + 1),
        "bin": (np.arange(N_BINS) + 0.5) * LARGEST / N_BINS,
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}


# --- summary and values ---


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles and mean histograms of the first replicates."""
    summary = dataset[["rms", "zeros", "dead"]].quantile([0.05, 0.5, 0.95], dim="replicate")
    summary["dead_mean"] = dataset["dead"].mean("replicate")
    summary["histogram"] = (
        dataset["histogram"].isel(replicate=slice(params["n_histograms"])).mean("replicate")
    )
    summary["theory_mean_square"] = dataset["theory_mean_square"]
    summary["rms_ratio"] = ("arm", [np.exp(np.log(rms_ratio(dataset, arm)).mean()) for arm in ARMS])
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    middle = summary.sel(quantile=0.5)
    exported = {
        "rms_first": middle["rms"].isel(layer=0),
        "rms_last": middle["rms"].isel(layer=-1),
        "rms_ratio": summary["rms_ratio"],
        "zeros_last": middle["zeros"].isel(layer=-1),
        "dead_last": summary["dead_mean"].isel(layer=-1),
    }
    return {name: {arm: float(array.sel(arm=arm)) for arm in ARMS} for name, array in exported.items()}


# --- quantities: one value per replicate ---


def rms_ratio(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Return RMS(h) of the last layer over that of the first."""
    rms = dataset["rms"].sel(arm=arm).transpose("replicate", "layer").values
    return np.asarray(rms[:, -1] / rms[:, 0])


def mean_square_off_theory(dataset: xr.Dataset) -> np.ndarray:
    """Return the last layer's mean square over theory, for He (the other arms are this one, rescaled)."""
    own = (dataset["rms"] ** 2 / dataset["theory_mean_square"]).sel(arm="he").isel(layer=-1)
    return np.asarray(own.values)


# --- claim ---

TWICE = Text(
    ko="값의 크기를 지킨다면 네 층 사이에 많아야 두 배 변한다. 그만큼씩 변하면 서른 층에서는 150배가 넘는다.",
    en="Keeping the size leaves a factor of two over four layers at most: at that rate thirty layers make "
    "150.",
)

D19 = Claim(
    id="D19",
    kind="reconstructed",
    says=Text(
        ko="표준편차 0.01, Xavier, He 가운데 He만이 ReLU의 활성화값을 층을 지나도 고르게 지킨다.",
        en="Of std 0.01, Xavier and He only He keeps a ReLU net's activations from layer to layer.",
    ),
    better=Text(
        ko="ReLU에서 He는 활성화값의 RMS를 지키고, Xavier는 층마다 $1/\\sqrt{2}$로, 표준편차 0.01은 훨씬 "
        "빨리 줄인다.",
        en="With ReLU, He keeps the RMS of the activations; Xavier loses a factor $\\sqrt{2}$ per layer, std "
        "0.01 far more.",
    ),
    source="ReLU함수 사용시 각 가중치 초깃값 별 활성화값 분포",
    checks=(
        Check(
            name="small",
            label=Text(
                ko="표준편차 0.01: RMS(h), 마지막 층 ÷ 첫 층", en="std 0.01: RMS(h), last layer over first"
            ),
            quantity=lambda data: rms_ratio(data, "small"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.5,
            because=TWICE,
        ),
        Check(
            name="xavier",
            label=Text(ko="Xavier: RMS(h), 마지막 층 ÷ 첫 층", en="Xavier: RMS(h), last layer over first"),
            quantity=lambda data: rms_ratio(data, "xavier"),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.5,
            because=TWICE,
        ),
        Check(
            name="he",
            label=Text(ko="He: RMS(h), 마지막 층 ÷ 첫 층", en="He: RMS(h), last layer over first"),
            quantity=lambda data: rms_ratio(data, "he"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.5, 2.0),
            because=TWICE,
        ),
        Check(
            name="mean_square_theory",
            label=Text(ko="마지막 층의 제곱평균 ÷ 이론", en="mean square of the last layer over theory"),
            quantity=mean_square_off_theory,
            estimator="mean",
            relation="within",
            bound=(0.88, 1.12),
            because=Text(
                ko="유닛이 100개인 층 하나의 제곱평균은 저절로 $\\sqrt{5/100}\\approx22$ % 흔들린다. 다섯 "
                "층을 200번 반복한 평균은 12 % 안이다.",
                en="The mean square of one layer of 100 units varies by $\\sqrt{5/100}\\approx22$ % by "
                "itself; over five layers the mean of 200 replicates stays within 12 %.",
            ),
            role="validates",
        ),
    ),
)


# --- figure ---

ARM_NAMES = {
    "small": Text(ko="표준편차 0.01", en="std 0.01"),
    "xavier": Text(ko="Xavier 1/√n", en="Xavier 1/√n"),
    "he": Text(ko="He √(2/n)", en="He √(2/n)"),
}
LAYER = Text(ko="층", en="layer")


def in_words(value: float) -> str:
    """Return the number with two digits, small ones as a power of ten in Unicode."""
    if value > 0.01:
        return f"{value:#.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def draw_histograms(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """One row per initialization, one column per layer; zeros are not drawn."""
    n_layers = summary.sizes["layer"]
    figure, axes = style.subplots(
        len(ARMS), n_layers, width="wide", height=68, sharex=True, left=23, right=1, top=5, hspace=3, wspace=3
    )
    edges = np.linspace(0, LARGEST, N_BINS + 1)
    for arm, row in zip(ARMS, axes, strict=True):
        for layer, ax in enumerate(row):
            own = summary.sel(arm=arm).isel(layer=layer)
            style.histogram(ax, edges, own["histogram"], arm, words=words)
            style.note(ax, f"RMS {in_words(float(own['rms'].sel(quantile=0.5)))}", x=0.98)
            ax.set_xticks([0, 0.5, 1, 1.5], ["0", "0.5", "1", "1.5"])
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
    for layer, ax in enumerate(axes[0], start=1):
        style.panel_title(ax, f"{words(LAYER)} {layer}")
    for ax in axes[-1]:
        ax.set_xlabel("h")
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=200,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D19,),
    figures=(
        Figure(
            name="histograms",
            width="wide",
            caption=Text(
                ko="유닛이 100개뿐인 작은 망에서도 He만이 ReLU의 활성화값을 지킨다. 다섯 층, 입력 1000개, "
                "구간은 모두 같고 세로축은 칸마다 다르다. 정확히 0인 절반은 그리지 않았다. n = "
                "{n}(히스토그램은 앞의 20번).",
                en="Even in a small net of 100 units per layer only He keeps a ReLU net's activations. Five "
                "layers, 1000 inputs, same bins, each panel with its own height; the half that is exactly 0 "
                "is not drawn. n = {n} (histograms: the first 20).",
            ),
            alt=Text(
                ko="초깃값 세 가지와 다섯 층의 히스토그램. RMS(마지막 층 ÷ 첫 층): 0.01에서 "
                "{relu_five_layers.rms_ratio.small:.0e}, Xavier에서 {relu_five_layers.rms_ratio.xavier:.2f}, "
                "He에서 {relu_five_layers.rms_ratio.he:.2f}.",
                en="Histograms of five layers for three initializations. RMS, last layer over first: "
                "{relu_five_layers.rms_ratio.small:.0e} for std 0.01, "
                "{relu_five_layers.rms_ratio.xavier:.2f} for Xavier, "
                "{relu_five_layers.rms_ratio.he:.2f} for He.",
            ),
            draw=draw_histograms,
        ),
    ),
)
