"""Reads a vendor's `guide.yaml`: how a person does on its screens what no API does."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from ccconf.errors import Broken
from ccconf.findings import in_order
from ccconf.manifest.places import placed
from ccconf.manifest.shape import Judge
from ccconf.manifest.yaml12 import decode, read
from ccconf.model.schema import struct_schema
from ccconf.platform.guide import Guide

FILE_NAME = "guide.yaml"


def guide_schema() -> dict[str, Any]:
    """The JSON Schema of a vendor's `guide.yaml`."""
    return struct_schema(Guide, "guide", "ccconf guide to a platform's screens")


@cache
def guide_of(package: str) -> Guide:
    """The guide that stands beside a vendor's code. Raises `Broken` with every mistake in it and its place."""
    return parse(files(package).joinpath(FILE_NAME).read_bytes(), f"{package.replace('.', '/')}/{FILE_NAME}")


def parse(raw: bytes, name: str) -> Guide:
    """A guide from the content of its file."""
    text = decode(raw, name)
    reading = read(text, name)
    mistakes = placed(Judge(guide_schema()).mistakes(reading.data), text, name)
    if reading.findings or mistakes:
        raise Broken(*in_order([*reading.findings, *mistakes]))
    return msgspec.convert(reading.data, Guide)
