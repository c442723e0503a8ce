"""Back-propagation against central differences, for every layer and loss of the library; one graph by hand.

The difference (f(x + h) − f(x − h))/2h is taken of Σ upstream · layer(x), one entry at a time; of whole
networks, along random directions of all parameters. Inputs of ReLU keep away from its corner at 0. Beside
it, one float64 step of the engine that trains is held against the network's gradient.

Values for prose: ``forward.z``, ``forward.h``, ``forward.loss`` …, ``backward.w1``, ``backward.z`` … (the
graph's numbers), ``local.h``, ``local.loss`` (slopes ∂h/∂z, ∂L/∂h), ``n_layers``, ``n_losses``,
``n_networks``, ``worst`` (largest relative error of all).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn import layers, losses

Arrays = tuple[np.ndarray, ...]
Case = tuple[Callable[..., np.ndarray], Callable[..., Arrays], Arrays]  # forward, backward, arguments
GROUPS = ("layer", "loss", "network")

PARAMS = {
    "x1": 1.0,
    "x2": 2.0,
    "w1": 0.8,
    "w2": -0.5,
    "b": 0.7,
    "target": 1.0,
    "step": 1e-5,
    "n_directions": 20,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Return the relative error of every layer, loss and network, and the graph's values and gradients."""
    parts = [measure_one(params, replicate) for replicate in replicates]
    dataset = xr.concat(parts, "replicate", join="exact")
    return dataset.assign_coords(replicate=[replicate.index for replicate in replicates])


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> xr.Dataset:
    """Measure with one replicate's random inputs."""
    cases = layer_cases(replicate.generator("layers"))
    upstream = replicate.generator("upstream")
    step = params["step"]
    errors = {("layer", name): layer_error(case, upstream, step) for name, case in cases.items()}
    errors |= {("loss", name): e for name, e in loss_errors(replicate.generator("losses"), step).items()}
    engine = {}
    for name, network in networks().items():
        error, engine[name] = network_errors(network, replicate, step, params["n_directions"])
        errors["network", name] = error
    values, gradients, slopes = graph(params)
    return xr.Dataset(
        {
            "error": variable("case", list(errors.values()), "relative error of the gradient"),
            "engine": variable("network", list(engine.values()), "relative error of a training step"),
            "value": variable("node", list(values.values()), "value of the node"),
            "gradient": variable("node", [gradients[name] for name in values], "∂L/∂node"),
            "slope": variable("local", list(slopes.values()), "slope of one node"),
        },
        coords={
            "case": [name for _, name in errors],
            "group": ("case", [group for group, _ in errors]),
            "network": list(engine),
            "node": list(values),
            "local": list(slopes),
        },
    )


# --- central differences ---


def relative_error(analytic: np.ndarray, numeric: np.ndarray) -> float:
    """Return the largest difference over the largest entry."""
    return float(np.abs(analytic - numeric).max() / max(np.abs(analytic).max(), np.abs(numeric).max()))


def numeric_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, step: float) -> np.ndarray:
    """Return ∂f/∂x by central differences, entry by entry."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += step
        above = f(moved)
        moved[index] -= 2 * step
        gradient[index] = (above - f(moved)) / (2 * step)
    return gradient


def layer_error(case: Case, generator: np.random.Generator, step: float) -> float:
    """Return the largest relative error of a layer's gradients with respect to all its arguments."""
    forward, backward, arguments = case
    upstream = generator.standard_normal(forward(*arguments).shape)
    found = []
    for index, gradient in enumerate(backward(upstream, *arguments)):

        def f(value: np.ndarray, index: int = index) -> float:
            moved = (*arguments[:index], value, *arguments[index + 1 :])
            return float((upstream * forward(*moved)).sum())

        found.append(relative_error(gradient, numeric_gradient(f, arguments[index], step)))
    return max(found)


def layer_cases(generator: np.random.Generator) -> dict[str, Case]:
    """Return every layer of the library with random arguments."""

    def normal(*shape: int) -> np.ndarray:
        return generator.standard_normal(shape)

    def activation(name: Any) -> Case:
        z = normal(5, 4)
        z += 0.1 * np.sign(z)  # away from ReLU's corner

        def backward(dh: np.ndarray, z: np.ndarray) -> Arrays:
            return (layers.activate_backward(name, dh, layers.activate(name, z)),)

        return lambda z: layers.activate(name, z), backward, (z,)

    def batch_norm(forward: Any, backward: Any, *shape: int) -> Case:
        n = shape[1]

        def back(dy: np.ndarray, *arguments: np.ndarray) -> Arrays:
            return tuple(backward(dy, forward(*arguments)[1]))

        return lambda *a: forward(*a)[0], back, (2 * normal(*shape) + 1, normal(n), normal(n))

    mask = layers.dropout_mask(generator, (5, 4), 0.5)
    scale, _ = layers.noise_draw(generator, (5, 4), nn.Noise())
    return {
        "affine": (
            layers.affine_forward,
            lambda dz, x, w, _b: layers.affine_backward(dz, x, w),
            (normal(5, 4), normal(4, 3), normal(3)),
        ),
        "convolution": (
            lambda x, w, b: layers.convolution_forward(x, w, b, stride=2, padding=1),
            lambda dz, x, w, _b: layers.convolution_backward(dz, x, w, stride=2, padding=1),
            (normal(2, 2, 5, 5), normal(3, 2, 3, 3), normal(3)),
        ),
        "sigmoid": activation("sigmoid"),
        "tanh": activation("tanh"),
        "relu": activation("relu"),
        "batch_norm": batch_norm(layers.batch_norm_forward, layers.batch_norm_backward, 6, 4),
        "batch_norm_2d": batch_norm(layers.batch_norm_2d_forward, layers.batch_norm_2d_backward, 3, 2, 3, 3),
        "dropout": (
            lambda h: layers.dropout_forward(h, mask),
            lambda dh, _h: (layers.dropout_backward(dh, mask),),
            (normal(5, 4),),
        ),
        "noise": (
            lambda y: layers.noise_forward(y, scale, np.zeros(scale.shape)),
            lambda dy, _y: (layers.noise_backward(dy, scale),),
            (normal(5, 4),),
        ),
        "residual": (
            lambda x: layers.residual_forward(x, np.tanh(x)),
            lambda dy, x: (layers.residual_backward(dy, layers.tanh_backward(dy, np.tanh(x))),),
            (normal(5, 4),),
        ),
    }


def loss_errors(generator: np.random.Generator, step: float) -> dict[str, float]:
    """Return the relative error of every loss's gradient."""
    outputs = generator.standard_normal((6, 4))
    targets = {
        "cross_entropy": generator.integers(0, 4, 6),
        "logistic": generator.integers(0, 2, (6, 4)).astype(np.float64),
        "mse": generator.standard_normal((6, 4)),
    }
    functions: dict[str, Callable[..., Any]] = {
        "cross_entropy": losses.softmax_cross_entropy,
        "logistic": losses.logistic_loss,
        "mse": losses.mean_squared_error,
    }
    errors = {}
    for name, loss in functions.items():

        def f(z: np.ndarray, loss: Callable[..., Any] = loss, name: str = name) -> float:
            return float(loss(z, targets[name])[0])

        gradient = loss(outputs, targets[name])[1]
        errors[name] = relative_error(gradient, numeric_gradient(f, outputs, step))
    return errors


# --- whole networks ---


def networks() -> dict[str, nn.Network]:
    """Return small networks that between them use every part that can be trained."""
    return {
        "plain": nn.Network(widths=(6, 8, 8, 4), activation="tanh", initializer=nn.Xavier()),
        "bn_before": nn.Network(widths=(6, 8, 8, 4), activation="sigmoid", batch_norm="before"),
        "bn_after": nn.Network(widths=(6, 8, 8, 4), activation="tanh", batch_norm="after"),
        "skips": nn.Network(widths=(6, 8, 8, 8, 4), activation="tanh", residual=True),
        "net_logistic": nn.Network(widths=(6, 8, 1), activation="sigmoid", loss="logistic"),
        "net_mse": nn.Network(widths=(6, 8, 3), activation="tanh", loss="mse", output="sigmoid"),
    }


def network_errors(
    network: nn.Network, replicate: Replicate, step: float, n_directions: int
) -> tuple[float, float]:
    """Return the relative errors of the gradient, along random directions, and of one training step."""
    generator = replicate.generator("networks")
    x, y = generator.standard_normal((12, 6)), targets_of(network, generator)
    start = nn.initial_parameters(network, [replicate.generator("init")]).map(lambda array: array[0])
    gradient = nn.backward(network, start, nn.forward(network, start, x), y).parameters

    def loss(parameters: nn.Parameters) -> float:
        outputs = nn.forward(network, parameters, x).outputs
        return float(losses.loss_and_gradient(network.loss, outputs, y)[0])

    analytic, numeric = np.empty(n_directions), np.empty(n_directions)
    for index in range(n_directions):
        direction = start.map(lambda array: generator.standard_normal(array.shape))
        above = loss(start.map(lambda w, d: w + step * d, direction))
        below = loss(start.map(lambda w, d: w - step * d, direction))
        numeric[index] = (above - below) / (2 * step)
        analytic[index] = flat(gradient) @ flat(direction)
    arm = nn.Arm(network=network, learning_rate=1.0, n_steps=1, batch_size=len(x))
    data = nn.Data(x_train=x, y_train=y, x_validation=x, y_validation=y, x_test=x, y_test=y)
    history = nn.train([arm], [data], [replicate], keep_parameters=True, dtype=np.float64)
    moved = flat(start) - flat(history.parameters[0, 0])  # rate 1: the step is the gradient
    return relative_error(analytic, numeric), relative_error(flat(gradient), moved)


def targets_of(network: nn.Network, generator: np.random.Generator) -> np.ndarray:
    """Return random targets for 12 rows, as the network's loss wants them."""
    n_out = network.widths[-1]
    if network.loss == "mse":
        return generator.uniform(size=(12, n_out))
    return generator.integers(0, max(n_out, 2), 12)


def flat(parameters: nn.Parameters) -> np.ndarray:
    """Return everything that is learned as one vector."""
    biases = [bias for bias in parameters.biases if bias is not None]
    arrays = [*parameters.weights, *biases, *parameters.gammas, *parameters.betas]
    return np.concatenate([array.ravel() for array in arrays])


# --- one graph by hand ---


def graph(params: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return values, gradients and local slopes of L = (h − t)², h = σ(z), z = w₁x₁ + w₂x₂ + b."""
    x1, x2, w1, w2, b, t = (params[name] for name in ("x1", "x2", "w1", "w2", "b", "target"))
    p1, p2 = w1 * x1, w2 * x2
    z = p1 + p2 + b
    h = 1 / (1 + np.exp(-z))
    values = {"x1": x1, "w1": w1, "x2": x2, "w2": w2, "b": b, "p1": p1, "p2": p2, "z": z, "h": h}
    values["loss"] = (h - t) ** 2
    slopes = {"loss": 2 * (h - t), "h": h * (1 - h)}
    dz = slopes["loss"] * slopes["h"]
    gradients = {"loss": 1.0, "h": slopes["loss"], "z": dz, "p1": dz, "p2": dz, "b": dz}
    gradients |= {"w1": dz * x1, "x1": dz * w1, "w2": dz * x2, "x2": dz * w2}
    return values, gradients, slopes


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate."""
    return dataset.isel(replicate=0, drop=True)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    nodes = [str(name) for name in summary["node"].values]
    groups = summary["group"].values
    return {
        "forward": {name: float(summary["value"].sel(node=name)) for name in nodes},
        "backward": {name: float(summary["gradient"].sel(node=name)) for name in nodes},
        "local": {str(name): float(summary["slope"].sel(local=name)) for name in summary["local"].values},
        "n_layers": float((groups == "layer").sum()),
        "n_losses": float((groups == "loss").sum()),
        "n_networks": float((groups == "network").sum()),
        "worst": float(summary["error"].max()),
    }


def worst(group: str) -> Any:
    """Return a quantity: the largest relative error of a group."""
    return lambda dataset: float(dataset["error"].isel(case=(dataset["group"] == group).values).max())


# --- figures ---


def draw_graph(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the graph: values above each edge on the way forward, gradients below on the way back."""
    from matplotlib.patches import Circle

    figure, axis = style.subplots(width="wide", height=57, left=1, right=1, top=1, bottom=1)
    axis.set_xlim(0, 158)
    axis.set_ylim(7, 62)
    axis.set_axis_off()
    ink = style.color("ink")
    places = {"p1": (38, 48, "×"), "p2": (38, 23, "×"), "z": (68, 35, "+"), "h": (98, 35, "σ")}
    places["loss"] = (130, 35, "(h−t)²")
    radius = {"loss": 6.5}
    inputs = {
        "x1": (7, 55, "p1"),
        "w1": (7, 43, "p1"),
        "x2": (7, 29, "p2"),
        "w2": (7, 17, "p2"),
        "b": (68, 9, "z"),
    }
    names = {"x1": "x₁", "w1": "w₁", "x2": "x₂", "w2": "w₂", "b": "b", "p1": "", "p2": "", "z": "z", "h": "h"}

    def edge(
        name: str, start: tuple[float, float], end: tuple[float, float], at: tuple[float, float]
    ) -> None:
        arrow = {"arrowstyle": "-|>", "color": ink, "linewidth": 0.7, "mutation_scale": 6}
        axis.annotate("", end, start, arrowprops=arrow)
        label = f"{names[name]} = " if names[name] else ""
        pair = {"ha": "center", "fontsize": style.size(), "zorder": 4}
        value, gradient = (float(summary[kind].sel(node=name)) for kind in ("value", "gradient"))
        paper = {"facecolor": style.color("paper"), "linewidth": 0, "pad": 0.3}
        off = 1.8 if name in ("p1", "p2") else 0.7  # clear of a sloping edge
        axis.text(
            at[0],
            at[1] + off,
            label + signed(value),
            va="bottom",
            color=style.text_color("first"),
            bbox=paper,
            **pair,
        )
        axis.text(
            at[0],
            at[1] - off,
            signed(gradient),
            va="top",
            color=style.text_color("fifth"),
            bbox=paper,
            **pair,
        )

    for name, (x, y, to) in inputs.items():
        cx, cy, _ = places[to]
        reach = np.hypot(cx - x, cy - y)
        end = (cx - 5 * (cx - x) / reach, cy - 5 * (cy - y) / reach)
        at = (x + 7, y) if name != "b" else (x + 8, y + 9)
        edge(name, (x + (14 if name != "b" else 0), y), end, at)
        if name != "b":
            axis.plot([x, x + 14], [y, y], "-", color=ink, linewidth=0.7)
    for name, to in (("p1", "z"), ("p2", "z"), ("z", "h"), ("h", "loss")):
        (x, y, _), (cx, cy, _) = places[name], places[to]
        reach = np.hypot(cx - x, cy - y)
        ux, uy = (cx - x) / reach, (cy - y) / reach
        tip = radius.get(to, 5.0)
        edge(name, (x + 5 * ux, y + 5 * uy), (cx - tip * ux, cy - tip * uy), ((x + cx) / 2, (y + cy) / 2))
    names["loss"] = "L"
    edge("loss", (136.5, 35), (156, 35), (146.5, 35))
    for name, (x, y, text) in places.items():
        circle = Circle(
            (x, y), radius.get(name, 5.0), facecolor=style.color("paper"), edgecolor=ink, linewidth=0.8
        )
        axis.add_patch(circle)
        axis.text(x, y, text, ha="center", va="center_baseline", color=ink, fontsize=style.size("title"))
    for name in ("h", "loss"):
        x, y, _ = places[name]
        slope = float(summary["slope"].sel(local=name))
        axis.text(
            x,
            y - 8.2,
            f"{words(SLOPE)} {signed(slope)}",
            ha="center",
            va="top",
            color=style.color("muted"),
            fontsize=style.size(),
        )
    axis.text(
        156, 60, words(FORWARD), ha="right", va="top", color=style.text_color("first"), fontsize=style.size()
    )
    axis.text(
        156,
        55.5,
        words(BACKWARD),
        ha="right",
        va="top",
        color=style.text_color("fifth"),
        fontsize=style.size(),
    )
    return figure


def draw_errors(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the relative error of every gradient, and the bound."""
    n = summary.sizes["case"]
    figure, axis = style.subplots(width="text", height=13 + 3.0 * n, left=36, top=3, right=4)
    style.log_axis(axis, "x")
    style.bound(axis, 1e-6, "x", "10⁻⁶", at="start")
    rows = np.arange(n)
    for group, role in zip(GROUPS, ("first", "second", "third"), strict=True):
        chosen = (summary["group"] == group).values
        errors = summary["error"].values[chosen]
        axis.plot(
            np.maximum(errors, LOWEST),
            rows[chosen],
            style.marker(role),
            color=style.color(role),
            markersize=4,
        )
        axis.hlines(rows[chosen], LOWEST, errors, color=style.color("grid"), linewidth=0.6, zorder=0.5)
    names = [words(NAMES[str(case)]) for case in summary["case"].values]
    axis.set_yticks(rows, names)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(n - 0.3, -0.7)
    axis.set_xlim(LOWEST / 2, 3e-6)
    axis.set_xlabel(words(ERROR))
    return figure


def signed(value: float) -> str:
    """Return the number with at most three decimals and a real minus sign."""
    return f"{value:.3f}".rstrip("0").rstrip(".").replace("-", "−")


LOWEST = 1e-13  # left end of the axis; an error of exactly 0 stands there
FORWARD = Text(ko="위: 순전파의 값", en="above: value, forward")
BACKWARD = Text(ko="아래: 역전파의 기울기 ∂L/∂·", en="below: gradient ∂L/∂·, backward")
SLOPE = Text(ko="국소 기울기", en="local slope")
ERROR = Text(ko="상대 오차", en="relative error")
NAMES = {
    "affine": Text(ko="아핀", en="affine"),
    "convolution": Text(ko="합성곱", en="convolution"),
    "sigmoid": Text(ko="시그모이드", en="sigmoid"),
    "tanh": Text(ko="tanh", en="tanh"),
    "relu": Text(ko="ReLU", en="ReLU"),
    "batch_norm": Text(ko="배치 정규화", en="batch norm"),
    "batch_norm_2d": Text(ko="배치 정규화 2차원", en="batch norm, 2-D"),
    "dropout": Text(ko="드롭아웃", en="dropout"),
    "noise": Text(ko="잡음", en="noise"),
    "residual": Text(ko="잔차 연결", en="residual"),
    "cross_entropy": Text(ko="교차 엔트로피", en="cross-entropy"),
    "logistic": Text(ko="로지스틱 손실", en="logistic loss"),
    "mse": Text(ko="제곱 오차", en="squared error"),
    "plain": Text(ko="망: tanh", en="net: tanh"),
    "bn_before": Text(ko="망: 정규화 먼저", en="net: BN before"),
    "bn_after": Text(ko="망: 정규화 나중", en="net: BN after"),
    "skips": Text(ko="망: 잔차 연결", en="net: residual"),
    "net_logistic": Text(ko="망: 로지스틱", en="net: logistic"),
    "net_mse": Text(ko="망: 제곱 오차", en="net: squared error"),
}

SMALL = Text(
    ko="$h=10^{-5}$인 차분은 $h^2$과 반올림만큼, 곧 기준보다 훨씬 작게 틀린다. 틀린 식은 1쯤 틀린다.",
    en="Differences at $h=10^{-5}$ err by $h^2$ and by rounding, far below the bound; a wrong formula "
    "errs by "
    "about 1.",
)


def group_check(group: str, label: Text) -> Check:
    """Hold the worst gradient of a group against the bound."""
    return Check(
        name=group,
        label=label,
        quantity=worst(group),
        estimator="exact",
        relation="<=",
        bound=1e-6,
        because=SMALL,
    )


CLAIMS = (
    Claim(
        id="A06",
        says=Text(
            ko="순전파와 역전파는 단순한 연쇄 법칙이다.",
            en="Forward and back-propagation are simply the chain rule.",
        ),
        source="Forward & Back Prop.",
        better=Text(
            ko="순전파는 함수의 합성이고, 역전파는 그 합성에 쓴 연쇄 법칙이다.",
            en="Forward propagation composes functions; back-propagation is the chain rule for that "
            "composition.",
        ),
        checks=(
            group_check(
                "layer", Text(ko="모든 층: 가장 큰 상대 오차", en="all layers: largest relative error")
            ),
            group_check(
                "loss", Text(ko="모든 손실: 가장 큰 상대 오차", en="all losses: largest relative error")
            ),
            group_check(
                "network",
                Text(ko="망 전체: 가장 큰 상대 오차", en="whole networks: largest relative error"),
            ),
            Check(
                name="engine",
                label=Text(
                    ko="훈련에 쓰는 계산 ÷ 이 기울기: 가장 큰 상대 오차",
                    en="a training step against these gradients: largest relative error",
                ),
                quantity=lambda dataset: float(dataset["engine"].max()),
                estimator="exact",
                relation="<=",
                bound=1e-10,
                role="validates",
                because=Text(
                    ko="같은 식을 다른 순서로 더한 것이므로 반올림만큼만 달라야 한다.",
                    en="The same formulas, summed in another order: only rounding may differ.",
                ),
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="graph",
            width="wide",
            caption=Text(
                ko="한 뉴런의 계산 그래프. 값은 왼쪽에서 오른쪽으로, 기울기는 오른쪽에서 왼쪽으로 간다. "
                "곱하기 노드는 상대의 "
                "값을 곱해 돌려주고, 더하기 노드는 그대로 돌려준다. 목표 $t=1$.",
                en="The computational graph of one neuron. Values travel from left to right, gradients "
                "from right to "
                "left: a product hands back the other factor’s value, a sum hands the gradient on. "
                "Target $t=1$.",
            ),
            alt=Text(
                ko="순전파: z = {chain_rule.forward.z:.3f}, h = {chain_rule.forward.h:.3f}, L = "
                "{chain_rule.forward.loss:.3f}. 역전파: ∂L/∂h = {chain_rule.backward.h:.3f}, ∂L/∂z = "
                "{chain_rule.backward.z:.3f}, ∂L/∂w₁ = {chain_rule.backward.w1:.3f}, ∂L/∂w₂ = "
                "{chain_rule.backward.w2:.3f}.",
                en="Forward: z = {chain_rule.forward.z:.3f}, h = {chain_rule.forward.h:.3f}, L = "
                "{chain_rule.forward.loss:.3f}. Backward: ∂L/∂h = {chain_rule.backward.h:.3f}, ∂L/∂z = "
                "{chain_rule.backward.z:.3f}, ∂L/∂w₁ = {chain_rule.backward.w1:.3f}, ∂L/∂w₂ = "
                "{chain_rule.backward.w2:.3f}.",
            ),
            draw=draw_graph,
        ),
        Figure(
            name="errors",
            caption=Text(
                ko="연쇄 법칙으로 구한 기울기와 차분으로 구한 기울기는 이 자료에 쓰인 모든 층과 "
                "손실에서 일치한다. 상대 오차. "
                "점이 왼쪽에 있을수록 가깝다.",
                en="Gradients by the chain rule and by differences agree for every layer and loss of "
                "this handout. "
                "Relative error; further left is closer.",
            ),
            alt=Text(
                ko="층 {chain_rule.n_layers:.0f}개, 손실 {chain_rule.n_losses:.0f}개, 망 "
                "{chain_rule.n_networks:.0f}개의 상대 오차. 가장 큰 것이 {chain_rule.worst:.0e}이다.",
                en="Relative errors of {chain_rule.n_layers:.0f} layers, {chain_rule.n_losses:.0f} "
                "losses and "
                "{chain_rule.n_networks:.0f} networks; the largest is {chain_rule.worst:.0e}.",
            ),
            draw=draw_errors,
        ),
    ),
)
