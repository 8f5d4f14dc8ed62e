"""What pages have in common: they need nothing else, may load nothing, and run only what we wrote ourselves."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def policy(style: str, script: str, *more: str) -> str:
    """The content security policy of a page with this style and this script; `more` are directives besides."""
    own = "; ".join((f"style-src '{_digest(style)}'", f"script-src '{_digest(script)}'", *more))
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def trusted(text: str) -> str:
    """Text that is not escaped: our own style, script and drawings. Of others only numbers and days may be in it."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - whoever calls has written it


def environment(template: Callable[[str], str], *, trims: bool = False) -> Environment:
    """A way to fill in templates in which everything is escaped and every name has to be known.

    Where it `trims`, lines that hold only a statement leave no empty line.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # only who makes a page pays for it

    return Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=trims,
        lstrip_blocks=trims,
        keep_trailing_newline=True,
    )
