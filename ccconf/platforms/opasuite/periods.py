"""Service periods: hours by weekday, which the API shows and does not change.

Filters of the list (third-party, the vendor's Postman collection): `nome`, `departamento`, `ativo`, `periodos.nome`. A
period that is not `ativo` is in force nowhere and is left out.
"""

from __future__ import annotations

from itertools import pairwise

from ccconf.errors import broken
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.platforms.opasuite.client import Client, Listing
from ccconf.platforms.opasuite.ids import is_id
from ccconf.platforms.opasuite.seen import seen
from ccconf.platforms.opasuite.translate import name_of, schedule_from_native
from ccconf.platforms.opasuite.words import Row

PATH = "/atendimento/periodo"


class Periods:
    """The service periods of one installation."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def live(self) -> list[Observed]:
        """Every period that is in force, by name. Raises `Broken` (CC605) where two have the same name."""
        rows = self.client.rows(Listing(PATH, ({"ativo": True}, {"ativo": False})))
        items = sorted((_observed(row) for row in rows if _in_force(row)), key=lambda item: item.ref)
        for one, other in pairwise(items):
            if one.ref == other.ref:
                message = f"two service periods are called {one.ref.key}: ccconf tells them apart by their names"
                raise broken("CC605", message, "rename one of them on its screen")
        return items

    def current(self, native_id: str) -> Observed | None:
        """One period as it is now."""
        row = self.client.one(PATH, native_id) if is_id(native_id) else None
        return _observed(row) if row is not None and _in_force(row) else None

    def lookup(self, name: str) -> Observed | None:
        """The period of that name."""
        found = self.client.found(PATH, {"nome": name})
        return next((_observed(row) for row in found if name_of(row) == name and _in_force(row)), None)


def _in_force(row: Row) -> bool:
    return row.get("ativo") is not False


def _observed(row: Row) -> Observed:
    return seen(Ref("schedule", name_of(row)), schedule_from_native(row), row["_id"])
