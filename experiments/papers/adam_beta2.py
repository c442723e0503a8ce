"""Kingma & Ba 2015, scaled down: Adam's early losses as β₂ → 1, with and without bias correction.

4 × 100 ReLU-He on digits, batch 100, five values of β₂ and three learning rates, each with and without
correction from the same weights and batches. What counts is the largest batch loss after any of the first 30
updates; *instability* is that loss without correction over that with it.

Values for prose: ``instability.<setting>`` (median; a setting is ``b999_lr01`` for β₂ = 0.999, η = 0.01),
``growth.lr<rate>`` (median of instability at β₂ = 0.9999 over that at 0.99), ``worst.<setting>_with`` and
``_without`` (median largest loss), ``first.<β₂>`` (the first step without correction over η, exact).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import adam_step_gain

RATES = (0.001, 0.003, 0.01)
PARAMS = {
    "beta1": 0.9,
    "beta2s": (0.9, 0.99, 0.999, 0.9999, 0.99999),
    "learning_rates": RATES,
    "widths": (64, 100, 100, 100, 100, 10),
    "batch_size": 100,
    "n_first": 30,
}
CORRECTION = {"with": True, "without": False}
LOW, HIGH = 0.99, 0.9999  # the ends of the paper's own grid


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train with and without correction in every setting; keep the largest early loss."""
    beta2s, rates = params["beta2s"], params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(widths=params["widths"]),
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
    loss = nn.train(arms, data, replicates).loss[..., 1:].max(axis=-1)
    t = np.arange(1, params["n_first"] + 1)
    first = [adam_step_gain(t, beta1=params["beta1"], beta2=b, bias_correction=False)[0] for b in beta2s]
    return xr.Dataset(
        {
            "worst": variable(
                ("replicate", "beta2", "rate", "correction"),
                loss.reshape(len(replicates), len(beta2s), len(rates), len(CORRECTION)),
                "largest loss after any of the first updates",
                units="nat",
            ),
            "first": variable("beta2", first, "first step without correction over the learning rate"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "beta2": list(beta2s),
            "rate": list(rates),
            "correction": list(CORRECTION),
        },
    )


def instability(dataset: xr.Dataset) -> xr.DataArray:
    """Largest early loss without correction over that with it; (replicate, beta2, rate)."""
    worst = dataset["worst"]
    return worst.sel(correction="without", drop=True) / worst.sel(correction="with", drop=True)


def growth(rate: float) -> Callable[..., np.ndarray]:
    """Return a quantity: instability at β₂ = 0.9999 over that at 0.99, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        cut = instability(dataset).sel(rate=rate)
        return np.asarray(cut.sel(beta2=HIGH) / cut.sel(beta2=LOW))

    return quantity


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    ratio = instability(dataset)
    return xr.Dataset(
        {
            "worst": dataset["worst"].median("replicate"),
            "instability": ratio.median("replicate"),
            "instability_low": ratio.min("replicate"),
            "instability_high": ratio.max("replicate"),
            "growth": (ratio.sel(beta2=HIGH, drop=True) / ratio.sel(beta2=LOW, drop=True)).median(
                "replicate"
            ),
            "first": dataset["first"],
        }
    )


def digits(number: float) -> str:
    """Return the digits behind the point: 0.999 → 999."""
    return f"{number:f}".rstrip("0").split(".")[1]


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    settings = {
        f"b{digits(beta2)}_lr{digits(rate)}": {"beta2": beta2, "rate": rate}
        for beta2 in summary["beta2"].values
        for rate in summary["rate"].values
    }
    worst = summary["worst"]
    return {
        "instability": {name: float(summary["instability"].sel(cut)) for name, cut in settings.items()},
        "worst": {
            f"{name}_{correction}": float(worst.sel(cut).sel(correction=correction))
            for name, cut in settings.items()
            for correction in CORRECTION
        },
        "growth": {f"lr{digits(rate)}": float(summary["growth"].sel(rate=rate)) for rate in RATES},
        "first": {
            digits(beta2): float(summary["first"].sel(beta2=beta2)) for beta2 in summary["beta2"].values
        },
    }


def draw_instability(
    summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the instability against 1 − β₂ for each learning rate."""
    figure, axis = style.subplots(width="text", height=56, right=22, top=5)
    style.log_axis(axis, "both")
    forgetting = 1 - summary["beta2"].values
    for role, rate in zip(("first", "second", "third"), summary["rate"].values, strict=True):
        cut = summary.sel(rate=rate)
        ends = (cut["instability_low"], cut["instability_high"])
        last = float(cut["instability"][-1])
        label = f"η = {rate:g}  ×{last:.0f}" if last >= 10 else f"η = {rate:g}  ×{last:.1f}"
        style.band(axis, forgetting, cut["instability"], *ends, role, label=label)
    style.bound(axis, 1.0)
    axis.set_xlim(1.3 * forgetting[0], forgetting[-1] / 1.1)
    axis.set_xlabel("1 − β₂")
    axis.set_ylabel(words(INSTABILITY))
    return figure


INSTABILITY = Text(
    ko="가장 큰 초기 손실, 보정 없음 ÷ 있음", en="largest early loss,\nuncorrected over corrected"
)

P05 = Claim(
    id="P05",
    says=Text(
        ko="Adam은 희소한 기울기와 잡음이 있는 문제에 두루 알맞고, 편향을 보정하지 않으면 $\\beta_2 \\to "
        "1$에서 학습이 불안정해진다.",
        en="Adam suits sparse and noisy problems alike, and without bias correction training becomes "
        "unstable as $\\beta_2 \\to 1$.",
    ),
    source="Kingma & Ba 2015",
    better=Text(
        ko="보정하지 않으면 $\\beta_2$가 1에 가까울수록 처음의 걸음이 길어진다. 그것이 손실을 튀게 "
        "하는지는 학습률에 달려 있다. 어느 과제에서나 Adam이 가장 낫지는 않다.",
        en="Without correction the first steps are the longer the nearer $\\beta_2$ is to 1; whether that "
        "makes the loss jump depends on the learning rate. Adam is not the best on every task.",
    ),
    follows=("E02", "G01", "H06"),
    checks=tuple(
        Check(
            name=f"unstable_lr{digits(rate)}",
            label=Text(
                ko=f"보정 없음 ÷ 있음의 가장 큰 초기 손실: β₂ = 0.9999에서 ÷ 0.99에서 (η = {rate:g})",
                en=f"largest early loss, uncorrected over corrected, at β₂ = 0.9999 over 0.99 (η = {rate:g})",
            ),
            quantity=growth(rate),
            estimator="median",
            scale="log",
            relation=">=",
            bound=2.0,
            because=Text(
                ko="두 배가 안 되는 차이는 배치마다 손실이 흔들리는 폭 안에 있다.",
                en="Less than a doubling is within what the loss varies from batch to batch.",
            ),
        )
        for rate in RATES
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(P05,),
    figures=(
        Figure(
            name="instability",
            caption=Text(
                ko="$\\beta_2$가 1에 가까울수록(오른쪽) 보정하지 않은 Adam의 손실은 처음에 더 크게 튄다. "
                "그러나 학습률이 작으면 그렇지 않다. 처음 30번의 갱신에서 가장 큰 손실의 비, 보정 없음 ÷ "
                "있음. 4 × 100 ReLU-He, 중앙값과 범위, n = {n}.",
                en="The nearer $\\beta_2$ is to 1 (to the right), the more the early loss jumps without "
                "correction, unless the learning rate is small. Largest loss of the first 30 updates, "
                "uncorrected over corrected. 4 × 100 ReLU-He, median and range, n = {n}.",
            ),
            alt=Text(
                ko="β₂ = 0.9999에서 보정 없음 ÷ 있음의 중앙값은 η = 0.001이면 "
                "{adam_beta2.instability.b9999_lr001:.2f}, 0.003이면 "
                "{adam_beta2.instability.b9999_lr003:.1f}, 0.01이면 "
                "{adam_beta2.instability.b9999_lr01:.0f}이다. β₂ = 0.99에서는 "
                "{adam_beta2.instability.b99_lr001:.2f}, {adam_beta2.instability.b99_lr003:.2f}, "
                "{adam_beta2.instability.b99_lr01:.2f}이다.",
                en="At β₂ = 0.9999 the median ratio is {adam_beta2.instability.b9999_lr001:.2f} for η = "
                "0.001, {adam_beta2.instability.b9999_lr003:.1f} for 0.003 and "
                "{adam_beta2.instability.b9999_lr01:.0f} for 0.01; at β₂ = 0.99 it is "
                "{adam_beta2.instability.b99_lr001:.2f}, {adam_beta2.instability.b99_lr003:.2f} and "
                "{adam_beta2.instability.b99_lr01:.2f}.",
            ),
            draw=draw_instability,
        ),
    ),
)
