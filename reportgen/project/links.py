"""Do declared experiments fit together, and fit the lecture: languages, data and claims of others?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import ProjectError
from reportgen.model import Experiment, Text
from reportgen.project.nearest import nearest


def check_translations(experiment: Experiment, languages: Collection[str], path: Path) -> None:
    """Refuse a text that lacks one of the lecture's languages."""
    for where, text in _texts(experiment):
        for language in languages:
            if language not in text:
                raise ProjectError(
                    f"{where} lacks the language {language!r}",
                    where=path,
                    hint=f'add {language}="…" beside {", ".join(text) or "nothing"}',
                )


def _texts(experiment: Experiment) -> Iterator[tuple[str, Text]]:
    for figure in experiment.figures:
        yield f"figure {figure.name!r}: caption", figure.caption
        yield f"figure {figure.name!r}: alt", figure.alt
    for claim in experiment.claims:
        yield f"claim {claim.id!r}: says", claim.says
        if claim.better is not None:
            yield f"claim {claim.id!r}: better", claim.better
        for check in claim.checks:
            where = f"claim {claim.id!r}, check {check.name!r}"
            yield f"{where}: label", check.label
            yield f"{where}: because", check.because
            if check.erratum is not None:
                yield f"{where}: erratum.printed", check.erratum.printed
                yield f"{where}: erratum.correct", check.erratum.correct
                yield f"{where}: erratum.evidence", check.erratum.evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What one claim needs from elsewhere; plain, so that it can be kept beside a declaration."""

    claim: str
    experiment: str
    data: tuple[str, ...]
    follows: tuple[str, ...]


def find_links(experiment: Experiment, experiment_id: str) -> tuple[Links, ...]:
    """Return the links of an experiment's claims."""
    return tuple(
        Links(claim=claim.id, experiment=experiment_id, data=claim.data, follows=claim.follows)
        for claim in experiment.claims
    )


def check_links(links: Iterable[Links], files: Mapping[str, Path]) -> None:
    """Refuse claims declared twice, ``data`` and ``follows`` that name nothing or go round in a circle.

    ``files`` are the paths of all experiments of the project, by id.
    """
    by_claim: dict[str, Links] = {}
    for link in links:
        if link.claim in by_claim:
            raise ProjectError(
                f"claim {link.claim!r} is declared twice",
                where=files[link.experiment],
                hint=f"also in {files[by_claim[link.claim].experiment]}",
            )
        by_claim[link.claim] = link
    for link in by_claim.values():
        where = files[link.experiment]
        for name in link.data:
            if name not in files:
                raise _unknown(f"claim {link.claim!r}: data", "experiment", name, files, where)
        for name in link.follows:
            if name not in by_claim:
                raise _unknown(f"claim {link.claim!r}: follows", "claim", name, by_claim, where)
        if circle := _find_circle(link.claim, by_claim):
            raise ProjectError(f"claims follow each other in a circle: {' → '.join(circle)}", where=where)


def _unknown(place: str, kind: str, name: str, known: Collection[str], where: Path) -> ProjectError:
    return ProjectError(f"{place}: unknown {kind} {name!r}", where=where, hint=nearest(name, known))


def _find_circle(start: str, by_claim: Mapping[str, Links], path: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the way back to the start, or nothing."""
    here = path[-1] if path else start
    for name in by_claim[here].follows if here in by_claim else ():
        if name == start:
            return (start, *path, start)
        if name not in path and (circle := _find_circle(start, by_claim, (*path, name))):
            return circle
    return ()
