"""A flaw is a mistake inside one well-formed value, with the way to it from the field."""

from __future__ import annotations

from typing import NamedTuple


class Flaw(NamedTuple):
    """A mistake in a value; `path` leads from the field to the place."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    hint: str = ""
    on_key: bool = False
