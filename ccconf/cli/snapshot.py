"""`ccconf snapshot`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ccconf.cli.clock import moment, now
from ccconf.cli.output import print_json, print_lines, told
from ccconf.cli.session import facts_under, format_option, project_of, target_option
from ccconf.errors import broken
from ccconf.files import write_all
from ccconf.manifest.project import Target, shown
from ccconf.manifest.write import as_written
from ccconf.model.kinds import BY_PLURAL, KINDS
from ccconf.platform.discovery import find
from ccconf.platform.record import Entry, Known, Snapshot
from ccconf.report import answers, text
from ccconf.report.table import table
from ccconf.report.words import shown as in_words
from ccconf.report.words import visible
from ccconf.snapshot import store, template
from ccconf.snapshot.encoding import ENCODINGS
from ccconf.snapshot.file import Opening, kind_in, reading_of
from ccconf.snapshot.news import News, news
from ccconf.snapshot.stated import Reading
from ccconf.snapshot.taking import Consent, Taken, take

_PLURALS = click.Choice(tuple(BY_PLURAL))
_NAMED = 10
"""So many names are told in a line; the rest is counted."""


@click.group(name="snapshot")
def command() -> None:
    """Tell ccconf what a person saw on the platform's screens, where no API shows it."""


@command.command(name="import")
@target_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=_PLURALS, help="What a table lists (default: the first word of its name).")
@click.option("--taken", metavar="DATE", help="When the export was made, as 2026-11-20 or 2026-11-20T10:00+01:00.")
@click.option("--encoding", type=click.Choice(ENCODINGS), help="How a .csv is written, where it is not found out.")
@click.option("--sheet", help="Which sheet of a workbook (default: the first).")
@click.option("--accept-empty", "empty", type=_PLURALS, multiple=True, help="There really are none of these.")
@click.option("--accept-fewer", "fewer", is_flag=True, help="More than half of them have really gone.")
@click.option("--replace", is_flag=True, help="Take a file that is older than what is held.")
@format_option("text", "json")
@click.pass_context
def import_(
    ctx: click.Context, target_name: str | None, file: Path, kind: str | None, taken: str | None,
    encoding: str | None, sheet: str | None, empty: tuple[str, ...], fewer: bool, replace: bool, format_: str,
) -> int:  # fmt: skip
    """Take a table (.csv, .tsv, .xlsx) or a manifest (.json, .yaml) of what is on the platform into the snapshot.

    Either all of the file is taken or, with every mistake named at its cell, nothing.
    """
    target = project_of(ctx).target(target_name)
    descriptor = find(target.form.platform, target.where("platform"))
    held = _held(target)
    guide = descriptor.guide() if descriptor.guide else None
    facts = facts_under(target, descriptor)
    reading = reading_of(file, facts, guide, held.kinds, Opening(kind, encoding, sheet))
    consent = Consent(frozenset(BY_PLURAL[name].name for name in empty), fewer=fewer, older=replace)
    done = take(reading, file, facts, held, _taken(taken), consent)
    store.write(target.snapshot, done.snapshot, target.name, target.form.platform)
    _tell_taken(target, reading, held, done, as_json=format_ == "json")
    return 0


def _held(target: Target) -> Snapshot:
    return store.read(target.snapshot, target.name, target.form.platform)


def _taken(said: str | None) -> datetime:
    """The moment of the export, to the second. Raises `Broken` (CC808) where it is no date or has not come yet."""
    present = now().replace(microsecond=0)
    taken = moment(said, "--taken").replace(microsecond=0) if said else present
    if taken > present:
        raise broken("CC808", f"--taken {said} lies in the future", "say when the export was made")
    return taken


def _tell_taken(target: Target, reading: Reading, held: Snapshot, done: Taken, *, as_json: bool) -> None:
    kinds = {kind: done.snapshot.kinds[kind] for kind in sorted(reading.objects)}
    brought = {kind: news(held.kinds.get(kind), known) for kind, known in kinds.items()}
    if as_json:
        rows = tuple(answers.Taken(**_numbers(kind, known), **brought[kind]._asdict()) for kind, known in kinds.items())
        encoding = reading.encoding or None
        print_json(answers.SnapshotTaken(kinds=rows, encoding=encoding, findings=told(done.warnings)))
        return
    print_lines(text.findings(done.warnings), err=True)
    encoding = f", read as {reading.encoding}" if reading.encoding else ""
    for kind, known in kinds.items():
        gone = f" and {len(known.departed)} deleted" if known.departed else ""
        taken = f"as on {known.taken:%Y-%m-%d %H:%M} UTC"
        print_lines(
            [f"Took {_counted(len(known.objects), kind)}{gone} from {visible(known.source)}, {taken}{encoding}."]
        )
        print_lines(_brought(brought[kind], before=kind in held.kinds))
    print_lines([f"Written to {shown(target.snapshot)}. Next: ccconf plan"])


def _brought(brought: News, *, before: bool) -> Iterator[str]:
    for word, names in brought._asdict().items():
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"  {word + ':':<8} {', '.join(map(visible, names[:_NAMED]))}{more}"
    if not any(brought):
        yield "  nothing else than the snapshot before" if before else "  nothing is there"


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind if count == 1 else KINDS[kind].plural}"


def _numbers(kind: str, known: Known) -> dict[str, Any]:
    return {
        "kind": kind,
        "objects": len(known.objects),
        "departed": len(known.departed),
        "taken": f"{known.taken:%Y-%m-%dT%H:%M:%SZ}",
        "source": known.source,
    }


@command.command(name="template")
@target_option
@click.argument("kind", type=_PLURALS)
@click.option("--format", "ending", type=click.Choice(["csv", "xlsx"]), help="What to write (default: csv).")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file (default: users.csv, and so on)."
)
@click.pass_context
def template_(ctx: click.Context, target_name: str | None, kind: str, ending: str | None, out: Path | None) -> int:
    """Write an empty table to fill in, with the columns of what only people can see on the platform."""
    target = project_of(ctx).target(target_name)
    facts = facts_under(target, find(target.form.platform, target.where("platform")))
    columns = template.headings(facts, BY_PLURAL[kind].name)
    if not columns:
        print_lines([f"{facts.title} shows its {kind} by API: there is nothing to fill in."])
        return 0
    path = _named(kind, ending, out)
    workbook = path.suffix == ".xlsx"
    content = template.as_workbook(columns, kind) if workbook else template.as_csv(columns, facts.language)
    write_all({path: content}, overwrite=False, hint="choose another name with --out")
    named = "" if kind_in(path) == kind else f" --kind {kind}"
    next_ = f"ccconf snapshot import -t {target.name} {shlex.quote(shown(path))}{named}"
    print_lines([f"Wrote {shown(path)}. Fill it in, then: {next_}"])
    print_lines(table(("column", "how to fill it in"), columns), err=True)
    return 0


def _named(kind: str, ending: str | None, out: Path | None) -> Path:
    """The file of a template. Raises `Broken` (CC805) where its ending is none that an import would understand."""
    path = out or Path(f"{kind}.{ending or 'csv'}")
    if path.suffix != f".{ending}" if ending else path.suffix not in (".csv", ".xlsx"):
        raise broken("CC805", f"{shown(path)} does not end as its format", f"call it {path.stem}.{ending or 'csv'}")
    return path


@command.command(name="show")
@target_option
@click.option("--kind", type=_PLURALS, help="List the objects of one kind.")
@format_option("text", "json")
@click.pass_context
def show(ctx: click.Context, target_name: str | None, kind: str | None, format_: str) -> int:
    """Show what is held of the platform: how much, how old, and from which file."""
    target = project_of(ctx).target(target_name)
    held = _held(target).kinds
    if kind is not None:
        known = held.get(BY_PLURAL[kind].name)
        _show_objects(BY_PLURAL[kind].name, known, as_json=format_ == "json")
    elif format_ == "json":
        print_json(
            [answers.Aged(**_numbers(name, known), age_days=_age(known)) for name, known in sorted(held.items())]
        )
    elif held:
        print_lines(table(("kind", "objects", "deleted", "seen on (UTC)", "age", "file"), list(_overview(held))))
    else:
        print_lines([f"Nothing is held of {target.name}. Begin with: ccconf snapshot template -t {target.name} users"])
    return 0


def _overview(held: Mapping[str, Known]) -> Iterator[tuple[str, ...]]:
    for kind, known in sorted(held.items()):
        age = _age(known)
        days = f"{age} day{'' if age == 1 else 's'}"
        seen = f"{known.taken:%Y-%m-%d %H:%M}"
        yield kind, str(len(known.objects)), str(len(known.departed)), seen, days, visible(known.source)


def _age(known: Known) -> int:
    return (now() - known.taken).days


def _show_objects(kind: str, known: Known | None, *, as_json: bool) -> None:
    live = _objects(kind, known.objects, deleted=False) if known else []
    gone = _objects(kind, known.departed, deleted=True) if known else []
    if as_json:
        print_json([*live, *gone])
        return
    if not live and not gone:
        print_lines([f"Nothing is held of the {KINDS[kind].plural}."])
        return
    rows = [(visible(one.name), visible(one.id), _in_words(one.fields)) for one in live]
    rows += [(visible(one.name), visible(one.id), f"deleted; {_in_words(one.fields)}") for one in gone]
    print_lines(table(("name", "id", "fields"), rows))


def _in_words(fields: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {_value(value)}" for name, value in fields.items())


def _value(value: Any) -> str:
    return ", ".join(_pair(*pair) for pair in value.items()) if isinstance(value, dict) else in_words(value)


def _pair(name: str, value: Any) -> str:
    if not value:
        return visible(name)
    return f"{visible(name)} ({_value(value)})" if isinstance(value, dict) else f"{visible(name)} {in_words(value)}"


def _objects(kind: str, entries: Mapping[str, Entry], *, deleted: bool) -> list[answers.SnapshotObject]:
    return [
        answers.SnapshotObject(
            name=key, id=entry.native_id, deleted=deleted, fields=as_written(KINDS[kind], entry.resource)
        )
        for key, entry in sorted(entries.items())
    ]
