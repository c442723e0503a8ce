"""Hand-made features with softmax, against a network on pixels: what ‘end to end’ buys on digits.

The features are made by hand from the 8 × 8 image: 8 row sums, 8 column sums, 16 means of 2 × 2 blocks, and
histograms of edge directions (8 directions in each quarter of the image), 64 in all, standardized on the
training images. Three learners: softmax on pixels, softmax on features, and a network with one hidden
layer on pixels; the learning rate of each is chosen on validation.

Values for prose: ``test.pixels_1297``, ``test.features_100``, ``test.network_1297`` … (mean test accuracy by
learner and number of training images), ``n_features``, ``n_rates``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

LEARNERS = ("pixels", "features", "network")
N_DIRECTIONS = 8

PARAMS = {
    "sizes": (100, 1297),
    "width": 64,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train the three learners on few and on many images, at every rate."""
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    made = [with_features(pixels) for pixels in data]
    on_pixels = [
        *arms(params, (64, 10)),
        *arms(params, (64, params["width"], 10)),
    ]
    pixels = nn.train(on_pixels, data, replicates)
    features = nn.train(arms(params, (made[0].x_train.shape[1], 10)), made, replicates)
    n_arms = len(params["sizes"]) * len(params["learning_rates"])
    shape = (len(replicates), len(params["sizes"]), len(params["learning_rates"]))

    def by_learner(name: str) -> np.ndarray:
        found = getattr(pixels, name)
        parts = (found[:, :n_arms], getattr(features, name), found[:, n_arms:])
        return np.stack([part.reshape(shape) for part in parts], axis=1)

    dims = ("replicate", "learner", "size", "rate")
    return xr.Dataset(
        {
            "validation": variable(dims, by_learner("validation_accuracy"), "validation accuracy"),
            "test": variable(dims, by_learner("test_accuracy"), "test accuracy"),
            "image": variable(
                ("replicate", "pixel"), np.stack([d.x_train[0] for d in data]), "an image, its pixels"
            ),
            "made": variable(
                ("replicate", "feature"),
                hand_made(np.stack([d.x_train[0] for d in data])),
                "the same image's features",
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "learner": list(LEARNERS),
            "size": list(params["sizes"]),
            "rate": list(params["learning_rates"]),
        },
    )


def arms(params: Mapping[str, Any], widths: tuple[int, ...]) -> list[nn.Arm]:
    """Return one network at every number of images and every rate."""
    return [
        nn.Arm(
            network=nn.Network(widths=widths),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
            n_train=size,
        )
        for size in params["sizes"]
        for rate in params["learning_rates"]
    ]


def with_features(data: nn.Data) -> nn.Data:
    """Return the data with features in the place of pixels, standardized on the training images."""
    train, validation, test = hand_made(data.x_train), hand_made(data.x_validation), hand_made(data.x_test)
    mean, std = train.mean(axis=0), train.std(axis=0)
    scale = np.where(std > 0, std, 1)  # a feature that never changes stays 0
    standard = [((x - mean) / scale).astype(np.float32) for x in (train, validation, test)]
    return nn.Data(
        x_train=standard[0],
        y_train=data.y_train,
        x_validation=standard[1],
        y_validation=data.y_validation,
        x_test=standard[2],
        y_test=data.y_test,
    )


def hand_made(x: np.ndarray) -> np.ndarray:
    """Return the 64 features of images (n, 64): sums of rows and columns, block means, edge directions."""
    images = x.reshape(-1, 8, 8).astype(np.float64)
    blocks = images.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    down, across = (np.asarray(np.gradient(images, axis=axis)) for axis in (1, 2))
    direction = np.floor(np.arctan2(down, across) / (2 * np.pi) * N_DIRECTIONS).astype(int) % N_DIRECTIONS
    strength = np.hypot(down, across)
    edges = np.stack([np.where(direction == k, strength, 0) for k in range(N_DIRECTIONS)], axis=-1)
    quarters = edges.reshape(-1, 2, 4, 2, 4, N_DIRECTIONS).sum(axis=(2, 4)).reshape(-1, 4 * N_DIRECTIONS)
    return np.concatenate([images.sum(axis=2), images.sum(axis=1), blocks, quarters], axis=1)


def chosen_test(dataset: xr.Dataset) -> xr.DataArray:
    """Return the test accuracy at the rate that is best on validation; (replicate, learner, size)."""
    best = dataset["validation"].argmax("rate")
    chosen: xr.DataArray = dataset["test"].isel(rate=best).drop_vars("rate")
    return chosen


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Mean, lowest and highest test accuracy, and one image with its features."""
    test = chosen_test(dataset)
    return xr.Dataset(
        {
            "test": test.mean("replicate"),
            "low": test.min("replicate"),
            "high": test.max("replicate"),
            "image": dataset["image"].isel(replicate=0, drop=True),
            "made": dataset["made"].isel(replicate=0, drop=True),
        },
        attrs={"n_rates": dataset.sizes["rate"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    return {
        "test": {
            f"{learner}_{size}": float(summary["test"].sel(learner=learner, size=size))
            for learner in LEARNERS
            for size in summary["size"].values
        },
        "n_features": float(summary.sizes["feature"]),
        "n_rates": float(summary.attrs["n_rates"]),
    }


def draw_learners(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw an image, its features as bars, and the three learners' test accuracy."""
    figure, (image, bars, scores) = style.subplots(
        1, 3, width="wide", height=54, width_ratios=[1.5, 2.2, 1.8], wspace=13, right=24
    )
    image.imshow(summary["image"].values.reshape(8, 8), cmap="gray_r")
    image.set_axis_off()
    style.panel_title(image, words(PIXELS))
    made = summary["made"].values
    groups = ((0, 8, 2.0, ROWS), (8, 16, 12.5, COLUMNS), (16, 32, 24.0, BLOCKS), (32, 64, 48.0, EDGES))
    for role, (first, last, middle, name) in zip(("first", "second", "third", "fourth"), groups, strict=True):
        height = made[first:last] / made[first:last].max()
        bars.bar(np.arange(first, last), height, width=0.8, color=style.color(role), linewidth=0)
        bars.text(
            middle,
            1.04,
            words(name),
            ha="center",
            va="bottom",
            color=style.text_color(role),
            fontsize=style.size(),
        )
    bars.set_ylim(0, 1.25)
    bars.set_yticks([])
    bars.set_xticks([0, 8, 16, 32, 63], ["1", "9", "17", "33", "64"])
    bars.spines["left"].set_visible(False)
    style.panel_title(bars, words(FEATURES))
    sizes = summary["size"].values
    for shift, (learner, role) in enumerate(zip(LEARNERS, ("sixth", "second", "first"), strict=True)):
        cut = summary.sel(learner=learner)
        y = np.arange(sizes.size) * 4.0 + shift
        style.interval(scores, cut["test"], y, cut["low"], cut["high"], role, axis="x")
        for row, mean, high in zip(y, cut["test"].values, cut["high"].values, strict=True):
            style.direct_label(scores, high, row, f"{words(NAMES[learner])} {mean:.3f}", role)
    scores.set_ylim(4.0 * sizes.size - 1, -1)
    scores.set_yticks(np.arange(sizes.size) * 4.0 + 1, [f"N = {size}" for size in sizes])
    scores.set_xlim(0.75, 1.0)
    scores.spines["left"].set_visible(False)
    scores.tick_params(axis="y", length=0)
    scores.set_xlabel(words(ACCURACY))
    return figure


PIXELS = Text(ko="화소 64개", en="64 pixels")
FEATURES = Text(ko="손으로 만든 특징 64개", en="64 hand-made features")
ROWS = Text(ko="가로", en="rows")
COLUMNS = Text(ko="세로", en="cols")
BLOCKS = Text(ko="구역", en="blocks")
EDGES = Text(ko="윤곽의 방향", en="edge directions")
ACCURACY = Text(ko="시험 정확도", en="test accuracy")
NAMES = {
    "pixels": Text(ko="화소 + 소프트맥스", en="pixels + softmax"),
    "features": Text(ko="특징 + 소프트맥스", en="features + softmax"),
    "network": Text(ko="화소 + 신경망", en="pixels + network"),
}
SHOWN = Text(ko="비교를 위한 것이며 판정하지 않는다.", en="For comparison; not judged.")


def accuracy_check(learner: str) -> Check:
    """Report the test accuracy of one learner on all training images."""
    return Check(
        name=learner,
        label=Text(ko=f"{NAMES[learner]['ko']}: 시험 정확도", en=f"{NAMES[learner]['en']}: test accuracy"),
        quantity=lambda dataset: chosen_test(dataset).sel(learner=learner, size=1297).values,
        estimator="mean",
        relation=">=",
        bound=0.1,
        role="reports",
        because=SHOWN,
    )


def advantage(dataset: xr.Dataset) -> np.ndarray:
    """Return the network's test accuracy less that of softmax on features, all images."""
    test = chosen_test(dataset).sel(size=1297)
    return np.asarray(test.sel(learner="network").values - test.sel(learner="features").values)


CLAIMS = (
    Claim(
        id="A08",
        says=Text(
            ko="전통적 방법은 사람이 특징을 뽑고 기계가 그 패턴을 학습한다. 딥러닝은 입력에서 출력까지 "
            "사람의 개입 없이 "
            "학습하는 종단간(end-to-end) 기계 학습이다.",
            en="In the classical way a person extracts features and the machine learns their patterns; "
            "deep learning "
            "goes end to end, from input to output, without human intervention.",
        ),
        source="기계학습과 딥러닝의 차이점",
        better=Text(
            ko="딥러닝에서는 특징도 자료에서 학습한다. 사람은 특징 대신 구조, 손실, 학습률을 고른다.",
            en="Deep learning learns the features too. What people choose is no longer the features but the "
            "architecture, the loss and the learning rate.",
        ),
        checks=(
            *(accuracy_check(learner) for learner in LEARNERS),
            Check(
                name="advantage",
                label=Text(ko="신경망 − (특징 + 소프트맥스)", en="network less (features + softmax)"),
                quantity=advantage,
                estimator="mean",
                relation=">=",
                bound=0.0,
                role="reports",
                because=SHOWN,
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="learners",
            width="wide",
            caption=Text(
                ko="같은 숫자를 화소로 보일 때와 사람이 만든 특징으로 보일 때. 오른쪽: 훈련 자료의 수 "
                "N에 따른 시험 정확도. "
                "64개 유닛의 은닉층 하나, 배치 100, 갱신 300번, 학습률은 검증 자료로 골랐다. 평균과 "
                "범위, n = {n}.",
                en="The same digit as pixels and as features made by hand; right, test accuracy by "
                "number N of training "
                "images. One hidden layer of 64 units, batch 100, 300 updates, rates chosen on "
                "validation. Mean and "
                "range, n = {n}.",
            ),
            alt=Text(
                ko="시험 정확도. N = 100: 화소 {features.test.pixels_100:.3f}, 특징 "
                "{features.test.features_100:.3f}, 신경망 "
                "{features.test.network_100:.3f}. N = 1297: {features.test.pixels_1297:.3f}, "
                "{features.test.features_1297:.3f}, {features.test.network_1297:.3f}.",
                en="Test accuracy. At N = 100: pixels {features.test.pixels_100:.3f}, features "
                "{features.test.features_100:.3f}, network {features.test.network_100:.3f}; at N = 1297: "
                "{features.test.pixels_1297:.3f}, {features.test.features_1297:.3f}, "
                "{features.test.network_1297:.3f}.",
            ),
            draw=draw_learners,
        ),
    ),
)
