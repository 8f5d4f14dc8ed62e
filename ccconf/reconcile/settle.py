"""What is left of a step of which nobody knows whether it happened: found out by looking, before anything is repeated.

An answer can be lost, a process can die between its call and its note. Then the object itself tells: each field is as
the step wanted it (done), as the plan saw it (not done), or something else (somebody was there in between).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from ccconf.errors import Stale
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.fields import said
from ccconf.model.kinds import KINDS, as_data, from_data, initially
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Platform
from ccconf.reconcile.diff import is_empty, planned
from ccconf.reconcile.plan import Step


class Left(NamedTuple):
    """What is still to be done (None: nothing), and the object as it is now (None: it is not there)."""

    change: Change | None
    live: Observed | None


def left_of(step: Step, platform: Platform) -> Left:
    """Looks, and compares. Raises `Stale` (CC701) where the object is neither as before nor as wanted."""
    match step.change:
        case Create() as change:
            return _of_create(step, change, platform.lookup(Ref(change.kind, change.key)))
        case Delete(kind=kind, native_id=native_id) as change:
            live = platform.current(kind, native_id)
            if live is not None:
                _same_as_seen(step, live, change)
            return Left(None if live is None else change, live)
        case Restore(kind=kind, native_id=native_id) as change:
            live = platform.current(kind, native_id)
            return Left(change, None) if live is None else _of_rows(step, live, change.changes)
        case Update(changes=changes) as change:
            return _of_rows(step, there(step, seen_by(change, platform)), changes)


def seen_by(change: Update, platform: Platform) -> Observed | None:
    """The object of an update as it is now; by its name where no id is known."""
    return platform.current(change.kind, change.native_id) if change.native_id else platform.lookup(change.ref)


def _of_create(step: Step, change: Create, live: Observed | None) -> Left:
    """What the first of several calls made is completed; an object with other values is somebody else's."""
    if live is None:
        return Left(change, None)
    rows = []
    initial = initially(change.kind, KINDS[change.kind].make({}))
    for name, want, have in _differing(change, live):
        if not is_empty(have) and have != getattr(initial, name):  # else as the platform makes every new one
            raise stale(step, f"it exists by now, and its {name} is {word(planned(have))}, not {word(planned(want))}")
        rows.append(FieldChange(field=name, before=planned(have), after=planned(want)))
    return Left(_rest(step, live, rows), live)


def _differing(change: Create, live: Observed) -> Iterator[tuple[str, Any, Any]]:
    specs = KINDS[change.kind].by_name
    for name, value in said(from_data(change.kind, change.fields)).items():
        have = getattr(live.resource, name)
        want = specs[name].shape.wanted(value, None if is_empty(have) else have)
        if specs[name].stored and want != have and not (is_empty(want) and is_empty(have)):
            yield name, want, have


def _of_rows(step: Step, live: Observed, changes: Iterable[FieldChange]) -> Left:
    rows = []
    for row in changes:
        now = value_of(live, row.field)
        if as_written(step.ref.kind, row.field, row.after, now):
            continue
        if now != row.before:
            raise stale(step, differing(row, now))
        rows.append(row)
    return Left(_rest(step, live, rows), live)


def _rest(step: Step, live: Observed, rows: list[FieldChange]) -> Update | None:
    """The part that is missing, as a change of the object that is there."""
    if not rows:
        return None
    kind, key = step.ref
    return Update(kind=kind, key=key, native_id=live.native_id, revision=live.revision, changes=tuple(rows))


def unchanged(step: Step, platform: Platform) -> Observed | None:
    """The object, found as the plan saw it. Raises `Stale` (CC701).

    Edits of fields that the step does not touch do not matter; an edit of a planned field does.
    """
    match step.change:
        case Create(kind=kind, key=key):
            if platform.lookup(Ref(kind, key)) is not None:
                raise stale(step, "it exists by now")
            return None
        case Restore(kind=kind, native_id=native_id):
            if platform.current(kind, native_id) is not None:
                raise stale(step, "it is back already")
            return None
        case Update(revision=revision, changes=changes) as change:
            live = there(step, seen_by(change, platform))
            if live.revision != revision:
                _compare(step, live, changes)
            return live
        case Delete(kind=kind, native_id=native_id) as change:
            live = there(step, platform.current(kind, native_id))
            _same_as_seen(step, live, change)
            return live


def _same_as_seen(step: Step, live: Observed, change: Delete) -> None:
    """What is to go is looked at whole: nobody may lose what the plan did not show."""
    if live.revision != change.revision and _present(as_data(live.resource)) != _present(change.fields):
        raise stale(step, "it was changed since")


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def there(step: Step, live: Observed | None) -> Observed:
    """The object. Raises `Stale` where it is gone."""
    if live is None:
        raise stale(step, "it is gone")
    return live


def _compare(step: Step, live: Observed, changes: Iterable[FieldChange]) -> None:
    for row in changes:
        now = value_of(live, row.field)
        if now != row.before:
            raise stale(step, differing(row, now))


def value_of(live: Observed, field: str) -> Any:
    """A field as plain data, as plans write it."""
    return live.ref.key if field == KEY else planned(getattr(live.resource, field))


def as_written(kind: str, field: str, wrote: Any, now: Any, *, filled: bool = False) -> bool:
    """Whether a field is as it was written. A platform fills in what was left unsaid, a role within a group, say.

    `filled` allows it to add entries, as it may where the object is new.
    """
    if wrote is None or now is None or wrote == now or field == KEY:
        return bool(wrote == now)
    if isinstance(wrote, dict) and not filled and wrote.keys() != now.keys():
        return False
    want, have = (getattr(from_data(kind, {field: value}), field) for value in (wrote, now))
    return bool(KINDS[kind].by_name[field].shape.wanted(want, have) == have)


def differing(row: FieldChange, now: Any) -> str:
    """The three values of a field that somebody else has changed."""
    words = [word(value) for value in (row.before, now, row.after)]
    return f"{row.field} was {words[0]} in the plan, is {words[1]} now, should be {words[2]}"


def word(value: Any) -> str:
    """A plain value in a message."""
    return "empty" if value is None else msgspec.json.encode(value).decode()


def stale(step: Step, what: str) -> Stale:
    """The step cannot be taken: the object is not as the plan saw it."""
    return Stale(Finding(code="CC701", message=f"{step.ref}: {what}", subject=str(step.ref), hint="make a new plan"))
