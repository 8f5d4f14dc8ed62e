"""People: users with their departments, and their places in queues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from ccconf.errors import Rejected, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import Change, Create, Delete, Update
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page
from ccconf.platforms.threecx.client import Row, Rows, text
from ccconf.platforms.threecx.part import Call, Fields, Part, after, gone, seen
from ccconf.platforms.threecx.people import USERS, departments_in, user_from_native, user_to_native
from ccconf.platforms.threecx.system import missing


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
        names, skills = self.system.names, self.system.skills
        for rows, total in ahead.result() if ahead else self.client.pages(USERS):
            yield Page(tuple(self._seen(row, names, skills) for row in rows), total)

    def current(self, native_id: str) -> Observed | None:
        row = self.client.get(f"/Users({native_id}){USERS.one()}") if native_id.isdigit() else None
        return self._seen(row, self.system.names, self.system.skills) if row else None

    def lookup(self, key: str) -> Observed | None:
        row = self.client.get(f"/Users(Number={text(key)}){USERS.one()}")
        return self._seen(row, self.system.names, self.system.skills) if row else None

    def _seen(self, row: Row, names: Mapping[int, str], skills: Mapping[str, Mapping[str, int]]) -> Observed:
        resource = user_from_native(row, names, skills.get(row["Number"], {}))
        return seen(Ref("user", row["Number"]), resource, row["Id"])

    def calls(self, change: Change) -> tuple[str, ...]:
        if isinstance(change, Delete):
            return (f"DELETE /Users({change.native_id})",)
        fields = after(change)
        keys = self._body(fields, dict.fromkeys(departments_in(fields), 0))
        own = Call("POST", "/Users", {**keys, "Number": ""}) if isinstance(change, Create) else None
        if isinstance(change, Update) and keys:
            own = Call("PATCH", f"/Users({change.native_id})", keys)
        queues = [f"PATCH /Queues of {name} {{Agents}}" for name in self._queues(change)]
        return (*([str(own)] if own else []), *queues)

    def perform(self, change: Change) -> str | None:
        match change:
            case Delete(native_id=native_id):
                if self.current(native_id) is None:
                    raise gone(change)
                self.client.delete(f"/Users({native_id})")
                self.written("user", native_id, None)
                self.system.forget(queues=True)
                return None
            case Create(key=number):
                if change.fields.get("extension", number) != number:
                    message = (
                        f"{change.ref} cannot have the extension {change.fields['extension']}: its number is {number}"
                    )
                    raise Rejected(Finding(code="CC702", message=message, subject=str(change.ref)))
                body = {**self._body(after(change), self.system.ids), "Number": number}
                native_id = self._created(number, body)
            case _:
                native_id, body = change.native_id, self._body(after(change), self.system.ids)
                if body:
                    self.client.patch(f"/Users({native_id})", body)
                    self.written("user", native_id, body)
        self._skilled(change)
        return native_id

    def _body(self, fields: Fields, ids: Mapping[str, int]) -> Row:
        gone = sorted(departments_in(fields) - ids.keys())
        if gone:
            self.system.forget(departments=True)
            raise missing("department", gone[0])
        return user_to_native(fields, ids, self.system.templates)

    def _created(self, number: str, body: Row) -> str:
        """Made, and made once: where the answer is lost, the number tells whether it was done."""
        try:
            made = self.client.post("/Users", body)
        except Uncertain as lost:
            found = self.looked_up(number, lost)
            made = {"Id": found.native_id} if found else self.client.post("/Users", body)
        native_id = str(made["Id"])
        self.written("user", native_id, body)
        return native_id

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
            queue = self.client.get(f"/Queues({self.system.queue(name)['Id']})?$expand=Agents") or {}
            others = [agent for agent in queue.get("Agents") or () if agent["Number"] != change.key]
            ours = [{"Number": change.key, "SkillGroup": str(levels[name])}] if name in levels else []
            body = {"Agents": [*others, *ours]}
            self.client.patch(f"/Queues({queue['Id']})", body)
            self.system.forget(queues=True)
            self.written("queue", str(queue["Id"]), body)
