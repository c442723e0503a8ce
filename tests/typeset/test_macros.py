"""What authors write: the macros, their errors with file and line, and what a template may not do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from reportgen.errors import ProjectError
from reportgen.typeset import ChapterView, View, check_placements, read_placement, render_html
from reportgen.typeset.view import MemoryCache

Small = Callable[..., View]


@pytest.fixture(autouse=True)
def _without_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Subsetting fonts for every case would take half a second each."""
    monkeypatch.setattr("reportgen.typeset.document.embedded_faces", lambda *_: "")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{{ figure('signal.histogram') }}", 3, "did you mean signal.histograms"),
        ("a\n\n{{ claim('D9') }}", 5, "unknown claim 'D9'"),
        ("{{ value('D09.rho.estimat') }}", 3, "did you mean D09.rho.estimate"),
        ("{{ value('D09.rho.estimate', 'q') }}", 3, "format 'q' does not fit"),
        ("{{ source('signal:mesure') }}", 3, "did you mean signal:measure"),
        ("{{ source('signal:measure', lines='9') }}", 3, "no range"),
        ("{{ source('signal:measure', lines='5-99') }}", 3, "outside the 10 lines"),
        ("see\n{{ ref('D09') }}", 4, "unknown reference 'D09'"),
        ("a {{ claim('D09') }}", 3, "stands alone"),
        ("{{ claim('D09') }}\n\n{{ claim('D09') }}", 5, "second time"),
        ("{{ clam('D09') }}", 3, "did you mean claim"),
        ("{{ claim() }}", 3, "missing 1 required"),
        ("{% if %}", 3, "Expected an expression"),
        ("{% include 'theme/missing.j2' %}", 3, "does not exist"),
        ("a\n\nwith $\\frac{a$ in it", 5, "a brace is not closed"),
        ("$$\n\\nosuch{x}\n$$", 4, "unknown command"),
        ("{% call eq('a') %}x^{% endcall %}", 3, "formula cannot be set"),
        (r"$x_{\text{입력}}$", 3, "its font has no character '입'"),
        ("{{ note('$\\\\nosuch$') }}", 3, "unknown command"),
        ("{% call eq('a b') %}x{% endcall %}", 3, "no name"),
        ("a[^he]\n\n[^hee]: He", 3, "unknown footnote 'he'"),
        ("{% call answer('q') %}a{% endcall %}", 3, "unknown quiz"),
        ("{{ value('D09.rho.estimate')|josa('은/을') }}", 3, "particle pair"),
        ("{{ term('stdd') }}", 3, "did you mean std"),
        ("# Second\n", 3, "second chapter title"),
        ("![x](http://example.org/x.png)", None, "images stand in figures"),
        ("```nosuch\nx\n```", None, "no highlighting"),
    ],
)
def test_fault_is_named_with_its_place(
    small: Small, cache: MemoryCache, text: str, line: int | None, message: str
) -> None:
    with pytest.raises(ProjectError, match=message) as caught:
        render_html(small(text), cache)
    assert caught.value.where == "lecture/one.md.j2"
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "{{ claim.__globals__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ self.__init__ }}",
        "{{ 'a'.upper() }}",
        "{{ cycler }}",
        "{{ ({}).update(a=1) }}",
        "{{ 'a' * 300000000 }}",
        "{{ 9 ** 9999 }}",
        "{{ 'x'|attr('__class__') }}",
        "{{ claim }}",
        "{% import 'os' as os %}",
    ],
)
def test_hostile_template_is_refused(small: Small, cache: MemoryCache, text: str) -> None:
    with pytest.raises(ProjectError):
        render_html(small(text), cache)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("<script>alert(1)</script>", "<script>alert"),
        ('<img src="file:///etc/passwd">', "<img src="),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ("[x](file:///etc/passwd)", 'href="file'),
    ],
)
def test_html_of_authors_is_text(small: Small, cache: MemoryCache, text: str, absent: str) -> None:
    assert absent not in render_html(small(text), cache)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("{{ value('D09.rho.estimate', '.2f')|josa('으로/로') }}", "0.51로"),
        ("$\\rho${{ josa('은/는') }} x", "</span>는 x"),
        ("{{ term('std') }}", '<p><span id="term-std">표준편차</span></p>'),
        ("{% call eq('a') %}x{% endcall %}\n\n{{ ref('a')|josa('을/를') }}", "식\u00a0(1.1)</a>을"),
        ("{{ ref('a') }}\n\n## 절 {{ label('a') }}", '<a class="ref ref-section" href="#a">1.1절</a>'),
        ("{{ ref('one') }}", ">1장</a>"),
        ("{{ ref('small') }}\n\n### 덧붙임 {{ label('small') }}", ">‘덧붙임’</a>"),
        (
            "{{ note('참고.[^a]') }} 글\n\n[^a]: 논문.",
            '<span class="sidenote" role="note">참고. 논문.</span>',
        ),
        ("`a < b`", "<code>a &lt; b</code>"),
    ],
)
def test_macro_prints(small: Small, cache: MemoryCache, text: str, html: str) -> None:
    assert html in render_html(small(text, "ko"), cache)


@pytest.mark.parametrize("label", ["one", "other"])
def test_label_of_a_chapter_leads_to_it(small: Small, cache: MemoryCache, label: str) -> None:
    view = small("")
    text = f"# T {{{{ label('{label}') }}}}\n\nSee {{{{ ref('{label}') }}}}.\n"
    chapter = dataclasses.replace(view.chapters[0], text=text)
    page = render_html(dataclasses.replace(view, chapters=(chapter,)), cache)
    assert '<a class="ref ref-chapter" href="#one">Chapter\u00a01</a>' in page


def test_answer_is_folded_and_teachers_see_their_notes(small: Small, cache: MemoryCache) -> None:
    text = "{% call quiz('q') %}Why?{% endcall %}\n\n{% call answer('q') %}So.{% endcall %}\n"
    text += "{% call teacher() %}Secret.{% endcall %}"
    page = render_html(small(text), cache)
    assert '<details class="answer" id="answer-q"><summary>Answer 1.1</summary>\n<p>So.</p>' in page
    assert "Secret" not in page
    assert "Secret" in render_html(small(text, edition="teacher"), cache)


def test_project_overrides_a_part_of_the_theme(small: Small, cache: MemoryCache, tmp_path: Path) -> None:
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme" / "cover.html.j2").write_text("<h1>mine {{ lecture.title }}</h1>", encoding="utf-8")
    (tmp_path / "theme" / "words.toml").write_text('[en]\ncontents = "What is in it"\n', encoding="utf-8")
    view = small("Text.")
    view = small("Text.", template_folders=(tmp_path, *view.template_folders))
    page = render_html(view, cache)
    assert "<h1>mine Training" in page
    assert "What is in it" in page


def test_placement_is_read_without_running() -> None:
    text = (
        "{{ claim('D09') }}\n{{ figure('a.b') }}{{ value('D09.rho.estimate') }}{% if x %}{{ y() }}{% endif %}"
    )
    found = read_placement(ChapterView(stem="a", path=Path("a.md.j2"), text=text))
    assert (dict(found.claims), dict(found.figures)) == ({"D09": 1}, {"a.b": 2})
    assert dict(found.values) == {"D09.rho.estimate": 2}


@pytest.mark.parametrize(
    ("korean", "english", "message"),
    [
        ("{{ claim('A') }}", "", "placed in 'ko' but not in 'en'"),
        ("{{ claim('A') }}", "{{ claim('B') }}", "placed in"),
        ("{{ claim('X') }}", "{{ claim('X') }}", "unknown claim 'X'"),
        ("{{ claim('A') }}{{ claim('A') }}", "", "second time"),
        ("{{ claim(x) }}", "", "literal string"),
    ],
)
def test_languages_place_the_same_claims(korean: str, english: str, message: str) -> None:
    def place(text: str) -> ChapterView:
        return ChapterView(stem="a", path=Path("a.md.j2"), text=text)

    with pytest.raises(ProjectError, match=message):
        check_placements(
            {"ko": [read_placement(place(korean))], "en": [read_placement(place(english))]},
            claims={"A", "B"},
            figures=set(),
        )
