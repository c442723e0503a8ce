"""How AdaGrad's and RMSProp's learning rate moves with time, and whether they can still follow a jump.

Stationary part: standard normal gradients, 16 parameters, 10⁵ updates. The *effective learning rate* is what
an update multiplies the gradient by, η/(√h + ε); its log–log slope is fitted from 10³ updates on, ten times
the memory of RMSProp. Tracking part: f = ½(x − x*)² with N(0, 1) noise on the gradient; the optimum x* jumps
by 3 at t = 100, 1000 and 10000; the *recovery* ends when the mean of the 16 parameters has covered 90 % of
the jump. Both rates are 0.1 at the first jump. Digits: 4 × 100 ReLU-He, rate 0.01, batch 100; quadratic: the
ravine f = x²/20 + y² at rate 1.5: effective rate after 300 (and 2000) updates over that after the first.

Values for prose: ``slope.<optimizer>``, ``rate.<optimizer>_<t>`` (median effective rate under stationary
noise, over the learning rate), ``recovery.<optimizer>_<t>`` (median updates), ``growth.<optimizer>``
(recovery at the last jump over that at the first, medians), ``left.digits_300``, ``left.digits_2000``,
``left.quadratic`` (effective rate over its first value).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

ADAGRAD, RMSPROP = nn.AdaGrad(), nn.RMSProp()
ADAPTIVE: dict[str, nn.Optimizer] = {"adagrad": ADAGRAD, "rmsprop": RMSPROP}
RAVINE, START = nn.surfaces.BOWL, (-7.0, 2.0)

PARAMS = {
    "n_parameters": 16,
    "n_stationary": 100_000,
    "fit_from": 1000,
    "jumps_at": (100, 1000, 10_000),
    "jump": 3.0,
    "covered": 0.9,
    "n_tracking": 20_000,
    "rate_adagrad": 1.0,
    "rate_rmsprop": 0.1,
    "n_shown": 400,
    "widths": (64, 100, 100, 100, 100, 10),
    "rate_digits": 0.01,
    "batch_size": 100,
    "n_steps": 300,
    "n_steps_long": 2000,
    "rate_quadratic": 1.5,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Feed noise, follow the jumps, and train on digits and on the ravine."""
    times = np.unique(np.geomspace(1, params["n_stationary"], 51).round().astype(int))
    rates = stationary_rates(params, times, [replicate.generator("stationary") for replicate in replicates])
    recovery, shown = track(params, [replicate.generator("tracking") for replicate in replicates])
    theory = [times**-0.5, (1 - RMSPROP.decay**times) ** -0.5]
    dims = ("replicate", "optimizer")
    return xr.Dataset(
        {
            "rate": variable((*dims, "t"), rates, "effective learning rate under stationary noise"),
            "theory_rate": variable(("optimizer", "t"), np.array(theory), "the same, E h in place of h"),
            "recovery": variable((*dims, "jump"), recovery, "updates until the jump is covered"),
            "x": variable((*dims, "jump", "since"), shown, "share of the jump that is covered"),
            "digits": variable(("replicate", "budget"), digits_left(params, replicates), "rate over first"),
            "quadratic": variable("axis", quadratic_left(params), "effective rate over its first value"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "optimizer": list(ADAPTIVE),
            "t": times,
            "jump": list(params["jumps_at"]),
            "since": np.arange(params["n_shown"] + 1),
            "budget": [params["n_steps"], params["n_steps_long"]],
            "axis": ["x", "y"],
            "fit_from": params["fit_from"],
        },
    )


def stationary_rates(
    params: Mapping[str, Any], times: np.ndarray, generators: Sequence[np.random.Generator]
) -> np.ndarray:
    """Return the step over the gradient at these times; (replicate, optimizer, time), geometric means."""
    shape = (len(generators), params["n_parameters"])
    zeros = np.zeros(shape)
    states = {name: optimizer.init(zeros) for name, optimizer in ADAPTIVE.items()}
    places = {int(t): place for place, t in enumerate(times)}
    found = np.empty((len(generators), len(ADAPTIVE), times.size))
    chunk = 10_000
    for first in range(0, params["n_stationary"], chunk):
        size = min(chunk, params["n_stationary"] - first)
        gradients = np.stack(
            [generator.standard_normal((size, shape[1])) for generator in generators], axis=1
        )
        for t, gradient in enumerate(gradients, start=first + 1):
            for row, (name, optimizer) in enumerate(ADAPTIVE.items()):
                step, states[name] = optimizer.update(zeros, gradient, states[name], 1.0)
                if t in places:
                    found[:, row, places[t]] = np.exp(np.log(-step / gradient).mean(axis=-1))
    return found


def track(
    params: Mapping[str, Any], generators: Sequence[np.random.Generator]
) -> tuple[np.ndarray, np.ndarray]:
    """Follow an optimum that jumps there and back.

    Returns the updates until each jump is covered, (replicate, optimizer, jump), inf where it is not before
    the next one; and the covered share after each jump, (replicate, optimizer, jump, n_shown + 1).
    """
    n_steps, jumps = params["n_tracking"], (*params["jumps_at"], params["n_tracking"])
    shape = (n_steps, params["n_parameters"])
    noise = np.stack([generator.standard_normal(shape) for generator in generators], axis=1)
    optimum = np.zeros(n_steps)
    for first, last in zip(jumps[:-1:2], jumps[1::2], strict=True):
        optimum[first:last] = params["jump"]
    recovery = np.full((len(generators), len(ADAPTIVE), len(jumps) - 1), np.inf)
    shown = np.empty((*recovery.shape, params["n_shown"] + 1))
    for row, (name, optimizer) in enumerate(ADAPTIVE.items()):
        x: np.ndarray = np.zeros(noise.shape[1:])
        state = optimizer.init(x)
        mean = np.zeros((n_steps + 1, len(generators)))  # after so many updates
        for t in range(n_steps):
            x, state = optimizer.update(x, x - optimum[t] + noise[t], state, params[f"rate_{name}"])
            mean[t + 1] = x.mean(axis=-1)
        for place, (first, last) in enumerate(pairwise(jumps)):
            before, after = optimum[first - 1], optimum[first]
            share = ((mean[first : last + 1] - before) / (after - before)).T
            there = share >= params["covered"]
            recovery[:, row, place] = np.where(there.any(axis=1), there.argmax(axis=1), np.inf)
            shown[:, row, place] = share[:, : params["n_shown"] + 1]
    return recovery, shown


def digits_left(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> np.ndarray:
    """Return AdaGrad's effective rate after both budgets over that after one update; (replicate, budget).

    The median over all weights that had a gradient in the first update.
    """
    arm = nn.Arm(
        network=nn.Network(widths=params["widths"]),
        optimizer=ADAGRAD,
        learning_rate=params["rate_digits"],
        n_steps=1,
        batch_size=params["batch_size"],
    )
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history, divisors = None, []
    for n_steps in (1, params["n_steps"], params["n_steps_long"]):
        history = nn.train(
            [replace(arm, n_steps=n_steps)], data, replicates, keep_states=True, resume=history
        )
        divisors.append([divisor(history.states[row, 0]) for row in range(len(replicates))])
    first, *later = divisors
    moved = [one > ADAGRAD.eps for one in first]
    return np.array(
        [
            [np.median(a[there] / b[there]) for a, b, there in zip(first, budget, moved, strict=True)]
            for budget in later
        ]
    ).T


def divisor(state: Any) -> np.ndarray:
    """Return √h + ε of all weights of one AdaGrad network."""
    squares = np.concatenate([h.ravel() for (h,) in state.learnables.weight_states])
    return np.asarray(np.sqrt(squares.astype(np.float64)) + ADAGRAD.eps)


def quadratic_left(params: Mapping[str, Any]) -> np.ndarray:
    """Return AdaGrad's effective rate on the ravine after the budget over that after one update, by axis."""
    path = nn.descend(ADAGRAD, RAVINE.gradient, START, params["rate_quadratic"], params["n_steps"])
    squares = RAVINE.gradient(path[:-1]) ** 2
    eps = ADAGRAD.eps
    return np.asarray((np.sqrt(squares[0]) + eps) / (np.sqrt(squares.sum(axis=0)) + eps))


# --- quantities ---


def slope(optimizer: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: log–log slope of the effective rate from ``fit_from`` on, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        late = dataset["rate"].sel(optimizer=optimizer)[:, dataset["t"].values >= int(dataset["fit_from"])]
        return fitted_slope(np.log(late["t"].values), np.log(late.values))

    return quantity


def growth(optimizer: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: slope of log recovery on log t over the three jumps; inf if one is not covered."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        updates = dataset["recovery"].sel(optimizer=optimizer).values
        covered = np.isfinite(updates).all(axis=-1)
        slopes = fitted_slope(
            np.log(dataset["jump"].values), np.log(np.where(covered[:, None], updates, 1.0))
        )
        return np.where(covered, slopes, np.inf)

    return quantity


def fitted_slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least-squares slope of y (…, n) on x (n,)."""
    centered = x - x.mean()
    return np.asarray((y * centered).sum(axis=-1) / (centered**2).sum())


def late_theory(dataset: xr.Dataset) -> np.ndarray:
    """AdaGrad's last effective rate over 1/√t, one per replicate."""
    last = dataset.sel(optimizer="adagrad").isel(t=-1)
    return np.asarray(last["rate"] / last["theory_rate"])


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    rate, recovery = dataset["rate"], dataset["recovery"]
    slopes = [np.median(slope(name)(dataset)) for name in ADAPTIVE]
    return xr.Dataset(
        {
            "rate": rate.median("replicate"),
            "rate_low": rate.min("replicate"),
            "rate_high": rate.max("replicate"),
            "theory_rate": dataset["theory_rate"],
            "slope": ("optimizer", slopes),
            "recovery": recovery.median("replicate"),
            "recovery_low": recovery.min("replicate"),
            "recovery_high": recovery.max("replicate"),
            "x": dataset["x"].median("replicate"),
            "digits": dataset["digits"].median("replicate"),
            "quadratic": dataset["quadratic"].min(),
        },
        coords={"fit_from": dataset["fit_from"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    recovery, budgets = summary["recovery"], summary["budget"].values
    return {
        "slope": {name: float(summary["slope"].sel(optimizer=name)) for name in ADAPTIVE},
        "rate": {
            f"{name}_{t}": float(summary["rate"].sel(optimizer=name).sel(t=t, method="nearest"))
            for name in ADAPTIVE
            for t in (1, 100, 10_000, 100_000)
        },
        "recovery": {
            f"{name}_{jump}": float(recovery.sel(optimizer=name, jump=jump))
            for name in ADAPTIVE
            for jump in recovery["jump"].values
        },
        "growth": {
            name: float(recovery.sel(optimizer=name)[-1] / recovery.sel(optimizer=name)[0])
            for name in ADAPTIVE
        },
        "left": {
            **{f"digits_{budget}": float(summary["digits"].sel(budget=budget)) for budget in budgets},
            "quadratic": float(summary["quadratic"]),
        },
    }


# --- figures ---


def draw_rates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the effective rate against the number of updates, with its slope."""
    figure, axis = style.subplots(width="text", height=58, right=30, top=3)
    style.log_axis(axis, "both")
    for name in ADAPTIVE:
        cut = summary.sel(optimizer=name)
        label = f"{words(name_of(name))}\n{words(SLOPE)} {signed(float(cut['slope']), '.3f')}"
        style.band(axis, summary["t"], cut["rate"], cut["rate_low"], cut["rate_high"], name, label=label)
        style.theory(axis, summary["t"], cut["theory_rate"])
    style.line(axis, summary["t"], np.ones(summary.sizes["t"]), "sgd")
    style.direct_label(axis, 300, 1.0, words(SGD_STAYS), "sgd", side="below")
    style.bound(axis, float(summary["fit_from"]), "x", words(FIT_FROM), at="start")
    axis.set_xlim(1, float(summary["t"][-1]))
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(RATE))
    return figure


def draw_recovery(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Left and middle: how each follows the three jumps. Right: the recovery against the time of the jump."""
    figure, axes = style.subplots(1, 3, width="wide", height=56, right=17, wspace=16)
    roles = ("first", "second", "third")
    for axis, name in zip(axes, ADAPTIVE, strict=False):
        for row, (role, jump) in enumerate(zip(roles, summary["jump"].values, strict=True)):
            style.line(axis, summary["since"], summary["x"].sel(optimizer=name, jump=jump), role)
            updates = float(summary["recovery"].sel(optimizer=name, jump=jump))
            style.note(axis, f"t = {jump}: {updates:.0f}", x=0.98, y=0.26 - 0.11 * row, role=role)
        style.bound(axis, 0.9)
        style.panel_title(axis, words(name_of(name)))
        axis.set_xlim(0, float(summary["since"][-1]))
        axis.set_ylim(0, 1.15)
        axis.set_xlabel(words(SINCE))
    axes[0].set_ylabel(words(COVERED))
    axis = axes[2]
    style.log_axis(axis, "both")
    for name, path in (("adagrad", "G06"), ("rmsprop", "G07")):
        cut = summary.sel(optimizer=name)
        ends = (cut["recovery_low"], cut["recovery_high"])
        style.band(axis, summary["jump"], cut["recovery"], *ends, name)
        exponent = check_of(results, path, "recovery")
        style.direct_label(
            axis,
            summary["jump"],
            cut["recovery"],
            f"{words(name_of(name))}\n{words(SLOPE)} {exponent:.2f}",
            name,
        )
    axis.set_yticks(TICKS, [str(tick) for tick in TICKS])
    axis.minorticks_off()
    axis.set_xlabel(words(JUMP_AT))
    axis.set_ylabel(words(RECOVERY))
    return figure


def check_of(results: Mapping[str, ClaimResult], claim: str, check: str) -> float:
    """Return a check's estimate."""
    return next(one.estimate for one in results[claim].checks if one.name == check)


def signed(value: float, form: str) -> str:
    """Return the number with a real minus sign, none before zero."""
    text = format(value, form)
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


TICKS = (20, 50, 100, 200)
STEP = Text(ko="갱신 횟수 t", en="updates t")
RATE = Text(ko="유효 학습률 ÷ η", en="effective rate over η")
SLOPE = Text(ko="기울기", en="slope")
SGD_STAYS = Text(ko="SGD는 그대로", en="SGD: constant")
FIT_FROM = Text(ko="여기부터 맞춤", en="fitted from here")
SINCE = Text(ko="옮겨 간 뒤의 갱신 횟수", en="updates since the jump")
COVERED = Text(ko="따라잡은 비율", en="share of the jump covered")
JUMP_AT = Text(ko="최적점이 옮겨 간 때 t", en="time t of the jump")
RECOVERY = Text(ko="따라잡기까지의 갱신 횟수", en="updates until covered")

# --- claims ---

HALF = Text(
    ko="잡음이 일정하면 $h$는 $t$에 비례하므로 이론의 기울기는 $-1/2$이다. 그 둘레의 10 %이다.",
    en="Under stationary noise $h$ grows as $t$, so theory says $-1/2$; the bound is 10 % around it.",
)


def adagrad_slope(name: str) -> Check:
    """Return the check of AdaGrad's slope, which two claims share."""
    return Check(
        name=name,
        label=Text(
            ko="AdaGrad의 유효 학습률: $\\log t$에 대한 기울기",
            en="AdaGrad's effective rate, log–log slope",
        ),
        quantity=slope("adagrad"),
        estimator="mean",
        relation="within",
        bound=(-0.55, -0.45),
        because=HALF,
    )


G02 = Claim(
    id="G02",
    says=Text(
        ko="AdaGrad에서는 학습을 진행함에 따라 학습률이 점차 줄어든다.",
        en="With AdaGrad the learning rate falls gradually as training goes on.",
    ),
    source="AdaGrad",
    better=Text(
        ko="기울기의 크기가 일정하게 유지되면 AdaGrad의 유효 학습률은 $1/\\sqrt{t}$로 줄어든다.",
        en="While gradients keep their size, AdaGrad's effective learning rate falls as $1/\\sqrt{t}$.",
    ),
    checks=(
        adagrad_slope("slope"),
        Check(
            name="theory",
            label=Text(
                ko="마지막 유효 학습률 ÷ 이론 $\\eta/\\sqrt{t}$",
                en="last effective rate over theory, $\\eta/\\sqrt{t}$",
            ),
            quantity=late_theory,
            estimator="mean",
            relation="within",
            bound=(0.98, 1.02),
            role="validates",
            because=Text(
                ko="$10^5$개의 제곱을 더한 $h$는 평균의 1 % 안쪽에 있다.",
                en="A sum of $10^5$ squares lies within 1 % of its mean.",
            ),
        ),
    ),
)

G06 = Claim(
    id="G06",
    says=Text(
        ko="AdaGrad의 단점은 학습이 오래되면 보폭이 0으로 줄어드는 것이다.",
        en="AdaGrad's drawback is that its step decays to 0 as training goes on.",
    ),
    source="AdaGrad (단점)",
    better=Text(
        ko="AdaGrad의 유효 학습률은 기울기가 줄지 않을 때 $1/\\sqrt{t}$로 천천히 줄어든다. 그래서 늦게 "
        "옮겨 간 최적점을 늦게 따라잡는다. 기울기가 함께 줄어드는 문제에서나 수백 번의 갱신 안에서는 0이라 "
        "할 만큼 줄지 않는다.",
        en="AdaGrad's effective rate falls slowly, as $1/\\sqrt{t}$, while gradients keep their size; an "
        "optimum that moves late is followed late. Where gradients fade, or within hundreds of updates, it "
        "does not come near 0.",
    ),
    checks=(
        adagrad_slope("slope"),
        Check(
            name="recovery",
            label=Text(
                ko="따라잡는 데 걸린 갱신 횟수: $\\log t$에 대한 기울기",
                en="updates until the jump is covered, slope on $\\log t$",
            ),
            quantity=growth("adagrad"),
            estimator="median",
            relation=">=",
            bound=0.2,
            because=Text(
                ko="0.2이면 $t$가 100배일 때 2.5배가 걸린다. 그보다 작으면 늦어진다고 하기 어렵다.",
                en="At 0.2 a hundred times later takes 2.5 times as long; below, it is hardly slower.",
            ),
        ),
        Check(
            name="digits",
            label=Text(
                ko="숫자, 300번 뒤의 유효 학습률 ÷ 첫 갱신 뒤",
                en="digits, effective rate after 300 updates over after the first",
            ),
            quantity=lambda dataset: dataset["digits"].isel(budget=0).values,
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.01,
            because=Text(
                ko="처음의 1 %이면 남은 예산으로는 처음 몇 번만큼도 움직이지 못한다.",
                en="At 1 % what is left of the budget moves less than the first few updates did.",
            ),
        ),
        Check(
            name="quadratic",
            label=Text(
                ko="골짜기, 300번 뒤의 유효 학습률 ÷ 첫 갱신 뒤 (작은 쪽 방향)",
                en="ravine, effective rate after 300 updates over after the first (the smaller axis)",
            ),
            quantity=lambda dataset: float(dataset["quadratic"].min()),
            estimator="exact",
            relation="<=",
            bound=0.01,
            because=Text(ko="숫자와 같은 기준이다.", en="The same bound as for digits."),
        ),
        Check(
            name="digits_long",
            label=Text(
                ko="숫자, 2000번 뒤의 유효 학습률 ÷ 첫 갱신 뒤",
                en="digits, effective rate after 2000 updates over after the first",
            ),
            quantity=lambda dataset: dataset["digits"].isel(budget=1).values,
            estimator="mean",
            scale="log",
            relation="<=",
            bound=0.01,
            role="reports",
            because=Text(
                ko="견주어 보는 눈금이며 아무것도 판정하지 않는다.",
                en="A mark to compare with; it decides nothing.",
            ),
        ),
    ),
)

G07 = Claim(
    id="G07",
    says=Text(
        ko="RMSProp은 감쇠율을 도입하여 AdaGrad의 민감함을 보완한다.",
        en="RMSProp introduces a decay rate and so makes up for AdaGrad's sensitivity.",
    ),
    source="RMSProp",
    better=Text(
        ko="RMSProp은 오래된 기울기를 잊으므로 유효 학습률이 시간이 아니라 최근 기울기의 크기를 따른다. "
        "그래서 언제라도 따라잡지만, 저절로 멈추지도 않는다.",
        en="RMSProp forgets old gradients, so its effective rate follows the size of recent gradients rather "
        "than time: it can follow at any time, but it never comes to rest by itself.",
    ),
    checks=(
        Check(
            name="slope",
            label=Text(
                ko="RMSProp의 유효 학습률: $\\log t$에 대한 기울기",
                en="RMSProp's effective rate, log–log slope",
            ),
            quantity=slope("rmsprop"),
            estimator="mean",
            relation="within",
            bound=(-0.05, 0.05),
            because=Text(
                ko="AdaGrad의 이론값 $-1/2$의 10분의 1이다.", en="A tenth of AdaGrad's theoretical $-1/2$."
            ),
        ),
        Check(
            name="recovery",
            label=Text(
                ko="따라잡는 데 걸린 갱신 횟수: $\\log t$에 대한 기울기",
                en="updates until the jump is covered, slope on $\\log t$",
            ),
            quantity=growth("rmsprop"),
            estimator="median",
            relation="<=",
            bound=0.2,
            because=Text(
                ko="AdaGrad에서 늦어진다고 보는 기준과 같다.",
                en="The bound above which AdaGrad is said to slow down.",
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(G02, G06, G07),
    figures=(
        Figure(
            name="rates",
            caption=Text(
                ko="AdaGrad의 유효 학습률은 $1/\\sqrt{{t}}$로 끝없이 줄고, RMSProp은 처음에 컸다가 한 자리에 "
                "머문다. 가는 선은 이론이고, 기울기는 $t = 1000$부터 맞춘 것이다. 표준 정규 분포의 기울기, "
                "매개변수 16개의 기하 평균, 중앙값과 범위, n = {n}.",
                en="AdaGrad's effective learning rate falls without end, as $1/\\sqrt{{t}}$; RMSProp's "
                "starts high and settles. Thin lines: theory; slopes fitted from $t = 1000$ on. Standard "
                "normal gradients, geometric mean of 16 parameters, median and range, n = {n}.",
            ),
            alt=Text(
                ko="유효 학습률의 로그–로그 기울기는 AdaGrad {effective_rate.slope.adagrad:.3f}, RMSProp "
                "{effective_rate.slope.rmsprop:.3f}이다. 10만 번 뒤에 AdaGrad는 학습률의 "
                "{effective_rate.rate.adagrad_100000:.4f}배, RMSProp은 "
                "{effective_rate.rate.rmsprop_100000:.2f}배이다.",
                en="The effective rate's log–log slope is {effective_rate.slope.adagrad:.3f} for AdaGrad and "
                "{effective_rate.slope.rmsprop:.3f} for RMSProp; after 100 000 updates it is "
                "{effective_rate.rate.adagrad_100000:.4f} and {effective_rate.rate.rmsprop_100000:.2f} times "
                "the learning rate.",
            ),
            draw=draw_rates,
        ),
        Figure(
            name="recovery",
            width="wide",
            caption=Text(
                ko="늦게 옮겨 간 최적점을 AdaGrad는 늦게, RMSProp은 늘 같은 빠르기로 따라잡는다. 왼쪽 두 "
                "칸은 최적점이 $t = 100$, 1000, 10000에서 옮겨 간 뒤의 모습이고, 오른쪽은 90 %를 "
                "따라잡기까지 걸린 횟수이다. 기울기의 잡음은 $N(0, 1)$, 옮겨 간 거리는 3, 중앙값과 범위, n "
                "= {n}.",
                en="An optimum that jumps late is followed late by AdaGrad, and equally fast at any time by "
                "RMSProp. Left and middle: after jumps at $t = 100$, 1000 and 10000; right: updates until "
                "90 % of the jump are covered. Gradient noise $N(0, 1)$, jump of 3, median and range, n = "
                "{n}.",
            ),
            alt=Text(
                ko="t = 100, 1000, 10000에서 옮겨 간 최적점의 90 %를 따라잡는 데 AdaGrad는 "
                "{effective_rate.recovery.adagrad_100:.0f}, {effective_rate.recovery.adagrad_1000:.0f}, "
                "{effective_rate.recovery.adagrad_10000:.0f}번, RMSProp은 "
                "{effective_rate.recovery.rmsprop_100:.0f}, {effective_rate.recovery.rmsprop_1000:.0f}, "
                "{effective_rate.recovery.rmsprop_10000:.0f}번이 걸린다.",
                en="To cover 90 % of a jump at t = 100, 1000 and 10000 AdaGrad takes "
                "{effective_rate.recovery.adagrad_100:.0f}, {effective_rate.recovery.adagrad_1000:.0f} and "
                "{effective_rate.recovery.adagrad_10000:.0f} updates, RMSProp "
                "{effective_rate.recovery.rmsprop_100:.0f}, {effective_rate.recovery.rmsprop_1000:.0f} and "
                "{effective_rate.recovery.rmsprop_10000:.0f}.",
            ),
            draw=draw_recovery,
        ),
    ),
)
