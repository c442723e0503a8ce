"""What a long job tells while it runs; the command line turns it into progress."""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["measure", "summarize", "judge", "draw", "typeset", "publish"]


class Events(Protocol):
    """Receives the progress of a build, always in the process and thread that called it."""

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None:
        """Tell that a stage begins: the names of its items (repeated per item) and the expected seconds."""
        ...

    def done(self, stage: Stage, name: str, seconds: float) -> None:
        """Tell that one item of a stage is done, after so many seconds of work."""
        ...

    def failed(self, stage: Stage, name: str, what: str) -> None:
        """Tell that one item failed; the error itself comes with the result."""
        ...

    def finished(self, stage: Stage) -> None:
        """Tell that a stage is over."""
        ...

    def warning(self, text: str) -> None:
        """Pass on a remark that does not stop anything."""
        ...


class Silence:
    """Events that nobody listens to."""

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None: ...

    def done(self, stage: Stage, name: str, seconds: float) -> None: ...

    def failed(self, stage: Stage, name: str, what: str) -> None: ...

    def finished(self, stage: Stage) -> None: ...

    def warning(self, text: str) -> None: ...
