"""Mean and spread of what enters and leaves the activation functions while networks of 5 layers train.

Digits, 5 × 64, ReLU-He, tanh-Xavier and sigmoid-Xavier, SGD at 0.1, batch 100. After so many updates the
first 100 training images pass the network in training mode, in float64. *In* is what enters the activation
function (z, or with BN γẑ + β), *out* what leaves it.

Values for prose, per activation and ``bn`` or ``no_bn``: ``in_std.relu_bn``, ``out_mean.relu_bn``,
``out_std.relu_bn`` (averages over layers and replicates after the last update); ``unit_drift.relu_bn``: how
far, on average, the mean of a unit's input moved between the first and the last update, in units of its
standard deviation over the batch at the first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

NORMALIZATION: dict[str, nn.arms.Placement | None] = {"no_bn": None, "bn": "before"}
INITIALIZERS: dict[nn.activations.Activation, nn.Initializer] = {
    "relu": nn.He(),
    "tanh": nn.Xavier(),
    "sigmoid": nn.Xavier(),
}
EPS = nn.batch_norm.EPS

PARAMS = {
    "updates": (1, 10, 30, 100, 300),
    "n_hidden": 5,
    "width": 64,
    "learning_rate": 0.1,
    "batch_size": 100,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train each network for every number of updates and look at what passes its layers then."""
    updates = params["updates"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                activation=activation,
                initializer=initializer,
                batch_norm=place,
            ),
            learning_rate=params["learning_rate"],
            n_steps=n_steps,
            batch_size=params["batch_size"],
        )
        for activation, initializer in INITIALIZERS.items()
        for place in NORMALIZATION.values()
        for n_steps in updates
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates, keep_parameters=True)
    signals = np.array(
        [
            [
                layer_statistics(
                    arm.network,
                    history.parameters[i, j],
                    split_data.x_train[: params["batch_size"]].astype(np.float64),
                )
                for j, arm in enumerate(arms)
            ]
            for i, split_data in enumerate(data)
        ]
    )  # (replicate, arm, kind, layer, unit)
    shape = (len(replicates), len(INITIALIZERS), len(NORMALIZATION), len(updates))
    signals = signals.reshape(*shape, *signals.shape[2:])
    in_mean, in_variance, out_mean, out_variance, mean_error, variance_error = np.moveaxis(signals, 4, 0)
    dims = ("replicate", "activation", "normalization", "update", "layer")
    with_bn = (slice(None), slice(None), list(NORMALIZATION).index("bn"))
    drift = np.abs(in_mean[..., -1, :, :] - in_mean[..., 0, :, :]) / np.sqrt(in_variance[..., 0, :, :])
    return xr.Dataset(
        {
            "in_mean": variable(dims, in_mean.mean(axis=-1), "mean of what enters the activation function"),
            "in_std": variable(dims, spread(in_mean, in_variance), "std of what enters it"),
            "out_mean": variable(dims, out_mean.mean(axis=-1), "mean of what leaves it"),
            "out_std": variable(dims, spread(out_mean, out_variance), "std of what leaves it"),
            "unit_out_mean": variable(
                dims, np.abs(out_mean).mean(axis=-1), "distance of a unit's mean output from 0, averaged"
            ),
            "unit_drift": variable(
                dims[:3], drift.mean(axis=(-2, -1)), "drift of a unit's mean input over its first std"
            ),
            "mean_error": variable(
                ("replicate", "activation"), mean_error[with_bn].max(axis=(2, 3, 4)), "largest |mean ẑ|"
            ),
            "variance_error": variable(
                ("replicate", "activation"),
                variance_error[with_bn].max(axis=(2, 3, 4)),
                "largest |var ẑ − v/(v + ε)|",
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "activation": list(INITIALIZERS),
            "normalization": list(NORMALIZATION),
            "update": list(updates),
            "layer": np.arange(1, params["n_hidden"] + 1),
        },
    )


def layer_statistics(network: nn.Network, parameters: nn.Parameters, x: np.ndarray) -> np.ndarray:
    """Return per hidden layer and unit, over the batch, (6, layer, unit).

    Mean and variance of what enters the activation function, and of what leaves it; |mean ẑ| and
    |var ẑ − v/(v + ε)|, v the variance of z (NaN without BN).
    """
    activity = nn.forward(network, parameters, x)
    z = np.stack(activity.pre_activations[:-1])
    entering, leaving = z, np.stack(activity.activations[:-1])
    errors = np.full((2, *z[:, 0].shape), np.nan)
    if network.batch_norm == "before":
        entering = np.stack([y for y in activity.normalized if y is not None])
        standardized = np.stack([cache.x_hat for cache in activity.caches if cache is not None])
        variance = z.var(axis=1)
        errors[0] = np.abs(standardized.mean(axis=1))
        errors[1] = np.abs(standardized.var(axis=1) - variance / (variance + EPS))
    moments = [entering.mean(axis=1), entering.var(axis=1), leaving.mean(axis=1), leaving.var(axis=1)]
    return np.stack([*moments, *errors])


def spread(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the standard deviation over batch and units, from the units' moments over the batch."""
    return np.asarray(np.sqrt(variance.mean(axis=-1) + mean.var(axis=-1)))


# --- quantities ---


def area_difference(activation: str) -> Callable[..., np.ndarray]:
    """Return a quantity: loss area at five layers with BN minus without, each at its chosen rate."""

    def quantity(_dataset: xr.Dataset, depth: xr.Dataset) -> np.ndarray:
        cut = depth.sel(activation=activation, depth=5)
        area = cut["area"].isel(rate=cut["validation_accuracy"].argmax("rate"))
        return np.asarray(area.sel(normalization="bn") - area.sel(normalization="no_bn"))

    return quantity


def off_center(dataset: xr.Dataset, _depth: xr.Dataset) -> np.ndarray:
    """Return how far a ReLU unit's mean output is from 0 with BN, after training."""
    cut = dataset["unit_out_mean"].sel(activation="relu", normalization="bn").isel(update=-1)
    return np.asarray(cut.mean("layer"))


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Means over replicates."""
    names = ["in_mean", "in_std", "out_mean", "out_std", "unit_drift"]
    return dataset[names].mean("replicate")


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    last = summary.isel(update=-1)
    tables: dict[str, xr.DataArray] = {
        **{name: last[name].mean("layer") for name in ("in_std", "out_mean", "out_std")},
        "last_in_std": last["in_std"].isel(layer=-1),
        "unit_drift": summary["unit_drift"],
    }
    return {
        name: {
            f"{activation}_{place}": float(table.sel(activation=activation, normalization=place))
            for activation in INITIALIZERS
            for place in NORMALIZATION
        }
        for name, table in tables.items()
    }


# --- figure ---

LAYER = Text(ko="층", en="layer")
ENTERING = Text(ko="ReLU에 들어가는 값", en="into ReLU")
LEAVING = Text(ko="ReLU에서 나오는 값", en="out of ReLU")
SHOWN = (1, 30, 300)  # updates


def draw_layers(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw mean ± std by layer of what enters and leaves ReLU, after the first updates and after the last."""
    shown = [update for update in SHOWN if update in summary["update"].values]
    figure, axes = style.subplots(
        2, len(shown), width="wide", height=84, sharex=True, sharey="row", right=4, left=15
    )
    layer = summary["layer"].values
    for column, update in enumerate(shown):
        for row, signal in enumerate(("in", "out")):
            for place, offset in (("no_bn", -0.12), ("bn", 0.12)):
                cut = summary.sel(activation="relu", normalization=place, update=update)
                mean, std = cut[f"{signal}_mean"].values, cut[f"{signal}_std"].values
                style.interval(axes[row, column], layer + offset, mean, mean - std, mean + std, place)
        style.panel_title(axes[0, column], AFTER[words.language].format(update))
        axes[1, column].set_xlabel(words(LAYER))
        axes[1, column].set_xticks(layer)
        axes[1, column].set_xlim(layer[0] - 0.4, layer[-1] + 0.4)
    for row, place in enumerate(("bn", "no_bn")):
        style.note(axes[0, 0], words(name_of(place)), x=0.03, y=0.97 - 0.11 * row, role=place)
    axes[0, 0].set_ylabel(words(ENTERING))
    axes[1, 0].set_ylabel(words(LEAVING))
    return figure


AFTER = Text(ko="갱신 {}번 뒤", en="after update {}")

# --- claim ---


def exact_check(name: str, label: Text) -> Check:
    """Hold the largest error of a statistic against 1e-6."""
    return Check(
        name=name,
        label=label,
        quantity=lambda dataset, _depth: float(dataset[f"{name}_error"].max()),
        estimator="exact",
        relation="<=",
        bound=1e-6,
        because=Text(
            ko="정의대로 계산했다면 반올림 오차만 남는다.",
            en="Computed as defined, nothing but rounding is left.",
        ),
        part="normalized",
    )


def area_check(activation: str) -> Check:
    """Compare the loss areas of one activation."""
    name = name_of(activation)
    return Check(
        name=f"area_{activation}",
        label=Text(
            ko=f"{name['ko']} 5층: 손실 넓이, 배치 정규화 − 없음",
            en=f"{name['en']}, 5 layers: loss area with BN − without",
        ),
        quantity=area_difference(activation),
        estimator="median",
        relation="<=",
        bound=0.0,
        sesoi=0.02,
        because=Text(
            ko="넓이는 갱신 300번에 걸친 손실의 평균을 찍을 때의 손실 ln 10으로 나눈 것이다. 훈련이 안정되면 "
            "더 작아야 하고, 0.02 안쪽이면 차이가 없는 것으로 본다.",
            en="The area is the mean loss over 300 updates, divided by ln 10, the loss of guessing. More "
            "stable training makes it smaller; within 0.02 there is no difference worth the name.",
        ),
    )


experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="C02",
            says=Text(
                ko="각 활성화 함수의 출력을 정규화하면 학습할 때 모델이 더 안정된다.",
                en="Normalizing the output of each activation function makes training more stable.",
            ),
            better=Text(
                ko="배치 정규화는 유닛마다 활성화 함수에 들어가는 값을 미니배치에서 정규화한다. 5층짜리 "
                "망에서 이렇게 하면 손실이 더 빨리 줄어든다.",
                en="Batch normalization standardizes, over the mini-batch, what enters each unit’s "
                "activation function; in networks of five layers the loss then falls faster.",
            ),
            source="배치정규화(Batch Normalization)",
            data=("bn_depth",),
            checks=(
                exact_check(
                    "mean",
                    Text(ko="정규화한 값: 가장 큰 |평균|", en="normalized values: largest |mean|"),
                ),
                exact_check(
                    "variance",
                    Text(
                        ko="정규화한 값: 가장 큰 |분산 − v/(v + ε)|",
                        en="normalized values: largest |variance − v/(v + ε)|",
                    ),
                ),
                *(area_check(activation) for activation in INITIALIZERS),
                Check(
                    name="place",
                    label=Text(
                        ko="ReLU 앞에 두었을 때, ReLU에서 나오는 값의 유닛별 평균 (0에서 떨어진 거리)",
                        en="placed before ReLU: distance from 0 of a unit’s mean output",
                    ),
                    quantity=off_center,
                    estimator="mean",
                    relation="<=",
                    bound=1e-6,
                    because=Text(
                        ko="출력이 정규화되었다면 0이다.",
                        en="It is 0 where the output is what is normalized.",
                    ),
                    role="reports",
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="layers",
            width="wide",
            caption=Text(
                ko="훈련하는 동안 ReLU에 들어가는 값과 나오는 값의 평균과 표준편차(막대). 배치 정규화가 "
                "있으면 "
                "들어가는 값은 제자리에 머물고, 없으면 갱신 300번 뒤 다섯째 층의 표준편차가 "
                "{bn_statistics.last_in_std.relu_no_bn:.1f}에 이른다. 나오는 값은 어느 쪽에서도 "
                "평균이 0이 아니다. "
                "5 × 64 ReLU-He, SGD, 학습률 0.1, 배치 100, n = {n}.",
                en="Mean and standard deviation (bars) of what enters and leaves ReLU while the network "
                "trains. With batch normalization what enters stays in place; without it the standard "
                "deviation in the fifth layer is {bn_statistics.last_in_std.relu_no_bn:.1f} after 300 "
                "updates. What leaves has a mean above 0 in both. 5 × 64 ReLU-He, SGD at 0.1, batch 100, "
                "n = {n}.",
            ),
            alt=Text(
                ko="다섯 층의 평균과 표준편차, 세 시점. 갱신 300번 뒤 다섯째 층에 들어가는 값의 "
                "표준편차는 배치 "
                "정규화가 있으면 {bn_statistics.last_in_std.relu_bn:.2f}, 없으면 "
                "{bn_statistics.last_in_std.relu_no_bn:.2f}이다.",
                en="Mean and std of five layers at three times. After 300 updates the std of what enters the "
                "fifth is {bn_statistics.last_in_std.relu_bn:.2f} with BN and "
                "{bn_statistics.last_in_std.relu_no_bn:.2f} without.",
            ),
            draw=draw_layers,
        ),
    ),
)
