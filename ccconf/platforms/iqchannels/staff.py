"""People: users live and deleted, their status and their pictures."""

from __future__ import annotations

from collections.abc import Iterator

from ccconf.errors import Broken, Rejected
from ccconf.model.change import KEY, Change, Create, Delete, Restore
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page, Unheld
from ccconf.platform.http import lost_right
from ccconf.platforms.iqchannels.changes import form_of, steps_of, without
from ccconf.platforms.iqchannels.client import Client, Rels, Row, Rows, Told
from ccconf.platforms.iqchannels.directory import Directory
from ccconf.platforms.iqchannels.part import Part, after, call_words, gone, id_in, kept, refused, seen, told_apart
from ccconf.platforms.iqchannels.people import FORMLESS, Ids, Names, own_name, user_from_native, user_to_native
from ccconf.platforms.iqchannels.pictures import Pictures
from ccconf.platforms.iqchannels.words import uncertain


class Users(Part):
    """People, by their e-mail addresses."""

    kind = "user"

    def __init__(self, client: Client, directory: Directory, pictures: Pictures) -> None:
        super().__init__(client)
        self.directory = directory
        self.pictures = pictures
        self.left: list[Unheld] = []
        """What of a change was left to a person."""
        self._apart: dict[tuple[int, str], str] = {}
        """Names of those who are called alike, by id and by what they are called."""

    def observe(self) -> Page:
        return self._page(self.listed(departed=False))

    def departed(self) -> Page:
        """Deleted users, who could be restored."""
        return self._page(self.listed(departed=True))

    def listed(self, *, departed: bool, query: str = "") -> Rows:
        """Users as the platform has them, live or deleted. That it picks them itself is assumed, so it is looked at."""
        found = self.client.rows("user.list", {"Deleted": departed, **({"Query": query} if query else {})})
        return found._replace(rows=[row for row in found.rows if bool(row.get("Deleted")) == departed])

    def _page(self, found: Rows) -> Page:
        own = {row["Id"]: own_name(row) for row in found.rows}
        apart = told_apart(own)
        self._apart = {(id_, own[id_]): name for id_, name in apart.items() if name != own[id_]}
        items = tuple(self._all_seen(found))
        return Page(items, len(items))

    def _all_seen(self, found: Rows) -> Iterator[Observed]:
        names = self.directory.names(found.rels)
        self.pictures.look(found.rows)
        return (self._seen(row, names) for row in found.rows)

    def _seen(self, row: Row, names: Names) -> Observed:
        own = own_name(row)
        try:
            resource = user_from_native(row, names, self.pictures.of(row))
        except FORMLESS as error:
            raise self.client.nonsense("user.list") from error
        return seen(Ref("user", self._apart.get((row["Id"], own), own)), resource, row["Id"])

    def row(self, native_id: str, *, departed: bool = False) -> tuple[Row, Rels] | None:
        """A user as the platform has it, with what it refers to; None where there is no such live (or deleted) one."""
        if not native_id.isdecimal():
            return None
        if "user.get" not in self.client.paths:
            found = self.listed(departed=departed)
            row = next((row for row in found.rows if row["Id"] == int(native_id)), None)
            return (row, found.rels) if row else None
        told = self.client.ask("user.get", {"Id": int(native_id)})
        if told is not None and id_in(told) != int(native_id):
            raise self.client.nonsense("user.get")
        return None if told is None or bool(told.result.get("Deleted")) != departed else (told.result, told.rels)

    def current(self, native_id: str) -> Observed | None:
        found = self.row(native_id)
        if found is None:
            return None
        self.pictures.look([found[0]])
        return self._seen(found[0], self.directory.names(found[1]))

    def lookup(self, key: str) -> Observed | None:
        """By the platform's own search, whose hits are looked at."""
        for (id_, _), name in self._apart.items():
            if name == key:
                return self.current(str(id_))
        return self._found(self.listed(departed=False, query=key), key)

    def _found(self, found: Rows, key: str) -> Observed | None:
        return next((item for item in self._all_seen(found) if item.ref.key == key), None)

    def calls(self, change: Change) -> tuple[str, ...]:
        steps = steps_of(without(change, self._unsettable(change)))
        return tuple(call_words(self.client.paths[step.name], step.keys) for step in steps)

    def perform(self, change: Change) -> str | None:
        lost = self._unsettable(change)
        native_id = self._performed(self._possible(change, lost))
        if lost:
            self.left.append(Unheld(change.ref, f"{self._why(lost)}; everything else was done"))
        return native_id

    def _performed(self, change: Change) -> str | None:
        row = self._before(change)
        ids = self.directory.ids(after(change))
        native_id, done = int(row.get("Id", 0)), ""
        for step in steps_of(change):
            try:
                native_id = self._take(step.name, change, native_id, row, ids)
            except (Rejected, Broken) as error:
                if not done or lost_right(error):
                    raise
                raise uncertain(f"{change.ref}: {done} was done; then: {error.findings[0].message}") from error
            done = step.name
        return None if isinstance(change, Delete) else str(native_id)

    def _unsettable(self, change: Change) -> list[str]:
        """The fields of a change that no path sets."""
        asked = after(change)
        if isinstance(change, Create) and asked.get("status") == "active":
            del asked["status"]  # as everybody new is
        return [field for field in asked if field != KEY and not self.client.paths.settable("user", field)]

    def _possible(self, change: Change, lost: list[str]) -> Change:
        """What of a change goes by API: a leaver is to be inactive even where his segments are left by hand.

        Raises `Rejected` where nothing is left of it, and where somebody would be let in who is not to be.
        """
        possible = without(change, lost)
        new = isinstance(change, Create | Restore)
        if lost and (not steps_of(possible) or (new and "status" in lost and after(change)["status"] == "inactive")):
            hint = "do it by hand, or name the paths in options: {paths: …}"
            raise refused(change, f"{change.ref}: {self._why(lost)}", hint)
        return possible

    def _why(self, lost: list[str]) -> str:
        """Why these fields are not set by API."""
        needs = sorted({name for field in lost for name in self.client.paths.missing("user", field)})
        by_hand = [] if all(self.client.paths.missing("user", field) for field in lost) else ["the segment's screens"]
        return f"{', '.join(lost)} cannot be set by API: that needs {' and '.join([*needs, *by_hand])}"

    def _before(self, change: Change) -> Row:
        """The user as the platform has it before the change; nothing for a new one. Raises `Rejected`."""
        if isinstance(change, Create):
            if self.lookup(_own_name(change)) is not None:
                raise refused(change, f"iQChannels has a {change.ref} already")
            return {}
        found = self.row(change.native_id, departed=isinstance(change, Restore))
        if found is None:
            raise gone(change)
        return found[0]

    def _take(self, name: str, change: Change, native_id: int, row: Row, ids: Ids) -> int:
        """One call; the id of the user."""
        fields, body = after(change), {"Id": native_id}
        match name:
            case "user.create":
                return self._created(change, user_to_native(form_of(change, row), ids))
            case "user.restore":
                self.client.once(name, body, lambda: _if(self.row(str(native_id)) is not None))
            case "user.delete":
                self.client.once(name, body, lambda: _if(self.row(str(native_id)) is None))
            case "user.update":
                self.client.write(name, {**kept(row), **user_to_native(form_of(change, row), ids)}, repeatable=True)
            case "user.set_status":
                self.client.write(name, {**body, "Inactive": fields["status"] == "inactive"}, repeatable=True)
            case "user.set_avatar":
                self.client.write(name, {**body, "Content": self.pictures.to_native(fields["avatar"])}, repeatable=True)
            case _:
                self.client.write(name, body, repeatable=True)
        return native_id

    def _created(self, change: Change, body: Row) -> int:
        """Made, and made once: where the answer is lost, everybody is looked at, not what a search finds."""
        own = _own_name(change)
        made = self.client.once("user.create", body, lambda: self._told(own))
        id_ = id_in(made) or id_in(self._told(own))
        if id_ is None:
            raise uncertain(f"iQChannels does not say what it made of {change.ref}, nor show it")
        return id_

    def _told(self, key: str) -> Told | None:
        """The live user of that name as a creation would tell it."""
        found = self._found(self.listed(departed=False), key)
        return Told({"Id": int(found.native_id)}, {}) if found else None


def _own_name(change: Change) -> str:
    """What the platform will know a new user by."""
    form = form_of(change, {})
    return str(form.get("email") or form.get("name") or change.key)


def _if(there: bool) -> Told | None:
    return Told(None, {}) if there else None
