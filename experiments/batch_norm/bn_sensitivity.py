"""How far the last hidden layer moves if every weight is changed by 1 %: 1 to 50 layers, with BN and without.

The same input passes two networks. The second one's weights are w + 0.01·s·ξ, s their standard deviation and
ξ standard normal. The *change* is ‖h' − h‖/‖h‖ over batch and units; the *confusion* divides by what tells
the inputs of the batch apart, ‖h − mean over the batch‖. With BN each network normalizes with its own batch.

Values for prose, per setting (``tanh``, ``chaotic_tanh``, ``relu``, ``sigmoid``) and ``bn`` or ``no_bn``:
``change.relu_bn`` and ``confusion.relu_bn`` (geometric means at ``compared_depth``), ``last.relu_bn`` (change
at the largest depth); ``ratio.relu`` (change with BN over that without, at ``compared_depth``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import Activation

SETTINGS: dict[str, tuple[Activation, float]] = {  # activation and σ_w
    "tanh": ("tanh", 1.0),
    "chaotic_tanh": ("tanh", 3.2),
    "relu": ("relu", 2**0.5),
    "sigmoid": ("sigmoid", 1.0),
}
NORMALIZATION = ("no_bn", "bn")


PARAMS = {"width": 256, "n_layers": 50, "batch_size": 100, "change": 0.01, "compared_depth": 20}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send one batch through every pair of networks; a shallow net is the first layers of the deepest."""
    shape = (len(SETTINGS), len(NORMALIZATION), params["n_layers"])
    measured = np.stack([measure_one(params, replicate) for replicate in replicates], axis=1)
    theory = [
        [
            change_in_theory(*setting, params["n_layers"], params["change"], normalizes=place == "bn")
            for place in NORMALIZATION
        ]
        for setting in SETTINGS.values()
    ]
    dims = ("setting", "normalization", "depth")
    assert measured.shape[2:] == shape
    return xr.Dataset(
        {
            "change": variable(("replicate", *dims), measured[0], "relative change of the last hidden layer"),
            "confusion": variable(
                ("replicate", *dims), measured[1], "change relative to the differences between inputs"
            ),
            "theory_change": variable(dims, theory, "relative change, mean field"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "setting": list(SETTINGS),
            "normalization": list(NORMALIZATION),
            "depth": np.arange(1, params["n_layers"] + 1),
        },
        attrs={"compared_depth": params["compared_depth"]},
    )


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> np.ndarray:
    """Return change and confusion, (2, setting, normalization, layer)."""
    width = params["width"]
    weights, noise = replicate.generator("weights"), replicate.generator("change")
    x = replicate.generator("input").standard_normal((params["batch_size"], width))
    arms = [(*setting, place) for setting in SETTINGS.values() for place in NORMALIZATION]
    pairs = [np.stack([x, x]) for _ in arms]  # both networks of an arm: (2, batch, unit)
    found = np.empty((2, len(arms), params["n_layers"]))
    for layer in range(params["n_layers"]):
        w = weights.standard_normal((width, width)) / width**0.5
        changed = w + params["change"] * noise.standard_normal((width, width)) / width**0.5
        both = np.stack([w, changed])
        for index, (activation, sigma_w, place) in enumerate(arms):
            pairs[index] = through_layer(pairs[index], sigma_w * both, activation, normalizes=place == "bn")
            found[:, index, layer] = distances(*pairs[index])
    return found.reshape(2, len(SETTINGS), len(NORMALIZATION), -1)


def through_layer(h: np.ndarray, w: np.ndarray, activation: Activation, *, normalizes: bool) -> np.ndarray:
    """Return the layer's output for inputs h (…, batch, n_in): affine → BN, where there is one → φ."""
    z = h @ w
    if normalizes:
        units = (*z.shape[:-2], z.shape[-1])
        z, _ = nn.layers.batch_norm_forward(z, np.ones(units), np.zeros(units))
    return nn.layers.activate(activation, z)


def distances(h: np.ndarray, changed: np.ndarray) -> tuple[float, float]:
    """Return ‖h' − h‖ over ‖h‖, and over ‖h − its mean over the batch‖."""
    distance = np.linalg.norm(changed - h)
    return float(distance / np.linalg.norm(h)), float(distance / np.linalg.norm(h - h.mean(axis=0)))


# --- theory ---

NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(160)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()


def change_in_theory(
    activation: Activation, sigma_w: float, n_layers: int, change: float, *, normalizes: bool
) -> np.ndarray:
    """Return the relative change after each layer of a wide network, large batch.

    The pre-activations of both networks are jointly normal. Mean squares follow σ_w² E[h²], the changed
    network's times 1 + change²; products follow σ_w² E[h h']. BN subtracts the means, E[h]² of them, and
    makes both variances 1.
    """
    square, changed_square, product = 1.0, 1.0, 1.0  # of the inputs, which are the same
    found = np.empty(n_layers)
    for layer in range(n_layers):
        q, changed_q, covariance = sigma_w**2 * np.array([square, changed_square * (1 + change**2), product])
        if normalizes:
            covariance, q, changed_q = covariance / np.sqrt(q * changed_q), 1.0, 1.0
        moments = joint_moments(activation, q, changed_q, covariance)
        mean, changed_mean, square, changed_square, product = moments
        found[layer] = np.sqrt((square + changed_square - 2 * product) / square)
        if normalizes:
            square, changed_square = square - mean**2, changed_square - changed_mean**2
            product -= mean * changed_mean
    return found


def joint_moments(activation: Activation, q: float, changed_q: float, covariance: float) -> tuple[float, ...]:
    """Return E[h], E[h'], E[h²], E[h'²], E[h h'] for z, z' normal with these variances and covariance."""
    if activation == "relu":  # Cho & Saul 2009: the product has a closed form, and a kink for quadrature
        scale = np.sqrt(q * changed_q)
        angle = np.arccos(np.clip(covariance / scale, -1, 1))
        product = scale * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
        return np.sqrt(q / (2 * np.pi)), np.sqrt(changed_q / (2 * np.pi)), q / 2, changed_q / 2, product
    z = np.sqrt(q) * NODES[:, None]
    rest = np.sqrt(max(changed_q - covariance**2 / q, 0.0))
    changed_z = covariance / q * z + rest * NODES
    h, changed_h = (
        nn.layers.activate(activation, one) for one in (np.broadcast_to(z, changed_z.shape), changed_z)
    )
    p = NODE_WEIGHTS[:, None] * NODE_WEIGHTS
    return tuple(float((p * f).sum()) for f in (h, changed_h, h**2, changed_h**2, h * changed_h))


# --- quantities ---


def largest_change(dataset: xr.Dataset) -> np.ndarray:
    """Return the largest change over settings without BN and depths."""
    return np.asarray(dataset["change"].sel(normalization="no_bn").max(("setting", "depth")))


def compared(dataset: xr.Dataset, name: str, setting: str) -> np.ndarray:
    """Return a distance with BN over that without, at the depth where they are compared."""
    cut = dataset[name].sel(setting=setting, depth=dataset.attrs["compared_depth"])
    return np.asarray(cut.sel(normalization="bn") / cut.sel(normalization="no_bn"))


def off_theory(dataset: xr.Dataset) -> np.ndarray:
    """Return change over theory at five layers, geometric mean over settings."""
    ratio = (dataset["change"] / dataset["theory_change"]).sel(depth=5)
    logs: xr.DataArray = xr.apply_ufunc(np.log, ratio)
    return np.asarray(np.exp(logs.mean(("setting", "normalization"))))


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles, geometric means and theory."""
    summary = dataset[["change", "confusion"]].quantile([0.05, 0.5, 0.95], dim="replicate")
    for name in ("change", "confusion"):
        logs: xr.DataArray = xr.apply_ufunc(np.log, dataset[name])
        summary[f"{name}_mean"] = xr.apply_ufunc(np.exp, logs.mean("replicate"))
    summary["theory_change"] = dataset["theory_change"]
    return summary.assign_attrs(dataset.attrs)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""

    def table(name: str, depth: int) -> dict[str, float]:
        cut = summary[name].sel(depth=depth)
        return {
            f"{setting}_{place}": float(cut.sel(setting=setting, normalization=place))
            for setting in SETTINGS
            for place in NORMALIZATION
        }

    depth = summary.attrs["compared_depth"]
    return {
        "change": table("change_mean", depth),
        "confusion": table("confusion_mean", depth),
        "last": table("change_mean", int(summary["depth"][-1])),
    }


# --- figure ---

NAMES = {
    "tanh": Text(ko="tanh, σ_w = 1", en="tanh, σ_w = 1"),
    "chaotic_tanh": Text(ko="tanh, σ_w = 3.2", en="tanh, σ_w = 3.2"),
    "relu": Text(ko="ReLU, He", en="ReLU, He"),
    "sigmoid": Text(ko="시그모이드, σ_w = 1", en="sigmoid, σ_w = 1"),
}
DEPTH = Text(ko="은닉층의 수", en="hidden layers")
CHANGE = Text(ko="출력의 변화 ÷ 출력", en="change / output")
CONFUSION = Text(ko="출력의 변화 ÷\n입력에 따른 차이", en="change / differences\nbetween inputs")
HIGHEST = 2e3  # of the lower panels
COMPLETE = 0.5  # of its size: an output that changed by so much has changed completely


def draw_by_depth(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the change of the last layer against depth: over its size, and over what tells inputs apart."""
    figure, axes = style.subplots(2, 4, width="wide", height=92, sharex=True, sharey="row", left=17)
    depth = summary["depth"].values
    for column, setting in enumerate(summary["setting"].values):
        for row, name in enumerate(("change", "confusion")):
            axis = axes[row, column]
            style.log_axis(axis)
            for place in NORMALIZATION:
                cut = summary.sel(setting=setting, normalization=place)
                low, median, high = cut[name].transpose("quantile", "depth").values
                style.band(axis, depth, median, low, high, place)
                if name == "change":
                    style.theory(axis, depth, cut["theory_change"])
                write_compared(axis, summary, name, setting, place, style)
        style.bound(axes[0, column], COMPLETE)
        style.panel_title(axes[0, column], words(NAMES[setting]))
        axes[1, column].set_xlabel(words(DEPTH))
        axes[1, column].set_xticks([1, 20, 50])
    for place, y in (("bn", 0.2), ("no_bn", 0.015)):
        style.note(axes[0, 0], words(name_of(place)), x=0.98, y=y, role=place)
    axes[0, 0].set_ylim(6e-4, 4)
    axes[1, 0].set_ylim(5e-3, HIGHEST)
    axes[0, 0].set_ylabel(words(CHANGE))
    axes[1, 0].set_ylabel(words(CONFUSION))
    return figure


def write_compared(axis: Any, summary: xr.Dataset, name: str, setting: str, place: str, style: Any) -> None:
    """Write the number beside the curve at the depth where the curves are compared."""
    depth = summary.attrs["compared_depth"]
    at_depth = summary[f"{name}_mean"].sel(setting=setting, depth=depth)
    value = float(at_depth.sel(normalization=place))
    if value > HIGHEST:
        return
    axis.plot([depth], [value], style.marker(place), color=style.color(place), zorder=4)
    side = "above" if value == float(at_depth.max()) else "below"
    style.direct_label(axis, depth, value, f"{value:.2g}", place, side=side)


# --- claim ---


def lowered(setting: str, korean: str, english: str) -> Check:
    """Ask whether BN lowers the change in one setting."""
    return Check(
        name=f"lowered_{setting}",
        label=Text(
            ko=f"{korean}, 20층: 변화의 비, 배치 정규화 ÷ 없음",
            en=f"{english}, 20 layers: change with BN over without",
        ),
        quantity=lambda dataset: compared(dataset, "change", setting),
        estimator="mean",
        scale="log",
        relation="<=",
        bound=1.0,
        because=Text(
            ko="배치 정규화가 이 문제를 풀려고 쓰는 것이라면 변화가 줄어야 한다.",
            en="If this is what batch normalization is for, it must lower the change.",
        ),
    )


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="C01",
            says=Text(
                ko="입력이 같아도 가중치가 조금만 달라지면 출력이 완전히 달라질 수 있고, 배치 정규화는 "
                "그래서 "
                "쓴다.",
                en="With the same input, slightly different weights can change the output completely; that "
                "is why batch normalization is used.",
            ),
            better=Text(
                ko="출력이 가중치의 작은 변화에 얼마나 민감한지는 활성화 함수와 가중치의 크기에 달려 "
                "있다. 배치 정규화는 가중치가 너무 큰 망을 가라앉히지만, 초깃값이 알맞은 망은 더 "
                "민감하게 만든다.",
                en="How sensitive the output is to small changes of the weights depends on the "
                "activation and on the weights’ size. Batch normalization calms a network whose "
                "weights are too large; one with fitting weights it makes more sensitive.",
            ),
            source="배치정규화(Batch Normalization)",
            checks=(
                Check(
                    name="some",
                    label=Text(
                        ko="배치 정규화 없이 가장 큰 변화 (네 설정, 1–50층)",
                        en="largest change without BN (four settings, 1–50 layers)",
                    ),
                    quantity=largest_change,
                    estimator="mean",
                    scale="log",
                    relation=">=",
                    bound=COMPLETE,
                    because=Text(
                        ko="‘완전히’ 달라졌다면 달라진 만큼이 적어도 제 크기의 절반은 되어야 한다.",
                        en="An output that changed completely differs by at least half its size.",
                    ),
                ),
                lowered("tanh", "tanh, σ_w = 1", "tanh, σ_w = 1"),
                lowered("chaotic_tanh", "tanh, σ_w = 3.2", "tanh, σ_w = 3.2"),
                lowered("relu", "ReLU-He", "ReLU-He"),
                lowered("sigmoid", "시그모이드", "sigmoid"),
                Check(
                    name="confusion_sigmoid",
                    label=Text(
                        ko="시그모이드 20층: 입력에 따른 차이에 견준 변화의 비, 배치 정규화 ÷ 없음",
                        en="sigmoid, 20 layers: change over the differences between inputs, BN over none",
                    ),
                    quantity=lambda dataset: compared(dataset, "confusion", "sigmoid"),
                    estimator="mean",
                    scale="log",
                    relation="<=",
                    bound=1.0,
                    because=Text(
                        ko="출력이 무엇을 가리키는지는 입력에 따라 다른 부분에만 담겨 있다.",
                        en="What the output says lies only in what differs between inputs.",
                    ),
                    role="reports",
                ),
                Check(
                    name="theory",
                    label=Text(
                        ko="5층의 변화 ÷ 평균장 이론 (여덟 망의 기하 평균)",
                        en="change at 5 layers over mean-field theory (geometric mean of eight nets)",
                    ),
                    quantity=off_theory,
                    estimator="mean",
                    scale="log",
                    relation="within",
                    bound=(0.95, 1.05),
                    because=Text(
                        ko="너비 256에서 다섯 층까지는 무한 너비와의 차이가 몇 %를 넘지 않는다.",
                        en="At 256 units five layers differ from infinite width by a few percent at most.",
                    ),
                    role="validates",
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="by_depth",
            width="wide",
            caption=Text(
                ko="모든 가중치를 1 % 바꾸었을 때 마지막 은닉층이 얼마나 달라지는가. 20층에서 "
                "tanh($\\sigma_w=3.2$)는 "
                "제 크기의 {bn_sensitivity.change.chaotic_tanh_no_bn:.2f}배만큼 달라지고, 배치 정규화를 쓰면 "
                "{bn_sensitivity.change.chaotic_tanh_bn:.2f}배이다. 다른 설정에서는 배치 정규화가 "
                "변화를 키운다. "
                "아래: 배치에 든 입력들의 차이에 견준 것. 가는 선은 평균장 이론, 분홍 점선은 기준. "
                "너비 256, 배치 "
                "100, 중앙값과 5–95 %, n = {n}.",
                en="How far the last hidden layer moves if every weight changes by 1 %. At 20 layers tanh "
                "with $\\sigma_w=3.2$ moves by {bn_sensitivity.change.chaotic_tanh_no_bn:.2f} of its size, "
                "with batch normalization by {bn_sensitivity.change.chaotic_tanh_bn:.2f}; in the other "
                "settings batch normalization moves it further. Below: relative to the differences between "
                "inputs of the batch. Pink: the bound; thin line: mean-field theory. Width 256, batch 100, "
                "median with 5–95 %, n = {n}.",
            ),
            alt=Text(
                ko="네 설정에서 은닉층 수에 따른 변화. 20층에서 배치 정규화가 있을 때와 없을 때: tanh "
                "σ_w = 1 "
                "{bn_sensitivity.change.tanh_bn:.2f}, {bn_sensitivity.change.tanh_no_bn:.3f}; σ_w = 3.2 "
                "{bn_sensitivity.change.chaotic_tanh_bn:.2f}, "
                "{bn_sensitivity.change.chaotic_tanh_no_bn:.2f}; ReLU {bn_sensitivity.change.relu_bn:.2f}, "
                "{bn_sensitivity.change.relu_no_bn:.3f}; 시그모이드 {bn_sensitivity.change.sigmoid_bn:.3f}, "
                "{bn_sensitivity.change.sigmoid_no_bn:.4f}.",
                en="Change by number of hidden layers in four settings. At 20 layers, with BN and without: "
                "tanh σ_w = 1 {bn_sensitivity.change.tanh_bn:.2f}, "
                "{bn_sensitivity.change.tanh_no_bn:.3f}; σ_w = 3.2 "
                "{bn_sensitivity.change.chaotic_tanh_bn:.2f}, "
                "{bn_sensitivity.change.chaotic_tanh_no_bn:.2f}; ReLU {bn_sensitivity.change.relu_bn:.2f}, "
                "{bn_sensitivity.change.relu_no_bn:.3f}; sigmoid {bn_sensitivity.change.sigmoid_bn:.3f}, "
                "{bn_sensitivity.change.sigmoid_no_bn:.4f}.",
            ),
            draw=draw_by_depth,
        ),
    ),
)
