"""One network, eight scales of its initial weights: how much of the final loss is a matter of the scale.

Five tanh layers of 64 units on the digits, SGD, batch 100, 300 updates. The scale decides at the middle of
the seven learning rates of the handout; half a decade below and above it are reported.

Values for prose: ``loss.<scale>`` (median final train loss at the middle rate; scales written ``s0_001``) and
``accuracy.<scale>`` likewise; ``sigma_w.<scale>``; ``share_of_learners.<scale>`` (train accuracy above .5).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {
    "width": 64,
    "n_hidden": 5,
    "stds": (1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    "learning_rates": (10**-1.5, 1e-2, 1e-1),  # the first one decides
    "batch_size": 100,
    "n_steps": 300,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train from every scale at every rate."""
    stds, rates = params["stds"], params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                activation="tanh",
                initializer=nn.Normal(std),
            ),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for std in stds
        for rate in rates
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    shape = (len(replicates), len(stds), len(rates))
    dims = ("replicate", "std", "rate")
    return xr.Dataset(
        {
            "loss": variable(
                dims,
                history.train_loss[..., -1].reshape(shape),
                "train loss at the end, infinite if diverged",
            ),
            "accuracy": variable(
                dims, history.train_accuracy[..., -1].reshape(shape), "train accuracy at the end"
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "std": list(stds),
            "rate": list(rates),
        },
    )


# --- quantities ---


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks 1 … n of the values, ties sharing their mean rank; infinite ones are the last."""
    ordered = np.sort(values, axis=None)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return np.asarray((below + not_above + 1) / 2)


def rank_eta_squared(loss: np.ndarray) -> float:
    """Return the share of the ranks' variance that lies between scales; ``loss`` is (replicate, scale)."""
    rank = ranks(loss)
    return float(np.var(rank.mean(axis=0)) / np.var(rank))


def pseudo_values(loss: np.ndarray) -> np.ndarray:
    """Return the jackknife's pseudo-values of rank η²: one per replicate, their mean is the estimate.

    η² belongs to all replicates together. n·η² − (n − 1)·η² without the replicate is what the replicate adds;
    the t interval of the mean of these is the jackknife's (Efron & Tibshirani 1993, chapter 11).
    """
    n = len(loss)
    if n < 2:
        return np.full(n, np.nan)
    without = [rank_eta_squared(np.delete(loss, index, axis=0)) for index in range(n)]
    return np.asarray(n * rank_eta_squared(loss) - (n - 1) * np.array(without))


def share_between(dataset: xr.Dataset, rate: int) -> np.ndarray:
    """Return the pseudo-values at one of the learning rates."""
    return pseudo_values(dataset["loss"].isel(rate=rate).transpose("replicate", "std").values)


def share_at_best_rate(dataset: xr.Dataset) -> np.ndarray:
    """Return the pseudo-values of the lowest loss over the rates."""
    return pseudo_values(dataset["loss"].min("rate").transpose("replicate", "std").values)


# --- summary and values ---


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Every replicate's loss at the deciding rate, and medians."""
    deciding = dataset.isel(rate=0)
    return xr.Dataset(
        {
            "loss": deciding["loss"],
            "median_loss": deciding["loss"].median("replicate"),
            "median_accuracy": deciding["accuracy"].median("replicate"),
            "learners": (deciding["accuracy"] > 0.5).mean("replicate"),
            "sigma_w": ("std", np.array(params["stds"]) * params["width"] ** 0.5),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    scales = {f"s{std:g}".replace(".", "_"): std for std in summary["std"].values}
    exported = {
        "loss": "median_loss",
        "accuracy": "median_accuracy",
        "sigma_w": "sigma_w",
        "share_of_learners": "learners",
    }
    return {
        short: {name: float(summary[long].sel(std=std)) for name, std in scales.items()}
        for short, long in exported.items()
    }


# --- claim and figure ---

D01 = Claim(
    id="D01",
    says=Text(
        ko="초기화는 매우 중요하다.",
        en="Initialization is extremely important.",
    ),
    better=Text(
        ko="가중치를 얼마나 크게 뽑느냐가 학습의 결과를 크게 좌우한다. 알맞은 크기는 하나의 점이 아니라 "
        "범위이고, "
        "그 범위는 층의 너비와 활성화 함수에 따라 정해진다.",
        en="The scale of the initial weights has a large say in the outcome of training; what fits is a "
        "range, "
        "and the width and the activation function set it.",
    ),
    source="가중치 초기값을 잘못했을 때 예시",
    checks=(
        Check(
            name="share",
            label=Text(
                ko="마지막 손실의 순위 분산 가운데 초깃값의 크기가 설명하는 몫 η²",
                en="share η² of the variance of the final losses’ ranks that lies between scales",
            ),
            quantity=lambda data: share_between(data, 0),
            estimator="mean",
            relation=">=",
            bound=0.5,
            because=Text(
                ko="절반이 넘으면 초깃값의 크기 하나가 나눈 데이터와 배치 순서, 뽑은 난수를 모두 합친 것보다 "
                "크게 작용한다.",
                en="Above one half the scale matters more than the split, the order of batches and the "
                "random "
                "draw together.",
            ),
        ),
        *(
            Check(
                name=name,
                label=label,
                quantity=quantity,
                estimator="mean",
                relation=">=",
                bound=0.5,
                because=Text(
                    ko="판정에는 쓰지 않는다. 학습률을 달리 골라도 그러한지 본다.",
                    en="Not judged: whether another learning rate changes the answer.",
                ),
                role="reports",
            )
            for name, label, quantity in (
                (
                    "share_lower",
                    Text(ko="η², 학습률 0.01", en="η², learning rate 0.01"),
                    lambda data: share_between(data, 1),
                ),
                (
                    "share_higher",
                    Text(ko="η², 학습률 0.1", en="η², learning rate 0.1"),
                    lambda data: share_between(data, 2),
                ),
                (
                    "share_best",
                    Text(
                        ko="η², 크기마다 셋 가운데 나은 학습률", en="η², each scale at the best of the three"
                    ),
                    share_at_best_rate,
                ),
            )
        ),
    ),
)

GUESSING = float(np.log(10))


def draw_losses(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw every replicate's final loss by scale, and the medians."""
    figure, axis = style.subplots(width="text", height=62, top=4, right=4)
    style.log_axis(axis, "both")
    style.bound(axis, GUESSING, text=words(Text(ko="찍을 때 ln 10", en="guessing, ln 10")), at="start")
    losses = summary["loss"].transpose("std", "replicate")
    n = losses.sizes["replicate"]
    spread = 10 ** np.linspace(-0.09, 0.09, n)
    for std in summary["std"].values:
        own = losses.sel(std=std).values
        axis.plot(std * spread, own, ".", color=style.color("tanh"), alpha=0.5, markersize=3, zorder=2)
    style.line(axis, summary["std"], summary["median_loss"], "theory", marker="", linewidth=0.9)
    medians = summary["median_loss"].values
    beside = 10**0.11  # clear of the dots
    for place, (std, median) in enumerate(zip(summary["std"].values, medians, strict=True)):
        side, place_x = "below", std
        if median < 0.9 * GUESSING:  # where the line does not run
            lowest = int(medians.argmin())
            side = "left" if place < lowest else "right" if place > lowest else "below"
            place_x = std * {"left": 1 / beside, "right": beside}.get(side, 1.0)
        style.direct_label(axis, place_x, median, f"{median:.2g}", "tanh", side=side)
    share = next((c for c in results["D01"].checks if c.name == "share"), None) if "D01" in results else None
    if share is not None:
        style.note(axis, f"η² = {share.estimate:.2f}", x=0.98, y=0.04)
    axis.set_xlabel(words(Text(ko="초기 가중치의 표준편차", en="standard deviation of the initial weights")))
    axis.set_ylabel(words(Text(ko="마지막 훈련 손실", en="final train loss")))
    axis.set_ylim(bottom=float(np.nanmin(losses)) / 2)
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=30,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D01,),
    figures=(
        Figure(
            name="losses",
            caption=Text(
                ko="같은 망, 같은 학습인데 초깃값의 크기에 따라 끝이 다르다. 점 하나가 망 하나의 마지막 "
                "손실이고 선은 중앙값이다. 유닛 64개인 tanh 층 다섯, 손글씨 숫자, SGD 학습률 0.032, 배치 "
                "100, 갱신 300번, n = {n}.",
                en="The same network and the same training end differently, by the scale of the initial "
                "weights. A dot is the final loss of one network, the line is the median. Five tanh layers "
                "of 64 units, digits, SGD with learning rate 0.032, batch 100, 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="초기 가중치의 표준편차에 따른 마지막 손실의 중앙값: 0.001에서 "
                "{initial_scales.loss.s0_001:.2f}, "
                "0.1에서 {initial_scales.loss.s0_1:.2f}, 0.3에서 {initial_scales.loss.s0_3:.2f}, 1에서 "
                "{initial_scales.loss.s1:.2f}, 3에서 {initial_scales.loss.s3:.2f}. η² = "
                "{D01.share.estimate:.2f}.",
                en="Median final loss by standard deviation of the initial weights: "
                "{initial_scales.loss.s0_001:.2f} at 0.001, {initial_scales.loss.s0_1:.2f} at 0.1, "
                "{initial_scales.loss.s0_3:.2f} at 0.3, {initial_scales.loss.s1:.2f} at 1, "
                "{initial_scales.loss.s3:.2f} at 3. η² = {D01.share.estimate:.2f}.",
            ),
            draw=draw_losses,
        ),
    ),
)
