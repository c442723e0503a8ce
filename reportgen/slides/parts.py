"""The parts of a deck that change when a picture does: slides, relationships, media, content types."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from reportgen.slides.deck import Shape

_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_IMAGE = f"{_R}/image"
_CONTENT_TYPES = "[Content_Types].xml"
_MIME = {"png": "image/png", "svg": "image/svg+xml"}
_EMBED, _LINK = f"{{{_R}}}embed", f"{{{_R}}}link"


class Parts:
    """A deck's parts being edited; what is not touched is not even parsed."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._names = set(self._archive.namelist())
        self._trees: dict[str, Any] = {}
        self._changed: set[str] = set()
        self._media: dict[str, bytes] = {}
        self._replaced: set[str] = set()  # media that a picture has let go

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def picture(self, shape: Shape) -> bytes:
        """Return the bytes of the picture's present image; empty if it has none inside the file."""
        blip = self._blip(shape)
        target = self._targets(shape.part).get(blip.get(_EMBED, "")) if blip is not None else None
        return self._archive.read(target) if target in self._names else b""

    def replace_picture(self, shape: Shape, *, png: bytes, svg: bytes) -> None:
        """Show another image in the same frame."""
        blip = self._blip(shape)
        stem = f"ppt/media/reportgen_{Path(shape.part).stem}_{shape.index + 1}"
        blip.set(_EMBED, self._relate(shape.part, blip.get(_EMBED), stem, "png", png))
        blip.attrib.pop(_LINK, None)
        vector = next(iter(blip.iter(f"{{{_SVG}}}svgBlip")), None)
        old = None if vector is None else vector.get(_EMBED)
        add_svg(blip, self._relate(shape.part, old, stem, "svg", svg))
        self._changed.add(shape.part)

    def describe(self, shape: Shape, alt: str) -> None:
        """Set the alternative text."""
        properties = self._properties(shape)
        if properties.get("descr", "") != alt:
            properties.set("descr", alt)
            self._changed.add(shape.part)

    def rename(self, shape: Shape, name: str) -> None:
        """Set the shape's name."""
        self._properties(shape).set("name", name)
        self._changed.add(shape.part)

    def changes(self) -> dict[str, bytes | None]:
        """Return the parts that differ now, in a fixed order; None for media that nobody shows any more."""
        dropped = self._replaced - set(self._used())
        if self._media or dropped:
            self._declare_types(dropped)
        changed = {name: _serialize(self._trees[name]) for name in sorted(self._changed)}
        return {**changed, **dict(sorted(self._media.items())), **dict.fromkeys(sorted(dropped))}

    # --- one slide ---

    def _tree(self, name: str) -> Any:
        if name not in self._trees:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            self._trees[name] = etree.fromstring(self._archive.read(name), parser)
        return self._trees[name]

    def _element(self, shape: Shape) -> Any:
        return list(self._tree(shape.part).iter(f"{{{_P}}}pic"))[shape.index]

    def _properties(self, shape: Shape) -> Any:
        return self._element(shape).find(f"{{{_P}}}nvPicPr/{{{_P}}}cNvPr")

    def _blip(self, shape: Shape) -> Any:
        fill = self._element(shape).find(f"{{{_P}}}blipFill")
        blip = fill.find(f"{{{_A}}}blip")
        if blip is None:
            blip = etree.Element(f"{{{_A}}}blip")
            fill.insert(0, blip)
        return blip

    # --- relationships ---

    def _relate(self, part: str, old: str | None, stem: str, suffix: str, data: bytes) -> str:
        """Return the id of a relationship to new media: the old one if this picture alone uses it."""
        relations = self._relations(part)
        entry = next((each for each in relations if each.get("Id") == old), None)
        target = None if entry is None else self._targets(part).get(old or "")
        users = sum(value == old for element in self._tree(part).iter() for value in element.attrib.values())
        if entry is None or users > 1:
            entry = etree.SubElement(relations, f"{{{_RELATIONSHIPS}}}Relationship")
            entry.set("Id", _free_id(relations))
            entry.set("Type", _IMAGE)
        if target is not None and target.startswith("ppt/media/"):
            self._replaced.add(target)
        name = self._free_name(stem, suffix, target)
        self._media[name] = data
        entry.attrib.pop("TargetMode", None)
        entry.set("Target", posixpath.relpath(name, posixpath.dirname(part)))
        self._changed.add(_relations_of(part))
        return str(entry.get("Id"))

    def _free_name(self, stem: str, suffix: str, own: str | None) -> str:
        """Return a name for media that is this picture's alone."""
        name = f"{stem}.{suffix}"
        for number in range(2, len(self._names) + 3):
            taken = name in self._media or (name in self._names and self._n_users(name) > (name == own))
            if not taken:
                break
            name = f"{stem}_{number}.{suffix}"
        return name

    def _relations(self, part: str) -> Any:
        name = _relations_of(part)
        if name not in self._names and name not in self._trees:
            space = _RELATIONSHIPS
            self._trees[name] = etree.Element(f"{{{space}}}Relationships", nsmap={None: space})
        return self._tree(name)

    def _targets(self, part: str) -> dict[str, str]:
        return {
            str(each.get("Id")): posixpath.normpath(
                posixpath.join("/" + posixpath.dirname(part), str(each.get("Target")))
            ).lstrip("/")
            for each in self._relations(part)
            if each.get("TargetMode") != "External"
        }

    def _used(self) -> Iterator[str]:
        """Yield the targets of all relationships as they are now."""
        for name in sorted({*self._names, *self._trees}):
            folder, file = posixpath.split(name)
            if file.endswith(".rels"):
                part = posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))
                yield from self._targets(part).values()

    def _n_users(self, name: str) -> int:
        return sum(target == name for target in self._used())

    def _declare_types(self, dropped: set[str]) -> None:
        types = self._tree(_CONTENT_TYPES)
        known = {str(each.get("Extension")).lower() for each in types.iter(f"{{{_TYPES}}}Default")}
        for suffix in sorted({name.rpartition(".")[2] for name in self._media} - known):
            new = etree.Element(f"{{{_TYPES}}}Default", Extension=suffix, ContentType=_MIME[suffix])
            types.insert(0, new)
            self._changed.add(_CONTENT_TYPES)
        for each in list(types.iter(f"{{{_TYPES}}}Override")):
            name = str(each.get("PartName")).lstrip("/")
            if name in dropped or name in self._media:
                types.remove(each)
                self._changed.add(_CONTENT_TYPES)


def add_svg(blip: Any, relation: str) -> None:
    """Let a picture show the vectors of a relationship where the program knows them."""
    vector = next(iter(blip.iter(f"{{{_SVG}}}svgBlip")), None)
    if vector is None:
        extensions = blip.find(f"{{{_A}}}extLst")
        if extensions is None:
            extensions = etree.SubElement(blip, f"{{{_A}}}extLst")
        extension = etree.SubElement(extensions, f"{{{_A}}}ext", uri=_SVG_EXTENSION)
        vector = etree.SubElement(extension, f"{{{_SVG}}}svgBlip", nsmap={"asvg": _SVG})
    vector.set(_EMBED, relation)


def _relations_of(part: str) -> str:
    folder, file = posixpath.split(part)
    return f"{folder}/_rels/{file}.rels"


def _free_id(relations: Any) -> str:
    taken = {str(each.get("Id")) for each in relations}
    numbers = [int(match[1]) for name in taken if (match := re.fullmatch(r"rId(\d+)", name))]
    return f"rId{max(numbers, default=0) + 1}"


def _serialize(tree: Any) -> bytes:
    data: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    return data
