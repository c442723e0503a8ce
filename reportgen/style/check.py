"""What can be wrong with a drawn figure: words cut off, words upon words, characters that no font has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from reportgen.style import fonts
from reportgen.style.presets import MM_PER_INCH

TOLERANCE = 0.6  # points: boxes of text include air


@dataclass(frozen=True, slots=True)
class Clipped:
    """A text that sticks out of the figure, how far in millimeters, and where."""

    text: str
    side: str
    reach: float

    def __str__(self) -> str:
        return f"the label {self.text!r} is cut off at the {self.side} by {self.reach:.1f} mm"


def texts(figure: Figure) -> Iterator[Text]:
    """Yield the texts that are drawn."""
    ticked: set[int] = set()
    for ax in all_axes(figure):
        for axis in (ax.xaxis, ax.yaxis):
            ticked |= {id(text) for text in _tick_labels(axis)}
            if ax.get_visible() and axis.get_visible():
                yield from _shown_tick_labels(axis)
    for artist in figure.findobj(Text):
        if (
            isinstance(artist, Text)
            and id(artist) not in ticked
            and artist.get_visible()
            and artist.get_text().strip()
        ):
            if artist.axes is not None and not artist.axes.get_visible():
                continue
            yield artist


def all_axes(figure: Figure) -> list[Axes]:
    """Return the panels and the axes inside and beside them."""
    found: list[Axes] = []
    waiting = list(figure.axes)
    while waiting:
        ax = waiting.pop(0)
        found.append(ax)
        waiting += [child for child in ax.child_axes if isinstance(child, Axes)]
    return found


def overflow(figure: Figure, renderer: RendererAgg) -> dict[str, float]:
    """Return by how many pixels words stick out at each side, negative where none comes near."""
    whole, boxes = figure.bbox, [box for _, box in _boxes(figure, renderer)]
    if not boxes:
        return dict.fromkeys(("left", "right", "bottom", "top"), 0.0)
    union = Bbox.union(boxes)
    return {
        "left": whole.x0 - union.x0,
        "right": union.x1 - whole.x1,
        "bottom": whole.y0 - union.y0,
        "top": union.y1 - whole.y1,
    }


def find_clipped(figure: Figure, renderer: RendererAgg | None = None) -> list[Clipped]:
    """Return the texts that are not wholly inside the figure, the farthest side of each."""
    whole = figure.bbox
    found = []
    for text, box in _boxes(figure, renderer):
        reaches = {
            "left": whole.x0 - box.x0,
            "right": box.x1 - whole.x1,
            "bottom": whole.y0 - box.y0,
            "top": box.y1 - whole.y1,
        }
        side = max(reaches, key=lambda name: reaches[name])
        if reaches[side] > TOLERANCE:
            found.append(Clipped(text.get_text(), side, reaches[side] / figure.dpi * MM_PER_INCH))
    return found


def find_overlaps(figure: Figure, renderer: RendererAgg | None = None) -> list[tuple[str, str]]:
    """Return the pairs of texts whose boxes overlap."""
    boxes = [(text.get_text(), box) for text, box in _boxes(figure, renderer)]
    return [
        (first, second)
        for i, (first, a) in enumerate(boxes)
        for second, b in boxes[i + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > TOLERANCE and min(a.y1, b.y1) - max(a.y0, b.y0) > TOLERANCE
    ]


def find_missing(figure: Figure, folder: Path) -> list[tuple[str, str]]:
    """Return (character, text) for each character that our fonts lack."""
    return [
        (c, text.get_text())
        for text in texts(figure)
        for c in fonts.missing_characters(text.get_text(), folder)
    ]


def _boxes(figure: Figure, renderer: RendererAgg | None) -> list[tuple[Text, Bbox]]:
    renderer = renderer or FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    return [(text, text.get_window_extent(renderer)) for text in texts(figure)]


def _tick_labels(axis: Axis) -> Iterator[Text]:
    for tick in (*axis.majorTicks, *axis.minorTicks):
        yield tick.label1
        yield tick.label2


def _shown_tick_labels(axis: Axis) -> Iterator[Text]:
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        if low - slack <= tick.get_loc() <= high + slack:
            for label in (tick.label1, tick.label2):
                if label.get_visible() and label.get_text().strip():
                    yield label
