"""Where a platform leaves work to people, the kit plays the person: looks at the screens, and does what a runbook says.

    class TestOurs(Conformance):
        def connect(self) -> Platform:
            return WithPerson(ByHand(facts, Record(Snapshot()), api), clerk)

`clerk` is somebody who can use the vendor's screens, or an emulator's. What goes by API still goes by API.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from ccconf.conformance.laws import Through
from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Delete, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand, operation_of
from ccconf.platform.contract import Operation, Performed, Route, Support
from ccconf.platform.record import Record, Snapshot


class Clerk(Protocol):
    """Somebody in front of the vendor's screens."""

    def perform(self, change: Change) -> None:
        """Do it. Raises `Rejected` with the screen's words where the screen refuses."""
        ...

    def look(self) -> Snapshot:
        """Everything that the screens show now."""
        ...


class WithPerson(Through):
    """A platform of which a part goes by hand, with somebody who does it and looks again after every step."""

    def __init__(self, platform: ByHand, clerk: Clerk) -> None:
        super().__init__(platform)
        self.by_hand = platform
        self.clerk = clerk
        self._look()

    def support(self, kind: str, operation: Operation) -> Support:
        """What a person does is done at once here, as if it went by API."""
        row = self.by_hand.support(kind, operation)
        return row if row.route is Route.NO else msgspec.structs.replace(row, route=Route.API)

    def calls(self, change: Change) -> tuple[str, ...]:
        """One piece of work for each change that goes by hand."""
        return self.by_hand.calls(change) or (f"by hand: {operation_of(change)} {change.ref}",)

    def perform(self, change: Change) -> Performed:
        """By API where that can be, else by hand; then somebody looks."""
        if self.by_hand.support(change.kind, operation_of(change)).route is Route.API:
            performed = self.by_hand.perform(change)
            self._look()
            return performed._replace(observed=performed.observed and self.by_hand.lookup(performed.observed.ref))
        announced = self.calls(change)
        if isinstance(change, Update | Delete) and self.by_hand.current(change.kind, change.native_id) is None:
            raise Rejected(
                Finding(code="CC702", message=f"{change.ref} is not on the screens", subject=str(change.ref))
            )
        self.clerk.perform(change)
        self._look()
        return Performed(self.by_hand.lookup(self._called(change)), announced)

    def _look(self) -> None:
        naming = self.by_hand.facts.recognised_by
        self.by_hand.record = Record(self.clerk.look(), (), naming)

    def _called(self, change: Change) -> Ref:
        """The object's name after the change."""
        field = self.by_hand.facts.recognised_by.get(change.kind, KEY)
        rows = change.changes if isinstance(change, Update | Restore) else ()
        return Ref(change.kind, next((str(row.after) for row in rows if row.field in (KEY, field)), change.key))
