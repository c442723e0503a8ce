"""Averages of normal numbers: the more numbers, the smaller the error."""

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text

PARAMS = {"counts": (1, 16, 256), "std": 1.0}
NOISE = "noise"


def measure(params, replicates):
    """Average the first 1, 16, 256 of the same normal numbers; their mean is 0."""
    counts = np.array(params["counts"])
    averages = np.empty((len(replicates), len(counts)))
    for row, replicate in enumerate(replicates):
        averages[row] = running_averages(replicate.generator(NOISE), params["std"], counts)
    return xr.Dataset(
        {
            "average": (
                ("replicate", "count"),
                averages,
                {"units": "1", "long_name": "average"},
            ),
            "theory_error": (
                ("count",),
                params["std"] * np.sqrt(2 / np.pi / counts),
                {"units": "1", "long_name": "expected distance from 0"},
            ),
        },
        coords={"replicate": [replicate.index for replicate in replicates], "count": counts},
    )


def running_averages(generator, std, counts):
    """Return the averages of the first numbers of a stream, shape (n_counts,)."""
    numbers = std * generator.standard_normal(counts.max())
    return (np.cumsum(numbers) / np.arange(1, counts.max() + 1))[counts - 1]


def summarize(dataset, params):  # noqa: ARG001
    """Reduce to the mean distance from 0 for each count."""
    error = abs(dataset["average"]).mean("replicate")
    error.attrs = {"units": "1", "long_name": "mean distance from 0"}
    return xr.Dataset({"error": error, "theory_error": dataset["theory_error"]})


def values(summary):
    """Export the mean distances for the prose."""
    errors = {f"of_{count}": float(summary["error"].sel(count=count)) for count in summary["count"].values}
    return {"error": errors, "smallest": float(summary["error"].min())}


def error_of_few(dataset):
    """Return the distance of the average of one number from 0."""
    return abs(dataset["average"].values[:, 0])


def error_of_many(dataset):
    """Return the distance of the average of most numbers from 0."""
    return abs(dataset["average"].values[:, -1])


def difference(dataset):
    """Return the average of 16 less that of 256."""
    return dataset["average"].values[:, 1] - dataset["average"].values[:, 2]


def draw_errors(summary, results, words, style):  # noqa: ARG001
    """Draw the mean distance over the count, with its theory."""
    figure, axes = style.subplots(width="text", height=50)
    axes.plot(summary["count"], summary["error"], marker="o", color=style.color("accent"))
    axes.plot(summary["count"], summary["theory_error"], color=style.color("theory"))
    axes.set_xscale("log")
    axes.set_xlabel(words(Text(ko="수의 개수", en="how many numbers")))
    axes.set_ylabel(words("error"))
    return figure


FEW = Check(
    name="few",
    label=Text(ko="수 하나의 오차", en="error of one number"),
    quantity=error_of_few,
    estimator="mean",
    relation="<=",
    bound=0.1,
    because=Text(ko="십분의 일이면 눈에 띄지 않는다", en="a tenth goes unnoticed"),
)
MANY = Check(
    name="many",
    label=Text(ko="수 256개의 오차", en="error of 256 numbers"),
    quantity=error_of_many,
    estimator="mean",
    relation="<=",
    bound=0.25,
    because=Text(ko="표준편차의 사분의 일", en="a quarter of the standard deviation"),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(  # confirmed
            id="M01",
            says=Text(ko="수가 많으면 평균은 0에 가깝다.", en="The average of many numbers is near 0."),
            source="Averages",
            checks=(MANY,),
        ),
        Claim(  # refuted
            id="M02",
            says=Text(ko="수 하나도 0에 가깝다.", en="A single number is near 0 too."),
            better=Text(ko="수 하나는 0에서 멀다.", en="A single number is far from 0."),
            source="Averages",
            checks=(FEW,),
        ),
        Claim(  # partly
            id="M03",
            says=Text(ko="적든 많든 평균은 0에 가깝다.", en="Averages are near 0, of few or of many."),
            better=Text(ko="수가 많을 때만 가깝다.", en="Only the average of many is."),
            source="Averages",
            kind="reconstructed",
            checks=(FEW, MANY),
        ),
        Claim(  # inconclusive
            id="M04",
            says=Text(ko="평균은 0보다 작지 않다.", en="The average is not below 0."),
            better=Text(ko="이만큼으로는 알 수 없다.", en="So few cannot tell."),
            source="Averages",
            checks=(
                Check(
                    name="sign",
                    label=Text(ko="평균", en="average"),
                    quantity=lambda dataset: dataset["average"].values[:, 1],
                    estimator="median",
                    relation=">=",
                    bound=0.0,
                    because=Text(ko="0과 비교한다", en="0 is what is asked"),
                ),
            ),
        ),
        Claim(  # equivalent
            id="M05",
            says=Text(ko="16개와 256개의 평균은 다르다.", en="The averages of 16 and of 256 differ."),
            better=Text(ko="둘은 거의 같다.", en="They are nearly equal."),
            source="Averages",
            checks=(
                Check(
                    name="difference",
                    label=Text(ko="차이", en="difference"),
                    quantity=difference,
                    estimator="mean",
                    relation=">=",
                    bound=0.0,
                    sesoi=1.0,
                    because=Text(
                        ko="표준편차 하나보다 작으면 같다", en="below a standard deviation is equal"
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="errors",
            caption=Text(
                ko="수가 많을수록 오차가 줄어든다. $n$ = {n}.",
                en="The error falls as numbers are added. $n$ = {n}.",
            ),
            alt=Text(
                ko="오차가 {averages.error.of_1:.2f}에서 {averages.error.of_256:.2f}로 줄어든다.",
                en="The error falls from {averages.error.of_1:.2f} to {averages.error.of_256:.2f}.",
            ),
            draw=draw_errors,
        ),
    ),
)
