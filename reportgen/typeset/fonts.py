"""Fonts: one fontconfig file for paper, and subsets of the characters used for the page."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
import io
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

from reportgen.errors import EnvironmentProblem
from reportgen.typeset.theme import theme_file, theme_text
from reportgen.typeset.view import Cache

_SLICES = 8
_BASE = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("–—‘’“”…·×−±≤≥≈∞⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and how CSS calls it; syllables and formulas need no more of its tables than glyphs."""

    family: str
    weight: int
    path: Path
    is_math: bool = False
    is_syllables: bool = False


def text_font(folders: tuple[Path, ...]) -> Path:
    """Return the regular text font: the theme's, or DejaVu while the theme has none."""
    try:
        return theme_file(folders, "fonts/ReportgenSans-Regular.ttf")
    except Exception:
        return symbol_folder() / "DejaVuSans.ttf"


@lru_cache(maxsize=1)
def symbol_folder() -> Path:
    """Return matplotlib's folder of DejaVu fonts, without importing matplotlib."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise EnvironmentProblem("matplotlib is missing", hint="pip install matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def font_folders(folders: tuple[Path, ...]) -> tuple[Path, Path]:
    """Return where paper's fonts are: the theme's, and the symbols'."""
    return text_font(folders).parent, symbol_folder()


def use_fontconfig(folders: tuple[Path, ...]) -> None:
    """Point ``FONTCONFIG_FILE`` at our own configuration: no font of the machine leaks into a document."""
    fonts = text_font(folders).parent
    template = Template(theme_text(folders, "fonts/fonts.conf.template"))
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    text = template.substitute(
        fonts=fonts, symbols=symbol_folder(), cache=Path(home) / "reportgen" / "fontconfig"
    )
    name = f"fonts-{hashlib.sha256(text.encode()).hexdigest()[:12]}.conf"
    try:
        path = Path(home) / "reportgen" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)
    except OSError:  # a home that cannot be written
        path = Path(tempfile.mkdtemp(prefix="reportgen-fonts-")) / name
        path.write_text(text, encoding="utf-8")
    os.environ["FONTCONFIG_FILE"] = str(path)


def embedded_faces(folders: tuple[Path, ...], text: str, code: str, math: str, cache: Cache) -> str:
    """Return ``@font-face`` rules with woff2 subsets of the characters that each font is used for.

    Hangul comes in slices: a syllable that the text did not have yet makes one of them anew.
    """
    regular = text_font(folders)
    faces = [("Reportgen Sans", 400, regular)]
    bold = regular.with_name("ReportgenSans-Bold.ttf")
    if bold.exists():
        faces.append(("Reportgen Sans", 700, bold))
    # Latin is always whole: a changed word then needs no new subset, which costs half a second a font
    characters = set(text) | _BASE
    missing = characters - _covered(regular, cache)
    syllables = {c for c in characters - missing if "\uac00" <= c <= "\ud7a3"}
    used = [(Face(*face), characters - syllables) for face in faces]
    used += [
        (Face(*face, is_syllables=True), {c for c in syllables if ord(c) % _SLICES == i})
        for face in faces
        for i in range(_SLICES)
    ]
    used.append((Face("DejaVu Sans", 400, symbol_folder() / "DejaVuSans.ttf"), missing))
    used.append((Face("DejaVu Sans Mono", 400, symbol_folder() / "DejaVuSansMono.ttf"), set(code) | _BASE))
    if math:
        path = _math_font()
        if path.exists():
            used.append((Face("STIX Two Math", 400, path, is_math=True), set(math)))
    return "\n".join(_rule(face, wanted, cache) for face, wanted in used if wanted - {" ", "\n"})


def without_glyph(folders: tuple[Path, ...], text: str, cache: Cache) -> list[str]:
    """Return the characters of the text that no font of prose and code has."""
    fonts = (
        text_font(folders),
        *(symbol_folder() / name for name in ("DejaVuSans.ttf", "DejaVuSansMono.ttf")),
    )
    covered = frozenset().union(*(_covered(font, cache) for font in fonts))
    return sorted(char for char in set(text) - covered if not char.isspace())


def _math_font() -> Path:
    spec = importlib.util.find_spec("ziamath")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


def _rule(face: Face, wanted: set[str], cache: Cache) -> str:
    characters = "".join(sorted(c for c in wanted if c.isprintable() or c == "\u202f"))
    data = base64.b64encode(_subset(face, characters, cache)).decode()
    span = ",".join(f"U+{ord(c):X}" for c in characters) if face.is_syllables else ""
    return (
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};font-display:swap;'
        + (f"unicode-range:{span};" if span else "")
        + f'src:url("data:font/woff2;base64,{data}") format("woff2")}}'
    )


def _subset(face: Face, characters: str, cache: Cache) -> bytes:
    parts = [f"woff2 3 {face.is_syllables}", _version(), _digest(str(face.path)), characters]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    kept = cache.get(key)
    if kept is not None:
        return kept
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options: Any = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["DSIG", "FFTM"]
    if face.is_math:
        options.drop_tables += ["GPOS"]
    maker: Any = subset.Subsetter(options)
    maker.populate(text=characters)
    buffer = io.BytesIO()
    with TTFont(face.path, lazy=True, recalcTimestamp=False) as font:
        if face.is_syllables:
            for table in {"GDEF", "GPOS", "GSUB"} & set(font.keys()):
                del font[table]  # before they are read
        maker.subset(font)
        font.flavor = "woff2"
        font.save(buffer)
    cache.put(key, buffer.getvalue())
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _version() -> str:
    return importlib.metadata.version("fonttools")


@lru_cache(maxsize=8)
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _covered(path: Path, cache: Cache) -> frozenset[str]:
    """Return the characters of a font, kept by the font's content."""
    key = hashlib.sha256(f"characters {_digest(str(path))}".encode()).hexdigest()
    kept = cache.get(key)
    if kept is None:
        from fontTools.ttLib import TTFont

        with TTFont(path, lazy=True) as font:
            kept = "".join(map(chr, sorted(font.getBestCmap()))).encode()
        cache.put(key, kept)
    return frozenset(kept.decode())
