"""Which edits would make a mistake of manifests that have none: who is refused, so that the others can be written.

Whether something is a mistake is judged of the whole, by whoever hands in the judge: the rules of a licence or a
platform are not known here. Nobody says which edit a mistake comes from: they are left out by halves until the first is
found with which it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ccconf.findings import Finding, errors
from ccconf.manifest.compose import Declarations
from ccconf.manifest.editing.edits import Edit, Rename
from ccconf.model.refs import Ref

Judge = Callable[[Declarations], Iterable[Finding]]
"""Every finding of the composed manifests, as `ccconf validate` has them."""

Mistake = tuple[str, str, str]
"""A mistake, wherever it stands and however often: lines and counts move when something else is written."""

Still = Callable[[frozenset[int]], Iterable[Mistake]]
"""The mistakes that there are without some of the edits."""

_NUMBER = re.compile(r"\d+")


def mistakes_of(judge: Judge, declared: Declarations) -> dict[Mistake, list[Finding]]:
    """The errors, by what they are about."""
    found: dict[Mistake, list[Finding]] = {}
    for each in errors(judge(declared)):
        found.setdefault((each.code, each.subject, _NUMBER.sub("#", each.message)), []).append(each)
    return found


def brought(
    before: Mapping[Mistake, Sequence[Finding]], after: Mapping[Mistake, Sequence[Finding]]
) -> dict[Mistake, Finding]:
    """The mistakes that were not there, or not so often, each with the last of its findings."""
    return {one: found[-1] for one, found in after.items() if len(found) > len(before.get(one, ()))}


def culprits(edits: Mapping[int, Edit], found: Mapping[Mistake, Finding], still: Still) -> dict[int, Finding]:
    """Edits that bring mistakes, and which. At least one; the others show when these are left out."""
    suspects: dict[Mistake, list[int]] = {}
    for one, finding in found.items():
        named = _named(edits, finding)
        if named and not any(set(named) & set(others) for others in suspects.values()):
            suspects[one] = named
    guilty = {at: found[one] for one, at in _first(suspects, still).items() if at is not None}
    if guilty:
        return guilty
    one = next(iter(found))  # it concerns nobody in particular: a licence, a default, the whole
    first = _first({one: list(edits)}, still)[one]
    return {
        at: found[one] for at, edit in edits.items() if first is None or (at >= first and _alike(edit, edits[first]))
    }


def _named(edits: Mapping[int, Edit], finding: Finding) -> list[int]:
    """The edits of the object that a mistake is about; else of those that are named in its words."""
    of_object = [at for at, edit in edits.items() if finding.subject in _names(edit)]
    words = {word.strip(".,;:()").removesuffix("'s") for word in f"{finding.message} {finding.hint}".split()}
    return of_object or [at for at, edit in edits.items() if words & _names(edit)]


def _names(edit: Edit) -> set[str]:
    return {str(edit.ref), str(Ref(edit.ref.kind, edit.key))} if isinstance(edit, Rename) else {str(edit.ref)}


def _first(suspects: Mapping[Mistake, Sequence[int]], still: Still) -> dict[Mistake, int | None]:
    """For each mistake the first of its suspects with which it comes; None where it comes without them, too.

    All are looked for at once, so they must not be the same.
    """
    low = dict.fromkeys(suspects, 0)
    high = {one: len(at) for one, at in suspects.items()}
    while open_ := [one for one in suspects if low[one] < high[one]]:
        kept = {one: (low[one] + high[one]) // 2 for one in open_}
        there = set(still(frozenset(at for one in open_ for at in suspects[one][kept[one] :])))
        for one in open_:
            if one in there:
                high[one] = kept[one]
            else:
                low[one] = kept[one] + 1
    return {one: at[low[one] - 1] if low[one] else None for one, at in suspects.items()}


def _alike(one: Edit, other: Edit) -> bool:
    """Whether both do the same: where one is too much, so is the next."""
    same = type(one) is type(other) and one.ref.kind == other.ref.kind
    return same and getattr(one, "field", "") == getattr(other, "field", "")


def reason(finding: Finding, edit: Edit) -> Finding:
    """The mistake as the reason for which an edit is refused."""
    hint = f"{finding.hint}; or accept what goes with it, too" if finding.hint else "accept what goes with it, too"
    message = f"{edit.subject} would make a mistake: {finding.message}"
    return msgspec.structs.replace(finding, message=message, hint=hint, subject=str(edit.ref))
