"""The quiz network: six tanh layers of 4096 units, by the spread of their initial weights.

Values for prose, per arm (``unit`` std 1, ``small`` .01, ``small05`` .05, ``xavier``): ``sigma_w``,
``std_first``, ``std_last``, ``std_ratio`` (last over first), ``saturated_first``,
``saturated_last`` (share of |h| > .99), ``slope_first``, ``slope_last`` (mean φ'), ``rho``,
``rho_theory``, ``delta_ratio`` (RMS δ of the first over the last layer), ``weight_gradient_ratio``
(largest over smallest RMS dW among the layers). Single numbers: ``xavier_2l_variance`` (2l·Var h of
the last layer), ``funnel_rho.fan_in``, ``funnel_rho.glorot``.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn.gaussian_layers import ConditionedLayer, RedrawnLayer, weight_gradient_rms
from reportgen.theory import mean_field

PARAMS = {"width": 4096, "n_layers": 6, "batch_size": 16, "n_direct": 1}
ARMS = ("unit", "small", "small05", "xavier")
RULES = ("fan_in", "glorot")
BIN_EDGES = np.linspace(-1, 1, 41)
VARIABLES = {
    "std": (("arm", "layer"), "standard deviation of the activations h"),
    "saturated": (("arm", "layer"), "share of activations with |h| > .99"),
    "slope": (("arm", "layer"), "mean local slope φ'(z)"),
    "delta_rms": (("arm", "layer"), "RMS of δ = ∂L/∂z"),
    "weight_gradient": (("arm", "layer"), "RMS entry of dW = ∂L/∂W"),
    "relative_update": (("arm", "layer"), "‖dW‖/‖W‖, the relative update at learning rate 1"),
    "histogram": (("arm", "layer", "bin"), "share of the activations in each bin"),
    "direct_std": (("arm", "layer"), "standard deviation of h, every weight drawn"),
    "direct_delta_rms": (("arm", "layer"), "RMS of δ, every weight drawn"),
    "direct_weight_gradient": (("arm", "layer"), "RMS entry of dW, every weight drawn"),
    "funnel_std": (("rule", "layer"), "standard deviation of h in a net that halves its width at each layer"),
    "funnel_delta_rms": (("rule", "layer"), "RMS of δ in a net that halves its width at each layer"),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Send one batch per replicate through the four nets, and through two funnels, and a gradient back."""
    if params["n_direct"] < 1:
        raise ValueError(
            "n_direct must be 1 or more: a direct run is what the sampled ones are checked against"
        )
    width, n_layers = params["width"], params["n_layers"]
    stds = [initial_stds(width)[:, None, None]] * n_layers
    widths = [width] * (n_layers + 1)
    narrowing = [max(width >> layer, 2 * params["batch_size"]) for layer in range(n_layers + 1)]
    rows = []
    for replicate in replicates:
        row = statistics(*propagate(params, replicate, stds, conditioned(replicate, "layer", widths)), stds)
        funnel = propagate(
            params, replicate, funnel_stds(narrowing), conditioned(replicate, "funnel", narrowing)
        )
        row |= {"funnel_std": per_layer(spread, funnel[0][1:]), "funnel_delta_rms": per_layer(rms, funnel[1])}
        if replicate.index < params["n_direct"]:
            h, delta = propagate(params, replicate, stds, redrawn(replicate, widths))
            row |= {f"direct_{name}": value for name, value in statistics(h, delta, stds).items()}
        rows.append(row)
    return to_dataset(rows, replicates, params)


def propagate(
    params: Mapping[str, Any], replicate: Replicate, stds: Sequence[np.ndarray], layers: Sequence[Any]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Send a Gaussian batch forward and a Gaussian gradient back; return h_0 … h_L and δ_1 … δ_L."""
    x = replicate.generator("input").standard_normal((params["batch_size"], layers[0].n_in))
    upstream = replicate.generator("upstream").standard_normal((params["batch_size"], layers[-1].n_out))
    h = [np.broadcast_to(x, (len(stds[0]), *x.shape))]  # (arm, batch, unit)
    for layer, std in zip(layers, stds, strict=True):
        h.append(np.tanh(std * layer.forward(h[-1])))
    delta = [upstream * (1 - h[-1] ** 2)]
    for layer, std, below in zip(layers[:0:-1], stds[:0:-1], h[-2:0:-1], strict=True):
        delta.append(std * layer.backward(delta[-1]) * (1 - below**2))
    return h, delta[::-1]


def conditioned(replicate: Replicate, stream: str, widths: Sequence[int]) -> list[ConditionedLayer]:
    """Return layers that are sampled without their matrix, exactly in distribution."""
    return [
        ConditionedLayer(n_in=n_in, n_out=n_out, generator=replicate.generator(f"{stream} {index}"))
        for index, (n_in, n_out) in enumerate(pairwise(widths))
    ]


def redrawn(replicate: Replicate, widths: Sequence[int]) -> list[RedrawnLayer]:
    """Return layers that multiply with every entry of their matrix, as the quiz's code does."""
    return [
        RedrawnLayer(n_in=n_in, n_out=n_out, generator=partial(replicate.generator, f"matrix {index}"))
        for index, (n_in, n_out) in enumerate(pairwise(widths))
    ]


def initial_stds(width: int) -> np.ndarray:
    """Return the standard deviation of the initial weights of each arm."""
    return np.array([1.0, 0.01, 0.05, width**-0.5])


def funnel_stds(widths: Sequence[int]) -> list[np.ndarray]:
    """Return layer by layer the std of two rules for narrowing layers: 1/√n_in and √(2/(n_in + n_out))."""
    return [
        np.array([n_in**-0.5, (2 / (n_in + n_out)) ** 0.5])[:, None, None] for n_in, n_out in pairwise(widths)
    ]


def statistics(
    h: Sequence[np.ndarray], delta: Sequence[np.ndarray], stds: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the statistics of one replicate, (arm, layer) each, the histogram (arm, layer, bin)."""
    weight_gradient = np.stack(
        [weight_gradient_rms(*pair) for pair in zip(h[:-1], delta, strict=True)], axis=-1
    )
    return {
        "std": per_layer(spread, h[1:]),
        "saturated": per_layer(lambda a: np.mean(np.abs(a) > 0.99, axis=(-2, -1)), h[1:]),
        "slope": per_layer(lambda a: np.mean(1 - a**2, axis=(-2, -1)), h[1:]),
        "delta_rms": per_layer(rms, delta),
        "weight_gradient": weight_gradient,
        "relative_update": weight_gradient / np.concatenate([std[..., 0] for std in stds], axis=-1),
        "histogram": np.stack([histogram(layer) for layer in h[1:]], axis=-2),
    }


def per_layer(statistic: Callable[[np.ndarray], np.ndarray], layers: Sequence[np.ndarray]) -> np.ndarray:
    """Apply a statistic to every layer and stack the results along a last axis."""
    return np.stack([statistic(layer) for layer in layers], axis=-1)


def spread(values: np.ndarray) -> np.ndarray:
    """Return the standard deviation over batch and units."""
    return np.asarray(values.std(axis=(-2, -1)))


def rms(values: np.ndarray) -> np.ndarray:
    """Return the root mean square over batch and units."""
    return np.asarray(np.sqrt(np.mean(values**2, axis=(-2, -1))))


def histogram(h: np.ndarray) -> np.ndarray:
    """Return the share of h (arm, batch, unit) in each bin of [−1, 1]: (arm, bin)."""
    n_bins = len(BIN_EDGES) - 1
    bins = np.minimum(((h + 1) * (n_bins / 2)).astype(np.intp), n_bins - 1)
    return np.stack([np.bincount(row.ravel(), minlength=n_bins) / row.size for row in bins])


def to_dataset(
    rows: Sequence[dict[str, np.ndarray]], replicates: Sequence[Replicate], params: Mapping[str, Any]
) -> xr.Dataset:
    """Stack the replicates' statistics and set the mean-field theory beside them."""
    n_layers, sigma_w = params["n_layers"], initial_stds(params["width"]) * params["width"] ** 0.5
    theory = [mean_field("tanh", float(gain), n_layers) for gain in sigma_w]
    missing = np.full((len(ARMS), n_layers), np.nan)  # every weight is drawn in the first replicates only
    variables: dict[str, Any] = {
        name: (("replicate", *dims), np.stack([row.get(name, missing) for row in rows]), attributes(label))
        for name, (dims, label) in VARIABLES.items()
    }
    variables |= {
        "sigma_w": ("arm", sigma_w, attributes("σ_w = std·√n")),
        "theory_std": (
            ("arm", "layer"),
            [t.activation_std for t in theory],
            attributes("std of h, mean field"),
        ),
        "theory_chi": (("arm", "layer"), [t.chi for t in theory], attributes("χ, mean field")),
    }
    coords = {
        "replicate": [replicate.index for replicate in replicates],
        "arm": list(ARMS),
        "rule": list(RULES),
        "layer": np.arange(1, n_layers + 1),
        "bin": (BIN_EDGES[:-1] + BIN_EDGES[1:]) / 2,
    }
    return xr.Dataset(variables, coords)


def attributes(long_name: str) -> dict[str, str]:
    """Return the attributes of a dimensionless variable."""
    return {"units": "1", "long_name": long_name}


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Return medians with 5 % and 95 % quantiles, mean histograms, theory and the first direct replicate."""
    names = ["std", "saturated", "slope", "delta_rms", "weight_gradient", "relative_update"]
    summary = dataset[names].quantile([0.05, 0.5, 0.95], dim="replicate")
    summary["rho"] = rho(dataset).quantile([0.05, 0.5, 0.95], dim="replicate")
    summary["rho_mean"] = geometric_mean(rho(dataset))
    summary["funnel_rho"] = geometric_mean(layer_factor(dataset["funnel_delta_rms"]))
    summary["histogram"] = dataset["histogram"].mean("replicate")
    summary["theory_rho"] = theory_rho(dataset)
    for name in ("theory_std", "sigma_w"):
        summary[name] = dataset[name]
    for name in ("direct_std", "direct_delta_rms", "direct_weight_gradient"):
        summary[name] = dataset[name].isel(replicate=0)
    return summary


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    median = summary.sel(quantile=0.5)
    first, last = median.isel(layer=0), median.isel(layer=-1)
    gradient = median["weight_gradient"]
    exported = {
        "sigma_w": summary["sigma_w"],
        "std_first": first["std"],
        "std_last": last["std"],
        "std_ratio": last["std"] / first["std"],
        "saturated_first": first["saturated"],
        "saturated_last": last["saturated"],
        "slope_first": first["slope"],
        "slope_last": last["slope"],
        "rho": summary["rho_mean"],
        "rho_theory": summary["theory_rho"],
        "delta_ratio": first["delta_rms"] / last["delta_rms"],
        "weight_gradient_ratio": gradient.max("layer") / gradient.min("layer"),
    }
    by_arm = {name: {arm: float(array.sel(arm=arm)) for arm in ARMS} for name, array in exported.items()}
    n_layers = summary.sizes["layer"]
    return {
        **by_arm,
        "funnel_rho": {rule: float(summary["funnel_rho"].sel(rule=rule)) for rule in RULES},
        "xavier_2l_variance": 2 * n_layers * float(last["std"].sel(arm="xavier")) ** 2,
    }


# --- quantities: one value per replicate ---


def layer_factor(delta_rms: xr.DataArray) -> xr.DataArray:
    """Return (RMS δ_1 / RMS δ_L)^(1/(L−1))."""
    return (delta_rms.isel(layer=0) / delta_rms.isel(layer=-1)) ** (1 / (delta_rms.sizes["layer"] - 1))


def rho(dataset: xr.Dataset) -> xr.DataArray:
    """Return ρ of every arm."""
    return layer_factor(dataset["delta_rms"])


def theory_rho(dataset: xr.Dataset) -> xr.DataArray:
    """Return (∏ χ_l)^(1/(2(L−1))) over the layers below the last."""
    below = dataset["theory_chi"].isel(layer=slice(None, -1))
    return below.prod("layer") ** (0.5 / below.sizes["layer"])


def farthest_from_one(ratio: xr.DataArray) -> np.ndarray:
    """Return, for each replicate, the ratio that is farthest from 1 on the log scale."""
    logs = np.log(ratio.transpose("replicate", ...).values.reshape(ratio.sizes["replicate"], -1))
    farthest = np.take_along_axis(logs, np.abs(logs).argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.asarray(np.exp(farthest))


def farthest_up(values: xr.DataArray) -> np.ndarray:
    """Return the largest ratio between a layer's value and that of the layer below."""
    by_layer = values.transpose("replicate", "layer").values
    return np.asarray((by_layer[:, 1:] / by_layer[:, :-1]).max(axis=1))


def geometric_mean(values: xr.DataArray) -> xr.DataArray:
    """Return the mean over replicates on the log scale."""
    logs: xr.DataArray = xr.apply_ufunc(np.log, values)
    mean: xr.DataArray = xr.apply_ufunc(np.exp, logs.mean("replicate"))
    return mean


def off_theory(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """Return std(h) over its mean-field value at the layer where they differ most."""
    return farthest_from_one((dataset["std"] / dataset["theory_std"]).sel(arm=arm))


def direct_over_sampled(
    dataset: xr.Dataset, statistic: Callable[[xr.DataArray], xr.DataArray], name: str
) -> float:
    """Return the direct simulation over the geometric mean of the sampled ones, where they differ most."""
    direct = statistic(dataset[f"direct_{name}"]).dropna("replicate")
    sampled = geometric_mean(statistic(dataset[name]))
    by_replicate = farthest_from_one(direct / sampled)
    return float(by_replicate[np.abs(np.log(by_replicate)).argmax()]) if by_replicate.size else np.nan


# --- claims ---

# The quiz's own numbers: dims = [4096] * 7, x = np.random.randn(16, dims[0])
QUIZ_DIMS = (4096,) * 7

QUIZ = "초기에 딥러닝 연구에는 작은 임의의 변수로 설정하여 학습!"
LARGER = "가중치를 0.05로 약간 증가시킨다면?"
WIDE_ENOUGH = Text(
    ko="너비 4096에서 한 층의 크기는 무한 너비의 값에서 1 %쯤 흔들린다. 여섯 층이면 3 % 안이다.",
    en="At 4096 units the size of one layer varies by about 1 % around infinite width; six layers stay "
    "within 3 %.",
)
RHO_OFF_THEORY = Text(
    ko="$\\rho$는 여러 층의 기하 평균이라, 너비 4096에서 무한 너비의 값과 5 % 넘게 다르면 모의실험이 틀린 "
    "것이다.",
    en="ρ is a geometric mean over layers: at 4096 units more than 5 % off infinite width means a faulty "
    "simulation.",
)


D07 = Claim(
    id="D07",
    says=Text(
        ko="초기 딥러닝 연구에서는 가중치를 작은 임의의 값으로 초기화하고 학습하였다.",
        en="Early deep learning started from small random weights.",
    ),
    better=Text(
        ko="층의 크기와 무관하게 작은 표준편차를 쓴 예가 있었지만(2012년 AlexNet은 0.01), 입력 수 $n$에 맞춘 "
        "$1/\\sqrt{n}$은 1998년에 이미 권장되었다(LeCun 외, Efficient BackProp).",
        en="Fixed small standard deviations were in use (0.01 in AlexNet, 2012), but $1/\\sqrt{n}$, fitted "
        "to the number of inputs, had been recommended in 1998 (LeCun et al., Efficient BackProp).",
    ),
    source=QUIZ,
)

D08 = Claim(
    id="D08",
    says=Text(
        ko="표준편차 0.01로 초기화한 tanh 망에서는 뒤쪽 층으로 갈수록 활성화값이 0 주변으로 모인다.",
        en="In the quiz's tanh net with weights of std 0.01 the activations shrink toward 0 from layer to "
        "layer.",
    ),
    better=Text(
        ko="4096개짜리 특징 벡터 16개를 여섯 층의 tanh 망에 넣고 가중치를 표준편차 0.01로 초기화하면, $h$의 "
        "표준편차는 층마다 줄어든다.",
        en="A batch of 16 inputs with 4096 features each, six tanh layers, weights of std 0.01: the standard "
        "deviation of $h$ falls at every layer.",
    ),
    source=QUIZ,
    checks=(
        Check(
            name="falls",
            label=Text(
                ko="이웃한 두 층의 std(h) 비 가운데 가장 큰 것",
                en="largest ratio of std(h) between neighbors",
            ),
            quantity=lambda data: farthest_up(data["std"].sel(arm="small", drop=True)),
            estimator="mean",
            scale="log",
            relation="<=",
            bound=1.0,
            because=Text(
                ko="비가 1이면 퍼짐이 그대로이다. 가장 큰 비가 1보다 작아야 모든 층에서 줄어든 것이다.",
                en="At a ratio of 1 the spread stays; the largest must lie below for a fall at every layer.",
            ),
        ),
        Check(
            name="std_theory",
            label=Text(
                ko="std(h) ÷ 평균장 이론 (가장 다른 층)", en="std(h) over mean-field theory, worst layer"
            ),
            quantity=lambda data: off_theory(data, "small"),
            estimator="mean",
            scale="log",
            relation="within",
            bound=(0.97, 1.03),
            because=WIDE_ENOUGH,
            role="validates",
        ),
        Check(
            name="direct_std",
            label=Text(ko="std(h): 직접 계산 ÷ 조건부 표본", en="std(h): every weight drawn over sampled"),
            quantity=lambda data: direct_over_sampled(data, lambda array: array, "std"),
            estimator="exact",
            relation="within",
            bound=(0.97, 1.03),
            because=WIDE_ENOUGH,
            role="validates",
        ),
        Check(
            name="direct_rho",
            label=Text(ko="ρ: 직접 계산 ÷ 조건부 표본", en="ρ: every weight drawn over sampled"),
            quantity=lambda data: direct_over_sampled(data, layer_factor, "delta_rms"),
            estimator="exact",
            relation="within",
            bound=(0.95, 1.05),
            because=RHO_OFF_THEORY,
            role="validates",
        ),
        Check(
            name="n_layers",
            label=Text(ko="코드가 만드는 가중치 행렬의 수", en="weight matrices that the code makes"),
            quantity=lambda _data: len(list(pairwise(QUIZ_DIMS))),
            estimator="exact",
            relation="within",
            bound=(7, 7),
            because=Text(ko="문제는 은닉층을 7개라고 한다.", en="The question says seven hidden layers."),
            role="printed",
            erratum=Erratum(
                printed=Text(ko="“7개의 은닉층”", en="“7 hidden layers” (in Korean)"),
                correct=Text(
                    ko="은닉층 6개. `dims = [4096] * 7`은 너비 일곱 개를 적은 것이고, 이웃한 둘을 묶으면 "
                    "행렬은 여섯 개이다.",
                    en="Six hidden layers: `dims = [4096] * 7` lists seven widths, and pairs of neighbors "
                    "make six matrices.",
                ),
                evidence=Text(
                    ko="슬라이드의 코드를 실행하면 행렬이 {D08.n_layers.estimate:.0f}개 만들어진다.",
                    en="Run as printed, the code makes {D08.n_layers.estimate:.0f} matrices.",
                ),
                severity="slip",
            ),
        ),
        Check(
            name="n_features",
            label=Text(ko="코드가 만드는 입력의 특징 수", en="features of the input that the code makes"),
            quantity=lambda _data: QUIZ_DIMS[0],
            estimator="exact",
            relation="within",
            bound=(16, 16),
            because=Text(ko="문제는 입력을 16이라고 한다.", en="The question says an input of 16."),
            role="printed",
            erratum=Erratum(
                printed=Text(ko="“입력 16”", en="“input 16” (in Korean)"),
                correct=Text(
                    ko="특징이 4096개인 입력 16개의 배치. 16은 배치 크기이다.",
                    en="A batch of 16 inputs with 4096 features each: 16 is the batch size.",
                ),
                evidence=Text(
                    ko="코드의 `x = np.random.randn(16, dims[0])`에서 특징은 "
                    "{D08.n_features.estimate:.0f}개이다.",
                    en="In the code's `x = np.random.randn(16, dims[0])` an input has "
                    "{D08.n_features.estimate:.0f} features.",
                ),
                severity="misleading",
            ),
        ),
    ),
)

D11 = Claim(
    id="D11",
    kind="reconstructed",
    says=Text(
        ko="표준편차를 0.05로 조금 키우면 활성화값이 모든 층에서 ±1에 몰린다.",
        en="With weights of std 0.05, slightly larger, the activations pile up at ±1 in every layer.",
    ),
    better=Text(
        ko="표준편차 0.05에서 ±1까지 0.01도 남지 않은 활성화값은 층마다 절반이 되지 않고, 나머지는 그 사이에 "
        "퍼져 있다. 거의 모든 값이 ±1에 몰리는 것은 표준편차 1일 때이다.",
        en="With std 0.05 less than half of the activations of a layer lie within 0.01 of ±1 and the rest "
        "spread in between; it is at std 1 that nearly all of them pile up there.",
    ),
    source=LARGER,
    checks=(
        Check(
            name="saturated",
            label=Text(
                ko="|h| > 0.99인 비율이 가장 작은 층", en="share of |h| > 0.99, smallest of the layers"
            ),
            quantity=lambda data: data["saturated"].sel(arm="small05", drop=True).min("layer"),
            estimator="mean",
            relation=">=",
            bound=0.5,
            because=Text(
                ko="‘몰린다’면 적어도 절반이다.", en="To pile up there means at least half of them."
            ),
        ),
        Check(
            name="saturated_most",
            label=Text(ko="|h| > 0.99인 비율이 가장 큰 층", en="share of |h| > 0.99, largest of the layers"),
            quantity=lambda data: data["saturated"].sel(arm="small05", drop=True).max("layer"),
            estimator="mean",
            relation=">=",
            bound=0.5,
            because=Text(ko="비교를 위해 함께 적는다.", en="Set beside it for comparison."),
            role="reports",
        ),
    ),
)


# --- figures ---

ARM_NAMES = {
    "unit": Text(ko="표준편차 1", en="std 1"),
    "small": Text(ko="표준편차 0.01", en="std 0.01"),
    "small05": Text(ko="표준편차 0.05", en="std 0.05"),
    "xavier": Text(ko="Xavier 1/√n", en="Xavier 1/√n"),
}
ROLES = {"unit": "unit", "small": "small", "small05": "large", "xavier": "xavier"}
LAYER = Text(ko="층", en="layer")
THEORY = Text(ko="이론", en="theory")


def evenly(layers: np.ndarray, most: int) -> np.ndarray:
    """Return the layers, or so many of them from the first to the last."""
    places = np.linspace(0, len(layers) - 1, min(most, len(layers)))
    return np.asarray(layers[places.round().astype(int)])


def draw_histograms(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """One row per initialization, one column per layer, same bins everywhere."""
    shown = evenly(summary["layer"].values, 7)
    figure, axes = style.subplots(
        len(ARMS),
        len(shown),
        width="wide",
        height=92,
        sharex=True,
        left=23,
        right=1,
        top=5,
        hspace=3,
        wspace=2.5,
    )
    median = summary.sel(quantile=0.5)
    for arm, row in zip(ARMS, axes, strict=True):
        for layer, ax in zip(shown, row, strict=True):
            own = median.sel(arm=arm).sel(layer=layer)
            saturated = float(own["saturated"])
            style.histogram(
                ax,
                BIN_EDGES,
                own["histogram"],
                ROLES[arm],
                words=words,
                std=float(own["std"]),
                saturated=saturated if saturated > 0.005 else None,
            )
            ax.set_xticks([-1, 0, 1])
        name = words(ARM_NAMES[arm]).replace(" ", "\n", 1)
        row[0].text(
            -0.12,
            0.35,
            name,
            transform=row[0].transAxes,
            ha="right",
            va="center",
            fontsize=style.size("label"),
        )
    for layer, ax in zip(shown, axes[0], strict=True):
        style.panel_title(ax, f"{words(LAYER)} {layer}")
    for ax in axes[-1]:
        ax.set_xlabel("h")
    return figure


def draw_std(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Standard deviation by layer: median and band, theory, and the crosses of the direct simulation."""
    figure, ax = style.subplots(width="text", height=62, right=27)
    style.log_axis(ax)
    layers = summary["layer"].values
    for arm in ARMS:
        low, median, high = summary["std"].sel(arm=arm).transpose("quantile", "layer").values
        style.band(ax, layers, median, low, high, ROLES[arm], label=words(ARM_NAMES[arm]))
        style.theory(ax, layers, summary["theory_std"].sel(arm=arm))
        ax.plot(
            layers,
            summary["direct_std"].sel(arm=arm),
            "x",
            color=style.color("ink"),
            markersize=4.5,
        )
    style.note(ax, words(THEORY_AND_DIRECT), x=0.02, y=0.04, role="muted")
    ax.set_xlabel(words(LAYER))
    ax.set_ylabel(words(Text(ko="활성화값의 표준편차 std(h)", en="std of the activations h")))
    ax.set_xticks(evenly(layers, 12))
    return figure


THEORY_AND_DIRECT = Text(
    ko="가는 선: 평균장 이론\n×: 가중치를 모두 뽑은 계산",
    en="thin line: mean-field theory\n×: every weight drawn",
)
SIGNALS = {
    "slope": Text(ko="기울기 φ'(z)의 평균", en="mean slope φ'(z)"),
    "delta_rms": Text(ko="δ의 RMS", en="RMS of δ"),
    "weight_gradient": Text(ko="dW의 RMS", en="RMS of dW"),
    "relative_update": Text(ko="‖dW‖/‖W‖", en="‖dW‖/‖W‖"),
}


def draw_signals(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Four things called gradient, side by side, by layer."""
    figure, axes = style.subplots(1, 4, width="wide", height=52, right=24, wspace=10, left=9)
    layers = summary["layer"].values
    for ax, (name, title) in zip(axes, SIGNALS.items(), strict=True):
        style.log_axis(ax)
        for arm in ARMS:
            low, median, high = summary[name].sel(arm=arm).transpose("quantile", "layer").values
            label = words(ARM_NAMES[arm]) if ax is axes[-1] else None
            style.band(ax, layers, median, low, high, ROLES[arm], label=label)
        style.panel_title(ax, words(title))
        ax.set_xlabel(words(LAYER))
        ax.set_xticks(evenly(layers, 12))
    return figure


def draw_rho(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """ρ of each initialization between the bounds of vanishing and exploding."""
    figure, ax = style.subplots(width="text", height=40, left=25, right=5)
    style.log_axis(ax, "x")
    style.bound(ax, (0.8, 1.25), axis="x")
    for place, arm in enumerate(reversed(ARMS)):
        low, _, high = summary["rho"].sel(arm=arm).values
        mean = float(summary["rho_mean"].sel(arm=arm))
        ax.plot(
            summary["theory_rho"].sel(arm=arm),
            place,
            "|",
            color=style.color("theory"),
            markersize=14,
        )
        style.interval(ax, mean, place, low, high, ROLES[arm], axis="x")
        style.direct_label(ax, mean * 1.04, place, f"{mean:.2f}", ROLES[arm])
    ax.set_yticks(range(len(ARMS)), [words(ARM_NAMES[arm]) for arm in reversed(ARMS)])
    ax.set_ylim(-0.6, len(ARMS) - 0.4)
    ax.set_xlim(0.45, 8)
    ax.set_xticks([0.5, 0.8, 1.25, 2, 4], ["0.5", "0.8", "1.25", "2", "4"])
    ax.minorticks_off()
    ax.set_xlabel(words(Text(ko="ρ: 한 층을 내려갈 때 δ에 곱해지는 값", en="ρ, the factor of δ per layer")))
    return figure


FIGURES = (
    Figure(
        name="histograms",
        width="wide",
        caption=Text(
            ko="가중치의 표준편차가 활성화값의 모양을 정한다. 1이면 ±1에 몰리고, 0.01이면 0으로 모이고, "
            "0.05면 절반 못 미쳐 포화하고, Xavier면 천천히 줄어든다. tanh 6층, 너비 4096, 배치 16, 구간 "
            "40개, 세로축은 칸마다 다르다. ‘포화’는 $|h|>0.99$인 비율. n = {n}.",
            en="The spread of the weights decides the shape of the activations: at ±1 for std 1, toward 0 "
            "for 0.01, less than half saturated for 0.05, slowly narrower for Xavier. Six tanh layers of "
            "4096 units, batch 16, 40 bins, each panel with its own height. “Saturated” is the share of "
            "$|h|>0.99$. n = {n}.",
        ),
        alt=Text(
            ko="초깃값 네 가지와 여섯 층의 활성화값 히스토그램. 마지막 층의 표준편차는 표준편차 1에서 "
            "{wide_tanh.std_last.unit:.2f}, 0.01에서 {wide_tanh.std_last.small:.3f}, 0.05에서 "
            "{wide_tanh.std_last.small05:.2f}, Xavier에서 {wide_tanh.std_last.xavier:.2f}이고, 포화한 비율은 "
            "차례로 {wide_tanh.saturated_last.unit:.0%}, {wide_tanh.saturated_last.small:.0%}, "
            "{wide_tanh.saturated_last.small05:.0%}, {wide_tanh.saturated_last.xavier:.0%}이다.",
            en="Histograms of the activations of six layers for four initializations. In the last layer the "
            "standard deviation is {wide_tanh.std_last.unit:.2f} for std 1, {wide_tanh.std_last.small:.3f} "
            "for 0.01, {wide_tanh.std_last.small05:.2f} for 0.05 and {wide_tanh.std_last.xavier:.2f} for "
            "Xavier; the saturated shares are {wide_tanh.saturated_last.unit:.0%}, "
            "{wide_tanh.saturated_last.small:.0%}, {wide_tanh.saturated_last.small05:.0%} and "
            "{wide_tanh.saturated_last.xavier:.0%}.",
        ),
        draw=draw_histograms,
    ),
    Figure(
        name="std_by_layer",
        caption=Text(
            ko="0.01에서만 활성화값이 지수적으로 줄어들고, Xavier에서는 $1/\\sqrt{{2l}}$처럼 천천히 "
            "줄어든다. 점: 중앙값과 5–95 % 띠. n = {n}.",
            en="Only std 0.01 lets the activations die out exponentially; with Xavier they fall slowly, as "
            "$1/\\sqrt{{2l}}$. Marks: median with the 5–95 % band. n = {n}.",
        ),
        alt=Text(
            ko="층에 따른 활성화값의 표준편차. 첫 층 → 마지막 층: 0.01에서 {wide_tanh.std_first.small:.2f} → "
            "{wide_tanh.std_last.small:.3f}, Xavier에서 {wide_tanh.std_first.xavier:.2f} → "
            "{wide_tanh.std_last.xavier:.2f}, 0.05에서 {wide_tanh.std_first.small05:.2f} → "
            "{wide_tanh.std_last.small05:.2f}, 1에서 {wide_tanh.std_first.unit:.2f} → "
            "{wide_tanh.std_last.unit:.2f}. 이론과 겹친다.",
            en="Standard deviation of the activations by layer: 0.01 falls from "
            "{wide_tanh.std_first.small:.2f} to {wide_tanh.std_last.small:.3f}, Xavier from "
            "{wide_tanh.std_first.xavier:.2f} to {wide_tanh.std_last.xavier:.2f}; 0.05 stays near "
            "{wide_tanh.std_last.small05:.2f} and std 1 near {wide_tanh.std_last.unit:.2f}. Theory "
            "coincides.",
        ),
        draw=draw_std,
    ),
    Figure(
        name="signals",
        width="wide",
        caption=Text(
            ko="‘기울기’라 불리는 네 가지는 서로 다르게 움직인다. 0.01에서 국소 기울기는 1에 가까운데도 "
            "$\\delta$는 아래층으로 갈수록 줄고, $dW$는 그대로이다. 0.05와 1에서는 국소 기울기가 작아도 "
            "$\\delta$가 커진다. 오른쪽 끝은 학습률 1에서의 상대 갱신량. 점: 중앙값과 5–95 % 띠. n = {n}.",
            en="Four things called “gradient” behave differently. With std 0.01 the local slope is near 1, "
            "yet $\\delta$ shrinks toward the input while $dW$ stays. With 0.05 and 1 the slopes are small, "
            "yet $\\delta$ grows. Last panel: the relative update at learning rate 1. Marks: median with the "
            "5–95 % band. n = {n}.",
        ),
        alt=Text(
            ko="네 칸: 국소 기울기, δ, dW, 상대 갱신량을 층에 따라 그렸다. 첫 층의 δ는 마지막 층의 "
            "{wide_tanh.delta_ratio.small:.2f}배(0.01), {wide_tanh.delta_ratio.small05:.1f}배(0.05), "
            "{wide_tanh.delta_ratio.unit:.0f}배(1), {wide_tanh.delta_ratio.xavier:.2f}배(Xavier)이다. "
            "0.01에서 dW는 층 사이에 많아야 {wide_tanh.weight_gradient_ratio.small:.2f}배 차이이다.",
            en="Four panels by layer: local slope, δ, dW, relative update. δ of the first layer is "
            "{wide_tanh.delta_ratio.small:.2f} of the last layer's for std 0.01, "
            "{wide_tanh.delta_ratio.small05:.1f} times for 0.05, {wide_tanh.delta_ratio.unit:.0f} times for "
            "1, {wide_tanh.delta_ratio.xavier:.2f} for Xavier. With std 0.01, dW differs between layers by a "
            "factor of {wide_tanh.weight_gradient_ratio.small:.2f} at most.",
        ),
        draw=draw_signals,
    ),
    Figure(
        name="rho",
        caption=Text(
            ko="0.01은 기울기를 줄이고 0.05는 키운다. 슬라이드의 두 답과 반대이다. 띠는 건강한 범위 "
            "$0.8\\le\\rho\\le1.25$, 세로 금은 이론, 가로 막대는 5–95 %. n = {n}.",
            en="Std 0.01 shrinks the gradient and 0.05 lets it grow: the opposite of the slide's two "
            "answers. The band is the healthy range $0.8\\le\\rho\\le1.25$, ticks are theory, "
            "bars 5–95 %. n = {n}.",
        ),
        alt=Text(
            ko="네 초깃값의 ρ: 1은 {wide_tanh.rho.unit:.2f}, 0.01은 {D09.rho.estimate:.2f}, 0.05는 "
            "{D12.rho.estimate:.2f}, Xavier는 {D13.rho.estimate:.2f}. 건강한 범위는 0.8에서 "
            "1.25까지이다.",
            en="ρ of four initializations: {wide_tanh.rho.unit:.2f} for std 1, {D09.rho.estimate:.2f} for "
            "0.01, {D12.rho.estimate:.2f} for 0.05, {D13.rho.estimate:.2f} for Xavier; healthy is "
            "0.8 to 1.25.",
        ),
        draw=draw_rho,
    ),
)


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(D07, D08, D11),
    figures=FIGURES,
)
