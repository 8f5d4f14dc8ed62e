"""What one manifest file says, in the compact form that is cached and carried between processes.

A file's rows depend on its content alone, never on its path or on other files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.errors import Broken
from ccconf.findings import Finding, Location
from ccconf.manifest.fast import read_fast
from ccconf.manifest.places import placed
from ccconf.manifest.shape import Mistake, manifest_judge, subject_of
from ccconf.manifest.yaml12 import decode, read
from ccconf.model.fields import Resource, said
from ccconf.model.kinds import BY_PLURAL, KINDS, Kind
from ccconf.model.schema import FORMERLY
from ccconf.model.shapes import SkillLevels

ENTRIES_AT_ONCE = 500
"""A file of any size is judged in portions of so many objects."""

FAST_AT_MOST = 4_000_000
"""Bytes; a larger file is read piece by piece by the reference reader, which needs little memory."""


class Row(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One object as one file states it. `body` is the canonical resource in MessagePack."""

    key: str
    body: bytes
    formerly: str = ""


class FileRows(msgspec.Struct, array_like=True):
    """Everything that the rest of the program needs to know of one file."""

    objects: dict[str, list[Row]] = {}
    """By kind, in the order of the file."""
    defaults: dict[str, bytes] = {}
    links: dict[str, list[str]] = {}
    """Which objects of each kind are referred to from here, each once."""
    unique: dict[str, list[tuple[str, str]]] = {}
    """Owner and value of each unique field, by `kind.field`."""
    levels: dict[str, int] = {}
    """The greatest level at which anybody here holds each skill."""
    files: list[tuple[str, str, str, str]] = []
    """Kind, key, field and path of every file that a field names."""
    findings: list[Finding] = []
    """Their locations carry no path: that is added where the rows are used."""


def rows_of(raw: bytes) -> FileRows:
    """Read, judge and make canonical. Never raises: what is broken is a finding like any other."""
    try:
        return _Examination(decode(raw, "")).rows()
    except Broken as error:
        return FileRows(findings=list(error.findings))


def restated(rows: FileRows, entries: Mapping[tuple[str, str], Row | None], defaults: Mapping[str, bytes]) -> FileRows:
    """The same file with some entries, by kind and key, as they will be: None goes, who is not there yet comes last.

    `links` and `levels` may still name what nobody refers to any more.
    """
    left = dict(entries)
    objects = {
        kind: [row for was in old if (row := left.pop((kind, was.key), was)) is not None]
        for kind, old in rows.objects.items()
    }
    for (kind, _), row in left.items():
        if row is not None:
            objects.setdefault(kind, []).append(row)
    return _Examination.of(rows, objects, entries, defaults)


class _Examination:
    """One file on the way from text to rows."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.judge = manifest_judge()
        self.found = FileRows({}, {}, {}, {}, {}, [], [])
        self.linked: dict[str, set[str]] = {}
        self.mistakes: list[Mistake] = []

    def rows(self) -> FileRows:
        fast = read_fast(self.text) if len(self.text) <= FAST_AT_MOST else None
        if fast is not None and self._sound(fast):
            self._take(fast, frozenset())
        else:
            self._take_in_portions()
        self.found.links = {kind: sorted(keys) for kind, keys in self.linked.items()}
        self.found.findings.extend(placed(self.mistakes, self.text, ""))
        return self.found

    @classmethod
    def of(
        cls,
        rows: FileRows,
        objects: dict[str, list[Row]],
        entries: Mapping[tuple[str, str], Row | None],
        defaults: Mapping[str, bytes],
    ) -> FileRows:
        """The rows with other objects; of them only these entries are looked at."""
        new = cls("")
        unique = {
            path: [pair for pair in pairs if (path.partition(".")[0], pair[0]) not in entries]
            for path, pairs in rows.unique.items()
        }
        files = [file for file in rows.files if file[:2] not in entries]
        new.found = FileRows(
            objects, {**rows.defaults, **defaults}, {}, unique, dict(rows.levels), files, list(rows.findings)
        )
        new.linked = {kind: set(keys) for kind, keys in rows.links.items()}
        for (kind, _), row in entries.items():
            if row is not None:
                resource = KINDS[kind].decoder.decode(row.body)
                new._index(KINDS[kind], row.key, resource, said(resource))
        for kind, body in defaults.items():
            new._link(KINDS[kind], KINDS[kind].decoder.decode(body))
        new.found.links = {kind: sorted(keys) for kind, keys in new.linked.items()}
        return new.found

    def _sound(self, data: Any) -> bool:
        try:
            return self.judge.sound(data)
        except ValueError:  # a key that is not text: the reference reader says which
            return False

    def _take_in_portions(self) -> None:
        portions = _Portions(self._judged)
        reading = read(self.text, "", sink=portions.add)
        self.found.findings.extend(reading.findings)
        portions.finish(reading.data)

    def _judged(self, data: Any) -> None:
        mistakes = [] if self.judge.sound(data) else self.judge.mistakes(data)
        self.mistakes.extend(mistakes)
        self._take(data, frozenset(mistake.pointer[:3] for mistake in mistakes))

    def _take(self, data: Any, wrong: frozenset[tuple[str | int, ...]]) -> None:
        """Make canonical what is sound; a field that is not is left out, so that its object still exists."""
        if not isinstance(data, dict):
            return
        for plural, kind in BY_PLURAL.items():
            section = data.get(plural)
            if isinstance(section, dict):
                taken = self.found.objects.setdefault(kind.name, [])
                for key, written in section.items():
                    taken.append(self._row(kind, plural, key, written, wrong))
        defaults = data.get("defaults")
        if isinstance(defaults, dict):
            for plural, written in defaults.items():
                if plural in BY_PLURAL and isinstance(written, dict):
                    self._defaults(BY_PLURAL[plural], plural, written, wrong)

    def _row(self, kind: Kind, plural: str, key: str, written: Any, wrong: frozenset[Any]) -> Row:
        values, formerly = {}, ""
        if isinstance(written, dict):
            values = _canonical(kind, written, (plural, key), wrong)
            formerly = written.get(FORMERLY, "")
            self._find_flaws(kind, (plural, key), written, values)
        resource = kind.make(values)
        self._index(kind, key, resource, values)
        return Row(key, msgspec.msgpack.encode(resource), formerly if isinstance(formerly, str) else "")

    def _find_flaws(self, kind: Kind, at: tuple[str, str], written: dict[str, Any], values: dict[str, Any]) -> None:
        for spec in kind.judged:
            if values.get(spec.name) is None:
                continue
            for flaw in spec.shape.flaws(written[spec.name]):
                pointer = (*at, spec.name, *flaw.path)
                subject = subject_of(pointer)
                self.mistakes.append(Mistake(flaw.code, flaw.message, pointer, flaw.on_key, flaw.hint, subject))

    def _defaults(self, kind: Kind, plural: str, written: dict[str, Any], wrong: frozenset[Any]) -> None:
        values = _canonical(kind, written, ("defaults", plural), wrong)
        self._find_flaws(kind, ("defaults", plural), written, values)
        resource = kind.make(values)
        self._link(kind, resource)
        self.found.defaults[kind.name] = msgspec.msgpack.encode(resource)

    def _index(self, kind: Kind, key: str, resource: Resource, values: dict[str, Any]) -> None:
        self._link(kind, resource)
        for name in kind.unique:
            if value := values.get(name):
                self.found.unique.setdefault(f"{kind.name}.{name}", []).append((key, value))
        for name in kind.filed:
            if value := values.get(name):
                self.found.files.append((kind.name, key, name, value))

    def _link(self, kind: Kind, resource: Resource) -> None:
        for spec in kind.linking:
            value = getattr(resource, spec.name)
            if value is not UNSET and value:
                (target,) = spec.shape.links_to()
                self.linked.setdefault(target, set()).update(spec.shape.keys(value))
                if isinstance(spec.shape, SkillLevels):
                    self._raise_levels(value)

    def _raise_levels(self, held: dict[str, int]) -> None:
        levels = self.found.levels
        for skill, level in held.items():
            if level > levels.get(skill, 0):
                levels[skill] = level


def _canonical(kind: Kind, written: dict[str, Any], at: tuple[str, str], wrong: frozenset[Any]) -> dict[str, Any]:
    converters = _CONVERTERS[kind.name]
    values: dict[str, Any] = {}
    for name, value in written.items():
        if name not in converters or (wrong and ((*at, name) in wrong or at in wrong)):
            continue
        convert = converters[name]
        values[name] = value if convert is None or value is None else convert(value)
    return values


_CONVERTERS: dict[str, dict[str, Callable[[Any], Any] | None]] = {
    kind.name: {spec.name: None if spec.shape.plain else spec.shape.canonical for spec in kind.specs}
    for kind in KINDS.values()
}


class _Portions:
    """Collects entries as the reader completes them and hands them on a few hundred at a time."""

    def __init__(self, judged: Callable[[Any], None]) -> None:
        self.judged = judged
        self.waiting: dict[str, dict[str, Any]] = {}
        self.drained: set[str] = set()
        self.count = 0

    def add(self, section: str, key: str, value: Any) -> None:
        self.waiting.setdefault(section, {})[key] = value
        self.drained.add(section)
        self.count += 1
        if self.count >= ENTRIES_AT_ONCE:
            self._hand_on()

    def _hand_on(self) -> None:
        waiting, self.waiting, self.count = self.waiting, {}, 0
        self.judged(waiting)

    def finish(self, data: Any) -> None:
        """The last portion, with whatever at the top of the file is not a section of entries."""
        if not isinstance(data, dict):
            self.judged(data)
            return
        rest = {key: value for key, value in data.items() if key not in self.drained}
        self.judged({**rest, **self.waiting})


def with_path(finding: Finding, path: str) -> Finding:
    """A finding of cached rows, in the file where the rows are used."""
    line, column = (finding.where.line, finding.where.column) if finding.where else (1, 1)
    return msgspec.structs.replace(finding, where=Location(path, line, column))
