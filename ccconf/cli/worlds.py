"""Reading a world: a target as it is, as Git says it should be now or said so at a revision, or as people saw it.

Objects have the names of Git. Where a platform calls its objects otherwise and no manifest of its own says what they
are called, they get the names of the world that they are compared with.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from ccconf.cli.byhand import whole
from ccconf.cli.session import connected, facts_of, facts_under
from ccconf.errors import Broken, CcconfError, Refused, broken
from ccconf.findings import Finding, Location, did_you_mean, errors, in_order
from ccconf.ledger.known import same_platform
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations, compose, files_of
from ccconf.manifest.load import Loaded, load
from ccconf.manifest.project import FILE_NAME, Project, Target, open_project, shown
from ccconf.manifest.rows import with_path
from ccconf.manifest.sources import SUFFIXES
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platform.byhand import EDGES, ByHand
from ccconf.platform.contract import Descriptor, Facts, Operation, Platform, Route
from ccconf.platform.discovery import find
from ccconf.platform.names import Held, Named, Names, nothing_said, own_name
from ccconf.platform.record import Record, Snapshot
from ccconf.reconcile.compared import Side, Source, World
from ccconf.reconcile.observe import complete

GIT = ":git"
SECONDS = 120.0
"""For Git to hand out the files of a revision, which may lie on a slow disk."""
_LFS = b"version https://git-lfs.github.com/spec/v1"
_HINT = "write a target (prod), what Git says of it (prod:git), of a revision (prod@v1.2), or a snapshot's file"

AsHeld = Callable[[Ref, Resource], Resource]
Objects = Mapping[str, Mapping[str, Resource]]


class Meant(NamedTuple):
    """What a word on the command line stands for."""

    word: str
    source: Source
    target: Target | None = None
    """None for a snapshot."""
    revision: str = ""
    path: Path = Path()


def meant(project: Project, word: str) -> Meant:
    """What the word stands for. Raises `Broken` (CC001, CC004) where there is nothing of that name.

    A target goes before a file of the same name; `./prod` is always the file.
    """
    targets = project.form.targets
    if word in targets:
        return Meant(word, Source.LIVE, project.target(word))
    if word.endswith(GIT) and word.removesuffix(GIT) in targets:
        return Meant(word, Source.GIT, project.target(word.removesuffix(GIT)))
    for place in reversed(range(len(word))):  # a target's own name may have the letter, too
        if word[place] == "@" and word[:place] in targets and word[place + 1 :]:
            return Meant(word, Source.REVISION, project.target(word[:place]), word[place + 1 :])
    path = Path(word)
    if _is_file(path):
        return Meant(word, Source.SNAPSHOT, path=path)
    raise _nothing_called(project, word, path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _nothing_called(project: Project, word: str, path: Path) -> Broken:
    if path.suffix == ".json" or os.sep in word:
        return broken("CC001", f"there is no file {word}", _HINT)
    name, _, rest = word.partition("@") if "@" in word else word.partition(":")
    if rest and name in project.form.targets:
        return broken("CC004", f"{word} says neither what is live nor what Git says", f"write {name} or {name}{GIT}")
    if name in project.form.targets:
        return broken("CC004", f"{word} names no revision", f"write for instance {name}@HEAD~1")
    near = did_you_mean(name, project.form.targets)
    return broken("CC004", f"{word} is neither a target nor a file", f"{near}; {_HINT}" if near else _HINT)


@dataclass(frozen=True)
class Read:
    """A side with all that was learnt of it. Good while its platform is open."""

    meant: Meant
    world: World
    picture: Callable[[str], bytes | None]
    """The content of a picture by its canonical value; None where nobody has it."""
    held: AsHeld
    """What both platforms would hold of an object."""
    naming: Mapping[str, str] = field(default_factory=dict)
    """By kind, the field by which the platform knows an object."""
    owned: Callable[[str], Mapping[str, Owned]] = lambda kind: {}
    """By kind, what ccconf once applied there."""


@contextmanager
def both(project: Project, first: Meant, second: Meant, kinds: Collection[str]) -> Iterator[tuple[Read, Read]]:
    """Both sides with their objects of these kinds and of those that they refer to, as long as the block lasts.

    Raises `Broken` where a side cannot be read, and `Refused` (CC605, CC609) where a read is not the whole truth.
    """
    with ExitStack() as stack:
        sides = [_opened(project, one, stack) for one in (first, second)]
        held = _in_turn([side.descriptor for side in sides])
        done: dict[int, Read] = {}
        for place in sorted((0, 1), key=lambda place: sides[place].turn):
            done[place] = sides[place].read(kinds, held, done.get(1 - place))
        yield done[0], done[1]


def _in_turn(descriptors: Sequence[Descriptor]) -> AsHeld:
    """What both platforms would hold: what one of them cannot keep is no difference."""

    def held(ref: Ref, resource: Resource) -> Resource:
        for descriptor in descriptors:
            resource = descriptor.as_held(ref, resource)
        return resource

    return held


class _Opened:
    """A side before its objects are read."""

    def __init__(self, meant: Meant, facts: Facts, descriptor: Descriptor, target: str, at: str = "") -> None:
        self.meant, self.facts, self.descriptor = meant, facts, descriptor
        self.side = Side(
            word=meant.word, source=meant.source, target=target, platform=facts.name, title=facts.title, at=at
        )

    @property
    def turn(self) -> tuple[int, str]:
        """Sides without names of their own come first: the others get theirs. The same whichever side comes first."""
        return bool(self.descriptor.facts.recognised_by), self.meant.word

    def read(self, kinds: Collection[str], held: AsHeld, other: Read | None) -> Read:
        """The objects of these kinds. `other` is the other side, where it has been read."""
        raise NotImplementedError


def _opened(project: Project, meant: Meant, stack: ExitStack) -> _Opened:
    match meant.source, meant.target:
        case Source.LIVE, Target() as target:
            return _Live(meant, target, stack)
        case Source.REVISION, Target() as target:
            return stack.enter_context(_earlier(meant, target))
        case _, Target() as target:
            return _Declared(meant, target, sound(compose(load(target))))
        case _:
            return _Seen(meant, project)


class _Declared(_Opened):
    """What manifests say."""

    def __init__(self, meant: Meant, target: Target, declared: Declarations, at: str = "") -> None:
        descriptor = find(target.form.platform, target.where("platform"))
        super().__init__(meant, facts_of(target), descriptor, target.name, at)
        self.declared = declared

    @property
    def turn(self) -> tuple[int, str]:
        """First: these are the names of Git."""
        return -1, self.meant.word

    def read(self, kinds: Collection[str], held: AsHeld, other: Read | None) -> Read:
        """The objects of these kinds, with what groups say of their members."""
        fields = {kind: _has(self.facts, kind) for kind in KINDS}
        world = declared_world(self.side, self.declared, fields, _with_links(kinds), held)
        return Read(self.meant, world, self._picture, held)

    @cached_property
    def _files(self) -> Mapping[str, str]:
        return files_of(self.declared, self.declared.base)

    def _picture(self, digest: str) -> bytes | None:
        path = self._files.get(digest)
        return (self.declared.base / path).read_bytes() if path is not None else None


def sound(declared: Declarations) -> Declarations:
    """The manifests, as far as it is known what they say. Raises `Broken` with whatever makes it unknown.

    Whether what they say is allowed is asked of those who are to be applied; a revision may have had other rules.
    """
    in_files = [
        with_path(finding, source.name)
        for source, rows in zip(declared.sources, declared.rows, strict=True)
        for finding in rows.findings
    ]
    unknown = [found for found in errors([*in_files, *declared.findings]) if found.code < "CC3"]
    if unknown:
        raise Broken(*in_order(unknown))
    return declared


def declared_world(
    side: Side, declared: Declarations, fields: Mapping[str, frozenset[str]], kinds: Collection[str], held: AsHeld
) -> World:
    """What manifests say, as a side of a comparison. `fields` are those of the platform, by kind."""
    wanted = Held(declared, held)
    objects: dict[str, dict[str, Resource]] = {}
    for kind in KINDS:
        keys = sorted(declared.keys(kind)) if kind in kinds else ()
        found = ((key, wanted.get(Ref(kind, key))) for key in keys)
        objects[kind] = {key: one.resource for key, one in found if one is not None}
    return World(side, objects, fields, stated=True, closed=declared.closed, member_of=declared.edges)


def composed(declared: Declarations, ref: Ref) -> Resource:
    """A declared object with the memberships that groups state for it."""
    found = declared.get(ref)
    assert found is not None, "the key was listed a moment ago"
    user = found.resource
    if isinstance(user, User) and user.groups is UNSET and found.member_of:
        return msgspec.structs.replace(user, groups=dict(found.member_of))
    return user


def observed(platform: Platform, kinds: Iterable[str]) -> dict[str, dict[str, Resource]]:
    """Every live object of these kinds. Raises `Refused` (CC605) where the read is not the whole truth."""
    return {kind: {live.ref.key: live.resource for live in complete(platform, kind)} for kind in kinds}


def _with_links(kinds: Collection[str]) -> list[str]:
    """The kinds, and those to which they refer: what people are in is called by the names of Git, too."""
    linked = {to for kind in kinds for spec in KINDS[kind].stored for to in spec.shape.links_to()}
    return [kind for kind in KINDS if kind in kinds or kind in linked]


def _has(facts: Facts, kind: str) -> frozenset[str]:
    """The fields of a kind that the platform has."""
    stored = frozenset(spec.name for spec in KINDS[kind].stored)
    return stored & frozenset(facts.fields[kind]) if kind in facts.fields else stored


class _Live(_Opened):
    """What is on a platform."""

    def __init__(self, meant: Meant, target: Target, stack: ExitStack) -> None:
        super().__init__(meant, facts_of(target), find(target.form.platform, target.where("platform")), target.name)
        self.target = target
        self.ledger = stack.enter_context(Ledger(target.project.ledger))
        same_platform(self.ledger, target.spot, target.where("url"))
        self.connection = stack.enter_context(connected(target))

    def read(self, kinds: Collection[str], held: AsHeld, other: Read | None) -> Read:
        """All that is there, under the names of Git."""
        whole(self.connection, self.target, [kind for kind in KINDS if kind in kinds])
        naming = self.descriptor.facts.recognised_by
        platform = self.connection
        if naming:
            own = _manifests_of(self.target)
            platform = _named(platform, self.descriptor.facts, own, other, self._owned)
        objects = _held_objects(observed(platform, _with_links(kinds)), held)
        fields = {kind: _has(self.facts, kind) for kind in KINDS}
        unseen = frozenset(_not_looked_at(self.connection))
        fields = {kind: names - {name for of, name in unseen if of == kind} for kind, names in fields.items()}
        world = World(self.side, objects, fields, unseen, bare=_shows_bare_edges(self.connection))
        return Read(self.meant, world, platform.file, held, naming, self._owned)

    def _owned(self, kind: str) -> Mapping[str, Owned]:
        return self.ledger.owned(self.target.name, kind)


def _not_looked_at(platform: Platform) -> Iterator[tuple[str, str]]:
    """Kinds and fields that no API shows and that nobody has looked at."""
    if isinstance(platform, ByHand):
        for kind, names in platform.facts.unseen.items():
            if not platform.record.knows(kind):
                yield from ((kind, name) for name in names if not name.endswith(EDGES))


def _shows_bare_edges(platform: Platform) -> bool:
    """Whether nobody knows what people are within their groups."""
    if not isinstance(platform, ByHand) or platform.record.knows("user"):
        return False
    return any(name.endswith(EDGES) for name in platform.facts.unseen.get("user", ()))


def _manifests_of(target: Target) -> Declarations | None:
    """The target's manifests for the names in them; None where there are none to read."""
    try:
        return compose(load(target))
    except Broken:
        return None


def _named(
    platform: Platform,
    facts: Facts,
    own: Declarations | None,
    other: Read | None,
    owned: Callable[[str], Mapping[str, Owned]],
) -> Platform:
    """The platform under the names of Git: of the manifests that it is compared with, of its own, of the other side."""
    by_other = _by_field(other.world.objects) if other is not None else _nobody
    by_own = _by_manifests(own) if own is not None else _nobody
    is_git = other is not None and other.world.stated
    ways = (by_other, by_own) if is_git else (by_own, by_other)
    said = {kind: _said(field, [way(kind) for way in ways]) for kind, field in facts.recognised_by.items()}
    edges = partial(_edges, other.world) if is_git and other is not None else nothing_said
    return Named(platform, Names(facts, said, owned), edges)


ByField = Callable[[str], Iterable[tuple[str, Resource]]]
"""Objects of a kind by their names in Git."""


def _by_field(objects: Objects) -> ByField:
    return lambda kind: sorted(objects.get(kind, {}).items(), key=lambda one: one[0])


def _by_manifests(declared: Declarations) -> ByField:
    return lambda kind: ((key, composed(declared, Ref(kind, key))) for key in sorted(declared.keys(kind)))


def _nobody(kind: str) -> Iterable[tuple[str, Resource]]:
    return ()


def _said(field: str, ways: Sequence[Iterable[tuple[str, Resource]]]) -> dict[str, str]:
    """What objects are called on the platform, by their names in Git. Of two called alike, the first counts."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for way in ways:
        for key, resource in way:
            own = own_name(key, getattr(resource, field))
            if key not in names and own not in taken:
                names[key] = own
                taken.add(own)
    return names


def _edges(world: World, key: str) -> Mapping[str, Membership]:
    user = world.of("user").get(key)
    own = user.groups if isinstance(user, User) and user.groups else {}
    return {**world.member_of.get(key, {}), **own}


def _held_objects(objects: dict[str, dict[str, Resource]], held: AsHeld) -> Objects:
    for kind, found in objects.items():
        for key, resource in found.items():
            found[key] = held(Ref(kind, key), resource)
    return objects


class _Header(msgspec.Struct):
    """Of whom a snapshot is."""

    target: str
    platform: str


class _Seen(_Opened):
    """What people saw on a platform's screens."""

    def __init__(self, meant: Meant, project: Project) -> None:
        from ccconf.snapshot.store import read  # most comparisons need no snapshot

        self.snapshot: Snapshot = read(meant.path)
        header = msgspec.json.decode(meant.path.read_bytes(), type=_Header)
        descriptor = find(header.platform, Location(shown(meant.path)))
        known = project.form.targets.get(header.target)
        self.target = project.target(header.target) if known and known.platform == header.platform else None
        facts = descriptor.facts if self.target is None else facts_under(self.target, descriptor)
        looked = min((known.taken for known in self.snapshot.kinds.values()), default=None)
        at = f"{looked:%Y-%m-%dT%H:%M:%SZ}" if looked else ""
        super().__init__(meant, facts, descriptor, header.target, at)

    @property
    def turn(self) -> tuple[int, str]:
        """Last: the names in it are the platform's."""
        return 2, self.meant.word

    def read(self, kinds: Collection[str], held: AsHeld, other: Read | None) -> Read:
        """The objects of these kinds. Raises `Refused` (CC609) where nobody has looked at one of them."""
        self._refuse_unseen(kinds)
        naming = self.facts.recognised_by
        platform: Platform = ByHand(self.facts, Record(self.snapshot, (), naming))
        if naming:
            own = _manifests_of(self.target) if self.target is not None else None
            platform = _named(platform, self.facts, own, other, lambda kind: {})
        objects = _held_objects(observed(platform, _with_links(kinds)), held)
        fields = {kind: self._told(kind) for kind in KINDS}
        unseen = {(kind, name) for kind in KINDS for name in (*_has(self.facts, kind), "") if name not in fields[kind]}
        return Read(self.meant, World(self.side, objects, fields, frozenset(unseen)), lambda digest: None, held, naming)

    def _told(self, kind: str) -> frozenset[str]:
        """What a snapshot says of a kind: what an API shows, nobody was asked for."""
        from ccconf.snapshot.fields import seen_by_people

        return frozenset(spec.name for spec in seen_by_people(self.facts, kind))

    def _refuse_unseen(self, kinds: Collection[str]) -> None:
        from ccconf.snapshot.fields import route

        by_people = (Route.FILE, Route.MANUAL)
        unseen = [
            kind
            for kind in KINDS
            if kind in kinds
            and kind not in self.snapshot.kinds
            and route(self.facts, kind, Operation.READ) in by_people
        ]
        if unseen:
            seen = " ".join(f"--only '{kind}/*'" for kind in KINDS if kind in self.snapshot.kinds)
            plurals = ", ".join(KINDS[kind].plural for kind in unseen)
            message = f"{shown(self.meant.path)} does not tell of the {plurals}: nobody has looked at them"
            where = Location(shown(self.meant.path))
            raise Refused(Finding(code="CC609", message=message, where=where, hint=f"compare the rest: {seen}"))


@contextmanager
def _earlier(meant: Meant, target: Target) -> Iterator[_Declared]:
    """What Git said at a revision, with its files in a temporary folder as long as the block lasts."""
    history = _History(target.base, meant.word, meant.revision)
    with tempfile.TemporaryDirectory(prefix="ccconf-") as folder:
        root = Path(folder).resolve()
        with _places_at(meant.revision, root):
            then = history.project(root).target(target.name)
            declared = sound(history.declared(then, root))
            opened = _Declared(meant, then, declared, history.commit[:12])
        yield opened


@contextmanager
def _places_at(revision: str, root: Path) -> Iterator[None]:
    """What goes wrong is told of the revision's files, not of the folder into which they were put."""
    try:
        yield
    except CcconfError as error:
        folder, instead = f"{shown(root)}/", f"{revision}:"
        findings = [
            msgspec.structs.replace(
                found,
                message=found.message.replace(folder, instead),
                hint=found.hint.replace(folder, instead),
                where=found.where and found.where._replace(path=found.where.path.replace(folder, instead)),
            )
            for found in error.findings
        ]
        raise type(error)(*findings) from error


class _Entry(NamedTuple):
    mode: str
    blob: str


_LINK, _SUBMODULE = "120000", "160000"


class _History:
    """The files of a project at a revision, as they were committed.

    They come straight from Git's store, not from `git archive` or a worktree: attributes, filters, hooks and line
    endings of this machine change nothing, nothing of them is run, and the repository itself stays untouched.
    """

    def __init__(self, base: Path, word: str, revision: str) -> None:
        self.base, self.word = base, word
        self.git = shutil.which("git")
        if self.git is None:
            raise self._unreadable("Git is not installed here", "install it, or compare what the folder has: prod:git")
        self.prefix = os.fsdecode(self._run("rev-parse", "--show-prefix")).removesuffix("\n")
        try:
            named = self._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except Broken as error:
            hint = "see git log; a shallow clone has not all of them: git fetch --unshallow"
            raise self._unreadable(f"Git knows no revision {revision}", hint) from error
        self.commit = named.decode().strip()
        self.entries = dict(self._listed())

    def _unreadable(self, why: str, hint: str) -> Broken:
        return broken("CC019", f"{self.word} cannot be read: {why}", hint)

    def _run(self, *words: str, given: bytes = b"") -> bytes:
        elsewhere = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # a hook has them for itself
        kept = {name: value for name, value in os.environ.items() if name not in elsewhere}
        ours = {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
        try:
            ran = subprocess.run(  # noqa: S603 - fixed words, and a revision that no option can begin
                [str(self.git), "-C", str(self.base), *words],
                input=given, capture_output=True, timeout=SECONDS, check=False, env=ours,
            )  # fmt: skip
        except (OSError, ValueError, subprocess.SubprocessError) as error:  # ValueError: a NUL in the revision
            raise self._unreadable("Git does not answer", "try git log in the project's folder") from error
        if ran.returncode != 0:
            said = ran.stderr.decode(errors="replace").strip().splitlines()
            raise self._unreadable(f"Git says {said[0] if said else 'nothing'}", "try git log in the project's folder")
        return ran.stdout

    def _listed(self) -> Iterator[tuple[str, _Entry]]:
        for line in self._run("ls-tree", "-r", "-z", "--full-tree", self.commit).split(b"\0"):
            about, tab, path = line.partition(b"\t")
            name = os.fsdecode(path)
            if tab and ".." not in PurePosixPath(name).parts:
                mode, _, blob = about.decode().split(" ")
                yield name, _Entry(mode, blob)

    def project(self, root: Path) -> Project:
        """The ccconf.yaml of then. Raises `Broken` (CC019) where there was none."""
        name = f"{self.prefix}{FILE_NAME}"
        if name not in self.entries:
            raise self._unreadable(f"there was no {name}", "name a later revision")
        self._fetch([name], root)
        return open_project(root / name)

    def declared(self, target: Target, root: Path) -> Declarations:
        """The manifests of then, with the files that they name."""
        homes = [self._home(entry) for entry in target.form.manifests]
        manifests = [name for name in self.entries if any(_holds(home, name) for home in homes)]
        self._refuse_submodules(homes)
        self._fetch([name for name in manifests if name in homes or name.endswith(SUFFIXES)], root)
        loaded = load(target)
        self._fetch(self._named_in(loaded, root), root)
        return compose(loaded)

    def _home(self, entry: str) -> str:
        """Below which folder, from the top of the repository, an entry of `manifests:` finds its files."""
        plain: list[str] = []
        for part in PurePosixPath(entry).parts:
            if any(letter in part for letter in "*?["):
                break
            plain.append(part)
        home = os.path.normpath(os.path.join(self.prefix, *plain))  # noqa: PTH118 - normal without asking the disk
        if home.startswith(("..", "/")):
            raise self._unreadable(f"{entry} lies outside the repository", "compare what the folder has: prod:git")
        return home

    def _refuse_submodules(self, homes: Sequence[str]) -> None:
        for name, entry in self.entries.items():
            if entry.mode == _SUBMODULE and any(_holds(home, name) or _holds(name, home) for home in homes):
                raise self._unreadable(f"{name} is a submodule", "keep the manifests in the repository itself")

    def _named_in(self, loaded: Loaded, root: Path) -> list[str]:
        """The files that manifests name: pictures."""
        folders = [source.path.parent for source in loaded.sources]
        paths = {
            os.path.relpath(folder / path, root)
            for folder, rows in zip(folders, loaded.rows, strict=True)
            for _, _, _, path in rows.files
        }
        return sorted(path for path in paths if path in self.entries)

    def _fetch(self, names: Sequence[str], root: Path) -> None:
        """Write these files below `root`, byte for byte."""
        for name in names:
            if self.entries[name].mode == _LINK:
                raise self._unreadable(f"{name} is a link", "links are not followed: commit the file itself")
        asked = "".join(f"{self.entries[name].blob}\n" for name in names)
        rest = memoryview(self._run("cat-file", "--batch", given=asked.encode()) if names else b"")
        for name in names:
            content, rest = self._next(name, rest)
            if content.startswith(_LFS):
                raise self._unreadable(f"{name} is kept by Git LFS", "keep manifests and their pictures in Git itself")
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _next(self, name: str, rest: memoryview) -> tuple[bytes, memoryview]:
        head, _, _ = rest[:200].tobytes().partition(b"\n")
        words = head.split(b" ")
        if len(words) != 3:  # `missing`, in a clone that leaves contents to a server
            raise self._unreadable(f"the content of {name} is not here", "fetch it: git fetch --refetch")
        start = len(head) + 1
        end = start + int(words[2])
        return rest[start:end].tobytes(), rest[end + 1 :]


def _holds(home: str, name: str) -> bool:
    return home in (".", name) or name.startswith(f"{home}/")
