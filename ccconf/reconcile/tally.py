"""Counts what a licence counts: now, after the plan, and at the peak of its steps.

Git may be within the licence and the platform not: people whom Git does not know take seats, too, and a newcomer may
sit down before a leaver has stood up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ccconf.findings import Finding
from ccconf.model.change import Create, Delete, Restore, Update
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, from_data, initially, with_changes
from ccconf.model.licence import Invariant, Licence, Rule, Selector, rules_broken
from ccconf.platform.contract import Platform
from ccconf.reconcile.observe import complete
from ccconf.reconcile.plan import Step, native_id


class Use(NamedTuple):
    """How many objects a selection has."""

    now: int
    then: int
    """When the plan is done."""
    peak: int
    """The most at any moment of the plan."""
    lowest: int
    """The fewest at any moment of the plan."""


def name_of(selector: Selector) -> str:
    """The selector as text."""
    return msgspec.json.encode(selector, order="sorted").decode()


def uses(platform: Platform, steps: Sequence[Step], selectors: Iterable[Selector]) -> dict[str, Use]:
    """The counts of each selection by `name_of`. Reads every kind that a selector asks for once."""
    asked = {name_of(selector): selector for selector in selectors}
    touched = {native for step in steps if (native := native_id(step.change)) is not None}
    now = dict.fromkeys(asked, 0)
    before: dict[tuple[str, str], Resource] = {}
    for kind in sorted({selector.kind for selector in asked.values()}):
        for live in complete(platform, kind):
            for name in _fitting(asked, kind, live.resource):
                now[name] += 1
            if live.native_id in touched:
                before[kind, live.native_id] = live.resource
    return _walked(asked, now, before, steps)


def _fitting(asked: Mapping[str, Selector], kind: str, resource: Resource) -> Iterator[str]:
    return (name for name, selector in asked.items() if selector.kind == kind and selector.fits(resource))


def _kept(asked: Mapping[str, Selector], kind: str, becomes: Resource | None) -> set[str]:
    """The selections to which the object still belongs after the step."""
    return set() if becomes is None else set(_fitting(asked, kind, becomes))


def _walked(
    asked: Mapping[str, Selector],
    now: Mapping[str, int],
    before: dict[tuple[str, str], Resource],
    steps: Sequence[Step],
) -> dict[str, Use]:
    running, peak, lowest = dict(now), dict(now), dict(now)
    for step in steps:
        kind = step.ref.kind
        was, becomes = _both(step, before)
        for name in _fitting(asked, kind, was) if was is not None else ():
            running[name] -= 1
            lowest[name] = min(lowest[name], running[name] + (name in _kept(asked, kind, becomes)))
        for name in _fitting(asked, kind, becomes) if becomes is not None else ():
            running[name] += 1
            peak[name] = max(peak[name], running[name])
        native = native_id(step.change)
        if becomes is not None and native is not None:
            before[kind, native] = becomes
    return {name: Use(now[name], running[name], peak[name], lowest[name]) for name in asked}


def _both(step: Step, before: Mapping[tuple[str, str], Resource]) -> tuple[Resource | None, Resource | None]:
    """The object before and after a step; None where it is not live."""
    kind = step.ref.kind
    match step.change:
        case Create(fields=fields):
            return None, initially(kind, from_data(kind, fields))
        case Delete(native_id=native):
            return before.get((kind, native)), None
        case Update(native_id=native, changes=changes):
            was = before.get((kind, native))
            return was, None if was is None else with_changes(kind, was, changes)
        case Restore(changes=changes):
            return None, initially(kind, with_changes(kind, KINDS[kind].make({}), changes))


def licence_findings(
    platform: Platform,
    steps: Sequence[Step],
    rules: Sequence[Rule],
    licence: Licence,
    invariants: Sequence[Invariant],
) -> Iterator[Finding]:
    """What the plan would break of the licence (CC401) and of the invariants of all objects together (CC403).

    Judged at every moment of the plan, with what Git does not know counted in. What is broken already, and does not
    get worse, is not the plan's doing. Seats are the guard's.
    """
    binding = [rule for rule in rules if not rule.lifted_by(licence)]
    some = [invariant for invariant in invariants if invariant.form == "some"]
    if not steps or not (binding or some):
        return
    counted = uses(platform, steps, [*(rule.select for rule in binding), *(row.select for row in some)])
    tighter = [rule for rule in binding if counted[name_of(rule.select)].peak > counted[name_of(rule.select)].now]
    without_seats = msgspec.structs.replace(licence, seats=None)
    for found in rules_broken(tighter, without_seats, lambda selector: counted[name_of(selector)].peak):
        hint = f"{found.hint}; people and objects that are on the platform but not in Git count, too"
        yield msgspec.structs.replace(found, message=f"at the peak of the plan: {found.message}", hint=hint)
    for row in some:
        use = counted[name_of(row.select)]
        if use.lowest < row.least <= use.now:
            yield Finding(code="CC403", message=f"after the plan nobody would be left: {row.label}", subject=row.id)
