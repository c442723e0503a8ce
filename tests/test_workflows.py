"""The workflows, the action and the examples of docs/ci.md: their schemas, their pins, their steps."""

import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
DOCS = ROOT / "docs/ci.md"
EVERYTHING = bool(os.environ.get("REPORTGEN_REQUIRE_ALL"))  # then nothing may be skipped for want of a tool
yaml = importlib.import_module("ruamel.yaml") if EVERYTHING else pytest.importorskip("ruamel.yaml")
VALIDATOR = shutil.which("check-jsonschema", path=f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}")
# what GitHub would put in place of an expression, as far as steps see it
EXPRESSIONS = {
    "matrix.python": "3.11",
    "github.token": "none",
    "github.repository": "a/b",
    "github.ref_name": "v1",
}


def load(text):
    return yaml.YAML(typ="safe", pure=True).load(text)


def examples():
    return re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def jobs(path):
    return load(path.read_text(encoding="utf-8"))["jobs"]


def uses():
    """Yield every line that names an action, with its file."""
    for path in (*WORKFLOWS, ACTION, DOCS):
        for name in re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8")):
            yield path.name, name


@pytest.mark.skipif(VALIDATOR is None and not EVERYTHING, reason="needs check-jsonschema")
@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.github-actions", [ACTION]),
    ],
)
def test_workflows_follow_their_schemas(schema, files):
    assert files
    validate(schema, *files)


@pytest.mark.skipif(VALIDATOR is None and not EVERYTHING, reason="needs check-jsonschema")
def test_examples_of_the_documentation_follow_their_schemas(tmp_path):
    kinds = []
    for number, example in enumerate(examples()):
        kind = "vendor.github-workflows" if "jobs:" in example else "vendor.gitlab-ci"
        path = tmp_path / f"{number}.yml"
        path.write_text(example, encoding="utf-8")
        validate(kind, path)
        kinds.append(kind)
    assert set(kinds) == {"vendor.github-workflows", "vendor.gitlab-ci"}


def validate(schema, *files):
    run = subprocess.run(
        [VALIDATOR, "--builtin-schema", schema, *files], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_actions_are_pinned_by_version():
    found = list(uses())
    assert len(found) > 10
    loose = [(file, name) for file, name in found if not re.search(r"@v\d+\.\d+\.\d+$", name)]
    assert loose == [("ci.md", "OWNER/reportgen@v1")]
    versions = {}
    for _, name in found:
        action, _, version = name.partition("@")
        versions.setdefault(action, set()).add(version)
    assert {action for action, known in versions.items() if len(known) > 1} == set()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_has_the_least_privileges(path):
    text = path.read_text(encoding="utf-8")
    workflow = load(text)
    assert "secrets." not in text
    assert workflow["permissions"] in ({}, {"contents": "read"})
    writes = {
        name: {scope for scope, level in job.get("permissions", {}).items() if level == "write"}
        for name, job in workflow["jobs"].items()
    }
    allowed = {"pages": {"pages", "id-token"}, "release": {"contents"}}
    assert writes == {name: allowed.get(name, set()) for name in workflow["jobs"]}


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_no_expression_stands_in_a_script(path):
    """Expressions go through the environment: a branch's name must not become a command."""
    content = load(path.read_text(encoding="utf-8"))
    owners = content["jobs"].values() if "jobs" in content else [content["runs"]]
    scripts = [step["run"] for owner in owners for step in owner["steps"] if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


def test_pull_requests_never_write_the_store():
    for owner in (jobs(ROOT / ".github/workflows/handout.yml")["build"], load(ACTION.read_text())["runs"]):
        (save,) = [step for step in owner["steps"] if step.get("uses", "").startswith("actions/cache/save@")]
        assert "github.event_name != 'pull_request'" in save["if"]
        assert not any(step.get("uses", "").startswith("actions/cache@") for step in owner["steps"])


def test_outputs_of_the_action_are_written_by_the_build():
    from reportgen.ci.outputs import make_outputs
    from reportgen.options import BuildResult

    action = load(ACTION.read_text(encoding="utf-8"))
    written = set(re.findall(r"^([\w-]+)(?:=|<<)", make_outputs(BuildResult(lecture="x", folder=ROOT)), re.M))
    for name, output in action["outputs"].items():
        assert output["value"] == f"${{{{ steps.build.outputs.{name} }}}}"
        assert name in written | {"junit"}


# --- the steps, in a clean clone ---


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clean clone whose lecture is the miniature one, so that the build is short."""
    folder = tmp_path_factory.mktemp("ci") / "clone"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "clone", "-q", ROOT, folder], check=True)
    small = ROOT / "tests/projects/small"
    shutil.rmtree(folder / "experiments")
    shutil.copytree(small / "experiments", folder / "experiments")
    for lecture in (folder / "templates").glob("*/lecture.toml"):
        shutil.rmtree(lecture.parent)
    shutil.copytree(small / "templates/small", folder / "templates/small")
    claims = ", ".join(
        f'"{name}": {{"verdict": "confirmed", "checks": {{{check}}}}}'
        for name, check in (("X01", '"share": "confirmed"'), ("X02", ""), ("X03", '"ratio": "confirmed"'))
    )
    record = f'{{"schema": 1, "lectures": {{"small": {{{claims}}}}}}}'
    (folder / "experiments/verdicts.json").write_text(record, encoding="utf-8")
    subprocess.run([*git, "-C", folder, "add", "-A"], check=True)
    subprocess.run([*git, "-C", folder, "commit", "-q", "-m", "Take the small lecture"], check=True)
    return folder


def run_steps(steps, folder, environment):
    """Run the shell of each step as GitHub does; fail with the step's name and what it printed."""
    for step in steps:
        if "run" not in step:
            continue
        own = {name: expand(str(value)) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=folder, env={**environment, **own}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{step.get('name')}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def expand(value):
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda match: EXPRESSIONS.get(match[1], match[1]), value)


def environment_of(job, folder, **more):
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {name: expand(str(value)) for name, value in job.get("env", {}).items()}
    github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder)}
    files = {name: str(folder.parent / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return {**known, **given, **github, **files, **more}


@pytest.mark.slow
def test_steps_of_the_handout_run_in_a_clean_clone(clone, tmp_path):
    workflow = jobs(ROOT / ".github/workflows/handout.yml")
    run_steps(
        workflow["build"]["steps"], clone, environment_of(workflow["build"], clone, PYTHON="python3.11")
    )
    assert (clone / "site/index.html").is_file()
    assert list((clone / "output/small").glob("*.pdf"))
    assert "3 claims: 3 confirmed" in (clone.parent / "github_step_summary").read_text(encoding="utf-8")

    release = tmp_path / "release"
    shutil.copytree(clone / "output", release / "output")
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin/gh"
    gh.write_text('#!/bin/sh\necho "$@" >> "$CALLS"\n[ "$2" != view ]\n', encoding="ascii")
    gh.chmod(0o755)
    environment = environment_of(workflow["release"], release, CALLS=str(tmp_path / "calls"))
    environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"
    run_steps(workflow["release"]["steps"], release, environment)
    view, create, upload = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert (view, create) == ("release view v1", "release create v1 --verify-tag --generate-notes")
    for name in ("small.ko.pdf", "small.en.html", "small.manifest.json", "small.badge.svg"):
        assert f"assets/{name}" in upload.split()


@pytest.mark.slow
def test_steps_of_the_tests_run_in_a_clean_clone(clone):
    (job,) = jobs(ROOT / ".github/workflows/tests.yml").values()
    run_steps(
        job["steps"],
        clone,
        environment_of(job, clone, PYTHON="python3.11", ARGS="tests/test_architecture.py"),
    )


@pytest.mark.slow
def test_steps_of_the_action_run_in_a_clean_clone(clone, tmp_path):
    project, temporary = tmp_path / "repository", tmp_path / "temporary"
    shutil.copytree(ROOT / "tests/projects/small", project)
    temporary.mkdir()
    action = load(ACTION.read_text(encoding="utf-8"))
    defaults = {f"inputs.{name}": given.get("default", "") for name, given in action["inputs"].items()}
    EXPRESSIONS.update(defaults)
    EXPRESSIONS["runner.temp"] = str(temporary)
    EXPRESSIONS["steps.python.outputs.python-path"] = "python3.11"
    EXPRESSIONS["inputs.formats"] = "html"
    environment = environment_of({}, project, GITHUB_ACTION_PATH=str(clone), RUNNER_TEMP=str(temporary))
    run_steps(action["runs"]["steps"], project, environment)
    outputs = (project.parent / "github_output").read_text(encoding="utf-8")
    assert "html<<" in outputs
    assert "\nconfirmed=3\n" in outputs
    assert (project / "output/small/small.ko.html").is_file()
    assert (temporary / "claims.xml").is_file()
