"""Deep ReLU networks trained from Xavier and from He initial weights: at which depth which stops learning.

Digits, hidden layers of 64 units, SGD and Momentum (0.9), batch 100, 300 updates at seven learning rates.
Where a depth and initializer of a replicate stays below 0.2 train accuracy with both optimizers at every
rate, training goes on to four times the budget before it is said not to learn: with momentum first, and
with plain SGD unless momentum has learned by then.

Values for prose, each per initializer and depth (``best.xavier_30``): ``best`` (median over replicates of
the best train accuracy, after escalation), ``test`` (median test accuracy after 300 updates, at the
optimizer and rate chosen on validation), ``learned`` and ``escalated`` (shares of replicates);
``deepest.<initializer>`` (most layers at which the median ``best`` is 0.2 or more, 0 if none);
``updates.<initializer>_<depth>`` (median updates of the fastest network until its loss is half of what
guessing costs; infinite where most never get there).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

INITIALIZERS = {"xavier": nn.Xavier(), "he": nn.He()}
OPTIMIZERS = {
    name: nn.optimizers.by_name()[name] for name in ("momentum", "sgd")
}  # in the order of escalation
AXES = ("depth", "initializer", "optimizer", "rate")

PARAMS = {
    "depths": (4, 10, 20, 30, 50),
    "width": 64,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "escalation": 4,
    "learns_at": 0.2,
    "loss_mark": 1.151,  # half of ln 10, the loss of guessing among ten digits
    "loss_window": 12,  # batches that the loss is averaged over: one epoch
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every arm; let those go on, four times as long, whose depth and initializer learned nothing."""
    parts = [measure_one(params, replicate) for replicate in replicates]  # so few networks are kept at a time
    return xr.concat(parts, "replicate", join="exact")


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> xr.Dataset:
    """Measure one replicate."""
    coords = {
        "depth": list(params["depths"]),
        "initializer": list(INITIALIZERS),
        "optimizer": list(OPTIMIZERS),
        "rate": list(params["learning_rates"]),
    }
    shape = tuple(len(coords[axis]) for axis in AXES)
    arms = [
        nn.Arm(
            network=nn.Network(widths=(64, *[params["width"]] * depth, 10), initializer=initializer),
            optimizer=optimizer,
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for depth in params["depths"]
        for initializer in INITIALIZERS.values()
        for optimizer in OPTIMIZERS.values()
        for rate in params["learning_rates"]
    ]
    longer = [replace(arm, n_steps=params["n_steps"] * params["escalation"]) for arm in arms]
    data = [nn.Data(**split(replicate.generator("split")).fields())]
    first = nn.train(arms, data, [replicate], keep_states=True)
    accuracy = first.train_accuracy[0, :, -1].reshape(shape)
    escalated = np.full(shape, np.nan)
    below = first_below(first.loss[0], params["loss_mark"], params["loss_window"]).reshape(shape)
    n_steps = np.where(first.diverged[0], np.inf, params["n_steps"]).reshape(shape)
    failed = (accuracy < params["learns_at"]).all(axis=(2, 3))  # (depth, initializer)
    for optimizer in range(len(OPTIMIZERS)):
        goes_on = np.zeros(shape, bool)
        goes_on[failed, optimizer] = True
        second = nn.train(longer, data, [replicate], pairs=goes_on.reshape(1, -1), resume=first)
        escalated[goes_on] = second.train_accuracy[0, :, -1].reshape(shape)[goes_on]
        later = first_below(second.loss[0], params["loss_mark"], params["loss_window"]).reshape(shape)
        below[goes_on] = later[goes_on]
        n_longer = params["n_steps"] * params["escalation"]
        n_steps[goes_on] = np.where(second.diverged[0].reshape(shape)[goes_on], np.inf, n_longer)
        failed &= ~(escalated >= params["learns_at"]).any(axis=(2, 3))
    dims = ("replicate", *AXES)

    def by_arm(array: np.ndarray, long_name: str) -> Any:
        return variable(dims, array.reshape(1, *shape), long_name)

    return xr.Dataset(
        {
            "train_accuracy": by_arm(accuracy, "train accuracy after the budget"),
            "escalated_accuracy": by_arm(escalated, "train accuracy after four budgets, where it went on"),
            "validation_accuracy": by_arm(first.validation_accuracy, "validation accuracy after the budget"),
            "test_accuracy": by_arm(first.test_accuracy, "test accuracy after the budget"),
            "diverged": by_arm(first.diverged, "diverged within the budget"),
            "updates_to_mark": by_arm(
                below, "updates until the batch loss, over one epoch, is below the mark"
            ),
            "updates_done": by_arm(n_steps, "updates done in all, infinite where the network diverged"),
        },
        coords={"replicate": [replicate.index], **coords},
        attrs={"learns_at": params["learns_at"]},
    )


def first_below(loss: np.ndarray, mark: float, window: int) -> np.ndarray:
    """Return after how many updates the mean of the last ``window`` batch losses is below the mark, else inf.

    ``loss`` is (network, step); the batch of a step is drawn before its update, so the first mean is known
    after ``window`` − 1 updates.
    """
    if loss.shape[-1] < window:
        return np.full(loss.shape[:-1], np.inf)
    means = np.lib.stride_tricks.sliding_window_view(loss.astype(np.float64), window, axis=-1).mean(axis=-1)
    below = means < mark  # NaN after a network's last update is not
    return np.where(below.any(axis=-1), below.argmax(axis=-1) + window - 1, np.inf)


def best_accuracy(dataset: xr.Dataset) -> xr.DataArray:
    """Return the best train accuracy over optimizers and rates; (replicate, depth, initializer)."""
    latest: xr.DataArray = dataset["escalated_accuracy"].fillna(dataset["train_accuracy"])
    return latest.max(("optimizer", "rate"))


def chosen_test_accuracy(dataset: xr.Dataset) -> xr.DataArray:
    """Return the test accuracy of the arm that is best on validation; (replicate, depth, initializer)."""
    trials = dataset[["validation_accuracy", "test_accuracy"]].stack(trial=("optimizer", "rate"))
    chosen: xr.DataArray = trials["test_accuracy"].isel(trial=trials["validation_accuracy"].argmax("trial"))
    return chosen.drop_vars(("trial", "optimizer", "rate"))


def best_at(depth: int) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: the best train accuracy of Xavier networks of this depth."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(best_accuracy(dataset).sel(depth=depth, initializer="xavier"))

    return quantity


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates of the best train accuracy and of the chosen test accuracy."""
    best = best_accuracy(dataset)
    return xr.Dataset(
        {
            "best": best.median("replicate"),
            "best_low": best.min("replicate"),
            "best_high": best.max("replicate"),
            "learned": (best >= params["learns_at"]).mean("replicate"),
            "escalated": dataset["escalated_accuracy"].notnull().any(("optimizer", "rate")).mean("replicate"),
            "by_rate": dataset["train_accuracy"].median("replicate"),
            "test": chosen_test_accuracy(dataset).median("replicate"),
            "updates": dataset["updates_to_mark"].min(("optimizer", "rate")).median("replicate"),
        },
        attrs={"learns_at": params["learns_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    exported: dict[str, float | dict[str, float]] = {
        table: {
            f"{initializer}_{depth}": float(summary[table].sel(initializer=initializer, depth=depth))
            for initializer in INITIALIZERS
            for depth in summary["depth"].values
        }
        for table in ("best", "test", "learned", "escalated", "updates")
    }
    learns = summary["best"] >= summary.attrs["learns_at"]
    deepest = summary["depth"].where(learns, 0).max("depth")
    exported["deepest"] = {name: int(deepest.sel(initializer=name)) for name in INITIALIZERS}
    return exported


def draw_depth(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the best train accuracy against depth, Xavier and He, and the mark of learning."""
    figure, axis = style.subplots(width="text", height=62, right=21, top=3)
    learns_at = summary.attrs["learns_at"]
    style.bound(axis, learns_at)
    style.direct_label(axis, summary["depth"][-1], learns_at, f"{words(LEARNED)} ≥ {learns_at:g}", "bound")
    for name in ("he", "xavier"):
        cut = summary.sel(initializer=name)
        label = f"{words(name_of(name))} {float(cut['best'][-1]):.2f}"
        style.band(axis, cut["depth"], cut["best"], cut["best_low"], cut["best_high"], name, label=label)
        for depth in cut["depth"].values[:-1]:
            best = float(cut["best"].sel(depth=depth))
            side = "above" if name == "he" else "below"
            style.direct_label(axis, depth, best, f"{best:.2f}", name, side=side)
    axis.set_xlim(left=1)
    axis.set_ylim(-0.05, 1.15)
    axis.set_yticks(np.arange(0, 1.1, 0.2))
    axis.set_xticks(summary["depth"].values)
    axis.set_xlabel(words(DEPTH))
    axis.set_ylabel(words(BEST))
    return figure


def draw_rates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw train accuracy over depth and learning rate for every initializer and optimizer, as four maps."""
    figure, axes = style.subplots(1, 4, width="wide", height=48, sharey=True, right=14)
    panels = [
        (initializer, optimizer) for initializer in ("xavier", "he") for optimizer in ("sgd", "momentum")
    ]
    depths = [str(depth) for depth in summary["depth"].values]
    rates = [RATE_LABELS.get(round(float(np.log10(rate)), 2), "") for rate in summary["rate"].values]
    for axis, (initializer, optimizer) in zip(axes, panels, strict=True):
        cells = (
            summary["by_rate"].sel(initializer=initializer, optimizer=optimizer).transpose("depth", "rate")
        )
        image = style.heat(axis, cells.values, rows=depths, columns=rates, form=None, limits=(0, 1))
        style.panel_title(axis, f"{words(name_of(initializer))}, {words(name_of(optimizer))}")
        axis.set_xlabel(words(RATE))
    axes[0].set_ylabel(words(DEPTH))
    style.colorbar(figure, image, words(ACCURACY))
    return figure


RATE_LABELS = {-3.0: "10⁻³", -2.0: "10⁻²", -1.0: "10⁻¹", 0.0: "1"}
DEPTH = Text(ko="은닉층의 수", en="hidden layers")
RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
BEST = Text(ko="가장 좋은 훈련 정확도", en="best train accuracy")
LEARNED = Text(ko="학습됨", en="learned")

LEARNS_AT = Text(
    ko="열 가지 숫자를 찍어서 맞힐 확률의 두 배이다. 두 최적화 방법과 모든 학습률에서 300번, 다시 "
    "1200번 갱신하고도 이에 못 미치면 학습되지 않은 것으로 본다.",
    en="Twice the chance level of ten digits. What stays below it with both optimizers at every rate, "
    "after 300 updates and again after 1200, has not learned.",
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="D16",
            says=Text(
                ko="ReLU에 Xavier 초깃값을 쓰면 활성화값이 0으로 몰려 학습이 되지 않는다.",
                en="Under ReLU with Xavier initial values, activations crowd at 0 and nothing is learned.",
            ),
            source="활성화 함수가 ReLU라면?",
            better=Text(
                ko="ReLU에 Xavier를 쓰면 신호는 층마다 $1/\\sqrt{2}$배로 줄어든다. 그 때문에 학습이 "
                "멈추는지는 층의 수에 달려 있다. He는 신호의 크기를 지킨다.",
                en="Under ReLU, Xavier shrinks the signal to $1/\\sqrt{2}$ at each layer. Whether that "
                "stops learning is a matter of depth; He keeps the signal's size.",
            ),
            checks=tuple(
                Check(
                    name=f"depth_{depth}",
                    label=Text(
                        ko=f"은닉층 {depth}개: 가장 좋은 훈련 정확도",
                        en=f"{depth} hidden layers: best train accuracy",
                    ),
                    quantity=best_at(depth),
                    estimator="median",
                    relation="<=",
                    bound=0.2,
                    because=LEARNS_AT,
                )
                for depth in (4, 10, 20, 30, 50)
            ),
        ),
    ),
    figures=(
        Figure(
            name="depth",
            caption=Text(
                ko="ReLU 망이 학습되는지를 은닉층의 수에 따라 본 것. 학습된 망의 비율은 은닉층 30개에서 "
                "Xavier {relu_depth_trained.learned.xavier_30:.0%}, He "
                "{relu_depth_trained.learned.he_30:.0%}이고, 50개에서 Xavier "
                "{relu_depth_trained.learned.xavier_50:.0%}, He "
                "{relu_depth_trained.learned.he_50:.0%}이다. 두 최적화 방법과 일곱 학습률 가운데 "
                "가장 좋은 훈련 정확도의 중앙값과 범위. 너비 64, 배치 100, 갱신 300번(모두 실패하면 "
                "1200번), n = {n}.",
                en="Whether ReLU networks learn, by number of hidden layers. At 30 layers "
                "{relu_depth_trained.learned.xavier_30:.0%} of the networks learn from Xavier and "
                "{relu_depth_trained.learned.he_30:.0%} from He, at 50 layers "
                "{relu_depth_trained.learned.xavier_50:.0%} and "
                "{relu_depth_trained.learned.he_50:.0%}. Best train accuracy over two optimizers and "
                "seven rates, median and range. Width 64, batch 100, 300 updates (1200 where all "
                "failed), n = {n}.",
            ),
            alt=Text(
                ko="은닉층 4, 10, 20, 30, 50개에서 Xavier의 정확도는 "
                "{relu_depth_trained.best.xavier_4:.2f}, {relu_depth_trained.best.xavier_10:.2f}, "
                "{relu_depth_trained.best.xavier_20:.2f}, {relu_depth_trained.best.xavier_30:.2f}, "
                "{relu_depth_trained.best.xavier_50:.2f}이고 He는 "
                "{relu_depth_trained.best.he_4:.2f}, {relu_depth_trained.best.he_10:.2f}, "
                "{relu_depth_trained.best.he_20:.2f}, {relu_depth_trained.best.he_30:.2f}, "
                "{relu_depth_trained.best.he_50:.2f}이다.",
                en="At 4, 10, 20, 30 and 50 hidden layers Xavier reaches "
                "{relu_depth_trained.best.xavier_4:.2f}, {relu_depth_trained.best.xavier_10:.2f}, "
                "{relu_depth_trained.best.xavier_20:.2f}, {relu_depth_trained.best.xavier_30:.2f} "
                "and {relu_depth_trained.best.xavier_50:.2f}; He {relu_depth_trained.best.he_4:.2f}, "
                "{relu_depth_trained.best.he_10:.2f}, {relu_depth_trained.best.he_20:.2f}, "
                "{relu_depth_trained.best.he_30:.2f} and {relu_depth_trained.best.he_50:.2f}.",
            ),
            draw=draw_depth,
        ),
        Figure(
            name="rates",
            width="wide",
            caption=Text(
                ko="어떤 학습률이 통하는지를 은닉층의 수에 따라 본 지도. 칸의 색은 300번 갱신한 뒤 훈련 "
                "정확도의 중앙값이다. 발산한 망의 정확도는 0으로 친다. n = {n}.",
                en="Which learning rates work, by number of hidden layers. Colors give the median train "
                "accuracy after 300 updates; a diverged network counts as 0. n = {n}.",
            ),
            alt=Text(
                ko="네 지도: Xavier와 He, SGD와 모멘텀. 은닉층 50개에서 가장 좋은 정확도의 중앙값은 "
                "Xavier {relu_depth_trained.best.xavier_50:.2f}, He "
                "{relu_depth_trained.best.he_50:.2f}이다.",
                en="Four maps: Xavier and He, SGD and Momentum. At 50 hidden layers the median best "
                "accuracy is {relu_depth_trained.best.xavier_50:.2f} with Xavier and "
                "{relu_depth_trained.best.he_50:.2f} with He.",
            ),
            draw=draw_rates,
        ),
    ),
)
