"""Six optimizers on five tasks, each at its best constant learning rate; and the lost picture's comparison.

Tasks: digits with 4 × 100 ReLU-He; digits with 3 × 100 sigmoid-Xavier; an autoencoder 64-25-6-25-64
(tanh-Xavier, mean squared error); logistic regression on sparse features of Zipf frequency (d = 500);
digits with 20 % label noise at batch 8. Batch 100 elsewhere, 300 updates, nine rates from 10⁻⁴ to 1; per
replicate and optimizer the rate with the lowest final validation loss is taken. The *loss area* is the mean
batch loss over the updates, divided by the loss before the first one.

The picture: four optimizers on the first network at fixed rates, batch 128, 2000 updates.

Values for prose: ``area.<task>_<optimizer>`` and ``rate.<task>_<optimizer>`` (medians at the chosen rate),
``gap.<task>`` (median of Adam's area minus the best other's), ``best.<task>_<optimizer>`` (share of
replicates in which this optimizer has the smallest area); ``final.<optimizer>`` (median train loss over the
last twenty updates) and ``test.<optimizer>`` (median test accuracy) of the picture.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import Split, split
from reportgen.model import ClaimResult, Replicate, Words

OPTIMIZERS = nn.optimizers.by_name()
RELU = nn.Network(widths=(64, 100, 100, 100, 100, 10))
TASKS = {
    "relu": RELU,
    "sigmoid": nn.Network(widths=(64, 100, 100, 100, 10), activation="sigmoid", initializer=nn.Xavier()),
    "autoencoder": nn.Network(
        widths=(64, 25, 6, 25, 64), activation="tanh", initializer=nn.Xavier(), loss="mse"
    ),
    "sparse": nn.Network(widths=(500, 1), initializer=nn.Normal(std=0.0), loss="logistic"),
    "noisy": RELU,
}
PICTURE_RATES = {"sgd": 0.01, "momentum": 0.01, "adagrad": 0.01, "adam": 0.001}
SMOOTHING = 20  # updates whose batch losses are averaged for the picture

PARAMS = {
    "learning_rates": tuple(10 ** (k / 2) for k in range(-8, 1)),
    "batch_size": 100,
    "batch_size_noisy": 8,
    "n_steps": 300,
    "label_noise": 0.2,
    "weight_std": 3.0,
    "batch_size_picture": 128,
    "n_steps_picture": 2000,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every optimizer at every rate on every task; then the four of the picture."""
    rates = params["learning_rates"]
    shape = (len(replicates), len(OPTIMIZERS), len(rates))
    areas, validation_losses = [], []
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
        areas.append((history.loss / history.loss[..., :1]).mean(axis=-1).reshape(shape))
        validation_losses.append(history.validation_loss.reshape(shape))
    picture = train_picture(params, replicates)
    loss = picture.loss.reshape(len(replicates), len(PICTURE_RATES), -1, SMOOTHING).mean(axis=-1)
    dims = ("replicate", "task", "optimizer", "rate")
    return xr.Dataset(
        {
            "area": variable(dims, np.stack(areas, axis=1), "loss area"),
            "validation_loss": variable(dims, np.stack(validation_losses, axis=1), "final validation loss"),
            "picture_loss": variable(
                ("replicate", "pictured", "update"), loss, "batch loss, averaged over updates", units="nat"
            ),
            "picture_test": variable(("replicate", "pictured"), picture.test_accuracy, "test accuracy"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "task": list(TASKS),
            "optimizer": list(OPTIMIZERS),
            "rate": list(rates),
            "update": (np.arange(loss.shape[-1]) + 0.5) * SMOOTHING,
            "pictured": list(PICTURE_RATES),
        },
    )


def task_data(task: str, params: Mapping[str, Any], replicate: Replicate) -> nn.Data:
    """Return one replicate's data of a task."""
    if task == "sparse":
        return zipf_data(TASKS[task].widths[0], params["weight_std"], replicate.generator("sparse"))
    digits = split(replicate.generator("split"))
    fields = digits.fields()
    if task == "autoencoder":
        fields |= {f"y_{part}": fields[f"x_{part}"] for part in ("train", "validation", "test")}
    if task == "noisy":
        fields["y_train"] = with_label_noise(digits, params["label_noise"], replicate.generator("noise"))
    return nn.Data(**fields)


def zipf_data(n_features: int, weight_std: float, generator: np.random.Generator) -> nn.Data:
    """Draw binary features with P(x_j = 1) = 1/(2j), and labels from a logistic model of them."""
    frequency = 0.5 / np.arange(1, n_features + 1)
    weights = weight_std * generator.standard_normal(n_features)
    fields: dict[str, Any] = {}
    for part, n in {"train": 1297, "validation": 250, "test": 250}.items():
        x = generator.random((n, n_features)) < frequency
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
    """Train the four optimizers of the lost picture at its rates."""
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
    best = dataset["validation_loss"].argmin("rate")
    return dataset["area"].isel(rate=best).drop_vars("rate")


def gap_to_best_other(dataset: xr.Dataset) -> xr.DataArray:
    """Adam's loss area minus the smallest of the other five, within each replicate; (replicate, task)."""
    area = chosen_area(dataset)
    return area.sel(optimizer="adam", drop=True) - area.drop_sel(optimizer="adam").min("optimizer")


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    area, loss = chosen_area(dataset), dataset["picture_loss"]
    rate = dataset["rate"][dataset["validation_loss"].argmin("rate")].drop_vars("rate")
    return xr.Dataset(
        {
            "area": area.median("replicate"),
            "area_low": area.min("replicate"),
            "area_high": area.max("replicate"),
            "best": (area == area.min("optimizer")).mean("replicate"),
            "chosen_rate": rate.median("replicate"),
            "gap": gap_to_best_other(dataset).median("replicate"),
            "picture": loss.median("replicate"),
            "picture_low": loss.min("replicate"),
            "picture_high": loss.max("replicate"),
            "picture_test": dataset["picture_test"].median("replicate"),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        cuts = [{"task": task, "optimizer": optimizer} for task in TASKS for optimizer in OPTIMIZERS]
        return {f"{cut['task']}_{cut['optimizer']}": float(array.sel(cut)) for cut in cuts}

    return {
        "area": table(summary["area"]),
        "rate": table(summary["chosen_rate"]),
        "best": table(summary["best"]),
        "gap": {task: float(summary["gap"].sel(task=task)) for task in TASKS},
        "final": {name: float(summary["picture"].sel(pictured=name)[-1]) for name in PICTURE_RATES},
        "test": {name: float(summary["picture_test"].sel(pictured=name)) for name in PICTURE_RATES},
    }


# --- quantities ---


def gap(task: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: Adam's gap to the best other optimizer on one task, one per replicate."""
    return lambda dataset: np.asarray(gap_to_best_other(dataset).sel(task=task))


def picture_test(name: str) -> Callable[[xr.Dataset, xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy of one optimizer of the picture, one per replicate."""
    return lambda dataset, _zigzag: np.asarray(dataset["picture_test"].sel(pictured=name))


def distance_left(name: str) -> Callable[[xr.Dataset, xr.Dataset], float]:
    """Return a quantity: how far from the ravine's optimum one optimizer ends."""
    return lambda _dataset, zigzag: float(np.linalg.norm(zigzag["path"].sel(optimizer=name)[0, -1]))


# --- figures ---


def draw_areas(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the loss area of each optimizer on each task, medians with ranges, and write Adam's gap."""
    figure, axes = style.subplots(1, len(TASKS), width="wide", height=54, sharey=True, left=18, top=9)
    for axis, task in zip(axes, TASKS, strict=True):
        for row, name in enumerate(OPTIMIZERS):
            cut = summary.sel(task=task, optimizer=name)
            style.interval(axis, cut["area"], row, cut["area_low"], cut["area_high"], name, axis="x")
        gap = f"{round(float(summary['gap'].sel(task=task)), 3) + 0.0:+.3f}".replace("-", "−")
        style.panel_title(axis, f"{words(TASK_NAMES[task])}\nAdam {gap}")
        axis.set_xlim(0, 1.08 * float(summary["area_high"].sel(task=task).max()))
        axis.set_ylim(len(OPTIMIZERS) - 0.5, -0.5)
    axes[len(TASKS) // 2].set_xlabel(words(AREA))
    axes[0].set_yticks(range(len(OPTIMIZERS)), [words(name_of(name)) for name in OPTIMIZERS])
    return figure


def draw_picture(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the train loss of the four optimizers over the updates, as the lost picture did."""
    figure, axis = style.subplots(width="text", height=64, right=28, top=3)
    style.log_axis(axis, "y")
    for name, rate in PICTURE_RATES.items():
        cut = summary.sel(pictured=name)
        label = f"{words(name_of(name))} ({rate:g})"
        style.band(
            axis,
            summary["update"],
            cut["picture"],
            cut["picture_low"],
            cut["picture_high"],
            name,
            label=label,
        )
    axis.set_xlim(left=0)
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(LOSS))
    return figure


STEP = Text(ko="갱신 횟수", en="updates")
LOSS = Text(ko="훈련 손실", en="train loss")
AREA = Text(ko="손실 넓이", en="loss area")
TASK_NAMES = {
    "relu": Text(ko="ReLU 4 × 100", en="ReLU 4 × 100"),
    "sigmoid": Text(ko="시그모이드 3 × 100", en="sigmoid 3 × 100"),
    "autoencoder": Text(ko="자기부호화기", en="autoencoder"),
    "sparse": Text(ko="희소 로지스틱", en="sparse logistic"),
    "noisy": Text(ko="틀린 정답 20 %", en="20 % label noise"),
}
NOTHING = Text(
    ko="견주어 보는 눈금이며, 아무것도 판정하지 않는다.", en="A mark to compare with; it decides nothing."
)

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
                ko="학습률이 일정하면 Adam이 많은 경우에 가장 낫다.",
                en="At a constant learning rate Adam is best in many cases.",
            ),
            source="가중치 학습 파라미터 갱신",
            better=Text(
                ko="학습률을 저마다 알맞게 고르면 어느 방법이 앞서는지는 과제에 달려 있다. Adam으로 "
                "시작하더라도 다른 방법과 견주어 보아야 한다.",
                en="With the learning rate tuned for each, which optimizer leads depends on the task. "
                "Adam is a start, to be compared with others.",
            ),
            enough=3,
            checks=tuple(
                Check(
                    name=task,
                    label=Text(
                        ko=f"{name['ko']}: Adam의 손실 넓이 − 가장 나은 다른 방법의 넓이",
                        en=f"{name['en']}: loss area of Adam − of the best other",
                    ),
                    quantity=gap(task),
                    estimator="median",
                    relation="<=",
                    bound=0.02,
                    because=Text(
                        ko="처음 손실의 2 %보다 작은 넓이의 차이는 학습 곡선에서 알아볼 수 없다.",
                        en="A difference in area below 2 % of the initial loss cannot be seen on a "
                        "learning curve.",
                    ),
                )
                for task, name in TASK_NAMES.items()
            ),
        ),
        Claim(
            id="H07",
            says=Text(
                ko="최적화 방법들을 골짜기와 숫자 데이터에서 견준다(강의는 순위를 말하지 않는다).",
                en="The optimizers are compared on a ravine and on digits (the lecture claims no order).",
            ),
            source="비교",
            kind="reconstructed",
            better=Text(
                ko="학습률을 정해 두고 견준 그림은 방법보다 학습률을 견주는 것이 되기 쉽다. 순위는 "
                "과제와 학습률에 달려 있다.",
                en="A picture at fixed rates easily compares the rates rather than the optimizers: the "
                "order depends on task and learning rate.",
            ),
            data=("zigzag",),
            checks=(
                *(
                    Check(
                        name=f"ravine_{name}",
                        label=Text(
                            ko=f"골짜기에서 30번 갱신한 뒤 최적점까지의 거리: {name_of(name)['ko']}",
                            en=f"ravine, distance left after 30 updates: {name_of(name)['en']}",
                        ),
                        quantity=distance_left(name),
                        estimator="exact",
                        relation="<=",
                        bound=0.73,
                        role="reports",
                        because=Text(
                            ko="처음 거리의 10분의 1이다. 아무것도 판정하지 않는다.",
                            en="A tenth of the distance at the start; it decides nothing.",
                        ),
                    )
                    for name in PICTURE_RATES
                ),
                *(
                    Check(
                        name=f"test_{name}",
                        label=Text(
                            ko=f"숫자, 2000번 갱신한 뒤의 시험 정확도: {name_of(name)['ko']}",
                            en=f"digits, test accuracy after 2000 updates: {name_of(name)['en']}",
                        ),
                        quantity=picture_test(name),
                        estimator="mean",
                        relation=">=",
                        bound=0.9,
                        role="reports",
                        because=NOTHING,
                    )
                    for name in PICTURE_RATES
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="areas",
            width="wide",
            caption=Text(
                ko="다섯 과제에서 여섯 최적화 방법의 손실 넓이. 왼쪽일수록 빨리 배운다. 제목 아래의 "
                "수는 Adam의 넓이에서 가장 나은 다른 방법의 넓이를 뺀 값이다(중앙값). 저마다 검증 "
                "자료로 고른 학습률에서, 중앙값과 범위. 갱신 300번, n = {n}.",
                en="Loss area of six optimizers on five tasks; further left learns faster. Under each "
                "title, Adam's area minus the best other's (median). Each at the rate chosen on "
                "validation, median and range. 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="Adam의 넓이에서 가장 나은 다른 방법의 넓이를 뺀 값의 중앙값: ReLU "
                "{optimizers_compared.gap.relu:.3f}, 시그모이드 "
                "{optimizers_compared.gap.sigmoid:.3f}, 자기부호화기 "
                "{optimizers_compared.gap.autoencoder:.3f}, 희소 로지스틱 "
                "{optimizers_compared.gap.sparse:.3f}, 틀린 정답 "
                "{optimizers_compared.gap.noisy:.3f}.",
                en="Median of Adam's area minus the best other's: ReLU "
                "{optimizers_compared.gap.relu:.3f}, sigmoid {optimizers_compared.gap.sigmoid:.3f}, "
                "autoencoder {optimizers_compared.gap.autoencoder:.3f}, sparse logistic "
                "{optimizers_compared.gap.sparse:.3f}, label noise "
                "{optimizers_compared.gap.noisy:.3f}.",
            ),
            draw=draw_areas,
        ),
        Figure(
            name="picture",
            caption=Text(
                ko="잃어버린 그림을 다시 그린 것. 네 방법의 훈련 손실이며, 괄호 안은 학습률이다. 갱신 "
                "20번씩 평균하였다. 4 × 100 ReLU-He, 배치 128, 중앙값과 범위, n = {n}.",
                en="The lost picture, drawn again: train loss of four optimizers, learning rates in "
                "brackets, averaged over twenty updates. 4 × 100 ReLU-He, batch 128, median and "
                "range, n = {n}.",
            ),
            alt=Text(
                ko="2000번 갱신한 뒤 훈련 손실의 중앙값은 SGD {optimizers_compared.final.sgd:.2g}, "
                "모멘텀 {optimizers_compared.final.momentum:.2g}, AdaGrad "
                "{optimizers_compared.final.adagrad:.2g}, Adam "
                "{optimizers_compared.final.adam:.2g}이다.",
                en="After 2000 updates the median train loss is {optimizers_compared.final.sgd:.2g} for "
                "SGD, {optimizers_compared.final.momentum:.2g} for Momentum, "
                "{optimizers_compared.final.adagrad:.2g} for AdaGrad and "
                "{optimizers_compared.final.adam:.2g} for Adam.",
            ),
            draw=draw_picture,
            plays="update",
        ),
    ),
)
