"""Work on other machines: dask.distributed behind the interface of the local pool.

Workers need the package and nothing of the project's disk. Before any work goes out they are asked what they
run, and every task asks again: a worker that joins later, or was restarted from another environment, gives
its task back instead of mixing its numbers in.
"""

from __future__ import annotations

import importlib
import logging
import os
import queue
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from reportgen.cluster.worker import Report, Unfit, differences, introduce, software, work
from reportgen.errors import EnvironmentProblem
from reportgen.machine import THREADS, cpu_name, prepare_environment, worker_environment
from reportgen.pool import Outcome

Request = TypeVar("Request")
Value = TypeVar("Value")

CONNECT_SECONDS = 4.0
WORKER_SECONDS = 20.0  # how long a scheduler may be without workers at the start
PATIENCE = 60.0  # how long it may be without them later: a worker that died is started again within seconds
LOOK_SECONDS = 2.0
DEFAULT_PORT = 8786
PRELOAD = "--nthreads 1 --preload-nanny reportgen.cluster"

_log = logging.getLogger("reportgen")


class Cluster:
    """Workers of dask.distributed: an existing cluster's, or processes here; reached when first needed.

    Parameters
    ----------
    scheduler
        The scheduler's address; None starts processes on this machine, which end with the block.
    n_local
        How many of them.
    """

    shares_store = False

    def __init__(self, scheduler: str | None, n_local: int) -> None:
        self._scheduler, self._n_local = scheduler, n_local
        self._local: Any = None  # distributed's classes are imported late: they take a second
        self._client: Any = None
        self._executor: Executor | None = None
        self._fit: dict[str, Report] = {}
        self._restricted = False
        self._warned: set[str] = set()

    @property
    def jobs(self) -> int:
        """How many tasks run at a time."""
        self._connect()
        return sum(self._client.nthreads()[worker] for worker in self._fit)

    def machines(self) -> list[dict[str, Any]]:
        """Describe the workers' machines, each kind once."""
        self._connect()
        found: list[dict[str, Any]] = []
        for report in self._fit.values():
            if dict(report.machine) not in found:
                found.append(dict(report.machine))
        return sorted(found, key=str)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for opened in (self._client, self._local):
            if opened is not None:
                opened.close(timeout=5)
        self._client = self._local = self._executor = None

    def run(
        self, function: Callable[[Request], Value], requests: Iterable[Request]
    ) -> Iterator[tuple[Request, Outcome[Value]]]:
        """Yield each request with its outcome, in the order in which they finish (see ``Pool.run``).

        A worker that dies costs the time of what it was doing: the scheduler gives that to another.
        """
        self._connect()
        finished: queue.SimpleQueue[Future[Outcome[Value] | Unfit]] = queue.SimpleQueue()
        waiting: dict[Future[Outcome[Value] | Unfit], Request] = {}

        def submit(request: Request) -> None:
            assert self._executor is not None
            future = self._executor.submit(work, software(), function, request)
            waiting[future] = request
            future.add_done_callback(finished.put)

        try:
            for request in requests:
                submit(request)
            seen = time.monotonic()
            while waiting:
                try:
                    future = finished.get(timeout=LOOK_SECONDS)
                except queue.Empty:
                    seen = self._look(seen)
                    continue
                request, answer = waiting.pop(future), self._answer(future)
                if isinstance(answer, Unfit):
                    submit(request)
                else:
                    yield request, answer
        finally:
            for future in waiting:
                future.cancel()

    def _connect(self) -> None:
        if self._client is not None:
            return
        try:
            distributed = importlib.import_module("distributed")
        except ImportError as error:
            raise EnvironmentProblem(
                "dask.distributed is not installed",
                where="--executor dask",
                hint='pip install "reportgen[dask]"',
            ) from error
        address = self._scheduler
        if address is None:
            self._local = _start_local(distributed, self._n_local)
            address = str(self._local.scheduler_address)
        try:
            _knock(address)
            with warnings.catch_warnings():  # versions are compared below, in our words
                warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
                client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise EnvironmentProblem(
                f"no scheduler answers at {address}",
                where="--scheduler",
                hint="`dask scheduler --host ADDRESS` starts one and prints its address",
            ) from error
        self._client = client
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError as error:
            raise EnvironmentProblem(
                f"the scheduler at {address} has no workers", where="--scheduler", hint=_start_hint(address)
            ) from error
        self._examine()
        self._advise()

    def _examine(self) -> None:
        """Ask every worker what it runs; leave out those that run something else, and say so."""
        threads = self._client.nthreads()
        answers = self._client.run(introduce, on_error="return")
        unfit = {}
        for worker, answer in sorted(answers.items()):
            if not isinstance(answer, Report):
                unfit[worker] = f"it cannot run reportgen ({type(answer).__name__}: {answer})"
            elif different := differences(answer.software):
                unfit[worker] = different
        self._fit = {
            worker: answers[worker] for worker in threads if worker in answers and worker not in unfit
        }
        if not self._fit:
            told = "; ".join(dict.fromkeys(unfit.values())) or "none answers"
            raise EnvironmentProblem(
                f"no worker can be used: {told}",
                where="--executor dask",
                hint="install the same versions on every worker, and start the workers again",
            )
        for worker, different in unfit.items():
            self._warn(f"worker {worker} is left out: {different}")
        self._restricted = bool(unfit)
        chosen = {"workers": list(self._fit)} if unfit else {}
        self._executor = self._client.get_executor(pure=False, **chosen)

    def _advise(self) -> None:
        """Say what makes workers slower, or their numbers differ in the last bits."""
        prepare_environment()
        here = {name: os.environ.get(name, "") for name in worker_environment() if name not in THREADS}
        threads = self._client.nthreads()
        for worker, report in self._fit.items():
            if threads.get(worker, 1) > 1:
                self._warn(
                    f"worker {worker} has {threads[worker]} threads, which hinder each other: {PRELOAD}"
                )
            kernel = report.machine["blas"].get("kernel")
            there = report.machine["environment"]
            if report.advice:
                wanted = ", ".join(report.advice)
                self._warn(f"worker {worker} computes with the kernel {kernel}, without {wanted}: {PRELOAD}")
            elif report.machine["cpu"] == cpu_name() and any(there.get(k) != v for k, v in here.items()):
                wanted = ", ".join(f"{name}={value}" for name, value in here.items())
                self._warn(
                    f"worker {worker} computes with the kernel {kernel}, processes here with {wanted}: "
                    "the last bits of their numbers differ"
                )
        kernels = {
            str((r.machine["blas"].get("version"), r.machine["blas"].get("kernel")))
            for r in self._fit.values()
        }
        if len(kernels) > 1:
            self._warn(
                f"the workers' BLAS differ, {' and '.join(sorted(kernels))}: "
                "the last bits of a number depend on who measured it"
            )

    def _look(self, seen: float) -> float:
        """Return when a worker that may be used was last there; raise if that is too long ago."""
        try:
            alive = set(self._client.nthreads())
        except (OSError, TimeoutError) as error:
            raise _lost() from error
        if alive & set(self._fit) if self._restricted else alive:
            return time.monotonic()
        if time.monotonic() - seen > PATIENCE:
            raise EnvironmentProblem(
                f"all workers are gone for {PATIENCE:.0f} s",
                where="--executor dask",
                hint="what was measured is kept: start workers and build again",
            )
        return seen

    def _answer(self, future: Future[Outcome[Value] | Unfit]) -> Outcome[Value] | Unfit:
        """Return what came back; what the cluster did wrong becomes an :class:`EnvironmentProblem`."""
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            answer = future.result()
        except KilledWorker as error:
            raise EnvironmentProblem(
                "a task's worker died each time it was tried",
                where="--executor dask",
                hint="its memory may not suffice; what was measured is kept",
            ) from error
        except (CancelledError, CommClosedError) as error:
            raise _lost() from error
        except (ImportError, AttributeError) as error:  # without this version it cannot even say so
            self._examine()
            if not self._restricted:
                raise
            return Unfit(str(error))
        if isinstance(answer, Unfit):
            self._examine()
        return answer

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            _log.warning("%s", text)


def _start_local(distributed: Any, n_workers: int) -> Any:
    prepare_environment()
    return distributed.LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # dask has no way of opening none; without one it takes 8787
        worker_dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        memory_limit=0,
        silence_logs=logging.ERROR,
    )


def _knock(address: str) -> None:
    """Raise OSError or ValueError where nobody listens or answers: dask would try again, or wait for ever."""
    place = urlsplit(address)
    where = (place.hostname, place.port or DEFAULT_PORT)
    with socket.create_connection(where, timeout=CONNECT_SECONDS) as connection:
        if place.scheme == "tcp" and not connection.recv(1):  # a scheduler speaks first
            raise ConnectionError("closed")


def _start_hint(address: str) -> str:
    return f"start some: `dask worker {address} {PRELOAD}`"


def _lost() -> EnvironmentProblem:
    return EnvironmentProblem(
        "the connection to the scheduler was lost",
        where="--executor dask",
        hint="what was measured is kept: build again",
    )
