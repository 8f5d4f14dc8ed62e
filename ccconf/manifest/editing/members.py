"""Memberships, each of which is edited on the side that says it: the user's or the group's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from ccconf.manifest.compose import joined
from ccconf.manifest.editing.draft import Draft, Fresh, Home
from ccconf.manifest.editing.edits import SetField
from ccconf.manifest.editing.homes import home_of
from ccconf.manifest.editing.values import refuse_changed, refuse_unknown, renamed
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership
from ccconf.reconcile.diff import is_empty, planned, relation


def set_groups(draft: Draft, at: int, ref: Ref, edit: SetField, live: dict[str, Membership]) -> None:
    """Note what groups somebody is in. Raises `Refusal`."""
    spec = KINDS["user"].by_name["groups"]
    own = renamed(draft, spec, draft.composed(ref, "groups"))
    stated = stated_for(draft, ref)
    if _settled(own, stated, live, _closed(draft)):
        return
    refuse_changed(draft, ref, edit, _seen_as(draft, own, stated, live))
    mine = dict(own) if own is not UNSET and own else {}
    theirs: dict[str, Membership | None] = {}
    for group in sorted({*mine, *stated, *live}):
        there = live.get(group)
        if there is None:
            mine.pop(group, None)
            theirs |= {group: None} if group in stated else {}
        elif group in mine or group in stated:
            mine |= {group: _fitted(mine[group], there)} if group in mine else {}
            theirs |= {group: _fitted(stated[group], there)} if group in stated else {}
        elif own is not UNSET:
            mine[group] = there
        elif group in _closed(draft):
            theirs[group] = there
    value = mine or None if own is not UNSET else UNSET
    if value is not UNSET:
        refuse_unknown(draft, ref, spec, own, value)
    changed = {group: edge for group, edge in theirs.items() if edge != stated.get(group)}
    homes = {group: home_of(draft, Ref("group", draft.old_key("group", group)), "members") for group in changed}
    if value is not UNSET and (mine != (own or {})):
        draft.assign(at, ref, "groups", dict(sorted(mine.items())) or None, home_of(draft, ref, "groups"))
    for group, edge in changed.items():
        set_member(draft, at, ref, group, edge, homes[group])


def _closed(draft: Draft) -> frozenset[str]:
    return frozenset(draft.new_key("group", key) for key in draft.declared.closed)


def stated_for(draft: Draft, ref: Ref) -> dict[str, Membership]:
    """The memberships that groups state for a user, with what edits have changed."""
    found: dict[str, Membership] = {}
    for group in draft.declared.closed:
        members = draft.composed(Ref("group", group), "members")
        key = ref.key if (Ref("group", group), "members") not in draft.now else draft.new_key("user", ref.key)
        if not is_empty(members) and (edge := members.get(key, members.get(ref.key))) is not None:
            found[draft.new_key("group", group)] = edge
    return found


def _seen_as(draft: Draft, own: Any, stated: Mapping[str, Membership], live: dict[str, Membership]) -> list[Any]:
    """The forms in which a report may have seen a user's groups."""
    if own is UNSET:
        return [planned(relation(live, stated, _closed(draft))), planned(stated)]
    both = joined(own or {}, stated)
    return [planned(both), planned(KINDS["user"].by_name["groups"].shape.wanted(both, live)), planned(own)]


def set_member(draft: Draft, at: int, user: Ref, group: str, edge: Membership | None, home: Home | Fresh) -> None:
    """Note what a group says of somebody; None: nothing any more."""
    ref = Ref("group", draft.old_key("group", group))
    members = dict(draft.composed(ref, "members") or {})
    key = draft.new_key("user", user.key)
    if edge is None:
        members.pop(key, None)
    else:
        members[key] = edge
    draft.assign(at, ref, "members", dict(sorted(members.items())) or None, home)


def _settled(own: Any, stated: Mapping[str, Membership], live: dict[str, Membership], closed: frozenset[str]) -> bool:
    """Whether a plan would want exactly what is there."""
    if own is UNSET:
        return relation(live, stated, closed) == live
    both = joined(own or {}, stated)
    wanted: dict[str, Membership] = KINDS["user"].by_name["groups"].shape.wanted(both, live)
    return wanted == live


def bare(edge: Membership) -> Membership:
    """A live membership without what it says to be empty: on a platform that is not there."""
    return Membership(role=edge.role or UNSET, permissions=edge.permissions or UNSET)


def _fitted(said_: Membership, there: Membership) -> Membership:
    """A membership that says as much as before, and what is there."""
    return Membership(
        role=UNSET if said_.role is UNSET else (None if there.role is UNSET else there.role),
        permissions=UNSET if said_.permissions is UNSET else (there.permissions or {}),
    )
