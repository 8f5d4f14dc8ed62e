"""Departments, and the hours that live within them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccconf.errors import CcconfError
from ccconf.model.change import Change, Create, Delete
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page
from ccconf.platform.once import once
from ccconf.platforms.threecx.client import Row
from ccconf.platforms.threecx.departments import (
    SYSTEM,
    following_the_system,
    group_from_native,
    group_to_native,
    has_hours,
    schedule_from_native,
    schedule_to_native,
)
from ccconf.platforms.threecx.part import Call, Fields, Part, after, gone, page, seen, there_already
from ccconf.platforms.threecx.readback import held
from ccconf.platforms.threecx.system import missing


class Groups(Part):
    """Departments, by their names."""

    kind = "group"

    def observe(self) -> Iterator[Page]:
        yield page(self._seen(row) for row in self.system.departments().rows)

    def current(self, native_id: str) -> Observed | None:
        row = self.system.current_department(native_id)
        return self._seen(row) if row else None

    def lookup(self, key: str) -> Observed | None:
        row = self.system.find_department(key)
        if row is None:
            self.absent.add(key)
        return self._seen(row) if row else None

    def _seen(self, row: Row) -> Observed:
        kept = "it is the system's default department" if row.get("IsDefault") else ""
        return seen(Ref("group", row["Name"]), group_from_native(row, self.system.zones), row["Id"], kept)

    def calls(self, change: Change) -> tuple[str, ...]:
        match change:
            case Delete(native_id=native_id):
                return (f"POST /Groups/Pbx.DeleteCompanyById {{id}} ({native_id})",)
            case Create(key=name):
                return (str(Call("POST", "/Groups", {**group_to_native(after(change), {}, {}), "Name": name})),)
            case _:
                body = group_to_native(after(change), {}, {})
                return (str(Call("PATCH", f"/Groups({change.native_id})", body)),) if body else ()

    def perform(self, change: Change) -> str | None:
        try:
            return self._performed(change)
        except CcconfError:
            self.system.forget_departments()  # whether it was done or not
            raise

    def _performed(self, change: Change) -> str | None:
        match change:
            case Delete(native_id=native_id):
                if self.system.current_department(native_id) is None:
                    raise gone(change)
                self.client.post("/Groups/Pbx.DeleteCompanyById", {"id": int(native_id)}, repeatable=True)
                self.system.deleted_department(native_id)
                self.written(change.ref, "group", native_id, None)
                return None
            case Create(key=name):
                body = {**self._body(after(change), {}), "Name": name}
                native_id = self._created(name, body)
            case _:
                native_id = change.native_id
                live = self.system.current_department(native_id) if "rights" in after(change) else {}
                body = self._body(after(change), live or {})
                if body:
                    self.client.patch(f"/Groups({native_id})", body)
        self.written(change.ref, "group", native_id, body)
        return native_id

    def _body(self, fields: Fields, live: Row) -> Row:
        zone = fields.get("timezone")
        if zone is not None and zone not in self.system.zone_ids:
            raise missing("time zone", zone)
        return group_to_native(fields, self.system.zone_ids if zone else {}, live)

    def _created(self, name: str, body: Row) -> str:
        """Made, and made once. That 3CX refuses a second department of a name is unverified, so none is risked."""

        def look() -> Row | None:
            row = self.system.find_department(name)
            return row if row is not None and held(body, row) else None

        made = once(
            self.client.http,
            lambda: self.client.post("/Groups", body),
            look,
            refuses_twins=False,
            was_open=name in self.absent,
        )
        self.absent.discard(name)
        return str(made["Id"])


class Schedules(Part):
    """Hours: the system's under `office`, a department's under the department's name."""

    kind = "schedule"

    def observe(self) -> Iterator[Page]:
        own = [self._seen(row) for row in self.system.departments().rows if has_hours(row)]
        yield page([self._systems(), *own])

    def current(self, native_id: str) -> Observed | None:
        if native_id == SYSTEM:
            return self._systems()
        row = self.system.current_department(native_id)
        return self._seen(row) if row and has_hours(row) else None

    def lookup(self, key: str) -> Observed | None:
        if key == SYSTEM:
            return self._systems()
        row = self.system.find_department(key)
        return self._seen(row) if row and has_hours(row) else None

    def _systems(self) -> Observed:
        resource = schedule_from_native(self.system.office(), self.system.zones)
        return seen(Ref("schedule", SYSTEM), resource, SYSTEM, "the system always has hours")

    def _seen(self, row: Row) -> Observed:
        return seen(Ref("schedule", row["Name"]), schedule_from_native(row, {}), row["Id"])  # its zone is the group's

    def calls(self, change: Change) -> tuple[str, ...]:
        body = self._body(change, {}, {})
        if change.key == SYSTEM:
            where = "/OfficeHours"
        elif isinstance(change, Create):
            where = f"/Groups of {change.key}"
        else:
            where = f"/Groups({change.native_id})"
        return (str(Call("PATCH", where, body)),) if body else ()  # hours are renamed with their department

    def perform(self, change: Change) -> str | None:
        if change.key == SYSTEM:
            body = self._body(change, self.system.office(), self._zones(change))
            self.client.patch("/OfficeHours", body)
            self.written(change.ref, "office", SYSTEM, body)
            return SYSTEM
        if isinstance(change, Create):
            live = self.system.department(change.key)
        else:
            live = self.system.current_department(change.native_id) or {}
        if has_hours(live) == isinstance(change, Create):
            raise there_already(change) if isinstance(change, Create) else gone(change)
        body = self._body(change, live, self._zones(change))
        native_id = str(live["Id"])
        try:
            if body:
                self.client.patch(f"/Groups({native_id})", body)
        except CcconfError:
            self.system.forget_departments()
            raise
        self.written(change.ref, "group", native_id, body)
        if not isinstance(change, Delete):
            return native_id
        self.system.current_department(native_id)
        return None

    def _zones(self, change: Change) -> Mapping[str, str]:
        """The ids of time zones, where one is named. Raises `Rejected` for one that the system does not list."""
        zone = after(change).get("timezone")
        if zone is not None and zone not in self.system.zone_ids:
            raise missing("time zone", zone)
        return self.system.zone_ids if zone else {}

    def _body(self, change: Change, live: Row, zone_ids: Mapping[str, str]) -> Row:
        if isinstance(change, Delete):
            return following_the_system(live)
        fields = after(change)
        if isinstance(change, Create):
            fields = {"weekly": None, "breaks": None, "holidays": None, **fields}
        body = schedule_to_native(fields, zone_ids, live)
        if "OfficeHolidays" in body and change.key != SYSTEM:
            body["OverrideHolidays"] = bool(body["OfficeHolidays"])
        if change.key == SYSTEM and "Hours" in body:
            body["Hours"]["Type"] = (live.get("Hours") or {}).get("Type", body["Hours"]["Type"])
        return body
