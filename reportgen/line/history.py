"""Why something would be made anew: what it was made from, against what it would be made from now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reportgen import fingerprint
from reportgen.line.evaluation import contents, judgment_key, results_of, summary_key
from reportgen.line.inventory import Entry
from reportgen.line.place import Place, changes
from reportgen.options import Explanation
from reportgen.plain import to_plain
from reportgen.store import Store, key

NOTE = "parts"


def remember(store: Store, entries: Mapping[str, Entry]) -> None:
    """Note what every artefact that exists now is made from."""
    old = store.get_note(NOTE) or {}
    made = {
        name: parts
        for entry in entries.values()
        for name, parts, exists in artefacts(store, entry, entries)
        if exists
    }
    if (new := {**old, **made}) != old:
        store.put_note(NOTE, new)


def explain(store: Store, entry: Entry, entries: Mapping[str, Entry]) -> Iterator[Explanation]:
    """Compare what an experiment's artefacts were made from with what they would be made from now."""
    old = store.get_note(NOTE) or {}
    for name, parts, exists in artefacts(store, entry, entries):
        reasons = tuple(fingerprint.explain(old.get(name), parts))
        if exists and name not in old:  # made by a draft
            reasons = ()
        stale = not exists or bool(reasons)
        yield Explanation(artefact=name, stale=stale, reasons=reasons if stale else ())


def about(name: str, found: Sequence[Explanation]) -> tuple[Explanation, ...]:
    """Leave out other figures where a figure was asked for, and all figures for a claim."""
    figures = [each for each in found if each.artefact.startswith("figure ")]
    if any(each.artefact == f"figure {name}" for each in figures):
        return tuple(each for each in found if each not in figures or each.artefact == f"figure {name}")
    experiment = any(each.artefact == f"summary {name}" for each in found)
    return tuple(each for each in found if experiment or each not in figures)


def explain_documents(place: Place) -> tuple[Explanation, ...]:
    """Say whether a lecture's files are up to date, and which files changed since."""
    found = changes(place)
    explanations = []
    for name in place.documents:
        made = found is not None and (place.folder / name).is_file()
        reasons = tuple(found or ()) if made else ("never made",)
        explanations.append(Explanation(artefact=name, stale=bool(reasons), reasons=reasons))
    return tuple(explanations)


def artefacts(
    store: Store, entry: Entry, entries: Mapping[str, Entry]
) -> Iterator[tuple[str, dict[str, str], bool]]:
    """Yield name, parts and whether it exists, for every artefact of an experiment."""
    stages = entry.stages
    measured = contents(store, entry.series)
    data = key(measured)
    if entry.series is not None and stages.measure is not None:
        settings = {f"setting {name}": str(value) for name, value in entry.params.items()}
        run = {"root seed": str(entry.series.root_seed), "replicates": str(entry.n)}
        yield f"measure {entry.id}", {**stages.measure.parts, **settings, **run}, measured is not None
    summary = summary_key(store, entry)
    own = {} if stages.summarize is None else dict(stages.summarize.parts)
    yield (
        f"summary {entry.id}",
        {**own, "measured data": data},
        summary is not None and store.has(summary, ".nc"),
    )
    if stages.claims is not None:
        judgment = judgment_key(store, entry, entries)
        exists = judgment is not None and store.has(judgment, ".json")
        yield f"claims {entry.id}", {**stages.claims.parts, "measured data": data}, exists
    content = None if summary is None else store.digest(summary, ".nc")
    known = results_of(store, entry, entries)
    results = "not known yet" if known is None else key(to_plain(known))
    for figure in entry.declared.figures:
        parts = {**stages.figure(figure.name).parts, "summary": str(content), "results": results}
        yield f"figure {entry.id}.{figure.name}", parts, content is not None
