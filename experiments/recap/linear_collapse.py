"""Four affine layers are one, and XOR is out of reach without an activation; the slide's formula, parsed.

Networks with three hidden layers learn the four points of XOR, full batch, at seven learning rates. A point
counts as right if its output has the right sign and is not mere rounding: what a linear network learns on
XOR is to answer 0 to everything.

Values for prose: ``difference`` (largest, of four layers from the one), ``learned.linear`` … ``learned.relu``
(share of replicates with all four points right at some rate), ``most.linear`` … (largest share of the four
points right in any replicate), ``loss.linear`` … (median of the lowest final loss), ``brackets.open``,
``brackets.close``, ``symbols.weights``, ``symbols.biases``, ``symbols.acts`` (of the printed formula).
"""

import ast
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn import layers, losses

PRINTED = "w4(act(w3(act(w1*input + b1)) + b2)) + b3)) + b4"
MENDED = "w4(act(w3(act(w2(act(w1*input + b1)) + b2)) + b3)) + b4"
Activation = Literal["linear", "tanh", "relu"]
ACTIVATIONS: tuple[Activation, ...] = ("linear", "tanh", "relu")
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
XOR = np.array([0, 1, 1, 0])
ROUNDING = 1e-6  # an output below this is 0 in the float32 of training

PARAMS = {
    "width": 64,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "n_steps": 300,
    "affine_widths": (64, 100, 100, 100, 10),
    "n_inputs": 100,
    "n_grid": 41,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Collapse random layers; train every activation on XOR; map what the best network answers."""
    rates = params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(widths=(2, *[params["width"]] * 3, 1), activation=activation, loss="logistic"),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=4,
        )
        for activation in ACTIVATIONS
        for rate in rates
    ]
    points = nn.Data(
        x_train=CORNERS, y_train=XOR, x_validation=CORNERS, y_validation=XOR, x_test=CORNERS, y_test=XOR
    )
    axis = np.linspace(-0.5, 1.5, params["n_grid"])
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    shape = (len(replicates), len(ACTIVATIONS), len(rates))
    right, loss = np.zeros(shape), np.full(shape, np.inf)
    answers = np.empty((*shape[:2], axis.size, axis.size))
    difference = [collapse_difference(params, replicate.generator("layers")) for replicate in replicates]
    for index, replicate in enumerate(replicates):  # so few networks are kept at a time
        history = nn.train(arms, [points], [replicate], keep_parameters=True)
        for a in range(len(ACTIVATIONS)):
            own = range(a * len(rates), (a + 1) * len(rates))  # this activation's arms
            for r, arm in enumerate(own):
                if history.diverged[0, arm]:
                    continue
                logits = answer(arms[arm].network, history.parameters[0, arm], CORNERS)
                right[index, a, r] = share_right(logits)
                loss[index, a, r] = losses.logistic_loss(logits[:, None], XOR[:, None].astype(float))[0]
            best = int(np.lexsort((loss[index, a], -right[index, a]))[0])
            logits = answer(arms[own[best]].network, history.parameters[0, own[best]], grid)
            answers[index, a] = logits.reshape(axis.size, axis.size)
    dims = ("replicate", "activation", "rate")
    return xr.Dataset(
        {
            "difference": variable("replicate", difference, "largest difference of four layers from one"),
            "right": variable(dims, right, "share of the four points that are right"),
            "loss": variable(dims, loss, "final loss; inf where training diverged", units="nat"),
            "answers": variable(
                (*dims[:2], "x2", "x1"), answers, "output of the best network", units="logit"
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "activation": list(ACTIVATIONS),
            "rate": list(rates),
            "x1": axis,
            "x2": axis,
        },
    )


def answer(network: nn.Network, parameters: nn.Parameters, x: np.ndarray) -> np.ndarray:
    """Return the network's outputs (n,) on inputs (n, 2), in float64."""
    exact = parameters.map(lambda array: array.astype(np.float64))
    return np.asarray(nn.forward(network, exact, x.astype(np.float64)).outputs[:, 0])


def share_right(logits: np.ndarray) -> float:
    """Return the share of the four points that are right and not by mere rounding."""
    return float((((logits > 0) == XOR) & (np.abs(logits) > ROUNDING)).mean())


def collapse_difference(params: Mapping[str, Any], generator: np.random.Generator) -> float:
    """Return the largest difference between four random affine layers and the one that they amount to."""
    widths = params["affine_widths"]
    shapes = list(pairwise(widths))
    weights = [generator.standard_normal((n, m)) / np.sqrt(n) for n, m in shapes]
    biases = [generator.standard_normal(m) for _, m in shapes]
    x = generator.standard_normal((params["n_inputs"], widths[0]))
    one_w, one_b = collapse(weights, biases)
    h: np.ndarray = x
    for w, b in zip(weights, biases, strict=True):
        h = layers.affine_forward(h, w, b)
    return float(np.abs(h - layers.affine_forward(x, one_w, one_b)).max())


def collapse(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return W = W₁W₂…, b = (b₁W₂ + b₂)W₃ + …: the one affine layer that all of them are."""
    one_w, one_b = weights[0], biases[0]
    for w, b in zip(weights[1:], biases[1:], strict=True):
        one_w, one_b = one_w @ w, one_b @ w + b
    return one_w, one_b


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Shares over replicates, and the first replicate's maps."""
    best = dataset["right"].max("rate")
    return xr.Dataset(
        {
            "difference": dataset["difference"].max(),
            "learned": (best == 1).mean("replicate"),
            "most": best.max("replicate"),
            "loss": dataset["loss"].min("rate").median("replicate"),
            "answers": dataset["answers"].isel(replicate=0, drop=True),
            "right": best.isel(replicate=0, drop=True),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""

    def table(name: str) -> dict[str, float]:
        return {activation: float(summary[name].sel(activation=activation)) for activation in ACTIVATIONS}

    return {
        "difference": float(summary["difference"]),
        "learned": table("learned"),
        "most": table("most"),
        "loss": table("loss"),
        "brackets": {"open": float(PRINTED.count("(")), "close": float(PRINTED.count(")"))},
        "symbols": {
            "weights": float(len(set(re.findall(r"w\d", PRINTED)))),
            "biases": float(len(set(re.findall(r"b\d", PRINTED)))),
            "acts": float(PRINTED.count("act(")),
        },
    }


# --- quantities ---


def parses(formula: str) -> float:
    """1 if the formula is one expression of Python, else 0."""
    try:
        ast.parse(formula, mode="eval")
    except SyntaxError:
        return 0.0
    return 1.0


def learned(activation: str) -> Any:
    """Return a quantity: whether some rate gets all four points right."""
    return lambda dataset: (dataset["right"].sel(activation=activation).max("rate") == 1).values


# --- figure ---


def draw_answers(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw where each kind of network answers 1, and the four points."""
    figure, axes = style.subplots(1, 3, width="wide", height=58, sharey=True, top=10, right=3)
    for axis, activation in zip(axes, ACTIVATIONS, strict=True):
        cut = summary.sel(activation=activation)
        x1, x2, logits = summary["x1"].values, summary["x2"].values, cut["answers"].values
        axis.contourf(x1, x2, logits, [0, np.inf], colors=[style.color(activation)], alpha=0.22)
        axis.contour(x1, x2, logits, [0], colors=[style.color(activation)], linewidths=1.1)
        for (first, second), out in zip(CORNERS, XOR, strict=True):
            face = style.color("ink" if out else "paper")
            edge = style.color("ink")
            axis.plot(first, second, "o", markersize=8, color=face, markeredgecolor=edge, zorder=4)
            axis.text(
                first,
                second,
                f"{out}",
                ha="center",
                va="center",
                color=style.color("paper" if out else "ink"),
                fontsize=style.size(),
                zorder=5,
            )
        share = f"{100 * float(cut['learned']):.0f} %"
        name = words(LINEAR) if activation == "linear" else words(name_of(activation))
        style.panel_title(axis, f"{name}\n{words(LEARNED)} {share}")
        axis.set_xticks([0, 1])
        axis.set_yticks([0, 1])
        axis.set_xlabel("x₁")
    axes[0].set_ylabel("x₂")
    return figure


LINEAR = Text(ko="활성화 함수 없음", en="no activation")
LEARNED = Text(ko="네 점을 다 맞힌 망", en="all four right:")

EIGHTY = Text(
    ko="초깃값이 나빠 실패하는 망도 있을 수 있다. 다섯 가운데 넷이면 예외가 아니라 규칙이다.",
    en="Some initial values may be unlucky; four networks in five are the rule, not the exception.",
)


def learns_check(activation: Activation) -> Check:
    """Ask whether networks with this activation learn XOR."""
    return Check(
        name=activation,
        label=Text(
            ko=f"{name_of(activation)['ko']}: 네 점을 다 맞힌 망의 비율",
            en=f"{name_of(activation)['en']}: share of networks with all four points right",
        ),
        quantity=learned(activation),
        estimator="proportion",
        relation=">=",
        bound=0.8,
        because=EIGHTY,
        part="nonlinear",
    )


CLAIMS = (
    Claim(
        id="A04",
        says=Text(
            ko="활성화 함수가 없으면 층을 아무리 쌓아도 선형 함수이다.",
            en="Without an activation function the network stays linear, however many layers it has.",
        ),
        source="Neural Network",
        better=Text(
            ko="활성화 함수가 없으면 아핀 층 네 개는 아핀 층 하나와 같다. 식은 "
            "$y = w_4(\\mathrm{act}(w_3(\\mathrm{act}(w_2(\\mathrm{act}(w_1 x + b_1)) + b_2)) + "
            "b_3)) + b_4$로 "
            "적어야 한다.",
            en="Without activations four affine layers are one. The formula should read "
            "$y = w_4(\\mathrm{act}(w_3(\\mathrm{act}(w_2(\\mathrm{act}(w_1 x + b_1)) + b_2)) + "
            "b_3)) + b_4$.",
        ),
        checks=(
            Check(
                name="collapse",
                label=Text(
                    ko="아핀 층 네 개와 하나로 접은 층의 차이",
                    en="four affine layers against the one they are",
                ),
                quantity=lambda dataset: float(dataset["difference"].max()),
                estimator="exact",
                relation="<=",
                bound=1e-10,
                because=Text(
                    ko="출력은 1쯤의 크기이다. 64비트 반올림이 네 층에 쌓여도 이보다 훨씬 작다.",
                    en="Outputs are of size 1; rounding of 64-bit numbers in four layers stays far below.",
                ),
            ),
            Check(
                name="linear",
                label=Text(
                    ko="활성화 함수 없음: 네 점 가운데 맞힌 비율의 최댓값",
                    en="no activation: largest share of the four points right",
                ),
                quantity=lambda dataset: float(dataset["right"].sel(activation="linear").max()),
                estimator="exact",
                relation="<=",
                bound=0.75,
                because=Text(
                    ko="직선 하나로는 XOR의 네 점 가운데 셋까지만 맞힐 수 있다.",
                    en="One straight line gets at most three of XOR’s four points.",
                ),
            ),
            learns_check("tanh"),
            learns_check("relu"),
            Check(
                name="formula",
                label=Text(
                    ko="적힌 식이 식으로 읽히는가 (1이면 그렇다)",
                    en="does the printed formula parse? (1 = yes)",
                ),
                quantity=lambda _dataset: parses(PRINTED),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=Text(ko="괄호의 짝이 맞아야 식이다.", en="A formula needs matching brackets."),
                erratum=Erratum(
                    printed=Text(ko=f"`y = {PRINTED}`", en=f"`y = {PRINTED}`"),
                    correct=Text(ko=f"`y = {MENDED}`", en=f"`y = {MENDED}`"),
                    evidence=Text(
                        ko="여는 괄호는 {linear_collapse.brackets.open:.0f}개, 닫는 괄호는 "
                        "{linear_collapse.brackets.close:.0f}개이고, 편향은 "
                        "{linear_collapse.symbols.biases:.0f}개인데 "
                        "가중치는 {linear_collapse.symbols.weights:.0f}개이다. 빠진 `w2(act(`를 "
                        "넣으면 둘 다 맞는다.",
                        en="{linear_collapse.brackets.open:.0f} brackets open and "
                        "{linear_collapse.brackets.close:.0f} "
                        "close; there are {linear_collapse.symbols.biases:.0f} biases but "
                        "{linear_collapse.symbols.weights:.0f} weights. With the missing `w2(act(` "
                        "both agree.",
                    ),
                    severity="slip",
                    transcribed=True,
                ),
            ),
            Check(
                name="mended",
                label=Text(
                    ko="`w2(act(`를 넣은 식이 읽히는가 (1이면 그렇다)",
                    en="does it parse with `w2(act(` put in? (1 = yes)",
                ),
                quantity=lambda _dataset: parses(MENDED),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="validates",
                because=Text(ko="고친 식은 읽혀야 한다.", en="What is mended must parse."),
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=60,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="answers",
            width="wide",
            caption=Text(
                ko="활성화 함수가 없는 네 층은 평면을 직선 하나로만 나눈다. 칠한 곳: 망이 1이라고 "
                "답하는 입력. 은닉층 세 "
                "개, 너비 64, 갱신 300번, 가장 나은 학습률. 그림은 첫 번째 반복, 비율은 n = {n}.",
                en="Without an activation four layers cut the plane with one straight line. Shaded: "
                "where the network "
                "answers 1. Three hidden layers of 64 units, 300 updates, best rate. Maps of the "
                "first replicate, "
                "shares of n = {n}.",
            ),
            alt=Text(
                ko="세 지도. XOR의 네 점을 다 맞힌 망의 비율은 활성화 함수 없음 "
                "{linear_collapse.learned.linear:.0%}, tanh "
                "{linear_collapse.learned.tanh:.0%}, ReLU {linear_collapse.learned.relu:.0%}.",
                en="Three maps. Share of networks with all four points of XOR right: "
                "{linear_collapse.learned.linear:.0%} without activation, "
                "{linear_collapse.learned.tanh:.0%} with "
                "tanh, {linear_collapse.learned.relu:.0%} with ReLU.",
            ),
            draw=draw_answers,
        ),
    ),
)
