"""Chapters: templates → Markdown → HTML, with numbers given and references resolved."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from markdown_it.token import Token
from markupsafe import Markup

from reportgen.errors import ProjectError, ReportgenError
from reportgen.typeset import korean
from reportgen.typeset.fields import fill_fields
from reportgen.typeset.formulas import FormulaError, set_formula
from reportgen.typeset.macros import CLOSE, END, FRAMES, OPEN, START, Macros, Node
from reportgen.typeset.markdown import listing, make_markdown, plain_text, strip_markdown
from reportgen.typeset.names import unknown
from reportgen.typeset.ribbon import claim_data
from reportgen.typeset.sandbox import StrictEnvironment, make_environment, template_errors
from reportgen.typeset.theme import Words
from reportgen.typeset.view import Cache, ChapterView, View

Target = Literal["html", "pdf"]
_NOTE, _NOTE_END = "\ue004", "\ue005"
_LABEL = re.compile(rf"\s*{START}(\d+){END}")
_JOSA = "\ue00a"


@dataclass(slots=True)
class Section:
    """A heading: ``number`` as printed ("2", "2.1"), empty for run-in headings."""

    id: str
    number: str
    title: Markup
    level: int


@dataclass(slots=True)
class Chapter:
    """A chapter on its way: nodes of its macros, headings, HTML, and what goes elsewhere."""

    view: ChapterView
    number: int
    nodes: list[Node] = field(default_factory=list)
    markdown: str = ""
    html: str = ""
    title: Markup = field(default_factory=Markup)
    sections: list[Section] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.view.stem


class Composer:
    """Turns the chapters of a view into HTML for one target, and keeps the files that the HTML names."""

    def __init__(self, view: View, target: Target, words: Words, cache: Cache, text_font: Path) -> None:
        self.view, self.target, self.words = view, target, words
        self.assets: dict[str, tuple[str, bytes]] = {}
        self.targets: dict[str, tuple[str, str]] = {}  # id → (kind, printed name)
        self.chapters: list[Chapter] = []
        self.data: dict[str, dict[str, Any]] = {}  # claims by id
        self._cache, self._font = cache, text_font
        self._place: tuple[str, str] = ("", "")  # what is being set: where, its text
        self._n_notes = 0
        self._md = make_markdown(self._formula, wrap=target == "pdf")
        self._md.add_render_rule("footnote_block_open", lambda *_: "\ue006")
        self._md.add_render_rule("footnote_block_close", lambda *_: "")
        self._md.add_render_rule("footnote_open", lambda _, t, i, *__: f"\ue007{t[i].meta['id']}\ue008")
        self._md.add_render_rule("footnote_close", lambda *_: "")
        self._md.add_render_rule("footnote_anchor", lambda *_: "")
        self.environment: StrictEnvironment = make_environment(
            view.template_folders, {}, {"plain": plain_text}, autoescape=True
        )

    def compose(self) -> list[Chapter]:
        """Return the finished chapters."""
        for number, chapter in enumerate(self.view.chapters, 1):
            self.chapters.append(self._run_template(Chapter(chapter, number)))
        for done in self.chapters:
            self._number(done)
        for done in self.chapters:
            self._to_html(done)
        for claim_id in [name for done in self.chapters for name in done.claims]:
            self.data[claim_id] = self._claim_data(claim_id)
        for done in self.chapters:
            self._resolve(done)
        return self.chapters

    def inline(self, text: str, where: str) -> Markup:
        """Return inline Markdown (captions, sentences of claims) as HTML."""
        self._place = (where, "")
        return Markup(self._md.renderInline(text).strip())

    def part(self, template: str, /, **data: Any) -> str:
        """Render ``theme/<name>.html.j2`` with the theme's words."""
        path = f"theme/{template}.html.j2"
        shared = {"words": self.words.plain, "target": self.target, "language": self.view.language}
        with template_errors(path, data):
            return self.environment.get_template(path).render(**shared, **data).strip()

    # ---- templates → Markdown

    def _run_template(self, chapter: Chapter) -> Chapter:
        view = chapter.view
        path = str(view.path)
        if found := FRAMES.search(view.text):
            line = view.text.count("\n", 0, found.start()) + 1
            raise ProjectError(f"private-use character U+{ord(found[0]):04X}", where=path, line=line)
        macros = Macros(self.view)
        environment = make_environment(
            self.view.template_folders, {path: view.text}, macros.allowed, autoescape=False
        )
        environment.filters["josa"] = macros.josa_filter
        with template_errors(path, {**macros.allowed, **environment.filters}):
            chapter.markdown = environment.get_template(path).render()
        chapter.nodes = macros.nodes
        return chapter

    def _number(self, chapter: Chapter) -> None:
        """Number figures and equations by chapter, in the order of the text."""
        counts = {"figure": 0, "eq": 0}
        for mark in re.finditer(rf"[{START}{OPEN}](\d+){END}", chapter.markdown):
            node = chapter.nodes[int(mark[1])]
            if node.kind == "claim":
                chapter.claims.append(node.id)
                self._name(node, "claim", node.id)
            elif node.kind in counts:
                counts[node.kind] += 1
                self._name(node, node.kind, f"{chapter.number}.{counts[node.kind]}")

    def _name(self, node: Node, kind: str, number: str) -> None:
        if node.id in self.targets:
            raise ProjectError(
                f"{node.id!r} is placed or named a second time", where=node.where, line=node.line
            )
        self.targets[node.id] = (kind, number)

    # ---- Markdown → HTML

    def _to_html(self, chapter: Chapter) -> None:
        path = str(chapter.view.path)
        self._place = (path, chapter.view.text)
        env: dict[str, Any] = {}
        try:
            tokens = self._md.parse(chapter.markdown, env)
            self._head(chapter, tokens)
            text = self._md.renderer.render(tokens, self._md.options, env)
        except ProjectError as error:
            raise error if error.where else ProjectError(error.what, where=path, hint=error.hint) from error
        text, _, tail = text.partition("\ue006")
        notes = {int(k): v for k, v in re.findall("\ue007(\\d+)\ue008([^\ue007]*)", tail)}
        chapter.html = self._footnotes(chapter, text, notes, env)

    def _head(self, chapter: Chapter, tokens: list[Token]) -> None:
        """Number the headings, give them ids; one ``#`` a chapter, at its start."""
        if not tokens or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
            raise ProjectError("a chapter begins with its title", line=1, hint="first line: # Title")
        n_sections = 0
        for i, token in enumerate(tokens):
            if token.type != "heading_open":
                continue
            level, inline = int(token.tag[1]), tokens[i + 1]
            label = _LABEL.search(inline.content)
            node = chapter.nodes[int(label[1])] if label else None
            for child in inline.children or []:
                child.content = _LABEL.sub("", child.content) if node else child.content
            title = Markup(self._md.renderer.render(inline.children or [], self._md.options, {}).strip())
            if level == 1:
                if i:
                    raise ProjectError(f"a second chapter title: {plain_text(title)!r}", hint="sections begin with ##")
                chapter.title, number, name = title, str(chapter.number), chapter.id
                self.targets[name] = ("chapter", number)
                if node and node.kind == "label":
                    self.targets[node.id] = ("chapter", number)
            elif level == 2:
                n_sections += 1
                number = f"{chapter.number}.{n_sections}"
                name = node.id if node else f"{chapter.id}-{n_sections}"
                if node:
                    self._name(node, "section", number)
                else:
                    self.targets[name] = ("section", number)
            else:
                number, name = "", node.id if node else ""
                if node:
                    self._name(node, "section", plain_text(title))
            chapter.sections.append(Section(name, number, title, level))
            tokens[i].tag = tokens[i + 2].tag = f"h{min(level, 3) + 1}"
            if name:
                token.attrSet("id", name)
            token.attrSet("class", ("", "chapter", "section", "runin")[min(level, 3)])
            token.attrSet("data-title", plain_text(title))
            if number:
                mark = Token("text", "", 0, content=number)
                opened = Token("html_inline", "", 0, content='<span class="number">')
                closed = Token("html_inline", "", 0, content="</span> ")
                inline.children = [opened, mark, closed, *(inline.children or [])]

    def _footnotes(self, chapter: Chapter, text: str, notes: dict[int, str], env: dict[str, Any]) -> str:
        """Put each footnote where it is called; a second call of one refers to the first."""
        numbers: dict[int, int] = {}

        def note(match: re.Match[str]) -> str:
            index = int(match[1])
            body = re.sub(r"</p>\s*<p>", "<br>", notes.get(index, "")).strip()
            body = re.sub(r"^<p>|</p>$", "", body).strip()
            if not body:
                label = env["footnotes"]["list"][index]["label"]
                known = [k.removeprefix(":") for k, v in env["footnotes"]["refs"].items() if notes.get(v)]
                line = self._line_of(chapter.view.text, f"[^{label}]")
                raise unknown("footnote", label, known, chapter.view.path, line)
            if index in numbers:
                return f'<sup class="again"><a href="#note-{numbers[index]}">{numbers[index]}</a></sup>'
            self._n_notes += 1
            numbers[index] = self._n_notes
            return self.part("footnote", number=self._n_notes, body=Markup(body))

        return re.sub(f"{_NOTE}(\\d+){_NOTE_END}", note, text)

    def _formula(self, tex: str, display: bool) -> str:
        where, text = self._place
        try:
            formula = set_formula(tex, display=display, text_font=self._font, cache=self._cache)
        except FormulaError as error:
            line = self._line_of(text, tex.strip()) if text else None
            raise ProjectError(
                f"formula cannot be set: {error}", where=where, line=line, hint=" ".join(tex.split())
            ) from error
        tag, css = ("div", "math block") if display else ("span", "math")
        if self.target == "html":
            focus = ' tabindex="0"' if display else ""
            return f'<{tag} class="{css}"{focus}>{formula.mathml}</{tag}>'
        name = self.add_asset("math", formula.svg)
        style = f"width:{formula.width:g}em;height:{formula.height:g}em;vertical-align:{-formula.depth:g}em"
        alt = html.escape(" ".join(tex.split()))
        image = f'<img class="formula" src="{name}" alt="{alt}" style="{style}">'
        return f'<{tag} class="{css}">{image}</{tag}>'

    def add_asset(self, kind: str, data: bytes, mime: str = "image/svg+xml") -> str:
        """Keep a file for the PDF under a name by its content; return the ``rg:`` address."""
        import hashlib

        name = f"{kind}/{hashlib.sha256(data).hexdigest()[:20]}"
        self.assets[name] = (mime, data)
        return f"rg:{name}"

    @staticmethod
    def _line_of(text: str, snippet: str) -> int | None:
        at = text.find(snippet)
        return None if at < 0 else text.count("\n", 0, at) + 1

    # ---- references and blocks

    def _resolve(self, chapter: Chapter) -> None:
        text = self._cut_blocks(chapter, chapter.html)
        text = self._replace(chapter, text)
        for answer in chapter.answers:
            answer["body"] = Markup(self._agree(self._replace(chapter, answer["body"])))
        chapter.html = self._agree(text)

    def _replace(self, chapter: Chapter, text: str) -> str:
        alone = rf"<p>{START}(\d+){END}</p>"
        text = re.sub(alone, lambda m: self._set(chapter, chapter.nodes[int(m[1])], block=True), text)
        return re.sub(
            rf"{START}(\d+){END}", lambda m: self._set(chapter, chapter.nodes[int(m[1])], block=False), text
        )

    def _cut_blocks(self, chapter: Chapter, text: str) -> str:
        """Wrap what stands between block marks; answers move to the chapter's end where they must."""
        pattern = re.compile(rf"<p>{OPEN}(\d+){END}</p>(.*?)<p>{CLOSE}\1{END}</p>", re.DOTALL)
        questions = [n for n in chapter.nodes if n.kind == "quiz"]
        numbers = {node.id: f"{chapter.number}.{i}" for i, node in enumerate(questions, 1)}

        def wrap(match: re.Match[str]) -> str:
            node = chapter.nodes[int(match[1])]
            body = self._cut_blocks(chapter, match[2])
            if node.kind == "answer" and node.id not in numbers:
                raise unknown("quiz", node.id, numbers, node.where, node.line)
            data = {"id": node.id, "number": numbers.get(node.id, ""), "body": Markup(body)}
            later = node.kind == "answer" and self.target == "pdf" and self.view.edition == "student"
            if later:
                chapter.answers.append(data)
                return ""
            return self.part(node.kind, **data)

        return pattern.sub(wrap, text)

    def _set(self, chapter: Chapter, node: Node, *, block: bool) -> str:
        if node.kind in ("claim", "figure", "source", "eq") and not block:
            raise ProjectError(
                f"{node.kind}() stands alone in its paragraph",
                where=node.where,
                line=node.line,
                hint="put an empty line before and after it",
            )
        try:
            return self._set_node(node)
        except ReportgenError as error:
            if error.line is not None:
                raise
            raise type(error)(
                f"{error.where}: {error.what}" if error.where else error.what,
                where=node.where,
                line=node.line,
                hint=error.hint,
            ) from error

    def _set_node(self, node: Node) -> str:
        if node.kind == "claim":
            return self.part("claim", claim=self.data[node.id])
        if node.kind == "figure":
            return self._figure(node.id)
        if node.kind == "source":
            return self._source(node)
        if node.kind == "eq":
            self._place = ("", "")
            return self.part(
                "equation", id=node.id, number=self.targets[node.id][1], body=Markup(self._formula(node.text, True))
            )
        if node.kind == "note":
            return self.part("note", body=self.inline(node.text, ""))
        if node.kind == "ref":
            return self._reference(node)
        if node.kind == "josa":
            return f"{_JOSA}{node.id}{_JOSA}"
        raise ProjectError("label() stands at the end of a heading")

    def _figure(self, name: str) -> str:
        figure = self.view.figures[name]
        where = f"figure {name}"
        caption = fill_fields(figure.caption, self.view.values, n=figure.n, where=where)
        alt = strip_markdown(fill_fields(figure.alt, self.view.values, n=figure.n, where=where))
        address = self.add_asset("figure", figure.svg) if self.target == "pdf" else ""
        return self.part(
            "figure",
            id=name,
            number=self.targets[name][1],
            width=figure.width,
            caption=self.inline(caption, where),
            alt=alt,
            file=figure.file,
            address=address,
            svg=Markup(figure.themed) if self.target == "html" else Markup(""),
        )

    def _source(self, node: Node) -> str:
        source = self.view.sources[node.id]
        lines, first = source.code.rstrip().splitlines(), 1
        if node.options.get("lines"):
            first, last = (int(x) for x in node.options["lines"].split("-"))
            if not 1 <= first <= last <= len(lines):
                raise ProjectError(f"lines={first}-{last} lies outside the {len(lines)} lines of {node.id}")
            lines = lines[first - 1 : last]
        body = listing("\n".join(lines) + "\n", "python", wrap=self.target == "pdf")
        return self.part(
            "source",
            name=node.id.partition(":")[2],
            file=source.file,
            line=source.line + first - 1,
            body=Markup(body),
            wide="code wide" in body,
        )

    def _reference(self, node: Node) -> str:
        if node.id not in self.targets:
            raise unknown("reference", node.id, self.targets, node.where, node.line)
        kind, number = self.targets[node.id]
        text = Markup.escape(node.text or self.words.fill(f"ref_{kind}", number=number))
        return str(Markup('<a class="ref ref-{}" href="#{}">{}</a>').format(kind, anchor(node.id), text))

    def _claim_data(self, name: str) -> dict[str, Any]:
        claim = self.view.claims[name]
        data = claim_data(claim, self.view, self.words, lambda t: self.inline(t, f"claim {name}"))
        placed = [i for i, (kind, _) in self.targets.items() if kind == "figure"]
        own = [i for i in claim.figures if i in placed]
        if not own:
            own = [i for i in placed if i.partition(".")[0] == claim.experiment][:1]
        data["figures"] = [
            {"id": i, "name": self.words.fill("ref_figure", number=self.targets[i][1])} for i in own
        ]
        data["follows"] = [{"id": i, "placed": i in self.targets} for i in data["follows"]]
        return data

    def _agree(self, text: str) -> str:
        """Replace what the particle macro left by the particle that agrees with the text before it."""

        def particle(match: re.Match[str]) -> str:
            before = match.string[max(0, match.start() - 4000) : match.start()]
            if before.endswith(("</math></span>", "</span>")) and 'class="math"' in before:
                tex = plain_text(before[before.rindex('<span class="math"') :])
                return korean.choose_particle(korean.spoken_tex(tex), match[1])
            return korean.choose_particle(plain_text(before.rpartition("<p")[2]), match[1])

        return re.sub(f"{_JOSA}([^{_JOSA}]*){_JOSA}", particle, text)


def anchor(name: str) -> str:
    """Return the id in the document of a figure, claim, equation or section."""
    return re.sub(r"[^\w.-]", "-", name)
