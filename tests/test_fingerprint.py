"""Fingerprints: which edit makes which stage stale, and nothing else."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import ExperimentError
from reportgen.fingerprint import Dependencies, Fingerprints, StageKeys, explain, stage_dependencies
from reportgen.store import Store

EXPERIMENT = '''"""What it shows."""

import functools
from typing import Any

import numpy as np
import reportgen.nn.losses as losses
from reportgen import Check, Claim, Experiment, Figure, Text, nn
from reportgen.nn import train
from reportgen.theory import depth

WIDTH = 4
HALF = WIDTH // 2
TABLE = {"a": 1}
TABLE["b"] = 2
COLOR = "red"
UNUSED = 0


def traced(function):
    return function


def start(rng, scale=HALF):
    return [scale * value for value in rng]  # a comment


@traced
def measure(params, replicates, kind="plain"):
    """Measure."""
    COLOR = 3
    return start(replicates) + nn.activations.relu(TABLE["a"]) + train(COLOR)


def middle(dataset, params):
    return losses.square(dataset)


def size(summary):
    return {"depth": depth(summary)}


def draw_left(summary, results, words, style):
    import matplotlib.ticker

    return words(COLOR)


def draw_right(summary, results, words, style):
    return words(Text(ko="오른쪽", en="right"))


def gap(dataset):
    return [value - LIMIT for value in dataset]


LIMIT = 3

experiment = Experiment(
    params={"width": 4},
    replicates=2,
    measure=functools.partial(measure, kind="fancy"),
    summarize=middle,
    claims=(Claim(id="A", says=Text(en="It falls."), checks=(Check(quantity=lambda d: gap(d)),)),),
    figures=(
        Figure(name="left", caption=Text(en="Left."), alt=Text(en="…"), draw=draw_left),
        Figure(name="right", caption=Text(en="Right."), alt=Text(en="…"), draw=draw_right),
    ),
    values=size,
)
'''
ENGINE = {
    "__init__": "from reportgen.model import Check, Claim, Experiment, Figure, Text\n",
    "model": "class Text: pass\nclass Check: pass\nclass Claim: pass\nFigure = Experiment = dict\n",
    "errors": "class ReportgenError(Exception): pass\n",
    "theory": "from reportgen.errors import ReportgenError\ndef depth(x):\n    raise ReportgenError\n",
    "data": "def split(rng):\n    return rng\n",
    "streams": "STREAM = 1\n",
    "judge": "LEVEL = 0.99\n",
    "statistics": "import numpy\n",
    "summarize": "N = 1\n",
    "draw": "DPI = 1\n",
    "style/__init__": "from reportgen.style.palette import RED\n",
    "style/palette": "RED = 1\n",
    "nn/__init__": "from reportgen.nn import activations, losses\nfrom .training import train\n",
    "nn/activations": "def relu(x):\n    return x\n",
    "nn/losses": "from ._floats import EPS\ndef square(x):\n    return x + EPS\n",
    "nn/_floats": "EPS = 1e-9\n",
    "nn/training": "from . import _loop as loop\ndef train(x):\n    return loop.run(x)\n",
    "nn/_loop": "from reportgen import nn\ndef run(x):\n    return nn.activations.relu(x)\n",
    "nn/unused": "def other():\n    return 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in ENGINE.items():
        path = tmp_path / "reportgen" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "shows.py").write_text(EXPERIMENT, encoding="utf-8")
    return tmp_path


def digests(root: Path) -> dict[str, str]:
    keys = Fingerprints((root,)).stages(root / "shows.py")
    stages = {name: getattr(keys, name) for name in ("measure", "summarize", "values", "claims")}
    stages |= dict(keys.figures)
    found = {name: stage.digest for name, stage in stages.items() if stage is not None}
    return {**found, "declaration": keys.declaration}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


ALL = "measure summarize values claims left right declaration"
EDITS: list[tuple[str, str, str, str]] = [
    # file, old, new, stages that change
    ("shows", "# a comment", "# another", ""),
    ("shows", '"""Measure."""', '"""Measure it."""\n', ""),
    ("shows", "def start(rng, scale=HALF):", "def start(rng: Any, scale: int = HALF) -> Any:\n", ""),
    ("shows", "UNUSED = 0", "UNUSED = 1", "declaration"),
    ("shows", 'en="Left."', 'en="On the left."', "declaration"),
    ("shows", 'params={"width": 4}', 'params={"width": 5}', "declaration"),
    ("shows", "scale * value", "scale + value", "measure declaration"),
    ("shows", "WIDTH = 4", "WIDTH = 5", "measure declaration"),
    ("shows", 'TABLE["b"] = 2', 'TABLE["b"] = 3', "measure declaration"),
    ("shows", "return function", "return (function)", ""),
    ("shows", "return function", "return lambda *a: function(*a)", "measure declaration"),
    ("shows", 'kind="fancy"', 'kind="plain"', "measure declaration"),
    ("shows", 'COLOR = "red"', 'COLOR = "blue"', "left declaration"),
    ("shows", "import matplotlib.ticker", "import matplotlib.dates", "left declaration"),
    ("shows", "오른쪽", "우측", "right declaration"),
    ("shows", "LIMIT = 3", "LIMIT = 4", "claims declaration"),
    ("shows", "lambda d: gap(d)", "lambda d: -gap(d)", "claims declaration"),
    ("shows", "It falls.", "It does fall.", "claims declaration"),
    ("shows", "losses.square(dataset)", "losses.square(-dataset)", "summarize declaration"),
    ("shows", '"depth": depth', '"height": depth', "values declaration"),
    ("shows", "UNUSED = 0", "np.seterr(all='raise')", ALL),
    ("reportgen/__init__", "from", "VERSION = 1\nfrom", ""),
    ("reportgen/model", "class Text: pass", "class Text: x = 1", ""),
    ("reportgen/errors", "pass", "code = 1", ""),
    ("reportgen/nn/unused", "1", "2", ""),
    ("reportgen/nn/__init__", "from", "OTHER = 1\nfrom", ""),
    ("reportgen/nn/activations", "return x", "return -x", "measure declaration"),
    ("reportgen/nn/activations", "return x", "# the identity\n    return x", ""),
    ("reportgen/nn/training", "loop.run(x)", "loop.run(-x)", "measure declaration"),
    ("reportgen/nn/_loop", "relu(x)", "relu(-x)", "measure declaration"),
    ("reportgen/nn/_floats", "1e-9", "1e-8", "summarize declaration"),
    ("reportgen/theory", "raise", "raise x and", "values declaration"),
    ("reportgen/data", "return rng", "return -rng", ""),
    ("reportgen/streams", "1", "2", "measure"),
    ("reportgen/statistics", "numpy", "numpy as np", "claims"),
    ("reportgen/judge", "0.99", "0.95", "claims"),
    ("reportgen/style/palette", "1", "2", "left right"),
    ("reportgen/draw", "1", "2", "left right"),
]


@pytest.mark.parametrize(("file", "old", "new", "changed"), EDITS)
def test_edit_changes_only_what_depends_on_it(
    root: Path, file: str, old: str, new: str, changed: str
) -> None:
    before = digests(root)
    edit(root / f"{file}.py", old, new)
    after = digests(root)
    assert {name for name in before if before[name] != after[name]} == set(changed.split())


def measure_of(keys: StageKeys) -> Dependencies:
    assert keys.measure is not None
    return keys.measure


def test_parts_have_names_that_people_understand(root: Path) -> None:
    edit(root / "shows.py", 'functools.partial(measure, kind="fancy")', "measure")
    parts = measure_of(Fingerprints((root,)).stages(root / "shows.py")).parts
    assert list(parts) == [
        "constant HALF",
        "constant TABLE",
        "constant TABLE'",
        "constant WIDTH",
        "helper start()",
        "helper traced()",
        "measure()",
        "module reportgen.nn._loop",
        "module reportgen.nn.activations",
        "module reportgen.nn.training",
        "module reportgen.streams",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from reportgen.nn import train\n", "from reportgen.nn.training import train\n"),
        ("from reportgen.nn import train\n", "train = nn.train\n"),
        ("train(COLOR)", "nn.train(COLOR)"),
        ("    COLOR = 3\n", "    from reportgen.nn import train\n    COLOR = 3\n"),
        (
            "from reportgen.nn import train\n",
            "import reportgen.nn.training\ntrain = reportgen.nn.training.train\n",
        ),
        ("from reportgen.nn import train\n", "from reportgen.nn.training import *\n"),
        ("nn.activations.relu", "getattr(nn, 'activations').relu"),
    ],
)
def test_every_way_of_importing_leads_to_the_module(root: Path, old: str, new: str) -> None:
    edit(root / "shows.py", old, new)
    before = digests(root)
    edit(root / "reportgen/nn/_loop.py", "relu(x)", "relu(-x)")
    assert digests(root)["measure"] != before["measure"]


def test_package_used_as_a_whole_counts_with_what_it_offers(root: Path) -> None:
    edit(root / "shows.py", "COLOR = 3", "COLOR = vars(nn)")
    parts = measure_of(Fingerprints((root,)).stages(root / "shows.py")).parts
    assert {"module reportgen.nn", "module reportgen.nn.losses", "module reportgen.nn._floats"} <= set(parts)
    assert "module reportgen.nn.unused" not in parts


def test_reaching_the_data_depends_on_their_content(root: Path) -> None:
    edit(root / "shows.py", "from reportgen.theory", "from reportgen import data\nfrom reportgen.theory")
    edit(root / "shows.py", "COLOR = 3", "COLOR = data.split(3)")
    parts = measure_of(Fingerprints((root,)).stages(root / "shows.py")).parts
    assert len(parts["data digits"]) == 64
    assert "module reportgen.data" in parts


def test_packages_count_with_their_version(root: Path) -> None:
    edit(root / "shows.py", "COLOR = 3", "COLOR = np.zeros(3)")
    parts = measure_of(Fingerprints((root,)).stages(root / "shows.py")).parts
    assert parts["package numpy"][0].isdigit()
    assert "package functools" not in parts


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('name="left"', 'name="le" + "ft"', {"*"}),
        ("figures=(", "figures=(*[], ", {"*"}),
        ("figures=(", "figures=() if WIDTH else (", {"*"}),
        ("experiment = Experiment(", "experiment = (lambda **a: Experiment(**a))(", {"*"}),
        ('name="left"', 'name="port"', {"port", "right"}),
    ],
)
def test_figures_without_literal_names_share_their_dependencies(
    root: Path, old: str, new: str, names: set[str]
) -> None:
    edit(root / "shows.py", old, new)
    keys = Fingerprints((root,)).stages(root / "shows.py")
    assert set(keys.figures) == names
    assert keys.figure("right") in keys.figures.values()


def test_experiment_built_by_other_means_depends_on_everything(root: Path) -> None:
    edit(root / "shows.py", "experiment = Experiment(", "experiment = (lambda **a: Experiment(**a))(")
    before = digests(root)
    edit(root / "shows.py", "UNUSED = 0", "UNUSED = 1")
    after = digests(root)
    assert all(before[name] != after[name] for name in before)


def test_absent_stages_have_no_key(root: Path) -> None:
    (root / "shows.py").write_text(
        "from reportgen import Experiment\nexperiment = Experiment(params={}, replicates=0, values=None)\n"
    )
    keys = Fingerprints((root,)).stages(root / "shows.py")
    assert (keys.measure, keys.values, dict(keys.figures)) == (None, None, {})


def test_unchanged_files_are_not_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in root.rglob("*.py"):
        os.utime(path, (1e9, 1e9))
    store = Store(root / ".reportgen")
    first = Fingerprints((root,), store)
    expected = first.stages(root / "shows.py")
    first.save()
    monkeypatch.setattr(Path, "read_bytes", refuse_sources(Path.read_bytes))
    again = Fingerprints((root,), store)
    assert again.stages(root / "shows.py") == expected
    (root / "shows.py").touch()
    with pytest.raises(AssertionError, match="shows"):
        again.stages(root / "shows.py")


def refuse_sources(read: Any) -> Any:
    def read_bytes(path: Path) -> Any:
        assert path.suffix != ".py", path.stem
        return read(path)

    return read_bytes


def test_file_saved_twice_within_a_tick_is_read_again(root: Path) -> None:
    store = Store(root / ".reportgen")
    fingerprints = Fingerprints((root,), store)
    before = fingerprints.stages(root / "shows.py")
    status = (root / "shows.py").stat()
    edit(root / "shows.py", "WIDTH = 4", "WIDTH = 5")
    os.utime(root / "shows.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert measure_of(fingerprints.stages(root / "shows.py")).digest != measure_of(before).digest


def test_file_that_does_not_parse_is_named_with_its_line(root: Path) -> None:
    (root / "shows.py").write_text("x = 1\ny = = 2\n")
    with pytest.raises(ExperimentError, match=r"shows\.py:2: is not valid Python: invalid syntax"):
        Fingerprints((root,)).stages(root / "shows.py")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (None, {"a": "1"}, ["never made"]),
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "0" * 64}, {"a": "f" * 64}, ["changed: a 0000 → ffff"]),
        ({"package numpy": "2.4.5"}, {"package numpy": "2.4.6"}, ["changed: package numpy 2.4.5 → 2.4.6"]),
        ({"x": "1", "b": "2"}, {"b": "2", "c": "3"}, ["added: c 3", "removed: x 1"]),
    ],
)
def test_explain_says_what_changed(
    old: Mapping[str, str] | None, new: Mapping[str, str], lines: list[str]
) -> None:
    assert explain(old, new) == lines


def test_real_engine_is_reached_module_by_module(tmp_path: Path) -> None:
    mini = Path(__file__).parent / "projects/mini/experiments/basics/averages.py"
    path = Path(shutil.copy(mini, tmp_path))
    keys = stage_dependencies(path)
    parts = measure_of(keys).parts
    assert {name for name in parts if name.startswith(("module", "package"))} == {
        "module reportgen.streams",
        "package numpy",
        "package xarray",
    }
    assert {"measure()", "helper running_averages()", "constant NOISE"} <= set(parts)
    assert "package matplotlib" in keys.figure("errors").parts
