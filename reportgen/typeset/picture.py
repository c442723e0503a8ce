"""Drawings as PDF forms: each is set once and kept; pages are laid out with an empty one of its size.

Drawing paths is half of what WeasyPrint does to a chapter with figures, and a changed sentence changes none.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf

NAME = "/RgPicture"  # begins a form's name in the resources
_MARKED = 70_000_000  # the length of the line in an empty drawing, plus its number
_LINE = re.compile(rb"(?:0 0 m\s+)+7(\d{7})\.? 0 l\s+B\b")
_ROOT = re.compile(rb"<svg\b[^>]*>")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as a PDF of one page, and its view box."""

    box: tuple[float, float, float, float]
    pdf: bytes


def view_box(svg: bytes) -> tuple[float, float, float, float] | None:
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


def place(pdf: pikepdf.Pdf, page: pikepdf.Page, pictures: Sequence[Picture]) -> bytes:
    """Return a page's content with its pictures' forms, which are in its resources then."""
    content = page.Contents.read_bytes()
    resources = page.Resources.XObject

    def form(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        left, top, _, height = pictures[number].box
        name = f"{NAME}{number}"
        if name not in resources:
            resources[name] = _form(pdf, pictures[number].pdf)
        return f"1.333333 0 0 -1.333333 {left:.6f} {top + height:.6f} cm\n{name} Do".encode()

    return _LINE.sub(form, content)


def _form(pdf: pikepdf.Pdf, data: bytes) -> Any:
    with pikepdf.open(io.BytesIO(data)) as drawn:
        return pdf.copy_foreign(drawn.pages[0].as_form_xobject())
