"""Printing: text for people, JSON for machines, and errors in one form."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from ccconf.errors import CcconfError
from ccconf.findings import findings_data
from ccconf.report import text
from ccconf.report.encoded import encoded


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
        print_json({"findings": findings_data(error.findings)})
