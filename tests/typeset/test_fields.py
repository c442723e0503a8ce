"""Numbers as printed and fields of captions."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from reportgen.errors import ProjectError
from reportgen.typeset import CheckView, fill_fields, format_number
from reportgen.typeset.ribbon import bound_text, estimate_text
from reportgen.typeset.scoreboard import plot_position
from reportgen.typeset.theme import load_words

TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.mark.parametrize(
    ("value", "spec", "unit", "text"),
    [
        (0.5123, ".2f", "", "0.51"),
        (-0.5, "", "", "−0.5"),
        (-0.001, ".2f", "", "0.00"),
        (1.2e-5, ".1e", "", "1.2×10⁻⁵"),
        (1e-12, "", "", "10⁻¹²"),
        (20.0, "", "", "20"),
        (20.0, "d", "", "20"),
        (0.25, ".0%", "", "25\u202f%"),
        (12.0, ".0f", "ms", "12\u202fms"),
        (math.inf, "", "", "∞"),
        (math.nan, "", "", "—"),
        (None, ".2f", "", "—"),
        ("SkylakeX", "", "", "SkylakeX"),
    ],
)
def test_number_is_printed(value: float | str | None, spec: str, unit: str, text: str) -> None:
    assert format_number(value, spec, unit) == text


def test_fields_are_filled() -> None:
    assert fill_fields("{a.b:.1f} of {n}, {{x}}", {"a.b": 2.04}, n=20) == "2.0 of 20, {x}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{D09.rho.estimte}", "did you mean D09.rho.estimate"),
        ("{D09.rho.estimate:q}", "does not fit"),
        ("a { b", "stray brace"),
        ("{D09.rho.__class__}", "unknown value"),
    ],
)
def test_bad_field_is_refused(text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        fill_fields(text, {"D09.rho.estimate": 0.5}, where="figure x")


def make_check(
    estimate: float,
    low: float | None,
    high: float | None,
    bound: float | tuple[float, float] = 0.8,
    relation: str = ">=",
    scale: str = "linear",
) -> CheckView:
    return CheckView(
        name="x",
        label="x",
        because="x",
        role="decides",
        estimator="mean",
        relation=relation,  # type: ignore[arg-type]
        scale=scale,  # type: ignore[arg-type]
        bound=bound,
        estimate=estimate,
        low=low,
        high=high,
        verdict="confirmed",
    )


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.5123, 0.5093, 0.5151), ("0.512", "[0.509, 0.515]")),
        ((0.85, 0.8004, 0.9), ("0.8500", "[0.8004, 0.9000]")),  # not rounded onto the bound
        ((12345.6, 12300.0, 12400.0), ("12346", "[12300, 12400]")),
        ((3.2e-5, 3.1e-5, 3.3e-5), ("3.2×10⁻⁵", "[3.1×10⁻⁵, 3.3×10⁻⁵]")),
        ((13.0, 12.0, math.inf), ("13", "[12, ∞]")),
        ((0.25, None, None), ("0.25", "")),
    ],
)
def test_estimate_has_the_digits_of_its_interval(
    numbers: tuple[float, float | None, float | None], text: tuple[str, str]
) -> None:
    assert estimate_text(make_check(*numbers)) == text


def test_a_range_of_one_value_is_printed_as_equality() -> None:
    words = load_words((TEMPLATES,), "en")
    assert bound_text(make_check(0.25, None, None, (0.25, 0.25), "within"), words) == "=\u202f0.25"
    assert "0.5" in bound_text(make_check(0.25, None, None, (0.25, 0.5), "within"), words)


@pytest.mark.parametrize(
    ("check", "value", "position"),
    [
        (make_check(1, 1, 1, bound=2.0), 2.0, 0.0),
        (make_check(1, 1, 1, bound=2.0), 4.0, 0.5),
        (make_check(1, 1, 1, bound=2.0, relation="<="), 4.0, -0.5),
        (make_check(1, 1, 1, bound=2.0, scale="log"), 4.0, 0.5),
        (make_check(1, 1, 1, bound=(1.0, 3.0), relation="within"), 3.0, 0.5),
        (make_check(1, 1, 1, bound=2.0), math.inf, 1.0),
        (make_check(1, -math.inf, math.inf, bound=0.0), math.inf, 1.0),
    ],
)
def test_plot_has_one_scale(check: CheckView, value: float, position: float) -> None:
    assert plot_position(check, value) == pytest.approx(position)
