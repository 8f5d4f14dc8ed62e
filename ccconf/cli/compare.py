"""`ccconf compare`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import click
from msgspec.structs import replace

from ccconf.cli.earlier import earlier
from ccconf.cli.output import print_json, print_lines
from ccconf.cli.planning import Progress
from ccconf.cli.session import format_option, project_of
from ccconf.cli.worlds import Meant, Read, both, declared_world, meant
from ccconf.errors import Ending, broken
from ccconf.files import write_all
from ccconf.findings import did_you_mean
from ccconf.manifest.compose import Declarations
from ccconf.manifest.load import collector_paused
from ccconf.manifest.project import Target, shown
from ccconf.manifest.sources import SUFFIXES
from ccconf.manifest.write import dump, manifests
from ccconf.model.fields import Resource, said
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref, parse_ref
from ccconf.reconcile.compared import Base, Body, Comparison, Source, There, World, chosen, compare, overlay
from ccconf.reconcile.diff import leaving
from ccconf.report.compare import compared, compared_markdown
from ccconf.report.words import counted, visible

NAMED = 20
"""So many objects are named in a list for people; the rest is counted."""


@click.command(name="compare")
@click.argument("a")
@click.argument("b")
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these objects: user/ann, user/agent.*, role/*.")
@click.option(
    "--promote",
    metavar="FILE",
    help="Write the manifest that, as its last layer, makes B like A; or FOLDER/ for whole manifests of a live A.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@format_option("text", "json", "markdown")
@click.pass_context
def command(
    ctx: click.Context, a: str, b: str, only: tuple[str, ...], promote: str | None, force: bool, format_: str
) -> int:
    """Tell in what A and B differ, each of which is a target as it is (prod), what Git says of it now (prod:git) or at
    a revision (prod@v1.2), or the file of a snapshot. Changes nothing, and leaves with 2 where something differs.

    Objects are the same where they have the same name in Git. What Git leaves unsaid is no difference, nor is what the
    platform of one side does not have at all: that is told once, as a sum.
    """
    if force and promote is None:
        raise click.UsageError("--force belongs to --promote")
    project = project_of(ctx)
    first, second = meant(project, a), meant(project, b)
    goal = _goal(promote, first, second, force=force) if promote is not None else None
    kinds = list(KINDS) if goal else _kinds(only)
    with Progress(f"Comparing {a} with {b}"), collector_paused(), both(project, first, second, kinds) as (one, other):
        _refuse_idle(only, one.world, other.world)
        found = compare(one.world, other.world, only)
        told = goal.reached(one, other, found) if goal else []
    _print(found, format_)
    print_lines(told, err=True)
    return Ending.CHANGES if found.differences else Ending.DONE


def _kinds(only: Sequence[str]) -> list[str]:
    """The kinds that were asked for. Raises `Broken` (CC011) where there is no such kind."""
    named = [pattern.partition("/") for pattern in only]
    for kind, slash, _ in named:
        if slash and not any(fnmatchcase(known, kind) for known in KINDS):
            raise broken("CC011", f"no kind is called {kind}", did_you_mean(kind, KINDS))
    return [
        kind for kind in KINDS if not only or any(not slash or fnmatchcase(kind, asked) for asked, slash, _ in named)
    ]


def _refuse_idle(only: Sequence[str], *worlds: World) -> None:
    """A pattern that fits nothing is a misunderstanding. Raises `Broken` (CC011)."""
    for pattern in only:
        if not any(Ref(kind, key).fits(pattern) for world in worlds for kind in KINDS for key in world.of(kind)):
            raise broken("CC011", f"{pattern} fits nothing on either side", "patterns look like user/agent.*")


def _print(found: Comparison, format_: str) -> None:
    match format_:
        case "json":
            print_json(found)
        case "markdown":
            print_lines(compared_markdown(found))
        case _:
            print_lines(compared(found))


def _goal(promote: str, first: Meant, second: Meant, *, force: bool) -> _ToFile | _ToFolder:
    """What is to be written, and where. Raises before anything is read where that cannot be."""
    path = Path(promote)
    if promote.endswith(("/", os.sep)) or path.is_dir():
        if first.source is not Source.LIVE:
            raise click.UsageError(f"a folder takes all that is live, and {first.word} is not: name a FILE.yaml")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise broken("CC009", f"{promote} is not an empty folder", "choose a new one")
        return _ToFolder(path, second)
    if path.suffix not in SUFFIXES:
        raise click.UsageError(f"--promote takes a FILE.yaml, or a FOLDER/ that is new: {promote} is neither")
    if second.target is None or second.source not in (Source.LIVE, Source.GIT):
        raise click.UsageError(f"{second.word} has no manifests that could get one more layer: name a target as B")
    if path.exists() and not force:
        raise broken("CC009", f"{promote} already exists", "choose another file, or say --force")
    return _ToFile(path, first, second, second.target)


class _ToFolder(NamedTuple):
    """Whole manifests, as `ccconf import` writes them."""

    folder: Path
    second: Meant

    def reached(self, one: Read, other: Read, found: Comparison) -> list[str]:
        """Write them, and say so."""
        objects = {
            kind: {
                key: _without(resource, one.world.fields[kind] & other.world.fields[kind])
                for key, resource in one.world.of(kind).items()
                if chosen(Ref(kind, key), found.only) and one.world.fields[kind] & other.world.fields[kind]
            }
            for kind in KINDS
        }
        lost: list[str] = []
        files = manifests(objects, lambda digest: _or_lost(one.picture(digest), digest, lost), split_users=False)
        if not files:
            return [f"{one.meant.word} has nothing to promote."]
        write_all({self.folder / name: content for name, content in files.items()}, overwrite=False)
        lines = [f"Wrote {_sum({kind: len(found) for kind, found in objects.items()})} to {shown(self.folder)}."]
        lines += [f"Left out: {counted(len(lost), 'picture')} that the platform does not hand out."] if lost else []
        name = self.second.target.name if self.second.target else self.second.word
        return [*lines, f"Name the folder under manifests: of {visible(name)} in ccconf.yaml; next: ccconf plan"]


def _without(resource: Resource, known: Collection[str]) -> Resource:
    """The object with what both sides have."""
    return type(resource)(**{name: value for name, value in said(resource).items() if name in known})


def _or_lost(content: bytes | None, digest: str, lost: list[str]) -> bytes | None:
    if content is None:
        lost.append(digest)
    return content


class _ToFile(NamedTuple):
    """A last layer over the manifests of B."""

    path: Path
    first: Meant
    second: Meant
    target: Target

    def reached(self, one: Read, other: Read, found: Comparison) -> list[str]:
        """Write it, and say what it is, what it cannot do, and what comes next."""
        old = earlier(self.target, self.path, one.world, other.world.fields, found.only)
        declared = old.declared
        base = self._base(other, declared, old.before)
        rows = overlay(one.world, base, found.only)
        layer = _Layer(self.target, self.path)
        layer.refuse_twice(rows, declared)
        bodies, pictures, lost = self._with_pictures(one, rows)
        bodies = old.with_(bodies)
        staying = _staying(found, one.world, base.git)
        about = [
            *([f"Left out: the pictures of {_few(lost)}, whose content is not to be had."] if lost else []),
            *([f"Left out: {counted(old.comments, 'comment')} of the file as it was."] if old.comments else []),
            *_about_staying(staying, declared, self.target, self.path),
        ]
        if not bodies and not old.defaults and not self.path.exists():
            return [visible(f"Nothing is left for a layer over {self.target.name}: no file was written."), *about]
        sections = ({"defaults": old.defaults} if old.defaults else {}) | _sections(bodies)
        content = "\n".join([*self._comments(found, staying, lost), dump(sections) if sections else ""])
        new = {path: raw for path, raw in pictures.items() if not path.exists()}  # a name is the content's own
        write_all({self.path: content, **new}, overwrite=True)
        clashes = _clashes(rows, staying, other.world, base.git)
        wrote = f"Wrote {_sum_of(bodies) or 'an empty layer'} to {shown(self.path)}."
        return [wrote, *about, *clashes, *layer.next_steps()]

    def _base(self, other: Read, declared: Declarations, before: Mapping[Ref, frozenset[str]]) -> Base:
        world = other.world
        git = declared_world(replace(world.side, source=Source.GIT), declared, world.fields, KINDS, other.held)
        live = world if self.second.source is Source.LIVE else None
        owned = {kind: other.owned(kind).keys() for kind in KINDS} if live is not None else {}

        def is_leaving(ref: Ref) -> bool:
            owns = self.target.owns(ref.kind)
            goes = owns == "all" or (owns == "listed" and ref.key in owned.get(ref.kind, ()))
            if not goes or ref.kind != "user" or self.target.form.leavers == "delete":
                return goes
            return bool(leaving(world.of("user")[ref.key], frozenset()))  # who has left already has nothing to lose

        defaults = {
            kind: {name: value for statement in said_there for name, value in said(statement.resource).items()}
            for kind, said_there in declared.defaults.items()
        }
        return Base(git, live, defaults, other.naming, is_leaving, before)

    def _with_pictures(
        self, one: Read, rows: Mapping[Ref, Body]
    ) -> tuple[dict[Ref, dict[str, Any]], dict[Path, bytes], list[Ref]]:
        """The rows as they are written, the pictures that go beside them, and whose picture nobody has."""
        bodies: dict[Ref, dict[str, Any]] = {}
        pictures: dict[Path, bytes] = {}
        lost: list[Ref] = []
        for ref, body in rows.items():
            written = dict(body)
            for field in KINDS[ref.kind].filed:
                content = self._picture(one, written[field]) if written.get(field) else None
                if content is not None:
                    name = f"{field}s/{written[field].partition(':')[2][:16]}{_suffix(content)}"
                    pictures[self.path.parent / name] = content
                    written[field] = name
                elif written.get(field):
                    del written[field]
                    lost.append(ref)
            if written or not body:
                bodies[ref] = _as_written(ref.kind, written)
        return bodies, pictures, lost

    def _picture(self, one: Read, digest: str) -> bytes | None:
        """None also where the file would lie outside the project, from where no manifest may name one."""
        inside = self.path.resolve().is_relative_to(self.target.base.resolve())
        return one.picture(digest) if inside else None

    def _comments(self, found: Comparison, staying: Sequence[Ref], lost: Sequence[Ref]) -> Iterator[str]:
        only = "".join(f" --only {shlex.quote(pattern)}" for pattern in found.only)
        words = f"{shlex.quote(self.first.word)} {shlex.quote(self.second.word)}{only}"
        at = f" ({visible(found.a.at)})" if found.a.at else ""
        target = visible(self.target.name)
        yield f"# What {visible(self.first.word)}{at} has and {target} has not, as ccconf found it:"
        yield visible(f"# ccconf compare {words} --promote {shlex.quote(str(self.path))}")
        yield f"# As the last layer over the manifests of {target} it makes the rest alike. null, [] and {{}} clear."
        if staying:
            yield f"# Only in {target}, and so not to be changed from here: {_few(staying)}."
        if lost:
            yield f"# Left out: the pictures of {_few(lost)}."


def _as_written(kind: str, body: Body) -> dict[str, Any]:
    shapes = KINDS[kind].by_name
    return {
        name: value if value is None or name in KINDS[kind].filed else shapes[name].shape.written(value)
        for name, value in body.items()
    }


def _sections(bodies: Mapping[Ref, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for ref, body in bodies.items():
        sections.setdefault(KINDS[ref.kind].plural, {})[ref.key] = body
    return sections


def _suffix(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return ".png"
    return ".jpg" if content.startswith(b"\xff\xd8") else ".bin"


class _Layer:
    """Where a new file stands among the manifests of a target."""

    def __init__(self, target: Target, path: Path) -> None:
        self.target, self.path = target, path
        self.name = Path(os.path.relpath(path.resolve(), target.base.resolve())).as_posix()
        self.last = len(target.form.manifests) - 1

    @property
    def is_last(self) -> bool:
        """Whether the last entry of `manifests:` reaches it."""
        entry = PurePosixPath(os.path.normpath(self.target.form.manifests[-1]))
        parts = PurePosixPath(self.name).parts
        if any(letter in str(entry) for letter in "*?["):
            return _fits(parts, entry.parts)
        below = entry.parts if entry.parts != (".",) else ()
        rest = parts[len(below) :]
        return parts[: len(below)] == below and not any(part.startswith(".") for part in rest)

    def refuse_twice(self, rows: Mapping[Ref, Body], declared: Declarations) -> None:
        """Raises `Broken` (CC204) where another file of the layer declares one of the objects."""
        for ref in rows if self.is_last else ():
            twice = [
                found.source
                for found in declared.statements(ref)
                if declared.sources[found.source].layer == self.last
                and declared.sources[found.source].path.resolve() != self.path.resolve()
            ]
            if twice:
                name = declared.sources[twice[-1]].name
                message = f"{ref} would be declared twice in one layer: in {name} and in {shown(self.path)}"
                raise broken("CC204", message, "choose a file that lies in a folder of its own", declared.where(ref))

    def next_steps(self) -> Iterator[str]:
        """How it comes into effect."""
        plan = f"ccconf plan -t {shlex.quote(self.target.name)}"
        if self.is_last:
            yield visible(f"It lies in the last layer of {self.target.name}, so the next plan shows it: {plan}")
            return
        entries = dump({"manifests": [*self.target.form.manifests, self.name]}).rstrip("\n").splitlines()
        yield visible(f"Make it the last layer of {self.target.name} at {self.target.where('manifests')}:")
        yield from (f"    {visible(line)}" for line in entries)
        yield visible(f"Then: {plan}")


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path fits a pattern of `manifests:`; `**` stands for any folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        hidden = bool(parts) and parts[0].startswith(".")
        return _fits(parts, pattern[1:]) or (bool(parts) and not hidden and _fits(parts[1:], pattern))
    if not parts or (parts[0].startswith(".") and not pattern[0].startswith(".")):
        return False
    return fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _staying(found: Comparison, a: World, git: World) -> list[Ref]:
    """What is only in B, or comes there with the next apply."""
    live = {parse_ref(row.object) for row in found.differences if row.there is There.ONLY_B}
    declared = {
        Ref(kind, key)
        for kind in KINDS
        for key in git.of(kind).keys() - a.of(kind).keys()
        if a.fields.get(kind) and chosen(Ref(kind, key), found.only)
    }
    return sorted(live | declared)


def _about_staying(staying: Sequence[Ref], declared: Declarations, target: Target, path: Path) -> Iterator[str]:
    if not staying:
        return
    name = visible(target.name)
    yield f"Only in {name}, and no layer can take it away:"
    places = declared.places([(ref, None) for ref in staying[:NAMED] if ref in declared])
    for ref in staying[:NAMED]:
        where = places.get((ref, None))
        if where is not None and where.path == shown(path):  # whose lines are about to move
            yield f"  {visible(str(ref))}: {visible(f'take it out of {where.path}')}"
            continue
        todo = f"take it out at {where}" if where else f"not in Git: delete it on the platform, or own all {ref.kind}s"
        yield f"  {visible(str(ref))}: {visible(todo)}"
    if len(staying) > NAMED:
        yield f"  and {len(staying) - NAMED:,} more"


def _clashes(rows: Mapping[Ref, Body], staying: Sequence[Ref], *worlds: World) -> Iterator[str]:
    """Values of which there can be one only, held by somebody who is only in B."""
    holders: dict[tuple[str, str, str], Ref] = {}
    for world in worlds:
        for ref in staying:
            resource = world.of(ref.kind).get(ref.key)
            for field in KINDS[ref.kind].unique if resource is not None else ():
                value = getattr(resource, field)
                if isinstance(value, str):
                    holders.setdefault((ref.kind, field, value.casefold()), ref)
    for ref, body in rows.items():
        for field in KINDS[ref.kind].unique:
            value = body.get(field)
            holder = holders.get((ref.kind, field, value.casefold())) if isinstance(value, str) else None
            if holder is not None:
                yield visible(f"{holder} has the {field} {value} of {ref}: one of them has to give it up first")


def _few(refs: Sequence[Ref]) -> str:
    named = ", ".join(visible(str(ref)) for ref in refs[:NAMED])
    return f"{named} and {len(refs) - NAMED:,} more" if len(refs) > NAMED else named


def _sum_of(bodies: Mapping[Ref, Any]) -> str:
    counts = dict.fromkeys(KINDS, 0)
    for ref in bodies:
        counts[ref.kind] += 1
    return _sum(counts)


def _sum(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(count, kind, KINDS[kind].plural) for kind, count in counts.items() if count)
