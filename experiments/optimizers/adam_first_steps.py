"""Adam's first steps: how long they are with and without bias correction, and what that does to training.

The step gain |Δx|/η under a constant gradient is exact; the training part is 4 × 100 ReLU-He on digits, batch 100, with
three β₂ and three learning rates, each with and without correction from the same weights and batches.

Values for prose: ``gain.first_without``, ``gain.peak_without``, ``gain.peak_step``, ``gain.first_with``;
``worst.<setting>_<with|without>`` (median largest loss of the first 30 updates; setting like ``b999_lr01`` for β₂ = 0.999,
η = 0.01); ``ratio.<setting>``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import adam_step_gain

# Quoted from the slide, as transcribed: indentation and brackets are the transcription's.
PRINTED_CORRECTION = """for t in range(1, num_iterations):
    dx = compute_gradient(x)
    first_moment = beta1 * first_moment + (1 - beta1) * dx
    second_moment = beta2 * second_moment + (1 - beta2) * dx * dx

first_unbias = first_moment / (1 - beta1 ** t)
    second_unbias = second_moment / (1 - beta2 ** t)

x -= learning_rate * first_unbias / (np.sqrt(second_unbias) + 1e-7))"""

PARAMS = {
    "beta1": 0.9,
    "beta2s": (0.99, 0.999, 0.9999),
    "learning_rates": (0.001, 0.003, 0.01),
    "width": 100,
    "n_hidden": 4,
    "batch_size": 100,
    "n_first": 30,
    "n_steps": 300,
    "n_gain": 3000,
    "gradients": (-1000.0, -30.0, -1.0, 1.0, 30.0, 1000.0),
}
CORRECTION = {"with": True, "without": False}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Take single steps on constant gradients, and train with and without correction in every setting."""
    settings = [(b, r, c) for b in params["beta2s"] for r in params["learning_rates"] for c in CORRECTION.values()]
    arms = [
        nn.Arm(
            network=nn.Network(widths=(64, *[params["width"]] * params["n_hidden"], 10)),
            optimizer=nn.Adam(beta1=params["beta1"], beta2=beta2, bias_correction=corrected),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for beta2, rate, corrected in settings
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    shape = (len(replicates), len(params["beta2s"]), len(params["learning_rates"]), len(CORRECTION), -1)
    gains = [step_gains(params, corrected) for corrected in CORRECTION.values()]
    theory = [
        adam_step_gain(np.arange(1, params["n_gain"] + 1), beta1=params["beta1"], bias_correction=corrected)
        for corrected in CORRECTION.values()
    ]
    exact = xr.Dataset(
        {
            "gain": (("correction", "gradient", "t"), np.array(gains), _meta("step length over learning rate", "1")),
            "theory_gain": (("correction", "t"), np.array(theory), _meta("the same, closed form", "1")),
        }
    ).expand_dims(replicate=len(replicates))
    dims = ("replicate", "beta2", "rate", "correction", "step")
    return exact.assign(loss=(dims, history.loss.reshape(shape), _meta("batch loss before each update", "nat"))).assign_coords(
        replicate=[replicate.index for replicate in replicates],
        beta2=list(params["beta2s"]),
        rate=list(params["learning_rates"]),
        correction=list(CORRECTION),
        gradient=list(params["gradients"]),
        t=np.arange(1, params["n_gain"] + 1),
    )


def step_gains(params: Mapping[str, Any], corrected: bool) -> np.ndarray:
    """Return |Δx|/η at each step under each constant gradient, β₂ = 0.999; (n_gradients, n_gain)."""
    optimizer = nn.Adam(beta1=params["beta1"], beta2=0.999, bias_correction=corrected)
    gradients = np.array(params["gradients"])
    rate = 1e-3
    path = nn.descend(optimizer, lambda _: gradients, np.zeros(gradients.size), rate, params["n_gain"])
    return (np.abs(np.diff(path, axis=0)) / rate).T


def worst_loss(dataset: xr.Dataset) -> xr.DataArray:
    """Largest batch loss after each of the first 30 updates; (replicate, beta2, rate, correction)."""
    return dataset.loss.isel(step=slice(1, PARAMS["n_first"] + 1)).max("step")


def worst_ratio(beta2: float, rate: float) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: the largest early loss with correction over that without, in one setting."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        worst = worst_loss(dataset).sel(beta2=beta2, rate=rate)
        return (worst.sel(correction="with") / worst.sel(correction="without")).values

    return quantity


def gain_error(dataset: xr.Dataset) -> float:
    """Largest relative distance of the first step without correction from (1 − β₁)/√(1 − β₂), over all gradients."""
    data = dataset.isel(replicate=0, t=0).sel(correction="without")
    return float(np.abs(data.gain / data.theory_gain - 1).max())


def corrected_gain_error(dataset: xr.Dataset) -> float:
    """Largest distance of the first step with correction from the learning rate, over all gradients."""
    return float(np.abs(dataset.gain.isel(replicate=0, t=0).sel(correction="with") - 1).max())


def parses(_: xr.Dataset) -> float:
    """1 if the loop as transcribed is valid Python, else 0."""
    try:
        ast.parse(PRINTED_CORRECTION)
    except SyntaxError:
        return 0.0
    return 1.0


def iterations_short(_: xr.Dataset) -> float:
    """How many iterations the printed range leaves out of the ``num_iterations`` that its name promises."""
    num_iterations = 100
    return float(num_iterations - len(range(1, num_iterations)))


def setting_name(beta2: float, rate: float) -> str:
    """Return a name such as b999_lr01 for β₂ = 0.999, η = 0.01."""
    return f"b{f'{beta2:g}'.split('.')[1]}_lr{f'{rate:g}'.split('.')[1]}"


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """The exact gains once; medians and ranges over replicates of the losses."""
    worst = worst_loss(dataset)
    early = dataset.loss.isel(step=slice(0, params["n_first"] + 1))
    return xr.Dataset(
        {
            "gain": dataset.gain.isel(replicate=0, gradient=-1),
            "theory_gain": dataset.theory_gain.isel(replicate=0),
            "worst": worst.median("replicate"),
            "ratio": (worst.sel(correction="with") / worst.sel(correction="without")).median("replicate"),
            "early": early.median("replicate"),
            "early_low": early.min("replicate"),
            "early_high": early.max("replicate"),
        },
        attrs={"n": dataset.sizes["replicate"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    settings = [(b, r) for b in summary.beta2.values for r in summary.rate.values]
    without = summary.gain.sel(correction="without")
    return {
        "gain": {
            "first_without": float(without[0]),
            "peak_without": float(without.max()),
            "peak_step": float(without.idxmax("t")),
            "first_with": float(summary.gain.sel(correction="with")[0]),
        },
        "worst": {
            f"{setting_name(b, r)}_{c}": float(summary.worst.sel(beta2=b, rate=r, correction=c))
            for b, r in settings
            for c in CORRECTION
        },
        "ratio": {setting_name(b, r): float(summary.ratio.sel(beta2=b, rate=r)) for b, r in settings},
    }


def draw_gain(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the step gain against t, with and without correction, over the closed form."""
    figure, axis = style.subplots(width="text", height=54)
    for correction, role, label in (("without", "large", WITHOUT), ("with", "adam", WITH)):
        gain = summary.gain.sel(correction=correction)
        style.theory(axis, summary.t, summary.theory_gain.sel(correction=correction))
        axis.plot(summary.t, gain, color=style.color(role), linewidth=1.1)
        style.direct_label(axis, 300, float(gain[299]), words(label), role)
    style.log_axis(axis, "x")
    axis.set_ylim(0, 8)
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(GAIN))
    return figure


def draw_losses(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the loss of the first 30 updates in the nine settings, with and without correction."""
    figure, axes = style.subplots(3, 3, width="wide", height=104, sharex=True, sharey=True, hspace=6, wspace=3)
    for row, beta2 in zip(axes, summary.beta2.values, strict=True):
        for axis, rate in zip(row, summary.rate.values, strict=True):
            for correction, role in (("without", "large"), ("with", "adam")):
                cut = summary.sel(beta2=beta2, rate=rate, correction=correction)
                style.band(axis, np.arange(cut.sizes["step"]), cut.early, cut.early_low, cut.early_high, role)
            style.panel_title(axis, f"β₂ = {beta2:g}, η = {rate:g}")
    style.log_axis(axes[0, 0], "y")
    last = summary.sel(beta2=summary.beta2[-1], rate=summary.rate[-1])
    for correction, role, label in (("without", "large", WITHOUT), ("with", "adam", WITH)):
        style.direct_label(axes[-1, -1], 30, float(last.early.sel(correction=correction)[-1]), words(label), role)
    for axis in axes[-1]:
        axis.set_xlabel(words(STEP))
    for axis in axes[:, 0]:
        axis.set_ylabel(words(LOSS))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


STEP = Text(ko="갱신 횟수", en="update")
GAIN = Text(ko="|Δx| / 학습률", en="|Δx| / learning rate")
LOSS = Text(ko="손실", en="loss")
WITH = Text(ko="보정 있음", en="with correction")
WITHOUT = Text(ko="보정 없음", en="without correction")

EPSILON = Text(
    ko="분모의 ε = 10⁻⁸이 남기는 차이보다 크다", en="above what ε = 10⁻⁸ in the denominator leaves"
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="H05",
            says=Text(
                ko="퀴즈: 편향 보정이 없는 Adam은 첫 시점에 무슨 일을 하는가? 모멘트가 0에서 시작하므로 첫걸음의 크기가 학습률과 달라진다.",
                en="Quiz: what does Adam without bias correction do at the first time step? Its moments start at 0, so the first step is not of the size of the learning rate.",
            ),
            source="Adam (Q: What happens at first timestep?)",
            better=Text(
                ko="첫걸음은 기울기와 상관없이 학습률의 $(1-\\beta_1)/\\sqrt{1-\\beta_2}$배이다.",
                en="Whatever the gradient, the first step is $(1-\\beta_1)/\\sqrt{1-\\beta_2}$ times the learning rate.",
            ),
            checks=(
                Check(
                    name="first_step",
                    label=Text(
                        ko="첫걸음의 크기와 이론 $(1-\\beta_1)/\\sqrt{1-\\beta_2}$의 상대 차이",
                        en="first step against $(1-\\beta_1)/\\sqrt{1-\\beta_2}$, relative difference",
                    ),
                    quantity=gain_error,
                    estimator="exact",
                    relation="<=",
                    bound=1e-5,
                    because=EPSILON,
                ),
                Check(
                    name="peak",
                    label=Text(ko="t = 1…3000에서 가장 큰 걸음 / 학습률", en="largest step for t = 1 … 3000 / learning rate"),
                    quantity=lambda dataset: float(dataset.gain.isel(replicate=0, gradient=-1).sel(correction="without").max()),
                    estimator="exact",
                    relation=">=",
                    bound=1.0,
                    role="reports",
                    because=Text(ko="1이면 걸음이 학습률과 같다", en="at 1 the step equals the learning rate"),
                ),
            ),
        ),
        Claim(
            id="H06",
            says=Text(
                ko="편향 보정은 모멘트가 0에서 시작하는 것을 메운다.",
                en="Bias correction makes up for moments that start at 0.",
            ),
            source="Adam (bias correction)",
            better=Text(
                ko="편향 보정은 첫걸음을 학습률로 되돌린다. 그 때문에 초기 손실이 낮아지는 것은 보정이 없을 때 손실이 튈 만큼 걸음이 큰 설정에서이다. 보정과 갱신은 반복문 안에 있어야 한다.",
                en="Bias correction brings the first step back to the learning rate. Early losses fall because of it only in settings where the uncorrected steps are large enough to throw the loss up. Correction and update belong inside the loop.",
            ),
            checks=(
                Check(
                    name="first_step",
                    label=Text(ko="보정한 첫걸음 / 학습률 − 1", en="corrected first step / learning rate − 1"),
                    quantity=corrected_gain_error,
                    estimator="exact",
                    relation="<=",
                    bound=1e-5,
                    because=EPSILON,
                ),
                *(
                    Check(
                        name=setting_name(beta2, rate),
                        label=Text(
                            ko=f"처음 30번의 가장 큰 손실, 보정 / 없음 (β₂ = {beta2:g}, η = {rate:g})",
                            en=f"largest loss of the first 30 updates, with / without (β₂ = {beta2:g}, η = {rate:g})",
                        ),
                        quantity=worst_ratio(beta2, rate),
                        estimator="median",
                        scale="log",
                        relation="<=",
                        bound=1.0,
                        because=Text(
                            ko="1보다 작으면 보정이 초기 손실을 낮춘다", en="below 1, correction lowers the early loss"
                        ),
                    )
                    for beta2 in PARAMS["beta2s"]
                    for rate in PARAMS["learning_rates"]
                ),
                Check(
                    name="parses",
                    label=Text(ko="전사된 코드가 파이썬으로 읽히는가 (1이면 그렇다)", en="is the transcribed code valid Python? (1 = yes)"),
                    quantity=parses,
                    estimator="exact",
                    relation=">=",
                    bound=1.0,
                    role="printed",
                    because=Text(ko="읽히지 않는 코드는 실행되지 않는다", en="code that does not parse does not run"),
                    erratum=Erratum(
                        printed=Text(
                            ko="`x -= learning_rate * first_unbias / (np.sqrt(second_unbias) + 1e-7))` (반복문 밖)",
                            en="`x -= learning_rate * first_unbias / (np.sqrt(second_unbias) + 1e-7))` (outside the loop)",
                        ),
                        correct=Text(
                            ko="닫는 괄호 하나를 지우고, 보정 두 줄과 갱신을 반복문 안으로 들여쓴다.",
                            en="Remove one closing bracket, and indent both corrections and the update into the loop.",
                        ),
                        evidence=Text(
                            ko="전사된 그대로는 파이썬 구문 오류이다. 들여쓰기를 전사된 대로 두면 갱신이 반복이 끝난 뒤 한 번만 일어난다.",
                            en="As transcribed it is a syntax error; with the update outside the loop, x would move once, after the last iteration.",
                        ),
                        severity="wrong",
                        transcribed=True,
                    ),
                ),
                Check(
                    name="iterations",
                    label=Text(ko="range(1, num_iterations)가 빠뜨리는 반복의 수", en="iterations that range(1, num_iterations) leaves out"),
                    quantity=iterations_short,
                    estimator="exact",
                    relation="<=",
                    bound=0.0,
                    role="printed",
                    because=Text(
                        ko="이름대로라면 num_iterations번 반복해야 한다", en="by its name, num_iterations iterations are meant"
                    ),
                    erratum=Erratum(
                        printed=Text(ko="`for t in range(1, num_iterations):`", en="`for t in range(1, num_iterations):`"),
                        correct=Text(
                            ko="`for t in range(1, num_iterations + 1):`", en="`for t in range(1, num_iterations + 1):`"
                        ),
                        evidence=Text(
                            ko="인쇄된 반복은 {H06.iterations.estimate:.0f}번 모자란다.",
                            en="The printed loop runs {H06.iterations.estimate:.0f} iteration short.",
                        ),
                        severity="slip",
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="gain",
            caption=Text(
                ko="보정이 없으면 Adam의 걸음은 학습률의 {adam_first_steps.gain.first_without:.2f}배로 시작해 {adam_first_steps.gain.peak_without:.1f}배까지 커진다. 일정한 기울기, $\\beta_1 = 0.9$, $\\beta_2 = 0.999$; 가는 선은 닫힌 꼴이다.",
                en="Without correction Adam's steps start at {adam_first_steps.gain.first_without:.2f} times the learning rate and grow to {adam_first_steps.gain.peak_without:.1f} times. Constant gradient, $\\beta_1 = 0.9$, $\\beta_2 = 0.999$; the thin line is the closed form.",
            ),
            alt=Text(
                ko="걸음의 크기. 보정이 없으면 {adam_first_steps.gain.first_without:.2f}에서 시작해 {adam_first_steps.gain.peak_step:.0f}번째에 {adam_first_steps.gain.peak_without:.1f}까지 커졌다가 1로 돌아온다. 보정하면 늘 1이다.",
                en="Step length over learning rate: without correction it starts at {adam_first_steps.gain.first_without:.2f}, peaks at {adam_first_steps.gain.peak_without:.1f} at update {adam_first_steps.gain.peak_step:.0f} and returns to 1; with correction it is always 1.",
            ),
            draw=draw_gain,
        ),
        Figure(
            name="losses",
            width="wide",
            caption=Text(
                ko="처음 30번의 손실, 보정이 있을 때와 없을 때. 4 × 100 ReLU-He, 중앙값과 범위, n = {n}.",
                en="The loss of the first 30 updates with and without correction. 4 × 100 ReLU-He, median and range, n = {n}.",
            ),
            alt=Text(
                ko="아홉 설정의 초기 손실. β₂ = 0.9999, η = 0.01에서 가장 큰 손실의 중앙값은 보정하면 {adam_first_steps.worst.b9999_lr01_with:.2f}, 하지 않으면 {adam_first_steps.worst.b9999_lr01_without:.2f}이다.",
                en="Early losses in nine settings. At β₂ = 0.9999, η = 0.01 the median largest loss is {adam_first_steps.worst.b9999_lr01_with:.2f} with correction and {adam_first_steps.worst.b9999_lr01_without:.2f} without.",
            ),
            draw=draw_losses,
        ),
    ),
)
