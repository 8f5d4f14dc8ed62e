"""What one connection knows of the system: departments, queues and zones, read once and kept true by its own writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.platform.kept import Kept, Turns
from ccconf.platforms.threecx.client import Client, Listing, Row, query, text
from ccconf.platforms.threecx.departments import DEPARTMENTS
from ccconf.platforms.threecx.people import Templates
from ccconf.platforms.threecx.rights import ROLE

QUEUES = Listing(path="/Queues", select="Id,Number,Name,PollingStrategy", expand="Agents")
ZONES = Listing(path="/Defs/TimeZones", select="Id,IanaName", order="Id")
BY_SKILL = "SkillBasedRouting"
"""How the strategies begin by which a queue looks at its agents' skill groups."""


Agents = Mapping[str, Row]
"""The agents of a queue by their numbers."""


class Departments:
    """All departments at one moment, and what follows from them for all the people who are asked about."""

    def __init__(self, rows: Iterable[Row], looks: Mapping[str, int] | None = None) -> None:
        self.rows = tuple(rows)
        self.looks = looks or {}
        """By id, the number of the last look at a single department."""
        self.names: dict[int, str] = {row["Id"]: row["Name"] for row in self.rows}
        self.ids: dict[str, int] = {row["Name"]: row["Id"] for row in self.rows}
        self.templates: Templates = {
            row["Id"]: {rights[ROLE]: rights for rights in row.get("Rights") or ()} for row in self.rows
        }

    def after(self, look: int, native_id: str, row: Row | None) -> Departments:
        """The same with one department as a look found it; None: it is gone. An older look changes nothing."""
        before = next((one for one in self.rows if str(one["Id"]) == native_id), None)
        if look < self.looks.get(native_id, 0) or before == row:
            return self
        others = (one for one in self.rows if one is not before)
        return Departments([*others, *([row] if row is not None else [])], {**self.looks, native_id: look})


class Queues:
    """All queues that look at skills at one moment, with their agents."""

    def __init__(self, rows: Iterable[Row], agents: Mapping[int, Agents] | None = None) -> None:
        self.rows = tuple(rows)
        self.agents = agents if agents is not None else {row["Id"]: _by_number(row) for row in self.rows}
        called = Counter(row["Name"] for row in self.rows)
        self.names: dict[int, str] = {
            row["Id"]: row["Name"] if called[row["Name"]] == 1 else f"{row['Name']} ({row['Number']})"
            for row in self.rows
        }
        """What queues are called by id; two of one name are told apart by their numbers."""

    def of(self, number: str) -> dict[str, int]:
        """The queues in which a user is an agent, with the skill group as level."""
        return {
            self.names[queue]: level_from_native(agents[number].get("SkillGroup"))
            for queue, agents in self.agents.items()
            if number in agents
        }

    def with_agents(self, queue: int, row: Row) -> Queues:
        """The same with other agents in one queue."""
        return Queues(self.rows, {**self.agents, queue: _by_number(row)})

    def without(self, number: str) -> Queues:
        """The same without somebody who is gone."""
        agents = {
            queue: {name: agent for name, agent in held.items() if name != number} if number in held else held
            for queue, held in self.agents.items()
        }
        return Queues(self.rows, agents)


def _by_number(row: Row) -> Agents:
    return {agent["Number"]: agent for agent in row.get("Agents") or ()}


class System:
    """The parts of a system to which other parts refer. Several threads read and write at once."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.turns = Turns()
        """Whose turn it is to read, merge and write the agents of a queue."""
        self._looks = count(1)
        self._departments = Kept(lambda: Departments(client.rows(DEPARTMENTS)))
        self._queues = Kept(lambda: Queues(row for row in client.rows(QUEUES) if _by_skill(row)))
        self._zones: Kept[dict[str, str]] = Kept(lambda: {row["Id"]: row["IanaName"] for row in client.rows(ZONES)})

    def departments(self) -> Departments:
        """Every department, as the platform has it."""
        return self._departments()

    def queues(self) -> Queues:
        """Every queue that looks at skills, with its agents."""
        return self._queues()

    def forget_departments(self) -> None:
        """What may have been written is read anew when it is asked for again."""
        self._departments.drop()

    def forget_queues(self) -> None:
        """The same of queues."""
        self._queues.drop()

    def agents_are(self, queue: int, row: Row) -> None:
        """The agents of a queue were written, or looked at."""
        self._queues.change(lambda queues: queues.with_agents(queue, row))

    def has_left(self, number: str) -> None:
        """Somebody was deleted, and is an agent of no queue any more."""
        self._queues.change(lambda queues: queues.without(number))

    @property
    def zones(self) -> dict[str, str]:
        """Names of time zones by the system's id."""
        return self._zones()

    @property
    def zone_ids(self) -> dict[str, str]:
        """The system's ids of time zones by name."""
        return {name: zone for zone, name in self.zones.items()}

    def queue(self, name: str) -> Row:
        """The queue of that name. Raises `Rejected` where there is none."""
        queues = self.queues()
        for row in queues.rows:
            if queues.names[row["Id"]] == name:
                return row
        raise missing("queue", name)

    def department(self, name: str) -> Row:
        """The department of that name as it is now. Raises `Rejected` where there is none."""
        found = self.find_department(name)
        if found is None:
            raise missing("department", name)
        return found

    def find_department(self, name: str) -> Row | None:
        """The same, or None."""
        rows = self.client.rows(DEPARTMENTS._replace(filter=f"Name eq {text(name)}"))
        return rows[0] if rows else None

    def current_department(self, native_id: str) -> Row | None:
        """A department by id as it is now; what is known of all of them follows."""
        if not native_id.isdigit():
            return None
        look = next(self._looks)
        row = self.client.one(f"/Groups({native_id}){DEPARTMENTS.one()}", "Id", int(native_id))
        self._departments.change(lambda known: known.after(look, native_id, row))
        return row

    def deleted_department(self, native_id: str) -> None:
        """A department was deleted."""
        look = next(self._looks)
        self._departments.change(lambda known: known.after(look, native_id, None))

    def office(self) -> Row:
        """The system's own hours."""
        return self.client.get("/OfficeHours" + query({"$expand": "OfficeHolidays"})) or {}


def _by_skill(row: Row) -> bool:
    return str(row.get("PollingStrategy", "")).startswith(BY_SKILL)


def level_from_native(skill_group: Any) -> int:
    """The level that a skill group is; an agent without one is in the first."""
    return int(skill_group) if isinstance(skill_group, str) and skill_group.isascii() and skill_group.isdigit() else 1


def missing(what: str, name: str) -> Rejected:
    """Something that a change names is not there."""
    return Rejected(Finding(code="CC702", message=f"3CX has no {what} called {name}", hint="make a new plan"))
