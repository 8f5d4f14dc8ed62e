"""What one connection knows of the system: departments, queues and zones, read once and kept true by its own writes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.platforms.threecx.client import Client, Listing, Row, query, text
from ccconf.platforms.threecx.departments import DEPARTMENTS
from ccconf.platforms.threecx.people import Templates
from ccconf.platforms.threecx.rights import ROLE

QUEUES = Listing(path="/Queues", select="Id,Number,Name,PollingStrategy", expand="Agents")
ZONES = Listing(path="/Defs/TimeZones", select="Id,IanaName", order="Id")
BY_SKILL = "SkillBasedRouting"
"""How the strategies begin by which a queue looks at its agents' skill groups."""


_OF_DEPARTMENTS = ("names", "ids", "templates")
_OF_QUEUES = ("queue_names", "skills")
"""What is derived from departments and from queues, once for all the people who are asked about."""


class System:
    """The parts of a system to which other parts refer."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._departments: list[Row] | None = None
        self._queues: list[Row] | None = None

    def departments(self) -> list[Row]:
        """Every department, as the platform has it."""
        if self._departments is None:
            self._departments = self.client.rows(DEPARTMENTS)
        return self._departments

    def queues(self) -> list[Row]:
        """Every queue that looks at skills, with its agents."""
        if self._queues is None:
            rows = self.client.rows(QUEUES)
            self._queues = [row for row in rows if str(row.get("PollingStrategy", "")).startswith(BY_SKILL)]
        return self._queues

    def forget(self, *, departments: bool = False, queues: bool = False) -> None:
        """What was written is read anew when it is asked for again."""
        derived = (*(_OF_DEPARTMENTS if departments else ()), *(_OF_QUEUES if queues else ()))
        for name in derived:
            self.__dict__.pop(name, None)
        self._departments = None if departments else self._departments
        self._queues = None if queues else self._queues

    @cached_property
    def zones(self) -> dict[str, str]:
        """Names of time zones by the system's id."""
        return {row["Id"]: row["IanaName"] for row in self.client.rows(ZONES)}

    @cached_property
    def zone_ids(self) -> dict[str, str]:
        """The system's ids of time zones by name."""
        return {name: zone for zone, name in self.zones.items()}

    @cached_property
    def names(self) -> dict[int, str]:
        """Departments' names by id."""
        return {row["Id"]: row["Name"] for row in self.departments()}

    @cached_property
    def ids(self) -> dict[str, int]:
        """Departments' ids by name."""
        return {row["Name"]: row["Id"] for row in self.departments()}

    @cached_property
    def templates(self) -> Templates:
        """Departments' templates by id and role."""
        return {row["Id"]: {rights[ROLE]: rights for rights in row.get("Rights") or ()} for row in self.departments()}

    @cached_property
    def queue_names(self) -> dict[int, str]:
        """What queues are called by id; two of one name are told apart by their numbers."""
        rows = self.queues()
        names = [row["Name"] for row in rows]
        return {
            row["Id"]: row["Name"] if names.count(row["Name"]) == 1 else f"{row['Name']} ({row['Number']})"
            for row in rows
        }

    @cached_property
    def skills(self) -> dict[str, dict[str, int]]:
        """By a user's number: the queues in which the user is an agent, with the skill group as level."""
        names = self.queue_names
        found: dict[str, dict[str, int]] = {}
        for row in self.queues():
            for agent in row.get("Agents") or ():
                found.setdefault(agent["Number"], {})[names[row["Id"]]] = level_from_native(agent.get("SkillGroup"))
        return found

    def queue(self, name: str) -> Row:
        """The queue of that name. Raises `Rejected` where there is none."""
        names = self.queue_names
        for row in self.queues():
            if names[row["Id"]] == name:
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
        """A department by id as it is now."""
        return self.client.get(f"/Groups({native_id}){DEPARTMENTS.one()}") if native_id.isdigit() else None

    def office(self) -> Row:
        """The system's own hours."""
        return self.client.get("/OfficeHours" + query({"$expand": "OfficeHolidays"})) or {}


def level_from_native(skill_group: Any) -> int:
    """The level that a skill group is; an agent without one is in the first."""
    return int(skill_group) if isinstance(skill_group, str) and skill_group.isascii() and skill_group.isdigit() else 1


def missing(what: str, name: str) -> Rejected:
    """Something that a change names is not there."""
    return Rejected(Finding(code="CC702", message=f"3CX has no {what} called {name}", hint="make a new plan"))
