"""What is wanted of one object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from ccconf.findings import Location
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership


class Declared(NamedTuple):
    """The composed object, the key it had before, and the memberships that groups state for it."""

    resource: Resource
    formerly: str = ""
    member_of: Mapping[str, Membership] = {}
    exact: bool = False
    """Whether the declared fields are whole: what they leave unsaid is to be empty, rather than not ours."""


class Wanted(Protocol):
    """All that is wanted of a target. The manifests fulfil it; tests may use any mapping that does."""

    @property
    def closed(self) -> frozenset[str]:
        """Groups whose member lists are declared."""
        ...

    @property
    def former(self) -> Mapping[Ref, str]:
        """The keys that objects had before, where they say so."""
        ...

    def keys(self, kind: str) -> Iterable[str]:
        """The declared keys of a kind."""
        ...

    def get(self, ref: Ref) -> Declared | None:
        """What is wanted of an object."""
        ...

    def where(self, ref: Ref, field: str | None = None) -> Location | None:
        """The place that says so."""
        ...
