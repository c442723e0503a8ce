"""The lecture's summary: ReLU, batch normalization, Xavier or He, each with the code of its slide.

Batch normalization of images (20, 100, 35, 45), with γ and β and without, at the start and after one
update; and the initialization listing run line by line on a 3 × 3 convolution from 16 to 64 channels. The
functions ``relu_call``, ``batch_norm_calls`` and ``initialize`` are PyTorch's own calls, shown in the text;
nothing here runs them but the tests, where PyTorch is installed.

Values for prose: ``mean``, ``variance_off`` (largest over channels), ``learnable.with``,
``learnable.without`` (numbers of parameters), ``difference.start``, ``difference.updated`` (largest between
both calls), ``std.<step>`` (of the weights after ``normal``, ``xavier``, ``kaiming``), ``fan_in``.
"""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Text, nn, variable
from reportgen.model import Replicate
from reportgen.nn.batch_norm import EPS

PARAMS = {
    "images": (20, 100, 35, 45),
    "learning_rate": 0.1,
    "filters": (64, 16, 3, 3),
    "small_std": 0.02,
}

# Quoted from the slide, as transcribed.
PRINTED_TEST = "isinstance(m. nn.Conv2d)"
PRINTED_COMMENTS_ON_BIAS = ("편차를 0으로 초기화합니다.",) * 3  # above ``m.bias.data.fill_(0)``, three times


# --- PyTorch's calls, for the text ---


def relu_call(x: Any) -> Any:
    """Put ReLU where a sigmoid or tanh stood."""
    from torch import nn

    return nn.ReLU()(x)


def batch_norm_calls(n_channels: int) -> Any:
    """Normalize images per channel: with learnable γ and β, and without."""
    from torch import nn

    return nn.BatchNorm2d(n_channels), nn.BatchNorm2d(n_channels, affine=False)


def initialize(module: Any) -> None:
    """Start a layer in front of ReLU from He's weights: ``model.apply(initialize)``."""
    from torch import nn

    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")  # tanh: nn.init.xavier_normal_
        if module.bias is not None:
            nn.init.zeros_(module.bias)


# --- measure ---


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Normalize the images by both calls, update γ and β once, and run the initialization listing."""
    parts = [measure_one(params, replicate) for replicate in replicates]
    return xr.concat(parts, "replicate", join="exact")


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> xr.Dataset:
    """Measure one replicate."""
    x = replicate.generator("images").standard_normal(params["images"])
    upstream = replicate.generator("upstream").standard_normal(params["images"])
    n_channels = params["images"][1]
    gamma, beta = np.ones(n_channels), np.zeros(n_channels)
    over = (0, 2, 3)
    y, cache = nn.layers.batch_norm_2d_forward(x, gamma, beta)
    x_hat = (x - x.mean(over, keepdims=True)) / np.sqrt(x.var(over, keepdims=True) + EPS)  # affine=False
    _, dgamma, dbeta = nn.layers.batch_norm_2d_backward(upstream, cache)
    rate = params["learning_rate"] / (upstream.size / n_channels) ** 0.5
    gamma, beta = gamma - rate * dgamma, beta - rate * dbeta
    updated, _ = nn.layers.batch_norm_2d_forward(x, gamma, beta)
    variance = x.var(over)
    stds, fan_in, normals = run_listing(params, replicate)

    def by_channel(array: np.ndarray, long_name: str) -> Any:
        return variable(("replicate", "channel"), array[None], long_name)

    def single(value: float, long_name: str) -> Any:
        return variable("replicate", [value], long_name)

    return xr.Dataset(
        {
            "mean": by_channel(y.mean(over), "mean of a channel after normalization"),
            "variance_off": by_channel(
                y.var(over) - variance / (variance + EPS), "variance of a channel minus v/(v + ε)"
            ),
            "updated_mean": by_channel(
                updated.mean(over) - beta, "mean of a channel after an update, minus β"
            ),
            "updated_std": by_channel(
                updated.std(over) - np.abs(gamma) * y.std(over), "std of a channel after an update, minus |γ|"
            ),
            "difference": variable(
                ("replicate", "moment"),
                [[np.abs(y - x_hat).max(), np.abs(updated - x_hat).max()]],
                "largest difference between the calls with and without γ and β",
            ),
            "n_learnable": single(gamma.size + beta.size, "numbers that the call with γ and β learns"),
            "std": variable(("replicate", "line"), [stds], "standard deviation of the weights after a line"),
            "he_scale": single(normals * (fan_in / 2) ** 0.5, "std behind the last draw over √(2/n)"),
            "fan_in": single(fan_in, "inputs of a unit of the convolution"),
        },
        coords={
            "replicate": [replicate.index],
            "channel": np.arange(n_channels),
            "moment": ["start", "updated"],
            "line": ["normal", "xavier", "kaiming"],
        },
    )


def run_listing(params: Mapping[str, Any], replicate: Replicate) -> tuple[list[float], int, float]:
    """Run the slide's three initializations one after another on the same weights, biases left out.

    Returns their standard deviations, the fan-in, and the final weights over the standard normals that were
    drawn last: one number if nothing of the earlier lines is left.
    """
    n_out, n_in, *window = params["filters"]
    area = int(np.prod(window))
    fan_in, fan_out = n_in * area, n_out * area
    rules = (nn.Normal(params["small_std"]), nn.Glorot(), nn.He())
    generator, last = replicate.generator("listing"), replicate.generator("listing")
    weights = np.zeros((n_out, fan_in))
    stds = []
    for rule in rules:
        weights[...] = rule.standard_deviation(fan_in, fan_out) * generator.standard_normal(weights.shape)
        normals = last.standard_normal(weights.shape)
        stds.append(float(weights.std()))
    ratios = weights / normals
    spread = float(np.abs(ratios / ratios.flat[0] - 1).max())
    return stds, fan_in, float(ratios.flat[0]) if spread < 1e-12 else float("nan")


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Drop the replicate axis: everything is exact."""
    return dataset.isel(replicate=0)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    return {
        "mean": float(np.abs(summary["mean"]).max()),
        "variance_off": float(np.abs(summary["variance_off"]).max()),
        "learnable": {"with": float(summary["n_learnable"]), "without": 0.0},
        "difference": {str(moment): float(summary["difference"].sel(moment=moment)) for moment in MOMENTS},
        "std": {str(line): float(summary["std"].sel(line=line)) for line in ("normal", "xavier", "kaiming")},
        "fan_in": float(summary["fan_in"]),
    }


MOMENTS = ("start", "updated")


# --- quantities: exact ---


def largest(name: str) -> Any:
    """Return a quantity: the largest size of a variable."""
    return lambda dataset: float(np.abs(dataset[name]).max())


def n_arguments(_dataset: xr.Dataset) -> int:
    """Return how many arguments the printed ``isinstance`` gets; it needs two."""
    (call,) = (node for node in ast.walk(ast.parse(PRINTED_TEST)) if isinstance(node, ast.Call))
    return len(call.args)


def n_named_bias(_dataset: xr.Dataset) -> int:
    """Return how many comments above a line on biases say 편향, bias, and not 편차, deviation."""
    return sum("편향" in comment for comment in PRINTED_COMMENTS_ON_BIAS)


# --- quantities from depth_trained: one value per replicate ---


def depth_costs_more(opponent: str) -> Any:
    """Return a quantity: the accuracy that depth costs with an activation minus what it costs with ReLU.

    As in B02: mean test accuracy at up to 3 layers minus that from 5 layers on, at the rates chosen on
    validation.
    """

    def quantity(_own: xr.Dataset, trained: xr.Dataset) -> np.ndarray:
        test = trained["test_accuracy"].isel(rate=trained["validation_accuracy"].argmax("rate"))
        shallow, deep = test["depth"] <= 3, test["depth"] >= 5
        drop = test.isel(depth=shallow).mean("depth") - test.isel(depth=deep).mean("depth")
        return np.asarray(drop.sel(activation=opponent) - drop.sel(activation="relu"))

    return quantity


def smallest_speedup(opponent: str) -> Any:
    """Return a quantity: updates with an activation over those with ReLU, the smallest of the timed depths.

    As in B07; infinite where only the other did not get there, 0 where ReLU did not.
    """

    def quantity(_own: xr.Dataset, trained: xr.Dataset) -> np.ndarray:
        other, relu = (
            trained["updates"].sel(activation=name).transpose("replicate", "timed_depth").values
            for name in (opponent, "relu")
        )
        ratio = np.divide(other, relu, out=np.zeros_like(relu), where=np.isfinite(relu))
        return np.asarray(ratio.min(axis=1))

    return quantity


# --- claims ---

ROUNDING = Text(
    ko="64비트 수의 반올림 오차보다 크고, 배치 정규화를 다룬 주장과 같은 기준이다.",
    en="Above the rounding of 64-bit numbers, and the bound of the claims on batch normalization.",
)
SUMMARY = "요약"

AGAINST = {
    "sigmoid": Text(ko="시그모이드", en="sigmoid"),
    "tanh": Text(ko="$\\tanh$", en="$\\tanh$"),
}

D20 = Claim(
    id="D20",
    says=Text(
        ko="활성화 함수로는 시그모이드나 $\\tanh$보다 ReLU를 쓴다.",
        en="Use ReLU rather than sigmoid and $\\tanh$.",
    ),
    better=Text(
        ko="깊은 망에서는 시그모이드보다 ReLU를 쓴다. Xavier 초깃값을 쓴 $\\tanh$는 ReLU에 뒤지지 않는다.",
        en="In deep networks use ReLU rather than sigmoid; $\\tanh$ from Xavier’s initial values keeps up "
        "with ReLU.",
    ),
    source=SUMMARY,
    data=("depth_trained",),
    checks=tuple(
        check
        for opponent, name in AGAINST.items()
        for check in (
            Check(
                name=f"depth_{opponent}",
                label=Text(
                    ko=f"{name['ko']}: 깊어질 때 잃는 시험 정확도 − ReLU",
                    en=f"{name['en']}: test accuracy lost to depth, minus ReLU’s",
                ),
                quantity=depth_costs_more(opponent),
                estimator="mean",
                relation=">=",
                bound=0.05,
                because=Text(
                    ko="은닉층을 쌓는 주장과 같은 기준이다. 상대가 ReLU보다 그만큼 더 잃어야 한다.",
                    en="The bound of the claim about stacking layers: the other must lose so much more than "
                    "ReLU.",
                ),
            ),
            Check(
                name=f"speed_{opponent}",
                label=Text(
                    ko=f"{name['ko']}: 손실 0.2까지의 갱신 ÷ ReLU, 깊이 가운데 가장 작은 비",
                    en=f"{name['en']}: updates to loss 0.2 over ReLU’s, smallest over depths",
                ),
                quantity=smallest_speedup(opponent),
                estimator="median",
                scale="log",
                relation=">=",
                bound=2.0,
                because=Text(
                    ko="ReLU가 빠르다는 주장과 같은 기준이다. 깊이 1, 3, 5에서 모두 두 배는 빨라야 한다.",
                    en="The bound of the claim that ReLU is faster: twice as fast at depth 1, 3 and 5.",
                ),
            ),
        )
    ),
)

D21 = Claim(
    id="D21",
    says=Text(
        ko="배치 정규화를 쓴다. 그림에는 채널마다 정규화하는 `BatchNorm2d`를, 학습되는 변수와 함께 또는 "
        "없이 쓴다.",
        en="Use batch normalization: for images `BatchNorm2d`, per channel, with or without learnable "
        "parameters.",
    ),
    better=Text(
        ko="배치 정규화는 큰 학습률을 견디게 하고 서투른 초깃값을 구해 주지만, 초깃값이 알맞으면 얻는 "
        "것이 적다. 두 "
        "호출은 처음에는 똑같고 학습하면서 갈라진다.",
        en="Batch normalization bears larger learning rates and rescues poor initial weights; from good "
        "ones it "
        "gains little. The two calls are equal at first and part as training goes on.",
    ),
    source=SUMMARY,
    follows=("C08", "C09", "C10", "C11"),
    checks=(
        Check(
            name="mean",
            label=Text(ko="채널 평균의 크기, 가장 큰 것", en="largest mean of a channel"),
            quantity=largest("mean"),
            estimator="exact",
            relation="<=",
            bound=1e-6,
            because=ROUNDING,
            part="normalized",
        ),
        Check(
            name="variance",
            label=Text(
                ko="채널 분산과 $v/(v+\\varepsilon)$의 차이, 가장 큰 것",
                en="largest distance of a channel’s variance from $v/(v+\\varepsilon)$",
            ),
            quantity=largest("variance_off"),
            estimator="exact",
            relation="<=",
            bound=1e-6,
            because=ROUNDING,
            part="normalized",
        ),
        Check(
            name="calls_at_start",
            label=Text(ko="두 호출의 출력 차이, 학습 전", en="difference of the two calls before training"),
            quantity=lambda data: float(data["difference"].sel(moment="start").max()),
            estimator="exact",
            relation="<=",
            bound=1e-12,
            because=Text(
                ko="$\\gamma=1$, $\\beta=0$에서 시작하면 같은 식이다. 남는 것은 반올림뿐이다.",
                en="From $\\gamma=1$ and $\\beta=0$ both are the same formula, up to rounding.",
            ),
            part="calls",
        ),
        Check(
            name="updated_mean",
            label=Text(
                ko="한 번 갱신한 뒤 채널 평균과 $\\beta$의 차이",
                en="after an update, a channel’s mean minus $\\beta$",
            ),
            quantity=largest("updated_mean"),
            estimator="exact",
            relation="<=",
            bound=1e-12,
            because=Text(
                ko="갈라진 뒤의 평균은 $\\beta$, 표준편차는 $|\\gamma|$배여야 한다. 남는 것은 반올림뿐이다.",
                en="Once they part, the mean is $\\beta$ and the std is multiplied by $|\\gamma|$, up "
                "to rounding.",
            ),
            part="calls",
        ),
        Check(
            name="updated_std",
            label=Text(
                ko="한 번 갱신한 뒤 채널 표준편차와 $|\\gamma|$배의 차이",
                en="after an update, a channel’s std minus $|\\gamma|$ times the former",
            ),
            quantity=largest("updated_std"),
            estimator="exact",
            relation="<=",
            bound=1e-12,
            because=Text(
                ko="갈라진 뒤의 평균은 $\\beta$, 표준편차는 $|\\gamma|$배여야 한다. 남는 것은 반올림뿐이다.",
                en="Once they part, the mean is $\\beta$ and the std is multiplied by $|\\gamma|$, up "
                "to rounding.",
            ),
            part="calls",
        ),
        Check(
            name="calls_updated",
            label=Text(
                ko="두 호출의 출력 차이, 한 번 갱신한 뒤", en="difference of the two calls after an update"
            ),
            quantity=lambda data: float(data["difference"].sel(moment="updated").max()),
            estimator="exact",
            relation=">=",
            bound=0.0,
            because=Text(
                ko="판정에는 쓰지 않는다. 갱신의 크기에 따라 다르다.",
                en="Not judged: it depends on the size of the update.",
            ),
            role="reports",
        ),
    ),
)

D22 = Claim(
    id="D22",
    says=Text(
        ko="초기화할 때는 Xavier나 He를 쓴다. 코드는 표준편차 0.02, Xavier, He를 차례로 적용한다.",
        en="Initialize by Xavier or He; the code applies a standard deviation of 0.02, Xavier and He in "
        "turn.",
    ),
    better=Text(
        ko="$\\tanh$에는 Xavier, ReLU에는 He를 쓴다. 한 층에는 하나만 부른다. 차례로 부르면 마지막 것만 "
        "남는다.",
        en="Xavier for $\\tanh$, He for ReLU, and one of them only: called in turn, the last one is "
        "what is left.",
    ),
    source=SUMMARY,
    follows=("D13", "D17"),
    checks=(
        Check(
            name="final_std",
            label=Text(
                ko="차례로 실행한 뒤의 표준편차 ÷ $\\sqrt{2/n}$",
                en="std after all lines over $\\sqrt{2/n}$",
            ),
            quantity=lambda data: float(data["he_scale"].max()),
            estimator="exact",
            relation="within",
            bound=(1.0, 1.0),
            because=Text(
                ko="요약은 Xavier나 He를 쓰라고 한다. 코드를 차례로 실행하면 남는 것이 그 가운데 "
                "하나여야 한다.",
                en="The summary says Xavier or He: what the code leaves when run in order must be one "
                "of them.",
            ),
        ),
        Check(
            name="n_arguments",
            label=Text(ko="`isinstance`에 적힌 인수의 수", en="arguments of the printed `isinstance`"),
            quantity=n_arguments,
            estimator="exact",
            relation="within",
            bound=(2, 2),
            because=Text(
                ko="`isinstance`는 대상과 형, 인수 둘을 받는다.",
                en="`isinstance` takes two arguments, an object and a type.",
            ),
            role="printed",
            erratum=Erratum(
                printed=Text(ko="`if isinstance(m. nn.Conv2d):`", en="`if isinstance(m. nn.Conv2d):`"),
                correct=Text(ko="`if isinstance(m, nn.Conv2d):`", en="`if isinstance(m, nn.Conv2d):`"),
                evidence=Text(
                    ko="적힌 줄은 문법에는 맞지만 인수가 {D22.n_arguments.estimate:.0f}개뿐이라 "
                    "실행하면 멈춘다. "
                    "쉼표가 마침표로 읽혔을 수 있다.",
                    en="The line parses but gives {D22.n_arguments.estimate:.0f} argument and stops "
                    "when run; a "
                    "comma may have been read as a period.",
                ),
                severity="wrong",
                transcribed=True,
            ),
        ),
        Check(
            name="named_bias",
            label=Text(
                ko="편향을 ‘편향’이라고 부른 주석의 수 (셋 가운데)",
                en="comments that call a bias 편향, of three",
            ),
            quantity=n_named_bias,
            estimator="exact",
            relation=">=",
            bound=3,
            because=Text(
                ko="`m.bias`는 편향(bias)이다. 편차(deviation)는 값이 평균에서 벗어난 정도를 뜻한다.",
                en="`m.bias` is a bias, 편향 in Korean; 편차, deviation, is how far a value lies from "
                "the mean.",
            ),
            role="printed",
            erratum=Erratum(
                printed=Text(
                    ko="“편차를 0으로 초기화합니다.”",
                    en="“편차를 0으로 초기화합니다.” (deviations are set to 0)",
                ),
                correct=Text(
                    ko="편향을 0으로 초기화한다. 같은 코드의 “편차 0.02”는 표준편차 0.02이다.",
                    en="Biases (편향) are set to 0. The “deviation 0.02” of the same code is a standard "
                    "deviation.",
                ),
                evidence=Text(
                    ko="주석 세 줄 가운데 {D22.named_bias.estimate:.0f}줄이 편향이라고 적었고, 바로 "
                    "아래 코드는 세 "
                    "줄 모두 `m.bias`를 0으로 채운다.",
                    en="{D22.named_bias.estimate:.0f} of three comments say bias, and the code below "
                    "each fills "
                    "`m.bias` with 0.",
                ),
                severity="misleading",
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D20, D21, D22),
)
