"""The estate: a world under the platform's own ids, in which a department that goes can come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

from msgspec.structs import replace

from ccconf.embedded.fields import rejected
from ccconf.embedded.schema import writing
from ccconf.embedded.world import World
from ccconf.embedded.write import Write
from ccconf.errors import Rejected
from ccconf.manifest.facts import facts_of
from ccconf.model.change import KEY, Change, Create, Delete, Restore
from ccconf.model.fields import Resource
from ccconf.model.kinds import as_data, from_data, with_changes
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page, Performed
from ccconf.platforms.opasuite.emulator.native import Native, Row

KEPT_KEY, KEPT = "key", "resource"
"""What an inactive department was called, and what it was."""


class RefusedRow(Exception):
    """One of several changes was refused, and none was made."""

    def __init__(self, place: int, words: str) -> None:
        super().__init__(words)
        self.place = place


class Estate(World):
    """A world whose native ids are the platform's. `lock` is held by whoever looks before changing."""

    def __init__(self, path: Path, seats: int | None, modules: tuple[str, ...] = ()) -> None:
        licence = Licence(seats=seats, modules=modules)
        super().__init__(path, facts_of("ccconf.platforms.opasuite"), licence, actor="screens")
        self.native = Native(path.with_name(f"{path.name}.native"))
        self.lock = self.native.lock

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind, under the platform's ids."""
        with self.lock:
            pages, ids = list(super().observe(kind)), self.native.ids(kind)
            for place, page in enumerate(pages):
                named = ((item, ids.get(item.native_id)) for item in page.items)
                items = (one._replace(native_id=id_ or self.native.id_of(kind, one.native_id)) for one, id_ in named)
                pages[place] = page._replace(items=tuple(items))
        yield from pages

    def departed(self, kind: str) -> Iterator[Page]:
        """The inactive departments."""
        if kind != "group":
            yield Page((), 0)
            return
        with self.lock:
            kept = self.native.docs(kind, in_world=False)
        items = tuple(
            Observed(Ref(kind, doc[KEPT_KEY]), from_data(kind, doc[KEPT]), native_id, "1")
            for native_id, doc in kept.items()
        )
        yield Page(items, len(items))

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One live object by the platform's id."""
        with self.lock:
            world_id = self.native.world_id(kind, native_id)
            found = super().current(kind, world_id) if world_id is not None else None
            return found._replace(native_id=native_id) if found else None

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object of that name."""
        with self.lock:
            found = super().lookup(ref)
            return found._replace(native_id=self.native.id_of(ref.kind, found.native_id)) if found else None

    def perform(self, change: Change) -> Performed:
        """Make the change. Raises `Rejected`."""
        with self.lock:
            match change:
                case Create():
                    return self._outward(change, super().perform(change))
                case Delete(kind="group"):
                    return self._deactivate(change)
                case Restore(kind="group"):
                    return self._reactivate(change)
                case _:
                    world_id = self.native.world_id(change.kind, change.native_id) or ""
                    return self._outward(change, super().perform(replace(change, native_id=world_id)))

    def perform_all(self, changes: Sequence[Create]) -> None:
        """Make all of them, or none. Raises `RefusedRow`."""
        at = self.clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self.lock, self._using(to_write=True) as store, writing(store.db):
            for place, change in enumerate(changes):
                try:
                    Write(store, self.book, self.actor, at, self.read_file).perform(change)
                except Rejected as no:
                    raise RefusedRow(place, no.findings[0].message) from no

    def close(self) -> None:
        """Give both files back."""
        super().close()
        self.native.close()

    def all(self, kind: str) -> list[Observed]:
        """The live objects of a kind by name."""
        return [item for page in self.observe(kind) for item in page.items]

    def _outward(self, change: Change, performed: Performed) -> Performed:
        seen = performed.observed
        if seen is None:
            return performed
        return performed._replace(observed=seen._replace(native_id=self.native.id_of(change.kind, seen.native_id)))

    def _deactivate(self, change: Delete) -> Performed:
        """The department leaves the world; what it was stays here. That nobody may be in it is unverified."""
        live = self.current("group", change.native_id)
        if live is None:
            raise rejected(change.ref, f"{change.ref} is not active")
        world_id = self.native.world_id("group", change.native_id) or ""
        performed = super().perform(replace(change, native_id=world_id))
        kept = {KEPT_KEY: live.ref.key, KEPT: as_data(live.resource)}
        self.native.keep(change.native_id, {**self.native.doc(change.native_id), **kept})
        self.native.move(change.native_id, None)
        return performed

    def _reactivate(self, change: Restore) -> Performed:
        doc = self.native.doc(change.native_id)
        if self.native.world_id("group", change.native_id) is not None or KEPT not in doc:
            raise rejected(change.ref, f"{change.ref} is not an inactive department")
        key = next((str(row.after) for row in change.changes if row.field == KEY), doc[KEPT_KEY])
        resource: Resource = with_changes("group", from_data("group", doc[KEPT]), change.changes)
        performed = super().perform(Create(kind="group", key=key, fields=as_data(resource)))
        assert performed.observed is not None
        extras = {name: value for name, value in doc.items() if name not in (KEPT, KEPT_KEY)}
        self.native.keep(change.native_id, extras)
        self.native.move(change.native_id, performed.observed.native_id)
        return performed._replace(observed=performed.observed._replace(native_id=change.native_id))


def extras_of(doc: Row) -> Row:
    """What of a row goes over the wire."""
    return {name: value for name, value in doc.items() if name not in (KEPT, KEPT_KEY)}
