"""Summarizing: an experiment's own reduction of its replicates to what figures show and prose cites."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reportgen.errors import ExperimentError
from reportgen.project import short_traceback

if TYPE_CHECKING:
    import xarray as xr

    from reportgen.model import Experiment

_NAME = re.compile(r"[A-Za-z0-9_]+")


def summarize(
    experiment: Experiment, dataset: xr.Dataset, params: Mapping[str, Any], *, path: Path
) -> xr.Dataset:
    """Return the experiment's summary; the dataset itself where it has no ``summarize``.

    ``attrs["n"]`` holds the number of replicates.
    """
    import xarray as xr

    summary: object = dataset
    if experiment.summarize is not None:
        try:
            summary = experiment.summarize(dataset, MappingProxyType(dict(params)))
        except Exception as error:
            raise _broken(error, path, "summarize()") from error
    if not isinstance(summary, xr.Dataset):
        raise ExperimentError(
            f"summarize() returned a {type(summary).__name__}", where=path, hint="return an xarray.Dataset"
        )
    n = dataset.sizes.get("replicate", 0)
    return summary.assign_attrs(n=int(n))


def export_values(experiment: Experiment, summary: xr.Dataset, *, path: Path) -> dict[str, float]:
    """Return the scalars for prose by dotted path: ``{"std_last.tanh": 0.35}``."""
    if experiment.values is None:
        return {}
    try:
        exported = experiment.values(summary)
        return dict(_flatten(exported, path))
    except ExperimentError:
        raise
    except Exception as error:
        raise _broken(error, path, "values()") from error


def _broken(error: Exception, path: Path, function: str) -> ExperimentError:
    return ExperimentError(
        f"{function} raised {type(error).__name__}: {error}",
        where=path,
        hint=short_traceback(error, path) or None,
    )


def _flatten(exported: Mapping[str, Any], path: Path) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, value in exported.items():
        entries = value.items() if isinstance(value, Mapping) else [(None, value)]
        for inner, scalar in entries:
            full = name if inner is None else f"{name}.{inner}"
            if not all(_NAME.fullmatch(str(part)) for part in (name, inner) if part is not None):
                raise ExperimentError(
                    f"values() exports {full!r}", where=path, hint="letters, digits and underscores only"
                )
            number = float(scalar)
            flat[full] = int(number) if _is_whole(scalar) and math.isfinite(number) else number
    return flat


def _is_whole(scalar: Any) -> bool:
    import numpy as np

    return isinstance(scalar, (int, np.integer)) and not isinstance(scalar, bool)
