"""The plain data that typesetting needs, in one language: strings, numbers, bytes of figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from reportgen.model import Estimator, Kind, Relation, Role, Scale, Severity, Width

Edition = Literal["student", "teacher"]
VerdictName = Literal["confirmed", "refuted", "partly", "inconclusive", "equivalent", "definition", "erratum"]
State = Literal["measured", "quick", "not measured", "broken"]


class Cache(Protocol):
    """Bytes under a content key; ``get`` gives None for what it does not hold."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes) -> None: ...


class MemoryCache:
    """A cache that lives as long as the object."""

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._entries.get(key)

    def put(self, key: str, data: bytes) -> None:
        self._entries[key] = data


@dataclass(frozen=True, slots=True, kw_only=True)
class ErratumView:
    """What is printed, what is right, how one sees it (``evidence`` may hold fields). Inline Markdown."""

    printed: str
    correct: str
    evidence: str
    severity: Severity
    transcribed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check's question and answer; ``label`` and ``because`` are inline Markdown of the view's language."""

    name: str
    label: str
    because: str
    role: Role
    estimator: Estimator
    relation: Relation
    bound: float | tuple[float, float]
    estimate: float
    verdict: VerdictName
    scale: Scale = "linear"
    low: float | None = None
    high: float | None = None
    level: float = 0.99
    n: int | None = None
    n_needed: float | None = None
    exact: bool = False
    volatile: bool = False
    part: str | None = None
    reason: str | None = None
    erratum: ErratumView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """A claim as it is placed in the text.

    ``says``, ``better`` are inline Markdown. ``erratum`` is True where a printed check failed. ``parts`` are
    (name, verdict). ``changed`` lists settings that differ from the experiment's own. ``figures`` are ids of
    figures that show the claim (the ribbon links to those that the text places); if empty, the ribbon links
    to the experiment's figure that comes next in the text. ``on_digits``: the recorded verdict, if other data
    gave another.
    """

    id: str
    experiment: str
    says: str
    source: str
    verdict: VerdictName | None
    better: str | None = None
    kind: Kind = "stated"
    erratum: bool = False
    checks: tuple[CheckView, ...] = ()
    parts: tuple[tuple[str, VerdictName], ...] = ()
    follows: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    state: State = "measured"
    figures: tuple[str, ...] = ()
    on_digits: VerdictName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """A figure ``<experiment>.<name>``: caption (inline Markdown) and alt (plain), both with fields.

    ``svg`` is the drawing for paper (bytes of an SVG file, text as text); ``themed`` the inline ``<svg>``
    for the page, with colors from CSS variables and ids that are unique in the document.
    """

    id: str
    caption: str
    alt: str
    svg: bytes
    themed: str
    width: Width = "text"
    file: str = ""  # of the experiment, relative to the project, forward slashes
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """The text of a function of an experiment (without common indentation), for ``source()``."""

    code: str
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermView:
    """A term of terms.toml: its word here and in another language; its symbol and meaning, if given."""

    key: str
    word: str
    other: str = ""
    symbol: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterView:
    """One chapter file of the lecture: its stem, its path (for messages) and its text."""

    stem: str
    path: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LectureView:
    """What the cover says. ``date`` and ``version`` are printed as given; ``logo`` is an SVG or PNG file."""

    name: str
    title: str
    subtitle: str = ""
    author: str = ""
    course: str = ""
    institution: str = ""
    date: str = ""
    version: str = ""
    logo: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that one handout in one language and one edition is made of.

    Attributes
    ----------
    draft
        Empty for the good handout; else what makes it a draft ("--quick"), printed on every page.
    claims, figures, sources
        By id; ``sources`` by ``"<experiment>:<function>"``. They may hold more than the text places.
    values
        Path → number or string: ``"D09.rho.estimate"`` (also ``.low .high .n .bound``), or
        ``"signal.std_last.tanh"``.
    provenance
        (key, text) in the order of printing. The theme names these keys: version, python, packages, cpu,
        cores, blas, kernel, seed, replicates, data, lecture, source, settings; others stand as given.
    rebuild
        The commands that make this handout again, one per line.
    template_folders
        Folders searched for ``theme/…``, first hit wins: the project's ``templates`` before the built-in one.
    """

    language: str
    lecture: LectureView
    chapters: tuple[ChapterView, ...]
    claims: Mapping[str, ClaimView]
    figures: Mapping[str, FigureView]
    template_folders: tuple[Path, ...]
    values: Mapping[str, float | str | None]
    sources: Mapping[str, SourceView]
    terms: tuple[TermView, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    rebuild: str = ""
    edition: Edition = "student"
    draft: str = ""
