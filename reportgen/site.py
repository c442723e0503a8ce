"""The site: a static folder that a web server, GitHub Pages or a file manager shows; relative links only."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import NothingMatchedError, ProjectError, UsageError
from reportgen.line.place import CLAIMS, Place, locate
from reportgen.line.workers import StoreCache
from reportgen.manifest import MANIFEST, SCHEMAS, read_manifest
from reportgen.options import BuildOptions, count_verdicts
from reportgen.project import find_project, template_folders
from reportgen.publish import to_json
from reportgen.style.svg import themed_svg
from reportgen.typeset.landing import language_name, render_gallery, render_landing

MARK = "site.json"  # lists our files, so that a folder of somebody else is never replaced
FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Published:
    """A lecture's published files, as its manifest lists them."""

    place: Place
    manifest: Mapping[str, Any]
    claims: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def languages(self) -> list[str]:
        """The languages in which a document is published, in the lecture's order."""
        own = {entry.get("inputs", {}).get("language") for entry in self.manifest["outputs"].values()}
        return [language for language in self.place.lecture.languages if language in own]


def make_site(project: Path | None = None, output: Path | None = None) -> tuple[Path, tuple[str, ...]]:
    """Write the site of all published lectures and return its folder and the names of its files."""
    found = find_project(project)
    folder = (output or found.output / "site").resolve()
    _check_ours(folder)
    lectures = [
        _read(locate(BuildOptions(project=project, lecture=name)))
        for name in found.lecture_names
        if (found.output / name / MANIFEST).is_file()
    ]
    if not lectures:
        raise NothingMatchedError(
            "nothing is published yet", where=found.output, hint="`reportgen build` first"
        )
    files: dict[str, bytes] = {".nojekyll": b""}
    files |= {
        f"schemas/{path.stem}.schema.json": path.read_bytes() for path in sorted(SCHEMAS.glob("*.json"))
    }
    for lecture in lectures:
        files |= dict(_files(lecture))
    files |= dict(_landing(lectures, files))
    files[MARK] = to_json({"schema": 1, "files": sorted(files)})
    _write(folder, files)
    return folder, tuple(sorted(files))


def _read(place: Place) -> Published:
    """Read a lecture's files; one that is not as published is an error."""
    manifest = read_manifest(place.folder / MANIFEST)
    files = {}
    for name, entry in manifest["outputs"].items():
        path = place.folder / name
        files[name] = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(files[name]).hexdigest() != entry["sha256"]:
            raise ProjectError(
                "is not as it was published", where=path, hint="`reportgen build` makes it again"
            )
    if CLAIMS not in files:
        raise ProjectError("lists no claims.json", where=place.folder / MANIFEST, hint="`reportgen build`")
    files[MANIFEST] = (place.folder / MANIFEST).read_bytes()
    return Published(place, manifest, json.loads(files[CLAIMS]), files)


def _files(lecture: Published) -> Iterator[tuple[str, bytes]]:
    """Yield a lecture's own files: what was published, its drawings with a gallery, the contact sheet."""
    name, place = lecture.place.lecture.name, lecture.place
    yield from ((f"{name}/{file}", data) for file, data in lecture.files.items())
    sheet = place.folder / FIGURES
    if (sheet / "index.html").is_file():
        for path in sorted(sheet.rglob("*")):
            if path.is_file():
                yield f"{name}/{FIGURES}/{path.relative_to(sheet).as_posix()}", path.read_bytes()
    folders = template_folders(place.project, place.lecture)
    texts = {figure["id"]: figure for figure in lecture.claims["figures"]}
    for language in lecture.languages:
        shown = []
        for figure, entry in lecture.manifest.get("figures", {}).items():
            drawing = entry["drawings"].get(language, {})
            svg = place.store.get_bytes(drawing.get("key", ""), ".svg") if drawing else None
            if svg is None or figure not in texts:
                continue  # published on another machine: the pages hold the drawings all the same
            file = f"drawings/{language}/{figure}.svg"
            yield f"{name}/{file}", svg
            words = {kind: texts[figure][kind].get(language, "") for kind in ("caption", "alt")}
            shown.append(
                {
                    "id": figure,
                    "file": file,
                    "svg": themed_svg(svg.decode()),
                    "width": _width(svg.decode()),
                    **words,
                }
            )
        if shown:
            title = place.lecture.title[language]
            page = render_gallery(folders, language, title, shown, "../index.html", StoreCache(place.store))
            yield f"{name}/figures.{language}.html", page.encode()


def _landing(lectures: list[Published], files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the landing page in every language that some lecture has; the first is ``index.html``."""
    languages = list(dict.fromkeys(language for lecture in lectures for language in lecture.languages))
    names = {language: f"index.{language}.html" for language in languages}
    if languages:
        names[languages[0]] = "index.html"
    place = lectures[0].place
    folders = template_folders(place.project, place.lecture)
    others = [(code, language_name(folders, code), names[code]) for code in languages]
    for language in languages:
        shown = [_describe(each, language, files) for each in lectures if language in each.languages]
        page = render_landing(
            folders, language, shown, others if len(others) > 1 else (), StoreCache(place.store)
        )
        yield names[language], page.encode()


def _describe(lecture: Published, language: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what the landing page says of a lecture."""
    own, place = lecture.place.lecture, lecture.place
    git = lecture.manifest.get("git") or {}
    page = f"{own.name}/{place.name(language, 'html', 'student')}"
    gallery, sheet = f"{own.name}/figures.{language}.html", f"{own.name}/{FIGURES}/index.html"
    data = [f"{own.name}/{name}" for name in (CLAIMS, MANIFEST)]
    return {
        "name": own.name,
        **{
            name: getattr(own, name)[language]
            for name in ("title", "subtitle", "author", "course", "institution")
        },
        "date": own.date,
        "commit": git.get("commit", "")[:10],
        "committed": git.get("date", "")[:10],
        "dirty": git.get("dirty", False),
        "verdicts": count_verdicts(lecture.claims),
        "editions": list(_editions(lecture, language)),
        "gallery": gallery if gallery in files else "",
        "sheet": sheet if sheet in files else "",
        "n_figures": len(lecture.manifest.get("figures", {})),
        "claims": [
            {
                "id": claim["id"],
                "address": f"{page}#{claim['id']}" if page in files else "",
                "says": claim["says"].get(language, ""),
                "verdict": claim["verdict"],
                "erratum": claim["erratum"],
            }
            for claim in lecture.claims["claims"]
        ],
        "data": [{"name": name.rpartition("/")[2], "address": name} for name in data],
    }


def _editions(lecture: Published, language: str) -> Iterator[dict[str, str]]:
    """Yield the documents, those in the page's own language first."""
    folders = template_folders(lecture.place.project, lecture.place.lecture)
    ranked = sorted(lecture.languages, key=lambda other: other != language)
    for code in ranked:
        for name, entry in lecture.manifest["outputs"].items():
            if entry.get("inputs", {}).get("language") == code:
                kind = name.rpartition(".")[2].upper()
                teacher = " (teacher)" if ".teacher." in name else ""
                yield {
                    "name": f"{language_name(folders, code)}{teacher}",
                    "language": code,
                    "address": f"{lecture.place.lecture.name}/{name}",
                    "kind": kind,
                    "size": _size(entry["size"]),
                }


def _width(svg: str) -> str:
    """Return a drawing's width on the page in rem: as in the handout, 35 for a column of 105 mm (298 pt)."""
    view = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', svg)
    return f"{float(view[1]) / 297.64 * 35:.1f}" if view else "35"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


def _check_ours(folder: Path) -> None:
    """Refuse a folder that holds something else than an earlier site."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file", where=folder, hint="name a new folder with --output")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise UsageError(
            "the folder holds other files; nothing was touched", where=folder, hint="name a new folder"
        )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the site in the place of an earlier one, by one rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh, old = (folder.with_name(f".{folder.name}-{kind}-{os.getpid()}") for kind in ("new", "old"))
    try:
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    finally:
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
