"""Checks, parts, errata, followed claims and the JSON of results."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from reportgen import Check, Claim, Erratum, Text, Verdict
from reportgen.errors import ExperimentError, ProjectError
from reportgen.judge import (
    check_to_json,
    claim_to_json,
    combine_checks,
    combine_parts,
    expected_false_calls,
    judge,
    n_deciding_checks,
    resolve_follows,
    unjudged,
)
from reportgen.model import ClaimResult

N = 20
DATA = xr.Dataset(
    {
        "low": ("replicate", np.linspace(0.9, 1.1, N)),
        "wide": ("replicate", np.linspace(-9.0, 11.0, N)),
        "table": (("replicate", "layer"), np.ones((N, N))),
    },
    coords={"replicate": np.arange(N), "layer": np.arange(N)},
)

C, R, I, E = Verdict.CONFIRMED, Verdict.REFUTED, Verdict.INCONCLUSIVE, Verdict.EQUIVALENT  # noqa: E741
PARTLY, DEFINITION, ERRATUM = Verdict.PARTLY, Verdict.DEFINITION, Verdict.ERRATUM

SLIP = Erratum(printed=Text(en="4"), correct=Text(en="3"), evidence=Text(en="counted"), severity="slip")


def check(name="a", *, quantity=lambda d: d.low, relation="<=", bound=2.0, estimator="mean", **more):
    return Check(
        name=name,
        label=Text(en=name),
        quantity=quantity,
        estimator=estimator,
        relation=relation,
        bound=bound,
        because=Text(en="so"),
        **more,
    )


def holding(name="a", **more):
    return check(name, **more)


def failing(name="a", **more):
    return check(name, bound=0.5, **more)


def open_(name="a", **more):
    return check(name, quantity=lambda d: d.wide, bound=2.0, **more)


def exact(name="a", *, value=3.0, bound=(3.0, 3.0), **more):
    return check(name, quantity=lambda *_: value, relation="within", bound=bound, estimator="exact", **more)


def claim(*checks, id_="D09", **more):
    return Claim(id=id_, says=Text(ko="말", en="says"), source="Xavier", checks=checks, **more)


def judged(*checks, **more):
    return judge(claim(*checks, **more), [DATA], experiment="tanh")


# --- parts ---


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], DEFINITION),
        ([C], C),
        ([C, C], C),
        ([C, R], PARTLY),
        ([C, I], PARTLY),
        ([C, E], PARTLY),
        ([C, R, I, E], PARTLY),
        ([R], R),
        ([R, R], R),
        ([R, I], R),
        ([R, E], R),
        ([R, I, E], R),
        ([E], E),
        ([E, E], E),
        ([E, I], I),
        ([I], I),
        ([I, I], I),
        # of followed claims
        ([PARTLY], PARTLY),
        ([PARTLY, C], PARTLY),
        ([PARTLY, R], PARTLY),
        ([DEFINITION], DEFINITION),
        ([ERRATUM, DEFINITION], ERRATUM),
        ([ERRATUM, C], C),
        ([DEFINITION, R], R),
    ],
)
def test_parts_combine_as_the_rules_say(parts, expected):
    assert combine_parts(parts) is expected
    assert combine_parts(parts[::-1]) is expected


@pytest.mark.parametrize(
    ("parts", "enough", "expected"),
    [
        ([C, C, C, R, I], 3, C),
        ([C, C, R, R, R], 3, R),
        ([C, C, R, R, I], 3, I),
        ([C, C, E, E, E], 3, I),
        ([C, C, C, C, C], 3, C),
        ([C, PARTLY, PARTLY, R, R], 3, I),
    ],
)
def test_parts_that_count_decide_by_their_number(parts, enough, expected):
    assert combine_parts(parts, enough=enough) is expected


@pytest.mark.parametrize(
    ("parts", "erratum", "expected"),
    [([], True, ERRATUM), ([C], True, C), ([R, C], True, PARTLY), ([], False, DEFINITION)],
)
def test_an_erratum_is_the_verdict_only_alone(parts, erratum, expected):
    assert combine_parts(parts, erratum=erratum) is expected


@pytest.mark.parametrize(
    ("checks", "expected"),
    [([C, C], C), ([C, R], R), ([R, I], R), ([C, I], I), ([E, I], I), ([E, E], E), ([C, E], E)],
)
def test_a_part_holds_when_all_its_checks_hold(checks, expected):
    assert combine_checks(checks) is expected


# --- claims ---


@pytest.mark.parametrize(
    ("checks", "verdict", "erratum"),
    [
        ([holding()], C, False),
        ([failing()], R, False),
        ([open_()], I, False),
        ([check(sesoi=2.0)], E, False),
        ([holding("a"), failing("b")], PARTLY, False),
        ([holding("a", part="p"), failing("b", part="p")], R, False),
        ([holding("a", part="p"), failing("b", part="p"), holding("c")], PARTLY, False),
        ([], DEFINITION, False),
        ([failing(role="reports")], DEFINITION, False),
        ([holding(), failing("b", role="reports")], C, False),
        ([holding(), exact("b", role="validates")], C, False),
        ([exact(role="printed", value=4.0, erratum=SLIP)], ERRATUM, True),
        ([exact(role="printed", erratum=SLIP)], DEFINITION, False),
        ([holding(), exact("b", role="printed", value=4.0, erratum=SLIP)], C, True),
        ([exact(value=True, bound=(1, 1))], C, False),
        ([check(quantity=lambda d: d.low < 2, estimator="proportion", relation=">=", bound=0.7)], C, False),
        ([check(quantity=lambda d: d.wide, estimator="median", bound=-8.0)], R, False),
    ],
)
def test_judge_gives_the_verdict_of_the_deciding_checks(checks, verdict, erratum):
    result = judged(*checks)
    assert (result.verdict, result.erratum) == (verdict, erratum)
    assert [found.name for found in result.checks] == [declared.name for declared in checks]


def test_judge_shows_the_parts_and_the_numbers():
    result = judged(holding("a", part="p"), open_("b"), failing("c", part="p"))
    assert result.parts == (("p", R), ("b", I))
    first, second, _ = result.checks
    assert first.estimate == pytest.approx(1.0)
    assert (first.n, first.level, first.exact, first.verdict) == (N, 0.99, False, C)
    low, high = first.low, first.high
    assert low is not None
    assert high is not None
    assert low < 1 < high
    assert first.n_needed is None
    assert second.n_needed is not None


def test_judge_passes_further_datasets_in_their_order():
    other = DATA.assign(low=DATA.low + 5)
    declared = claim(check(quantity=lambda own, further: further.low - own.low, bound=6.0), data=("other",))
    result = judge(declared, [DATA, other], experiment="tanh")
    assert result.checks[0].estimate == pytest.approx(5.0)


def test_judge_needs_no_dataset_for_exact_checks():
    assert judge(claim(exact()), [], experiment="gates").verdict is C


def test_judge_says_how_many_values_are_censored():
    values = np.where(np.arange(N) < 8, np.inf, 1.0)
    result = judged(check(quantity=lambda _: values, estimator="median", bound=2.0))
    assert result.verdict is I
    assert result.checks[0].reason == "8 of 20 values are censored or diverged"


def test_judge_marks_quick_and_changed_results():
    result = judge(claim(), [DATA], experiment="tanh", quick=True, changed=("width = 64 instead of 100",))
    assert (result.state, result.changed) == ("quick", ("width = 64 instead of 100",))


def test_unjudged_claim_has_checks_without_numbers():
    result = unjudged(claim(holding()), experiment="tanh", state="not measured")
    assert (result.verdict, result.state) == (None, "not measured")
    assert math.isnan(result.checks[0].estimate)
    assert result.checks[0].reason == "not measured"


# --- broken experiments ---


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (failing(role="validates"), r"validation: estimate 1, 99 % interval \[.*n = 20, should be <= 0.5"),
        (exact(role="validates", value=4.0), "validation: estimate 4, should be within 3, 3"),
        (exact(role="validates", value=math.nan), "validation: estimate nan"),
        (check(role="validates", quantity=lambda d: d.low * np.nan), "validation: .*20 of 20 values"),
        (check(quantity=lambda d: d.lwo), "raised AttributeError at test_judge.py:"),
        (check(quantity=lambda: 1.0), "raised TypeError: "),
        (check(quantity=lambda d: d.low[:5]), r"shape \(20,\), got \(5,\)"),
        (check(quantity=lambda d: d.low.mean()), r"shape \(20,\), got \(\)"),
        (check(quantity=lambda d: d.table), r"shape \(20,\), got \(20, 20\)"),
        (check(quantity=lambda d: d.table[0]), r"got \(20,\) with dimensions \('layer',\)"),
        (check(quantity=lambda d: d.low < 1), "real numbers, got bool"),
        (check(quantity=lambda d: d.low.astype(str)), "real numbers, got"),
        (check(quantity=lambda d: d.low, estimator="proportion"), "booleans, got float64"),
        (check(quantity=lambda d: d.low, estimator="exact"), r"one number, got shape \(20,\)"),
        (exact(value=None), "a real number, got object"),
    ],
)
def test_judge_names_the_check_of_a_broken_experiment(broken, message):
    with pytest.raises(ExperimentError, match=message) as raised:
        judged(broken)
    assert str(raised.value).startswith("tanh, claim D09, check a: ")


def test_judge_lets_an_inconclusive_validation_pass():
    assert judged(holding(), open_("b", role="validates")).verdict is C


def test_judge_refuses_a_count_that_no_parts_reach():
    with pytest.raises(ExperimentError, match="enough = 3 of 2 parts"):
        judged(holding("a"), holding("b"), enough=3)


# --- followed claims ---


def outcome(id_: str, verdict: Verdict | None, **more) -> ClaimResult:
    parts = () if verdict in (None, DEFINITION, ERRATUM) else (("own", verdict),)
    result = ClaimResult(
        id=id_, experiment="tanh", verdict=verdict, erratum=verdict is ERRATUM, checks=(), parts=parts
    )
    return replace(result, **more)


@pytest.mark.parametrize(
    ("own", "followed", "expected"),
    [
        (DEFINITION, [C], C),
        (DEFINITION, [PARTLY], PARTLY),
        (DEFINITION, [ERRATUM], ERRATUM),
        (DEFINITION, [DEFINITION], DEFINITION),
        (DEFINITION, [C, R], PARTLY),
        (DEFINITION, [E, E], E),
        (C, [C], C),
        (C, [R], PARTLY),
        (I, [R], R),
        (ERRATUM, [R], R),
        (C, [DEFINITION], C),
        (C, [None], None),
    ],
)
def test_followed_claims_are_parts(own, followed, expected):
    ids = [f"F{i}" for i in range(len(followed))]
    claims = [claim(id_="D20", follows=tuple(ids)), *(claim(id_=id_) for id_ in ids)]
    results = {"D20": outcome("D20", own)}
    results |= {id_: outcome(id_, verdict) for id_, verdict in zip(ids, followed, strict=True)}
    resolved = resolve_follows(claims, results)
    assert resolved["D20"].verdict is expected
    assert resolved["D20"].erratum == (own is ERRATUM)
    assert resolve_follows(claims, resolved) == resolved


def test_follows_run_through_chains_and_carry_state_and_settings():
    claims = [claim(id_="A", follows=("B",)), claim(id_="B", follows=("C",)), claim(id_="C")]
    results = {
        "A": outcome("A", DEFINITION),
        "B": outcome("B", DEFINITION, changed=("x",)),
        "C": outcome("C", R, state="quick", changed=("y",)),
    }
    first = resolve_follows(claims, results)["A"]
    assert (first.verdict, first.state, first.changed) == (R, "quick", ("x", "y"))
    assert first.parts == (("B", R),)


@pytest.mark.parametrize("state", ["not measured", "broken"])
def test_follower_of_a_claim_without_verdict_has_none(state):
    claims = [claim(id_="A", follows=("B",)), claim(id_="B")]
    results = {"A": outcome("A", DEFINITION), "B": outcome("B", None, state=state)}
    assert resolve_follows(claims, results)["A"].state == state
    del results["B"]
    assert resolve_follows(claims, results)["A"].state == "not measured"


def test_follows_count_into_enough():
    claims = [claim(id_="A", follows=("B", "C"), enough=2), claim(id_="B"), claim(id_="C")]
    own = judge(claims[0], [], experiment="tanh")
    assert resolve_follows(claims, {"A": own, "B": outcome("B", C), "C": outcome("C", C)})["A"].verdict is C
    assert resolve_follows(claims, {"A": own, "B": outcome("B", C), "C": outcome("C", R)})["A"].verdict is I


@pytest.mark.parametrize(
    ("follows", "message"),
    [
        ({"D20": ("B0",), "B02": ()}, "claim D20: follows B0, which is no claim\n  nearest: B02"),
        ({"D20": ("B02",), "B02": ("D20",)}, "in a circle: "),
        ({"D20": ("D20",)}, "in a circle: D20 → D20"),
    ],
)
def test_follows_that_lead_nowhere_are_errors(follows, message):
    claims = [claim(id_=id_, follows=followed) for id_, followed in follows.items()]
    with pytest.raises(ProjectError, match=message):
        resolve_follows(claims, {})


# --- scoreboard and JSON ---


def test_expected_false_calls_count_deciding_intervals_only():
    checks = (holding("a"), failing("b"), exact("c"), holding("d", role="reports"))
    results = [judged(*checks), unjudged(claim(holding()), experiment="tanh", state="broken")]
    assert n_deciding_checks(results) == 2
    assert expected_false_calls(results) == pytest.approx(0.01)


def test_claim_json_has_the_schema():
    declared = claim(holding(), better=Text(ko="더", en="better"), data=("other",), kind="reconstructed")
    result = judge(declared, [DATA], experiment="tanh")
    entry = claim_to_json(declared, result, chapter="initialization")
    checks = entry.pop("checks")
    assert entry == {
        "id": "D09",
        "chapter": "initialization",
        "experiment": "tanh",
        "data": ["other"],
        "follows": [],
        "source": {"heading": "Xavier", "kind": "reconstructed"},
        "says": {"ko": "말", "en": "says"},
        "better": {"ko": "더", "en": "better"},
        "verdict": "confirmed",
        "erratum": False,
    }
    keys = (
        "label because role estimator scale relation bound estimate low high level n n_needed exact volatile"
    )
    assert set(checks[0]) == {*keys.split(), "name", "verdict", "reason"}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            exact(),
            {"low": None, "high": None, "n": None, "bound": [3, 3], "reason": None, "verdict": "confirmed"},
        ),
        (exact(value=math.nan), {"estimate": None, "reason": "the value is nan", "verdict": "inconclusive"}),
        (exact(value=math.inf), {"estimate": None, "reason": "the value is inf", "verdict": "refuted"}),
        (check(quantity=lambda d: d.low * np.nan), {"low": None, "reason": "20 of 20 values are not finite"}),
        (check(bound=1.0), {"n_needed": None, "reason": "not by more replicates"}),
        (holding(role="reports"), {"verdict": None, "reason": None}),
        (check(relation="within", bound=(0.0, math.inf)), {"bound": [0, None], "verdict": "confirmed"}),
    ],
)
def test_check_json_has_null_and_a_reason_for_what_is_no_number(declared, expected):
    entry = check_to_json(judged(declared).checks[0])
    json.dumps(entry, allow_nan=False)
    assert {key: entry[key] for key in expected} == expected


def test_claim_json_of_a_broken_experiment_has_no_verdicts():
    declared = claim(holding())
    entry = claim_to_json(declared, unjudged(declared, experiment="tanh", state="broken"), chapter="a")
    assert (entry["verdict"], entry["checks"][0]["verdict"]) == (None, None)
    assert entry["checks"][0]["reason"] == "broken"
