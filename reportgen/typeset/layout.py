"""Look at the pages after layout and mend what CSS cannot say, by laying out again at most twice.

WeasyPrint has no floats to the top of a page: an unbreakable figure that does not fit leaves a gap. And the
ribbon beside a short claim may run over the page's foot, since it does not count to the claim's height.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_MAX_LAYOUTS = 3
_PX_PER_MM = 96 / 25.4
_GAP = 22 * _PX_PER_MM  # a smaller gap is no worse than a paragraph out of place
_TEXT_RIGHT = (25 + 105) * _PX_PER_MM


def settle(page: str, render: Callable[[str], Any]) -> Any:
    """Return the laid-out document of ``page``; ``render`` lays out HTML."""
    for _ in range(_MAX_LAYOUTS - 1):
        document = render(page)
        mended = _keep_whole(page, _torn_claims(document))
        mended = _postpone(mended, _late_figures(document))
        if mended == page:
            return document
        page = mended
    return render(page)


def _torn_claims(document: Any) -> list[str]:
    """Return the claims whose ribbon is not wholly on the claim's page."""
    claims: dict[str, set[int]] = {}
    ribbons: dict[str, set[int]] = {}
    for number, sheet in enumerate(document.pages):
        for box in _boxes(sheet):
            css = (box.element.get("class") or "").split()
            if "claim" in css:
                claims.setdefault(box.element.get("id"), set()).add(number)
            elif "ribbon" in css:
                ribbons.setdefault(box.element.get("data-claim"), set()).add(number)
    return [name for name, places in ribbons.items() if places != claims.get(name, places)]


def _late_figures(document: Any) -> list[str]:
    """Return the figures that begin a page and leave a gap at the foot of the page before."""
    late = []
    for before, sheet in zip(document.pages, document.pages[1:], strict=False):
        first = _first_figure(sheet)
        if first is not None and _gap(before) > _GAP:
            late.append(first)
    return late


def _first_figure(sheet: Any) -> str | None:
    top = sheet._page_box.content_box_y()
    for box in _boxes(sheet):
        if box.element_tag == "figure" and not box.is_floated() and box.position_y - top < 1:
            return str(box.element.get("id"))
    return None


def _gap(sheet: Any) -> float:
    box = sheet._page_box
    notes = sum(c.margin_height() for c in box.children if type(c).__name__ == "FootnoteAreaBox")
    main = box.children[0]
    bottoms = [
        b.position_y + b.margin_height()
        for b in main.descendants()
        if type(b).__name__ in ("LineBox", "InlineReplacedBox", "BlockReplacedBox")
        and b.position_x < _TEXT_RIGHT
    ]
    return float(box.content_box_y() + box.height - notes - max(bottoms, default=0.0)) if bottoms else 0.0


def _boxes(sheet: Any) -> Iterator[Any]:
    for box in sheet._page_box.descendants():
        if type(box).__name__ == "BlockBox" and getattr(box, "element", None) is not None:
            yield box


def _keep_whole(page: str, claims: list[str]) -> str:
    """Make a claim and its ribbon one unbreakable box."""
    for name in claims:
        pattern = rf'(?<!<div class="hold">)<section class="claim [^>]*\bid="{re.escape(name)}".*?</section>'
        page = re.sub(pattern, r'<div class="hold">\g<0></div>', page, count=1, flags=re.DOTALL)
    return page


def _postpone(page: str, figures: list[str]) -> str:
    """Let the paragraph after each figure go before it."""
    for name in figures:
        pattern = rf'(<figure id="{re.escape(name)}"(?:(?!</figure>).)*</figure>)(\s*)(<p>(?:(?!</p>).)*</p>)'
        page = re.sub(pattern, r"\3\2\1", page, count=1, flags=re.DOTALL)
    return page
