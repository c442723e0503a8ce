"""Claims as a JUnit file, which every CI service reads: a suite per experiment, a case per claim.

A claim fails when its verdict is not the recorded one; one that is refuted as recorded is as it should be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from reportgen.errors import ReportgenError
from reportgen.verdicts import Change

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")  # by XML 1.0


def make_junit(
    lecture: str,
    claims: Mapping[str, Any],
    *,
    failures: Sequence[ReportgenError] = (),
    changes: Sequence[Change] = (),
    seconds: Mapping[str, float] | None = None,
) -> bytes:
    """Return the XML of the object of ``claims.json``; ``seconds`` are the experiments' measured ones."""
    broken = [each["id"] for each in claims.get("experiments", ()) if each["state"] == "broken"]
    by_experiment: dict[str, list[Mapping[str, Any]]] = {name: [] for name in broken}
    for claim in claims.get("claims", ()):
        by_experiment.setdefault(claim["experiment"], []).append(claim)
    root = Xml.Element("testsuites", name=lecture)
    for experiment, own in by_experiment.items():
        suite = Xml.SubElement(root, "testsuite", name=experiment)
        if seconds and experiment in seconds:
            suite.set("time", f"{seconds[experiment]:.3f}")
        for claim in own:
            _add_case(suite, lecture, claim, changes)
        if experiment in broken:
            case = Xml.SubElement(suite, "testcase", name=experiment, classname=f"{lecture}.{experiment}")
            told = [str(each) for each in failures if experiment in str(each)]
            Xml.SubElement(case, "error", message="broken experiment").text = _clean("\n".join(told))
        for kind, tag in (("tests", "testcase"), ("failures", ".//failure"), ("errors", ".//error")):
            suite.set(kind, str(len(suite.findall(tag))))
        suite.set("skipped", str(len(suite.findall(".//skipped"))))
    for kind in ("tests", "failures", "errors", "skipped"):
        root.set(kind, str(sum(int(suite.get(kind, "0")) for suite in root)))
    Xml.indent(root, " ")
    text = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _add_case(suite: Xml.Element, lecture: str, claim: Mapping[str, Any], changes: Sequence[Change]) -> None:
    says = claim["says"].get("en") or next(iter(claim["says"].values()), "")
    case = Xml.SubElement(
        suite, "testcase", name=_clean(f"{claim['id']} {says}"), classname=f"{lecture}.{claim['experiment']}"
    )
    properties = Xml.SubElement(case, "properties")
    Xml.SubElement(properties, "property", name="verdict", value=claim["verdict"] or "not measured")
    own = [change for change in changes if change.claim == claim["id"]]
    if own:
        told = [f"{c.name}: {c.now or 'not there'}; recorded is {c.recorded or 'nothing'}" for c in own]
        failure = Xml.SubElement(case, "failure", type="changed verdict", message=_clean(told[0]))
        failure.text = _clean("\n".join(told))
    elif claim["verdict"] is None:
        Xml.SubElement(case, "skipped", message="not measured")
    Xml.SubElement(case, "system-out").text = _clean("\n".join(map(_line, claim["checks"])))


def _line(check: Mapping[str, Any]) -> str:
    """Return a check as one line of text."""
    numbers = [f"{name} {check[name]:.6g}" for name in ("estimate", "low", "high") if check[name] is not None]
    n = [] if check["n"] is None else [f"n {check['n']}"]
    bound = f"{check['relation']} {check['bound']}"
    return f"{check['name']}: {', '.join((*numbers, *n, bound))}: {check['verdict'] or check['role']}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
