"""A runbook as one page that needs nothing else: no network, no server, and no script to be read and ticked off."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

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
            style=_trusted(style),
            script=_trusted(script),
            policy=_policy(style, script),
            autonyms=AUTONYMS,
        )
    )


def _alone(language: str) -> str:
    """Shows only the language that was chosen, without a script. Where `:has` is unknown, all are shown."""
    return f'body:has(#language-{language}:checked) .runbook:not([lang="{language}"]) {{ display: none; }}\n'


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and only what we wrote may run."""
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _own_file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _trusted(text: str) -> str:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own style and script, in which nothing is filled in


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # only who makes a page pays for it

    environment = Environment(
        loader=FunctionLoader(_own_file), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters.update(visible=visible, plain=plain, ours=sentence)
    return environment
