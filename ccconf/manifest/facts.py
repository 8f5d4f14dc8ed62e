"""Reads a vendor's `facts.yaml` into `Facts`: sections become section-qualified ids, `all` becomes every operation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ccconf.errors import Broken
from ccconf.findings import in_order
from ccconf.manifest.facts_flaws import contradictions
from ccconf.manifest.places import placed
from ccconf.manifest.shape import Judge
from ccconf.manifest.yaml12 import decode, read
from ccconf.model.licence import Certainty, Invariant, Rule
from ccconf.model.schema import struct_schema
from ccconf.platform.facts import (
    Act,
    ApiGate,
    Cap,
    Catalogue,
    Edition,
    Effect,
    Facts,
    Immutable,
    InGroupRoles,
    KindName,
    Labelled,
    Labels,
    Limit,
    Module,
    Operation,
    Permission,
    Route,
    Seats,
    Support,
)

FILE_NAME = "facts.yaml"


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The root of what only the file knows."""


class Item(_Form, frozen=True, kw_only=True):
    """One permission of a section. What it does not say of its source it has from the section."""

    id: Annotated[str, Meta(description="Its name within the section; empty for the section itself.")]
    labels: Labels
    sensitivity: Literal["low", "medium", "high"]
    why: Annotated[str, Meta(min_length=1, description="The reason of the sensitivity.")]
    levels: Annotated[tuple[str, ...], Meta(min_length=1)] = ("no", "yes")
    level_labels: dict[str, Labels] = {}
    editions: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    field: str = ""
    source: str = ""
    certainty: Certainty | None = None


class Section(Labelled, frozen=True, kw_only=True):
    """A section of the vendor's permission form."""

    items: tuple[Item, ...]
    legacy: str = ""


class Permissions(_Form, frozen=True, kw_only=True):
    """The permission catalogue."""

    open: Annotated[bool, Meta(description="Known to be incomplete: unknown ids are allowed.")]
    sections: tuple[Section, ...]


class Way(_Form, frozen=True, kw_only=True):
    """How an operation happens, and why so."""

    route: Route
    reason: Annotated[str, Meta(min_length=1)]
    certainty: Certainty
    fields: Annotated[
        tuple[str, ...], Meta(description="The only fields that go this way; others follow by hand.")
    ] = ()


class FactsFile(_Form, frozen=True, kw_only=True):
    """What is known of a platform."""

    name: str
    title: str
    vendor: str
    language: str
    summary: str
    permissions: Permissions
    support: dict[KindName, dict[Literal["all", "read", "create", "update", "rename", "delete", "restore"], Way]]
    fields: dict[KindName, tuple[str, ...]]
    rules: tuple[Rule, ...]
    invariants: tuple[Invariant, ...]
    screens: tuple[Labelled, ...]
    editions: tuple[Edition, ...] = ()
    modules: tuple[Module, ...] = ()
    seats: Seats | None = None
    api: ApiGate | None = None
    caps: tuple[Cap, ...] = ()
    access_levels: tuple[Labelled, ...] = ()
    roles_within_groups: InGroupRoles = InGroupRoles()
    recognised_by: dict[KindName, str] = {}
    within: dict[KindName, KindName] = {}
    unseen: dict[KindName, tuple[str, ...]] = {}
    mentions: dict[KindName, dict[str, KindName]] = {}
    fixed: dict[KindName, tuple[str, ...]] = {}
    immutable: tuple[Immutable, ...] = ()
    limits: tuple[Limit, ...] = ()
    effects: tuple[Effect, ...] = ()
    acts: tuple[Act, ...] = ()


def facts_schema() -> dict[str, Any]:
    """The JSON Schema of a vendor's `facts.yaml`."""
    return struct_schema(FactsFile, "facts", "ccconf platform facts")


@cache
def facts_of(package: str) -> Facts:
    """The facts that stand beside a vendor's code. Raises `Broken` with every mistake in them and its place."""
    return parse(files(package).joinpath(FILE_NAME).read_bytes(), f"{package.replace('.', '/')}/{FILE_NAME}")


def parse(raw: bytes, name: str) -> Facts:
    """Facts from the content of their file."""
    text = decode(raw, name)
    reading = read(text, name)
    mistakes = placed(Judge(facts_schema()).mistakes(reading.data), text, name)
    if reading.findings or mistakes:
        raise Broken(*in_order([*reading.findings, *mistakes]))
    if flaws := placed(contradictions(reading.data), text, name):
        raise Broken(*in_order(flaws))
    return _facts(msgspec.convert(reading.data, FactsFile))


def _facts(form: FactsFile) -> Facts:
    same = {
        name: getattr(form, name)
        for name in Facts.__struct_fields__
        if name not in ("catalogue", "support", "in_group_roles")
    }
    permissions = tuple(_permissions(form.permissions))
    return Facts(
        **same,
        catalogue=Catalogue(permissions=permissions, open=form.permissions.open),
        support=tuple(_support(form)),
        in_group_roles=form.roles_within_groups,
    )


def _permissions(form: Permissions) -> Iterator[Permission]:
    for section in form.sections:
        for item in section.items:
            yield Permission(
                id=f"{section.id}.{item.id}" if item.id else section.id,
                labels=item.labels,
                levels=item.levels,
                level_labels=item.level_labels,
                sensitivity=item.sensitivity,
                why=item.why,
                editions=item.editions,
                modules=item.modules,
                field=item.field,
                section=section.labels,
                legacy=section.legacy,
                source=item.source or section.source,
                certainty=item.certainty or section.certainty,
            )


def _support(form: FactsFile) -> Iterator[Support]:
    for kind, ways in form.support.items():
        for operation in Operation:
            way = ways.get(operation.value) or ways["all"]
            yield Support(
                kind=kind,
                operation=operation,
                route=way.route,
                reason=way.reason,
                certainty=way.certainty,
                fields=way.fields,
            )
