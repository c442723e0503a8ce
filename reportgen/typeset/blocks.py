"""What macros left in the text becomes HTML: claims, figures, sources, references, questions, particles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from reportgen.errors import ProjectError, ReportgenError
from reportgen.typeset import korean
from reportgen.typeset.chapter import Chapter, Targets
from reportgen.typeset.fields import fill_fields
from reportgen.typeset.macros import CLOSE, END, OPEN, START, Node
from reportgen.typeset.markdown import listing, plain_text, strip_markdown
from reportgen.typeset.names import unknown
from reportgen.typeset.ribbon import claim_data
from reportgen.typeset.setter import Setter

_JOSA = "\ue00a"


class Blocks:
    """Resolves the marks of all chapters, once every number is known."""

    def __init__(self, setter: Setter, targets: Targets, chapters: Sequence[Chapter]) -> None:
        self._setter, self._view, self._words = setter, setter.view, setter.words
        self._targets, self._chapters = targets, chapters
        self.claims: dict[str, dict[str, Any]] = {}

    def prepare(self, claim_id: str) -> None:
        """Make the plain data of a placed claim, for its place and for the scoreboard."""
        claim = self._view.claims[claim_id]
        data = claim_data(
            claim, self._view, self._words, lambda t: self._setter.inline(t, f"claim {claim_id}")
        )
        placed = self._targets.figures()
        own = [i for i in claim.figures if i in placed]
        if not own:
            own = self._nearest_figure(claim_id, claim.experiment)
        data["figures"] = [
            {"id": i, "name": self._words.fill("ref_figure", number=self._targets[i][1])} for i in own
        ]
        data["follows"] = [{"id": i, "placed": i in self._targets} for i in data["follows"]]
        self.claims[claim_id] = data

    def _nearest_figure(self, claim_id: str, experiment: str) -> list[str]:
        """Return the experiment's figure that comes next in the claim's chapter, else the last one before it.

        Where the chapter has none, the first that is placed at all.
        """
        for chapter in self._chapters:
            if claim_id not in chapter.claims:
                continue
            names = [node.id for node in chapter.nodes if node.kind in ("claim", "figure")]
            place = names.index(claim_id)
            own = [name.partition(".")[0] == experiment and "." in name for name in names]
            after = [name for name, is_own in zip(names[place:], own[place:], strict=True) if is_own]
            before = [name for name, is_own in zip(names[:place], own[:place], strict=True) if is_own]
            if after or before:
                return after[:1] or before[-1:]
        return [i for i in self._targets.figures() if i.partition(".")[0] == experiment][:1]

    def resolve(self, chapter: Chapter) -> None:
        """Replace the chapter's marks by HTML."""
        text = self._cut_blocks(chapter, chapter.html)
        text = self._replace(chapter, text)
        for answer in chapter.answers:
            answer["body"] = Markup(self._agree(self._replace(chapter, answer["body"])))
        chapter.html = self._agree(text)

    def _replace(self, chapter: Chapter, text: str) -> str:
        noted = rf"{OPEN}\d+{END}(.*?){CLOSE}\d+{END}"
        text = re.sub(noted, lambda m: self._setter.part("note", body=Markup(m[1])), text)
        alone = rf"<p>{START}(\d+){END}</p>"
        text = re.sub(alone, lambda m: self._set(chapter.nodes[int(m[1])], block=True), text)
        return re.sub(rf"{START}(\d+){END}", lambda m: self._set(chapter.nodes[int(m[1])], block=False), text)

    def _cut_blocks(self, chapter: Chapter, text: str) -> str:
        """Wrap what stands between block marks; on a student's paper the answers go to the back."""
        pattern = re.compile(rf"<p>{OPEN}(\d+){END}</p>(.*?)<p>{CLOSE}\1{END}</p>", re.DOTALL)
        questions = [n for n in chapter.nodes if n.kind == "quiz"]
        numbers = {node.id: f"{chapter.number}.{i}" for i, node in enumerate(questions, 1)}
        answered = {node.id for node in chapter.nodes if node.kind == "answer"}
        at_the_back = self._setter.target == "pdf" and self._view.edition == "student"

        def wrap(match: re.Match[str]) -> str:
            node = chapter.nodes[int(match[1])]
            body = self._cut_blocks(chapter, match[2])
            if node.kind == "answer" and node.id not in numbers:
                raise unknown("quiz", node.id, numbers, node.where, node.line)
            data: dict[str, Any] = {
                "id": node.id,
                "number": numbers.get(node.id, ""),
                "body": Markup(body.strip()),
            }
            if node.kind == "answer" and at_the_back:
                chapter.answers.append(data)
                return ""
            if node.kind == "quiz":
                data["answered_at_the_back"] = at_the_back and node.id in answered
            return self._setter.part(node.kind, **data)

        return pattern.sub(wrap, text)

    def _set(self, node: Node, *, block: bool) -> str:
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
            return self._setter.part("claim", claim=self.claims[node.id])
        if node.kind == "figure":
            return self._figure(node.id)
        if node.kind == "source":
            return self._source(node)
        if node.kind == "eq":
            return self._setter.part(
                "equation",
                id=node.id,
                number=self._targets[node.id][1],
                body=Markup(self._setter.formula(node.text, True)),
            )
        if node.kind == "ref":
            return self._reference(node)
        if node.kind == "josa":
            return f"{_JOSA}{node.id}{_JOSA}"
        raise ProjectError("label() stands at the end of a heading")

    def _figure(self, name: str) -> str:
        figure = self._view.figures[name]
        where = f"figure {name}"
        caption = fill_fields(figure.caption, self._view.values, n=figure.n, where=where)
        alt = strip_markdown(fill_fields(figure.alt, self._view.values, n=figure.n, where=where))
        address = self._setter.add_asset("figure", figure.svg) if self._setter.target == "pdf" else ""
        return self._setter.part(
            "figure",
            id=name,
            number=self._targets[name][1],
            width=figure.width,
            caption=self._setter.inline(caption, where),
            alt=alt,
            file=figure.file,
            address=address,
            svg=Markup(figure.themed) if self._setter.target == "html" else Markup(""),
        )

    def _source(self, node: Node) -> str:
        source = self._view.sources[node.id]
        lines, first = source.code.rstrip().splitlines(), 1
        if node.options.get("lines"):
            first, last = (int(x) for x in node.options["lines"].split("-"))
            if not 1 <= first <= last <= len(lines):
                raise ProjectError(f"lines={first}-{last} lies outside the {len(lines)} lines of {node.id}")
            lines = lines[first - 1 : last]
        body = listing("\n".join(lines) + "\n", "python", wrap=self._setter.target == "pdf")
        return self._setter.part(
            "source",
            name=node.id.partition(":")[2],
            file=source.file,
            line=source.line + first - 1,
            body=Markup(body),
            wide="code wide" in body,
        )

    def _reference(self, node: Node) -> str:
        if node.id not in self._targets:
            raise unknown("reference", node.id, self._targets.names(), node.where, node.line)
        kind, number = self._targets[node.id]
        text = Markup.escape(node.text or self._words.fill(f"ref_{kind}", number=number))
        return str(
            Markup('<a class="ref ref-{}" href="#{}">{}</a>').format(
                kind, self._targets.anchor(node.id), text
            )
        )

    def _agree(self, text: str) -> str:
        """Replace what the particle macro left by the particle that agrees with the text before it."""

        def particle(match: re.Match[str]) -> str:
            before = match.string[max(0, match.start() - 4000) : match.start()]
            if before.endswith(("</math></span>", "</span>")) and 'class="math"' in before:
                tex = plain_text(before[before.rindex('<span class="math"') :])
                return korean.choose_particle(korean.spoken_tex(tex), match[1])
            return korean.choose_particle(plain_text(before.rpartition("<p")[2]), match[1])

        return re.sub(f"{_JOSA}([^{_JOSA}]*){_JOSA}", particle, text)
