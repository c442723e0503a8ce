"""Santurkar et al. 2018, scaled down: normalization undone by noise, and how far a gradient can be trusted.

*Noise*: digits, 6 × 64 sigmoid-Xavier, SGD, batch 100, 300 updates at seven learning rates, the rate chosen
on validation: without batch normalization, with it, and with noise after every BN whose mean and scale are
drawn anew at each update (``nn.Noise``).

*Smoothness*: digits, 8 × 64 ReLU-He with and without batch normalization, SGD at 0.1, batch 100, 300 updates.
Every 20 updates, on 100 training digits drawn for it and in float64: the gradient g, then the loss and the
gradient at the points w − s·g, s from half to four times the learning rate. The *range* is the largest minus
the smallest of these losses; the *change* the largest distance of a gradient from g. Averaged over the probes
on the log scale.

Values for prose: ``test.<arm>`` (mean test accuracy; ``none``, ``bn``, ``noisy``); ``range.<arm>``,
``change.<arm>``, ``loss.<arm>`` and ``beside.<arm>`` (range over the loss), geometric means for ``none`` and
``bn``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

NETS: dict[str, nn.arms.Placement | None] = {"none": None, "bn": "before"}
ARMS = ("none", "bn", "noisy")

PARAMS = {
    "noise_width": 64,
    "noise_hidden": 6,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "probe_width": 64,
    "probe_hidden": 8,
    "probe_rate": 0.1,
    "probe_every": 20,
    "probe_batch": 100,
    "steps_along": (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train with noise after BN, and probe the loss along the gradient."""
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    validation, test = train_with_noise(params, data, replicates)
    updates, probes = probe(params, data, replicates)
    by_arm = ("replicate", "arm", "rate")
    by_probe = ("replicate", "net", "update")
    return xr.Dataset(
        {
            "validation_accuracy": variable(by_arm, validation, "validation accuracy"),
            "test_accuracy": variable(by_arm, test, "test accuracy"),
            "loss": variable(by_probe, probes[..., 0], "loss of the probe"),
            "lowest": variable(by_probe, probes[..., 1], "lowest loss along the gradient"),
            "highest": variable(by_probe, probes[..., 2], "highest loss along the gradient"),
            "change": variable(by_probe, probes[..., 3], "largest change of the gradient along it"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "arm": list(ARMS),
            "rate": list(params["learning_rates"]),
            "net": list(NETS),
            "update": updates,
        },
    )


def train_with_noise(
    params: Mapping[str, Any], data: Sequence[nn.Data], replicates: Sequence[Replicate]
) -> tuple[np.ndarray, np.ndarray]:
    """Return validation and test accuracy, both (replicate, arm, rate)."""
    plain = nn.Network(
        widths=(64, *[params["noise_width"]] * params["noise_hidden"], 10),
        activation="sigmoid",
        initializer=nn.Xavier(),
    )
    normed = replace(plain, batch_norm="before")
    networks = (plain, normed, replace(normed, noise=nn.Noise()))
    arms = [
        nn.Arm(
            network=network,
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for network in networks
        for rate in params["learning_rates"]
    ]
    history = nn.train(arms, data, replicates)
    shape = (len(replicates), len(ARMS), len(params["learning_rates"]))
    return history.validation_accuracy.reshape(shape), history.test_accuracy.reshape(shape)


# --- the loss along the gradient ---


def probe(
    params: Mapping[str, Any], data: Sequence[nn.Data], replicates: Sequence[Replicate]
) -> tuple[list[int], np.ndarray]:
    """Return the updates of the probes, and (replicate, net, update, [loss, lowest, highest, change])."""
    updates = list(range(params["probe_every"], params["n_steps"] + 1, params["probe_every"]))
    networks = [
        nn.Network(widths=(64, *[params["probe_width"]] * params["probe_hidden"], 10), batch_norm=place)
        for place in NETS.values()
    ]
    draws = [replicate.generator("probe") for replicate in replicates]
    rows = [
        [draw.permutation(len(one.x_train))[: params["probe_batch"]] for _ in updates]
        for draw, one in zip(draws, data, strict=True)
    ]
    probes = np.full((len(replicates), len(NETS), len(updates), 4), np.inf)
    history = None
    for k, n_steps in enumerate(updates):
        arms = [
            nn.Arm(
                network=network,
                learning_rate=params["probe_rate"],
                n_steps=n_steps,
                batch_size=params["batch_size"],
            )
            for network in networks
        ]
        history = nn.train(arms, data, replicates, keep_parameters=True, keep_states=True, resume=history)
        for (i, j), parameters in history.parameters.items():
            x = data[i].x_train[rows[i][k]].astype(np.float64)
            labels = data[i].y_train[rows[i][k]]
            probes[i, j, k] = along_the_gradient(params, networks[j], parameters, x, labels)
    return updates, probes


def along_the_gradient(
    params: Mapping[str, Any],
    network: nn.Network,
    parameters: nn.Parameters,
    x: np.ndarray,
    labels: np.ndarray,
) -> tuple[float, float, float, float]:
    """Return the loss, the lowest and the highest down the gradient, and the gradient's largest change."""
    here = parameters.map(lambda array: array.astype(np.float64))
    start = nn.backward(network, here, nn.forward(network, here, x), labels)
    losses, changes = [], []
    for s in params["steps_along"]:
        length = s * params["probe_rate"]
        there = here.map(lambda w, g, length=length: w - length * g, start.parameters)
        found = nn.backward(network, there, nn.forward(network, there, x), labels)
        losses.append(float(found.loss))
        changes.append(distance(found.parameters, start.parameters))
    return float(start.loss), min(losses), max(losses), max(changes)


def distance(one: nn.Parameters, other: nn.Parameters) -> float:
    """Return the Euclidean distance of two gradients."""
    pairs = zip(learned(one), learned(other), strict=True)
    return float(np.sqrt(sum(((a - b) ** 2).sum() for a, b in pairs)))


def learned(parameters: nn.Parameters) -> list[np.ndarray]:
    """Return all that is learned, array by array."""
    arrays = (*parameters.weights, *parameters.biases, *parameters.gammas, *parameters.betas)
    return [array for array in arrays if array is not None]


# --- quantities ---


def chosen_test(dataset: xr.Dataset) -> xr.DataArray:
    """Return test accuracy at the rate that is best on validation; (replicate, arm)."""
    picked: xr.DataArray = dataset["test_accuracy"].isel(rate=dataset["validation_accuracy"].argmax("rate"))
    return picked


def noisy_minus_none(dataset: xr.Dataset) -> np.ndarray:
    """Return test accuracy with noise after BN minus that without BN, one per replicate."""
    picked = chosen_test(dataset)
    return np.asarray(picked.sel(arm="noisy") - picked.sel(arm="none"))


def bn_minus_noisy(dataset: xr.Dataset) -> np.ndarray:
    """Return test accuracy with BN minus that with noise after BN, one per replicate."""
    picked = chosen_test(dataset)
    return np.asarray(picked.sel(arm="bn") - picked.sel(arm="noisy"))


def ratio(array: xr.DataArray) -> np.ndarray:
    """Return the geometric mean over probes of the value with BN over that without, one per replicate."""
    logs = xr.apply_ufunc(np.log, array.sel(net="bn") / array.sel(net="none"))
    return np.asarray(np.exp(logs.mean("update")))


def loss_range(dataset: xr.Dataset) -> xr.DataArray:
    """Return the largest minus the smallest loss along the gradient; (replicate, net, update)."""
    spread: xr.DataArray = dataset["highest"] - dataset["lowest"]
    return spread


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Means of the accuracies; medians over replicates of the probes."""
    spread = loss_range(dataset)

    def geometric(array: xr.DataArray) -> xr.DataArray:
        means = xr.apply_ufunc(np.exp, xr.apply_ufunc(np.log, array).mean("update"))
        medians: xr.DataArray = means.median("replicate")
        return medians

    return xr.Dataset(
        {
            "test": chosen_test(dataset).mean("replicate"),
            "each": chosen_test(dataset),
            "loss": dataset["loss"].median("replicate"),
            "lowest": dataset["lowest"].median("replicate"),
            "highest": dataset["highest"].median("replicate"),
            "range": spread.median("replicate"),
            "range_low": spread.min("replicate"),
            "range_high": spread.max("replicate"),
            "change": dataset["change"].median("replicate"),
            "change_low": dataset["change"].min("replicate"),
            "change_high": dataset["change"].max("replicate"),
            "mean_range": geometric(spread),
            "mean_change": geometric(dataset["change"]),
            "mean_loss": geometric(dataset["loss"]),
            "mean_beside": geometric(spread / dataset["loss"]),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    return {
        "test": {arm: float(summary["test"].sel(arm=arm)) for arm in ARMS},
        **{
            name: {net: float(summary[f"mean_{name}"].sel(net=net)) for net in NETS}
            for name in ("range", "change", "loss", "beside")
        },
    }


# --- figure ---


def draw_smoothness(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Range of the loss along the gradient, and change of the gradient, over training."""
    figure, axes = style.subplots(1, 2, width="text", height=56, wspace=18, right=16)
    for axis, name, title in ((axes[0], "range", RANGE), (axes[1], "change", CHANGE)):
        style.log_axis(axis)
        for net, role in (("none", "no_bn"), ("bn", "bn")):
            cut = summary.sel(net=net)
            label = words(name_of(role)) if axis is axes[1] else None
            band = (cut[name], cut[f"{name}_low"], cut[f"{name}_high"])
            style.band(axis, summary["update"], *band, role, label=label)
        axis.set_xlabel(words(UPDATE))
        axis.set_xlim(0, None)
        style.panel_title(axis, words(title))
    return figure


RANGE = Text(ko="손실의 폭", en="range of the loss")
CHANGE = Text(ko="기울기의 변화", en="change of the gradient")
UPDATE = Text(ko="갱신 횟수", en="update")
SHOWN = Text(ko="판정에는 쓰지 않는다.", en="Shown, not judged.")

# --- claim ---

P04 = Claim(
    id="P04",
    says=Text(
        ko="정규화한 뒤 잡음으로 분포를 흔들어도 배치 정규화의 효과는 남고, 손실과 기울기는 더 "
        "완만하게 변한다.",
        en="Batch normalization keeps its effect when noise after it shakes the distributions, and "
        "loss and gradient change more gently.",
    ),
    source="Santurkar et al. 2018",
    better=Text(
        ko="작은 신경망에서는 두 관찰 가운데 확인된 것만 말할 수 있다. 완만함이 효과의 원인인지는 이 "
        "실험으로 가려지지 않는다.",
        en="On small networks only those of the two observations hold that were confirmed here; whether the "
        "gentleness causes the effect, this experiment cannot tell.",
    ),
    checks=(
        Check(
            name="noisy",
            label=Text(
                ko="시험 정확도, 배치 정규화 + 잡음 − 배치 정규화 없음",
                en="test accuracy, BN with noise after it − no BN",
            ),
            quantity=noisy_minus_none,
            estimator="mean",
            relation=">=",
            bound=0.0,
            sesoi=0.01,
            because=Text(
                ko="효과가 분포의 안정에서 온다면 잡음이 그 효과를 없애야 한다. 정확도 0.01 안쪽은 같은 "
                "것으로 본다.",
                en="If stable distributions made the effect, noise would undo it; within 0.01 of accuracy "
                "there is no difference worth the name.",
            ),
        ),
        Check(
            name="range",
            label=Text(
                ko="기울기를 따라 잰 손실의 폭, 배치 정규화 ÷ 없음",
                en="range of the loss along the gradient, with BN over without",
            ),
            quantity=lambda dataset: ratio(loss_range(dataset)),
            estimator="median",
            scale="log",
            relation="<=",
            bound=1.0,
            because=Text(
                ko="손실이 더 완만하게 변한다면 같은 걸음에서 그 폭이 더 작다.",
                en="Where the loss changes more gently, its range over the same steps is smaller.",
            ),
        ),
        Check(
            name="change",
            label=Text(
                ko="기울기의 변화, 배치 정규화 ÷ 없음", en="change of the gradient, with BN over without"
            ),
            quantity=lambda dataset: ratio(dataset["change"]),
            estimator="median",
            scale="log",
            relation="<=",
            bound=1.0,
            because=SHOWN,
            role="reports",
        ),
        Check(
            name="beside_the_loss",
            label=Text(
                ko="손실의 폭 ÷ 그때의 손실, 배치 정규화 ÷ 없음",
                en="range over the loss itself, with BN over without",
            ),
            quantity=lambda dataset: ratio(loss_range(dataset) / dataset["loss"]),
            estimator="median",
            scale="log",
            relation="<=",
            bound=1.0,
            because=SHOWN,
            role="reports",
        ),
        Check(
            name="noise_costs",
            label=Text(
                ko="시험 정확도, 배치 정규화 − 배치 정규화 + 잡음", en="test accuracy, BN − BN with noise"
            ),
            quantity=bn_minus_noisy,
            estimator="mean",
            relation=">=",
            bound=0.0,
            because=SHOWN,
            role="reports",
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(P04,),
    figures=(
        Figure(
            name="smoothness",
            caption=Text(
                ko="학습률의 절반에서 네 배까지 기울기를 따라 걸을 때 손실이 변하는 폭(왼쪽)과 기울기가 "
                "변하는 크기(오른쪽). 폭의 기하 평균은 배치 정규화가 있으면 {bn_smoothness.range.bn:.2g}, "
                "없으면 {bn_smoothness.range.none:.2g}이다. 중앙값과 범위. 8 × 64 ReLU-He, SGD, 학습률 0.1, "
                "배치 100, n = {n}.",
                en="Along the gradient, over half to four times the learning rate: range of the loss "
                "(left), change of the gradient (right). The geometric mean of the range is "
                "{bn_smoothness.range.bn:.2g} with batch normalization, {bn_smoothness.range.none:.2g} "
                "without. Median and range. 8 × 64 ReLU-He, SGD at 0.1, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="갱신에 따른 두 양의 곡선. 기울기 변화의 기하 평균은 배치 정규화가 있으면 "
                "{bn_smoothness.change.bn:.2g}, 없으면 {bn_smoothness.change.none:.2g}이다.",
                en="Two quantities by update. The geometric mean of the gradient’s change is "
                "{bn_smoothness.change.bn:.2g} with BN, {bn_smoothness.change.none:.2g} without.",
            ),
            draw=draw_smoothness,
        ),
    ),
)
