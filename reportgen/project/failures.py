"""What an author's code raised, told by the author's own lines."""

from __future__ import annotations

import traceback
from pathlib import Path


def short_traceback(error: BaseException, path: Path) -> str:
    """Return the frames that lie in the experiment's file, the innermost last: ``line 12, in measure: …``."""
    return "\n  ".join(
        f"line {frame.lineno}, in {frame.name}: {frame.line}" for frame in _own_frames(error, path)
    )


def last_line(error: BaseException, path: Path) -> int | None:
    """Return the line of the experiment's file where the error arose."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    frames = _own_frames(error, path)
    return frames[-1].lineno if frames else None


def _own_frames(error: BaseException, path: Path) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
