"""What a file says of each object, whatever its form, and where it says it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ccconf.findings import Finding
from ccconf.manifest.shape import Mistake
from ccconf.manifest.yaml12 import Pointer
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref


class Stated(NamedTuple):
    """One object as a file states it; nothing of it has been judged yet."""

    ref: Ref
    """Under the platform's own name."""
    entry: str
    """The object's name within the file, by which its place is found."""
    body: Any
    """Its fields in written form."""
    native_id: str = ""
    deleted: bool = False

    def at(self, *path: str | int) -> Pointer:
        """The way to the object, or to something in it."""
        return (KINDS[self.ref.kind].plural, self.entry, *path)

    def mistake(self, code: str, message: str, *path: str | int, hint: str = "") -> Mistake:
        """Something wrong with it."""
        return Mistake(code, message, self.at(*path), False, hint, str(self.ref))


class Reading(NamedTuple):
    """A file, read. A kind of which it has no object, though it could have, has an empty list."""

    path: str
    """The file, as findings name it."""
    objects: Mapping[str, list[Stated]]
    findings: list[Finding]
    placed: Callable[[Iterable[Mistake]], list[Finding]]
    encoding: str
    rest: Any = None
    """What else stands in a manifest: nothing of it belongs there."""
