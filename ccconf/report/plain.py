"""The JSON of a run: for each command the same that `--format json` prints, by the schemas in `schemas/`."""

from __future__ import annotations

from typing import Any

from ccconf.findings import findings_data
from ccconf.report.encoded import encoded
from ccconf.report.sheet import Subject


def json(subject: Subject) -> str:
    """Sorted keys, one value a line, the same bytes for the same subject."""
    return encoded(_data(subject))


def _data(subject: Subject) -> Any:
    if subject.drift is not None:
        return subject.drift
    if subject.report is not None:
        return {**subject.report.as_data(), **subject.said}
    if subject.plan is not None:
        return subject.plan
    return {
        "targets": list(subject.targets),
        "objects": subject.objects,
        "findings": findings_data(subject.findings),
    }
