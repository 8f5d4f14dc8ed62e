"""The emulated system as the rules see it: its estate, its licence, its clock, and who is calling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from ccconf.manifest.facts import facts_of
from ccconf.platform.facts import Facts
from ccconf.platforms.threecx.emulator.listing import Row
from ccconf.platforms.threecx.emulator.options import Options
from ccconf.platforms.threecx.emulator.refusals import Warn, malformed, warned
from ccconf.platforms.threecx.emulator.schema import Shape
from ccconf.platforms.threecx.emulator.store import Store, encoded

OWNER = "system_owners"
DEPARTMENT_ROLES = ("group_admins", "managers", "group_owners")
"""Roles whose holder administers departments and no more."""
_WITHOUT_ADMINISTRATION = ("users", "receptionists")
_ACTIONS = {"POST": 1, "PATCH": 2, "DELETE": 3}


class Caller(NamedTuple):
    """Who is calling, from where, and what they may touch."""

    name: str
    role: str = OWNER
    department: int | None = None
    address: str = "127.0.0.1"

    @property
    def administers(self) -> bool:
        """Whether the role opens the configuration at all."""
        return self.role not in _WITHOUT_ADMINISTRATION

    @property
    def bound_to(self) -> int | None:
        """The only department that the caller sees; none where the role sees all."""
        return self.department if self.role in DEPARTMENT_ROLES else None


class Call(NamedTuple):
    """One call behind all doors: authenticated, and its body decoded."""

    method: str
    path: str
    query: str
    body: Any
    caller: Caller

    def fields(self, shape: Shape) -> Row:
        """The body, checked against the shape, without annotations and what only the server sets."""
        body = {} if self.body is None else self.body
        if flaw := shape.flaw(body):
            raise malformed(f"The request is invalid. {flaw}.")
        return {name: value for name, value in body.items() if name[0] != "@" and name not in shape.set_by_server}


class Reply(NamedTuple):
    """What a handler says."""

    status: int
    data: Any = None
    context: str = ""
    """What the data is, for `@odata.context`."""


NO_CONTENT = Reply(204)


@cache
def facts() -> Facts:
    """What is known of the platform offline: roles, gates and caps."""
    return facts_of("ccconf.platforms.threecx")


class Office:
    """The system."""

    def __init__(self, store: Store, options: Options, users_seeded: int, now: Callable[[], datetime]) -> None:
        self.store = store
        self.options = options
        self.now = now
        self.calls = options.calls if options.calls is not None else _calls_for(users_seeded)
        self.cap = extensions_for(self.calls)
        rows = facts().in_group_roles.items
        self.rank = {row.id: place for place, row in enumerate(rows)}
        if options.client_role not in self.rank or options.edition not in {row.id for row in facts().editions}:
            raise ValueError(f"no such role or edition: {options.client_role}, {options.edition}")
        self.roles = tuple(row.id for row in rows if not row.editions or options.edition in row.editions)
        self.closed_rights = frozenset(
            row.field
            for row in facts().catalogue.permissions
            if row.field and row.editions and options.edition not in row.editions
        )

    def moment(self) -> str:
        """Now, as the API writes it."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def may_touch(self, call: Call, role: str | None, target: str) -> None:
        """Whoever holds a lower role leaves a higher one alone."""
        if role is not None and self.rank[call.caller.role] < self.rank[role]:
            raise warned(target, Warn.OTHER_USER_ROLE_DOWNGRADE)

    def number_taken(self, number: str) -> bool:
        """Users and queues share one space of numbers."""
        statement = " UNION ALL ".join(
            f"SELECT 1 FROM {name} WHERE json_extract(doc, '$.Number') IS ?"  # noqa: S608 - a set's name
            for name in ("users", "queues")
        )
        return bool(self.store.all(statement, number, number))

    def silenced(self, shape: Shape, fields: Row) -> Row:
        """The fields without those that this system accepts and ignores."""
        return {name: value for name, value in fields.items() if f"{shape.name}.{name}" not in self.options.silent}

    def note(self, call: Call, kind: int, name: str, before: Row | None, after: Row | None) -> None:
        """Who changed what, and when."""
        self.store.add(
            "audit",
            {
                "Action": _ACTIONS.get(call.method, 0),
                "Id": 0,
                "Ip": call.caller.address,
                "NewData": _told(after),
                "ObjectName": name,
                "ObjectType": kind,
                "PrevData": _told(before),
                "Source": 0,
                "Timestamp": self.moment(),
                "UserName": call.caller.name,
            },
        )


SECRETS = frozenset({"AccessPassword", "AuthPassword", "DeskphonePassword", "VMPIN"})


def _told(document: Row | None) -> str | None:
    """An object in the audit log: without its secrets."""
    if document is None:
        return None
    return encoded({name: value for name, value in document.items() if name not in SECRETS and value is not None})


def merged(document: Row, fields: Row) -> Row:
    """The object with new values: a part is merged, a list is replaced."""
    result = dict(document)
    for name, value in fields.items():
        held = result.get(name)
        result[name] = merged(held, value) if isinstance(value, dict) and isinstance(held, dict) else value
    return result


def extensions_for(calls: int) -> int:
    """How many extensions a licence of so many calls allows: the published row at or below it.

    Outside the published rows the ends of the published range are taken: 5 a call below them, 8 above (unverified).
    """
    caps = facts().caps
    if calls > max(cap.calls for cap in caps):
        return 8 * calls
    return max((cap.extensions for cap in caps if cap.calls <= calls), default=5 * calls)


def _calls_for(users: int) -> int:
    """The smallest licence with room for them; above the published rows, none is known, so eight users a call."""
    wanted = users + users // 4 + 1
    rows = sorted(facts().caps, key=lambda cap: cap.calls)
    return next((cap.calls for cap in rows if cap.extensions >= wanted), -(-wanted // 8))
