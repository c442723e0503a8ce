"""The first use of each term is found in running text, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.typeset import ChapterView, TermView
from reportgen.typeset.chapter import Chapter
from reportgen.typeset.first_uses import mark_first_uses

GRADIENT, VANISHING = (
    TermView(key="gradient", word="gradient"),
    TermView(key="vanishing", word="vanishing gradient"),
)
SLOPE = TermView(key="slope", word="기울기", other="slope")
RELU = TermView(key="relu", word="ReLU, rectified linear unit")


def chapter(html: str, number: int = 1) -> Chapter:
    return Chapter(ChapterView(stem=f"c{number}", path=Path("c.md.j2"), text=""), number, html=html)


@pytest.mark.parametrize(
    ("terms", "html", "marked", "section"),
    [
        (
            (GRADIENT,),
            "<p>Gradients fall.</p>",
            '<p><span id="term-gradient">Gradient</span>s fall.</p>',
            "1",
        ),
        (
            (GRADIENT, VANISHING),
            "<p>A vanishing gradient is a gradient.</p>",
            '<p>A <span id="term-vanishing">vanishing gradient</span> is a '
            '<span id="term-gradient">gradient</span>.</p>',
            "1",
        ),
        (
            (SLOPE,),
            "<p>큰기울기, 기울기는</p>",
            '<p>큰기울기, <span id="term-slope">기울기</span>는</p>',
            "1",
        ),
        (
            (RELU,),
            "<p>The rectified linear unit (ReLU)</p>",
            '<p>The <span id="term-relu">rectified linear unit</span> (ReLU)</p>',
            "1",
        ),
        (
            (GRADIENT,),
            '<h3 class="section"><span class="number">1.2</span> Gradient</h3><p><a href="#x">gradient</a> '
            "<code>gradient</code> upgradients gradient-free gradient</p>",
            '<h3 class="section"><span class="number">1.2</span> Gradient</h3><p><a href="#x">gradient</a> '
            '<code>gradient</code> upgradients gradient-free <span id="term-gradient">gradient</span></p>',
            "1.2",
        ),
    ],
)
def test_first_use_is_marked(terms: tuple[TermView, ...], html: str, marked: str, section: str) -> None:
    only = chapter(html)
    found = mark_first_uses([only], terms)
    assert only.html == marked
    assert set(found.values()) == {section}


def test_later_chapters_hold_no_first_use() -> None:
    first, second = chapter("<p>none</p>"), chapter("<p>gradient</p>", 2)
    third = chapter("<p>gradient</p>", 3)
    assert mark_first_uses([first, second, third], [GRADIENT]) == {"gradient": "2"}
    assert third.html == "<p>gradient</p>"


def test_a_term_that_the_text_lacks_has_no_place() -> None:
    assert mark_first_uses([chapter("<p>none</p>")], [GRADIENT]) == {}
