"""Pages out of templates, and the answers that carry them. Whatever people typed is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ccconf.emulation import Answer

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"
_IMAGES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("ccconf.embedded.screens"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, status: int = 200, **values: Any) -> Answer:
    """A page of HTML. Nothing from elsewhere is loaded, and nothing in it can run."""
    text = _templates().get_template(f"{template}.html").render(values)
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", _POLICY), *_NOT_KEPT)
    return Answer(status, text.encode(), headers)


def style() -> Answer:
    """How the pages look."""
    text = _templates().get_template("style.css").render()
    return Answer(200, text.encode(), (("Content-Type", "text/css; charset=utf-8"), *_NOT_KEPT))


def picture(content: bytes) -> Answer:
    """A file that somebody uploaded; what is no picture is not shown as anything."""
    form = next((form for start, form in _IMAGES.items() if content.startswith(start)), "application/octet-stream")
    return Answer(200, content, (("Content-Type", form), *_NOT_KEPT))


def elsewhere(address: str) -> Answer:
    """After something was done: go there, so that loading the page again does not do it twice."""
    return Answer(303, b"", (("Location", address), *_NOT_KEPT))


_NOT_KEPT = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
