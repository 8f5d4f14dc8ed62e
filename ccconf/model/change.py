"""What can happen to an object: a closed set of plain values, printed, hashed and stored in plans."""

from __future__ import annotations

from typing import Any

import msgspec

from ccconf.model.refs import Ref

KEY = "key"
"""The pseudo-field under which a rename is a field change like any other."""


PARKED_END = "~parked"
"""Ends the key that one of two objects has for a moment while they swap keys."""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One field, from what the plan saw to what it shall be; None is an empty field. Values are plain data."""

    field: str
    before: Any = None
    after: Any = None


class _Change(msgspec.Struct, frozen=True, kw_only=True, tag_field="action"):
    kind: str
    key: str

    @property
    def ref(self) -> Ref:
        """The object as Git names it when the plan is done."""
        return Ref(self.kind, self.key)


class Create(_Change, frozen=True, kw_only=True, tag="create"):
    """A new object with these fields."""

    fields: dict[str, Any]


class Update(_Change, frozen=True, kw_only=True, tag="update"):
    """An existing object, addressed by the platform's own id, gets these changes."""

    native_id: str
    revision: str
    changes: tuple[FieldChange, ...]


class Delete(_Change, frozen=True, kw_only=True, tag="delete"):
    """An existing object goes. `fields` is what the plan saw, so that a reviewer sees what is lost."""

    native_id: str
    revision: str
    fields: dict[str, Any]


class Restore(_Change, frozen=True, kw_only=True, tag="restore"):
    """A soft-deleted object comes back, with these changes to what it was."""

    native_id: str
    revision: str
    changes: tuple[FieldChange, ...]


Change = Create | Update | Delete | Restore
