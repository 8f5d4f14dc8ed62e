"""Workflow commands of GitHub Actions, which show each row at its line of a pull request.

The runner shows ten of each level for a step and drops the rest without a word, so the gravest come first and their
number is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccconf.codes import Severity
from ccconf.report.sheet import Row, Subject
from ccconf.report.words import shortened, visible

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
SHOWN = 10
"""So many annotations of a level the runner shows for one step."""
_LONGEST = 4_000


def github(subject: Subject) -> str:
    """One command a line; nothing where there is nothing to tell."""
    return "".join(f"{line}\n" for line in _lines(subject))


def _lines(subject: Subject) -> Iterator[str]:
    rows = sorted(subject.told, key=lambda row: list(LEVELS).index(row.severity))
    counts = {level: sum(row.severity is level for row in rows) for level in LEVELS}
    if max(counts.values()) > SHOWN:
        told = ", ".join(f"{count:,} of level {LEVELS[level]}" for level, count in counts.items() if count)
        yield _command("notice", {"title": "ccconf"}, f"{told}; GitHub shows the first {SHOWN} of each")
    yield from map(_annotation, rows)


def _annotation(row: Row) -> str:
    message = "\n".join(filter(None, (visible(row.message), visible(row.hint))))
    return _command(LEVELS[row.severity], {**_place(row), "title": f"ccconf {row.rule}"}, shortened(message, _LONGEST))


def _place(row: Row) -> Mapping[str, str]:
    region = row.spot.region
    if region is None:
        return {"file": visible(row.spot.path)} if row.spot.path else {}
    said = {"file": visible(row.spot.path), "line": str(region.line), "endLine": str(region.end_line)}
    if region.line == region.end_line:  # columns are refused for more than one line
        said |= {"col": str(region.column), **({"endColumn": str(region.end_column)} if region.ends else {})}
    return said


def _command(level: str, properties: Mapping[str, str], message: str) -> str:
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {said}::{_data(message)}"


def _data(text: str) -> str:
    """As the runner reads the text of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As the runner reads a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
