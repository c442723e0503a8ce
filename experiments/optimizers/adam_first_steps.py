"""Adam's first steps: how long they are with and without bias correction, and what that does to training.

The step |Δx|/η under a constant gradient is exact (β₁ = 0.9, β₂ = 0.999). The training part is 4 × 100
ReLU-He on digits, batch 100, with three β₂ and three learning rates, each with and without correction from
the same weights and batches; what counts is the largest batch loss after any of the first 30 updates.

Values for prose: ``gain.first_without``, ``gain.peak_without``, ``gain.peak_step``, ``gain.first_with``;
``worst.<setting>_with``, ``worst.<setting>_without`` (median largest loss of the first 30 updates; a
setting is ``b999_lr01`` for β₂ = 0.999, η = 0.01) and ``ratio.<setting>`` (median of with over without).
"""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import adam_step_gain

# Quoted from the slide, as transcribed: indentation and brackets are the transcription's.
PRINTED_LOOP = """\
for t in range(1, num_iterations):
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
    "n_gain": 3000,
    "gradients": (-1000.0, -30.0, -1.0, 1.0, 30.0, 1000.0),
}
CORRECTION = {"with": True, "without": False}
GAIN_BETA2 = 0.999


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Step along constant gradients, and train with and without correction in every setting."""
    beta2s, rates = params["beta2s"], params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(widths=(64, *[params["width"]] * params["n_hidden"], 10)),
            optimizer=nn.Adam(beta1=params["beta1"], beta2=beta2, bias_correction=corrected),
            learning_rate=rate,
            n_steps=params["n_first"] + 1,  # the loss after an update is seen before the next one
            batch_size=params["batch_size"],
        )
        for beta2 in beta2s
        for rate in rates
        for corrected in CORRECTION.values()
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    loss = history.loss.reshape(len(replicates), len(beta2s), len(rates), len(CORRECTION), -1)
    gains = [step_gains(params, corrected) for corrected in CORRECTION.values()]
    t = np.arange(1, params["n_gain"] + 1)
    theory = [
        adam_step_gain(t, beta1=params["beta1"], beta2=GAIN_BETA2, bias_correction=corrected)
        for corrected in CORRECTION.values()
    ]
    dims = ("replicate", "beta2", "rate", "correction", "step")
    return xr.Dataset(
        {
            "loss": variable(dims, loss, "batch loss before each update", units="nat"),
            "gain": variable(("correction", "gradient", "t"), np.array(gains), "step over learning rate"),
            "theory_gain": variable(("correction", "t"), np.array(theory), "the same, closed form"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "beta2": list(beta2s),
            "rate": list(rates),
            "correction": list(CORRECTION),
            "gradient": list(params["gradients"]),
            "t": t,
        },
    )


def step_gains(params: Mapping[str, Any], corrected: bool) -> np.ndarray:
    """Return |Δx|/η at each step along each constant gradient; (n_gradients, n_gain)."""
    optimizer = nn.Adam(beta1=params["beta1"], beta2=GAIN_BETA2, bias_correction=corrected)
    gradients = np.array(params["gradients"])
    rate = 1e-3
    path = nn.descend(optimizer, lambda _: gradients, np.zeros(gradients.size), rate, params["n_gain"])
    return np.asarray((np.abs(np.diff(path, axis=0)) / rate).T)


def worst_loss(dataset: xr.Dataset) -> xr.DataArray:
    """Largest batch loss after any of the first updates; (replicate, beta2, rate, correction)."""
    return dataset["loss"].isel(step=slice(1, None)).max("step")


def with_over_without(worst: xr.DataArray) -> xr.DataArray:
    """Return the largest early loss with correction over that without."""
    return worst.sel(correction="with", drop=True) / worst.sel(correction="without", drop=True)


def setting_name(beta2: float, rate: float) -> str:
    """Return a name such as b999_lr01 for β₂ = 0.999, η = 0.01."""
    return f"b{f'{beta2:g}'.split('.')[1]}_lr{f'{rate:g}'.split('.')[1]}"


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """The exact gains as they are; medians and ranges over replicates of the losses."""
    worst = worst_loss(dataset)
    return xr.Dataset(
        {
            "gain": dataset["gain"].isel(gradient=-1, drop=True),
            "theory_gain": dataset["theory_gain"],
            "worst": worst.median("replicate"),
            "ratio": with_over_without(worst).median("replicate"),
            "loss": dataset["loss"].median("replicate"),
            "loss_low": dataset["loss"].min("replicate"),
            "loss_high": dataset["loss"].max("replicate"),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    settings = [(beta2, rate) for beta2 in summary["beta2"].values for rate in summary["rate"].values]
    without, ratio, worst = summary["gain"].sel(correction="without"), summary["ratio"], summary["worst"]
    return {
        "gain": {
            "first_without": float(without[0]),
            "peak_without": float(without.max()),
            "peak_step": int(without.idxmax("t")),
            "first_with": float(summary["gain"].sel(correction="with")[0]),
        },
        "worst": {
            f"{setting_name(beta2, rate)}_{correction}": float(
                worst.sel(beta2=beta2, rate=rate, correction=correction)
            )
            for beta2, rate in settings
            for correction in CORRECTION
        },
        "ratio": {
            setting_name(beta2, rate): float(ratio.sel(beta2=beta2, rate=rate)) for beta2, rate in settings
        },
    }


# --- quantities ---


def worst_ratio(beta2: float, rate: float) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: the largest early loss with correction over that without, in one setting."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(with_over_without(worst_loss(dataset)).sel(beta2=beta2, rate=rate))

    return quantity


def first_gain_error(dataset: xr.Dataset, correction: str) -> float:
    """Largest relative distance of the first step from theory, over all gradients."""
    first = dataset.sel(correction=correction).isel(t=0)
    return float(np.abs(first["gain"] / first["theory_gain"] - 1).max())


def peak_gain(dataset: xr.Dataset) -> float:
    """Longest step without correction, over the learning rate."""
    return float(dataset["gain"].isel(gradient=-1).sel(correction="without").max())


def parses(_dataset: xr.Dataset) -> float:
    """1 if the loop as transcribed is valid Python, else 0."""
    try:
        ast.parse(PRINTED_LOOP)
    except SyntaxError:
        return 0.0
    return 1.0


def update_is_in_loop(_dataset: xr.Dataset) -> float:
    """1 if the update of x stands in the loop once the syntax is mended, else 0.

    Mended: the last bracket is dropped, and a line indented under one that opens no block stands beside it.
    """
    one_bracket = PRINTED_LOOP.replace("+ 1e-7))", "+ 1e-7)")
    mended = re.sub(r"^(first_unbias.*\n) +", r"\1", one_bracket, flags=re.MULTILINE)
    loop = next(node for node in ast.parse(mended).body if isinstance(node, ast.For))
    return float(any(isinstance(node, ast.AugAssign) for node in ast.walk(loop)))


def iterations_short(_dataset: xr.Dataset) -> float:
    """How many of the iterations that its name promises the printed range leaves out."""
    num_iterations = 100
    header = ast.parse(PRINTED_LOOP.partition("\n")[0] + " pass").body[0]
    assert isinstance(header, ast.For)
    passes = eval(ast.unparse(header.iter), {}, {"num_iterations": num_iterations})  # a constant of this file
    return float(num_iterations - len(passes))


# --- figures ---


def draw_gain(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the step against t, with and without correction, over the closed form."""
    figure, axis = style.subplots(width="text", height=56, right=22, top=3)
    style.log_axis(axis, "x")
    for correction, (role, name) in ROLES.items():
        gain = summary["gain"].sel(correction=correction)
        style.line(axis, summary["t"], gain, role, label=words(name), linewidth=1.8)
        style.theory(axis, summary["t"], summary["theory_gain"].sel(correction=correction))
    without = summary["gain"].sel(correction="without")
    peak = without.idxmax("t")
    style.direct_label(axis, peak, without.sel(t=peak), f"{float(without.max()):.1f}", "third", side="above")
    style.direct_label(axis, 1, without[0], f"{float(without[0]):.2f}", "third")
    axis.set_xlim(0.8, float(summary["t"][-1]))
    axis.set_ylim(0, 1.2 * float(without.max()))
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(GAIN))
    return figure


def draw_losses(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the loss of the first updates in the nine settings, with and without correction."""
    figure, axes = style.subplots(3, 3, width="wide", height=88, sharex=True, sharey=True, right=19, hspace=7)
    updates = np.arange(summary.sizes["step"])
    style.log_axis(axes[0, 0], "y")
    for row, beta2 in zip(axes, summary["beta2"].values, strict=True):
        for axis, rate in zip(row, summary["rate"].values, strict=True):
            for correction, (role, name) in ROLES.items():
                cut = summary.sel(beta2=beta2, rate=rate, correction=correction)
                label = words(name) if axis is row[-1] else None
                style.band(axis, updates, cut["loss"], cut["loss_low"], cut["loss_high"], role, label=label)
            style.panel_title(axis, f"β₂ = {beta2:g}, η = {rate:g}")
            ratio = float(summary["ratio"].sel(beta2=beta2, rate=rate))
            style.note(axis, f"×{ratio:.2f}", x=0.97)
    for axis in axes[-1]:
        axis.set_xlabel(words(STEP))
    for axis in axes[:, 0]:
        axis.set_ylabel(words(LOSS))
    return figure


STEP = Text(ko="갱신 횟수", en="updates")
GAIN = Text(ko="걸음 |Δx| ÷ 학습률", en="step |Δx| over learning rate")
LOSS = Text(ko="손실", en="loss")
ROLES = {
    "without": ("third", Text(ko="보정 없음", en="uncorrected")),
    "with": ("adam", Text(ko="보정 있음", en="corrected")),
}

EPSILON = Text(
    ko="분모에 더하는 $\\varepsilon=10^{-8}$이 남기는 차이보다 크다.",
    en="Above what $\\varepsilon=10^{-8}$ in the denominator leaves.",
)
LOWER = Text(
    ko="1보다 작으면 보정한 쪽의 손실이 더 낮다. 2 % 안쪽이면 차이가 없는 것으로 본다.",
    en="Below 1 the loss is lower with correction; within 2 % there is no difference worth the name.",
)
PRINTED_UPDATE = "`x -= learning_rate * first_unbias / (np.sqrt(second_unbias) + 1e-7))`"
MENDED_UPDATE = "`x -= learning_rate * first_unbias / (np.sqrt(second_unbias) + 1e-7)`"

CLAIMS = (
    Claim(
        id="H05",
        says=Text(
            ko="퀴즈: 두 모멘트의 추정값이 0에서 시작하는 Adam은 첫 시점에 어떻게 움직이는가?",
            en="Quiz: what does Adam do at its first time step, both moment estimates starting at 0?",
        ),
        source="Adam (Q: What happens at first timestep?)",
        better=Text(
            ko="보정이 없으면 첫걸음은 기울기와 상관없이 학습률의 "
            "$(1-\\beta_1)/\\sqrt{1-\\beta_2}$배이다($\\varepsilon$을 무시할 때).",
            en="Without correction the first step is $(1-\\beta_1)/\\sqrt{1-\\beta_2}$ times the "
            "learning rate, whatever the gradient ($\\varepsilon$ aside).",
        ),
        checks=(
            Check(
                name="first_step",
                label=Text(
                    ko="첫걸음과 이론 $\\eta(1-\\beta_1)/\\sqrt{1-\\beta_2}$의 상대적 차이",
                    en="first step against $\\eta(1-\\beta_1)/\\sqrt{1-\\beta_2}$, relative difference",
                ),
                quantity=lambda dataset: first_gain_error(dataset, "without"),
                estimator="exact",
                relation="<=",
                bound=1e-5,
                because=EPSILON,
            ),
            Check(
                name="peak",
                label=Text(
                    ko="t = 1…3000에서 가장 긴 걸음 ÷ 학습률",
                    en="longest step for t = 1 … 3000 over learning rate",
                ),
                quantity=peak_gain,
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="reports",
                because=Text(ko="1이면 걸음이 학습률과 같다.", en="At 1 the step equals the learning rate."),
            ),
        ),
    ),
    Claim(
        id="H06",
        says=Text(
            ko="편향 보정은 두 모멘트의 추정값이 0에서 시작하는 것을 바로잡는다.",
            en="Bias correction makes up for moment estimates that start at 0.",
        ),
        source="Adam (bias correction)",
        better=Text(
            ko="편향 보정은 첫걸음을 학습률로 되돌린다. 초기 손실이 그 때문에 낮아지는지는 보정하지 "
            "않은 걸음이 얼마나 긴지, 곧 $\\beta_2$와 학습률에 달려 있다. 보정과 갱신은 반복문 안에 "
            "두어야 한다.",
            en="Bias correction brings the first step back to the learning rate. Whether early losses "
            "fall because of it depends on how long the uncorrected steps are, that is on $\\beta_2$ "
            "and the learning rate. Correction and update belong inside the loop.",
        ),
        checks=(
            Check(
                name="first_step",
                label=Text(
                    ko="보정한 첫걸음과 학습률의 상대적 차이",
                    en="corrected first step against the learning rate, relative",
                ),
                quantity=lambda dataset: first_gain_error(dataset, "with"),
                estimator="exact",
                relation="<=",
                bound=1e-5,
                because=EPSILON,
            ),
            *(
                Check(
                    name=setting_name(beta2, rate),
                    label=Text(
                        ko=f"처음 30번의 갱신에서 가장 큰 손실: 보정 ÷ 없음 (β₂ = {beta2:g}, η = {rate:g})",
                        en=f"largest loss of the first 30 updates, with over without (β₂ = {beta2:g}, η "
                        f"= {rate:g})",
                    ),
                    quantity=worst_ratio(beta2, rate),
                    estimator="median",
                    scale="log",
                    relation="<=",
                    bound=1.0,
                    sesoi=0.02,
                    because=LOWER,
                )
                for beta2 in (0.99, 0.999, 0.9999)
                for rate in (0.001, 0.003, 0.01)
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
                        ko="전사된 그대로는 문법 오류이다. 닫는 괄호가 하나 남고, 보정하는 두 줄의 "
                        "들여쓰기가 서로 다르다.",
                        en="A syntax error as transcribed: one closing bracket too many, and the two "
                        "lines of the correction are indented differently.",
                    ),
                    severity="slip",
                    transcribed=True,
                ),
            ),
            Check(
                name="placement",
                label=Text(
                    ko="문법만 고치면 x의 갱신이 반복문 안에 있는가 (1이면 그렇다)",
                    en="with the syntax mended, does the update of x stand in the loop? (1 = yes)",
                ),
                quantity=update_is_in_loop,
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=Text(
                    ko="갱신은 반복할 때마다 일어나야 한다.",
                    en="The update belongs to every pass of the loop.",
                ),
                erratum=Erratum(
                    printed=Text(
                        ko="반복문 밖에 있는 `first_unbias = …`, `second_unbias = …`, `x -= …`",
                        en="`first_unbias = …`, `second_unbias = …` and `x -= …` outside the loop",
                    ),
                    correct=Text(
                        ko="세 줄을 모두 반복문 안으로 들여쓴다.",
                        en="All three lines indented into the loop.",
                    ),
                    evidence=Text(
                        ko="들여쓰기를 전사된 대로 두면 $x$는 반복이 모두 끝난 뒤 한 번만 움직인다.",
                        en="Indented as transcribed, $x$ moves once, after the last pass of the loop.",
                    ),
                    severity="wrong",
                    transcribed=True,
                ),
            ),
            Check(
                name="iterations",
                label=Text(
                    ko="num_iterations번 가운데 인쇄된 반복문이 빠뜨리는 횟수",
                    en="passes, of num_iterations, that the printed loop leaves out",
                ),
                quantity=iterations_short,
                estimator="exact",
                relation="<=",
                bound=0.0,
                role="printed",
                because=Text(
                    ko="이름대로라면 num_iterations번 반복해야 한다.",
                    en="By its name, num_iterations passes are meant.",
                ),
                erratum=Erratum(
                    printed=Text(
                        ko="`for t in range(1, num_iterations):`", en="`for t in range(1, num_iterations):`"
                    ),
                    correct=Text(
                        ko="`for t in range(1, num_iterations + 1):`",
                        en="`for t in range(1, num_iterations + 1):`",
                    ),
                    evidence=Text(
                        ko="인쇄된 반복문은 num_iterations보다 {H06.iterations.estimate:.0f}번 적게 돈다.",
                        en="The printed loop falls {H06.iterations.estimate:.0f} short of num_iterations.",
                    ),
                    severity="slip",
                ),
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
            name="gain",
            caption=Text(
                ko="기울기가 일정할 때 Adam의 걸음. 보정하지 않으면 학습률의 "
                "{adam_first_steps.gain.first_without:.2f}배로 시작하고, 가장 긴 걸음은 "
                "{adam_first_steps.gain.peak_step}번째의 "
                "{adam_first_steps.gain.peak_without:.1f}배이다. 가는 선은 닫힌 식이다. "
                "$\\beta_1=0.9$, $\\beta_2=0.999$.",
                en="Adam's steps under a constant gradient. Uncorrected they start at "
                "{adam_first_steps.gain.first_without:.2f} times the learning rate; the longest, "
                "step {adam_first_steps.gain.peak_step}, is {adam_first_steps.gain.peak_without:.1f} "
                "times as long. The thin line is the closed form. $\\beta_1=0.9$, $\\beta_2=0.999$.",
            ),
            alt=Text(
                ko="걸음을 학습률로 나눈 값의 두 곡선. 보정이 없으면 "
                "{adam_first_steps.gain.first_without:.2f}에서 시작해 "
                "{adam_first_steps.gain.peak_step}번째에 {adam_first_steps.gain.peak_without:.1f}로 "
                "가장 크다. 보정하면 {adam_first_steps.gain.first_with:.2f}에서 시작한다.",
                en="Two curves of the step over the learning rate. Uncorrected it starts at "
                "{adam_first_steps.gain.first_without:.2f} and is largest at update "
                "{adam_first_steps.gain.peak_step}, {adam_first_steps.gain.peak_without:.1f}; "
                "corrected it starts at {adam_first_steps.gain.first_with:.2f}.",
            ),
            draw=draw_gain,
        ),
        Figure(
            name="losses",
            width="wide",
            caption=Text(
                ko="처음 30번 갱신하는 동안의 손실, 편향 보정이 있을 때와 없을 때. 칸마다 적힌 ×는 가장 "
                "큰 손실의 비, 보정 ÷ 없음이다(중앙값). 4 × 100 ReLU-He, 배치 100, 중앙값과 범위, n "
                "= {n}.",
                en="The loss over the first 30 updates with and without bias correction. × in each "
                "panel is the ratio of the largest losses, with over without (median). 4\u00a0×\u00a0100 "
                "ReLU-He, batch 100, median and range, n = {n}.",
            ),
            alt=Text(
                ko="아홉 설정의 초기 손실. β₂ = 0.9999, η = 0.01에서 가장 큰 손실의 중앙값은 보정하면 "
                "{adam_first_steps.worst.b9999_lr01_with:.2f}, 하지 않으면 "
                "{adam_first_steps.worst.b9999_lr01_without:.2f}이다. β₂ = 0.999, η = 0.001에서는 "
                "{adam_first_steps.worst.b999_lr001_with:.2f}, "
                "{adam_first_steps.worst.b999_lr001_without:.2f}이다.",
                en="Early losses in nine settings. At β₂ = 0.9999, η = 0.01 the median largest loss is "
                "{adam_first_steps.worst.b9999_lr01_with:.2f} with correction and "
                "{adam_first_steps.worst.b9999_lr01_without:.2f} without; at β₂ = 0.999, η = 0.001, "
                "{adam_first_steps.worst.b999_lr001_with:.2f} and "
                "{adam_first_steps.worst.b999_lr001_without:.2f}.",
            ),
            draw=draw_losses,
        ),
    ),
)
