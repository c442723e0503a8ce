"""Logistic regression on sparse features: whom AdaGrad gives long steps, and whether that helps.

500 binary features with P(x_j = 1) = 1/(2j) (Zipf), labels from a logistic model of them, 1297 training
examples. Two designs with the same examples and labels: ``plain``, where a frequent feature also has large
gradients; and ``weighted``, where the value of feature j is multiplied by its rank j (as tf–idf weights raise
rare words) and all by one constant that keeps the mean square, so that rare features have the larger
gradients. Batch 100, 300 updates, six optimizers, thirteen rates from 10⁻⁴ to 10²; per replicate the rate
with the lowest final validation loss is taken.

The *effective learning rate* of a parameter is what the last update multiplied its gradient by, η/(√h + ε).
Features that no training example has are left out: their parameter is never updated.

Values for prose: ``ratio.<design>`` (effective rate of features seen at
most ten times over that of the ten most frequent, median), ``loss.<design>_<optimizer>`` (median test
log-loss over ln 2), ``rate.<design>_<optimizer>`` (median chosen rate), ``gap.<design>`` (median of AdaGrad's
loss minus the best other's).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words

OPTIMIZERS = nn.optimizers.by_name()
DESIGNS = ("plain", "weighted")
SIZES = {"train": 1297, "validation": 250, "test": 250}

PARAMS = {
    "n_features": 500,
    "weight_std": 3.0,
    "batch_size": 100,
    "n_steps": 300,
    "learning_rates": tuple(10 ** (k / 2) for k in range(-8, 5)),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every optimizer at every rate on both designs; read AdaGrad's divisors at its best rate."""
    rates = params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(params["n_features"], 1), initializer=nn.Normal(std=0.0), loss="logistic"
            ),
            optimizer=optimizer,
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for optimizer in OPTIMIZERS.values()
        for rate in rates
    ]
    shape = (len(replicates), len(OPTIMIZERS), len(rates))
    counts, effective, validation, test = [], [], [], []
    for design in DESIGNS:
        data = [sparse_data(design, params, replicate.generator("sparse")) for replicate in replicates]
        history = nn.train(arms, data, replicates)
        validation.append(history.validation_loss.reshape(shape))
        test.append(history.test_loss.reshape(shape))
        counts.append([(one.x_train != 0).sum(axis=0) for one in data])
        best = validation[-1][:, list(OPTIMIZERS).index("adagrad")].argmin(axis=-1)
        effective.append(adagrad_rates([rates[k] for k in best], arms[0], data, replicates))
    dims = ("replicate", "design", "optimizer", "rate")
    features = ("replicate", "design", "feature")
    return xr.Dataset(
        {
            "count": variable(features, np.stack(counts, axis=1), "training examples with the feature"),
            "effective": variable(features, np.stack(effective, axis=1), "AdaGrad's effective learning rate"),
            "validation_loss": variable(
                dims, np.stack(validation, axis=1), "final validation loss", units="nat"
            ),
            "test_loss": variable(dims, np.stack(test, axis=1), "test loss", units="nat"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "design": list(DESIGNS),
            "optimizer": list(OPTIMIZERS),
            "rate": list(rates),
            "feature": np.arange(1, params["n_features"] + 1),
        },
    )


def sparse_data(design: str, params: Mapping[str, Any], generator: np.random.Generator) -> nn.Data:
    """Draw examples and labels, the same for both designs, and scale the features as the design says."""
    rank = np.arange(1, params["n_features"] + 1)
    frequency = 0.5 / rank
    weights = params["weight_std"] * generator.standard_normal(rank.size)
    scale = np.ones(rank.size)
    if design == "weighted":
        scale = rank * math.sqrt(frequency.sum() / (frequency * rank**2).sum())
    fields: dict[str, Any] = {}
    for part, n in SIZES.items():
        x = generator.random((n, rank.size)) < frequency
        probability = 1 / (1 + np.exp(-(x @ weights)))
        fields[f"x_{part}"] = (x * scale).astype(np.float32)
        fields[f"y_{part}"] = (generator.random(n) < probability).astype(np.int64)
    return nn.Data(**fields)


def adagrad_rates(
    rates: Sequence[float], arm: nn.Arm, data: Sequence[nn.Data], replicates: Sequence[Replicate]
) -> np.ndarray:
    """Train AdaGrad once per replicate, at its rate; return η/(√h + ε) at the end, (replicate, feature)."""
    optimizer = nn.AdaGrad()
    arms = [replace(arm, optimizer=optimizer, learning_rate=rate) for rate in rates]
    history = nn.train(arms, data, replicates, pairs=np.eye(len(rates), dtype=bool), keep_states=True)
    squares = [history.states[k, k].learnables.weight_states[0][0].ravel() for k in range(len(rates))]
    return np.asarray(np.array(rates)[:, None] / (np.sqrt(np.array(squares, np.float64)) + optimizer.eps))


# --- quantities ---


def spearman(design: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: rank correlation of frequency and effective rate, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        cut = dataset.sel(design=design)
        pairs = zip(cut["count"].values, cut["effective"].values, strict=True)
        return np.array([rank_correlation(count[count > 0], rate[count > 0]) for count, rate in pairs])

    return quantity


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return Spearman's correlation; equal values share their mean rank."""
    return float(np.corrcoef(mean_ranks(x), mean_ranks(y))[0, 1])


def mean_ranks(x: np.ndarray) -> np.ndarray:
    """Return the ranks of x from 1, ties the mean of theirs."""
    _, group, size = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(size)
    return np.asarray((last - (size - 1) / 2)[group])


def chosen_loss(dataset: xr.Dataset) -> xr.DataArray:
    """Test loss over ln 2 at the rate with the lowest validation loss; (replicate, design, optimizer)."""
    best = dataset["validation_loss"].argmin("rate")
    return dataset["test_loss"].isel(rate=best).drop_vars("rate") / math.log(2)


def gap_to_best_other(dataset: xr.Dataset) -> xr.DataArray:
    """AdaGrad's test loss minus the lowest of the other five, within each replicate; (replicate, design)."""
    loss = chosen_loss(dataset)
    return loss.sel(optimizer="adagrad", drop=True) - loss.drop_sel(optimizer="adagrad").min("optimizer")


def gap(design: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: AdaGrad's gap on one design, one per replicate."""
    return lambda dataset: np.asarray(gap_to_best_other(dataset).sel(design=design))


def gap_to_sgd(design: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: AdaGrad's test loss minus SGD's on one design, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        loss = chosen_loss(dataset).sel(design=design)
        return np.asarray(loss.sel(optimizer="adagrad") - loss.sel(optimizer="sgd"))

    return quantity


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates; the effective rate of features that were seen."""
    seen = dataset["effective"].where(dataset["count"] > 0)
    loss = chosen_loss(dataset)
    rate = dataset["rate"][dataset["validation_loss"].argmin("rate")].drop_vars("rate")
    rare = seen.where(dataset["count"] <= 10).median("feature")
    frequent = dataset["effective"].isel(feature=slice(10)).median("feature")
    return xr.Dataset(
        {
            "effective": seen.isel(replicate=0, drop=True),
            "count": dataset["count"].isel(replicate=0, drop=True),
            "ratio": (rare / frequent).median("replicate"),
            "loss": loss.median("replicate"),
            "loss_low": loss.min("replicate"),
            "loss_high": loss.max("replicate"),
            "chosen_rate": rate.median("replicate"),
            "gap": gap_to_best_other(dataset).median("replicate"),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        cuts = [{"design": design, "optimizer": name} for design in DESIGNS for name in OPTIMIZERS]
        return {f"{cut['design']}_{cut['optimizer']}": float(array.sel(cut)) for cut in cuts}

    def by_design(array: xr.DataArray) -> dict[str, float]:
        return {design: float(array.sel(design=design)) for design in DESIGNS}

    return {
        "ratio": by_design(summary["ratio"]),
        "gap": by_design(summary["gap"]),
        "loss": table(summary["loss"]),
        "rate": table(summary["chosen_rate"]),
    }


# --- figures ---


def draw_rates(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw each feature's effective rate against its frequency, one replicate, in both designs."""
    figure, axes = style.subplots(1, 2, width="text", height=54, wspace=14, top=7)
    for axis, design in zip(axes, DESIGNS, strict=True):
        cut = summary.sel(design=design)
        style.log_axis(axis, "both")
        color = style.color("adagrad")
        axis.plot(cut["count"], cut["effective"], ".", color=color, markersize=2.5, alpha=0.6)
        style.panel_title(axis, words(DESIGN_NAMES[design]))
        correlation = next(check.estimate for check in results["G01"].checks if check.name == design)
        text = f"{words(SPEARMAN)} {correlation:.2f}".replace("-", "−")
        style.note(axis, text, x=0.98 if correlation < 0 else 0.02)
        axis.set_xlabel(words(COUNT))
    axes[0].set_ylabel(words(EFFECTIVE))
    return figure


def draw_losses(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the test loss of each optimizer at its best rate, medians with ranges, in both designs."""
    figure, axes = style.subplots(1, 2, width="text", height=48, sharey=True, left=18, top=9)
    for axis, design in zip(axes, DESIGNS, strict=True):
        for row, name in enumerate(OPTIMIZERS):
            cut = summary.sel(design=design, optimizer=name)
            style.interval(axis, cut["loss"], row, cut["loss_low"], cut["loss_high"], name, axis="x")
        gap = f"{round(float(summary['gap'].sel(design=design)), 3) + 0.0:+.3f}".replace("-", "−")
        style.panel_title(axis, f"{words(DESIGN_NAMES[design])}\nAdaGrad {gap}")
        axis.set_ylim(len(OPTIMIZERS) - 0.5, -0.5)
        axis.set_xlabel(words(LOSS))
    axes[0].set_yticks(range(len(OPTIMIZERS)), [words(name_of(name)) for name in OPTIMIZERS])
    return figure


DESIGN_NAMES = {
    "plain": Text(ko="값이 모두 1", en="all values 1"),
    "weighted": Text(ko="드물수록 큰 값", en="rarer, larger values"),
}
SPEARMAN = Text(ko="순위 상관", en="rank correlation")
COUNT = Text(ko="특징이 나타난 표본의 수", en="examples with the feature")
EFFECTIVE = Text(ko="유효 학습률", en="effective learning rate")
LOSS = Text(ko="시험 손실 ÷ ln 2", en="test log-loss over ln 2")

# --- claims ---

G01 = Claim(
    id="G01",
    says=Text(
        ko="AdaGrad는 자주 갱신되는 변수의 보폭을 줄인다.",
        en="AdaGrad lowers the step of variables that are updated often.",
    ),
    source="AdaGrad",
    better=Text(
        ko="AdaGrad는 기울기의 제곱합이 큰 변수의 보폭을 줄인다. 갱신이 잦은 변수가 그런 변수인 것은 "
        "기울기의 크기가 서로 비슷할 때뿐이다.",
        en="AdaGrad lowers the step of variables whose squared gradients add up to much. Those are the ones "
        "updated often only where gradients are of similar size.",
    ),
    checks=tuple(
        Check(
            name=design,
            label=Text(
                ko=f"빈도와 유효 학습률의 순위 상관: {name['ko']}",
                en=f"rank correlation of frequency and effective rate: {name['en']}",
            ),
            quantity=spearman(design),
            estimator="mean",
            relation="<=",
            bound=-0.5,
            because=Text(
                ko="순위 상관이 −0.5보다 약하면 빈도는 보폭 순위의 4분의 1도 설명하지 못한다.",
                en="Weaker than −0.5, frequency explains less than a quarter of the ranks of the steps.",
            ),
        )
        for design, name in DESIGN_NAMES.items()
    ),
)

VISIBLE = Text(
    ko="배우기 전 손실의 2 %보다 작은 차이는 알아볼 수 없다.",
    en="A difference below 2 % of the loss before learning cannot be seen.",
)
P06 = Claim(
    id="P06",
    says=Text(
        ko="희소한 특징에서는 변수마다 보폭을 정하는 AdaGrad의 손실이 가장 낮다.",
        en="On sparse features AdaGrad, with its steps per variable, has the lowest loss.",
    ),
    source="Duchi, Hazan & Singer 2011",
    better=Text(
        ko="드문 특징이 있는 문제에서 변수마다 다른 보폭은 이로울 수 있으나, 얼마나 이로운지는 특징의 값이 "
        "어떤 단위로 적혔는지와 다른 방법의 학습률을 얼마나 잘 골랐는지에 달려 있다.",
        en="Steps per variable can help where features are rare; how much depends on the units of the "
        "features and on how well the rates of the other methods were chosen.",
    ),
    checks=(
        *(
            Check(
                name=design,
                label=Text(
                    ko=f"시험 손실 ÷ ln 2, AdaGrad − 가장 나은 다른 방법: {name['ko']}",
                    en=f"test log-loss over ln 2, AdaGrad − best other: {name['en']}",
                ),
                quantity=gap(design),
                estimator="median",
                relation="<=",
                bound=0.02,
                because=VISIBLE,
            )
            for design, name in DESIGN_NAMES.items()
        ),
        *(
            Check(
                name=f"sgd_{design}",
                label=Text(
                    ko=f"시험 손실 ÷ ln 2, AdaGrad − SGD: {name['ko']}",
                    en=f"test log-loss over ln 2, AdaGrad − SGD: {name['en']}",
                ),
                quantity=gap_to_sgd(design),
                estimator="median",
                relation="<=",
                bound=0.0,
                role="reports",
                because=Text(ko="0보다 작으면 AdaGrad가 낫다.", en="Below 0 AdaGrad is better."),
            )
            for design, name in DESIGN_NAMES.items()
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(G01, P06),
    figures=(
        Figure(
            name="rates",
            caption=Text(
                ko="특징의 빈도와 AdaGrad의 유효 학습률. 같은 표본인데도 드문 특징의 값을 크게 적으면 "
                "관계가 사라지고, 흔한 특징들 사이에서는 뒤집힌다. 점 하나가 특징 하나이고, 한 번의 반복을 "
                "그렸다. 적힌 수는 순위 상관의 평균, n = {n}.",
                en="How often a feature occurs, and its effective rate under AdaGrad. The examples are the "
                "same; with larger values for rarer features the relation is lost, and turned around among "
                "the frequent ones. One dot per feature, one replicate; written in, the mean rank "
                "correlation, n = {n}.",
            ),
            alt=Text(
                ko="로그–로그 산점도 두 개. 순위 상관은 값이 모두 1일 때 "
                "{G01.plain.estimate:.2f}, 드문 특징일수록 값이 클 때 "
                "{G01.weighted.estimate:.2f}이다.",
                en="Two log–log scatter plots; the rank correlation is "
                "{G01.plain.estimate:.2f} with all values 1 and "
                "{G01.weighted.estimate:.2f} where rarer features have larger values.",
            ),
            draw=draw_rates,
        ),
        Figure(
            name="losses",
            caption=Text(
                ko="희소한 특징에서 여섯 최적화 방법의 시험 손실. 왼쪽일수록 낫다. 제목 아래의 수는 "
                "AdaGrad에서 가장 나은 다른 방법을 뺀 차이이다(중앙값). 저마다 검증 자료로 고른 "
                "학습률에서, 중앙값과 범위, n = {n}.",
                en="Test log-loss of six optimizers on sparse features; further left is better. Under each "
                "title, AdaGrad minus the best other (median). Each at the rate chosen on validation, "
                "median and range, n = {n}.",
            ),
            alt=Text(
                ko="시험 손실의 중앙값(ln 2로 나눔): 값이 모두 1이면 AdaGrad "
                "{sparse_features.loss.plain_adagrad:.3f}, SGD {sparse_features.loss.plain_sgd:.3f}, Adam "
                "{sparse_features.loss.plain_adam:.3f}. 드물수록 큰 값이면 AdaGrad "
                "{sparse_features.loss.weighted_adagrad:.3f}, SGD {sparse_features.loss.weighted_sgd:.3f}, "
                "Adam {sparse_features.loss.weighted_adam:.3f}.",
                en="Median test log-loss over ln 2: with all values 1, AdaGrad "
                "{sparse_features.loss.plain_adagrad:.3f}, SGD {sparse_features.loss.plain_sgd:.3f}, Adam "
                "{sparse_features.loss.plain_adam:.3f}; with larger values for rarer features, AdaGrad "
                "{sparse_features.loss.weighted_adagrad:.3f}, SGD {sparse_features.loss.weighted_sgd:.3f}, "
                "Adam {sparse_features.loss.weighted_adam:.3f}.",
            ),
            draw=draw_losses,
        ),
    ),
)
