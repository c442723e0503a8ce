"""Where in the space of learning rate × initial scale × depth a network trains: a sweep of any size.

Digits, ReLU, hidden layers of 32 units, SGD, batch 50. The map has ``resolution`` × ``resolution`` cells for
each of up to ``resolution`` depths. Every replicate puts a network at a random point of every cell, so more
replicates refine the map, and each is an estimate of its own of the share that trains.

No text places it, so no handout measures it; ``reportgen run rate_scale_and_depth`` does. A replicate is what
one worker does at a time: .04 s of one core as it stands, 1.5 s with ``-p rate_scale_and_depth.resolution=8
-p rate_scale_and_depth.n_steps=140``, 8 s with 16, about half a minute with 32 and two minutes with 64. A
cluster needs as many ``replicates`` as it has workers, or a multiple of that (``docs/cluster.md``).

Values for prose: ``share.<shallowest|deepest>``, the mean share of the cells that train.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {
    "resolution": 3,
    "log10_rates": (-2.5, 0.5),
    "log10_scales": (-1.0, 1.0),  # of He's standard deviation
    "deepest": 8,
    "width": 32,
    "batch_size": 50,
    "n_steps": 30,
    "trains_at": 0.5,
}
AXES = ("depth", "scale", "rate")
N_PANELS = 4


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train a network in every cell."""
    return xr.concat([measure_one(params, replicate) for replicate in replicates], "replicate", join="exact")


def measure_one(params: Mapping[str, Any], replicate: Replicate) -> xr.Dataset:
    """Measure one replicate, at its own points of the cells."""
    n = params["resolution"]
    depths = np.unique(np.rint(np.geomspace(1, params["deepest"], n)).astype(int))
    shape = (len(depths), n, n)
    points = replicate.generator("points").random((2, *shape))
    rate_edges, scale_edges = edges(params["log10_rates"], n), edges(params["log10_scales"], n)
    log10_rates = rate_edges[:-1] + points[0] * np.diff(rate_edges)
    log10_scales = scale_edges[:-1, None] + points[1] * np.diff(scale_edges)[:, None]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * int(depths[i]), 10),
                initializer=nn.Xavier(
                    gain=10.0 ** log10_scales[i, j, k] * np.sqrt(2)
                ),  # He's times the scale
            ),
            learning_rate=10.0 ** log10_rates[i, j, k],
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for i, j, k in np.ndindex(shape)
    ]
    history = nn.train(arms, [nn.Data(**split(replicate.generator("split")).fields())], [replicate])
    accuracy = history.train_accuracy[0, :, -1].reshape(shape)
    dims = ("replicate", *AXES)
    return xr.Dataset(
        {
            "train_accuracy": variable(dims, accuracy[None], "train accuracy"),
            "diverged": variable(dims, history.diverged.reshape(1, *shape), "diverged"),
            "log10_rate": variable(dims, log10_rates[None], "log10 of the learning rate"),
            "log10_scale": variable(dims, log10_scales[None], "log10 of the initial scale over He's"),
        },
        coords={
            "replicate": [replicate.index],
            "depth": depths,
            "scale": (scale_edges[:-1] + scale_edges[1:]) / 2,
            "rate": (rate_edges[:-1] + rate_edges[1:]) / 2,
        },
    )


def edges(ends: tuple[float, float], n: int) -> np.ndarray:
    """Return the n + 1 edges of n cells."""
    return np.linspace(ends[0], ends[1], n + 1)


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Share of the replicates that train in each cell."""
    return xr.Dataset({"share": (dataset["train_accuracy"] >= params["trains_at"]).mean("replicate")})


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export the share at the ends of the depths."""
    share = summary["share"].mean(("scale", "rate"))
    return {"share": {"shallowest": float(share[0]), "deepest": float(share[-1])}}


def draw_maps(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw a map of rate and scale for some of the depths."""
    n = summary.sizes["depth"]
    chosen = sorted({round(i) for i in np.linspace(0, n - 1, min(n, N_PANELS))})
    figure, axes = style.subplots(1, len(chosen), width="wide", height=52, sharey=True, right=15, wspace=5)
    rates, scales = ticks(summary["rate"].values), ticks(summary["scale"].values)
    for axis, index in zip(np.atleast_1d(axes), chosen, strict=True):
        cells = summary["share"][index].values[::-1]
        image = style.heat(axis, cells, rows=scales[::-1], columns=rates, form=None, limits=(0, 1))
        style.panel_title(axis, f"{words(DEPTH)} {int(summary['depth'][index])}")
        axis.set_xlabel(words(RATE))
    np.atleast_1d(axes)[0].set_ylabel(words(SCALE))
    style.colorbar(figure, image, words(SHARE))
    return figure


def ticks(centers: np.ndarray) -> list[str]:
    """Label about four of the cells with their center, as a number with one digit."""
    every = max(1, len(centers) // 4)
    return [f"{10.0**center:.1g}" if i % every == 0 else "" for i, center in enumerate(centers)]


DEPTH = Text(ko="은닉층", en="hidden layers:")
RATE = Text(ko="학습률", en="learning rate")
SCALE = Text(ko="초깃값의 크기 ÷ He", en="initial scale over He's")
SHARE = Text(ko="학습된 비율", en="share that trains")

experiment = Experiment(
    params=PARAMS,
    replicates=16,
    measure=measure,
    summarize=summarize,
    values=values,
    figures=(
        Figure(
            name="maps",
            width="wide",
            caption=Text(
                ko="학습률과 초깃값의 크기에 따라 학습되는 망의 비율. n = {n}; 반복마다 칸 안의 "
                "다른 점을 쟀다.",
                en="The share of networks that train, over learning rate and initial scale. n = {n}, "
                "each at its own point of every cell.",
            ),
            alt=Text(
                ko="깊이마다 학습률과 초깃값의 지도. 학습되는 비율은 가장 얕은 망에서 "
                "{rate_scale_and_depth.share.shallowest:.2f}, 가장 깊은 망에서 "
                "{rate_scale_and_depth.share.deepest:.2f}이다.",
                en="A map of rate and scale for each depth. The share that trains is "
                "{rate_scale_and_depth.share.shallowest:.2f} in the shallowest networks and "
                "{rate_scale_and_depth.share.deepest:.2f} in the deepest.",
            ),
            draw=draw_maps,
        ),
    ),
)
