"""The JSON of a run: for each command the same that `--format json` prints, by the schemas in `schemas/`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ccconf.findings import Finding
from ccconf.report.sheet import Subject
from ccconf.report.words import visible


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


def findings_data(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as plain data."""
    return [
        {
            "code": finding.code,
            "severity": str(finding.severity),
            "message": finding.message,
            "path": finding.where.path if finding.where else None,
            "line": finding.where.line if finding.where else None,
            "column": finding.where.column if finding.where else None,
            "subject": finding.subject or None,
            "hint": finding.hint or None,
        }
        for finding in found
    ]


def encoded(data: Any) -> str:
    """JSON of plain data or of structs. Halves of a pair of surrogates, which no JSON can hold, are made visible: the
    name of a file that is not UTF-8 has them.
    """
    try:
        raw = msgspec.json.encode(data, order="deterministic")
    except UnicodeEncodeError:
        raw = msgspec.json.encode(_whole(msgspec.to_builtins(data)), order="deterministic")
    return msgspec.json.format(raw, indent=2).decode() + "\n"


def _whole(value: Any) -> Any:
    match value:
        case str():
            return "".join(visible(letter) if "\ud800" <= letter <= "\udfff" else letter for letter in value)
        case dict():
            return {_whole(key): _whole(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_whole(inner) for inner in value]
        case _:
            return value
