"""The benchmarks compare equal work and write what they found; their speed is not tested here."""

import json

import numpy as np
import pytest
from rich.console import Console

from .measurement import Candidate, interleave
from .networks import OURS, Case, engine_step, judge, plain_step, torch_steps
from .page import BEGIN, END, insert_table
from .plot import draw
from .results import Goal, Result, compare, print_table, read_lines, write_json

STEPS = 4


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("optimizer", OURS)
def test_plain_numpy_does_the_work_of_the_engine(optimizer, batch_norm):
    case = Case(16, batch_norm, optimizer)
    ours, plain = engine_step(case, 2), plain_step(case)
    losses = np.array([(ours()[0], plain()) for _ in range(STEPS)])
    np.testing.assert_allclose(losses[:, 0], losses[:, 1], rtol=1e-4)
    assert np.ptp(losses[:, 1]) > 1e-3  # it learns


@pytest.mark.torch
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("optimizer", ["SGD", "Nesterov", "Adam"])
def test_pytorch_does_the_work_of_the_engine(optimizer, batch_norm):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    case = Case(16, batch_norm, optimizer)
    ours = engine_step(case, 8)
    expected = np.array([ours() for _ in range(STEPS)])
    for name, (step, n_networks) in torch_steps(case).items():
        if n_networks <= 8:
            losses = np.array([np.atleast_1d(step().numpy()) for _ in range(STEPS)])
            np.testing.assert_allclose(losses, expected[:, :n_networks], rtol=1e-4, err_msg=name)


def test_candidates_take_turns():
    order = []

    def run(name):
        return lambda n: order.append(name) or {"a": 0.1, "b": 0.2}[name] * n

    times = interleave({"a": Candidate(run("a"), 2), "b": Candidate(run("b"))}, rounds=3, seconds=0.1)
    assert order == ["a", "a", "b", "b", "a", "b", "b", "a", "a", "b"]
    np.testing.assert_allclose([times["a"], times["b"]], [[0.05] * 3, [0.2] * 3])


NAMES = (
    *("floor", "ours R = 1", "ours R = 8", "ours R = 16", "ours R = 32"),
    *("plain NumPy, default kernel", "plain NumPy, our kernel", "plain NumPy, AVX2 kernel"),
    *("PyTorch one at a time", "PyTorch bmm R = 8", "PyTorch vmap R = 8"),
)
RESULTS = (
    compare("fast", np.array([1.0, 2, 1]), np.array([5.0, 8, 6]), unit="s", goal=Goal("≥", 4)),
    compare("floor", np.array([3.0, 3]), np.array([2.0, 2]), unit="s", goal=Goal("≤", 1.4), floor=True),
    compare("no goal", np.array([1e-6]), np.array([1e-6])),
)


def test_results_are_written_whole(tmp_path):
    write_json(RESULTS, tmp_path / "output" / "benchmarks.json")
    (path,) = (tmp_path / "output").iterdir()
    fast, floor, plain = json.loads(path.read_text(encoding="utf-8"))
    assert fast == {
        **{"name": "fast", "ours": 1.0, "peer": 6.0, "ratio": 5.0, "spread": [4.5, 5.5]},
        **{"goal": "≥ 4", "met": True, "unit": "s"},
    }
    assert (floor["ratio"], floor["goal"], floor["met"]) == (1.5, "≤ 1.4", False)
    assert (plain["ours"], plain["goal"], plain["met"]) == (1.0, None, None)


def test_sections_that_were_not_measured_keep_their_results(tmp_path):
    path = tmp_path / "benchmarks.json"
    step, wide = (compare(f"{name}/case", np.ones(3), np.ones(3)) for name in ("step", "wide"))
    for results in ([wide], [step], [wide]):
        write_json(results, path)
    assert [line["name"] for line in read_lines(path)] == ["step/case", "wide/case"]


def test_table_shows_the_goals_beside_the_figures(capsys):
    print_table(RESULTS, Console(width=100, color_system=None), "Speed")
    lines = capsys.readouterr().out.splitlines()
    assert any(all(part in line for part in ("fast", "6 s", "5.00", "≥ 4", "yes")) for line in lines)
    assert any(all(part in line for part in ("floor", "1.50", "≤ 1.4", "no")) for line in lines)


def test_page_and_plot_follow_the_results(tmp_path):
    case = Case(100, True, "Adam")
    found = judge(case, {name: np.array([1e-3, 2e-3, 2e-3]) for name in NAMES})
    far = Result(name="far", unit="s", ours=60.0, goal=Goal("≤", 3, of="ours"))
    write_json([*found, *RESULTS, far], tmp_path / "benchmarks.json")
    draw(tmp_path / "benchmarks.json", tmp_path / "benchmarks.svg")
    plot = (tmp_path / "benchmarks.svg").read_text(encoding="utf-8")
    assert "Adam, BN" in plot
    assert ">0.0625<" in plot  # the axis reaches to the line that misses its goal twentyfold
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Speed\n{BEGIN}old\n{END}After\n", encoding="utf-8")
    for _ in range(2):
        insert_table(tmp_path / "benchmarks.json", page, "A machine")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Speed\n")
    assert text.endswith("After\n")
    assert "| fast | 1 s | 6 s | 5.00 | 4.5 … 5.5 | ≥ 4 | yes |" in text
    assert text.count("| floor |") == 1
    assert "no goal" not in text
    assert "old" not in text
