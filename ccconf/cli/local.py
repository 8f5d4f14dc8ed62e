"""`ccconf local`: the embedded platform's own console, so that a try-out can change things behind Git's back."""

from __future__ import annotations

from typing import Any

import click

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.session import connected, format_option, person, project_of, target_option
from ccconf.errors import Broken, broken
from ccconf.findings import Finding, Location, did_you_mean
from ccconf.manifest.project import Target
from ccconf.manifest.shape import manifest_judge
from ccconf.manifest.yaml12 import read
from ccconf.model.change import FieldChange, Update
from ccconf.model.kinds import KINDS
from ccconf.model.refs import parse_ref
from ccconf.platform.contract import Observed, Platform
from ccconf.platforms.local.embedded import LocalPlatform
from ccconf.reconcile.diff import planned
from ccconf.report.answers import Assigned, Traced
from ccconf.report.words import shown


@click.group(name="local")
def command() -> None:
    """Act as the console of the embedded platform: for try-outs and training."""


@command.command(name="set")
@click.argument("object_name", metavar="OBJECT")
@click.argument("assignments", nargs=-1, required=True, metavar="FIELD=VALUE...")
@target_option
@format_option("text", "json")
@click.pass_context
def set_(
    ctx: click.Context, object_name: str, assignments: tuple[str, ...], target_name: str | None, format_: str
) -> int:
    """Change an object by hand, as somebody at the platform's own console would.

    For example: ccconf local set user/agent.01 position="Team lead" skills="{english: 5}"
    """
    target = _local(project_of(ctx).target(target_name))
    with connected(target, actor=f"console ({person()})") as platform:
        live = _live(platform, object_name)
        changes = tuple(_assigned(live, assignment) for assignment in assignments)
        kind, key = live.ref
        update = Update(kind=kind, key=key, native_id=live.native_id, revision=live.revision, changes=changes)
        platform.perform(update)
    if format_ == "json":
        print_json(Assigned(object=str(live.ref), changes=changes))
    else:
        print_lines(f"{live.ref}: {change.field} is now {shown(change.after)}" for change in changes)
    return 0


@command.command(name="trail")
@click.argument("object_name", metavar="OBJECT", required=False)
@target_option
@format_option("text", "json")
@click.pass_context
def trail(ctx: click.Context, object_name: str | None, target_name: str | None, format_: str) -> int:
    """Show who changed what and when on the embedded platform."""
    target = _local(project_of(ctx).target(target_name))
    ref = parse_ref(object_name) if object_name else None
    with connected(target) as platform:
        assert isinstance(platform, LocalPlatform), "the target was found to be local"
        traces = list(platform.trail(ref.kind if ref else None, ref.key if ref else None))
    if format_ == "json":
        print_json([Traced(**{**trace._asdict(), "ref": str(trace.ref)}) for trace in traces])
    else:
        print_lines(
            f"{trace.at}  {trace.actor}  {trace.action} {trace.ref}  {', '.join(trace.fields)}".rstrip()
            for trace in traces
        )
    return 0


def _local(target: Target) -> Target:
    if target.form.platform != "local":
        where = target.where("platform")
        raise broken("CC505", f"{target.name} is not an embedded platform", "use the vendor's own console", where)
    return target


def _live(platform: Platform, name: str) -> Observed:
    ref = parse_ref(name)
    live = platform.lookup(ref) if ref.kind in KINDS else None
    if live is None:
        raise broken("CC011", f"there is no {name} on the platform", "write user/agent.01")
    return live


def _assigned(live: Observed, assignment: str) -> FieldChange:
    """`field=value`, the value in YAML, judged like a manifest."""
    field, equals, text = assignment.partition("=")
    kind = KINDS[live.ref.kind]
    where = Location(assignment)
    if not equals or field not in {spec.name for spec in kind.stored}:
        hint = did_you_mean(field, (spec.name for spec in kind.stored)) if equals else "write FIELD=VALUE"
        raise broken("CC201", f"{assignment} sets no field of a {kind.name}", hint)
    written: Any = read(text, assignment).data
    mistakes = manifest_judge().mistakes({kind.plural: {live.ref.key: {field: written}}})
    if mistakes:
        found = [Finding(code=bad.code, message=bad.message, hint=bad.hint, where=where) for bad in mistakes]
        raise Broken(*found)
    value = None if written is None else kind.by_name[field].shape.canonical(written)
    before = getattr(live.resource, field)
    return FieldChange(field=field, before=planned(before), after=planned(value))
