"""Activation, batch normalization and initial values crossed: which of the three makes a net learn.

Digits, five hidden layers of 64 units: {sigmoid, ReLU} × {without, with batch normalization} × {standard
deviation 0.01, Xavier or He}, SGD, batch 100, 300 updates at seven learning rates. An effect is the mean test
accuracy of the four combinations with the better level minus that of the four with the worse.

Values for prose: ``effect.activation``, ``.normalization``, ``.initializer``, their interactions
``activation_normalization``, ``activation_initializer``, ``normalization_initializer`` and ``all`` (means);
``test.<activation>_<no_bn|bn>_<small|fitted>`` (median test accuracy at the rate chosen on validation), and
likewise ``rho`` (geometric mean, at initialization).
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.activations import Activation

FACTORS = {  # the worse level first
    "activation": ("sigmoid", "relu"),
    "normalization": ("no_bn", "bn"),
    "initializer": ("small", "fitted"),
}
ACTIVATIONS: tuple[Activation, ...] = ("sigmoid", "relu")
NORMALIZATION: dict[str, nn.arms.Placement | None] = {"no_bn": None, "bn": "before"}
INTERACTIONS = {
    "activation_normalization": ("activation", "normalization"),
    "activation_initializer": ("activation", "initializer"),
    "normalization_initializer": ("normalization", "initializer"),
    "all": ("activation", "normalization", "initializer"),
}

PARAMS = {
    "n_hidden": 5,
    "width": 64,
    "small_std": 0.01,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train the eight kinds of networks at every rate, from the same draws; and measure their ρ."""
    widths = (64, *[params["width"]] * params["n_hidden"], 10)
    networks = [
        nn.Network(
            widths=widths,
            activation=activation,
            batch_norm=NORMALIZATION[normalization],
            initializer=initializer_of(activation, initializer, params["small_std"]),
        )
        for activation in ACTIVATIONS
        for normalization in FACTORS["normalization"]
        for initializer in FACTORS["initializer"]
    ]
    arms = [
        nn.Arm(
            network=network, learning_rate=rate, n_steps=params["n_steps"], batch_size=params["batch_size"]
        )
        for network in networks
        for rate in params["learning_rates"]
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    rho = [
        [initial_rho(network, part, params["batch_size"], replicate) for network in networks]
        for part, replicate in zip(data, replicates, strict=True)
    ]
    shape = (len(replicates), 2, 2, 2)
    kinds = ("replicate", *FACTORS)

    def by_arm(array: np.ndarray, long_name: str) -> Any:
        return variable((*kinds, "rate"), array.reshape(*shape, -1), long_name)

    return xr.Dataset(
        {
            "train_accuracy": by_arm(history.train_accuracy[..., -1], "train accuracy"),
            "validation_accuracy": by_arm(history.validation_accuracy, "validation accuracy"),
            "test_accuracy": by_arm(history.test_accuracy, "test accuracy"),
            "diverged": by_arm(history.diverged, "diverged"),
            "rho": variable(kinds, np.array(rho).reshape(shape), "ρ of the initial network"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            **{factor: list(levels) for factor, levels in FACTORS.items()},
            "rate": list(params["learning_rates"]),
        },
    )


def initializer_of(activation: str, level: str, small_std: float) -> nn.Initializer:
    """Return small weights, or those that fit the activation: Xavier for the sigmoid, He for ReLU."""
    if level == "small":
        return nn.Normal(std=small_std)
    return nn.Xavier() if activation == "sigmoid" else nn.He()


def initial_rho(network: nn.Network, data: nn.Data, n: int, replicate: Replicate) -> float:
    """Return (RMS δ_1 / RMS δ_L)^(1/(L−1)) of the initial network on the first n images."""
    parameters = nn.initial_parameters(network, [replicate.generator("init")])
    activity = nn.forward(network, parameters, data.x_train[:n].astype(np.float64))
    deltas = nn.backward(network, parameters, activity, data.y_train[:n]).deltas[:-1]
    first, last = (float(np.sqrt(np.mean(delta**2))) for delta in (deltas[0], deltas[-1]))
    return float((first / last) ** (1 / (len(deltas) - 1)))


# --- reductions and quantities ---


def chosen(dataset: xr.Dataset) -> xr.DataArray:
    """Return test accuracy at the rate that is best on validation; (replicate, factors)."""
    best = dataset["validation_accuracy"].argmax("rate")
    return dataset["test_accuracy"].isel(rate=best).drop_vars("rate")


def effect(table: xr.DataArray, *factors: str) -> xr.DataArray:
    """Return the mean where the product of the factors' signs is + minus the mean where it is −.

    Of one factor the main effect, of several their interaction. It is half the difference that one factor's
    effect makes to another's, the usual scale of factorial designs.
    """
    signs = xr.DataArray([-1.0, 1.0], dims="level")
    for factor in factors:
        table = table * signs.rename({"level": factor}).assign_coords({factor: list(FACTORS[factor])})
    return table.mean(list(FACTORS)) * 2


def main_effect(factor: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: the main effect of a factor on test accuracy."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(effect(chosen(dataset), factor))

    return quantity


def interaction(name: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: an interaction of factors on test accuracy."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(effect(chosen(dataset), *INTERACTIONS[name]))

    return quantity


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges of the accuracies, geometric means of ρ, means of the effects."""
    test = chosen(dataset)
    effects = [effect(test, factor) for factor in FACTORS]
    effects += [effect(test, *factors) for factors in INTERACTIONS.values()]
    logs: xr.DataArray = xr.apply_ufunc(np.log, dataset["rho"])
    return xr.Dataset(
        {
            "test": test.median("replicate"),
            "test_low": test.min("replicate"),
            "test_high": test.max("replicate"),
            "rho": xr.apply_ufunc(np.exp, logs.mean("replicate")),
            "effect": xr.concat(effects, "name").mean("replicate"),
        },
        coords={"name": [*FACTORS, *INTERACTIONS]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    kinds = {
        "_".join(levels): dict(zip(FACTORS, levels, strict=True))
        for levels in itertools.product(*FACTORS.values())
    }
    return {
        "effect": {str(name): float(summary["effect"].sel(name=name)) for name in summary["name"].values},
        **{
            table: {name: float(summary[table].sel(kind)) for name, kind in kinds.items()}
            for table in ("test", "rho")
        },
    }


# --- claims ---

LABELS = {
    "activation": Text(
        ko="활성화 함수: ReLU − 시그모이드, 시험 정확도", en="activation: ReLU − sigmoid, test accuracy"
    ),
    "normalization": Text(
        ko="안정화: 배치 정규화 − 없음, 시험 정확도", en="stabilization: BN − none, test accuracy"
    ),
    "initializer": Text(
        ko="초깃값: Xavier·He − 표준편차 0.01, 시험 정확도",
        en="initial values: Xavier or He − std 0.01, test accuracy",
    ),
}
MATTERS = Text(
    ko="시험 표본 250개에서 0.05는 열두 장이다. 다른 두 가지를 어떻게 고르든 평균해서 이만큼은 달라져야 "
    "원인이라 할 만하다.",
    en="On 250 test images 0.05 is a dozen: a cause should make this much on average, however the other two "
    "are chosen.",
)


def effect_check(factor: str, name: str | None = None) -> Check:
    """Return the check that a main effect is large enough."""
    return Check(
        name=name or factor,
        label=LABELS[factor],
        quantity=main_effect(factor),
        estimator="mean",
        relation=">=",
        bound=0.05,
        because=MATTERS,
    )


INTERACTION_LABELS = {
    "activation_normalization": Text(
        ko="활성화 함수와 배치 정규화의 상호작용", en="interaction of activation and BN"
    ),
    "activation_initializer": Text(
        ko="활성화 함수와 초깃값의 상호작용", en="interaction of activation and initial values"
    ),
    "normalization_initializer": Text(
        ko="배치 정규화와 초깃값의 상호작용", en="interaction of BN and initial values"
    ),
    "all": Text(ko="셋의 상호작용", en="interaction of all three"),
}

B03 = Claim(
    id="B03",
    says=Text(
        ko="깊은 망이 잘 학습되지 않는 원인은 잘못된 활성화 함수, 불안정한 학습 과정, 초깃값 설정이다.",
        en="Deep networks fail to train because of the wrong activation, an unstable training process and "
        "bad initial values.",
    ),
    better=Text(
        ko="세 원인은 더해지지 않고 얽혀 있다. 하나를 고치면 다른 것이 덜 중요해진다.",
        en="The three causes do not add up, they are entangled: mending one makes the others matter less.",
    ),
    source="심층신경망(딥러닝, Deep Learning)",
    checks=(
        *(effect_check(factor) for factor in FACTORS),
        *(
            Check(
                name=name,
                label=label,
                quantity=interaction(name),
                estimator="mean",
                relation="within",
                bound=(-0.05, 0.05),
                because=Text(
                    ko="판정에는 쓰지 않는다. 0이면 효과가 그냥 더해진다.",
                    en="Not judged: at 0 the effects simply add up.",
                ),
                role="reports",
            )
            for name, label in INTERACTION_LABELS.items()
        ),
    ),
)

D02 = Claim(
    id="D02",
    says=Text(
        ko="가중치 초깃값을 무엇으로 정하느냐는 신경망 학습이 성공하는 요인 가운데 하나이다.",
        en="The choice of the initial values of the weights is one of the factors of success.",
    ),
    better=Text(
        ko="초깃값이 얼마나 중요한지는 활성화 함수와 배치 정규화에 달려 있다.",
        en="How much initial values matter depends on the activation and on batch normalization.",
    ),
    source="초기값을 그럼 어떻게 설정할까요?",
    checks=(effect_check("initializer"),),
)


# --- figures ---

COMBINATIONS = tuple(
    (activation, normalization) for activation in ("sigmoid", "relu") for normalization in ("no_bn", "bn")
)
INITIALIZER_NAMES = {
    "small": Text(ko="표준편차 0.01", en="std 0.01"),
    "fitted": Text(ko="Xavier·He", en="Xavier, He"),
}
ACCURACY = Text(ko="시험 정확도", en="test accuracy")
EFFECT = Text(ko="시험 정확도에 미친 효과", en="effect on test accuracy")
EFFECT_NAMES = {
    "activation": Text(ko="활성화 함수", en="activation"),
    "normalization": Text(ko="배치 정규화", en="BN"),
    "initializer": Text(ko="초깃값", en="initial values"),
    "activation_normalization": Text(ko="함수 × BN", en="activation × BN"),
    "activation_initializer": Text(ko="함수 × 초깃값", en="activation × initial"),
    "normalization_initializer": Text(ko="BN × 초깃값", en="BN × initial"),
    "all": Text(ko="셋 모두", en="all three"),
}
COMBINED = {
    "sigmoid": Text(ko="시그모이드", en="sigmoid"),
    "relu": Text(ko="ReLU", en="ReLU"),
}


def draw_effects(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Left: test accuracy of the eight kinds. Right: main effects and interactions with their intervals."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=66, wspace=42, right=6)
    for activation, normalization in COMBINATIONS:
        cut = summary.sel(activation=activation, normalization=normalization)
        shift = {"no_bn": -0.03, "bn": 0.03}[normalization]
        place = np.array([0.0, 1.0]) + shift
        filled = normalization == "bn"
        color = style.color(activation)
        left.plot(
            place,
            cut["test"],
            style.marker(activation),
            linestyle="-" if filled else "--",
            color=color,
            markersize=5,
            markerfacecolor=color if filled else style.color("paper"),
        )
        left.vlines(place, cut["test_low"], cut["test_high"], color=color, linewidth=0.8)
        name = f"{words(COMBINED[activation])}{' + BN' if filled else ''}"
        if filled or activation == "sigmoid":
            style.direct_label(left, [1.06], cut["test"][1:], name, activation)
        else:  # its end is hidden among those with BN
            style.direct_label(left, [0.55], cut["test"].mean("initializer"), name, activation)
    left.set_xlim(-0.15, 1.12)
    left.set_xticks([0, 1], [words(INITIALIZER_NAMES[level]) for level in FACTORS["initializer"]])
    left.set_ylim(0, 1.05)
    left.set_ylabel(words(ACCURACY))
    checks = {check.name: check for check in results["B03"].checks}
    names = [*FACTORS, *INTERACTIONS]
    style.bound(right, 0.05, axis="x")
    right.axvline(0, color=style.color("muted"), linewidth=0.6)
    for row, name in enumerate(names):
        check = checks[name]
        role = "accent" if name in FACTORS else "muted"
        style.interval(right, [check.estimate], [row], [check.low], [check.high], role, axis="x")
        number = f"{check.estimate:+.2f}".replace("-", "−")
        style.direct_label(right, check.estimate, row, number, role, side="above")
    right.set_yticks(range(len(names)), [words(EFFECT_NAMES[name]) for name in names])
    right.set_ylim(len(names) - 0.5, -0.8)
    right.tick_params(axis="y", length=0)
    lows = [check.low for name in names if (check := checks[name]).low is not None]
    highs = [check.high for name in names if (check := checks[name]).high is not None]
    low, high = min(lows), max(highs)
    right.set_xlim(low - 0.12, high + 0.12)  # room for the numbers
    right.set_xlabel(words(EFFECT))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(B03, D02),
    figures=(
        Figure(
            name="effects",
            width="wide",
            caption=Text(
                ko="세 원인을 모두 짝지은 여덟 망. 왼쪽: 검증 정확도로 고른 학습률에서 시험 정확도의 "
                "중앙값과 범위. 속이 찬 표시와 실선은 배치 정규화(BN)가 있는 망이다. 오른쪽: 주효과(파랑)와 "
                "상호작용(회색), 99 % 신뢰구간, 점선은 기준 0.05. 초깃값의 $\\rho$는 BN 없이 표준편차 "
                "0.01, Xavier·He의 차례로 시그모이드 {three_causes.rho.sigmoid_no_bn_small:.2f}, "
                "{three_causes.rho.sigmoid_no_bn_fitted:.2f}, ReLU {three_causes.rho.relu_no_bn_small:.2f}, "
                "{three_causes.rho.relu_no_bn_fitted:.2f}이고, BN이 있으면 시그모이드 "
                "{three_causes.rho.sigmoid_bn_fitted:.2f}, ReLU {three_causes.rho.relu_bn_fitted:.2f}이다. "
                "은닉층 5개, 너비 64, 배치 100, 갱신 300번, n = {n}.",
                en="Eight networks that cross the three causes. Left: test accuracy at the rate chosen on "
                "validation, median and range; filled marks and solid lines: with batch normalization (BN). "
                "Right: main effects (blue) and interactions (gray), 99 % intervals; dashed: the bound of "
                "0.05. Initial $\\rho$ without BN: sigmoid {three_causes.rho.sigmoid_no_bn_small:.2f} and "
                "{three_causes.rho.sigmoid_no_bn_fitted:.2f}, ReLU {three_causes.rho.relu_no_bn_small:.2f} "
                "and {three_causes.rho.relu_no_bn_fitted:.2f} (std 0.01; Xavier, He); with it "
                "{three_causes.rho.sigmoid_bn_fitted:.2f} and {three_causes.rho.relu_bn_fitted:.2f}. Five "
                "hidden layers, width 64, batch 100, 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="시험 정확도의 중앙값은 표준편차 0.01에서 시그모이드 "
                "{three_causes.test.sigmoid_no_bn_small:.2f}, BN과 함께 "
                "{three_causes.test.sigmoid_bn_small:.2f}, ReLU {three_causes.test.relu_no_bn_small:.2f}, "
                "BN과 함께 {three_causes.test.relu_bn_small:.2f}이고, Xavier·He에서 차례로 "
                "{three_causes.test.sigmoid_no_bn_fitted:.2f}, {three_causes.test.sigmoid_bn_fitted:.2f}, "
                "{three_causes.test.relu_no_bn_fitted:.2f}, {three_causes.test.relu_bn_fitted:.2f}이다. "
                "주효과는 활성화 함수 {three_causes.effect.activation:.2f}, 배치 정규화 "
                "{three_causes.effect.normalization:.2f}, 초깃값 {three_causes.effect.initializer:.2f}이다.",
                en="Median test accuracy with std 0.01: sigmoid "
                "{three_causes.test.sigmoid_no_bn_small:.2f}, with BN "
                "{three_causes.test.sigmoid_bn_small:.2f}, ReLU {three_causes.test.relu_no_bn_small:.2f}, "
                "with BN {three_causes.test.relu_bn_small:.2f}; with Xavier or He in turn "
                "{three_causes.test.sigmoid_no_bn_fitted:.2f}, {three_causes.test.sigmoid_bn_fitted:.2f}, "
                "{three_causes.test.relu_no_bn_fitted:.2f}, {three_causes.test.relu_bn_fitted:.2f}. Main "
                "effects: activation {three_causes.effect.activation:.2f}, batch normalization "
                "{three_causes.effect.normalization:.2f}, initial values "
                "{three_causes.effect.initializer:.2f}.",
            ),
            draw=draw_effects,
        ),
    ),
)
