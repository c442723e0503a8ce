"""What every part of a style shares: medium, theme, colors, and matplotlib's settings while drawing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import reportgen
from reportgen.style import palette, presets
from reportgen.style.presets import MM_PER_INCH
from reportgen.style.rc import SIZES

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def built_in_fonts() -> Path:
    """Return the folder of the fonts that reportgen ships: in the wheel, else in the checkout."""
    package = Path(reportgen.__file__).parent
    embedded = package / "_embedded"
    return (embedded if embedded.is_dir() else package.parent) / "templates" / "theme" / "fonts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A medium (``handout``, ``slides``, …), a theme (``light``, ``dark``), and how the file shall be.

    Attributes
    ----------
    place
        Width and height in millimeters that the figure fills; None for what it asks for itself.
    dpi
        Pixels per inch; None for the medium's.
    transparent
        Whether the paper shows through; None leaves vectors transparent, as a page wants them.
    outlines
        Text in SVG as outlines, for places that do not have our fonts.
    """

    preset: str = "handout"
    theme: palette.Theme = "light"
    place: tuple[float, float] | None = None
    dpi: float | None = None
    transparent: bool | None = None
    outlines: bool = False
    fonts: Path = field(default_factory=built_in_fonts)

    @property
    def medium(self) -> presets.Preset:
        """Return the sizes of the medium."""
        return presets.preset(self.preset)

    def size(self, of: str = "note") -> float:
        """Return the type size in points on paper of ``tick``, ``label``, ``title`` or ``note``."""
        return SIZES[of]

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

        settings = rc.settings(self.theme) | {"svg.fonttype": "path" if self.outlines else "none"}
        fonts.register(self.fonts)
        with matplotlib.rc_context(settings):  # type: ignore[arg-type]
            yield

    def magnification(self, figure: Figure) -> float:
        """Return how much larger than it was drawn the figure is shown."""
        if self.place is None:
            return self.medium.magnification
        return self.place[0] / MM_PER_INCH / float(figure.get_figwidth())
