"""Put the results that have a goal into the page of the documentation, between its two marks."""

from pathlib import Path
from typing import Any

from .results import read_lines, three_digits

BEGIN, END = "<!-- results: written by make bench -->\n", "<!-- end of results -->\n"
HEAD = ("", "ours", "peer", "ratio", "quartiles", "goal", "met")


def insert_table(results: Path, path: Path, setting: str) -> None:
    """Replace what stands between the marks by the lines of the JSON file."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{path.name}: the marks of the results are missing")
    rows = [
        HEAD,
        ("---", *["---:"] * (len(HEAD) - 1)),
        *(_row(line) for line in read_lines(results) if line["goal"]),
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    path.write_text(f"{before}{BEGIN}\n{setting}.\n\n{table}\n{END}{after}", encoding="utf-8")


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    unit = line["unit"]
    return (
        line["name"],
        f"{three_digits(line['ours'])} {unit}",
        "" if line["peer"] is None else f"{three_digits(line['peer'])} {unit}",
        "" if line["ratio"] is None else f"{line['ratio']:.2f}",
        "" if line["spread"] is None else " … ".join(f"{value:.3g}" for value in line["spread"]),
        line["goal"],
        "yes" if line["met"] else "**no**",
    )
