"""The style: palette, words, numbers on axes, sizes, and the marks that need care."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from reportgen.errors import ExperimentError, ProjectError
from reportgen.model import Text
from reportgen.style import LectureWords, Style, palette, themed_svg
from reportgen.style.check import find_overlaps
from reportgen.style.finish import finish
from reportgen.style.presets import MM_PER_INCH, PRESETS
from reportgen.style.svg import clean_svg
from reportgen.style.ticks import number


def test_hues_are_seaborns_colorblind_palette():
    import seaborn

    assert list(palette._HUES.values()) == list(seaborn.color_palette("colorblind").as_hex())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_color_can_be_read_on_the_paper(theme):
    colors = palette.variables(theme)
    paper = colors["rg-paper"]
    for name, color in colors.items():
        if name not in {"rg-paper", "rg-grid"}:
            words = name.endswith("-text") or name in {"rg-ink", "rg-muted"}
            assert palette.contrast(color, paper) >= (4.5 if words else 3.0), name


def test_light_colors_differ_so_that_each_finds_its_variable():
    colors = palette.variables("light")
    assert len(set(colors.values())) == len(colors)


@pytest.mark.parametrize(
    "group",
    [
        ("tanh", "relu", "sigmoid", "linear"),
        ("xavier", "he", "small", "large", "unit"),
        ("bn", "no_bn"),
        ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
        ("first", "second", "third", "fourth", "fifth", "sixth"),
    ],
)
def test_roles_of_a_group_differ_in_hue_and_marker(group):
    roles = [palette.role(name) for name in group]
    assert len({role.hue for role in roles}) == len({role.marker for role in roles}) == len(group)


def test_unknown_role_names_the_nearest():
    with pytest.raises(ExperimentError, match="momentum"):
        Style().color("momentun")


TERMS = {"layer": Text(ko="층", en="layer"), "loss": Text(ko="손실")}


def test_words_give_texts_and_terms_of_the_language():
    words = LectureWords("ko", TERMS)
    assert (words("layer"), words(Text(ko="평균", en="mean"))) == ("층", "평균")


@pytest.mark.parametrize(("key", "hint"), [("layers", "Did you mean layer"), ("loss", "There are ko")])
def test_words_refuse_what_they_do_not_have(key, hint):
    with pytest.raises(ProjectError, match=hint):
        LectureWords("en", TERMS)(key)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.98765, "0.988"),
        (-12.345, "−12.3"),
        (1234.5, "1234"),
        (9.999e-4, "0.00100"),
        (1.234e-7, "1.23×10⁻⁷"),
        (-4.2e9, "−4.20×10⁹"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
    ],
)
def test_number_is_written_with_unicode(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("limits", "labels"),
    [
        ((1e-6, 1), ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"]),
        ((1e-3, 1), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]),
        ((0.02, 20), ["0.1", "1", "10"]),
        ((0.1, 0.5), ["0.1", "0.2", "0.3", "0.5"]),
    ],
)
def test_log_axis_labels_decades_in_our_font(limits, labels):
    style = Style()
    with style.context():
        figure, ax = style.subplots(height=40)
        style.log_axis(ax)
        ax.set_ylim(*limits)
        finish(figure)
        low, high = limits
        ticks = [t for t in ax.yaxis.get_major_ticks() if low * 0.999 <= t.get_loc() <= high * 1.001]
        assert [t.label1.get_text() for t in ticks] == labels


@pytest.mark.parametrize(("width", "mm"), [("margin", 48), ("wide", 160), (90.0, 90)])
@pytest.mark.parametrize("preset", PRESETS)
def test_figures_have_their_size_on_paper_times_the_magnification(preset, width, mm):
    style = Style(preset=preset)
    with style.context():
        figure, _ = style.subplots(width=width, height=40)
    assert figure.get_size_inches() * MM_PER_INCH == pytest.approx([mm, 40])
    assert style.magnification(figure) == style.medium.magnification


def test_margins_are_millimeters_and_grow_only_for_words_that_need_it():
    style = Style()
    with style.context():
        figure, ax = style.subplots(width="text", height=50, right=5)
        finish(figure)
        assert (1 - ax.get_position().x1) * 105 == pytest.approx(5)
        style.direct_label(ax, 1.0, 0.5, "a label beside", "tanh")
        ax.set_xlim(0, 1)
        finish(figure)
        assert (1 - ax.get_position().x1) * 105 > 15


def test_direct_labels_of_one_side_are_moved_apart_in_order():
    style = Style()
    with style.context():
        figure, ax = style.subplots(width="text", height=50)
        labels = [style.direct_label(ax, 1, y, f"arm {y}", "tanh") for y in (0.5, 0.51, 0.52, 0.9)]
        ax.set(xlim=(0, 1), ylim=(0, 1))
        renderer = finish(figure)
        heights = [label.get_window_extent(renderer).y0 for label in labels]
        assert not find_overlaps(figure, renderer)
    assert heights == sorted(heights)
    assert labels[3].xyann[1] == 0


def test_histogram_keeps_its_numbers_clear_of_the_bars():
    style, words = Style(), LectureWords("ko")
    with style.context():
        figure, ax = style.subplots(width="margin", height=36)
        counts = np.full(20, 7.0)
        style.histogram(
            ax, np.linspace(-1, 1, 21), counts, "tanh", words=words, mean=-1e-4, std=0.61, saturated=0.3
        )
        renderer = finish(figure)
        (numbers,) = ax.texts
        assert numbers.get_text() == "평균 0.00\n표준편차 0.61\n포화 30\u202f%"
        top_of_bars = ax.transData.transform((0, 7.0))[1]
        assert numbers.get_window_extent(renderer).y0 > top_of_bars


def test_heat_puts_the_first_row_on_top_also_on_shared_axes():
    style = Style()
    with style.context():
        figure, axes = style.subplots(1, 2, width="wide", height=40, sharey=True)
        for ax in axes:
            style.heat(ax, [[1.0, -0.001], [0.0, 2.0]], rows=["a", "b"], columns=["x", "y"], form="+.1f")
        finish(figure)
        assert all(ax.get_ylim() == (2, 0) for ax in axes)
        assert [text.get_text() for text in axes[0].texts] == ["+1.0", "0.0", "0.0", "+2.0"]


def test_dense_scatter_becomes_pixels_and_a_light_one_stays():
    style = Style()
    with style.context():
        figure, ax = style.subplots(height=40)
        dense, light = ax.scatter(*np.zeros((2, 5000))), ax.scatter(*np.zeros((2, 20)))
        finish(figure)
    assert (bool(dense.get_rasterized()), bool(light.get_rasterized())) == (True, False)


def test_themed_svg_replaces_colors_in_styles_only():
    svg = '<svg><path style="fill: #0173b2; stroke: #123456"/><text>#0173b2</text></svg>'
    assert themed_svg(svg) == (
        '<svg><path style="fill: var(--rg-blue, #0173b2); stroke: #123456"/><text>#0173b2</text></svg>'
    )


def test_clean_svg_keeps_referenced_ids_only_and_prefixes_them():
    raw = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="9pt" height="9pt" viewBox="0 0 9 9">'
        '<defs><style type="text/css">*{stroke-linejoin: round}</style></defs><g id="axes_1"><!-- x -->'
        '<g clip-path="url(#p1)"><path id="m" d="M 1.23456 2"/><use xlink:href="#m" x="3.98765"/></g></g>'
        '<clipPath id="p1"/></svg>'
    )
    text = clean_svg(raw, prefix="f", width=10, height=20)
    assert text.startswith('<svg viewBox="0 0 9 9" width="10mm" height="20mm" style="stroke-linejoin: round')
    assert "url(#f-p1)" in text
    assert '<path id="f-m" d="M 1.23 2"/><use xlink:href="#f-m" x="3.99"/>' in text
    assert not {part for part in ("axes_1", "<!--", "<style") if part in text}


def test_words_and_themed_svg_load_no_matplotlib():
    code = "import sys, reportgen.style as s; s.themed_svg(''); sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
