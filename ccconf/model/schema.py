"""The JSON Schema of manifests, derived from the fields. Draft 2020-12; editors complete and explain from it."""

from __future__ import annotations

from typing import Any

import msgspec

from ccconf.model.fields import FieldSpec
from ccconf.model.kinds import KINDS, Kind
from ccconf.model.shapes import key_schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FORMERLY = "formerly"

_KEY = key_schema()


def manifest_schema() -> dict[str, Any]:
    """The schema of one manifest file: any of the six sections, and defaults."""
    return {
        "$schema": DRAFT,
        "$id": "https://ccconf.invalid/schemas/manifest.json",
        "title": "ccconf manifest",
        "description": "Users, groups, roles, skills, schedules and allowlists of a contact centre.",
        "type": ["object", "null"],
        "properties": {**{kind.plural: _section(kind) for kind in KINDS.values()}, "defaults": _defaults()},
        "additionalProperties": False,
        "$defs": {kind.name: _object(kind) for kind in KINDS.values()},
    }


def struct_schema(model: type[msgspec.Struct], name: str, title: str) -> dict[str, Any]:
    """The schema of a file whose form is a struct: of ccconf.yaml, of a plan, of a vendor's facts."""
    return type_schema(model, name, title)


def type_schema(form: Any, name: str, title: str) -> dict[str, Any]:
    """The same of any type, such as a list of structs."""
    (top,), defs = msgspec.json.schema_components([form], ref_template="#/$defs/{name}")
    own = defs.pop(form.__name__) if "$ref" in top else top
    return {
        "$schema": DRAFT,
        "$id": f"https://ccconf.invalid/schemas/{name}.json",
        **own,
        "title": title,
        "$defs": defs,
    }


def _section(kind: Kind) -> dict[str, Any]:
    return {
        "description": f"The {kind.plural} by key. {_first_line(kind)}",
        "type": ["object", "null"],
        "propertyNames": _KEY,
        "additionalProperties": {"$ref": f"#/$defs/{kind.name}"},
    }


def _object(kind: Kind) -> dict[str, Any]:
    former = {
        **_KEY,
        "description": "The key that this object had before: makes a rename an update instead of a loss.",
        "examples": ["old-key"],
    }
    return {
        "title": kind.name,
        "description": _first_line(kind),
        "type": ["object", "null"],
        "properties": {**_properties(kind.specs), FORMERLY: former},
        "additionalProperties": False,
    }


def _defaults() -> dict[str, Any]:
    return {
        "description": "Fields that every object of a kind gets unless it says otherwise.",
        "type": ["object", "null"],
        "properties": {
            kind.plural: {
                "description": f"Defaults for all {kind.plural}.",
                "type": ["object", "null"],
                "properties": _properties(tuple(spec for spec in kind.stored if not spec.marker.unique)),
                "additionalProperties": False,
            }
            for kind in KINDS.values()
        },
        "additionalProperties": False,
    }


def _properties(specs: tuple[FieldSpec, ...]) -> dict[str, Any]:
    return {spec.name: _field(spec) for spec in specs}


def _field(spec: FieldSpec) -> dict[str, Any]:
    return {
        "description": f"{spec.marker.doc} Absent: not managed. null: cleared.",
        **_or_null(spec.shape.schema()),
        "examples": [spec.marker.example],
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, with null allowed."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def _first_line(kind: Kind) -> str:
    return (kind.model.__doc__ or "").strip().splitlines()[0]
