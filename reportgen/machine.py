"""The machine: its processor, the environment that workers compute in, and what a manifest says of both."""

from __future__ import annotations

import functools
import os
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_AVX512 = frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"})
PACKAGES = ("numpy", "xarray", "h5netcdf", "scipy", "scikit-learn", "matplotlib", "seaborn", "weasyprint")


@functools.cache
def _cpuinfo() -> dict[str, str]:
    """Return the first processor's entries of Linux's table; empty elsewhere."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return {}
    first = path.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def cpu_name() -> str:
    """Return the processor's name."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def n_cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_environment() -> dict[str, str]:
    """Return the variables that a worker needs before it imports NumPy.

    One BLAS thread: two spin and lose when the other core is busy, and results must not depend on the number.
    AVX-512 kernels where the processor has them and OpenBLAS does not know it: it takes AMD's for AVX2 ones.
    """
    info = _cpuinfo()
    variables = dict(THREADS)
    if info.get("vendor_id") == "AuthenticAMD" and set(info.get("flags", "").split()) >= _AVX512:
        variables["OPENBLAS_CORETYPE"] = "SkylakeX"
    return variables


def prepare_environment() -> None:
    """Set what workers shall inherit; what the user has set stays."""
    for name, value in worker_environment().items():
        os.environ.setdefault(name, value)


def describe_blas(_: object = None) -> dict[str, Any]:
    """Return NumPy's BLAS as this process loaded it: library, version, kernel, threads. For workers."""
    import numpy as np
    import threadpoolctl  # type: ignore[import-untyped]

    np.ones((2, 2)) @ np.ones((2, 2))
    for library in threadpoolctl.threadpool_info():
        if library["user_api"] == "blas":
            return {
                "library": library["internal_api"],
                "version": library["version"],
                "kernel": library.get("architecture"),
                "threads": library["num_threads"],
            }
    return {}


def describe(_: object = None) -> dict[str, Any]:
    """Return what the manifest says of the machine and of this process's BLAS. For workers."""
    environment = {name: os.environ.get(name) for name in sorted(worker_environment())}
    return {"cpu": cpu_name(), "cores": n_cores(), "blas": describe_blas(), "environment": environment}


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Return the installed versions of the packages, without importing them; missing ones are left out."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
