"""``reportgen merge``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, options
from reportgen.cli.progress import count


@click.command(epilog=options.example("reportgen merge shards/*", "reportgen merge ../other/.reportgen"))
@click.argument(
    "stores",
    nargs=-1,
    required=True,
    metavar="STORE...",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@options.project
@options.as_json
def merge(stores: tuple[Path, ...], project_folder: Path | None, as_json: bool) -> int:
    """Take over what other stores have, such as those of `reportgen build --shard 1/4`.

    STORE is a folder .reportgen, or the folder that holds one. It stays as it is.
    """
    from reportgen.build import merge as run_merge

    merged = run_merge(stores, project_folder)
    if as_json:
        counts = {"added": merged.added, "known": merged.known, "damaged": merged.damaged}
        console.print_json({"schema": 1, **counts})
        return 0
    damaged = f", {merged.damaged} damaged and left behind" if merged.damaged else ""
    console.result(f"{count(merged.added, 'result')} added, {merged.known} known{damaged}")
    return 0
