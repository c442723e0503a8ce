"""The job summary: what a build did, in the Markdown that GitHub shows on the page of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reportgen.ci.places import Place
from reportgen.options import BuildResult
from reportgen.verdicts import Change

N_SLOWEST = 10
SIGNS = {
    "confirmed": "✓",
    "refuted": "✗",
    "partly": "◐",
    "inconclusive": "?",
    "equivalent": "≈",
    "definition": "§",
    "erratum": "✎",
    "not measured": "·",
}


def make_summary(
    result: BuildResult,
    *,
    changes: Sequence[Change] = (),
    places: Mapping[str, Place] | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Return the summary; ``environment`` holds GitHub's variables, from which links are made."""
    parts = [
        *_head(result),
        *_failures(result),
        *_changes(changes),
        *_verdicts(result.claims, places or {}, environment or {}),
        *_slowest(result.timings.get("experiments", {})),
        *_reuse(result),
        *_links(environment or {}),
    ]
    return "\n".join(parts) + "\n"


def _head(result: BuildResult) -> Iterator[str]:
    draft = f" (draft: `{result.draft}`)" if result.draft else ""
    yield f"## {_text(result.lecture)}{draft}"
    yield ""
    counts = ", ".join(f"{result.verdicts[name]} {name}" for name in SIGNS if result.verdicts.get(name))
    n_claims = sum(result.verdicts.values())
    yield f"{n_claims} {'claim' if n_claims == 1 else 'claims'}: {counts or 'none'}"
    yield ""


def _failures(result: BuildResult) -> Iterator[str]:
    if result.failures:
        yield from ("### Broken experiments", "", "Nothing was published.", "")
        for failure in result.failures:
            fence = "`" * 4
            yield from (fence, str(failure), fence, "")


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        yield from ("### Changed verdicts", "", "| claim | recorded | now |", "|---|---|---|")
        yield from (f"| {c.name} | {c.recorded or '–'} | {c.now or '–'} |" for c in changes)
        yield ""


def _verdicts(
    claims: Mapping[str, Any], places: Mapping[str, Place], environment: Mapping[str, str]
) -> Iterator[str]:
    if not claims.get("claims"):
        return
    yield from ("<details open><summary>Verdicts</summary>", "")
    yield from ("| claim | verdict | says |", "|---|---|---|")
    for claim in claims["claims"]:
        verdict = claim["verdict"] or "not measured"
        says = claim["says"].get("en") or next(iter(claim["says"].values()), "")
        name = _linked(claim["id"], places.get(claim["id"]), environment)
        yield f"| {name} | {SIGNS[verdict]} {verdict}{' ✎' if claim['erratum'] else ''} | {_text(says)} |"
    yield from ("", "</details>", "")


def _slowest(seconds: Mapping[str, float]) -> Iterator[str]:
    if seconds:
        yield from ("### Slowest experiments", "", "| experiment | seconds of work |", "|---|---:|")
        ranked = sorted(seconds.items(), key=lambda item: (-item[1], item[0]))
        yield from (f"| {name} | {value:.1f} |" for name, value in ranked[:N_SLOWEST])
        yield ""


def _reuse(result: BuildResult) -> Iterator[str]:
    """Yield how much came out of the store."""
    experiments = [each for each in result.claims.get("experiments", ()) if each["n"]]
    n_figures = len(result.claims.get("figures", ()))
    rows = (
        ("measure", "experiments", len(experiments)),
        ("draw", "figures", n_figures),
        ("typeset", "files", len(result.files)),
    )
    yield from ("### From the store", "", "| | reused | made anew |", "|---|---:|---:|")
    for stage, noun, total in rows:
        made = len(set(result.done.get(stage, ())))
        yield f"| {noun} | {max(total - made, 0)} | {made} |"
    yield ""


def _links(environment: Mapping[str, str]) -> Iterator[str]:
    base = _repository(environment)
    if base is None:
        return
    links = []
    if run := environment.get("GITHUB_RUN_ID"):
        links.append(f"[files of this run]({base}/actions/runs/{run}#artifacts)")
    if commit := environment.get("GITHUB_SHA"):
        links.append(f"[commit {commit[:7]}]({base}/commit/{commit})")
    if links:
        yield " · ".join(links)


def _linked(claim: str, place: Place | None, environment: Mapping[str, str]) -> str:
    base, commit = _repository(environment), environment.get("GITHUB_SHA")
    if base is None or commit is None or place is None or place.file.startswith("/"):
        return claim
    return f"[{claim}]({base}/blob/{commit}/{place.file}#L{place.line})"


def _repository(environment: Mapping[str, str]) -> str | None:
    server, name = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    return f"{server}/{name}" if server and name else None


def _text(words: str) -> str:
    """Return a text that Markdown leaves alone inside a table's cell."""
    return " ".join(words.replace("|", "\\|").replace("<", "&lt;").split())
