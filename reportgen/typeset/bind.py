"""Bind quires into one PDF: pages, numbers, links, outline, tags, and one subset of each font."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, OutlineItem, String

from reportgen.errors import ProjectError
from reportgen.typeset.picture import NAME
from reportgen.typeset.quire import FONT_FILE, OPEN_FOLIO, Heading, Quire, to_unicode, widths
from reportgen.typeset.subset import subset_font


def bind(quires: Sequence[Quire], folders: Sequence[Path]) -> bytes:
    """Return the document; its title, language and metadata are the first quire's.

    Parameters
    ----------
    folders
        Where the files of the fonts are.
    """
    pdf, starts = quires[0].pdf, [0]
    for quire in quires[1:]:
        starts.append(len(pdf.pages))
        _append(pdf, quire)
    _number(pdf)
    _link(pdf, quires, starts)
    _outline(pdf, quires, starts)
    _unite_fonts(pdf, starts, folders)
    buffer = io.BytesIO()
    pdf.save(
        buffer,
        deterministic_id=True,
        compress_streams=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return buffer.getvalue()


def _append(pdf: pikepdf.Pdf, quire: Quire) -> None:
    """Append a quire's pages, and hang its tags behind those that are there."""
    root = pdf.Root.StructTreeRoot
    numbers = root.ParentTree.Nums
    offset = int(numbers[-2]) + 1 if len(numbers) else 0
    for page in quire.pdf.pages:
        page.obj["/StructParents"] = int(page.StructParents) + offset
        for annotation in page.get("/Annots", ()):
            if "/StructParent" in annotation:
                annotation["/StructParent"] = int(annotation.StructParent) + offset
    with warnings.catch_warnings():  # names and links are ours to keep
        warnings.simplefilter("ignore")
        pdf.pages.extend(quire.pdf.pages)
    other = pdf.copy_foreign(quire.pdf.Root.StructTreeRoot)
    document = root.K[0]
    for element in other.K[0].K:
        element["/P"] = document
        document.K.append(element)
    for i, item in enumerate(other.ParentTree.Nums):
        numbers.append(item if i % 2 else int(item) + offset)


def _number(pdf: pikepdf.Pdf) -> None:
    """Print each page's number where the style left room for it."""
    for number, page in enumerate(pdf.pages, 1):
        folio = page.get(OPEN_FOLIO)
        if folio is None:
            continue
        x, y, size = (float(v) for v in folio.Place)
        room = sum(float(w) for w in folio.Widths)
        digits = [int(d) for d in str(number)]
        free = (room - sum(float(folio.Widths[d]) for d in digits)) * size / 1000
        side = (x + room * size / 2000) * 0.75 / float(page.MediaBox[2])
        x += free if side > 2 / 3 else free / 2 if side > 1 / 3 else 0.0
        shown = "".join(f"<{int(folio.Digits[d]):04x}>" for d in digits)
        text = f"1 0 0 -1 {x:.6f} {y:.6f} Tm\n{folio.Font} {size:.6f} Tf\n[{shown}] TJ"
        page.Contents[1] = pdf.make_stream(text.encode())
        del page.obj[OPEN_FOLIO]


def _link(pdf: pikepdf.Pdf, quires: Sequence[Quire], starts: Sequence[int]) -> None:
    """Name the destinations of all quires, and see that every link leads to one."""
    places: dict[str, Object] = {}
    for quire, start in zip(quires, starts, strict=True):
        for name, (page, left, top) in quire.anchors.items():
            places.setdefault(name, Array([pdf.pages[start + page].obj, Name.XYZ, left, top, 0]))
    names = Array()
    for name in sorted(places):
        names.append(String(name))
        names.append(places[name])
    pdf.Root["/Names"] = Dictionary(Dests=Dictionary(Names=names))
    for sheet in pdf.pages:
        for annotation in sheet.get("/Annots", ()):
            target = str(annotation.Dest) if "/Dest" in annotation else ""
            if target and target not in places:
                raise ProjectError(f"the PDF cannot be typeset: a link leads to {target!r}, which is nowhere")


def _outline(pdf: pikepdf.Pdf, quires: Sequence[Quire], starts: Sequence[int]) -> None:
    def item(heading: Heading, start: int) -> OutlineItem:
        page, left, top = start + heading.page, heading.left, heading.top
        made = OutlineItem(heading.title, page, "XYZ", left=left, top=top)
        made.children.extend(item(child, start) for child in heading.children)
        return made

    with pdf.open_outline() as outline:
        outline.root[:] = [
            item(heading, start)
            for quire, start in zip(quires, starts, strict=True)
            for heading in quire.outline
        ]


def _unite_fonts(pdf: pikepdf.Pdf, starts: Sequence[int], folders: Sequence[Path]) -> None:
    """Let all quires use one font of each kind, with the glyphs that any of them shows."""
    tables = [table for start in starts for table in _font_tables(pdf.pages[start].Resources)]
    found: dict[str, list[Any]] = {}
    for table in tables:
        for name, font in table.items():
            found.setdefault(name, []).append(font)
    files: dict[str, dict[int, str]] = {}
    for fonts in found.values():
        _unite(pdf, fonts)
        files.setdefault(_file_of(fonts[0]), {}).update(to_unicode(fonts[0]))
    programs = {}
    for file, glyphs in files.items():
        program = subset_font(_find(folders, file), glyphs)
        kind = {"Subtype": Name.OpenType} if program[:4] == b"OTTO" else {"Length1": len(program)}
        programs[file] = pdf.make_stream(program, **kind)
    for name, fonts in found.items():
        descriptor = fonts[0].DescendantFonts[0].FontDescriptor
        held = "/FontFile3" if "/FontFile3" in descriptor else "/FontFile2"
        descriptor[held] = programs[_file_of(fonts[0])]
        del descriptor[FONT_FILE]
        for table in tables:
            table[name] = fonts[0]


def _font_tables(resources: Any) -> Iterator[Any]:
    """Yield the fonts that a quire's pages name, and those that its pictures name."""
    forms = [form for name, form in resources.XObject.items() if name.startswith(NAME)]
    for part in (resources, *(form.Resources for form in forms if "/Resources" in form)):
        if "/Font" in part:
            yield part.Font


def _unite(pdf: pikepdf.Pdf, fonts: Sequence[Any]) -> None:
    """Give the first of a font's copies the widths and the text of all."""
    first = fonts[0]
    texts: dict[int, str] = {}
    sizes: dict[int, float] = {}
    for font in fonts:
        texts |= to_unicode(font)
        sizes |= widths(font)
    first["/ToUnicode"] = pdf.make_stream(_character_map(texts))
    runs, last = Array(), None
    for glyph in sorted(sizes):
        if last is None or glyph != last + 1:
            runs.append(glyph)
            runs.append(Array())
        width = sizes[glyph]
        runs[-1].append(int(width) if width == int(width) else round(width, 4))
        last = glyph
    descendant = first.DescendantFonts[0]
    descendant["/W"] = runs
    box = descendant.FontDescriptor.FontBBox
    box[2] = max(int(font.DescendantFonts[0].FontDescriptor.FontBBox[2]) for font in fonts)


def _character_map(texts: Mapping[int, str]) -> bytes:
    lines = [
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def",
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange",
    ]
    pairs = [f"<{glyph:04x}> <{texts[glyph].encode('utf-16-be').hex()}>" for glyph in sorted(texts)]
    for i in range(0, len(pairs), 100):
        batch = pairs[i : i + 100]
        lines += [f"{len(batch)} beginbfchar", *batch, "endbfchar"]
    lines.append("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
    return "\n".join(lines).encode()


def _file_of(font: Any) -> str:
    return str(font.DescendantFonts[0].FontDescriptor[FONT_FILE])


def _find(folders: Sequence[Path], name: str) -> Path:
    return next(folder / name for folder in folders if (folder / name).is_file())
