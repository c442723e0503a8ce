"""What changed between two builds, told from their manifests, and because of what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reportgen.fingerprint import explain

Kind = Literal["verdict", "number", "figure"]
DERIVED = ("measured data", "summary", "results")  # parts that only pass a change on
NUMBERS = ("estimate", "low", "high", "n", "bound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that differs; ``old`` or ``new`` is None where it is not in that manifest."""

    kind: Kind
    name: str
    old: str | None
    new: str | None
    reasons: tuple[str, ...]


def compare_manifests(
    old: Mapping[str, Any], new: Mapping[str, Any], *, rtol: float
) -> tuple[Difference, ...]:
    """Return the differences of verdicts, then of numbers, then of figures; timings aside.

    Parameters
    ----------
    rtol
        Numbers are equal when they differ by at most this share of the larger one. Bits differ between
        processors; a claim reproduces when its verdict does and its numbers agree within a tolerance.
    """
    claims = (old.get("claims", {}), new.get("claims", {}))
    figures = (old.get("figures", {}), new.get("figures", {}))
    found = [*_verdicts(*claims), *_numbers(*claims, rtol=rtol), *_figures(*figures)]
    return tuple(
        Difference(kind=kind, name=name, old=a, new=b, reasons=tuple(_reasons(kind, name, old, new)))
        for kind, name, a, b in found
    )


_Found = Iterator[tuple[Kind, str, str | None, str | None]]


def _verdicts(old: Mapping[str, Any], new: Mapping[str, Any]) -> _Found:
    for name in sorted({*old, *new}):
        before, after = (_verdict(claims.get(name)) for claims in (old, new))
        if before != after:
            yield "verdict", name, before, after


def _verdict(claim: Mapping[str, Any] | None) -> str | None:
    return None if claim is None else (claim["verdict"] or "not measured")


def _numbers(old: Mapping[str, Any], new: Mapping[str, Any], *, rtol: float) -> _Found:
    for claim in sorted({*old} & {*new}):
        checks = (old[claim]["checks"], new[claim]["checks"])
        for name in sorted({*checks[0]} & {*checks[1]}):
            before, after = checks[0][name], checks[1][name]
            if before.get("volatile") and after.get("volatile"):
                continue  # no two timings are equal
            for number in NUMBERS:
                a, b = before.get(number), after.get(number)
                if not _is_close(a, b, rtol):
                    yield "number", f"{claim}.{name}.{number}", _show(a), _show(b)


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> _Found:
    for name in sorted({*old, *new}):
        drawings = tuple(figures.get(name, {}).get("drawings", {}) for figures in (old, new))
        for language in sorted({*drawings[0], *drawings[1]}):
            before, after = (each.get(language, {}).get("sha256") for each in drawings)
            if before != after:
                yield "figure", f"{name} ({language})", _short(before), _short(after)


def _is_close(a: Any, b: Any, rtol: float) -> bool:
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return all(_is_close(x, y, rtol) for x, y in zip(a, b, strict=True))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=rtol)
    return bool(a == b)


def _show(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    return "–" if value is None else f"{value:.6g}"


def _short(digest: str | None) -> str | None:
    return None if digest is None else digest[:12]


# --- because of what ---


def _reasons(kind: Kind, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the parts that differ where something begins; what only passes a change on is left out."""
    if kind == "figure":
        figure = name.partition(" ")[0]
        parts = tuple(m.get("figures", {}).get(figure, {}).get("parts", {}) for m in (old, new))
        experiments = {figure.partition(".")[0]}
        stages: tuple[str, ...] = ("measure", "summary", "claims")
        reasons = _explain(*parts)
    else:
        claims = tuple(m.get("claims", {}).get(name.partition(".")[0], {}) for m in (old, new))
        experiments = {each for claim in claims for each in (claim.get("experiment"), *claim.get("data", ()))}
        stages = ("measure", "claims")
        reasons = [
            f"follows {other}"
            for claim in claims[1:]
            for other in claim.get("follows", ())
            if _verdict(old.get("claims", {}).get(other)) != _verdict(new.get("claims", {}).get(other))
        ]
    for experiment in sorted(each for each in experiments if each):
        for stage in stages:
            parts = tuple(
                m.get("experiments", {}).get(experiment, {}).get("parts", {}).get(stage, {})
                for m in (old, new)
            )
            reasons += [f"{stage} {experiment}: {line}" for line in _explain(*parts)]
    return list(dict.fromkeys(reasons)) or list(_surroundings(old, new))


def _explain(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    if not old or not new:
        return ["new"] if new else ["gone"] if old else []
    return explain(_own(old), _own(new))


def _own(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in parts.items() if name not in DERIVED}


def _surroundings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what else differs: versions, processor, BLAS kernel, root seed; the code did not change."""
    rows: Iterable[tuple[str, Any, Any]] = (
        ("reportgen", old.get("reportgen"), new.get("reportgen")),
        ("python", old.get("python"), new.get("python")),
        ("root seed", old.get("seed"), new.get("seed")),
        ("draft", old.get("draft"), new.get("draft")),
        ("cpu", _at(old, "machine", "cpu"), _at(new, "machine", "cpu")),
        ("BLAS", _at(old, "machine", "blas", "version"), _at(new, "machine", "blas", "version")),
        ("BLAS kernel", _at(old, "machine", "blas", "kernel"), _at(new, "machine", "blas", "kernel")),
    )
    packages = {*old.get("packages", {}), *new.get("packages", {})}
    versions = [(name, _at(old, "packages", name), _at(new, "packages", name)) for name in sorted(packages)]
    for name, before, after in (*rows, *versions):
        if before != after:
            yield f"{name}: {before or 'none'} → {after or 'none'}"


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
