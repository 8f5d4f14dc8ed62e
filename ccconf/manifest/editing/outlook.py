"""What Git will say as a whole once a draft is written, so that it can be judged before anything is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.editing.draft import Draft, Fresh
from ccconf.manifest.editing.page import DEFAULTS, MARK
from ccconf.manifest.editing.scribe import kind_of, wanted
from ccconf.manifest.editing.sheets import Sheet
from ccconf.manifest.load import Loaded
from ccconf.manifest.rows import FileRows, Row, restated
from ccconf.manifest.sources import Source
from ccconf.model.kinds import KINDS

Entry = tuple[tuple[str, str], Row | None]
"""Kind and key, and what will be said there; None where it goes."""


def outlook(draft: Draft, sheets: Sequence[Sheet]) -> Declarations:
    """The declarations of the draft. The sheets have been found to say the same; reading them again takes too long."""
    declared = draft.declared
    sources = dict(enumerate(declared.sources))
    rows = dict(enumerate(declared.rows))
    for source in {home.source for home in (*draft.changes, *draft.keys, *draft.gone)} | _widened(draft):
        rows[source] = restated(rows[source], dict(_entries(draft, source)), dict(_defaults(draft, source)))
    for path in sorted({fresh.path for fresh in draft.fresh.values() if fresh.source is None}):
        coming = [fresh for fresh in draft.fresh.values() if fresh.path == path]
        at = len(sources)
        sources[at] = Source(path, _name(path, sheets), coming[0].layer)
        rows[at] = restated(FileRows(), dict(map(_entry, coming)), {})
    order = sorted(sources, key=lambda at: (sources[at].layer, sources[at].path.as_posix()))
    texts = {sheet.path: sheet.text.removeprefix(MARK) for sheet in sheets}
    return compose(Loaded(tuple(sources[at] for at in order), tuple(rows[at] for at in order), declared.base, texts))


def _name(path: Path, sheets: Sequence[Sheet]) -> str:
    return next(sheet.name for sheet in sheets if sheet.path == path)


def _widened(draft: Draft) -> set[int]:
    """The files that get another entry."""
    return {fresh.source for fresh in draft.fresh.values() if fresh.source is not None}


def _entries(draft: Draft, source: int) -> Iterator[Entry]:
    for home in dict.fromkeys([*draft.changes, *draft.keys]):
        if home.source == source and home.section != DEFAULTS and (said := wanted(draft, home)) is not None:
            key = draft.keys.get(home, home.key)
            yield (kind_of(home).name, home.key), Row(key, msgspec.msgpack.encode(said[0]), said[1])
    for home in draft.gone:
        if home.source == source:
            yield (kind_of(home).name, home.key), None
    yield from (_entry(fresh) for fresh in draft.fresh.values() if fresh.source == source)


def _entry(fresh: Fresh) -> Entry:
    resource = KINDS[fresh.ref.kind].make(fresh.fields)
    return (fresh.ref.kind, fresh.ref.key), Row(fresh.ref.key, msgspec.msgpack.encode(resource))


def _defaults(draft: Draft, source: int) -> Iterator[tuple[str, bytes]]:
    for home in draft.changes:
        if home.source == source and home.section == DEFAULTS and (said := wanted(draft, home)) is not None:
            yield kind_of(home).name, msgspec.msgpack.encode(said[0])
