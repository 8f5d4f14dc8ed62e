"""Which calls a change of a person takes, and in which order. Nothing here asks the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ccconf.model.change import KEY, Change, Create, Delete, Restore, Update
from ccconf.platforms.iqchannels.client import Row
from ccconf.platforms.iqchannels.part import after
from ccconf.platforms.iqchannels.people import keys_of, renamed, with_own_name


class Step(NamedTuple):
    """One call of a change: the path's name, and the names of what it changes."""

    name: str
    keys: list[str]


def without(change: Change, lost: list[str]) -> Change:
    """The change without some of its fields."""
    match change:
        case Create(fields=fields):
            return replace(change, fields={name: value for name, value in fields.items() if name not in lost})
        case Update(changes=changes) | Restore(changes=changes):
            return replace(change, changes=tuple(row for row in changes if row.field not in lost))
        case _:
            return change


def steps_of(change: Change) -> list[Step]:
    """The calls that a change takes, in their order: whoever becomes inactive does so first, and others last."""
    if isinstance(change, Delete):
        return [Step("user.delete", ["Id"])]
    fields = after(change)
    status = [Step("user.set_status", ["Id", "Inactive"])] if "status" in fields else []
    if isinstance(change, Create):
        status = status if fields.get("status") == "inactive" else []  # everybody else is active anyway
        return [Step("user.create", keys_of(form_of(change, {}))), *status, *_avatar(change, fields)]
    form = keys_of(form_of(change, {}))
    update = [Step("user.update", ["Id", *form])] if form else []
    inner = [*status, *update] if fields.get("status") == "inactive" else [*update, *status]
    restore = [Step("user.restore", ["Id"])] if isinstance(change, Restore) else []
    return [*restore, *inner, *_avatar(change, fields)]


def _avatar(change: Change, fields: Mapping[str, Any]) -> list[Step]:
    if fields.get("avatar"):
        return [Step("user.set_avatar", ["Content", "Id"])]
    return [Step("user.delete_avatar", ["Id"])] if "avatar" in fields and not isinstance(change, Create) else []


def form_of(change: Change, row: Row) -> dict[str, Any]:
    """The fields that a change writes into the user's form. A name that clients see follows the name it was made of."""
    fields = after(change)
    key = fields.pop(KEY, None)
    if isinstance(change, Create):
        fields = with_own_name(fields, change.key)
    elif key is not None:
        fields = renamed(fields, row, key)
    if "name" in fields and row.get("DisplayName", row.get("Name")) == row.get("Name"):
        fields["display_name"] = fields["name"]
    return fields
