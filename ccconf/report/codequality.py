"""GitLab's code quality report: the subset of the Code Climate form that merge requests show."""

from __future__ import annotations

from typing import Any

from ccconf.codes import Severity
from ccconf.report.encoded import encoded
from ccconf.report.sarif import RISKS
from ccconf.report.sheet import Row, Subject, fingerprints
from ccconf.report.words import visible

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def codequality(subject: Subject) -> str:
    """A list with one entry a row. What has no place of its own is laid to the project file; what is passed over is
    left out, because GitLab has no way to say so.
    """
    marks = zip(subject.told, fingerprints(subject.told), strict=True)
    return encoded([_issue(row, mark, subject.home) for row, mark in marks])


def _issue(row: Row, mark: str, home: str) -> dict[str, Any]:
    hint = f" ({row.hint})" if row.hint else ""
    lines = {"begin": row.spot.region.line, "end": row.spot.region.end_line} if row.spot.region else {"begin": 1}
    severe = row.severity is Severity.ERROR and float(RISKS.get(row.rule, "0")) >= 7
    return {
        "description": visible(f"{row.message}{hint}"),
        "check_name": row.rule,
        "fingerprint": mark,
        "severity": "blocker" if severe else _SEVERITIES[row.severity],
        "location": {"path": visible(row.spot.path or home), "lines": lines},
    }
