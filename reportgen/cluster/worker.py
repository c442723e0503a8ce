"""The side of a worker on another machine: what it says of itself, and how it works."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from reportgen.machine import THREADS, describe, prepare_environment, versions, worker_environment
from reportgen.pool import Outcome, run_here
from reportgen.stamp import hash_files

Request = TypeVar("Request")
Value = TypeVar("Value")

PACKAGES = ("numpy", "scipy", "scikit-learn", "xarray", "distributed")  # what a measurement may depend on
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker says of itself.

    Attributes
    ----------
    software
        Versions by name; all must equal ours.
    machine
        Processor, BLAS and environment (see :func:`reportgen.machine.describe`).
    advice
        Variables that its environment lacks for the fast kernel.
    """

    software: Mapping[str, str]
    machine: Mapping[str, Any]
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A task given back, because of what differs on this worker."""

    differences: str


def introduce() -> Report:
    """Say what this process runs, and let its BLAS have one thread from now on: a worker's function."""
    recommended = {name: value for name, value in worker_environment().items() if name not in THREADS}
    lacking = tuple(f"{name}={value}" for name, value in recommended.items() if name not in os.environ)
    _limit_threads()
    return Report(software(), describe(), lacking)


@functools.cache
def software() -> dict[str, str]:
    """Return the versions of all that numbers may depend on; of reportgen, the hash of its sources too."""
    sources = sorted(path for path in PACKAGE.rglob("*.py") if "_embedded" not in path.parts)
    own = versions(["reportgen"]).get("reportgen", "not installed")
    return {
        "reportgen": f"{own} (sources {hash_files(sources)[:12]})",
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **versions(PACKAGES),
    }


def differences(theirs: Mapping[str, str]) -> str:
    """Say which versions are not ours; empty if all are."""
    ours = software()
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return ", ".join(f"{name} {theirs.get(name, '-')} instead of {ours.get(name, '-')}" for name in names)


def dask_setup(_: object) -> None:
    """Prepare the environment of a worker that a nanny is about to start (``--preload-nanny``)."""
    prepare_environment()


def work(
    expected: Mapping[str, str], function: Callable[[Request], Value], request: Request
) -> Outcome[Value] | Unfit:
    if software() != expected:
        return Unfit(", ".join(f"{name} {version}" for name, version in software().items()))
    _limit_threads()
    return run_here(function, request)


@functools.cache
def _limit_threads() -> None:
    """Limit BLAS libraries that are loaded by now, and by the environment those that come later."""
    import threadpoolctl  # type: ignore[import-untyped]

    os.environ.update(THREADS)
    threadpoolctl.threadpool_limits(1)
