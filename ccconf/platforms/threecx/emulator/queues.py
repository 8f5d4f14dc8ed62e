"""Queues with their agents, where a skill is a text on the agent's place in one queue."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from ccconf.platforms.threecx.emulator.filters import Sql
from ccconf.platforms.threecx.emulator.listing import Linked, Row, Rows
from ccconf.platforms.threecx.emulator.memberships import Edge, default_group, edges_where, of_members, replace_edges
from ccconf.platforms.threecx.emulator.objects import QUEUE
from ccconf.platforms.threecx.emulator.office import NO_CONTENT, Call, Office, Reply, merged
from ccconf.platforms.threecx.emulator.refusals import Warn, missing, warned
from ccconf.platforms.threecx.emulator.store import Store, encoded

KIND = 4
"""The audit log's number for queues; a guess."""
_FIRST, _LAST = 800, 9999

ALWAYS: Row = {
    "PollingStrategy": "RingAll",
    "RingTimeout": 30,
    "MasterTimeout": 60,
    "MaxCallersInQueue": 20,
    "WrapUpTime": 0,
    "SLATime": 60,
    "AnnounceQueuePosition": False,
    "PriorityQueue": False,
    "IsRegistered": True,
    "Recording": "Disabled",
    "TypeOfChatOwnershipType": "TakeManually",
    "VMEmailOptions": "None",
    "CallUsRequirement": "Both",
    "TranscriptionMode": "Inherit",
    "PromptSet": "English",
}
"""What a new queue starts with. Unverified."""

_STAFF = """
SELECT s.queue_id, s.user_id, json_extract(u.doc, '$.Number'), json_extract(u.doc, '$.DisplayName'), s.skill_group
FROM staff s JOIN users u ON u.id = s.user_id
WHERE s.link = ? AND s.queue_id IN (SELECT value FROM json_each(?)) ORDER BY s.queue_id, s.place
"""


def _staff(link: str) -> Any:
    """Follows the link from queues to their people."""

    def follow(store: Store, documents: list[Row]) -> Linked:
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for queue, user, number, name, skill in store.all(_STAFF, link, encoded([row["Id"] for row in documents])):
            row = {"Id": user, "Name": name, "Number": number, "Tags": []}
            found[queue].append({**row, "SkillGroup": skill} if link == "Agents" else row)
        return found

    return follow


LINKS = {"Agents": _staff("Agents"), "Managers": _staff("Managers"), "Groups": of_members("Queue")}


def rows(call: Call) -> Rows:
    """The queues that a caller sees."""
    scope = Sql("TRUE")
    if call.caller.bound_to is not None:
        inside = "SELECT member_id FROM memberships WHERE kind = 'Queue' AND group_id = ?"
        scope = Sql(f"id IN ({inside})", (call.caller.bound_to,))
    return Rows(QUEUE, Sql("queues"), scope, ("Name", "Number"), LINKS)


def found(office: Office, call: Call, id_: int) -> Row:
    """A queue that the caller sees, by id. Raises `Refusal` with status 404."""
    document = office.store.document("queues", id_)
    home = call.caller.bound_to
    if document is None or (
        home is not None
        and not edges_where(office.store, "kind = 'Queue' AND member_id = ? AND group_id = ?", id_, home)
    ):
        raise missing("Queue")
    return document


def create(office: Office, call: Call) -> Reply:
    """POST /Queues: everything may be left out."""
    fields = call.fields(QUEUE)
    links = {name: fields.pop(name, None) for name in QUEUE.links}
    number = fields.pop("Number", None) or _first_free(office)
    if not re.fullmatch(r"[0-9]{2,10}", number, re.ASCII):
        raise warned("Number", Warn.INVALID)
    if office.number_taken(number):
        raise warned("Number", Warn.ALREADY_IN_USE)
    document = merged({**QUEUE.blank(), **ALWAYS, "Number": number, "Name": f"Queue {number}"}, fields)
    id_ = office.store.add("queues", document)
    home = [] if call.caller.bound_to is None else [{"GroupId": call.caller.bound_to}]
    _links_changed(office, call, id_, {**links, "Groups": links["Groups"] or home})
    office.note(call, KIND, number, None, document)
    return Reply(201, id_)


def change(office: Office, call: Call, document: Row) -> Reply:
    """PATCH /Queues({Id}): lists, the agents too, are replaced as a whole."""
    fields = office.silenced(QUEUE, call.fields(QUEUE))
    links = {name: fields.pop(name, None) for name in QUEUE.links}
    if fields.pop("Number", document["Number"]) != document["Number"]:
        raise warned("Number", Warn.FORBIDDEN_CHANGE)
    after = merged(document, fields)
    office.store.put("queues", after)
    _links_changed(office, call, after["Id"], links)
    office.note(call, KIND, after["Number"], document, after)
    return NO_CONTENT


def remove(office: Office, call: Call, document: Row) -> Reply:
    """DELETE /Queues({Id})."""
    office.store.all("DELETE FROM memberships WHERE kind = 'Queue' AND member_id = ?", document["Id"])
    office.store.all("DELETE FROM staff WHERE queue_id = ?", document["Id"])
    office.store.drop("queues", document["Id"])
    office.note(call, KIND, document["Number"], document, None)
    return NO_CONTENT


def _links_changed(office: Office, call: Call, queue: int, links: dict[str, list[Row] | None]) -> None:
    for link in ("Agents", "Managers"):
        if (people := links[link]) is not None:
            staff(office, queue, link, people)
    if (groups := links["Groups"]) is not None:
        _place(office, call, queue, groups)


def staff(office: Office, queue: int, link: str, people: list[Row]) -> None:
    """The agents or managers of a queue from now on, in their order."""
    office.store.all("DELETE FROM staff WHERE queue_id = ? AND link = ?", queue, link)
    seen = set()
    for place, item in enumerate(people):
        number, skill = item.get("Number"), item.get("SkillGroup")
        users = office.store.all("SELECT id FROM users WHERE json_extract(doc, '$.Number') = ?", number)
        if not users:
            raise warned(f"{link}.Number", Warn.NON_EXISTENT_NUMBER if number else Warn.REQUIRED)
        if number in seen:
            raise warned(f"{link}.Number", Warn.DUPLICATE)
        if skill is not None and not re.fullmatch(r"[0-9]{0,3}", skill, re.ASCII):
            raise warned(f"{link}.SkillGroup", Warn.INVALID)
        seen.add(number)
        statement = "INSERT INTO staff (queue_id, link, place, user_id, skill_group) VALUES (?, ?, ?, ?, ?)"
        office.store.all(statement, queue, link, place, users[0][0], skill)


def _place(office: Office, call: Call, queue: int, groups: list[Row]) -> None:
    """The departments of a queue; none means the default one."""
    held = edges_where(office.store, "kind = 'Queue' AND member_id = ?", queue)
    wanted = {}
    for item in groups:
        group = item.get("GroupId")
        if group is None or office.store.document("groups", group) is None:
            raise warned("Groups.GroupId", Warn.REQUIRED if group is None else Warn.NOT_FOUND)
        wanted[group, "Queue", queue] = Edge(group, "Queue", queue)
    if not wanted:
        home = default_group(office.store)
        wanted[home, "Queue", queue] = Edge(home, "Queue", queue)
    replace_edges(office, call, held, wanted, "Groups")


def _first_free(office: Office) -> str:
    free = next((str(n) for n in range(_FIRST, _LAST) if not office.number_taken(str(n))), None)
    if free is None:
        raise warned("Number", Warn.NO_MORE_NUMBERS)
    return free
