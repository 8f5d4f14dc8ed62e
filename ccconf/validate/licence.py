"""The platform's licence rules and invariants, judged on what is declared.

A plan judges the rules once more with what is live and not in Git, and at the peak of its steps.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ccconf.findings import Finding
from ccconf.manifest.compose import Declarations
from ccconf.manifest.shape import Mistake
from ccconf.model.fields import Resource
from ccconf.model.kinds import initially
from ccconf.model.licence import SEAT, Invariant, Licence, Selector, rules_broken
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts


def licence_findings(declared: Declarations, facts: Facts, licence: Licence) -> Iterator[Finding]:
    """What the licence (CC401, CC402) or an invariant (CC403) forbids. Each object is looked at once.

    Of the invariants only those of single objects can be judged offline: the last administrator may stand outside Git.
    """
    each = [invariant for invariant in facts.invariants if invariant.of_one]
    selectors = [rule.select for rule in facts.rules if not rule.lifted_by(licence)]
    if licence.seats is not None:
        selectors.append(SEAT)
    mistakes: dict[int, list[Mistake]] = {}
    fitting: dict[str, list[Ref]] = {_name(selector): [] for selector in selectors}
    for kind in sorted({*(selector.kind for selector in selectors), *(invariant.select.kind for invariant in each)}):
        for key in sorted(declared.keys(kind)):
            ref = Ref(kind, key)
            found = declared.get(ref)
            if found is None:
                continue
            resource = initially(kind, found.resource)
            for selector in selectors:
                if selector.kind == kind and selector.fits(resource):
                    fitting[_name(selector)].append(ref)
            for source, mistake in _broken(declared, ref, resource, each):
                mistakes.setdefault(source, []).append(mistake)
    yield from declared.placed(mistakes)
    for finding in rules_broken(facts.rules, licence, lambda selector: len(fitting[_name(selector)])):
        causes = next((fitting[_name(rule.select)] for rule in facts.rules if rule.id == finding.subject), [])
        where = declared.where(causes[-1]) if causes else None
        yield msgspec.structs.replace(finding, where=where, hint=_with_causes(finding.hint, causes))


def _with_causes(hint: str, causes: list[Ref]) -> str:
    """The remedy, with the objects that cause it by name."""
    if not causes:
        return hint
    few = ", ".join(str(ref) for ref in causes[:5])
    return f"{hint}: {few}{' …' if len(causes) > 5 else ''}"


def _name(selector: Selector) -> str:
    return str(msgspec.json.encode(selector, order="sorted"))


def _broken(
    declared: Declarations, ref: Ref, resource: Resource, each: list[Invariant]
) -> Iterator[tuple[int, Mistake]]:
    """The invariants that one object breaks, with the file in which it does."""
    for invariant in each:
        if invariant.select.kind == ref.kind and invariant.select.fits(resource) and invariant.broken_by(resource):
            origin = declared.origin(ref, invariant.field)
            if origin is not None:
                yield origin[0], Mistake("CC403", f"{ref}: {invariant.label}", origin[1], subject=str(ref))
