"""A page as HTML that needs nothing else: style and script stand in it, by their digests, and nothing may be loaded."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ccconf.report import sealed
from ccconf.report.page import charts
from ccconf.report.page.view import SECURITY, Bars, Page

if TYPE_CHECKING:
    from jinja2 import Environment

AT_ONCE = 12
"""So many pieces of a value are open; the others are behind a click, and open on paper."""


NO_ICON = "img-src data:"
"""The one picture is an empty icon, so that no browser asks a server for one."""


def html(page: Page) -> str:
    """The page; equal pages are equal byte for byte."""
    style, script = _own_file("page.css"), _own_file("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            style=sealed.trusted(style),
            script=sealed.trusted(script),
            policy=sealed.policy(style, script, NO_ICON),
        )
    )


@cache
def _own_file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _bar(bars: Bars, counts: tuple[int, ...]) -> str:
    return sealed.trusted(charts.parts(counts, max(sum(row) for _, row in bars.rows)))


def _web(address: str) -> bool:
    """Whether an address may be followed; nothing else becomes a link."""
    return address.startswith(("https://", "http://"))


@cache
def _environment() -> Environment:
    environment = sealed.environment(_own_file, trims=True)
    environment.filters.update(drawn=sealed.trusted, number="{:,}".format)
    environment.globals.update(
        bar=_bar, swatch=lambda part: sealed.trusted(charts.swatch(part)), at_once=AT_ONCE, security=SECURITY
    )
    environment.tests["web"] = _web
    return environment
