"""The object that drawing functions get."""

from __future__ import annotations

from reportgen.style.layout import Layout
from reportgen.style.lines import Lines
from reportgen.style.panels import Panels


class Style(Layout, Lines, Panels):
    """A medium and a theme, and everything that draws in them."""

    __slots__ = ()
