"""What back-propagation multiplies: activation functions, their derivatives, and products of slopes.

Values for prose: ``largest.sigmoid_0`` … ``sigmoid_3``, ``tanh_0`` … ``tanh_3`` (largest absolute value of
the k-th derivative); ``slopes.<activation>`` and ``signal.<activation>`` (median over replicates of the RMS
of the product of all slopes along a path, without and with the weights; sigmoid and tanh with Xavier's
weights, ReLU with He's); ``n_layers``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.polynomial import Polynomial

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.activations import Activation
from reportgen.theory import mean_field

PARAMS = {"width": 256, "n_layers": 20, "batch_size": 16, "largest_z": 6.0, "n_points": 193}
SIGMA_W = {"sigmoid": 1.0, "tanh": 1.0, "relu": 2**0.5}  # Xavier, Xavier, He
ACTIVATIONS: dict[str, Activation] = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"}
SMOOTH = ("sigmoid", "tanh")
ORDERS = (0, 1, 2, 3)
#: φ' as a polynomial in h = φ(z): h − h² and 1 − h²; and the range of h.
SLOPE = {"sigmoid": Polynomial([0, 1, -1]), "tanh": Polynomial([1, 0, -1])}
RANGE = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
TINY = 1e-100  # a complex step: its derivative has no difference that could cancel


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Tabulate the derivatives; in random nets, follow the slopes' products and check the chain rule."""
    z = np.linspace(-params["largest_z"], params["largest_z"], params["n_points"])
    curves = np.stack([derivatives(name, z) for name in SIGMA_W])  # (activation, order, z)
    largest = np.array([[largest_value(name, order) for order in ORDERS] for name in SMOOTH])
    shape = (len(replicates), len(SIGMA_W))
    slopes, signal = np.empty((2, *shape, params["n_layers"]))
    error = np.empty(shape)
    for i, replicate in enumerate(replicates):
        for j, name in enumerate(SIGMA_W):
            slopes[i, j], signal[i, j], error[i, j] = follow(name, params, replicate)
    chi = [mean_field(ACTIVATIONS[name], SIGMA_W[name], params["n_layers"]).chi for name in SIGMA_W]
    slope_squares = np.array([c[::-1] / SIGMA_W[name] ** 2 for name, c in zip(SIGMA_W, chi, strict=True)])
    gains = np.array([[SIGMA_W[name]] for name in SIGMA_W]) ** np.arange(params["n_layers"])
    theory = np.sqrt(np.cumprod(slope_squares, axis=1))
    differing, library, jump = relu_on_grid()
    passed = ("activation", "passed")
    return xr.Dataset(
        {
            "curve": variable(("activation", "order", "z"), curves, "k-th derivative of φ"),
            "largest": variable(("smooth", "order"), largest, "largest |k-th derivative| of φ"),
            "slopes": variable(("replicate", *passed), slopes, "RMS of the product of slopes"),
            "signal": variable(("replicate", *passed), signal, "RMS of δ over that of the gradient above"),
            "theory_slopes": variable(passed, theory, "RMS of the product of slopes, mean field"),
            "theory_signal": variable(passed, theory * gains, "RMS of δ over that above, mean field"),
            "chain_rule_error": variable(
                ("replicate", "activation"), error, "product against complex-step derivative, relative"
            ),
            "relu_differing": variable((), differing, "grid points where ReLU's slope is not [z > 0]"),
            "relu_library": variable((), library, "grid points where back-propagation differs from [z > 0]"),
            "relu_jump": variable((), jump, "right-hand minus left-hand slope of ReLU at 0"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "activation": list(SIGMA_W),
            "smooth": list(SMOOTH),
            "order": list(ORDERS),
            "z": z,
            "passed": np.arange(1, params["n_layers"] + 1),
        },
    )


# --- derivatives ---


def derivative(name: str, order: int) -> Polynomial:
    """Return the derivative of a smooth φ as a polynomial in h = φ(z): d/dz p(h) = p'(h) · φ'."""
    polynomial = Polynomial([0.0, 1.0])
    for _ in range(order):
        polynomial = polynomial.deriv() * SLOPE[name]
    return polynomial


def largest_value(name: str, order: int) -> float:
    """Return the largest absolute value of a derivative: at an end of the range of h or where it is level."""
    polynomial = derivative(name, order)
    low, high = RANGE[name]
    level = [float(root.real) for root in polynomial.deriv().roots() if abs(root.imag) < 1e-9]
    candidates = [low, high, *(root for root in level if low <= root <= high)]
    return float(np.abs(polynomial(np.array(candidates))).max())


def derivatives(name: str, z: np.ndarray) -> np.ndarray:
    """Return φ and its derivatives on a grid, (order, z); those of ReLU beyond the first are 0."""
    if name == "relu":
        zero = np.zeros_like(z)
        return np.stack([np.maximum(z, 0), (z > 0).astype(np.float64), zero, zero])
    h = activation(name, z)
    return np.stack([derivative(name, order)(h) for order in ORDERS])


def activation(name: str, z: np.ndarray) -> np.ndarray:
    """Return φ(z) of real or complex z."""
    if name == "relu":
        return np.asarray(z * (z.real > 0))
    return np.asarray(np.tanh(z) if name == "tanh" else 1 / (1 + np.exp(-z)))


def relu_on_grid() -> tuple[int, int, float]:
    """Compare ReLU's slope with the rule [z > 0]: difference quotients, and the library's back-propagation.

    Grid and step are binary fractions, so that every quotient is exact.
    """
    z, step = np.arange(-64, 65) / 8.0, 2.0**-10
    rule = (z > 0).astype(np.float64)
    quotient = (np.maximum(z + step, 0) - np.maximum(z - step, 0)) / (2 * step)
    differing = int(np.count_nonzero((quotient != rule)[z != 0]))
    library = int(np.count_nonzero(nn.layers.relu_backward(np.ones_like(z), nn.layers.relu(z)) != rule))
    right, left = np.maximum(step, 0) / step, np.maximum(-step, 0) / -step
    return differing, library, float(right - left)


# --- products of slopes ---


def follow(
    name: str, params: Mapping[str, Any], replicate: Replicate
) -> tuple[np.ndarray, np.ndarray, float]:
    """Send an input up and a gradient down one net; return both products by layers passed, and the error.

    The mean over all paths of the squared product of slopes is the product of the layers' mean squares.
    """
    width, n_layers = params["width"], params["n_layers"]
    generator = replicate.generator("weights")
    spread = SIGMA_W[name] / width**0.5
    weights = [spread * generator.standard_normal((width, width)) for _ in range(n_layers)]
    x = replicate.generator("input").standard_normal((params["batch_size"], width))
    upstream = replicate.generator("upstream").standard_normal(x.shape)
    direction = replicate.generator("direction").standard_normal(x.shape)
    h, all_slopes = x + 1j * TINY * direction, []
    for w in weights:
        h = activation(name, h @ w)
        all_slopes.append(first_slope(name, h.real))
    signal, delta = np.empty(n_layers), upstream
    for passed in range(n_layers):
        delta = delta * all_slopes[-1 - passed]
        signal[passed] = rms(delta)
        delta = delta @ weights[-1 - passed].T
    by_layer = np.array([np.mean(s**2, axis=1) for s in reversed(all_slopes)])  # (passed, batch)
    slopes = np.sqrt(np.cumprod(by_layer, axis=0).mean(axis=1))
    true = np.sum(upstream * h.imag / TINY, axis=1)  # of each row's output along its direction
    product = np.sum(delta * direction, axis=1)
    size = np.linalg.norm(delta, axis=1) * np.linalg.norm(direction, axis=1) / width**0.5
    return slopes, signal / rms(upstream), float(np.max(np.abs(product - true) / size))


def first_slope(name: str, h: np.ndarray) -> np.ndarray:
    """Return φ'(z) from h = φ(z)."""
    return np.asarray((h > 0).astype(np.float64) if name == "relu" else SLOPE[name](h))


def rms(array: np.ndarray) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(array**2)))


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Keep what is exact, and medians with 5 % and 95 % quantiles of the products."""
    summary = dataset[["slopes", "signal"]].quantile([0.05, 0.5, 0.95], dim="replicate")
    return summary.merge(dataset[["curve", "largest", "theory_slopes", "theory_signal"]])


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    last = summary.sel(quantile=0.5).isel(passed=-1)
    largest = {
        f"{name}_{order}": float(summary["largest"].sel(smooth=name, order=order))
        for name in SMOOTH
        for order in ORDERS
    }
    products = {
        table: {name: float(last[table].sel(activation=name)) for name in SIGMA_W}
        for table in ("slopes", "signal")
    }
    return {"largest": largest, **products, "n_layers": int(summary["passed"][-1])}


# --- quantities ---


def largest_slope(dataset: xr.Dataset, name: str) -> float:
    """Return the largest value of φ'."""
    return float(dataset["largest"].sel(smooth=name, order=1))


def n_smaller(dataset: xr.Dataset) -> int:
    """Count the differentiations, of six, after which the largest value is smaller than before."""
    return int((dataset["largest"].diff("order") < 0).sum())


def off_theory(dataset: xr.Dataset) -> np.ndarray:
    """Return the factor per layer over its mean-field value, of the activation where they differ most."""
    n_layers = dataset.sizes["passed"]
    ratio = (dataset["signal"] / dataset["theory_signal"]).isel(passed=-1) ** (1 / n_layers)
    by_name = ratio.transpose("replicate", "activation").values
    return np.asarray(by_name[np.arange(len(by_name)), np.abs(np.log(by_name)).argmax(axis=1)])


# --- claims ---

B05 = Claim(
    id="B05",
    says=Text(
        ko="기울기가 사라지는 까닭은 활성화 함수가 미분할수록 값이 작아지기 때문이다.",
        en="The gradient vanishes because activation functions get smaller the more they are differentiated.",
    ),
    better=Text(
        ko="역전파는 활성화 함수를 거듭 미분하지 않는다. 층마다 한 번 미분한 국소 기울기 $\\varphi'(z)$와 "
        "가중치를 곱한다. 시그모이드에서는 그 국소 기울기가 1/4을 넘지 못한다.",
        en="Back-propagation does not differentiate an activation function again and again. Each layer "
        "multiplies by one local slope $\\varphi'(z)$ and by the weights; a sigmoid's slope is at most 1/4.",
    ),
    source="잘못된 활성화 함수",
    checks=(
        Check(
            name="multiplied",
            label=Text(
                ko="층마다 국소 기울기와 가중치를 한 번씩 곱한 값과 실제 미분의 상대 오차",
                en="product of one local slope and weights a layer against the derivative, relative error",
            ),
            quantity=lambda data: float(data["chain_rule_error"].max()),
            estimator="exact",
            relation="<=",
            bound=1e-12,
            because=Text(
                ko="배정밀도로 스무 층을 계산할 때의 반올림 오차이다. 곱하는 것이 다르면 오차는 1쯤이 된다.",
                en="Rounding of twenty layers in double precision; were something else multiplied, the error "
                "would be near 1.",
            ),
        ),
        Check(
            name="sigmoid",
            label=Text(ko="시그모이드의 가장 큰 국소 기울기", en="largest slope of the sigmoid"),
            quantity=lambda data: largest_slope(data, "sigmoid"),
            estimator="exact",
            relation="within",
            bound=(0.25, 0.25),
            because=Text(
                ko="$h(1-h)$는 $h=1/2$에서 가장 크다. 한 층을 지날 때마다 적어도 4분의 1로 줄인다.",
                en="$h(1-h)$ is largest at $h=1/2$: each layer's slope leaves a quarter at most.",
            ),
        ),
        Check(
            name="tanh",
            label=Text(ko="tanh의 가장 큰 국소 기울기", en="largest slope of tanh"),
            quantity=lambda data: largest_slope(data, "tanh"),
            estimator="exact",
            relation="within",
            bound=(1.0, 1.0),
            because=Text(
                ko="$1-h^2$은 $h=0$에서 가장 크다. 키우는 일은 없지만, 0 가까이에서는 줄이지도 않는다.",
                en="$1-h^2$ is largest at $h=0$: it never enlarges, and near 0 it does not shrink either.",
            ),
        ),
        Check(
            name="wording",
            label=Text(
                ko="한 번 더 미분할 때 최댓값이 작아진 횟수 (여섯 번 가운데)",
                en="differentiations, of six, that make the largest value smaller",
            ),
            quantity=n_smaller,
            estimator="exact",
            relation=">=",
            bound=6,
            because=Text(
                ko="‘미분할수록 작아진다’면 두 함수를 세 번 미분하는 동안 매번 작아져야 한다.",
                en="“Smaller the more they are differentiated” means at each of three derivatives of both.",
            ),
            role="printed",
            erratum=Erratum(
                printed=Text(
                    ko="활성화 함수는 ‘미분할수록 값이 작아지기 때문에’",
                    en="activation functions get smaller “the more they are differentiated”",
                ),
                correct=Text(
                    ko="역전파는 층마다 한 번 미분한 국소 기울기를 곱한다. 거듭 미분하지 않는다. "
                    "시그모이드의 국소 기울기는 1/4 이하이므로 곱할수록 작아진다.",
                    en="Back-propagation multiplies one first derivative per layer and differentiates "
                    "nothing again. A sigmoid's slope is at most 1/4, so the product shrinks.",
                ),
                evidence=Text(
                    ko="시그모이드의 최댓값은 미분할 때마다 {activation_slopes.largest.sigmoid_1:.3f}, "
                    "{activation_slopes.largest.sigmoid_2:.3f}, {activation_slopes.largest.sigmoid_3:.3f}, "
                    "$\\tanh$는 {activation_slopes.largest.tanh_1:.2f}, "
                    "{activation_slopes.largest.tanh_2:.2f}, {activation_slopes.largest.tanh_3:.2f}이다. "
                    "셋째 도함수는 둘째보다 크다.",
                    en="The largest values of the derivatives are "
                    "{activation_slopes.largest.sigmoid_1:.3f}, {activation_slopes.largest.sigmoid_2:.3f}, "
                    "{activation_slopes.largest.sigmoid_3:.3f} for the sigmoid and "
                    "{activation_slopes.largest.tanh_1:.2f}, {activation_slopes.largest.tanh_2:.2f}, "
                    "{activation_slopes.largest.tanh_3:.2f} for $\\tanh$: the third exceeds the second.",
                ),
                severity="misleading",
            ),
        ),
        Check(
            name="theory",
            label=Text(
                ko="한 층에 곱해지는 값 ÷ 이론 (가장 먼 함수)",
                en="factor per layer over theory, farthest function",
            ),
            quantity=off_theory,
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.95, 1.05),
            because=Text(
                ko="너비 256에서 한 층의 이득은 몇 % 흔들리고, 스무 층의 기하 평균은 그보다 덜 흔들린다.",
                en="At 256 units the gain of one layer varies by a few percent, a geometric mean of twenty "
                "by less.",
            ),
            role="validates",
        ),
    ),
)

B06 = Claim(
    id="B06",
    says=Text(
        ko="ReLU의 기울기는 입력이 0보다 크면 1, 그렇지 않으면 0이다.",
        en="The slope of ReLU is 1 for inputs above 0, else 0.",
    ),
    better=Text(
        ko="ReLU의 기울기는 입력이 0보다 크면 1, 작으면 0이다. 0에서는 미분할 수 없어 0으로 약속한다.",
        en="The slope of ReLU is 1 above 0 and 0 below; at 0 there is none, and 0 is taken by convention.",
    ),
    source="잘못된 활성화 함수",
    checks=(
        Check(
            name="quotients",
            label=Text(
                ko="차분 몫이 규칙과 다른 격자점의 수 (0 밖)",
                en="grid points off 0 where the difference quotient is not the rule's",
            ),
            quantity=lambda data: int(data["relu_differing"]),
            estimator="exact",
            relation="<=",
            bound=0,
            because=Text(
                ko="격자점과 간격이 모두 이진 분수이므로 차분 몫에 반올림이 없다. 하나도 달라서는 안 된다.",
                en="Grid and step are binary fractions, so no quotient is rounded: none may differ.",
            ),
        ),
        Check(
            name="library",
            label=Text(
                ko="역전파가 쓰는 기울기가 규칙과 다른 격자점의 수 (0 포함)",
                en="grid points, 0 among them, where back-propagation's slope is not the rule's",
            ),
            quantity=lambda data: int(data["relu_library"]),
            estimator="exact",
            relation="<=",
            bound=0,
            because=Text(
                ko="이 책의 모든 실험이 쓰는 역전파이다. 0에서도 규칙과 같아야 한다.",
                en="All experiments here use this back-propagation; at 0, too, it must follow the rule.",
            ),
            role="validates",
        ),
        Check(
            name="jump",
            label=Text(
                ko="0에서 오른쪽 기울기와 왼쪽 기울기의 차",
                en="right-hand minus left-hand slope at 0",
            ),
            quantity=lambda data: float(data["relu_jump"]),
            estimator="exact",
            relation="<=",
            bound=0.0,
            because=Text(
                ko="판정에는 쓰지 않는다. 0이 아니므로 0에서의 기울기는 약속이다.",
                en="Not judged: it is not 0, so the slope at 0 is a convention.",
            ),
            role="reports",
        ),
    ),
)


# --- figures ---

TITLES = (
    Text(ko="함수 φ", en="function φ"),
    Text(ko="한 번 미분 φ'", en="first derivative φ'"),
    Text(ko="두 번 미분 φ''", en="second derivative φ''"),
    Text(ko="세 번 미분 φ'''", en="third derivative φ'''"),
)
LIMITS = ((-1.3, 2.3), (-0.1, 1.2), (-0.9, 0.9), (-2.3, 1.2))
BESIDE = {  # where the largest value of a derivative is written
    ("tanh", 1): (-1.5, 1.07),
    ("sigmoid", 1): (1.9, 0.22),
    ("tanh", 2): (-0.2, 0.75),
    ("sigmoid", 2): (1.9, -0.24),
    ("tanh", 3): (0.9, -1.95),
    ("sigmoid", 3): (1.3, -0.4),
}
PASSED = Text(ko="지나온 은닉층의 수", en="hidden layers passed")


def draw_derivatives(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Draw φ and three derivatives of each function side by side; the largest absolute value is marked."""
    figure, axes = style.subplots(1, 4, width="wide", height=45, wspace=9, left=7, right=2)
    for order, (axis, title, limits) in enumerate(zip(axes, TITLES, LIMITS, strict=True)):
        for name in ("relu", "sigmoid", "tanh"):
            if name == "relu" and order > 1:
                continue
            curve = summary["curve"].sel(activation=name, order=order)
            style.line(axis, summary["z"], curve, name)
            if name in SMOOTH and order > 0:
                at = int(np.argmax(np.abs(curve.values)))
                axis.plot(
                    float(summary["z"][at]), float(curve[at]), "o", color=style.color(name), markersize=3
                )
        axis.set_ylim(*limits)
        axis.set_xlabel("z")
        style.panel_title(axis, words(title))
    for name, (x, y, align) in {
        "relu": (1.6, 2.0, "right"),
        "sigmoid": (-5.9, 0.3, "left"),
        "tanh": (-5.9, -0.75, "left"),
    }.items():
        color = style.text_color(name)
        text = words(name_of(name))
        axes[0].text(x, y, text, color=color, fontsize=style.size(), ha=align, va="center")
    for (name, order), (x, y) in BESIDE.items():
        largest = f"{float(summary['largest'].sel(smooth=name, order=order)):.3g}"
        color = style.text_color(name)
        axes[order].text(x, y, largest, color=color, fontsize=style.size(), ha="left", va="center")
    return figure


def draw_paths(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Draw products by layers passed. Left: slopes alone. Right: slopes and weights, the gradient."""
    figure, (left, right) = style.subplots(
        1, 2, width="wide", height=60, sharey=True, wspace=26, left=14, right=26
    )
    for axis, table, title in ((left, "slopes", SLOPES_ONLY), (right, "signal", WITH_WEIGHTS)):
        style.log_axis(axis)
        for name in ("relu", "tanh", "sigmoid"):
            low, median, high = summary[table].sel(activation=name).transpose("quantile", "passed").values
            label = f"{words(name_of(name))}\n{scientific(median[-1])}"
            style.band(axis, summary["passed"], median, low, high, name, label=label)
            style.theory(axis, summary["passed"], summary[f"theory_{table}"].sel(activation=name))
        axis.set_xlabel(words(PASSED))
        axis.set_xticks([1, 5, 10, 15, 20])
        style.panel_title(axis, words(title))
    return figure


def scientific(value: float) -> str:
    """Return 0.19, or 3×10⁻¹³ for small values."""
    if value >= 0.01:
        return f"{value:.2f}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


SLOPES_ONLY = Text(ko="국소 기울기만", en="slopes alone")
WITH_WEIGHTS = Text(ko="국소 기울기와 가중치", en="slopes and weights")

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(B05, B06),
    figures=(
        Figure(
            name="derivatives",
            width="wide",
            caption=Text(
                ko="활성화 함수를 한 번, 두 번, 세 번 미분한 그래프. 점과 수는 절댓값이 가장 큰 곳이다. "
                "역전파가 쓰는 것은 둘째 칸뿐이고, 셋째 도함수는 둘째 도함수보다 크다.",
                en="Activation functions and their first three derivatives; dots and numbers mark the "
                "largest absolute value. Back-propagation uses the second panel only, and the third "
                "derivative is larger than the second.",
            ),
            alt=Text(
                ko="네 칸: 시그모이드, tanh, ReLU와 그 도함수. 가장 큰 값은 시그모이드에서 차례로 "
                "{activation_slopes.largest.sigmoid_1:.3f}, {activation_slopes.largest.sigmoid_2:.3f}, "
                "{activation_slopes.largest.sigmoid_3:.3f}, tanh에서 "
                "{activation_slopes.largest.tanh_1:.2f}, {activation_slopes.largest.tanh_2:.2f}, "
                "{activation_slopes.largest.tanh_3:.2f}이다. ReLU의 기울기는 0과 1이다.",
                en="Four panels with sigmoid, tanh and ReLU and their derivatives. Largest values in turn: "
                "sigmoid {activation_slopes.largest.sigmoid_1:.3f}, "
                "{activation_slopes.largest.sigmoid_2:.3f}, {activation_slopes.largest.sigmoid_3:.3f}; tanh "
                "{activation_slopes.largest.tanh_1:.2f}, {activation_slopes.largest.tanh_2:.2f}, "
                "{activation_slopes.largest.tanh_3:.2f}. ReLU's slope is 0 or 1.",
            ),
            draw=draw_derivatives,
        ),
        Figure(
            name="paths",
            width="wide",
            caption=Text(
                ko="국소 기울기만 곱하면(왼쪽) ReLU도 층마다 줄어든다. 유닛의 절반이 0이기 때문이다. "
                "가중치까지 곱한 것(오른쪽)이 실제로 내려오는 신호이며, He의 $\\sqrt{{2}}$가 그 절반을 "
                "메운다. 모든 경로에 걸친 RMS. 시그모이드와 tanh는 Xavier, ReLU는 He, 너비 256. 가는 선은 "
                "평균장 이론. 중앙값과 5–95 %, n = {n}.",
                en="The product of slopes alone (left) shrinks for ReLU too, since half of its units have "
                "slope 0. With the weights (right) it is the signal that really comes down, and He's "
                "$\\sqrt{{2}}$ makes up for that half. RMS over all paths; sigmoid and tanh with Xavier, "
                "ReLU with He, width 256. Thin lines: mean-field theory. Median and 5–95 %, n = {n}.",
            ),
            alt=Text(
                ko="지나온 층의 수에 따른 곱. {activation_slopes.n_layers}층 뒤 국소 기울기만의 곱은 ReLU "
                "{activation_slopes.slopes.relu:.1g}, tanh {activation_slopes.slopes.tanh:.2f}, 시그모이드 "
                "{activation_slopes.slopes.sigmoid:.0e}이고, 가중치까지 곱하면 ReLU "
                "{activation_slopes.signal.relu:.2f}, tanh {activation_slopes.signal.tanh:.2f}, 시그모이드 "
                "{activation_slopes.signal.sigmoid:.0e}이다.",
                en="Products by layers passed. After {activation_slopes.n_layers} layers the slopes alone "
                "leave {activation_slopes.slopes.relu:.1g} (ReLU), {activation_slopes.slopes.tanh:.2f} "
                "(tanh) and {activation_slopes.slopes.sigmoid:.0e} (sigmoid); with the weights "
                "{activation_slopes.signal.relu:.2f}, {activation_slopes.signal.tanh:.2f} and "
                "{activation_slopes.signal.sigmoid:.0e}.",
            ),
            draw=draw_paths,
        ),
    ),
)
