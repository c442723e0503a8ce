"""Verdicts do not hang on the root seed: claims that train no network are judged anew under twenty seeds.

Claims that train on images are left out for their cost alone. ``make stability`` takes a quarter of an hour.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import xarray as xr

from reportgen.fingerprint import stage_dependencies
from reportgen.judge import judge
from reportgen.measure import Series, run_measure
from reportgen.model import Experiment, Verdict
from reportgen.project import find_project, load_experiment
from reportgen.verdicts import NAME, read_record

ROOT = Path(__file__).parents[1]
SEEDS = range(1, 21)
UNDECIDED = {Verdict.INCONCLUSIVE, Verdict.EQUIVALENT}
FILES = {name: file.path for name, file in find_project(ROOT).experiments.items()}


def trains(path: Path) -> bool:
    """Tell whether an experiment reads images: then it trains on them."""
    measure = stage_dependencies(path).measure
    return measure is not None and "data digits" in measure.parts


def random_experiments() -> list[str]:
    """Return the experiments with several replicates that train on no images."""
    return [name for name, path in FILES.items() if not trains(path) and load(name).replicates > 1]


@functools.cache
def load(name: str) -> Experiment:
    return load_experiment(FILES[name], name)


def measure(name: str, seed: int) -> xr.Dataset | None:
    experiment, keys = load(name), stage_dependencies(FILES[name])
    if experiment.measure is None or keys.measure is None:
        return None
    series = Series(
        experiment=name,
        path=FILES[name],
        source=keys.source,
        digest=keys.measure.digest,
        params=experiment.params,
        overrides={},
        root_seed=seed,
        n=experiment.replicates,
    )
    return run_measure(experiment, series, range(experiment.replicates))


@pytest.mark.slow
@pytest.mark.parametrize("name", random_experiments())
def test_no_verdict_turns_over_under_twenty_seeds(name: str) -> None:
    recorded = read_record(ROOT / "experiments" / NAME, "dnn")
    claims = [
        claim
        for claim in load(name).claims
        if claim.checks and claim.id in recorded and not any(trains(FILES[other]) for other in claim.data)
    ]
    turned = {}
    for seed in SEEDS if claims else ():
        own = measure(name, seed)
        for claim in claims:
            others = [measure(other, seed) for other in claim.data]
            result = judge(claim, [d for d in (own, *others) if d is not None], experiment=name)
            for check in result.checks:
                before = recorded[claim.id]["checks"].get(check.name)
                decided = {Verdict(before), check.verdict} - UNDECIDED if before else set()
                if len(decided) > 1:
                    turned[f"{claim.id}.{check.name}, seed {seed}"] = f"{before} → {check.verdict.value}"
    assert not turned
