"""What dropout gains without and with batch normalization, on few digits and on many with wrong labels.

Digits, 3 × 200 ReLU-He, SGD, batch 100, 100 epochs, four networks: plain, dropout 0.5, batch normalization,
both. *Clean*: the first 200 digits of the training split. *Noisy*: the first 1000, of which 40 % carry a
wrong label; validation and test labels are right.

Each arm has its own learning rate, the best of seven half-decades (0.001 … 1) by validation accuracy in a
pilot: three replicates of root seed 1, which no number here comes from. The pilot's networks are these arms
with ``rates_clean`` and ``rates_noisy`` set to each of the seven rates.

Values for prose: ``test.<data>_<arm>`` (mean test accuracy), ``gain.<data>_<bn>`` (mean gain by dropout),
``rate.<data>_<arm>``; data ``clean`` or ``noisy``, arm ``plain``, ``dropout``, ``bn``, ``both``, bn ``bn`` or
``no_bn``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

ARMS: dict[str, tuple[nn.arms.Placement | None, bool]] = {
    "plain": (None, False),
    "dropout": (None, True),
    "bn": ("before", False),
    "both": ("before", True),
}

PARAMS = {
    "rates_clean": (10**-0.5, 10**-0.5, 10**-0.5, 10**-0.5),  # in the order of the arms
    "rates_noisy": (1e-2, 1e-1, 10**-2.5, 1e-1),
    "width": 200,
    "n_hidden": 3,
    "dropout": 0.5,
    "batch_size": 100,
    "n_epochs": 100,
    "n_clean": 200,
    "n_noisy": 1000,
    "wrong_labels": 0.4,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train the four networks on clean and on noisy labels, from the same normals and the same batches."""
    clean = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    noisy = [
        with_wrong_labels(data, params["n_noisy"], params["wrong_labels"], replicate.generator("labels"))
        for data, replicate in zip(clean, replicates, strict=True)
    ]
    histories = {
        name: nn.train(arms(params, name), data, replicates)
        for name, data in (("clean", clean), ("noisy", noisy))
    }

    def both(field: str, long_name: str) -> Any:
        by_data = [getattr(history, field) for history in histories.values()]
        array = np.stack([a.reshape(len(replicates), len(ARMS), -1)[..., -1] for a in by_data], axis=1)
        return variable(("replicate", "data", "arm"), array, long_name)

    return xr.Dataset(
        {
            "test_accuracy": both("test_accuracy", "test accuracy after 100 epochs"),
            "validation_accuracy": both("validation_accuracy", "validation accuracy after 100 epochs"),
            "train_accuracy": both("train_accuracy", "accuracy on the labels trained on"),
            "diverged": both("diverged", "diverged"),
            "rate": variable(
                ("data", "arm"), [params["rates_clean"], params["rates_noisy"]], "learning rate"
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "data": list(histories),
            "arm": list(ARMS),
        },
    )


def arms(params: Mapping[str, Any], data: str) -> list[nn.Arm]:
    """Return the four arms for this data, in the order of ARMS."""
    n_train = params[f"n_{data}"]
    return [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                batch_norm=place,
                dropout=params["dropout"] if has_dropout else 0.0,
            ),
            learning_rate=rate,
            n_steps=params["n_epochs"] * (n_train // params["batch_size"]),
            batch_size=params["batch_size"],
            n_train=n_train,
        )
        for (place, has_dropout), rate in zip(ARMS.values(), params[f"rates_{data}"], strict=True)
    ]


def with_wrong_labels(data: nn.Data, n_rows: int, share: float, generator: np.random.Generator) -> nn.Data:
    """Return the data with a wrong label, drawn from the other nine, in this share of the first rows."""
    labels = data.y_train.copy()
    wrong = generator.permutation(n_rows)[: round(share * n_rows)]
    labels[wrong] = (labels[wrong] + generator.integers(1, 10, len(wrong))) % 10
    return nn.Data(
        x_train=data.x_train,
        y_train=labels,
        x_validation=data.x_validation,
        y_validation=data.y_validation,
        x_test=data.x_test,
        y_test=data.y_test,
    )


def gain(dataset: xr.Dataset) -> xr.DataArray:
    """Test accuracy with dropout minus without; (replicate, data, normalization)."""
    accuracy = dataset["test_accuracy"]
    with_dropout = accuracy.sel(arm=["dropout", "both"]).assign_coords(arm=["no_bn", "bn"])
    without = accuracy.sel(arm=["plain", "bn"]).assign_coords(arm=["no_bn", "bn"])
    gained: xr.DataArray = (with_dropout - without).rename(arm="normalization")
    return gained


def gain_lost(data: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: dropout's gain without batch normalization minus its gain with it."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        gains = gain(dataset).sel(data=data)
        return np.asarray(gains.sel(normalization="no_bn") - gains.sel(normalization="bn"))

    return quantity


def dropout_gain(data: str, normalization: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: test accuracy with dropout minus without."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return np.asarray(gain(dataset).sel(data=data, normalization=normalization))

    return quantity


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Means over replicates, and each replicate's accuracies for the figure."""
    return xr.Dataset(
        {
            "test": dataset["test_accuracy"].mean("replicate"),
            "train": dataset["train_accuracy"].mean("replicate"),
            "each": dataset["test_accuracy"],
            "gain": gain(dataset).mean("replicate"),
            "rate": dataset["rate"].isel(replicate=0)
            if "replicate" in dataset["rate"].dims
            else dataset["rate"],
        }
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(name: str, axis: str) -> dict[str, float]:
        cells = summary[name]
        return {
            f"{data}_{key}": float(cells.sel({"data": data, axis: key}))
            for data in cells["data"].values
            for key in cells[axis].values
        }

    return {
        "test": table("test", "arm"),
        "train": table("train", "arm"),
        "rate": table("rate", "arm"),
        "gain": table("gain", "normalization"),
    }


# --- figure ---


def draw_gains(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw test accuracy without and with dropout, a slope each without and with BN; clean and noisy."""
    figure, axes = style.subplots(1, 2, width="text", height=66, sharey=True, wspace=18, right=18)
    checks = {check.name: check for check in results["C12"].checks} if "C12" in results else {}
    for axis, data in zip(axes, summary["data"].values, strict=True):
        for role, pair in (("no_bn", ["plain", "dropout"]), ("bn", ["bn", "both"])):
            each = summary["each"].sel(data=data, arm=pair).values
            thin = {"color": style.color(role), "linewidth": 0.4, "alpha": 0.35, "zorder": 1}
            axis.plot([0, 1], each.T, "-", marker="", **thin)
            mean = summary["test"].sel(data=data, arm=pair)
            style.line(axis, [0, 1], mean, role, label=words(name_of(role)))
        check = checks.get(str(data))
        if check is not None and check.low is not None and check.high is not None:
            bracket = f"[{check.low:+.3f}, {check.high:+.3f}]".replace("-", "−")
            amount = f"{check.estimate:+.3f}".replace("-", "−")
            axis.annotate(
                f"{words(LOST)}\n{amount} {bracket}",
                (0.5, 0.03),
                xycoords="axes fraction",
                ha="center",
                va="bottom",
                fontsize=style.size(),
                color=style.text_color("ink"),
            )
        axis.set_xlim(-0.12, 1.12)
        axis.set_xticks([0, 1], [words(WITHOUT), words(WITH)])
        style.panel_title(axis, words(PANELS[str(data)]))
    low = float(summary["each"].min())
    axes[0].set_ylim(low - 0.35 * (1 - low), 1.0)
    axes[0].set_ylabel(words(ACCURACY))
    return figure


LOST = Text(ko="이득의 차이", en="difference of the gains")
WITHOUT = Text(ko="드롭아웃 없음", en="no dropout")
WITH = Text(ko="드롭아웃 0.5", en="dropout 0.5")
ACCURACY = Text(ko="시험 정확도", en="test accuracy")
PANELS = {
    "clean": Text(ko="숫자 200개", en="200 digits"),
    "noisy": Text(ko="1000개, 40 %는 틀린 레이블", en="1000 digits, 40 % wrong labels"),
}
LESS = Text(
    ko="드롭아웃이 덜 필요해진다면 그 이득이 배치 정규화를 쓸 때 더 작아야 한다. 정확도 0.01 안쪽의 차이는 "
    "없는 것으로 본다.",
    en="Where dropout is needed less, it gains less; within 0.01 of accuracy there is no difference worth "
    "the name.",
)
SHOWN = Text(ko="판정에는 쓰지 않는다.", en="Shown, not judged.")

# --- claim ---

C12 = Claim(
    id="C12",
    says=Text(
        ko="배치 정규화의 효과: 드롭아웃이 덜 필요해진다.",
        en="Effect of batch normalization: there is less need for dropout.",
    ),
    source="배치 정규화 적용 효과",
    better=Text(
        ko="배치 정규화가 드롭아웃을 대신하는지는 데이터에 달려 있다. 둘 다 써 보고 검증 정확도로 정한다.",
        en="Whether batch normalization takes the place of dropout depends on the data: try both, and let "
        "validation decide.",
    ),
    checks=(
        Check(
            name="clean",
            label=Text(
                ko="드롭아웃의 이득, 배치 정규화 없음 − 있음 (숫자 200개)",
                en="dropout’s gain without BN − with BN, 200 digits",
            ),
            quantity=gain_lost("clean"),
            estimator="mean",
            relation=">=",
            bound=0.0,
            sesoi=0.01,
            because=LESS,
        ),
        Check(
            name="noisy",
            label=Text(
                ko="드롭아웃의 이득, 배치 정규화 없음 − 있음 (1000개, 틀린 레이블 40 %)",
                en="dropout’s gain without BN − with BN, 1000 digits, 40 % wrong labels",
            ),
            quantity=gain_lost("noisy"),
            estimator="mean",
            relation=">=",
            bound=0.0,
            sesoi=0.01,
            because=LESS,
        ),
        *(
            Check(
                name=f"gain_{data}_{normalization}",
                label=Text(ko=f"이득, {ko}", en=f"dropout’s gain, {en}"),
                quantity=dropout_gain(data, normalization),
                estimator="mean",
                relation=">=",
                bound=0.0,
                because=SHOWN,
                role="reports",
            )
            for data, normalization, ko, en in (
                ("clean", "no_bn", "200개, 정규화 없음", "200 digits, no BN"),
                ("clean", "bn", "200개, 정규화 있음", "200 digits, BN"),
                ("noisy", "no_bn", "틀린 레이블, 정규화 없음", "wrong labels, no BN"),
                ("noisy", "bn", "틀린 레이블, 정규화 있음", "wrong labels, BN"),
            )
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(C12,),
    figures=(
        Figure(
            name="gains",
            caption=Text(
                ko="선이 가파를수록 드롭아웃이 많이 돕는다. 깨끗한 레이블에서 이득은 배치 정규화가 없으면 "
                "{bn_and_dropout.gain.clean_no_bn:+.3f}, 있으면 {bn_and_dropout.gain.clean_bn:+.3f}이고, "
                "틀린 레이블이 섞이면 {bn_and_dropout.gain.noisy_no_bn:+.3f}, "
                "{bn_and_dropout.gain.noisy_bn:+.3f}이다. 굵은 선은 평균, 가는 선은 반복 하나하나. 3 × 200 "
                "ReLU-He, 100에폭, 배치 100, 학습률은 망마다 골랐다. n = {n}.",
                en="The steeper the line, the more dropout helps. With clean labels it gains "
                "{bn_and_dropout.gain.clean_no_bn:+.3f} without batch normalization and "
                "{bn_and_dropout.gain.clean_bn:+.3f} with it; with wrong labels among them, "
                "{bn_and_dropout.gain.noisy_no_bn:+.3f} and {bn_and_dropout.gain.noisy_bn:+.3f}. Thick: "
                "means; thin: single replicates. 3 × 200 ReLU-He, 100 epochs, batch 100, a learning rate "
                "chosen for each network, n = {n}.",
            ),
            alt=Text(
                ko="드롭아웃 유무에 따른 시험 정확도. 200개: 없음 {bn_and_dropout.test.clean_plain:.3f} → "
                "{bn_and_dropout.test.clean_dropout:.3f}, 배치 정규화 {bn_and_dropout.test.clean_bn:.3f} → "
                "{bn_and_dropout.test.clean_both:.3f}. 틀린 레이블: {bn_and_dropout.test.noisy_plain:.3f} → "
                "{bn_and_dropout.test.noisy_dropout:.3f}, 배치 정규화 {bn_and_dropout.test.noisy_bn:.3f} → "
                "{bn_and_dropout.test.noisy_both:.3f}.",
                en="Test accuracy without and with dropout. 200 digits: no BN "
                "{bn_and_dropout.test.clean_plain:.3f} → {bn_and_dropout.test.clean_dropout:.3f}, BN "
                "{bn_and_dropout.test.clean_bn:.3f} → {bn_and_dropout.test.clean_both:.3f}. Wrong labels: "
                "no BN {bn_and_dropout.test.noisy_plain:.3f} → {bn_and_dropout.test.noisy_dropout:.3f}, BN "
                "{bn_and_dropout.test.noisy_bn:.3f} → {bn_and_dropout.test.noisy_both:.3f}.",
            ),
            draw=draw_gains,
        ),
    ),
)
