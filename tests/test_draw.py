# ruff: noqa: ARG001  (drawing functions have four arguments, needed or not)
"""Drawing: bytes that repeat, and errors for everything that would print badly."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from reportgen.draw import draw, drawn
from reportgen.errors import ExperimentError
from reportgen.model import Figure, Text
from reportgen.style import LectureWords, Style
from reportgen.style.check import find_overlaps

WORDS = LectureWords("ko")
LABEL = Text(ko="손실 뷁 10⁻³", en="loss")


def plain(summary, results, words, style):
    figure, ax = style.subplots(width="text", height=40)
    style.band(ax, [0, 1, 2], [1.0, 2.0, 3.0], [0.5, 1.0, 2.0], [2.0, 3.0, 4.0], "tanh", label="tanh")
    ax.set_xlabel(words(LABEL))
    ax.set_ylabel("a $x_1$ \\alpha ∇")
    return figure


def warns(summary, results, words, style):
    warnings.warn("something is odd", stacklevel=1)
    return plain(summary, results, words, style)


def divides(summary, results, words, style):
    return 1 / 0


def forgets(summary, results, words, style):
    plain(summary, results, words, style)


def tofu(summary, results, words, style):
    figure = plain(summary, results, words, style)
    figure.axes[0].set_title("漢")
    return figure


def strange_font(summary, results, words, style):
    figure = plain(summary, results, words, style)
    figure.axes[0].set_title("x", family="No Such Font")
    return figure


def too_long(summary, results, words, style):
    figure = plain(summary, results, words, style)
    figure.axes[0].set_xlabel("very long " * 20)
    return figure


def overlapping(summary, results, words, style):
    figure = plain(summary, results, words, style)
    for text in ("this", "that"):
        figure.axes[0].text(0.5, 2.0, text)
    return figure


def with_legend(summary, results, words, style):
    figure, ax = style.subplots(width="text", height=40)
    for label in ("first", "second"):
        ax.plot([0, 1, 2], [1, 2, 3], label=label)
    ax.legend()
    return figure


def figure_of(function):
    return Figure(name=function.__name__, caption=Text(), alt=Text(), draw=function)


def run(function, fmt="svg", *, style=None, **options):
    style = style or Style()
    return draw(
        figure_of(function), None, {}, WORDS, style, fmt, figure_id=f"x.{function.__name__}", **options
    )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (warns, r"figure x\.warns \(ko\): drawing warned: something is odd"),
        (divides, r"(?s)divides\(\) raised ZeroDivisionError.*in divides: return 1 / 0"),
        (forgets, r"returned NoneType, not a figure"),
        (tofu, r"figure x\.tofu \(ko\): the fonts have no character '漢' \(U\+6F22\) in '漢'"),
        (strange_font, r"No Such Font"),
        (too_long, r"is cut off at the (left|right) by"),
        (overlapping, r"'this' and 'that' overlap"),
    ],
)
def test_bad_figure_is_an_error_that_names_it(function, message):
    with pytest.raises(ExperimentError, match=message):
        run(function, strict=True)


def test_legend_is_measured_where_it_will_be_drawn():
    assert run(with_legend, strict=True)


def test_ugly_figure_is_drawn_with_a_warning_in_the_log(caplog):
    assert run(too_long)
    assert "is cut off" in caplog.text


def test_svg_text_is_text_in_our_fonts_and_dollars_are_characters():
    svg = run(plain).decode()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"손실 뷁 10⁻³", "a $x_1$ \\alpha ∇", "tanh"} <= set(texts)
    assert set(re.findall(r"font-family: ([^;\"]*)", svg)) == {"'Reportgen Sans', 'DejaVu Sans'"}
    assert 'width="105mm" height="40mm"' in svg


def test_ids_of_two_figures_differ():
    first, second = run(plain).decode(), run(overlapping).decode()
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (first, second)]
    assert all(ids)
    assert not ids[0] & ids[1]


DIGESTS = f"""
import hashlib, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_draw import plain, run
for fmt in ("svg", "png", "pdf"):
    print(hashlib.sha256(run(plain, fmt)).hexdigest())
"""


def test_bytes_repeat_in_another_process_and_with_another_hash_seed():
    again = subprocess.run(
        [sys.executable, "-c", DIGESTS],
        env={"PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [hashlib.sha256(run(plain, fmt)).hexdigest() for fmt in ("svg", "png", "pdf")]
    assert again.stdout.split() == here


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib

    before = dict(matplotlib.rcParams)
    run(plain)
    assert dict(matplotlib.rcParams) == before


def test_drawn_yields_the_finished_figure():
    with drawn(figure_of(overlapping), None, {}, WORDS, Style()) as figure:
        assert find_overlaps(figure) == [("this", "that")]
