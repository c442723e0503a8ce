"""A dataset as one table: a row for every number, with its coordinates."""

from __future__ import annotations

import csv
import io
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def to_csv(dataset: xr.Dataset) -> bytes:
    """Return ``variable, <dimensions>, value, units`` as UTF-8; numbers have all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    dimensions = sorted(map(str, dataset.sizes))
    writer.writerow(["variable", *dimensions, "value", "units"])
    for name in sorted(map(str, dataset.data_vars)):
        array = dataset[name]
        own = [str(dimension) for dimension in array.dims]
        labels = [[_cell(label) for label in dataset[dimension].values] for dimension in own]
        units = array.attrs.get("units", "")
        for place, value in zip(itertools.product(*labels), np.asarray(array.values).ravel(), strict=True):
            at = dict(zip(own, place, strict=True))
            writer.writerow([name, *(at.get(dimension, "") for dimension in dimensions), _cell(value), units])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value
    return repr(plain) if isinstance(plain, float) else str(plain)
