"""One change is one transaction: checked, written, put on the audit trail, and judged by the rules at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ccconf.embedded.fields import SOFTLY_DELETED, changed, created, key_after, rejected, without
from ccconf.embedded.rules import Rulebook, Tally
from ccconf.embedded.store import Row, Store
from ccconf.errors import Rejected
from ccconf.model.change import KEY, Change, Create, Delete, Restore, Update
from ccconf.model.fields import Link, Resource
from ccconf.model.kinds import KINDS, as_data, relinked
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed


class Write:
    """What one actor does within one open transaction. Everything here raises `Rejected` and leaves the rest to it."""

    def __init__(self, store: Store, book: Rulebook, actor: str, at: str, read_file: Callable[[str], bytes]) -> None:
        self.store = store
        self.actor = actor
        self.at = at
        self.read_file = read_file
        self.tally = Tally(book, _counts(store, book))

    def perform(self, change: Change) -> Observed | None:
        """Make the change; the object as it then is, None when it is gone."""
        observed: Observed | None = None
        match change:
            case Create():
                observed = self._create(change)
            case Update():
                observed = self._update(change)
            case Delete():
                self._delete(change)
            case Restore():
                observed = self._restore(change)
        if broken := self.tally.broken():
            raise Rejected(*broken)
        self.store.add_to_counts(self.tally.deltas)
        return observed

    def _create(self, change: Create) -> Observed:
        resource = created(change.ref, change.fields)
        self._need_free(change.ref)
        row = self.store.insert(change.ref, resource)
        self._claim(row, None, resource)
        self._link(row, None, resource)
        return self._done("create", None, row)

    def _update(self, change: Update) -> Observed:
        before = self._row(change, departed=False)
        after = self._changed(before, change)
        self._claim(after, before.resource, after.resource)
        return self._done("update", before, after)

    def _restore(self, change: Restore) -> Observed:
        before = self._row(change, departed=True)
        after = self._changed(before, change)
        self._claim(after, None, after.resource)
        return self._done("restore", before, after)

    def _delete(self, change: Delete) -> None:
        row = self._row(change, departed=False)
        self._need_unused(row)
        self._claim(row, row.resource, None)
        self.tally.swap(row.ref.kind, row.resource, None)
        if row.ref.kind in SOFTLY_DELETED:
            self.store.mark_departed(row, self.at)
        else:
            self._link(row, row.resource, None)
            self._leave_behind(row)
            self.store.remove(row)
        self._log("delete", row, None)

    def _row(self, change: Update | Delete | Restore, *, departed: bool) -> Row:
        row = self.store.row(change.kind, change.native_id, departed=departed)
        if row is None:
            state = "is not a deleted one" if departed else "does not exist"
            raise rejected(change.ref, f"{change.kind} {change.native_id} ({change.key}) {state}")
        return row

    def _changed(self, before: Row, change: Update | Restore) -> Row:
        """The row with the changes made, its references and its name seen to."""
        ref = Ref(change.kind, key_after(before.ref.key, change.changes))
        if before.departed or ref != before.ref:
            self._need_free(ref)
        resource = changed(ref, before.resource, change.changes)
        after = Row(before.id, ref, before.revision + 1, resource)
        self.store.save(after)
        self._link(after, before.resource, resource)
        if ref != before.ref:
            self._carry_along(before, ref.key)
        return after

    def _done(self, action: str, before: Row | None, after: Row) -> Observed:
        live_before = before.resource if before and not before.departed else None
        self.tally.swap(after.ref.kind, live_before, after.resource)
        self._log(action, before, after)
        return after.observed

    def _need_free(self, ref: Ref) -> None:
        if self.store.ids_of([Link(*ref)]):
            raise rejected(ref, f"the {ref.kind} {ref.key} exists already")

    def _need_unused(self, row: Row) -> None:
        named, count = self.store.in_use_by(row.id)
        if named:
            more = f" and {count - len(named)} more" if count > len(named) else ""
            raise rejected(
                row.ref, f"{row.ref} is still used by {', '.join(map(str, named))}{more}", "release it there"
            )

    def _claim(self, row: Row, before: Resource | None, after: Resource | None) -> None:
        """Unique values: given back first, then taken, unless another live object has them."""
        released, wanted = set(_unique(row.ref.kind, before)), set(_unique(row.ref.kind, after))
        for field, value in sorted(released - wanted):
            self.store.free(row, field, value)
        for field, value in sorted(wanted - released):
            if not self.store.take(row, field, value):
                holder = self.store.holder(row.ref.kind, field, value)
                raise rejected(row.ref, f"the {field} {getattr(after, field)} belongs to {holder}")

    def _link(self, row: Row, before: Resource | None, after: Resource | None) -> None:
        """References and files: what is named must be there."""
        had, has = _links(row.ref.kind, before), _links(row.ref.kind, after)
        self.store.unlink(row.id, self._ids(row.ref, had - has))
        self.store.link(row.id, self._ids(row.ref, has - had))
        for digest in sorted(_files(row.ref.kind, after)):
            if not self.store.has_file(digest):
                self.store.keep_file(digest, self.read_file(digest))

    def _ids(self, ref: Ref, links: set[Link]) -> list[int]:
        ids = self.store.ids_of(sorted(links))
        if missing := sorted(links - ids.keys()):
            named = ", ".join(f"{kind} {key}" for kind, key in missing)
            raise rejected(ref, f"{ref} names what does not exist: {named}")
        return list(ids.values())

    def _carry_along(self, renamed: Row, key: str) -> None:
        """A new name, wherever the old one is referred to; that is no change of those objects."""

        def new_key(kind: str, old: str) -> str:
            return key if (kind, old) == renamed.ref else old

        for row in self.store.referrers(renamed.id):
            self._rewrite(row, relinked(row.ref.kind, row.resource, new_key))

    def _leave_behind(self, gone: Row) -> None:
        """Only departed objects still refer to it; they forget it, so that they can come back."""
        for row in self.store.referrers(gone.id):
            self._rewrite(row, without(row.ref.kind, row.resource, Link(*gone.ref)))

    def _rewrite(self, row: Row, resource: Resource) -> None:
        if not row.departed:
            self.tally.swap(row.ref.kind, row.resource, resource)
        self.store.rewrite(row._replace(resource=resource))

    def _log(self, action: str, before: Row | None, after: Row | None) -> None:
        row = after or before
        assert row is not None
        self.store.log(self.at, self.actor, action, row, _differences(before, after))


def _counts(store: Store, book: Rulebook) -> dict[str, int]:
    """The stored counts; made anew where another connection, under other rules, wrote last."""
    counts = store.counts()
    if counts.keys() == book.selectors.keys():
        return counts
    counts = dict.fromkeys(book.selectors, 0)
    for kind in sorted({selector.kind for selector in book.selectors.values()}):
        for resource in store.resources(kind):
            for name in book.fitting(kind, resource):
                counts[name] += 1
    store.recount(counts)
    return counts


def _differences(before: Row | None, after: Row | None) -> dict[str, Any]:
    """Before and after of each field that differs; the name is among them where both sides have one."""
    old, new = (as_data(row.resource) if row else {} for row in (before, after))
    if before and after:
        old[KEY], new[KEY] = before.ref.key, after.ref.key
    fields = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return {name: {"before": old.get(name), "after": new.get(name)} for name in fields}


def _unique(kind: str, resource: Resource | None) -> Iterator[tuple[str, str]]:
    """The values that no other may have; capital letters do not count."""
    for field in KINDS[kind].unique:
        if value := getattr(resource, field, None):
            yield field, str(value).casefold()


def _links(kind: str, resource: Resource | None) -> set[Link]:
    return {link for _, link in KINDS[kind].links(resource)} if resource else set()


def _files(kind: str, resource: Resource | None) -> set[str]:
    """The contents that an object shows, by digest."""
    shown = (getattr(resource, field, None) for field in KINDS[kind].filed)
    return {digest for digest in shown if digest}
