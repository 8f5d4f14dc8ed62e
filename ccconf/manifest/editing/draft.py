"""What each file has to say so that Git says what was accepted. No text is looked at here.

An edit is taken whole or not at all: whoever cannot be taken raises `Refusal` before anything of it is noted. What an
edit asks for stands in a room for each sort: `fields`, `members`, `objects`, `renames`; where it goes, in `homes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import UNSET

from ccconf.findings import Location
from ccconf.manifest.compose import Declarations, Statement
from ccconf.manifest.editing.edits import Into
from ccconf.manifest.editing.neighbours import Neighbours
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.project import Target
from ccconf.manifest.rows import Row
from ccconf.model.fields import Resource
from ccconf.model.kinds import BY_PLURAL, KINDS
from ccconf.model.refs import Ref


class Home(NamedTuple):
    """An entry of a section in one file; the entries of `defaults` are kinds."""

    source: int
    section: str
    key: str


class Fresh(NamedTuple):
    """An object, or an override of one, that a file does not have yet."""

    path: Path
    source: int | None
    """None where the file is new, too."""
    layer: int
    ref: Ref
    fields: dict[str, Any]


Place = Home | tuple[Path, Ref]
"""An entry that is there, or one that is to be."""


class Refusal(Exception):
    """Why an edit is not taken. `at` is the object and field, or the place itself, that stand in the way."""

    def __init__(self, code: str, message: str, hint: str, at: tuple[Ref, str | None] | Location | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.at = at


class Draft:
    """What is to be written, entry by entry, and which edits asked for it."""

    def __init__(
        self, target: Target, declared: Declarations, into: Into, neighbours: Neighbours, coming: frozenset[Ref]
    ) -> None:
        self.target = target
        self.declared = declared
        self.into = into
        self.neighbours = neighbours
        self.coming = coming
        """Objects that edits add; they may refer to each other, in whatever order they come."""
        self.changes: dict[Home, dict[str, Any]] = {}
        """New canonical values by field; None is written as nothing."""
        self.keys: dict[Home, str] = {}
        self.gone: dict[Home, int] = {}
        self.fresh: dict[tuple[Path, Ref], Fresh] = {}
        self.causes: dict[tuple[Place, str], list[int]] = {}
        """Which edits asked for a field; for the entry as a whole the field is empty."""
        self.now: dict[tuple[Ref, str], Any] = {}
        """Composed values that edits have changed."""
        self.moved: dict[tuple[str, str], tuple[str, int]] = {}
        """Renames: the new key of a kind and old key, and the edit."""
        self.added: set[Ref] = set()
        self.leaving: dict[Ref, int] = {}
        self.asked: dict[tuple[Ref, str], Any] = {}
        self._rows: dict[tuple[int, str], dict[str, Row]] = {}

    # what Git says

    def _row(self, home: Home) -> Row | None:
        """What the file said of an object when it was loaded."""
        kind = BY_PLURAL[home.section].name
        index = self._rows.get((home.source, kind))
        if index is None:
            index = {row.key: row for row in self.declared.rows[home.source].objects.get(kind, [])}
            self._rows[home.source, kind] = index
        return index.get(home.key)

    def said_at(self, home: Home) -> tuple[Resource, str] | None:
        """The fields that one entry says, and what it was formerly."""
        if home.section == DEFAULTS:
            kind = BY_PLURAL[home.key]
            body = self.declared.rows[home.source].defaults.get(kind.name)
            return (kind.decoder.decode(body), "") if body is not None else None
        row = self._row(home)
        return (BY_PLURAL[home.section].decoder.decode(row.body), row.formerly) if row is not None else None

    def statements(self, ref: Ref) -> list[Statement]:
        """What each file says of an object, the overriding last."""
        layered = self.declared.layered.get(ref)
        if layered is not None:
            return layered
        source = self.declared.homes[ref.kind].get(ref.key)
        if source is None:
            return []
        found = self.said_at(Home(source, KINDS[ref.kind].plural, ref.key))
        return [Statement(source, found[0])] if found is not None else []

    def composed(self, ref: Ref, field: str) -> Any:
        """The value that holds for an object, without memberships that only groups state."""
        if (ref, field) in self.now:
            return self.now[ref, field]
        for statement in reversed(self.statements(ref)):
            if (value := getattr(statement.resource, field)) is not UNSET:
                return self._digest(ref, field, value)
        for statement in reversed(self.declared.defaults.get(ref.kind, [])):
            if (value := getattr(statement.resource, field)) is not UNSET:
                return value
        return UNSET

    def _digest(self, ref: Ref, field: str, value: Any) -> Any:
        return self.declared.digests.get(ref, {}).get(field, value)

    def in_git(self, ref: Ref) -> bool:
        """Whether an object is declared once everything is written."""
        if (ref.kind, ref.key) in {(kind, new) for (kind, _), (new, _) in self.moved.items()} or ref in self.coming:
            return True
        return ref in self.declared and (ref.kind, ref.key) not in self.moved and ref not in self.leaving

    def new_key(self, kind: str, key: str) -> str:
        """The key of an object after all renames."""
        return self.moved.get((kind, key), (key, 0))[0]

    def old_key(self, kind: str, key: str) -> str:
        """The key that an object has in Git now, by its new one."""
        return next((old for (of, old), (new, _) in self.moved.items() if (of, new) == (kind, key)), key)

    def linking(self, links: frozenset[tuple[str, str]]) -> Iterator[tuple[Home, str, Resource]]:
        """Every entry of a file that refers to one of these objects."""
        for source, rows in enumerate(self.declared.rows):
            if not any(key in links_of for kind, key in links if (links_of := rows.links.get(kind))):
                continue
            for kind, objects in rows.objects.items():
                for row in objects:
                    yield Home(source, KINDS[kind].plural, row.key), kind, KINDS[kind].decoder.decode(row.body)
            for kind, body in rows.defaults.items():
                yield Home(source, DEFAULTS, KINDS[kind].plural), kind, KINDS[kind].decoder.decode(body)

    # what it shall say

    def assign(self, at: int, ref: Ref, field: str, value: Any, home: Home | Fresh) -> None:
        """A field of an object gets a value, in the entry where it belongs. Raises `Refusal`."""
        self.now[ref, field] = value
        if isinstance(home, Fresh):
            self.widen(at, home, {field: value})
            return
        before = self.changes.setdefault(home, {})
        if home.section == DEFAULTS and field in before and before[field] != value:
            message = f"{ref} {field}: another edit gives this default another value"
            hint = "accept one of them, and write the other into the object (--into object)"
            raise Refusal("CC152", message, hint, (ref, field))
        before[field] = value
        self.causes.setdefault((home, field), []).append(at)

    def widen(self, at: int, fresh: Fresh, fields: Mapping[str, Any]) -> None:
        """A file gets another entry, or a new one of these more fields."""
        kept = self.fresh.setdefault((fresh.path, fresh.ref), fresh)
        kept.fields.update(fields)
        self.causes.setdefault(((fresh.path, fresh.ref), ""), []).append(at)
