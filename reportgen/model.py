"""The value types: what an author declares, and what comes out of it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from matplotlib.figure import Figure as MatplotlibFigure


Estimator = Literal["mean", "median", "proportion", "exact"]
Scale = Literal["linear", "log"]
Relation = Literal["<=", ">=", "within"]
Role = Literal["decides", "validates", "reports", "printed"]
Kind = Literal["stated", "reconstructed"]
Severity = Literal["misleading", "wrong", "slip"]
Width = Literal["margin", "text", "wide"]
LEVEL = 0.99  # of every confidence interval


class Text(Mapping[str, str]):
    """A text in several languages: ``Text(ko="…", en="…")`` is a mapping language → string."""

    __slots__ = ("_by_language",)

    def __init__(self, **by_language: str) -> None:
        self._by_language = dict(by_language)

    def __getitem__(self, language: str) -> str:
        return self._by_language[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_language)

    def __len__(self) -> int:
        return len(self._by_language)

    def __repr__(self) -> str:
        return f"Text({', '.join(f'{k}={v!r}' for k, v in self._by_language.items())})"

    def __hash__(self) -> int:
        return hash(frozenset(self._by_language.items()))


class Verdict(enum.StrEnum):
    """What the checks of a claim, or one check, amount to."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    PARTLY = "partly"
    INCONCLUSIVE = "inconclusive"
    EQUIVALENT = "equivalent"
    DEFINITION = "definition"
    ERRATUM = "erratum"


class Replicate(Protocol):
    """One replicate of an experiment: its index and its independent named random streams."""

    @property
    def index(self) -> int: ...

    def generator(self, stream: str) -> np.random.Generator:
        """Return a fresh generator at the start of the named stream; equal names give equal numbers."""
        ...


class Words(Protocol):
    """The strings of one language: a ``Text`` gives its string, a key gives the lecture's term."""

    @property
    def language(self) -> str: ...

    def __call__(self, text: Text | str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratum:
    """What a slide prints, what is right, and how much it matters.

    Attributes
    ----------
    printed
        The faulty formula, snippet or sentence, quoted (at most one formula or snippet).
    correct
        What it should be.
    evidence
        The computation that shows it, in words; may hold ``{path}`` fields like a caption.
    severity
        ``wrong`` gives wrong results, ``misleading`` teaches a wrong idea, ``slip`` is harmless.
    transcribed
        True where the fault may be damage of the scan: the reader is told to check the slide.
    """

    printed: Text
    correct: Text
    evidence: Text
    severity: Severity
    transcribed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question with a number for an answer, and the bound that the answer is held against.

    Attributes
    ----------
    name
        Identifier, unique in the claim: ``rho`` in ``value('D09.rho.estimate')``.
    label
        A few words that name the part in tables.
    quantity
        Function of the claim's dataset (and of those that ``Claim.data`` names, in that order):
        one value per replicate, shape ``(n,)``; a scalar for ``exact``; booleans for ``proportion``.
    estimator
        ``mean`` (t interval), ``median`` (order statistics), ``proportion`` (Clopper–Pearson) or ``exact``.
    scale
        ``log``: estimate and interval are formed on the logarithm and given back as ratios.
    relation, bound
        The claim's side: ``<=`` or ``>=`` a number, or ``within`` a pair ``(low, high)``.
    because
        Why this bound, without mentioning a result.
    role
        ``decides``, ``validates`` (our simulator; if it fails the experiment is broken), ``reports``, or
        ``printed``: an exact comparison of what is printed with what is true, whose failure is an erratum.
    sesoi
        Smallest difference of interest on the estimator's scale (log for ``scale="log"``), only for claims of
        a difference: an interval inside ± sesoi is *equivalent*.
    rtol
        Relative tolerance of an ``exact`` check's bound.
    part
        Name of the part of the claim that this check belongs to; checks with equal parts must all hold for
        the part to hold. Default: every check is its own part.
    volatile
        Depends on the machine (timings): outside byte comparisons and outside ``reportgen check``.
    erratum
        Required for, and only for, the role ``printed``.
    """

    name: str
    label: Text
    quantity: Callable[..., np.ndarray | float | bool]
    estimator: Estimator
    relation: Relation
    bound: float | tuple[float, float]
    because: Text
    scale: Scale = "linear"
    role: Role = "decides"
    sesoi: float | None = None
    rtol: float = 1e-12
    part: str | None = None
    volatile: bool = False
    erratum: Erratum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A statement of the lecture and the checks that decide whether it holds.

    Attributes
    ----------
    id
        ``D09``: the id in the catalogue, in the handout and in the JSON.
    says
        The lecture's statement, in our words.
    better
        What the slide should say instead; shown whenever the verdict is not *confirmed*.
    source
        The slide's heading.
    kind
        ``stated`` in the lecture, or ``reconstructed`` from the sources of a lost picture.
    data
        Further experiments whose datasets the quantities need, passed after the own one.
    follows
        Claims whose verdict this one takes.
    enough
        For claims that count ("in many cases"): so many parts decide.
    """

    id: str
    says: Text
    source: str
    kind: Kind = "stated"
    better: Text | None = None
    checks: tuple[Check, ...] = ()
    data: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    enough: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: a drawing function and the words that go with it.

    Attributes
    ----------
    name
        Unique in its experiment; the figure's id is ``<experiment>.<name>``.
    caption
        First sentence: what to see; then settings. ``{D09.rho.estimate:.2f}`` fields read results, ``{n}`` is
        the number of replicates. Inline Markdown.
    alt
        What the figure shows, with its numbers, as ``{path:format}`` fields; plain text.
    draw
        ``draw(summary, results, words, style) -> matplotlib Figure``; computes nothing.
    width
        Printed width: ``margin`` 48 mm, ``text`` 105 mm, ``wide`` 160 mm.
    plays
        The summary's dimension (steps, points of a path) along which the figure can be played as a film: a
        frame is drawn from the summary as far as it had come by then, on the axes of the whole.
    """

    name: str
    caption: Text
    alt: Text
    draw: Callable[[xr.Dataset, Mapping[str, ClaimResult], Words, Any], MatplotlibFigure]
    width: Width = "text"
    plays: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What one file in ``experiments/`` declares as its module-level ``experiment``.

    Attributes
    ----------
    params
        Settings by name: bool, int, float, str or flat tuples of those. ``-p EXPERIMENT.NAME=VALUE`` and
        ``[params]`` in lecture.toml override them; the type of the default is the type of the setting.
    replicates
        How many; 1 for deterministic measurements; 0 where ``measure`` is absent.
    measure
        ``measure(params, replicates) -> xarray.Dataset`` with a leading ``replicate`` dimension (its
        coordinate the indices); every variable has ``units`` and ``long_name``. A replicate's numbers must
        not depend on which others are measured with it.
    summarize
        Reduction over replicates to what the figures show: ``summarize(dataset, params) -> Dataset``.
    values
        ``values(summary) -> {name: float | {name: float}}``: scalars for prose, read by
        ``value('<experiment>.<name>')``.
    """

    params: Mapping[str, Any]
    replicates: int
    measure: Callable[[Mapping[str, Any], Sequence[Replicate]], xr.Dataset] | None = None
    summarize: Callable[[xr.Dataset, Mapping[str, Any]], xr.Dataset] | None = None
    claims: tuple[Claim, ...] = ()
    figures: tuple[Figure, ...] = ()
    values: Callable[[xr.Dataset], Mapping[str, float | Mapping[str, float]]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A check's answer. ``low`` and ``high`` bound the 99 % interval; None for exact checks.

    ``n_needed`` is the number of replicates that would settle an inconclusive check (None where there is
    none, infinity for "not by more replicates"). ``reason`` says why an estimate is missing (NaN, infinity,
    not measured).
    """

    name: str
    label: Text
    because: Text
    role: Role
    estimator: Estimator
    scale: Scale
    relation: Relation
    bound: float | tuple[float, float]
    estimate: float
    low: float | None
    high: float | None
    level: float
    n: int | None
    n_needed: float | None
    exact: bool
    volatile: bool
    verdict: Verdict
    part: str | None = None
    reason: str | None = None
    erratum: Erratum | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A claim's verdict and its checks. ``verdict`` is None for what was not measured or is broken.

    ``erratum`` is True where a ``printed`` check failed. ``changed`` lists the settings that differ from the
    experiment's own ("width = 64 instead of 100"). ``state`` says how far to trust it.
    """

    id: str
    experiment: str
    verdict: Verdict | None
    erratum: bool
    checks: tuple[CheckResult, ...]
    parts: tuple[tuple[str, Verdict], ...] = ()
    changed: tuple[str, ...] = ()
    state: Literal["measured", "quick", "not measured", "broken"] = "measured"
