"""All JSON Schemas by name: the files in `schemas/` are these, and a test holds them equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ccconf.codes import Severity
from ccconf.manifest.facts import facts_schema
from ccconf.manifest.guide import guide_schema
from ccconf.manifest.project import project_schema
from ccconf.manifest.vendor_schema import vendor_schemas
from ccconf.model.schema import manifest_schema, struct_schema
from ccconf.reconcile.compared import comparison_schema
from ccconf.reconcile.drifted import drift_schema
from ccconf.reconcile.outcome import Report
from ccconf.reconcile.plan import plan_schema


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as commands print it; null where there is nothing to say."""

    code: Annotated[str, Meta(pattern="^CC[0-9]{3}$")]
    severity: Severity
    message: str
    path: Annotated[str | None, Meta(description="From where the command was run.")]
    line: Annotated[int | None, Meta(description="From 1.")]
    column: Annotated[int | None, Meta(description="From 1, in Unicode code points.")]
    subject: Annotated[str | None, Meta(description="The object: kind and key.")]
    hint: Annotated[str | None, Meta(description="How to mend it.")]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What `ccconf validate` found, or what kept another command from its work."""

    targets: tuple[str, ...]
    objects: Annotated[int, Meta(description="How many the manifests declare.")]
    findings: tuple[Told, ...]


class Applied(Report, frozen=True, kw_only=True, omit_defaults=True):
    """What became of each step of a plan, and what is left to people."""

    runbook: Annotated[str, Meta(description="The page that tells people what to do, where there is something.")] = ""
    later: Annotated[dict[str, str], Meta(description="By step, why it comes in a later round.")] = msgspec.field(
        default_factory=dict
    )
    findings: Annotated[tuple[Told, ...], Meta(description="What kept the runbook from being written.")] = ()


def findings_schema() -> dict[str, Any]:
    """The JSON Schema of findings."""
    return struct_schema(Checked, "findings", "ccconf validate --format json")


def apply_schema() -> dict[str, Any]:
    """The JSON Schema of what an apply did."""
    return struct_schema(Applied, "apply", "ccconf apply --format json")


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "apply": apply_schema,
    "comparison": comparison_schema,
    "drift": drift_schema,
    "facts": facts_schema,
    "findings": findings_schema,
    "guide": guide_schema,
    "manifest": manifest_schema,
    "plan": plan_schema,
    "project": project_schema,
    **vendor_schemas(),
}


def encoded(name: str) -> bytes:
    """A schema as its file: two blanks a level, a line break at the end."""
    return msgspec.json.format(msgspec.json.encode(SCHEMAS[name]()), indent=2) + b"\n"
