"""Who is in which department, with which role and rights: one edge, seen and written from both of its ends.

A member's rights are the department's template for the role, with what was set for this member laid over it. A value
that equals the template when it is written is no override, so a later change of the template reaches the member:
how the vendor tells the two apart is unverified.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import msgspec

from ccconf.platforms.threecx.emulator.listing import Linked, Row
from ccconf.platforms.threecx.emulator.objects import FLAGS_OF_RIGHTS
from ccconf.platforms.threecx.emulator.office import OWNER, Call, Office
from ccconf.platforms.threecx.emulator.refusals import Warn, warned
from ccconf.platforms.threecx.emulator.store import Store, encoded

_SEEN = {"CanSeeGroupMembers", "ShowMyPresence", "ShowMyPresenceOutside", "CanIntercom", "AllowParking"}
_HELPING = _SEEN | {"CanSeeGroupCalls", "ShowMyCalls", "PerformOperations", "AllowIVR", "AllowToChangePresence"}
_LEADING = _HELPING | {"AllowToManageCompanyBook", "AssignClearOperations"}
_HEARING = {"CanBargeIn", "CanSeeGroupRecordings"}
FACTORY = {
    "users": _SEEN,
    "receptionists": _HELPING | {"AssignClearOperations"},
    "group_admins": _LEADING,
    "managers": _LEADING | _HEARING,
    "group_owners": _LEADING | _HEARING,
    "system_admins": _LEADING,
    "system_owners": _LEADING | _HEARING,
}
"""The rights that a new department's template grants to a role. Unverified: only words about roles are published."""


class Edge(NamedTuple):
    """One membership. A queue has no role."""

    group: int
    kind: str
    member: int
    role: str | None = None
    overrides: str = "{}"

    @property
    def ends(self) -> tuple[int, str, int]:
        """What it connects."""
        return self[:3]


_EDGES = "SELECT group_id, kind, member_id, role, overrides FROM memberships"


def edges_where(store: Store, condition: str, *parameters: Any) -> dict[tuple[int, str, int], Edge]:
    """The edges that fit a condition over the table, by their ends."""
    return {edge.ends: edge for edge in map(Edge._make, store.all(f"{_EDGES} WHERE {condition}", *parameters))}


def factory_template(office: Office, role: str) -> Row:
    """The rights of a role in a new department."""
    granted = FACTORY[role] - office.closed_rights
    return {flag: flag in granted for flag in FLAGS_OF_RIGHTS}


def template(office: Office, group: int, role: str) -> Row:
    """The rights that a department gives to a role."""
    rows = office.store.all("SELECT rights FROM templates WHERE group_id = ? AND role = ?", group, role)
    return msgspec.json.decode(rows[0][0], type=Row) if rows else factory_template(office, role)


def checked_rights(office: Office, rights: Row, target: str) -> str:
    """The role that the rights name, after roles and licence had their say."""
    role = rights.get("RoleName", "")
    if role not in office.rank:
        raise warned(f"{target}.RoleName", Warn.REQUIRED if not role else Warn.INVALID)
    if role not in office.roles:
        raise warned(f"{target}.RoleName", Warn.INVALID_LICENSE_TYPE)
    for flag in sorted(office.closed_rights):
        if rights.get(flag):
            raise warned(f"{target}.{flag}", Warn.INVALID_LICENSE_TYPE)
    return str(role)


def edge_of(office: Office, ends: tuple[int, str, int], rights: Row | None, held: Edge | None, target: str) -> Edge:
    """The edge that a body asks for. Without rights an edge stays as it is, and a new one follows the template."""
    if ends[1] != "Extension":
        return Edge(*ends)
    if rights is None:
        return held or Edge(*ends, role="users")
    role = checked_rights(office, rights, target)
    usual = template(office, ends[0], role)
    own = {flag: rights[flag] for flag in FLAGS_OF_RIGHTS if rights.get(flag) not in (None, usual[flag])}
    return Edge(*ends, role=role, overrides=encoded(own))


def replace_edges(office: Office, call: Call, held: dict[Any, Edge], wanted: dict[Any, Edge], target: str) -> None:
    """From these edges to those, within one transaction."""
    changed = {ends for ends in held.keys() | wanted.keys() if held.get(ends) != wanted.get(ends)}
    for ends in sorted(changed):
        before, after = held.get(ends), wanted.get(ends)
        for edge in (before, after):
            if edge is not None and (before is None or after is None or before.role != after.role):
                office.may_touch(call, edge.role, target)
        _write(office.store, before, after)
    for group in sorted({ends[0] for ends in changed if ends not in held}):
        _fits_quota(office, group)
    for kind, member in sorted({ends[1:] for ends in changed}):
        _housed(office, kind, member)


def _write(store: Store, before: Edge | None, after: Edge | None) -> None:
    if after is None:
        assert before is not None, "one of the two is there"
        store.all("DELETE FROM memberships WHERE group_id = ? AND kind = ? AND member_id = ?", *before.ends)
    else:
        store.all(
            "INSERT INTO memberships (group_id, kind, member_id, role, overrides) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET role = excluded.role, overrides = excluded.overrides",
            *after,
        )


def add_edge(store: Store, edge: Edge) -> None:
    """One more membership, with no questions asked: for the seed and for defaults."""
    _write(store, None, edge)


def _housed(office: Office, kind: str, member: int) -> None:
    """Nobody is without a department (falling back to the default one is unverified), nor has a foreign primary one."""
    store = office.store
    groups = [row[0] for row in store.all(
        "SELECT group_id FROM memberships WHERE kind = ? AND member_id = ? ORDER BY id", kind, member
    )]  # fmt: skip
    if not groups:
        groups = [default_group(store)]
        add_edge(store, Edge(groups[0], kind, member, "users" if kind == "Extension" else None))
    if kind == "Extension":
        document = store.document("users", member)
        if document is not None and document["PrimaryGroupId"] not in groups:
            store.put("users", {**document, "PrimaryGroupId": groups[0]})


def default_group(store: Store) -> int:
    """The department that is always there."""
    (id_,) = store.one("SELECT id FROM groups WHERE json_extract(doc, '$.IsDefault')")
    return int(id_)


def allowed_users(document: Row) -> int | None:
    """A department's quota of users: what its range of numbers holds. That the range is the quota is unverified."""
    props = document.get("Props") or {}
    first, last = props.get("UserNumberFrom"), props.get("UserNumberTo")
    if not (first and last and first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        return None
    return max(0, int(last) - int(first) + 1)


def users_in(store: Store, group: int) -> int:
    """How many users a department has."""
    statement = "SELECT count(*) FROM memberships WHERE group_id = ? AND kind = 'Extension'"
    return int(store.one(statement, group)[0])


def _fits_quota(office: Office, group: int) -> None:
    document = office.store.document("groups", group)
    assert document is not None, "edges lead to departments that were found"
    allowed = allowed_users(document)
    if allowed is not None and users_in(office.store, group) > allowed:
        raise warned("Groups", Warn.LIMIT_REACHED)


def owners(store: Store) -> int:
    """How many people could still administer everything."""
    statement = (
        "SELECT count(DISTINCT m.member_id) FROM memberships m JOIN users u ON u.id = m.member_id "
        "WHERE m.role = ? AND m.kind = 'Extension' AND json_extract(u.doc, '$.Enabled')"
    )
    return int(store.one(statement, OWNER)[0])


_SEEN_EDGES = """
SELECT m.id, m.group_id, m.kind, m.member_id, m.role, m.overrides, t.rights, json_extract(g.doc, '$.Name'),
    json_extract(coalesce(u.doc, q.doc), '$.Number'), coalesce(json_extract(u.doc, '$.DisplayName'),
    json_extract(q.doc, '$.Name'))
FROM memberships m JOIN groups g ON g.id = m.group_id
LEFT JOIN templates t ON t.group_id = m.group_id AND t.role = m.role
LEFT JOIN users u ON m.kind = 'Extension' AND u.id = m.member_id
LEFT JOIN queues q ON m.kind = 'Queue' AND q.id = m.member_id
"""


def of_members(kind: str) -> Any:
    """Follows the link from members of a kind to their departments."""

    def follow(store: Store, documents: list[Row]) -> Linked:
        ids = encoded([row["Id"] for row in documents])
        condition = "m.kind = ? AND m.member_id IN (SELECT value FROM json_each(?)) ORDER BY m.id"
        return _by(3, store.all(f"{_SEEN_EDGES} WHERE {condition}", kind, ids))

    return follow


def of_groups(store: Store, documents: list[Row]) -> Linked:
    """Follows the link from departments to their members."""
    ids = encoded([row["Id"] for row in documents])
    condition = "m.group_id IN (SELECT value FROM json_each(?)) ORDER BY m.id"
    return _by(1, store.all(f"{_SEEN_EDGES} WHERE {condition}", ids))


def templates_of_groups(store: Store, documents: list[Row]) -> Linked:
    """Follows the link from departments to their templates."""
    ids = encoded([row["Id"] for row in documents])
    statement = "SELECT group_id, role, rights FROM templates WHERE group_id IN (SELECT value FROM json_each(?))"
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for group, role, rights in store.all(f"{statement} ORDER BY group_id, role", ids):
        found[group].append(_rights(role, msgspec.json.decode(rights, type=Row)))
    return found


def _by(column: int, rows: list[tuple[Any, ...]]) -> Linked:
    """The edges as they go over the wire, with the rights that hang on them, by one of their ends."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    templates: dict[str, Row] = {}  # few departments have many members: each template is decoded once
    for row in rows:
        usual = templates.get(row[6] or "{}")
        if usual is None:
            usual = templates[row[6] or "{}"] = msgspec.json.decode(row[6] or "{}", type=Row)
        found[row[column]].append(_seen(row, usual))
    return found


def _seen(row: tuple[Any, ...], usual: Row) -> Row:
    id_, group, kind, _member, role, overrides, _, group_name, number, name = row
    own = {} if overrides == "{}" else msgspec.json.decode(overrides, type=Row)
    return {
        "CanDelete": True,
        "GroupId": group,
        "Id": id_,
        "MemberName": name,
        "Name": group_name,
        "Number": number,
        "Tags": [],
        "TranscriptionMode": "Inherit",
        "Type": kind,
        "Rights": None if role is None else _rights(role, {**usual, **own}),
        "GroupRights": None if role is None else _rights(role, usual),
    }


def _rights(role: str, flags: Row) -> Row:
    return {**flags, "Invalid": False, "RoleName": role}
