"""Whole objects come into Git and leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET

from ccconf.manifest.compose import joined
from ccconf.manifest.editing.draft import Draft, Fresh, Home, Refusal
from ccconf.manifest.editing.edits import AddObject, TakeOut
from ccconf.manifest.editing.homes import home_of, own_file, refuse_shared
from ccconf.manifest.editing.members import set_member, stated_for
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.editing.values import canonical, refuse_unknown, spec_of
from ccconf.model.fields import said
from ccconf.model.kinds import KINDS, Kind
from ccconf.model.refs import Ref
from ccconf.reconcile.diff import is_empty


def add(draft: Draft, at: int, edit: AddObject) -> None:
    """Note a new object. Raises `Refusal`."""
    ref, kind = edit.ref, KINDS[edit.ref.kind]
    for field in edit.fields:
        spec_of(ref, field)
    values = {field: canonical(ref, field, value) for field, value in edit.fields.items()}
    values = {field: value for field, value in values.items() if field not in kind.filed}
    if ref in draft.declared:
        _same_object(draft, ref, kind, values)
        return
    if ref in draft.added:
        raise Refusal("CC157", f"{ref} is added twice", "accept one of them")
    for field, value in values.items():
        refuse_unknown(draft, ref, kind.by_name[field], UNSET, value)
    own = own_file(draft, ref.kind, -1)
    if own is None:
        hint = "add it for all of them (--into there), or give this target a layer of its own"
        message = f"{ref} has no file to go to: other targets read every layer, too"
        raise Refusal("CC153", message, hint, draft.target.where("manifests"))
    draft.added.add(ref)
    draft.widen(at, Fresh(*own, ref, {}), _beyond_defaults(draft, kind, values))


def _beyond_defaults(draft: Draft, kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """What an object has to say itself: what is there, and what a default would give it and it has not."""
    defaults: dict[str, Any] = {}
    for statement in draft.declared.defaults.get(kind.name, []):
        defaults.update(said(statement.resource))
    own = {name: value for name, value in values.items() if value is not None and defaults.get(name, UNSET) != value}
    cleared = {name: None for name, value in defaults.items() if values.get(name) is None and not is_empty(value)}
    return {spec.name: {**own, **cleared}[spec.name] for spec in kind.specs if spec.name in own or spec.name in cleared}


def _same_object(draft: Draft, ref: Ref, kind: Kind, values: Mapping[str, Any]) -> None:
    for spec in kind.stored:
        have = _joined_groups(draft, ref) if spec.name == "groups" else draft.composed(ref, spec.name)
        if spec.name not in kind.filed and not is_empty(have) and have != values.get(spec.name):
            break
        if is_empty(have) and not is_empty(values.get(spec.name)):
            break
    else:
        return
    message = f"{ref} is in Git already, and {spec.name} differs"
    raise Refusal("CC157", message, "accept its fields instead", (ref, None))


def _joined_groups(draft: Draft, ref: Ref) -> Any:
    own = draft.composed(ref, "groups")
    return joined({} if is_empty(own) else own, stated_for(draft, ref))


def take_out(draft: Draft, at: int, edit: TakeOut) -> None:
    """Note that an object goes from every file, and from the groups that name it. Raises `Refusal`."""
    ref = edit.ref
    if ref not in draft.declared:
        return
    for statement in draft.statements(ref):
        refuse_shared(draft, ref, statement.source, "goes from all of them")
    groups = stated_for(draft, ref) if ref.kind == "user" else {}
    homes = {group: home_of(draft, Ref("group", draft.old_key("group", group)), "members") for group in groups}
    for group in groups:
        set_member(draft, at, ref, group, None, homes[group])
    draft.leaving[ref] = at
    for statement in draft.statements(ref):
        home = Home(statement.source, KINDS[ref.kind].plural, ref.key)
        draft.gone[home] = at
        draft.causes.setdefault((home, ""), []).append(at)


def still_used(draft: Draft) -> Iterator[tuple[int, Refusal]]:
    """Objects that leave while somebody who stays refers to them."""
    gone = {(ref.kind, ref.key): at for ref, at in draft.leaving.items()}
    for home, kind, resource in draft.linking(frozenset(gone)):
        ref = Ref(kind, home.key)
        if ref in draft.leaving:
            continue
        for spec in KINDS[kind].linking:
            value = getattr(resource, spec.name)
            if home.section != DEFAULTS and not is_empty(value):
                value = draft.composed(ref, spec.name)
            for link in () if is_empty(value) else spec.shape.links(value):
                if link in gone:
                    who = f"a default of all {home.key}" if home.section == DEFAULTS else str(ref)
                    message = f"{Ref(*link)} cannot leave Git: {who} still has it under {spec.name}"
                    hint = f"accept {spec.name} of {who} too"
                    yield gone[link], Refusal("CC156", message, hint, (Ref(*link), None))
