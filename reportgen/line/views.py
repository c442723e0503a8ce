"""What goes to paper and to JSON: claims, figures and values of a lecture as plain data."""

from __future__ import annotations

import ast
import math
import re
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reportgen.errors import ProjectError
from reportgen.judge import claim_to_json, resolve_follows, unjudged
from reportgen.line.evaluation import results_of, values_of
from reportgen.line.inventory import Entry, Inventory, cited
from reportgen.line.place import Place
from reportgen.model import Check, CheckResult, Claim, ClaimResult, Figure, Text
from reportgen.plain import to_plain
from reportgen.project import ExperimentFile, Lecture, Project, chapter_file, template_folders
from reportgen.typeset import (
    ChapterView,
    CheckView,
    ClaimView,
    ErratumView,
    FigureView,
    LectureView,
    Placement,
    SourceView,
    TermView,
    View,
    check_placements,
    fill_fields,
    read_placement,
)

Values = Mapping[str, float | str | None]
NOT_MEASURED = Text(ko="측정하지 않음", en="not measured")
_WIDTHS = {"margin": 48, "text": 105, "wide": 160}  # mm


@dataclass(frozen=True, slots=True)
class Script:
    """The lecture's text and what it places, by language."""

    placements: Mapping[str, tuple[Placement, ...]]

    def names(self, *kinds: str) -> dict[str, None]:
        """Return the placed ids of these kinds (``claims``, ``figures``, ``sources``, ``values``)."""
        return {
            name: None
            for placements in self.placements.values()
            for placement in placements
            for kind in kinds
            for name in getattr(placement, kind)
        }

    @property
    def chapters(self) -> dict[str, tuple[str, ...]]:
        """Return what each chapter places: claims and figures."""
        first = next(iter(self.placements.values()), ())
        return {p.chapter.stem: (*p.claims, *p.figures) for p in first}

    @property
    def chapter_of(self) -> dict[str, str]:
        """Return the chapter of every placed claim."""
        first = next(iter(self.placements.values()), ())
        return {claim: p.chapter.stem for p in first for claim in p.claims}


def read_script(project: Project, lecture: Lecture) -> Script:
    """Read the chapters of every language and see what they place."""
    return Script(
        {
            language: tuple(
                read_placement(_read_chapter(chapter_file(project, lecture, language, stem), stem))
                for stem in lecture.chapters
            )
            for language in lecture.languages
        }
    )


def check_script(script: Script, inventory: Inventory) -> None:
    """Refuse unknown ids, and languages that place different claims."""
    heads = {name.partition(":")[0] for name in script.names("sources")}
    sources = {
        f"{name}:{function}"
        for name, entry in inventory.entries.items()
        if name in heads or not heads <= set(inventory.entries)
        for function in read_sources(entry.file.path)
    }
    check_placements(
        {language: list(placements) for language, placements in script.placements.items()},
        claims=inventory.claims,
        figures=inventory.figures,
        sources=sources,
    )


def read_sources(path: Path) -> dict[str, tuple[int, str]]:
    """Return the line and the text of every function and class at the top of a file, decorators included."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.end_lineno is not None:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = (first, textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno])))
    return found


def collect_values(
    entries: Iterable[Entry],
    results: Mapping[str, ClaimResult],
    exported: Mapping[str, Mapping[str, float] | None],
    asked: Iterable[str],
) -> dict[str, float | str | None]:
    """Return every value that prose can cite; None for what was not measured.

    ``exported`` holds the experiments' values by id; ``asked`` the paths that texts cite, so that those of an
    experiment that was not measured are known although it told none.
    """
    values: dict[str, float | str | None] = {}
    unmeasured = set()
    for entry in entries:
        for claim in entry.declared.claims:
            result = results[claim.id]
            judged = {check.name: check for check in result.checks} if result.verdict is not None else {}
            for check in claim.checks:
                values |= _check_values(f"{claim.id}.{check.name}", check, judged.get(check.name))
        found = exported.get(entry.id)
        if found is None:
            unmeasured.add(entry.id)
        else:
            values |= {f"{entry.id}.{path}": value for path, value in found.items()}
    for path in asked:
        if path not in values and path.partition(".")[0] in unmeasured:
            values[path] = None
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is known of a lecture when everything is measured and judged.

    Attributes
    ----------
    entries
        The experiments that the lecture uses.
    results
        Every claim's result, those that follow others resolved.
    figures
        The placed figures.
    claims
        The object of ``claims.json``.
    """

    script: Script
    inventory: Inventory
    entries: Mapping[str, Entry]
    results: Mapping[str, ClaimResult]
    values: Values
    figures: tuple[tuple[Entry, Figure], ...]
    claims: Mapping[str, Any]

    @property
    def plain(self) -> dict[str, Any]:
        """Return the results as JSON by experiment, for drawing functions."""
        return {
            entry.id: to_plain([self.results[claim.id] for claim in entry.declared.claims])
            for entry in self.entries.values()
        }


def collect(
    place: Place,
    script: Script,
    inventory: Inventory,
    entries: Mapping[str, Entry],
    *,
    broken: Collection[str] = (),
    every_claim: bool = False,
) -> Judged:
    """Take from the store what is known; experiments that are not in ``entries`` count as not measured."""
    store = place.store
    results: dict[str, ClaimResult] = {}
    for entry in inventory.entries.values():
        found = results_of(store, entry, inventory.entries) if entry.id in entries else None
        if found is None or entry.id in broken:
            state: Literal["broken", "not measured"] = "broken" if entry.id in broken else "not measured"
            found = tuple(
                unjudged(claim, experiment=entry.id, state=state) for claim in entry.declared.claims
            )
        results |= {result.id: result for result in found}
    known = [claim for _, claim in inventory.claims.values()]
    if not inventory.failures:  # else somebody may follow a claim that nobody knows
        results = resolve_follows(known, results)
    exported = {name: values_of(store, entry) for name, entry in entries.items()}
    asked = asked_paths(script, inventory.entries.values())
    values = collect_values(inventory.entries.values(), results, exported, asked)
    return Judged(
        script=script,
        inventory=inventory,
        entries=entries,
        results=results,
        values=values,
        figures=tuple(
            inventory.figures[name] for name in script.names("figures") if name in inventory.figures
        ),
        claims=listing(
            place.project,
            entries.values(),
            results,
            values,
            chapter_of=script.chapter_of,
            measured={name for name, found in exported.items() if found is not None},
            only=None if every_claim else set(script.chapter_of),
            broken={name: place.project.experiments[name] for name in broken},
        ),
    )


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
    return View(
        language=language,
        lecture=_lecture(lecture, language, version),
        chapters=tuple(placement.chapter for placement in judged.script.placements[language]),
        claims={
            name: _claim(
                claims[name][1], judged.results[name], language, figures_showing(name, inventory, placed)
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


def listing(
    project: Project,
    entries: Iterable[Entry],
    results: Mapping[str, ClaimResult],
    values: Values,
    *,
    chapter_of: Mapping[str, str],
    measured: Collection[str],
    only: Collection[str] | None = None,
    broken: Mapping[str, ExperimentFile] | None = None,
) -> dict[str, Any]:
    """Return the object of ``claims.json`` and ``list --json``, schema 1.

    ``only`` are the claims to list; None lists all, ``chapter`` being empty for those that no text places.
    """
    broken = broken or {}
    experiments, figures, claims = [], [], []
    for name, file in broken.items():
        place = file.path.relative_to(project.root).as_posix()
        experiments.append({"id": name, "file": place, "params": {}, "n": 0, "state": "broken"})
    for entry in entries:
        own = [results[claim.id] for claim in entry.declared.claims]
        if entry.id not in broken:
            experiments.append(
                {
                    "id": entry.id,
                    "file": entry.file.path.relative_to(project.root).as_posix(),
                    "params": {name: _listable(value) for name, value in entry.params.items()},
                    "n": entry.n,
                    "state": ("quick" if entry.quick else "measured")
                    if entry.id in measured
                    else "not measured",
                }
            )
        for figure in entry.declared.figures:
            figures.append(
                {
                    "id": f"{entry.id}.{figure.name}",
                    "experiment": entry.id,
                    "caption": _filled(figure.caption, values, entry),
                    "alt": _filled(figure.alt, values, entry),
                }
            )
        for claim, result in zip(entry.declared.claims, own, strict=True):
            if only is None or claim.id in only:
                claims.append(claim_to_json(claim, result, chapter=chapter_of.get(claim.id, "")))
    order = {name: place for place, name in enumerate(chapter_of)}
    claims.sort(key=lambda claim: (order.get(claim["id"], len(order)), claim["id"]))
    return {"schema": 1, "experiments": experiments, "figures": figures, "claims": claims}


def part_of(claims: Mapping[str, Any], experiment: str) -> dict[str, Any]:
    """Return what the object says of one experiment."""
    return {
        "schema": claims["schema"],
        "experiments": [each for each in claims["experiments"] if each["id"] == experiment],
        "figures": [each for each in claims["figures"] if each["experiment"] == experiment],
        "claims": [each for each in claims["claims"] if each["experiment"] == experiment],
    }


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


# --- parts of the view ---


def _read_chapter(path: Path, stem: str) -> ChapterView:
    try:
        return ChapterView(stem=stem, path=path, text=path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ProjectError(f"is not UTF-8: {error.reason}", where=path, hint="save it as UTF-8") from error


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


def _claim(claim: Claim, result: ClaimResult, language: str, figures: tuple[str, ...]) -> ClaimView:
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


def figures_showing(claim: str, inventory: Inventory, placed: Collection[str]) -> tuple[str, ...]:
    """Return the placed figures whose caption or alt text cites the claim."""
    pattern = re.compile(rf"\{{{claim}\.")
    return tuple(
        name
        for name in placed
        if name in inventory.figures
        for figure in (inventory.figures[name][1],)
        if any(pattern.search(words) for text in (figure.caption, figure.alt) for words in text.values())
    )


def _sources(project: Project, inventory: Inventory, names: Iterable[str]) -> dict[str, SourceView]:
    views = {}
    for name in names:
        experiment, _, function = name.partition(":")
        path = inventory.entries[experiment].file.path
        line, code = read_sources(path)[function]
        views[name] = SourceView(code=code, file=path.relative_to(project.root).as_posix(), line=line)
    return views


def _check_values(path: str, check: Check, result: CheckResult | None) -> dict[str, float | str | None]:
    bound = check.bound
    return {
        f"{path}.estimate": None if result is None else result.estimate,
        f"{path}.low": None if result is None else result.low,
        f"{path}.high": None if result is None else result.high,
        f"{path}.n": None if result is None else result.n,
        f"{path}.bound": f"{bound[0]:g}–{bound[1]:g}" if isinstance(bound, tuple) else bound,
    }


def _filled(text: Text, values: Values, entry: Entry) -> dict[str, str]:
    """Return a text with its fields filled; as it stands where something that it cites is unknown."""
    n = entry.n
    filled = {}
    for language, words in text.items():
        try:
            filled[language] = fill_fields(words, values, n=n, where=entry.file.path)
        except ProjectError:
            filled[language] = words
    return filled


def _listable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_listable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def asked_paths(script: Script, entries: Iterable[Entry]) -> set[str]:
    """Return the value paths that the text and the experiments' own captions cite."""
    return {*script.names("values"), *(path for entry in entries for path in cited(entry.declared))}
