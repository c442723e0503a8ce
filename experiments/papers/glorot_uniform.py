"""Glorot & Bengio 2010 on digits: five tanh layers from U(±1/√n) and from the normalized initialization.

The signal: the gradient of the cross-entropy over all train images at the initial weights, float64. The
training: SGD at seven learning rates, batch 100, 300 updates; an initialization of a replicate that no rate
takes below the loss of the mark goes on to four times as many.

Values for prose, per initialization (``standard``, ``normalized``): ``delta_ratio`` (RMS δ of the first over
the last hidden layer, geometric mean), ``updates`` (median updates to the mark at the fastest rate), ``rate``
(median fastest rate).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

INITIALIZERS = {"standard": nn.UniformFanIn(), "normalized": nn.XavierUniform()}
ROLES = {"standard": "small", "normalized": "xavier"}
PARAMS = {
    "width": 100,
    "n_hidden": 5,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "escalation": 4,
    "loss_mark": 0.2,
    "loss_window": 12,  # batches that the loss is averaged over: one epoch
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send the train images through both nets and the gradient back; train both at every rate."""
    rates, window, mark = params["learning_rates"], params["loss_window"], params["loss_mark"]
    widths = (64, *[params["width"]] * params["n_hidden"], 10)
    arms = [
        nn.Arm(
            network=nn.Network(widths=widths, activation="tanh", initializer=initializer),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for initializer in INITIALIZERS.values()
        for rate in rates
    ]
    splits = [split(replicate.generator("split")) for replicate in replicates]
    data = [nn.Data(**part.fields()) for part in splits]
    first = nn.train(arms, data, replicates, keep_states=True)
    shape = (len(replicates), len(INITIALIZERS), len(rates))
    taken = first_below(first.loss, mark, window).reshape(shape)
    late = np.isinf(taken).all(axis=-1)  # (replicate, initialization)
    if late.any():
        longer = [replace(arm, n_steps=params["n_steps"] * params["escalation"]) for arm in arms]
        goes_on = np.broadcast_to(late[..., None], shape)
        second = nn.train(longer, data, replicates, pairs=goes_on.reshape(len(replicates), -1), resume=first)
        taken = np.where(goes_on, first_below(second.loss, mark, window).reshape(shape), taken)
    fastest = taken.argmin(axis=-1)[..., None]
    losses = moving_mean(first.loss, window).reshape(*shape, -1)
    curve = np.take_along_axis(losses, fastest[..., None], axis=2)[:, :, 0]
    delta = [
        delta_rms(widths, part.x_train.astype(np.float64), part.y_train, replicate)
        for part, replicate in zip(splits, replicates, strict=True)
    ]
    dims = ("replicate", "initialization")
    return xr.Dataset(
        {
            "delta_rms": variable((*dims, "layer"), delta, "RMS of δ = ∂L/∂z at the initial weights"),
            "updates": variable(dims, taken.min(axis=-1), "updates until the loss is below the mark"),
            "rate": variable(dims, np.array(rates)[fastest[..., 0]], "rate that gets there first"),
            "curve": variable((*dims, "step"), curve, "batch loss at that rate, mean over one epoch"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "initialization": list(INITIALIZERS),
            "layer": np.arange(1, params["n_hidden"] + 1),
            "step": np.arange(window - 1, params["n_steps"]),
        },
    )


def moving_mean(loss: np.ndarray, window: int) -> np.ndarray:
    """Return the mean of the last ``window`` batch losses, from the first step where there are so many."""
    windows = np.lib.stride_tricks.sliding_window_view(loss.astype(np.float64), window, axis=-1)
    return np.asarray(windows.mean(axis=-1))


def first_below(loss: np.ndarray, mark: float, window: int) -> np.ndarray:
    """Return after how many updates the mean of the last ``window`` batch losses is below the mark."""
    below = moving_mean(loss, window) < mark  # NaN after a network's last update is not
    return np.where(below.any(axis=-1), below.argmax(axis=-1) + window - 1, np.inf)


def delta_rms(widths: Sequence[int], x: np.ndarray, y: np.ndarray, replicate: Replicate) -> np.ndarray:
    """Return the RMS of δ_1 … δ_L of both initializations, (initialization, layer)."""
    found = []
    for initializer in INITIALIZERS.values():
        generator = replicate.generator("signal")
        weights = [initializer.sample(generator, shape) for shape in pairwise(widths)]
        h = [x]
        for w in weights[:-1]:
            h.append(np.tanh(h[-1] @ w))
        _, gradient = nn.losses.softmax_cross_entropy(h[-1] @ weights[-1], y)
        rows = []
        for w, a in zip(weights[:0:-1], h[:0:-1], strict=True):
            gradient = (gradient @ w.T) * (1 - a**2)
            rows.append(np.sqrt(np.mean(gradient**2)))
        found.append(rows[::-1])
    return np.array(found)


# --- summary and values ---


def delta_ratio(dataset: xr.Dataset) -> xr.DataArray:
    """Return RMS δ_1 / RMS δ_L, (replicate, initialization)."""
    return dataset["delta_rms"].isel(layer=0) / dataset["delta_rms"].isel(layer=-1)


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates of what is drawn."""
    relative = dataset["delta_rms"] / dataset["delta_rms"].isel(layer=-1)
    ratio: xr.DataArray = xr.apply_ufunc(np.log, delta_ratio(dataset))
    summary = xr.Dataset(
        {
            "updates": dataset["updates"].median("replicate"),
            "rate": dataset["rate"].median("replicate"),
            "delta_ratio": xr.apply_ufunc(np.exp, ratio.mean("replicate")),
        },
        attrs={"loss_mark": params["loss_mark"]},
    )
    for name, array in (("relative", relative), ("curve", dataset["curve"])):
        summary[name] = array.median("replicate")
        summary[f"{name}_low"] = array.min("replicate")
        summary[f"{name}_high"] = array.max("replicate")
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    return {
        name: {arm: float(summary[name].sel(initialization=arm)) for arm in INITIALIZERS}
        for name in ("delta_ratio", "updates", "rate")
    }


# --- quantities: one value per replicate ---


def closer_to_one(dataset: xr.Dataset) -> np.ndarray:
    """Return |ln δ_1/δ_L| of the standard minus that of the normalized initialization."""
    distance = abs(xr.apply_ufunc(np.log, delta_ratio(dataset)))
    return np.asarray(distance.sel(initialization="standard") - distance.sel(initialization="normalized"))


def updates_ratio(dataset: xr.Dataset) -> np.ndarray:
    """Return the updates of the normalized initialization over those of the standard one."""
    updates = dataset["updates"]
    normalized, standard = (updates.sel(initialization=name).values for name in ("normalized", "standard"))
    both_late = np.isinf(normalized) & np.isinf(standard)
    ratio = np.divide(normalized, standard, out=np.ones_like(normalized), where=~both_late)
    return np.asarray(ratio)


# --- claim and figure ---

P01 = Claim(
    id="P01",
    says=Text(
        ko="정규화 초깃값 $U(\\pm\\sqrt{6/(n_{in}+n_{out})})$에서는 기울기의 크기가 층마다 고르고, 흔히 쓰던 "
        "$U(\\pm1/\\sqrt{n})$보다 빨리 학습된다.",
        en="From the normalized initialization $U(\\pm\\sqrt{6/(n_{in}+n_{out})})$ the gradient is about as "
        "large in all layers, and training is faster than from the common $U(\\pm1/\\sqrt{n})$.",
    ),
    better=Text(
        ko="정규화 초깃값은 기울기의 크기를 층마다 고르게 한다. 학습이 얼마나 빨라지는지는 깊이와 학습률을 "
        "어떻게 고르느냐에 달려 있다.",
        en="The normalized initialization evens the gradient out over the layers; how much faster training "
        "gets depends on the depth and on how the learning rate is chosen.",
    ),
    source="Glorot & Bengio 2010",
    checks=(
        Check(
            name="gradient",
            label=Text(ko="|ln(δ₁/δ₅)|: 흔한 초깃값 − 정규화", en="|ln(δ₁/δ₅)|, standard minus normalized"),
            quantity=closer_to_one,
            estimator="mean",
            relation=">=",
            bound=0.0,
            because=Text(
                ko="두 층의 크기가 같으면 0이다. 정규화 쪽이 0에 더 가까우면 차이가 양수이다.",
                en="0 means equal sizes in both layers; the difference is positive where the normalized "
                "one is "
                "closer to that.",
            ),
        ),
        Check(
            name="updates",
            label=Text(
                ko="손실이 0.2보다 작아질 때까지의 갱신: 정규화 ÷ 흔한 초깃값",
                en="updates until the loss is below 0.2, normalized over standard",
            ),
            quantity=updates_ratio,
            estimator="median",
            scale="log",
            relation="<=",
            bound=1.0,
            sesoi=float(np.log(1.25)),
            because=Text(
                ko="각각 가장 빠른 학습률에서 잰다. 1보다 작으면 정규화 쪽이 빠르고, 0.8–1.25배 안이면 같은 "
                "것으로 본다.",
                en="Each at its fastest rate: below 1 the normalized one is faster; within 0.8–1.25 "
                "they count "
                "as equal.",
            ),
        ),
    ),
)

NAMES = {
    "standard": Text(ko="U(±1/√n)", en="U(±1/√n)"),
    "normalized": Text(ko="정규화", en="normalized"),
}
LABEL_PLACES: dict[str, tuple[int, str]] = {"standard": (1, "right"), "normalized": (3, "below")}


def draw_signal_and_loss(
    summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Left: δ by layer over that of the last. Right: the loss at the fastest rate."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=46, right=24, wspace=18)
    style.log_axis(left)
    style.log_axis(right)
    for name, label in NAMES.items():
        cut, role = summary.sel(initialization=name), ROLES[name]
        style.band(left, cut["layer"], cut["relative"], cut["relative_low"], cut["relative_high"], role)
        place, side = LABEL_PLACES[name]
        text = f"{words(label)}: δ₁ {float(cut['relative'][0]):.2f}"
        style.direct_label(left, place, float(cut["relative"].sel(layer=place)), text, role, side=side)
        style.band(
            right, cut["step"], cut["curve"], cut["curve_low"], cut["curve_high"], role, label=words(label)
        )
        updates = float(cut["updates"])
        if np.isfinite(updates):
            right.plot(updates, summary.attrs["loss_mark"], "o", color=style.color(role), markersize=4)
    style.bound(right, summary.attrs["loss_mark"])
    left.set_xticks(summary["layer"].values)
    left.set_xlim(0.6, summary.sizes["layer"] + 0.4)
    left.set_xlabel(words(Text(ko="층", en="layer")))
    right.set_xlabel(words(Text(ko="갱신 횟수", en="updates")))
    style.panel_title(left, words(Text(ko="RMS δ ÷ 마지막 층", en="RMS δ over the last layer’s")))
    style.panel_title(right, words(Text(ko="훈련 손실", en="train loss")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(P01,),
    figures=(
        Figure(
            name="signal_and_loss",
            width="wide",
            caption=Text(
                ko="정규화 초깃값은 기울기를 층마다 고르게 하고, 흔한 초깃값은 아래층으로 갈수록 "
                "줄인다. 왼쪽: "
                "시작할 때 δ의 크기, 마지막 은닉층을 1로. 오른쪽: 가장 빠른 학습률에서 한 에폭 평균 "
                "손실, 점은 "
                "0.2에 이르는 갱신의 중앙값. tanh 5 × 100, 손글씨 숫자. 중앙값과 범위, n = {n}.",
                en="The normalized initialization keeps the gradient even over the layers; the standard one "
                "lets it shrink on its way down. Left: size of δ at the start, the last hidden layer as 1. "
                "Right: loss at the fastest rate, averaged over an epoch; dots mark the median "
                "update at which "
                "it reaches 0.2. tanh 5 × 100, digits. Median and range, n = {n}.",
            ),
            alt=Text(
                ko="첫 층의 δ는 다섯째 층의 {glorot_uniform.delta_ratio.standard:.2f}배(흔한 초깃값), "
                "{glorot_uniform.delta_ratio.normalized:.2f}배(정규화). 손실 0.2까지 갱신 "
                "{glorot_uniform.updates.standard:.0f}번과 {glorot_uniform.updates.normalized:.0f}번.",
                en="δ of the first layer is {glorot_uniform.delta_ratio.standard:.2f} of the fifth’s "
                "with the "
                "standard and {glorot_uniform.delta_ratio.normalized:.2f} with the normalized "
                "initialization. "
                "Loss 0.2 takes {glorot_uniform.updates.standard:.0f} and "
                "{glorot_uniform.updates.normalized:.0f} updates.",
            ),
            draw=draw_signal_and_loss,
        ),
    ),
)
