"""What six tanh layers can still say when the weights are small: spread, linearity, number of directions.

Values for prose, per arm (``small``: σ_w = .64, that of std .01 at 4096 units; ``xavier``: σ_w = 1):
``std_ratio`` (last over first layer), ``r2`` (held-out R² of a linear map from the input to the last layer),
``participation`` (ratio of the last layer's covariance). Single numbers: ``participation_ratio`` (small over
Xavier), ``participation_linear`` (n/(L + 1), that of a wide linear net of this depth), ``n_units``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import mean_field

PARAMS = {"width": 512, "n_layers": 6, "n_inputs": 8192, "n_spectra": 2}
SIGMA_W = {"small": 0.64, "xavier": 1.0}  # small: std .01 at 4096 units
BLOCK = 1024  # inputs at a time: what stays in the cache
VARIABLES = {
    "std": (("arm", "end"), "standard deviation of the activations h"),
    "r2": (("arm",), "held-out R² of a linear map from the input to the last layer"),
    "participation": (("arm",), "participation ratio of the last layer's unit covariance"),
    "spectrum": (
        ("arm", "direction"),
        "share of the variance along each principal direction; first replicates only",
    ),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send fresh Gaussian inputs through both nets, which share one draw of weights, scaled."""
    width, half = params["width"], params["n_inputs"] // 2
    rows = []
    for replicate in replicates:
        x = replicate.generator("input").standard_normal((2 * half, width))
        generator = replicate.generator("weights")
        weights = [generator.standard_normal((width, width)) / width**0.5 for _ in range(params["n_layers"])]
        fit, held_out = product_sums(x[:half], weights), product_sums(x[half:], weights)
        with_spectrum = replicate.index < params["n_spectra"]
        rows.append([statistics(*pair, len(x), with_spectrum) for pair in zip(fit, held_out, strict=True)])
    return to_dataset(rows, replicates, params)


def product_sums(x: np.ndarray, weights: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Sum, for each net, over inputs x xᵀ, x hᵀ, h hᵀ and h (the last layer), and Σ h² of the first."""
    width = len(weights[0])
    sums = [
        {"xx": np.zeros((width, width)), "xh": np.zeros((width, width)), "hh": np.zeros((width, width))}
        | {"h": np.zeros(width), "first": np.zeros(())}
        for _ in SIGMA_W
    ]
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        shared, xx = block @ weights[0], block.T @ block
        for own, sigma_w in zip(sums, SIGMA_W.values(), strict=True):
            h = np.tanh(sigma_w * shared)
            own["first"] += np.vdot(h, h)
            for w in weights[1:]:
                h = np.tanh(sigma_w * (h @ w))
            own["xx"] += xx
            own["xh"] += block.T @ h
            own["hh"] += h.T @ h
            own["h"] += h.sum(axis=0)
    return sums


def statistics(
    fit: Mapping[str, np.ndarray], held_out: Mapping[str, np.ndarray], n_inputs: int, with_spectrum: bool
) -> dict[str, np.ndarray]:
    """Return the statistics of one net; the linear map h ≈ x B is fitted on one half and tested on the other.

    R² = 1 − ‖h − x B‖²/‖h‖². No intercept: the net is odd and the inputs are symmetric, so that E[h] = 0.
    """
    b = np.linalg.solve(fit["xx"], fit["xh"])
    total = np.trace(held_out["hh"])
    residual = total - 2 * np.vdot(b, held_out["xh"]) + np.vdot(b, held_out["xx"] @ b)
    mean = (fit["h"] + held_out["h"]) / n_inputs
    covariance = (fit["hh"] + held_out["hh"]) / n_inputs - np.outer(mean, mean)
    variance = np.trace(covariance)
    spectrum = np.full(len(b), np.nan)
    if with_spectrum:
        spectrum = np.linalg.eigvalsh(covariance)[::-1] / variance
    return {
        "std": np.sqrt([(fit["first"] + held_out["first"]) / (n_inputs * len(b)), variance / len(b)]),
        "r2": np.asarray(1 - residual / total),
        "participation": np.asarray(variance**2 / np.vdot(covariance, covariance)),
        "spectrum": spectrum,
    }


def to_dataset(
    rows: Sequence[Sequence[dict[str, np.ndarray]]],
    replicates: Sequence[Replicate],
    params: Mapping[str, Any],
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    theory = [mean_field("tanh", sigma_w, params["n_layers"]).activation_std for sigma_w in SIGMA_W.values()]
    variables: dict[str, Any] = {
        name: (
            ("replicate", *dims),
            np.stack([[arm[name] for arm in row] for row in rows]),
            attributes(label),
        )
        for name, (dims, label) in VARIABLES.items()
    }
    ends = [[spread[0], spread[-1]] for spread in theory]
    variables["theory_std"] = (("arm", "end"), ends, attributes("standard deviation of h, mean field"))
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(SIGMA_W),
        "end": ["first", "last"],
        "direction": np.arange(1, params["width"] + 1),
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}


# --- summary and values ---


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles, the first replicates' mean spectrum, and settings."""
    summary = dataset[["std", "r2", "participation"]].quantile([0.05, 0.5, 0.95], dim="replicate")
    summary["spectrum"] = dataset["spectrum"].isel(replicate=slice(params["n_spectra"])).mean("replicate")
    summary["theory_std"] = dataset["theory_std"]
    summary["participation_ratio"] = np.exp(np.log(participation_ratio(dataset)).mean())
    summary["participation_linear"] = params["width"] / (params["n_layers"] + 1)
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    middle = summary.sel(quantile=0.5)
    exported = {
        "std_ratio": middle["std"].sel(end="last") / middle["std"].sel(end="first"),
        "r2": middle["r2"],
        "participation": middle["participation"],
    }
    by_arm = {name: {arm: float(array.sel(arm=arm)) for arm in SIGMA_W} for name, array in exported.items()}
    single = {name: float(summary[name]) for name in ("participation_ratio", "participation_linear")}
    return {**by_arm, **single, "n_units": summary.sizes["direction"]}


# --- quantities: one value per replicate ---


def std_ratio(dataset: xr.Dataset) -> np.ndarray:
    """Return std(h) of the last layer over that of the first, for small weights."""
    std = dataset["std"].sel(arm="small")
    return np.asarray((std.sel(end="last") / std.sel(end="first")).values)


def r2_difference(dataset: xr.Dataset) -> np.ndarray:
    """Return the held-out R² of a linear map with small weights minus that with Xavier's."""
    return np.asarray((dataset["r2"].sel(arm="small") - dataset["r2"].sel(arm="xavier")).values)


def participation_ratio(dataset: xr.Dataset) -> np.ndarray:
    """Return the participation ratio with small weights over that with Xavier's."""
    participation = dataset["participation"]
    return np.asarray((participation.sel(arm="small") / participation.sel(arm="xavier")).values)


def std_off_theory(dataset: xr.Dataset) -> np.ndarray:
    """Return std(h) of the last layer over its mean-field value, for small weights."""
    own = (dataset["std"] / dataset["theory_std"]).sel(arm="small", end="last")
    return np.asarray(own.values)


# --- claim ---

D10 = Claim(
    id="D10",
    says=Text(
        ko="표준편차 0.01에서는 값이 0 주변에 몰려 표현력이 제한되고, 노드를 여러 개 두는 의미가 없어진다.",
        en="With std 0.01 values crowd around 0, expressiveness is limited and having many nodes becomes "
        "pointless.",
    ),
    better=Text(
        ko="표준편차 0.01에서는 값이 0 가까이로 줄어 tanh가 거의 직선으로 쓰이므로, 망이 선형에 가까워져 "
        "표현력이 줄어든다. 그러나 노드들이 서로 같아지는 것은 아니다. 마지막 층이 쓰는 방향의 수는 Xavier와 "
        "거의 같다.",
        en="With std 0.01 values shrink toward 0, where tanh is nearly straight: the net comes close to a "
        "linear map, and this is what limits it. The nodes do not become copies of each other: the last "
        "layer uses nearly as many directions as with Xavier.",
    ),
    source="초기에 딥러닝 연구에는 작은 임의의 변수로 설정하여 학습!",
    checks=(
        Check(
            name="std_ratio",
            label=Text(ko="std(h): 마지막 층 ÷ 첫 층", en="std(h), last layer over first"),
            quantity=std_ratio,
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.25,
            because=Text(
                ko="‘0 주변에 몰린다’면 다섯 층 사이에 4분의 1 아래로 줄어야 한다. 서른 층이면 4000배가 "
                "넘는다.",
                en="Crowding around 0 takes less than a quarter after five layers: a factor above 4000 over "
                "thirty.",
            ),
        ),
        Check(
            name="linearity",
            label=Text(ko="선형 사상의 R²: 0.01 − Xavier", en="R² of a linear map, 0.01 minus Xavier"),
            quantity=r2_difference,
            estimator="mean",
            relation=">=",
            bound=0.0,
            because=Text(
                ko="표현력이 제한된다면, 새 입력에서 망을 직선(선형 사상)으로 더 잘 흉내 낼 수 있어야 한다.",
                en="A net of limited expressiveness is imitated better, on fresh inputs, by a linear map.",
            ),
        ),
        Check(
            name="redundancy",
            label=Text(ko="참여비: 0.01 ÷ Xavier", en="participation ratio, 0.01 over Xavier"),
            quantity=participation_ratio,
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.5,
            because=Text(
                ko="노드의 절반 넘게 쓸모없어졌다면, 유닛들의 공분산이 차지하는 방향의 수가 절반 아래여야 "
                "한다.",
                en="If more than half of the nodes became pointless, the units' covariance fills less than "
                "half as many directions.",
            ),
        ),
        Check(
            name="std_theory",
            label=Text(
                ko="마지막 층의 std(h) ÷ 평균장 이론", en="std(h) of the last layer over mean-field theory"
            ),
            quantity=std_off_theory,
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.97, 1.03),
            because=Text(
                ko="너비 512와 입력 8192개에서 반복 20번의 평균은 무한 너비의 값에서 3 % 안에 있다.",
                en="At 512 units and 8192 inputs the mean of 20 replicates stays within 3 % of infinite "
                "width.",
            ),
            role="validates",
        ),
    ),
)


# --- figure ---

ARM_NAMES = {"small": Text(ko="표준편차 0.01", en="std 0.01"), "xavier": Text(ko="Xavier", en="Xavier")}
TITLES = {
    "std": Text(ko="std(h): 끝 ÷ 첫 층", en="std(h), last/first"),
    "r2": Text(ko="선형 사상의 R²", en="R² of a linear map"),
    "participation": Text(ko="쓰이는 방향의 수", en="directions in use"),
}
LINEAR = Text(ko="선형 망", en="linear net")


def draw_three_meanings(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Size, linearity and number of directions of the last layer; then the spectrum behind the number."""
    figure, axes = style.subplots(
        1, 4, width="wide", height=50, left=20, right=20, wspace=8, width_ratios=[1, 1, 1, 1.7]
    )
    std = summary["std"].sel(end="last") / summary["std"].sel(quantile=0.5, end="first", drop=True)
    for ax, (name, title) in zip(axes[:3], TITLES.items(), strict=True):
        shown = std if name == "std" else summary[name]
        for place, arm in enumerate(SIGMA_W):
            low, median, high = shown.sel(arm=arm).transpose("quantile").values
            style.interval(ax, median, place, low, high, arm, axis="x")
            text = f"{median:.0f}" if name == "participation" else f"{median:.2f}"
            style.direct_label(ax, median, place, text, arm, side="above")
        ax.set_yticks(
            range(len(SIGMA_W)), [words(ARM_NAMES[arm]) if name == "std" else "" for arm in SIGMA_W]
        )
        ax.set_ylim(-0.6, 1.6)
        ax.set_xlim(0, float(shown.max()) * 1.25)
        style.panel_title(ax, words(title))
    linear = float(summary["participation_linear"])
    axes[2].axvline(linear, color=style.color("theory"), linewidth=0.7)
    axes[2].text(linear - 4, 0.5, words(LINEAR), ha="right", va="center", fontsize=style.size())
    style.log_axis(axes[3])
    for arm in SIGMA_W:
        shares = summary["spectrum"].sel(arm=arm)
        style.line(axes[3], summary["direction"], shares, arm, marker=None, label=words(ARM_NAMES[arm]))
    axes[3].set_xlabel(words(Text(ko="주성분", en="principal direction")))
    style.panel_title(axes[3], words(Text(ko="분산의 몫", en="share of the variance")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D10,),
    figures=(
        Figure(
            name="three_meanings",
            width="wide",
            caption=Text(
                ko="작은 가중치에서 마지막 층은 작아지고 선형에 가까워지지만, 쓰이는 방향의 수는 Xavier와 "
                "거의 같다. 앞쪽 주성분은 겹치고, 분산의 몫이 천분의 일도 안 되는 꼬리만 더 빨리 준다. tanh "
                "6층, 너비 512, $\\sigma_w=0.64$와 1, 새 입력 8192개. R²는 절반으로 맞추고 나머지 절반에서 "
                "잰 값, 방향의 수는 공분산의 참여비 $(\\sum\\lambda)^2/\\sum\\lambda^2$, 세로선은 선형 망의 "
                "$n/(L+1)$. n = {n}.",
                en="With small weights the last layer is small and nearly linear in the input, yet it uses "
                "nearly as many directions as with Xavier: the leading ones coincide, only a tail of less "
                "than a thousandth of the variance each falls faster. Six tanh layers of 512 units, "
                "$\\sigma_w=0.64$ and 1, 8192 fresh inputs. R² is fitted on one half and measured on the "
                "other; directions are counted by the covariance's participation ratio "
                "$(\\sum\\lambda)^2/\\sum\\lambda^2$; the line is a linear net's $n/(L+1)$. n = {n}.",
            ),
            alt=Text(
                ko="네 칸. std(h)의 마지막 층 ÷ 첫 층: 0.01에서 {redundancy.std_ratio.small:.2f}, Xavier에서 "
                "{redundancy.std_ratio.xavier:.2f}. 선형 사상의 R²: {redundancy.r2.small:.2f}, "
                "{redundancy.r2.xavier:.2f}. 참여비: {redundancy.participation.small:.0f}, "
                "{redundancy.participation.xavier:.0f} (유닛 {redundancy.n_units:.0f}개, 선형 망이면 "
                "{redundancy.participation_linear:.0f}). 앞쪽 주성분의 몫은 겹치고 꼬리는 0.01에서 더 빨리 "
                "준다.",
                en="Four panels. std(h), last layer over first: {redundancy.std_ratio.small:.2f} for std "
                "0.01, {redundancy.std_ratio.xavier:.2f} for Xavier. R² of a linear map: "
                "{redundancy.r2.small:.2f} and {redundancy.r2.xavier:.2f}. Participation ratio: "
                "{redundancy.participation.small:.0f} and {redundancy.participation.xavier:.0f} of "
                "{redundancy.n_units:.0f} units, {redundancy.participation_linear:.0f} for a linear net. The "
                "leading principal directions coincide; the tail falls faster for std 0.01.",
            ),
            draw=draw_three_meanings,
        ),
    ),
)
