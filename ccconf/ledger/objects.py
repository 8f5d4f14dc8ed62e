"""What is noted of single objects: that they are ours, and what was applied. All within a transaction of the caller."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, case, select

from ccconf.ledger.runs import Noted
from ccconf.ledger.tables import APPLIED, OWNED, insert
from ccconf.ledger.times import now
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref

_AT_ONCE = 500
"""So many keys go into one question; where there are more, all are read."""


def owned(connection: Connection, target: str, kind: str) -> dict[str, Owned]:
    """The objects of a kind that were applied on a target, by key."""
    result = connection.execute(
        select(OWNED.c.key, OWNED.c.native_id, OWNED.c.formerly, OWNED.c.has_left).where(
            OWNED.c.target == target, OWNED.c.kind == kind
        )
    )
    # of the driver's own cursor: every plan reads all of them, and as plain tuples they take a third less time
    rows = result.cursor.fetchall() if result.cursor is not None else []
    if not rows:
        return {}
    keys, natives, formers, left = zip(*rows, strict=True)
    # a hundred thousand of them are made without a line of Python for each
    made = map(tuple.__new__, repeat(Owned), zip(natives, formers, map(bool, left), strict=True))
    return dict(zip(keys, made, strict=True))


def applied(connection: Connection, target: str, kind: str, native_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The fields on which both sides last agreed, by the platform's id; an object of which nothing is noted is left
    out.
    """
    found: dict[str, dict[str, Any]] = {}
    wanted = sorted(native_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        asked = {"of": target, "as": kind, "ids": wanted[start : start + _AT_ONCE]}
        for native_id, fields in connection.execute(_FIELDS_OF_IDS, asked):
            found[native_id] = msgspec.json.decode(fields)
    return found


def own(connection: Connection, target: str, objects: Iterable[tuple[Ref, Owned]], *, renames_stay: bool) -> None:
    """These objects are ours from now on, each once. Where `renames_stay`, a rename noted earlier is not forgotten."""
    at = now()
    rows = [
        {
            "target": target, "kind": ref.kind, "key": ref.key, "native_id": known.native_id,
            "formerly": known.formerly, "has_left": int(known.has_left), "applied_at": at,
        }
        for ref, known in objects
    ]  # fmt: skip
    if not rows:
        return
    if elsewhere := _elsewhere(connection, target, rows):
        connection.execute(_ELSEWHERE, elsewhere)
    connection.execute(_owning(connection.dialect.name, renames_stay=renames_stay), rows)


def _elsewhere(connection: Connection, target: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Which of the rows have their native id under another key, perhaps; where there are many, for sure."""
    named = [{"of": target, "as": row["kind"], "id": row["native_id"], "under": row["key"]} for row in rows]
    if len(named) < _AT_ONCE:
        return named
    known = {
        (kind, ours.native_id): key
        for kind in {row["as"] for row in named}
        for key, ours in owned(connection, target, kind).items()
    }
    return [row for row in named if known.get((row["as"], row["id"]), row["under"]) != row["under"]]


def forget(connection: Connection, target: str, refs: Sequence[Ref]) -> None:
    """These objects are gone."""
    if refs:
        rows = [{"of": target, "as": ref.kind, "under": ref.key} for ref in refs]
        connection.execute(_FIELDS_OF_KEY, rows)
        connection.execute(_KEY, rows)


def note(connection: Connection, target: str, noted: Iterable[Noted]) -> None:
    """What came of steps, in the order in which it happened to each object."""
    for together in _apart(noted):
        forget(connection, target, [each.ref for each in together if each.owned is None])
        ours = [(each.ref, each.owned, each.fields) for each in together if each.owned is not None]
        own(connection, target, [(ref, known) for ref, known, _ in ours], renames_stay=True)
        fields = [(ref.kind, known.native_id, fields) for ref, known, fields in ours if fields is not None]
        keep_fields(connection, target, fields)


def _apart(noted: Iterable[Noted]) -> Iterator[list[Noted]]:
    """Lists in which no object comes twice, so that each can be written at once."""
    together: list[Noted] = []
    met: set[tuple[str, str, str]] = set()
    for each in noted:
        names = {("key", *each.ref)}
        if each.owned is not None:
            names.add(("id", each.ref.kind, each.owned.native_id))
        if together and not met.isdisjoint(names):
            yield together
            together, met = [], set()
        together.append(each)
        met |= names
    if together:
        yield together


def keep_fields(connection: Connection, target: str, rows: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """These values were applied: kind, native id, and the fields as plain data. Other fields stay as noted."""
    if not rows:
        return
    known = _known_fields(connection, target, rows)
    lines = []
    for kind, native, fields in rows:
        text = msgspec.json.encode({**known.get((kind, native), {}), **fields}).decode()
        lines.append({"target": target, "kind": kind, "native_id": native, "fields": text})
    connection.execute(_keeping(connection.dialect.name), lines)


def agree(connection: Connection, target: str, agreed: Mapping[tuple[str, str], bytes]) -> None:
    """Both sides have these values, as JSON by kind and native id. What is noted so already is not written again."""
    asked = select(APPLIED.c.kind, APPLIED.c.native_id, APPLIED.c.fields).where(APPLIED.c.target == target)
    known = {(kind, native_id): fields for kind, native_id, fields in connection.execute(asked)}
    new = []
    for (kind, native), raw in agreed.items():
        text, there = raw.decode(), known.get((kind, native))
        if there == text:
            continue
        merged = text
        if there is not None:
            both = {**msgspec.json.decode(there), **msgspec.json.decode(raw)}
            merged = msgspec.json.encode(both, order="sorted").decode()  # so that the next time they are the same text
        if merged != there:
            new.append({"target": target, "kind": kind, "native_id": native, "fields": merged})
    if new:
        connection.execute(_keeping(connection.dialect.name), new)


def _known_fields(
    connection: Connection, target: str, rows: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (kind, native_id): fields
        for kind in {row[0] for row in rows}
        for native_id, fields in applied(connection, target, kind, {row[1] for row in rows if row[0] == kind}).items()
    }


# The statements are made once: to make one takes longer than to carry it out.

_OF_KIND = (OWNED.c.target == bindparam("of"), OWNED.c.kind == bindparam("as"))

_KEY = OWNED.delete().where(*_OF_KIND, OWNED.c.key == bindparam("under"))

_FIELDS_OF_KEY = APPLIED.delete().where(
    APPLIED.c.target == bindparam("of"),
    APPLIED.c.kind == bindparam("as"),
    APPLIED.c.native_id.in_(select(OWNED.c.native_id).where(*_OF_KIND, OWNED.c.key == bindparam("under"))),
)

_FIELDS_OF_IDS = select(APPLIED.c.native_id, APPLIED.c.fields).where(
    APPLIED.c.target == bindparam("of"),
    APPLIED.c.kind == bindparam("as"),
    APPLIED.c.native_id.in_(bindparam("ids", expanding=True)),
)

_ELSEWHERE = OWNED.delete().where(*_OF_KIND, OWNED.c.native_id == bindparam("id"), OWNED.c.key != bindparam("under"))
"""A native id belongs to one key only: a rename moves the row."""


@cache
def _owning(dialect: str, *, renames_stay: bool) -> Any:
    adding = insert(dialect, OWNED)
    new = adding.excluded
    same_rename = (new.formerly == "") & (new.native_id == OWNED.c.native_id)
    formerly = case((same_rename, OWNED.c.formerly), else_=new.formerly) if renames_stay else new.formerly
    return adding.on_conflict_do_update(
        index_elements=["target", "kind", "key"],
        set_={"native_id": new.native_id, "formerly": formerly, "has_left": new.has_left, "applied_at": new.applied_at},
    )


@cache
def _keeping(dialect: str) -> Any:
    adding = insert(dialect, APPLIED)
    return adding.on_conflict_do_update(
        index_elements=["target", "kind", "native_id"], set_={"fields": adding.excluded.fields}
    )
