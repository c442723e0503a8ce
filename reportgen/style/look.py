"""What every part of a style shares: medium, theme, colors, and matplotlib's settings while drawing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import reportgen
from reportgen.style import palette, presets
from reportgen.style.rc import SIZES


def built_in_fonts() -> Path:
    """Return the folder of the fonts that reportgen ships: in the wheel, else in the checkout."""
    package = Path(reportgen.__file__).parent
    embedded = package / "_embedded"
    return (embedded if embedded.is_dir() else package.parent) / "templates" / "theme" / "fonts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A medium (``handout``, ``slides``) and a theme (``light``, ``dark``)."""

    preset: str = "handout"
    theme: palette.Theme = "light"
    fonts: Path = field(default_factory=built_in_fonts)

    @property
    def medium(self) -> presets.Preset:
        """Return the sizes of the medium."""
        return presets.preset(self.preset)

    @property
    def scale(self) -> float:
        """Return the factor from points and millimeters on paper to those of the medium."""
        return self.medium.scale

    def size(self, of: str = "note") -> float:
        """Return the type size in points of ``tick``, ``label``, ``title`` or ``note``."""
        return SIZES[of] * self.scale

    def color(self, role: str) -> str:
        """Return the color of the role's lines and areas."""
        return palette.mark_color(palette.role(role).hue, self.theme)

    def text_color(self, role: str) -> str:
        """Return the color of the role's words, which needs more contrast than a line."""
        return palette.text_color(palette.role(role).hue, self.theme)

    def marker(self, role: str) -> str:
        """Return the role's marker."""
        return palette.role(role).marker

    def linestyle(self, role: str) -> palette.Dashes:
        """Return the role's dashes, as matplotlib's ``linestyle`` takes them."""
        return palette.role(role).dashes

    @contextmanager
    def context(self) -> Iterator[None]:
        """Set matplotlib up for this style; artists must be made and drawn inside."""
        import matplotlib

        from reportgen.style import fonts, rc

        settings = rc.settings(self.medium, self.theme)
        fonts.register(self.fonts)
        with matplotlib.rc_context(settings):  # type: ignore[arg-type]
            yield
