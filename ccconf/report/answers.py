"""What commands answer to programs, where the answer is no value of another room: one struct for each shape.

The commands fill these in, `--format json` prints them, and the schemas in `schemas/` are derived from them. Every
field is always there; null where there is nothing to say.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ccconf.codes import Severity
from ccconf.model.change import FieldChange

Place = Annotated[str, Meta(description="A path as it would be typed where the command was run.")]
When = Annotated[str, Meta(description="UTC, ISO 8601.")]
Object = Annotated[str, Meta(description="Kind and key: user/ann.")]
Entry = Annotated[
    dict[str, Any], Meta(description="`list` and `what` of each list; of the entries of one what the platform has.")
]
Row = Annotated[
    dict[str, Any],
    Meta(
        description="The key, and fields by name as manifests write them.",
        extra_json_schema={
            "properties": {"key": {"type": "string"}},
            "required": ["key"],
            "additionalProperties": True,
        },
    ),
]
Fields = Annotated[dict[str, Any], Meta(description="By name, as manifests write them.")]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer is."""


class Told(Answer, frozen=True, kw_only=True):
    """A finding as commands print it; null where there is nothing to say."""

    code: Annotated[str, Meta(pattern="^CC[0-9]{3}$")]
    severity: Severity
    message: str
    path: Annotated[str | None, Meta(description="From where the command was run.")]
    line: Annotated[int | None, Meta(description="From 1.")]
    column: Annotated[int | None, Meta(description="From 1, in Unicode code points.")]
    subject: Annotated[str | None, Meta(description="The object: kind and key.")]
    hint: Annotated[str | None, Meta(description="How to mend it.")]


class Checked(Answer, frozen=True, kw_only=True):
    """What `ccconf validate` found; or, from any command, what kept it from its work."""

    targets: Annotated[tuple[str, ...], Meta(description="Whose manifests were judged, where any were.")] = ()
    objects: Annotated[int, Meta(description="How many the manifests declare, where they were judged.")] = 0
    plan_id: Annotated[str, Meta(description="The plan that was not carried out, where there is one.")] = ""
    findings: tuple[Told, ...]


# --- files


class Started(Answer, frozen=True, kw_only=True):
    """What `ccconf init` wrote."""

    wrote: tuple[Place, ...]
    todo: Annotated[tuple[str, ...], Meta(description="What is left to people, in words.")]


class Imported(Answer, frozen=True, kw_only=True):
    """What `ccconf import` wrote."""

    target: str
    objects: Annotated[dict[str, int], Meta(description="By kind, how many there are.")]
    wrote: tuple[Place, ...]


class Restyled(Answer, frozen=True, kw_only=True):
    """A file that was not in the style."""

    path: Place
    diff: Annotated[str | None, Meta(description="As `diff -u` shows it, with --diff.")]


class Formatted(Answer, frozen=True, kw_only=True):
    """What `ccconf fmt` found, and wrote unless it was only to look."""

    wrote: Annotated[bool, Meta(description="Whether the files were written; not with --check or --diff.")]
    files: Annotated[tuple[Restyled, ...], Meta(description="Those that were not in the style.")]
    alike: Annotated[int, Meta(description="How many were in the style already.")]
    findings: Annotated[tuple[Told, ...], Meta(description="Why other files were left as they are.")]


class NowInGit(Answer, frozen=True, kw_only=True):
    """What Git says now as the platform has it."""

    what: Annotated[str, Meta(description="An object, a field of one, or a rename.")]
    places: Annotated[tuple[str, ...], Meta(description="File, line and column, and what stands there.")]


class Accepted(Answer, frozen=True, kw_only=True):
    """What `ccconf drift --accept` wrote, and what is left."""

    target: str
    accepted: tuple[NowInGit, ...]
    wrote: tuple[Place, ...]
    conflicts: Annotated[tuple[str, ...], Meta(description="What was changed on both sides and is to be named.")]
    findings: Annotated[tuple[Told, ...], Meta(description="What was refused, and why.")]


# --- the ledger


class LedgerTrouble(Answer, frozen=True, kw_only=True):
    """Something that is wrong in a ledger."""

    code: str
    severity: Severity
    message: str
    repair: Annotated[str | None, Meta(description="What --repair does about it; null: nothing can.")]
    mended: bool


class LedgerChecked(Answer, frozen=True, kw_only=True):
    """Whether a ledger is sound."""

    ledger: Annotated[str, Meta(description="Where it is.")]
    exists: bool
    sound: bool
    findings: tuple[LedgerTrouble, ...] = ()
    notes: Annotated[tuple[str, ...], Meta(description="Worth knowing, and no damage.")] = ()
    kept: Annotated[tuple[Place, ...], Meta(description="The ledger as it was before the repair.")] = ()
    removed: Annotated[Place | None, Meta(description="What the repair took out of it.")] = None
    saved: Annotated[dict[str, int], Meta(description="By table, rows that were saved from a damaged file.")] = {}
    lost: Annotated[dict[str, int | None], Meta(description="By table, about how many were not; null: unknown.")] = {}


class LedgerForm(Answer, frozen=True, kw_only=True):
    """In which form a ledger is."""

    form: int
    version: Annotated[str, Meta(description="Of the ccconf that exported it.")]


class LedgerHeld(Answer, frozen=True, kw_only=True):
    """Everything that a ledger holds."""

    ledger: Annotated[LedgerForm | None, Meta(description="null: there is none yet.")]
    tables: Annotated[dict[str, list[dict[str, Any]]], Meta(description="The rows of each table, in its key's order.")]


class LedgerExported(Answer, frozen=True, kw_only=True):
    """What `ccconf ledger export --out` wrote."""

    wrote: Annotated[Place | None, Meta(description="null: there is no ledger yet.")]
    rows: Annotated[dict[str, int], Meta(description="By table.")]


class LedgerMoved(Answer, frozen=True, kw_only=True):
    """What `ccconf ledger move` copied."""

    ledger: Annotated[str, Meta(description="The one that stays as it is.")]
    to: Annotated[str | None, Meta(description="The copy; null: there is no ledger yet.")]
    rows: Annotated[dict[str, int], Meta(description="By table.")]
    setting: Annotated[str | None, Meta(description="The line for ccconf.yaml.")]


class Readdressed(Answer, frozen=True, kw_only=True):
    """What the ledger knows of where a target is."""

    target: str
    was: Annotated[str | None, Meta(description="The address that it knew; null: none.")]
    address: Annotated[str, Meta(description="The one in ccconf.yaml.")]
    changed: bool


# --- people's work


class AskedOf(Answer, frozen=True, kw_only=True):
    """A step that people were asked to do."""

    number: Annotated[int, Meta(description="Of the entry in the runbook.")]
    step: str
    plan: Annotated[str, Meta(description="The id of the plan.")]
    confirmed_by: Annotated[str | None, Meta(description="Who did it; null: nobody has confirmed it.")]
    noted_by: Annotated[str | None, Meta(description="Who typed that.")]
    outcome: Annotated[str | None, Meta(description="What was seen of it later; null: nothing yet.")]
    confirmed_at: When | None


class Confirmed(Answer, frozen=True, kw_only=True):
    """What the last runbook asks for, and what was confirmed of it just now."""

    target: str
    confirmed: Annotated[tuple[str, ...], Meta(description="The ids of the steps.")]
    steps: tuple[AskedOf, ...]


class Confirmations(Answer, frozen=True, kw_only=True):
    """Everything that was ever confirmed on a target."""

    target: str
    confirmed: tuple[AskedOf, ...]


class Acted(Answer, frozen=True, kw_only=True):
    """What was done to one person at once."""

    target: str
    act: str
    person: Object
    done: Annotated[bool, Meta(description="No where somebody at the terminal said no.")]
    said: Annotated[tuple[str, ...], Meta(description="What came of it, in words.")]


class Act(Answer, frozen=True, kw_only=True):
    """One act in the ledger."""

    at: When
    actor: str
    act: str
    person: Object
    outcome: str


class Acts(Answer, frozen=True, kw_only=True):
    """Everything that was ever done to single people of a target at once."""

    target: str
    acts: tuple[Act, ...]


# --- snapshots


class Held(Answer, frozen=True, kw_only=True):
    """How much of a kind a snapshot holds."""

    kind: str
    objects: int
    departed: Annotated[int, Meta(description="Deleted ones.")]
    taken: When
    source: Annotated[str, Meta(description="The file that it came from.")]


class Taken(Held, frozen=True, kw_only=True):
    """The same, with what it brought."""

    new: Annotated[tuple[str, ...], Meta(description="Names.")]
    gone: Annotated[tuple[str, ...], Meta(description="Names.")]
    changed: Annotated[tuple[str, ...], Meta(description="Names.")]


class SnapshotTaken(Answer, frozen=True, kw_only=True):
    """What `ccconf snapshot import` took."""

    kinds: tuple[Taken, ...]
    encoding: Annotated[str | None, Meta(description="How the file was read, where that had to be found out.")]
    findings: tuple[Told, ...]


class Aged(Held, frozen=True, kw_only=True):
    """The same, with its age."""

    age_days: int


class SnapshotObject(Answer, frozen=True, kw_only=True):
    """An object as people saw it."""

    name: str
    id: Annotated[str, Meta(description="Of the platform; empty where nobody saw one.")]
    deleted: bool
    fields: Fields


# --- looking things up


class Detail(Answer, frozen=True, kw_only=True):
    """An object with whoever has to do with it. What its kind does not have is absent."""

    object: Object
    fields: Fields
    permissions: Annotated[dict[str, Any] | UnsetType, Meta(description="What the roles allow, by role.")] = UNSET
    members: tuple[str, ...] | UnsetType = UNSET
    holders: tuple[str, ...] | UnsetType = UNSET
    works_by_it: tuple[str, ...] | UnsetType = msgspec.field(name="works by it", default=UNSET)
    binds: tuple[str, ...] | UnsetType = UNSET


class CodeTold(Answer, frozen=True, kw_only=True):
    """What a finding code means."""

    code: Annotated[str, Meta(pattern="^CC[0-9]{3}$")]
    severity: Severity
    title: str
    meaning: str
    mend: str


class FieldTold(Answer, frozen=True, kw_only=True):
    """Where the value of a field comes from."""

    field: str
    managed: Annotated[bool, Meta(description="Whether the manifests say it.")]
    wanted: Any
    said_at: Annotated[str | None, Meta(description="File, line and column.")]
    layer: str | None
    live: Annotated[Any, Meta(description="null too where the platform was not asked.")]
    initial: Annotated[Any, Meta(description="What a new one gets where nobody says it.")]


class ObjectTold(Answer, frozen=True, kw_only=True):
    """Where the values of an object come from."""

    object: Object
    owned: Annotated[str, Meta(description="Whether it is ccconf's, and why.")]
    native_id: Annotated[str | None, Meta(description="The platform's id; null too where it was not asked.")]
    fields: tuple[FieldTold, ...]


class PlatformTold(Answer, frozen=True, kw_only=True):
    """A platform that ccconf knows."""

    name: str
    title: str
    summary: str


class LicenceRow(Answer, frozen=True, kw_only=True):
    """One thing that the licence counts."""

    what: str
    allowed: Annotated[int | Literal["no limit"], Meta(description="How many may be.")]
    now: int
    then: Annotated[int, Meta(description="After the plan.")]
    left: Annotated[int | Literal[""], Meta(description="After the plan; empty where there is no limit.")]
    opens: Annotated[str, Meta(description="What would open more.")]


class LicenceTold(Answer, frozen=True, kw_only=True):
    """What of a licence is used."""

    edition: str
    modules: tuple[str, ...]
    rows: tuple[LicenceRow, ...]


class Assigned(Answer, frozen=True, kw_only=True):
    """What `ccconf local set` changed."""

    object: Object
    changes: tuple[FieldChange, ...]


class Traced(Answer, frozen=True, kw_only=True):
    """One line of the audit trail of the embedded platform."""

    at: When
    actor: str
    action: str
    ref: Object
    fields: tuple[str, ...]
