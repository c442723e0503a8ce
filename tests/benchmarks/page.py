"""Put the results that have a goal into the page of the documentation, between its two marks."""

from collections.abc import Sequence
from pathlib import Path

from .results import Result

BEGIN, END = "<!-- results: written by make bench -->\n", "<!-- end of results -->\n"
HEAD = ("", "ours", "peer", "ratio", "quartiles", "goal", "met")


def insert_table(results: Sequence[Result], path: Path, setting: str) -> None:
    """Replace what stands between the marks."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{path.name}: the marks of the results are missing")
    rows = [HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *(_row(r) for r in results if r.goal)]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    path.write_text(f"{before}{BEGIN}\n{setting}.\n\n{table}\n{END}{after}", encoding="utf-8")


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.name,
        f"{result.ours:.3g} {result.unit}",
        "" if result.peer is None else f"{result.peer:.3g} {result.unit}",
        "" if result.ratio is None else f"{result.ratio:.2f}",
        "" if result.spread is None else f"{result.spread[0]:.3g} … {result.spread[1]:.3g}",
        str(result.goal),
        "yes" if result.met else "**no**",
    )
