"""SARIF 2.1.0: findings and differences for code scanning, each in its region, the same alert from run to run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from ccconf.codes import CODES, Severity
from ccconf.reconcile.drifted import Sort, Weight
from ccconf.report.drift_words import SORTS, WEIGHTS
from ccconf.report.encoded import encoded
from ccconf.report.sheet import Row, Subject, fingerprints
from ccconf.report.words import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
"""Paths start at the top of the repository."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

RISKS = {
    "CC110": "9.0", "CC111": "9.0", "CC304": "8.0", "CC305": "5.0", "CC306": "5.0", "CC413": "5.0", "CC414": "4.0",
    "CC507": "6.0", "CC510": "7.5", "CC511": "5.0", "CC512": "8.5", "CC603": "7.0", "CC606": "7.0",
    "drift/security": "8.0", "conflict/security": "8.0", "expired/security": "7.0", "waiting/security": "5.0",
    "pending/security": "4.0",
}  # fmt: skip
"""What is about security, from 0.1 to 10.0 as code scanning weighs it: critical from 9.0, high from 7.0."""

_STEPS = {
    "failed": "A step of the plan failed", "stale": "Changed since the plan",
    "blocked": "A step that comes after one that failed",
    "uncertain": "Nobody knows what came of a step", "waiting": "A step that a person has to do",
}  # fmt: skip


_CUT_OFF = (5, 130)
_LINK = re.compile(r"\[([^\[\]]*)\]\(")


def sarif(subject: Subject) -> str:
    """The log of one run."""
    rules = sorted({row.rule for row in subject.rows})
    marks = zip(subject.rows, fingerprints(subject.rows), strict=True)
    run = {
        "tool": {
            "driver": {
                "name": "ccconf",
                "version": subject.version,
                "rules": [_rule(rule, subject.rows) for rule in rules],
            }
        },
        "automationDetails": {"id": f"ccconf/{subject.command}/{','.join(map(visible, subject.targets))}/"},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the repository."}}},
        "invocations": [{"executionSuccessful": subject.exit_code not in _CUT_OFF, "exitCode": subject.exit_code}],
        "results": [_result(row, mark, rules.index(row.rule), subject.home) for row, mark in marks],
    }
    return encoded({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, rows: Sequence[Row]) -> dict[str, Any]:
    title, meaning, mend = _told(rule)
    severity = next(row.severity for row in rows if row.rule == rule)
    properties: dict[str, Any] = {"problem.severity": "recommendation" if severity is Severity.INFO else str(severity)}
    if rule in RISKS:
        properties |= {"security-severity": RISKS[rule], "tags": ["security"]}
    return {
        "id": rule,
        "shortDescription": {"text": _text(title)},
        "fullDescription": {"text": _text(meaning)},
        "help": {"text": _text(f"{meaning} {mend}".strip()), "markdown": f"{meaning}\n\n{mend}".strip()},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": properties,
    }


def _told(rule: str) -> tuple[str, str, str]:
    """Title, meaning and remedy of a rule."""
    if rule in CODES:
        code = CODES[rule]
        return code.title, code.meaning, code.mend
    sort, _, weight = rule.partition("/")
    if not weight:
        return _STEPS[rule], f"{_STEPS[rule]}.", "The message says why and what to do."
    title = f"{SORTS[Sort(sort)]} ({weight})".capitalize()
    meaning = f"The platform is not as Git says: {SORTS[Sort(sort)]}. {WEIGHTS[Weight(weight)]}."
    return title, meaning, "Keep it with `ccconf drift --accept`, or put Git's value back with `ccconf drift --revert`."


def _result(row: Row, mark: str, index: int, home: str) -> dict[str, Any]:
    hint = f" ({row.hint})" if row.hint else ""
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "ruleIndex": index,
        "level": LEVELS[row.severity],
        "message": {"text": _text(f"{row.message}{hint}")},
        "locations": [_location(row, home)],
        "partialFingerprints": {"ccconf/v1": mark},
    }
    if row.ignored:
        result["suppressions"] = [{"kind": "external", "justification": _text(row.ignored)}]
    return result


def _location(row: Row, home: str) -> dict[str, Any]:
    """Where it is; what has no place of its own is laid to the project file."""
    region = row.spot.region
    told: dict[str, Any] = {"startLine": 1}
    if region is not None:
        told = {"startLine": region.line, "startColumn": region.utf16[0]}
        if region.ends:
            told |= {"endLine": region.end_line, "endColumn": region.utf16[1]}
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(row.spot.path or home), "region": told}
    }
    if row.object:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(row.object), "kind": "resource"}]
    return location


def _artifact(path: str) -> dict[str, str]:
    """The path as a URI: from the top of the repository, or whole where it lies elsewhere."""
    if path.startswith("/"):
        return {"uri": "file://" + _uri(path)}
    return {"uri": _uri(path), "uriBaseId": ROOT}


def _uri(path: str) -> str:
    try:
        raw = str(PurePosixPath(path)).encode("utf-8", "surrogateescape")  # the bytes of a name that is not UTF-8
    except UnicodeEncodeError:
        raw = visible(path).encode()
    return quote(raw, safe="/")


def _text(text: str) -> str:
    """Plain text: SARIF takes braces for places to fill in, and `[words](address)` for a link."""
    doubled = visible(text).replace("{", "{{").replace("}", "}}")
    return _LINK.sub(r"\\[\1\\](", doubled)
