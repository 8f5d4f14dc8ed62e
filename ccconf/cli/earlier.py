"""The file in whose place a promoted layer comes: what it says that the new one has to say again, or it would be lost.

What it says of objects that the other side has is made anew. Everything else is nobody's to take away: objects that the
other side does not have or that were not asked for, fields that it cannot tell, defaults, former names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ccconf.cli.worlds import sound
from ccconf.errors import Broken, broken
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.editing.neighbours import Neighbours
from ccconf.manifest.load import Loaded, load
from ccconf.manifest.project import Target, shown
from ccconf.manifest.rows import FileRows, Row, restated, rows_of
from ccconf.manifest.sources import Source
from ccconf.manifest.style import comments_of
from ccconf.model.fields import said
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.model.schema import FORMERLY
from ccconf.reconcile.compared import World, chosen

HEAD = "# What "
"""So begins a file that was promoted before, and comments follow that nobody wrote."""


class Earlier(NamedTuple):
    """The manifests of a target, as far as a file that is about to be written anew leaves them."""

    declared: Declarations
    """Without what is made anew."""
    before: Mapping[Ref, frozenset[str]]
    """The fields of each object that the file says and that are made anew."""
    rows: FileRows
    """What it says that stays."""
    comments: int
    """How many comments of people it has."""

    def with_(self, bodies: Mapping[Ref, dict[str, Any]]) -> dict[Ref, dict[str, Any]]:
        """What is made anew and what stays, as it is written, in the order of kinds, keys and fields."""
        stays = {Ref(kind, row.key): _written(kind, row) for kind, rows in self.rows.objects.items() for row in rows}
        both: dict[Ref, dict[str, Any]] = {}
        for kind in KINDS.values():
            names = [*(spec.name for spec in kind.specs), FORMERLY]
            for ref in sorted(ref for ref in {**stays, **bodies} if ref.kind == kind.name):
                body = {**stays.get(ref, {}), **bodies.get(ref, {})}
                both[ref] = {name: body[name] for name in names if name in body}
        return both

    @property
    def defaults(self) -> dict[str, dict[str, Any]]:
        """The defaults, as they are written."""
        return {KINDS[kind].plural: _written(kind, Row("", body)) for kind, body in self.rows.defaults.items()}


def earlier(target: Target, path: Path, a: World, fields: Mapping[str, frozenset[str]], only: Sequence[str]) -> Earlier:
    """What a file says that is about to be made anew from `a`; `fields` are what the target's platform has.

    There may be no such file, and no manifests besides it yet. Raises `Broken` where it is not this layer's to write.
    """
    loaded = _loaded(target)
    own = path.resolve()
    at = next((at for at, source in enumerate(loaded.sources) if source.path.resolve() == own), None)
    _refuse_others(target, path, None if at is None else loaded.sources[at])
    if at is None and not path.exists():
        return Earlier(sound(compose(loaded)), {}, FileRows(), 0)
    sources, rows = list(loaded.sources), list(loaded.rows)
    if at is None:  # written before, and nobody reads it yet
        at = len(sources)
        sources.append(Source(path, shown(path), len(target.form.manifests)))
        rows.append(rows_of(path.read_bytes()))
    anew = {
        Ref(kind, row.key): row
        for kind, objects in rows[at].objects.items()
        for row in objects
        if row.key in a.of(kind) and chosen(Ref(kind, row.key), only) and a.fields[kind] & fields[kind]
    }
    before = {ref: frozenset(said(KINDS[ref.kind].decoder.decode(row.body))) for ref, row in anew.items()}
    rest = {ref: _rest(ref, row, a, a.fields[ref.kind] & fields[ref.kind]) for ref, row in anew.items()}
    rows[at] = restated(rows[at], {(ref.kind, ref.key): row for ref, row in rest.items()}, {})
    declared = sound(compose(Loaded(tuple(sources), tuple(rows), loaded.base)))
    return Earlier(declared, before, rows[at], _comments(path))


def _loaded(target: Target) -> Loaded:
    try:
        return load(target)
    except Broken as error:
        if any(found.code != "CC002" for found in error.findings):
            raise
        return Loaded((), (), target.base)


def _refuse_others(target: Target, path: Path, source: Source | None) -> None:
    """Raises `Broken` (CC009) for a file that is not the target's alone, or over which other layers lie."""
    hint = "choose a file of its own"
    neighbours = Neighbours(target)
    if reader := neighbours.reader(path) if path.exists() else neighbours.would_read(path):
        raise broken("CC009", f"{shown(path)} is a manifest of {reader}, too", hint)
    if source is not None and source.layer < len(target.form.manifests) - 1:
        layer = target.form.manifests[source.layer]
        raise broken("CC009", f"{shown(path)} lies in the layer {layer}, and others lie over that", hint)


def _rest(ref: Ref, row: Row, a: World, told: frozenset[str]) -> Row | None:
    """What of an object is not made anew: what the other side does not tell, and the former name."""
    resource, other = KINDS[ref.kind].decoder.decode(row.body), a.whole(ref)
    stays = {
        name: value
        for name, value in said(resource).items()
        if name not in told or (a.stated and getattr(other, name) is UNSET)
    }
    if not stays and not row.formerly:
        return None
    return Row(row.key, msgspec.msgpack.encode(KINDS[ref.kind].make(stays)), row.formerly)


def _written(kind: str, row: Row) -> dict[str, Any]:
    shapes = KINDS[kind].by_name
    body = {
        name: value if value is None or name in KINDS[kind].filed else shapes[name].shape.written(value)
        for name, value in said(KINDS[kind].decoder.decode(row.body)).items()
    }
    return body | ({FORMERLY: row.formerly} if row.formerly else {})


def _comments(path: Path) -> int:
    text = path.read_text(encoding="utf-8-sig")
    head = text if text.startswith(HEAD) else ""
    ours = next((at for at, line in enumerate(head.splitlines()) if not line.startswith("#")), len(head.splitlines()))
    return len(comments_of(text)) - ours
