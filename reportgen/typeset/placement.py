"""Which claims, figures and functions a chapter places: read from the template's syntax, nothing is run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import jinja2
from jinja2 import nodes

from reportgen.errors import ProjectError
from reportgen.typeset.names import unknown
from reportgen.typeset.view import ChapterView

_PLACING = {"claim": "claims", "figure": "figures", "source": "sources"}


@dataclass(frozen=True, slots=True)
class Placement:
    """Ids that a chapter places, each with its line, in the order of the text."""

    chapter: ChapterView
    claims: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)


def read_placement(chapter: ChapterView) -> Placement:
    """Return what the chapter places by literal ids; a macro call with a computed id is an error."""
    try:
        tree = jinja2.Environment(autoescape=True).parse(chapter.text)
    except jinja2.TemplateSyntaxError as error:
        raise ProjectError(error.message or "syntax error", where=chapter.path, line=error.lineno) from error
    found: dict[str, dict[str, int]] = {"claims": {}, "figures": {}, "sources": {}, "values": {}}
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in {*_PLACING, "value"}:
            continue
        kind = _PLACING.get(call.node.name, "values")
        argument = call.args[0] if call.args else None
        if isinstance(argument, nodes.Const) and isinstance(argument.value, str):
            if kind == "claims" and argument.value in found["claims"]:
                raise ProjectError(
                    f"claim {argument.value!r} is placed a second time",
                    where=chapter.path,
                    line=call.lineno,
                    hint="place a claim once; refer to it with ref()",
                )
            found[kind].setdefault(argument.value, call.lineno)
        elif kind != "values":
            raise ProjectError(
                f"{call.node.name}() needs its id as a literal string",
                where=chapter.path,
                line=call.lineno,
                hint=f"write {{{{ {call.node.name}('…') }}}}",
            )
    return Placement(chapter, **found)


def check_placements(
    by_language: Mapping[str, Sequence[Placement]],
    *,
    claims: Collection[str],
    figures: Collection[str],
    sources: Collection[str] | None = None,
) -> None:
    """Refuse unknown ids, a claim placed twice in a language, and languages that place different claims.

    ``sources`` is a collection of ``"<experiment>:<function>"``; None leaves them to the rendering.
    """
    for placements in by_language.values():
        seen: dict[str, Placement] = {}
        for placement in placements:
            for kind, known in (("claims", claims), ("figures", figures), ("sources", sources)):
                if known is None:
                    continue
                for name, line in getattr(placement, kind).items():
                    if name not in known:
                        raise unknown(kind.removesuffix("s"), name, known, placement.chapter.path, line)
            for name, line in placement.claims.items():
                if name in seen:
                    raise ProjectError(
                        f"claim {name!r} is placed a second time",
                        where=placement.chapter.path,
                        line=line,
                        hint=f"first in {seen[name].chapter.path.name}:{seen[name].claims[name]}",
                    )
                seen[name] = placement
    _check_equal_claims(by_language)


def _check_equal_claims(by_language: Mapping[str, Sequence[Placement]]) -> None:
    placed = {
        language: {name: (p, line) for p in placements for name, line in p.claims.items()}
        for language, placements in by_language.items()
    }
    for language, here in placed.items():
        for other, there in placed.items():
            for name in sorted(set(here) - set(there)):
                placement, line = here[name]
                raise ProjectError(
                    f"claim {name!r} is placed in {language!r} but not in {other!r}",
                    where=placement.chapter.path,
                    line=line,
                    hint="every language places the same claims",
                )
