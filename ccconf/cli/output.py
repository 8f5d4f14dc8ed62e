"""Printing: text for people, JSON for machines, and errors in one form."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ccconf.errors import CcconfError, Ending
from ccconf.findings import Finding, findings_data
from ccconf.report import text
from ccconf.report.encoded import encoded

if TYPE_CHECKING:
    from ccconf.report.answers import Told


def print_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Lines as they come."""
    for line in lines:
        say(line, err=err)


def say(line: str, *, err: bool = False) -> None:
    """One line. A reader who has gone (`ccconf apply | head`) is no reason to stop half way, or to leave with 0."""
    try:
        click.echo(line, err=err)
    except BrokenPipeError:
        stream = sys.stderr if err else sys.stdout
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def print_json(data: Any) -> None:
    """Plain data, one value a line, the same bytes for the same data.

    `##[` is written so that no log of a CI system takes a name for a command.
    """
    say(encoded(data).rstrip("\n").replace("##[", "##\\u005b"))


def print_error(error: CcconfError, *, as_json: bool) -> None:
    """What went wrong, on the error stream; as JSON too where the command was asked for JSON."""
    print_lines(text.findings(error.findings), err=True)
    if as_json:
        print_findings(error.findings)


def declined(format_: str, answer: Any) -> Ending:
    """Somebody was asked and said no: what they were asked about is still to be done."""
    if format_ == "json":
        print_json(answer)
    print_lines(["Nothing was done."], err=True)
    return Ending.CHANGES


def told(findings: Iterable[Finding]) -> tuple[Told, ...]:
    """Findings as a part of an answer."""
    from ccconf.report.answers import Told  # most commands have an answer of another room

    return msgspec.convert(findings_data(findings), tuple[Told, ...])


def print_findings(findings: Iterable[Finding], **about: Any) -> None:
    """Findings by schemas/findings.json, with what else it allows to be said about them."""
    print_json({**about, "findings": findings_data(findings)})
