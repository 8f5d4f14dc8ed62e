"""A platform of which only a part can be asked: what its API shows, joined with what people saw and did there.

Kinds that the API shows come from there, completed with the fields that it does not show; the others come from the
record alone. Only what goes by API is performed here: the rest is a person's, and is handed out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.platform.contract import (
    Acting,
    Audited,
    Catalogued,
    Observed,
    Page,
    Performed,
    Platform,
    Present,
    Trace,
    Unheld,
    by_hand,
)
from ccconf.platform.facts import Facts, Operation, Route, Support
from ccconf.platform.record import Confirmed, Record, revision_of

EDGES = ".*"
"""Ends the name of a field of which the API shows who it is about, and not what else stands there."""


class ByHand:
    """The contract over an API (which may be none) and a record. `record` may be exchanged for a newer one."""

    def __init__(self, facts: Facts, record: Record, api: Platform | None = None) -> None:
        self.facts = facts
        self.record = record
        self.api = api
        self._rows = {(row.kind, row.operation): row for row in facts.support}

    def support(self, kind: str, operation: Operation) -> Support:
        """As the API's connection says, else the facts."""
        return self.api.support(kind, operation) if self.api is not None else self._rows[kind, operation]

    def begin(self) -> None:
        """Every kind will be observed now."""
        if self.api is not None:
            self.api.begin()

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind."""
        kept = self._never_goes(kind)
        if (api := self._shown_by(kind)) is None:
            yield _one_page([item._replace(kept=kept) for item in self.record.observed(kind)])
            return
        for page in api.observe(kind):
            items = (self._completed(item) for item in page.items)
            yield page._replace(items=tuple(item._replace(kept=item.kept or kept) for item in items))

    def departed(self, kind: str) -> Iterator[Page]:
        """The soft-deleted objects of a kind."""
        if (api := self._shown_by(kind)) is None:
            yield _one_page(self.record.departed(kind))
            return
        yield from api.departed(kind)

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now, as far as anybody knows."""
        if (api := self._shown_by(kind)) is None:
            return self.record.current(kind, native_id)
        found = api.current(kind, native_id)
        return self._completed(found) if found else None

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object of that name."""
        if (api := self._shown_by(ref.kind)) is None:
            return self.record.lookup(ref)
        found = api.lookup(ref)
        return self._completed(found) if found else None

    def native_id(self, ref: Ref) -> str | None:
        """The platform's own id of an object, where anybody knows it: a name that stands for one is not enough."""
        if self._shown_by(ref.kind) is None:
            entry = self.record.live.get(ref.kind, {}).get(ref.key)
            return (entry.native_id or None) if entry else None
        found = self.lookup(ref)
        return found.native_id if found else None

    def calls(self, change: Change) -> tuple[str, ...]:
        """The calls that `perform` will make; none for what a person does."""
        return self._api_for(change).calls(change) if self._goes_by_api(change) else ()

    def perform(self, change: Change) -> Performed:
        """Make the change by API. Raises `Rejected` for what a person has to do."""
        if self._goes_by_api(change):
            return self._api_for(change).perform(change)
        message = f"{change.ref}: only a person can do this on {self.facts.title}"
        raise Rejected(Finding(code="CC702", message=message, subject=str(change.ref)))

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """The API's own; and what people confirmed, as far as nobody has seen it since."""
        if self.api is not None:
            yield from self.api.objections(changes)
        for done in self.record.superseded:
            if self.is_asked_again(done, changes):
                yield _not_shown(done)
        for done in self.record.laid_over:
            if self._shown_by(done.change.kind) is not None and self.is_asked_again(done, changes):
                yield _not_shown(done)
            elif not self._shows(done.change):
                yield _unseen(done)

    def is_asked_again(self, done: Confirmed, changes: Sequence[Change]) -> bool:
        """Whether one of the changes wishes what somebody says to have done."""
        return any(change.ref == done.change.ref and _same(done.change, change) for change in changes)

    def judged(self) -> list[Confirmed]:
        """What people confirmed and what can be judged by now, because an API or a newer snapshot would show it."""
        return [*self.record.superseded, *(done for done in self.record.laid_over if self._shows(done.change))]

    def traces(self, refs: Collection[Ref]) -> Iterator[Trace]:
        """The API's audit trail, where it has one."""
        if self.api is not None and isinstance(self.api, Audited):
            yield from self.api.traces(refs)

    def confirm(self) -> Iterator[Unheld]:
        """What the API accepted and did not keep."""
        if self.api is not None:
            yield from self.api.confirm()

    def file(self, digest: str) -> bytes | None:
        """The content of a file, where the API gives it."""
        return self.api.file(digest) if self.api is not None else None

    def acts(self) -> frozenset[str]:
        """What the API does to single persons."""
        return self.api.acts() if self.api is not None and isinstance(self.api, Acting) else frozenset()

    def can_act(self) -> bool:
        """Whether an API does anything to single persons at all."""
        return self.api is not None and isinstance(self.api, Acting)

    def act(self, act: str, person: Observed) -> tuple[str, ...]:
        """Do it by API. Raises `Rejected` with the way by hand where it has none."""
        if self.api is not None and isinstance(self.api, Acting):
            return self.api.act(act, person)
        raise by_hand(self.facts, act)

    def act_calls(self, act: str, person: Observed) -> tuple[str, ...]:
        """The writes that `act` will make; none for what a person does."""
        return self.api.act_calls(act, person) if self.api is not None and isinstance(self.api, Acting) else ()

    def present(self) -> frozenset[str]:
        """Who is online now. Raises `Rejected` where no API tells it."""
        if self.api is not None and isinstance(self.api, Present):
            return self.api.present()
        message = f"no API of {self.facts.title} tells who is online"
        raise Rejected(Finding(code="CC714", message=message, hint="look at the list of users on its screens"))

    def lists(self) -> Mapping[str, str]:
        """The lists that the API shows beside the model."""
        return self.api.lists() if self.api is not None and isinstance(self.api, Catalogued) else {}

    def listed(self, name: str, keys: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """The entries of one of them."""
        assert self.api is not None and isinstance(self.api, Catalogued), f"no API shows {name}"
        return self.api.listed(name, keys)

    def ensure(self, name: str, key: str, colour: str) -> Mapping[str, Any]:
        """An entry of one of them, made where it is not there."""
        assert self.api is not None and isinstance(self.api, Catalogued), f"no API shows {name}"
        return self.api.ensure(name, key, colour)

    def close(self) -> None:
        """Give everything back."""
        if self.api is not None:
            self.api.close()

    def _shown_by(self, kind: str) -> Platform | None:
        """The API, where it shows the objects of the kind."""
        return self.api if self.support(kind, Operation.READ).route is Route.API else None

    def _never_goes(self, kind: str) -> str:
        """Why nothing of the kind can be deleted; empty where it can. People, who can be deactivated, are not meant."""
        row = self.support(kind, Operation.DELETE)
        return row.reason if row.route is Route.NO and kind != "user" else ""

    def _goes_by_api(self, change: Change) -> bool:
        return self.support(change.kind, operation_of(change)).route is Route.API

    def _api_for(self, change: Change) -> Platform:
        assert self.api is not None, f"no API makes {change.ref}, yet the table says so"
        return self.api

    def _shows(self, change: Change) -> bool:
        """Whether the API would show what the change did."""
        if self._shown_by(change.kind) is None:
            return False
        written = change.fields if isinstance(change, Create) else {row.field for row in _rows(change)}
        return isinstance(change, Delete) or self._hidden(change.kind).isdisjoint(written)

    def _hidden(self, kind: str) -> set[str]:
        return {name.removesuffix(EDGES) for name in self.facts.unseen.get(kind, ())}

    def _completed(self, item: Observed) -> Observed:
        """The object with the fields that the API does not show, from the record."""
        names = self.facts.unseen.get(item.ref.kind, ())
        known = self.record.current(item.ref.kind, item.native_id) or self.record.lookup(item.ref) if names else None
        if known is None:
            return item
        values = {name.removesuffix(EDGES): _joined(name, item.resource, known.resource) for name in names}
        resource = msgspec.structs.replace(item.resource, **values)
        return item._replace(resource=resource, revision=f"{item.revision} {revision_of(item.ref, resource)}")


def operation_of(change: Change) -> Operation:
    """What a change is, as the capability table names it."""
    match change:
        case Create():
            return Operation.CREATE
        case Delete():
            return Operation.DELETE
        case Restore():
            return Operation.RESTORE
        case Update(changes=changes):
            return Operation.RENAME if any(row.field == KEY for row in changes) else Operation.UPDATE


def _joined(name: str, shown: Resource, known: Resource) -> Any:
    """The record's value of a field; where the API shows a part of it, that part with what the record adds."""
    field = name.removesuffix(EDGES)
    ours, theirs = getattr(known, field), getattr(shown, field)
    if not name.endswith(EDGES):
        return ours
    if theirs is UNSET or theirs is None or ours is UNSET or ours is None:
        return theirs
    return {key: ours.get(key, edge) for key, edge in theirs.items()}


def _rows(change: Change) -> tuple[FieldChange, ...]:
    return change.changes if isinstance(change, Update | Restore) else ()


def _same(done: Change, asked: Change) -> bool:
    """Whether a step asks once more for something that was done."""
    if not isinstance(done, Update) or not isinstance(asked, Update):
        return type(done) is type(asked)
    return bool({_wish(row) for row in done.changes} & {_wish(row) for row in asked.changes})


def _wish(row: FieldChange) -> tuple[str, bytes]:
    return row.field, msgspec.json.encode(row.after, order="deterministic")


def _one_page(items: list[Observed]) -> Page:
    return Page(tuple(items), len(items))


def _unseen(done: Confirmed) -> Finding:
    message = (
        f"{done.change.ref.key}: done by hand, as {done.by} says of {done.at:%Y-%m-%d}; no snapshot has shown it yet"
    )
    hint = "import a new snapshot, which shows whether it is so"
    return Finding(code="CC711", message=message, subject=str(done.change.ref), hint=hint)


def _not_shown(done: Confirmed) -> Finding:
    said = f"{done.by} confirmed on {done.at:%Y-%m-%d} that this is done"
    message = f"{done.change.ref.key}: {said}, but the platform does not show it"
    hint = "ask what was done; the step is in the plan again"
    return Finding(code="CC712", message=message, subject=str(done.change.ref), hint=hint)
