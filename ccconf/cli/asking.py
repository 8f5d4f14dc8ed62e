"""Asking before something is done."""

from __future__ import annotations

import sys

import click

from ccconf.errors import broken


def agreed(question: str) -> bool:
    """What somebody on the terminal says; no unless they say yes. Raises `Broken` (CC704) where nobody is there."""
    if not sys.stdin.isatty():
        raise broken("CC704", "there is nobody to ask here, and --yes was not said", "say --yes")
    return click.confirm(question, default=False, err=True)
