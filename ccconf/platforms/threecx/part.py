"""What the kinds have in common on the wire: how objects are read, found and written, by the platform's own names."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import Change, Create, Delete
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page
from ccconf.platforms.threecx.client import Row
from ccconf.platforms.threecx.readback import Written
from ccconf.platforms.threecx.system import System

Fields = Mapping[str, Any]
"""Field to the value that it shall have; None clears it."""


class Call(NamedTuple):
    """One write: method, path, body."""

    method: str
    path: str
    body: Row

    def __str__(self) -> str:
        keys = f" {{{', '.join(sorted(self.body))}}}" if self.body else ""
        return f"{self.method} {self.path}{keys}"


def seen(ref: Ref, resource: Resource, native_id: object, kept: str = "") -> Observed:
    """A live object; 3CX has no revisions, so the content stands for one."""
    digest = hashlib.blake2b(msgspec.json.encode([ref.key, resource]), digest_size=8).hexdigest()
    return Observed(ref, resource, str(native_id), digest, kept)


def after(change: Change) -> dict[str, Any]:
    """The fields that the change writes, with the values they shall have."""
    if isinstance(change, Create):
        return dict(change.fields)
    return {} if isinstance(change, Delete) else {row.field: row.after for row in change.changes}


class Part(ABC):
    """The objects of one kind."""

    kind: str

    def __init__(self, system: System, written: Written) -> None:
        self.system = system
        self.client = system.client
        self.written = written
        self.absent: set[str] = set()
        """Keys that were looked up right before their creation, in vain."""

    @abstractmethod
    def observe(self) -> Iterator[Page]:
        """Every live object."""

    @abstractmethod
    def current(self, native_id: str) -> Observed | None:
        """One object as it is now."""

    def lookup(self, key: str) -> Observed | None:
        """The object under the platform's own name."""
        return next((item for page in self.observe() for item in page.items if item.ref.key == key), None)

    def calls(self, change: Change) -> tuple[str, ...]:
        """The writes that `perform` will make; none for what the platform cannot do."""
        return ()

    def perform(self, change: Change) -> str | None:
        """Make the change; the native id of the object, None where it is gone."""
        raise _impossible(change)


def _impossible(change: Change) -> Rejected:
    message = f"3CX cannot {type(change).__name__.lower()} a {change.kind}"
    return Rejected(Finding(code="CC702", message=message, subject=str(change.ref)))


def gone(change: Change) -> Rejected:
    """The object of the change is not there (any more)."""
    message = f"3CX has no {change.ref} any more"
    return Rejected(Finding(code="CC702", message=message, subject=str(change.ref), hint="make a new plan"))


def there_already(change: Change) -> Rejected:
    """An object of that name is there."""
    message = f"3CX has a {change.ref} already"
    return Rejected(Finding(code="CC702", message=message, subject=str(change.ref), hint="make a new plan"))


def page(items: Iterable[Observed]) -> Page:
    """Everything on one page."""
    held = tuple(items)
    return Page(held, len(held))
