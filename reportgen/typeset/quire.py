"""A quire: pages that are typeset by themselves, as a PDF that waits for its neighbours.

WeasyPrint's PDF is tidied here once, and kept: what it writes wrong is mended, and what only the whole
document knows is left open: page numbers, links to other quires, the fonts' subsets.
"""

from __future__ import annotations

import io
import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from reportgen.typeset.formulas import FORMULA_ALT
from reportgen.typeset.picture import Picture, place

FOLIO = "9081726354"  # what the style prints where the page's number goes: every digit, in an order of ours
ELSEWHERE = "rg:to/"  # begins the address of a link to another quire
OPEN_FOLIO, FONT_FILE = "/RgFolio", "/RgFile"  # our keys in a page and in a font's descriptor
_SHOWN = re.compile(
    rb"1 0 0 -1 (?P<x>[-\d.]+) (?P<y>[-\d.]+) Tm\s+/(?P<font>\w+) (?P<size>[\d.]+) Tf\s+"
    rb"\[(?P<glyphs>(?:<[0-9a-f]+>[-\d.]*)+)\] TJ"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the outline; ``page`` counts from 0 in the quire."""

    title: str
    page: int
    left: float
    top: float
    children: tuple[Heading, ...]


class Quire:
    """A tidied quire, opened: its pages, where its anchors stand (page, left, top), its headings."""

    def __init__(self, data: bytes) -> None:
        self.pdf = pikepdf.open(io.BytesIO(data))
        self._numbers = {page.objgen: number for number, page in enumerate(self.pdf.pages)}
        root = self.pdf.Root
        names = list(root.Names.Dests.Names) if "/Names" in root else []
        self.anchors = {
            str(name): self._place(place) for name, place in zip(names[::2], names[1::2], strict=True)
        }
        self.outline = self._headings(root.Outlines) if "/Outlines" in root else ()

    @property
    def n_pages(self) -> int:
        return len(self._numbers)

    def _place(self, destination: Any) -> tuple[int, float, float]:
        return self._numbers[destination[0].objgen], float(destination[2]), float(destination[3])

    def _headings(self, parent: Any) -> tuple[Heading, ...]:
        found, item = [], parent.get("/First")
        while item is not None:
            found.append(Heading(str(item.Title), *self._place(item.Dest), self._headings(item)))
            item = item.get("/Next")
        return tuple(found)


def structure(root: Any) -> Iterator[Any]:
    """Yield the elements of a structure tree."""
    stack = [] if root is None else [root]
    while stack:
        element = stack.pop()
        if isinstance(element, Array):
            stack.extend(element)
        elif isinstance(element, Dictionary) and element.get("/Type") != Name.MCR:
            if "/S" in element:
                yield element
            if "/K" in element:
                stack.append(element["/K"])


def tidy(data: bytes, mark: str, files: Mapping[str, str], pictures: Sequence[Picture] = ()) -> bytes:
    """Return WeasyPrint's PDF as a quire.

    Parameters
    ----------
    mark
        What makes the ids of table headers unique among quires.
    files
        The file of each font, by its name in the resources.
    pictures
        What takes the place of the empty drawings, by their numbers.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        _tag(pdf, mark)
        _open_links(pdf)
        read: dict[str, tuple[dict[int, str], dict[int, float]]] = {}
        for page in pdf.pages:
            _open_folio(pdf, page, place(pdf, page, pictures), read)
        _note_files(pdf, files)
        buffer = io.BytesIO()
        pdf.save(buffer, static_id=True)
    return buffer.getvalue()


def tidy_picture(data: bytes, files: Mapping[str, str]) -> bytes:
    """Return WeasyPrint's PDF of a drawing, its fonts' files noted."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        _note_files(pdf, files)
        buffer = io.BytesIO()
        pdf.save(buffer, static_id=True)
    return buffer.getvalue()


def _note_files(pdf: pikepdf.Pdf, files: Mapping[str, str]) -> None:
    for name, font in pdf.pages[0].Resources.get("/Font", {}).items():
        if name[1:] in files:
            font.DescendantFonts[0].FontDescriptor[FONT_FILE] = String(files[name[1:]])


def _tag(pdf: pikepdf.Pdf, mark: str) -> None:
    """Mend boxes, which are in pixels from the top, and formulas, which are figures."""
    heights = {page.objgen: float(page.MediaBox[3]) for page in pdf.pages}
    for element in structure(pdf.Root.get("/StructTreeRoot")):
        kind = str(element.S)
        if kind in ("/TH", "/TD"):
            if "/ID" in element:
                element["/ID"] = String(f"{mark}-{element.ID}")
            if "/A" in element and "/Headers" in element.A:
                element.A["/Headers"] = Array([String(f"{mark}-{name}") for name in element.A.Headers])
        if kind != "/Figure":
            continue
        attributes = element.get("/A")
        if isinstance(attributes, Dictionary) and "/BBox" in attributes:
            height = heights[element.Pg.objgen]
            x0, y0, x1, y1 = (float(v) * 0.75 for v in attributes["/BBox"])
            attributes["/BBox"] = Array([Decimal(f"{v:.2f}") for v in (x0, height - y1, x1, height - y0)])
        alt = str(element.get("/Alt", ""))
        if alt.startswith(FORMULA_ALT):
            element["/S"] = Name.Formula
            element["/Alt"] = String(alt.removeprefix(FORMULA_ALT))


def _open_links(pdf: pikepdf.Pdf) -> None:
    """Turn the addresses of other quires into names of destinations."""
    for page in pdf.pages:
        for annotation in page.get("/Annots", ()):
            address = str(annotation.A.get("/URI", "")) if "/A" in annotation else ""
            if address.startswith(ELSEWHERE):
                name = String(urllib.parse.unquote(address.removeprefix(ELSEWHERE)))
                del annotation["/A"]
                annotation["/Dest"] = annotation["/Contents"] = name


def _open_folio(
    pdf: pikepdf.Pdf,
    page: pikepdf.Page,
    content: bytes,
    read: dict[str, tuple[dict[int, str], dict[int, float]]],
) -> None:
    """Cut the page's content where its number goes, and note in the page how the number is set.

    ``read`` keeps the text and the widths of fonts, which all pages share.
    """
    for shown in _SHOWN.finditer(content):
        glyphs = re.findall(rb"<([0-9a-f]{4})>", shown["glyphs"])
        if len(glyphs) != len(FOLIO):
            continue
        name = f"/{shown['font'].decode()}"
        if name not in read:
            font = page.Resources.Font[name]
            read[name] = to_unicode(font), widths(font)
        letters, sizes = read[name]
        codes = [int(glyph, 16) for glyph in glyphs]
        if "".join(letters.get(code, "?") for code in codes) != FOLIO:
            continue
        digits = dict(zip(FOLIO, codes, strict=True))
        page.obj[OPEN_FOLIO] = Dictionary(
            Font=Name(name),
            Place=Array([Decimal(shown[key].decode()) for key in ("x", "y", "size")]),
            Digits=Array([digits[str(i)] for i in range(10)]),
            Widths=Array([round(sizes[digits[str(i)]], 3) for i in range(10)]),
        )
        parts = (content[: shown.start()], b"", content[shown.end() :])
        page.obj["/Contents"] = Array([pdf.make_stream(part) for part in parts])
        return
    page.obj["/Contents"] = pdf.make_stream(content)


def to_unicode(font: Any) -> dict[int, str]:
    """Return a font's text by glyph."""
    pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]*)>", font.ToUnicode.read_bytes().partition(b"bfchar")[2])
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in pairs}


def widths(font: Any) -> dict[int, float]:
    """Return a font's widths by glyph."""
    found: dict[int, float] = {}
    first = 0
    for item in font.DescendantFonts[0].W:
        if isinstance(item, Array):
            found |= {first + i: float(width) for i, width in enumerate(item)}
        else:
            first = int(item)
    return found
