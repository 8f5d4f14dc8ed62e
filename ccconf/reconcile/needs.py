"""What a step needs because of what it refers to, what it is a part of, and whom it could shut out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from itertools import chain
from typing import Any, NamedTuple

from ccconf.model.change import KEY, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.reconcile.circles import circles
from ccconf.reconcile.plan import Step, field_changes

Needs = dict[str, set[str]]


def need_references(steps: Sequence[Step], needs: Needs) -> None:
    """What is referred to is made first, has its new name first, and goes only when nobody refers to it any more."""
    makers = _makers(steps)
    removers = _removers(steps)
    for step in steps:
        for change in field_changes(step):
            before, after = (links_of(step.ref.kind, change.field, value) for value in (change.before, change.after))
            # what a change releases stands in the plan under the name that a rename is yet to bring
            known = after if isinstance(step.change, Delete) else before | after
            needs[step.id].update(makers[ref] for ref in known if ref in makers and makers[ref] != step.id)
            for ref in before - after if removers else ():
                if ref in removers:
                    needs[removers[ref]].add(step.id)


def need_mentioned(
    steps: Sequence[Step], needs: Needs, naming: Mapping[str, str], mentions: Mapping[str, Mapping[str, str]]
) -> None:
    """What is mentioned by its name has that name first, and gives it up only when nobody mentions it any more."""
    if not mentions:
        return
    named, given_up = _named(steps, naming)
    for step in steps:
        fields = mentions.get(step.ref.kind, {})
        for row in field_changes(step):
            kind = fields.get(row.field, "")
            if (maker := named.get((kind, str(row.after)))) is not None:
                needs[step.id].add(maker)
            if (remover := given_up.get((kind, str(row.before)))) is not None and row.before != row.after:
                needs[remover].add(step.id)


def _named(
    steps: Iterable[Step], naming: Mapping[str, str]
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """By kind and name the step that brings an object to the name, and the one with which it goes for good."""
    named: dict[tuple[str, str], str] = {}
    given_up: dict[tuple[str, str], str] = {}
    for step in steps:
        kind = step.ref.kind
        rows = {row.field: row for row in field_changes(step)}
        row = rows.get(naming.get(kind, KEY)) or rows.get(KEY)
        if row is not None and row.after is not None:
            named[kind, str(row.after)] = step.id
        if row is not None and isinstance(step.change, Delete):
            given_up[kind, str(row.before)] = step.id
    return named, given_up


def need_wholes(steps: Sequence[Step], needs: Needs, within: Mapping[str, str]) -> None:
    """A part comes after its whole, and goes before it."""
    makers = _makers(steps) if within else {}
    removers = _removers(steps) if within else {}
    for step in steps:
        whole = Ref(within.get(step.ref.kind, ""), step.ref.key)
        if isinstance(step.change, Delete):
            if whole in removers:
                needs[removers[whole]].add(step.id)
        elif whole in makers:
            needs[step.id].add(makers[whole])


def need_access(steps: Sequence[Step], needs: Needs) -> None:
    """An allowlist is widened before it, or another, is narrowed, so that nobody is shut out in between.

    Where that would tie steps to one another in a circle, those of the circle go in any order.
    """
    _wish(chain(_networks(steps), _attached(steps)), needs)


def need_new_names(steps: Sequence[Step], needs: Needs, naming: Mapping[str, str], within: Mapping[str, str]) -> None:
    """What the platform knows by a field has its new value first, then comes whoever refers to it, and its parts.

    Else a step would be planned under one name and find the object under the other. In a circle any order will do.
    """
    renamed = {
        step.ref: step.id
        for step in steps
        if isinstance(step.change, Update)
        and any(row.field == naming.get(step.ref.kind) for row in step.change.changes)
    }
    if renamed:
        _wish(_under_new_names(steps, renamed, within), needs)


def _under_new_names(
    steps: Iterable[Step], renamed: Mapping[Ref, str], within: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for step in steps:
        named = {Ref(within.get(step.ref.kind, ""), step.ref.key)}
        for row in field_changes(step):
            named |= links_of(step.ref.kind, row.field, row.before) | links_of(step.ref.kind, row.field, row.after)
        yield from ((step.id, renamed[ref]) for ref in named if ref in renamed)


def _wish(pairs: Iterable[tuple[str, str]], needs: Needs) -> None:
    """Needs, where they tie no steps to one another in a circle. The pairs are a step and what should come before."""
    wishes: dict[str, set[str]] = defaultdict(set)
    for step, need in pairs:
        if step != need and need not in needs[step]:
            wishes[step].add(need)
    if not wishes:
        return
    tied = {name: group for group in circles(_both(needs, wishes)) for name in group}
    for step, wished in wishes.items():
        needs[step].update(need for need in wished if need not in tied.get(step, ()))


def _both(needs: Needs, wishes: Needs) -> Needs:
    return {name: needs[name] | wishes.get(name, set()) for name in needs}


class _Lists(NamedTuple):
    """Allowlists by the steps that widen and narrow them."""

    widens: dict[str, str]
    narrows: dict[str, str]


def _networks(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Who takes a network away waits for everybody who lets in an address of it somewhere else."""
    lost: dict[str, list[str]] = defaultdict(list)
    gained: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        for row in _rows(step, "allowlist", "networks"):
            before, after = set(row.before or ()), set(row.after or ())
            for networks, by_network in ((before - after, lost), (after - before, gained)):
                for network in networks:
                    by_network[network].append(step.id)
    if lost and gained:
        pairs = {*_within(gained, lost), *((larger, smaller) for smaller, larger in _within(lost, gained))}
        for new, old in sorted(pairs):
            yield from ((narrows, widens) for narrows in lost[old] for widens in gained[new])


def _within(inner: Iterable[str], outer: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each network with those on the other side that hold all of it."""
    for network in inner:
        around = ip_network(network, strict=False)
        for length in range(around.prefixlen + 1):
            larger = str(around.supernet(new_prefix=length))
            for text in (larger, larger.removesuffix(f"/{around.max_prefixlen}")):
                if text in outer:
                    yield network, text
                    break


def _attached(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Who is given another allowlist gets it when it is wide enough, and is rid of the old one before it shrinks."""
    lists = _Lists({}, {})
    for step in steps:
        for row in _rows(step, "allowlist", "networks"):
            before, after = set(row.before or ()), set(row.after or ())
            if after - before:
                lists.widens[step.ref.key] = step.id
            if before - after:
                lists.narrows[step.ref.key] = step.id
    if not lists.widens and not lists.narrows:
        return
    for step in steps:
        for row in _rows(step, step.ref.kind, "allowlists"):
            before, after = set(row.before or ()), set(row.after or ())
            yield from ((step.id, lists.widens[key]) for key in after - before if key in lists.widens)
            yield from ((lists.narrows[key], step.id) for key in before - after if key in lists.narrows)


def _rows(step: Step, kind: str, field: str) -> Iterator[FieldChange]:
    return (row for row in field_changes(step) if row.field == field) if step.ref.kind == kind else iter(())


def links_of(kind: str, field: str, value: Any) -> set[Ref]:
    """The references in a planned value."""
    spec = KINDS[kind].by_name.get(field)
    if value is None or spec is None or not spec.shape.links_to():
        return set()
    return {Ref(*link) for link in spec.shape.links(value)}


def _makers(steps: Sequence[Step]) -> dict[Ref, str]:
    """What brings an object to its key: its creation, its restoration, or the last rename to it."""
    return {
        step.ref: step.id
        for step in steps
        if isinstance(step.change, Create | Restore)
        or any(change.field == KEY and change.after == step.ref.key for change in field_changes(step))
    }


def _removers(steps: Sequence[Step]) -> dict[Ref, str]:
    return {step.ref: step.id for step in steps if isinstance(step.change, Delete)}
