"""Films: a figure drawn again and again from more and more of its stored summary, as GIF or MP4."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reportgen.draw import drawn, strictly
from reportgen.errors import EnvironmentProblem, ExperimentError
from reportgen.model import ClaimResult, Figure, Words

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.animation import AbstractMovieWriter
    from matplotlib.figure import Figure as MatplotlibFigure

    from reportgen.style import Style

FilmFormat = Literal["gif", "mp4"]
MAX_FRAMES = 60
FRAMES_PER_SECOND = 12
SECONDS_AT_THE_END = 2  # so long the last frame stands before the film begins again
DPI = 72.0  # 960 × 540 pixels for a slide
_H264 = ("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
_SAME_BYTES = ("-threads", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact")


def has_ffmpeg() -> bool:
    """Tell whether this machine can write MP4."""
    from matplotlib.animation import FFMpegWriter

    return bool(FFMpegWriter.isAvailable())


def film(
    figure: Figure,
    summary: xr.Dataset,
    results: Mapping[str, ClaimResult],
    words: Words,
    style: Style,
    fmt: FilmFormat,
    *,
    figure_id: str,
) -> bytes:
    """Return the film of a figure along the dimension ``figure.plays`` of its summary.

    Every frame has the axes and the margins of the whole figure.

    Raises
    ------
    ExperimentError
        As :func:`reportgen.draw.draw`, or if the summary has no such dimension.
    EnvironmentProblem
        For MP4 without ffmpeg.
    """
    where = f"figure {figure_id} ({words.language})"
    if fmt == "mp4" and not has_ffmpeg():
        raise EnvironmentProblem(
            "MP4 needs ffmpeg", where=where, hint="install ffmpeg, or write GIF: --format gif"
        )
    if figure.plays is None or summary.sizes.get(figure.plays, 0) < 2:
        raise ExperimentError(
            f"the summary has no dimension {figure.plays!r} to play along",
            where=where,
            hint=f"it has {', '.join(map(str, summary.sizes))}",
        )
    with drawn(figure, summary, results, words, style, figure_id=figure_id) as whole:
        frame = _Frame(whole)
    writer = _writer(fmt)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film.{fmt}"
        dpi = (style.dpi or DPI) * style.magnification(whole)
        with style.context(), writer.saving(whole, str(path), dpi):
            for n_shown in _steps(summary.sizes[figure.plays]):
                part = summary.isel({figure.plays: slice(0, n_shown)})
                with drawn(
                    figure, part, results, words, style, figure_id=figure_id, adjust=frame.hold
                ) as canvas:
                    frame.place(canvas)
                    writer.fig = canvas
                    with strictly(where):
                        writer.grab_frame(facecolor=style.color("paper"))
            for _ in range(SECONDS_AT_THE_END * FRAMES_PER_SECOND):
                writer.grab_frame(facecolor=style.color("paper"))
        return path.read_bytes()


class _Frame:
    """The axes' limits and the margins of the whole figure."""

    def __init__(self, whole: MatplotlibFigure) -> None:
        self._limits = [(ax.get_xlim(), ax.get_ylim()) for ax in whole.axes]
        pars = whole.subplotpars
        self._margins = {name: getattr(pars, name) for name in ("left", "right", "bottom", "top")}
        self._gaps = {"wspace": pars.wspace, "hspace": pars.hspace}

    def hold(self, canvas: MatplotlibFigure) -> None:
        """Give the panels their limits."""
        for ax, (x, y) in zip(canvas.axes, self._limits, strict=False):
            ax.set_xlim(x)
            ax.set_ylim(y)

    def place(self, canvas: MatplotlibFigure) -> None:
        """Put the panels where they will be at the end, whatever words there are by now."""
        canvas.subplots_adjust(**self._margins, **self._gaps)


def _steps(size: int) -> list[int]:
    """Return how much is shown in each frame: from 2 to all, in equal steps."""
    n_frames = min(size - 1, MAX_FRAMES)
    return [2 + round(i * (size - 2) / max(n_frames - 1, 1)) for i in range(n_frames)]


def _writer(fmt: FilmFormat) -> AbstractMovieWriter:
    from matplotlib.animation import FFMpegWriter, PillowWriter

    if fmt == "gif":
        return PillowWriter(fps=FRAMES_PER_SECOND)
    options: dict[str, Any] = {"codec": "libx264", "extra_args": [*_H264, *_SAME_BYTES]}
    return FFMpegWriter(fps=FRAMES_PER_SECOND, **options)
