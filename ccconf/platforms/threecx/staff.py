"""People: users with their departments, and their places in queues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from ccconf.errors import Broken, CcconfError, Rejected, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import Change, Create, Delete, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page
from ccconf.platform.http import lost_right
from ccconf.platform.once import once
from ccconf.platforms.threecx.client import Row, Rows, text
from ccconf.platforms.threecx.part import Call, Fields, Part, after, gone, seen
from ccconf.platforms.threecx.people import USERS, departments_in, user_from_native, user_to_native
from ccconf.platforms.threecx.readback import held
from ccconf.platforms.threecx.system import Queues, missing


class Users(Part):
    """People, by their numbers."""

    kind = "user"

    ahead: Future[list[Rows]] | None = None
    """People who are being read already."""

    def read_ahead(self) -> None:
        """Begin to read people while the small kinds are read, which takes as long."""
        pool = ThreadPoolExecutor(1)
        self.ahead = pool.submit(lambda: list(self.client.pages(USERS)))
        pool.shutdown(wait=False)

    def observe(self) -> Iterator[Page]:
        ahead, self.ahead = self.ahead, None
        names, queues = self.system.departments().names, self.system.queues()
        for rows, total in ahead.result() if ahead else self.client.pages(USERS):
            yield Page(tuple(_seen(row, names, queues) for row in rows), total)

    def current(self, native_id: str) -> Observed | None:
        if not native_id.isdigit():
            return None
        row = self.client.one(f"/Users({native_id}){USERS.one()}", "Id", int(native_id))
        return self._seen(row) if row else None

    def lookup(self, key: str) -> Observed | None:
        row = self._row(key)
        if row is None:
            self.absent.add(key)
        return self._seen(row) if row else None

    def _row(self, number: str) -> Row | None:
        return self.client.one(f"/Users(Number={text(number)}){USERS.one()}", "Number", number)

    def _seen(self, row: Row) -> Observed:
        return _seen(row, self.system.departments().names, self.system.queues())

    def calls(self, change: Change) -> tuple[str, ...]:
        if isinstance(change, Delete):
            return (f"DELETE /Users({change.native_id})",)
        fields = after(change)
        keys = user_to_native(fields, dict.fromkeys(departments_in(fields), 0), {})
        own = Call("POST", "/Users", {**keys, "Number": ""}) if isinstance(change, Create) else None
        if isinstance(change, Update) and keys:
            own = Call("PATCH", f"/Users({change.native_id})", keys)
        queues = [f"PATCH /Queues of {name} {{Agents}}" for name in self._queues(change)]
        return (*([str(own)] if own else []), *queues)

    def perform(self, change: Change) -> str | None:
        if isinstance(change, Delete):
            self._delete(change)
            return None
        native_id, body = self._own_fields(change)
        try:
            self._skilled(change)
        except (Rejected, Broken) as error:
            if not body or lost_right(error):
                raise
            message = f"{change.ref} was written, but not every queue: {error.findings[0].message}"
            raise Uncertain(Finding(code="CC703", message=message, hint="make a new plan")) from error
        return native_id

    def _delete(self, change: Delete) -> None:
        if self.current(change.native_id) is None:
            raise gone(change)
        self.client.delete(f"/Users({change.native_id})")
        self.written(change.ref, "user", change.native_id, None)
        self.system.has_left(change.key)

    def _own_fields(self, change: Create | Update | Restore) -> tuple[str, Row]:
        """The user's own fields are written; the id, and what was sent."""
        body = self._body(after(change))
        if isinstance(change, Create):
            if change.fields.get("extension", change.key) != change.key:
                wanted = change.fields["extension"]
                message = f"{change.ref} cannot have the extension {wanted}: its number is {change.key}"
                raise Rejected(Finding(code="CC702", message=message, subject=str(change.ref)))
            body["Number"] = change.key
            native_id = self._created(body)
        else:
            native_id = change.native_id
            if body:
                self.client.patch(f"/Users({native_id})", body)
        if body:
            self.written(change.ref, "user", native_id, body)
        return native_id, body

    def _body(self, fields: Fields) -> Row:
        known = self.system.departments()
        if departments_in(fields) - known.ids.keys():  # somebody may have made it since
            self.system.forget_departments()
            known = self.system.departments()
        if gone := sorted(departments_in(fields) - known.ids.keys()):
            raise missing("department", gone[0])
        return user_to_native(fields, known.ids, known.templates)

    def _created(self, body: Row) -> str:
        """Made, and made once. A number belongs to one extension: a second is refused (ALREADY_IN_USE [vendor])."""

        number = body["Number"]

        def look() -> Row | None:
            row = self._row(number)
            same = row is not None and all(held(body[name], row.get(name)) for name in _TELLING & body.keys())
            return row if same else None

        made = once(
            self.client.http,
            lambda: self.client.post("/Users", body),
            look,
            refuses_twins=True,
            was_open=number in self.absent,
        )
        self.absent.discard(number)
        return str(made["Id"])

    def _queues(self, change: Change) -> list[str]:
        """The queues whose agents the change touches."""
        if isinstance(change, Create):
            return sorted(change.fields.get("skills") or {})
        for row in change.changes if isinstance(change, Update) else ():
            if row.field == "skills":
                before, wanted = row.before or {}, row.after or {}
                return sorted(name for name in {*before, *wanted} if before.get(name) != wanted.get(name))
        return []

    def _skilled(self, change: Change) -> None:
        """A skill is an agent's place in a queue: its agents are read, merged and written as a whole."""
        levels = after(change).get("skills") or {}
        for name in self._queues(change):
            agent = {"Number": change.key, "SkillGroup": str(levels[name])} if name in levels else None
            queue = self.system.queue(name)["Id"]
            with self.system.turns.of(queue):  # else one of two who write its agents at once would lose the other's
                self._placed(queue, change.key, agent)
            self.written.agent(change.ref, str(queue), change.key, agent)

    def _placed(self, queue: int, number: str, agent: Row | None) -> None:
        """One user's place among the agents of a queue; again where another agent left the system in between."""
        others = self._others(queue, number)
        while True:
            wanted = [*others, *([agent] if agent else [])]
            try:
                self.client.patch(f"/Queues({queue})", {"Agents": wanted})
            except Rejected:
                before, others = others, self._others(queue, number)
                if others == before:
                    raise
            except CcconfError:
                self.system.forget_queues()  # whether it was done or not
                raise
            else:
                self.system.agents_are(queue, {"Agents": wanted})
                return

    def _others(self, queue: int, number: str) -> list[Row]:
        """The other agents of a queue, as it has them now."""
        live = self.client.one(f"/Queues({queue})?$expand=Agents", "Id", queue)
        if live is None:
            self.system.forget_queues()
            raise missing("queue", str(queue))
        return [one for one in live.get("Agents") or [] if one["Number"] != number]


_TELLING = frozenset({"Number", "FirstName", "LastName", "EmailAddress"})
"""The properties that tell whether a user is the one that was sent."""


def _seen(row: Row, names: Mapping[int, str], queues: Queues) -> Observed:
    resource = user_from_native(row, names, queues.of(row["Number"]))
    return seen(Ref("user", row["Number"]), resource, row["Id"])
