"""A claim as the templates show it: verdict words, numbers to the digits that the interval carries."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from reportgen.typeset.fields import MISSING, THIN, fill_fields, format_number
from reportgen.typeset.theme import Words
from reportgen.typeset.view import CheckView, ClaimView, View

Inline = Callable[[str], Markup]
SIGNS = {
    "confirmed": "✓",
    "refuted": "✗",
    "partly": "◐",
    "inconclusive": "?",
    "equivalent": "≈",
    "definition": "§",
    "erratum": "✎",
    "not measured": "–",
    "broken": "!",
}
# What judging says in English, for JSON and terminals, and the key of the theme's words for it.
_REASONS = {
    "reason_censored": re.compile(r"(?P<part>\d+) of (?P<n>\d+) values are censored or diverged"),
    "reason_too_few": re.compile(r"an interval needs at least (?P<least>\d+) replicates, here (?P<n>\d+)"),
}
MAX_IN_RIBBON = 2  # more deciding checks go into a table below the sentence
MAX_N = 1000


def claim_data(claim: ClaimView, view: View, words: Words, inline: Inline) -> dict[str, Any]:
    """Return a claim as plain data for ``theme/claim.html.j2`` and the scoreboard."""
    verdict = verdict_of(claim)
    deciding = [_check_data(c, words, inline) for c in claim.checks if c.role == "decides"]
    _say_reasons_once(deciding)
    validating = [c for c in claim.checks if c.role == "validates" and c.verdict == "confirmed"]
    printed = verdict not in ("confirmed", "not measured", "broken") and claim.better is not None
    return {
        "id": claim.id,
        "says": inline(claim.says),
        "source": claim.source,
        "reconstructed": claim.kind == "reconstructed",
        "verdict": verdict,
        "sign": SIGNS[verdict],
        "word": words.of("verdict", verdict),
        "erratum_beside": claim.erratum and verdict != "erratum",
        "checks": deciding,
        "tabled": len(deciding) > MAX_IN_RIBBON,
        "tally": _tally(deciding, words),
        "reports": [_check_data(c, words, inline) for c in claim.checks if c.role == "reports"],
        "validated": words.fill("validated", n=len(validating)) if validating else "",
        "parts": [
            {"name": inline(name), "verdict": v, "sign": SIGNS[v], "word": words.of("verdict", v)}
            for name, v in claim.parts
        ],
        "follows": list(claim.follows),
        "errata": errata_data(claim, view, words, inline),
        "better": inline(claim.better) if printed and claim.better else Markup(""),
        "changed": list(claim.changed),
        "on_digits": _signed(claim.on_digits, words) if claim.on_digits else "",
        "n": _common_n(claim),
        "state": words.of("state", claim.state, "") if claim.state != "measured" else "",
    }


def _signed(verdict: str, words: Words) -> str:
    return f"{SIGNS[verdict]} {words.of('verdict', verdict)}"


def _say_reasons_once(checks: list[dict[str, Any]]) -> None:
    """Leave a reason that several checks share with the last of those that have the same bound."""
    same_reason = len({c["because"] for c in checks}) == 1
    for index, check in enumerate(checks):
        later = [c for c in checks[index + 1 :] if same_reason or c["bound"] == check["bound"]]
        if check["because"] in [c["because"] for c in later]:
            check["because"] = ""


def verdict_of(claim: ClaimView) -> str:
    """Return the verdict, or why there is none."""
    return claim.verdict or ("broken" if claim.state == "broken" else "not measured")


def errata_data(claim: ClaimView, view: View, words: Words, inline: Inline) -> list[dict[str, Any]]:
    """Return the claim's errata: those of its printed checks that failed."""
    return [
        {
            "printed": inline(c.erratum.printed),
            "correct": inline(c.erratum.correct),
            "evidence": inline(
                fill_fields(c.erratum.evidence, view.values, n=c.n, where=f"claim {claim.id}")
            ),
            "severity": words.of("severity", c.erratum.severity),
            "transcribed": c.erratum.transcribed,
        }
        for c in claim.checks
        if c.role == "printed" and c.erratum is not None and c.verdict in ("erratum", "refuted")
    ]


def estimate_text(check: CheckView) -> tuple[str, str]:
    """Return estimate and interval ``[low, high]`` with the digits that the interval's width carries.

    A limit that lies beside the bound is never rounded onto it.
    """
    if not math.isfinite(check.estimate):
        return format_number(check.estimate), ""
    if check.low is None or check.high is None:
        return format_number(check.estimate, "" if check.estimate == int(check.estimate) else ".4g"), ""
    numbers = [check.estimate, check.low, check.high]
    finite = [x for x in numbers if math.isfinite(x)]
    largest = max(abs(x) for x in finite)
    half = (check.high - check.low) / 2
    if largest >= 1e5 or 0 < largest < 1e-3:
        spec = ".1e"
    elif not math.isfinite(half) or half == 0:
        spec = ".3g"
    else:
        decimals = min(6, max(0, -math.floor(math.log10(half / 1.9))))
        bounds = check.bound if isinstance(check.bound, tuple) else (check.bound,)
        while decimals < 6 and any(round(x, decimals) == b and x != b for x in finite[1:] for b in bounds):
            decimals += 1
        spec = f".{decimals}f"
    estimate, low, high = (format_number(x, spec if math.isfinite(x) else "") for x in numbers)
    return estimate, f"[{low}, {high}]"


def bound_text(check: CheckView, words: Words) -> str:
    if isinstance(check.bound, tuple):
        low, high = (format_number(x) for x in check.bound)
        if low == high:
            return f"={THIN}{low}"
        return words.fill("within", low=low, high=high)
    sign = {"<=": "≤", ">=": "≥"}[check.relation]
    return f"{sign}{THIN}{format_number(check.bound)}"


def _check_data(check: CheckView, words: Words, inline: Inline) -> dict[str, Any]:
    estimate, interval = estimate_text(check)
    return {
        "label": inline(check.label),
        "verdict": check.verdict,
        "sign": SIGNS[check.verdict],
        "word": words.of("verdict", check.verdict),
        "estimate": estimate,
        "interval": interval,
        "level": f"{100 * check.level:.4g}{THIN}%",
        "bound": bound_text(check, words),
        "because": inline(check.because),
        "n": "" if check.n is None else str(check.n),
        "exact": check.exact,
        "volatile": check.volatile,
        "needed": _needed(check, words),
        "reason": _reason(check.reason or "", words),
    }


def _reason(text: str, words: Words) -> str:
    """Return why an estimate or a limit is missing, in the theme's words if it has them."""
    for key, pattern in _REASONS.items():
        if match := pattern.fullmatch(text):
            return words.fill(key, **match.groupdict())
    return text


def _needed(check: CheckView, words: Words) -> str:
    if check.verdict != "inconclusive" or check.n_needed is None:
        return ""
    if not math.isfinite(check.n_needed) or check.n_needed > MAX_N:
        return words["not_by_more"]
    return words.fill("n_needed", n=math.ceil(check.n_needed))


def _tally(checks: list[dict[str, Any]], words: Words) -> str:
    """Return "3 confirmed, 1 refuted" for a claim of many checks."""
    counts: dict[str, int] = {}
    for check in checks:
        counts[check["verdict"]] = counts.get(check["verdict"], 0) + 1
    return ", ".join(
        words.fill("tally", n=counts[v], word=words.of("verdict", v)) for v in SIGNS if v in counts
    )


def _common_n(claim: ClaimView) -> str:
    counts = sorted({c.n for c in claim.checks if c.role == "decides" and c.n is not None})
    if not counts:
        return ""
    text = str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    return f"n{THIN}={THIN}{text}"


def plain_numbers(check: CheckView, words: Words) -> str:
    """Return "0.51 [0.49, 0.53], bound ≥ 0.8" for alt texts."""
    estimate, interval = estimate_text(check)
    return f"{estimate or MISSING} {interval}".strip() + f", {words['bound']} {bound_text(check, words)}"
