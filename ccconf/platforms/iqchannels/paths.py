"""Which paths may be called: none, unless ccconf.yaml says so, since not one of them is public.

From what was chosen follows what goes by API: an operation does exactly where all of its paths are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ccconf.errors import broken
from ccconf.findings import did_you_mean
from ccconf.manifest.facts import facts_of
from ccconf.manifest.paths import AssumedPath, paths_of
from ccconf.platform.facts import Operation, Route, Support

PACKAGE = "ccconf.platforms.iqchannels"
ASSUMED = "assumed"

_VERBS = {
    Operation.READ: (),
    Operation.CREATE: ("create",),
    Operation.UPDATE: ("update",),
    Operation.RENAME: ("update",),
    Operation.DELETE: ("delete",),
    Operation.RESTORE: ("restore", "update"),  # who comes back may come back changed
}
"""The paths of its kind that an operation calls, besides the list in which the result is seen."""

_OF_FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("user", "status"): ("user.set_status",),
    ("user", "avatar"): ("user.set_avatar", "user.delete_avatar", "file.get"),
    ("user", "roles"): ("role.list",),
    ("user", "skills"): ("skill.list",),
    ("user", "schedule"): ("schedule.list",),
    ("role", "segment"): ("segment.list",),
}
"""The paths without which one field cannot be written: those that set it, or that tell the ids of what it names."""

_BY_HAND = frozenset({("user", "groups")})
"""Fields that no path sets: people are given to a segment within it."""

_PATH = re.compile(r"/[!-~]+")


def table() -> Mapping[str, AssumedPath]:
    """The assumed paths by name, each with what it rests on."""
    return paths_of(PACKAGE)


class Paths:
    """The paths that this connection may call, by name."""

    def __init__(self, by_name: Mapping[str, str], own: frozenset[str] = frozenset()) -> None:
        self.by_name = by_name
        self.own = own
        """The names of those that the customer has said, instead of taking ccconf's guess."""
        self.rows = {(row.kind, row.operation): row for row in facts_of(PACKAGE).support}

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> str:
        return self.by_name[name]

    def knows(self, *names: str) -> bool:
        """Whether all of them may be called."""
        return all(name in self.by_name for name in names)

    def settable(self, kind: str, field: str) -> bool:
        """Whether the field can be written by API, where its kind can."""
        return (kind, field) not in _BY_HAND and self.knows(*_OF_FIELDS.get((kind, field), ()))

    def missing(self, kind: str, field: str) -> list[str]:
        """The paths without which the field is not written."""
        return [name for name in _OF_FIELDS.get((kind, field), ()) if name not in self.by_name]

    def support(self, kind: str, operation: Operation) -> Support:
        """How the operation happens: by API where its paths are known, else as the facts say."""
        row = self.rows[kind, operation]
        names = [f"{kind}.{verb}" for verb in ("list", *_VERBS[operation])]
        if row.route is Route.NO or kind == "group" or not self.knows(*names):
            return row
        return Support(
            kind=kind,
            operation=operation,
            route=Route.API,
            reason=self._reason(names),
            certainty="third-party" if self.own.issuperset(names) else "unverified",
            fields=tuple(self._fields(kind, operation)),
        )

    def _reason(self, names: list[str]) -> str:
        guessed = [f"POST {self[name]}" for name in names if name not in self.own]
        said = [f"POST {self[name]}" for name in names if name in self.own]
        parts = [f"{' and '.join(guessed)}: unverified, ccconf's own guess"] if guessed else []
        return "; ".join([*parts, *([f"{' and '.join(said)}: as ccconf.yaml says"] if said else [])])

    def _fields(self, kind: str, operation: Operation) -> Iterator[str]:
        """The only fields that go by API, where not all of them do."""
        fields = facts_of(PACKAGE).fields[kind]
        writes = operation not in (Operation.READ, Operation.DELETE)
        if writes and not all(self.settable(kind, field) for field in fields):
            yield from (field for field in fields if self.settable(kind, field))


def chosen(option: Any) -> Paths:
    """The paths that `options: {paths: …}` chooses. Raises `Broken` (CC202) for names and paths that are none."""
    if option == ASSUMED:
        return Paths({name: row.path for name, row in table().items()})
    said: Mapping[str, str | None] = option or {}
    for name, path in said.items():
        _judge(name, path)
    by_name = {name: table()[name].path if path == ASSUMED else path for name, path in said.items() if path is not None}
    return Paths(by_name, frozenset(name for name in by_name if said[name] != ASSUMED))


def _judge(name: str, path: str | None) -> None:
    if name not in table():
        raise broken("CC202", f"options: paths: {name} is no path of iQChannels", did_you_mean(name, table()))
    if path not in (None, ASSUMED) and not _PATH.fullmatch(str(path)):
        message = f"options: paths: {name}: {path} is no path"
        raise broken("CC202", message, f"write a path such as {table()[name].path}, assumed, or null")
