"""Training networks of 5 to 30 layers with and without BN; down to how many layers sigmoid networks learn.

Digits, hidden layers of 64 units, ReLU-He, tanh-Xavier and sigmoid-Xavier, SGD, batch 100, 300 updates at
seven learning rates. Accuracies are those at the rate with the best validation accuracy. The *loss area* is
the mean batch loss over the updates, divided by ln 10, the loss of guessing.

The *trainable depth* of sigmoid networks is the largest of the depths tried up to which every depth learns:
at some rate the train accuracy is at least 0.2 after 300 updates or, where it is below at every rate, after
1200. A trainable depth of 30, the largest tried, stands for 30 or more. Networks with residual connections
and without BN are trained at that depth, for comparison.

Values for prose: ``accuracy.relu_bn_10`` (median train accuracy; ``no_bn``, other activations and depths
alike), ``gain.relu_10`` (median of the difference), ``rate.relu_bn_10`` (median rate chosen),
``trainable.bn``, ``.no_bn`` (medians), ``sigmoid.bn_3`` (median of the best train accuracy after 300
updates), ``residual`` (the same of residual networks at the largest depth), ``residual_learned`` (share of
replicates).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

NORMALIZATION: dict[str, nn.arms.Placement | None] = {"no_bn": None, "bn": "before"}
INITIALIZERS: dict[nn.activations.Activation, nn.Initializer] = {
    "relu": nn.He(),
    "tanh": nn.Xavier(),
    "sigmoid": nn.Xavier(),
}

PARAMS = {
    "depths": (5, 10, 20, 30),
    "shallow_depths": (1, 2, 3),
    "width": 64,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "escalation": 4,
    "learns_at": 0.2,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every arm; where a sigmoid network learned at no rate, all its rates go on."""
    parts = [measure_one(params, replicate) for replicate in replicates]  # so few networks are kept at a time
    return xr.concat(parts, "replicate", join="exact")


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> xr.Dataset:
    """Measure one replicate."""
    data = [nn.Data(**split(replicate.generator("split")).fields())]
    depths, tried = params["depths"], (*params["shallow_depths"], *params["depths"])
    smooth = [name for name in INITIALIZERS if name != "sigmoid"]
    others = nn.train(arms(params, smooth, depths), data, [replicate])
    sigmoids = arms(params, ["sigmoid"], tried)
    first = nn.train(sigmoids, data, [replicate], keep_states=True)
    residual = nn.train(
        arms(params, ["sigmoid"], depths[-1:], places=["no_bn"], residual=True), data, [replicate]
    )
    n_places, n_rates = len(NORMALIZATION), len(params["learning_rates"])

    def by_arm(of_others: np.ndarray, of_sigmoids: np.ndarray, long_name: str) -> Any:
        own = of_sigmoids.reshape(1, n_places, len(tried), n_rates)[:, :, -len(depths) :]
        both = np.concatenate([of_others.reshape(-1, n_places, len(depths), n_rates), own])
        return variable(("replicate", "activation", "normalization", "depth", "rate"), both[None], long_name)

    swept = first.train_accuracy[0, :, -1].reshape(n_places, len(tried), n_rates)
    escalated = escalate(params, sigmoids, data, replicate, first, swept)
    sweep = ("replicate", "normalization", "tried_depth", "rate")
    return xr.Dataset(
        {
            "train_accuracy": by_arm(
                others.train_accuracy[0, :, -1], first.train_accuracy[0, :, -1], "train accuracy"
            ),
            "validation_accuracy": by_arm(
                others.validation_accuracy, first.validation_accuracy, "validation accuracy"
            ),
            "area": by_arm(loss_area(others), loss_area(first), "loss area"),
            "sigmoid_accuracy": variable(sweep, swept[None], "train accuracy of sigmoid networks"),
            "escalated_accuracy": variable(
                sweep, escalated[None], "train accuracy after four budgets, where it went on"
            ),
            "residual_accuracy": variable(
                ("replicate", "rate"),
                residual.train_accuracy[..., -1],
                "train accuracy of residual sigmoid networks at the largest depth",
            ),
        },
        coords={
            "replicate": [replicate.index],
            "activation": list(INITIALIZERS),
            "normalization": list(NORMALIZATION),
            "depth": list(depths),
            "tried_depth": list(tried),
            "rate": list(params["learning_rates"]),
        },
        attrs={"learns_at": params["learns_at"]},
    )


def arms(
    params: Mapping[str, Any],
    activations: Sequence[nn.activations.Activation],
    depths: Sequence[int],
    *,
    places: Sequence[str] = tuple(NORMALIZATION),
    residual: bool = False,
) -> list[nn.Arm]:
    """Return one arm for each activation × normalization × depth × rate, in this order."""
    return [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * depth, 10),
                activation=activation,
                initializer=INITIALIZERS[activation],
                batch_norm=NORMALIZATION[place],
                residual=residual,
            ),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for activation in activations
        for place in places
        for depth in depths
        for rate in params["learning_rates"]
    ]


def loss_area(history: nn.History) -> np.ndarray:
    """Return the mean batch loss over the updates in units of ln 10; ∞ where it diverged."""
    return np.asarray(history.loss.mean(axis=-1, dtype=np.float64) / np.log(10))


def escalate(
    params: Mapping[str, Any],
    sigmoids: Sequence[nn.Arm],
    data: Sequence[nn.Data],
    replicate: Replicate,
    first: nn.History,
    accuracy: np.ndarray,
) -> np.ndarray:
    """Let the shallowest networks that learned at no rate go on; deeper ones only if those learned then.

    Returns the accuracies at the end, (normalization, depth, rate), NaN where nothing went on.
    """
    longer = [replace(arm, n_steps=params["n_steps"] * params["escalation"]) for arm in sigmoids]
    escalated = np.full(accuracy.shape, np.nan)
    for place in range(accuracy.shape[0]):
        for depth in np.flatnonzero((accuracy[place] < params["learns_at"]).all(axis=-1)):
            goes_on = np.zeros(accuracy.shape, bool)
            goes_on[place, depth] = True
            second = nn.train(longer, data, [replicate], pairs=goes_on.reshape(1, -1), resume=first)
            escalated[goes_on] = second.train_accuracy[0, :, -1].reshape(accuracy.shape)[goes_on]
            if (escalated[place, depth] < params["learns_at"]).all():
                break
    return escalated


# --- quantities ---


def chosen(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Return a variable at the rate with the best validation accuracy, the smallest of equals."""
    return dataset[name].isel(rate=dataset["validation_accuracy"].argmax("rate")).drop_vars("rate")


def with_minus_without(array: xr.DataArray) -> xr.DataArray:
    """Return the value with BN minus the value without."""
    return array.sel(normalization="bn", drop=True) - array.sel(normalization="no_bn", drop=True)


def gain(activation: str, depth: int) -> Callable[..., np.ndarray]:
    """Return a quantity: train accuracy with BN minus without, each at its chosen rate."""

    def quantity(dataset: xr.Dataset, _initial: xr.Dataset) -> np.ndarray:
        accuracy = chosen(dataset, "train_accuracy").sel(activation=activation, depth=depth)
        return np.asarray(with_minus_without(accuracy))

    return quantity


def steadier(activation: str, depth: int) -> Callable[..., np.ndarray]:
    """Return a quantity: |log ρ| with BN minus |log ρ| without, at initialization."""

    def quantity(_dataset: xr.Dataset, initial: xr.Dataset) -> np.ndarray:
        rho = initial["rho"].sel(activation=activation, depth=depth)
        size: xr.DataArray = abs(xr.apply_ufunc(np.log, rho))
        return np.asarray(with_minus_without(size))

    return quantity


def trainable_depth(dataset: xr.Dataset) -> xr.DataArray:
    """Return the largest depth tried up to which all learn, 0 if none; (replicate, normalization)."""
    latest = dataset["escalated_accuracy"].fillna(dataset["sigmoid_accuracy"])
    learns = (latest >= dataset.attrs["learns_at"]).any("rate")
    up_to_here = learns.astype(int).cumprod("tried_depth")
    depth: xr.DataArray = (up_to_here * dataset["tried_depth"]).max("tried_depth")
    return depth


def trainable_ratio(dataset: xr.Dataset, _initial: xr.Dataset) -> np.ndarray:
    """Trainable sigmoid depth with BN over that without; at most what the depths tried can show."""
    depth = trainable_depth(dataset).astype(float)
    return np.asarray(depth.sel(normalization="bn") / depth.sel(normalization="no_bn"))


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    accuracy = chosen(dataset, "train_accuracy")
    swept, residual = dataset["sigmoid_accuracy"].max("rate"), dataset["residual_accuracy"].max("rate")
    rates = dataset["rate"][dataset["validation_accuracy"].argmax("rate")].drop_vars("rate")
    return xr.Dataset(
        {
            "accuracy": accuracy.median("replicate"),
            "accuracy_low": accuracy.min("replicate"),
            "accuracy_high": accuracy.max("replicate"),
            "gain": with_minus_without(accuracy).median("replicate"),
            "chosen_rate": rates.median("replicate"),
            "area": chosen(dataset, "area").median("replicate"),
            "swept": swept.median("replicate"),
            "swept_low": swept.min("replicate"),
            "swept_high": swept.max("replicate"),
            "trainable": trainable_depth(dataset).median("replicate"),
            "residual": residual.median("replicate"),
            "residual_low": residual.min("replicate"),
            "residual_high": residual.max("replicate"),
            "residual_learned": (residual >= params["learns_at"]).mean("replicate"),
        },
        attrs={"learns_at": params["learns_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(name: str) -> dict[str, float]:
        return {
            f"{activation}_{place}_{depth}": float(
                summary[name].sel(activation=activation, normalization=place, depth=depth)
            )
            for activation in INITIALIZERS
            for place in NORMALIZATION
            for depth in summary["depth"].values
        }

    return {
        "accuracy": table("accuracy"),
        "rate": table("chosen_rate"),
        "area": table("area"),
        "gain": {
            f"{activation}_{depth}": float(summary["gain"].sel(activation=activation, depth=depth))
            for activation in INITIALIZERS
            for depth in summary["depth"].values
        },
        "trainable": {place: float(summary["trainable"].sel(normalization=place)) for place in NORMALIZATION},
        "sigmoid": {
            f"{place}_{depth}": float(summary["swept"].sel(normalization=place, tried_depth=depth))
            for place in NORMALIZATION
            for depth in summary["tried_depth"].values
        },
        "residual": float(summary["residual"]),
        "residual_learned": float(summary["residual_learned"]),
    }


# --- figures ---

DEPTH = Text(ko="은닉층의 수", en="hidden layers")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
BEST = Text(ko="가장 좋은 훈련 정확도", en="best train accuracy")
LEARNED = Text(ko="학습됨", en="learned")
RESIDUAL = Text(ko="잔차 연결\n(정규화 없음)", en="residual,\nwithout BN")


def draw_accuracy(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw train accuracy against depth with and without BN, one panel per activation."""
    figure, axes = style.subplots(1, 3, width="wide", height=56, sharey=True, wspace=13)
    for axis, activation in zip(axes, INITIALIZERS, strict=True):
        for place in ("bn", "no_bn"):
            cut = summary.sel(activation=activation, normalization=place)
            style.band(axis, cut["depth"], cut["accuracy"], cut["accuracy_low"], cut["accuracy_high"], place)
            end = float(cut["accuracy"][-1])
            style.direct_label(axis, cut["depth"][-1], end, f"{end:.2f}", place)
        name = words(name_of(activation))
        initializer = words(name_of("he" if activation == "relu" else "xavier"))
        style.panel_title(axis, f"{name}, {initializer}")
        axis.set_xticks(summary["depth"].values)
        axis.set_ylim(0, 1.05)
        axis.set_xlabel(words(DEPTH))
    axes[0].set_ylabel(words(ACCURACY))
    panel = summary.sel(activation="sigmoid").isel(depth=1)
    for place, side in (("bn", "below"), ("no_bn", "above")):
        height = float(panel["accuracy"].sel(normalization=place))
        style.direct_label(axes[2], panel["depth"], height, words(name_of(place)), place, side=side)
    return figure


def draw_sigmoid(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw how well sigmoid networks of every depth learn with BN, without, and with residual connections."""
    figure, axis = style.subplots(width="text", height=62, right=21, top=3)
    style.log_axis(axis, "x")
    style.bound(axis, summary.attrs["learns_at"], text=f"{words(LEARNED)} ≥ {summary.attrs['learns_at']:g}")
    for place in ("bn", "no_bn"):
        cut = summary.sel(normalization=place)
        label = words(name_of(place))
        style.band(
            axis, cut["tried_depth"], cut["swept"], cut["swept_low"], cut["swept_high"], place, label=label
        )
    last = summary["tried_depth"].values[-1]
    where = (last, summary["residual"], summary["residual_low"], summary["residual_high"])
    style.interval(axis, *where, "third")
    style.direct_label(axis, last, summary["residual"], words(RESIDUAL), "third")
    axis.set_xticks(summary["tried_depth"].values, [str(depth) for depth in summary["tried_depth"].values])
    axis.minorticks_off()
    axis.set_ylim(0, 1.05)
    axis.set_xlabel(words(DEPTH))
    axis.set_ylabel(words(BEST))
    return figure


# --- claims ---


def named(activation: str) -> tuple[str, str]:
    """Return an activation's name in Korean and in English."""
    name = name_of(activation)
    return name["ko"], name["en"]


def gradient_checks(activation: str) -> list[Check]:
    """Compare |log ρ| with and without BN at 10 and 50 layers."""
    korean, english = named(activation)
    return [
        Check(
            name=f"rho_{activation}_{depth}",
            label=Text(
                ko=f"{korean} {depth}층: |log ρ|, 배치 정규화 − 없음",
                en=f"{english}, {depth} layers: |log ρ| with BN − without",
            ),
            quantity=steadier(activation, depth),
            estimator="mean",
            relation="<=",
            bound=0.0,
            because=Text(
                ko="$\\rho=1$이면 기울기가 그대로 전해진다. ‘더 안정’하려면 1에 더 가까워야 한다.",
                en="At ρ = 1 the gradient passes unchanged. To be more stable is to be nearer to 1.",
            ),
            part=f"rho_{activation}",
        )
        for depth in (10, 50)
    ]


def training_checks(activation: str) -> list[Check]:
    """Compare the train accuracy with and without BN at 10, 20 and 30 layers."""
    korean, english = named(activation)
    return [
        Check(
            name=f"trained_{activation}_{depth}",
            label=Text(
                ko=f"{korean} {depth}층: 훈련 정확도, 배치 정규화 − 없음",
                en=f"{english}, {depth} layers: train accuracy with BN − without",
            ),
            quantity=gain(activation, depth),
            estimator="median",
            relation=">=",
            bound=0.0,
            sesoi=0.01,
            because=Text(
                ko="‘더 쉽다’면 같은 갱신 횟수에 더 높은 정확도에 이르러야 한다. 0.01 안쪽이면 차이가 없는 "
                "것으로 본다. 세 깊이에서 모두 그래야 한다.",
                en="Easier is a higher accuracy after equally many updates, within 0.01 no difference; at "
                "all three depths.",
            ),
            part=f"trained_{activation}",
        )
        for depth in (10, 20, 30)
    ]


VANISHES = Text(
    ko="50층짜리 망에서 $\\delta$가 1000배 넘게 줄거나 늘면 소실 또는 폭발이다. ‘근본적인 해결’이라면 세 "
    "활성화 함수 모두 그 안에 있어야 한다.",
    en="A network in which δ shrinks or grows more than 1000-fold vanishes or explodes. A fundamental cure "
    "keeps all three activations inside.",
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="C03",
            says=Text(
                ko="배치 정규화를 쓰면 기울기가 더 안정되어, 아주 깊은 신경망도 훨씬 쉽게 훈련된다.",
                en="With batch normalization gradients are more stable, and very deep nets are much easier "
                "to train.",
            ),
            better=Text(
                ko="배치 정규화를 쓰면 10층부터 세 활성화 함수에서 모두 더 잘 훈련된다. 그러나 기울기가 "
                "늘 더 안정되는 것은 아니다. 소실되지 않는 대신 층마다 커지며, ReLU에서는 1.21배씩 "
                "커진다.",
                en="With batch normalization networks of ten layers and more train better with all "
                "three activations. But gradients are not always more stable: they cannot vanish and "
                "grow with each layer instead, for ReLU by a factor of 1.21.",
            ),
            source="BN: What do you get?",
            data=("bn_gradients",),
            checks=(
                *(check for activation in INITIALIZERS for check in gradient_checks(activation)),
                *(check for activation in INITIALIZERS for check in training_checks(activation)),
                Check(
                    name="theory",
                    label=Text(
                        ko="ReLU와 배치 정규화의 ρ ÷ 평균장 이론 (50층)",
                        en="ρ of ReLU with BN over mean-field theory, 50 layers",
                    ),
                    quantity=lambda _dataset, initial: np.asarray(
                        (initial["rho"] / initial["theory_rho"]).sel(
                            activation="relu", normalization="bn", depth=50
                        )
                    ),
                    estimator="mean",
                    scale="log",
                    relation="within",
                    bound=(0.95, 1.05),
                    because=Text(
                        ko="너비 256, 배치 100에서 한 층의 이득은 무한한 너비와 배치의 값에서 몇 % 흔들린다.",
                        en="With 256 units and batches of 100 the gain of a layer is within a few percent of "
                        "its value at infinite width and batch.",
                    ),
                    role="validates",
                ),
            ),
        ),
        Claim(
            id="C06",
            says=Text(
                ko="배치 정규화는 학습 과정을 안정시켜 기울기 소실을 해결하는 근본적인 방법이다.",
                en="By making training stable, batch normalization is the fundamental cure for the vanishing "
                "gradient.",
            ),
            better=Text(
                ko="배치 정규화는 기울기 소실을 크게 덜어 준다. 그 대신 기울기는 깊이에 따라 커지고, "
                "ReLU 50층에서는 폭발한다. 아주 깊은 망에는 잔차 연결을 함께 쓴다.",
                en="Batch normalization greatly relieves the vanishing gradient. In exchange the "
                "gradient grows with depth, and over 50 layers of ReLU it explodes; very deep "
                "networks use residual connections as well.",
            ),
            source="BN: What do you get?",
            data=("bn_gradients",),
            checks=(
                Check(
                    name="trainable",
                    label=Text(
                        ko="완화한다: 학습되는 시그모이드 망의 깊이, 배치 정규화 ÷ 없음",
                        en="mitigates: trainable depth of sigmoid nets, with BN over without",
                    ),
                    quantity=trainable_ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="기울기 소실을 덜어 준다면 적어도 두 배 깊은 망이 학습되어야 한다. 가장 깊은 "
                        "30층도 "
                        "학습되면 비는 잰 값 이상이다.",
                        en="If it relieves the vanishing gradient, networks at least twice as deep should "
                        "learn. Where the deepest, 30, learns too, the ratio is at least what is given.",
                    ),
                ),
                *(
                    Check(
                        name=f"net_{activation}",
                        label=Text(
                            ko=f"근본적이다: {named(activation)[0]}, RMS δ₁ ÷ RMS δ₅₀",
                            en=f"fundamental: {named(activation)[1]}, RMS δ₁ / RMS δ₅₀",
                        ),
                        quantity=lambda _dataset, initial, activation=activation: np.asarray(
                            initial["delta_ratio"].sel(activation=activation, normalization="bn", depth=50)
                        ),
                        estimator="mean",
                        scale="log",
                        relation="within",
                        bound=(1e-3, 1e3),
                        because=VANISHES,
                        part="fundamental",
                    )
                    for activation in INITIALIZERS
                ),
                Check(
                    name="residual",
                    label=Text(
                        ko="견줄 것: 배치 정규화 없이 잔차 연결만 둔 시그모이드 30층의 훈련 정확도",
                        en="for comparison: train accuracy of 30 sigmoid layers, residual, no BN",
                    ),
                    quantity=lambda dataset, _initial: np.asarray(dataset["residual_accuracy"].max("rate")),
                    estimator="median",
                    relation=">=",
                    bound=0.2,
                    because=Text(
                        ko="찍어서 맞힐 확률의 두 배에 이르면 학습된 것으로 본다.",
                        en="Twice the chance level counts as learned.",
                    ),
                    role="reports",
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="accuracy",
            width="wide",
            caption=Text(
                ko="30층에서 배치 정규화로 얻는 훈련 정확도는 시그모이드 {bn_depth.gain.sigmoid_30:+.2f}, "
                "ReLU {bn_depth.gain.relu_30:+.2f}, tanh {bn_depth.gain.tanh_30:+.2f}이다(차이의 중앙값). "
                "일곱 학습률 가운데 검증 정확도가 가장 좋은 것에서, 중앙값과 범위. 너비 64, SGD, 배치 100, "
                "갱신 300번, n = {n}.",
                en="What batch normalization adds to the train accuracy at 30 layers: sigmoid "
                "{bn_depth.gain.sigmoid_30:+.2f}, ReLU {bn_depth.gain.relu_30:+.2f}, tanh "
                "{bn_depth.gain.tanh_30:+.2f} (medians of the difference). At the rate of seven that is best "
                "on validation, median and range. Width 64, SGD, batch 100, 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="은닉층 수에 따른 훈련 정확도, 활성화 함수마다 한 칸. 30층에서 배치 정규화가 있을 "
                "때와 없을 "
                "때: ReLU {bn_depth.accuracy.relu_bn_30:.2f}, {bn_depth.accuracy.relu_no_bn_30:.2f}; tanh "
                "{bn_depth.accuracy.tanh_bn_30:.2f}, {bn_depth.accuracy.tanh_no_bn_30:.2f}; 시그모이드 "
                "{bn_depth.accuracy.sigmoid_bn_30:.2f}, {bn_depth.accuracy.sigmoid_no_bn_30:.2f}.",
                en="Train accuracy by number of hidden layers, one panel per activation. At 30 layers "
                "with BN "
                "and without: ReLU {bn_depth.accuracy.relu_bn_30:.2f}, "
                "{bn_depth.accuracy.relu_no_bn_30:.2f}; tanh {bn_depth.accuracy.tanh_bn_30:.2f}, "
                "{bn_depth.accuracy.tanh_no_bn_30:.2f}; sigmoid {bn_depth.accuracy.sigmoid_bn_30:.2f}, "
                "{bn_depth.accuracy.sigmoid_no_bn_30:.2f}.",
            ),
            draw=draw_accuracy,
        ),
        Figure(
            name="sigmoid",
            caption=Text(
                ko="시그모이드 망은 배치 정규화 없이는 {bn_depth.trainable.no_bn:.0f}층까지, 쓰면 가장 깊은 "
                "{bn_depth.trainable.bn:.0f}층에서도 학습된다(중앙값). 일곱 학습률 가운데 가장 좋은 훈련 "
                "정확도, 중앙값과 범위. Xavier, 너비 64, SGD, 배치 100, 갱신 300번, n = {n}.",
                en="Sigmoid networks learn up to {bn_depth.trainable.no_bn:.0f} layers without batch "
                "normalization, and with it at {bn_depth.trainable.bn:.0f}, the deepest tried "
                "(medians). Train accuracy at the best of seven rates, median and range. "
                "Xavier, width 64, SGD, batch 100, 300 "
                "updates, n = {n}.",
            ),
            alt=Text(
                ko="은닉층 수에 따른 시그모이드 망의 훈련 정확도. 3층에서 배치 정규화가 있으면 "
                "{bn_depth.sigmoid.bn_3:.2f}, 없으면 {bn_depth.sigmoid.no_bn_3:.2f}; 30층에서 "
                "{bn_depth.sigmoid.bn_30:.2f}, {bn_depth.sigmoid.no_bn_30:.2f}, 잔차 연결만 두면 "
                "{bn_depth.residual:.2f}. 학습되는 깊이는 배치 정규화로 "
                "{C06.trainable.estimate:.0f}배가 된다.",
                en="Train accuracy of sigmoid networks by number of hidden layers. At 3 layers "
                "{bn_depth.sigmoid.bn_3:.2f} with BN and {bn_depth.sigmoid.no_bn_3:.2f} without; at 30 "
                "{bn_depth.sigmoid.bn_30:.2f} and {bn_depth.sigmoid.no_bn_30:.2f}, and "
                "{bn_depth.residual:.2f} with residual connections only. BN makes trainable depth "
                "{C06.trainable.estimate:.0f} times as large.",
            ),
            draw=draw_sigmoid,
        ),
    ),
)
