"""The doors: which path leads to which rule, and who may go through.

An entity set has the same five or six paths each time; the rest are rows of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from ccconf.platforms.threecx.emulator import groups, holidays, networks, queues, system, users
from ccconf.platforms.threecx.emulator.listing import Row, Rows, given, in_form, page_of
from ccconf.platforms.threecx.emulator.memberships import of_groups, of_members, templates_of_groups
from ccconf.platforms.threecx.emulator.objects import (
    AGENT,
    DEFS,
    LICENCE,
    MANAGER,
    MEMBERSHIP,
    OFFICE_HOURS,
    RESTRICTIONS,
    RIGHTS,
    STATUS,
)
from ccconf.platforms.threecx.emulator.office import Call, Office, Reply
from ccconf.platforms.threecx.emulator.query import query_from
from ccconf.platforms.threecx.emulator.refusals import Refusal, missing
from ccconf.platforms.threecx.emulator.schema import Shape

Handler = Callable[..., Reply]


class Rules(Protocol):
    """What the module of an entity set brings."""

    def rows(self, call: Call, /) -> Rows: ...
    def found(self, office: Office, call: Call, id_: int, /) -> Row: ...
    def create(self, office: Office, call: Call, /) -> Reply: ...
    def change(self, office: Office, call: Call, document: Row, /) -> Reply: ...
    def remove(self, office: Office, call: Call, document: Row, /) -> Reply: ...


class Door(NamedTuple):
    """One path with what each method does there."""

    path: re.Pattern[str]
    methods: dict[str, Handler]
    system_wide: bool = False
    """Closed to a caller whose role ends at a department."""


def _door(path: str, *, system_wide: bool = False, **methods: Handler) -> Door:
    """`{Id}` in the path is a number, `{Number}` a quoted text."""
    pattern = (
        re.escape(path)
        .replace(r"\{Id\}", r"(?P<id_>-?[0-9]{1,10})")
        .replace(r"\{Number\}", "'(?P<number>(?:[^']|'')*)'")
    )
    return Door(re.compile(pattern), methods, system_wide)


def _entity_set(name: str, rules: Rules, *, by_number: bool = False, system_wide: bool = False) -> Iterator[Door]:
    def listed(office: Office, call: Call) -> Reply:
        return _listed(office, call, rules.rows(call))

    def read(office: Office, call: Call, id_: int) -> Reply:
        return _one(office, call, rules.rows(call), rules.found(office, call, id_), name)

    def read_by_number(office: Office, call: Call, number: str) -> Reply:
        rows = rules.rows(call)
        ids = office.store.all(
            f"SELECT id FROM {rows.table.text} WHERE json_extract(doc, '$.Number') IS ?",  # noqa: S608 - a set's name
            number.replace("''", "'"),
        )
        if not ids:
            raise missing(rows.shape.name)
        return read(office, call, ids[0][0])

    def create(office: Office, call: Call) -> Reply:
        id_ = rules.create(office, call).data
        rows = rules.rows(call)
        return _one(office, call._replace(query=""), rows, rules.found(office, call, id_), name)._replace(status=201)

    def change(office: Office, call: Call, id_: int) -> Reply:
        return rules.change(office, call, rules.found(office, call, id_))

    def remove(office: Office, call: Call, id_: int) -> Reply:
        return rules.remove(office, call, rules.found(office, call, id_))

    yield _door(f"/{name}", GET=listed, POST=create, system_wide=system_wide)
    yield _door(f"/{name}({{Id}})", GET=read, PATCH=change, DELETE=remove, system_wide=system_wide)
    if by_number:
        yield _door(f"/{name}(Number={{Number}})", GET=read_by_number)


def _single(name: str, shape: Shape, read: Callable[[Office, Call], Row], **methods: Handler) -> Door:
    def get(office: Office, call: Call) -> Reply:
        query = query_from(call.query, shape)
        row = in_form(office.store, [read(office, call)], given(shape, []), query)[0]
        return Reply(200, row, f"{name}/$entity")

    return _door(f"/{name}", GET=get, system_wide=True, **methods)


def _link(path: str, rules: Rules, shape: Shape, follow: Any) -> Door:
    """The objects that hang on one, as a list of its own."""

    def listed(office: Office, call: Call, id_: int) -> Reply:
        document = rules.found(office, call, id_)
        return _listed(office, call, given(shape, follow(office.store, [document]).get(id_, [])))

    return _door(path, GET=listed)


def _listing(path: str, rows: Callable[[Call], Rows]) -> Door:
    return _door(path, GET=lambda office, call: _listed(office, call, rows(call)), system_wide=True)


def _listed(office: Office, call: Call, rows: Rows) -> Reply:
    query = query_from(call.query, rows.shape)
    page = page_of(office.store, rows, query, office.options.largest_page)
    total = {} if page.total is None else {"@odata.count": page.total}
    return Reply(200, {**total, "value": page.rows}, call.path.strip("/"))


def _one(office: Office, call: Call, rows: Rows, document: Row, name: str) -> Reply:
    query = query_from(call.query, rows.shape)
    return Reply(200, in_form(office.store, [document], rows, query)[0], f"{name}/$entity")


def _first_free(office: Office, _: Call) -> Reply:
    return Reply(200, {"Number": users.first_free(office)}, "Pbx.FirstAvailableNumber")


DOORS: tuple[Door, ...] = (
    *_entity_set("Users", users, by_number=True),
    _door("/Users/Pbx.BatchDelete", POST=users.remove_all),
    _door("/Users/Pbx.GetFirstAvailableExtensionNumber()", GET=_first_free),
    _link("/Users({Id})/Groups", users, MEMBERSHIP, of_members("Extension")),
    *_entity_set("Groups", groups),
    _door("/Groups/Pbx.DeleteCompanyById", POST=groups.remove_by_id),
    _door("/Groups/Pbx.DeleteCompanyByNumber", POST=groups.remove_by_number),
    _door("/Groups({Id})/Pbx.GetRestrictions()", GET=groups.restrictions),
    _link("/Groups({Id})/Members", groups, MEMBERSHIP, of_groups),
    _link("/Groups({Id})/Rights", groups, RIGHTS, templates_of_groups),
    *_entity_set("Queues", queues, by_number=True),
    _link("/Queues({Id})/Agents", queues, AGENT, queues.LINKS["Agents"]),
    _link("/Queues({Id})/Managers", queues, MANAGER, queues.LINKS["Managers"]),
    *_entity_set("Holidays", holidays, system_wide=True),
    *_entity_set("Blocklist", networks, system_wide=True),
    _door("/Blocklist/Pbx.BulkIpsDelete", POST=networks.remove_all, system_wide=True),
    _single("OfficeHours", OFFICE_HOURS, system.hours, PATCH=system.change_hours),
    _single("ConsoleRestrictions", RESTRICTIONS, networks.restrictions, PATCH=networks.restrict),
    _single("LicenseStatus", LICENCE, system.licence),
    _single("SystemStatus", STATUS, system.status),
    _single("Defs", DEFS, system.definitions)._replace(system_wide=False),
    _listing("/Defs/TimeZones", system.zones)._replace(system_wide=False),
    _door("/Defs/Pbx.GetSystemParameters()", GET=system.parameters),
    _listing("/ReportAuditLog/Pbx.GetAuditLogData()", system.audit),
)


def carried_out(office: Office, call: Call) -> Reply:
    """A call through its door, in one transaction. Raises `Refusal`; then nothing was changed."""
    for door in DOORS:
        if found := door.path.fullmatch(call.path):
            if not call.caller.administers or (door.system_wide and call.caller.bound_to is not None):
                raise Refusal(403, "The role of this caller does not open this.")
            handler = door.methods.get("GET" if call.method == "HEAD" else call.method)
            if handler is None:
                # as integrators saw it: POST to a link's path is not found, PUT not allowed
                status = 404 if call.method == "POST" else 405
                raise Refusal(status, f"{call.method} is not served here; {', '.join(sorted(door.methods))} are.")
            return _within(office, call, handler, found.groupdict())
    raise Refusal(404, f"The emulator does not have {call.path}.")


def _within(office: Office, call: Call, handler: Handler, keys: dict[str, Any]) -> Reply:
    values = {name: int(value) if name == "id_" else value for name, value in keys.items()}
    if call.method in ("GET", "HEAD"):
        with office.store.lock:
            return handler(office, call, **values)
    with office.store.change():
        return handler(office, call, **values)
