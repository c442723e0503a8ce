"""From judged claims and drawings to documents, and from documents to the output."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reportgen import __version__, publish
from reportgen.ci.badge import make_badge
from reportgen.line import provenance
from reportgen.line.evaluation import MACHINE, Line, engine
from reportgen.line.judged import Judged
from reportgen.line.place import BADGE, CLAIMS, TIMINGS, Place
from reportgen.line.views import make_view
from reportgen.line.workers import TypesetRequest
from reportgen.machine import versions
from reportgen.options import count_verdicts
from reportgen.project import template_folders
from reportgen.stamp import files_below, hash_files
from reportgen.store import key

PACKAGES = (
    "fonttools",
    "jinja2",
    "latex2mathml",
    "markdown-it-py",
    "mdit-py-plugins",
    "pikepdf",
    "pydyf",
    "pygments",
    "weasyprint",
    "ziamath",
)


def make_requests(
    place: Place, judged: Judged, drawings: Mapping[tuple[str, str], str]
) -> list[TypesetRequest]:
    """Return what is to be typeset, each document under the hash of all that it shows."""
    rows = provenance.describe(
        place.lecture, judged.entries.values(), place.store.get_note(MACHINE) or {}, seed=place.seed
    )
    theme = _theme(place)
    code = engine("typeset", "style/svg.py", "style/palette.py", "line/views.py")
    packages = versions(PACKAGES)
    requests = []
    for name, (language, fmt) in place.documents.items():
        own = {figure: k for (figure, of), k in drawings.items() if of == language}
        view = make_view(
            place,
            judged,
            language=language,
            drawn=own,
            provenance=rows,
            rebuild=_rebuild(place),
            version=f"reportgen {__version__}",
        )
        shown = json.dumps(dataclasses.asdict(view), sort_keys=True, ensure_ascii=False, default=_plain)
        pictures = {figure: place.store.digest(k, ".svg") for figure, k in own.items()}
        requests.append(
            TypesetRequest(
                name=name,
                view=view,
                format=fmt,
                drawings=own,
                target=key("document", fmt, shown, pictures, theme, code, packages),
                store=place.store.root,
            )
        )
    return requests


def publish_all(
    line: Line,
    place: Place,
    judged: Judged,
    drawings: Mapping[tuple[str, str], str],
    documents: Mapping[str, bytes],
) -> tuple[str, ...]:
    """Put documents, ``claims.json``, the badge, ``manifest.json`` and ``timings.json`` into the output."""
    manifest = provenance.make_manifest(place, judged, drawings, place.store.get_note(MACHINE) or {})
    files = {
        **documents,
        CLAIMS: publish.to_json(judged.claims),
        BADGE: make_badge(count_verdicts(judged.claims)),
    }
    with line.stage("publish", tuple(files)):
        return publish.publish(
            place.folder,
            files,
            manifest,
            staging=place.store.root / "publish",
            about=provenance.make_inputs(place, judged, _theme(place), files),
            keep=place.possible,
            apart={TIMINGS: publish.to_json(line.book.timings)} if line.book.done else {},
        )


def _theme(place: Place) -> str:
    """Return the hash of the theme's files."""
    return hash_files(
        path
        for folder in template_folders(place.project, place.lecture)
        for path in files_below(folder / "theme")
    )


def _rebuild(place: Place) -> str:
    command = " ".join(filter(None, ("reportgen build", place.lecture.name, place.options.draft)))
    return f"pip install reportgen=={__version__}\n{command}"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{value!r} in a view")
