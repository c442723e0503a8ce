"""What batch normalization stores in training, and what that is for: answers that do not depend on company.

Digits, 5 × 100 ReLU-He with batch normalization, SGD at 0.1, batch 100, 300 updates in float32. The test
digits are then sent through in batches of B, drawn anew several times (the last batch is filled up with
digits from the first), in float64: once normalized with the statistics of their batch, once with the running
statistics that training left.

Values for prose: ``running`` (mean test accuracy with running statistics), ``batch.b_<B>`` (with those of
the batch), ``sorted`` (with those of batches that hold digits of one class only), ``changed.b_<B>`` (share of
test digits whose answer is another one in other company), ``stored`` (numbers kept by the network beside what
it learns), ``parameters`` (numbers learned).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

PARAMS: dict[str, Any] = {
    "width": 100,
    "n_hidden": 5,
    "learning_rate": 0.1,
    "batch_size": 100,
    "n_steps": 300,
    "test_batches": (1, 2, 4, 8, 32, 250),
    "n_companies": 4,
    "n_repeats": 500,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train one network a replicate, and ask it about its test digits in company of every size."""
    network = nn.Network(widths=(64, *[params["width"]] * params["n_hidden"], 10), batch_norm="before")
    arm = nn.Arm(
        network=network,
        learning_rate=params["learning_rate"],
        n_steps=params["n_steps"],
        batch_size=params["batch_size"],
    )
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train([arm], data, replicates, keep_parameters=True)
    asked = [
        ask(params, network, in_float64(history.parameters[i, 0]), data[i], replicate)
        for i, replicate in enumerate(replicates)
    ]
    trained = [history.parameters[i, 0] for i in range(len(replicates))]
    return xr.Dataset(
        {
            "batch_accuracy": variable(
                ("replicate", "test_batch"),
                [answers["batch"] for answers in asked],
                "test accuracy with the statistics of the test batch",
            ),
            "sorted_accuracy": variable(
                "replicate",
                [answers["sorted"] for answers in asked],
                "test accuracy with the statistics of batches that hold one digit's class only",
            ),
            "running_accuracy": variable(
                "replicate", [answers["running"] for answers in asked], "test accuracy with stored statistics"
            ),
            "changed": variable(
                ("replicate", "test_batch"),
                [answers["changed"] for answers in asked],
                "share of test digits whose answer differs between two companies",
            ),
            "company": variable(
                "replicate",
                [answers["company"] for answers in asked],
                "largest change of an output by company with stored statistics, over the largest output",
            ),
            "unmoved": variable(
                "replicate",
                [unmoved(one, split_, params) for one, split_ in zip(trained, data, strict=True)],
                "stored mean over the batch's mean after the same batch again and again",
            ),
            "stored": variable(
                "replicate",
                [sum(m.size for m in (*one.running_means, *one.running_variances)) for one in trained],
                "numbers stored beside the parameters",
            ),
            "parameters": variable(
                "replicate",
                [
                    sum(p.size for p in (*one.weights, *one.biases, *one.gammas, *one.betas) if p is not None)
                    for one in trained
                ],
                "numbers learned",
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "test_batch": list(params["test_batches"]),
        },
    )


def ask(
    params: Mapping[str, Any],
    network: nn.Network,
    parameters: nn.Parameters,
    data: nn.Data,
    replicate: Replicate,
) -> dict[str, Any]:
    """Return accuracies and what company changes, for one network."""
    x, labels = data.x_test.astype(np.float64), data.y_test
    alone = nn.forward(network, parameters, x, running_statistics=True).outputs
    batch_accuracy, changed, company = [], [], 0.0
    for size in params["test_batches"]:
        generator = replicate.generator(f"company {size}")
        predictions = []
        for number in range(params["n_companies"]):
            rows = in_batches(generator.permutation(len(x)), size)
            by_batch = nn.forward(network, parameters, x[rows]).outputs
            if number == 0:
                by_store = nn.forward(network, parameters, x[rows], running_statistics=True).outputs
                company = max(company, float(np.abs(by_store - alone[rows]).max() / np.abs(alone).max()))
            predicted = np.empty(len(x), np.intp)
            # From the last to the first: a digit that fills up the last batch is judged in its own.
            predicted[rows.reshape(-1)[::-1]] = by_batch.argmax(-1).reshape(-1)[::-1]
            predictions.append(predicted)
        table = np.stack(predictions)
        batch_accuracy.append(float((table == labels).mean()))
        changed.append(float((table[1:] != table[:-1]).mean()))
    of_one_class = [
        (nn.forward(network, parameters, x[labels == label]).outputs.argmax(-1) == label).sum()
        for label in np.unique(labels)
    ]
    return {
        "batch": batch_accuracy,
        "sorted": float(sum(of_one_class) / len(labels)),
        "running": float((alone.argmax(-1) == labels).mean()),
        "changed": changed,
        "company": company,
    }


def in_batches(rows: np.ndarray, size: int) -> np.ndarray:
    """Return the row numbers in batches (n_batches, size); the first rows fill up the last batch."""
    n_batches = -(-len(rows) // size)
    return np.resize(rows, n_batches * size).reshape(n_batches, size)


def unmoved(parameters: nn.Parameters, data: nn.Data, params: Mapping[str, Any]) -> float:
    """Return RMS of the stored mean over RMS of the batch's after one batch many times: nothing moves."""
    z = data.x_train[: params["batch_size"]].astype(np.float64) @ parameters.weights[0].astype(np.float64)
    statistics = nn.layers.initial_statistics((z.shape[-1],))
    for _ in range(params["n_repeats"]):
        statistics = statistics.updated(z)
    return float(np.sqrt((statistics.mean**2).mean() / (z.mean(axis=0) ** 2).mean()))


def in_float64(parameters: nn.Parameters) -> nn.Parameters:
    """Return the parameters in float64, statistics too."""
    exact = parameters.map(lambda array: array.astype(np.float64))
    return nn.Parameters(
        weights=exact.weights,
        biases=exact.biases,
        gammas=exact.gammas,
        betas=exact.betas,
        running_means=tuple(mean.astype(np.float64) for mean in parameters.running_means),
        running_variances=tuple(variance.astype(np.float64) for variance in parameters.running_variances),
    )


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Means and ranges over replicates."""
    batch, running = dataset["batch_accuracy"], dataset["running_accuracy"]
    return xr.Dataset(
        {
            "batch": batch.mean("replicate"),
            "batch_low": batch.min("replicate"),
            "batch_high": batch.max("replicate"),
            "running": running.mean("replicate"),
            "sorted": dataset["sorted_accuracy"].mean("replicate"),
            "changed": dataset["changed"].mean("replicate"),
            "changed_low": dataset["changed"].min("replicate"),
            "changed_high": dataset["changed"].max("replicate"),
            "stored": dataset["stored"].isel(replicate=0),
            "parameters": dataset["parameters"].isel(replicate=0),
        }
    ).drop_vars("replicate")


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    tables: dict[str, float | dict[str, float]] = {
        name: {
            f"b_{size}": float(summary[name].sel(test_batch=size)) for size in summary["test_batch"].values
        }
        for name in ("batch", "changed")
    }
    return {
        **tables,
        **{name: float(summary[name]) for name in ("running", "sorted", "stored", "parameters")},
    }


def accuracy_at(size: int) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy with the statistics of test batches of this size."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(dataset["batch_accuracy"].sel(test_batch=size))

    return quantity


# --- figure ---


def draw_company(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Left: test accuracy by the size of the test batch. Right: answers that company changes."""
    figure, (left, right) = style.subplots(1, 2, width="text", height=56, wspace=19, top=6)
    sizes = summary["test_batch"].values
    style.band(left, sizes, summary["batch"], summary["batch_low"], summary["batch_high"], "no_bn")
    left.axhline(float(summary["running"]), color=style.color("bn"), linewidth=1.0)
    style.direct_label(
        left,
        1.0,
        float(summary["running"]),
        f"{words(STORED)} {float(summary['running']):.3f}",
        "bn",
        side="above",
    )
    left.texts[-1].set_ha("left")
    style.direct_label(left, 2.4, 0.3, words(OF_BATCH), "no_bn", side="right")
    left.set_ylim(0, 1.16)
    left.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    style.band(right, sizes, summary["changed"], summary["changed_low"], summary["changed_high"], "no_bn")
    right.axhline(0, color=style.color("bn"), linewidth=1.0)
    right.set_ylim(-0.02, None)
    for axis in (left, right):
        style.log_axis(axis, "x")
        axis.set_xticks(sizes, [str(size) for size in sizes])
        axis.minorticks_off()
        axis.set_xlabel(words(SIZE))
    style.panel_title(left, words(ACCURACY))
    style.panel_title(right, words(CHANGED))
    return figure


STORED = Text(ko="저장된 통계", en="stored statistics")
OF_BATCH = Text(ko="시험 배치의 통계", en="the batch’s own")
SIZE = Text(ko="시험 배치의 크기", en="size of the test batch")
ACCURACY = Text(ko="시험 정확도", en="test accuracy")
CHANGED = Text(ko="동료에 따라 바뀐 답", en="answers changed by company")
SHOWN = Text(ko="판정에는 쓰지 않는다.", en="Shown, not judged.")

# --- claim ---

C05 = Claim(
    id="C05",
    says=Text(
        ko="학습할 때 노드 사이에서 옮긴 정도를 저장해 두었다가 시험할 때 옮겨 와 쓴다.",
        en="How far values were moved between nodes in training is stored, and transferred at test time.",
    ),
    source="BN: What do you get?",
    better=Text(
        ko="훈련하면서 유닛마다 평균과 분산의 이동 평균을 저장해 두고, 시험할 때에는 배치의 통계 대신 "
        "그것으로 정규화한다.",
        en="Training stores running averages of each unit’s mean and variance; at test time these are used "
        "for normalizing in place of the batch’s own.",
    ),
    checks=(
        Check(
            name="company",
            label=Text(
                ko="저장된 통계를 쓸 때, 같은 배치에 든 다른 표본이 출력을 바꾸는 정도",
                en="change of an output by the other samples of its batch, with stored statistics",
            ),
            quantity=lambda dataset: float(dataset["company"].max()),
            estimator="exact",
            relation="<=",
            bound=1e-12,
            because=Text(
                ko="저장된 값을 쓰면 표본 하나의 답은 그 표본만의 것이어야 한다. 남는 것은 배정도의 "
                "반올림뿐이다.",
                en="With stored values the answer about a sample is its own affair: only rounding in double "
                "precision may remain.",
            ),
        ),
        Check(
            name="unmoved",
            label=Text(
                ko="같은 배치만 되풀이해 아무것도 움직이지 않을 때 저장된 평균 ÷ 배치의 평균",
                en="stored mean over the batch’s mean when one batch is repeated and nothing moves",
            ),
            quantity=lambda dataset: float(dataset["unmoved"].max()),
            estimator="exact",
            relation="<=",
            bound=1e-12,
            because=Text(
                ko="저장되는 것이 옮긴 정도라면 아무것도 움직이지 않을 때 0이어야 한다.",
                en="If what is stored were a movement, it would be 0 where nothing moves.",
            ),
            role="printed",
            erratum=Erratum(
                printed=Text(
                    ko="“학습 시 옮긴 노드 간 이동 정도를 저장”",
                    en="“stores how far nodes were moved among each other in training” (in Korean)",
                ),
                correct=Text(
                    ko="저장하는 것은 유닛마다 평균과 분산의 *이동 평균*(moving average)이다. 노드 사이에서 "
                    "옮겨지는 것은 없다.",
                    en="What is stored is a *moving average* of each unit’s mean and variance; nothing is "
                    "moved between nodes.",
                ),
                evidence=Text(
                    ko="같은 배치를 500번 넣으면 저장된 평균은 배치 평균의 {C05.unmoved.estimate:.3f}배가 "
                    "된다. 옮긴 정도라면 0이어야 한다. 저장되는 수는 유닛마다 둘, 모두 "
                    "{test_time_statistics.stored:.0f}개이다.",
                    en="After the same batch 500 times the stored mean is {C05.unmoved.estimate:.3f} times "
                    "the batch’s; a movement would be 0. Two numbers are stored per unit, "
                    "{test_time_statistics.stored:.0f} in all.",
                ),
                severity="misleading",
            ),
        ),
        Check(
            name="running",
            label=Text(ko="시험 정확도, 저장된 통계", en="test accuracy, stored statistics"),
            quantity=lambda dataset: np.asarray(dataset["running_accuracy"]),
            estimator="mean",
            relation=">=",
            bound=0.9,
            because=SHOWN,
            role="reports",
        ),
        *(
            Check(
                name=f"batch_{size}",
                label=Text(
                    ko=f"시험 정확도, 크기 {size}인 배치의 통계",
                    en=f"test accuracy, statistics of test batches of {size}",
                ),
                quantity=accuracy_at(size),
                estimator="mean",
                relation=">=",
                bound=0.9,
                because=SHOWN,
                role="reports",
            )
            for size in PARAMS["test_batches"]
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(C05,),
    figures=(
        Figure(
            name="company",
            caption=Text(
                ko="시험 배치의 통계로 정규화하면 답이 함께 들어온 표본에 달려 있다. 표본이 하나뿐인 "
                "배치에서 정확도는 {test_time_statistics.batch.b_1:.2f}, 둘이면 "
                "{test_time_statistics.batch.b_2:.2f}이고, 저장된 통계로는 크기에 상관없이 "
                "{test_time_statistics.running:.3f}이다. 오른쪽: 다른 표본과 함께 넣었을 때 답이 바뀌는 "
                "비율. 평균과 범위. 5 × 100 ReLU-He, 배치 100으로 300번 갱신, n = {n}.",
                en="Normalized with the statistics of the test batch, the answer depends on the company. "
                "Accuracy is {test_time_statistics.batch.b_1:.2f} in batches of one, "
                "{test_time_statistics.batch.b_2:.2f} in batches of two; with stored statistics "
                "{test_time_statistics.running:.3f} at any size. Right: share of answers that are others in "
                "other company. Mean and range. 5 × 100 ReLU-He, 300 updates in batches of 100, n = {n}.",
            ),
            alt=Text(
                ko="왼쪽: 시험 배치의 크기에 따른 정확도. 크기 1에서 {test_time_statistics.batch.b_1:.2f}, "
                "8에서 {test_time_statistics.batch.b_8:.2f}, 250에서 "
                "{test_time_statistics.batch.b_250:.3f}. 오른쪽: 크기 2에서 답의 "
                "{test_time_statistics.changed.b_2:.0%}, 8에서 {test_time_statistics.changed.b_8:.0%}가 "
                "바뀐다.",
                en="Left: accuracy by test batch size: {test_time_statistics.batch.b_1:.2f} at 1, "
                "{test_time_statistics.batch.b_8:.2f} at 8, {test_time_statistics.batch.b_250:.3f} at 250. "
                "Right: {test_time_statistics.changed.b_2:.0%} of the answers change at 2, "
                "{test_time_statistics.changed.b_8:.0%} at 8.",
            ),
            draw=draw_company,
        ),
    ),
)
