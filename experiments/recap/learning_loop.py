"""The learning loop, full batch, on a small network: does the loss fall at every step?

A tanh network with 8 hidden units learns the noisy XOR of 100 points by plain gradient descent. λ_max is
the largest curvature met on the way: the Hessian's largest eigenvalue by absolute value, looked at every
few steps. The rate is lowered, and the run repeated, until rate ≤ 1/λ_max on its own path.

Values for prose: ``rate`` (median of 1/λ_max), ``falls.x1`` … ``falls.x64`` (median share of steps at which
the loss does not rise, at so many times 1/λ_max), ``final.x1`` … (median final loss), ``n_rises.x64``
(median number of rises), ``first``, ``last`` (median loss before the first and after the last step at
1/λₘₐₓ), ``n_as_convention`` (of the slide's two symbols).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.nn import layers, losses

ROUNDING = 1e-12  # a rise smaller than this share of the loss is rounding
PROBE = 1e-5  # step of the differences that make the Hessian from gradients
AS_PRINTED = {"output of the model": "y", "true value": "ŷ"}
CONVENTION = {"output of the model": "ŷ", "true value": "y"}

PARAMS = {
    "n_points": 100,
    "noise": 0.4,
    "n_hidden": 8,
    "n_steps": 500,
    "look_every": 20,
    "multiples": (1.0, 4.0, 16.0, 64.0),
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Find the rate of each replicate, then run the loop at its multiples."""
    n_steps, multiples = params["n_steps"], params["multiples"]
    loss = np.empty((len(replicates), len(multiples), n_steps + 1))
    rate, curvature = np.empty(len(replicates)), np.empty(len(replicates))
    for index, replicate in enumerate(replicates):
        x, targets = noisy_xor(params, replicate.generator("points"))
        start = initial_parameters(params["n_hidden"], replicate.generator("init"))

        def slope(w: np.ndarray, x: np.ndarray = x, targets: np.ndarray = targets) -> np.ndarray:
            return loss_and_gradient(w, x, targets)[1]

        rate[index], curvature[index] = safe_rate(slope, start, n_steps, params["look_every"])
        w = np.repeat(start[None], len(multiples), axis=0)
        for step in range(n_steps + 1):
            loss[index, :, step], gradient = loss_and_gradient(w, x, targets)
            w = w - rate[index] * np.array(multiples)[:, None] * gradient
    return xr.Dataset(
        {
            "loss": variable(("replicate", "multiple", "step"), loss, "loss before each update", units="nat"),
            "rate": variable("replicate", rate, "learning rate 1/L"),
            "curvature": variable("replicate", curvature, "largest curvature on the path at that rate"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "multiple": list(multiples),
            "step": np.arange(n_steps + 1),
        },
    )


def noisy_xor(params: Mapping[str, Any], generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return points around the corners (±1, ±1) and their labels: 1 where the corner's signs differ."""
    corner = generator.integers(0, 2, (params["n_points"], 2)) * 2 - 1
    x = corner + params["noise"] * generator.standard_normal((params["n_points"], 2))
    return x, (corner[:, 0] != corner[:, 1]).astype(np.float64)[:, None]


def initial_parameters(n_hidden: int, generator: np.random.Generator) -> np.ndarray:
    """Return all parameters as one vector: W₁ and W₂ with std 1/√n, biases 0."""
    w1 = generator.standard_normal((2, n_hidden)) / np.sqrt(2)
    w2 = generator.standard_normal((n_hidden, 1)) / np.sqrt(n_hidden)
    return np.concatenate([w1.ravel(), np.zeros(n_hidden), w2.ravel(), np.zeros(1)])


def loss_and_gradient(w: np.ndarray, x: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss (…,) and its gradient (…, n) for networks with the parameters w (…, n)."""
    n_hidden = (w.shape[-1] - 1) // 4
    leading = w.shape[:-1]
    w1 = w[..., : 2 * n_hidden].reshape(*leading, 2, n_hidden)
    b1 = w[..., 2 * n_hidden : 3 * n_hidden]
    w2 = w[..., 3 * n_hidden : 4 * n_hidden, None]
    h = layers.tanh(layers.affine_forward(x, w1, b1))
    loss, dz = losses.logistic_loss(layers.affine_forward(h, w2, w[..., -1:]), targets)
    dh, dw2, db2 = layers.affine_backward(dz, h, w2)
    _, dw1, db1 = layers.affine_backward(layers.tanh_backward(dh, h), x, w1)
    parts = (dw1.reshape(*leading, -1), db1, dw2[..., 0], db2)
    return loss, np.concatenate(parts, axis=-1)


def safe_rate(
    slope: Callable[[np.ndarray], np.ndarray], start: np.ndarray, n_steps: int, look_every: int
) -> tuple[float, float]:
    """Return a rate and the largest curvature on its own path, with rate ≤ 1/it."""
    largest = sharpness(slope, start)
    while True:
        rate, w = 1 / largest, start
        for step in range(n_steps + 1):
            if step % look_every == 0:
                largest = max(largest, sharpness(slope, w))
                if rate * largest > 1:
                    break  # start again, at a rate that suits this place too
            w = w - rate * slope(w)
        else:
            return rate, largest


def sharpness(slope: Callable[[np.ndarray], np.ndarray], w: np.ndarray) -> float:
    """Return the largest eigenvalue, by absolute value, of the Hessian at w."""
    return float(np.abs(np.linalg.eigvalsh(hessian(slope, w))).max())


def hessian(slope: Callable[[np.ndarray], np.ndarray], w: np.ndarray) -> np.ndarray:
    """Return the Hessian at w by central differences of the gradient, made symmetric."""
    probes = PROBE * np.eye(w.size)
    columns = (slope(w + probes) - slope(w - probes)) / (2 * PROBE)
    return np.asarray((columns + columns.T) / 2)


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians over replicates, and the first replicate's curves."""
    return xr.Dataset(
        {
            "median": dataset["loss"].median("replicate"),
            "first": dataset["loss"].isel(replicate=0, drop=True),
            "falls": falling_share(dataset).median("replicate"),
            "n_rises": rises(dataset).sum("step").median("replicate"),
            "rate": dataset["rate"].median(),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    by_multiple = {
        f"x{multiple:g}": summary.sel(multiple=multiple) for multiple in summary["multiple"].values
    }
    at_rate = summary["median"].sel(multiple=1.0)
    return {
        "rate": float(summary["rate"]),
        "falls": {name: float(cut["falls"]) for name, cut in by_multiple.items()},
        "n_rises": {name: float(cut["n_rises"]) for name, cut in by_multiple.items()},
        "final": {name: float(cut["median"][-1]) for name, cut in by_multiple.items()},
        "first": float(at_rate[0]),
        "last": float(at_rate[-1]),
        "n_as_convention": float(n_as_convention(summary)),
    }


# --- quantities ---


def rises(dataset: xr.Dataset) -> xr.DataArray:
    """Tell at which steps the loss rises."""
    before = dataset["loss"].isel(step=slice(None, -1))
    after = dataset["loss"].isel(step=slice(1, None)).assign_coords(step=before["step"])
    risen: xr.DataArray = ~(after <= before * (1 + ROUNDING))  # a loss that is no number has risen
    return risen


def falling_share(dataset: xr.Dataset) -> xr.DataArray:
    """Share of the steps at which the loss does not rise."""
    share: xr.DataArray = 1 - rises(dataset).mean("step")
    return share


def n_as_convention(_dataset: xr.Dataset) -> int:
    """Count the slide's symbols that mean what they mean in books and papers."""
    return sum(AS_PRINTED[name] == symbol for name, symbol in CONVENTION.items())


# --- figure ---


def draw_losses(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the loss of one network at four multiples of 1/λ_max."""
    figure, axis = style.subplots(width="text", height=60, right=31, top=3)
    style.log_axis(axis)
    for multiple, role in zip(summary["multiple"].values, ("first", "third", "second", "fifth"), strict=True):
        cut = summary.sel(multiple=multiple)
        axis.plot(cut["step"], cut["first"], "-", color=style.color(role), linewidth=0.7)
        rate = f"{multiple:g}/λₘₐₓ"
        label = f"{rate}: {100 * float(cut['falls']):.0f} %"
        style.direct_label(axis, cut["step"], cut["first"], label, role)
    axis.set_xlim(0, float(summary["step"][-1]))
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(LOSS))
    return figure


STEP = Text(ko="갱신 횟수", en="updates")
LOSS = Text(ko="손실", en="loss")

CLAIMS = (
    Claim(
        id="A02",
        says=Text(
            ko="학습은 되풀이이다. 임의의 w, b에서 시작해 결과를 내고, 오차를 재고, 오차가 줄도록 w, "
            "b를 고친다.",
            en="Learning is a loop: start from random w and b, predict, measure the error, change w and "
            "b so that it "
            "falls, and repeat.",
        ),
        source="학습과정",
        better=Text(
            ko="학습률이 $1/\\lambda_{\\max}$ 이하이면 되풀이할 때마다 손실이 줄어든다. 모델의 출력은 "
            "$\\hat y$, 실제 "
            "값은 $y$로 쓴다.",
            en="At a rate of at most $1/\\lambda_{\\max}$ the loss falls with every turn of the loop. "
            "The model’s "
            "output is written "
            "$\\hat y$, the true value $y$.",
        ),
        checks=(
            Check(
                name="falls",
                label=Text(
                    ko="학습률 $1/\\lambda_{\\max}$에서 손실이 늘지 않은 갱신의 비율",
                    en="share of updates at rate $1/\\lambda_{\\max}$ at which the loss does not rise",
                ),
                quantity=lambda dataset: falling_share(dataset).sel(multiple=1.0).values,
                estimator="median",
                relation=">=",
                bound=0.99,
                because=Text(
                    ko="곡률이 $\\lambda_{\\max}$를 넘지 않는 곳에서는 $1/\\lambda_{\\max}$ 이하의 "
                    "걸음이 손실을 늘리지 못한다. 1 %는 "
                    "곡률을 띄엄띄엄 "
                    "잰 몫으로 남긴다.",
                    en="Where no curvature exceeds $\\lambda_{\\max}$, a step at $1/\\lambda_{\\max}$ "
                    "cannot raise the loss; 1 % is "
                    "left for having "
                    "looked at the curvature now and then only.",
                ),
            ),
            Check(
                name="falls_64",
                label=Text(ko="학습률 $64/\\lambda_{\\max}$에서", en="at rate $64/\\lambda_{\\max}$"),
                quantity=lambda dataset: falling_share(dataset).sel(multiple=64.0).values,
                estimator="median",
                relation=">=",
                bound=0.99,
                role="reports",
                because=Text(ko="비교를 위한 것이다.", en="For comparison."),
            ),
            Check(
                name="symbols",
                label=Text(
                    ko="관례대로 쓰인 기호의 수 (둘 가운데)", en="symbols used as is the convention, of two"
                ),
                quantity=n_as_convention,
                estimator="exact",
                relation=">=",
                bound=2,
                role="printed",
                because=Text(
                    ko="통계학과 기계 학습에서 모자($\\hat{\\ }$)는 추정한 값에 씌운다.",
                    en="In statistics and machine learning the hat is put on what is estimated.",
                ),
                erratum=Erratum(
                    printed=Text(
                        ko="결과값(y), 실제 결과값($\\hat y$)",
                        en="“결과값(y)”, “실제 결과값($\\hat y$)”: result $y$, true result $\\hat y$",
                    ),
                    correct=Text(
                        ko="결과값($\\hat y$), 실제 결과값($y$)", en="result $\\hat y$, true result $y$"
                    ),
                    evidence=Text(
                        ko="두 기호 가운데 관례대로 쓰인 것은 {A02.symbols.estimate:.0f}개이다. 둘이 "
                        "서로 바뀌었다.",
                        en="Of the two symbols {A02.symbols.estimate:.0f} are used as is the "
                        "convention: they are "
                        "swapped.",
                    ),
                    severity="slip",
                ),
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="losses",
            plays="step",
            caption=Text(
                ko="학습률이 $1/\\lambda_{{\\max}}$이면 손실은 한 번도 늘지 않지만 느리다. 몇 배 더 "
                "크게 걸어도 대개 더 "
                "빨리 내려가고, "
                "지나치면 오르내린다. 흐린 XOR를 배우는 2-8-1 tanh 망 하나의 손실. %: 손실이 늘지 "
                "않은 갱신의 비율, "
                "중앙값, n = {n}.",
                en="At $1/\\lambda_{{\\max}}$ the loss never rises, but it falls slowly. Steps several "
                "times longer "
                "mostly fall faster; "
                "too long, and the loss jumps up and down. Loss of one 2-8-1 tanh network that "
                "learns a noisy XOR. %: "
                "share of updates at which the loss does not rise, median, n = {n}.",
            ),
            alt=Text(
                ko="네 학습률의 손실 곡선. 손실이 늘지 않은 갱신의 비율은 1/λₘₐₓ에서 "
                "{learning_loop.falls.x1:.0%}, 4/λₘₐₓ에서 "
                "{learning_loop.falls.x4:.0%}, 16/λₘₐₓ에서 {learning_loop.falls.x16:.0%}, 64/λₘₐₓ에서 "
                "{learning_loop.falls.x64:.0%}이다.",
                en="Loss curves at four rates. The share of updates at which the loss does not rise is "
                "{learning_loop.falls.x1:.0%} at 1/λₘₐₓ, {learning_loop.falls.x4:.0%} at 4/λₘₐₓ, "
                "{learning_loop.falls.x16:.0%} at 16/λₘₐₓ and {learning_loop.falls.x64:.0%} at 64/λₘₐₓ.",
            ),
            draw=draw_losses,
        ),
    ),
)
