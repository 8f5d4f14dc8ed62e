"""A page as HTML that needs nothing else: style and script stand in it, by their digests, and nothing may be loaded."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ccconf.report.page import charts
from ccconf.report.page.view import SECURITY, Bars, Page

if TYPE_CHECKING:
    from jinja2 import Environment

AT_ONCE = 12
"""So many pieces of a value are open; the others are behind a click, and open on paper."""


def html(page: Page) -> str:
    """The page; equal pages are equal byte for byte."""
    style, script = _own_file("page.css"), _own_file("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(page=page, style=_trusted(style), script=_trusted(script), policy=_policy(style, script))
    )


def _policy(style: str, script: str) -> str:
    """Only what we wrote may run. The one picture is an empty icon, so that no browser asks a server for one."""
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _own_file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _trusted(text: str) -> str:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own style, script and drawings; of others only numbers and days are in them


def _bar(bars: Bars, counts: tuple[int, ...]) -> str:
    return _trusted(charts.parts(counts, max(sum(row) for _, row in bars.rows)))


def _web(address: str) -> bool:
    """Whether an address may be followed; nothing else becomes a link."""
    return address.startswith(("https://", "http://"))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # only who makes a page pays for it

    environment = Environment(
        loader=FunctionLoader(_own_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(drawn=_trusted, number="{:,}".format)
    environment.globals.update(
        bar=_bar, swatch=lambda part: _trusted(charts.swatch(part)), at_once=AT_ONCE, security=SECURITY
    )
    environment.tests["web"] = _web
    return environment
