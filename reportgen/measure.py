"""Measuring: what the store lacks is cut into tasks, run by workers and kept, one entry per replicate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reportgen.errors import ExperimentError
from reportgen.project import load_experiment, short_traceback
from reportgen.settings import apply_settings
from reportgen.store import Store, key

if TYPE_CHECKING:
    import xarray as xr

    from reportgen.model import Experiment

SECONDS_A_TASK = 1.5  # long enough that starting it is nothing, short enough that two workers end together
SECONDS_A_WORKER = (
    0.03  # a task is that much longer for each worker: handing it out takes a twentieth of this
)
CHUNKS_A_WORKER = 2  # of an experiment whose time is not known: two workers then end nearly together
LARGEST_CHUNK = 8  # replicates; bounds the memory of a task and what an interrupted build loses
QUICK_REPLICATES = 3


@dataclass(frozen=True, kw_only=True)
class Series:
    """The replicates of one experiment under given settings, and their keys in the store.

    Attributes
    ----------
    source
        sha256 of the file, so that a worker does not run another version than the one that was planned.
    digest
        What a replicate depends on besides settings, root seed and index.
    overrides
        Settings that differ from the file's own.
    alone
        Depends on the machine's time: measured when no other work runs.
    cpu
        The processor, for what depends on the machine's time: another one measures it anew.
    trains
        Reads images: that takes long, where nothing is recorded.
    data
        A folder whose images take the digits' place.
    """

    experiment: str
    path: Path
    source: str
    digest: str
    params: Mapping[str, Any]
    overrides: Mapping[str, Any]
    root_seed: int
    n: int
    alone: bool = False
    cpu: str | None = None
    trains: bool = False
    data: Path | None = None

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The store's keys, by replicate."""
        common = ("replicate", self.experiment, self.digest, dict(self.params), self.root_seed)
        machine = () if self.cpu is None else (self.cpu,)
        return tuple(key(*common, index, *machine) for index in range(self.n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Some replicates of a series for one worker.

    Attributes
    ----------
    store
        None where workers do not share the disk; results come back instead.
    code
        The experiment's file where workers do not share the disk.
    """

    series: Series
    indices: tuple[int, ...]
    store: Path | None
    expected: float | None = None
    code: bytes | None = None

    @property
    def experiment(self) -> str:
        """The experiment's id."""
        return self.series.experiment


def lacking(series: Series, store: Store) -> tuple[int, ...]:
    """Return the replicates that the store does not have, or has damaged."""
    return tuple(index for index, k in enumerate(series.keys) if not store.intact(k, ".nc"))


def share(wanted: Iterable[Series], shard: tuple[int, int]) -> list[frozenset[int]]:
    """Return which replicates of each series a shard, say (2, 4), measures.

    Replicates are dealt out in turn, whatever a store has of them, so that all machines agree and nothing is
    measured twice. What depends on the machine's time stays together.
    """
    part, of = shard
    shares, turn = [], 0
    for series in wanted:
        if series.alone:
            shares.append(frozenset(range(series.n) if turn % of == part - 1 else ()))
            turn += 1
        else:
            shares.append(frozenset(i for i in range(series.n) if (turn + i) % of == part - 1))
            turn += series.n
    return shares


def plan(
    wanted: Sequence[tuple[Series, tuple[int, ...]]],
    *,
    seconds: Mapping[str, float],
    jobs: int,
    store: Path | None,
) -> list[Task]:
    """Cut what is lacking into tasks, longest first.

    Parameters
    ----------
    wanted
        Each series with the indices to measure.
    seconds
        Recorded seconds per replicate by experiment; those without a record are taken for the longest, and
        those that train for longer still.
    """
    tasks = []
    long_enough = max(SECONDS_A_TASK, SECONDS_A_WORKER * jobs)
    for series, indices in wanted:
        code = series.path.read_bytes() if store is None else None
        each = seconds.get(series.experiment)
        if each is None:
            size = math.ceil(len(indices) / (CHUNKS_A_WORKER * jobs))
        else:
            size = min(max(1, round(long_enough / max(each, 1e-3))), math.ceil(len(indices) / jobs))
        size = min(size, LARGEST_CHUNK)
        for start in range(0, len(indices), max(size, 1)):
            chunk = indices[start : start + size]
            expected = None if each is None else each * len(chunk)
            tasks.append(Task(series=series, indices=chunk, store=store, expected=expected, code=code))
    return sorted(tasks, key=_urgency)


def _urgency(task: Task) -> tuple[float, bool]:
    return (-math.inf, not task.series.trains) if task.expected is None else (-task.expected, False)


def measure(task: Task) -> list[tuple[int, xr.Dataset]]:
    """Measure a task's replicates: a worker's function.

    They are kept in the task's store and the list is empty, or they come back where there is no shared store.
    """
    series = task.series
    code = series.path.read_bytes() if task.code is None else task.code
    check_code(code, series.source, series.experiment)
    experiment = load_experiment(series.path, series.experiment, code)
    dataset = run_measure(experiment, series, task.indices)
    parts = [(index, dataset.sel(replicate=[index])) for index in task.indices]
    if task.store is None:
        return parts
    keep(series, parts, Store(task.store))
    return []


def keep(series: Series, parts: Sequence[tuple[int, xr.Dataset]], store: Store) -> None:
    """Put measured replicates into the store."""
    keys = series.keys
    for index, part in parts:
        store.put_dataset(keys[index], part)


def run_measure(experiment: Experiment, series: Series, indices: Sequence[int]) -> xr.Dataset:
    """Call the author's function on these replicates and refuse what cannot be used."""
    from reportgen.data import using
    from reportgen.streams import ReplicateStreams

    assert experiment.measure is not None
    params = apply_settings(experiment.params, series.overrides, where=series.experiment)
    streams = [ReplicateStreams(series.root_seed, series.experiment, index) for index in indices]
    try:
        with using(series.data):
            dataset = experiment.measure(MappingProxyType(params), streams)
    except Exception as error:
        raise ExperimentError(
            f"measure() raised {type(error).__name__}: {error}",
            where=series.path,
            hint=short_traceback(error, series.path) or None,
        ) from error
    validate(dataset, indices, where=f"{series.path}: measure()")
    return dataset


def load_measured(store: Store, series: Series) -> xr.Dataset | None:
    """Return all replicates of a series as one dataset; None where one is missing or damaged.

    Along dimensions with a coordinate, replicates of unequal length are padded with NaN.
    """
    import xarray as xr

    parts = [store.get_dataset(k) for k in series.keys]
    if not parts or any(part is None for part in parts):
        return None
    found = [part for part in parts if part is not None]
    try:
        return xr.concat(
            found, "replicate", data_vars="minimal", coords="minimal", compat="override", join="outer"
        )
    except ValueError as error:
        raise ExperimentError(
            f"the replicates do not fit together: {error}",
            where=series.experiment,
            hint="a dimension whose length differs between replicates needs a coordinate",
        ) from error


def validate(dataset: object, indices: Sequence[int], *, where: str) -> None:
    """Raise :class:`ExperimentError` unless this is a dataset of these replicates with units and names."""
    import xarray as xr

    def refuse(what: str, hint: str) -> ExperimentError:
        return ExperimentError(what, where=where, hint=hint)

    if not isinstance(dataset, xr.Dataset):
        raise refuse(f"returned a {type(dataset).__name__}", "return an xarray.Dataset")
    if "replicate" not in dataset.dims:
        raise refuse(
            "returned a dataset without the dimension 'replicate'",
            f"its dimensions are {', '.join(map(str, dataset.dims)) or 'none'}; "
            "give every measured variable a leading dimension 'replicate'",
        )
    expected = list(indices)
    if dataset.sizes["replicate"] != len(expected):
        raise refuse(
            f"returned {dataset.sizes['replicate']} replicates instead of {len(expected)}",
            "one entry for each of the given replicates",
        )
    if "replicate" not in dataset.coords or dataset["replicate"].values.tolist() != expected:
        raise refuse(
            "the coordinate 'replicate' does not hold the given indices",
            'coords={"replicate": [r.index for r in replicates]}',
        )
    if not any("replicate" in dataset[name].dims for name in dataset.data_vars):
        raise refuse("no variable has the dimension 'replicate'", "at least one must be measured")
    for name, variable in dataset.variables.items():
        if variable.dtype.kind not in "biufU" or variable.dtype.str[1:] == "f2":
            raise refuse(
                f"variable {name!r} has values of type {variable.dtype}",
                "use float64, float32, integers, booleans or str",
            )
    for name, array in dataset.data_vars.items():
        if "replicate" in array.dims and array.dims[0] != "replicate":
            raise refuse(
                f"variable {name!r} has the dimensions {array.dims}", "'replicate' comes first: transpose it"
            )
        for attribute in ("units", "long_name"):
            if not isinstance(array.attrs.get(attribute), str):
                raise refuse(
                    f"variable {name!r} lacks {attribute!r}",
                    f'{name}=(dims, values, {{"units": "1", "long_name": "…"}})',
                )


def check_source(path: Path, source: str, where: str) -> None:
    """Refuse an experiment that was edited after the build had read it."""
    check_code(path.read_bytes(), source, where)


def check_code(code: bytes, source: str, where: str) -> None:
    """Refuse a file's content unless it is what the build had read: ``source`` is its sha256."""
    import hashlib

    if hashlib.sha256(code).hexdigest() != source:
        raise ExperimentError(
            "was changed while it was being measured", where=where, hint="build again: nothing is lost"
        )
