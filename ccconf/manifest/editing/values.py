"""What is asked of a value before it is written.

Manifests can say it, somebody decided on what Git still says, and what it refers to is in Git.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.manifest.editing.draft import Draft, Refusal
from ccconf.manifest.editing.edits import SetField
from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS, from_data
from ccconf.model.refs import Ref
from ccconf.reconcile.diff import is_empty, planned


def spec_of(ref: Ref, field: str) -> FieldSpec:
    """What a field is that manifests can say. Raises `Refusal`."""
    spec = KINDS[ref.kind].by_name.get(field)
    if spec is None:
        raise Refusal("CC155", f"{ref} has no field {field}", f"known: {', '.join(KINDS[ref.kind].by_name)}")
    if not spec.stored:
        kind, other = spec.marker.other_side_of or ("", "")
        hint = f"accept {other} of each {kind}: it is written on the side that says it"
        raise Refusal("CC155", f"{ref} {field} is the other side of {kind} {other}", hint, (ref, field))
    return spec


def canonical(ref: Ref, field: str, value: Any) -> Any:
    """The value as it is compared; None for an empty one. Raises `Refusal` where it is none of the field's."""
    if is_empty(value) or value == []:
        return None
    try:
        return getattr(from_data(ref.kind, {field: value}), field)
    except msgspec.ValidationError as error:
        message = f"{ref} {field}: {words(value)} is no value of it: {error}"
        raise Refusal("CC155", message, "check where the value comes from", (ref, field)) from error


def renamed(draft: Draft, spec: FieldSpec, value: Any) -> Any:
    """The value with the keys that hold after all renames."""
    return value if not draft.moved or is_empty(value) else spec.shape.renamed(value, draft.new_key)


def refuse_changed(draft: Draft, ref: Ref, edit: SetField, says: list[Any]) -> None:
    """Git still says what the report saw. Raises `Refusal` with the three values."""
    if edit.seen is UNSET:
        return
    seen = canonical(ref, edit.field, edit.seen)
    seen = planned(renamed(draft, spec_of(ref, edit.field), seen))
    if seen not in says:
        message = (
            f"{ref} {edit.field} was changed by hand: Git says {words(says[0])}, the report saw {words(seen)}, "
            f"and the platform has {words(edit.value)}"
        )
        raise Refusal("CC150", message, "look for drift again, and decide anew", (ref, edit.field))


def refuse_unknown(draft: Draft, ref: Ref, spec: FieldSpec, old: Any, value: Any) -> None:
    """Every object that a new value refers to is in Git. Raises `Refusal`."""
    if not spec.shape.links_to() or is_empty(value):
        return
    before = set() if is_empty(old) else set(spec.shape.links(old))
    for link in spec.shape.links(value):
        if link not in before and not draft.in_git(Ref(*link)):
            message = f"{ref} {spec.name} would refer to {Ref(*link)}, which is not in Git"
            raise Refusal("CC156", message, f"accept {Ref(*link)} too", (ref, spec.name))


def words(value: Any) -> str:
    """A value in a sentence."""
    if is_empty(value) or value == []:
        return "nothing"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
