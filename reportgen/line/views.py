"""The handout in one language as plain data: what typesetting receives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from reportgen.errors import NothingMatchedError
from reportgen.line.inventory import Entry, Inventory
from reportgen.line.judged import Judged, figures_showing
from reportgen.line.place import Place
from reportgen.line.script import read_sources
from reportgen.model import CheckResult, Claim, ClaimResult, Figure, Text
from reportgen.project import Lecture, Project, template_folders
from reportgen.typeset import (
    CheckView,
    ClaimView,
    ErratumView,
    FigureView,
    LectureView,
    SourceView,
    TermView,
    View,
)
from reportgen.verdicts import read_record

NOT_MEASURED = Text(ko="측정하지 않음", en="not measured")
_WIDTHS = {"margin": 48, "text": 105, "wide": 160}  # mm


def make_view(
    place: Place,
    judged: Judged,
    *,
    language: str,
    drawn: Collection[str],
    provenance: Sequence[tuple[str, str]],
    rebuild: str,
    version: str,
) -> View:
    """Return the handout in one language; the drawings themselves are put in by the worker.

    Figures that are not in ``drawn`` show that they were not measured.
    """
    project, lecture, inventory = place.project, place.lecture, judged.inventory
    claims, figures = inventory.claims, inventory.figures
    placed = judged.script.names("figures")
    on_digits = _other_verdicts_on_digits(place, judged)
    return View(
        language=language,
        lecture=_lecture(lecture, language, version),
        chapters=tuple(placement.chapter for placement in judged.script.placements[language]),
        claims={
            name: _claim(
                claims[name][1],
                judged.results[name],
                language,
                figures=figures_showing(name, inventory, placed),
                on_digits=on_digits.get(name),
            )
            for name in judged.script.names("claims")
        },
        figures={name: _figure(project, *figures[name], language, drawn=name in drawn) for name in placed},
        template_folders=template_folders(project, lecture),
        values=dict(judged.values),
        sources=_sources(project, inventory, judged.script.names("sources")),
        terms=tuple(
            TermView(
                key=key,
                word=term.word[language],
                other=next((term.word[other] for other in lecture.languages if other != language), ""),
                symbol=term.symbol,
                definition=term.definition[language] if term.definition else "",
            )
            for key, term in lecture.terms.items()
        ),
        provenance=tuple(provenance),
        rebuild=rebuild,
        edition=place.options.edition,
        draft=place.options.draft,
    )


def not_measured_svg(figure: Figure, language: str) -> str:
    """Return what stands in a draft in place of a figure that was not measured."""
    width = _WIDTHS[figure.width]
    words = NOT_MEASURED.get(language, NOT_MEASURED["en"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="20mm" viewBox="0 0 {width} 20">'
        f'<rect x=".2" y=".2" width="{width - 0.4:g}" height="19.6" fill="none" stroke="#888888"'
        f' stroke-width=".3" stroke-dasharray="1 1"/><text x="{width / 2:g}" y="11" text-anchor="middle"'
        f' font-family="Reportgen Sans" font-size="3" fill="#666666">{words}</text></svg>\n'
    )


def _lecture(lecture: Lecture, language: str, version: str) -> LectureView:
    return LectureView(
        name=lecture.name,
        title=lecture.title[language],
        subtitle=lecture.subtitle[language],
        author=lecture.author[language],
        course=lecture.course[language],
        institution=lecture.institution[language],
        date=lecture.date,
        version=version,
        logo=None if lecture.logo is None else lecture.logo.read_bytes(),
    )


def _other_verdicts_on_digits(place: Place, judged: Judged) -> dict[str, Any]:
    """Return the recorded verdicts of claims that other data judge otherwise; none unless there are such."""
    if place.options.data is None:
        return {}
    try:
        recorded = read_record(place.record, place.lecture.name)
    except NothingMatchedError:
        return {}
    now = {name: result.verdict.value for name, result in judged.results.items() if result.verdict}
    return {
        name: entry["verdict"]
        for name, entry in recorded.items()
        if name in now and entry.get("verdict") not in (None, now[name])
    }


def _claim(
    claim: Claim, result: ClaimResult, language: str, *, figures: tuple[str, ...], on_digits: Any
) -> ClaimView:
    return ClaimView(
        id=claim.id,
        experiment=result.experiment,
        says=claim.says[language],
        source=claim.source,
        verdict=None if result.verdict is None else result.verdict.value,
        better=None if claim.better is None else claim.better[language],
        kind=claim.kind,
        erratum=result.erratum,
        checks=tuple(_check(check, language) for check in result.checks),
        parts=tuple((name, verdict.value) for name, verdict in result.parts),
        follows=claim.follows,
        changed=result.changed,
        state=result.state,
        figures=figures,
        on_digits=on_digits,
    )


def _check(check: CheckResult, language: str) -> CheckView:
    erratum = check.erratum
    return CheckView(
        name=check.name,
        label=check.label[language],
        because=check.because[language],
        role=check.role,
        estimator=check.estimator,
        scale=check.scale,
        relation=check.relation,
        bound=check.bound,
        estimate=check.estimate,
        low=check.low,
        high=check.high,
        level=check.level,
        n=check.n,
        n_needed=check.n_needed,
        exact=check.exact,
        volatile=check.volatile,
        verdict=check.verdict.value,
        part=check.part,
        reason=check.reason,
        erratum=None
        if erratum is None
        else ErratumView(
            printed=erratum.printed[language],
            correct=erratum.correct[language],
            evidence=erratum.evidence[language],
            severity=erratum.severity,
            transcribed=erratum.transcribed,
        ),
    )


def _figure(project: Project, entry: Entry, figure: Figure, language: str, *, drawn: bool) -> FigureView:
    svg = "" if drawn else not_measured_svg(figure, language)
    return FigureView(
        id=f"{entry.id}.{figure.name}",
        caption=figure.caption[language],
        alt=figure.alt[language],
        svg=svg.encode(),
        themed=svg,
        width=figure.width,
        file=entry.file.path.relative_to(project.root).as_posix(),
        n=entry.n or None,
    )


def _sources(project: Project, inventory: Inventory, names: Iterable[str]) -> dict[str, SourceView]:
    views = {}
    for name in names:
        experiment, _, function = name.partition(":")
        path = inventory.entries[experiment].file.path
        line, code = read_sources(path)[function]
        views[name] = SourceView(code=code, file=path.relative_to(project.root).as_posix(), line=line)
    return views
