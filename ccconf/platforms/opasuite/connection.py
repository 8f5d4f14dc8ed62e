"""The contract, fulfilled by Opa! Suite over its API: it reads departments, people and hours, and writes departments.

Everything else is a person's work, which is joined with this elsewhere; asked for it here, the answer is no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address

from ccconf.errors import Rejected, broken
from ccconf.findings import Finding
from ccconf.manifest.facts import facts_of
from ccconf.model.change import Change
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Observed, Operation, Page, Performed, Support, Unheld
from ccconf.platform.http import Http, opened
from ccconf.platform.pace import Pace
from ccconf.platforms.opasuite.catalogues import LISTS, Catalogues
from ccconf.platforms.opasuite.client import Client
from ccconf.platforms.opasuite.departments import Departments
from ccconf.platforms.opasuite.objections import OWN_GROUP, Objections
from ccconf.platforms.opasuite.people import People
from ccconf.platforms.opasuite.periods import Periods
from ccconf.platforms.opasuite.words import Row
from ccconf.platforms.opasuite.writes import Writes

PACKAGE = "ccconf.platforms.opasuite"


def connect(connection: Connection) -> OpaSuite:
    """An open connection. Raises `Broken`: CC707 for an address that is none, CC708 without a token."""
    pace = Pace(connection.options.get("rate"), budget=connection.budget)
    return OpaSuite(connection, opened(connection, pace, "https://centre.opasuite.com.br"))


def _own_address(connection: Connection) -> str:
    """The address from which ccconf calls, where it is said. Raises `Broken` (CC202) for one that is none."""
    said = str(connection.options.get("address") or "")
    try:
        return str(ip_address(said)) if said else ""
    except ValueError as error:
        raise broken("CC202", f"{said} is no address", "write options: {address: 203.0.113.7}") from error


class OpaSuite:
    """One installation, and the token of one user that may use its API."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self.judge = Objections(connection.credentials.get(OWN_GROUP, ""), _own_address(connection))
        self.client = Client(http, connection.credentials)
        self.departments = Departments(self.client)
        self.writes = Writes(self.client, self.departments)
        self.people = People(self.client, self.departments)
        self.catalogues = Catalogues(self.client, self.departments)
        self.shown: dict[str, Departments | People | Periods] = {
            "group": self.departments,
            "user": self.people,
            "schedule": Periods(self.client),
        }
        """By kind, what the API shows."""
        self.table = {(row.kind, row.operation): row for row in facts_of(PACKAGE).support}

    def support(self, kind: str, operation: Operation) -> Support:
        """The row of the capability table."""
        return self.table[kind, operation]

    def begin(self) -> None:
        """Nothing: what there is to read is read in a few questions."""

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind that the API shows; of the others nothing is seen here."""
        yield _page(self.shown[kind].live() if kind in self.shown else ())

    def departed(self, kind: str) -> Iterator[Page]:
        """The inactive departments."""
        yield _page(self.departments.departed() if kind == "group" else ())

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now."""
        return self.shown[kind].current(native_id) if kind in self.shown else None

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object under the platform's own name."""
        return self.shown[ref.kind].lookup(ref.key) if ref.kind in self.shown else None

    def calls(self, change: Change) -> tuple[str, ...]:
        """The writes that the change takes; none for what the API does not write."""
        return self.writes.calls(change) if change.kind == "group" else ()

    def perform(self, change: Change) -> Performed:
        """Change a department, and look at what came of it. Raises `Rejected` for everything else."""
        if change.kind != "group":
            message = f"the API of Opa! Suite cannot {type(change).__name__.lower()} a {change.kind}"
            raise Rejected(Finding(code="CC702", message=message, subject=str(change.ref)))
        return Performed(self.writes.perform(change), self.calls(change))

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """What would lock ccconf out."""
        return self.judge.findings(changes)

    def confirm(self) -> Iterator[Unheld]:
        """What the platform accepted and did not keep."""
        return self.writes.unheld()

    def present(self) -> frozenset[str]:
        """The ids of the people who are there now."""
        return self.people.present()

    def lists(self) -> Mapping[str, str]:
        """Reasons, holidays and tags."""
        return LISTS

    def listed(self, name: str, keys: Sequence[str]) -> Sequence[Row]:
        """A list as the platform has it. Raises `Rejected` for tags without a name: there is no list of all."""
        return self.catalogues.listed(name, keys)

    def ensure(self, name: str, key: str, colour: str) -> Row:
        """The tag of that name, made with that colour where it is not there. Raises `Rejected` for other lists."""
        if name != "tags":
            raise Rejected(Finding(code="CC714", message=f"the API of Opa! Suite makes no {name}, only tags"))
        return self.catalogues.ensure_tag(key, colour)

    def file(self, digest: str) -> bytes | None:
        """None: the API shows no pictures."""
        return None

    def close(self) -> None:
        """Close the connections."""
        self.client.close()


def _page(items: Iterable[Observed]) -> Page:
    """Everything on one page: the platform tells no total, and what could not be read whole was refused before."""
    held = tuple(items)
    return Page(held, len(held))
