"""A PowerPoint file: whether it can be read and written, and which of its pictures are figures of ours."""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import EnvironmentProblem, ProjectError

MM = 36_000  # English metric units in a millimeter
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")  # what Office wraps encrypted files in, and .ppt
_NAME = re.compile(r"fig:(\S+)")
_ALT = re.compile(r"reportgen:([A-Za-z_][\w]*(?:\.\w+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A picture of a slide, or something else that is marked like one.

    Attributes
    ----------
    part
        The slide's file in the archive, without the leading slash.
    index
        Which picture of the slide, in the order of the file; -1 for what is no picture.
    size
        Width and height of the whole picture on the slide in millimeters, what is cropped away included.
    figure
        The figure's id by the shape's name ``fig:<id>`` or its alternative text ``reportgen:<id>``.
    """

    slide: int
    part: str
    index: int
    number: int
    name: str
    alt: str
    size: tuple[float, float]

    @property
    def figure(self) -> str | None:
        by_name = _NAME.fullmatch(self.name.strip())
        by_alt = _ALT.search(self.alt)
        return by_name[1] if by_name else by_alt[1] if by_alt else None

    @property
    def marked_by_alt(self) -> bool:
        """Whether the alternative text must go on saying which figure this is."""
        return _NAME.fullmatch(self.name.strip()) is None and _ALT.search(self.alt) is not None

    @property
    def where(self) -> str:
        """The shape as messages name it."""
        return f"slide {self.slide}, {self.name!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """A deck that was read: its file, the width of its slides in millimeters, its pictures."""

    path: Path
    width: float
    shapes: tuple[Shape, ...]

    @property
    def marked(self) -> tuple[Shape, ...]:
        """Return the shapes that are marked as figures."""
        return tuple(shape for shape in self.shapes if shape.figure is not None)


def read_deck(path: Path, *, to_write: bool = False) -> Deck:
    """Read the pictures of a deck.

    Raises
    ------
    ProjectError
        If there is no such file, or it is damaged, encrypted or no .pptx.
    EnvironmentProblem
        With ``to_write`` if it is open in another program or must not be written.
    """
    path = path.resolve()
    _check_file(path)
    if to_write:
        check_free(path)
    presentation = load(path)
    width = presentation.slide_width
    slides = presentation.part._element.sldIdLst  # presentation.slides would rename the slides' files
    shapes = [
        shape
        for number, entry in enumerate(slides if slides is not None else (), start=1)
        for shape in _shapes(presentation.part.related_part(entry.rId), number)
    ]
    return Deck(path=path, width=(width or 0) / MM, shapes=tuple(shapes))


def load(path: Path | None) -> Any:
    """Return python-pptx's presentation; of its own template without a path."""
    try:
        import pptx
    except ModuleNotFoundError as error:
        raise EnvironmentProblem(
            "python-pptx is missing", where="slides", hint="pip install 'reportgen[slides]'"
        ) from error
    try:
        return pptx.Presentation(None if path is None else str(path))
    except Exception as error:  # python-pptx raises whatever its parts stumble over
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def check_free(path: Path) -> None:
    """Refuse a deck that another program has open, or that must not be written."""
    locks = (f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#")
    for name in locks:
        if (path.parent / name).exists():
            raise EnvironmentProblem(
                "is open in another program",
                where=path,
                hint=f"close it there; if it is not open, delete {path.parent / name}",
            )
    if not (path.stat().st_mode & stat.S_IWUSR and os.access(path, os.W_OK)):
        raise EnvironmentProblem("must not be written", where=path, hint="make it writable, or copy it")
    if not os.access(path.parent, os.W_OK):
        raise EnvironmentProblem(
            "the folder must not be written", where=path.parent, hint="make it writable, or copy the deck"
        )


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError as error:
        raise ProjectError("does not exist", where=path, hint="name a .pptx file") from error
    except OSError as error:
        raise EnvironmentProblem(f"cannot be read: {error.strerror}", where=path) from error
    if head == _COMPOUND_FILE:
        raise ProjectError(
            "is encrypted, or in the old .ppt format",
            where=path,
            hint="save it without a password as .pptx",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            if any(info.flag_bits & 1 for info in archive.infolist()):
                raise ProjectError("is encrypted", where=path, hint="save it without a password")
            names = archive.namelist()
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if broken is not None:
        raise _damaged(path, f"{broken} does not match its checksum")
    if "[Content_Types].xml" not in names:
        raise ProjectError("is no .pptx file", where=path)
    if len(names) != len(set(names)):
        raise _damaged(path, "a part is in it twice")


def _damaged(path: Path | None, why: str) -> ProjectError:
    return ProjectError(
        f"is damaged, or no .pptx file ({why})",
        where=path,
        hint="open it in PowerPoint or LibreOffice, repair it and save it as .pptx",
    )


def _shapes(part: Any, number: int) -> Iterator[Shape]:
    from pptx.oxml.ns import qn

    pictures = list(part._element.iter(qn("p:pic")))
    for shape, scale in _walk(part.slide.shapes, (1.0, 1.0)):
        element = shape._element
        index = pictures.index(element) if element.tag == qn("p:pic") else -1
        properties = element.xpath("./*/p:cNvPr")
        found = Shape(
            slide=number,
            part=str(part.partname).lstrip("/"),
            index=index,
            number=shape.shape_id,
            name=shape.name,
            alt=properties[0].get("descr", "") if properties else "",
            size=_whole_size(shape, scale) if index >= 0 else (0.0, 0.0),
        )
        if index >= 0 or found.figure is not None:
            yield found


def _walk(shapes: Iterable[Any], scale: tuple[float, float]) -> Iterator[tuple[Any, tuple[float, float]]]:
    """Yield shapes, also those in groups, with how much larger than in their own numbers they are shown."""
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _walk(shape.shapes, _inside(shape, scale))
        yield shape, scale


def _inside(group: Any, scale: tuple[float, float]) -> tuple[float, float]:
    inner = group._element.xpath("./p:grpSpPr/a:xfrm/a:chExt")
    if not inner:
        return scale
    factors = []
    for whole, own, before in zip(
        (group.width, group.height), (int(inner[0].get("cx")), int(inner[0].get("cy"))), scale, strict=True
    ):
        factors.append(before * (whole / own if own else 1.0))
    return factors[0], factors[1]


def _whole_size(picture: Any, scale: tuple[float, float]) -> tuple[float, float]:
    """Return the size of the picture before it was cropped."""
    shown_across = 1 - picture.crop_left - picture.crop_right
    shown_down = 1 - picture.crop_top - picture.crop_bottom
    width, height = (picture.width or 0) * scale[0], (picture.height or 0) * scale[1]
    if shown_across <= 0 or shown_down <= 0:
        return 0.0, 0.0
    return width / shown_across / MM, height / shown_down / MM
