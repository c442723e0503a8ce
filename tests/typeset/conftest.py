"""A sample view: three chapters, a claim of every verdict, simple figures; Korean and English."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

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
)
from reportgen.typeset.view import MemoryCache, VerdictName

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[1] / "templates"
CACHE = MemoryCache()
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
        f'<text x="6" y="{height * 0.97:.1f}" font-size="2.8" fill="{ink}" font-family="Reportgen Sans">{text}</text></svg>'
    )


def make_check(name: str, ko: str, en: str, language: Language, **options: Any) -> CheckView:
    because = {
        "ko": options.pop("ko_because", "서른 층이면 600배 차이가 난다"),
        "en": options.pop("en_because", "over thirty layers this is a factor of 600"),
    }
    defaults: dict[str, Any] = {"role": "decides", "estimator": "mean", "relation": ">=", "n": 20}
    return CheckView(
        name=name, label=ko if language == "ko" else en, because=because[language], **{**defaults, **options}
    )


def make_claims(language: Language) -> dict[str, ClaimView]:
    def check(name: str, ko: str, en: str, **options: Any) -> CheckView:
        return make_check(name, ko, en, language, **options)

    def claim(name: str, verdict: VerdictName | None, ko: str, en: str, **options: Any) -> ClaimView:
        better = options.pop("better", None)
        return ClaimView(
            id=name,
            experiment=options.pop("experiment", "signal"),
            says=ko if language == "ko" else en,
            source="가중치 초기화",
            verdict=verdict,
            better=better and better[0 if language == "ko" else 1],
            **options,
        )

    printed = ErratumView(
        printed="`x == learning_rate * dx`",
        correct="`x -= learning_rate * dx`",
        evidence="인쇄된 줄은 비교만 하므로 x가 바뀌지 않는다. 30단계 뒤의 f는 {optimizers.f_printed:.3g}이다."
        if language == "ko"
        else "The printed line only compares, so x never changes; after 30 steps f = {optimizers.f_printed:.3g}.",
        severity="wrong",
        transcribed=True,
    )
    claims = [
        claim(
            "D09",
            "refuted",
            "표준편차를 0.01로 작게 잡으면 기울기가 사라지지 않는다.",
            "With a standard deviation of 0.01 the gradient does not vanish.",
            better=(
                "표준편차가 0.01이면 활성화도 기울기도 층마다 0.64배로 줄어든다.",
                "At 0.01 activations and gradients alike shrink to 0.64 per layer.",
            ),
            checks=(
                check("rho", "층당 이득 $\\rho$", "gain $\\rho$", bound=0.8, estimate=0.5123, low=0.5093, high=0.5151, verdict="refuted"),
                check("theory", "이론", "theory", role="validates", bound=(0.97, 1.03), relation="within", estimate=1.001, low=0.99, high=1.01, verdict="confirmed"),
                check("dw", "$\\partial L/\\partial W$의 크기", "size of $\\partial L/\\partial W$", role="reports", bound=0.0, estimate=3.2e-5, low=3.1e-5, high=3.3e-5, verdict="confirmed"),
            ),
        ),
        claim(
            "D10",
            "partly",
            "값이 0 둘레로 모이면 표현력이 제한되고 은닉 단위가 서로 겹친다.",
            "Values crowd around zero, so that expressiveness is limited and units become redundant.",
            better=(
                "값은 0 둘레로 모이고 유효 차원이 줄지만, 선형 사상으로 설명되는 비율은 사비에르보다 크지 않다.",
                "Values crowd around zero and the effective dimension falls, but the map does not become more linear.",
            ),
            checks=(
                check("ratio", "(a) 표준편차의 비", "(a) ratio of stds", relation="<=", bound=0.25, estimate=0.071, low=0.069, high=0.073, verdict="confirmed"),
                check("r2", "(b) 선형 $R^2$의 차이", "(b) difference of linear $R^2$", bound=0.0, estimate=-0.12, low=-0.15, high=-0.09, verdict="refuted", ko_because="차이가 있는지만 묻는다", en_because="the question is only whether there is a difference"),
                check("participation", "(c) 참여 비율", "(c) participation ratio", relation="<=", bound=0.5, estimate=0.49, low=0.46, high=0.53, verdict="inconclusive", n_needed=184.0, ko_because="절반이면 단위 둘 가운데 하나가 남는다", en_because="at one half, every second unit is spare"),
            ),
            parts=(("a", "confirmed"), ("b", "refuted"), ("c", "inconclusive")),
        ),
        claim(
            "D13",
            "confirmed",
            "표준편차를 $1/\\sqrt{n}$으로 잡는 사비에르 초깃값은 모든 층에 알맞다.",
            "Xavier’s $1/\\sqrt{n}$ is just right for all layers.",
            checks=(
                check("std", "마지막 층과 첫 층의 비", "last to first layer", relation="within", bound=(0.5, 2.0), scale="log", estimate=0.71, low=0.69, high=0.73, verdict="confirmed"),
                check("rho", "층당 이득", "gain a layer", relation="within", bound=(0.8, 1.25), scale="log", estimate=0.962, low=0.957, high=0.967, verdict="confirmed"),
            ),
        ),
        claim(
            "D06",
            "erratum",
            "tanh(1, 3, 5, 7, 9)는 0.76, 0.995, 0.999, 0.999, 0.999이므로 출력이 크다.",
            "tanh(1, 3, 5, 7, 9) = 0.76, 0.995, 0.999, 0.999, 0.999: the outputs are large.",
            erratum=True,
            better=("기울기가 사라지는 까닭은 출력이 작아서가 아니라 기울기가 0에 가까워서이다.", "The gradient vanishes because the slope is near zero, not because the output is small."),
            checks=(
                check("wording", "두 문장", "two sentences", role="printed", estimator="exact", bound=1.0, estimate=0.0, n=None, exact=True, verdict="erratum", erratum=replace(printed, printed="출력이 작다" if language == "ko" else "small outputs", correct="출력은 크고 기울기가 작다" if language == "ko" else "large outputs, small slopes", evidence="$\\tanh'(5) = 1.8 \\times 10^{{-4}}$", severity="misleading", transcribed=False)),
            ),
        ),
        claim(
            "C04",
            "confirmed",
            "배치 정규화를 쓰면 훨씬 넓은 범위의 초매개변수가 통한다.",
            "With batch normalization a much larger range of hyper-parameters works.",
            experiment="training",
            checks=(
                check("ratio", "학습률의 비", "ratio of learning rates", bound=2.0, scale="log", estimator="median", n=12, estimate=31.6, low=10.0, high=31.6, verdict="confirmed", ko_because="두 배는 반 자릿수 격자에서 가장 작은 걸음보다 작다", en_because="two is less than one step of the half-decade grid"),
            ),
            changed=("width = 64", "n_steps = 40"),
            state="quick",
        ),
        claim(
            "C11",
            "partly",
            "초깃값에 크게 의존하지 않는다.",
            "There is less dependence on initial values.",
            experiment="training",
            kind="reconstructed",
            erratum=True,
            better=("넓은 범위에서 학습이 되지만 가장 알맞은 초깃값에서는 차이가 없다.", "More scales learn, but at the best one there is no difference."),
            checks=(
                check("won", "(a) 이긴 눈금 수", "(a) scales won", bound=8.0, estimator="median", n=12, estimate=13.0, low=12.0, high=14.0, verdict="confirmed", ko_because="열여섯 눈금의 절반", en_because="half of sixteen scales"),
                check("usable", "(b) 쓸 수 있는 눈금의 비", "(b) ratio of usable scales", bound=2.0, scale="log", estimator="median", n=12, estimate=1.9, low=1.4, high=2.3, verdict="inconclusive", n_needed=5000.0),
                check("slip", "표기", "spelling", role="printed", estimator="exact", bound=1.0, estimate=0.0, n=None, exact=True, verdict="erratum", erratum=replace(printed, printed="Batch Normalisation Layer(BN, Ioffe 2014)", correct="Ioffe, Szegedy 2015", evidence="arXiv:1502.03167", severity="slip")),
            ),
            parts=(("a", "confirmed"), ("b", "inconclusive")),
        ),
        claim(
            "C12",
            "inconclusive",
            "드롭아웃의 필요가 줄어든다.",
            "There is less need for dropout.",
            experiment="training",
            better=("드롭아웃의 효과가 달라지는지는 이 자료로 알 수 없다.", "Whether dropout matters less cannot be told from these data."),
            checks=(
                check("gain", "이득의 차이", "difference of gains", bound=0.0, estimate=0.004, low=-0.006, high=0.014, verdict="inconclusive", n_needed=143.2, ko_because="차이의 부호만 묻는다", en_because="only the sign is asked for"),
            ),
        ),
        claim(
            "C07",
            "equivalent",
            "정규화는 활성화 함수 앞에 두어야 한다.",
            "Normalization belongs before the activation.",
            experiment="training",
            better=("앞에 두든 뒤에 두든 정확도는 같다.", "Before or after makes no difference to the accuracy."),
            checks=(
                check("place", "정확도의 차이", "difference of accuracy", bound=0.0, estimate=0.001, low=-0.004, high=0.006, verdict="equivalent", ko_because="0.01보다 작은 차이는 뜻이 없다", en_because="less than 0.01 means nothing"),
            ),
        ),
        claim("C01", None, "입력이 같아도 가중치가 조금 다르면 출력이 크게 달라진다.", "Slightly different weights can change the output completely.", experiment="training", state="not measured"),
        claim(
            "E04",
            "confirmed",
            "경사 하강법은 최적점에 한 걸음씩 다가간다.",
            "Gradient descent approaches the optimum step by step.",
            experiment="optimizers",
            erratum=True,
            checks=(
                check("formula", "식", "formula", estimator="exact", n=None, exact=True, relation="<=", bound=1e-12, estimate=2.2e-16, verdict="confirmed", ko_because="배정밀도의 반올림 오차", en_because="rounding in double precision"),
                check("line", "인쇄된 줄", "printed line", role="printed", estimator="exact", bound=1.0, estimate=0.0, n=None, exact=True, verdict="erratum", erratum=printed),
            ),
        ),
        claim("E01", "definition", "학습은 가장 좋은 매개변수를 찾는 일, 곧 최적화이다.", "Learning is finding the best parameters: optimization.", experiment="optimizers", better=None),
        claim("C10", "confirmed", "배치 정규화의 효과는 넓은 학습률에서 나타난다.", "The effect shows at a wide range of learning rates.", experiment="training", follows=("C04", "C09")),
        claim("H99", None, "비교 그림의 순서는 실험과 같다.", "The order of the comparison is that of the experiment.", experiment="broken", state="broken"),
    ]  # fmt: skip
    return {c.id: c for c in claims}


def make_view(language: Language = "ko", **changes: Any) -> View:
    korean = language == "ko"

    def figure(name: str, width: str, mm: tuple[int, int], ko: str, en: str) -> FigureView:
        return FigureView(
            id=name,
            caption=ko if korean else en,
            alt="층이 깊어질수록 값이 {D09.rho.estimate:.2f}배로 줄어드는 곡선"
            if korean
            else "A curve that falls to {D09.rho.estimate:.2f} a layer",
            svg=drawing(*mm, "기울기 소실 σ_w = 0.64" if korean else "vanishing σ_w = 0.64").encode(),
            themed=drawing(*mm, "기울기 소실 σ_w = 0.64" if korean else "vanishing", themed=True),
            width=width,  # type: ignore[arg-type]
            file=f"experiments/{name.partition('.')[0]}/{name.partition('.')[0]}.py",
            n=20,
        )

    figures = [
        figure("signal.histograms", "wide", (160, 38), "여섯째 층에서 모든 값이 0에 모인다. 층마다 표준편차가 {D09.rho.estimate:.2f}배가 된다. tanh, 너비 4096, 표준편차 0.01, $n = {n}$.", "All values of the sixth layer gather at zero; each layer keeps {D09.rho.estimate:.2f}. tanh, width 4096, std 0.01, $n = {n}$."),
        figure("signal.rho", "text", (105, 55), "이론(가는 선)과 측정(점)이 3\u202f% 안에서 일치한다. n = {n}.", "Theory (thin line) and measurement agree within 3\u202f%. n = {n}."),
        figure("training.panels", "margin", (48, 36), "배치 정규화가 있으면 더 넓은 눈금에서 학습된다.", "More scales learn with batch normalization."),
    ]  # fmt: skip
    names = ("signal", "bn", "optimizers")
    folder = HERE / "sample" / language
    view = View(
        language=language,
        lecture=LectureView(
            name="dnn",
            title="심층신경망의 학습, 다시 재다" if korean else "Training deep networks, measured again",
            subtitle="강의의 주장을 실험으로 확인하는 자료" if korean else "A lecture’s claims, put to the test",
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
        sources={
            "signal:measure": SourceView(code=MEASURE, file="experiments/signal/signal.py", line=41)
        },
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
    return CACHE
