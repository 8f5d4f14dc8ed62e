"""The vendor's own description of the interface, cut down to what the emulator serves. It is no part of the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

_FOLDER = Path(__file__).parents[3] / "shared" / "reference"
CLOSED, PLAIN = "3cx-xapi-openapi-closed.json", "3cx-xapi-openapi.yaml"
"""The same description with and without leave for properties that it does not name."""

_COUNTED = "BaseCollectionPaginationCountResponse"

SERVED = (
    "/Blocklist",
    "/Blocklist({Id})",
    "/Blocklist/Pbx.BulkIpsDelete",
    "/ConsoleRestrictions",
    "/Defs",
    "/Defs/Pbx.GetSystemParameters()",
    "/Defs/TimeZones",
    "/Groups",
    "/Groups({Id})",
    "/Groups({Id})/Members",
    "/Groups({Id})/Pbx.GetRestrictions()",
    "/Groups({Id})/Rights",
    "/Groups/Pbx.DeleteCompanyById",
    "/Groups/Pbx.DeleteCompanyByNumber",
    "/Holidays",
    "/Holidays({Id})",
    "/LicenseStatus",
    "/OfficeHours",
    "/Queues",
    "/Queues(Number={Number})",
    "/Queues({Id})",
    "/Queues({Id})/Agents",
    "/Queues({Id})/Managers",
    "/ReportAuditLog/Pbx.GetAuditLogData()",
    "/SystemStatus",
    "/Users",
    "/Users(Number={Number})",
    "/Users({Id})",
    "/Users({Id})/Groups",
    "/Users/Pbx.BatchDelete",
    "/Users/Pbx.GetFirstAvailableExtensionNumber()",
)


@cache
def whole_description(name: str) -> dict[str, Any]:
    """One of the two files. Skips the test where it is absent."""
    path = _FOLDER / name
    if not path.exists():
        pytest.skip(f"the vendor's description is not beside the project: {name}")
    text = path.read_text(encoding="utf-8")
    whole: dict[str, Any] = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    return whole


@cache
def description(name: str) -> dict[str, Any]:
    """The same with only the served paths and what they need."""
    whole = whole_description(name)
    paths = {served: whole["paths"][served] for served in SERVED}
    needed = _needed(paths, whole["components"])
    components: dict[str, Any] = {
        kind: {name: dict(part) for name, part in parts.items() if (kind, name) in needed or kind == "securitySchemes"}
        for kind, parts in whole["components"].items()
    }
    # closed by itself, it could not be composed with the list that it counts
    components["schemas"][_COUNTED].pop("additionalProperties", None)
    cut: dict[str, Any] = _with_nulls({**whole, "paths": paths, "components": components})
    return cut


def _needed(paths: Any, components: Any) -> set[tuple[str, str]]:
    waiting, needed = list(_references(paths)), set()
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if (kind, name) not in needed:
            needed.add((kind, name))
            waiting += _references(components[kind][name])
    return needed


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _with_nulls(node: Any) -> Any:
    """What the vendor's generator means by `nullable` beside `allOf`, which to the letter of OpenAPI allows no null."""
    if isinstance(node, list):
        return [_with_nulls(value) for value in node]
    if not isinstance(node, dict):
        return node
    if node.get("nullable") is True and "allOf" in node:
        return {"anyOf": [*_with_nulls(node["allOf"]), {"enum": [None], "nullable": True}]}
    return {name: _with_nulls(value) for name, value in node.items()}
