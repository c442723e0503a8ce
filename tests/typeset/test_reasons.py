"""Why a number is missing is said in the document's language, as judging words it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from reportgen import Check, Text
from reportgen.judge import judge
from reportgen.model import Claim
from reportgen.typeset.ribbon import claim_data
from reportgen.typeset.theme import load_words

TEMPLATES = Path(__file__).parents[2] / "templates"
BOTH = dict.fromkeys(("ko", "en"), "x")


def reason_of(values: list[float]) -> str | None:
    """Return the reason that judging these values by their median gives."""
    check = Check(
        name="c",
        label=Text(**BOTH),
        quantity=lambda: np.array(values),
        estimator="median",
        relation="<=",
        bound=1.0,
        because=Text(**BOTH),
    )
    claim = Claim(id="X01", says=Text(**BOTH), source="x", checks=(check,))
    return judge(claim, [], experiment="e").checks[0].reason


@pytest.mark.parametrize(
    ("values", "korean", "english"),
    [
        (
            [0.0, np.inf, np.inf],
            "구간을 내려면 8번은 반복해야 하는데 3번뿐이다.",
            "at least 8 replicates, here 3",
        ),
        (
            [0.0] * 6 + [np.inf] * 6,
            "값 12개 가운데 6개는 예산 안에 이르지 못했거나 발산하였다.",
            "6 of 12 values are censored or diverged",
        ),
    ],
)
def test_reason_is_told_in_the_language(values: list[float], korean: str, english: str, sample: Any) -> None:
    reason = reason_of(values)
    for language, expected in (("ko", korean), ("en", english)):
        view = sample(language)
        claim = view.claims["D09"]
        checks = tuple(replace(check, reason=reason) for check in claim.checks)
        words = load_words((TEMPLATES,), language)
        data = claim_data(replace(claim, checks=checks), view, words, Markup)
        assert expected in data["checks"][0]["reason"]
