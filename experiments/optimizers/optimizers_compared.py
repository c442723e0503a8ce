"""Six optimizers on five tasks, each at its best constant learning rate; and four of them as the lost picture had them.

Tasks: digits with 4 × 100 ReLU-He; digits with 3 × 100 sigmoid-Xavier; an autoencoder 64-25-6-25-64 (tanh-Xavier,
mean squared error); logistic regression on sparse features of Zipf frequency (d = 500); digits with 20 % label noise at
batch 8. 300 updates, nine rates from 10⁻⁴ to 1; the rate with the lowest final validation loss is taken, per replicate
and optimizer. The *loss area* is the mean batch loss over the updates, divided by the loss before the first one.

Values for prose: ``area.<task>_<optimizer>`` and ``rate.<task>_<optimizer>`` (medians), ``gap.<task>`` (median of Adam's
area minus the best other's), ``final.<optimizer>`` and ``test.<optimizer>`` for the 2000 updates of the lost picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn
from reportgen.data import Split, split
from reportgen.model import ClaimResult, Replicate, Words

OPTIMIZERS: dict[str, nn.Optimizer] = {
    "sgd": nn.SGD(),
    "momentum": nn.Momentum(momentum=0.9),
    "nesterov": nn.Nesterov(momentum=0.9),
    "adagrad": nn.AdaGrad(),
    "rmsprop": nn.RMSProp(),
    "adam": nn.Adam(),
}
NAMES = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
}
RELU = nn.Network(widths=(64, 100, 100, 100, 100, 10))
TASKS = {
    "relu": RELU,
    "sigmoid": nn.Network(widths=(64, 100, 100, 100, 10), activation="sigmoid", initializer=nn.Xavier()),
    "autoencoder": nn.Network(widths=(64, 25, 6, 25, 64), activation="tanh", initializer=nn.Xavier(), loss="mse"),
    "sparse": nn.Network(widths=(500, 1), initializer=nn.Normal(std=0.0), loss="logistic"),
    "noisy": RELU,
}
PICTURE_RATES = {"sgd": 0.01, "momentum": 0.01, "adagrad": 0.01, "adam": 0.001}

PARAMS = {
    "learning_rates": tuple(10 ** (k / 2) for k in range(-8, 1)),
    "batch_size": 100,
    "batch_size_noisy": 8,
    "n_steps": 300,
    "label_noise": 0.2,
    "n_features": 500,
    "weight_std": 3.0,
    "batch_size_picture": 128,
    "n_steps_picture": 2000,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every optimizer at every rate on every task; then the four of the picture for 2000 updates."""
    rates = params["learning_rates"]
    shape = (len(replicates), len(OPTIMIZERS), len(rates))
    area, validation, curves = [], [], []
    for task, network in TASKS.items():
        arms = [
            nn.Arm(
                network=network,
                optimizer=optimizer,
                learning_rate=rate,
                n_steps=params["n_steps"],
                batch_size=params["batch_size_noisy" if task == "noisy" else "batch_size"],
            )
            for optimizer in OPTIMIZERS.values()
            for rate in rates
        ]
        history = nn.train(arms, [task_data(task, params, replicate) for replicate in replicates], replicates)
        relative = history.loss / history.loss[..., :1]
        area.append(relative.mean(axis=-1).reshape(shape))
        validation.append(history.validation_loss.reshape(shape))
        chosen = validation[-1].argmin(axis=-1)[..., None, None]
        by_rate = relative.reshape(*shape, -1)
        curves.append(np.take_along_axis(by_rate, chosen, axis=2)[:, :, 0, ::5])
    picture = train_picture(params, replicates)
    return xr.Dataset(
        {
            "area": (("task", "replicate", "optimizer", "rate"), np.array(area), _meta("loss area", "1")),
            "validation_loss": (
                ("task", "replicate", "optimizer", "rate"),
                np.array(validation),
                _meta("final validation loss", "nat"),
            ),
            "curve": (
                ("task", "replicate", "optimizer", "step"),
                np.array(curves, dtype=np.float32),
                _meta("batch loss over the first, at the chosen rate", "1"),
            ),
            "picture_loss": (
                ("replicate", "pictured", "update"),
                picture.loss.astype(np.float32),
                _meta("batch loss", "nat"),
            ),
            "picture_test": (("replicate", "pictured"), picture.test_accuracy, _meta("test accuracy", "1")),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "task": list(TASKS),
            "optimizer": list(OPTIMIZERS),
            "rate": list(rates),
            "step": np.arange(0, params["n_steps"], 5),
            "pictured": list(PICTURE_RATES),
        },
    ).transpose("replicate", ...)


def task_data(task: str, params: Mapping[str, Any], replicate: Replicate) -> nn.Data:
    """Return one replicate's data of a task."""
    if task == "sparse":
        return zipf_data(params, replicate.generator("sparse"))
    digits = split(replicate.generator("split"))
    fields = digits.fields()
    if task == "autoencoder":
        fields |= {f"y_{part}": fields[f"x_{part}"] for part in ("train", "validation", "test")}
    if task == "noisy":
        fields["y_train"] = with_label_noise(digits, params["label_noise"], replicate.generator("noise"))
    return nn.Data(**fields)


def zipf_data(params: Mapping[str, Any], generator: np.random.Generator) -> nn.Data:
    """Draw sparse binary features, P(x_j = 1) = 1/(2j), and labels from a logistic model with N(0, 3²) weights."""
    d, sizes = params["n_features"], {"train": 1297, "validation": 250, "test": 250}
    frequency = 0.5 / np.arange(1, d + 1)
    weights = params["weight_std"] * generator.standard_normal(d)
    fields: dict[str, Any] = {}
    for part, n in sizes.items():
        x = generator.random((n, d)) < frequency
        probability = 1 / (1 + np.exp(-(x @ weights)))
        fields[f"x_{part}"] = x.astype(np.float32)
        fields[f"y_{part}"] = (generator.random(n) < probability).astype(np.int64)
    return nn.Data(**fields)


def with_label_noise(digits: Split, share: float, generator: np.random.Generator) -> np.ndarray:
    """Replace this share of the training labels by one of the nine wrong ones."""
    labels = digits.y_train.copy()
    wrong = generator.random(labels.size) < share
    labels[wrong] = (labels[wrong] + generator.integers(1, 10, wrong.sum())) % 10
    return labels


def train_picture(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> nn.History:
    """Train the four optimizers of the lost picture at its rates, batch 128, 2000 updates."""
    arms = [
        nn.Arm(
            network=RELU,
            optimizer=OPTIMIZERS[name],
            learning_rate=rate,
            n_steps=params["n_steps_picture"],
            batch_size=params["batch_size_picture"],
        )
        for name, rate in PICTURE_RATES.items()
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    return nn.train(arms, data, replicates)


def chosen_area(dataset: xr.Dataset) -> xr.DataArray:
    """Loss area at the rate with the lowest final validation loss; (replicate, task, optimizer)."""
    best = dataset.validation_loss.argmin("rate")
    return dataset.area.isel(rate=best).drop_vars("rate")


def gap_to_best_other(dataset: xr.Dataset) -> xr.DataArray:
    """Adam's loss area minus the smallest of the other five, within each replicate; (replicate, task)."""
    area = chosen_area(dataset)
    return area.sel(optimizer="adam", drop=True) - area.drop_sel(optimizer="adam").min("optimizer")


def gap(task: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: Adam's gap to the best other optimizer on one task, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return gap_to_best_other(dataset).sel(task=task).values

    return quantity


def picture_test(name: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy of one optimizer of the picture, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return dataset.picture_test.sel(pictured=name).values

    return quantity


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates; the picture's losses are averaged over twenty updates to be readable."""
    area = chosen_area(dataset)
    picture = dataset.picture_loss.coarsen(update=20).mean()
    rate = dataset.rate[dataset.validation_loss.argmin("rate")].drop_vars("rate")
    return xr.Dataset(
        {
            "area": area.median("replicate"),
            "area_low": area.min("replicate"),
            "area_high": area.max("replicate"),
            "best_rate": rate.median("replicate"),
            "gap": gap_to_best_other(dataset).median("replicate"),
            "curve": dataset.curve.median("replicate"),
            "picture": picture.median("replicate"),
            "picture_low": picture.min("replicate"),
            "picture_high": picture.max("replicate"),
            "picture_test": dataset.picture_test.median("replicate"),
        },
        coords={"update": np.arange(10, params["n_steps_picture"], 20)},
        attrs={"n": dataset.sizes["replicate"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {f"{t}_{o}": float(array.sel({"task": t, "optimizer": o})) for t in TASKS for o in OPTIMIZERS}

    return {
        "area": table(summary.area),
        "rate": table(summary.best_rate),
        "gap": {task: float(summary.gap.sel(task=task)) for task in TASKS},
        "final": {name: float(summary.picture.sel(pictured=name)[-1]) for name in PICTURE_RATES},
        "test": {name: float(summary.picture_test.sel(pictured=name)) for name in PICTURE_RATES},
    }


def draw_areas(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the loss area of each optimizer on each task, as marks with their ranges on one row a task."""
    figure, axes = style.subplots(1, len(TASKS), width="wide", height=52, sharey=True, left=20, wspace=4)
    for axis, task in zip(axes, TASKS, strict=True):
        for row, name in enumerate(OPTIMIZERS):
            cut = {"task": task, "optimizer": name}
            low, mid, high = (float(summary[key].sel(cut)) for key in ("area_low", "area", "area_high"))
            axis.plot([low, high], [row, row], color=style.color(name), linewidth=0.9)
            axis.plot(mid, row, color=style.color(name), marker=style.marker(name), markersize=4.5)
        style.panel_title(axis, words(TASK_NAMES[task]))
        axis.set_xlim(left=0)
        axis.set_ylim(len(OPTIMIZERS) - 0.5, -0.5)
        axis.set_xlabel(words(AREA))
    axes[0].set_yticks(range(len(OPTIMIZERS)), [NAMES[name] for name in OPTIMIZERS])
    return figure


def draw_picture(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the train loss of the four optimizers over 2000 updates, as the lost picture did."""
    figure, axis = style.subplots(width="text", height=64)
    for name in PICTURE_RATES:
        cut = summary.sel(pictured=name)
        style.band(axis, summary.update, cut.picture, cut.picture_low, cut.picture_high, name)
        style.direct_label(
            axis, float(summary.update[-1]), float(cut.picture[-1]), f"{NAMES[name]} ({PICTURE_RATES[name]:g})", name
        )
    style.log_axis(axis, "y")
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(LOSS))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


STEP = Text(ko="갱신 횟수", en="update")
LOSS = Text(ko="훈련 손실", en="train loss")
AREA = Text(ko="손실 넓이", en="loss area")
TASK_NAMES = {
    "relu": Text(ko="ReLU 4 × 100", en="ReLU 4 × 100"),
    "sigmoid": Text(ko="시그모이드 3 × 100", en="sigmoid 3 × 100"),
    "autoencoder": Text(ko="자기부호화기", en="autoencoder"),
    "sparse": Text(ko="희소 로지스틱", en="sparse logistic"),
    "noisy": Text(ko="틀린 정답 20 %", en="20 % label noise"),
}

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="E02",
            says=Text(
                ko="학습률이 일정할 때 Adam은 많은 경우에 가장 낫다.",
                en="At a constant learning rate Adam is best in many cases.",
            ),
            source="가중치 학습 파라미터 갱신",
            better=Text(
                ko="학습률을 저마다 알맞게 고르면 Adam은 여러 과제에서 가장 나은 축에 들지만, 어느 최적화 방법도 모든 과제에서 가장 낫지는 않다.",
                en="With the rate tuned for each, no optimizer is best on every task; which one leads depends on the task.",
            ),
            enough=3,
            checks=tuple(
                Check(
                    name=task,
                    label=Text(
                        ko=f"{TASK_NAMES[task]['ko']}: Adam의 손실 넓이 − 가장 나은 다른 방법의 넓이",
                        en=f"{TASK_NAMES[task]['en']}: loss area of Adam − of the best other",
                    ),
                    quantity=gap(task),
                    estimator="median",
                    relation="<=",
                    bound=0.02,
                    because=Text(
                        ko="처음 손실의 2 %보다 작은 넓이 차이는 학습 곡선에서 알아볼 수 없다",
                        en="a difference in area below 2 % of the initial loss cannot be told apart on a learning curve",
                    ),
                )
                for task in TASKS
            ),
        ),
        Claim(
            id="H07",
            says=Text(
                ko="최적화 방법들을 한 골짜기와 숫자 데이터에서 견준다. 강의는 순위를 말하지 않는다.",
                en="The optimizers compared on a ravine and on digits; the lecture claims no order.",
            ),
            source="비교",
            kind="reconstructed",
            better=Text(
                ko="순위는 과제와 학습률에 달려 있다. 같은 학습률로 견준 그림은 방법이 아니라 학습률을 견준 것이기 쉽다.",
                en="The order depends on the task and the rate; a picture at fixed rates compares rates as much as optimizers.",
            ),
            data=("zigzag",),
            checks=tuple(
                Check(
                    name=f"test_{name}",
                    label=Text(
                        ko=f"{NAMES[name]}: 2000번 갱신한 뒤 시험 정확도", en=f"{NAMES[name]}: test accuracy after 2000 updates"
                    ),
                    quantity=lambda dataset, _zigzag, name=name: picture_test(name)(dataset),
                    estimator="mean",
                    relation=">=",
                    bound=0.9,
                    role="reports",
                    because=Text(ko="견주기 위한 눈금일 뿐, 판정하지 않는다", en="a mark to compare with; it decides nothing"),
                )
                for name in PICTURE_RATES
            ),
        ),
    ),
    figures=(
        Figure(
            name="areas",
            width="wide",
            caption=Text(
                ko="다섯 과제에서 여섯 최적화 방법의 손실 넓이. 왼쪽일수록 빨리 배운다. 저마다 검증 자료로 고른 학습률에서, 중앙값과 범위, 갱신 300번, n = {n}.",
                en="Loss area of six optimizers on five tasks; further left learns faster. Each at the rate chosen on validation, median and range, 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="Adam의 넓이에서 가장 나은 다른 방법의 넓이를 뺀 중앙값: ReLU {optimizers_compared.gap.relu:.3f}, 시그모이드 {optimizers_compared.gap.sigmoid:.3f}, 자기부호화기 {optimizers_compared.gap.autoencoder:.3f}, 희소 로지스틱 {optimizers_compared.gap.sparse:.3f}, 틀린 정답 {optimizers_compared.gap.noisy:.3f}.",
                en="Median of Adam's area minus the best other's: ReLU {optimizers_compared.gap.relu:.3f}, sigmoid {optimizers_compared.gap.sigmoid:.3f}, autoencoder {optimizers_compared.gap.autoencoder:.3f}, sparse logistic {optimizers_compared.gap.sparse:.3f}, label noise {optimizers_compared.gap.noisy:.3f}.",
            ),
            draw=draw_areas,
        ),
        Figure(
            name="picture",
            caption=Text(
                ko="잃어버린 그림을 다시 그렸다. 네 방법의 훈련 손실, 괄호 안은 학습률이다. 4 × 100 ReLU-He, 배치 128, 중앙값과 범위, n = {n}.",
                en="The lost picture, drawn again: train loss of four optimizers, learning rates in brackets. 4 × 100 ReLU-He, batch 128, median and range, n = {n}.",
            ),
            alt=Text(
                ko="2000번 갱신한 뒤 훈련 손실의 중앙값은 SGD {optimizers_compared.final.sgd:.2g}, 모멘텀 {optimizers_compared.final.momentum:.2g}, AdaGrad {optimizers_compared.final.adagrad:.2g}, Adam {optimizers_compared.final.adam:.2g}이다.",
                en="After 2000 updates the median train loss is {optimizers_compared.final.sgd:.2g} for SGD, {optimizers_compared.final.momentum:.2g} for Momentum, {optimizers_compared.final.adagrad:.2g} for AdaGrad and {optimizers_compared.final.adam:.2g} for Adam.",
            ),
            draw=draw_picture,
        ),
    ),
)
