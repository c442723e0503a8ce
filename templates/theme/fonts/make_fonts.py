"""Make the Reportgen Sans faces from the TTF files of Pretendard 1.3.9.

Usage: ``python make_fonts.py FOLDER``, where FOLDER holds ``Pretendard-Regular.ttf`` and
``Pretendard-Bold.ttf`` (``package/dist/public/static/alternative`` of the npm package). Same input and same
fontTools, same bytes.

Keeps all 11172 Hangul syllables, Latin, Greek and symbols; drops kana, Cyrillic, private use, hinting and
glyph names. The upstream license reserves the name, so every naming record is written anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont, newTable

FAMILY = "Reportgen Sans"
VERSION = "1.309"
FACES = ("Regular", "Bold")
CHARACTERS = (
    (0x0020, 0x036F),  # Latin, phonetic letters, combining marks
    (0x0370, 0x03FF),  # Greek
    (0x1D00, 0x1DBF),  # raised and lowered letters
    (0x1E00, 0x1EFF),  # Latin with several marks
    (0x2000, 0x2BFF),  # punctuation, superscripts, arrows, mathematics, shapes
    (0x3000, 0x303F),  # East Asian punctuation
    (0x3130, 0x318F),  # Hangul letters
    (0x3200, 0x33FF),  # units
    (0xAC00, 0xD7A3),  # Hangul syllables
    (0xFFFD, 0xFFFD),
)
FEATURES = (
    "kern",
    "tnum",
    "ccmp",
    "liga",
    "locl",
    "case",
    "calt",
    "subs",
    "sups",
    "frac",
    "zero",
    "mark",
    "mkmk",
)
COPYRIGHT = (
    "Copyright (c) 2021, Kil Hyung-jin (https://github.com/orioncactus/pretendard), with Reserved Font Name "
    "Pretendard. Copyright (c) 2016-2020 The Inter Project Authors (https://github.com/rsms/inter). "
    "Copyright 2014-2021 Adobe (http://www.adobe.com/), with Reserved Font Name 'Source'."
)
DESIGNERS = (
    "Rasmus Andersson (Latin, Greek, symbols); Jang Soo-young and Kang Joo-yeon, Sandoll Communications "
    "(Hangul); Kil Hyung-jin (combination and redesign)"
)
LICENSE = (
    "This Font Software is licensed under the SIL Open Font License, Version 1.1. "
    "This license is available with a FAQ at: https://scripts.sil.org/OFL"
)
MACHINE_NAMES = 3, 1, 0x409  # Windows, Unicode, American English: what every reader understands


def make_face(source: Path, target: Path, face: str) -> None:
    """Subset and rename one face."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        layout_features=list(FEATURES),
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        name_IDs=[],
        legacy_kern=False,
        drop_tables=["DSIG"],
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in CHARACTERS for code in range(low, high + 1)])
    subsetter.subset(font)
    _rename(font, face)
    font.save(target, reorderTables=True)


def _rename(font: TTFont, face: str) -> None:
    postscript = f"{FAMILY.replace(' ', '')}-{face}"
    names = {
        0: COPYRIGHT,
        1: FAMILY,
        2: face,
        3: f"{VERSION};{postscript}",
        4: f"{FAMILY} {face}",
        5: f"Version {VERSION}",
        6: postscript,
        9: DESIGNERS,
        13: LICENSE,
        14: "https://scripts.sil.org/OFL",
    }
    font["name"] = newTable("name")
    font["name"].names = []
    for name_id, text in names.items():
        font["name"].setName(text, name_id, *MACHINE_NAMES)
    font["OS/2"].achVendID = "    "


def main(folder: Path) -> None:
    """Make every face beside this script."""
    for face in FACES:
        target = Path(__file__).with_name(f"{FAMILY.replace(' ', '')}-{face}.ttf")
        make_face(folder / f"Pretendard-{face}.ttf", target, face)
        print(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
