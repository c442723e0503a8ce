"""Dask on this machine: what a task costs beyond its work, and two workers against one on the sweep.

From the cost of a task follows how long tasks must be on many workers: see docs/cluster.md.
"""

import hashlib
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reportgen.cluster import Cluster
from reportgen.measure import Series, Task
from reportgen.measure import measure as measure_task

from .measurement import Candidate, interleave, timed
from .results import Goal, Result, compare

SWEEP = Path(__file__).parents[2] / "experiments/training/rate_scale_and_depth.py"
GOAL = 2 * 0.85  # an efficiency of .85


def sweep_tasks(n: int, **overrides: Any) -> list[Task]:
    """Return tasks of one replicate each."""
    code = SWEEP.read_bytes()
    series = Series(
        experiment=SWEEP.stem,
        path=SWEEP,
        source=hashlib.sha256(code).hexdigest(),
        digest="",
        params={},
        overrides=overrides,
        root_seed=0,
        n=n,
    )
    return [Task(series=series, indices=(index,), store=None, code=code) for index in range(n)]


def echo(request: tuple[Task, Any]) -> Any:
    """Do no work: take a task as it comes and give a result as it goes."""
    return request[1]


def measure(*, quick: bool, rounds: int) -> Iterator[Result]:
    """Yield the results: wall time, workers already running; nothing where dask is not installed."""
    if importlib.util.find_spec("distributed") is None:
        return
    n_empty, n_tasks = (200, 8) if quick else (1000, 24)
    tasks = sweep_tasks(n_tasks, resolution=8, n_steps=60)
    result = measure_task(sweep_tasks(1)[0])
    with Cluster(None, 1) as one, Cluster(None, 2) as two:
        for cluster in (one, two):  # started and imported
            list(cluster.run(measure_task, sweep_tasks(4)))

        empty = timed(lambda: list(two.run(echo, [(tasks[0], result)] * n_empty)), time.perf_counter)
        seconds = np.array([empty(1) / n_empty for _ in range(max(3, rounds // 3))])
        low, high = np.quantile(seconds, [0.25, 0.75]) * 1e3
        yield Result(
            name="cluster/a task without work, two workers",
            unit="ms",
            ours=float(np.median(seconds) * 1e3),
            spread=(float(low), float(high)),
        )

        times = interleave(
            {
                "two": Candidate(timed(lambda: list(two.run(measure_task, tasks)), time.perf_counter)),
                "one": Candidate(timed(lambda: list(one.run(measure_task, tasks)), time.perf_counter)),
            },
            rounds=max(3, rounds // 3),
        )
    name = f"cluster/{n_tasks} tasks of the sweep, two workers against one"
    yield compare(name, times["two"], times["one"], unit="s", goal=Goal("≥", GOAL))
