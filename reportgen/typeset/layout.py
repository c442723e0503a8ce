"""Mend, while the pages are laid out, what CSS cannot say.

WeasyPrint has no floats to the top of a page: an unbreakable figure that does not fit leaves a gap. And the
ribbon beside a short claim may run over the page's foot, since it does not count to the claim's height.
Each page is looked at when it is made; where something is wrong, the tree of boxes is changed and only that
page, or the one before it, is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_PX_PER_MM = 96 / 25.4
_GAP = 22 * _PX_PER_MM  # a smaller gap is no worse than a paragraph out of place
_TEXT_RIGHT = (25 + 105) * _PX_PER_MM
_MOST_SWAPS = 2  # paragraphs that may go before one figure
_HEADINGS = ("h2", "h3", "h4")


@contextmanager
def mending() -> Iterator[None]:
    """Let WeasyPrint make its pages by :func:`_make_pages`; it has no other place to step in."""
    from weasyprint import layout

    whole = layout.make_all_pages

    def make(context: Any, root: Any, html: Any, pages: list[Any]) -> Iterator[Any]:
        if pages:  # a second loop for page counters, of which our style has none
            return iter(whole(context, root, html, pages))
        return iter(_make_pages(context, root, html))

    layout.make_all_pages = make
    try:
        yield
    finally:
        layout.make_all_pages = whole


def _make_pages(context: Any, root: Any, html: Any) -> list[Any]:
    from weasyprint.layout.page import remake_page

    context.rendered_notes = []
    menders = _Menders(root)
    pages: list[Any] = []
    before: list[Callable[[], None]] = []
    while True:
        at = len(pages)
        before[at:] = [_snapshot(context)]
        state = context.page_maker[at][-1]
        state.update(content_changed=False, pages_wanted=False, anchors=[], content_lookups=[])
        page, resume_at = remake_page(at, context, root, html)
        if menders.free_claim(page, context.broken_out_of_flow):
            before[at]()
        elif pages and menders.postpone_figure(pages[-1], page):
            pages.pop()
            before[at - 1]()
        else:
            pages.append(page)
            if resume_at is None and not context.reported_footnotes:
                break
    context.page_maker = context.page_maker[: len(pages) + 1]
    context.broken_out_of_flow.clear()
    context.reported_footnotes.clear()
    return pages


def _snapshot(context: Any) -> Callable[[], None]:
    """Return what takes the context back to before a page: its footnotes, and floats that go on."""
    notes, reported = list(context.footnotes), list(context.reported_footnotes)
    broken = dict(context.broken_out_of_flow)

    def restore() -> None:
        context.footnotes, context.reported_footnotes = list(notes), list(reported)
        context.broken_out_of_flow = dict(broken)

    return restore


class _Menders:
    """The tree of boxes before layout, and what was changed in it so far."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._freed: set[str] = set()
        self._swaps: dict[str, int] = {}

    def free_claim(self, page: Any, broken: Any) -> bool:
        """Begin a new page with the first claim whose ribbon is not wholly on the claim's page."""
        top = page.content_box_y()
        whole = {id(box.element) for box in _boxes(page) if _is(box, "ribbon")}
        whole -= {id(box.element) for box in broken if getattr(box, "element", None) is not None}
        for box in _boxes(page):
            name = box.element.get("id")
            if not _is(box, "claim") or name in self._freed or box.position_y - top < 1:
                continue
            ribbon = box.element.find("aside")
            if ribbon is None or id(ribbon) in whole or _goes_on(box, page):
                continue
            self._freed.add(name)
            parent, at = self._find(box.element)
            while at and parent.children[at - 1].element_tag in _HEADINGS:
                at -= 1
            if at:
                first = parent.children[at]
                first.style = first.style.copy()
                first.style["break_before"] = "page"
                return True
        return False

    def postpone_figure(self, before: Any, page: Any) -> bool:
        """Let the next paragraph go before a figure that begins a page and leaves a gap on the one before."""
        figure = _first_figure(page)
        if figure is None or _gap(before) <= _GAP:
            return False
        name = figure.element.get("id")
        parent, at = self._find(figure.element)
        after = parent.children[at + 1] if at + 1 < len(parent.children) else None
        if after is None or after.element_tag != "p" or after.element.attrib:
            return False
        self._swaps[name] = self._swaps.get(name, 0) + 1
        if self._swaps[name] > _MOST_SWAPS:
            return False
        children = list(parent.children)
        children[at : at + 2] = [after, children[at]]
        parent.children = type(parent.children)(children)
        return True

    def _find(self, element: Any) -> tuple[Any, int]:
        """Return the parent and the place in it of an element's box."""
        stack = [self._root]
        while stack:
            parent = stack.pop()
            for at, child in enumerate(parent.children):
                if child.element is element and type(child).__name__ == "BlockBox":
                    return parent, at
                if hasattr(child, "children"):
                    stack.append(child)
        raise LookupError(element)


def _is(box: Any, css: str) -> bool:
    return css in (box.element.get("class") or "").split()


def _goes_on(box: Any, page: Any) -> bool:
    """Tell whether a claim is longer than what is left of the page: then its ribbon may be, too."""
    return bool(box.position_y + box.margin_height() > page.content_box_y() + page.height + 1)


def _first_figure(page: Any) -> Any:
    top = page.content_box_y()
    for box in _boxes(page):
        if box.element_tag == "figure" and not box.is_floated() and box.position_y - top < 1:
            return box
    return None


def _gap(page: Any) -> float:
    """Return the height that is empty at the page's foot, above its footnotes."""
    main, notes = page.children[:2]
    bottoms = [
        b.position_y + b.margin_height()
        for b in main.descendants()
        if type(b).__name__ in ("LineBox", "InlineReplacedBox", "BlockReplacedBox")
        and b.position_x < _TEXT_RIGHT
    ]
    below = notes.margin_height() if notes.children else 0.0
    return float(page.content_box_y() + page.height - below - max(bottoms)) if bottoms else 0.0


def _boxes(page: Any) -> Iterator[Any]:
    for box in page.children[0].descendants():
        if type(box).__name__ == "BlockBox" and getattr(box, "element", None) is not None:
            yield box
