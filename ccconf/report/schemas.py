"""All JSON Schemas by name: the files in `schemas/` are these, and a test holds them equal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from ccconf.manifest.facts import facts_schema
from ccconf.manifest.guide import guide_schema
from ccconf.manifest.project import project_schema
from ccconf.manifest.vendor_schema import vendor_schemas
from ccconf.model.schema import manifest_schema, type_schema
from ccconf.platform.facts import Facts, Permission
from ccconf.reconcile.compared import comparison_schema
from ccconf.reconcile.drifted import drift_schema
from ccconf.reconcile.outcome import Report
from ccconf.reconcile.plan import plan_schema
from ccconf.reconcile.rebase import Rebase
from ccconf.report import answers
from ccconf.report.history import Life, Runs, RunWhole


class Applied(Report, frozen=True, kw_only=True, omit_defaults=True):
    """What became of each step of a plan, and what is left to people."""

    runbook: Annotated[str, Meta(description="The page that tells people what to do, where there is something.")] = ""
    later: Annotated[dict[str, str], Meta(description="By step, why it comes in a later round.")] = msgspec.field(
        default_factory=dict
    )
    findings: Annotated[tuple[answers.Told, ...], Meta(description="What kept the runbook from being written.")] = ()


class Shape(NamedTuple):
    """What a command prints with `--format json`."""

    of: Any
    """The type of it."""
    typed: str
    """The command as it is typed, with the options that have it answer in this shape."""


ANSWERS = {
    "accept": Shape(answers.Accepted, "drift --accept"),
    "apply": Shape(Applied, "apply"),
    "code": Shape(answers.CodeTold, "explain CODE"),
    "confirm": Shape(answers.Confirmed, "confirm"),
    "confirm-history": Shape(answers.Confirmations, "confirm --history"),
    "explain": Shape(answers.ObjectTold, "explain OBJECT"),
    "findings": Shape(answers.Checked, "validate"),
    "fmt": Shape(answers.Formatted, "fmt"),
    "history": Shape(Runs, "history"),
    "history-object": Shape(Life, "history OBJECT"),
    "history-run": Shape(RunWhole, "history RUN"),
    "import": Shape(answers.Imported, "import"),
    "init": Shape(answers.Started, "init"),
    "ledger": Shape(answers.LedgerHeld, "ledger export"),
    "ledger-check": Shape(answers.LedgerChecked, "ledger check"),
    "ledger-export": Shape(answers.LedgerExported, "ledger export --out FILE"),
    "ledger-move": Shape(answers.LedgerMoved, "ledger move"),
    "ledger-readdress": Shape(answers.Readdressed, "ledger readdress"),
    "licence": Shape(answers.LicenceTold, "licence"),
    "list": Shape(tuple[answers.Entry, ...], "list"),
    "local-set": Shape(answers.Assigned, "local set"),
    "local-trail": Shape(tuple[answers.Traced, ...], "local trail"),
    "permissions": Shape(tuple[Permission, ...], "permissions"),
    "platform": Shape(Facts, "platforms NAME"),
    "platforms": Shape(tuple[answers.PlatformTold, ...], "platforms"),
    "rebase": Shape(Rebase, "plan --rebase FILE"),
    "show": Shape(tuple[answers.Row, ...], "show KIND"),
    "show-object": Shape(answers.Detail, "show KIND KEY"),
    "snapshot-import": Shape(answers.SnapshotTaken, "snapshot import"),
    "snapshot-objects": Shape(tuple[answers.SnapshotObject, ...], "snapshot show --kind KIND"),
    "snapshot-show": Shape(tuple[answers.Aged, ...], "snapshot show"),
    "user": Shape(answers.Acted, "user logout/reset-password/tokens/restore/avatar"),
    "user-history": Shape(answers.Acts, "user history"),
}
"""The shapes of answers by the names of their schemas, but for those that are values of other rooms."""


def answer_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of an answer."""
    return type_schema(ANSWERS[name].of, name, f"ccconf {ANSWERS[name].typed} --format json")


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    **{name: partial(answer_schema, name) for name in ANSWERS},
    "comparison": comparison_schema,
    "drift": drift_schema,
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
