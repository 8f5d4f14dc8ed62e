"""The contract, fulfilled by 3CX version 20 over its configuration API."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from ccconf.errors import Broken, Uncertain
from ccconf.findings import Finding
from ccconf.manifest.facts import facts_of
from ccconf.model.allowlist import Allowlist
from ccconf.model.change import Change
from ccconf.model.fields import Resource
from ccconf.model.group import Group
from ccconf.model.refs import Ref
from ccconf.model.schedule import Schedule
from ccconf.platform.contract import Connection, Observed, Operation, Page, Performed, Support, Trace, Unheld
from ccconf.platform.http import Http, opened
from ccconf.platform.pace import Pace
from ccconf.platforms.threecx.client import Client
from ccconf.platforms.threecx.departments import SYSTEM, in_their_order
from ccconf.platforms.threecx.hours import joined
from ccconf.platforms.threecx.lists import CONSOLE, Allowlists, Roles, Skills
from ccconf.platforms.threecx.objections import Objections
from ccconf.platforms.threecx.part import Part, gone
from ccconf.platforms.threecx.places import Groups, Schedules
from ccconf.platforms.threecx.readback import ReadBack
from ccconf.platforms.threecx.staff import Users
from ccconf.platforms.threecx.system import System
from ccconf.platforms.threecx.trail import traces

PACKAGE = "ccconf.platforms.threecx"


def connect(connection: Connection) -> ThreeCX:
    """An open connection. Raises `Broken` (CC707) for an address that is none."""
    pace = Pace(connection.options.get("rate"), budget=connection.budget)
    return ThreeCX(connection, opened(connection, pace, "https://pbx.example.org"))


class ThreeCX:
    """One system, and one API client who may configure it."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self.facts = facts_of(PACKAGE)
        client = Client(http, connection.credentials)
        self.system = System(client)
        self.read_back = ReadBack(client)
        note = self.read_back
        self.people = Users(self.system, note)
        parts = (
            self.people,
            Groups(self.system, note),
            Schedules(self.system, note),
            Allowlists(self.system, note),
            Roles(self.system, note, self.facts),
            Skills(self.system, note),
        )
        self.parts: dict[str, Part] = {part.kind: part for part in parts}
        self.table = {(row.kind, row.operation): row for row in self.facts.support}
        self.judge = Objections(self.system, connection.licence)

    def support(self, kind: str, operation: Operation) -> Support:
        """The row of the capability table."""
        return self.table[kind, operation]

    def begin(self) -> None:
        """People are many and come last, so they are read while everything else is."""
        self.people.client.ready()
        self.people.read_ahead()

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind."""
        return self.parts[kind].observe()

    def departed(self, kind: str) -> Iterator[Page]:
        """Nobody: what is deleted on 3CX is gone."""
        return iter((Page((), 0),))

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now."""
        return self.parts[kind].current(native_id)

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object under the platform's own name."""
        return self.parts[ref.kind].lookup(ref.key)

    def calls(self, change: Change) -> tuple[str, ...]:
        """The writes that the change takes; what is read on the way is not among them."""
        return self.parts[change.kind].calls(change)

    def perform(self, change: Change) -> Performed:
        """Make the change, and look at what came of it."""
        calls = self.calls(change)
        part = self.parts[change.kind]
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
        """A licence that differs, quotas, and what would lock ccconf or everybody out."""
        return self.judge.findings(changes)

    def traces(self, refs: Collection[Ref]) -> Iterator[Trace]:
        """The newest lines of the audit log about these objects."""
        return traces(self.people.client, refs)

    def confirm(self) -> Iterator[Unheld]:
        """What the system accepted and did not keep."""
        return self.read_back.unheld()

    def file(self, digest: str) -> bytes | None:
        """None: 3CX holds no files of people that ccconf manages."""
        return None

    def close(self) -> None:
        """Close the connections."""
        self.people.client.close()


def as_held(ref: Ref, resource: Resource) -> Resource:
    """What 3CX would hold of a declared object.

    Two shifts that meet at midnight are one, the time zone of hours is the department's, a holiday's name is its date
    where none is given, the console's list has no notes, and a department always has a template for each role.
    """
    match resource:
        case Schedule():
            return replace(
                resource,
                timezone=resource.timezone if ref.key == SYSTEM else UNSET,
                weekly=joined(resource.weekly) if resource.weekly else resource.weekly,
                breaks=joined(resource.breaks) if resource.breaks else resource.breaks,
                holidays=in_their_order(resource.holidays) if resource.holidays else resource.holidays,
            )
        case Allowlist() if ref.key == CONSOLE and resource.networks:
            return replace(resource, networks=dict.fromkeys(resource.networks, ""))
        case Group() if resource.rights is not UNSET and not resource.rights:
            return replace(resource, rights={row.id: {} for row in facts_of(PACKAGE).in_group_roles.items})
        case _:
            return resource
