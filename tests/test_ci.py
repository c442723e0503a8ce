"""What CI services are told: annotations, summary, outputs, JUnit file, badge."""

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from reportgen.ci.annotations import annotate, command
from reportgen.ci.badge import COLORS, make_badge
from reportgen.ci.junit import make_junit
from reportgen.ci.outputs import make_outputs
from reportgen.ci.places import Place, lines_of_claims
from reportgen.ci.summary import make_summary
from reportgen.errors import ExperimentError
from reportgen.options import BuildResult
from reportgen.verdicts import Change

SMALL = Path(__file__).parent / "projects/small"
COIN = "experiments/basics/coin.py"
CHANGE = Change(claim="X01", check="share", recorded="confirmed", now="refuted")
BROKEN = ExperimentError(
    "measure() raised ValueError: 1 %\nno", where=SMALL / COIN, hint="line 24, in throw: x"
)


def claim(name, verdict="confirmed", **more):
    check = {
        **{"name": "share", "role": "decides", "relation": "<=", "bound": 0.5, "estimate": 0.25, "low": None},
        **{"high": None, "n": 10, "verdict": verdict, "volatile": False},
    }
    says = {"ko": "말", "en": "A | B <b>\x1b"}
    entry = {"id": name, "experiment": "coin", "verdict": verdict, "erratum": False, "says": says}
    return {**entry, "checks": [check], **more}


def claims(*entries, state="measured"):
    experiments = [{"id": "coin", "file": COIN, "params": {}, "n": 10, "state": state}]
    return {"schema": 1, "experiments": experiments, "figures": [], "claims": list(entries)}


CLAIMS = claims(claim("X01"), claim("X02", None))
RESULT = BuildResult(
    lecture="small",
    folder=SMALL / "output/small",
    published=True,
    files=(SMALL / "output/small/small.ko.html", SMALL / "output/small/small.ko.pdf"),
    claims=CLAIMS,
    done={"measure": ("coin",)},
    timings={"experiments": {"coin": 1.25, "dice": 3.0}},
)


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.chdir(SMALL)
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_lines_of_claims_are_where_they_are_declared():
    lines = (SMALL / COIN).read_text(encoding="utf-8").splitlines()
    found = lines_of_claims(SMALL / COIN)
    assert set(found) == {"X01", "X02"}
    for name, number in found.items():
        assert lines[number - 1].strip() == "Claim("
        assert f'id="{name}"' in lines[number]
    assert lines_of_claims(SMALL / "nothing.py") == {}


def test_broken_experiment_is_annotated_at_the_authors_line():
    (line,) = annotate(SMALL, CLAIMS, failures=[BROKEN])
    assert line == (
        f"::error file={COIN},line=24,title=broken experiment::"
        "measure() raised ValueError: 1 %25%0Ano%0Aline 24, in throw: x"
    )


def test_changed_verdict_is_annotated_at_its_claim():
    (line,) = annotate(SMALL, CLAIMS, changes=[CHANGE], level="error")
    number = lines_of_claims(SMALL / COIN)["X01"]
    assert line == (
        f"::error file={COIN},line={number},title=changed verdict::X01.share: refuted; recorded is confirmed"
    )


def test_annotation_escapes_what_would_end_it():
    line = command("error", "a\r\nb: 100 %, c", Place("a,b:c.py", 3), title="x,y")
    assert line == "::error file=a%2Cb%3Ac.py,line=3,title=x%2Cy::a%0D%0Ab: 100 %25, c"


def test_annotations_name_files_from_the_repository(monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(SMALL.parent))
    (line,) = annotate(SMALL, CLAIMS, failures=[BROKEN])
    assert line.startswith(f"::error file=small/{COIN},line=24,")


@pytest.mark.parametrize(
    ("verdicts", "text"),
    [
        ({}, "0 claims: none"),
        ({"confirmed": 1}, "1 claim: 1 confirmed"),
        (
            {"inconclusive": 2, "confirmed": 28, "not measured": 1, "refuted": 3},
            "34 claims: 28 confirmed, 3 refuted, 2 inconclusive, 1 not measured",
        ),
    ],
)
def test_badge_says_the_counts(verdicts, text):
    root = Xml.fromstring(make_badge(verdicts))
    assert root.get("aria-label") == text
    boxes = [box for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("fill")]
    ends = [int(box.get("x")) + int(box.get("width")) for box in boxes]
    assert [int(box.get("x")) for box in boxes] == [0, *ends[:-1]]  # side by side
    assert ends[-1] == int(root.get("width"))


@pytest.mark.parametrize("color", [*COLORS.values(), "#1c1c1f"])
def test_badge_is_readable(color):
    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("object_", "options", "counts"),
    [
        (CLAIMS, {}, {"tests": "2", "failures": "0", "errors": "0", "skipped": "1"}),
        (CLAIMS, {"changes": [CHANGE]}, {"tests": "2", "failures": "1", "errors": "0", "skipped": "1"}),
        (
            claims(claim("X01", None), state="broken"),
            {"failures": [BROKEN]},
            {"tests": "2", "failures": "0", "errors": "1", "skipped": "1"},
        ),
        (claims(), {}, {"tests": "0", "failures": "0", "errors": "0", "skipped": "0"}),
    ],
)
def test_junit_counts_changed_verdicts_as_failures(object_, options, counts):
    root = Xml.fromstring(make_junit("small", object_, **options))
    assert {name: root.get(name) for name in counts} == counts
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))


def test_junit_tells_verdict_numbers_and_error():
    broken = claims(claim("X01", "refuted"), state="broken")
    root = Xml.fromstring(make_junit("small", broken, failures=[BROKEN], seconds={"coin": 2}))
    assert root.find(".//property").attrib == {"name": "verdict", "value": "refuted"}
    assert root.find(".//system-out").text == "share: estimate 0.25, n 10, <= 0.5: refuted"
    assert "line 24, in throw" in root.find(".//error").text
    assert root.find("testsuite").get("time") == "2.000"


def test_summary_has_verdicts_changes_times_and_links():
    github = {"GITHUB_SERVER_URL": "https://example.org", "GITHUB_REPOSITORY": "a/b"}
    github |= {"GITHUB_SHA": "0123456789", "GITHUB_RUN_ID": "5"}
    text = make_summary(RESULT, changes=[CHANGE], places={"X01": Place(COIN, 67)}, environment=github)
    assert "2 claims: 1 confirmed, 1 not measured" in text
    assert "| X01.share | confirmed | refuted |" in text
    link = f"[X01](https://example.org/a/b/blob/0123456789/{COIN}#L67)"
    assert f"| {link} | ✓ confirmed | A \\| B &lt;b>" in text
    assert text.index("| dice | 3.0 |") < text.index("| coin | 1.2 |")
    assert "| experiments | 0 | 1 |" in text
    assert "[files of this run](https://example.org/a/b/actions/runs/5#artifacts)" in text


def test_summary_of_a_broken_build_shows_the_error():
    text = make_summary(BuildResult(lecture="small", folder=SMALL, failures=(BROKEN,)))
    assert "Nothing was published" in text
    assert "line 24, in throw" in text
    assert "](" not in text


def test_outputs_are_paths_and_counts():
    outputs = make_outputs(RESULT)
    assert "folder=output/small\n" in outputs
    assert "manifest=output/small/manifest.json\n" in outputs
    assert re.search(r"^html<<(\S+)\noutput/small/small\.ko\.html\n\1$", outputs, re.MULTILINE)
    assert "\nclaims=2\nconfirmed=1\nrefuted=0\n" in outputs
