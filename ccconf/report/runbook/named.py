"""What an object is called on the screens before and after its step; a change of name is a change of that field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ccconf.model.change import KEY, Create, Delete, FieldChange
from ccconf.model.refs import Ref
from ccconf.reconcile.order import field_changes
from ccconf.reconcile.plan import Step
from ccconf.report.runbook.values import Sentence
from ccconf.report.runbook.vocabulary import Vocabulary, said, value


class Named(NamedTuple):
    """One object in one step."""

    now: str
    later: str
    label: str
    """The name by which people know it."""
    changes: tuple[FieldChange, ...]
    """What changes on the screens: no name that only Git uses."""
    values: Mapping[str, Any]
    """What is known of it: of an object that is there, only what is to be deleted."""
    only_renamed: bool = False

    @property
    def heading(self) -> Sentence:
        """The name that people know, with the one that is unique."""
        if self.label in ("", self.now):
            return value(self.now)
        return (*value(self.label), *said(" ("), *value(self.now), *said(")"))


def named(words: Vocabulary, step: Step) -> Named:
    """The names of the object of a step, and its changes."""
    kind = step.ref.kind
    naming = words.facts.recognised_by.get(kind, "name")
    own = words.own_name(step.ref)
    changes = tuple(change for change in field_changes(step) if change.field != KEY)
    match step.change:
        case Delete(fields=fields):
            return Named(own, own, step.label, (), fields)
        case Create(fields=fields):
            if naming == "name" and naming not in fields and kind not in words.facts.within:
                changes = (FieldChange(field=naming, after=own), *changes)
            now = fields.get(naming) or own
            return Named(now, now, step.label, changes, fields)
    changes = (*_key_as_name(words, step, naming, changes), *changes)
    row = next((change for change in changes if change.field == naming), None)
    now, later = (row.before or own, row.after or own) if row else (own, own)
    only = naming == "name" and row is not None and len(changes) == 1 and now != later
    return Named(now, later, step.label, changes, {}, only)


def _key_as_name(
    words: Vocabulary, step: Step, naming: str, changes: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """Where no name is said, the key stands on the screens, and its change is a change of the name there."""
    key = next((change for change in field_changes(step) if change.field == KEY), None)
    said_already = any(change.field == naming for change in changes)
    if key is None or said_already or step.ref.kind in words.facts.within or naming != "name":
        return ()
    before, after = (words.own_name(Ref(step.ref.kind, name)) for name in (key.before, key.after))
    return (FieldChange(field="name", before=before, after=after),) if before != after else ()
