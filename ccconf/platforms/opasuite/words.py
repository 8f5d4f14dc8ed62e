"""What Opa! Suite says when it says no, in words that hold no secret.

Its errors are `{status, code, data: {message}, description}` (third-party reports, 2026-10). Whether the HTTP status is
always the `code` of the body is unverified, so both are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from ccconf.findings import Finding

Row = dict[str, Any]

HIDDEN = "(hidden)"
_SECRET = re.compile(r"token|senha|password|secret", re.IGNORECASE)
_LONGEST = 200


def decoded(body: bytes) -> Any:
    """The body as data; None where it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def own_words(body: bytes, secrets: Iterable[str] = ()) -> str:
    """What the platform says in its own words, on one line, without any of these secrets."""
    found = decoded(body)
    if not isinstance(found, dict):
        return ""
    data = found.get("data")
    said = [data.get("message") if isinstance(data, dict) else None, found.get("description")]
    words = ": ".join(dict.fromkeys(" ".join(text.split()) for text in said if isinstance(text, str) and text.strip()))
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, HIDDEN)
    return words[:_LONGEST]


def refusal(words: str, status: int) -> Finding:
    """One finding for a call that was understood and refused."""
    usual = {404: "it is not there any more", 409: "something of that name is there already"}
    hint = "an inactive department keeps its name" if status == 409 else ""
    told = words or usual.get(status) or f"status {status}"
    return Finding(code="CC702", message=f"Opa! Suite refuses: {told}", hint=hint)


def without_secrets(value: Any) -> Any:
    """The value with what is secret in it covered: fit to be shown."""
    match value:
        case dict():
            return {
                name: HIDDEN if held and _SECRET.search(str(name)) else without_secrets(held)
                for name, held in value.items()
            }
        case list():
            return [without_secrets(part) for part in value]
        case _:
            return value
