"""What is different between a plan that was approved and the one that would be made now.

Whoever approved the first has to read no more than that. A step that is the same in both can still be carried out as
it was approved: the object's other fields, and other objects, may have changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from ccconf.model.change import Create, Delete, FieldChange
from ccconf.reconcile.plan import FoundIn, Plan, Step, field_changes, native_id


class Values(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One field in both plans. What one of them does not say of it is absent; None is an empty field."""

    field: str
    seen: Any = UNSET
    """What the approved plan saw."""
    approved: Any = UNSET
    """What it was to become."""
    now: Any = UNSET
    """What is there now, where something is to be done about it."""
    wanted: Any = UNSET
    """What it is to become now."""


class Differing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step that only one of the plans has, or that is another in each."""

    step: str
    how: Literal["came", "went", "changed"]
    label: str = ""
    why: str = ""
    """What is different besides fields."""
    fields: tuple[Values, ...] = ()


class Rebase(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is different."""

    target: str
    approved: str
    """The id of the approved plan."""
    plan: str
    """The id of the one that was made now."""
    steps: tuple[Differing, ...]
    findings_came: tuple[FoundIn, ...]
    findings_went: tuple[FoundIn, ...]

    @property
    def stale(self) -> bool:
        """Whether a step of the approved plan cannot be carried out as it was approved."""
        return any(step.how != "came" for step in self.steps)

    @property
    def nothing(self) -> bool:
        """Whether the approved plan says all that is to be said."""
        return not self.steps and not self.findings_came and not self.findings_went


def rebase(approved: Plan, now: Plan) -> Rebase:
    """Compare the two, step by step and field by field."""
    before, after = ({step.id: step for step in plan.steps} for plan in (approved, now))
    known, told = set(approved.findings), set(now.findings)
    return Rebase(
        target=now.target,
        approved=approved.id,
        plan=now.id,
        steps=tuple(_differing(before, after)),
        findings_came=tuple(found for found in now.findings if found not in known),
        findings_went=tuple(found for found in approved.findings if found not in told),
    )


def _differing(before: Mapping[str, Step], after: Mapping[str, Step]) -> Iterator[Differing]:
    """In the order of the approved plan; what came stands behind it, in the order of the new one."""
    for id_, step in before.items():
        if id_ not in after:
            yield Differing(step=id_, how="went", label=step.label, fields=tuple(_fields(step, None)))
            continue
        fields, why = tuple(_fields(step, after[id_])), _why(step, after[id_])
        if fields or why:
            yield Differing(step=id_, how="changed", label=step.label, why=why, fields=fields)
    for id_, step in after.items():
        if id_ not in before:
            yield Differing(step=id_, how="came", label=step.label, fields=tuple(_fields(None, step)))


def _why(approved: Step, now: Step) -> str:
    """What is different besides fields."""
    if native_id(approved.change) != native_id(now.change):
        return "another object has this name now"
    if approved.route is not now.route:
        return f"goes by {now.route}, was by {approved.route}"
    if approved.acts != now.acts:
        return f"then {', '.join(now.acts) or 'nothing'}, was {', '.join(approved.acts) or 'nothing'}"
    return ""


def _fields(approved: Step | None, now: Step | None) -> Iterator[Values]:
    """The fields that are not alike in both, each with what is known of it."""
    was, becomes = _rows(approved), _rows(now)
    for name in dict.fromkeys((*was, *becomes)):
        first, then = was.get(name), becomes.get(name)
        if first != then:
            yield Values(field=name, **_said(first, "seen", "approved"), **_said(then, "now", "wanted"))


def _rows(step: Step | None) -> dict[str, FieldChange]:
    """The changes by field. The key of what comes or goes is in the name of its step."""
    rows = field_changes(step) if step is not None else ()
    bare = isinstance(step.change, Create | Delete) if step is not None else False
    return {row.field: row for row in (rows[1:] if bare else rows)}


def _said(row: FieldChange | None, before: str, after: str) -> dict[str, Any]:
    return {} if row is None else {before: row.before, after: row.after}
