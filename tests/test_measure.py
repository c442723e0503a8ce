"""Measuring: planning, splitting into replicates, refusing what cannot be used."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from reportgen.errors import ExperimentError
from reportgen.measure import Series, lacking, load_measured, measure, plan, validate
from reportgen.store import Store

COIN = Path(__file__).parent / "projects/small/experiments/basics/coin.py"
META = {"units": "1", "long_name": "x"}


def make_series(**changes):
    settings = {
        "experiment": "coin",
        "path": COIN,
        "source": hashlib.sha256(COIN.read_bytes()).hexdigest(),
        "digest": "d",
        "params": {"n_throws": 20, "bias": 0.5},
        "overrides": {"n_throws": 20},
        "root_seed": 7,
        "n": 10,
    }
    return Series(**{**settings, **changes})


def run(tasks):
    for task in tasks:
        assert measure(task) == []


def digests(store, series):
    return [store.digest(key, ".nc") for key in series.keys]


def test_what_is_timed_is_kept_for_each_processor():
    assert set(make_series(cpu="A").keys).isdisjoint(make_series(cpu="B").keys)
    assert set(make_series(cpu="A").keys).isdisjoint(make_series().keys)


def test_measure_any_chunks_equal_bytes(tmp_path):
    series = make_series()
    found = []
    for jobs, seconds in ((1, {}), (2, {}), (3, {"coin": 10.0}), (1, {"coin": 0.4})):
        store = Store(tmp_path / f"{len(found)}")
        run(plan([(series, lacking(series, store))], seconds=seconds, jobs=jobs, store=store.root))
        found.append(digests(store, series))
    assert None not in found[0]
    assert found[1:] == found[:1] * 3


def test_measure_quick_is_a_prefix(tmp_path):
    store = Store(tmp_path)
    quick, full = make_series(n=3), make_series(n=10)
    run(plan([(quick, lacking(quick, store))], seconds={}, jobs=1, store=store.root))
    assert full.keys[:3] == quick.keys
    assert lacking(full, store) == tuple(range(3, 10))


@pytest.mark.parametrize(
    "change",
    [
        {"root_seed": 8},
        {"params": {"n_throws": 21, "bias": 0.5}},
        {"digest": "e"},
        {"experiment": "other"},
    ],
    ids=str,
)
def test_series_keys_depend_on(change):
    assert not set(make_series(**change).keys) & set(make_series().keys)


def test_measure_damaged_replicate_is_measured_again(tmp_path, caplog):
    store, series = Store(tmp_path), make_series(n=3)
    run(plan([(series, lacking(series, store))], seconds={}, jobs=1, store=store.root))
    before = digests(store, series)
    (path,) = tmp_path.rglob(f"{series.keys[1]}.nc")
    path.write_bytes(path.read_bytes()[:-200] + b"x" * 200)
    assert lacking(series, store) == (1,)
    assert "will be made anew" in caplog.text
    run(plan([(series, (1,))], seconds={}, jobs=1, store=store.root))
    assert digests(store, series) == before


def test_measure_source_changed_since_planning(tmp_path):
    (task,) = plan([(make_series(source="0"), (0,))], seconds={}, jobs=1, store=tmp_path)
    with pytest.raises(ExperimentError, match="was changed"):
        measure(task)


def test_load_measured_concatenates(tmp_path):
    store, series = Store(tmp_path), make_series()
    run(plan([(series, lacking(series, store))], seconds={}, jobs=2, store=store.root))
    dataset = load_measured(store, series)
    assert dataset["replicate"].values.tolist() == list(range(10))
    assert dataset["heads"].dims == ("replicate", "throw")
    assert dataset["heads"].dtype == bool
    assert dataset["theory_heads"].dims == ()


def test_load_measured_pads_unequal_lengths(tmp_path):
    store, series = Store(tmp_path), make_series(n=2)
    for key, index, length in zip(series.keys, (0, 1), (2, 3), strict=True):
        loss = xr.Dataset(
            {"loss": (("replicate", "step"), np.ones((1, length)), META)},
            coords={"replicate": [index], "step": np.arange(length)},
        )
        store.put_dataset(key, loss)
    loss = load_measured(store, series)["loss"].values
    np.testing.assert_array_equal(loss, [[1, 1, np.nan], [1, 1, 1]])


def test_plan_longest_first_and_unknown_before(tmp_path):
    names = ("short", "long", "new", "new training")
    wanted = [
        (make_series(experiment=name, trains=name == "new training"), tuple(range(10))) for name in names
    ]
    tasks = plan(wanted, seconds={"short": 0.1, "long": 2.0}, jobs=2, store=tmp_path)
    order = list(dict.fromkeys(task.experiment for task in tasks))
    assert order == ["new training", "new", "long", "short"]
    assert {len(task.indices) for task in tasks if task.experiment == "long"} == {1}
    assert [len(task.indices) for task in tasks if task.experiment == "new"] == [3, 3, 3, 1]
    for name in order:
        indices = [i for task in tasks if task.experiment == name for i in task.indices]
        assert sorted(indices) == list(range(10))


@pytest.mark.parametrize(("jobs", "size"), [(2, 3), (50, 3), (100, 6), (1000, 8)])
def test_plan_longer_tasks_for_many_workers(jobs, size):
    wanted = [(make_series(n=100_000), tuple(range(100_000)))]
    tasks = plan(wanted, seconds={"coin": 0.5}, jobs=jobs, store=Path())
    assert len(tasks[0].indices) == size


def dataset(dims=("replicate", "x"), shape=(2, 3), meta=META, coords=True, dtype=float):
    values = np.zeros(shape).astype(dtype)
    return xr.Dataset({"a": (dims, values, meta)}, coords={"replicate": [4, 5]} if coords else {})


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "returned a NoneType"),
        (np.zeros(2), "returned a ndarray"),
        (xr.Dataset({"a": ("x", [1.0], META)}), "without the dimension 'replicate'"),
        (dataset(shape=(3, 3), coords=False), "3 replicates instead of 2"),
        (dataset(coords=False), "coordinate 'replicate'"),
        (dataset().assign_coords(replicate=[0, 1]), "coordinate 'replicate'"),
        (dataset(dims=("x", "replicate"), shape=(3, 2)), "'replicate' comes first"),
        (dataset(meta={"units": "1"}), "lacks 'long_name'"),
        (dataset(meta={"long_name": "x"}), "lacks 'units'"),
        (dataset(dtype=object), "values of type object"),
        (dataset(dtype=complex), "values of type complex128"),
        (xr.Dataset(coords={"replicate": [4, 5]}), "no variable has the dimension"),
    ],
)
def test_validate_refuses(returned, message):
    with pytest.raises(ExperimentError, match=message):
        validate(returned, (4, 5), where="here")


def test_validate_accepts():
    validate(dataset(), (4, 5), where="here")
