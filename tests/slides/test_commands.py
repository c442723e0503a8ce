"""``reportgen figures`` and ``reportgen slides`` as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pptx
import pytest
from click.testing import CliRunner, Result

from reportgen.cli.application import application
from reportgen.typeset.captions import caption_text, formula_text

SMALL = Path(__file__).parents[1] / "projects/small"
pytestmark = pytest.mark.usefixtures("_inline_pool")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(application, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def project(_inline_pool: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(SMALL, tmp_path_factory.mktemp("commands") / "project"))
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.add_table(1, 1, 0, 0, 100, 100)
    deck.save(root / "empty.pptx")
    return root


def test_figures_prints_what_was_written(project):
    arguments = ("figures", "coin", "--project", project, "--lang", "en", "--format", "svg", "--jobs", 1)
    answer = run(*arguments)
    assert answer.exit_code == 0, answer.output
    assert "1 figure, 3 files" in answer.stdout
    listed = json.loads(run(*arguments, "--json").stdout)
    assert (listed["schema"], listed["drawn"], listed["changed"]) == (1, [], [])
    (entry,) = listed["figures"]
    assert entry["files"][0]["path"] == "en/slides-light/coin.share.svg"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("figures", "--format", "svgz"), 2, "'svgz' is not possible; did you mean svg"),
        (("figures", "--size", "0x0mm"), 2, "a figure cannot be 0 × 0 mm"),
        (("figures", "--preset", "posters"), 2, "did you mean poster"),
        (("figures", "X99"), 4, "no figure 'X99'"),
        (("slides", "update", "empty.pptx"), 4, "no picture is marked"),
        (("slides", "check", "nowhere.pptx"), 3, "does not exist"),
        (("slides", "list", "nowhere.pptx"), 3, "does not exist"),
        (("slides", "new", "empty.pptx"), 2, "exists already"),
        (("slides", "mark", "empty.pptx", "a", "coin.share"), 4, "no picture 'a'"),
    ],
)
def test_bad_command_says_what_and_exits_with_its_code(project, monkeypatch, arguments, code, message):
    monkeypatch.chdir(project)
    answer = run(*arguments)
    assert answer.exit_code == code
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_deck_goes_through_all_commands(project, monkeypatch):
    monkeypatch.chdir(project)
    common = ("--lang", "en", "--dpi", 40, "--jobs", 1)
    assert run("slides", "new", "talk.pptx", *common).exit_code == 0
    assert "fig:coin.share" in run("slides", "list", "talk.pptx").stdout
    assert run("slides", "check", "talk.pptx", *common).exit_code == 0
    dark = run("slides", "check", "talk.pptx", *common, "--theme", "dark", "--json")
    assert dark.exit_code == 1
    assert {figure["state"] for figure in json.loads(dark.stdout)["figures"]} == {"stale"}
    updated = run("slides", "update", "talk.pptx", *common, "--theme", "dark")
    assert "3 pictures updated; as it was: talk.before-reportgen.pptx" in updated.stdout
    assert run("slides", "check", "talk.pptx", *common, "--theme", "dark").exit_code == 0


# --- words for slides ---


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"v_{t+1} = \rho v_t - \alpha \nabla f(x_t)", "vₜ₊₁ = ρvₜ − α ∇f(xₜ)"),
        (r"\sqrt{2/(n_{in}+n_{out})}", "√(2/(nᵢₙ+nₒᵤₜ))"),
        (r"\frac{1}{\sqrt{2}}", "1/√2"),
        (r"\mathrm{Var}(h)\to 1/(2l)", "Var(h)→ 1/(2l)"),
        (r"\sigma_w=0.01\sqrt{4096}", "σ_w=0.01√4096"),
        (r"E[\tanh^2 z]", "E[tanh² z]"),
        ("10^{-3}", "10⁻³"),
        (r"dW=h^\top\delta", "dW=hᵀδ"),
        ("x^{[l]}", "x^[l]"),
    ],
)
def test_formula_becomes_text(tex, text):
    assert formula_text(tex) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**굵게(bold)**는 *기울기*", "굵게(bold)는 기울기"),
        ("`a_b*c*d` and 2*3*4", "a_b*c*d and 2*3*4"),
        ("about $x_0$ and [this](https://a.b)", "about x₀ and this"),
    ],
)
def test_caption_becomes_text(markdown, text):
    assert caption_text(markdown) == text
