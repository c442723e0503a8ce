"""What a build did so far, and the timings that it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.events import Stage

_MEASURED: tuple[Stage, ...] = ("measure", "summarize", "judge")


@dataclass(slots=True)
class Book:
    """Names and seconds of work by stage, seconds that passed, the broken experiments, the warnings.

    ``longest`` is the longest piece of each work, which no number of processes makes shorter.
    """

    done: dict[Stage, list[str]] = field(default_factory=dict)
    work: dict[Stage, dict[str, float]] = field(default_factory=dict)
    longest: dict[Stage, dict[str, float]] = field(default_factory=dict)
    elapsed: dict[Stage, float] = field(default_factory=dict)
    failures: dict[str, ReportgenError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, stage: Stage, name: str, seconds: float) -> None:
        """Note one item as done."""
        names = self.done.setdefault(stage, [])
        if name not in names:
            names.append(name)
        work = self.work.setdefault(stage, {})
        work[name] = work.get(name, 0.0) + seconds
        longest = self.longest.setdefault(stage, {})
        longest[name] = max(longest.get(name, 0.0), seconds)

    @property
    def timings(self) -> dict[str, Any]:
        """The object of ``timings.json``: seconds by stage, of work by experiment, figure and document.

        The critical path is the longest chain of pieces that wait for one another: what the build would take
        if there were a process for everything.
        """
        experiments: dict[str, float] = {}
        for stage in _MEASURED:
            for name, seconds in self.work.get(stage, {}).items():
                experiments[name] = experiments.get(name, 0.0) + seconds
        return {
            "schema": 1,
            "stages": _rounded(self.elapsed),
            "experiments": _rounded(experiments),
            "figures": _rounded(self.work.get("draw", {})),
            "documents": _rounded(self.work.get("typeset", {})),
            "critical_path": [
                {"stage": stage, "name": name, "seconds": round(seconds, 3)}
                for stage, name, seconds in self._critical_path()
            ],
        }

    def _critical_path(self) -> list[tuple[Stage, str, float]]:
        """Return the longest way from an experiment over one of its figures to a document."""

        def steps(stages: tuple[Stage, ...], name: str) -> list[tuple[Stage, str, float]]:
            return [(s, name, self.longest[s][name]) for s in stages if name in self.longest.get(s, {})]

        def length(way: list[tuple[Stage, str, float]]) -> float:
            return sum(seconds for _, _, seconds in way)

        figures = self.longest.get("draw", {})
        experiments = {name: None for stage in _MEASURED for name in self.longest.get(stage, {})}
        ways = [steps(_MEASURED, name) for name in experiments]
        ways += [steps(_MEASURED, name.partition(".")[0]) + steps(("draw",), name) for name in figures]
        documents = [steps(("typeset",), name) for name in self.longest.get("typeset", {})]
        return max(ways, key=length, default=[]) + max(documents, key=length, default=[])


def _rounded(seconds: Mapping[Any, float]) -> dict[str, float]:
    return {str(name): round(value, 3) for name, value in seconds.items()}
