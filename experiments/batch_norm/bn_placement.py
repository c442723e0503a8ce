"""Where batch normalization stands in the chain: before the activation, as the slide draws it, or after it.

Digits, 3 × 64 ReLU-He, SGD, batch 100, 300 updates at seven learning rates, the rate chosen on validation:
affine → BN → ReLU, affine → ReLU → BN, and without BN. Twenty replicates, as two accuracies on 250 digits are
to be told apart to 0.01. In float64, on a small network of the same kind (64-8-8-8-10, 16 digits), the
gradient of the whole chain up to the softmax's cross-entropy against central differences.

Values for prose: ``test.<placement>`` (mean test accuracy), ``area.<placement>`` (mean of the batch losses
over the first one), ``rate.<placement>`` (median chosen rate), placement ``before``, ``after`` or ``none``;
``n_parameters`` (checked by differences), ``kinks`` (share of them left out, a ReLU having switched between
the two sides); ``unit.<name>`` (``mean``, ``variance``, ``gamma``, ``beta``) and ``layer.<stage>_<sample>``
of the unit drawn in the diagram.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

PLACEMENTS: dict[str, nn.arms.Placement | None] = {"before": "before", "after": "after", "none": None}
STAGES = ("affine", "normalized", "shifted", "activated")

PARAMS = {
    "width": 64,
    "n_hidden": 3,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "checked_widths": (64, 8, 8, 8, 10),
    "checked_batch": 16,
    "difference": 1e-6,
    "shown_batch": 4,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every placement at every rate; check the gradient; take one small batch through a layer."""
    rates = params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10), batch_norm=placement
            ),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for placement in PLACEMENTS.values()
        for rate in rates
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates, keep_parameters=True)
    first = history.loss[..., :1].astype(np.float64)
    area = (history.loss / first).mean(axis=-1)  # inf where it diverged
    checked = [
        check_gradient(params, one, replicate) for one, replicate in zip(data, replicates, strict=True)
    ]
    shape = (len(replicates), len(PLACEMENTS), len(rates))
    shown = rates.index(1e-1) if 1e-1 in rates else len(rates) - 1
    layers = [
        through_a_layer(history.parameters[i, shown], one, params["shown_batch"])
        for i, one in enumerate(data)
    ]
    by_arm = ("replicate", "placement", "rate")
    return xr.Dataset(
        {
            "validation_accuracy": variable(
                by_arm, history.validation_accuracy.reshape(shape), "validation accuracy"
            ),
            "test_accuracy": variable(by_arm, history.test_accuracy.reshape(shape), "test accuracy"),
            "area": variable(by_arm, area.reshape(shape), "mean batch loss over the first one"),
            "gradient_error": variable(
                "replicate", [error for error, _, _ in checked], "largest relative error of the gradient"
            ),
            "kinks": variable("replicate", [share for _, share, _ in checked], "parameters left out"),
            "n_checked": variable("replicate", [n for _, _, n in checked], "parameters differenced"),
            "layer": variable(
                ("replicate", "stage", "sample"), [values for values, _ in layers], "values of one unit"
            ),
            "moments": variable(
                ("replicate", "moment"),
                [moments for _, moments in layers],
                "mean and variance of the batch, scale and shift of the unit",
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "placement": list(PLACEMENTS),
            "rate": list(rates),
            "stage": list(STAGES),
            "moment": ["mean", "variance", "gamma", "beta"],
        },
    )


# --- the gradient of the whole chain ---


def check_gradient(
    params: Mapping[str, Any], data: nn.Data, replicate: Replicate
) -> tuple[float, float, int]:
    """Return the gradient's largest relative error by parameter array, the share left out, and how many.

    γ and β are drawn, since at 1 and 0 mistakes could hide. A central difference means nothing where a ReLU
    switches between its two sides; such a parameter is left out.
    """
    network = nn.Network(widths=params["checked_widths"], batch_norm="before")
    generator = replicate.generator("gradient check")
    start = nn.initial_parameters(network, [generator])
    parameters = nn.Parameters(
        weights=tuple(w[0] for w in start.weights),
        biases=tuple(None if b is None else b[0] for b in start.biases),
        gammas=tuple(generator.uniform(0.5, 1.5, g.shape[1:]) for g in start.gammas),
        betas=tuple(generator.normal(0, 0.5, b.shape[1:]) for b in start.betas),
        running_means=tuple(mean[0] for mean in start.running_means),
        running_variances=tuple(variance[0] for variance in start.running_variances),
    )
    rows = slice(0, params["checked_batch"])
    x, labels = data.x_train[rows].astype(np.float64), data.y_train[rows]
    gradients = nn.backward(network, parameters, nn.forward(network, parameters, x), labels).parameters
    errors, n_left_out, n_all = [], 0, 0
    for name in ("weights", "biases", "gammas", "betas"):
        for index, array in enumerate(getattr(parameters, name)):
            if array is None:
                continue
            losses, signs = [], []
            for sign in (1, -1):
                moved = nudged(parameters, name, index, sign * params["difference"])
                activity = nn.forward(network, moved, np.broadcast_to(x, (array.size, *x.shape)))
                loss, _ = nn.losses.loss_and_gradient("cross_entropy", activity.outputs, labels)
                losses.append(loss)
                signs.append([h > 0 for h in activity.activations[:-1]])
            switched = np.zeros(array.size, bool)
            for plus, minus in zip(*signs, strict=True):
                switched |= (plus != minus).any(axis=(-2, -1))
            slope = ((losses[0] - losses[1]) / (2 * params["difference"]))[~switched]
            exact = getattr(gradients, name)[index].reshape(-1)[~switched]
            errors.append(np.linalg.norm(slope - exact) / np.linalg.norm(exact))
            n_left_out += int(switched.sum())
            n_all += array.size
    return float(max(errors)), n_left_out / n_all, n_all


def nudged(parameters: nn.Parameters, name: str, index: int, amount: float) -> nn.Parameters:
    """Return as many networks as one array has entries, each with another entry moved by the amount."""
    array = getattr(parameters, name)[index]
    copies = np.repeat(array[None], array.size, axis=0)
    copies.reshape(array.size, array.size)[np.diag_indices(array.size)] += amount
    arrays = list(getattr(parameters, name))
    arrays[index] = copies
    fields = {
        key: getattr(parameters, key)
        for key in ("weights", "biases", "gammas", "betas", "running_means", "running_variances")
    }
    return nn.Parameters(**{**fields, name: tuple(arrays)})


# --- one batch through one layer ---


def through_a_layer(
    parameters: nn.Parameters, data: nn.Data, n_samples: int
) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Return z, x̂, y and ReLU(y) of one unit for the first training digits, and μ, σ², γ and β.

    The unit is the first of the first hidden layer whose y is positive for half of the samples.
    """
    z = data.x_train[:n_samples].astype(np.float64) @ parameters.weights[0].astype(np.float64)
    gamma, beta = parameters.gammas[0].astype(np.float64), parameters.betas[0].astype(np.float64)
    y, cache = nn.layers.batch_norm_forward(z, gamma, beta)
    n_positive = (y > 0).sum(axis=0)
    unit = int(np.argmin(np.abs(n_positive - n_samples / 2)))
    values = np.stack([z[:, unit], cache.x_hat[:, unit], y[:, unit], np.maximum(y[:, unit], 0)])
    return values, (float(z[:, unit].mean()), float(z[:, unit].var()), float(gamma[unit]), float(beta[unit]))


# --- quantities ---


def chosen(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Return what the rate gave that is best on validation; (replicate, placement)."""
    best = dataset["validation_accuracy"].argmax("rate")
    picked: xr.DataArray = dataset[name].isel(rate=best)
    return picked


def before_minus_after(name: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: the difference that it makes to stand before the activation."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        picked = chosen(dataset, name)
        return np.asarray(picked.sel(placement="before") - picked.sel(placement="after"))

    return quantity


def before_minus_none(dataset: xr.Dataset) -> np.ndarray:
    """Return test accuracy with BN before the activation minus that without BN."""
    picked = chosen(dataset, "test_accuracy")
    return np.asarray(picked.sel(placement="before") - picked.sel(placement="none"))


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Accuracies by rate, what validation chose, and the batch of the first replicate."""
    accuracy = dataset["test_accuracy"]
    rate = xr.broadcast(dataset["rate"], accuracy)[0].rename("chosen")
    return xr.Dataset(
        {
            "accuracy": accuracy.median("replicate"),
            "accuracy_low": accuracy.min("replicate"),
            "accuracy_high": accuracy.max("replicate"),
            "test": chosen(dataset, "test_accuracy").mean("replicate"),
            "area": chosen(dataset, "area").mean("replicate"),
            "chosen": chosen(dataset.assign(chosen=rate), "chosen").median("replicate"),
            "kinks": dataset["kinks"].mean(),
            "n_checked": dataset["n_checked"].isel(replicate=0),
            "layer": dataset["layer"].isel(replicate=0),
            "moments": dataset["moments"].isel(replicate=0),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""

    def table(name: str) -> dict[str, float]:
        return {placement: float(summary[name].sel(placement=placement)) for placement in PLACEMENTS}

    moments = summary["moments"]
    layer = {
        f"{stage}_{k + 1}": float(summary["layer"].sel(stage=stage)[k])
        for stage in STAGES
        for k in range(summary.sizes["sample"])
    }
    return {
        "test": table("test"),
        "area": table("area"),
        "rate": table("chosen"),
        "kinks": float(summary["kinks"]),
        "n_parameters": float(summary["n_checked"]),
        "unit": {str(name): float(moments.sel(moment=name)) for name in moments["moment"].values},
        "layer": layer,
    }


# --- figures ---


def draw_chain(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Top: the chain of the slide. Below: one unit's values for a batch of digits, stage by stage."""
    from matplotlib.colors import Normalize, to_hex

    figure, axis = style.subplots(width="wide", height=80, left=1, right=1, top=1, bottom=1)
    axis.set_xlim(0, 158)
    axis.set_ylim(78, 0)
    axis.axis("off")
    chain = ["Affine", "Batch Norm", "ReLU", "Affine", "Batch Norm", "ReLU", "Affine", "Softmax"]
    for k, name in enumerate(chain):
        role = {"Batch Norm": "bn", "ReLU": "relu"}.get(name, "muted")
        _box(axis, style, (3 + 19.6 * k, 2, 15.6, 8), name, role)
        if k + 1 < len(chain):
            _arrow(axis, style, (3 + 19.6 * k + 15.6, 6), (3 + 19.6 * (k + 1), 6))
    moments = {str(name): float(summary["moments"].sel(moment=name)) for name in summary["moment"].values}
    lefts = {"affine": 14.0, "normalized": 64.0, "shifted": 100.0, "activated": 136.0}
    heads = {
        "affine": ("z", ""),
        "normalized": ("ẑ = (z − μ)/√(σ² + ε)", words(MEAN_ZERO)),
        "shifted": ("y = γẑ + β", f"γ = {_number(moments['gamma'])}, β = {_number(moments['beta'])}"),
        "activated": ("ReLU(y)", ""),
    }
    for x, end in ((22.6, 14.0), (38.2, 152.0)):  # what the first Batch Norm box opens into
        axis.plot([x, end], [10.6, 15.5], "-", color=style.color("bn"), linewidth=0.6, marker="")
    axis.plot([14, 152], [15.5, 15.5], "-", color=style.color("bn"), linewidth=0.6, marker="")
    color_of = style.colormap("diverging")
    scale = Normalize(-2.2, 2.2)
    tops = [33 + 9.5 * k for k in range(summary.sizes["sample"])]
    middle = (tops[0] + tops[-1] + 8) / 2
    for stage, left in lefts.items():
        head, below = heads[stage]
        _words(axis, style, (left + 8, 20.5), head, "ink", bold=True)
        _words(axis, style, (left + 8, 25.5), below, "muted")
        for top, value in zip(tops, summary["layer"].sel(stage=stage).values, strict=True):
            shade = to_hex(color_of(scale(value)))
            _cell(axis, style, (left, top, 16, 8), _number(float(value)), shade)
    for k, top in enumerate(tops):
        _words(axis, style, (6, top + 4), f"{words(DIGIT)} {k + 1}", "muted")
    _box(axis, style, (37, middle - 8.5, 20, 17), "", "bn")
    _words(axis, style, (47, middle - 3.2), f"μ = {_number(moments['mean'])}", "ink")
    _words(axis, style, (47, middle + 3.2), f"σ² = {_number(moments['variance'])}", "ink")
    _words(axis, style, (47, middle - 11.5), words(OVER_BATCH), "muted")
    for start, end in ((30.5, 36.5), (57.5, 63.5), (80.5, 99.5), (116.5, 135.5)):
        _arrow(axis, style, (start, middle), (end, middle))
    _words(axis, style, (79, 75.5), words(ONE_UNIT), "muted")
    return figure


def _box(axis: Any, style: Any, box: tuple[float, float, float, float], text: str, role: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y, width, height = box
    shape = "round,pad=0,rounding_size=1"
    color = style.color(role)
    fill = {"boxstyle": shape, "facecolor": color, "alpha": 0.12, "linewidth": 0}
    axis.add_patch(FancyBboxPatch((x, y), width, height, **fill))
    axis.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle=shape, fill=False, edgecolor=color, linewidth=0.8)
    )
    _words(axis, style, (x + width / 2, y + height / 2), text, "ink")


def _cell(axis: Any, style: Any, box: tuple[float, float, float, float], text: str, shade: str) -> None:
    from matplotlib.patches import Rectangle

    x, y, width, height = box
    axis.add_patch(
        Rectangle((x, y), width, height, facecolor=shade, edgecolor=style.color("grid"), linewidth=0.5)
    )
    place = {"ha": "center", "va": "center_baseline", "fontsize": style.size()}
    axis.text(x + width / 2, y + height / 2, text, color=readable(shade), **place)


def readable(shade: str) -> str:
    """Return black or white, whichever stands out more on this color (#rrggbb)."""
    red, green, blue = (int(shade[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return "#000000" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.18 else "#ffffff"


def _words(
    axis: Any, style: Any, place: tuple[float, float], text: str, role: str, *, bold: bool = False
) -> None:
    weight = "bold" if bold else "normal"
    color = style.text_color(role)
    axis.text(*place, text, ha="center", va="center", fontsize=style.size(), color=color, fontweight=weight)


def _arrow(axis: Any, style: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    line = {"arrowstyle": "-|>", "color": style.color("muted"), "linewidth": 0.8, "shrinkA": 1, "shrinkB": 1}
    axis.annotate("", xy=end, xytext=start, arrowprops={**line, "mutation_scale": 6})


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-", "−")


def draw_rates(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Draw test accuracy by learning rate for the three placements."""
    figure, axis = style.subplots(width="text", height=58, right=32, top=6)
    style.log_axis(axis, "x")
    for placement, role in ROLES.items():
        cut = summary.sel(placement=placement)
        label = f"{words(NAMES[placement])}\n{words(BEST)} {float(cut['test']):.3f}"
        band = (cut["accuracy"], cut["accuracy_low"], cut["accuracy_high"])
        style.band(axis, cut["rate"], *band, role, label=label)
    axis.set_ylim(0, 1.06)
    axis.set_yticks(np.arange(0, 1.1, 0.2))
    axis.set_xticks([1e-3, 1e-2, 1e-1, 1], ["10⁻³", "10⁻²", "10⁻¹", "1"])
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(ACCURACY))
    return figure


ROLES = {"before": "first", "after": "third", "none": "second"}
NAMES = {
    "before": Text(ko="활성화 앞", en="before ReLU"),
    "after": Text(ko="활성화 뒤", en="after ReLU"),
    "none": Text(ko="배치 정규화 없음", en="no BN"),
}
BEST = Text(ko="고른 학습률에서", en="at chosen rate")
RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="시험 정확도", en="test accuracy")
MEAN_ZERO = Text(ko="평균 0, 분산 1", en="mean 0, variance 1")
OVER_BATCH = Text(ko="배치의 통계", en="of the batch")
DIGIT = Text(ko="숫자", en="digit")
ONE_UNIT = Text(
    ko="훈련한 신경망의 첫 은닉층, 한 유닛의 값",
    en="values of one unit in the first hidden layer of a trained network",
)

# --- claim ---

C07 = Claim(
    id="C07",
    says=Text(
        ko="배치 정규화의 사용 예: 활성화 함수에 넘기기 전에 미니배치 단위로 조정한다(Affine → Batch Norm → "
        "ReLU → … → Softmax).",
        en="Example: adjusted per mini-batch before the activation function (affine → batch norm → ReLU → … "
        "→ softmax).",
    ),
    source="배치 정규화 사용 예",
    better=Text(
        ko="배치 정규화는 활성화 함수의 앞에도 뒤에도 둘 수 있다. 어느 쪽이 나은지는 여기서 잰 작은 "
        "신경망의 결과를 넘어 일반화할 수 없으므로 재어 보고 정한다.",
        en="Batch normalization may stand before the activation or after it. Which is better has to be "
        "measured for the network at hand.",
    ),
    checks=(
        Check(
            name="gradient",
            label=Text(
                ko="사슬 전체의 기울기와 중앙 차분의 상대 오차 (배열마다, 가장 큰 것)",
                en="gradient of the whole chain against central differences, largest relative error of an "
                "array",
            ),
            quantity=lambda dataset: float(dataset["gradient_error"].max()),
            estimator="exact",
            relation="<=",
            bound=1e-6,
            because=Text(
                ko="배정도에서 간격 10⁻⁶인 중앙 차분의 오차는 10⁻⁸쯤이다. 식이 틀리면 상대 오차는 1에 "
                "가깝다.",
                en="Central differences 10⁻⁶ apart err by about 10⁻⁸ in double precision; a wrong formula "
                "by nearly 1.",
            ),
            part="chain",
        ),
        Check(
            name="difference",
            label=Text(
                ko="시험 정확도, 활성화 앞 − 활성화 뒤", en="test accuracy, before the activation − after it"
            ),
            quantity=before_minus_after("test_accuracy"),
            estimator="mean",
            relation=">=",
            bound=0.0,
            sesoi=0.01,
            because=Text(
                ko="앞에 두어야 한다면 앞이 더 높아야 한다. 0.01 안쪽이면 어디에 두든 같은 것으로 본다.",
                en="If it has to stand before, that should score higher; within 0.01 the place makes no "
                "difference.",
            ),
            part="place",
        ),
        Check(
            name="area",
            label=Text(
                ko="훈련 손실의 넓이(처음 손실의 배수), 앞 − 뒤",
                en="area under training loss over its start, before − after",
            ),
            quantity=before_minus_after("area"),
            estimator="mean",
            relation="<=",
            bound=0.0,
            because=Text(ko="판정에는 쓰지 않는다.", en="Shown, not judged."),
            role="reports",
        ),
        Check(
            name="without",
            label=Text(
                ko="시험 정확도, 앞 − 정규화 없음",
                en="test accuracy, before the activation − no BN",
            ),
            quantity=before_minus_none,
            estimator="mean",
            relation=">=",
            bound=0.0,
            because=Text(ko="판정에는 쓰지 않는다.", en="Shown, not judged."),
            role="reports",
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(C07,),
    figures=(
        Figure(
            name="chain",
            width="wide",
            caption=Text(
                ko="배치 정규화는 배치의 평균과 분산으로 값을 고르고, 배운 $\\gamma$와 $\\beta$로 다시 "
                "늘이고 옮긴다. 위는 슬라이드의 사슬, 아래는 훈련한 신경망에 숫자 네 개를 넣었을 때 한 "
                "유닛의 값이다. 배치의 평균은 {bn_placement.unit.mean:.2f}, 분산은 "
                "{bn_placement.unit.variance:.2f}.",
                en="Batch normalization evens a batch out by its mean and variance, then stretches and "
                "shifts it by what was learned. Top: the slide’s chain. Below: one unit’s values when four "
                "digits go through a trained network; the batch’s mean is {bn_placement.unit.mean:.2f}, its "
                "variance {bn_placement.unit.variance:.2f}.",
            ),
            alt=Text(
                ko="네 숫자의 z는 {bn_placement.layer.affine_1:.2f}, {bn_placement.layer.affine_2:.2f}, "
                "{bn_placement.layer.affine_3:.2f}, {bn_placement.layer.affine_4:.2f}이고, 정규화하면 "
                "{bn_placement.layer.normalized_1:.2f}, {bn_placement.layer.normalized_2:.2f}, "
                "{bn_placement.layer.normalized_3:.2f}, {bn_placement.layer.normalized_4:.2f}, γ = "
                "{bn_placement.unit.gamma:.2f}, β = {bn_placement.unit.beta:.2f}로 늘이고 옮긴 뒤 ReLU를 "
                "지나면 {bn_placement.layer.activated_1:.2f}, {bn_placement.layer.activated_2:.2f}, "
                "{bn_placement.layer.activated_3:.2f}, {bn_placement.layer.activated_4:.2f}가 된다.",
                en="z of four digits: {bn_placement.layer.affine_1:.2f}, {bn_placement.layer.affine_2:.2f}, "
                "{bn_placement.layer.affine_3:.2f}, {bn_placement.layer.affine_4:.2f}; normalized: "
                "{bn_placement.layer.normalized_1:.2f}, {bn_placement.layer.normalized_2:.2f}, "
                "{bn_placement.layer.normalized_3:.2f}, {bn_placement.layer.normalized_4:.2f}; scaled by γ "
                "= {bn_placement.unit.gamma:.2f}, shifted by β = {bn_placement.unit.beta:.2f} and through "
                "ReLU: {bn_placement.layer.activated_1:.2f}, {bn_placement.layer.activated_2:.2f}, "
                "{bn_placement.layer.activated_3:.2f}, {bn_placement.layer.activated_4:.2f}.",
            ),
            draw=draw_chain,
        ),
        Figure(
            name="rates",
            caption=Text(
                ko="검증으로 고른 학습률에서 시험 정확도의 평균은 활성화 앞 {bn_placement.test.before:.3f}, "
                "뒤 {bn_placement.test.after:.3f}, 배치 정규화 없이 {bn_placement.test.none:.3f}이다. "
                "곡선은 중앙값과 범위. 3 × 64 ReLU-He, 배치 100, 300번 갱신, n = {n}.",
                en="At the rate chosen on validation the mean test accuracy is "
                "{bn_placement.test.before:.3f} before the activation, {bn_placement.test.after:.3f} after "
                "it, {bn_placement.test.none:.3f} without batch normalization. Curves: median and range. 3 "
                "× 64 ReLU-He, batch 100, 300 updates, n = {n}.",
            ),
            alt=Text(
                ko="학습률에 따른 시험 정확도의 세 곡선. 고른 학습률의 중앙값은 앞 "
                "{bn_placement.rate.before:.2g}, 뒤 {bn_placement.rate.after:.2g}, 없음 "
                "{bn_placement.rate.none:.2g}이다. 시험 정확도의 차이, 앞 − 뒤: "
                "{C07.difference.estimate:.3f}.",
                en="Three curves of test accuracy by learning rate. The median chosen rate is "
                "{bn_placement.rate.before:.2g} before, {bn_placement.rate.after:.2g} after, "
                "{bn_placement.rate.none:.2g} without. Test accuracy before minus after: "
                "{C07.difference.estimate:.3f}.",
            ),
            draw=draw_rates,
        ),
    ),
)
