"""Ioffe & Szegedy 2015, scaled down: how much sooner a sigmoid network gets where it gets without BN.

Digits, 3 × 100 sigmoid, SGD, batch 60, from normal initial weights of three scales. Both networks of a pair
take the learning rate, of seven half-decades, at which the validation loss after 300 updates is lowest, and
go on to 1200; where the train accuracy is then below 0.2 at every rate, all rates go on, and the choice is
made after 1200. Every 30 updates the validation accuracy is taken. The *target* is the best one that the
network without batch normalization reaches; the time is the number of updates to the first evaluation that
reaches it. A network without BN whose best is below 0.2 has not learned, and counts as having taken all 1200.

Values for prose: ``updates.<bn>_<scale>`` (median updates to the target), ``target.<scale>`` (median),
``rate.<bn>_<scale>`` (median chosen rate), ``ratio.<scale>`` (median of the ratios), scale ``std_0_01``,
``std_0_1``, ``std_1``; ``spread.<bn>`` and ``drift.<bn>`` (of the last hidden layer's first unit, std 0.1:
its input's 85th minus 15th percentile, and how far the median moves, over the first 300 updates); bn ``bn``
or ``no_bn``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

NORMALIZATION: dict[str, nn.arms.Placement | None] = {"no_bn": None, "bn": "before"}
SCALES = (0.01, 0.1, 1.0)
PERCENTILES = (15, 50, 85)

PARAMS = {
    "scales": SCALES,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "width": 100,
    "n_hidden": 3,
    "batch_size": 60,
    "n_steps": 300,
    "escalation": 4,
    "evaluate_every": 30,
    "learns_at": 0.2,
    "shown_scale": 0.1,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Choose every pair's rates after 300 updates, let those go on, and look into one unit."""
    scales, rates = params["scales"], params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                activation="sigmoid",
                initializer=nn.Normal(std=scale),
                batch_norm=place,
            ),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for place in NORMALIZATION.values()
        for scale in scales
        for rate in rates
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    shape = (len(replicates), len(NORMALIZATION), len(scales), len(rates))
    best = choose_rates(params, arms, data, replicates, shape)
    chosen = (np.arange(len(rates)) == best[..., None]).reshape(len(replicates), -1)
    steps = list(
        range(
            params["evaluate_every"],
            params["escalation"] * params["n_steps"] + 1,
            params["evaluate_every"],
        )
    )
    early = [n_steps for n_steps in steps if n_steps <= params["n_steps"]]
    curves = np.full((*chosen.shape, len(steps)), np.nan)
    inputs = np.full((*chosen.shape, len(early), len(PERCENTILES)), np.nan)
    history = None
    for k, n_steps in enumerate(steps):
        until = [replace(arm, n_steps=n_steps) for arm in arms]
        history = nn.train(
            until,
            data,
            replicates,
            pairs=chosen,
            keep_states=True,
            resume=history,
            keep_parameters=n_steps in early,
        )
        curves[..., k] = history.validation_accuracy
        for (i, j), parameters in history.parameters.items():
            inputs[i, j, k] = unit_input(arms[j].network, parameters, data[i].x_validation)
    # One rate of each pair was trained: the others are NaN.
    curves = np.nanmax(curves.reshape(*shape, -1), axis=3)
    shown = scales.index(params["shown_scale"])
    inputs = np.nanmax(inputs.reshape(*shape, len(early), len(PERCENTILES))[:, :, shown], axis=2)
    by_pair = ("replicate", "normalization", "scale")
    return xr.Dataset(
        {
            "validation_accuracy": variable((*by_pair, "update"), curves, "validation accuracy"),
            "rate": variable(by_pair, np.array(rates)[best], "learning rate chosen on validation"),
            "percentile": variable(
                ("replicate", "normalization", "early_update", "rank"),
                inputs,
                "percentiles of one unit's input over the validation digits",
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "normalization": list(NORMALIZATION),
            "scale": list(scales),
            "update": steps,
            "early_update": early,
            "rank": list(PERCENTILES),
        },
        attrs={"learns_at": params["learns_at"]},
    )


def choose_rates(
    params: Mapping[str, Any],
    arms: Sequence[nn.Arm],
    data: Sequence[nn.Data],
    replicates: Sequence[Replicate],
    shape: tuple[int, ...],
) -> np.ndarray:
    """Return the number of each pair's best rate by validation loss; (replicate, normalization, scale)."""
    first = nn.train(arms, data, replicates, keep_states=True)
    loss = first.validation_loss.reshape(shape)
    failed = (first.train_accuracy[..., -1].reshape(shape) < params["learns_at"]).all(axis=-1)
    goes_on = np.broadcast_to(failed[..., None], shape).reshape(len(replicates), -1)
    longer = [replace(arm, n_steps=params["escalation"] * params["n_steps"]) for arm in arms]
    second = nn.train(longer, data, replicates, pairs=goes_on, resume=first)
    loss = np.where(failed[..., None], second.validation_loss.reshape(shape), loss)
    best: np.ndarray = np.where(np.isfinite(loss), loss, np.inf).argmin(axis=-1)
    return best


def unit_input(network: nn.Network, parameters: nn.Parameters, x: np.ndarray) -> np.ndarray:
    """Return percentiles of what the sigmoid of the last hidden layer's first unit gets, as in training."""
    activity = nn.forward(network, parameters, x)
    normalized = activity.normalized[-2]
    given = activity.pre_activations[-2] if normalized is None else normalized
    return np.percentile(given[:, 0], PERCENTILES)


# --- quantities ---


def target(dataset: xr.Dataset) -> xr.DataArray:
    """Return the best validation accuracy without BN; (replicate, scale)."""
    best: xr.DataArray = dataset["validation_accuracy"].sel(normalization="no_bn", drop=True).max("update")
    return best


def updates(dataset: xr.Dataset) -> xr.DataArray:
    """Return the updates to the target, ``inf`` where not reached; (replicate, normalization, scale)."""
    goal = target(dataset)
    reached = dataset["update"].where(dataset["validation_accuracy"] >= goal).min("update")
    reached = reached.fillna(np.inf)
    has_learned = goal >= dataset.attrs["learns_at"]
    whole = float(dataset["update"].max())
    took_all = (reached["normalization"] == "no_bn") & ~has_learned
    counted: xr.DataArray = reached.where(~took_all, whole).transpose("replicate", "normalization", "scale")
    return counted


def ratio(dataset: xr.Dataset) -> xr.DataArray:
    """Return updates with BN over updates without; (replicate, scale)."""
    taken = updates(dataset)
    quotient: xr.DataArray = taken.sel(normalization="bn", drop=True) / taken.sel(
        normalization="no_bn", drop=True
    )
    return quotient


def ratio_at(scale: float) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: updates with BN over updates without, from this scale."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(ratio(dataset).sel(scale=scale))

    return quantity


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates; one unit of the first replicate for the picture."""
    accuracy, rank = dataset["validation_accuracy"], dataset["percentile"]
    spread = (rank.sel(rank=85) - rank.sel(rank=15)).mean("early_update")
    median = rank.sel(rank=50)
    drift = median.max("early_update") - median.min("early_update")
    return xr.Dataset(
        {
            "accuracy": accuracy.median("replicate"),
            "accuracy_low": accuracy.min("replicate"),
            "accuracy_high": accuracy.max("replicate"),
            "target": target(dataset).median("replicate"),
            "updates": updates(dataset).median("replicate"),
            "ratio": ratio(dataset).median("replicate"),
            "rate": dataset["rate"].median("replicate"),
            "unit": rank.isel(replicate=0, drop=True),
            "spread": spread.median("replicate"),
            "drift": drift.median("replicate"),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    scales = {float(scale): key(float(scale)) for scale in summary["scale"].values}
    pairs = [(place, scale, name) for place in NORMALIZATION for scale, name in scales.items()]
    return {
        "updates": {
            f"{place}_{name}": float(summary["updates"].sel(normalization=place, scale=scale))
            for place, scale, name in pairs
        },
        "rate": {
            f"{place}_{name}": float(summary["rate"].sel(normalization=place, scale=scale))
            for place, scale, name in pairs
        },
        "target": {name: float(summary["target"].sel(scale=scale)) for scale, name in scales.items()},
        "ratio": {name: float(summary["ratio"].sel(scale=scale)) for scale, name in scales.items()},
        **{
            name: {place: float(summary[name].sel(normalization=place)) for place in NORMALIZATION}
            for name in ("spread", "drift")
        },
    }


def key(scale: float) -> str:
    """Return the scale as the name of a value: ``std_0_1``."""
    return f"std_{scale:g}".replace(".", "_")


# --- figures ---


def draw_curves(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Validation accuracy by update, a panel a scale; and below, the percentiles of one unit's input."""
    figure, axes = style.subplots(1, 3, width="wide", height=54, sharey=True, right=22, wspace=6)
    for axis, scale in zip(axes, summary["scale"].values, strict=True):
        for role in ("no_bn", "bn"):
            cut = summary.sel(normalization=role, scale=scale)
            label = words(name_of(role)) if axis is axes[-1] else None
            band = (cut["accuracy"], cut["accuracy_low"], cut["accuracy_high"])
            style.band(axis, summary["update"], *band, role, label=label)
            taken = float(cut["updates"])
            if np.isfinite(taken):
                line = {"color": style.color(role), "linestyle": style.linestyle(role)}
                axis.plot(
                    [taken, taken], [0, float(summary["target"].sel(scale=scale))], linewidth=0.7, **line
                )
        axis.set_ylim(0, 1.03)
        axis.set_xlim(0, None)
        axis.set_xlabel(words(UPDATE))
        style.panel_title(axis, f"std {scale:g}   ×{float(summary['ratio'].sel(scale=scale)):.2g}")
    axes[0].set_ylabel(words(ACCURACY))
    return figure


def draw_unit(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Percentiles of one unit's input over the first updates, without and with BN."""
    figure, axes = style.subplots(1, 2, width="text", height=48, sharey=True, wspace=6, right=12)
    for axis, role in zip(axes, ("no_bn", "bn"), strict=True):
        cut = summary["unit"].sel(normalization=role)
        for rank in PERCENTILES:
            label = f"{rank} %" if axis is axes[-1] else None
            style.line(axis, summary["early_update"], cut.sel(rank=rank), role, label=label, marker="")
        axis.set_xlim(0, None)
        axis.set_xlabel(words(UPDATE))
        style.panel_title(axis, words(name_of(role)))
    axes[0].set_ylabel(words(INPUT))
    return figure


UPDATE = Text(ko="갱신 횟수", en="update")
ACCURACY = Text(ko="검증 정확도", en="validation accuracy")
INPUT = Text(ko="시그모이드의 입력", en="input of the sigmoid")
FIFTH = Text(
    ko="논문의 제목은 훈련의 가속을 내건다. 다섯 배는 되어야 훨씬 적은 갱신이라고 할 수 있다.",
    en="The paper’s title speaks of acceleration; “far fewer” is a factor of five at least.",
)

# --- claim ---

P03 = Claim(
    id="P03",
    says=Text(
        ko="배치 정규화를 쓰면 훨씬 적은 갱신으로 같은 정확도에 이른다.",
        en="With batch normalization the same accuracy takes far fewer updates.",
    ),
    source="Ioffe & Szegedy 2015",
    better=Text(
        ko="몇 배 빨라지는지는 초깃값의 크기에 달려 있다. 초깃값이 알맞을수록 이득이 작다.",
        en="How many times sooner depends on the initial scale: the better the initial values, the smaller "
        "the gain.",
    ),
    checks=tuple(
        Check(
            name=key(scale),
            label=Text(
                ko=f"배치 정규화 없는 망의 최고 정확도까지 갱신 수, 있음 ÷ 없음, 표준편차 {scale:g}",
                en=f"updates to the best accuracy without BN, with BN over without, std {scale:g}",
            ),
            quantity=ratio_at(scale),
            estimator="median",
            scale="log",
            relation="<=",
            bound=0.2,
            because=FIFTH,
        )
        for scale in SCALES
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(P03,),
    figures=(
        Figure(
            name="curves",
            width="wide",
            caption=Text(
                ko="배치 정규화 없는 망의 최고 정확도에 이르는 데 드는 갱신이 배치 정규화로 "
                "{bn_sigmoid_speed.ratio.std_0_01:.2g}배, {bn_sigmoid_speed.ratio.std_0_1:.2g}배, "
                "{bn_sigmoid_speed.ratio.std_1:.2g}배가 된다(초깃값의 표준편차 0.01, 0.1, 1; 중앙값, "
                "세로선). 검증 정확도의 중앙값과 범위. 3 × 100 시그모이드, SGD, 배치 60, 학습률은 검증으로 "
                "골랐다. n = {n}.",
                en="Batch normalization takes {bn_sigmoid_speed.ratio.std_0_01:.2g}, "
                "{bn_sigmoid_speed.ratio.std_0_1:.2g} and {bn_sigmoid_speed.ratio.std_1:.2g} times the "
                "updates to the best accuracy of the network without it (initial std 0.01, 0.1, 1; medians, "
                "vertical lines). Validation accuracy, median and range. 3 × 100 sigmoid, SGD, batch 60, "
                "rates chosen on validation, n = {n}.",
            ),
            alt=Text(
                ko="세 칸의 학습 곡선. 목표까지 걸린 갱신의 중앙값은 배치 정규화 없이 "
                "{bn_sigmoid_speed.updates.no_bn_std_0_01:.0f}, "
                "{bn_sigmoid_speed.updates.no_bn_std_0_1:.0f}, {bn_sigmoid_speed.updates.no_bn_std_1:.0f}, "
                "있으면 {bn_sigmoid_speed.updates.bn_std_0_01:.0f}, "
                "{bn_sigmoid_speed.updates.bn_std_0_1:.0f}, {bn_sigmoid_speed.updates.bn_std_1:.0f}이다.",
                en="Three panels of learning curves. Median updates to the target without BN: "
                "{bn_sigmoid_speed.updates.no_bn_std_0_01:.0f}, "
                "{bn_sigmoid_speed.updates.no_bn_std_0_1:.0f}, {bn_sigmoid_speed.updates.no_bn_std_1:.0f}; "
                "with it: {bn_sigmoid_speed.updates.bn_std_0_01:.0f}, "
                "{bn_sigmoid_speed.updates.bn_std_0_1:.0f}, {bn_sigmoid_speed.updates.bn_std_1:.0f}.",
            ),
            draw=draw_curves,
        ),
        Figure(
            name="unit",
            caption=Text(
                ko="마지막 은닉층 한 유닛에서 시그모이드에 들어가는 값의 15, 50, 85백분위. 처음 300번의 "
                "갱신 동안 중앙값이 움직인 폭은 배치 정규화가 없으면 {bn_sigmoid_speed.drift.no_bn:.2g}, "
                "있으면 {bn_sigmoid_speed.drift.bn:.2g}이다(반복들의 중앙값; 그림은 첫 반복). 초깃값의 "
                "표준편차 0.1.",
                en="The 15th, 50th and 85th percentile of what enters one sigmoid in the last hidden layer. "
                "Over the first 300 updates the median moves by {bn_sigmoid_speed.drift.no_bn:.2g} without "
                "batch normalization and by {bn_sigmoid_speed.drift.bn:.2g} with it (median of the "
                "replicates; drawn: the first). Initial std 0.1.",
            ),
            alt=Text(
                ko="두 칸에 백분위 셋의 곡선. 85백분위와 15백분위의 차이는 평균해서 배치 정규화 없이 "
                "{bn_sigmoid_speed.spread.no_bn:.2g}, 있으면 {bn_sigmoid_speed.spread.bn:.2g}이다.",
                en="Two panels of three percentiles. The 85th minus the 15th is on average "
                "{bn_sigmoid_speed.spread.no_bn:.2g} without BN, {bn_sigmoid_speed.spread.bn:.2g} with it.",
            ),
            draw=draw_unit,
        ),
    ),
)
