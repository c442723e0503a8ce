"""What Adam is made of: RMSProp, momentum and, as a limit, AdaGrad; and its printed code, parsed and mended.

Deterministic parts on the ravine f = x²/20 + y² from (−7, 2), float64, 300 updates. The figure's gradients
are 0.5 plus N(0, 1), 600 updates, ten times larger in the second half.

Values for prose: ``bias.m``, ``bias.h`` (relative bias of the moments after one update, under a constant
gradient) and ``bias.corrected``; ``limit`` (distance of Adam as β₂ → 1 from AdaGrad), ``momentum`` (distance
of Adam without the division from momentum), ``eps_printed`` over ``eps_paper``; ``stream.step_early`` and
``stream.step_late`` (RMS of Adam's step over the learning rate before and after the gradients grow, the 150
updates after the change left out).
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn, variable
from reportgen.model import ClaimResult, Replicate, Words

# Quoted from the slides, as transcribed.
PRINTED_ADAM = """\
while True:
    dx = compute_gradient(x)
    first_moment = beta1 * first_moment + (1 - beta1) * dx
    second_moment = beta2 * second_moment + (1 - beta2) * dx * dx
    x -= learning_rate * first_moment / (np.sqrt(second_moment) + 1e-7))"""
PRINTED_RMSPROP = """\
while True:
    dx = compute_gradient(x)
    grad_squared = decay_rate * grad_squared + (1 - decay_rate) * dx * dx
    x -= learning_rate * dx / (np.sqrt(grad_squared) + 1e-7)"""
PAPER_EPS = 1e-8  # Kingma & Ba 2015, algorithm 1
NAMED = {"H01": {"Momentum", "RMSProp"}, "H02": {"AdaGrad", "RMSProp", "Momentum"}}
RAVINE, START = nn.surfaces.BOWL, (-7.0, 2.0)

PARAMS = {
    "learning_rate": 0.05,
    "beta1": 0.9,
    "beta2": 0.999,
    "decay": 0.99,
    "n_steps": 300,
    "to_one": 1e-10,  # 1 − β₂ in the limit
    "n_stream": 600,
    "stream_mean": 0.5,
    "stream_factor": 10.0,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Run the printed codes and our optimizers side by side; feed the figure's gradients to Adam."""
    streams = [stream(params, replicate.generator("noise")) for replicate in replicates]
    dims = ("replicate", "t")
    return xr.Dataset(
        {
            **{
                name: variable(dims, np.array([one[name] for one in streams]), long_name)
                for name, long_name in STREAM_NAMES.items()
            },
            "distance": variable(
                "pair",
                list(distances(params).values()),
                "largest distance of two paths over the start's norm",
            ),
            "bias": variable("moment", list(first_biases(params).values()), "relative bias after one update"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "t": np.arange(1, params["n_stream"] + 1),
            "pair": list(distances(params)),
            "moment": list(first_biases(params)),
        },
    )


def distances(params: Mapping[str, Any]) -> dict[str, float]:
    """Return how far apart the paths of two rules on the ravine are, by the names of the pairs."""
    rate, beta1, beta2, decay = (params[key] for key in ("learning_rate", "beta1", "beta2", "decay"))
    uncorrected = {"bias_correction": False}
    to_one, huge = params["to_one"], 1e12
    # Without momentum, 1 − β₂ = to_one leaves h = to_one · Σg²: rate and ε are scaled by its root.
    limit = nn.Adam(beta1=0.0, beta2=1 - to_one, eps=1e-7 * to_one**0.5, **uncorrected)
    # A huge ε, made up for by the rate, leaves the first moment alone.
    undivided = nn.Adam(beta1=beta1, beta2=beta2, eps=huge, **uncorrected)
    paths = {
        "adam_rmsprop": (
            ours(nn.Adam(beta1=0.0, beta2=decay, eps=1e-8, **uncorrected), rate, params),
            ours(nn.RMSProp(decay=decay, eps=1e-8), rate, params),
        ),
        "printed_adam_rmsprop": (
            printed(mended(PRINTED_ADAM), params, beta1=0.0, beta2=decay),
            printed(PRINTED_RMSPROP, params, decay_rate=decay),
        ),
        "printed_ours": (
            printed(mended(PRINTED_ADAM), params, beta1=beta1, beta2=beta2),
            ours(nn.Adam(beta1=beta1, beta2=beta2, eps=1e-7, **uncorrected), rate, params),
        ),
        "undivided_momentum": (
            ours(undivided, rate * huge, params),
            ours(nn.Momentum(momentum=beta1), rate * (1 - beta1), params),
        ),
        "limit_adagrad": (
            ours(limit, rate * to_one**0.5, params),
            ours(nn.AdaGrad(eps=1e-7), rate, params),
        ),
        "eps": (
            ours(nn.Adam(beta1=beta1, beta2=beta2, eps=1e-7, **uncorrected), rate, params),
            ours(nn.Adam(beta1=beta1, beta2=beta2, eps=PAPER_EPS, **uncorrected), rate, params),
        ),
    }
    norm = float(np.linalg.norm(START))
    return {name: float(np.abs(one - other).max()) / norm for name, (one, other) in paths.items()}


def ours(optimizer: nn.Optimizer, rate: float, params: Mapping[str, Any]) -> np.ndarray:
    """Return the path of one of our optimizers on the ravine."""
    return nn.descend(optimizer, RAVINE.gradient, START, rate, params["n_steps"])


def mended(code: str) -> str:
    """Return the code without the bracket that closes nothing."""
    return code.removesuffix(")")


def printed(code: str, params: Mapping[str, Any], **settings: float) -> np.ndarray:
    """Execute the body of a printed loop on the ravine; return the path."""
    (loop,) = ast.parse(code).body
    assert isinstance(loop, ast.While)
    body = compile(ast.Module(loop.body, type_ignores=[]), "slide", "exec")
    scope: dict[str, Any] = {
        "np": np,
        "compute_gradient": RAVINE.gradient,
        "x": np.array(START),
        "learning_rate": params["learning_rate"],
        "first_moment": 0,
        "second_moment": 0,
        "grad_squared": 0,
        **settings,
    }
    path = [np.array(START)]
    for _ in range(params["n_steps"]):
        exec(body, scope)  # a constant of this file
        path.append(scope["x"].copy())
    return np.array(path)


def first_biases(params: Mapping[str, Any]) -> dict[str, float]:
    """Return estimate/truth − 1 of m and h after one update under the gradient 1, and of both corrected."""
    state = nn.Adam(beta1=params["beta1"], beta2=params["beta2"]).init(np.zeros(1))
    optimizer = nn.Adam(beta1=params["beta1"], beta2=params["beta2"])
    _, (m, h, _) = optimizer.update(np.zeros(1), np.ones(1), state, 1.0)
    estimates = {
        "m": m,
        "h": h,
        "m_corrected": m / (1 - params["beta1"]),
        "h_corrected": h / (1 - params["beta2"]),
    }
    return {name: float(estimate[0]) - 1 for name, estimate in estimates.items()}


def stream(params: Mapping[str, Any], generator: np.random.Generator) -> dict[str, np.ndarray]:
    """Feed noisy gradients, larger in the second half, to Adam; return what it keeps and how far it steps."""
    n = params["n_stream"]
    gradients = params["stream_mean"] + generator.standard_normal(n)
    gradients[n // 2 :] *= params["stream_factor"]
    optimizer = nn.Adam(beta1=params["beta1"], beta2=params["decay"])
    state, found = optimizer.init(np.zeros(1)), []
    for t, gradient in enumerate(gradients, start=1):
        step, state = optimizer.update(np.zeros(1), np.array([gradient]), state, 1.0)
        m, h = float(state[0][0]), float(state[1][0])
        m_hat, h_hat = m / (1 - optimizer.beta1**t), h / (1 - optimizer.beta2**t)
        found.append((gradient, m_hat, h_hat**0.5, h**0.5, -float(step[0])))
    return dict(zip(STREAM_NAMES, np.array(found).T, strict=True))


STREAM_NAMES = {
    "gradient": "gradient",
    "mean": "corrected first moment",
    "root": "root of the corrected second moment",
    "root_raw": "root of the second moment, not corrected",
    "step": "step over learning rate",
}


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate."""
    return dataset.isel(replicate=0, drop=True)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    half = summary.sizes["t"] // 2
    step, distance, bias = summary["step"].values, summary["distance"], summary["bias"]
    return {
        "bias": {
            "m": float(bias.sel(moment="m")),
            "h": float(bias.sel(moment="h")),
            "corrected": float(np.abs(bias.sel(moment=["m_corrected", "h_corrected"])).max()),
        },
        "limit": float(distance.sel(pair="limit_adagrad")),
        "momentum": float(distance.sel(pair="undivided_momentum")),
        "eps_printed": printed_eps(),
        "eps_paper": PAPER_EPS,
        "stream": {
            "step_early": float(np.sqrt((step[:half] ** 2).mean())),
            "step_late": float(np.sqrt((step[half + 150 :] ** 2).mean())),
        },
    }


# --- quantities ---


def distance(*pairs: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: the largest distance of the paths of these pairs."""
    return lambda dataset: float(dataset["distance"].sel(pair=list(pairs)).max())


def share_of_bias_left(dataset: xr.Dataset) -> float:
    """How much of the moments' bias the correction leaves: the larger of both, over what it was."""
    bias = dataset["bias"]
    left = [abs(float(bias.sel(moment=f"{name}_corrected") / bias.sel(moment=name))) for name in ("m", "h")]
    return max(left)


def parses(_dataset: xr.Dataset) -> float:
    """1 if the loop as transcribed is valid Python, else 0."""
    try:
        ast.parse(PRINTED_ADAM)
    except SyntaxError:
        return 0.0
    return 1.0


def printed_eps() -> float:
    """Return the number that the printed code adds to the root."""
    tree = ast.parse(mended(PRINTED_ADAM))
    (eps,) = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    )
    return float(eps)


# --- figure ---


def draw_parts(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw one stream of gradients, what the two moments make of it, and the steps that result."""
    figure, axes = style.subplots(3, 1, width="text", height=92, sharex=True, right=30, top=3, hspace=5)
    top, middle, bottom = axes
    t = summary["t"]
    top.plot(t, summary["gradient"], ".", color=style.color("muted"), markersize=2.5)
    style.line(top, t, summary["mean"], "momentum", label=words(FIRST))
    top.set_ylabel(words(GRADIENT))
    style.log_axis(middle, "y")
    style.line(middle, t, summary["root"], "rmsprop", label=words(SECOND))
    style.line(middle, t, summary["root_raw"], "third", linewidth=0.7)
    style.direct_label(middle, t[60], summary["root_raw"][60], words(UNCORRECTED), "third", side="below")
    middle.set_ylabel("√h")
    style.line(bottom, t, summary["step"], "adam", label=words(STEP))
    style.bound(bottom, 1.0)
    style.bound(bottom, -1.0)
    bottom.set_ylim(-1.6, 1.6)
    bottom.set_ylabel("Δx / η")
    bottom.set_xlabel(words(UPDATES))
    bottom.set_xlim(0, float(t[-1]))
    return figure


FIRST = Text(ko="m̂: 모멘텀에서", en="m̂, from momentum")
SECOND = Text(ko="√ĥ: RMSProp에서", en="√ĥ, from RMSProp")
UNCORRECTED = Text(ko="보정 없음", en="uncorrected")
STEP = Text(ko="m̂ ÷ √ĥ: Adam", en="m̂ over √ĥ: Adam")
GRADIENT = Text(ko="기울기", en="gradient")
UPDATES = Text(ko="갱신 횟수", en="updates")

# --- claims ---

ROUNDING = Text(
    ko="64비트 수의 반올림 오차는 쌓여도 이보다 작다.",
    en="Accumulated rounding of 64-bit numbers stays below this.",
)
PRINTED_UPDATE = "`x -= learning_rate * first_moment / (np.sqrt(second_moment) + 1e-7))`"
MENDED_UPDATE = "`x -= learning_rate * first_moment / (np.sqrt(second_moment) + 1e-7)`"

CLAIMS = (
    Claim(
        id="H01",
        says=Text(ko="Adam은 모멘텀과 RMSProp을 합친 것이다.", en="Adam is momentum and RMSProp combined."),
        source="Adam",
        checks=(
            Check(
                name="rmsprop",
                label=Text(
                    ko="$\\beta_1 = 0$이고 보정이 없는 Adam과 RMSProp의 경로 차이 (우리 구현, 슬라이드의 "
                    "코드)",
                    en="Adam with $\\beta_1 = 0$, uncorrected, against RMSProp (ours, and the slides' codes)",
                ),
                quantity=distance("adam_rmsprop", "printed_adam_rmsprop"),
                estimator="exact",
                relation="<=",
                bound=1e-12,
                because=ROUNDING,
            ),
            Check(
                name="momentum",
                label=Text(
                    ko="제곱근으로 나누지 않는 Adam과 학습률이 $(1-\\beta_1)\\eta$인 모멘텀의 경로 차이",
                    en="Adam without the division against momentum at the rate $(1-\\beta_1)\\eta$",
                ),
                quantity=distance("undivided_momentum"),
                estimator="exact",
                relation="<=",
                bound=1e-9,
                role="reports",
                because=Text(
                    ko="나눗셈을 없애려고 둔 $\\varepsilon=10^{12}$이 남기는 차이보다 크다.",
                    en="Above what $\\varepsilon=10^{12}$, which switches the division off, leaves.",
                ),
            ),
        ),
    ),
    Claim(
        id="H02",
        says=Text(
            ko="Adam은 AdaGrad와 RMSProp과 모멘텀을 더한 것이다.",
            en="Adam is AdaGrad plus RMSProp plus momentum.",
        ),
        source="Adam",
        better=Text(
            ko="Adam은 RMSProp과 모멘텀을 합친 것이다. AdaGrad는 따로 더할 재료가 아니라 $\\beta_2 \\to "
            "1$에서 RMSProp이 다가가는 극한이다.",
            en="Adam is RMSProp plus momentum. AdaGrad is no third ingredient but what RMSProp becomes as "
            "$\\beta_2 \\to 1$.",
        ),
        checks=(
            Check(
                name="ingredients",
                label=Text(
                    ko="같은 슬라이드의 두 문장 가운데 한쪽에만 적힌 재료의 수",
                    en="ingredients named in only one of the slide's two sentences",
                ),
                quantity=lambda _dataset: len(NAMED["H01"] ^ NAMED["H02"]),
                estimator="exact",
                relation="<=",
                bound=0.0,
                role="printed",
                because=Text(
                    ko="같은 방법을 설명하는 두 문장은 같은 재료를 적어야 한다.",
                    en="Two sentences about one method must name the same ingredients.",
                ),
                erratum=Erratum(
                    printed=Text(
                        ko="“AdaGrad + RMSProp+ Momentum”, 바로 위에는 “모멘텀과 RmsProp을 합침”",
                        en="“AdaGrad + RMSProp+ Momentum”, just below “momentum and RmsProp combined” (in "
                        "Korean)",
                    ),
                    correct=Text(ko="RMSProp + Momentum", en="RMSProp + Momentum"),
                    evidence=Text(
                        ko="$\\beta_1 = 0$인 Adam은 RMSProp과 같다(경로 차이 {H01.rmsprop.estimate:.1g}). "
                        "$\\beta_2 \\to 1$이면 그것이 AdaGrad가 된다(경로 차이 {adam_parts.limit:.0e}). "
                        "AdaGrad는 RMSProp 안에 이미 들어 있다.",
                        en="Adam with $\\beta_1 = 0$ is RMSProp (paths differ by "
                        "{H01.rmsprop.estimate:.1g}), and as $\\beta_2 \\to 1$ that becomes AdaGrad "
                        "({adam_parts.limit:.0e}): AdaGrad is in RMSProp already.",
                    ),
                    severity="slip",
                ),
            ),
            Check(
                name="limit",
                label=Text(
                    ko="$\\beta_1 = 0$, $\\beta_2 \\to 1$인 Adam과 AdaGrad의 경로 차이",
                    en="Adam with $\\beta_1 = 0$ and $\\beta_2 \\to 1$ against AdaGrad",
                ),
                quantity=distance("limit_adagrad"),
                estimator="exact",
                relation="<=",
                bound=1e-5,
                role="reports",
                because=Text(
                    ko="$1-\\beta_2=10^{-10}$이 남기는 차이보다 크고, 눈에 띄는 차이보다 작다.",
                    en="Above what $1-\\beta_2=10^{-10}$ leaves, below anything visible.",
                ),
            ),
        ),
    ),
    Claim(
        id="H03",
        says=Text(
            ko="Adam은 하이퍼파라미터의 편향성을 보장한다.",
            en="Adam guarantees the bias of the hyper-parameters.",
        ),
        source="Adam",
        better=Text(
            ko="Adam은 0에서 시작하는 두 이동 평균의 편향을 보정한다. 하이퍼파라미터에는 편향이 없다.",
            en="Adam corrects the bias of two moving averages that start at 0. Hyper-parameters have no "
            "bias.",
        ),
        checks=(
            Check(
                name="left",
                label=Text(
                    ko="두 모멘트의 편향 가운데 보정한 뒤에 남는 몫 (보장된다면 1)",
                    en="share of the moments' bias that is left by the correction (1 if it were guaranteed)",
                ),
                quantity=share_of_bias_left,
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=Text(
                    ko="보장한다는 것은 남긴다는 뜻이고, 보정한다는 것은 없앤다는 뜻이다.",
                    en="To guarantee is to keep, to correct is to remove.",
                ),
                erratum=Erratum(
                    printed=Text(
                        ko="“하이퍼파라미터의 ‘편향성’ 보장”",
                        en="“guarantees the ‘bias’ of hyper-parameters” (in Korean)",
                    ),
                    correct=Text(
                        ko="두 이동 평균(1차와 2차 모멘트 추정값)의 편향 **보정**",
                        en="corrects the bias of two moving averages, the estimates of the first and second "
                        "moment",
                    ),
                    evidence=Text(
                        ko="첫 갱신 뒤 $m$은 {adam_parts.bias.m:.0%}, $h$는 {adam_parts.bias.h:.1%} 치우쳐 "
                        "있고, 보정하면 0이 된다. 보정은 하이퍼파라미터의 값을 하나도 바꾸지 않는다.",
                        en="After one update $m$ is off by {adam_parts.bias.m:.0%} and $h$ by "
                        "{adam_parts.bias.h:.1%}; corrected, by nothing. No hyper-parameter changes its "
                        "value.",
                    ),
                    severity="misleading",
                    transcribed=True,
                ),
            ),
        ),
    ),
    Claim(
        id="H04",
        says=Text(
            ko="보정이 없는 Adam의 코드: 두 모멘트의 이동 평균, 그 비로 하는 갱신, $\\varepsilon = 10^{-7}$.",
            en="Adam's code without correction: moving averages of two moments, a step by their ratio, "
            "$\\varepsilon = 10^{-7}$.",
        ),
        source="Adam",
        better=Text(
            ko="닫는 괄호를 하나 지우면 코드는 보정이 없는 Adam이다. 논문이 권하는 $\\varepsilon$은 "
            "$10^{-8}$이다.",
            en="With one closing bracket less the code is Adam without correction. The paper recommends "
            "$\\varepsilon = 10^{-8}$.",
        ),
        checks=(
            Check(
                name="mended",
                label=Text(
                    ko="괄호를 고친 코드와 보정이 없는 Adam의 경로 차이",
                    en="the code with its brackets mended against Adam without correction",
                ),
                quantity=distance("printed_ours"),
                estimator="exact",
                relation="<=",
                bound=1e-12,
                role="validates",
                because=ROUNDING,
            ),
            Check(
                name="parses",
                label=Text(
                    ko="전사된 코드는 파이썬 문법에 맞는가 (1이면 그렇다)",
                    en="is the transcribed code valid Python? (1 = yes)",
                ),
                quantity=parses,
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=Text(
                    ko="문법에 맞지 않는 코드는 실행되지 않는다.", en="Code that does not parse does not run."
                ),
                erratum=Erratum(
                    printed=Text(ko=PRINTED_UPDATE, en=PRINTED_UPDATE),
                    correct=Text(ko=MENDED_UPDATE, en=MENDED_UPDATE),
                    evidence=Text(
                        ko="전사된 그대로는 문법 오류이다. 닫는 괄호가 하나 남는다. 같은 줄이 두 "
                        "슬라이드에 있다.",
                        en="A syntax error as transcribed: one closing bracket too many. The line stands "
                        "on two slides.",
                    ),
                    severity="slip",
                    transcribed=True,
                ),
            ),
            Check(
                name="eps",
                label=Text(
                    ko="코드의 $\\varepsilon$ ÷ 논문의 $\\varepsilon$",
                    en="$\\varepsilon$ of the code over the paper's",
                ),
                quantity=lambda _dataset: printed_eps() / PAPER_EPS,
                estimator="exact",
                relation="within",
                bound=(1.0, 1.0),
                role="printed",
                because=Text(
                    ko="코드 아래에 인용한 논문의 값과 같아야 한다.",
                    en="It should be that of the paper which is cited below the code.",
                ),
                erratum=Erratum(
                    printed=Text(ko="`1e-7`", en="`1e-7`"),
                    correct=Text(ko="`1e-8` (Kingma & Ba 2015)", en="`1e-8` (Kingma & Ba 2015)"),
                    evidence=Text(
                        ko="인쇄된 값은 논문이 권하는 값의 {H04.eps.estimate:.0f}배이다. 골짜기에서 두 "
                        "경로의 차이는 {H04.eps_path.estimate:.0e}에 지나지 않는다. $10^{{-7}}$을 기본값으로 "
                        "쓰는 라이브러리도 있다.",
                        en="The printed value is {H04.eps.estimate:.0f} times the one that the paper "
                        "recommends. On the ravine the two paths differ by {H04.eps_path.estimate:.0e} "
                        "only, and some libraries have $10^{{-7}}$ as default.",
                    ),
                    severity="slip",
                ),
            ),
            Check(
                name="eps_path",
                label=Text(
                    ko="골짜기에서 $\\varepsilon = 10^{-7}$과 $10^{-8}$의 경로 차이",
                    en="on the ravine, path with $\\varepsilon = 10^{-7}$ against $10^{-8}$",
                ),
                quantity=distance("eps"),
                estimator="exact",
                relation="<=",
                bound=1e-5,
                role="reports",
                because=Text(ko="눈에 띄는 차이보다 작다.", en="Below anything visible."),
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
    claims=CLAIMS,
    figures=(
        Figure(
            name="parts",
            caption=Text(
                ko="Adam의 두 부품. 위는 잡음이 섞인 기울기(점)와 그 이동 평균 $\\hat m$, 가운데는 크기의 "
                "이동 평균 $\\sqrt{{\\hat h}}$, 아래는 둘의 비인 걸음이다. 기울기가 갑자기 열 배가 되어도 "
                "걸음의 길이는 곧 제자리로 돌아온다. $\\beta_1 = 0.9$, $\\beta_2 = 0.99$.",
                en="Adam's two parts. Top: noisy gradients (dots) and their moving average $\\hat m$; "
                "middle: the moving average of their size, $\\sqrt{{\\hat h}}$; bottom: the step, their "
                "ratio. When gradients grow tenfold at once, the length of the steps soon returns. "
                "$\\beta_1 = 0.9$, $\\beta_2 = 0.99$.",
            ),
            alt=Text(
                ko="같은 시간 축의 세 칸. 기울기가 열 배가 되기 전과 150번 갱신이 지난 뒤에 Adam의 걸음은 "
                "제곱평균제곱근으로 학습률의 {adam_parts.stream.step_early:.2f}배와 "
                "{adam_parts.stream.step_late:.2f}배이다.",
                en="Three panels on one time axis. Before the gradients grow tenfold, and from 150 updates "
                "after it on, the RMS of Adam's steps is {adam_parts.stream.step_early:.2f} and "
                "{adam_parts.stream.step_late:.2f} times the learning rate.",
            ),
            draw=draw_parts,
        ),
    ),
)
