"""One field of an object gets a value."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from ccconf.manifest.editing.draft import Draft, Refusal
from ccconf.manifest.editing.edits import SetField
from ccconf.manifest.editing.homes import home_of
from ccconf.manifest.editing.members import bare, set_groups
from ccconf.manifest.editing.values import canonical, refuse_changed, refuse_unknown, renamed, spec_of, words
from ccconf.model.fields import FieldSpec
from ccconf.model.refs import Ref
from ccconf.model.shapes import File, Rights
from ccconf.reconcile.diff import is_empty, planned


def set_field(draft: Draft, at: int, edit: SetField) -> None:
    """Note what a field is to say. Raises `Refusal`."""
    ref = _declared(draft, edit.ref)
    spec = spec_of(ref, edit.field)
    live = canonical(ref, edit.field, edit.value)
    _refuse_two(draft, ref, edit)
    if ref.kind == "user" and edit.field == "groups":
        set_groups(draft, at, ref, edit, {group: bare(edge) for group, edge in (live or {}).items()})
        return
    old = renamed(draft, spec, draft.composed(ref, edit.field))
    want = _wanted(spec, old, live)
    if old is not UNSET and (want == live or (is_empty(want) and is_empty(live))):
        return
    if isinstance(spec.shape, File) and live is not None:
        hint = "save the picture beside the manifest and name its file, or ccconf import"
        raise Refusal("CC155", f"{ref} {edit.field}: a picture is a file, not a value", hint, (ref, edit.field))
    refuse_changed(draft, ref, edit, [planned(old), planned(want)])
    value = _smallest(spec, old, live)
    refuse_unknown(draft, ref, spec, old, value)
    draft.assign(at, ref, edit.field, value, home_of(draft, ref, edit.field))


def _declared(draft: Draft, ref: Ref) -> Ref:
    """The object under the key that it has in Git now. Raises `Refusal` where it has none."""
    before = next((old for (kind, old), (new, _) in draft.moved.items() if (kind, new) == ref), None)
    if before is not None and (ref.kind, ref.key) not in draft.moved:
        ref = Ref(ref.kind, before)
    if ref not in draft.declared:
        raise Refusal("CC154", f"{ref} is not in Git", "accept it as a whole first")
    if ref in draft.leaving:
        raise Refusal("CC154", f"{ref} leaves Git with another edit", "accept one of the two", (ref, None))
    return ref


def _refuse_two(draft: Draft, ref: Ref, edit: SetField) -> None:
    known = draft.asked.setdefault((ref, edit.field), edit.value)
    if known != edit.value:
        message = f"{ref} {edit.field}: two edits give it two values, {words(known)} and {words(edit.value)}"
        raise Refusal("CC150", message, "accept one of them", (ref, edit.field))


def _wanted(spec: FieldSpec, old: Any, live: Any) -> Any:
    """What a plan would want there: what Git leaves unsaid comes from the platform."""
    return old if is_empty(old) else spec.shape.wanted(old, live)


def _smallest(spec: FieldSpec, old: Any, live: Any) -> Any:
    """The value to write: of rights only the roles that Git names already, as the others are not ours."""
    if isinstance(spec.shape, Rights) and live and not is_empty(old):
        ours = {role: live[role] for role in old if role in live}
        return ours or live
    return live
