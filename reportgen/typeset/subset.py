"""Subsets of font files by glyph, for paper; glyphs keep their numbers."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reportgen.errors import ProjectError


def subset_font(path: Path, glyphs: Mapping[int, str]) -> bytes:
    """Return the font with these glyphs only, made by the HarfBuzz that WeasyPrint has loaded."""
    from weasyprint.pdf.fonts import Font

    ffi, harfbuzz = _harfbuzz()
    data = path.read_bytes()
    held = ffi.from_buffer(data)
    blob = harfbuzz.hb_blob_create(held, len(data), 0, ffi.NULL, ffi.NULL)
    font = Font.__new__(Font)
    font.hb_face = ffi.gc(harfbuzz.hb_face_create(blob, 0), harfbuzz.hb_face_destroy)
    font.missing, font.family, font.index, font.file_content = {}, path.stem, 0, data
    font.subset(dict(glyphs), False)
    return bytes(font.file_content)


def files_of(fonts: Mapping[Any, Any], folders: Sequence[Path]) -> dict[str, str]:
    """Return the file's name of each font that a document of WeasyPrint used, by its name in the PDF."""
    from weasyprint.text.fonts import get_hb_object_data

    known = _digests(tuple(folders))
    found = {}
    for font in fonts.values():
        digest = hashlib.sha256(get_hb_object_data(font.hb_face)).hexdigest()
        if digest not in known:
            raise ProjectError(
                f"the font {font.family!r} is not in the theme's fonts", hint="theme/fonts/, as .ttf or .otf"
            )
        found[font.hash] = known[digest]
    return found


@functools.cache
def _digests(folders: tuple[Path, ...]) -> dict[str, str]:
    """Return the names of the font files in the folders by content; a name in two folders is the first's."""
    paths: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.[to]tf")):
            paths.setdefault(path.name, path)
    return {hashlib.sha256(path.read_bytes()).hexdigest(): name for name, path in paths.items()}


@functools.cache
def _harfbuzz() -> tuple[Any, Any]:
    from weasyprint.text.ffi import ffi, harfbuzz

    ffi.cdef(
        "hb_blob_t *hb_blob_create(const char *, unsigned int, int, void *, void *);"
        "hb_face_t *hb_face_create(hb_blob_t *, unsigned int);",
        override=True,
    )
    return ffi, harfbuzz
