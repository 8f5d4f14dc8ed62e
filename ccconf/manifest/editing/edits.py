"""What is to be accepted, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ccconf.findings import Finding, Location
from ccconf.model.refs import Ref


class SetField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an object gets a value. Values are plain data as in a plan; None is an empty field."""

    ref: Ref
    field: str
    value: Any = None
    seen: Any = UNSET
    """What Git said when somebody decided to accept; if it says something else now, nothing is written."""

    @property
    def subject(self) -> str:
        """What is edited, in words."""
        return f"{self.ref} {self.field}"


class AddObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that Git does not have yet, with these fields."""

    ref: Ref
    fields: dict[str, Any] = {}

    @property
    def subject(self) -> str:
        """What is edited, in words."""
        return str(self.ref)


class TakeOut(msgspec.Struct, frozen=True, kw_only=True):
    """An object leaves Git, wherever it is declared."""

    ref: Ref

    @property
    def subject(self) -> str:
        """What is edited, in words."""
        return str(self.ref)


class Rename(msgspec.Struct, frozen=True, kw_only=True):
    """An object has another key, and whoever refers to it says so."""

    ref: Ref
    key: str

    @property
    def subject(self) -> str:
        """What is edited, in words."""
        return f"{self.ref} -> {self.key}"


Edit = SetField | AddObject | TakeOut | Rename


class Into(StrEnum):
    """Where a value goes that more than this one object of this one target hears of: a default, a shared file."""

    ASK = "ask"
    """Nowhere: the finding names the places, so that somebody can choose."""
    OBJECT = "object"
    """Into the object itself, in a file that is this target's alone."""
    THERE = "there"
    """To the place that says it now, for all who hear of it."""


class Spot(NamedTuple):
    """One place that was written."""

    where: Location
    """In the new text."""
    layer: str
    """The entry of `manifests:` to which the file belongs."""
    says: str
    """What stands there now, where it is not plain: `default of all users`."""

    def __str__(self) -> str:
        more = f", {self.says}" if self.says else ""
        return f"{self.where} (layer {self.layer}{more})"


class Written(NamedTuple):
    """One edit that was done; without places it had nothing to do, because Git says it already."""

    edit: Edit
    spots: tuple[Spot, ...]

    def __str__(self) -> str:
        places = "; ".join(map(str, self.spots))
        return f"{self.edit.subject}: {places or 'Git says it already'}"


class Edited(NamedTuple):
    """What the files will say. Nothing is written yet: hand `files` to `ccconf.files.write_all`."""

    files: Mapping[Path, str]
    """The whole new text of each file that changes, byte-order mark and line breaks as they were."""
    written: tuple[Written, ...]
    """One for each edit that was not refused, in the order of the edits."""
    findings: tuple[Finding, ...]
    """One for each edit that was refused: where, why, and what to do instead."""
