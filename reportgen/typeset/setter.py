"""Set single pieces: inline Markdown, formulas, the theme's parts; keep the files that they name."""

from __future__ import annotations

import hashlib
import html
from typing import Any, Literal

from markdown_it.token import Token
from markupsafe import Markup

from reportgen.errors import ProjectError
from reportgen.typeset.formulas import FORMULA_ALT, FormulaError, set_formula
from reportgen.typeset.markdown import NOTE, make_markdown, plain_text
from reportgen.typeset.sandbox import make_environment, template_errors
from reportgen.typeset.theme import Words
from reportgen.typeset.view import Cache, View

Target = Literal["html", "pdf"]
# In em, for 105 mm: beside an equation's number, and centered with as much room on the left.
_WIDEST, _CENTERED = 26.5, 23.0


class Setter:
    """What every piece of the document needs: the view, the words, the parser, the theme's templates.

    Attributes
    ----------
    assets
        Files that the HTML for paper names as ``rg:<name>``: name → (MIME type, bytes).
    """

    def __init__(self, view: View, target: Target, words: Words, cache: Cache) -> None:
        self.view, self.target, self.words = view, target, words
        self.assets: dict[str, tuple[str, bytes]] = {}
        self._cache = cache
        self._where, self._text = "", ""  # what is being set, for messages
        self._md = make_markdown(self.formula, wrap=target == "pdf")
        self._environment = make_environment(
            view.template_folders, {}, {"plain": plain_text}, autoescape=True
        )

    def inline(self, text: str, where: str) -> Markup:
        """Return inline Markdown (captions, sentences of claims) as HTML."""
        self._where, self._text = where, ""
        done = self._md.renderInline(text).strip()
        if NOTE in done:
            raise ProjectError("a footnote stands in a chapter's text only", where=where)
        return Markup(done)

    def part(self, template: str, /, **data: Any) -> str:
        """Render ``theme/<name>.html.j2`` with the theme's words."""
        path = f"theme/{template}.html.j2"
        shared = {"words": self.words.plain, "target": self.target, "language": self.view.language}
        with template_errors(path, data):
            return self._environment.get_template(path).render(**shared, **data).strip()

    def parse(self, text: str, env: dict[str, Any]) -> list[Token]:
        """Return the tokens of block Markdown; ``env`` receives its footnotes."""
        return self._md.parse(text, env)

    def render(self, tokens: list[Token], env: dict[str, Any], where: str = "", text: str = "") -> str:
        """Return the HTML of tokens; ``text`` is the author's, in which a faulty formula's line is found."""
        if where:
            self._where, self._text = where, text
        return str(self._md.renderer.render(tokens, self._md.options, env))

    def formula(self, tex: str, display: bool) -> str:
        """Return the HTML of a formula."""
        try:
            formula = set_formula(tex, display=display, cache=self._cache)
        except FormulaError as error:
            snippet = tex.strip()  # in a string of a macro its backslashes are doubled
            line = line_of(self._text, snippet) or line_of(self._text, snippet.replace("\\", "\\\\"))
            raise ProjectError(
                f"formula cannot be set: {error}",
                where=self._where or None,
                line=line,
                hint=" ".join(tex.split()),
            ) from error
        tag, css = ("div", "math block") if display else ("span", "math")
        if self.target == "html":
            focus = ' tabindex="0"' if display else ""
            return f'<{tag} class="{css}"{focus}>{formula.mathml}</{tag}>'
        name = self.add_asset("math", formula.svg)
        scale = min(1.0, _WIDEST / formula.width) if display else 1.0
        width, height, depth = (round(x * scale, 4) for x in (formula.width, formula.height, formula.depth))
        if display and width > _CENTERED:
            css += " broad"
        style = f"width:{width:g}em;height:{height:g}em;vertical-align:{-depth:g}em"
        alt = FORMULA_ALT + html.escape(" ".join(tex.split()))
        image = f'<img class="formula" src="{name}" alt="{alt}" style="{style}">'
        return f'<{tag} class="{css}">{image}</{tag}>'

    def add_asset(self, kind: str, data: bytes, mime: str = "image/svg+xml") -> str:
        """Keep a file for the PDF under a name by its content; return the ``rg:`` address."""
        name = f"{kind}/{hashlib.sha256(data).hexdigest()[:20]}"
        self.assets[name] = (mime, data)
        return f"rg:{name}"


def line_of(text: str, snippet: str) -> int | None:
    """Return the line of the text, from 1, where the snippet first stands."""
    at = text.find(snippet) if snippet else -1
    return None if at < 0 else text.count("\n", 0, at) + 1
