"""Is a declared experiment sound: names, types, roles, bounds?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

from reportgen.errors import ExperimentError
from reportgen.model import (
    Check,
    Claim,
    Erratum,
    Estimator,
    Experiment,
    Figure,
    Kind,
    Relation,
    Role,
    Scale,
    Severity,
    Text,
    Width,
)
from reportgen.project.folders import NAME
from reportgen.project.nearest import nearest

_PLAIN = (bool, int, float, str)


def check_declaration(experiment: Experiment, path: Path) -> None:
    """Refuse what the types of ``model`` cannot express; the error says where in the declaration."""
    try:
        _check_experiment(experiment)
        _check_unique((figure.name for figure in experiment.figures), "figure")
        _check_unique((claim.id for claim in experiment.claims), "claim")
        for figure in experiment.figures:
            _check_figure(figure)
        for claim in experiment.claims:
            _check_claim(claim, measured=experiment.measure is not None or bool(claim.data))
    except _DeclarationError as flaw:
        raise ExperimentError(flaw.what, where=path, hint=flaw.hint) from None


class _DeclarationError(Exception):
    def __init__(self, what: str, hint: str | None = None) -> None:
        self.what, self.hint = what, hint


def _check_experiment(experiment: Experiment) -> None:
    for name, value in experiment.params.items():
        _check_name(name, "setting")
        plain = all(isinstance(item, _PLAIN) for item in (value if isinstance(value, tuple) else (value,)))
        if not plain:
            raise _DeclarationError(
                f"setting {name!r} is a {type(value).__name__}", "bool, int, float, str or a flat tuple"
            )
    n, has_measure = experiment.replicates, experiment.measure is not None
    if not isinstance(n, int) or isinstance(n, bool) or n < 0 or (n > 0) != has_measure:
        hint = "at least 1 with measure, 0 without"
        raise _DeclarationError(
            f"replicates cannot be {n!r} {'with' if has_measure else 'without'} measure", hint
        )
    if experiment.summarize is not None and not has_measure:
        raise _DeclarationError("summarize has nothing to reduce without measure")
    for field in ("measure", "summarize", "values"):
        if getattr(experiment, field) is not None:
            _check_type(getattr(experiment, field), Callable, field)
    _check_tuple(experiment.claims, Claim, "claims")
    _check_tuple(experiment.figures, Figure, "figures")


def _check_figure(figure: Figure) -> None:
    where = f"figure {figure.name!r}"
    _check_name(figure.name, "figure")
    _check_text(figure.caption, f"{where}: caption")
    _check_text(figure.alt, f"{where}: alt")
    _check_type(figure.draw, Callable, f"{where}: draw")
    _check_choice(figure.width, Width, f"{where}: width")
    if figure.plays is not None:
        _check_type(figure.plays, str, f"{where}: plays")


def _check_claim(claim: Claim, *, measured: bool) -> None:
    where = f"claim {claim.id!r}"
    _check_name(claim.id, "claim")
    _check_text(claim.says, f"{where}: says")
    if claim.better is not None:
        _check_text(claim.better, f"{where}: better")
    _check_type(claim.source, str, f"{where}: source")
    _check_choice(claim.kind, Kind, f"{where}: kind")
    _check_tuple(claim.checks, Check, f"{where}: checks")
    _check_tuple(claim.data, str, f"{where}: data")
    _check_tuple(claim.follows, str, f"{where}: follows")
    _check_unique((check.name for check in claim.checks), f"{where}: check")
    if claim.id in claim.follows:
        raise _DeclarationError(f"{where} follows itself")
    for check in claim.checks:
        _check_check(check, f"{where}, check {check.name!r}", measured=measured)
    parts = {check.part or check.name for check in claim.checks if check.role == "decides"}
    n_parts = len(parts) + len(claim.follows)
    if claim.enough is not None and not 1 <= claim.enough <= n_parts:
        raise _DeclarationError(f"{where}: enough is {claim.enough!r} of {n_parts} parts")


def _check_check(check: Check, where: str, *, measured: bool) -> None:
    _check_name(check.name, "check")
    _check_text(check.label, f"{where}: label")
    _check_text(check.because, f"{where}: because")
    _check_type(check.quantity, Callable, f"{where}: quantity")
    for field, choices in (
        ("estimator", Estimator),
        ("scale", Scale),
        ("relation", Relation),
        ("role", Role),
    ):
        _check_choice(getattr(check, field), choices, f"{where}: {field}")
    _check_bound(check, where)
    if check.estimator != "exact" and not measured:
        raise _DeclarationError(
            f"{where}: {check.estimator} needs replicates", 'without measure, estimator="exact"'
        )
    if check.scale == "log" and check.estimator == "proportion":
        raise _DeclarationError(f"{where}: a proportion has no log scale")
    if check.sesoi is not None and not check.sesoi > 0:
        raise _DeclarationError(f"{where}: sesoi must be positive: {check.sesoi!r}")
    if not check.rtol >= 0:
        raise _DeclarationError(f"{where}: rtol must not be negative: {check.rtol!r}")
    if (check.role == "printed") != (check.erratum is not None):
        raise _DeclarationError(f'{where}: role="printed" and erratum go together')
    if check.erratum is not None:
        if check.estimator != "exact":
            raise _DeclarationError(
                f"{where}: what is printed is compared exactly", 'write estimator="exact"'
            )
        _check_type(check.erratum, Erratum, f"{where}: erratum")
        for field in ("printed", "correct", "evidence"):
            _check_text(getattr(check.erratum, field), f"{where}: erratum.{field}")
        _check_choice(check.erratum.severity, Severity, f"{where}: erratum.severity")


def _check_bound(check: Check, where: str) -> None:
    pair = isinstance(check.bound, tuple)
    if pair != (check.relation == "within"):
        raise _DeclarationError(
            f"{where}: {check.relation!r} does not go with the bound {check.bound!r}",
            '"within" takes a pair (low, high), the others a number',
        )
    bounds: tuple[Any, ...] = check.bound if isinstance(check.bound, tuple) else (check.bound,)
    if len(bounds) != 1 + pair or not all(_is_number(bound) for bound in bounds):
        raise _DeclarationError(f"{where}: the bound {check.bound!r} is not a number or a pair of numbers")
    # an exact check may ask for equality, within its rtol
    if pair and not (bounds[0] <= bounds[1] if check.estimator == "exact" else bounds[0] < bounds[1]):
        raise _DeclarationError(f"{where}: the bound's low end is not below its high end: {check.bound!r}")
    if check.scale == "log" and not all(bound > 0 for bound in bounds):
        raise _DeclarationError(f"{where}: a bound on the log scale must be positive: {check.bound!r}")
    if check.estimator == "proportion" and not all(0 <= bound <= 1 for bound in bounds):
        raise _DeclarationError(f"{where}: a proportion's bound lies in 0 … 1: {check.bound!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _check_name(name: Any, kind: str) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise _DeclarationError(
            f"{name!r} cannot name a {kind}", "letters, digits and underscores, a letter first"
        )


def _check_unique(names: Iterable[str], kind: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _DeclarationError(f"{kind} {name!r} is declared twice")
        seen.add(name)


def _check_text(text: Any, where: str) -> None:
    if not isinstance(text, Text) or not all(
        isinstance(item, str) and item.strip() for item in text.values()
    ):
        raise _DeclarationError(
            f"{where} must be a Text without empty strings: {text!r}", 'write Text(ko="…", en="…")'
        )


def _check_type(value: Any, kind: Any, where: str) -> None:
    if not isinstance(value, kind):
        raise _DeclarationError(
            f"{where} is a {type(value).__name__}, not a {getattr(kind, '__name__', kind)}"
        )


def _check_tuple(value: Any, kind: type, where: str) -> None:
    if not isinstance(value, tuple) or not all(isinstance(item, kind) for item in value):
        hint = "a tuple of one item ends with a comma: (x,)" if isinstance(value, kind) else None
        raise _DeclarationError(f"{where} must be a tuple of {kind.__name__}", hint)


def _check_choice(value: Any, choices: Any, where: str) -> None:
    if value not in get_args(choices):
        raise _DeclarationError(f"{where} cannot be {value!r}", nearest(str(value), get_args(choices)))
