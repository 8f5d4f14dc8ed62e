"""Changing departments, the one thing that the API writes.

Nothing deletes a department, so one that goes is made inactive and can come back. That `PUT` takes the id in its path
and the whole department as its body is unverified; every field that was read is sent back, so that what ccconf does not
manage survives either way. Nothing is known of what `POST` and `PUT` answer either, so what came of each is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ccconf.errors import Broken, Rejected, Uncertain
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Create, Delete, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Unheld
from ccconf.platform.once import once
from ccconf.platforms.opasuite.client import Client
from ccconf.platforms.opasuite.departments import PATH, Departments, observed
from ccconf.platforms.opasuite.translate import ACTIVE, INACTIVE, group_to_native, is_active
from ccconf.platforms.opasuite.words import Row

_MOVING = frozenset({"updatedAt", "createdAt", "__v"})
"""Fields that a write changes by itself."""


class Writes:
    """What one connection changes, and what did not hold of it."""

    def __init__(self, client: Client, departments: Departments) -> None:
        self.client = client
        self.departments = departments
        self._lost: dict[Ref, tuple[str, ...]] = {}
        """By object, so that threads, each at an object of its own, never meet."""

    def calls(self, change: Change) -> tuple[str, ...]:
        """The writes that the change takes, with the fields that become others; never a value."""
        if isinstance(change, Create):
            return (f"POST {PATH} {{{', '.join(sorted(_new(change)))}}}",)
        names = sorted(_difference(change))
        return (f"PUT {PATH}/{change.native_id} {{{', '.join(names)}}}",) if names else ()

    def perform(self, change: Change) -> Observed | None:
        """Make the change; the department as it now is, None where it is gone."""
        row = self._create(change) if isinstance(change, Create) else self._put(change)
        if row is None or isinstance(change, Delete):
            return None
        return observed(row) if is_active(row) else None

    def _create(self, change: Create) -> Row:
        """The new department, sent once: that a second one of a name is refused (409) says no vendor's page."""
        body = _new(change)
        name = body["nome"]
        if self.departments.find(name) is not None:
            raise _rejected(change, f"Opa! Suite has a department {name} already")
        once(
            self.client.http,
            lambda: self._sent(body),
            lambda: self._as_sent(body),
            refuses_twins=False,
            was_open=True,
        )
        made = _looked_at(change, lambda: self.departments.find(name))
        if made is None:
            raise _rejected(change, f"Opa! Suite accepted the department {name} and did not make it")
        self._compare(change, body, made)
        return made

    def _sent(self, body: Row) -> bool:
        """Nothing is known of what a creation answers."""
        self.client.post(PATH, body)
        return True

    def _as_sent(self, body: Row) -> bool | None:
        """Whether a department is there as it was sent; None where it is not."""
        row = self.departments.find(body["nome"])
        return (row is not None and all(_same(value, row.get(name)) for name, value in body.items())) or None

    def _put(self, change: Update | Delete | Restore) -> Row | None:
        live = self.departments.row(change.native_id)
        if live is None or is_active(live) == isinstance(change, Restore):
            state = "is back already" if live is not None and isinstance(change, Restore) else "is not there any more"
            raise _rejected(change, f"{change.ref} {state}")
        body = {**live, **_difference(change)}
        if body == live:
            return live
        self.client.put(PATH, change.native_id, body)
        now = _looked_at(change, lambda: self.departments.row(change.native_id))
        self._compare(change, body, now or {})
        return now

    def _compare(self, change: Change, sent: Row, found: Row) -> None:
        """Note what is not there: of ours, and of what a `PUT` was meant to leave alone."""
        lost = (name for name in sorted(sent) if name not in _MOVING and not _same(sent[name], found.get(name)))
        self._lost[change.ref] = tuple(lost)

    def unheld(self) -> Iterator[Unheld]:
        """What was written and did not hold; told once. Only fields are named: a value may be a secret."""
        lost, self._lost = self._lost, {}
        for ref, names in sorted(lost.items()):
            if names:
                yield Unheld(ref, f"after the write, {', '.join(names)} of the department is not as it was sent")


def _new(change: Create) -> Row:
    return group_to_native({KEY: change.key, **change.fields})


def _difference(change: Update | Delete | Restore) -> Row:
    """The fields that become others. A department that goes is made inactive, one that comes back active."""
    if isinstance(change, Delete):
        return {"status": INACTIVE}
    body = group_to_native({row.field: row.after for row in change.changes})
    return {**body, "status": ACTIVE} if isinstance(change, Restore) else body


def _looked_at(change: Change, look: Callable[[], Row | None]) -> Row | None:
    """What is there after a write. Raises `Uncertain` where that cannot be seen."""
    try:
        return look()
    except Broken as error:
        found = error.findings[0]
        message = f"{change.ref} was written; looking at it failed: {found.message}"
        raise Uncertain(Finding(code="CC703", message=message, hint=found.hint)) from error


def _same(sent: Any, found: Any) -> bool:
    """Nothing, null and an empty text are one."""
    return bool(sent == found) or (sent in (None, "") and found in (None, ""))


def _rejected(change: Change, message: str) -> Rejected:
    return Rejected(Finding(code="CC702", message=message, subject=str(change.ref), hint="make a new plan"))
