"""What is known of a platform offline, as rows of data, each with its source and how far it may be trusted.

A vendor's package keeps its rows in `facts.yaml` beside its code; `ccconf.manifest.facts` reads them into these types,
from which the file's own JSON Schema is derived. No code asks which vendor it is dealing with: it asks a row.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ccconf.model.licence import Certainty, Invariant, Licence, Rule, Selector

KindName = Literal["user", "group", "role", "skill", "schedule", "allowlist"]
Labels = Annotated[dict[str, str], Meta(description="The words of the screens, by language tag.")]


class Route(StrEnum):
    """How an operation happens: by API, by a file that the vendor imports, by hand, or not at all."""

    API = "api"
    FILE = "file"
    MANUAL = "manual"
    NO = "no"


class Operation(StrEnum):
    """What can be done to a kind of object."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    RENAME = "rename"
    DELETE = "delete"
    RESTORE = "restore"


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every fact says where it comes from and how far it may be trusted."""

    source: Annotated[str, Meta(min_length=1)]
    certainty: Certainty


class Labelled(Row, frozen=True, kw_only=True):
    """A fact with a name of its own: a screen, an access level."""

    id: str
    labels: Labels


class Edition(Labelled, frozen=True, kw_only=True):
    """An edition that can be bought, from the smallest to the largest."""


class Module(Labelled, frozen=True, kw_only=True):
    """Something that can be bought in addition."""

    opens: str


class Seats(Row, frozen=True, kw_only=True):
    """What a seat of the licence is taken by."""

    counts: str
    labels: Labels


class ApiGate(Row, frozen=True, kw_only=True):
    """The editions without which the vendor's API refuses to work."""

    editions: tuple[str, ...]


class Cap(Row, frozen=True, kw_only=True):
    """How many users a licence of so many simultaneous calls may have."""

    calls: int
    extensions: int


class Permission(Labelled, frozen=True, kw_only=True):
    """One permission: its section-qualified id, labels, levels from lowest to highest, sensitivity and gate."""

    levels: tuple[str, ...] = ("no", "yes")
    level_labels: dict[str, Labels] = {}
    sensitivity: Literal["low", "medium", "high"] = "low"
    why: str = ""
    editions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    field: str = ""
    """The field of the vendor's API that holds it, where known."""
    section: Labels = {}
    legacy: str = ""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All permissions of a platform. An open catalogue is known to be incomplete: unknown ids are allowed in it."""

    permissions: tuple[Permission, ...] = ()
    open: bool = True


class InGroupRole(Labelled, frozen=True, kw_only=True):
    """A role that a member may have within a group."""

    editions: tuple[str, ...] = ()


class InGroupRoles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The roles within a group; an open list allows others."""

    open: bool = True
    items: tuple[InGroupRole, ...] = ()


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a platform's capability table."""

    kind: str
    operation: Operation
    route: Route
    reason: str
    certainty: Certainty = "vendor"
    fields: tuple[str, ...] = ()
    """The only fields that go this way; the others follow by hand. All, where none is named."""


class Immutable(Row, frozen=True, kw_only=True):
    """A field that cannot be changed once the object exists."""

    kind: KindName
    field: str
    says: str


class Limit(Row, frozen=True, kw_only=True):
    """A length or count that the platform sets."""

    kind: KindName
    field: str
    says: str
    least: int | None = None
    most: int | None = None


class Effect(Row, frozen=True, kw_only=True):
    """What else happens when a field takes a value: a plan says it."""

    id: str
    select: Selector
    field: str
    becomes: Any
    says: str


class Act(Labelled, frozen=True, kw_only=True):
    """Something done to one person at once, which is no state that Git could hold: a password reset, a sign-out."""

    route: Route
    reason: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of a platform offline."""

    name: str
    title: str
    vendor: str = ""
    language: str = "en"
    summary: str = ""
    editions: tuple[Edition, ...] = ()
    modules: tuple[Module, ...] = ()
    seats: Seats | None = None
    api: ApiGate | None = None
    caps: tuple[Cap, ...] = ()
    access_levels: tuple[Labelled, ...] = ()
    catalogue: Catalogue = Catalogue()
    in_group_roles: InGroupRoles = InGroupRoles()
    support: tuple[Support, ...] = ()
    fields: dict[str, tuple[str, ...]] = {}
    """The fields that the platform has, by kind; a kind that is not named has all."""
    recognised_by: dict[str, str] = {}
    """By kind the field whose value names an object on the platform; Git may call it otherwise."""
    within: dict[str, str] = {}
    """Kinds without names of their own: each object is a part of the one with the same key of another kind."""
    unseen: dict[str, tuple[str, ...]] = {}
    """Fields that the platform's API does not show, by kind: only a snapshot tells them. `groups.*` is what stands in
    the memberships besides the groups."""
    mentions: dict[str, dict[str, str]] = {}
    """Fields, by kind, whose text is the name of an object of another kind, which has to be there first."""
    fixed: dict[str, tuple[str, ...]] = {}
    """Kinds of which only these objects can be, besides those within others."""
    immutable: tuple[Immutable, ...] = ()
    rules: tuple[Rule, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    limits: tuple[Limit, ...] = ()
    screens: tuple[Labelled, ...] = ()
    effects: tuple[Effect, ...] = ()
    acts: tuple[Act, ...] = ()


def with_caps(facts: Facts, licence: Licence) -> Facts:
    """The facts with the cap that the bought calls bring, as one more rule.

    Between two published rows the smaller one is taken: a plan that keeps to it is right in any case.
    """
    if licence.calls is None:
        return facts
    fitting = [cap for cap in facts.caps if cap.calls <= licence.calls]
    if not fitting:
        return facts
    cap = max(fitting, key=lambda row: row.calls)
    rule = Rule(
        id="extensions-by-calls",
        select=Selector(kind="user"),
        limit=cap.extensions,
        label=f"users (extensions) with {licence.calls} simultaneous calls",
        source=cap.source,
        certainty=cap.certainty,
    )
    return msgspec.structs.replace(facts, rules=(*facts.rules, rule))
