"""The fonts that reportgen ships."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont

from reportgen.style import fonts
from reportgen.style.look import built_in_fonts


@pytest.fixture(params=fonts.OURS)
def font(request):
    with TTFont(built_in_fonts() / request.param, lazy=True) as font:
        yield font


def test_font_has_every_syllable_and_the_signs_of_our_text(font):
    known = set(font.getBestCmap())
    assert set(range(0xAC00, 0xD7A4)) <= known
    assert {ord(c) for c in "−×·±≤≥≈≠∂∑∞√σρδθ⁻⁰¹⁹₀₉“”‘’…–—→✓✗§←%‰\u202f\u2060"} <= known


def test_reserved_name_is_no_name_of_the_font(font):
    names = {record.nameID: str(record) for record in font["name"].names}
    assert names[1] == fonts.TEXT
    assert "Reserved Font Name Pretendard" in names[0]
    assert not [i for i, name in names.items() if i != 0 and ("Pretendard" in name or "Source" in name)]


def test_font_may_be_embedded_and_has_its_license(font):
    assert font["OS/2"].fsType == 0
    license_text = (built_in_fonts() / "OFL.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2021, Kil Hyung-jin" in license_text
    assert "SIL OPEN FONT LICENSE Version 1.1" in license_text


def test_matplotlib_knows_our_fonts_only():
    from matplotlib import font_manager

    fonts.register(built_in_fonts())
    assert {entry.name for entry in font_manager.fontManager.ttflist} == {
        fonts.TEXT,
        fonts.SYMBOLS,
        fonts.CODE,
    }


@pytest.mark.parametrize(("text", "missing"), [("기울기 소실 σ² ∇ ℝ", []), ("漢a漢😀", ["漢"])])
def test_missing_characters_are_named_once(text, missing):
    assert fonts.missing_characters(text, built_in_fonts())[:1] == missing
