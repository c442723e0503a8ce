"""What differs between two manifests, and because of what; and manifests that cannot be read."""

import copy
import json

import pytest

from reportgen.comparison import compare_manifests
from reportgen.errors import NothingMatchedError, ProjectError
from reportgen.manifest import read_manifest
from reportgen.verification import verify

MANIFEST = {
    "schema": 1,
    "seed": 7,
    "packages": {"numpy": "2.4"},
    "machine": {"cpu": "A", "blas": {"kernel": "Haswell"}},
    "experiments": {
        "coin": {
            "parts": {
                "measure": {"measure()": "1" * 64, "setting n": "4"},
                "claims": {"claims=": "2" * 64, "measured data": "3" * 64},
            }
        }
    },
    "claims": {
        "X01": {
            **{"experiment": "coin", "data": [], "follows": [], "verdict": "confirmed"},
            "checks": {
                "share": {"estimate": 0.5, "low": 0.4, "high": None, "n": 10, "bound": [0.45, 0.55]},
                "time": {"estimate": 1.0, "volatile": True},
            },
        },
        "X02": {"experiment": "dice", "data": [], "follows": ["X01"], "verdict": "confirmed", "checks": {}},
    },
    "figures": {
        "coin.share": {"drawings": {"ko": {"sha256": "a" * 64, "key": "b"}}, "parts": {"draw()": "4" * 64}}
    },
    "outputs": {"a.html": {"sha256": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"}},
}
X01, COIN = ("claims", "X01"), ("experiments", "coin", "parts")
TIMED = (*X01, "checks", "time")
ESTIMATE = (*X01, "checks", "share", "estimate")


def changed(*edits):
    manifest = copy.deepcopy(MANIFEST)
    for path, value in edits:
        target = manifest
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = value
    return manifest


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([], []),
        ([(ESTIMATE, 0.5 * (1 + 9e-4))], []),
        ([(TIMED, {"estimate": 2.0, "volatile": True})], []),
        (
            [(ESTIMATE, 0.51), ((*COIN, "measure", "measure()"), "9" * 64)],
            [
                (
                    "number",
                    "X01.share.estimate",
                    "0.5",
                    "0.51",
                    ("measure coin: changed: measure() 1111 → 9999",),
                )
            ],
        ),
        (
            [((*X01, "checks", "share", "bound"), [0.4, 0.6]), ((*COIN, "claims", "claims="), "9" * 64)],
            [
                (
                    *("number", "X01.share.bound", "[0.45, 0.55]", "[0.4, 0.6]"),
                    ("claims coin: changed: claims= 2222 → 9999",),
                )
            ],
        ),
        (
            [((*X01, "verdict"), "refuted"), ((*COIN, "measure", "setting n"), "8")],
            [("verdict", "X01", "confirmed", "refuted", ("measure coin: changed: setting n 4 → 8",))],
        ),
        (
            [((*X01, "verdict"), None), (("claims", "X02", "verdict"), None)],
            [
                ("verdict", "X01", "confirmed", "not measured", ()),
                ("verdict", "X02", "confirmed", "not measured", ("follows X01",)),
            ],
        ),
        (
            [(ESTIMATE, None), (("machine", "blas", "kernel"), "SkylakeX"), (("packages", "numpy"), "2.5")],
            [
                (
                    *("number", "X01.share.estimate", "0.5", "–"),
                    ("BLAS kernel: Haswell → SkylakeX", "numpy: 2.4 → 2.5"),
                )
            ],
        ),
        (
            [
                (("figures", "coin.share", "drawings", "ko", "sha256"), "c" * 64),
                (("figures", "coin.share", "parts", "draw()"), "9" * 64),
            ],
            [("figure", "coin.share (ko)", "a" * 12, "c" * 12, ("changed: draw() 4444 → 9999",))],
        ),
        ([(("figures",), {})], [("figure", "coin.share (ko)", "a" * 12, None, ("gone",))]),
        ([(("claims",), {"X02": MANIFEST["claims"]["X02"]})], [("verdict", "X01", "confirmed", None, ())]),
        # what only passes a change on is no reason: the machine is
        (
            [(ESTIMATE, 0.6), ((*COIN, "claims", "measured data"), "9" * 64), (("machine", "cpu"), "B")],
            [("number", "X01.share.estimate", "0.5", "0.6", ("cpu: A → B",))],
        ),
    ],
)
def test_differences_come_with_their_reasons(edits, expected):
    found = compare_manifests(MANIFEST, changed(*edits), rtol=1e-3)
    assert [(each.kind, each.name, each.old, each.new, each.reasons) for each in found] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": 2}', "written by a newer reportgen: manifest schema 2, this version knows 1"),
        ('{"schema": 1', "is no manifest"),
        ("[]", 'lacks "schema"'),
        ('{"schema": "1"}', 'lacks "schema"'),
        ('{"schema": 1}', "is no manifest of reportgen"),
        ('{"schema": 1, "outputs": {"../a": {"sha256": ""}}}', "is no manifest of reportgen"),
        ('{"schema": 1, "outputs": {"a": 1}}', "is no manifest of reportgen"),
        ("\xff", "is no manifest"),
    ],
)
def test_manifest_that_cannot_be_read_is_an_error(tmp_path, text, message):
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ProjectError, match=f"(?s){message}"):
        read_manifest(path)
    assert path.read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize(
    ("content", "state"), [(b"a", "intact"), (b"b", "changed"), (b"", "changed"), (None, "missing")]
)
def test_verify_recomputes_hashes(tmp_path, content, state):
    folder = tmp_path / "output" / "small"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    if content is not None:
        (folder / "a.html").write_bytes(content)
    for place in (tmp_path / "output", folder, folder / "manifest.json"):
        (file,) = verify(place)
        assert (file.path, file.state) == (folder / "a.html", state)


def test_verify_needs_a_manifest(tmp_path):
    with pytest.raises(NothingMatchedError, match="no manifest"):
        verify(tmp_path)
