"""Does a learning-rate schedule pay? Momentum and Adam, constant, stepped and cosine rates, clean and noisy.

Digits, 4 × 64 ReLU-He, batch 100, 300 updates, seven base rates from 10⁻³ to 1; once with clean training
labels and once with 20 % of them wrong (validation and test stay clean). Steps divide the rate by ten after
each hundred updates; the cosine falls to 0. Rate and schedule are chosen per replicate by the validation
accuracy, ties by the validation loss; test accuracy is read once.

Values for prose, each with ``_clean`` and ``_noisy`` at the end: ``test.<optimizer>_<schedule>`` (mean test
accuracy at the chosen rate), ``rate.<optimizer>_<schedule>`` (median of it), ``beats`` (mean of best
scheduled momentum − Adam at its best constant rate), ``gain`` (of best scheduled − best constant momentum),
``gain_adam`` (the same for Adam), ``lowest_loss`` (mean test accuracy of the run with the lowest train
loss), ``best_test`` (mean of the run chosen on validation among all). ``listed``, ``taught``: methods that
the lecture lists and explains after SGD.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

OPTIMIZERS: dict[str, nn.Optimizer] = {"momentum": nn.Momentum(), "adam": nn.Adam()}
SCHEDULES: dict[str, nn.Schedule] = {
    "constant": nn.Constant(),
    "step": nn.Step(every=100, factor=0.1),
    "cosine": nn.Cosine(),
}
SCHEDULED = ["step", "cosine"]
LABELS = ("clean", "noisy")
# As the slides have them. No oracle but the slides themselves: these are what is counted.
LISTED = ("Momentum", "Nesterov Momentum Update", "AdaGrad", "Adam")
TAUGHT = ("Momentum", "Nesterov Momentum", "AdaGrad", "RMSProp", "Adam")
PRINTED_COUNT = 3

PARAMS = {
    "learning_rates": tuple(10 ** (k / 2) for k in range(-6, 1)),
    "width": 64,
    "n_hidden": 4,
    "batch_size": 100,
    "n_steps": 300,
    "label_noise": 0.2,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train both optimizers on every schedule and rate, from the same weights and the same batches."""
    rates = params["learning_rates"]
    network = nn.Network(widths=(64, *[params["width"]] * params["n_hidden"], 10))
    arms = [
        nn.Arm(
            network=network,
            optimizer=optimizer,
            schedule=schedule,
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for optimizer in OPTIMIZERS.values()
        for schedule in SCHEDULES.values()
        for rate in rates
    ]
    found: dict[str, list[np.ndarray]] = {name: [] for name in RECORDED}
    for labels in LABELS:
        data = [training_data(labels, params, replicate) for replicate in replicates]
        history = nn.train(arms, data, replicates)
        for name in RECORDED:
            values = getattr(history, name)
            last = values[..., -1] if values.ndim == 3 else values
            found[name].append(last.reshape(len(replicates), len(OPTIMIZERS), len(SCHEDULES), len(rates)))
    dims = ("replicate", "labels", "optimizer", "schedule", "rate")
    factors = [schedule.factors(params["n_steps"]) for schedule in SCHEDULES.values()]
    return xr.Dataset(
        {
            **{
                name: variable(dims, np.stack(arrays, axis=1), name.replace("_", " "))
                for name, arrays in found.items()
            },
            "factor": variable(("schedule", "update"), np.array(factors), "share of the base rate"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "labels": list(LABELS),
            "optimizer": list(OPTIMIZERS),
            "schedule": list(SCHEDULES),
            "rate": list(rates),
            "update": np.arange(params["n_steps"]),
        },
    )


RECORDED = ("train_loss", "validation_loss", "validation_accuracy", "test_accuracy")


def training_data(labels: str, params: Mapping[str, Any], replicate: Replicate) -> nn.Data:
    """Return one replicate's digits, with wrong training labels where asked for."""
    fields = split(replicate.generator("split")).fields()
    if labels == "noisy":
        fields["y_train"] = with_wrong_labels(
            fields["y_train"], params["label_noise"], replicate.generator("noise")
        )
    return nn.Data(**fields)


def with_wrong_labels(labels: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Replace this share of the labels, on average, by one of the nine wrong ones."""
    wrong = generator.random(labels.size) < share
    return np.where(wrong, (labels + generator.integers(1, 10, labels.size)) % 10, labels)


# --- choosing ---


def chosen(dataset: xr.Dataset, name: str, *dims: str) -> xr.DataArray:
    """Return a variable at the run with the best validation accuracy over these dimensions.

    Of equal accuracies the lower validation loss counts.
    """
    flat = dataset[["validation_accuracy", "validation_loss", name]].stack(run=dims, create_index=False)
    accuracy = flat["validation_accuracy"]
    loss = flat["validation_loss"].where(accuracy == accuracy.max("run"), np.inf)
    return flat[name].isel(run=loss.argmin("run"))


def best_scheduled(dataset: xr.Dataset, optimizer: str) -> xr.DataArray:
    """Test accuracy of an optimizer at its best schedule and rate; (replicate, labels)."""
    return chosen(dataset.sel(optimizer=optimizer, schedule=SCHEDULED), "test_accuracy", "schedule", "rate")


def best_constant(dataset: xr.Dataset, optimizer: str) -> xr.DataArray:
    """Test accuracy of an optimizer at its best constant rate; (replicate, labels)."""
    return chosen(dataset.sel(optimizer=optimizer, schedule="constant"), "test_accuracy", "rate")


def lowest_loss(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Return a variable at the run with the lowest train loss of all; (replicate, labels)."""
    flat = dataset[["train_loss", name]].stack(run=("optimizer", "schedule", "rate"), create_index=False)
    return flat[name].isel(run=flat["train_loss"].argmin("run"))


# --- quantities ---


def beats(labels: str, adam: Callable[[xr.Dataset, str], xr.DataArray]) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy of the best scheduled momentum − that of Adam, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        difference = best_scheduled(dataset, "momentum") - adam(dataset, "adam")
        return np.asarray(difference.sel(labels=labels))

    return quantity


def gain(labels: str, optimizer: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy at the best schedule − at the best constant rate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        difference = best_scheduled(dataset, optimizer) - best_constant(dataset, optimizer)
        return np.asarray(difference.sel(labels=labels))

    return quantity


def lost_by_lowest_loss(labels: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy chosen on validation − that of the lowest train loss."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        best = chosen(dataset, "test_accuracy", "optimizer", "schedule", "rate")
        return np.asarray((best - lowest_loss(dataset, "test_accuracy")).sel(labels=labels))

    return quantity


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Means and ranges over replicates of test accuracy, at every rate and at the chosen one."""
    test = dataset["test_accuracy"]
    at_best = chosen(dataset, "test_accuracy", "rate")
    rates = dataset.assign(rate_value=dataset["rate"].broadcast_like(test))
    best = chosen(dataset, "test_accuracy", "optimizer", "schedule", "rate")
    return xr.Dataset(
        {
            "accuracy": test.mean("replicate"),
            "accuracy_low": test.min("replicate"),
            "accuracy_high": test.max("replicate"),
            "test": at_best.mean("replicate"),
            "chosen_rate": chosen(rates, "rate_value", "rate").median("replicate"),
            "beats": (best_scheduled(dataset, "momentum") - best_constant(dataset, "adam")).mean("replicate"),
            "gain": (("tuned", "labels"), gains(dataset)),
            "best_test": best.mean("replicate"),
            "lowest_loss": lowest_loss(dataset, "test_accuracy").mean("replicate"),
            "factor": dataset["factor"],
        }
    )


def gains(dataset: xr.Dataset) -> np.ndarray:
    """Return the mean gain of scheduling, (optimizer, labels)."""
    return np.array([[gain(labels, name)(dataset).mean() for labels in LABELS] for name in OPTIMIZERS])


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {
            f"{optimizer}_{schedule}_{labels}": float(
                array.sel(optimizer=optimizer, schedule=schedule, labels=labels)
            )
            for optimizer in OPTIMIZERS
            for schedule in SCHEDULES
            for labels in LABELS
        }

    def by_labels(array: xr.DataArray) -> dict[str, float]:
        return {labels: float(array.sel(labels=labels)) for labels in LABELS}

    return {
        "test": table(summary["test"]),
        "rate": table(summary["chosen_rate"]),
        "beats": by_labels(summary["beats"]),
        "gain": by_labels(summary["gain"].isel(tuned=0)),
        "gain_adam": by_labels(summary["gain"].isel(tuned=1)),
        "best_test": by_labels(summary["best_test"]),
        "lowest_loss": by_labels(summary["lowest_loss"]),
        "listed": float(len(LISTED)),
        "taught": float(len(TAUGHT)),
    }


# --- figure ---


def draw_rates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the schedules, and momentum's test accuracy against the base rate under each, with Adam's best."""
    figure, axes = style.subplots(1, 3, width="wide", height=60, wspace=13, right=5)
    for schedule, role in ROLES.items():
        factor = summary["factor"].sel(schedule=schedule).values
        axes[0].plot(factor, color=style.color(role), linestyle=style.linestyle(role), linewidth=1.1)
        x, y, side = NAMED_AT[schedule]
        style.direct_label(axes[0], x * factor.size, y, words(SCHEDULE_NAMES[schedule]), role, side=side)
    axes[0].set_xlim(0, factor.size)
    axes[0].set_ylim(-0.03, 1.12)
    axes[0].set_xlabel(words(UPDATE))
    style.panel_title(axes[0], words(FACTOR))
    for axis, labels in zip(axes[1:], LABELS, strict=True):
        style.log_axis(axis, "x")
        cut = summary.sel(labels=labels)
        adam = float(cut["test"].sel(optimizer="adam", schedule="constant"))
        axis.axhline(adam, color=style.color("adam"), linewidth=0.9)
        name = f"{words(ADAM)} {adam:.3f}"
        style.note(axis, name, x=0.03, y=0.97, role="adam")
        for schedule, role in ROLES.items():
            arm = cut.sel(optimizer="momentum", schedule=schedule)
            style.band(axis, arm["rate"], arm["accuracy"], arm["accuracy_low"], arm["accuracy_high"], role)
        axis.set_ylim(0.6, 1.04)
        axis.set_xticks([1e-3, 1e-2, 1e-1, 1], ["10⁻³", "10⁻²", "10⁻¹", "1"])
        axis.set_xlim(6e-4, 1.7)
        axis.set_xlabel(words(RATE))
        style.panel_title(axis, words(LABEL_NAMES[labels]))
    axes[1].set_ylabel(words(ACCURACY))
    return figure


ROLES = {"constant": "first", "step": "second", "cosine": "third"}
NAMED_AT: dict[str, tuple[float, float, str]] = {  # share of the updates, factor
    "constant": (0.12, 1.0, "above"),
    "step": (0.35, 0.12, "right"),
    "cosine": (0.56, 0.5, "right"),
}
UPDATE = Text(ko="갱신", en="update")
RATE = Text(ko="처음 학습률", en="base learning rate")
FACTOR = Text(ko="처음 학습률에 곱하는 수", en="Factor of the base rate")
ACCURACY = Text(ko="시험 정확도", en="test accuracy")
ADAM = Text(ko="Adam, 일정", en="Adam, constant")
SCHEDULE_NAMES = {
    "constant": Text(ko="일정", en="constant"),
    "step": Text(ko="계단", en="step"),
    "cosine": Text(ko="코사인", en="cosine"),
}
LABEL_NAMES = {
    "clean": Text(ko="바른 정답", en="clean labels"),
    "noisy": Text(ko="틀린 정답 20 %", en="20 % wrong labels"),
}

AS_GOOD = Text(
    ko="차이가 0 이상이어야 앞선 것이다. ±0.01 안이면 같다고 본다.",
    en="Ahead means a difference of 0 or more; within ±0.01 the two are equivalent.",
)
MATTERS = Text(
    ko="정확도 0.01보다 작은 차이는 스케줄을 고르는 수고에 값하지 않는다.",
    en="Less than 0.01 of accuracy does not repay the choice of a schedule.",
)
NOT_JUDGED = Text(ko="판정에는 쓰지 않는다. 견주어 볼 값일 뿐이다.", en="Not judged; to compare with.")
COUNTS = Text(ko="목록이 셋이라고 말하면 셋이어야 한다.", en="A list announced as three has three entries.")

CLAIMS = (
    Claim(
        id="E01",
        says=Text(
            ko="학습이란 가장 좋은 매개변수를 찾는 것, 곧 최적화이다.",
            en="Learning means finding the best parameters: optimization.",
        ),
        better=Text(
            ko="최적화는 훈련 손실을 낮춘다. 학습의 목적은 보지 못한 자료에서 잘하는 것이고, 훈련 손실은 그 "
            "대리일 뿐이다.",
            en="Optimization lowers the train loss; the aim of learning is to do well on unseen data, "
            "for which "
            "the train loss only stands in.",
        ),
        source="가중치 학습 파라미터 갱신",
        checks=tuple(
            Check(
                name=labels,
                label=Text(
                    ko=f"{LABEL_NAMES[labels]['ko']}: 검증 자료로 고른 망의 시험 정확도 − 훈련 손실이 "
                    f"가장 작은 "
                    "망의 시험 정확도",
                    en=f"{LABEL_NAMES[labels]['en']}: test accuracy of the run chosen on validation − "
                    f"of the run "
                    "with the lowest train loss",
                ),
                quantity=lost_by_lowest_loss(labels),
                estimator="mean",
                relation="<=",
                bound=0.01,
                role="reports",
                because=NOT_JUDGED,
            )
            for labels in LABELS
        ),
    ),
    Claim(
        id="E03",
        says=Text(
            ko="SGD + 모멘텀은 Adam보다 나을 수 있으나 학습률 스케줄을 많이 조정해야 한다.",
            en="SGD + Momentum can beat Adam, but needs much tuning of the learning-rate schedule.",
        ),
        better=Text(
            ko="스케줄이 얼마나 도움이 되는지는 과제와 예산에 달려 있다. 먼저 일정한 학습률을 제대로 고르고, "
            "그다음에 스케줄이 더 주는 것을 재어 보라. 같은 스케줄을 Adam에도 써 보아야 공정하다.",
            en="How much a schedule adds depends on task and budget: first choose a good constant rate, then "
            "measure what a schedule adds, and give Adam the same choice.",
        ),
        source="가중치 학습 파라미터 갱신",
        checks=(
            *(
                Check(
                    name=f"beats_{labels}",
                    label=Text(
                        ko=f"{LABEL_NAMES[labels]['ko']}: 시험 정확도, 가장 나은 스케줄의 모멘텀 − "
                        f"일정한 학습률의 "
                        "Adam",
                        en=f"{LABEL_NAMES[labels]['en']}: test accuracy, best scheduled momentum − Adam at a "
                        "constant rate",
                    ),
                    quantity=beats(labels, best_constant),
                    estimator="mean",
                    relation=">=",
                    bound=0.0,
                    sesoi=0.01,
                    because=AS_GOOD,
                )
                for labels in LABELS
            ),
            *(
                Check(
                    name=f"gain_{labels}",
                    label=Text(
                        ko=f"{LABEL_NAMES[labels]['ko']}: 모멘텀의 시험 정확도, 가장 나은 스케줄 − 가장 "
                        f"나은 일정한 "
                        "학습률",
                        en=f"{LABEL_NAMES[labels]['en']}: momentum's test accuracy, best schedule − "
                        f"best constant "
                        "rate",
                    ),
                    quantity=gain(labels, "momentum"),
                    estimator="mean",
                    relation=">=",
                    bound=0.01,
                    sesoi=0.01,
                    because=MATTERS,
                )
                for labels in LABELS
            ),
            *(
                Check(
                    name=f"fair_{labels}",
                    label=Text(
                        ko=f"{LABEL_NAMES[labels]['ko']}: 시험 정확도, 가장 나은 스케줄의 모멘텀 − 가장 "
                        f"나은 스케줄의 "
                        "Adam",
                        en=f"{LABEL_NAMES[labels]['en']}: test accuracy, best scheduled momentum − best "
                        f"scheduled "
                        "Adam",
                    ),
                    quantity=beats(labels, best_scheduled),
                    estimator="mean",
                    relation=">=",
                    bound=0.0,
                    role="reports",
                    because=NOT_JUDGED,
                )
                for labels in LABELS
            ),
        ),
    ),
    Claim(
        id="E07",
        says=Text(
            ko="SGD보다 나은 대표적인 방법이 세 가지 있다.",
            en="There are three representative methods that improve on SGD.",
        ),
        better=Text(
            ko="슬라이드의 목록에는 네 가지가 있고, 강의가 설명하는 것은 RMSProp까지 다섯 가지이다.",
            en="The slide lists four, and the lecture explains five, RMSProp among them.",
        ),
        source="좀 더 나은 방법이 없을까?",
        checks=(
            Check(
                name="listed",
                label=Text(
                    ko="‘세 가지’라는 목록에 적힌 방법의 수", en="methods in the list announced as three"
                ),
                quantity=lambda _dataset: float(len(LISTED)),
                estimator="exact",
                relation="within",
                bound=(PRINTED_COUNT, PRINTED_COUNT),
                role="printed",
                because=COUNTS,
                erratum=Erratum(
                    printed=Text(ko="“대표적인 3가지 방법”", en="“three representative methods” (in Korean)"),
                    correct=Text(
                        ko="네 가지이다: 모멘텀, 네스테로프 모멘텀, AdaGrad, Adam. 뒤에서 설명하는 "
                        "RMSProp까지 "
                        "더하면 다섯 가지이다.",
                        en="Four: Momentum, Nesterov Momentum, AdaGrad, Adam; five with RMSProp, which "
                        "the lecture "
                        "explains later.",
                    ),
                    evidence=Text(
                        ko="목록의 번호는 1부터 {schedules.listed:.0f}까지이고, 식이나 코드로 설명되는 "
                        "방법은 "
                        "{schedules.taught:.0f}가지이다.",
                        en="The list is numbered from 1 to {schedules.listed:.0f}, and "
                        "{schedules.taught:.0f} methods "
                        "are explained by a formula or code.",
                    ),
                    severity="slip",
                ),
            ),
            Check(
                name="taught",
                label=Text(ko="식이나 코드로 설명된 방법의 수", en="methods explained by a formula or code"),
                quantity=lambda _dataset: float(len(TAUGHT)),
                estimator="exact",
                relation="within",
                bound=(PRINTED_COUNT, PRINTED_COUNT),
                role="reports",
                because=COUNTS,
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="rates",
            width="wide",
            caption=Text(
                ko="스케줄은 좋은 학습률을 고르는 일을 얼마나 덜어 주는가. 왼쪽은 세 가지 스케줄, 가운데와 "
                "오른쪽은 모멘텀의 시험 정확도이다(평균과 범위). 가로선은 검증 자료로 고른 일정한 학습률의 "
                "Adam. 같은 방법으로 고른 학습률에서 스케줄이 더해 주는 정확도는 바른 정답에서 "
                "{schedules.gain.clean:.3f}, 틀린 정답에서 {schedules.gain.noisy:.3f}이다. 4 × 64 ReLU-He, "
                "배치 100, 갱신 300번, n = {n}.",
                en="What a schedule adds to a well-chosen rate. Left, the three schedules; middle and right, "
                "momentum's test accuracy (mean and range). The level line is Adam at the constant "
                "rate chosen "
                "on validation. At rates chosen the same way a schedule adds {schedules.gain.clean:.3f} to "
                "momentum's accuracy with clean labels and {schedules.gain.noisy:.3f} with wrong ones. "
                "4 × 64 ReLU-He, batch 100, 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="모멘텀의 시험 정확도. 바른 정답: 일정 {schedules.test.momentum_constant_clean:.3f}, 계단 "
                "{schedules.test.momentum_step_clean:.3f}, 코사인 "
                "{schedules.test.momentum_cosine_clean:.3f}. "
                "틀린 정답: {schedules.test.momentum_constant_noisy:.3f}, "
                "{schedules.test.momentum_step_noisy:.3f}, "
                "{schedules.test.momentum_cosine_noisy:.3f}. 일정한 "
                "학습률의 Adam은 {schedules.test.adam_constant_clean:.3f}와 "
                "{schedules.test.adam_constant_noisy:.3f}이다.",
                en="Momentum's test accuracy at the chosen rate. Clean: constant "
                "{schedules.test.momentum_constant_clean:.3f}, step "
                "{schedules.test.momentum_step_clean:.3f}, "
                "cosine {schedules.test.momentum_cosine_clean:.3f}. Wrong labels: "
                "{schedules.test.momentum_constant_noisy:.3f}, {schedules.test.momentum_step_noisy:.3f}, "
                "{schedules.test.momentum_cosine_noisy:.3f}. Adam at a constant rate: "
                "{schedules.test.adam_constant_clean:.3f} and {schedules.test.adam_constant_noisy:.3f}.",
            ),
            draw=draw_rates,
        ),
    ),
)
