"""A build's paths and counts as the outputs of a step, in the form of GITHUB_OUTPUT."""

from __future__ import annotations

from reportgen.ci.places import from_repository
from reportgen.ci.summary import SIGNS
from reportgen.options import BuildResult

_END = "end-of-list"


def make_outputs(result: BuildResult) -> str:
    """Return lines ``name=value``; lists have an item a line, paths are as seen from the repository."""
    paths = [from_repository(path) for path in result.files]
    folder = from_repository(result.folder)
    single = {
        "folder": folder,
        "manifest": f"{folder}/manifest.json",
        "badge": f"{folder}/badge.svg",
        "claims": sum(result.verdicts.values()),
        **{name.replace(" ", "-"): result.verdicts.get(name, 0) for name in SIGNS},
    }
    lines = [f"{name}={value}" for name, value in single.items()]
    for fmt in ("html", "pdf"):
        own = [path for path in paths if path.endswith(f".{fmt}")]
        lines += [f"{fmt}<<{_END}", *own, _END]
    return "\n".join(lines) + "\n"
