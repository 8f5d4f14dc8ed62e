"""How a person does it on the vendor's own screens, as rows of data: a runbook is made of nothing else.

A vendor's package keeps its rows in `guide.yaml` beside its `facts.yaml`; `ccconf.manifest.guide` reads them. Texts are
sentences with the words of the screens, by language; a word between braces is filled in:

- `{name}`: what the platform calls the object now, `{new_name}`: what it is to be called
- `{field}`: the word of the field on the form, `{value}`: what it is to be, `{before}`: what it is
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ccconf.platform.facts import KindName, Labels, Row

Done = Literal["create", "update", "rename", "delete", "restore"]


class FieldWord(Row, frozen=True, kw_only=True):
    """What the vendor's form calls a field."""

    kind: KindName
    field: str
    labels: Labels


class KindWord(Row, frozen=True, kw_only=True):
    """What the vendor calls an object of the kind: a department, a permission group."""

    kind: KindName
    labels: Labels


class Way(Row, frozen=True, kw_only=True):
    """How one operation is done on the screens: how to come to the form, and how to leave it."""

    kind: KindName
    operations: tuple[Done, ...]
    screen: Annotated[str, Meta(description="The id of a row under `screens` in facts.yaml.")]
    begin: tuple[Labels, ...] = ()
    end: tuple[Labels, ...] = ()
    expect: Labels = msgspec.field(default_factory=dict)
    """What the screen shows when it was right."""
    only: tuple[str, ...] = ()
    """The way for these fields alone, where the vendor has a form of its own for them (a status, a list)."""


class ImportWay(Row, frozen=True, kw_only=True):
    """How a file is carried to the vendor's import screen."""

    kind: KindName
    screen: str
    steps: tuple[Labels, ...]
    expect: Labels = msgspec.field(default_factory=dict)


class Guide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a runbook needs to know of a vendor's screens."""

    languages: tuple[str, ...] = ("en",)
    """English first, then the language of the vendor's own screens."""
    kinds: tuple[KindWord, ...] = ()
    fields: tuple[FieldWord, ...] = ()
    ways: tuple[Way, ...] = ()
    imports: tuple[ImportWay, ...] = ()
