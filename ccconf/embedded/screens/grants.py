"""What an object lets people do, in the vendor's words: the page behind the question mark."""

from __future__ import annotations

from typing import NamedTuple

from ccconf.embedded.screens.centre import Centre
from ccconf.embedded.screens.fields import Fields
from ccconf.embedded.screens.words import Words
from ccconf.model.group import Group
from ccconf.model.refs import Ref
from ccconf.model.role import Role
from ccconf.platform.contract import Observed
from ccconf.platform.fit import word


class Grant(NamedTuple):
    """Permissions that stand under one heading: a role's."""

    heading: str
    permissions: tuple[str, ...]


class Grants:
    """Tells what roles permit, and groups by their roles."""

    def __init__(self, words: Words, centre: Centre, fields: Fields) -> None:
        self.words = words
        self.centre = centre
        self.labels = {row.id: words.of(row.labels, row.id) for row in words.facts.catalogue.permissions}
        self.levels = {row.id: row.level_labels for row in words.facts.catalogue.permissions}
        self.named_only = "permissions" not in {spec.name for spec in fields.of("role")}
        """Whether nothing public tells what a role permits."""

    def of(self, item: Observed) -> tuple[Grant, ...]:
        """One heading a role."""
        match item.resource:
            case Group(roles=roles):
                found = (self.centre.world.lookup(Ref("role", name)) for name in roles or ())
                return tuple(self._grant(role) for role in found if role is not None)
            case _:
                return (self._grant(item),)

    def _grant(self, role: Observed) -> Grant:
        assert isinstance(role.resource, Role)
        levels = role.resource.permissions or {}
        return Grant(role.ref.key, tuple(self._said(name, word(level)) for name, level in levels.items()))

    def _said(self, name: str, level: str) -> str:
        label = self.labels.get(name, name)
        if level == "yes":
            return label
        return f"{label}: {self.words.of(self.levels.get(name, {}).get(level, {}), level)}"
