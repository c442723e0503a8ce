"""Chapters: templates → Markdown → HTML, with numbers given and references resolved."""

from __future__ import annotations

import re
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup

from reportgen.errors import ProjectError
from reportgen.typeset.blocks import Blocks
from reportgen.typeset.chapter import Chapter, Section, Targets
from reportgen.typeset.macros import CLOSE, END, FRAMES, OPEN, START, Macros
from reportgen.typeset.markdown import NOTE, NOTE_BODY, NOTE_END, NOTES, plain_text
from reportgen.typeset.names import unknown
from reportgen.typeset.sandbox import make_environment, template_errors
from reportgen.typeset.setter import Setter, line_of
from reportgen.typeset.view import View

_LABEL = re.compile(rf"\s*{START}(\d+){END}")


def compose(setter: Setter) -> tuple[list[Chapter], dict[str, dict[str, Any]]]:
    """Return the finished chapters, and the data of the placed claims by id."""
    targets = Targets()
    chapters = [_run_template(Chapter(c, i), setter.view) for i, c in enumerate(setter.view.chapters, 1)]
    for chapter in chapters:
        _number(chapter, targets)
    n_notes = 0
    for chapter in chapters:
        n_notes = _to_html(chapter, setter, targets, n_notes)
    blocks = Blocks(setter, targets, chapters)
    for claim_id in [name for chapter in chapters for name in chapter.claims]:
        blocks.prepare(claim_id)
    for chapter in chapters:
        blocks.resolve(chapter)
    return chapters, blocks.claims


def _run_template(chapter: Chapter, whole: View) -> Chapter:
    view = chapter.view
    path = str(view.path)
    if found := FRAMES.search(view.text):
        line = view.text.count("\n", 0, found.start()) + 1
        raise ProjectError(f"private-use character U+{ord(found[0]):04X}", where=path, line=line)
    macros = Macros(whole)
    environment = make_environment(
        whole.template_folders, {path: view.text}, macros.allowed, autoescape=False
    )
    environment.filters["josa"] = macros.josa_filter
    with template_errors(path, {**macros.allowed, **environment.filters}):
        chapter.markdown = environment.get_template(path).render()
    chapter.nodes = macros.nodes
    return chapter


def _number(chapter: Chapter, targets: Targets) -> None:
    """Number figures and equations by chapter, in the order of the text."""
    counts = {"figure": 0, "eq": 0}
    for mark in re.finditer(rf"[{START}{OPEN}](\d+){END}", chapter.markdown):
        node = chapter.nodes[int(mark[1])]
        if node.kind == "claim":
            chapter.claims.append(node.id)
            targets.add(node.id, "claim", node.id, node)
        elif node.kind in counts:
            counts[node.kind] += 1
            targets.add(node.id, node.kind, f"{chapter.number}.{counts[node.kind]}", node)


def _to_html(chapter: Chapter, setter: Setter, targets: Targets, n_notes: int) -> int:
    """Set the chapter's Markdown; return the number of footnotes so far."""
    path = str(chapter.view.path)
    env: dict[str, Any] = {}
    try:
        tokens = setter.parse(chapter.markdown, env)
        _head(chapter, tokens, setter, targets)
        text = setter.render(tokens, env, path, chapter.view.text)
    except ProjectError as error:
        if error.where:
            raise
        raise ProjectError(error.what, where=path, line=error.line, hint=error.hint) from error
    text, _, tail = text.partition(NOTES)
    notes = {int(k): v for k, v in re.findall(f"{NOTE_BODY}(\\d+){NOTE_END}([^{NOTE_BODY}]*)", tail)}
    chapter.html, n_notes = _footnotes(chapter, setter, text, notes, env, n_notes)
    return n_notes


def _head(chapter: Chapter, tokens: list[Token], setter: Setter, targets: Targets) -> None:
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
        title = Markup(
            setter.render(inline.children or [], {}, str(chapter.view.path), chapter.view.text).strip()
        )
        number = name = ""
        if level == 1:
            if i:
                raise ProjectError(
                    f"a second chapter title: {plain_text(title)!r}",
                    line=line_of(chapter.view.text, f"# {plain_text(title)}"),
                    hint="sections begin with ##",
                )
            chapter.title, number, name = title, str(chapter.number), chapter.id
            targets.add(name, "chapter", number)
            if node:
                targets.also(node.id, name, node)
        elif level == 2:
            n_sections += 1
            number = f"{chapter.number}.{n_sections}"
            name = node.id if node else f"{chapter.id}-{n_sections}"
            targets.add(name, "section", number, node)
        elif node:
            name = node.id
            targets.add(name, "heading", plain_text(title), node)
        chapter.sections.append(Section(name, number, title, level))
        _dress(token, tokens[i + 2], inline, Section(name, number, title, level))


def _dress(opened: Token, closed: Token, inline: Token, section: Section) -> None:
    """Give a heading its level in the document, its id and its number."""
    level = min(section.level, 3)
    opened.tag = closed.tag = f"h{level + 1}"
    if section.id:
        opened.attrSet("id", section.id)
    opened.attrSet("class", ("", "chapter", "section", "runin")[level])
    opened.attrSet("data-title", plain_text(section.title))
    if section.number:
        mark = Token("html_inline", "", 0, content=f'<span class="number">{section.number}</span> ')
        inline.children = [mark, *(inline.children or [])]


def _footnotes(
    chapter: Chapter, setter: Setter, text: str, notes: dict[int, str], env: dict[str, Any], n_notes: int
) -> tuple[str, int]:
    """Put each footnote where it is called; a second call of one refers to the first."""
    numbers: dict[int, int] = {}

    def body_of(index: int) -> str:
        body = re.sub(r"</p>\s*<p>", "<br>", notes.get(index, "")).strip()
        body = re.sub(r"^<p>|</p>$", "", body).strip()
        if body:
            return body
        label = env["footnotes"]["list"][index]["label"]
        known = [k.removeprefix(":") for k, v in env["footnotes"]["refs"].items() if notes.get(v)]
        line = line_of(chapter.view.text, f"[^{label}]")
        raise unknown("footnote", label, known, chapter.view.path, line)

    def note(match: re.Match[str]) -> str:
        index = int(match[1])
        if index in numbers:
            return f'<sup class="again"><a href="#note-{numbers[index]}">{numbers[index]}</a></sup>'
        numbers[index] = n_notes + len(numbers) + 1
        return setter.part("footnote", number=numbers[index], body=Markup(body_of(index)))

    def in_place(match: re.Match[str]) -> str:
        return re.sub(call, lambda m: f" {body_of(int(m[1]))}", match[0])

    call = f"{NOTE}(\\d+){NOTE_END}"
    text = re.sub(rf"{OPEN}\d+{END}(?:(?!</p>).)*?{CLOSE}\d+{END}", in_place, text, flags=re.DOTALL)
    done = re.sub(call, note, text)
    return done, n_notes + len(numbers)
