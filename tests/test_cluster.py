"""Measuring on a cluster: what travels, who may work, and what happens when somebody dies."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.build import BuildOptions, build, run_experiment
from reportgen.cluster import Cluster, client
from reportgen.cluster.worker import Report, Unfit, software, work
from reportgen.errors import EnvironmentProblem, ExperimentError, UsageError
from reportgen.machine import cpu_name, worker_environment
from reportgen.measure import Series, keep, lacking, measure, plan
from reportgen.pool import Outcome, Pool
from reportgen.store import Store

pytest.importorskip("distributed")

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "tests/projects/small"
COIN = SMALL / "experiments/basics/coin.py"
SWEEP = ROOT / "experiments/training/rate_scale_and_depth.py"
META = '{"units": "1", "long_name": "x"}'


def make_series(path, **changes):
    settings = {
        "experiment": path.stem,
        "path": path,
        "source": hashlib.sha256(path.read_bytes()).hexdigest(),
        "digest": "d",
        "params": {},
        "overrides": {},
        "root_seed": 7,
        "n": 6,
    }
    return Series(**{**settings, **changes})


# --- what travels ---


def test_task_without_shared_disk_gives_the_same_bytes(tmp_path):
    far, near = Store(tmp_path / "far"), Store(tmp_path / "near")
    series = make_series(COIN)
    for task in plan([(series, lacking(series, near))], seconds={}, jobs=2, store=near.root):
        measure(task)
    elsewhere = replace(series, path=Path("/nowhere/coin.py"))
    for task in plan([(series, lacking(series, far))], seconds={}, jobs=2, store=None):
        keep(series, measure(replace(task, series=elsewhere)), far)
    assert [far.digest(key, ".nc") for key in series.keys] == [near.digest(key, ".nc") for key in series.keys]


def test_error_without_shared_disk_names_the_authors_line(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text(
        "from reportgen import Experiment\n"
        "def measure(params, replicates):\n"
        "    return 1 / 0\n"
        "experiment = Experiment(params={}, replicates=1, measure=measure)\n"
    )
    (task,) = plan([(make_series(path, n=1), (0,))], seconds={}, jobs=1, store=None)
    path.unlink()
    with pytest.raises(ExperimentError, match="ZeroDivisionError") as caught:
        measure(task)
    assert caught.value.where == str(path)
    assert caught.value.hint == "line 3, in measure: return 1 / 0"


def test_code_that_is_not_what_was_planned_is_refused():
    (task,) = plan([(make_series(COIN), (0,))], seconds={}, jobs=1, store=None)
    with pytest.raises(ExperimentError, match="was changed"):
        measure(replace(task, code=task.code + b"\n"))


# --- who may work ---

THERE = "tcp://127.0.0.1:1"
GOOD = Report(software(), {"cpu": "c", "blas": {"version": "1", "kernel": "k"}, "environment": {}}, ())
OTHER_NUMPY = replace(GOOD, software={**software(), "numpy": "1.0"})
OTHER_KERNEL = replace(GOOD, machine={**GOOD.machine, "blas": {"version": "1", "kernel": "l"}})
NOT_OURS = replace(
    GOOD, machine={**GOOD.machine, "cpu": cpu_name(), "environment": {"OPENBLAS_CORETYPE": "l"}}
)
SLOW_KERNEL = replace(GOOD, advice=("OPENBLAS_CORETYPE=SkylakeX",))


class StubClient:
    """A client whose workers say what a test wants, and whose tasks run in threads."""

    def __init__(self, workers):
        self.workers, self.restrictions = workers, []

    def nthreads(self):
        return dict.fromkeys(self.workers, 1)

    def run(self, _function, on_error):
        assert on_error == "return"
        return dict(self.workers)

    def get_executor(self, pure, workers=None):
        assert not pure
        self.restrictions.append(workers)
        return ThreadPoolExecutor(1)


def connected(workers):
    there = Cluster(THERE, 1)
    there._client = StubClient(workers)
    there._examine()
    there._advise()
    return there


@pytest.mark.parametrize(
    ("workers", "fit", "told"),
    [
        ({"a": GOOD, "b": GOOD}, ["a", "b"], []),
        ({"a": GOOD, "b": OTHER_NUMPY}, ["a"], ["worker b is left out: numpy 1.0 instead of"]),
        ({"a": GOOD, "b": ImportError("no reportgen")}, ["a"], ["b is left out: it cannot run reportgen"]),
        ({"a": GOOD, "b": OTHER_KERNEL}, ["a", "b"], ["BLAS differ, ('1', 'k') and ('1', 'l')"]),
        ({"a": NOT_OURS}, ["a"], ["kernel k, processes here with OPENBLAS_CORETYPE=SkylakeX: the last bits"]),
        ({"a": SLOW_KERNEL}, ["a"], ["kernel k, without OPENBLAS_CORETYPE=SkylakeX: --nthreads 1 --preload"]),
    ],
)
def test_workers_are_asked_what_they_run(workers, fit, told, caplog, monkeypatch):
    monkeypatch.setattr(client, "worker_environment", lambda: {"OPENBLAS_CORETYPE": "SkylakeX"})
    monkeypatch.setenv("OPENBLAS_CORETYPE", "SkylakeX")
    there = connected(workers)
    assert sorted(there._fit) == fit
    assert there.jobs == len(fit)
    assert there._client.restrictions == [None if fit == sorted(workers) else fit]
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == len(told)
    assert all(part in message for part, message in zip(told, messages, strict=True))


def test_no_worker_fits():
    with pytest.raises(EnvironmentProblem, match=r"no worker can be used: numpy 1\.0 instead of"):
        connected({"a": OTHER_NUMPY})


def test_worker_that_joined_later_gives_its_task_back(monkeypatch):
    there, given_back = connected({"a": GOOD}), []

    def late(_expected, function, request):
        if not given_back:
            given_back.append(request)
            there._client.workers["b"] = OTHER_NUMPY
            return Unfit("numpy 1.0")
        return Outcome(function(request), None, 0.0)

    monkeypatch.setattr(client, "work", late)
    found = {request: outcome.value for request, outcome in there.run(abs, [-1, -2])}
    assert found == {-1: 1, -2: 2}
    assert len(given_back) == 1
    assert there._client.restrictions == [None, ["a"]]


def test_task_compares_versions_in_the_worker():
    assert work(software(), abs, -1).value == 1
    assert isinstance(work({**software(), "numpy": "1.0"}, abs, -1), Unfit)


def test_all_workers_gone(monkeypatch):
    there = connected({"a": GOOD})
    there._client.workers.clear()
    monkeypatch.setattr(client, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(client, "PATIENCE", 0.05)
    never = threading.Event()
    monkeypatch.setattr(client, "work", lambda *_: never.wait(10))
    with pytest.raises(EnvironmentProblem, match="all workers are gone"):
        list(there.run(abs, [-1]))
    never.set()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheduler": THERE}, "needs --executor dask"),
        ({"executor": "dask", "scheduler": "localhost:8786"}, "no address of a scheduler"),
    ],
)
def test_scheduler_that_makes_no_sense(options, message):
    with pytest.raises(UsageError, match=message):
        build(BuildOptions(project=SMALL, **options))


def test_scheduler_that_is_not_there():
    began = time.monotonic()
    with Cluster("tcp://127.0.0.1:9", 1) as there, pytest.raises(EnvironmentProblem, match="no scheduler"):
        list(there.run(abs, [-1]))
    assert time.monotonic() - began < 10


def test_scheduler_that_is_none(monkeypatch):
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with Cluster(address, 1) as there, pytest.raises(EnvironmentProblem, match="no scheduler answers"):
            list(there.run(abs, [-1]))


# --- a real cluster ---


@contextmanager
def started(folder, *arguments, **environment):
    """Run ``dask …`` on the loopback; it ends with the block."""
    command = [
        sys.executable,
        "-m",
        "dask",
        *arguments,
        "--host",
        "127.0.0.1",
        "--dashboard-address",
        "127.0.0.1:0",
    ]
    with (folder / "dask.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def scheduler(folder):
    file = folder / "scheduler.json"
    with started(folder, "scheduler", "--port", "0", "--scheduler-file", str(file)):
        wait(file.exists)
        import json

        wait(lambda: file.read_text().endswith("}"))
        yield json.loads(file.read_text())["address"]


def worker(folder, address, *more, **environment):
    arguments = ("worker", address, "--nthreads", "1", "--local-directory", str(folder), *more)
    return started(folder, *arguments, **environment)


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def n_workers(address, n):
    from distributed import Client

    with Client(address, set_as_default=False) as there:
        wait(lambda: len(there.nthreads()) == n)


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A scheduler and three workers; the first may die."""
    folder = tmp_path_factory.mktemp("cluster")
    preload = ("--preload-nanny", "reportgen.cluster")
    with (
        scheduler(folder) as address,
        worker(folder, address, *preload),
        worker(folder, address, *preload),
        worker(folder, address, *preload),
    ):
        n_workers(address, 3)
        yield folder, address


def sweep(folder):
    """Return a project of its own with the sweep."""
    shutil.copytree(SMALL, folder)
    shutil.copy(SWEEP, folder / "experiments")
    return folder


def replicates(project):
    store = project / ".reportgen"
    return {path.name: path.read_bytes() for path in sorted(store.rglob("*.nc"))}


@pytest.mark.slow
def test_cluster_equals_the_local_pool(three, tmp_path):
    _, address = three
    here, there = sweep(tmp_path / "here"), sweep(tmp_path / "there")
    name, common = SWEEP.stem, {"seed": 3, "jobs": 2}
    assert run_experiment(name, BuildOptions(project=here, **common)).exit_code == 0
    far = BuildOptions(project=there, executor="dask", scheduler=address, **common)
    assert run_experiment(name, far).exit_code == 0
    assert len(replicates(here)) == 17  # and a summary
    assert replicates(here) == replicates(there)
    assert Store(there / ".reportgen").get_note("machine") == Store(here / ".reportgen").get_note("machine")


@pytest.mark.slow
def test_cluster_of_its_own_builds_the_handout(tmp_path):
    project = tmp_path / "small"
    shutil.copytree(SMALL, project)
    result = build(BuildOptions(project=project, executor="dask", jobs=2, formats=("html",)))
    assert result.exit_code == 0
    assert result.verdicts == {"confirmed": 3}
    assert result.warnings == ()


@pytest.mark.slow
@pytest.mark.parametrize("nanny", [True, False])
def test_worker_killed_costs_no_result(nanny, tmp_path):
    steps = {"n_steps": 150}
    series = make_series(SWEEP, n=8, overrides=steps)
    tasks = [
        replace(task, indices=(i,))
        for task in plan([(series, (0,))], seconds={}, jobs=1, store=None)
        for i in range(8)
    ]
    with Pool(2) as pool:
        expected = {r.indices: o.value for r, o in pool.run(measure, tasks)}
    more = ("--preload-nanny", "reportgen.cluster") if nanny else ("--no-nanny",)
    kernel = {} if nanny else {**worker_environment(), **os.environ}
    with (
        scheduler(tmp_path) as address,
        worker(tmp_path, address, *more, **kernel),
        worker(tmp_path, address, *more, **kernel),
        worker(tmp_path, address, *more, **kernel) as victim,
    ):
        n_workers(address, 3)
        found = {}
        with Cluster(address, 1) as there:
            for request, outcome in there.run(measure, tasks):
                if not found:
                    kill_one(address) if nanny else victim.kill()
                found[request.indices] = outcome.value
    assert set(found) == set(expected)
    for indices, parts in expected.items():
        for (_, ours), (_, theirs) in zip(parts, found[indices], strict=True):
            assert ours.identical(theirs)


def kill_one(address):
    """Kill the process of one worker, as the machine does that runs out of memory."""
    from distributed import Client

    with Client(address, set_as_default=False) as there:
        pid = next(iter(there.run(os.getpid).values()))
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("other", ["reportgen", "numpy"])
def test_worker_with_other_versions_is_left_out(three, other, tmp_path, caplog):
    _, address = three
    if other == "numpy":
        metadata = tmp_path / "numpy-1.0.dist-info/METADATA"
        metadata.parent.mkdir()
        metadata.write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n")
    else:
        shutil.copytree(ROOT / "reportgen", tmp_path / "reportgen")
        with (tmp_path / "reportgen/theory.py").open("a") as file:
            file.write("ANOTHER = 1\n")
    with worker(tmp_path, address, PYTHONPATH=str(tmp_path)), Cluster(address, 1) as there:
        n_workers(address, 4)
        assert there.jobs == 3
        workers = {outcome.value for _, outcome in there.run(worker_of, range(20))}
        assert len(workers) <= 3
        (told,) = [r.getMessage() for r in caplog.records if "is left out" in r.getMessage()]
        assert f"{other} " in told
        assert "instead of" in told
        assert not any(address in told for address in workers)
    n_workers(address, 3)


def worker_of(_):
    from distributed import get_worker

    time.sleep(0.05)
    return get_worker().address


@pytest.mark.slow
def test_scheduler_that_dies_is_an_error_of_the_environment(tmp_path):
    with (
        scheduler(tmp_path) as address,
        worker(tmp_path, address, "--no-nanny"),
        Cluster(address, 1) as there,
    ):
        assert there.jobs == 1
        results = there.run(worker_of, range(1000))
        next(results)
        pid = there._client.run_on_scheduler(os.getpid)
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        with pytest.raises(EnvironmentProblem, match="connection to the scheduler was lost"):
            list(results)
        assert time.monotonic() - began < 60
