"""Time candidates in turns, so that what disturbs the machine disturbs all of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Clock = Callable[[], float]
Seconds = np.ndarray  # one per round


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something to time.

    Attributes
    ----------
    run
        Does the work n times and returns the seconds it took.
    units
        What is done each time, in units of the result: R networks make one step each.
    """

    run: Callable[[int], float]
    units: float = 1


def timed(call: Callable[[], object], clock: Clock = time.process_time) -> Callable[[int], float]:
    """Return the run of a call.

    The processor's time is the clock for what runs on one core: it leaves out the moments when another
    process has the core. What runs on two cores is timed by the wall clock.
    """

    def run(n: int) -> float:
        began = clock()
        for _ in range(n):
            call()
        return clock() - began

    return run


def interleave(
    candidates: Mapping[str, Candidate], *, rounds: int, seconds: float = 0.02
) -> dict[str, Seconds]:
    """Return per candidate the seconds per unit of each round.

    Parameters
    ----------
    candidates
        All are called once in every round, the order reversed from round to round.
    rounds
        After one that is not counted.
    seconds
        How long a candidate shall work in a round; at least once.
    """
    calls = {}
    for name, candidate in candidates.items():
        candidate.run(1)  # the first call allocates and compiles
        calls[name] = max(1, round(seconds / max(candidate.run(1), 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for index in range(rounds):
        names = list(candidates) if index % 2 == 0 else list(candidates)[::-1]
        for name in names:
            candidate = candidates[name]
            times[name].append(candidate.run(calls[name]) / calls[name] / candidate.units)
    return {name: np.array(values) for name, values in times.items()}
