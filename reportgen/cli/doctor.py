"""``reportgen doctor``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from reportgen.cli import console, options
from reportgen.cli.progress import count

SIGNS = {"ok": ("✓", "green"), "note": ("·", "yellow"), "missing": ("✗", "red")}
LACKING = 5


@click.command(epilog=options.example("reportgen doctor", "reportgen doctor --json"))
@options.project
@options.as_json
def doctor(project_folder: Path | None, as_json: bool) -> int:
    """Check Python, packages, system libraries, fonts, BLAS, store and git; exit code 5 if one lacks."""
    from reportgen.doctor import examine

    with console.only_json(as_json):
        findings = examine(project_folder)
    n_missing = sum(finding.state == "missing" for finding in findings)
    code = LACKING if n_missing else 0
    if as_json:
        console.print_json(
            {
                "schema": 1,
                "ok": not n_missing,
                "findings": [asdict(finding) for finding in findings],
                "exit_code": code,
            }
        )
        return code
    subject = ""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        if finding.subject != subject:
            subject = finding.subject
            console.result(click.style(subject, bold=True))
        sign, tint = SIGNS[finding.state]
        console.result(f"  {click.style(sign, fg=tint)} {finding.name:{width}}  {finding.found}")
        for line in finding.hint.splitlines():
            console.result(f"      {line}")
    console.result(f"{count(n_missing, 'thing')} missing" if n_missing else "all that is needed is there")
    return code
