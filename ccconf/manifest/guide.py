"""Reads a vendor's `guide.yaml`: how a person does on its screens what no API does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from ccconf.errors import Broken
from ccconf.findings import did_you_mean, in_order
from ccconf.manifest.places import placed
from ccconf.manifest.shape import Judge, Mistake
from ccconf.manifest.yaml12 import Pointer, decode, read
from ccconf.model.kinds import KINDS
from ccconf.model.schema import struct_schema
from ccconf.platform.guide import Guide

FILE_NAME = "guide.yaml"
_LISTS = ("screens", "kinds", "fields", "values", "ways", "imports", "effects")
_SENTENCES = ("labels", "adding", "removing", "expect", "hint")
_SEVERAL = ("begin", "end", "steps")


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
    if flaws := placed(_contradictions(reading.data), text, name):
        raise Broken(*in_order(flaws))
    return msgspec.convert(reading.data, Guide)


def _contradictions(data: dict[str, Any]) -> Iterator[Mistake]:
    """Fields that the model does not have, and sentences that lack one of the languages (CC416)."""
    for name in ("fields", "values"):
        for number, row in enumerate(data.get(name, [])):
            known = KINDS[row["kind"]].by_name
            if row["field"] not in known:
                message = f"a {row['kind']} has no field {row['field']}"
                yield Mistake("CC416", message, (name, number, "field"), hint=did_you_mean(row["field"], known))
    for pointer, labels in _told(data):
        if missing := [language for language in data.get("languages", ["en"]) if language not in labels]:
            yield Mistake("CC416", f"this is not said in {' and '.join(missing)}", pointer)


def _told(data: dict[str, Any]) -> Iterator[tuple[Pointer, dict[str, str]]]:
    """Everything that is said by language, with the way to it."""
    for name in _LISTS:
        for number, row in enumerate(data.get(name, [])):
            yield from (((name, number, key), row[key]) for key in _SENTENCES if row.get(key))
            for key in _SEVERAL:
                yield from (((name, number, key, turn), labels) for turn, labels in enumerate(row.get(key, [])))
