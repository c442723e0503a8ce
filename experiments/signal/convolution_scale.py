"""A 3 × 3 convolution of 16 channels with Xavier weights: which number of inputs keeps the variance.

White noise images go through one layer, padded with zeros at the border. The same weights are scaled by three
rules: n = k²·channels, n = channels only, n = k² only.

Values for prose: ``ratio.<rule>`` (variance of the output over that of the input in the interior, geometric
mean; rules ``fan_in``, ``channels``, ``window``), ``place.interior``, ``place.edge``, ``place.corner`` (by
place, rule fan_in) and ``theory.<place>``; ``fan_in`` (the number n).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {"kernel": 3, "channels": 16, "size": 12, "n_images": 64}
RULES = ("fan_in", "channels", "window")


def fan_ins(params: Mapping[str, Any]) -> dict[str, int]:
    """Return what each rule takes for the number of inputs of a unit."""
    window = params["kernel"] ** 2
    return {"fan_in": window * params["channels"], "channels": params["channels"], "window": window}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Convolve white noise with one draw of weights per replicate and measure the variance at each pixel."""
    kernel, channels, size = params["kernel"], params["channels"], params["size"]
    variances, inputs = [], []
    for replicate in replicates:
        x = replicate.generator("images").standard_normal((params["n_images"], channels, size, size))
        normals = replicate.generator("weights").standard_normal((channels, channels, kernel, kernel))
        z = nn.layers.convolution_forward(x, normals, np.zeros(channels), padding=kernel // 2)
        by_pixel = np.mean(z**2, axis=(0, 1))  # means are 0: images and weights are symmetric
        variances.append([by_pixel / n for n in fan_ins(params).values()])
        inputs.append(np.mean(x**2))
    return xr.Dataset(
        {
            "variance": variable(
                ("replicate", "rule", "row", "column"), variances, "variance of the output, zero padding"
            ),
            "input_variance": variable("replicate", inputs, "variance of the input"),
            "theory": variable(
                ("row", "column"), share_of_inputs(params), "share of inputs that are not padding"
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "rule": list(RULES),
            "row": np.arange(size),
            "column": np.arange(size),
        },
    )


def share_of_inputs(params: Mapping[str, Any]) -> np.ndarray:
    """Return, for each pixel, the share of its window that lies inside the image."""
    margin = params["kernel"] // 2
    place = np.arange(params["size"])
    inside = np.minimum(place, margin) + 1 + np.minimum(place[::-1], margin)
    return np.asarray(np.outer(inside, inside) / params["kernel"] ** 2)


def gain(dataset: xr.Dataset, rule: str, share: float = 1.0) -> np.ndarray:
    """Return the variance over the input's, mean of the pixels whose window lies inside by this share."""
    pixels = dataset["variance"].sel(rule=rule).where(np.isclose(dataset["theory"], share))
    return np.asarray(pixels.mean(("row", "column")) / dataset["input_variance"])


# --- summary and values ---


def places(summary: xr.Dataset) -> dict[str, float]:
    """Return the shares of the interior, of an edge and of a corner: 1, 2/3, 4/9 for a 3 × 3 window."""
    middle = summary.sizes["row"] // 2
    theory = summary["theory"].values
    return {
        "interior": float(theory[middle, middle]),
        "edge": float(theory[0, middle]),
        "corner": float(theory[0, 0]),
    }


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Geometric means over replicates."""
    summary = dataset[["theory"]]
    logs: xr.DataArray = xr.apply_ufunc(np.log, dataset["variance"] / dataset["input_variance"])
    summary["ratio"] = xr.apply_ufunc(np.exp, logs.mean("replicate"))
    by_rule = [[gain(dataset, rule, share) for share in places(summary).values()] for rule in RULES]
    summary["gain"] = (("rule", "place"), np.exp(np.log(by_rule).mean(axis=-1)))
    interior = np.array([gain(dataset, rule) for rule in RULES])
    summary["interior"] = (("rule",), np.exp(np.log(interior).mean(axis=-1)))
    summary["interior_low"] = (("rule",), np.quantile(interior, 0.05, axis=-1))
    summary["interior_high"] = (("rule",), np.quantile(interior, 0.95, axis=-1))
    counted = np.array(list(fan_ins(params).values()))
    summary["theory_gain"] = (("rule",), fan_ins(params)["fan_in"] / counted)
    return summary.assign_coords(place=list(places(summary))).assign_attrs(fan_in=fan_ins(params)["fan_in"])


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    return {
        "ratio": {rule: float(summary["gain"].sel(rule=rule, place="interior")) for rule in RULES},
        "place": {name: float(summary["gain"].sel(rule="fan_in", place=name)) for name in places(summary)},
        "theory": places(summary),
        "fan_in": summary.attrs["fan_in"],
    }


# --- claim and figure ---

WITHIN = Text(
    ko="1이면 신호의 크기가 그대로이다. 한 층에서 5 %면 서른 층에서도 다섯 배를 넘지 않는다.",
    en="1 keeps the size of the signal; 5 % a layer stays below a factor of five over thirty layers.",
)

D14 = Claim(
    id="D14",
    says=Text(
        ko="합성곱 층에서는 $n$이 필터 크기의 제곱 × 채널 수이다.",
        en="In a convolution, $n$ is the squared filter size times the number of channels.",
    ),
    better=Text(
        ko="합성곱 층의 $n$은 필터 크기의 제곱 × **입력** 채널 수이다. 0을 덧댄 가장자리에서는 신호가 "
        "작아진다.",
        en="In a convolution, $n$ is the squared filter size times the number of **input** channels; along a "
        "border padded with zeros the signal gets smaller.",
    ),
    source="초기값 설정(Xavier Init)",
    checks=(
        Check(
            name="variance",
            label=Text(
                ko="출력의 분산 ÷ 입력의 분산, 가장자리를 뺀 안쪽",
                en="variance of the output over the input’s, interior",
            ),
            quantity=lambda data: gain(data, "fan_in"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.95, 1.05),
            because=WITHIN,
        ),
        Check(
            name="channels_only",
            label=Text(ko="채널 수만 세면 ($n=16$)", en="counting channels only ($n=16$)"),
            quantity=lambda data: gain(data, "channels"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.95, 1.05),
            because=Text(
                ko="판정에는 쓰지 않는다. 필터 크기를 빼놓으면 분산이 $k^2=9$배가 된다.",
                en="Not judged: leaving the filter’s size out multiplies the variance by $k^2=9$.",
            ),
            role="reports",
        ),
        Check(
            name="corner",
            label=Text(ko="모서리의 분산 ÷ 이론값 4/9", en="variance in the corners over the theory’s 4/9"),
            quantity=lambda data: (
                gain(data, "fan_in", float(data["theory"].min())) / float(data["theory"].min())
            ),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.9, 1.1),
            because=Text(
                ko="모서리에서는 아홉 칸 가운데 넷만 그림 안에 있다. 한 필터의 분산은 12–18 %쯤 "
                "흔들리고, 필터 16개와 "
                "반복 20번의 평균은 1 % 안팎이다.",
                en="In a corner four of the nine cells lie inside the image. One filter’s variance varies by "
                "about 12–18 %, the mean over 16 filters and 20 replicates by about 1 %.",
            ),
            role="validates",
        ),
    ),
)


RULE_NAMES = {
    "fan_in": Text(ko="n = k² · 채널", en="n = k² · channels"),
    "channels": Text(ko="n = 채널", en="n = channels"),
    "window": Text(ko="n = k²", en="n = k²"),
}


def draw_by_pixel(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Left: the variance at each pixel of one image corner. Right: in the interior, by three rules."""
    figure, (left, right) = style.subplots(
        1, 2, width="text", height=46, left=3, right=10, top=6, wspace=32, width_ratios=[1.0, 1.5]
    )
    size = min(4, summary.sizes["row"])
    cells = summary["ratio"].sel(rule="fan_in").values[:size, :size]
    style.heat(left, cells, rows=[""] * size, columns=[""] * size, limits=(0, 1.2))
    left.set_xlabel(words(Text(ko="왼쪽 위 구석의 화소", en="pixels at the top left")))
    style.log_axis(right, "x")
    style.bound(right, (0.95, 1.05), axis="x")
    roles = ("xavier", "large", "unit")
    for place, (rule, role) in enumerate(zip(RULES, roles, strict=True)):
        cut = summary.sel(rule=rule)
        right.plot(
            cut["theory_gain"], place, "|", color=style.color("theory"), markersize=12, markeredgewidth=0.8
        )
        ratio, low, high = (float(cut[name]) for name in ("interior", "interior_low", "interior_high"))
        style.interval(right, ratio, place, low, high, role, axis="x")
        style.direct_label(right, ratio * 1.05, place, f"{ratio:.2f}", role)
    right.set_yticks(range(3), [words(name) for name in RULE_NAMES.values()])
    right.set_ylim(2.6, -0.6)
    right.set_xlim(0.6, 25)
    right.set_xticks([1, 3, 9, 16], ["1", "3", "9", "16"])
    right.minorticks_off()
    right.set_xlabel(words(Text(ko="분산: 출력 ÷ 입력, 안쪽", en="variance out over in, interior")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D14,),
    figures=(
        Figure(
            name="by_pixel",
            caption=Text(
                ko="$n=k^2\\cdot$채널이면 합성곱도 신호의 크기를 지킨다. 왼쪽: 출력의 분산 ÷ 입력의 "
                "분산. 안쪽은 1, "
                "0을 덧댄 변은 2/3, 구석은 4/9이다. 오른쪽: $n$을 세는 세 방법. 점: 평균과 5–95 %, "
                "금: 이론. 3 × "
                "3, 채널 16, n = {n}.",
                en="With $n=k^2\\cdot$channels a convolution keeps the size of the signal too. Left: "
                "variance of "
                "the output over the input’s, 1 inside, 2/3 along a border padded with zeros, 4/9 in "
                "the corner. "
                "Right: three ways to count $n$. Marks: mean with 5–95 %, ticks: theory. 3 × 3, 16 "
                "channels, n = "
                "{n}.",
            ),
            alt=Text(
                ko="왼쪽 위 구석 4 × 4 화소의 분산비: 구석 {convolution_scale.place.corner:.2f}, 변 "
                "{convolution_scale.place.edge:.2f}, 안쪽 {convolution_scale.place.interior:.2f}.",
                en="Variance ratios of the 4 × 4 pixels in the top left: corner "
                "{convolution_scale.place.corner:.2f}, edge {convolution_scale.place.edge:.2f}, interior "
                "{convolution_scale.place.interior:.2f}.",
            ),
            draw=draw_by_pixel,
        ),
    ),
)
