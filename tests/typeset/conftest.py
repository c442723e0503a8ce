"""A sample view: three chapters, a claim of every verdict, simple figures; Korean and English."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from reportgen.model import Width
from reportgen.typeset import (
    ChapterView,
    CheckView,
    ClaimView,
    ErratumView,
    FigureView,
    LectureView,
    SourceView,
    TermView,
    View,
    render_pdf,
)
from reportgen.typeset.view import MemoryCache

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "templates"
Language = Literal["ko", "en"]

MEASURE = '''def measure(params, replicates):
    """Send fresh inputs through the layers and a random gradient back."""
    n = params["width"]
    for replicate in replicates:
        rng = replicate.generator("weights")
        x = rng.standard_normal((params["batch"], n))
        for layer in range(params["n_layers"]):
            w = rng.standard_normal((n, n)) * params["std"]  # the lecture's line, literally, and nothing else
            x = np.tanh(x @ w)
    return to_dataset(x)
'''


def drawing(width: int, height: int, text: str, *, themed: bool = False) -> str:
    """Return an SVG of a curve above an axis, with a label."""
    ink = "var(--ink)" if themed else "#1c1c1f"
    accent = "var(--accent)" if themed else "#1f4e79"
    size = "" if themed else f' width="{width}mm" height="{height}mm"'
    points = " ".join(f"{i * width / 40:.2f},{height * (0.8 - 0.7 * 0.9**i):.2f}" for i in range(2, 40))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="0 0 {width} {height}">'
        f'<path d="M4 {height * 0.85:.1f}H{width - 4}" stroke="{ink}" stroke-width=".3" fill="none"/>'
        f'<polyline points="{points}" stroke="{accent}" stroke-width=".5" fill="none"/>'
        f'<text x="6" y="{height * 0.97:.1f}" font-size="2.8" fill="{ink}" font-family="Reportgen Sans">'
        f"{text}</text></svg>"
    )


def make_claims(language: Language) -> dict[str, ClaimView]:
    """Read ``sample/claims.json``: texts by language, defaults left out."""
    entries = localized(json.loads((HERE / "sample" / "claims.json").read_text(encoding="utf-8")), language)
    return {entry["id"]: make_claim(entry) for entry in entries}


def make_claim(entry: dict[str, Any]) -> ClaimView:
    checks = [
        CheckView(
            **{**check, "bound": frozen(check.get("bound", 0.0)), "erratum": erratum(check.get("erratum"))}
        )
        for check in ({"estimate": 0.0, **check} for check in entry.get("checks", ()))
    ]
    parts = tuple((name, verdict) for name, verdict in entry.get("parts", ()))
    follows = tuple(entry.get("follows", ()))
    changed = tuple(entry.get("changed", ()))
    rest = {"verdict": None, **entry, "checks": tuple(checks), "parts": parts}
    return ClaimView(**{**rest, "follows": follows, "changed": changed})


def localized(value: Any, language: Language) -> Any:
    if isinstance(value, dict):
        if set(value) == {"ko", "en"}:
            return value[language]
        return {key: localized(item, language) for key, item in value.items()}
    return [localized(item, language) for item in value] if isinstance(value, list) else value


def frozen(bound: float | list[float]) -> float | tuple[float, ...]:
    return tuple(bound) if isinstance(bound, list) else bound


def erratum(entry: dict[str, Any] | None) -> ErratumView | None:
    return None if entry is None else ErratumView(**entry)


def make_view(language: Language = "ko", **changes: Any) -> View:
    korean = language == "ko"

    captions = json.loads((HERE / "sample" / "captions.json").read_text(encoding="utf-8"))

    def figure(name: str, width: Width, mm: tuple[int, int]) -> FigureView:
        label = "기울기 소실 σ_w = 0.64" if korean else "vanishing σ_w = 0.64"
        experiment = name.partition(".")[0]
        return FigureView(
            id=name,
            caption=captions[name][language],
            alt=captions["alt"][language],
            svg=drawing(*mm, label).encode(),
            themed=drawing(*mm, label, themed=True),
            width=width,
            file=f"experiments/{experiment}/{experiment}.py",
            n=20,
        )

    figures = [
        figure("signal.histograms", "wide", (160, 38)),
        figure("signal.rho", "text", (105, 55)),
        figure("training.panels", "margin", (48, 36)),
    ]
    names = ("signal", "bn", "optimizers")
    folder = HERE / "sample" / language
    view = View(
        language=language,
        lecture=LectureView(
            name="dnn",
            title="심층신경망의 학습, 다시 재다" if korean else "Training deep networks, measured again",
            subtitle="강의의 주장을 실험으로 확인하는 자료"
            if korean
            else "A lecture’s claims, put to the test",
            author="홍길동" if korean else "Gildong Hong",
            course="기계학습 입문" if korean else "Introduction to machine learning",
            institution="한국대학교 컴퓨터공학부" if korean else "Hankuk University",
            date="2025년 3월" if korean else "March 2025",
            version="1.0",
        ),
        chapters=tuple(
            ChapterView(
                stem=name,
                path=folder / f"{name}.md.j2",
                text=(folder / f"{name}.md.j2").read_text(encoding="utf-8"),
            )
            for name in names
        ),
        claims=make_claims(language),
        figures={f.id: f for f in figures},
        template_folders=(TEMPLATES,),
        values={"D09.rho.estimate": 0.5123, "signal.std_last.tanh": 0.0123, "optimizers.f_printed": 4.225},
        sources={"signal:measure": SourceView(code=MEASURE, file="experiments/signal/signal.py", line=41)},
        terms=(
            TermView(key="vanishing", word="기울기 소실", other="vanishing gradient"),
            TermView(key="std", word="표준편차", other="standard deviation", symbol="$\\sigma$"),
        ),
        provenance=(
            ("version", "0.1.0"),
            ("python", "3.11.2"),
            ("cpu", "x86-64 with AVX-512, 2 cores"),
            ("kernel", "SkylakeX"),
            ("seed", "20250301"),
            ("data", "digits 1f0c9a7e3b5d2846"),
        ),
        rebuild="git clone … reportgen\nmake handout",
    )
    return replace(view, **changes)


@pytest.fixture(scope="session")
def cache() -> MemoryCache:
    """One cache for all: formulas and font subsets are made once."""
    return MemoryCache()


@pytest.fixture(scope="session")
def sample() -> Callable[..., View]:
    """``sample(language, **changes)`` gives the sample view."""
    return make_view


@pytest.fixture(scope="session")
def small() -> Callable[..., View]:
    """``small(text, **changes)`` gives a view of one chapter with this text, in English unless told."""

    def make(text: str, language: Language = "en", **changes: Any) -> View:
        chapter = ChapterView(stem="one", path=Path("lecture/one.md.j2"), text=f"# Title\n\n{text}\n")
        return make_view(language, **{"chapters": (chapter,), **changes})

    return make


@pytest.fixture(scope="session")
def korean_pdf(cache: MemoryCache) -> bytes:
    return render_pdf(make_view("ko"), cache)
