"""What tanh returns at 1, 3, 5, 7 and 9, and how steep it is there; the sigmoid beside it.

Values for prose: ``output.tanh_1`` … ``tanh_9``, ``slope.tanh_1`` … ``tanh_9`` (φ'), ``slope_max.tanh``,
``slope_max.sigmoid``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {"largest_z": 10.0, "n_points": 401}
PRINTED = {
    1: "0.76",
    3: "0.995",
    5: "0.999",
    7: "0.999",
    9: "0.999",
}  # as on the slide, each followed by dots


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Evaluate both functions and their slopes on a grid, and tanh at the slide's points."""
    z = np.linspace(-params["largest_z"], params["largest_z"], params["n_points"])
    points = np.array(list(PRINTED), dtype=np.float64)
    curves = {
        "output": np.stack([np.tanh(z), 1 / (1 + np.exp(-z))]),
        "slope": np.stack([1 / np.cosh(z) ** 2, 1 / (2 + np.exp(z) + np.exp(-z))]),
    }
    at_points = {"point_output": np.tanh(points), "point_slope": 1 / np.cosh(points) ** 2}
    names = {
        "output": "φ(z)",
        "slope": "φ'(z)",
        "point_output": "tanh(z) at the slide's points",
        "point_slope": "tanh'(z) at the slide's points",
    }
    dims = {"output": ("activation", "z"), "slope": ("activation", "z")}
    return xr.Dataset(
        {
            name: (
                ("replicate", *dims.get(name, ("point",))),
                np.repeat(array[None], len(replicates), axis=0),
                {"units": "1", "long_name": names[name]},
            )
            for name, array in (curves | at_points).items()
        },
        {
            "replicate": [replicate.index for replicate in replicates],
            "activation": ["tanh", "sigmoid"],
            "z": z,
            "point": points,
        },
    )


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Drop the replicate axis: everything is exact."""
    return dataset.isel(replicate=0)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    at_points = {
        name: {f"tanh_{point:.0f}": float(summary[f"point_{name}"].sel(point=point)) for point in PRINTED}
        for name in ("output", "slope")
    }
    steepest = {name: float(summary["slope"].sel(activation=name).max()) for name in ("tanh", "sigmoid")}
    return {**at_points, "slope_max": steepest}


# --- quantities: exact ---


def n_right_digits(dataset: xr.Dataset) -> int:
    """Return how many of the printed values are the true ones, cut off after the printed digits."""
    outputs = dataset["point_output"].isel(replicate=0).values
    return sum(
        f"{np.trunc(output * 10 ** len(digits[2:])) / 10 ** len(digits[2:]):.{len(digits[2:])}f}" == digits
        for output, digits in zip(outputs, PRINTED.values(), strict=True)
    )


def n_small_outputs(dataset: xr.Dataset) -> int:
    """Return how many of the listed outputs are small: below half of the largest value that tanh can take."""
    return int((dataset["point_output"].isel(replicate=0) < 0.5).sum())


def slope_at_small_outputs(activation: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: the largest slope where the output is below half of its limit, over the largest."""

    def quantity(dataset: xr.Dataset) -> float:
        curves = dataset.isel(replicate=0).sel(activation=activation)
        return float(curves["slope"].where(abs(curves["output"]) < 0.5).max() / curves["slope"].max())

    return quantity


# --- claims ---

HALF = Text(
    ko="작은 출력이 원인이라면 출력이 한계값의 절반보다 작은 곳에서 기울기도 절반보다 작아야 한다.",
    en="If small outputs were the cause, slopes would be below half of their largest where outputs are below "
    "half of their limit.",
)

D05 = Claim(
    id="D05",
    says=Text(
        ko="시그모이드와 $\\tanh$가 입력을 작은 출력값으로 눌러 버리는 것이 기울기 소실의 원인이다.",
        en="The cause is that sigmoid and $\\tanh$ squash their input into a small output.",
    ),
    better=Text(
        ko="입력을 좁은 범위로 누르는 것은 맞지만, 기울기를 잃는 것은 출력이 작아서가 아니라 한계값에 "
        "붙어서이다. "
        "$\\tanh$에서 기울기는 출력이 0일 때 가장 크다.",
        en="They do squash their input into a narrow range; but the slope is lost where the output "
        "sticks to a "
        "limit, not where it is small. The slope of $\\tanh$ is largest at output 0.",
    ),
    source="초기값을 그럼 어떻게 설정할까요?",
    checks=(
        Check(
            name="range",
            label=Text(
                ko="$|z|\\le10$에서 가장 큰 출력의 크기", en="largest size of an output for $|z|\\le10$"
            ),
            quantity=lambda data: float(abs(data["output"]).max()),
            estimator="exact",
            relation="<=",
            bound=1.0,
            because=Text(
                ko="누른다면 10까지 가는 입력도 출력은 한계값 1을 넘지 못한다.",
                en="If they squash, inputs up to 10 give outputs that do not exceed the limit 1.",
            ),
        ),
        Check(
            name="small_tanh",
            label=Text(
                ko="tanh: 출력이 작은 곳의 가장 큰 기울기 ÷ 가장 큰 기울기",
                en="tanh: largest slope at small outputs over the largest of all",
            ),
            quantity=slope_at_small_outputs("tanh"),
            estimator="exact",
            relation="<=",
            bound=0.5,
            because=HALF,
        ),
        Check(
            name="small_sigmoid",
            label=Text(
                ko="시그모이드: 출력이 작은 곳의 가장 큰 기울기 ÷ 가장 큰 기울기",
                en="sigmoid: largest slope at small outputs over the largest of all",
            ),
            quantity=slope_at_small_outputs("sigmoid"),
            estimator="exact",
            relation="<=",
            bound=0.5,
            because=HALF,
        ),
    ),
)

D06 = Claim(
    id="D06",
    says=Text(
        ko="$\\tanh$는 1, 3, 5, 7, 9에서 0.76…, 0.995…, 0.999…, 0.999…, 0.999…라는 큰 출력값을 낸다.",
        en="At 1, 3, 5, 7, 9 tanh returns 0.76…, 0.995…, 0.999…, 0.999…, 0.999…: large outputs.",
    ),
    better=Text(
        ko="$\\tanh$의 출력은 1을 넘지 못하지만 그 한계에 가깝다. 작은 것은 출력이 아니라 기울기이다.",
        en="The outputs of tanh cannot exceed 1 but come close to it; what is small is not the output but "
        "the slope.",
    ),
    source="초기값을 그럼 어떻게 설정할까요?",
    checks=(
        Check(
            name="digits",
            label=Text(
                ko="적힌 자리까지 맞는 값의 수 (다섯 가운데)",
                en="printed values right as far as printed, of five",
            ),
            quantity=n_right_digits,
            estimator="exact",
            relation=">=",
            bound=5,
            because=Text(
                ko="점 세 개가 붙은 값은 그 자리에서 잘라 낸 값이다. 다섯 개 모두 맞아야 한다.",
                en="A value followed by dots is cut off there; all five must be right.",
            ),
        ),
        Check(
            name="largest_slope",
            label=Text(
                ko="다섯 점에서 가장 큰 기울기 tanh'(z)", en="largest slope tanh'(z) at the five points"
            ),
            quantity=lambda data: float(data["point_slope"].max()),
            estimator="exact",
            relation="<=",
            bound=1.0,
            because=Text(
                ko="판정에는 쓰지 않는다. $\\tanh'$는 0에서 1이고 그 밖에서는 더 작다.",
                en="Not judged: tanh' is 1 at 0 and smaller elsewhere.",
            ),
            role="reports",
        ),
        Check(
            name="sentences",
            label=Text(ko="다섯 출력 가운데 작은 것의 수", en="small ones among the five outputs"),
            quantity=n_small_outputs,
            estimator="exact",
            relation=">=",
            bound=5,
            because=Text(
                ko="같은 슬라이드의 앞 문장은 이 함수들이 입력을 ‘작은 출력값’으로 만든다고 한다. 작다는 "
                "것은 한계값 1의 절반보다 작다는 뜻으로 본다.",
                en="The slide's sentence before says that these functions make small outputs: small is taken "
                "as below half of the limit 1.",
            ),
            role="printed",
            erratum=Erratum(
                printed=Text(
                    ko="“작은 출력값으로 비선형적으로 만들었기 때문”과 “큰 출력값이 발생”이 한 슬라이드에 "
                    "있다.",
                    en="“made into small outputs” and “large outputs arise” (in Korean), on the same slide",
                ),
                correct=Text(
                    ko="큰 입력은 한계값 ±1 가까이로 눌리고, 그곳에서 작아지는 것은 기울기 $\\tanh'(z)$이다.",
                    en="Large inputs are squashed to nearly ±1; what becomes small there is the slope "
                    "$\\tanh'(z)$.",
                ),
                evidence=Text(
                    ko="다섯 출력 가운데 작은 것은 {D06.sentences.estimate:.0f}개이다. 기울기는 $z=1$에서 "
                    "{tanh_values.slope.tanh_1:.2f}, $z=5$에서 {tanh_values.slope.tanh_5:.1e}이다.",
                    en="Of the five outputs {D06.sentences.estimate:.0f} are small; the slope is "
                    "{tanh_values.slope.tanh_1:.2f} at $z=1$ and {tanh_values.slope.tanh_5:.1e} at $z=5$.",
                ),
                severity="misleading",
            ),
        ),
    ),
)


# --- figure ---


def draw_output_and_slope(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Left: outputs, which saturate. Right: slopes, which vanish. The slide's points are marked."""
    figure, (left, right) = style.subplots(1, 2, width="text", height=48, wspace=18, right=4)
    style.log_axis(right)
    names = {"tanh": Text(ko="tanh", en="tanh"), "sigmoid": Text(ko="시그모이드", en="sigmoid")}
    places = {"tanh": (-9.5, -0.82), "sigmoid": (-9.5, 0.14)}
    for activation, name in names.items():
        for ax, variable in ((left, "output"), (right, "slope")):
            style.line(ax, summary["z"], summary[variable].sel(activation=activation), activation)
        x, y = places[activation]
        left.text(x, y, words(name), color=style.text_color(activation), fontsize=style.size())
    for ax, variable in ((left, "point_output"), (right, "point_slope")):
        ax.plot(
            summary["point"],
            summary[variable],
            "o",
            color=style.color("ink"),
            markersize=3,
            zorder=4,
        )
        ax.set_xlabel("z")
    style.panel_title(left, words(Text(ko="출력 φ(z)", en="output φ(z)")))
    style.panel_title(right, words(Text(ko="기울기 φ'(z)", en="slope φ'(z)")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D05, D06),
    figures=(
        Figure(
            name="output_and_slope",
            caption=Text(
                ko="출력은 한계값 가까이로 커지고, 기울기는 0으로 사라진다. 점은 슬라이드의 다섯 입력 1, 3, "
                "5, 7, 9.",
                en="The outputs grow close to their limit while the slopes vanish. Dots: the slide's five "
                "inputs 1, 3, 5, 7, 9.",
            ),
            alt=Text(
                ko="왼쪽: tanh와 시그모이드. tanh(1) = {tanh_values.output.tanh_1:.3f}, tanh(3) = "
                "{tanh_values.output.tanh_3:.4f}. 오른쪽: 로그 축의 기울기. tanh'(1) = "
                "{tanh_values.slope.tanh_1:.2f}, tanh'(9) = {tanh_values.slope.tanh_9:.0e}.",
                en="Left: tanh and sigmoid; tanh(1) = {tanh_values.output.tanh_1:.3f}, tanh(3) = "
                "{tanh_values.output.tanh_3:.4f}. Right: slopes on a log axis; tanh'(1) = "
                "{tanh_values.slope.tanh_1:.2f}, tanh'(9) = {tanh_values.slope.tanh_9:.0e}.",
            ),
            draw=draw_output_and_slope,
        ),
    ),
)
