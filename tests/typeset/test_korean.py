"""Particles, unbroken words and emphasis."""

from __future__ import annotations

import pytest

from reportgen.typeset.korean import agree, choose_particle, join_words, spoken_tex
from reportgen.typeset.markdown import make_markdown
from reportgen.typeset.paper import _join_korean


@pytest.mark.parametrize(
    ("word", "pair", "particle"),
    [
        ("기울기", "은/는", "는"),
        ("신경망", "은/는", "은"),
        ("신경망", "는/은", "은"),  # either order
        ("층", "이/가", "이"),
        ("값", "과/와", "과"),
        ("식", "으로/로", "으로"),
        ("식 (4.2)", "을/를", "를"),
        ("식 (7.1)", "과/와", "과"),
        ("서울", "으로/로", "로"),  # ㄹ
        ("0", "은/는", "은"),  # 영
        ("2", "을/를", "를"),  # 이
        ("3", "으로/로", "으로"),  # 삼
        ("7", "으로/로", "로"),  # 칠
        ("10", "이/가", "이"),  # 십
        ("0.5", "이/가", "가"),  # 오
        ("0.50", "이/가", "이"),  # 영
        ("1,000", "을/를", "을"),  # 천
        ("10⁻³", "으로/로", "으로"),  # …승
        ("99\u202f%", "이/가", "가"),  # 퍼센트
        ("12\u202fms", "을/를", "를"),  # 밀리초
        ("σ", "은/는", "는"),
        ("N", "과/와", "과"),  # 엔
        ("L", "으로/로", "로"),  # 엘
        ("SGD", "은/는", "는"),
        ("BN", "은/는", "은"),
        ("Adam", "은/는", "은"),
        ("ReLU", "이/가", "가"),
        ("tanh", "은/는", "는"),
        ("model", "으로/로", "로"),  # 모델
        ("net", "을/를", "을"),  # 넷
        ("baseline", "과/와", "과"),  # 베이스라인
        ("기울기(gradient)", "은/는", "는"),  # the bracket is passed over
        ("**값**", "은/는", "은"),
        ("", "은/는", "는"),
    ],
)
def test_particle_agrees(word: str, pair: str, particle: str) -> None:
    assert choose_particle(word, pair) == particle
    assert agree(word, pair) == word + particle


@pytest.mark.parametrize(("tex", "ends"), [(r"\rho", ""), ("x_{1}", "x"), ("n", "x"), (r"\sqrt{n}", "x")])
def test_formula_ends_as_it_is_read(tex: str, ends: str) -> None:
    assert (choose_particle(spoken_tex(tex), "은/는") == "은") == bool(ends)


def test_words_are_joined_but_not_across_blanks() -> None:
    assert join_words("그러나 값(x)은") == "그\u2060러\u2060나 값(x)\u2060은"


def test_particles_and_footnotes_stay_with_what_they_belong_to() -> None:
    page = '<span class="math"></span>는 <a>표</a>를 본다.<span class="footnote"></span> <i>x</i>'
    joined = '<span class="math"></span>·는 <a>표</a>·를 본·다.·<span class="footnote"></span> <i>x</i>'
    assert _join_korean(page).replace("\u2060", "·") == joined


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**굵게(bold)**는", "<strong>굵게(bold)</strong>는"),
        ("값은**“따옴표”**이다", "값은<strong>“따옴표”</strong>이다"),
        ("**굵게**는", "<strong>굵게</strong>는"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("a_b_c", "a_b_c"),
        ("**bold**text", "<strong>bold</strong>text"),
    ],
)
def test_emphasis_beside_hangul(text: str, html: str) -> None:
    md = make_markdown(lambda tex, _: tex, wrap=False)
    assert md.renderInline(text) == html
