"""What runs in worker processes besides measuring: plain requests in, results into the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import ExperimentError
from reportgen.measure import Series, check_source, load_measured
from reportgen.model import Text, Words
from reportgen.plain import from_plain, to_plain
from reportgen.project import load_experiment
from reportgen.store import Store, key

if TYPE_CHECKING:
    import xarray as xr

    from reportgen.typeset import View


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRequest:
    """Read what an experiment's file declares."""

    experiment: str
    path: Path
    source: str
    target: str
    store: Path


def declare(request: DeclareRequest) -> None:
    """Keep the declaration as JSON."""
    check_source(request.path, request.source, request.experiment)
    plain = to_plain(load_experiment(request.path, request.experiment))
    Store(request.store).put_json(request.target, plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarizeRequest:
    """Reduce the replicates of a series, unless that is done, and export the values for prose.

    ``values`` is what their export depends on.
    """

    experiment: str
    path: Path
    source: str
    series: Series | None
    params: Mapping[str, Any]
    target: str
    values: str | None
    store: Path


def summarize(request: SummarizeRequest) -> None:
    """Keep the summary and the values."""
    from reportgen.summarize import export_values, summarize

    check_source(request.path, request.source, request.experiment)
    experiment = load_experiment(request.path, request.experiment)
    store = Store(request.store)
    summary = store.get_dataset(request.target)
    if summary is None:
        dataset = _measured(store, request.series)
        summary = summarize(experiment, dataset, request.params, path=request.path)
        store.put_dataset(request.target, summary)
    values = export_values(experiment, summary, path=request.path)
    content = store.digest(request.target, ".nc")
    store.put_json(values_key(request.experiment, request.values, content), values)


def values_key(experiment: str, values: str | None, summary: str | None) -> str:
    """Return the key of an experiment's values: of what exports them, and of the summary's content."""
    return key("values", experiment, values, summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest:
    """Judge the claims of an experiment; ``others`` are the series that ``Claim.data`` names."""

    experiment: str
    path: Path
    source: str
    series: Series | None
    others: Mapping[str, Series]
    target: str
    store: Path


def judge(request: JudgeRequest) -> None:
    """Keep the claims' results as JSON."""
    from reportgen.judge import judge

    check_source(request.path, request.source, request.experiment)
    experiment = load_experiment(request.path, request.experiment)
    store = Store(request.store)
    own = () if request.series is None else (_measured(store, request.series),)
    others = {name: _measured(store, series) for name, series in request.others.items()}
    results = [
        judge(claim, (*own, *(others[name] for name in claim.data)), experiment=request.experiment)
        for claim in experiment.claims
    ]
    store.put_json(request.target, to_plain(results))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """Draw a figure in one language; ``results`` are the experiment's claims as JSON."""

    experiment: str
    figure: str
    path: Path
    source: str
    summary: str
    results: Any
    language: str
    terms: Mapping[str, str]
    target: str
    store: Path


def draw(request: DrawRequest) -> None:
    """Keep the drawing as SVG for light paper; the page's is made of it (see ``style.themed_svg``)."""
    from reportgen.draw import draw
    from reportgen.style import Style

    check_source(request.path, request.source, request.experiment)
    experiment = load_experiment(request.path, request.experiment)
    store = Store(request.store)
    figure = next(figure for figure in experiment.figures if figure.name == request.figure)
    svg = draw(
        figure,
        summary_of(store, request.summary, request.experiment),
        {result.id: result for result in from_plain(request.results)},
        words_of(request.language, request.terms),
        Style(),
        "svg",
        figure_id=f"{request.experiment}.{request.figure}",
    )
    store.put_bytes(request.target, svg, ".svg")


def words_of(language: str, terms: Mapping[str, str]) -> Words:
    """Return what gives drawing functions the words of one language."""
    from reportgen.style import LectureWords

    return LectureWords(language, {key: Text(**{language: word}) for key, word in terms.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesetRequest:
    """Typeset a view; its figures are empty and ``drawings`` says where they are: id → key."""

    name: str
    view: View
    format: str
    drawings: Mapping[str, str]
    target: str
    store: Path


class StoreCache:
    """The store as the cache of formulas and font subsets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, name: str) -> bytes | None:
        return self._store.get_bytes(key("typeset cache", name), ".cache")

    def put(self, name: str, data: bytes) -> None:
        self._store.put_bytes(key("typeset cache", name), data, ".cache")


def typeset(request: TypesetRequest) -> None:
    """Keep the document."""
    from reportgen.style import themed_svg
    from reportgen.typeset import render_html, render_pdf

    store = Store(request.store)
    figures = dict(request.view.figures)
    for figure_id, drawing in request.drawings.items():
        svg = store.get_bytes(drawing, ".svg")
        if svg is None:
            raise _damaged(figure_id)
        figures[figure_id] = dataclasses.replace(figures[figure_id], svg=svg, themed=themed_svg(svg.decode()))
    view = dataclasses.replace(request.view, figures=figures)
    cache = StoreCache(store)
    data = render_html(view, cache).encode() if request.format == "html" else render_pdf(view, cache)
    store.put_bytes(request.target, data, f".{request.format}")


def _measured(store: Store, series: Series | None) -> xr.Dataset:
    import xarray as xr

    if series is None:
        return xr.Dataset()
    dataset = load_measured(store, series)
    if dataset is None:
        raise _damaged(series.experiment)
    return dataset


def summary_of(store: Store, target: str, experiment: str) -> xr.Dataset:
    """Return a kept summary."""
    summary = store.get_dataset(target)
    if summary is None:
        raise _damaged(experiment)
    return summary


def _damaged(where: str) -> ExperimentError:
    return ExperimentError(
        "a stored result was damaged and has been taken away",
        where=where,
        hint="build again: it is made anew",
    )
