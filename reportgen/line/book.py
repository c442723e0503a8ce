"""What a build did so far, and the timings that it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.events import Stage


@dataclass(slots=True)
class Book:
    """Names and seconds of work by stage, seconds that passed, the broken experiments, the warnings."""

    done: dict[Stage, list[str]] = field(default_factory=dict)
    work: dict[Stage, dict[str, float]] = field(default_factory=dict)
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

    @property
    def timings(self) -> dict[str, Any]:
        """The object of ``timings.json``: seconds by stage, of work by experiment, figure and document."""
        experiments: dict[str, float] = {}
        stages: tuple[Stage, ...] = ("measure", "summarize", "judge")
        for stage in stages:
            for name, seconds in self.work.get(stage, {}).items():
                experiments[name] = experiments.get(name, 0.0) + seconds
        return {
            "schema": 1,
            "stages": _rounded(self.elapsed),
            "experiments": _rounded(experiments),
            "figures": _rounded(self.work.get("draw", {})),
            "documents": _rounded(self.work.get("typeset", {})),
        }


def _rounded(seconds: Mapping[Any, float]) -> dict[str, float]:
    return {str(name): round(value, 3) for name, value in seconds.items()}
