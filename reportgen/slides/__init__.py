"""Figures in PowerPoint decks: updated in their frames, checked, or put into a deck of their own.

Needs python-pptx: ``pip install 'reportgen[slides]'``.
"""

from reportgen.slides.deck import Shape, read_deck
from reportgen.slides.mark import mark_picture
from reportgen.slides.new import new_deck
from reportgen.slides.update import Finding, SlideOptions, SlideResult, check_deck, update_deck

__all__ = [
    "Finding",
    "Shape",
    "SlideOptions",
    "SlideResult",
    "check_deck",
    "mark_picture",
    "new_deck",
    "read_deck",
    "update_deck",
]
