"""``reportgen run``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from reportgen.cli import completion, console, failures, options
from reportgen.cli.progress import progress


@click.command(
    epilog=options.example("reportgen run signal", "reportgen run training --quick -p training.n_steps=50")
)
@click.argument("experiment", shell_complete=completion.experiments)
@options.switch("--quick/--no-quick", says="Measure the first few replicates only.")
@options.seed
@options.settings
@options.data
@options.jobs
@options.executor
@options.project
@options.as_json
@options.quiet
def run(
    experiment: str,
    quick: bool,
    seed: int | None,
    settings: tuple[tuple[str, str, str], ...],
    data: Path | None,
    jobs: int | None,
    executor: Literal["dask"] | None,
    scheduler: str | None,
    project_folder: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Measure and judge EXPERIMENT and print a table of its checks."""
    from reportgen.build import BuildOptions, run_experiment

    wanted = BuildOptions(
        project=project_folder,
        quick=quick,
        seed=seed,
        settings=settings,
        data=data,
        jobs=jobs,
        executor=executor,
        scheduler=scheduler,
    )
    with console.only_json(as_json), progress(quiet=quiet) as events:
        result = run_experiment(experiment, wanted, events)
    errors = [failures.describe(failure) for failure in result.failures]
    for failure, error in zip(errors, result.failures, strict=True):
        failures.show(failure, error, debug=False)
    if as_json:
        objects = [failures.as_json(failure)["error"] for failure in errors]
        console.print_json(
            {
                **result.claims,
                "experiment": result.experiment,
                "seconds": result.seconds,
                "exit_code": result.exit_code,
                **({"error": objects[0], "failures": objects} if objects else {}),
            }
        )
    else:
        from reportgen.cli import tables

        tables.print_checks(result.claims.get("claims", []))
        if not quiet:
            console.remark(f"{result.experiment} in {console.duration(result.seconds)}")
    return result.exit_code
