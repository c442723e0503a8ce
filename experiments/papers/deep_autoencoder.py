"""Momentum in a deep autoencoder, after Sutskever et al. 2013: classical and Nesterov's, μ = 0, 0.9, 0.99.

Digits, 64-50-25-6-25-50-64, tanh-Xavier, mean squared error over batch and pixels, batch 100, seven rates
from 10⁻³ to 1. Everything is decided after 300 updates; the same networks go on to 1200, which is reported.
The rate is chosen per replicate by the validation loss after the same number of updates; what is compared
is the loss on the whole training set, as in the paper.

Values for prose: ``loss.<arm>`` and ``rate.<arm>`` (medians at the chosen rate after 300 updates),
``loss_late.<arm>`` (after 1200), arms ``none``, ``classical_0_9``, ``nesterov_0_9``, ``classical_0_99``,
``nesterov_0_99``; ``ratio.<0_9|0_99>`` (median of Nesterov's loss over classical's), ``ratio_late``
likewise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

NETWORK = nn.Network(
    widths=(64, 50, 25, 6, 25, 50, 64), activation="tanh", initializer=nn.Xavier(), loss="mse"
)
ARMS: dict[str, nn.Optimizer] = {
    "none": nn.SGD(),
    "classical_0_9": nn.Momentum(momentum=0.9),
    "nesterov_0_9": nn.Nesterov(momentum=0.9),
    "classical_0_99": nn.Momentum(momentum=0.99),
    "nesterov_0_99": nn.Nesterov(momentum=0.99),
}

PARAMS = {
    "learning_rates": tuple(10 ** (k / 2) for k in range(-6, 1)),
    "batch_size": 100,
    "n_steps": 300,
    "n_steps_late": 1200,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every arm at every rate from the same weights and batches; look, and go on."""
    rates = params["learning_rates"]
    arms = [
        nn.Arm(
            network=NETWORK,
            optimizer=optimizer,
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for optimizer in ARMS.values()
        for rate in rates
    ]
    data = [pictures(replicate) for replicate in replicates]
    early = nn.train(arms, data, replicates, keep_states=True)
    late_arms = [replace(arm, n_steps=params["n_steps_late"]) for arm in arms]
    late = nn.train(late_arms, data, replicates, resume=early)
    shape = (len(replicates), len(ARMS), len(rates))
    dims = ("replicate", "after", "arm", "rate")

    def stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack([array.reshape(shape) for array in arrays], axis=1)

    return xr.Dataset(
        {
            "train_loss": variable(
                dims, stacked([history.train_loss[..., -1] for history in (early, late)]), "train loss"
            ),
            "validation_loss": variable(
                dims, stacked([history.validation_loss for history in (early, late)]), "validation loss"
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "after": ["early", "late"],
            "arm": list(ARMS),
            "rate": list(rates),
        },
    )


def pictures(replicate: Replicate) -> nn.Data:
    """Return one replicate's digits, each its own target."""
    fields = split(replicate.generator("split")).fields()
    return nn.Data(**fields | {f"y_{part}": fields[f"x_{part}"] for part in ("train", "validation", "test")})


def chosen_loss(dataset: xr.Dataset) -> xr.DataArray:
    """Train loss at the rate with the lowest validation loss; (replicate, after, arm)."""
    return dataset["train_loss"].isel(rate=dataset["validation_loss"].argmin("rate")).drop_vars("rate")


def ratio(momentum: str, after: str = "early") -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: Nesterov's train loss over classical momentum's, one per replicate."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        loss = chosen_loss(dataset).sel(after=after)
        return np.asarray(loss.sel(arm=f"nesterov_{momentum}") / loss.sel(arm=f"classical_{momentum}"))

    return quantity


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    loss, chosen = dataset["train_loss"], chosen_loss(dataset)
    rate = dataset["rate"][dataset["validation_loss"].argmin("rate")].drop_vars("rate")
    ratios = [[np.median(ratio(m, after)(dataset)) for after in ("early", "late")] for m in ("0_9", "0_99")]
    smallest = loss.isel(rate=0).sel(after="early")
    return xr.Dataset(
        {
            "loss": loss.median("replicate"),
            "loss_low": loss.min("replicate"),
            "loss_high": loss.max("replicate"),
            "chosen": chosen.median("replicate"),
            "chosen_rate": rate.median("replicate"),
            "ratio": (("momentum", "after"), np.array(ratios)),
            "ratio_small": (smallest.sel(arm="nesterov_0_99") / smallest.sel(arm="classical_0_99")).median(),
        },
        coords={"momentum": ["0_9", "0_99"]},
        attrs={"n_steps": params["n_steps"], "n_steps_late": params["n_steps_late"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(name: str, after: str) -> dict[str, float]:
        return {arm: float(summary[name].sel(arm=arm, after=after)) for arm in ARMS}

    def ratios(after: str) -> dict[str, float]:
        return {m: float(summary["ratio"].sel(momentum=m, after=after)) for m in ("0_9", "0_99")}

    return {
        "loss": table("chosen", "early"),
        "loss_late": table("chosen", "late"),
        "rate": table("chosen_rate", "early"),
        "ratio": ratios("early"),
        "ratio_late": ratios("late"),
        "ratio_small": float(summary["ratio_small"]),
    }


# --- figure ---


def draw_losses(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the train loss against the rate after either number of updates."""
    figure, axes = style.subplots(1, 2, width="wide", height=66, sharey=True, right=28)
    for axis, after in zip(axes, ("early", "late"), strict=True):
        style.log_axis(axis, "both")
        for arm, (role, dashes) in LOOKS.items():
            cut = summary.sel(arm=arm, after=after)
            loss = cut["loss"].where(np.isfinite(cut["loss"]))
            style.line(axis, cut["rate"], loss, role, linestyle=dashes)
        axis.set_xticks([1e-3, 1e-2, 1e-1, 1], ["10⁻³", "10⁻²", "10⁻¹", "1"])
        axis.set_xlabel(words(RATE))
        n_steps = summary.attrs["n_steps" if after == "early" else "n_steps_late"]
        style.panel_title(axis, words(AFTER).format(n=n_steps))
    for arm, (role, _dashes) in LOOKS.items():
        cut = summary.sel(arm=arm, after="late")
        label = f"{words(ARM_NAMES[arm])}: {float(cut['chosen']):.4f}"
        last = np.flatnonzero(np.isfinite(cut["loss"]))[-1]
        style.direct_label(axes[1], float(cut["rate"][last]), float(cut["loss"][last]), label, role)
    axes[0].set_ylabel(words(LOSS))
    return figure


RATE = Text(ko="학습률", en="learning rate")
LOSS = Text(ko="훈련 손실", en="train loss")
AFTER = Text(ko="갱신 {n}번 뒤", en="after {n} updates")
LOOKS: dict[str, tuple[str, str]] = {
    "none": ("sgd", "-"),
    "classical_0_9": ("momentum", "--"),
    "nesterov_0_9": ("nesterov", "--"),
    "classical_0_99": ("momentum", "-"),
    "nesterov_0_99": ("nesterov", "-"),
}
ARM_NAMES = {
    "none": name_of("sgd"),
    **{
        f"{kind}_{momentum}": Text(
            **{
                language: f"{name_of(role)[language]} {momentum.replace('_', '.')}"
                for language in ("ko", "en")
            }
        )
        for kind, role in (("classical", "momentum"), ("nesterov", "nesterov"))
        for momentum in ("0_9", "0_99")
    },
}
BELOW = Text(ko="비가 1보다 작으면 손실이 더 작은 것이다.", en="A ratio below 1 is a lower loss.")


def ratio_check(name: str, momentum: str, after: str, *, decides: bool) -> Check:
    """Return the check of Nesterov's loss over classical momentum's."""
    shown, updates = momentum.replace("_", "."), PARAMS["n_steps" if after == "early" else "n_steps_late"]
    return Check(
        name=name,
        label=Text(
            ko=f"훈련 손실, 네스테로프 ÷ 모멘텀, $\\mu={shown}$, 갱신 {updates}번 뒤",
            en=f"train loss, Nesterov over classical momentum, $\\mu={shown}$, after {updates} updates",
        ),
        quantity=ratio(momentum, after),
        estimator="median",
        scale="log",
        relation="<=",
        bound=1.0,
        role="decides" if decides else "reports",
        because=BELOW,
    )


experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="P07",
            says=Text(
                ko="깊은 자기부호화기를 $\\mu=0.99$로 훈련하면 네스테로프 모멘텀의 손실이 고전 "
                "모멘텀보다 작다.",
                en="In a deep autoencoder at $\\mu=0.99$, Nesterov's momentum reaches a lower loss than "
                "classical "
                "momentum.",
            ),
            better=Text(
                ko="네스테로프와 고전 모멘텀의 차이는 $\\mu$가 클 때, 학습률이 클 때 나타난다. 얼마나 큰지는 "
                "과제와 예산마다 재어 보아야 한다.",
                en="The difference between Nesterov and classical momentum shows at large $\\mu$ and "
                "large rates; "
                "its size has to be measured for each task and budget.",
            ),
            source="Sutskever et al. 2013",
            checks=(
                ratio_check("ratio", "0_99", "early", decides=True),
                ratio_check("ratio_late", "0_99", "late", decides=False),
                ratio_check("ratio_0_9", "0_9", "early", decides=False),
                ratio_check("ratio_0_9_late", "0_9", "late", decides=False),
            ),
        ),
    ),
    figures=(
        Figure(
            name="losses",
            width="wide",
            caption=Text(
                ko="자기부호화기의 훈련 손실(중앙값)과 학습률. 검증 자료로 고른 학습률에서 네스테로프의 "
                "손실은 "
                "$\\mu=0.99$일 때 고전 모멘텀의 {deep_autoencoder.ratio.0_99:.2f}배(갱신 300번)와 "
                "{deep_autoencoder.ratio_late.0_99:.2f}배(1200번)이다. 오른쪽의 수는 고른 "
                "학습률에서의 손실이다. "
                "64-50-25-6-25-50-64, tanh-Xavier, 배치 100, n = {n}.",
                en="Train loss of the autoencoder (median) against the rate. At the rate chosen on "
                "validation and "
                "$\\mu=0.99$, Nesterov's loss is {deep_autoencoder.ratio.0_99:.2f} times classical "
                "momentum's after "
                "300 updates and {deep_autoencoder.ratio_late.0_99:.2f} times after 1200. Numbers on "
                "the right: loss "
                "at the chosen rate. 64-50-25-6-25-50-64, tanh-Xavier, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="고른 학습률에서 갱신 300번 뒤의 훈련 손실: SGD {deep_autoencoder.loss.none:.4f}, "
                "모멘텀 0.9 "
                "{deep_autoencoder.loss.classical_0_9:.4f}, 네스테로프 0.9 "
                "{deep_autoencoder.loss.nesterov_0_9:.4f}, 모멘텀 0.99 "
                "{deep_autoencoder.loss.classical_0_99:.4f}, 네스테로프 0.99 "
                "{deep_autoencoder.loss.nesterov_0_99:.4f}.",
                en="Train loss after 300 updates at the chosen rate: SGD "
                "{deep_autoencoder.loss.none:.4f}, momentum "
                "0.9 {deep_autoencoder.loss.classical_0_9:.4f}, Nesterov 0.9 "
                "{deep_autoencoder.loss.nesterov_0_9:.4f}, momentum 0.99 "
                "{deep_autoencoder.loss.classical_0_99:.4f}, Nesterov 0.99 "
                "{deep_autoencoder.loss.nesterov_0_99:.4f}.",
            ),
            draw=draw_losses,
        ),
    ),
)
