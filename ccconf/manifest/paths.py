"""Reads a vendor's `paths.yaml`: the paths that its vendor does not publish, as rows of data that say they are guesses.

Most connections know their paths; one that had to guess keeps them here, where everybody sees on what each rests and a
customer who knows better can put another in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ccconf.errors import Broken
from ccconf.findings import in_order
from ccconf.manifest.places import placed
from ccconf.manifest.shape import Judge, Mistake
from ccconf.manifest.yaml12 import decode, read
from ccconf.model.schema import struct_schema
from ccconf.platform.facts import Row

FILE_NAME = "paths.yaml"


class AssumedPath(Row, frozen=True, kw_only=True):
    """A path that nobody has confirmed. `source` says on what it rests."""

    name: Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$", description="What is done there: `user.list`.")]
    path: Annotated[str, Meta(pattern=r"^/[!-~]+$")]
    fields: Annotated[tuple[str, ...], Meta(description="Assumed names of fields, beyond the documented ones.")] = ()


class PathsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The paths that are not public."""

    paths: tuple[AssumedPath, ...]


def paths_schema() -> dict[str, Any]:
    """The JSON Schema of a vendor's `paths.yaml`."""
    return struct_schema(PathsFile, "paths", "ccconf unpublished paths")


@cache
def paths_of(package: str) -> Mapping[str, AssumedPath]:
    """The rows beside a vendor's code by name. Raises `Broken` with every mistake in them and its place."""
    return parse(files(package).joinpath(FILE_NAME).read_bytes(), f"{package.replace('.', '/')}/{FILE_NAME}")


def parse(raw: bytes, name: str) -> Mapping[str, AssumedPath]:
    """The rows from the content of their file."""
    text = decode(raw, name)
    reading = read(text, name)
    mistakes = placed(Judge(paths_schema()).mistakes(reading.data), text, name)
    if reading.findings or mistakes:
        raise Broken(*in_order([*reading.findings, *mistakes]))
    rows = msgspec.convert(reading.data, PathsFile).paths
    named = {row.name: row for row in rows}
    twice = [
        Mistake("CC202", f"{row.name} stands here twice", ("paths", place, "name"))
        for place, row in enumerate(rows)
        if row is not named[row.name]
    ]
    if twice:
        raise Broken(*in_order(placed(twice, text, name)))
    return named
