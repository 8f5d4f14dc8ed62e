"""Departments as the API shows them, active and inactive ones."""

from __future__ import annotations

from itertools import pairwise

from ccconf.errors import broken
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.platforms.opasuite.client import Client, Listing, Misunderstood
from ccconf.platforms.opasuite.ids import is_id
from ccconf.platforms.opasuite.seen import seen
from ccconf.platforms.opasuite.translate import NameOf, group_from_native, is_active, name_of
from ccconf.platforms.opasuite.words import Row

PATH = "/departamento"
ATTENDS = ("recebeAtendimento", "realizaAtendimento")
"""The filter that every department fits or does not; the sources disagree on its name."""


class Departments:
    """The departments of one installation, read afresh at each question."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def rows(self) -> list[Row]:
        """Every department, inactive ones too: those that take conversations, and those that do not."""
        for name in ATTENDS[:-1]:
            try:
                return self._attending(name)
            except Misunderstood:
                continue
        return self._attending(ATTENDS[-1])

    def _attending(self, name: str) -> list[Row]:
        return self.client.rows(Listing(PATH, ({name: True}, {name: False})))

    def live(self) -> list[Observed]:
        """The active departments by name. Raises `Broken` (CC605) where two have the same name."""
        rows = sorted((row for row in self.rows() if is_active(row)), key=name_of)
        for one, other in pairwise(rows):
            if name_of(one) == name_of(other):
                message = f"two departments are called {name_of(one)}: ccconf tells departments apart by their names"
                raise broken("CC605", message, "rename one of them on the screen Departamentos")
        return [observed(row) for row in rows]

    def departed(self) -> list[Observed]:
        """The inactive departments by name."""
        rows = sorted((row for row in self.rows() if not is_active(row)), key=lambda row: (name_of(row), row["_id"]))
        return [observed(row) for row in rows]

    def names(self) -> NameOf:
        """Tells the name of an active department, of those that there are now.

        What it returns raises `Broken` (CC605) for a department that is there and was not in the list.
        """
        known = {row["_id"]: row for row in self.rows()}

        def name(native_id: str) -> str | None:
            if native_id not in known and self.row(native_id) is not None:
                message = f"the department {native_id} is there, but not in the list of departments"
                raise broken("CC605", message, "try again; nothing is concluded from a part")
            row = known.get(native_id)
            return name_of(row) if row is not None and is_active(row) else None

        return name

    def current(self, native_id: str) -> Observed | None:
        """One active department as it is now."""
        row = self.row(native_id)
        return observed(row) if row is not None and is_active(row) else None

    def lookup(self, name: str) -> Observed | None:
        """The active department of that name."""
        row = self.find(name)
        return observed(row) if row is not None else None

    def find(self, name: str) -> Row | None:
        """The row of the active department of that name."""
        found = self.client.found(PATH, {"nome": name})
        return next((row for row in found if name_of(row) == name and is_active(row)), None)

    def row(self, native_id: str) -> Row | None:
        """The row of a department, active or not."""
        return self.client.one(PATH, native_id) if is_id(native_id) else None


def observed(row: Row) -> Observed:
    """A department as the contract shows it."""
    return seen(Ref("group", name_of(row)), group_from_native(row), row["_id"])
