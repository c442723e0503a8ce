"""``--data``: the experiments that read the digits read a folder of idx files in their place, as a draft."""

from __future__ import annotations

import json
import re
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from reportgen.cli.application import application

MINI = Path(__file__).parents[1] / "projects" / "mini"
EXPERIMENT = '''"""How dark the images are."""

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Text
from reportgen.data import split

BOTH = dict.fromkeys(("ko", "en"), "dark")


def measure(params, replicates):
    means = [split(replicate.generator("split")).x_train.mean() for replicate in replicates]
    about = {"units": "1", "long_name": "mean pixel"}
    return xr.Dataset(
        {"mean": (("replicate",), np.array(means, float), about)},
        coords={"replicate": [replicate.index for replicate in replicates]},
    )


experiment = Experiment(
    params={},
    replicates=4,
    measure=measure,
    claims=(
        Claim(
            id="M77",
            says=Text(**BOTH),
            source="Images",
            checks=(
                Check(
                    name="mean",
                    label=Text(**BOTH),
                    quantity=lambda data: data["mean"].values,
                    estimator="mean",
                    relation="<=",
                    bound=0.5,
                    because=Text(**BOTH),
                ),
            ),
        ),
    ),
)
'''


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a claim about the images, its verdicts on the digits recorded."""
    folder = tmp_path_factory.mktemp("accepted") / "mini"
    shutil.copytree(MINI, folder, ignore=shutil.ignore_patterns("__pycache__", ".reportgen", "output"))
    (folder / "experiments/basics/darkness.py").write_text(EXPERIMENT, encoding="utf-8")
    for chapter in folder.glob("templates/mini/*/sums.md.j2"):
        chapter.write_text(chapter.read_text(encoding="utf-8") + "\n\n{{ claim('M77') }}\n", encoding="utf-8")
    invoke("accept", "-j", "1", "--project", str(folder))
    return folder


@pytest.fixture
def project(accepted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that project, as the working folder."""
    shutil.copytree(accepted, tmp_path / "mini")
    monkeypatch.chdir(tmp_path / "mini")
    return tmp_path / "mini"


@pytest.fixture
def bright(tmp_path: Path) -> Path:
    """Return a folder of idx files whose images are all white."""
    folder = tmp_path / "bright"
    folder.mkdir()
    for prefix, n in (("train", 1547), ("t10k", 250)):
        images, labels = np.full((n, 28, 28), 255, np.uint8), np.zeros(n, np.uint8)
        header = struct.pack(">4I", 0x803, n, 28, 28)
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, n) + labels.tobytes())
    return folder


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(application, arguments, catch_exceptions=False)


def test_other_images_change_a_verdict_side_by_side(project: Path, bright: Path) -> None:
    built = invoke("build", "--data", str(bright), "--lang", "en", "--format", "html", "-j", "1")
    assert built.exit_code == 0, built.stderr
    assert "mini, draft (--data bright)" in built.stdout
    assert "1 experiment measured" in built.stdout  # the others read no images
    assert [line.split() for line in built.stdout.splitlines() if "M77 " in line] == [
        ["M77", "✓", "confirmed", "✗", "refuted"]
    ]
    draft = project / "output/mini/draft"
    claims = json.loads((draft / "claims.json").read_text(encoding="utf-8"))["claims"]
    (estimate,) = (claim["checks"][0]["estimate"] for claim in claims if claim["id"] == "M77")
    assert estimate == pytest.approx((28 / 32) ** 2)
    page = (draft / "mini.en.html").read_text(encoding="utf-8")
    assert "on the digits: ✓ confirmed" in page
    assert re.search(r"bright [0-9a-f]{12}", page)  # in the provenance
    assert not list(project.glob("output/mini/*.html"))


@pytest.mark.parametrize("command", ["build", "run"])
@pytest.mark.usefixtures("project")
def test_a_faulty_folder_is_told(bright: Path, command: str) -> None:
    (bright / "t10k-labels-idx1-ubyte").unlink()
    answer = invoke(command, *(["darkness"] if command == "run" else []), "--data", str(bright), "-q")
    assert "t10k-labels-idx1-ubyte (or t10k-labels-idx1-ubyte.gz) is missing" in answer.stderr
    assert answer.exit_code == 3
    assert "Traceback" not in answer.stderr
