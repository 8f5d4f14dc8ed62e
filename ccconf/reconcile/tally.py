"""Counts what a licence counts, and what all objects together must keep: now, and with each step of a plan.

Git may be within the licence and the platform not: people whom Git does not know take seats, too, and a newcomer may
sit down before a leaver has stood up. So each rule is a pool of places for the order of the steps; only where no order
keeps within it is anything found.
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
from ccconf.model.refs import Ref
from ccconf.platform.contract import Platform
from ccconf.reconcile.observe import complete
from ccconf.reconcile.plan import Step, native_id
from ccconf.reconcile.policy import Policy
from ccconf.reconcile.pools import Pool
from ccconf.reconcile.slots import NOBODY


class Use(NamedTuple):
    """How many objects a selection has."""

    now: int
    moves: Mapping[str, int]
    """By step how many more it has with it; negative where it has fewer."""

    @property
    def then(self) -> int:
        """When the plan is done."""
        return self.now + sum(self.moves.values())


class Bounds(NamedTuple):
    """The rules that bind a plan, each with what it counts."""

    rules: tuple[tuple[Rule, Use], ...] = ()
    """At most so many."""
    some: tuple[tuple[Invariant, Use], ...] = ()
    """At least so many."""

    def pools(self) -> tuple[Pool, ...]:
        """The places of each: of the rules, then of the invariants, where those who leave take one."""
        most = (Pool(rule.limit - use.now, use.moves) for rule, use in self.rules)
        least = (Pool(use.now - row.least, {step: -move for step, move in use.moves.items()}) for row, use in self.some)
        return (*most, *least)


def name_of(selector: Selector) -> str:
    """The selector as text."""
    return msgspec.json.encode(selector, order="sorted").decode()


def uses(
    platform: Platform,
    steps: Sequence[Step],
    selectors: Iterable[Selector],
    returning: Mapping[Ref, Resource] = NOBODY,
) -> dict[str, Use]:
    """The counts of each selection by `name_of`. Reads every kind that a selector asks for once.

    `returning` are those who are restored, as they were when they left.
    """
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
    moves = _moves(asked, before, steps, returning)
    return {name: Use(now[name], moves[name]) for name in asked}


def _fitting(asked: Mapping[str, Selector], kind: str, resource: Resource) -> Iterator[str]:
    return (name for name, selector in asked.items() if selector.kind == kind and selector.fits(resource))


def _moves(
    asked: Mapping[str, Selector],
    before: dict[tuple[str, str], Resource],
    steps: Sequence[Step],
    returning: Mapping[Ref, Resource],
) -> dict[str, dict[str, int]]:
    """By selection and step how many more there are; `before` goes with the steps."""
    moves: dict[str, dict[str, int]] = {name: {} for name in asked}
    kinds = {selector.kind for selector in asked.values()}
    for step in steps:
        if step.ref.kind not in kinds:
            continue
        was, becomes = _both(step, before, returning)
        left, joined = (set(_fitting(asked, step.ref.kind, it)) if it is not None else set() for it in (was, becomes))
        for name in left ^ joined:
            moves[name][step.id] = 1 if name in joined else -1
        native = native_id(step.change)
        if becomes is not None and native is not None:
            before[step.ref.kind, native] = becomes
    return moves


def _both(
    step: Step, before: Mapping[tuple[str, str], Resource], returning: Mapping[Ref, Resource]
) -> tuple[Resource | None, Resource | None]:
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
            gone = returning.get(step.ref) or KINDS[kind].make({})
            return None, initially(kind, with_changes(kind, gone, changes))


def bounds_of(
    platform: Platform, steps: Sequence[Step], policy: Policy, returning: Mapping[Ref, Resource] = NOBODY
) -> Bounds:
    """What the steps must keep to, counted on the platform with what Git does not know. Seats are for themselves."""
    rules = [rule for rule in policy.rules if not rule.lifted_by(policy.licence)]
    some = [row for row in policy.invariants if row.form == "some"]
    if not steps or not (rules or some):
        return Bounds()
    counted = uses(platform, steps, [*(rule.select for rule in rules), *(row.select for row in some)], returning)
    return Bounds(
        tuple((rule, counted[name_of(rule.select)]) for rule in rules),
        tuple((row, counted[name_of(row.select)]) for row in some),
    )


def licence_findings(bounds: Bounds, short: Sequence[int], licence: Licence) -> Iterator[Finding]:
    """What the plan would break of the licence (CC401) and of the invariants of all objects together (CC403).

    `short` says of each of the `pools` how many steps no order leaves a place for: that is how far the worst order that
    keeps to the needs goes beyond. What is broken already, and does not get worse, is not the plan's doing.
    """
    without_seats = msgspec.structs.replace(licence, seats=None)
    for (rule, use), missing in zip(bounds.rules, short, strict=False):
        peak = {name_of(rule.select): max(use.now, rule.limit) + missing}
        for found in rules_broken([rule] if missing else [], without_seats, lambda asked: peak[name_of(asked)]):  # noqa: B023 - asked at once
            hint = f"{found.hint}; people and objects that are on the platform but not in Git count, too"
            yield msgspec.structs.replace(found, message=f"at the peak of the plan: {found.message}", hint=hint)
    for (row, use), missing in zip(bounds.some, short[len(bounds.rules) :], strict=False):
        if missing and use.now >= row.least:
            yield Finding(code="CC403", message=f"after the plan nobody would be left: {row.label}", subject=row.id)
