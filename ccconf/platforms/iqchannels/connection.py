"""The contract, fulfilled by iQChannels over its internal API, as far as somebody has named the paths of it.

Without any (`options: paths` left empty) no request is ever sent: everything goes by hand, as the facts say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccconf.errors import Broken, Rejected, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import Change
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Observed, Operation, Page, Performed, Route, Support, Unheld
from ccconf.platforms.iqchannels.acts import Acts
from ccconf.platforms.iqchannels.client import Client
from ccconf.platforms.iqchannels.directory import Directory
from ccconf.platforms.iqchannels.lists import Roles, Schedules, Skills
from ccconf.platforms.iqchannels.part import Listed, Part, gone
from ccconf.platforms.iqchannels.paths import chosen
from ccconf.platforms.iqchannels.pictures import Pictures
from ccconf.platforms.iqchannels.staff import Users


def connect(connection: Connection) -> IqChannels:
    """An open connection. Raises `Broken` (CC202) for paths that are none; nothing is asked yet."""
    return IqChannels(connection)


class IqChannels:
    """One installation, and one member of staff whose session is used."""

    def __init__(self, connection: Connection) -> None:
        self.paths = chosen(connection.options.get("paths"))
        self.client = Client(connection, self.paths)
        self.pictures = Pictures(self.client, connection.read_file)
        lists: dict[str, Listed] = {made.kind: made(self.client) for made in (Roles, Skills, Schedules)}
        self.users = Users(self.client, Directory(self.client, lists), self.pictures)
        self.parts: dict[str, Part] = {"user": self.users, **lists}
        self.doing = Acts(self.client, self.users)

    def support(self, kind: str, operation: Operation) -> Support:
        """By API where the paths are known, else the row of the facts."""
        return self.paths.support(kind, operation)

    def begin(self) -> None:
        """Nothing: a listing tells no number, so nothing can be read ahead."""

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind; nothing of a kind whose list nobody has named."""
        shown = self.support(kind, Operation.READ).route is Route.API
        yield self.parts[kind].observe() if shown else Page((), 0)

    def departed(self, kind: str) -> Iterator[Page]:
        """Deleted users; nothing else is known to come back."""
        shown = kind == "user" and self.support(kind, Operation.READ).route is Route.API
        yield self.users.departed() if shown else Page((), 0)

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now."""
        shown = self.support(kind, Operation.READ).route is Route.API
        return self.parts[kind].current(native_id) if shown else None

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object under the platform's own name."""
        shown = self.support(ref.kind, Operation.READ).route is Route.API
        return self.parts[ref.kind].lookup(ref.key) if shown else None

    def calls(self, change: Change) -> tuple[str, ...]:
        """The writes that the change takes; what is read on the way is not among them."""
        return self.parts[change.kind].calls(change)

    def perform(self, change: Change) -> Performed:
        """Make the change, and look at what came of it."""
        calls, part = self.calls(change), self.parts[change.kind]
        native_id = part.perform(change)
        if native_id is None:
            return Performed(None, calls)
        try:
            observed = part.current(native_id)
        except Broken as error:
            found = error.findings[0]
            message = f"{change.ref} was written; looking at it failed: {found.message}"
            raise Uncertain(Finding(code="CC703", message=message, hint=found.hint)) from error
        if observed is None and not calls:  # nothing was written, so nobody would have noticed
            raise gone(change)
        return Performed(observed, calls)

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """Nothing: no document tells how the licence or the rights of the session could be asked for."""
        return iter(())

    def confirm(self) -> Iterator[Unheld]:
        """What of a person only the screens could set. The rest is looked at right after it was written."""
        left, self.users.left = self.users.left, []
        yield from left

    def file(self, digest: str) -> bytes | None:
        """The content of a picture that somebody has."""
        return self.pictures.file(digest)

    def acts(self) -> frozenset[str]:
        """The acts for which a path is known."""
        return self.doing.acts()

    def act(self, act: str, person: Observed) -> tuple[str, ...]:
        """Do something to one person at once. Raises `Rejected` with the way by hand where there is no path for it."""
        return self.doing.act(act, person)

    def act_calls(self, act: str, person: Observed) -> tuple[str, ...]:
        """The writes that `act` will make."""
        return self.doing.act_calls(act, person)

    def present(self) -> frozenset[str]:
        """The ids of the users who are online now. Raises `Rejected` where nobody has named the list of users."""
        if "user.list" not in self.paths:
            message = "who is online is seen on screen: Пользователи, tab Пользователи, filter онлайн"
            hint = "no administrative path is public; options: {paths: …} names one where you know it"
            raise Rejected(Finding(code="CC714", message=message, hint=hint))
        return frozenset(str(row["Id"]) for row in self.users.listed(departed=False).rows if row.get("Online"))

    def close(self) -> None:
        """Close the connections, where there are any."""
        self.client.close()
