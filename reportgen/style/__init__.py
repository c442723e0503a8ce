"""How figures look: sizes, palette, fonts, and the marks that drawing functions put on axes.

``palette``, ``svg``, ``words`` and ``presets`` need no matplotlib; ``Style`` is loaded when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportgen.style.svg import themed_svg
from reportgen.style.words import LectureWords

if TYPE_CHECKING:
    from reportgen.style.style import Style

__all__ = ["LectureWords", "Style", "themed_svg"]


def __getattr__(name: str) -> Any:
    if name == "Style":
        from reportgen.style.style import Style

        return Style
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
