"""Answers a question about a list: one SQL query for the list, one more for each link that is expanded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from ccconf.platforms.threecx.emulator.filters import Sql, filtered, path_in
from ccconf.platforms.threecx.emulator.query import Query
from ccconf.platforms.threecx.emulator.schema import Shape
from ccconf.platforms.threecx.emulator.store import Store, encoded

Row = dict[str, Any]
Linked = dict[int, Any]
"""What hangs on each object, by its id: a list of rows, or one."""


class Rows(NamedTuple):
    """Where a list comes from: something with the columns `id` and `doc`."""

    shape: Shape
    table: Sql
    scope: Sql = Sql("TRUE")
    searched: tuple[str, ...] = ()
    """The properties in which `$search` looks."""
    links: Mapping[str, Callable[[Store, list[Row]], Linked]] = MappingProxyType({})
    """How each link of these objects is followed, for all of them at once."""


class Page(NamedTuple):
    """A part of a list, and how long the whole is where that was asked."""

    rows: list[Row]
    total: int | None = None


def given(shape: Shape, rows: list[Row]) -> Rows:
    """A list that stands in no table. Its rows bring what their links lead to with them."""
    return Rows(shape, Sql("(SELECT key AS id, value AS doc FROM json_each(?))", (encoded(rows),)))


def page_of(store: Store, rows: Rows, query: Query, largest: int | None = None) -> Page:
    """The rows that a query asks for, in their final form."""
    condition = _condition(rows, query)
    parameters = (*rows.table.parameters, *condition.parameters)
    source = f"{rows.table.text} WHERE {condition.text}"
    total: int | None = None
    if query.count:
        (total,) = store.one(f"SELECT count(*) FROM {source}", *parameters)  # noqa: S608 - built from known names
    limits = [limit for limit in (query.top, largest) if limit is not None]
    found = store.all(
        f"SELECT doc FROM {source} ORDER BY {_order(rows, query)} LIMIT ? OFFSET ?",  # noqa: S608 - likewise
        *parameters,
        min(limits, default=-1),
        query.skip,
    )
    # one decoder call for the page is a good deal quicker than one for each row
    documents = msgspec.json.decode("[" + ",".join(row[0] for row in found) + "]", type=list[Row])
    return Page(in_form(store, documents, rows, query), total)


def _condition(rows: Rows, query: Query) -> Sql:
    parts = [rows.scope]
    if query.filter.strip():
        parts.append(filtered(query.filter, rows.shape, "doc"))
    for word in query.search.split():
        looked = [f"coalesce(odata_contains(odata_lower({path_in(name, rows.shape, 'doc')[1]}), ?), 0)"
                  for name in rows.searched]  # fmt: skip
        parts.append(Sql(f"({' OR '.join(looked) or 'FALSE'})", (word.lower(),) * len(looked)))
    return Sql(" AND ".join(part.text for part in parts), tuple(value for part in parts for value in part.parameters))


def _order(rows: Rows, query: Query) -> str:
    paths = [
        f"{path_in(name, rows.shape, 'doc')[1]}{' DESC' if descending else ''}" for name, descending in query.order
    ]
    return ", ".join((*paths, "id"))


def in_form(store: Store, documents: list[Row], rows: Rows, query: Query) -> list[Row]:
    """The rows with what was selected and expanded, and nothing else."""
    names = [name for name in query.select or rows.shape.properties if name in rows.shape.properties]
    formed = [{name: row[name] for name in names} for row in documents]
    for link, nested in query.expand.items():
        row = rows.shape.links[link]
        assert row.of is not None, "a link leads to a shape"
        reached = rows.links[link](store, documents) if link in rows.links else None
        for document, result in zip(documents, formed, strict=True):
            found = reached.get(document["Id"], []) if reached is not None else document.get(link, [])
            result[link] = _nested(store, found, row.of, nested)
    return formed


def _nested(store: Store, found: Any, shape: Shape, query: Query) -> Any:
    """What hangs on one object. Only a nested query that picks or sorts goes through the database again."""
    if found is None or isinstance(found, dict):
        return None if found is None else in_form(store, [found], Rows(shape, Sql("")), query)[0]
    if query.filter or query.order or query.skip or query.search or query.top is not None:
        return page_of(store, given(shape, found), query).rows
    return in_form(store, found, Rows(shape, Sql("")), query)
