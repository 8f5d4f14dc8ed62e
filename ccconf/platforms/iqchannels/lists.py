"""Roles, skills and schedules: lists that are short, each object one row with a name.

System roles and segment roles are two namespaces; a segment role carries the ProjectId of its segment. Where one name
is in both, the segment role is called `Name (Segment)` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import UNSET

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.fields import Resource
from ccconf.model.role import Role
from ccconf.model.schedule import Schedule
from ccconf.model.shapes import Level
from ccconf.model.skill import Skill
from ccconf.platforms.iqchannels.client import Rels, Row, Rows
from ccconf.platforms.iqchannels.hours import week_from_native, week_to_native
from ccconf.platforms.iqchannels.part import Listed, told_apart
from ccconf.platforms.iqchannels.people import own_name

GRANTED = "on"
"""The word for a permission that is granted or not, where others have levels."""


class Skills(Listed):
    """What people can do."""

    kind = "skill"
    plain: ClassVar[Mapping[str, str]] = {"name": "Name", "description": "Description"}

    def from_native(self, row: Row, name: str, rels: Rels) -> Resource:
        return Skill(name=name, description=row.get("Description") or UNSET)


class Schedules(Listed):
    """When people work. Minutes of lateness and overtime may be null: 0 is a value."""

    kind = "schedule"
    plain: ClassVar[Mapping[str, str]] = {"name": "Name", "description": "Description", "timezone": "Timezone"}
    _counted: ClassVar[Mapping[str, str]] = {
        "lateness_minutes": "LatenessMinutes",
        "overtime_minutes": "OvertimeMinutes",
    }
    _weeks: ClassVar[Mapping[str, str]] = {"weekly": "Hours", "breaks": "Breaks"}

    def from_native(self, row: Row, name: str, rels: Rels) -> Resource:
        lateness, overtime = row.get("LatenessMinutes"), row.get("OvertimeMinutes")
        return Schedule(
            name=name,
            description=row.get("Description") or UNSET,
            timezone=row.get("Timezone") or UNSET,
            weekly=week_from_native(row.get("Hours") or ()) or UNSET,
            breaks=week_from_native(row.get("Breaks") or ()) or UNSET,
            lateness_minutes=UNSET if lateness is None else lateness,
            overtime_minutes=UNSET if overtime is None else overtime,
        )

    def to_native(self, fields: Mapping[str, Any]) -> Row:
        body = super().to_native(fields)
        body.update({there: fields[here] for here, there in self._counted.items() if here in fields})
        body.update(
            {there: week_to_native(fields[here] or {}) for here, there in self._weeks.items() if here in fields}
        )
        return body

    def keys(self, fields: Mapping[str, Any]) -> list[str]:
        more = {**self._counted, **self._weeks}
        return [*super().keys(fields), *(there for here, there in more.items() if here in fields)]


class Roles(Listed):
    """What people may do: a level for each section."""

    kind = "role"
    plain: ClassVar[Mapping[str, str]] = {"name": "Name", "description": "Description"}

    def from_native(self, row: Row, name: str, rels: Rels) -> Resource:
        project = row.get("ProjectId")
        return Role(
            name=name,
            description=row.get("Description") or UNSET,
            scope="segment" if project else "system",
            segment=_segment(row, rels) if project else UNSET,
            permissions=levels_from_native(row.get("Levels") or {}) or UNSET,
        )

    def to_native(self, fields: Mapping[str, Any]) -> Row:
        body = super().to_native(fields)
        if "permissions" in fields:
            body["Levels"] = levels_to_native(fields["permissions"] or {})
        if fields.get("segment") is not None:
            body["ProjectId"] = self._project(fields["segment"])
        elif "segment" in fields or fields.get("scope") == "system":
            body["ProjectId"] = None
        return body

    def keys(self, fields: Mapping[str, Any]) -> list[str]:
        levels = ["Levels"] if "permissions" in fields else []
        project = ["ProjectId"] if "segment" in fields or fields.get("scope") == "system" else []
        return [*super().keys(fields), *levels, *project]

    def called(self, found: Rows) -> dict[int, str]:
        segments = {row["Id"]: _segment(row, found.rels) for row in found.rows if row.get("ProjectId")}
        return told_apart({row["Id"]: own_name(row) for row in found.rows}, segments)

    def _project(self, segment: str) -> int:
        """The id of a segment. Raises `Rejected` where there is none of that name, or none can be asked for."""
        if "segment.list" not in self.client.paths:
            message = f"the id of the segment {segment} is not known: no path segment.list"
            raise Rejected(Finding(code="CC702", message=message, hint="name it in options: {paths: …}"))
        for row in self.client.rows("segment.list").rows:
            if row.get("Name") == segment and not row.get("Deleted"):
                project: int = row["Id"]
                return project
        message = f"iQChannels has no segment called {segment}"
        raise Rejected(Finding(code="CC702", message=message, hint="segments are made on its screens"))


def _segment(row: Row, rels: Rels) -> str:
    """The segment's name; its id where the answer brings no segments along."""
    project = row["ProjectId"]
    return str(rels.get("Projects", {}).get(project, {}).get("Name") or project)


def levels_from_native(levels: Mapping[str, str]) -> dict[str, Level]:
    """Permissions by id; what is off is not named."""
    return {name: True if level == GRANTED else level for name, level in sorted(levels.items()) if level != "off"}


def levels_to_native(permissions: Mapping[str, Level]) -> dict[str, str]:
    """The level of each section."""
    return {name: GRANTED if level is True else str(level) for name, level in sorted(permissions.items()) if level}
