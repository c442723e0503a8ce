"""The fonts of figures: ours for text, DejaVu for symbols and code, and no font of the machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import matplotlib
from matplotlib import font_manager, ft2font

from reportgen.errors import EnvironmentProblem

TEXT = "Reportgen Sans"
SYMBOLS = "DejaVu Sans"
CODE = "DejaVu Sans Mono"
OURS = ("ReportgenSans-Regular.ttf", "ReportgenSans-Bold.ttf")
DEJAVU = (
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSansMono-Bold.ttf",
)


def symbol_folder() -> Path:
    """Return the folder of the DejaVu fonts that matplotlib brings."""
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@cache
def register(folder: Path) -> None:
    """Make matplotlib know exactly our fonts and DejaVu, so that no font of the machine changes a figure."""
    files = [folder / name for name in OURS] + [symbol_folder() / name for name in DEJAVU]
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise EnvironmentProblem("font file is missing", where=missing[0], hint="Reinstall reportgen.")
    font_manager.fontManager.ttflist.clear()
    for file in files:
        font_manager.fontManager.addfont(file)


@cache
def _characters(folder: Path) -> frozenset[int]:
    files = (folder / OURS[0], symbol_folder() / DEJAVU[0])
    return frozenset(code for file in files for code in ft2font.FT2Font(str(file)).get_charmap())


def missing_characters(text: str, folder: Path) -> list[str]:
    """Return the characters that neither font of figures has, each once, in order."""
    known = _characters(folder)
    return list(dict.fromkeys(c for c in text if ord(c) not in known and not c.isspace()))
