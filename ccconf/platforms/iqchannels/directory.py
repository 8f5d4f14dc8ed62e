"""What people refer to: the names and ids of roles, skills and schedules.

What stands in `Rels` beside a listing names what users have; where the lists of roles and the like can be asked for,
they say more (which of two roles of one name is meant), and tell the ids of what is to be given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.platforms.iqchannels.client import Client, Rels, Row
from ccconf.platforms.iqchannels.part import Listed
from ccconf.platforms.iqchannels.people import REFERRING, Ids, Names, named_by

RELS = {"role": "Roles", "skill": "Skills", "schedule": "Schedules"}
"""What the related objects of a kind are called beside a listing."""


class Directory:
    """The lists, as they were read last."""

    def __init__(self, client: Client, lists: Mapping[str, Listed]) -> None:
        self.client = client
        self.lists = lists

    def names(self, rels: Rels) -> Names:
        """What the objects beside a listing are called, by kind and id."""
        return {kind: self._names(kind, rels.get(RELS[kind], {})) for kind in REFERRING.values()}

    def _names(self, kind: str, related: Mapping[int, Row]) -> dict[int, str]:
        """What was deleted has no name. Where there is no list, an id that nothing explains is refused as formless."""
        names = {id_: "" if row.get("Deleted") else str(row.get("Name") or id_) for id_, row in related.items()}
        if f"{kind}.list" not in self.client.paths:
            return names
        return defaultdict(str, {**names, **self.lists[kind].names()})

    def ids(self, fields: Mapping[str, Any]) -> Ids:
        """The ids of what the fields name. Raises `Rejected` where something is not there."""
        return {kind: self._ids(kind, named_by(kind, fields)) for kind in REFERRING.values()}

    def _ids(self, kind: str, names: tuple[str, ...]) -> dict[str, int]:
        if not names:
            return {}
        ids = self._by_name(kind)
        if not ids.keys() >= set(names):  # somebody may have made it since
            self.lists[kind].forget()
            ids = self._by_name(kind)
        if lost := sorted(set(names) - ids.keys()):
            message = f"iQChannels has no {kind} called {lost[0]}"
            raise Rejected(Finding(code="CC702", message=message, hint="make a new plan"))
        return ids

    def _by_name(self, kind: str) -> dict[str, int]:
        return {name: id_ for id_, name in self.lists[kind].names().items()}
