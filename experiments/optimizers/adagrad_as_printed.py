"""AdaGrad's formula run as the slide prints it, without ε, and the slide's own code beside it.

Softmax regression on all 1797 digits, full batch, zero initial weights, float64: deterministic. Three pixels
are blank in every image, so the gradient of their weights is exactly 0. On the ravine f = x²/20 + y² no
gradient is 0, and formula and code can be compared along a whole path.

Values for prose: ``lost.<k>`` (weights that are no number after update k = 1, 2, 3 of the formula as printed;
``lost.code`` after all updates of the code), ``weights`` (their number), ``blank`` (blank pixels), ``still``
(elements of h that never grew), ``difference`` (of formula and code on the ravine).
"""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn, variable
from reportgen.data import load_digits
from reportgen.model import ClaimResult, Replicate, Words

# Quoted from the slide, as transcribed.
PRINTED_CODE = """\
grad_squared += dx * dx
x -= learning_rate * dx / (np.sqrt(grad_squared) + 1e-7)"""
RAVINE, START = nn.surfaces.BOWL, (-7.0, 2.0)

PARAMS = {"learning_rate": 0.01, "n_steps": 300, "n_printed": 3, "rate_ravine": 1.5, "n_ravine": 30}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Run formula and code on digits and on the ravine."""
    digits = load_digits()
    images, labels = digits.images.astype(np.float64), digits.labels
    rate, n_pixels = params["learning_rate"], images.shape[1]
    weights, _ = by_formula(
        lambda w: gradient(w, images, labels), np.zeros((n_pixels, 10)), rate, params["n_printed"]
    )
    code_weights, squares = by_code(
        lambda w: gradient(w, images, labels), np.zeros((n_pixels, 10)), rate, params["n_steps"]
    )
    paths = [
        rule(RAVINE.gradient, np.array(START), params["rate_ravine"], params["n_ravine"])[0]
        for rule in (by_formula, by_code)
    ]
    steps = np.diff(squares, axis=0)
    return xr.Dataset(
        {
            "lost": variable(
                ("replicate", "update", "pixel"), (~np.isfinite(weights)).sum(axis=-1)[None], "weights lost"
            ),
            "lost_code": variable((), (~np.isfinite(code_weights)).sum(), "weights lost by the code"),
            "smallest_change": variable((), steps.min(), "smallest change of an element of h"),
            "still": variable((), (steps.max(axis=0) == 0).sum(), "elements of h that never grow"),
            "ink": variable("pixel", images.max(axis=0), "largest value of the pixel"),
            "path": variable(("rule", "point", "axis"), np.array(paths), "path on the ravine"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "update": np.arange(params["n_printed"] + 1),
            "rule": ["formula", "code"],
            "axis": ["x", "y"],
        },
    )


def gradient(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean cross-entropy of softmax regression."""
    _, slope = nn.losses.softmax_cross_entropy(images @ weights, labels)
    return np.asarray(images.T @ slope)


def by_formula(slope: Any, start: np.ndarray, rate: float, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Iterate h ← h + g ⊙ g, W ← W − η (1/√h) g as printed; return all W and all h, from the start on."""
    weights, h = [start], [np.zeros_like(start)]
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(n_steps):
            g = slope(weights[-1])
            h.append(h[-1] + g * g)
            weights.append(weights[-1] - rate * (1 / np.sqrt(h[-1])) * g)
    return np.array(weights), np.array(h)


def by_code(slope: Any, start: np.ndarray, rate: float, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Execute the loop's body as the slide prints it; return all x and all sums of squares."""
    body = compile(ast.parse(PRINTED_CODE), "slide", "exec")
    scope: dict[str, Any] = {
        "np": np,
        "x": start.copy(),
        "grad_squared": np.zeros_like(start),
        "learning_rate": rate,
    }
    weights, h = [start], [np.zeros_like(start)]
    for _ in range(n_steps):
        scope["dx"] = slope(scope["x"])
        exec(body, {}, scope)  # a constant of this file
        weights.append(scope["x"].copy())
        h.append(scope["grad_squared"].copy())
    return np.array(weights), np.array(h)


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Drop the replicate axis: everything is exact."""
    return dataset.assign(difference=path_difference(dataset)).isel(replicate=0, drop=True)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    lost = summary["lost"].sum("pixel")
    return {
        "lost": {
            **{str(k): int(lost.sel(update=k)) for k in lost["update"].values[1:]},
            "code": int(summary["lost_code"]),
        },
        "weights": int(summary.sizes["pixel"]) * 10,
        "blank": int((summary["ink"] == 0).sum()),
        "still": int(summary["still"]),
        "difference": float(summary["difference"]),
    }


# --- quantities ---


def path_difference(dataset: xr.Dataset) -> float:
    """Largest distance of formula and code along an axis of the ravine, over the norm of the start."""
    one, other = dataset["path"].values
    return float(np.abs(one - other).max() / np.linalg.norm(START))


def lost_after(update: int) -> Any:
    """Return a quantity: weights that are no number after so many updates of the formula as printed."""
    return lambda dataset: int(dataset["lost"].sel(replicate=0, update=update).sum())


# --- figure ---


def draw_lost(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the image's pixels and, after each update, how many of their ten weights are no number."""
    figure, axes = style.subplots(1, 3, width="text", height=43, left=4, right=4, top=9, bottom=3, wspace=5)
    side = round(summary.sizes["pixel"] ** 0.5)
    none = [""] * side
    panels = [
        (summary["ink"].values, 1.0, words(LARGEST)),
        *((summary["lost"].sel(update=k).values, 10.0, words(AFTER[k])) for k in (1, 2)),
    ]
    for axis, (pixels, top, title) in zip(axes, panels, strict=True):
        table = pixels.reshape(side, side).astype(float)
        style.heat(axis, table, rows=none, columns=none, form=None, limits=(0.0, top))
        axis.set_aspect("equal")
        style.panel_title(axis, title)
    for place in np.flatnonzero(summary["ink"].values == 0):
        axes[0].text(
            place % side + 0.5,
            place // side + 0.5,
            "0",
            ha="center",
            va="center_baseline",
            color=style.color("ink"),
            fontsize=style.size(),
        )
    for axis, k in zip(axes[1:], (1, 2), strict=True):
        count = int(summary["lost"].sel(update=k).sum())
        axis.set_title(f"{words(AFTER[k])}\nNaN {count}", loc="left")
    axes[0].set_title(f"{words(LARGEST)}\n{words(OVER_ALL)}", loc="left")
    return figure


LARGEST = Text(ko="픽셀의 가장 큰 값", en="largest pixel value")
OVER_ALL = Text(ko="(이미지 1797장)", en="(1797 images)")
AFTER = {
    1: Text(ko="첫 갱신 뒤", en="after update 1"),
    2: Text(ko="둘째 갱신 뒤", en="after update 2"),
}

# --- claims ---

PRINTED_RULE = "$W \\leftarrow W - \\eta\\, \\frac{1}{\\sqrt{h}} \\frac{\\delta L}{\\delta W}$"
CORRECT_RULE = (
    "$W \\leftarrow W - \\eta\\, \\frac{1}{\\sqrt{h} + \\varepsilon} \\odot \\frac{\\partial L}{\\partial W}$"
)
NO_NUMBER = Text(
    ko="한 원소라도 수가 아니면 다음 순전파 전체가 망가진다.",
    en="A single element that is no number spoils the whole next forward pass.",
)

CLAIMS = (
    Claim(
        id="G03",
        says=Text(
            ko="AdaGrad의 갱신은 $h \\leftarrow h + \\partial L/\\partial W \\odot \\partial L/\\partial W$, "
            "$W \\leftarrow W - \\eta\\,(1/\\sqrt{h})\\,\\partial L/\\partial W$이다.",
            en="AdaGrad updates by $h \\leftarrow h + \\partial L/\\partial W \\odot \\partial L/\\partial "
            "W$, $W \\leftarrow W - \\eta\\,(1/\\sqrt{h})\\,\\partial L/\\partial W$.",
        ),
        source="AdaGrad",
        better=Text(
            ko="분모는 $\\sqrt{h} + \\varepsilon$이어야 한다. 같은 슬라이드의 코드는 $10^{-7}$을 더한다.",
            en="The denominator must be $\\sqrt{h} + \\varepsilon$; the code on the same slide adds "
            "$10^{-7}$.",
        ),
        checks=(
            Check(
                name="finite",
                label=Text(
                    ko="식대로 한 번 갱신한 뒤 수가 아닌 가중치의 개수 (640개 가운데)",
                    en="weights that are no number after one update by the formula, of 640",
                ),
                quantity=lost_after(1),
                estimator="exact",
                relation="<=",
                bound=0.0,
                role="printed",
                because=NO_NUMBER,
                erratum=Erratum(
                    printed=Text(ko=PRINTED_RULE, en=PRINTED_RULE),
                    correct=Text(ko=CORRECT_RULE, en=CORRECT_RULE),
                    evidence=Text(
                        ko="숫자 이미지에는 늘 빈 픽셀이 {adagrad_as_printed.blank}개 있어 그 가중치에서 "
                        "$0/0$이 된다. 첫 갱신 뒤 {adagrad_as_printed.lost.1}개, 둘째 갱신 뒤 "
                        "{adagrad_as_printed.lost.2}개가 수가 아니다(전체 {adagrad_as_printed.weights}개).",
                        en="{adagrad_as_printed.blank} pixels of the digits are always blank, and their "
                        "weights become $0/0$: {adagrad_as_printed.lost.1} are no number after the first "
                        "update, {adagrad_as_printed.lost.2} of {adagrad_as_printed.weights} after the "
                        "second.",
                    ),
                    severity="wrong",
                ),
            ),
            Check(
                name="second",
                label=Text(
                    ko="두 번 갱신한 뒤 수가 아닌 가중치의 개수 (640개 가운데)",
                    en="weights that are no number after two updates, of 640",
                ),
                quantity=lost_after(2),
                estimator="exact",
                relation="<=",
                bound=0.0,
                role="reports",
                because=NO_NUMBER,
            ),
            Check(
                name="code",
                label=Text(
                    ko="슬라이드의 코드로 300번 갱신하는 동안 수가 아닌 가중치의 개수",
                    en="weights that are no number in 300 updates by the slide's code",
                ),
                quantity=lambda dataset: int(dataset["lost_code"]),
                estimator="exact",
                relation="<=",
                bound=0.0,
                role="reports",
                because=NO_NUMBER,
            ),
            Check(
                name="agree",
                label=Text(
                    ko="0인 기울기가 없는 골짜기에서 식과 코드의 경로 차이",
                    en="formula against code on the ravine, where no gradient is 0",
                ),
                quantity=path_difference,
                estimator="exact",
                relation="<=",
                bound=1e-5,
                role="reports",
                because=Text(
                    ko="$\\varepsilon=10^{-7}$이 남기는 차이보다 크다.",
                    en="Above what $\\varepsilon=10^{-7}$ leaves.",
                ),
            ),
        ),
    ),
    Claim(
        id="G04",
        says=Text(
            ko="$h$는 학습을 거듭할수록 커진다.",
            en="$h$ grows as training goes on, and never falls.",
        ),
        source="AdaGrad",
        better=Text(
            ko="$h$는 줄어들지 않는다. 기울기가 0인 동안에는 그대로이다.",
            en="$h$ never falls; while a gradient is 0 it stays as it is.",
        ),
        checks=(
            Check(
                name="never_falls",
                label=Text(
                    ko="300번 갱신하는 동안 $h$의 원소가 변한 양 가운데 가장 작은 것",
                    en="smallest change of an element of $h$ in 300 updates",
                ),
                quantity=lambda dataset: float(dataset["smallest_change"]),
                estimator="exact",
                relation=">=",
                bound=0.0,
                because=Text(
                    ko="제곱을 더하므로 음수일 수 없다.", en="Squares are added, so it cannot be negative."
                ),
            ),
            Check(
                name="still",
                label=Text(
                    ko="한 번도 커지지 않은 원소의 수 (640개 가운데)", en="elements that never grew, of 640"
                ),
                quantity=lambda dataset: int(dataset["still"]),
                estimator="exact",
                relation="<=",
                bound=0.0,
                role="reports",
                because=Text(
                    ko="늘 빈 픽셀의 가중치는 기울기가 0이다.",
                    en="Weights of pixels that are always blank have gradient 0.",
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
            name="lost",
            caption=Text(
                ko="인쇄된 식은 두 번 만에 모든 가중치를 잃는다. 왼쪽은 숫자 이미지에서 픽셀마다 가장 큰 "
                "값이며, 0인 픽셀은 늘 비어 있다. 가운데와 오른쪽은 그 픽셀의 가중치 열 개 가운데 수가 "
                "아닌 것의 개수이다(밝으면 0, 어두우면 10).",
                en="The formula as printed loses all weights in two updates. Left: each pixel's largest "
                "value over the digits; a 0 marks pixels that are always blank. Middle and right: how many "
                "of the pixel's ten weights are no number (light 0, dark 10).",
            ),
            alt=Text(
                ko="8 × 8 픽셀 지도 셋. 늘 빈 픽셀은 {adagrad_as_printed.blank}개이다. 첫 갱신 뒤에는 그 "
                "픽셀의 가중치 {adagrad_as_printed.lost.1}개, 둘째 갱신 뒤에는 "
                "{adagrad_as_printed.weights}개 가운데 {adagrad_as_printed.lost.2}개가 수가 아니다.",
                en="Three maps of 8 × 8 pixels; {adagrad_as_printed.blank} are always blank. After the first "
                "update their {adagrad_as_printed.lost.1} weights are no number, after the second "
                "{adagrad_as_printed.lost.2} of {adagrad_as_printed.weights}.",
            ),
            draw=draw_lost,
        ),
    ),
)
