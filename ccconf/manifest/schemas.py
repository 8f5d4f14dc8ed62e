"""All JSON Schemas by name: the files in `schemas/` are these, and a test holds them equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ccconf.manifest.facts import facts_schema
from ccconf.manifest.guide import guide_schema
from ccconf.manifest.project import project_schema
from ccconf.manifest.vendor_schema import vendor_schemas
from ccconf.model.schema import manifest_schema
from ccconf.reconcile.plan import plan_schema

SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "facts": facts_schema,
    "guide": guide_schema,
    "manifest": manifest_schema,
    "plan": plan_schema,
    "project": project_schema,
    **vendor_schemas(),
}


def encoded(name: str) -> bytes:
    """A schema as its file: two blanks a level, a line break at the end."""
    return msgspec.json.format(msgspec.json.encode(SCHEMAS[name]()), indent=2) + b"\n"
