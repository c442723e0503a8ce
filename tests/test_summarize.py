"""Summarizing: what an author's functions may return."""

from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from reportgen import Experiment
from reportgen.errors import ExperimentError
from reportgen.summarize import export_values, summarize

HERE = Path(__file__)
DATA = xr.Dataset({"a": ("replicate", [1.0, 3.0])}, coords={"replicate": [0, 1]})
EXPERIMENT = Experiment(params={}, replicates=2)


def reduce(dataset, _):
    return dataset.mean("replicate")


def fail(*_):
    raise ValueError("too small")


def test_summarize_reduces_and_counts():
    summary = summarize(replace(EXPERIMENT, summarize=reduce), DATA, {}, path=HERE)
    assert float(summary["a"]) == 2
    assert summary.attrs["n"] == 2


def test_summarize_absent_gives_the_dataset():
    assert summarize(EXPERIMENT, DATA, {}, path=HERE).equals(DATA)


@pytest.mark.parametrize(
    ("function", "message"),
    [(fail, r"summarize\(\) raised ValueError: too small"), (lambda *_: 3, "returned a int")],
)
def test_summarize_refuses(function, message):
    with pytest.raises(ExperimentError, match=message):
        summarize(replace(EXPERIMENT, summarize=function), DATA, {}, path=HERE)


def test_export_values_flattens():
    experiment = replace(EXPERIMENT, values=lambda summary: {"n": 3, "a": {"first": summary["a"][0]}})
    values = export_values(experiment, DATA, path=HERE)
    assert values == {"n": 3, "a.first": 1.0}
    assert isinstance(values["n"], int)


@pytest.mark.parametrize(
    ("exported", "message"),
    [
        ({"a b": 1.0}, "'a b'"),
        ({"a": {"x.y": 1.0}}, "'a.x.y'"),
        ({"a": "high"}, "raised ValueError"),
        (3, "raised"),
    ],
)
def test_export_values_refuses(exported, message):
    with pytest.raises(ExperimentError, match=message):
        export_values(replace(EXPERIMENT, values=lambda _: exported), DATA, path=HERE)
