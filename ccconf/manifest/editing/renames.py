"""Objects get other keys, and whoever refers to them says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccconf.manifest.editing.draft import Draft, Home, Refusal
from ccconf.manifest.editing.edits import Rename
from ccconf.manifest.editing.homes import refuse_shared
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.model.schema import FORMERLY
from ccconf.reconcile.diff import is_empty


def rename(draft: Draft, at: int, edit: Rename) -> None:
    """Note that an object has another key. Raises `Refusal`."""
    ref, fresh = edit.ref, Ref(edit.ref.kind, edit.key)
    if ref not in draft.declared and fresh in draft.declared:
        return
    if ref not in draft.declared:
        raise Refusal("CC154", f"{ref} is not in Git", "accept it as a whole first")
    claimed = next(
        (one for one, old in draft.declared.former.items() if old == fresh.key and one.kind == ref.kind), ref
    )
    if claimed != ref:
        raise Refusal("CC157", f"{claimed} was formerly {fresh.key}", "take its formerly: out first", (claimed, None))
    for statement in draft.statements(ref):
        refuse_shared(draft, ref, statement.source, "is renamed for all of them")
    draft.moved[ref.kind, ref.key] = (fresh.key, at)
    for statement in draft.statements(ref):
        home = Home(statement.source, KINDS[ref.kind].plural, ref.key)
        draft.keys[home] = fresh.key
        draft.causes.setdefault((home, ""), []).append(at)
        was = draft.said_at(home)
        if was is not None and was[1] == fresh.key:
            draft.changes.setdefault(home, {})[FORMERLY] = None


def follow_renames(draft: Draft) -> Iterator[tuple[int, Refusal]]:
    """References to what is renamed say the new key. What cannot be done is yielded with its edit."""
    taken = {(kind, new): at for (kind, _), (new, at) in draft.moved.items()}
    for (kind, new), at in taken.items():
        ref = Ref(kind, new)
        if (ref in draft.declared and (kind, new) not in draft.moved) or _twice(draft, kind, new):
            yield at, Refusal("CC157", f"{ref} is in Git already", "rename or take out that one first", (ref, None))
    for home, kind_name, resource in draft.linking(frozenset(draft.moved)):
        for spec in KINDS[kind_name].linking:
            value = getattr(resource, spec.name)
            if is_empty(value):
                continue
            causes = {draft.moved[link][1] for link in spec.shape.links(value) if link in draft.moved}
            if causes:
                yield from _relink(draft, home, kind_name, spec, value, sorted(causes))


def _twice(draft: Draft, kind: str, new: str) -> bool:
    return sum((of, to) == (kind, new) for (of, _), (to, _) in draft.moved.items()) > 1


def _relink(
    draft: Draft, home: Home, kind: str, spec: FieldSpec, value: Any, causes: list[int]
) -> Iterator[tuple[int, Refusal]]:
    ref = Ref(kind, home.key)
    try:
        refuse_shared(draft, ref, home.source, "is renamed for all of them")
    except Refusal as refusal:
        yield from ((at, refusal) for at in causes)
        return
    renamed = spec.shape.renamed(value, draft.new_key)
    draft.changes.setdefault(home, {})[spec.name] = renamed
    draft.causes.setdefault((home, spec.name), []).extend(causes)
    if home.section != DEFAULTS and spec.name == "members":
        draft.now[ref, spec.name] = renamed
