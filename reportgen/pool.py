"""Work in other processes: started when first needed, one outcome for each request, nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from reportgen.errors import EnvironmentProblem, ReportgenError
from reportgen.machine import describe, prepare_environment

Request = TypeVar("Request")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Value]):
    """What became of a request: a value or the user's error, and the seconds of work."""

    value: Value | None
    error: ReportgenError | None
    seconds: float


class Workers(Protocol):
    """Who works: processes of this machine, or others."""

    @property
    def jobs(self) -> int:
        """How many requests are worked on at a time."""
        ...

    @property
    def shares_store(self) -> bool:
        """Tell whether the workers see this machine's files."""
        ...

    def machines(self) -> list[dict[str, Any]]:
        """Describe the machines that work, each kind once."""
        ...

    def run(
        self, function: Callable[[Request], Value], requests: Iterable[Request]
    ) -> Iterator[tuple[Request, Outcome[Value]]]:
        """Yield each request with its outcome, in the order in which they finish.

        ``function`` is a module-level function; requests and values are plain data and arrays. A
        :class:`ReportgenError` is an outcome, any other exception is a bug and is raised.
        """
        ...


class Pool:
    """Processes that start with the first request and end with the block.

    Parameters
    ----------
    jobs
        How many processes.
    executor
        Another executor to submit to; it is not shut down.
    """

    def __init__(self, jobs: int, executor: Executor | None = None) -> None:
        self.jobs = jobs
        self._executor = executor
        self._own: ProcessPoolExecutor | None = None

    @property
    def shares_store(self) -> bool:
        """Tell whether the workers see this machine's files."""
        return self._executor is None

    def machines(self) -> list[dict[str, Any]]:
        """Describe this machine, as one of the processes finds it."""
        return [outcome.value for _, outcome in self.run(describe, [None]) if outcome.value is not None]

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own is None:
            return
        processes = list((self._own._processes or {}).values())
        self._own.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:  # do not wait for what nobody wants any more
            for process in processes:
                process.kill()
        self._own = None

    def run(
        self, function: Callable[[Request], Value], requests: Iterable[Request]
    ) -> Iterator[tuple[Request, Outcome[Value]]]:
        """Yield each request with its outcome (see :class:`Workers`)."""
        executor = self._executor or self._start()
        futures: dict[Future[Outcome[Value]], Request] = {
            executor.submit(_run, function, request): request for request in requests
        }
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise EnvironmentProblem(
                "a worker process died",
                where="build",
                hint="the memory may not suffice: try -j 1; what was measured is kept",
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def _start(self) -> ProcessPoolExecutor:
        if self._own is None:
            self._own = make_executor(self.jobs)
        return self._own


def make_executor(jobs: int) -> ProcessPoolExecutor:
    """Return a pool of fresh processes with one BLAS thread each."""
    prepare_environment()
    return ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare_worker
    )


def run_here(function: Callable[[Request], Value], request: Request) -> Outcome[Value]:
    """Run one request in this process: for a single one, starting another process costs more."""
    return _run(function, request)


def _run(function: Callable[[Any], Value], request: Any) -> Outcome[Value]:
    began = time.perf_counter()
    try:
        value = function(request)
    except ReportgenError as error:
        return Outcome(None, error, time.perf_counter() - began)
    return Outcome(value, None, time.perf_counter() - began)


def _prepare_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()
