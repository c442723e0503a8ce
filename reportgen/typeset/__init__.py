"""Typesetting: a lecture's text, its judged claims and its figures → HTML and PDF.

The caller supplies one :class:`View` per language, plain data only, and calls::

    placements = [read_placement(chapter) for chapter in chapters]   # which ids the text places; runs nothing
    check_placements({"ko": placements_ko, "en": placements_en}, claims=…, figures=…, sources=…)
    html = render_html(view, cache)          # one self-contained page
    pdf = render_pdf(view, cache)            # tagged PDF/UA-1; equal views give equal bytes

``cache`` keeps formulas and font subsets by content (see :class:`Cache`); without it they are made anew.
What an author may write in a chapter stands in :mod:`reportgen.typeset.macros`.

Fields of captions, alt texts and evidence (``{D09.rho.estimate:.2f}``, ``{n}``) are filled here; the caller
may do the same for claims.json with :func:`fill_fields`.
"""

from reportgen.typeset.document import render_html
from reportgen.typeset.fields import fill_fields, format_number
from reportgen.typeset.paper import render_pdf
from reportgen.typeset.placement import Placement, check_placements, read_placement
from reportgen.typeset.view import (
    Cache,
    ChapterView,
    CheckView,
    ClaimView,
    ErratumView,
    FigureView,
    LectureView,
    SourceView,
    TermView,
    View,
)

__all__ = [
    "Cache",
    "ChapterView",
    "CheckView",
    "ClaimView",
    "ErratumView",
    "FigureView",
    "LectureView",
    "Placement",
    "SourceView",
    "TermView",
    "View",
    "check_placements",
    "fill_fields",
    "format_number",
    "read_placement",
    "render_html",
    "render_pdf",
]
