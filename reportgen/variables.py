"""Variables of datasets, as authors write them down."""

from __future__ import annotations

from typing import Any

Variable = tuple[tuple[str, ...], Any, dict[str, str]]


def variable(dims: str | tuple[str, ...], values: Any, long_name: str, *, units: str = "1") -> Variable:
    """Return a variable for ``xarray.Dataset({name: variable(…)})``, with the two attributes it must have.

    Parameters
    ----------
    dims
        Names of its dimensions; ``"replicate"`` first where there is one.
    values
        Array, or what becomes one.
    long_name
        What it is, in words.
    units
        ``1`` for numbers without one.
    """
    return (dims,) if isinstance(dims, str) else tuple(dims), values, {"long_name": long_name, "units": units}
