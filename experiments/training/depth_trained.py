"""Sigmoid, tanh and ReLU networks of 1 to 12 hidden layers, trained: what depth costs, and who is faster.

Digits, hidden layers of 64 units, Xavier for sigmoid and tanh, He for ReLU, SGD, batch 100, 300 updates at
seven learning rates. Depths of ``timed_depths`` are also timed: updates until the loss on the whole training
set is below 0.2, looked up at steps that grow by 9 %. Where none of the rates of an activation gets
there, all of them go on, to twice and then four times the budget.

Values for prose, each per activation and depth (``test.sigmoid_8``): ``test`` and ``train`` (median accuracy
at the rate chosen on validation), ``rho`` (geometric mean, of the initial network; not at one layer). Per
activation and timed depth: ``updates`` (median updates at the best rate, infinite where not reached),
``reached`` (share of replicates), ``ratio`` (median ratio of updates to those of ReLU, the cap counting for
what was not reached: at least so much). ``drop.sigmoid``: mean test accuracy at depths up to 3 minus that at
depths from 5. ``cap``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.activations import Activation

INITIALIZERS: dict[Activation, nn.Initializer] = {
    "sigmoid": nn.Xavier(),
    "tanh": nn.Xavier(),
    "relu": nn.He(),
}
SHALLOW, DEEP = 3, 5  # up to, from

PARAMS = {
    "depths": (1, 2, 3, 5, 8, 12),
    "timed_depths": (1, 3, 5),
    "width": 64,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "escalation": 4,
    "loss_below": 0.2,
    "steps_per_doubling": 8,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every arm for the budget, and those on that are timed and have not got there at any rate."""
    parts = [measure_one(params, replicate) for replicate in replicates]
    return xr.concat(parts, "replicate", join="exact")


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> xr.Dataset:
    """Measure one replicate."""
    timed = [depth for depth in params["depths"] if depth in params["timed_depths"]]
    rest = [depth for depth in params["depths"] if depth not in timed]
    data = [nn.Data(**split(replicate.generator("split")).fields())]
    first = nn.train(
        make_arms(params, timed), data, [replicate], evaluate_at=grid(params, 1), keep_states=True
    )
    histories = [first, nn.train(make_arms(params, rest), data, [replicate])] if rest else [first]
    order = [(*timed, *rest).index(depth) for depth in params["depths"]]

    def by_arm(name: str) -> np.ndarray:
        last = [getattr(history, name)[0] for history in histories]
        last = [array[:, -1] if array.ndim == 2 else array for array in last]
        shape = (-1, len(INITIALIZERS), len(params["learning_rates"]))
        return np.concatenate([array.reshape(shape) for array in last])[order]

    rho = [
        initial_rho(arm.network, data[0], params["batch_size"], replicate)
        for arm in make_arms(params, params["depths"])[:: len(params["learning_rates"])]
    ]
    dims = ("replicate", "depth", "activation", "rate")
    return xr.Dataset(
        {
            "train_accuracy": variable(dims, by_arm("train_accuracy")[None], "train accuracy"),
            "validation_accuracy": variable(dims, by_arm("validation_accuracy")[None], "validation accuracy"),
            "test_accuracy": variable(dims, by_arm("test_accuracy")[None], "test accuracy"),
            "diverged": variable(dims, by_arm("diverged")[None], "diverged within the budget"),
            "updates": variable(
                ("replicate", "timed_depth", "activation"),
                updates_needed(params, timed, first, data, replicate)[None],
                "updates until the train loss is below the mark, at the best rate",
            ),
            "rho": variable(
                ("replicate", "depth", "activation"),
                np.reshape(rho, (1, len(params["depths"]), len(INITIALIZERS))),
                "ρ of the initial network",
            ),
        },
        coords={
            "replicate": [replicate.index],
            "depth": list(params["depths"]),
            "timed_depth": timed,
            "activation": list(INITIALIZERS),
            "rate": list(params["learning_rates"]),
        },
        attrs={"cap": params["n_steps"] * params["escalation"]},
    )


def make_arms(params: Mapping[str, Any], depths: Sequence[int], budgets: int = 1) -> list[nn.Arm]:
    """Return the arms in the order depth, activation, rate."""
    return [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * depth, 10), activation=activation, initializer=initializer
            ),
            learning_rate=rate,
            n_steps=params["n_steps"] * budgets,
            batch_size=params["batch_size"],
        )
        for depth in depths
        for activation, initializer in INITIALIZERS.items()
        for rate in params["learning_rates"]
    ]


def grid(params: Mapping[str, Any], budgets: int) -> list[int]:
    """Return when the loss is looked up: after 8 updates, then at steps that grow by a constant factor."""
    last, finest = params["n_steps"] * budgets, params["steps_per_doubling"]
    exponents = np.arange(3 * finest, int(np.log2(last) * finest) + 1) / finest
    return sorted({*np.rint(2**exponents).astype(int).tolist(), last})


def updates_needed(
    params: Mapping[str, Any],
    depths: Sequence[int],
    first: nn.history.History,
    data: Sequence[nn.Data],
    replicate: Replicate,
) -> np.ndarray:
    """Return updates until the loss is below the mark, of the fastest rate; infinite beyond the cap."""
    n_rates = len(params["learning_rates"])
    needed = np.full((len(depths), len(INITIALIZERS)), np.inf)
    history, budgets = first, 1
    while True:
        below = history.train_loss[0] < params["loss_below"]  # (arm, evaluation); False where NaN
        reached = np.where(below, history.evaluation_steps, np.inf).min(axis=1)
        needed = np.minimum(needed, reached.reshape(*needed.shape, n_rates).min(axis=2))
        budgets *= 2
        if budgets > params["escalation"] or np.isfinite(needed).all():
            return np.asarray(needed)
        goes_on = np.repeat(np.isinf(needed), n_rates).reshape(1, -1) & ~history.diverged
        longer = [replace(arm, n_steps=params["n_steps"] * budgets) for arm in make_arms(params, depths)]
        history = nn.train(
            longer,
            data,
            [replicate],
            pairs=goes_on,
            evaluate_at=grid(params, budgets),
            keep_states=True,
            resume=history,
        )


def initial_rho(network: nn.Network, data: nn.Data, n: int, replicate: Replicate) -> float:
    """Return (RMS δ_1 / RMS δ_L)^(1/(L−1)) of the network that training starts from; NaN for one layer."""
    if len(network.widths) < 4:
        return float("nan")
    parameters = nn.initial_parameters(network, [replicate.generator("init")])
    activity = nn.forward(network, parameters, data.x_train[:n].astype(np.float64))
    deltas = nn.backward(network, parameters, activity, data.y_train[:n]).deltas[:-1]
    first, last = (float(np.sqrt(np.mean(delta**2))) for delta in (deltas[0], deltas[-1]))
    return float((first / last) ** (1 / (len(deltas) - 1)))


# --- reductions and quantities ---


def chosen(dataset: xr.Dataset) -> xr.Dataset:
    """Return accuracies at the rate that is best on validation; (replicate, depth, activation)."""
    best = dataset["validation_accuracy"].argmax("rate")
    return dataset[["train_accuracy", "test_accuracy"]].isel(rate=best).drop_vars("rate")


def drop(dataset: xr.Dataset) -> xr.DataArray:
    """Return mean test accuracy at shallow depths minus that at deep ones; (replicate, activation)."""
    test = chosen(dataset)["test_accuracy"]
    shallow, deep = test["depth"] <= SHALLOW, test["depth"] >= DEEP
    return test.isel(depth=shallow).mean("depth") - test.isel(depth=deep).mean("depth")


def ratio(dataset: xr.Dataset, activation: str, depth: int) -> np.ndarray:
    """Return the updates of an activation over those of ReLU, infinite where it did not get there."""
    updates = dataset["updates"].sel(timed_depth=depth)
    return np.asarray(updates.sel(activation=activation) / updates.sel(activation="relu"))


def cap_over_slowest(dataset: xr.Dataset) -> float:
    """Return the cap over the slowest activation that got there, where some did not: the smallest of all."""
    updates = dataset["updates"]
    reached = updates.notnull() & (updates < np.inf)
    censored = ~reached.all("activation")
    slowest = updates.where(reached).max("activation")
    margins = (dataset.attrs["cap"] / slowest).where(censored)
    return float(margins.fillna(np.inf).min())


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    accuracy = chosen(dataset)
    capped = dataset["updates"].clip(max=dataset.attrs["cap"])
    ratios = capped / capped.sel(activation="relu", drop=True)
    tables: dict[str, xr.DataArray] = {
        "train": accuracy["train_accuracy"],
        "test": accuracy["test_accuracy"],
        "updates": dataset["updates"],
        "ratio": ratios,
    }
    reduced = {name: table.median("replicate") for name, table in tables.items()}
    for name in ("train", "test", "updates"):
        reduced[f"{name}_low"] = tables[name].min("replicate")
        reduced[f"{name}_high"] = tables[name].max("replicate")
    return xr.Dataset(
        {
            **reduced,
            "reached": (dataset["updates"] < np.inf).mean("replicate"),
            "drop": drop(dataset).mean("replicate"),
            "rho": xr.apply_ufunc(np.exp, xr.apply_ufunc(np.log, dataset["rho"]).mean("replicate")),
        },
        attrs=dataset.attrs,
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""

    def table(name: str, depth: str) -> dict[str, float]:
        return {
            f"{activation}_{n}": float(summary[name].sel({"activation": activation, depth: n}))
            for activation in INITIALIZERS
            for n in summary[depth].values
            if not (name == "rho" and n == 1)
        }

    return {
        **{name: table(name, "depth") for name in ("test", "train", "rho")},
        **{name: table(name, "timed_depth") for name in ("updates", "ratio", "reached")},
        "drop": {name: float(summary["drop"].sel(activation=name)) for name in INITIALIZERS},
        "cap": float(summary.attrs["cap"]),
    }


# --- claims ---

B01 = Claim(
    id="B01",
    says=Text(
        ko="얕은 신경망보다 은닉층이 많은 것을 심층 신경망이라 하고, 보통 다섯 층 이상이면 깊다고 한다.",
        en="A deep network has more hidden layers than a shallow one; five or more layers count as deep.",
    ),
    better=Text(
        ko="‘깊다’에 정해진 층수는 없다. 층수를 말할 때에는 은닉층만 세는지 출력층까지 세는지 밝힌다.",
        en="There is no fixed number at which “deep” begins; say whether the output layer is counted.",
    ),
    source="심층신경망(딥러닝, Deep Learning)",
)

FALLS = Text(
    ko="시험 표본 250개에서 0.05는 열두 장이다. 난수 씨앗에 따른 차이보다 크고, 층을 더 쌓지 않을 까닭이 "
    "된다.",
    en="On 250 test images 0.05 is a dozen: more than seeds make, and reason enough not to add layers.",
)


def drop_check(activation: str) -> Check:
    """Return the part of B02 for one activation."""
    name = name_of(activation)
    return Check(
        name=activation,
        label=Text(
            ko=f"{name['ko']}: 시험 정확도, 1–3층 평균 − 5–12층 평균",
            en=f"{name['en']}: test accuracy, mean of 1–3 layers minus that of 5–12",
        ),
        quantity=lambda data: np.asarray(drop(data).sel(activation=activation)),
        estimator="mean",
        relation=">=",
        bound=0.05,
        because=FALLS,
    )


B02 = Claim(
    id="B02",
    says=Text(
        ko="은닉층을 많이 쌓는다고 성능이 좋아지지는 않는다. 학습이 잘 안 된다.",
        en="Stacking hidden layers does not simply help: the network stops training well.",
    ),
    better=Text(
        ko="층을 쌓아서 학습이 안 되는지는 활성화 함수와 초깃값에 달려 있다. 시그모이드는 다섯 층 이상에서 "
        "배우지 못하지만, tanh-Xavier와 ReLU-He는 열두 층에서도 배운다.",
        en="Whether depth stops training depends on activation and initial values: a sigmoid network fails "
        "from five layers on, tanh with Xavier and ReLU with He still learn at twelve.",
    ),
    source="심층신경망(딥러닝, Deep Learning)",
    checks=tuple(drop_check(name) for name in INITIALIZERS),
)


def speed_check(depth: int) -> Check:
    """Return the part of B07 for one depth."""

    def quantity(data: xr.Dataset) -> np.ndarray:
        return ratio(data, "sigmoid", depth)

    return Check(
        name=f"depth_{depth}",
        label=Text(
            ko=f"은닉층 {depth}개: 갱신 횟수, 시그모이드 ÷ ReLU",
            en=f"{depth} hidden layer{'s'[: depth > 1]}: updates, sigmoid over ReLU",
        ),
        quantity=quantity,
        estimator="median",
        scale="log",
        relation=">=",
        bound=2.0,
        because=Text(
            ko="‘빠르다’고 하려면 갱신이 절반이면 된다. 손실을 본 간격은 9 %이므로 두 배는 뚜렷이 갈린다.",
            en="“Faster” is taken as half the updates; the loss is looked up at steps of 9 %, so a factor of "
            "two is told clearly.",
        ),
    )


def tanh_check(depth: int) -> Check:
    """Report the ratio of tanh to ReLU."""

    def quantity(data: xr.Dataset) -> np.ndarray:
        return ratio(data, "tanh", depth)

    return Check(
        name=f"tanh_{depth}",
        label=Text(
            ko=f"은닉층 {depth}개: 갱신 횟수, tanh ÷ ReLU",
            en=f"{depth} hidden layer{'s'[: depth > 1]}: updates, tanh over ReLU",
        ),
        quantity=quantity,
        estimator="median",
        scale="log",
        relation=">=",
        bound=2.0,
        because=Text(
            ko="판정에는 쓰지 않는다. 같은 기준으로 견준다.",
            en="Not judged; held against the same mark.",
        ),
        role="reports",
    )


B07 = Claim(
    id="B07",
    says=Text(ko="ReLU를 쓰면 학습이 빠르다.", en="With ReLU training is faster."),
    better=Text(
        ko="ReLU는 시그모이드보다 훨씬 적게 갱신하고도 배운다. tanh와의 차이는 그보다 훨씬 작다.",
        en="ReLU needs far fewer updates than a sigmoid; over tanh its lead is much smaller.",
    ),
    source="잘못된 활성화 함수",
    checks=(
        *(speed_check(depth) for depth in (1, 3, 5)),
        *(tanh_check(depth) for depth in (1, 3, 5)),
        Check(
            name="cap",
            label=Text(
                ko="한도 ÷ 도달한 것 가운데 가장 느린 것 (못 미친 것이 있을 때)",
                en="cap over the slowest that got there, where some did not",
            ),
            quantity=cap_over_slowest,
            estimator="exact",
            relation=">=",
            bound=4.0,
            because=Text(
                ko="도달하지 못했다는 말은 도달한 것보다 네 배는 더 기다린 뒤에야 한다.",
                en="That one did not get there is said only after waiting four times as long as for the "
                "rest.",
            ),
            role="validates",
        ),
    ),
)


# --- figures ---

DEPTH = Text(ko="은닉층의 수", en="hidden layers")
ACCURACY = {
    "train": Text(ko="훈련 정확도", en="train accuracy"),
    "test": Text(ko="시험 정확도", en="test accuracy"),
}
CALLED_DEEP = Text(ko="‘깊다’", en="“deep”")
UPDATES = Text(ko="손실 0.2까지의 갱신 횟수", en="updates until the loss is below 0.2")
CAP = Text(ko="한도", en="cap")


def draw_depth(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw train and test accuracy by depth, each activation with its ρ at the deepest; mark what is deep."""
    figure, axes = style.subplots(1, 2, width="wide", height=62, sharey=True, right=25, wspace=6)
    for axis, table in zip(axes, ("train", "test"), strict=True):
        for name in ("relu", "tanh", "sigmoid"):
            cut = summary.sel(activation=name)
            rho = float(cut["rho"][-1])
            label = f"{words(name_of(name))}\nρ = {rho:.2f}" if table == "test" else None
            style.band(
                axis, cut["depth"], cut[table], cut[f"{table}_low"], cut[f"{table}_high"], name, label=label
            )
        style.bound(axis, DEEP, axis="x", text=words(CALLED_DEEP) if table == "train" else None, at="start")
        axis.set_xticks(summary["depth"].values)
        axis.set_ylim(0, 1.05)
        axis.set_xlabel(words(DEPTH))
        style.panel_title(axis, words(ACCURACY[table]))
    return figure


def draw_updates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw updates needed by depth; what was not reached within the cap stands on its line."""
    figure, axis = style.subplots(width="text", height=60, right=24, top=3)
    style.log_axis(axis, "y")
    cap = summary.attrs["cap"]
    style.bound(axis, cap, text=f"{words(CAP)} {cap}", at="start")
    for name in ("sigmoid", "tanh", "relu"):
        cut = summary.sel(activation=name)
        shown, low, high = (cut[key].clip(max=cap) for key in ("updates", "updates_low", "updates_high"))
        last = float(cut["updates"][-1])
        number = f"> {cap}" if np.isinf(last) else f"{last:.0f}"
        style.band(
            axis, cut["timed_depth"], shown, low, high, name, label=f"{words(name_of(name))}\n{number}"
        )
    axis.set_ylim(top=2.4 * cap)
    axis.set_xticks(summary["timed_depth"].values)
    axis.set_xlabel(words(DEPTH))
    axis.set_ylabel(words(UPDATES))
    return figure


def in_turn(path: str, form: str, depths: Sequence[int]) -> Callable[[str], str]:
    """Return a function: the fields of an activation at some depths, in turn."""
    return lambda name: ", ".join(f"{{depth_trained.{path}.{name}_{depth}:{form}}}" for depth in depths)


TEST = in_turn("test", ".2f", (1, 2, 3, 5, 8, 12))
COUNT = in_turn("updates", ".0f", (1, 3, 5))

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(B01, B02, B07),
    figures=(
        Figure(
            name="depth",
            width="wide",
            caption=Text(
                ko="층을 쌓으면 시그모이드 망은 무너지고 tanh와 ReLU는 버틴다. 검증 정확도로 고른 "
                "학습률에서 300번 갱신한 뒤의 정확도, 중앙값과 범위. 시그모이드와 tanh는 Xavier, ReLU는 He, "
                "너비 64, 배치 100, SGD. $\\rho$는 은닉층 12개인 망의 초깃값에서 잰 값. n = {n}.",
                en="Stacking layers ruins sigmoid networks; tanh and ReLU bear it. Accuracy after 300 "
                "updates at the learning rate chosen on validation, median and range. Sigmoid and tanh with "
                "Xavier, ReLU with He, width 64, batch 100, SGD. $\\rho$: of the initial networks of "
                "12 layers. n = {n}.",
            ),
            alt=Text(
                ko="은닉층 1, 2, 3, 5, 8, 12개의 시험 정확도: 시그모이드 "
                + TEST("sigmoid")
                + "; tanh "
                + TEST("tanh")
                + "; ReLU "
                + TEST("relu")
                + ".",
                en="Test accuracy at 1, 2, 3, 5, 8 and 12 hidden layers: sigmoid "
                + TEST("sigmoid")
                + "; tanh "
                + TEST("tanh")
                + "; ReLU "
                + TEST("relu")
                + ".",
            ),
            draw=draw_depth,
        ),
        Figure(
            name="updates",
            caption=Text(
                ko="훈련 손실이 0.2 아래로 내려가기까지의 갱신 횟수. 활성화 함수마다 가장 빠른 학습률, "
                "중앙값과 범위. {depth_trained.cap:.0f}번 안에 이르지 못한 것은 한도의 선 위에 있다. 같은 "
                "초깃값과 같은 미니배치. n = {n}.",
                en="Updates until the train loss is below 0.2, at the fastest rate of each activation, "
                "median and range. What did not get there within {depth_trained.cap:.0f} stands on the line "
                "of the cap. Same draws of weights and batches. n = {n}.",
            ),
            alt=Text(
                ko="은닉층 1, 3, 5개의 갱신 횟수: 시그모이드 "
                + COUNT("sigmoid")
                + "; tanh "
                + COUNT("tanh")
                + "; ReLU "
                + COUNT("relu")
                + ". 한 층에서 시그모이드는 ReLU의 {B07.depth_1.estimate:.1f}배이다.",
                en="Updates at 1, 3 and 5 hidden layers: sigmoid "
                + COUNT("sigmoid")
                + "; tanh "
                + COUNT("tanh")
                + "; ReLU "
                + COUNT("relu")
                + ". With one layer the sigmoid takes {B07.depth_1.estimate:.1f} times as many as ReLU.",
            ),
            draw=draw_updates,
        ),
    ),
)
