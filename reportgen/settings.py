"""An experiment's settings: its own, and what a lecture or the command line puts in their place."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from reportgen.errors import ProjectError, ReportgenError

_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_BOOLS = {"true": True, "false": False}


def apply_settings(
    defaults: Mapping[str, Any],
    overrides: Mapping[str, Any],
    *,
    where: str | None = None,
    error: type[ReportgenError] = ProjectError,
) -> dict[str, Any]:
    """Return the defaults with the overrides in their place, each of its default's type.

    Overrides are as TOML has them or as typed (``"64"``, ``"1,2,3"``). ``error`` is what an unknown name or a
    wrong type raises.
    """
    params = dict(defaults)
    for name, value in overrides.items():
        if name not in params:
            near = difflib.get_close_matches(name, params, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(params) or 'none'}"
            raise error(f"unknown setting {name!r}", where=where, hint=hint)
        try:
            params[name] = _convert(value, params[name])
        except ValueError as flaw:
            raise error(
                f"setting {name!r} must be {flaw}: {value!r}", where=where, hint=f"like {params[name]!r}"
            ) from None
    return params


def differences(defaults: Mapping[str, Any], params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what differs, in words: ``width = 64 instead of 100``."""
    return tuple(
        f"{name} = {_show(params[name])} instead of {_show(default)}"
        for name, default in defaults.items()
        if params[name] != default
    )


def _show(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _convert(value: Any, default: Any) -> Any:
    """Return the value as the default's type; a ValueError says what was expected."""
    if not isinstance(default, tuple):
        return _convert_one(value, type(default))
    items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise ValueError("a list")
    kinds = {type(item) for item in default} or {str}
    kind = float if kinds == {int, float} else kinds.pop()
    try:
        return tuple(_convert_one(item, kind) for item in items)
    except ValueError:
        raise ValueError(f"a list, each item {_NAMES[kind]}") from None


def _convert_one(value: Any, kind: type) -> Any:
    if type(value) is kind:
        return value
    try:
        if isinstance(value, str):
            return _BOOLS[value.lower()] if kind is bool else kind(value)
        if kind is float and type(value) is int:
            return float(value)
    except (ValueError, KeyError):
        pass
    raise ValueError(_NAMES[kind])
