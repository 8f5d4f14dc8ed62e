"""Plain data as JSON: sorted keys, one value a line, the same bytes for the same data."""

from __future__ import annotations

from typing import Any

import msgspec

from ccconf.report.words import visible


def encoded(data: Any) -> str:
    """JSON of plain data or of structs. Halves of a pair of surrogates, which no JSON can hold, are made visible: the
    name of a file that is not UTF-8 has them.
    """
    try:
        raw = msgspec.json.encode(data, order="deterministic")
    except UnicodeEncodeError:
        raw = msgspec.json.encode(_whole(msgspec.to_builtins(data)), order="deterministic")
    return msgspec.json.format(raw, indent=2).decode() + "\n"


def _whole(value: Any) -> Any:
    match value:
        case str():
            return "".join(visible(letter) if "\ud800" <= letter <= "\udfff" else letter for letter in value)
        case dict():
            return {_whole(key): _whole(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_whole(inner) for inner in value]
        case _:
            return value
