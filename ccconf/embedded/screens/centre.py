"""The world as the screens read it, and the one way in which they change it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from threading import RLock

from ccconf.embedded.fields import without
from ccconf.embedded.screens.controls import Option
from ccconf.embedded.world import World
from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import Change, Delete, FieldChange, Update
from ccconf.model.fields import Link, Resource
from ccconf.model.kinds import KINDS, as_data
from ccconf.model.licence import Invariant, emptied
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed
from ccconf.platform.facts import Facts, Operation, Route

MOST_UPLOADS = 32
"""So many files wait at most for the form that shows them to be accepted."""


class Centre:
    """A world behind screens. `lock` is held from looking to changing, so that nobody comes in between."""

    def __init__(self, world: World, facts: Facts, released: frozenset[str]) -> None:
        self.world = world
        self.facts = facts
        self.released = released
        self.lock = RLock()
        self._uploaded: dict[str, bytes] = {}
        self._read_file = world.read_file
        world.read_file = self._file_to_keep

    def can(self, kind: str, operation: Operation) -> bool:
        """Whether the vendor has it at all."""
        rows = (row for row in self.facts.support if (row.kind, row.operation) == (kind, operation))
        return any(row.route is not Route.NO for row in rows)

    def all(self, kind: str) -> list[Observed]:
        """The live objects of a kind by name."""
        return [item for page in self.world.observe(kind) for item in page.items]

    def departed(self, kind: str) -> list[Observed]:
        """Those that could be restored."""
        return [item for page in self.world.departed(kind) for item in page.items]

    def options(self, kind: str) -> tuple[Option, ...]:
        """The objects of a kind as something to choose."""
        return tuple(Option(item.native_id, item.ref.key, item.ref.key) for item in self.all(kind))

    def referrers(self, ref: Ref) -> Iterator[Observed]:
        """Every live object that names this one, people first."""
        for kind in KINDS.values():
            if any(ref.kind in spec.shape.links_to() for spec in kind.linking):
                yield from (item for item in self.all(kind.name) if _names(item, ref))

    def part_of(self, kind: str, whole: Observed | None) -> Observed | None:
        """The object of a kind that is a part of this one, under the same name."""
        return self.world.lookup(Ref(kind, whole.ref.key)) if whole else None

    def parts(self, kind: str) -> tuple[str, ...]:
        """The kinds whose objects are parts of this kind's."""
        return tuple(part for part, whole in self.facts.within.items() if whole == kind)

    def perform(self, change: Change) -> Observed | None:
        """Make it, by the vendor's rules. Raises `Rejected`."""
        return self.world.perform(change).observed

    def delete(self, item: Observed) -> None:
        """The object goes, and its parts with it. Raises `Rejected`."""
        if item.ref.kind in self.released:
            self._release(item.ref)
        parts = [self.part_of(kind, item) for kind in self.parts(item.ref.kind)]
        for gone in (item, *filter(None, parts)):
            self.perform(deletion(gone))

    def _release(self, ref: Ref) -> None:
        """Whoever names it does so no longer. It is judged for all before anything is done to one."""
        left = [(item, without(item.ref.kind, item.resource, Link(*ref))) for item in self.referrers(ref)]
        for rule in self.facts.invariants:
            if names := [item.ref.key for item, after in left if _breaks(rule, item.ref.kind, after)]:
                raise Rejected(Finding(code="CC702", message=f"{rule.label}: {', '.join(names)}", subject=rule.id))
        for item, after in left:
            self.perform(_update(item, after))

    def upload(self, content: bytes) -> str:
        """Keep what was sent until an object shows it; the value by which it is known."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self._uploaded[digest] = content
        for oldest in list(self._uploaded)[:-MOST_UPLOADS]:
            del self._uploaded[oldest]
        return digest

    def file(self, digest: str) -> bytes | None:
        """A content that was uploaded or is shown."""
        return self._uploaded.get(digest) or self.world.file(digest)

    def _file_to_keep(self, digest: str) -> bytes:
        uploaded = self._uploaded.get(digest)
        return uploaded if uploaded is not None else self._read_file(digest)


def deletion(item: Observed) -> Delete:
    """The change that takes an object away."""
    kind, key = item.ref
    return Delete(kind=kind, key=key, native_id=item.native_id, revision=item.revision, fields=as_data(item.resource))


def _update(item: Observed, after: Resource) -> Update:
    old, new = as_data(item.resource), as_data(after)
    changes = tuple(
        FieldChange(field=name, before=value, after=new.get(name))
        for name, value in old.items()
        if value != new.get(name)
    )
    kind, key = item.ref
    return Update(kind=kind, key=key, native_id=item.native_id, revision=item.revision, changes=changes)


def _names(item: Observed, ref: Ref) -> bool:
    return any(Ref(*link) == ref for _, link in KINDS[item.ref.kind].links(item.resource))


def _breaks(rule: Invariant, kind: str, after: Resource) -> bool:
    fits = rule.of_one and rule.select.kind == kind and rule.select.fits(after)
    return fits and rule.broken_by(emptied(after, rule))
