"""`ccconf drift --accept` and `--revert`: Git as the platform is, or the platform as Git is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from ccconf.cli.drifting import Believed, Seen, chosen_by, drift_of
from ccconf.cli.output import print_json, print_lines, told
from ccconf.cli.plan import plan_code, print_plan
from ccconf.cli.reporting import Reporting
from ccconf.cli.session import facts_of, judge_of
from ccconf.errors import Ending, broken
from ccconf.files import write_all, write_whole
from ccconf.manifest.editing.edits import Edit, Edited, Into, Rename, SetField
from ccconf.manifest.project import Target, shown
from ccconf.model.change import KEY
from ccconf.model.refs import Ref
from ccconf.reconcile.drifted import Difference, Drift, Share, Sort, Weight, counted
from ccconf.reconcile.plan import encode
from ccconf.report import text
from ccconf.report.answers import Accepted, NowInGit


def reverted(
    target: Target, believed: Believed, only: tuple[str, ...], out: Path | None, format_: str, reports: Reporting
) -> int:
    """A plan that puts Git's values back, told and reported as any plan is."""
    seen = drift_of(target, believed, chosen_by(only))
    reports.meet_others(seen.others)
    plan, code = seen.plan, plan_code(seen.plan)
    if reports.asked:
        reports.meet(reports.of_drift(seen.drift, exit_code=code))
    _fits_something(seen.drift, only)
    if reports.asked:
        plan = reports.tell(reports.of_plan(plan, exit_code=code)).plan or plan
    print_plan(plan, format_, reports.sensitivities(target.name))
    if out is not None:
        write_whole(out, encode(seen.plan))  # what is applied has to be true, whatever may be shown
        print_lines([reports.line(f"ccconf apply {shown(out)} puts Git's values back.")], err=True)
    not_noted(seen, reports)
    return code


def accepted(
    target: Target,
    believed: Believed,
    only: tuple[str, ...],
    into: Into,
    least: Weight | None,
    format_: str,
    reports: Reporting,
) -> int:
    """The manifests say what the platform has, as far as they can; told is where, what was refused and why, and what
    is left to be decided. The reports tell what is left.
    """
    from ccconf.manifest.editing.accept import accepted as edited_by

    seen = drift_of(target, believed, chosen_by(only), named=bool(only))
    reports.meet_others(seen.others)
    if reports.asked:
        reports.meet(reports.of_drift(seen.drift, exit_code=0))
    not_noted(seen, reports)
    _fits_something(seen.drift, only)
    edited = Edited({}, (), ())
    if seen.edits:
        judge = judge_of(target, facts_of(target))
        edited = edited_by(target, seen.edits, into=into, declared=seen.declared, judge=judge)
    write_all({path: content.encode() for path, content in edited.files.items()}, overwrite=True)
    left = _left(seen.drift, seen.edits, edited)
    open_ = [row for row in left.outside() if chosen_by(only)(row)]
    grave = least is not None and any(row.weight.rank >= least.rank for row in open_)
    code = Ending.BROKEN if edited.findings else Ending.CHANGES if grave else Ending.DONE
    conflicts = [row for row in open_ if row.sort is Sort.CONFLICT]
    if format_ == "json":
        print_json(_as_data(target, edited, conflicts, reports))
    else:
        print_lines(reports.line(f"accepted  {one}") for one in edited.written)
        print_lines(text.findings(reports.masked_findings(edited.findings)), err=True)
        if edited.files:
            print_lines([f"{len(edited.files)} file(s) changed: review them (git diff), and commit."])
        elif not seen.edits and not open_:
            print_lines(["Nothing to accept."])
        print_lines(map(reports.line, _to_decide(conflicts, target, alone=not seen.edits)))
    if reports.asked:
        reports.tell(reports.of_drift(left, exit_code=code))
    return code


def _fits_something(drift: Drift, only: tuple[str, ...]) -> None:
    """Raises `Broken` (CC011): who names something means something."""
    if only and not any(chosen_by(only)(row) for row in drift.differences):
        raise broken("CC011", f"--only {' '.join(only)} fits nothing that differs", "patterns look like user/agent.*")


def _as_data(target: Target, edited: Edited, conflicts: Sequence[Difference], reports: Reporting) -> Accepted:
    return Accepted(
        target=target.name,
        accepted=tuple(
            NowInGit(what=reports.line(one.edit.subject), places=tuple(reports.line(str(spot)) for spot in one.spots))
            for one in edited.written
        ),
        wrote=tuple(sorted(map(shown, edited.files))),
        conflicts=tuple(reports.line(_named(row)) for row in conflicts),
        findings=told(reports.masked_findings(edited.findings)),
    )


def _named(row: Difference) -> str:
    """As --only takes it."""
    return f"{row.object}:{row.field}".rstrip(":")


def _to_decide(conflicts: Sequence[Difference], target: Target, *, alone: bool) -> Iterator[str]:
    """How many conflicts are left, and how each way of settling them is said."""
    if conflicts:
        one = len(conflicts) == 1
        count = f"{len(conflicts):,} {'difference is' if one else 'differences are'} left that"
        count += f" {'was' if one else 'were'} changed on both sides"
        first = shlex.quote(_named(conflicts[0]))
        yield f"Only conflicts are left: {count}." if alone else f"{count}."
        command = f"ccconf drift -t {shlex.quote(target.name)}"
        yield f"  {command} --accept --only {first}  overwrites what Git says"
        yield f"  {command} --revert --only {first} --out back.json  puts it back on the platform"


def _left(drift: Drift, edits: Sequence[Edit], edited: Edited) -> Drift:
    """The report without what Git says now, and with the reason where it was refused to."""
    done = _by_object(one.edit for one in edited.written)
    refused = _by_object(edit for edit in edits if edit not in done.get(edit.ref, ()))
    taken_in = {row.ref for row in drift.differences if _is_strange(row) and _settles(done, row)}
    rows = tuple(
        _with_reason(row, edited) if _settles(refused, row) else row
        for row in drift.differences
        if not _settles(done, row)
    )
    new = {kind: sum(ref.kind == kind for ref in taken_in) for kind in drift.coverage}
    unmanaged = {kind: count - new.get(kind, 0) for kind, count in drift.unmanaged.items()}
    sorts, weights = counted(rows)
    sorts[Sort.UNMANAGED] = sum(unmanaged.values())
    return replace(
        drift,
        differences=rows,
        unmanaged={kind: count for kind, count in unmanaged.items() if count > 0},
        coverage={
            kind: Share(managed=share.managed + new[kind], unmanaged=max(0, share.unmanaged - new[kind]))
            for kind, share in drift.coverage.items()
        },
        trend=(*drift.trend[:-1], *(replace(last, sorts=sorts, weights=weights) for last in drift.trend[-1:])),
    )


def _is_strange(row: Difference) -> bool:
    """Whether Git does not have the object."""
    return row.sort is Sort.UNMANAGED or (row.sort is Sort.DRIFT and not row.field and not row.file)


def _by_object(edits: Iterable[Edit]) -> Mapping[Ref, Sequence[Edit]]:
    found: dict[Ref, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.ref, []).append(edit)
    return found


def _settles(edits: Mapping[Ref, Sequence[Edit]], row: Difference) -> bool:
    """Whether one of the edits makes Git say what the platform has there."""
    return any(_field_of(edit) in (None, row.field) for edit in edits.get(row.ref, ()))


def _field_of(edit: Edit) -> str | None:
    """The field that an edit is about; None where it is about the whole object."""
    match edit:
        case SetField(field=field):
            return field
        case Rename():
            return KEY
        case _:
            return None


def _with_reason(row: Difference, edited: Edited) -> Difference:
    why = [f"{found.code} {found.message}" for found in edited.findings if found.subject == row.object]
    return replace(row, says="; ".join(filter(None, (row.says, *(f"not accepted: {reason}" for reason in why)))))


def not_noted(seen: Seen, reports: Reporting) -> None:
    """The report is whole; only the trend, and what is known of later ones, is not."""
    for found in reports.masked_findings(seen.unnoted):
        print_lines([f"This report could not be noted: {found.message}."], err=True)
    for found in reports.masked_findings(seen.untold):
        print_lines([f"Who changed it is not known: {found.message}."], err=True)
