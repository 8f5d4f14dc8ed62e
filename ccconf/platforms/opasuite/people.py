"""People, as far as the API shows them: it changes nobody."""

from __future__ import annotations

from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.platforms.opasuite.client import Client, Listing
from ccconf.platforms.opasuite.departments import Departments
from ccconf.platforms.opasuite.ids import is_id
from ccconf.platforms.opasuite.seen import seen
from ccconf.platforms.opasuite.translate import ACTIVE, INACTIVE, NameOf, user_from_native, user_key
from ccconf.platforms.opasuite.words import Row

PATH = "/usuario"
_ABSENT = ("", "off")


class People:
    """The users of one installation, read afresh at each question."""

    def __init__(self, client: Client, departments: Departments) -> None:
        self.client = client
        self.departments = departments

    def rows(self) -> list[Row]:
        """Every user. `status` is the one filter by which two questions get everybody."""
        return self.client.rows(Listing(PATH, ({"status": ACTIVE}, {"status": INACTIVE})))

    def live(self) -> list[Observed]:
        """Everybody, inactive people too: they keep their place."""
        names = self.departments.names()
        return sorted((_observed(row, names) for row in self.rows()), key=lambda item: item.ref)

    def current(self, native_id: str) -> Observed | None:
        """One user as they are now."""
        row = self.client.one(PATH, native_id) if is_id(native_id) else None
        return _observed(row, self.departments.names()) if row is not None else None

    def lookup(self, key: str) -> Observed | None:
        """The user with that login. The API has no filter by e-mail address."""
        row = next((row for row in self.rows() if user_key(row) == key), None)
        return _observed(row, self.departments.names()) if row is not None else None

    def present(self) -> frozenset[str]:
        """The ids of those who are there: working, in a break, or on the telephone."""
        return frozenset(row["_id"] for row in self.rows() if (row.get("online") or "") not in _ABSENT)


def _observed(row: Row, names: NameOf) -> Observed:
    return seen(Ref("user", user_key(row)), user_from_native(row, names), row["_id"])
