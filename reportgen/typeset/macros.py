"""What an author may write in a chapter (``<lecture>/<language>/<chapter>.md.j2``), beside Markdown.

``{{ claim('D09') }}``
    The claim: its sentence in the text, verdict and numbers in the margin. Alone in a paragraph, once.
``{{ figure('signal.histograms') }}``
    The figure with number and caption. Alone in a paragraph.
``{{ value('D09.rho.estimate', '.2f', 'ms') }}``
    A result, with a format and a unit if wanted.
``{{ source('signal:measure') }}``, ``{{ source('signal:measure', lines='3-20') }}``
    The text of a function of an experiment.
``{{ ref('signal.histograms') }}``, ``{{ ref('xavier') }}``, ``{{ ref('D09', 'as above') }}``
    A link to a figure, claim, equation, section or chapter, by default with its number.
``{{ label('gains') }}`` inside a heading
    Names the section for ``ref``.
``{% call eq('xavier') %} \\sigma_w = 1 {% endcall %}``
    A numbered equation; ``$…$`` and ``$$…$$`` are formulas without number.
``{{ note('…') }}`` or ``{% call note() %} … {% endcall %}``
    A note in the margin. Papers are Markdown footnotes: ``[^he]`` and ``[^he]: He et al. …``; one that is
    called in a note is printed there.
``{% call quiz('depth') %} … {% endcall %}``, later ``{% call answer('depth') %} … {% endcall %}``
    Asks first; the answer is folded in the HTML and stands at the back of the PDF.
``{% call teacher() %} … {% endcall %}``
    For the teacher's edition only.
``{{ value('…')|josa('은/는') }}`` or ``$\\rho${{ josa('은/는') }}``
    The Korean particle that agrees with what stands before it.
``{{ term('vanishing_gradient') }}``
    The lecture's word for a term of terms.toml.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from reportgen.errors import ProjectError
from reportgen.typeset import korean
from reportgen.typeset.fields import format_number, look_up
from reportgen.typeset.names import unknown
from reportgen.typeset.sandbox import current_place
from reportgen.typeset.view import View

Kind = Literal["claim", "figure", "source", "ref", "label", "eq", "note", "quiz", "answer", "teacher", "josa"]

# Private-use characters frame what a macro leaves in the Markdown: start, number, end.
START, END = "\ue000", "\ue001"
OPEN, CLOSE = "\ue002", "\ue003"  # of a block with Markdown inside
FRAMES = re.compile(f"[{START}{END}{OPEN}{CLOSE}]")


@dataclass(frozen=True, slots=True)
class Node:
    """What a macro left: its kind, its id, further arguments, and the line that called it."""

    kind: Kind
    id: str
    where: str
    line: int
    text: str = ""
    options: dict[str, str] = field(default_factory=dict)


class Macros:
    """The macros of one chapter; they leave numbered marks in the text and keep the nodes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.nodes: list[Node] = []
        self.allowed: dict[str, Callable[..., Any]] = {
            "claim": self._claim,
            "figure": self._figure,
            "value": self._value,
            "source": self._source,
            "ref": self._ref,
            "label": self._label,
            "eq": self._eq,
            "note": self._note,
            "quiz": self._quiz,
            "answer": self._answer,
            "teacher": self._teacher,
            "josa": self._josa,
            "term": self._term,
        }

    def _leave(self, kind: Kind, name: str = "", text: str = "", **options: str) -> str:
        where, line = current_place()
        self.nodes.append(Node(kind, name, where, line, text, options))
        return f"{START}{len(self.nodes) - 1}{END}"

    def _claim(self, name: str) -> str:
        self._must_know("claim", name, self._view.claims)
        return self._leave("claim", name)

    def _figure(self, name: str) -> str:
        self._must_know("figure", name, self._view.figures)
        return self._leave("figure", name)

    def _source(self, name: str, lines: str = "") -> str:
        self._must_know("source", name, self._view.sources)
        if lines and not re.fullmatch(r"\d+-\d+", lines):
            where, line = current_place()
            raise ProjectError(f"lines={lines!r} is no range such as '3-20'", where=where, line=line)
        return self._leave("source", name, lines=lines)

    def _value(self, path: str, spec: str = "", unit: str = "") -> str:
        where, line = current_place()
        value = look_up(self._view.values, path, where, line)
        try:
            text = format_number(value, spec, unit)
        except ValueError as error:
            raise ProjectError(
                f"format {spec!r} does not fit value {path!r}", where=where, line=line, hint=str(error)
            ) from error
        return re.sub(r"([\\`*_\[\]<>$|#~])", r"\\\1", text) if isinstance(value, str) else text

    def _ref(self, name: str, text: str = "") -> str:
        return self._leave("ref", name, text)

    def _label(self, name: str) -> str:
        self._must_be_name(name)
        return self._leave("label", name)

    def _eq(self, name: str, caller: Callable[[], str]) -> str:
        self._must_be_name(name)
        return f"\n\n{self._leave('eq', name, caller().strip())}\n\n"

    def _note(self, text: str = "", caller: Callable[[], str] | None = None) -> str:
        body = " ".join((text if caller is None else caller()).split())
        mark = self._leave("note")
        return f"{mark.replace(START, OPEN)}{body}{mark.replace(START, CLOSE)}"

    def _quiz(self, name: str, caller: Callable[[], str]) -> str:
        return self._block("quiz", name, caller())

    def _answer(self, name: str, caller: Callable[[], str]) -> str:
        return self._block("answer", name, caller())

    def _teacher(self, caller: Callable[[], str]) -> str:
        body = caller()
        return self._block("teacher", "", body) if self._view.edition == "teacher" else ""

    def _block(self, kind: Kind, name: str, body: str) -> str:
        if kind != "teacher":
            self._must_be_name(name)
        mark = self._leave(kind, name)
        opened, closed = mark.replace(START, OPEN), mark.replace(START, CLOSE)
        return f"\n\n{opened}\n\n{textwrap.dedent(body).strip()}\n\n{closed}\n\n"

    def _josa(self, pair: str) -> str:
        self._must_know_pair(pair)
        return self._leave("josa", pair)

    def josa_filter(self, word: Any, pair: str) -> str:
        """``word|josa('은/는')``; a mark (a reference) agrees once its number is known."""
        self._must_know_pair(pair)
        text = str(word)
        return f"{text}{self._leave('josa', pair)}" if END in text else korean.agree(text, pair)

    @staticmethod
    def _must_be_name(name: str) -> None:
        if not re.fullmatch(r"\w[\w.-]*", name):
            where, line = current_place()
            raise ProjectError(f"{name!r} is no name: letters, digits, . - _", where=where, line=line)

    def _must_know_pair(self, pair: str) -> None:
        if not korean.knows_pair(pair):
            where, line = current_place()
            raise unknown("particle pair", pair, ("은/는", "이/가", "을/를", "과/와", "으로/로"), where, line)

    def _term(self, key: str) -> str:
        words = {term.key: term.word for term in self._view.terms}
        self._must_know("term", key, words)
        return words[key]

    def _must_know(self, kind: str, name: str, known: Any) -> None:
        if name not in known:
            where, line = current_place()
            raise unknown(kind, name, known, where, line)
