"""From measuring on several machines to a site: the commands of a CI run on a miniature project."""

import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from reportgen.build import BuildOptions, accept, build, check, merge
from reportgen.cli.application import application
from reportgen.errors import ProjectError, UsageError
from reportgen.manifest import SCHEMAS
from reportgen.measure import share
from reportgen.site import make_site
from reportgen.verification import verify

SMALL = Path(__file__).parent / "projects/small"
COIN = "experiments/basics/coin.py"


def options(project, **more):
    return BuildOptions(**{"project": project, "formats": ("html",), "jobs": 1, **more})


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(*arguments, **environment):
    return CliRunner().invoke(application, [str(argument) for argument in arguments], env=environment)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Two machines that measured half each."""
    folder = tmp_path_factory.mktemp("shards")
    for part in (1, 2):
        shutil.copytree(SMALL, folder / str(part))
        result = build(options(folder / str(part), shard=(part, 2)))
        assert (result.published, result.shard, result.failures) == (False, (part, 2), ())
        assert not (folder / str(part) / "output/small").exists() or not any(
            (folder / str(part) / "output/small").iterdir()
        )
    return folder


@pytest.fixture(scope="module")
def project(shards, tmp_path_factory):
    """A project that was built from what the two machines have measured; verdicts are recorded."""
    folder = tmp_path_factory.mktemp("merged") / "small"
    shutil.copytree(SMALL, folder)
    merged = merge([shards / "1", shards / "2" / ".reportgen"], folder)
    assert merged.added > 20
    assert merged.damaged == 0
    result = build(options(folder))
    assert "measure" not in result.done
    assert result.verdicts == {"confirmed": 3}
    accept(options(folder))
    return folder


def manifest_of(project):
    return json.loads((project / "output/small/manifest.json").read_bytes())


# --- shards ---


def test_shards_measure_every_replicate_once(shards, project):
    def replicates(folder):
        return {path.name for path in (folder / ".reportgen/results").rglob("*.nc")}

    one, two = replicates(shards / "1"), replicates(shards / "2")
    assert (len(one), len(two), one & two) == (10, 10, set())
    assert one | two <= replicates(project)


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_shares_are_equal_and_leave_nothing_out(of):
    class Series:
        def __init__(self, n, alone):
            self.n, self.alone = n, alone

    wanted = [Series(10, False), Series(3, True), Series(5, False)]
    shares = [share(wanted, (part, of)) for part in range(1, of + 1)]
    for number, series in enumerate(wanted):
        dealt = [index for each in shares for index in each[number]]
        assert sorted(dealt) == list(range(series.n))
    assert sum(bool(each[1]) for each in shares) == 1  # what depends on time stays on one machine
    sizes = [len(each[0]) + len(each[2]) for each in shares]
    assert max(sizes) - min(sizes) <= 2


def test_merged_build_equals_one_on_one_machine(project, tmp_path):
    alone = tmp_path / "small"
    shutil.copytree(SMALL, alone)
    build(options(alone))
    names = [path.name for path in (alone / "output/small").iterdir() if path.name != "timings.json"]
    assert len(names) == 5
    for name in names:
        assert (alone / "output/small" / name).read_bytes() == (project / "output/small" / name).read_bytes()


@pytest.mark.parametrize("value", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_shard_that_makes_no_sense_is_refused(value):
    ran = run("build", "--shard", value)
    assert ran.exit_code == 2
    assert "like 1/4" in ran.output or "PART/OF" in ran.output


# --- manifest ---


@pytest.mark.parametrize("name", ["manifest", "claims"])
def test_published_json_follows_its_schema(project, name):
    if not os.environ.get("REPORTGEN_REQUIRE_ALL"):
        pytest.importorskip("jsonschema")
    import jsonschema

    schema = json.loads((SCHEMAS / f"{name}.json").read_bytes())
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    content = json.loads((project / f"output/small/{name}.json").read_bytes())
    validator(schema).validate(content)
    for key in schema["required"]:
        less = {k: v for k, v in content.items() if k != key}
        assert not validator(schema).is_valid(less)
    assert not validator(schema).is_valid({**content, "schema": 2})


def test_manifest_says_what_outputs_are_made_of(project):
    manifest = manifest_of(project)
    assert set(manifest["outputs"]) == {"badge.svg", "claims.json", "small.en.html", "small.ko.html"}
    inputs = manifest["outputs"]["small.ko.html"]["inputs"]
    assert inputs["experiments"] == ["coin", "dice"]
    assert inputs["figures"] == ["coin.share", "dice.eyes"]
    assert set(inputs["files"]) == {
        "templates/small/ko/games.md.j2", "templates/small/lecture.toml", "templates/small/terms.toml",
    }  # fmt: skip
    assert set(manifest["experiments"]["coin"]["parts"]) == {"measure", "summary", "claims"}
    assert manifest["machine"]["blas"]["threads"] == 1


def test_manifest_of_a_newer_version_is_not_overwritten(project, tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    newer = b'{"schema": 2, "outputs": {}}'
    (folder / "manifest.json").write_bytes(newer)
    with pytest.raises(ProjectError, match="newer reportgen"):
        build(options(project, output=tmp_path))
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    assert (folder / "manifest.json").read_bytes() == newer


# --- check, verify, diff ---


def test_check_tells_changed_verdicts_until_they_are_accepted(project, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    other = tmp_path / "small"
    shutil.copytree(project, other)
    assert check(options(other)).changes == ()
    ran = run("check", "--project", other)
    assert (ran.exit_code, ran.stdout) == (0, "3 claims: the verdicts are as recorded\n")

    edit(other / COIN, "bound=(0.45, 0.55)", "bound=(0.8, 0.9)")
    ran = run(
        "check", "--project", other, "--junit", tmp_path / "j.xml",
        GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(other),
    )  # fmt: skip
    assert ran.exit_code == 1
    assert re.search(r"X01\.share +✓ confirmed +✗ refuted", ran.stdout)
    assert re.search(rf"^::error file={COIN},line=\d+,title=changed verdict::X01: refuted", ran.stderr, re.M)
    assert 'failures="2"' in (tmp_path / "j.xml").read_text(encoding="utf-8")  # X02 follows X01

    assert json.loads(run("accept", "--project", other, "--json").stdout)["exit_code"] == 0
    assert run("check", "--project", other).exit_code == 0


def test_diff_names_verdict_and_cause(project, tmp_path):
    old, new = project / "output/small/manifest.json", tmp_path / "new.json"
    manifest = manifest_of(project)
    manifest["claims"]["X01"]["verdict"] = manifest["claims"]["X02"]["verdict"] = "refuted"
    manifest["experiments"]["coin"]["parts"]["claims"]["claims="] = "9" * 64
    new.write_text(json.dumps(manifest), encoding="utf-8")
    assert run("diff", old, old).stdout == "nothing differs\n"
    ran = run("diff", "--exit-code", old, new)
    assert ran.exit_code == 1
    assert "verdict X01: confirmed → refuted\n  claims coin: changed: claims= " in ran.stdout
    assert "verdict X02: confirmed → refuted\n  follows X01" in ran.stdout
    assert json.loads(run("diff", "--json", old, new).stdout)["exit_code"] == 0


def test_verify_finds_a_changed_file(project, tmp_path):
    assert {file.state for file in verify(project / "output")} == {"intact"}
    other = tmp_path / "output"
    shutil.copytree(project / "output", other)
    (other / "small/claims.json").write_text("{}", encoding="utf-8")
    ran = run("verify", other)
    assert ran.exit_code == 1
    assert f"changed: {(other / 'small/claims.json').as_posix()}" in ran.stdout


def test_build_tells_github(project, tmp_path):
    paths = {name: tmp_path / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    ran = run(
        "build", "--format", "html", "--project", project, "--junit", tmp_path / "claims.xml",
        GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(project), **{k: str(v) for k, v in paths.items()},
    )  # fmt: skip
    assert ran.exit_code == 0
    assert "::" not in ran.stderr
    assert "3 claims: 3 confirmed" in paths["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
    assert "manifest=output/small/manifest.json" in paths["GITHUB_OUTPUT"].read_text(encoding="utf-8")
    assert 'tests="3"' in (tmp_path / "claims.xml").read_text(encoding="utf-8")


def test_error_of_a_lecture_is_annotated(tmp_path):
    other = tmp_path / "small"
    shutil.copytree(SMALL, other)
    edit(other / "templates/small/lecture.toml", "seed = 7", "sed = 7")
    ran = run("build", "--project", other, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(other))
    assert ran.exit_code == 3
    assert "::error file=templates/small/lecture.toml,line=" in ran.stderr


# --- site ---


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.ids = [], set()

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        for name, value in attrs:
            if name in ("href", "src") and not value.startswith("data:"):
                self.links.append(value)
            if name == "id":
                self.ids.add(value)


def read_page(path):
    parser = Links()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


@pytest.fixture(scope="module")
def site(project, tmp_path_factory):
    folder, _ = make_site(project, tmp_path_factory.mktemp("public") / "site")
    return folder


def test_every_link_of_the_site_leads_somewhere(site):
    pages = {path: read_page(path) for path in site.rglob("*.html")}
    assert {path.name for path in pages} >= {
        "index.html",
        "index.en.html",
        "figures.ko.html",
        "small.ko.html",
    }
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            assert not parts.scheme, f"{path.name}: {link}"
            assert not parts.path.startswith("/"), f"{path.name}: {link}"
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.name}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{path.name}: {link}"


def test_landing_page_tells_the_lecture(site):
    page = (site / "index.en.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    for text in ("A small lecture", "A. Lecturer", "2025-03-01", "The coin is fair.", "small/small.ko.html"):
        assert text in page
    assert (site / "small/drawings/ko/coin.share.svg").read_bytes().startswith(b"<svg")
    assert {file.state for file in verify(site)} == {"intact"}


def test_site_replaces_a_site_and_nothing_else(project, site, tmp_path):
    (site / "stale.html").touch()
    _, files = make_site(project, site)
    assert not (site / "stale.html").exists()
    assert sorted(path.name for path in site.parent.iterdir()) == ["site"]
    assert set(files) == {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    (tmp_path / "mine.txt").touch()
    with pytest.raises(UsageError, match="holds other files"):
        make_site(project, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_site_refuses_files_that_were_changed(project, tmp_path):
    other = tmp_path / "small"
    shutil.copytree(project, other)
    (other / "output/small/small.ko.html").write_text("", encoding="utf-8")
    with pytest.raises(ProjectError, match="is not as it was published"):
        make_site(other)
