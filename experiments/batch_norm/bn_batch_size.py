"""Two readings of a lost picture, "applied in units of 2": batches in powers of two, BN every second layer.

Digits, 4 × 64 ReLU-He, SGD, 5 epochs in batches of 2, 4, …, 256, the learning rate in proportion to the
batch size (0.1 at a batch of 100): without batch normalization, with it in all four hidden layers, and with
it in the second and the fourth.

Values for prose: ``test.<arm>_<batch size>`` (median test accuracy) and ``loss.<arm>_<batch size>`` (median
of the mean batch loss of the last epoch), arm ``no_bn``, ``all`` or ``half``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

ARMS: dict[str, tuple[nn.arms.Placement | None, int]] = {
    "no_bn": (None, 1),
    "all": ("before", 1),
    "half": ("before", 2),
}
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)

PARAMS = {
    "batch_sizes": SIZES,
    "rate_at_100": 0.1,
    "width": 64,
    "n_hidden": 4,
    "n_epochs": 5,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train the three networks at every batch size for as many epochs."""
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    n_train = len(data[0].x_train)
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                batch_norm=place,
                batch_norm_every=every,
            ),
            learning_rate=params["rate_at_100"] * size / 100,
            n_steps=params["n_epochs"] * (n_train // size),
            batch_size=size,
        )
        for place, every in ARMS.values()
        for size in params["batch_sizes"]
    ]
    history = nn.train(arms, data, replicates)
    shape = (len(replicates), len(ARMS), len(params["batch_sizes"]))
    dims = ("replicate", "arm", "batch_size")
    # The last evaluation of each arm is its own: the others' columns are empty.
    last = np.nanmax(np.where(np.isnan(history.train_accuracy), -1, history.train_accuracy), axis=-1)
    return xr.Dataset(
        {
            "test_accuracy": variable(dims, history.test_accuracy.reshape(shape), "test accuracy"),
            "train_accuracy": variable(dims, last.reshape(shape), "train accuracy"),
            "last_loss": variable(
                dims, last_epoch(history, arms, n_train).reshape(shape), "mean batch loss of the last epoch"
            ),
            "diverged": variable(dims, history.diverged.reshape(shape), "diverged"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "arm": list(ARMS),
            "batch_size": list(params["batch_sizes"]),
        },
    )


def last_epoch(history: nn.History, arms: Sequence[nn.Arm], n_train: int) -> np.ndarray:
    """Return the mean loss of the last epoch's batches, in training mode; (replicate, arm)."""
    losses = [
        history.loss[:, j, arm.n_steps - n_train // arm.batch_size : arm.n_steps].mean(axis=-1)
        for j, arm in enumerate(arms)
    ]
    return np.stack(losses, axis=1)


def difference(arm: str, other: str, size: int) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy of one arm minus that of another at a batch size."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        accuracy = dataset["test_accuracy"].sel(batch_size=size)
        return np.asarray(accuracy.sel(arm=arm) - accuracy.sel(arm=other))

    return quantity


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    accuracy = dataset["test_accuracy"]
    return xr.Dataset(
        {
            "test": accuracy.median("replicate"),
            "test_low": accuracy.min("replicate"),
            "test_high": accuracy.max("replicate"),
            "loss": dataset["last_loss"].median("replicate"),
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    return {
        name: {
            f"{arm}_{size}": float(summary[name].sel(arm=arm, batch_size=size))
            for arm in ARMS
            for size in summary["batch_size"].values
        }
        for name in ("test", "loss")
    }


# --- figure ---


def draw_sizes(
    summary: xr.Dataset,
    _results: Mapping[str, ClaimResult],
    words: Words,
    style: Any,
) -> Any:
    """Draw test accuracy by batch size for the three networks."""
    figure, axis = style.subplots(width="text", height=60, right=27, top=3)
    style.log_axis(axis, "x")
    sizes = summary["batch_size"].values
    for arm, role in ROLES.items():
        cut = summary.sel(arm=arm)
        style.band(axis, sizes, cut["test"], cut["test_low"], cut["test_high"], role, label=words(NAMES[arm]))
    axis.set_xticks(sizes, [str(size) for size in sizes])
    axis.minorticks_off()
    axis.set_ylim(None, 1.0)
    axis.set_xlabel(words(BATCH))
    axis.set_ylabel(words(ACCURACY))
    return figure


ROLES = {"all": "bn", "half": "third", "no_bn": "no_bn"}
NAMES = {
    "all": Text(ko="모든 층", en="BN in all layers"),
    "half": Text(ko="두 층마다", en="every second layer"),
    "no_bn": Text(ko="배치 정규화 없음", en="no BN"),
}
BATCH = Text(ko="배치 크기 (학습률은 비례)", en="batch size (learning rate in proportion)")
ACCURACY = Text(ko="5에폭 뒤 시험 정확도", en="test accuracy after 5 epochs")

# --- claim ---

SHOWN = Text(
    ko="판정에는 쓰지 않는다. 그림을 잃은 제목이 무엇을 뜻하는지 알 수 없다.",
    en="Not judged: what the heading of a lost picture means cannot be told.",
)
C13 = Claim(
    id="C13",
    says=Text(
        ko="배치 정규화의 효과를 ‘2의 단위로 적용’해 보인다. 그림이 없어 두 가지로 읽었다: 배치 크기를 2의 "
        "거듭제곱으로, 또는 두 층마다.",
        en="Batch normalization’s effect is shown “applied in units of 2”. The picture is lost; two "
        "readings: batch sizes in powers of two, or normalization in every second layer.",
    ),
    source="배치 정규화 적용 효과(2의 단위로 적용)",
    better=Text(
        ko="무엇의 단위가 2인지 적는다. 배치 크기인가(아주 작은 배치에서는 해가 된다), 층인가.",
        en="Say what comes in units of 2: batch sizes (and that very small ones do harm) or layers.",
    ),
    kind="reconstructed",
    checks=(
        *(
            Check(
                name=f"batch_{size}",
                label=Text(
                    ko=f"시험 정확도, 배치 정규화 − 없음, 배치 {size}",
                    en=f"test accuracy, BN − none, batches of {size}",
                ),
                quantity=difference("all", "no_bn", size),
                estimator="median",
                relation=">=",
                bound=0.0,
                because=SHOWN,
                role="reports",
            )
            for size in SIZES
        ),
        *(
            Check(
                name=f"half_{size}",
                label=Text(
                    ko=f"두 층마다 − 모든 층, 배치 {size}",
                    en=f"test accuracy, every second layer − all, batches of {size}",
                ),
                quantity=difference("half", "all", size),
                estimator="median",
                relation=">=",
                bound=0.0,
                because=SHOWN,
                role="reports",
            )
            for size in (2, 32, 256)
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(C13,),
    figures=(
        Figure(
            name="sizes",
            caption=Text(
                ko="배치가 둘이면 배치 정규화를 쓴 시험 정확도는 {bn_batch_size.test.all_2:.2f}, 쓰지 "
                "않으면 {bn_batch_size.test.no_bn_2:.2f}이고, 256이면 {bn_batch_size.test.all_256:.2f}와 "
                "{bn_batch_size.test.no_bn_256:.2f}이다(중앙값). 띠는 범위. 4 × 64 ReLU-He, 5에폭, "
                "학습률은 배치 크기에 비례(100에서 0.1), n = {n}.",
                en="In batches of 2, test accuracy is {bn_batch_size.test.all_2:.2f} with batch "
                "normalization and {bn_batch_size.test.no_bn_2:.2f} without; in batches of 256, "
                "{bn_batch_size.test.all_256:.2f} and {bn_batch_size.test.no_bn_256:.2f} (medians). Bands: "
                "ranges. 4 × 64 ReLU-He, 5 epochs, learning rate in proportion to the batch (0.1 at 100), "
                "n = {n}.",
            ),
            alt=Text(
                ko="배치 크기에 따른 시험 정확도의 세 곡선. 배치 2에서 모든 층 "
                "{bn_batch_size.test.all_2:.2f}, 두 층마다 {bn_batch_size.test.half_2:.2f}, 없음 "
                "{bn_batch_size.test.no_bn_2:.2f}. 배치 32에서 {bn_batch_size.test.all_32:.2f}, "
                "{bn_batch_size.test.half_32:.2f}, {bn_batch_size.test.no_bn_32:.2f}.",
                en="Three curves of test accuracy by batch size. At 2: all layers "
                "{bn_batch_size.test.all_2:.2f}, every second {bn_batch_size.test.half_2:.2f}, none "
                "{bn_batch_size.test.no_bn_2:.2f}. At 32: {bn_batch_size.test.all_32:.2f}, "
                "{bn_batch_size.test.half_32:.2f}, {bn_batch_size.test.no_bn_32:.2f}.",
            ),
            draw=draw_sizes,
        ),
    ),
)
