"""Where a platform leaves work to people, the kit plays the person: looks at the screens, and does what a runbook says.

    class TestOurs(Conformance):
        def connect(self) -> Platform:
            return WithPerson(ByHand(facts, Record(Snapshot()), api), clerk)

`clerk` is somebody who can use the vendor's screens, or an emulator's. What goes by API still goes by API.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Protocol

import msgspec

from ccconf.conformance.laws import Through
from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Delete, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand, operation_of
from ccconf.platform.contract import Observed, Operation, Page, Performed, Route, Support
from ccconf.platform.record import Known, Record, Snapshot


class Clerk(Protocol):
    """Somebody in front of the vendor's screens."""

    def perform(self, change: Change) -> None:
        """Do it. Raises `Rejected` with the screen's words where the screen refuses."""
        ...

    def look(self, kind: str) -> Snapshot:
        """All of a kind that the screens show now; an empty snapshot where they show nothing of it."""
        ...


class WithPerson(Through):
    """A platform of which a part goes by hand, with somebody who does it, and after every step looks again at whatever
    is asked. They do one thing at a time.
    """

    def __init__(self, platform: ByHand, clerk: Clerk) -> None:
        super().__init__(platform)
        self.by_hand = platform
        self.clerk = clerk
        self._turn = RLock()
        self._known: dict[str, Known] = {}
        self._fresh: set[str] = set()
        """The kinds that were looked at since the last step."""

    def support(self, kind: str, operation: Operation) -> Support:
        """What a person does is done at once here, as if it went by API."""
        row = self.by_hand.support(kind, operation)
        return row if row.route is Route.NO else msgspec.structs.replace(row, route=Route.API)

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object, as the screens show them now where they do."""
        self._look(kind)
        return self.by_hand.observe(kind)

    def departed(self, kind: str) -> Iterator[Page]:
        """The soft-deleted objects."""
        self._look(kind)
        return self.by_hand.departed(kind)

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now."""
        self._look(kind)
        return self.by_hand.current(kind, native_id)

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object of that name."""
        self._look(ref.kind)
        return self.by_hand.lookup(ref)

    def calls(self, change: Change) -> tuple[str, ...]:
        """One piece of work for each change that goes by hand."""
        return self.by_hand.calls(change) or (f"by hand: {operation_of(change)} {change.ref}",)

    def perform(self, change: Change) -> Performed:
        """By API where that can be, else by hand; then somebody looks."""
        with self._turn:
            if self.by_hand.support(change.kind, operation_of(change)).route is Route.API:
                with self._changing():
                    performed = self.by_hand.perform(change)
                return performed._replace(observed=performed.observed and self.lookup(performed.observed.ref))
            announced = self.calls(change)
            if isinstance(change, Update | Delete) and self.current(change.kind, change.native_id) is None:
                raise Rejected(
                    Finding(code="CC702", message=f"{change.ref} is not on the screens", subject=str(change.ref))
                )
            with self._changing():
                self.clerk.perform(change)
            return Performed(self.lookup(self._called(change)), announced)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Whatever comes of it, what was seen before holds no more."""
        try:
            yield
        finally:
            self._fresh.clear()

    def _look(self, kind: str) -> None:
        with self._turn:
            if kind not in self._fresh:
                self._known.update(self.clerk.look(kind).kinds)
                self._fresh.add(kind)
                self.by_hand.record = Record(Snapshot(dict(self._known)), (), self.by_hand.facts.recognised_by)

    def _called(self, change: Change) -> Ref:
        """The object's name after the change."""
        field = self.by_hand.facts.recognised_by.get(change.kind, KEY)
        rows = change.changes if isinstance(change, Update | Restore) else ()
        return Ref(change.kind, next((str(row.after) for row in rows if row.field in (KEY, field)), change.key))
