"""`ccconf explain`."""

from __future__ import annotations

import re

import click
from msgspec import UNSET

from ccconf.cli.output import print_json, print_lines
from ccconf.cli.planning import policy_of
from ccconf.cli.session import checked, connected, format_option, in_gits_words, project_of, target_option
from ccconf.codes import CODES, Code
from ccconf.errors import broken
from ccconf.findings import did_you_mean
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations
from ccconf.manifest.project import Target
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref, parse_ref
from ccconf.platform.contract import Observed
from ccconf.reconcile.diff import is_empty, planned
from ccconf.report.answers import CodeTold, FieldTold, ObjectTold
from ccconf.report.words import shown


@click.command(name="explain")
@click.argument("what")
@target_option
@click.option("--offline", is_flag=True, help="Do not ask the platform for the live value.")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, what: str, target_name: str | None, offline: bool, format_: str) -> int:
    """Tell what a finding code means (CC203), or for an object or one of its fields (user/agent.01.email): the wanted
    value, which file and line say so and in which layer, the live value, and whether ccconf owns it.
    """
    if re.fullmatch(r"(?i)cc\d+", what):
        _explain_code(what.upper(), format_)
        return 0
    target = project_of(ctx).target(target_name)
    declared, _ = checked(target)
    ref, field = _object(what, declared)
    live = None if offline else _live(target, ref, declared)
    told = _told(target, declared, ref, field, live)
    if format_ == "json":
        print_json(told)
    else:
        print_lines(_lines(told, offline=offline))
    return 0


def _explain_code(name: str, format_: str) -> None:
    code = CODES.get(name)
    if code is None:
        raise broken("CC011", f"there is no finding code {name}", did_you_mean(name, CODES))
    if format_ == "json":
        print_json(CodeTold(**code._asdict()))
    else:
        print_lines(code_lines(code))


def code_lines(code: Code) -> list[str]:
    """What a code means, for a person."""
    return [f"{code.code} ({code.severity}) {code.title}", "", code.meaning, "", f"What to do: {code.mend}"]


def _object(what: str, declared: Declarations) -> tuple[Ref, str | None]:
    """`user/agent.01` or `user/agent.01.email`: keys may hold dots, so the whole is tried first."""
    ref = parse_ref(what)
    if ref.kind not in KINDS:
        raise broken("CC011", f"{what} names no object", f"begin with one of {', '.join(KINDS)}: user/agent.01")
    key, _, field = ref.key.rpartition(".")
    if ref not in declared and key and field in KINDS[ref.kind].by_name:
        return Ref(ref.kind, key), field
    return ref, None


def _live(target: Target, ref: Ref, declared: Declarations) -> Observed | None:
    with connected(target) as connection, Ledger(target.project.ledger) as ledger:
        platform, _ = in_gits_words(connection, target, ledger, declared)
        return platform.lookup(ref)


def _told(target: Target, declared: Declarations, ref: Ref, field: str | None, live: Observed | None) -> ObjectTold:
    found = declared.get(ref)
    if found is None and live is None:
        hint = did_you_mean(ref.key, declared.keys(ref.kind))
        raise broken("CC011", f"{ref} is neither in Git nor on the platform", hint)
    fields = [field] if field else [spec.name for spec in KINDS[ref.kind].stored]
    rows = [_field(declared, ref, name, live) for name in fields]
    return ObjectTold(
        object=str(ref),
        owned=_ownership(target, ref, declared, live),
        native_id=live.native_id if live else None,
        fields=tuple(row for row in rows if field or row.wanted is not None or row.live is not None),
    )


def _field(declared: Declarations, ref: Ref, name: str, live: Observed | None) -> FieldTold:
    found = declared.get(ref)
    wanted = getattr(found.resource, name) if found else UNSET
    origin = declared.origin(ref, name)
    from_groups = name == "groups" and found is not None and bool(found.member_of)
    layer = None
    if origin is not None:
        layer = "defaults" if origin[1][0] == "defaults" else f"layer {declared.sources[origin[0]].layer + 1}"
    return FieldTold(
        field=name,
        managed=wanted is not UNSET or from_groups,
        wanted=planned(found.member_of if from_groups and wanted is UNSET and found else wanted),
        said_at=str(declared.where(ref, name)) if origin else None,
        layer=layer or ("members of the group" if from_groups else None),
        live=planned(getattr(live.resource, name)) if live else None,
        initial=KINDS[ref.kind].by_name[name].marker.initial,
    )


def _ownership(target: Target, ref: Ref, declared: Declarations, live: Observed | None) -> str:
    with Ledger(target.project.ledger) as ledger:
        known = ledger.owned(target.name, ref.kind).get(ref.key)
    ours = known is not None and live is not None and known.native_id == live.native_id
    rule = policy_of(target).ownership(ref.kind)
    if ref in declared:
        return "yes: it is in Git" + (", and ccconf applied it" if ours else ", but was not applied yet")
    if rule == "all":
        return f"yes: everything of kind {ref.kind} is ours, and this is not in Git, so it goes"
    if ours and rule == "listed":
        return "yes: ccconf applied it and it left the manifests, so it goes"
    return (
        "no: ccconf never applied it, so it is left alone" if rule == "listed" else "no: nothing of this kind ever goes"
    )


def _lines(told: ObjectTold, *, offline: bool) -> list[str]:
    lines = [told.object, f"  owned: {told.owned}"]
    if told.native_id:
        lines.append(f"  id on the platform: {told.native_id}")
    for row in told.fields:
        lines.append(f"  {row.field}")
        if row.managed:
            place = f"  ({row.said_at}, {row.layer})" if row.said_at else f"  ({row.layer})"
            lines.append(f"    wanted: {shown(row.wanted)}{place}")
        else:
            lines.append("    wanted: not managed, nothing says it")
        if not offline:
            lines.append(f"    live:   {shown(row.live)}")
        if not is_empty(row.initial):
            lines.append(f"    a new one gets: {shown(row.initial)}")
    return lines
