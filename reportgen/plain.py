"""The value types as JSON and back: everything of an experiment but its functions, and the results."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from reportgen import model

_DATACLASSES: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        model.Experiment,
        model.Claim,
        model.Check,
        model.Figure,
        model.Erratum,
        model.ClaimResult,
        model.CheckResult,
    )
}

# names the form of the JSON: a part of keys, so that a store from another version is not misread
FORMAT = ";".join(
    f"{name}({','.join(field.name for field in dataclasses.fields(kind))})"
    for name, kind in _DATACLASSES.items()
)


def to_plain(value: Any) -> Any:
    """Turn a value into what Python's JSON holds; a ``"$"`` key tells types, functions become a mark."""
    if isinstance(value, enum.Enum):
        return {"$": "Verdict", "value": value.value}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, model.Text):
        return {"$": "Text", "by_language": dict(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and type(value).__name__ in _DATACLASSES:
        fields = {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"$": type(value).__name__, **fields}
    if callable(value):
        return {"$": "function"}
    if hasattr(value, "item"):  # a NumPy scalar
        return to_plain(value.item())
    raise TypeError(f"{value!r} is not plain data")


def from_plain(plain: Any) -> Any:
    """Undo :func:`to_plain`; lists come back as tuples, functions as ones that refuse to be called."""
    if isinstance(plain, list):
        return tuple(from_plain(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    match plain.get("$"):
        case None:
            return {key: from_plain(item) for key, item in plain.items()}
        case "Text":
            return model.Text(**plain["by_language"])
        case "Verdict":
            return model.Verdict(plain["value"])
        case "function":
            return _ELSEWHERE
        case kind:
            return _DATACLASSES[kind](**{key: from_plain(v) for key, v in plain.items() if key != "$"})


def _elsewhere(*_: object) -> NoReturn:
    raise AssertionError("an experiment's functions run in workers only")


_ELSEWHERE: Callable[..., NoReturn] = _elsewhere
