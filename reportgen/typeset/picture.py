"""Drawings as PDF forms: each is set once and kept; pages are laid out with an empty one of its size.

Drawing paths is half of what WeasyPrint does to a chapter with figures, and a changed sentence changes none.
Formulas are outlines and nothing else, which we write ourselves.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Name

NAME = "/RgPicture"  # begins a form's name in the resources
_MARKED = 70_000_000  # the length of the line in an empty drawing, plus its number
_LINE = re.compile(rb"(?:0 0 m\s+)+7(\d{7})\.? 0 l\s+B\b")
_ROOT = re.compile(rb"<svg\b[^>]*>")
_SHAPE = re.compile(
    r'<path d="([MLQZ\d\s.-]*)"(?: fill="black")? ?/>|<rect ([^>]*)/>|</?g(?: fill="black")?>'
)
_STEP = re.compile(r"([MLQZ])([\d\s.-]*)")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing and its view box: a PDF of one page, or the operators of outlines in the box's units."""

    box: Box
    pdf: bytes = b""
    outlines: bytes = b""


def view_box(svg: bytes) -> Box | None:
    """Return left, top, width and height of a drawing's view box, if it has one."""
    root = _ROOT.search(svg)
    found = re.search(rb'viewBox="([-\d.e]+) ([-\d.e]+) ([\d.e]+) ([\d.e]+)"', root[0]) if root else None
    if found is None:
        return None
    left, top, width, height = (float(v) for v in found.groups())
    return left, top, width, height


def empty(svg: bytes, number: int) -> bytes:
    """Return a drawing of the same size with nothing but a line that tells its number."""
    root = _ROOT.search(svg)
    assert root is not None
    line = f'<path d="M0 0H{_MARKED + number}" stroke="#000"/></svg>'
    return re.sub(rb'\s(?:style|class|id|xmlns:\w+)="[^"]*"', b"", root[0]) + line.encode()


def outlines(svg: bytes) -> bytes | None:
    """Return a formula's outlines as PDF operators; None if it has more than black paths and bars."""
    text = svg.decode()
    inner = text[text.index(">") + 1 : text.rindex("</svg>")]
    if _SHAPE.sub("", inner).strip():
        return None
    written = ["0 0 0 rg"]
    for shape in _SHAPE.finditer(inner):
        if shape[1]:
            written += [*_path(shape[1]), "f"]
        elif shape[2]:
            bar = dict(re.findall(r'([\w-]+)="([^"]*)"', shape[2]))
            if bar.get("fill", "black") != "black" or not {"x", "y", "width", "height"} <= set(bar):
                return None
            written.append(
                " ".join(f"{float(bar[key]):g}" for key in ("x", "y", "width", "height")) + " re f"
            )
    return "\n".join(written).encode()


def _path(steps: str) -> list[str]:
    """Return path operators; PDF has cubic curves only, which a quadratic one becomes exactly."""
    written = []
    x = y = 0.0
    for step in _STEP.finditer(steps):
        numbers = [float(v) for v in step[2].split()]
        if step[1] == "Z":
            written.append("h")
            continue
        if step[1] == "Q":
            a, b, u, v = numbers
            thirds = (x + 2 * a) / 3, (y + 2 * b) / 3, (u + 2 * a) / 3, (v + 2 * b) / 3
            written.append(" ".join(f"{n:.2f}" for n in (*thirds, u, v)) + " c")
        else:
            written.append(f"{numbers[-2]:g} {numbers[-1]:g} {'m' if step[1] == 'M' else 'l'}")
        x, y = numbers[-2:]
    return written


def place(pdf: pikepdf.Pdf, page: pikepdf.Page, pictures: Sequence[Picture]) -> bytes:
    """Return a page's content with its pictures' forms, which are in its resources then."""
    resources = page.Resources.XObject

    def form(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        picture, name = pictures[number], f"{NAME}{number}"
        if name not in resources:
            resources[name] = _form(pdf, picture)
        if picture.outlines:
            return f"{name} Do".encode()
        left, top, _, height = picture.box
        return f"1.333333 0 0 -1.333333 {left:.6f} {top + height:.6f} cm\n{name} Do".encode()

    return _LINE.sub(form, page.Contents.read_bytes())


def _form(pdf: pikepdf.Pdf, picture: Picture) -> Any:
    if picture.outlines:
        left, top, width, height = picture.box
        box = Array([left, top, left + width, top + height])
        return pdf.make_stream(picture.outlines, Type=Name.XObject, Subtype=Name.Form, BBox=box)
    with pikepdf.open(io.BytesIO(picture.pdf)) as drawn:
        return pdf.copy_foreign(drawn.pages[0].as_form_xobject())
