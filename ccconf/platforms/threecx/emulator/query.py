"""What a reader asks of a list: `$filter`, `$select`, `$expand`, `$orderby`, `$top`, `$skip`, `$count`, `$search`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ccconf.platforms.threecx.emulator.filters import path_in
from ccconf.platforms.threecx.emulator.refusals import malformed
from ccconf.platforms.threecx.emulator.schema import Shape

_KNOWN = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$search"})
DEEPEST = 5
"""Levels of `$expand` within `$expand`."""


@dataclass(frozen=True)
class Query:
    """One question, checked against the shape of what it asks for."""

    filter: str = ""
    select: tuple[str, ...] = ()
    expand: dict[str, Query] = field(default_factory=dict)
    order: tuple[tuple[str, bool], ...] = ()
    """Paths, each with whether it is descending."""
    top: int | None = None
    skip: int = 0
    count: bool = False
    search: str = ""


def query_from(text: str, shape: Shape) -> Query:
    """The query string of a request. Options without a `$` are others' and ignored. Raises `Refusal`."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise malformed("The query cannot be read.") from error
    return _query([pair for pair in pairs if pair[0].startswith("$")], shape, depth=0)


def _query(pairs: list[tuple[str, str]], shape: Shape, *, depth: int) -> Query:
    options: dict[str, str] = {}
    for name, value in pairs:
        if name not in _KNOWN:
            raise malformed(f"The query option '{name}' is not supported.")
        if name in options:
            raise malformed(f"Query option '{name}' was specified more than once.")
        options[name] = value
    return Query(
        filter=options.get("$filter", ""),
        select=tuple(_selected(options.get("$select", ""), shape)),
        expand=_expanded(options.get("$expand", ""), shape, depth),
        order=tuple(_ordered(options.get("$orderby", ""), shape)),
        top=_counted("$top", options["$top"]) if "$top" in options else None,
        skip=_counted("$skip", options["$skip"]) if "$skip" in options else 0,
        count=_truth(options.get("$count", "false")),
        search=options.get("$search", "").strip().strip('"'),
    )


def _selected(text: str, shape: Shape) -> Iterator[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in shape.properties and name not in shape.links and name != "*":
            raise malformed(f"Could not find a property named '{name}' on type 'Pbx.{shape.name}'.")
    if "*" not in names:
        yield from dict.fromkeys(names)


def _expanded(text: str, shape: Shape, depth: int) -> dict[str, Query]:
    if depth >= DEEPEST:
        raise malformed("$expand is nested too deeply.")
    found: dict[str, Query] = {}
    for item in _split(text, ","):
        name, bracket, rest = item.partition("(")
        link = shape.links.get(name.strip())
        if link is None or link.of is None:
            raise malformed(f"Could not find a link named '{name.strip()}' on type 'Pbx.{shape.name}'.")
        if bracket and not rest.endswith(")"):
            raise malformed(f"Syntax error in $expand at '{item}'.")
        pairs = [(key.strip(), value) for key, _, value in (part.partition("=") for part in _split(rest[:-1], ";"))]
        found[link.name] = _query(pairs, link.of, depth=depth + 1)
    return found


def _split(text: str, mark: str) -> Iterator[str]:
    """Parts between marks that stand outside parentheses and quotes."""
    depth, start, quoted = 0, 0, False
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += (sign == "(") - (sign == ")")
            if sign == mark and depth == 0:
                yield text[start:at].strip()
                start = at + 1
    if depth or quoted:
        raise malformed(f"Parentheses or quotes do not match in '{text}'.")
    if text[start:].strip():
        yield text[start:].strip()


def _ordered(text: str, shape: Shape) -> Iterator[tuple[str, bool]]:
    for item in (part.strip() for part in text.split(",") if part.strip()):
        name, _, direction = item.partition(" ")
        row, _sql = path_in(name, shape, "")
        if row.many or row.form == "complex" or direction.strip() not in ("", "asc", "desc"):
            raise malformed(f"Syntax error in $orderby at '{item}'.")
        yield name, direction.strip() == "desc"


def _counted(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise malformed(f"Invalid value '{text[:40]}' for {name}: a number from 0 was expected.")
    return int(text)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise malformed(f"Invalid value '{text[:40]}' for $count.")
    return text.lower() == "true"
