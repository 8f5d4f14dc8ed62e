"""A step of which the API makes a part only becomes two: what goes by API, and what a person completes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ccconf.model.change import KEY, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import KINDS, from_data
from ccconf.model.refs import Ref
from ccconf.platform.byhand import operation_of
from ccconf.platform.contract import Platform, Route
from ccconf.reconcile.plan import Step, field_changes

COMPLETES = "complete "
"""Begins the id of a step that a person completes."""


class _Parts(NamedTuple):
    """The changed fields of a step by the way they go."""

    by_api: tuple[FieldChange, ...]
    by_hand: tuple[FieldChange, ...]


Fields = frozenset[tuple[str, str]]
"""Kinds and fields."""


def split(steps: Sequence[Step], platform: Platform, counted: Fields = frozenset()) -> tuple[Step, ...]:
    """The same steps in the same order, each by one way; what completes an object follows at once.

    Whoever waits for what a person completes needs that, too. `counted` are the fields that decide whether a rule
    counts an object.
    """
    creates = {step.ref: step.id for step in steps if isinstance(step.change, Create)}
    parts = tuple(part for step in steps for part in _parts_of(step, platform, creates))
    rests = {part.needs[-1]: part for part in parts if part.id.startswith(COMPLETES)}
    return tuple(_waiting(part, rests, counted) for part in parts) if rests else parts


def _waiting(step: Step, rests: Mapping[str, Step], counted: Fields) -> Step:
    """The step with a need for each rest without which what it waits for has not happened.

    `rests` holds what completes an object, by the step that begins it.
    """
    more = [
        rest.id
        for need in step.needs
        if (rest := rests.get(need)) is not None and rest.ref != step.ref and _ties(step, rest, counted)
    ]
    return msgspec.structs.replace(step, needs=(*step.needs, *more)) if more else step


def _ties(step: Step, rest: Step, counted: Fields) -> bool:
    """Whether a rest gives up what a step takes, lets go of what it deletes, or lets in whom it shuts out."""
    kind = rest.ref.kind
    for row in field_changes(rest):
        if row.field in KINDS[kind].unique or (kind, row.field) in counted or row.field in _ACCESS:
            return True
        if isinstance(step.change, Delete) and row.before is not None:
            released = from_data(kind, {row.field: row.before})
            if any(Ref(*link) == step.ref for _, link in KINDS[kind].links(released)):
                return True
    return False


_ACCESS = ("status", "networks", "allowlists")


def _parts_of(step: Step, platform: Platform, creates: dict[Ref, str]) -> Iterator[Step]:
    fields = platform.support(step.ref.kind, operation_of(step.change)).fields
    if step.route is not Route.API or not fields or isinstance(step.change, Delete):
        yield step
        return
    changes = tuple(row for row in field_changes(step) if row.after is not None or not isinstance(step.change, Create))
    parts = _Parts(
        tuple(row for row in changes if row.field in (*fields, KEY)),
        tuple(row for row in changes if row.field not in (*fields, KEY)),
    )
    if not parts.by_hand:
        yield step
    elif not parts.by_api or _lets_in(step, parts.by_hand):
        yield msgspec.structs.replace(step, route=Route.MANUAL)
    else:
        yield _by_api(step, parts, creates)
        yield _by_hand(step, parts.by_hand)


def _lets_in(step: Step, by_hand: Iterable[FieldChange]) -> bool:
    """Whether somebody who is not to sign in could do so until a person has completed what the API began."""
    begins = isinstance(step.change, Create | Restore)
    return begins and any(row.field == "status" and row.after == "inactive" for row in by_hand)


def _by_api(step: Step, parts: _Parts, creates: dict[Ref, str]) -> Step:
    """The step with what goes by API, which need not wait for what only the rest refers to."""
    rest = _made(step.ref.kind, parts.by_hand, creates) - _made(step.ref.kind, parts.by_api, creates)
    needs = tuple(need for need in step.needs if need not in rest)
    match step.change:
        case Create(fields=fields):
            kept = {name: value for name, value in fields.items() if name not in {row.field for row in parts.by_hand}}
            return msgspec.structs.replace(step, change=msgspec.structs.replace(step.change, fields=kept), needs=needs)
        case Update() | Restore():
            change = msgspec.structs.replace(step.change, changes=parts.by_api)
            return msgspec.structs.replace(step, change=change, needs=needs)
        case _:
            return step


def _made(kind: str, changes: Iterable[FieldChange], creates: dict[Ref, str]) -> set[str]:
    """The steps that create what the fields refer to."""
    resource = from_data(kind, {row.field: row.after for row in changes if row.field != KEY and row.after is not None})
    links = (Ref(*link) for _, link in KINDS[kind].links(resource))
    return {creates[ref] for ref in links if ref in creates}


def _by_hand(step: Step, changes: tuple[FieldChange, ...]) -> Step:
    """What a person completes. An object that does not exist yet has no id: its name leads to it."""
    native_id, revision = ("", "") if isinstance(step.change, Create) else (step.change.native_id, step.change.revision)
    change = Update(kind=step.ref.kind, key=step.ref.key, native_id=native_id, revision=revision, changes=changes)
    needs = (*step.needs, step.id)
    return msgspec.structs.replace(step, id=f"{COMPLETES}{step.ref}", change=change, route=Route.MANUAL, needs=needs)
