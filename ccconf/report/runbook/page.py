"""A runbook as one page that needs nothing else: no network, no server, and no script to be read and ticked off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ccconf.report import sealed
from ccconf.report.runbook.languages import AUTONYMS, sentence
from ccconf.report.runbook.values import Runbook, plain
from ccconf.report.words import visible

if TYPE_CHECKING:
    from jinja2 import Environment


def html(runbooks: Sequence[Runbook]) -> str:
    """The page with the same runbook in each of the languages; the first is shown first."""
    style = _own_file("page.css") + "".join(map(_alone, (runbook.language for runbook in runbooks)))
    script = _own_file("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            runbooks=runbooks,
            style=sealed.trusted(style),
            script=sealed.trusted(script),
            policy=sealed.policy(style, script),
            autonyms=AUTONYMS,
        )
    )


def _alone(language: str) -> str:
    """Shows only the language that was chosen, without a script. Where `:has` is unknown, all are shown."""
    return f'body:has(#language-{language}:checked) .runbook:not([lang="{language}"]) {{ display: none; }}\n'


@cache
def _own_file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = sealed.environment(_own_file)
    environment.filters.update(visible=visible, plain=plain, ours=sentence)
    return environment
