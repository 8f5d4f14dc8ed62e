"""A plan is plain immutable data: it can be printed, hashed, stored, reviewed and applied.

It holds no time, no secret and no path, so that equal input gives the same plan, byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ccconf.codes import Severity
from ccconf.errors import Broken, broken
from ccconf.findings import Finding, Location, errors
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.refs import Ref
from ccconf.model.schema import struct_schema
from ccconf.platform.contract import Route

FORM = 4
"""Since 3 nothing but `needs` says what comes before what: the needs of older plans do not say all of it. Since 4 a
plan says by which rules it was judged."""

Risk = Literal["low", "high"]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one object."""

    id: Annotated[str, Meta(description="Names the step within the plan.")]
    change: Change
    route: Annotated[Route, Meta(description="How it happens: by API, by a file, or by hand.")] = Route.API
    needs: Annotated[tuple[str, ...], Meta(description="Steps that must have succeeded before.")] = ()
    risk: Annotated[Risk, Meta(description="high where it changes who may do, hear or reach what.")] = "low"
    label: Annotated[str, Meta(description="The name of the object as people know it.")] = ""
    reason: Annotated[str, Meta(description="Why, where it is not simply what the manifests say.")] = ""
    calls: Annotated[tuple[str, ...], Meta(description="The calls that the platform will get.")] = ()
    acts: Annotated[
        tuple[str, ...],
        Meta(description="What is done to the person by API: afterwards, or before a deletion. Ids of the facts."),
    ] = ()
    says: Annotated[str, Meta(description="What becomes of a person who leaves, moves or comes back, in words.")] = ""
    effects: Annotated[tuple[str, ...], Meta(description="What else happens on the platform by itself.")] = ()

    @property
    def ref(self) -> Ref:
        """The object."""
        return self.change.ref


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The plan in numbers."""

    create: int = 0
    update: int = 0
    rename: int = 0
    leave: int = 0
    delete: int = 0
    restore: int = 0
    unchanged: int = 0
    adopt: int = 0
    unmanaged: int = 0
    left: int = 0


class Adoption(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A declared object that is live as wanted, but for the plan's steps, or a leaver who has left: apply notes it."""

    kind: str
    key: str
    native_id: str
    formerly: str = ""
    has_left: bool = False


class FoundIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding inside a plan: like `Finding`, with its place in words."""

    code: str
    severity: Severity
    message: str
    where: str = ""
    subject: str = ""
    hint: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be done on a target, and what was found on the way."""

    form: Annotated[int, Meta(description="The version of the plan's form.")] = FORM
    id: Annotated[str, Meta(description="The SHA-256 of everything else in the plan.")] = ""
    target: str
    platform: str
    url: Annotated[str, Meta(description="The platform's address: a plan for one is not applied to another.")] = ""
    steps: Annotated[
        tuple[Step, ...],
        Meta(description="In an order in which they can be done; so can they in any that keeps to the needs."),
    ]
    adopts: tuple[Adoption, ...] = ()
    files: Annotated[dict[str, str], Meta(description="Paths of files by the digest that steps name.")] = {}
    names: Annotated[
        dict[str, dict[str, str]],
        Meta(description="By kind: what the platform calls objects that Git calls otherwise."),
    ] = {}
    seen: Annotated[
        dict[str, str],
        Meta(description="By kind: when a person last looked, in UTC, for what no API shows."),
    ] = {}
    rules: Annotated[
        dict[str, str],
        Meta(description="Digests of what ccconf.yaml says of the target under owns:, guards: and so on."),
    ] = {}
    undoes: Annotated[int, Meta(description="The run of the ledger that the plan undoes; 0 for any other plan.")] = 0
    counts: Counts = Counts()
    selection: Annotated[tuple[str, ...], Meta(description="The --only patterns, where there were any.")] = ()
    findings: tuple[FoundIn, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data

    @property
    def refused(self) -> bool:
        """Whether a finding forbids to apply it."""
        return any(found.severity is Severity.ERROR for found in self.findings)

    @property
    def cost(self) -> int:
        """The number of calls that the platform will get."""
        return sum(len(step.calls) for step in self.steps)


def found_in(finding: Finding, place: Callable[[Location], str]) -> FoundIn:
    """A finding as a plan carries it."""
    return FoundIn(
        code=finding.code,
        severity=finding.severity,
        message=finding.message,
        where=place(finding.where) if finding.where else "",
        subject=finding.subject,
        hint=finding.hint,
    )


def signed(plan: Plan) -> Plan:
    """The plan with its id."""
    return msgspec.structs.replace(plan, id=_digest(plan))


def _digest(plan: Plan) -> str:
    unsigned = msgspec.structs.replace(plan, id="")
    return hashlib.sha256(msgspec.json.encode(unsigned, order="deterministic")).hexdigest()


def encode(plan: Plan) -> bytes:
    """The plan as a file: JSON, sorted keys, one value a line."""
    return msgspec.json.format(msgspec.json.encode(plan, order="deterministic"), indent=2) + b"\n"


def decode(raw: bytes, name: str) -> Plan:
    """A plan from its file. Raises `Broken` (CC010) where it is none, or was changed after it was made."""
    again = "make a new one: ccconf plan --out"
    try:
        plan = msgspec.json.decode(raw, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise broken("CC010", f"{name} is not a plan: {error}", again, Location(name)) from error
    if plan.form != FORM:
        raise broken("CC010", f"{name} was made by another version of ccconf", again, Location(name))
    if plan.id != _digest(plan):
        raise broken("CC010", f"{name} was changed after it was made", again, Location(name))
    return plan


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of a saved plan."""
    return struct_schema(Plan, "plan", "ccconf plan")


def stop_on_errors(findings: tuple[Finding, ...]) -> None:
    """Nothing is planned from manifests with errors."""
    stopping = errors(findings)
    if stopping:
        raise Broken(*stopping)


PARKS = "park "
"""Begins the id of a step that puts an object's unique values aside for a moment."""


def parks(step: Step) -> bool:
    """Whether an object only steps aside; what becomes of it says its other step."""
    return step.id.startswith(PARKS)


def native_id(change: Change) -> str | None:
    """The platform's id of the object that a change is about; None for one that does not exist yet."""
    match change:
        case Update() | Delete() | Restore():
            return change.native_id
        case Create():
            return None


def field_changes(step: Step) -> tuple[FieldChange, ...]:
    """The changes of a step, a creation as changes from nothing, a deletion as changes to nothing."""
    match step.change:
        case Create(fields=fields, key=key):
            return (
                FieldChange(field=KEY, after=key),
                *(FieldChange(field=name, after=value) for name, value in fields.items()),
            )
        case Delete(fields=fields, key=key):
            return (
                FieldChange(field=KEY, before=key),
                *(FieldChange(field=name, before=value) for name, value in fields.items()),
            )
        case Update(changes=changes) | Restore(changes=changes):
            return changes
