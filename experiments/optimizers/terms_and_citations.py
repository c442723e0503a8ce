"""Terms, citations and spellings of all slides, compared with their sources; and what kind of source G08 has.

Nothing is measured: each entry is a pair of strings, printed and correct, and a check counts the pairs that
differ. Citations are compared field by field, without regard to capitals. What other claims already compare
(formulas, codes, the wording of their own statements) is not repeated here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from reportgen import Check, Claim, Erratum, Experiment, Text

# Printed on the slides, as transcribed, and as the source has it: authors, title, venue, year.
CITATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "glorot": (
        (
            "Glorot and Bengio",
            "Understanding the difficulty of training deep feedforward neural networks",
            "AISTAT",
            "2010",
        ),
        (
            "Glorot and Bengio",
            "Understanding the difficulty of training deep feedforward neural networks",
            "AISTATS",
            "2010",
        ),
    ),
    "he": (
        (
            "He et al",
            "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification",
            "ICCV",
            "2015",
        ),
        (
            "He et al",
            "Delving deep into rectifiers: Surpassing human-level performance on ImageNet classification",
            "ICCV",
            "2015",
        ),
    ),
    "nesterov_1983": (
        (
            "Nesterov",
            "A method of solving a convex programming problem with convergence rate O(1/k^2)",
            "",
            "1983",
        ),
        (
            "Nesterov",
            "A method of solving a convex programming problem with convergence rate O(1/k^2)",
            "",
            "1983",
        ),
    ),
    "nesterov_2004": (
        ("Nesterov", "Introductory lectures on convex optimization: a basic course", "", "2004"),
        ("Nesterov", "Introductory lectures on convex optimization: A basic course", "", "2004"),
    ),
    "sutskever": (
        (
            "Sutskever et al",
            "On the importance of initialization and momentum in deep learning",
            "ICML",
            "2013",
        ),
        (
            "Sutskever et al",
            "On the importance of initialization and momentum in deep learning",
            "ICML",
            "2013",
        ),
    ),
    "tieleman": (
        ("Tieleman and Hinton", "", "", "2012"),
        (
            "Tieleman and Hinton",
            "Lecture 6.5-rmsprop: Divide the gradient by a running average of its recent magnitude",
            "COURSERA: Neural Networks for Machine Learning",
            "2012",
        ),
    ),
    "kingma": (
        ("Kingma and Ba", "Adam: A method for stochastic optimization", "ICLR", "2015"),
        ("Kingma and Ba", "Adam: A method for stochastic optimization", "ICLR", "2015"),
    ),
}
ADDRESS = (
    "https://androidkt.com/initialize-weight-biras-pyttorch/",
    "https://androidkt.com/initialize-weight-bias-pytorch/",
)
# What one letter or sign more or less makes wrong: these may be damage of the scan.
LETTERS = (
    ("확설함수", "활성화 함수"),
    ("모멤텀", "모멘텀"),
    ("Kaming", "Kaiming"),
    ("심층신경망(딥러닝:Deep Learning))", "심층신경망(딥러닝: Deep Learning)"),
    ("기울기 소실(Gradient Vanish 현상", "기울기 소실(vanishing gradient) 현상"),
)
SPELLINGS = (
    ("RmsProp", "RMSProp"),
    ("TanH, tanH", "tanh"),
    ("드랍아웃", "드롭아웃"),
    ("초기값", "초깃값"),
    ("decayrate", "decay rate"),
)
SENTENCES = (
    ("무엇으로 설정하느냐에 따라서 … 성공 요인 중 하나", "무엇으로 설정하느냐가 … 성공 요인 중 하나"),
    ("초기에 딥러닝 연구에는", "초기의 딥러닝 연구에서는"),
)


def citations_that_differ() -> int:
    """Return in how many citations a field differs from the source, capitals aside."""
    return sum(
        any(one.casefold() != other.casefold() for one, other in zip(printed, correct, strict=True))
        for printed, correct in CITATIONS.values()
    )


def differing(pairs: Sequence[tuple[str, str]]) -> int:
    """Return how many of the pairs differ."""
    return sum(printed != correct for printed, correct in pairs)


def in_one_line(pairs: Sequence[tuple[str, str]], side: int, marks: str) -> str:
    """Return one side of the pairs in one line, each between the two marks."""
    opening, closing = marks[0], marks[1]
    return ", ".join(f"{opening}{pair[side]}{closing}" for pair in pairs)


NONE_MAY_DIFFER = Text(ko="하나라도 다르면 정오표에 오른다.", en="Any difference goes into the errata.")


def listed(
    name: str,
    label: Text,
    pairs: Sequence[tuple[str, str]],
    evidence: Text,
    *,
    transcribed: bool,
    marks: str = "``",
) -> Check:
    """Return a check that counts the pairs that differ; the erratum lists them between the marks."""
    return Check(
        name=name,
        label=label,
        quantity=lambda: differing(pairs),
        estimator="exact",
        relation="<=",
        bound=0.0,
        role="printed",
        because=NONE_MAY_DIFFER,
        erratum=Erratum(
            printed=Text(ko=in_one_line(pairs, 0, marks), en=in_one_line(pairs, 0, marks)),
            correct=Text(ko=in_one_line(pairs, 1, marks), en=in_one_line(pairs, 1, marks)),
            evidence=evidence,
            severity="slip",
            transcribed=transcribed,
        ),
    )


def term(
    name: str, printed: str, correct: Text, english: str, evidence: Text, *, transcribed: bool = False
) -> Check:
    """Return a check on one misleading term; ``english`` says what the printed word means."""
    return Check(
        name=name,
        label=Text(ko=f"용어: {printed}", en=f"term: {printed} ({english})"),
        quantity=lambda: differing([(printed, correct["ko"])]),
        estimator="exact",
        relation="<=",
        bound=0.0,
        role="printed",
        because=NONE_MAY_DIFFER,
        erratum=Erratum(
            printed=Text(ko=f"“{printed}”", en=f"“{printed}” ({english})"),
            correct=correct,
            evidence=evidence,
            severity="misleading",
            transcribed=transcribed,
        ),
    )


TERMS: Mapping[str, Any] = {
    "vanishing": term(
        "vanishing",
        "기울기손실",
        Text(ko="기울기 소실", en="기울기 소실 (vanishing gradient)"),
        "gradient loss",
        Text(
            ko="‘손실’은 손실 함수(loss)의 말이다. 다른 슬라이드는 모두 ‘기울기 소실’이라 한다.",
            en="손실 is the word for the loss function; all other slides write 기울기 소실.",
        ),
        transcribed=True,
    ),
    "optimizer": term(
        "optimizer",
        "최적화 함수(Optimizer)",
        Text(ko="최적화 방법(optimizer)", en="최적화 방법 (optimization method)"),
        "optimization function",
        Text(
            ko="최적화하는 방법은 함수가 아니라 알고리즘이다. ‘함수’는 최소화할 손실 함수와 혼동하게 한다.",
            en="An optimizer is an algorithm, not a function; “function” invites confusion with the loss "
            "function, which it minimizes.",
        ),
    ),
    "deep_learning": term(
        "deep_learning",
        "심층신경망(딥러닝, Deep Learning)",
        Text(ko="심층 신경망(deep neural network)", en="심층 신경망 (deep neural network)"),
        "deep neural network = deep learning",
        Text(
            ko="심층 신경망은 모델이고 딥러닝은 그것을 다루는 분야이다. 첫 슬라이드는 DNN이라고 바르게 "
            "적었다.",
            en="A deep neural network is a model, deep learning the field. The first slide has it right: "
            "DNN.",
        ),
    ),
    "learning_rate": term(
        "learning_rate",
        "학습속도",
        Text(ko="학습률(learning rate)", en="학습률 (learning rate)"),
        "learning speed, where the learning rate is meant",
        Text(
            ko="배치 정규화의 효과와 AdaGrad에서 학습률을 뜻한다. ReLU에서는 같은 생각을 ‘학습이 빠르다’로 "
            "적어, 보폭과 배우는 빠르기가 섞인다.",
            en="It stands for the learning rate in the effects of BN and under AdaGrad, while “learns fast” "
            "under ReLU is about speed: step size and speed of learning get mixed up.",
        ),
    ),
    "initial_values": term(
        "initial_values",
        "초기화값이 0주변에 많이 몰려있어",
        Text(ko="활성화값이 0 주변에 몰려 있어", en="활성화값 (activations)"),
        "initial values crowd around 0",
        Text(
            ko="0 주변에 몰리는 것은 가중치의 초깃값이 아니라 활성화값이다. 같은 슬라이드의 다음 문장은 "
            "그렇게 적었다.",
            en="What crowds around 0 is the activations, not the initial weights, as the slide's next "
            "sentence says.",
        ),
    ),
    "adaptive": term(
        "adaptive",
        "학습률 점차 감소 : Adaptive",
        Text(
            ko="적응적(adaptive): 매개변수마다 지난 기울기에 맞추어 학습률을 정한다",
            en="adaptive: a rate per parameter, set by its past gradients",
        ),
        "the learning rate falls gradually: adaptive",
        Text(
            ko="정해진 대로 줄어드는 학습률은 스케줄이다. RMSProp은 줄이지 않고도 적응적이다(로그–로그 "
            "기울기 {G07.slope.estimate:.3f}).",
            en="A rate that just falls is a schedule. RMSProp is adaptive without falling (log–log slope "
            "{G07.slope.estimate:.3f}).",
        ),
    ),
}

G08 = Claim(
    id="G08",
    says=Text(
        ko="RMSProp의 출처는 Tieleman과 Hinton, 2012이다.",
        en="RMSProp comes from Tieleman and Hinton, 2012.",
    ),
    source="RMSProp",
    better=Text(
        ko="T. Tieleman, G. Hinton, “Lecture 6.5-rmsprop: Divide the gradient by a running average of its "
        "recent magnitude”, COURSERA: Neural Networks for Machine Learning, 2012. 논문이 아니라 온라인 "
        "강의의 슬라이드이다.",
        en="T. Tieleman, G. Hinton, “Lecture 6.5-rmsprop: Divide the gradient by a running average of its "
        "recent magnitude”, COURSERA: Neural Networks for Machine Learning, 2012: slides of an online "
        "course, not a paper.",
    ),
)

H08 = Claim(
    id="H08",
    says=Text(
        ko="슬라이드 전체의 용어, 인용, 철자.",
        en="Terms, citations and spellings across the slides.",
    ),
    source="강의 전체",
    better=Text(
        ko="정오표의 항목대로 고친다.",
        en="As the errata list it.",
    ),
    checks=(
        Check(
            name="citations",
            label=Text(
                ko="출처와 다른 인용의 수 (일곱 가운데)", en="citations that differ from the source, of seven"
            ),
            quantity=citations_that_differ,
            estimator="exact",
            relation="<=",
            bound=0.0,
            role="printed",
            because=NONE_MAY_DIFFER,
            erratum=Erratum(
                printed=Text(
                    ko="“AISTAT 2010”(Glorot & Bengio), “Tieleman and Hinton, 2012”",
                    en="“AISTAT 2010” (Glorot & Bengio), “Tieleman and Hinton, 2012”",
                ),
                correct=Text(
                    ko="AISTATS 2010. Tieleman & Hinton에는 제목과 출처를 적는다.",
                    en="AISTATS 2010; Tieleman & Hinton with title and source.",
                ),
                evidence=Text(
                    ko="일곱 인용 가운데 {H08.citations.estimate:.0f}개가 다르다. 나머지 다섯은 저자, "
                    "제목, 학회, 연도가 모두 맞다.",
                    en="{H08.citations.estimate:.0f} of seven differ; authors, title, venue and year of "
                    "the other five are right.",
                ),
                severity="slip",
            ),
        ),
        listed(
            "address",
            Text(ko="원래 주소와 다른 인터넷 주소의 수", en="web addresses that differ from the page’s"),
            [ADDRESS],
            Text(
                ko="`bias`와 `pytorch`에 글자가 하나씩 더 들어갔다.",
                en="One letter too many in `bias` and in `pytorch`.",
            ),
            transcribed=True,
        ),
        listed(
            "letters",
            Text(ko="글자나 괄호가 틀린 곳의 수", en="places with a wrong letter or bracket"),
            LETTERS,
            Text(
                ko="{H08.letters.estimate:.0f}곳. 글자 하나, 괄호 하나의 차이여서 전사 과정에서 생겼을 수 "
                "있다.",
                en="{H08.letters.estimate:.0f} places; single letters and brackets, which the "
                "transcription may have damaged.",
            ),
            transcribed=True,
        ),
        Check(
            name="partial",
            label=Text(
                ko="SGD의 식과 다른 기호로 적힌 AdaGrad의 편미분",
                en="partial derivatives of AdaGrad's formula in another sign than SGD's",
            ),
            quantity=lambda: differing([("δL/δW", "∂L/∂W")]),
            estimator="exact",
            relation="<=",
            bound=0.0,
            role="printed",
            because=NONE_MAY_DIFFER,
            erratum=Erratum(
                printed=Text(ko="$\\delta L / \\delta W$", en="$\\delta L / \\delta W$"),
                correct=Text(ko="$\\partial L / \\partial W$", en="$\\partial L / \\partial W$"),
                evidence=Text(
                    ko="SGD의 슬라이드는 같은 편미분을 $\\partial$로 적었다.",
                    en="The slide on SGD writes the same partial derivative with $\\partial$.",
                ),
                severity="slip",
                transcribed=True,
            ),
        ),
        listed(
            "spellings",
            Text(ko="표준이 아닌 표기의 수", en="spellings other than the standard one"),
            SPELLINGS,
            Text(
                ko="{H08.spellings.estimate:.0f}가지. 대부분 바른 표기가 다른 슬라이드에 함께 쓰였다.",
                en="{H08.spellings.estimate:.0f} of them, most beside the standard spelling on other slides.",
            ),
            transcribed=False,
        ),
        listed(
            "sentences",
            Text(ko="문장 성분이 맞지 않는 문장의 수", en="sentences whose parts do not agree"),
            SENTENCES,
            Text(
                ko="{H08.sentences.estimate:.0f}문장. 조사를 고치면 뜻이 통한다.",
                en="{H08.sentences.estimate:.0f} sentences; another particle mends each.",
            ),
            transcribed=False,
            marks="“”",
        ),
        *TERMS.values(),
    ),
)

experiment = Experiment(params={}, replicates=0, claims=(G08, H08))
