"""Numbers on axes and in labels: real minus signs and Unicode exponents, so that no label needs mathtext."""

from __future__ import annotations

import math
import re

from matplotlib.axis import Axis
from matplotlib.ticker import (
    AutoLocator,
    FixedLocator,
    Formatter,
    LogFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
)

_RAISED = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"1e([-−]?\d+)")
N_DECADES_LABELED = 5


def raised(exponent: int) -> str:
    """Return the integer in superscript characters: −3 → ⁻³."""
    return str(exponent).translate(_RAISED)


def number(value: float, digits: int = 3) -> str:
    """Return the number with that many significant digits: 0.0123, −4.5, 1.2×10⁻⁵, ∞."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("−∞" if value < 0 else "∞")
    if value == 0:
        return "0"
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    exponent = int(power)
    if -4 < exponent < 6:
        plain = f"{value:.{max(digits - 1 - exponent, 0)}f}"
        return plain.replace("-", "−")
    return f"{mantissa}×10{raised(exponent)}".replace("-", "−")


class PowerFormatter(Formatter):
    """Labels of a logarithmic axis: 10⁻³; plain numbers from 0.01 to 100 where the axis is short."""

    def __init__(self, *, plain: bool = False) -> None:
        self.plain = plain

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002  (matplotlib's signature)
        if x == 0 or not math.isfinite(x):
            return "0" if x == 0 else ""
        exponent = math.floor(math.log10(abs(x)) + 1e-9)
        mantissa = x / 10.0**exponent
        if self.plain:
            return f"{x:.{max(-exponent, 0)}f}".replace("-", "−")
        if abs(mantissa - 1) < 1e-6:
            return f"10{raised(exponent)}"
        return f"{mantissa:.3g}×10{raised(exponent)}".replace("-", "−")


class PlainFormatter(ScalarFormatter):
    """Labels of a linear axis, a common power of ten written with Unicode."""

    def __init__(self) -> None:
        super().__init__(useOffset=False, useMathText=False)

    def get_offset(self) -> str:
        """Return the common factor, such as ×10⁻⁵."""
        power = _POWER.fullmatch(super().get_offset())
        return f"×10{power[1].translate(_RAISED)}" if power else ""


def tidy_axis(axis: Axis, max_ticks: int | None = None) -> None:
    """Replace matplotlib's own formatters and locators by ours; those that an author has set stay."""
    if max_ticks is not None and type(axis.get_major_locator()) is AutoLocator:
        n_bins = max(1, min(max_ticks, axis.get_tick_space()))
        axis.set_major_locator(MaxNLocator(n_bins, steps=[1, 2, 2.5, 5, 10]))
    if axis.get_scale() == "log":
        _tidy_logarithmic(axis)
    elif axis.get_scale() == "linear" and type(axis.get_major_formatter()) is ScalarFormatter:
        axis.set_major_formatter(PlainFormatter())


def _tidy_logarithmic(axis: Axis) -> None:
    low, high = sorted(axis.get_view_interval())
    own = isinstance(axis.get_major_formatter(), LogFormatter) and isinstance(
        axis.get_major_locator(), LogLocator
    )
    if not own or low <= 0:
        return
    decades = math.log10(high / low)
    plain = low >= 0.0099 and high <= 101
    if decades < 1:
        values = [
            m * 10.0**e
            for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            for m in ((1, 2, 3, 4, 5, 6, 8) if decades < 0.6 else (1, 2, 3, 5))
        ]
    elif decades < 1.7:
        values = [
            m * 10.0**e
            for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            for m in (1, 3)
        ]
    else:
        first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
        step = max(1, math.ceil((last - first + 1) / N_DECADES_LABELED))
        values = [10.0**e for e in range(first, last + 1) if e % step == 0]
    axis.set_major_locator(FixedLocator(values))
    axis.set_major_formatter(PowerFormatter(plain=plain))
    axis.set_minor_formatter(NullFormatter())
    if decades > 4:
        axis.set_minor_locator(LogLocator(subs=(1.0,), numticks=50))
