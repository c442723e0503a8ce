"""What a build can be asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reportgen.errors import ReportgenError

if TYPE_CHECKING:
    from reportgen.verdicts import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What ``reportgen build`` can be asked for; None means "as the lecture says".

    Attributes
    ----------
    project
        The project's folder.
    lecture
        The lecture's name; None for the only one.
    only
        Claims, experiments or chapters to measure: a draft.
    quick, seed
        The first three replicates; another root seed: drafts.
    settings
        (experiment, name, value as typed): a draft.
    data
        A folder of idx files that takes the digits' place: a draft.
    jobs
        Processes; None for one per core.
    output
        Folder in place of the project's ``output``.
    shard
        (2, 4) for the second of four machines that share the measuring; nothing is published.
    executor
        Where to measure instead of the local process pool; never shut down here. "dask": by dask.distributed.
    scheduler
        The address of dask's scheduler (``tcp://…``); None starts a cluster on this machine.
    """

    project: Path | None = None
    lecture: str | None = None
    languages: tuple[str, ...] | None = None
    formats: tuple[str, ...] | None = None
    only: tuple[str, ...] = ()
    quick: bool = False
    seed: int | None = None
    settings: tuple[tuple[str, str, str], ...] = ()
    data: Path | None = None
    edition: Literal["student", "teacher"] = "student"
    jobs: int | None = None
    output: Path | None = None
    shard: tuple[int, int] | None = None
    executor: Executor | Literal["dask"] | None = None
    scheduler: str | None = None

    @property
    def draft(self) -> str:
        """What makes this a draft, as it is printed on the pages; empty for a good handout."""
        parts = [f"--only {name}" for name in self.only]
        parts += ["--quick"] if self.quick else []
        parts += [f"--seed {self.seed}"] if self.seed is not None else []
        parts += [f"--data {self.data.resolve().name}"] if self.data is not None else []
        parts += [f"-p {experiment}.{name}={value}" for experiment, name, value in self.settings]
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What a build did.

    Attributes
    ----------
    files
        The handout's files in ``folder``, whether or not they were made anew; empty if not ``published``.
    up_to_date
        True where nothing had to be done.
    failures
        The broken experiments, one error each.
    claims
        The object of ``claims.json`` (and of ``list --json``).
    done
        Stage → names of what was done anew.
    timings
        The object of ``timings.json``: ``{"schema", "stages": {stage: seconds}, "experiments": {id: seconds},
        "figures": {id: seconds}, "documents": {name: seconds}, "critical_path": [{"stage", "name",
        "seconds"}]}``.
    shard
        As asked for; then nothing but measuring was done.
    """

    lecture: str
    folder: Path
    draft: str = ""
    published: bool = False
    up_to_date: bool = False
    files: tuple[Path, ...] = ()
    failures: tuple[ReportgenError, ...] = ()
    warnings: tuple[str, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict)
    done: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timings: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    shard: tuple[int, int] | None = None

    @property
    def exit_code(self) -> int:
        """0, or 1 if an experiment is broken."""
        return max((failure.exit_code for failure in self.failures), default=0)

    @property
    def verdicts(self) -> dict[str, int]:
        """How many claims have which verdict; ``"not measured"`` for those without."""
        return count_verdicts(self.claims)


def count_verdicts(claims: Mapping[str, Any]) -> dict[str, int]:
    """Count the verdicts in the object of ``claims.json``."""
    counts: dict[str, int] = {}
    for claim in claims.get("claims", ()):
        verdict = claim["verdict"] or "not measured"
        counts[verdict] = counts.get(verdict, 0) + 1
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """One experiment measured and judged: its part of the JSON of ``list``, and what went wrong."""

    experiment: str
    claims: Mapping[str, Any]
    failures: tuple[ReportgenError, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0, or 1 if the experiment is broken."""
        return max((failure.exit_code for failure in self.failures), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The verdicts of today against the recorded ones; ``judged`` tells them, and which experiments broke."""

    judged: BuildResult
    changes: tuple[Change, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 if an experiment is broken or a verdict is not the recorded one."""
        return self.judged.exit_code or (1 if self.changes else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Whether one artefact would be made anew, and why: lines such as ``changed: measure() 1a2b → 3c4d``."""

    artefact: str
    stale: bool
    reasons: tuple[str, ...] = ()
