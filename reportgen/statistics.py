"""From values to an interval, from an interval and a bound to a verdict.

Every interval is a two-sided 99 % interval, so that with the true effect exactly at the bound each of the two
wrong sides is called in at most .5 % of experiments: exactly for the median and the proportion whatever the
distribution, for the mean under normality (on skewed data a t interval calls falsely more often; where that
matters, the median is the estimator). The estimator is fixed per check before it is run.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from reportgen.model import LEVEL, Estimator, Relation, Scale, Verdict

MAX_REPLICATES = 1000  # needing more than this is printed as "not by more replicates"

Bound = float | tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its interval, in the unit of the values (ratios on the log scale).

    Attributes
    ----------
    estimate, low, high
        All NaN where the estimate is missing. ``low`` and ``high`` are infinite (0 and ∞ on the log scale)
        where ``n < n_minimum`` and, for the median, where that many values are ±∞.
    n
        Number of values.
    n_minimum
        Fewest values that give this estimator an interval.
    reason
        Why the estimate or the interval is missing, else None.
    """

    estimate: float
    low: float
    high: float
    n: int
    n_minimum: int
    reason: str | None = None


def interval(
    values: NDArray[np.generic], estimator: Estimator, *, scale: Scale = "linear", level: float = LEVEL
) -> Interval:
    """Return the estimate and the interval of one value per replicate.

    Parameters
    ----------
    values
        Shape (n,), real; for ``proportion`` boolean. For ``median``, ±∞ stands for the worst or best rank.
    estimator
        ``mean``, ``median`` or ``proportion``; ``exact`` has no interval.
    scale
        ``log``: both are formed on the natural logarithm and exponentiated, so the estimate of ``mean`` is
        the geometric mean. Not for ``proportion``.
    level
        Coverage.
    """
    if estimator == "exact" or (estimator == "proportion" and scale == "log"):
        raise ValueError(f"no interval for {estimator} on the {scale} scale")
    if estimator == "proportion":
        return proportion_interval(int(np.count_nonzero(values)), len(values), level=level)
    form = mean_interval if estimator == "mean" else median_interval
    numbers = np.asarray(values, dtype=np.float64)
    if scale == "linear":
        return form(numbers, level=level)
    if n_negative := int(np.count_nonzero(numbers < 0)):
        return _missing(len(numbers), f"{n_negative} of {len(numbers)} values have no logarithm")
    with np.errstate(divide="ignore", over="ignore"):
        found = form(np.log(numbers), level=level)
        estimate, low, high = np.exp([found.estimate, found.low, found.high]).tolist()
    if estimator == "median" and found.n >= found.n_minimum and not found.reason:
        # the ends are values: unrounded by the logarithm they compare exactly with the bound
        raw = median_interval(numbers, level=level)
        low, high = raw.low, raw.high
    return replace(found, estimate=estimate, low=low, high=high)


def mean_interval(values: NDArray[np.float64], *, level: float = LEVEL) -> Interval:
    """Return x̄ ± t_{n−1, (1+level)/2} · s/√n, with s the standard deviation (n − 1 in the denominator).

    A value that is not finite makes the estimate missing: a mean cannot rank it.
    """
    n = len(values)
    if n_infinite := int(np.count_nonzero(~np.isfinite(values))):
        return _missing(n, f"{n_infinite} of {n} values are not finite")
    if n == 0:
        return _missing(n, "no replicates")
    mean = float(values.mean())
    if n == 1:
        return _without_ends(mean, n, n_minimum=2)
    half_width = _t_quantile(n - 1, level) * float(values.std(ddof=1)) / math.sqrt(n)
    return Interval(estimate=mean, low=mean - half_width, high=mean + half_width, n=n, n_minimum=2)


def median_interval(values: NDArray[np.float64], *, level: float = LEVEL) -> Interval:
    """Return the median and its exact interval [x_(k), x_(n+1−k)], for any distribution.

    k is the largest rank with P(Bin(n, ½) < k) ≤ (1 − level)/2; ties only make the interval more cautious
    (David & Nagaraja 2003, Order Statistics, section 7.1). Below n = 8 there is no 99 % interval.
    """
    n = len(values)
    if n_nan := int(np.count_nonzero(np.isnan(values))):
        return _missing(n, f"{n_nan} of {n} values are NaN, which has no rank")
    if n == 0:
        return _missing(n, "no replicates")
    ordered = np.sort(values)
    middle_low, middle_high = float(ordered[(n - 1) // 2]), float(ordered[n // 2])
    if middle_low == -math.inf and middle_high == math.inf:
        return _missing(n, "half of the values are −∞, half +∞")
    median = middle_low if middle_low == middle_high else middle_low / 2 + middle_high / 2
    rank, n_minimum = median_rank(n, level), _median_minimum(level)
    if rank == 0:
        return _without_ends(median, n, n_minimum=n_minimum)
    return Interval(
        estimate=median, low=float(ordered[rank - 1]), high=float(ordered[n - rank]), n=n, n_minimum=n_minimum
    )


@functools.cache
def median_rank(n: int, level: float = LEVEL) -> int:
    """Return the rank k of the lower end of the median's interval, from 1; 0 where there is none."""
    allowed = Fraction(1 - level).limit_denominator(10**9) / 2 * 2**n
    rank, ways = 0, 0  # ways: of the 2^n outcomes, those with at most `rank` values below the median
    while (ways := ways + math.comb(n, rank)) <= allowed:
        rank += 1
    return rank


@functools.cache
def _median_minimum(level: float) -> int:
    return next(n for n in itertools.count(1) if median_rank(n, level) > 0)


def proportion_interval(n_true: int, n: int, *, level: float = LEVEL) -> Interval:
    """Return k/n and the exact interval of Clopper & Pearson (1934), by beta quantiles."""
    from scipy.special import betaincinv  # scipy.stats would cost half a second

    if n == 0:
        return _missing(n, "no replicates")
    tail = (1 - level) / 2
    low = float(betaincinv(n_true, n - n_true + 1, tail)) if n_true > 0 else 0.0
    high = float(betaincinv(n_true + 1, n - n_true, 1 - tail)) if n_true < n else 1.0
    return Interval(estimate=n_true / n, low=low, high=high, n=n, n_minimum=1)


@functools.cache
def _t_quantile(degrees: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + level) / 2))


def _missing(n: int, reason: str) -> Interval:
    return Interval(estimate=math.nan, low=math.nan, high=math.nan, n=n, n_minimum=1, reason=reason)


def _without_ends(estimate: float, n: int, *, n_minimum: int) -> Interval:
    reason = f"an interval needs at least {n_minimum} replicates, here {n}"
    return Interval(estimate=estimate, low=-math.inf, high=math.inf, n=n, n_minimum=n_minimum, reason=reason)


# --- verdicts ---


def verdict(
    found: Interval, relation: Relation, bound: Bound, *, scale: Scale = "linear", sesoi: float | None = None
) -> Verdict:
    """Return what the interval says about the claim "the true value is <=, >= or within the bound".

    Inside ± ``sesoi`` (in logarithms on the log scale): equivalent, before all else. Whole interval on the
    claim's side, the bound included: confirmed. Whole interval on the other side: refuted. Else inconclusive.
    """
    if math.isnan(found.estimate):
        return Verdict.INCONCLUSIVE
    if sesoi is not None:
        low, high = _on_scale(found.low, scale), _on_scale(found.high, scale)
        if -sesoi <= low and high <= sesoi:
            return Verdict.EQUIVALENT
    claimed_low, claimed_high = claimed_range(relation, bound)
    if claimed_low <= found.low and found.high <= claimed_high:
        return Verdict.CONFIRMED
    if found.high < claimed_low or claimed_high < found.low:
        return Verdict.REFUTED
    return Verdict.INCONCLUSIVE


def exact_verdict(
    value: float, relation: Relation, bound: Bound, *, rtol: float = 1e-12, sesoi: float | None = None
) -> Verdict:
    """Return what one exact value says, the bound widened by ``rtol`` times its size; NaN is inconclusive."""
    if math.isnan(value):
        return Verdict.INCONCLUSIVE
    if sesoi is not None and abs(value) <= sesoi:
        return Verdict.EQUIVALENT
    low, high = claimed_range(relation, bound)
    holds = low - rtol * abs(low) <= value <= high + rtol * abs(high)
    return Verdict.CONFIRMED if holds else Verdict.REFUTED


def claimed_range(relation: Relation, bound: Bound) -> tuple[float, float]:
    """Return the closed range in which the claim puts the true value."""
    if relation == "within":
        if not isinstance(bound, tuple):
            raise ValueError("within needs a pair of bounds")
        return bound
    if isinstance(bound, tuple):
        raise ValueError(f"{relation} needs one bound, not a pair")
    return (-math.inf, bound) if relation == "<=" else (bound, math.inf)


def n_needed(found: Interval, relation: Relation, bound: Bound, *, scale: Scale = "linear") -> float | None:
    """Return how many replicates would settle an inconclusive check: n · (half-width / |estimate − bound|)².

    The bound is the nearest of those that the interval reaches across; logarithms on the log scale. Where
    censored values leave one end infinite, the half-width is that of the half across the bound. Rounded up,
    at least ``n_minimum``; infinity above ``MAX_REPLICATES``: not by more replicates. None where nothing can
    be told: the estimate is missing or infinite, or the end across the bound is.
    """
    if math.isnan(found.estimate):
        return None
    if found.n < found.n_minimum:
        return float(found.n_minimum)
    estimate, low, high = (_on_scale(x, scale) for x in (found.estimate, found.low, found.high))
    edges = [_on_scale(edge, scale) for edge in claimed_range(relation, bound)]
    edges = [edge for edge in edges if low <= edge <= high and math.isfinite(edge)]
    if not edges:
        return None
    edge = min(edges, key=lambda edge: abs(edge - estimate))
    half_width = (high - low) / 2
    if not math.isfinite(half_width):
        half_width = estimate - low if edge <= estimate else high - estimate
    if not math.isfinite(estimate) or not math.isfinite(half_width):
        return None
    if estimate == edge:
        return math.inf
    # less a rounding error; a skewed interval can give less than n, which did not settle it
    needed = found.n * (half_width / (estimate - edge)) ** 2 * (1 - 1e-12)
    needed = max(math.ceil(needed), found.n + 1)
    return math.inf if needed > MAX_REPLICATES else float(needed)


def _on_scale(value: float, scale: Scale) -> float:
    if scale == "linear":
        return value
    return math.log(value) if value > 0 else -math.inf
