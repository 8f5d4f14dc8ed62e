"""What the licence and the platform's own rules allow, judged at each write as a vendor does.

Counting every object at every write would make large worlds slow, so the counts that the rules ask for stand in
the file and each transaction only adds its difference. A write is refused when it breaks a rule that held, or makes
a broken one worse; so a broken state can still be repaired step by step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from ccconf.findings import Finding
from ccconf.model.fields import Resource
from ccconf.model.licence import SEAT, Invariant, Licence, Selector, emptied, rules_broken
from ccconf.platform.contract import Facts
from ccconf.platform.fit import Fit


def name_of(selector: Selector) -> str:
    """The selector as text: the name of its count in the file."""
    return msgspec.json.encode(selector, order="sorted").decode()


class Rulebook:
    """The rules that hold for one connection."""

    def __init__(self, facts: Facts, licence: Licence) -> None:
        self.licence = licence
        self.rules = tuple(rule for rule in facts.rules if not rule.lifted_by(licence))
        self.each = tuple(row for row in facts.invariants if row.of_one)
        self.some = tuple(row for row in facts.invariants if not row.of_one)
        self.fit = Fit(facts, licence)
        self.judges_fit = bool(
            facts.catalogue.permissions or facts.access_levels or facts.in_group_roles.items or facts.limits
        )
        self.selectors = {name_of(selector): selector for selector in self._selectors()}

    def _selectors(self) -> Iterator[Selector]:
        yield from (rule.select for rule in self.rules)
        yield from (row.select for row in self.some)
        if self.licence.seats is not None:
            yield SEAT

    def fitting(self, kind: str, resource: Resource | None) -> Iterator[str]:
        """The counts in which the object takes part."""
        if resource is not None:
            for name, selector in self.selectors.items():
                if selector.kind == kind and selector.fits(resource):
                    yield name


class Tally:
    """How one transaction changes the counts, and which rules that breaks."""

    def __init__(self, book: Rulebook, counts: dict[str, int]) -> None:
        self.book = book
        self.counts = counts
        self.deltas: defaultdict[str, int] = defaultdict(int)
        self._objects_broken: dict[str, Finding] = {}
        self._misfits: dict[tuple[str, str], Finding] = {}

    def swap(self, kind: str, before: Resource | None, after: Resource | None) -> None:
        """One live object changed; None is an object that is not there."""
        for name in self.book.fitting(kind, before):
            self.deltas[name] -= 1
        for name in self.book.fitting(kind, after):
            self.deltas[name] += 1
        for row in self.book.each:
            if row.select.kind == kind and _distance(row, after) > _distance(row, before):
                self._objects_broken[row.id] = _refusal(row)
        self._fits(kind, before, after)

    def _fits(self, kind: str, before: Resource | None, after: Resource | None) -> None:
        """What the object names and the platform does not have, or the licence does not open."""
        if after is None or not self.book.judges_fit:
            return
        had = set(self.book.fit.misfits(kind, before)) if before is not None else set()
        for misfit in self.book.fit.misfits(kind, after):
            if misfit not in had:
                name = (misfit.field, *misfit.path)
                message = f"the platform does not take {'.'.join(name)}: {misfit.message}"
                self._misfits[misfit.code, misfit.message] = Finding(code="CC702", message=message, subject=misfit.code)

    def broken(self) -> list[Finding]:
        """The rules that the transaction breaks or makes worse."""
        grown = {name for name, delta in self.deltas.items() if delta > 0}
        shrunk = {name for name, delta in self.deltas.items() if delta < 0}
        return [
            *self._objects_broken.values(),
            *self._misfits.values(),
            *(_refusal(row) for row in self.book.some if name_of(row.select) in shrunk and self._too_few(row)),
            *self._licence_broken(grown),
        ]

    def _too_few(self, row: Invariant) -> bool:
        return self._after(row.select) < row.least

    def _licence_broken(self, grown: set[str]) -> Iterator[Finding]:
        if not grown:
            return
        rules = [rule for rule in self.book.rules if name_of(rule.select) in grown]
        licence = self.book.licence if name_of(SEAT) in grown else replace(self.book.licence, seats=None)
        for found in rules_broken(rules, licence, self._after):
            yield replace(found, code="CC702")

    def _after(self, selector: Selector) -> int:
        name = name_of(selector)
        return self.counts[name] + self.deltas[name]


def _refusal(row: Invariant) -> Finding:
    return Finding(code="CC702", message=f"the platform keeps to this rule: {row.label}", subject=row.id)


def _distance(row: Invariant, resource: Resource | None) -> int:
    """How many entries an object has too few or too many."""
    if resource is None or not row.select.fits(resource):
        return 0
    resource = emptied(resource, row)
    if not row.broken_by(resource):
        return 0
    if row.form == "among":
        return 1
    value = getattr(resource, row.field)
    entries = 0 if value is None else len(value) if isinstance(value, tuple | dict) else 1
    return row.least - entries if entries < row.least else entries - (row.most or 0)
