"""Intervals against scipy.stats, the rule from interval to verdict, and n needed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from reportgen import statistics
from reportgen.model import Verdict
from reportgen.statistics import Interval

INF, NAN = math.inf, math.nan
CONFIRMED, REFUTED = Verdict.CONFIRMED, Verdict.REFUTED
INCONCLUSIVE, EQUIVALENT = Verdict.INCONCLUSIVE, Verdict.EQUIVALENT


def made(low: float, high: float, *, estimate: float | None = None, n: int = 20) -> Interval:
    middle = (low + high) / 2 if estimate is None else estimate
    return Interval(estimate=middle, low=low, high=high, n=n, n_minimum=2)


@pytest.mark.parametrize("n", [2, 5, 12, 20])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_mean_interval_equals_scipy(n, scale):
    values = np.random.default_rng(n).lognormal(size=n)
    found = statistics.interval(values, "mean", scale=scale)
    numbers = np.log(values) if scale == "log" else values
    expected = scipy.stats.t.interval(0.99, n - 1, numbers.mean(), scipy.stats.sem(numbers))
    expected = np.array([numbers.mean(), *expected])
    expected = np.exp(expected) if scale == "log" else expected
    np.testing.assert_allclose([found.estimate, found.low, found.high], expected, rtol=1e-12)


@pytest.mark.parametrize("n", [8, 9, 12, 20, 21, 30, 200])
def test_median_interval_has_the_widest_rank_that_binomial_tails_allow(n):
    found = statistics.interval(np.random.default_rng(n).permutation(n) + 1.0, "median")
    rank = int(found.low)
    assert found.high == n + 1 - rank
    assert scipy.stats.binom.cdf(rank - 1, n, 0.5) <= 0.005 < scipy.stats.binom.cdf(rank, n, 0.5)
    assert found.estimate == (n + 1) / 2


@pytest.mark.parametrize(("n_true", "n"), [(0, 12), (1, 12), (6, 12), (19, 20), (20, 20), (1, 1)])
def test_proportion_interval_equals_scipy(n_true, n):
    found = statistics.interval(np.arange(n) < n_true, "proportion")
    expected = scipy.stats.binomtest(n_true, n).proportion_ci(0.99)
    np.testing.assert_allclose([found.low, found.high], expected, rtol=1e-9, atol=1e-15)
    assert found.estimate == n_true / n


@pytest.mark.parametrize(
    ("values", "estimator", "scale", "reason"),
    [
        ([1, NAN, 2], "mean", "linear", "1 of 3 values are not finite"),
        ([1, INF, -INF], "mean", "linear", "2 of 3 values are not finite"),
        ([1, NAN] * 6, "median", "linear", "6 of 12 values are NaN"),
        ([-INF, INF] * 6, "median", "linear", "half of the values"),
        ([1, 0, 2], "mean", "log", "1 of 3 values are not finite"),
        ([1, -1, 2], "mean", "log", "1 of 3 values have no logarithm"),
        ([], "mean", "linear", "no replicates"),
        ([], "median", "linear", "no replicates"),
        ([], "proportion", "linear", "no replicates"),
    ],
)
def test_interval_without_an_estimate_says_why_and_decides_nothing(values, estimator, scale, reason):
    found = statistics.interval(np.array(values, dtype=float), estimator, scale=scale)
    assert np.isnan([found.estimate, found.low, found.high]).all()
    assert reason in (found.reason or "")
    assert statistics.verdict(found, "within", (-INF, INF), scale=scale, sesoi=INF) is INCONCLUSIVE
    assert statistics.n_needed(found, "<=", 1.0, scale=scale) is None


@pytest.mark.parametrize(
    ("n", "estimator", "scale", "n_minimum", "ends"),
    [
        (1, "mean", "linear", 2, (-INF, INF)),
        (1, "mean", "log", 2, (0, INF)),
        (7, "median", "linear", 8, (-INF, INF)),
        (1, "median", "log", 8, (0, INF)),
    ],
)
def test_interval_of_too_few_values_has_no_ends_and_needs_the_fewest(n, estimator, scale, n_minimum, ends):
    found = statistics.interval(np.full(n, 3.0), estimator, scale=scale)
    assert found.estimate == pytest.approx(3)
    assert (found.low, found.high) == ends
    assert f"at least {n_minimum} replicates" in (found.reason or "")
    assert statistics.verdict(found, "<=", 5.0, scale=scale) is INCONCLUSIVE
    assert statistics.n_needed(found, "<=", 5.0, scale=scale) == n_minimum


def test_median_ranks_censored_values():
    found = statistics.interval(np.array([INF] * 3 + [2.0] * 9), "median", scale="log")
    assert (found.estimate, found.low, found.high) == (pytest.approx(2), 2, INF)
    assert statistics.verdict(found, ">=", 2.0, scale="log") is CONFIRMED


def test_median_of_ratios_meets_its_bound_exactly():
    values = np.array([3.0] * 10)  # exp(log(3)) is not 3
    found = statistics.interval(values, "median", scale="log")
    for relation in ("<=", ">="):
        assert statistics.verdict(found, relation, 3.0, scale="log") is CONFIRMED


@pytest.mark.parametrize(
    ("low", "high", "relation", "bound", "sesoi", "expected"),
    [
        (1, 2, "<=", 2, None, CONFIRMED),
        (1, 2, "<=", 1.5, None, INCONCLUSIVE),
        (1, 2, "<=", 1, None, INCONCLUSIVE),
        (1, 2, "<=", 0.9, None, REFUTED),
        (1, 2, ">=", 1, None, CONFIRMED),
        (1, 2, ">=", 1.5, None, INCONCLUSIVE),
        (1, 2, ">=", 2.1, None, REFUTED),
        (1, 2, "within", (1, 2), None, CONFIRMED),
        (1, 2, "within", (1.5, 3), None, INCONCLUSIVE),
        (1, 2, "within", (1.2, 1.8), None, INCONCLUSIVE),
        (1, 2, "within", (2.1, 3), None, REFUTED),
        (1, 2, "within", (0, 0.9), None, REFUTED),
        (0.001, 0.009, ">=", 0, 0.01, EQUIVALENT),  # before confirmed
        (-0.009, 0.009, ">=", 0, 0.01, EQUIVALENT),
        (-0.009, -0.001, ">=", 0, 0.01, EQUIVALENT),
        (0.001, 0.011, ">=", 0, 0.01, CONFIRMED),
        (-0.011, 0.011, ">=", 0, 0.01, INCONCLUSIVE),
        (-INF, INF, "<=", 0, 0.01, INCONCLUSIVE),
    ],
)
def test_verdict_follows_from_the_interval(low, high, relation, bound, sesoi, expected):
    assert statistics.verdict(made(low, high), relation, bound, sesoi=sesoi) is expected


@pytest.mark.parametrize(("high", "expected"), [(1.24, EQUIVALENT), (1.26, CONFIRMED)])
def test_verdict_takes_the_sesoi_of_a_ratio_in_logarithms(high, expected):
    found = made(1.01, high)
    assert statistics.verdict(found, ">=", 1.0, scale="log", sesoi=math.log(1.25)) is expected


@pytest.mark.parametrize(
    ("value", "relation", "bound", "expected"),
    [
        (3.0, "within", (3, 3), CONFIRMED),
        (3.0 * (1 + 5e-13), "within", (3, 3), CONFIRMED),
        (3.0 * (1 + 2e-12), "within", (3, 3), REFUTED),
        (-3.0 * (1 + 5e-13), ">=", -3, CONFIRMED),
        (1e-300, "<=", 0, REFUTED),
        (INF, "<=", 1, REFUTED),
        (INF, ">=", 1, CONFIRMED),
        (NAN, ">=", 1, INCONCLUSIVE),
    ],
)
def test_exact_verdict_compares_within_the_tolerance(value, relation, bound, expected):
    assert statistics.exact_verdict(value, relation, bound) is expected


@pytest.mark.parametrize(
    ("found", "relation", "bound", "scale", "expected"),
    [
        (made(0, 2), "<=", 1.5, "linear", 80),  # 20 · (1 / .5)²
        (made(0, 2), ">=", 0.5, "linear", 80),
        (made(0, 2), "within", (0.5, 9), "linear", 80),
        (made(0, 2), "within", (0.5, 1.25), "linear", 320),
        (made(0, 2), "within", (1.5, 9), "linear", 80),
        (made(0, 2), "<=", 1.001, "linear", INF),
        (made(0, 2), "<=", 1, "linear", INF),
        (made(0, 2), "<=", 2, "linear", 21),
        (made(0, 4, estimate=1), "<=", 2, "linear", 80),
        (made(0, 4, estimate=1), "<=", 3.9, "linear", 21),  # more than did not settle it
        (made(1, 16, estimate=4), "<=", 8, "log", 80),
        (made(0, INF, estimate=1), "<=", 2, "linear", None),
        (made(0, INF, estimate=1), ">=", 0.5, "linear", 80),
        (made(0, INF, estimate=INF), ">=", 2, "linear", None),
    ],
)
def test_n_needed_scales_the_half_width_to_the_distance(found, relation, bound, scale, expected):
    assert statistics.n_needed(found, relation, bound, scale=scale) == expected


def test_n_needed_settles_the_check_it_was_asked_for():
    values = np.random.default_rng(1).normal(0.3, 1, size=12)
    found = statistics.interval(values, "mean")
    needed = statistics.n_needed(found, ">=", 0.0)
    assert statistics.verdict(found, ">=", 0.0) is INCONCLUSIVE
    assert needed is not None
    repeated = np.resize(values, int(needed))
    assert statistics.verdict(statistics.interval(repeated, "mean"), ">=", 0.0) is CONFIRMED


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=30), st.sampled_from(["mean", "median"]))
def test_intervals_hold_their_estimate_and_turn_with_the_sign(values, estimator):
    numbers = np.array(values)
    found, mirrored = (statistics.interval(x, estimator) for x in (numbers, -numbers))
    assert found.low <= found.estimate <= found.high
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


@given(st.floats(-5, 5), st.floats(0, 5), st.floats(-5, 5))
def test_verdicts_of_opposite_claims_are_opposite(low, width, bound):
    found = made(low, low + width)
    verdicts = {statistics.verdict(found, relation, bound) for relation in ("<=", ">=")}
    assert verdicts in ({CONFIRMED, REFUTED}, {INCONCLUSIVE}, {CONFIRMED, INCONCLUSIVE}, {CONFIRMED})
    if bound not in (found.low, found.high):
        assert verdicts in ({CONFIRMED, REFUTED}, {INCONCLUSIVE})
