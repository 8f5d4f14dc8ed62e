"""Asking before something is done: the one place where ccconf waits for an answer, and who is taken to be there."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

from ccconf.errors import broken


def in_ci() -> bool:
    """Whether a CI system runs the command: `CI` is set, and does not say no."""
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no")


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is at the other end. A job of a CI system may have a terminal, but nobody sits there."""
    return stream.isatty() and not in_ci()


def agreed(question: str) -> bool:
    """What somebody on the terminal says; no unless they say yes. Raises `Broken` (CC704) where nobody is there."""
    if not is_terminal(sys.stdin):
        raise broken("CC704", "there is nobody to ask here, and --yes was not said", "say --yes")
    return click.confirm(question, default=False, err=True)
