"""A deck made from the lecture: a slide for every claim, with its figure, its verdict, and speaker notes."""

from __future__ import annotations

import datetime
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from reportgen.errors import EnvironmentProblem, UsageError
from reportgen.events import Events
from reportgen.line.exports import Desk, Look, Wanted, open_desk, render
from reportgen.line.place import locate
from reportgen.line.session import working
from reportgen.model import CheckResult, Claim, Verdict
from reportgen.project import template_folders
from reportgen.slides import archive
from reportgen.slides.deck import MM, check_free, load, read_deck
from reportgen.slides.files import replace_file
from reportgen.slides.provenance import marked
from reportgen.slides.update import SlideOptions, SlideResult, place_of
from reportgen.style import palette
from reportgen.typeset.captions import caption_text
from reportgen.typeset.fields import format_number
from reportgen.typeset.theme import Words, load_words

_SIGNS = {
    Verdict.CONFIRMED: "✓",
    Verdict.REFUTED: "✗",
    Verdict.PARTLY: "◐",
    Verdict.INCONCLUSIVE: "?",
    Verdict.EQUIVALENT: "≈",
    Verdict.DEFINITION: "§",
    Verdict.ERRATUM: "✎",
}
_RELATIONS = {"<=": "≤", ">=": "≥", "within": "∈"}
_WIDE = (12_192_000, 6_858_000)  # 16:9, as PowerPoint has it
_TITLE_POINTS = ((60, 32), (110, 28), (180, 24), (10_000, 20))  # longest text → size


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slide:
    """What a claim's slide says."""

    title: str
    verdict: str
    hue: str
    notes: str
    figure: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    """Where a slide's figure goes: corner in the deck's units, size and width of the slide in millimeters."""

    slide: Any
    figure: str | None
    corner: tuple[int, int]
    size: tuple[float, float]
    slide_width: float


def new_deck(
    path: Path,
    options: SlideOptions,
    *,
    template: Path | None = None,
    overwrite: bool = False,
    events: Events | None = None,
) -> SlideResult:
    """Write a deck with a title and a slide for every claim that the lecture's text places.

    ``template`` is a deck whose layouts, colors and fonts are taken; its slides are left out.
    """
    path = path.resolve()
    if path.exists():
        if not overwrite:
            raise UsageError("exists already", where=path, hint="choose another name, or add --overwrite")
        check_free(path)
    if not path.parent.is_dir():
        raise EnvironmentProblem("the folder does not exist", where=path.parent)
    presentation = _empty(options) if template is None else _emptied(template)
    place = locate(options.project)
    with place.store.lock(), working(place, events) as line:
        desk = open_desk(place, line, (), measure=options.measure, claims=True)
        if desk.broken:
            return SlideResult(path=path, failures=tuple(line.book.failures.values()))
        words = load_words(template_folders(place.project, place.lecture), place.languages[0])
        _add_cover(presentation, desk)
        contents = [_content(desk, claim, figure, words) for claim, figure in desk.claims()]
        frames = [_add_claim(presentation, content, options) for content in contents]
        _add_figures(frames, desk, options)
        if desk.broken:
            return SlideResult(path=path, failures=tuple(line.book.failures.values()))
        _describe(presentation, desk)
        out = io.BytesIO()
        presentation.save(out)
        with zipfile.ZipFile(out) as saved:
            members = [(name, saved.read(name)) for name in saved.namelist()]
        replace_file(path, lambda file: _write(members, file))
        return SlideResult(path=path, written=True, warnings=tuple(line.book.warnings))


def _write(members: list[tuple[str, bytes]], file: BinaryIO) -> None:
    archive.write(members, file)


def _emptied(template: Path) -> Any:
    """Return somebody's deck without its slides."""
    read_deck(template)  # for its messages
    presentation = load(template.resolve())
    for entry in list(presentation.slides._sldIdLst):
        presentation.part.drop_rel(entry.rId)
        presentation.slides._sldIdLst.remove(entry)
    return presentation


def _empty(options: SlideOptions) -> Any:
    """Return a plain 16:9 deck in the colors of the theme, its titles at the left."""
    from pptx.dml.color import RGBColor
    from pptx.oxml.ns import qn

    presentation = load(None)
    factor = _WIDE[0] / presentation.slide_width
    presentation.slide_width, presentation.slide_height = _WIDE
    paper = palette.mark_color("paper", options.theme)
    for master in presentation.slide_masters:
        for shapes in (master.shapes, *(layout.shapes for layout in master.slide_layouts)):
            for shape in shapes:
                if shape._element.xpath(".//a:xfrm"):
                    shape.left, shape.width = round(shape.left * factor), round(shape.width * factor)
        for style in master._element.xpath("./p:txStyles/p:titleStyle/a:lvl1pPr"):
            style.set("algn", "l")
        for centered in master.slide_layouts[0]._element.xpath(".//a:lvl1pPr[@algn='ctr']"):
            centered.set("algn", "l")
        if options.theme == "dark":
            for name, color in {"bg1": "dk1", "tx1": "lt1", "bg2": "dk2", "tx2": "lt2"}.items():
                master._element.find(qn("p:clrMap")).set(name, color)
            fill = master.background.fill
            fill.solid()
            fill.fore_color.rgb = RGBColor(*bytes.fromhex(paper.lstrip("#")))  # type: ignore[no-untyped-call]
    return presentation


def _layout(presentation: Any, kind: str, place: int) -> Any:
    """Return the layout of that kind; of templates that do not say, the one at its usual place."""
    layouts = list(presentation.slide_layouts)
    named = [layout for layout in layouts if layout._element.get("type") == kind]
    return named[0] if named else layouts[min(place, len(layouts) - 1)]


def _add_cover(presentation: Any, desk: Desk) -> None:
    lecture, language = desk.place.lecture, desk.place.languages[0]
    slide = presentation.slides.add_slide(_layout(presentation, "title", 0))
    if slide.shapes.title is not None:
        slide.shapes.title.text = lecture.title[language]
    lines = (lecture.subtitle[language], lecture.author[language], lecture.course[language], lecture.date)
    others = [shape for shape in slide.placeholders if shape.placeholder_format.idx != 0]
    if others:
        others[0].text = "\n".join(line for line in lines if line)


def _content(desk: Desk, claim: Claim, figure: str | None, words: Words) -> _Slide:
    language = desk.place.languages[0]
    result = desk.judged.results[claim.id]
    says = caption_text(claim.says[language])
    better = caption_text(claim.better[language]) if claim.better is not None else ""
    verdict = result.verdict
    title = better if better and verdict is not Verdict.CONFIRMED else says
    word = words.of("verdict", verdict.value if verdict is not None else "not measured")
    sign = "" if verdict is None else f"{_SIGNS[verdict]} "
    checks = [_check(check, language) for check in result.checks]
    deciding = [_check(check, language) for check in result.checks if check.role == "decides"]
    notes = [f"{claim.id} · {claim.source}", says, f"{sign}{word}", *checks]
    if title != says:
        notes.insert(2, f"→ {better}")
    if figure is not None:
        notes.append(caption_text(desk.words(figure, "caption", language)))
    return _Slide(
        title=title,
        verdict=f"{sign}{word} · {claim.id}" + (f" · {deciding[0]}" if len(deciding) == 1 else ""),
        hue=verdict.value if verdict is not None else "muted",
        notes="\n".join(notes),
        figure=figure,
    )


def _check(check: CheckResult, language: str) -> str:
    """Return a check in one line: label, estimate, interval, what it is held against."""
    text = f"{caption_text(check.label[language])}: {format_number(check.estimate)}"
    if check.low is not None and check.high is not None:
        text += f" [{format_number(check.low)}, {format_number(check.high)}]"
    bound = check.bound
    held = (
        f"[{format_number(bound[0])}, {format_number(bound[1])}]"
        if isinstance(bound, tuple)
        else format_number(bound)
    )
    return f"{text} {_RELATIONS[check.relation]} {held}" + ("" if check.n is None else f", n = {check.n}")


def _add_claim(presentation: Any, content: _Slide, options: SlideOptions) -> _Frame:
    """Add the slide; its figure comes when all of them are drawn."""
    from pptx.dml.color import RGBColor
    from pptx.util import Emu, Pt

    slide = presentation.slides.add_slide(_layout(presentation, "titleOnly", 5))
    width, height = presentation.slide_width, presentation.slide_height
    left, top, across = round(width * 0.05), round(height * 0.2), round(width * 0.9)
    title = slide.shapes.title
    if title is not None:
        title.text = content.title
        points = next(size for longest, size in _TITLE_POINTS if len(content.title) <= longest)
        for paragraph in title.text_frame.paragraphs:
            paragraph.font.size = Pt(points)
        if title.top + title.height < height * 0.4:
            left, across = title.left, title.width
            top = title.top + title.height + round(height * 0.01)
    bottom = round(height * 0.87)
    box = slide.shapes.add_textbox(Emu(left), Emu(bottom), Emu(across), Emu(round(height * 0.07)))
    box.name = "verdict"
    frame = box.text_frame
    frame.word_wrap = True
    frame.text = content.verdict
    font = frame.paragraphs[0].font
    font.size = Pt(18)
    font.bold = True
    color = palette.text_color(palette.role(content.hue).hue, options.theme)
    font.color.rgb = RGBColor(*bytes.fromhex(color.lstrip("#")))  # type: ignore[no-untyped-call]
    slide.notes_slide.notes_text_frame.text = content.notes
    return _Frame(
        slide=slide,
        figure=content.figure,
        corner=(left, top),
        size=(across / MM, (bottom - top) / MM),
        slide_width=width / MM,
    )


def _add_figures(frames: list[_Frame], desk: Desk, options: SlideOptions) -> None:
    """Put the figures on the slides as update would: PNG with SVG beside it, marked and described."""
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI
    from pptx.util import Emu

    from reportgen.slides.parts import add_svg

    language, store = desk.place.languages[0], desk.line.store
    wanted = {
        frame: [Wanted(frame.figure, language, _look(frame, options), fmt) for fmt in ("png", "svg")]
        for frame in frames
        if frame.figure is not None
    }
    keys = render(desk, [each for pair in wanted.values() for each in pair])
    if desk.broken:
        return
    for frame, pair in wanted.items():
        png, svg = (store.get_bytes(keys[each], f".{each.format}") or b"" for each in pair)
        mark = {"figure": pair[0].figure, "key": keys[pair[0]], "language": language}
        box = [*frame.corner, *(round(side * MM) for side in frame.size)]
        slide = frame.slide
        picture = slide.shapes.add_picture(io.BytesIO(marked(png, mark)), *map(Emu, box))
        picture.name = f"fig:{frame.figure}"
        picture._element.nvPicPr.cNvPr.set("descr", desk.words(pair[0].figure, "alt", language))
        uri = PackURI(f"/ppt/media/reportgen_{Path(slide.part.partname).stem}.svg")
        part = Part(uri, "image/svg+xml", slide.part.package, svg)
        add_svg(picture._element.blipFill.blip, slide.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE))


def _look(frame: _Frame, options: SlideOptions) -> Look:
    return Look(
        preset=options.preset,
        theme=options.theme,
        place=place_of(frame.slide_width, frame.size),
        dpi=options.dpi,
        transparent=options.transparent,
    )


def _describe(presentation: Any, desk: Desk) -> None:
    lecture, language = desk.place.lecture, desk.place.languages[0]
    properties = presentation.core_properties
    properties.title = lecture.title[language]
    properties.author = lecture.author[language]
    properties.last_modified_by = "reportgen"
    properties.language = language
    properties.revision = 1
    try:
        date = datetime.datetime.fromisoformat(lecture.date)
    except ValueError:
        date = datetime.datetime(1980, 1, 1)
    properties.created = properties.modified = date
