"""A kind as a table: one row an object, one column a field that is short enough, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec import UNSET

from ccconf.embedded.screens.centre import Centre
from ccconf.embedded.screens.fields import Fields
from ccconf.embedded.screens.words import Words
from ccconf.model.fields import FieldSpec
from ccconf.model.shapes import (
    SEVERAL_LINES,
    File,
    Levels,
    Memberships,
    Networks,
    SpecialDays,
    Text,
    Weekly,
)
from ccconf.platform.contract import Observed
from ccconf.platform.facts import Operation


class Action(NamedTuple):
    """An icon beside an object; `label` is how it is called when it is read aloud."""

    name: str
    icon: str
    label: str
    address: str


class Row(NamedTuple):
    """One object of a list."""

    name: str
    native_id: str
    cells: tuple[str, ...]
    actions: tuple[Action, ...]


class Table(NamedTuple):
    """A list of objects."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class Listing:
    """Makes the tables of one vendor."""

    def __init__(self, words: Words, centre: Centre, fields: Fields) -> None:
        self.words = words
        self.centre = centre
        self.fields = fields

    def live(self, kind: str, base: str) -> Table:
        """The objects of a kind, each with its icons."""
        return self._table(kind, self.centre.all(kind), lambda item: self._actions(item, base))

    def departed(self, kind: str, base: str) -> Table:
        """The deleted ones; each can be looked at and restored."""
        return self._table(kind, self.centre.departed(kind), lambda item: (self._action("show", "👁", item, base),))

    def _table(self, kind: str, items: list[Observed], actions: Callable[[Observed], tuple[Action, ...]]) -> Table:
        specs = [spec for spec in self.fields.of(kind) if _is_short(spec) and spec.name != self.fields.naming(kind)]
        columns = [self.words.field(kind, name) for name in (self.fields.naming(kind), *(spec.name for spec in specs))]
        rows = (
            Row(item.ref.key, item.native_id, tuple(self._cell(kind, spec, item) for spec in specs), actions(item))
            for item in items
        )
        return Table(tuple(columns), tuple(rows))

    def _actions(self, item: Observed, base: str) -> tuple[Action, ...]:
        kind = item.ref.kind
        return tuple(
            self._action(name, icon, item, f"{base}/{item.native_id}")
            for name, icon, is_there in (
                ("people", "👤", kind in ("group", "role", "skill", "schedule")),
                ("permissions", "?", self.shows_permissions(kind)),
                ("edit", "✎", self.centre.can(kind, Operation.UPDATE)),
                ("delete", "🗑", self.centre.can(kind, Operation.DELETE)),
            )
            if is_there
        )

    def _action(self, name: str, icon: str, item: Observed, base: str) -> Action:
        address = f"{base}/{item.native_id}" if name == "show" else base if name == "edit" else f"{base}/{name}"
        return Action(name, icon, self.words.own(name, name=item.ref.key), address)

    def shows_permissions(self, kind: str) -> bool:
        """Whether an object of the kind lets people do something."""
        granting = {"group": "roles", "role": "permissions"}
        return granting.get(kind) in {spec.name for spec in self.fields.of(kind)}

    def _cell(self, kind: str, spec: FieldSpec, item: Observed) -> str:
        value = getattr(item.resource, spec.name)
        if value in (UNSET, None):
            return ""
        if isinstance(value, str | int):
            return self.words.value(kind, spec.name, str(value))
        return ", ".join(self._entries(spec, value))

    def _entries(self, spec: FieldSpec, value: Any) -> Iterator[str]:
        for name in value:
            more = value[name] if isinstance(value, dict) else None
            if isinstance(spec.shape, Memberships):
                more = self.words.in_group_role(more.role) if more is not None and more.role else None
            yield f"{name} ({more})" if more else name


def _is_short(spec: FieldSpec) -> bool:
    if isinstance(spec.shape, File | Levels | Weekly | SpecialDays | Networks):
        return False
    return not (isinstance(spec.shape, Text) and spec.shape.pattern == SEVERAL_LINES)
