"""How long ReLU, tanh and the sigmoid take: forward and backward, alone and in a whole training step.

Depends on the machine. What is timed is the processor's time, not that on the wall, which would count the
waiting for others. Functions are timed as the training engine computes them, in place, in float32, on 8
networks × batch 100 × 100 units; the least of many repetitions counts. A training step is that of 5 × 100
networks on digits, 8 at a time: the time of a long run less that of a short one, over the steps between. Arms
are interleaved.

Values for prose, medians over replicates, by activation: ``element`` (nanoseconds per element, forward and
backward), ``step`` (microseconds per network and training step), ``share`` (of the activation in the step);
``ratio.sigmoid``, ``.tanh`` (of ``element`` to ReLU's) and ``step_ratio.sigmoid``, ``.tanh`` (of ``step``);
``running`` (share of the time on the wall that the process had a core to itself).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.activations import Activation
from reportgen.nn.engine.buffers import Buffers
from reportgen.nn.engine.stages import Activate

ACTIVATIONS: tuple[Activation, ...] = ("relu", "tanh", "sigmoid")
DIRECTIONS = ("forward", "backward")

PARAMS = {
    "n_networks": 8,
    "batch_size": 100,
    "width": 100,
    "n_hidden": 5,
    "n_repetitions": 60,
    "n_runs": 8,
    "short_run": 3,
    "long_run": 15,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Time the functions and whole training steps."""
    functions, steps, running = [], [], []
    for replicate in replicates:
        on_the_wall, of_the_processor = time.perf_counter(), time.process_time()
        functions.append(time_functions(params, replicate))
        steps.append(time_steps(params, replicate))
        elapsed = time.perf_counter() - on_the_wall
        running.append((time.process_time() - of_the_processor) / elapsed)
    n_elements = params["n_networks"] * params["batch_size"] * params["width"]
    return xr.Dataset(
        {
            "element": variable(
                ("replicate", "activation", "direction"),
                np.array(functions) / n_elements * 1e9,
                "time per element",
                units="ns",
            ),
            "step": variable(
                ("replicate", "activation"),
                np.array(steps) * 1e6 / params["n_networks"],
                "time per network and training step",
                units="us",
            ),
            "running": variable("replicate", running, "processor time over time on the wall"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "activation": list(ACTIVATIONS),
            "direction": list(DIRECTIONS),
        },
        attrs={"elements_a_step": params["n_hidden"] * params["batch_size"] * params["width"]},
    )


def time_functions(params: Mapping[str, Any], replicate: Replicate) -> np.ndarray:
    """Return seconds of one call, the least of all repetitions; (activation, direction)."""
    generator = replicate.generator("values")
    shape = (params["batch_size"], params["n_networks"], params["width"])
    z = generator.standard_normal(shape, dtype=np.float32)
    gradient = generator.standard_normal(shape, dtype=np.float32)
    work = np.empty_like(z)
    stages = [Activate(Buffers(np.float32), name, shape) for name in ACTIVATIONS]
    least = np.full((len(ACTIVATIONS), 2), np.inf)
    for _ in range(params["n_repetitions"]):
        for index, stage in enumerate(stages):
            h = np.copy(z)  # a stage works in place
            forward = seconds(stage.forward, h)
            np.copyto(work, gradient)
            backward = seconds(stage.backward, work)
            least[index] = np.minimum(least[index], (forward, backward))
    return least


def time_steps(params: Mapping[str, Any], replicate: Replicate) -> np.ndarray:
    """Return seconds of one training step of all networks together, by activation."""
    data = [nn.Data(**split(replicate.generator("split")).fields())]
    widths = (64, *[params["width"]] * params["n_hidden"], 10)

    def run(activation: Activation, n_steps: int) -> float:
        network = nn.Network(widths=widths, activation=activation, initializer=nn.Xavier())
        arms = [
            nn.Arm(network=network, learning_rate=0.01, n_steps=n_steps, batch_size=params["batch_size"])
        ] * params["n_networks"]
        return seconds(lambda _: nn.train(arms, data, [replicate], block_size=params["n_networks"]), None)

    least = np.full((len(ACTIVATIONS), 2), np.inf)
    for _ in range(params["n_runs"]):
        for index, activation in enumerate(ACTIVATIONS):
            times = [run(activation, params[length]) for length in ("short_run", "long_run")]
            least[index] = np.minimum(least[index], times)
    return np.asarray((least[:, 1] - least[:, 0]) / (params["long_run"] - params["short_run"]))


def seconds(function: Callable[[Any], Any], argument: Any) -> float:
    """Return how long a call takes the processor."""
    began = time.process_time()
    function(argument)
    return time.process_time() - began


# --- reductions and quantities ---


def tables(dataset: xr.Dataset) -> dict[str, xr.DataArray]:
    """Return time per element and per step, the ratios to ReLU, and the share; (replicate, activation)."""
    element, step = dataset["element"].sum("direction"), dataset["step"]
    return {
        "element": element,
        "step": step,
        "ratio": element / element.sel(activation="relu", drop=True),
        "step_ratio": step / step.sel(activation="relu", drop=True),
        "share": element * dataset.attrs["elements_a_step"] / 1e3 / step,
    }


def ratio(name: str, activation: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: an activation's time over ReLU's."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(tables(dataset)[name].sel(activation=activation))

    return quantity


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians over replicates."""
    medians = {name: table.median("replicate") for name, table in tables(dataset).items()}
    by_direction = dataset["element"].median("replicate")
    return xr.Dataset({**medians, "by_direction": by_direction, "running": dataset["running"].median()})


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    tables: dict[str, dict[str, float]] = {
        name: {activation: float(summary[name].sel(activation=activation)) for activation in ACTIVATIONS}
        for name in ("element", "step", "ratio", "step_ratio", "share")
    }
    return {**tables, "running": float(summary["running"])}


# --- claim ---

NOTICED = Text(
    ko="같은 일을 되풀이해 재어도 몇 %는 흔들린다. 10 %는 되어야 ‘덜 쓴다’고 할 수 있다.",
    en="Repeated timings differ by a few percent; below a tenth nothing is saved that anyone would notice.",
)
ABOUT = {
    "ratio": Text(ko="함수만, 순전파 + 역전파", en="the function alone, forward and backward"),
    "step_ratio": Text(ko="훈련 한 걸음 전체", en="a whole training step"),
}


def time_check(table: str, activation: str) -> Check:
    """Return the check of a time ratio; that of the sigmoid decides."""
    name = {"ratio": "function", "step_ratio": "step"}[table]
    return Check(
        name=name if activation == "sigmoid" else f"{name}_{activation}",
        label=Text(
            ko=f"{ABOUT[table]['ko']}: {name_of(activation)['ko']} ÷ ReLU",
            en=f"{ABOUT[table]['en']}: {name_of(activation)['en']} over ReLU",
        ),
        quantity=ratio(table, activation),
        estimator="median",
        scale="log",
        relation=">=",
        bound=1.1,
        because=NOTICED,
        role="decides" if activation == "sigmoid" else "reports",
        volatile=True,
    )


B08 = Claim(
    id="B08",
    says=Text(
        ko="ReLU는 미분값이 0과 1뿐이라 컴퓨팅 자원을 덜 쓴다.",
        en="ReLU needs less computation, since its slope is 0 or 1.",
    ),
    better=Text(
        ko="ReLU가 얼마나 싼지는 기계에 달려 있다. 훈련 시간의 대부분은 행렬 곱이 쓰므로, 함수가 싸다고 "
        "해서 전체 시간이 그만큼 줄지는 않는다.",
        en="How much cheaper ReLU is depends on the machine; most of the training time goes into matrix "
        "products, so a cheap function does not save as much in all.",
    ),
    source="잘못된 활성화 함수",
    checks=(
        *(
            time_check(table, activation)
            for activation in ("sigmoid", "tanh")
            for table in ("ratio", "step_ratio")
        ),
        Check(
            name="running",
            label=Text(
                ko="재는 동안 코어를 쓴 시간의 비율", en="share of the time that the process was running"
            ),
            quantity=lambda data: np.asarray(data["running"]),
            estimator="median",
            relation=">=",
            bound=0.95,
            because=Text(
                ko="판정에는 쓰지 않는다. 1에 가까울수록 다른 일이 끼어들지 않았다.",
                en="Not judged: near 1 nothing else came between.",
            ),
            role="reports",
            volatile=True,
        ),
    ),
)

# --- figure ---

PER_ELEMENT = Text(ko="함수만: 원소 하나에 ns", en="function alone: ns per element")
PER_STEP = Text(ko="훈련 한 걸음: 망 하나에 µs", en="training step: µs per network")
FORWARD = Text(ko="순전파", en="forward")
BACKWARD = Text(ko="역전파", en="backward")
FUNCTION = Text(ko="활성화 함수", en="activation")
REST = Text(ko="나머지", en="the rest")


def draw_times(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Left: the functions, forward and backward. Right: a training step, the activation's share first."""
    figure, (left, right) = style.subplots(
        1, 2, width="wide", height=42, sharey=True, left=19, wspace=16, right=14
    )
    order = list(ACTIVATIONS)
    for row, name in enumerate(order):
        cut = summary.sel(activation=name)
        forward, backward = (float(cut["by_direction"].sel(direction=way)) for way in DIRECTIONS)
        share, step = float(cut["share"]), float(cut["step"])
        color = style.color(name)
        left.barh(row, forward, 0.6, color=color)
        left.barh(row, backward, 0.6, left=forward, color=color, alpha=0.5)
        style.direct_label(left, forward + backward, row, f"{forward + backward:.2g}", name)
        right.barh(row, share * step, 0.6, color=color)
        right.barh(row, (1 - share) * step, 0.6, left=share * step, color=style.color("grid"))
        style.direct_label(right, step, row, f"{step:.0f}", name)
    left.set_yticks(range(len(order)), [words(name_of(name)) for name in order])
    left.set_ylim(len(order) - 0.5, -0.5)
    for axis, title in ((left, PER_ELEMENT), (right, PER_STEP)):
        axis.tick_params(axis="y", length=0)
        axis.set_xlim(left=0)
        style.panel_title(axis, words(title))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(B08,),
    figures=(
        Figure(
            name="times",
            width="wide",
            caption=Text(
                ko="활성화 함수가 쓰는 시간(왼쪽, 진한 쪽이 순전파, 옅은 쪽이 역전파)과 그것이 훈련 한 "
                "걸음에서 차지하는 몫(오른쪽, 색칠한 부분). 회색은 행렬 곱을 비롯한 나머지이다. 5 × 100 망, "
                "배치 100, float32, 코어 하나의 처리 시간. 이 값은 기기에 따라 달라진다. 중앙값, n = {n}.",
                en="The time that the functions take (left; dark: forward, light: backward) and their share "
                "of a training step (right, colored). Gray: matrix products and the rest. 5 × 100 networks, "
                "batch 100, float32, processor time of one core. Depends on the machine. Medians, n = {n}.",
            ),
            alt=Text(
                ko="막대그래프 둘. 원소 하나에 ReLU {activation_time.element.relu:.2f} ns, tanh "
                "{activation_time.element.tanh:.2f} ns, 시그모이드 {activation_time.element.sigmoid:.2f} "
                "ns. 훈련 한 걸음에 차례로 {activation_time.step.relu:.0f}, "
                "{activation_time.step.tanh:.0f}, {activation_time.step.sigmoid:.0f} µs.",
                en="Two bar charts. Per element ReLU {activation_time.element.relu:.2f} ns, tanh "
                "{activation_time.element.tanh:.2f} ns, sigmoid {activation_time.element.sigmoid:.2f} ns. "
                "Per training step {activation_time.step.relu:.0f}, {activation_time.step.tanh:.0f} and "
                "{activation_time.step.sigmoid:.0f} µs in turn.",
            ),
            draw=draw_times,
        ),
    ),
)
