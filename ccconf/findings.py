"""A finding says what is wrong, where, and how to mend it. Findings are collected, never raised.

The codes are a promise: one never changes its meaning, and `ccconf explain CC203` describes each.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from ccconf.codes import CODES, Severity


class Location(NamedTuple):
    """A place in a file; line and column count from 1, as editors do."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong or worth knowing."""

    code: str
    message: str
    where: Location | None = None
    subject: str = ""
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """The severity of the code; it is a property of the code, not of the occasion."""
        return CODES[self.code].severity

    @property
    def order(self) -> tuple[str, int, int, str, str, str]:
        """By place, then code, so that the same mistakes always read in the same order."""
        path, line, column = self.where or ("", 0, 0)
        return path, line, column, self.code, self.subject, self.message

    def __str__(self) -> str:
        place = f"{self.where} " if self.where else ""
        return f"{place}{self.code} {self.message}"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorted for a reader, each said once."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.order))


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Only those that stop a command."""
    return tuple(found for found in findings if found.severity is Severity.ERROR)


def findings_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Plain data, ready for JSON."""
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
        for finding in findings
    ]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the nearest known word, or with the choices where they are few, or nothing."""
    choices = sorted(known)
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    if choices and len(choices) <= 16:
        return f"known: {', '.join(choices)}"
    return ""
