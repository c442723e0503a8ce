"""From datasets to verdicts: every check of a claim, the claim's parts, and the claims that follow others."""

from __future__ import annotations

import difflib
import graphlib
import math
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import ExperimentError, ProjectError
from reportgen.model import LEVEL, Check, CheckResult, Claim, ClaimResult, Verdict

if TYPE_CHECKING:
    from typing import Literal

    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    State = Literal["measured", "quick", "not measured", "broken"]

_STATES: tuple[State, ...] = ("measured", "quick", "not measured", "broken")  # from best to worst
_UNDECIDED = (Verdict.DEFINITION, Verdict.ERRATUM)  # of a followed claim: nothing was decided about it


def judge(
    claim: Claim,
    datasets: Sequence[xr.Dataset],
    *,
    experiment: str,
    quick: bool = False,
    changed: tuple[str, ...] = (),
) -> ClaimResult:
    """Judge a claim by its own checks; ``resolve_follows`` adds the claims that it follows.

    Parameters
    ----------
    claim
        The declaration.
    datasets
        What the quantities get: the experiment's own dataset, if it measures, then those of ``claim.data``.
    experiment
        Id of the experiment that declares the claim.
    quick, changed
        Handed on into the result: fewer replicates than declared, settings that differ from the experiment's.

    Raises
    ------
    ExperimentError
        If a quantity raises or returns the wrong shape or type, and if a ``validates`` check fails: its
        verdict is *refuted* (whole interval on the wrong side; for ``exact`` the comparison fails) or its
        estimate is not a number. One that is inconclusive, for want of replicates, passes.
    """
    results = tuple(_judge_check(check, datasets, _place(experiment, claim, check)) for check in claim.checks)
    for result in results:
        if result.role == "validates" and (result.verdict is Verdict.REFUTED or math.isnan(result.estimate)):
            raise ExperimentError(
                f"the simulator fails its validation: {_describe(result)}",
                where=f"{experiment}, claim {claim.id}, check {result.name}",
                hint="the measurement or the theory is wrong; a bound is not to be bent to the number found",
            )
    parts = _own_parts(results)
    _require_reachable(claim, len(parts) + len(claim.follows), experiment)
    erratum = any(check.role == "printed" and check.verdict is Verdict.REFUTED for check in results)
    return ClaimResult(
        id=claim.id,
        experiment=experiment,
        verdict=combine_parts([verdict for _, verdict in parts], enough=claim.enough, erratum=erratum),
        erratum=erratum,
        checks=results,
        parts=parts,
        changed=changed,
        state="quick" if quick else "measured",
    )


def unjudged(claim: Claim, *, experiment: str, state: Literal["not measured", "broken"]) -> ClaimResult:
    """Return the result of a claim whose experiment was not measured or broke: no verdict, no numbers."""
    checks = tuple(
        _result(check, estimate=math.nan, reason=state, verdict=Verdict.INCONCLUSIVE)
        for check in claim.checks
    )
    return ClaimResult(
        id=claim.id, experiment=experiment, verdict=None, erratum=False, checks=checks, state=state
    )


# --- one check ---


def _judge_check(check: Check, datasets: Sequence[xr.Dataset], place: str) -> CheckResult:
    import numpy as np  # not above: a build that judges nothing needs no NumPy, which takes .1 s to load

    from reportgen import statistics

    values = _evaluate(check, datasets, place)
    if check.estimator == "exact":
        estimate = float(values)
        verdict = statistics.exact_verdict(
            estimate, check.relation, check.bound, rtol=check.rtol, sesoi=check.sesoi
        )
        reason = None if math.isfinite(estimate) else f"the value is {estimate}"
        return _result(check, estimate=estimate, reason=reason, verdict=verdict)
    found = statistics.interval(values, check.estimator, scale=check.scale)
    verdict = statistics.verdict(found, check.relation, check.bound, scale=check.scale, sesoi=check.sesoi)
    needed = None
    if verdict is Verdict.INCONCLUSIVE and check.role == "decides":
        needed = statistics.n_needed(found, check.relation, check.bound, scale=check.scale)
    reason = found.reason
    if reason is None and not np.isfinite([found.estimate, found.low, found.high]).all():
        n_infinite = int(np.count_nonzero(~np.isfinite(values)))
        reason = f"{n_infinite} of {found.n} values are censored or diverged"
    return _result(
        check,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        n=found.n,
        n_needed=needed,
        reason=reason,
        verdict=verdict,
    )


def _result(
    check: Check,
    *,
    estimate: float,
    verdict: Verdict,
    reason: str | None,
    low: float | None = None,
    high: float | None = None,
    n: int | None = None,
    n_needed: float | None = None,
) -> CheckResult:
    return CheckResult(
        name=check.name,
        label=check.label,
        because=check.because,
        role=check.role,
        estimator=check.estimator,
        scale=check.scale,
        relation=check.relation,
        bound=check.bound,
        estimate=estimate,
        low=low,
        high=high,
        level=LEVEL,
        n=n,
        n_needed=n_needed,
        exact=check.estimator == "exact",
        volatile=check.volatile,
        verdict=Verdict.DEFINITION if check.role == "reports" else verdict,  # shown, not judged
        part=check.part,
        reason=reason,
        erratum=check.erratum,
    )


def _evaluate(check: Check, datasets: Sequence[xr.Dataset], place: str) -> NDArray[np.generic]:
    """Call the quantity and require one real value per replicate, or one in all for ``exact``."""
    import numpy as np

    try:
        with np.errstate(divide="ignore", invalid="ignore"):  # censored values: ±∞ and NaN are answers
            values = check.quantity(*datasets)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]
        line = f" at {Path(frames[0].filename).name}:{frames[0].lineno}" if frames else ""
        what = f"its quantity raised {type(error).__name__}{line}: {error}"
        raise ExperimentError(what, where=place) from error
    array = np.asarray(values)
    kinds, sort = {
        "exact": ("biuf", "a real number"),
        "proportion": ("b", "booleans"),
    }.get(check.estimator, ("iuf", "real numbers"))
    if array.dtype.kind not in kinds:
        raise ExperimentError(f"its quantity shall return {sort}, got {array.dtype}", where=place)
    if check.estimator == "exact":
        if array.ndim != 0:
            raise ExperimentError(f"an exact quantity is one number, got shape {array.shape}", where=place)
        return array
    sizes = sorted({dataset.sizes["replicate"] for dataset in datasets if "replicate" in dataset.sizes})
    dims = getattr(values, "dims", ("replicate",))  # a DataArray says what its axis means
    if array.ndim != 1 or dims != ("replicate",) or (sizes and len(array) not in sizes):
        expected = " or ".join(f"({n},)" for n in sizes) or "(n,)"
        named = "" if dims == ("replicate",) else f" with dimensions {dims}"
        what = (
            f"its quantity shall return one value per replicate, shape {expected}, got {array.shape}{named}"
        )
        raise ExperimentError(what, where=place)
    return array


def _place(experiment: str, claim: Claim, check: Check) -> str:
    return f"{experiment}, claim {claim.id}, check {check.name}"


def _describe(result: CheckResult) -> str:
    span = "" if result.low is None else f", 99 % interval [{result.low:.6g}, {result.high:.6g}]"
    count = "" if result.n is None else f", n = {result.n}"
    bound = result.bound if isinstance(result.bound, tuple) else (result.bound,)
    reason = f" ({result.reason})" if result.reason else ""
    limits = ", ".join(f"{edge:.6g}" for edge in bound)
    return f"estimate {result.estimate:.6g}{span}{count}{reason}, should be {result.relation} {limits}"


# --- parts ---


def combine_parts(parts: Sequence[Verdict], *, enough: int | None = None, erratum: bool = False) -> Verdict:
    """Return the claim's verdict from those of its parts.

    With ``enough``: confirmed or refuted if so many parts are, else inconclusive. Without: all confirmed →
    confirmed; some confirmed and some not → partly; none confirmed and at least one refuted → refuted; all
    equivalent → equivalent; otherwise inconclusive. Followed claims that are themselves definitions or errata
    decide nothing; where no part decides: erratum if there is one, else definition.
    """
    deciding = [part for part in parts if part not in _UNDECIDED]
    if not deciding:
        return Verdict.ERRATUM if erratum or Verdict.ERRATUM in parts else Verdict.DEFINITION
    if enough is not None:
        for verdict in (Verdict.CONFIRMED, Verdict.REFUTED):
            if deciding.count(verdict) >= enough:
                return verdict
        return Verdict.INCONCLUSIVE
    found = set(deciding)
    if len(found) == 1:
        return deciding[0]
    if found & {Verdict.CONFIRMED, Verdict.PARTLY}:
        return Verdict.PARTLY
    return Verdict.REFUTED if Verdict.REFUTED in found else Verdict.INCONCLUSIVE


def combine_checks(checks: Sequence[Verdict]) -> Verdict:
    """Return the verdict of a part, which holds when all its checks hold.

    All confirmed → confirmed; any refuted → refuted; else any inconclusive → inconclusive. What remains holds
    but for checks that show no difference: equivalent.
    """
    for verdict in (Verdict.REFUTED, Verdict.INCONCLUSIVE, Verdict.EQUIVALENT):
        if verdict in checks:
            return verdict
    return Verdict.CONFIRMED


def _own_parts(checks: Iterable[CheckResult]) -> tuple[tuple[str, Verdict], ...]:
    by_part: dict[str, list[Verdict]] = {}
    for check in checks:
        if check.role == "decides":
            by_part.setdefault(check.part or check.name, []).append(check.verdict)
    return tuple((part, combine_checks(verdicts)) for part, verdicts in by_part.items())


def _require_reachable(claim: Claim, n_parts: int, experiment: str) -> None:
    if claim.enough is not None and not 1 <= claim.enough <= n_parts:
        raise ExperimentError(
            f"enough = {claim.enough} of {n_parts} parts", where=f"{experiment}, claim {claim.id}"
        )


# --- claims that follow claims ---


def resolve_follows(claims: Iterable[Claim], results: Mapping[str, ClaimResult]) -> dict[str, ClaimResult]:
    """Give every claim that follows others its verdict: each followed claim is one more part.

    The part's name is the followed id. A claim whose followed claim has no verdict (not measured, broken) has
    none either. Settings changed in a followed experiment are changed for the follower too. Applying it again
    changes nothing.

    Raises
    ------
    ProjectError
        If a claim follows an id that no claim has, or claims follow each other in a circle.
    """
    by_id = {claim.id: claim for claim in claims}
    for claim in by_id.values():
        for followed in claim.follows:
            if followed not in by_id:
                nearest = difflib.get_close_matches(followed, by_id, n=3, cutoff=0.4)
                hint = f"nearest: {', '.join(nearest)}" if nearest else None
                raise ProjectError(
                    f"follows {followed}, which is no claim", where=f"claim {claim.id}", hint=hint
                )
    try:
        order = tuple(graphlib.TopologicalSorter({c.id: c.follows for c in by_id.values()}).static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise ProjectError(f"claims follow each other in a circle: {circle}", where="follows") from error
    resolved = dict(results)
    for id_ in order:
        if id_ in resolved and by_id[id_].follows:
            resolved[id_] = _follow(by_id[id_], resolved)
    return resolved


def _follow(claim: Claim, results: Mapping[str, ClaimResult]) -> ClaimResult:
    own = results[claim.id]
    followed = [results.get(id_) for id_ in claim.follows]
    known = [result for result in followed if result is not None]
    states: set[State] = {own.state, *(result.state for result in known)}
    changed = tuple(dict.fromkeys([*own.changed, *(text for result in known for text in result.changed)]))
    if own.verdict is None or len(known) < len(followed) or any(result.verdict is None for result in known):
        states.add("not measured")
        return replace(own, verdict=None, changed=changed, state=max(states, key=_STATES.index))
    parts = [part for part in own.parts if part[0] not in claim.follows]
    parts += [(result.id, result.verdict) for result in known if result.verdict is not None]
    verdict = combine_parts([part for _, part in parts], enough=claim.enough, erratum=own.erratum)
    state = max(states, key=_STATES.index)
    return replace(own, verdict=verdict, parts=tuple(parts), changed=changed, state=state)


# --- scoreboard and JSON ---


def n_deciding_checks(results: Iterable[ClaimResult]) -> int:
    """Return how many intervals decide; exact checks and claims without a verdict do not count."""
    return sum(
        check.role == "decides" and not check.exact
        for result in results
        if result.verdict is not None
        for check in result.checks
    )


def expected_false_calls(results: Iterable[ClaimResult]) -> float:
    """Return how many false calls to expect at most: half of 1 − level for each deciding interval."""
    return n_deciding_checks(results) * (1 - LEVEL) / 2


def claim_to_json(claim: Claim, result: ClaimResult, *, chapter: str) -> dict[str, Any]:
    """Return a claim as an entry of ``claims`` in ``claims.json`` and ``list --json``, schema 1."""
    return {
        "id": claim.id,
        "chapter": chapter,
        "experiment": result.experiment,
        "data": list(claim.data),
        "follows": list(claim.follows),
        "source": {"heading": claim.source, "kind": claim.kind},
        "says": dict(claim.says),
        "better": None if claim.better is None else dict(claim.better),
        "verdict": None if result.verdict is None else result.verdict.value,
        "erratum": result.erratum,
        "checks": [check_to_json(check, judged=result.verdict is not None) for check in result.checks],
    }


def check_to_json(check: CheckResult, *, judged: bool = True) -> dict[str, Any]:
    """Return a check as an entry of ``checks``: NaN and ±∞ are null, ``reason`` says why.

    ``verdict`` is null for ``reports`` checks, which are not judged, and where ``judged`` is false.
    """
    reasons = [] if check.reason is None else [check.reason]
    if check.n_needed == math.inf:
        reasons.append("not by more replicates")
    bound = check.bound
    return {
        "name": check.name,
        "label": dict(check.label),
        "because": dict(check.because),
        "role": check.role,
        "estimator": check.estimator,
        "scale": check.scale,
        "relation": check.relation,
        "bound": [_finite(edge) for edge in bound] if isinstance(bound, tuple) else _finite(bound),
        "estimate": _finite(check.estimate),
        "low": _finite(check.low),
        "high": _finite(check.high),
        "level": check.level,
        "n": check.n,
        "n_needed": _finite(check.n_needed),
        "exact": check.exact,
        "volatile": check.volatile,
        "verdict": check.verdict.value if judged and check.role != "reports" else None,
        "reason": "; ".join(reasons) or None,
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
