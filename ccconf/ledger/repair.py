"""Looks through a whole ledger, and mends it without guessing; what was there before is always kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from ccconf.errors import Broken, broken
from ccconf.files import write_whole
from ccconf.findings import Location
from ccconf.ledger import glance, salvage
from ccconf.ledger.check import Judges, Rebuild, Trouble, mended, notes, troubles
from ccconf.ledger.copying import at_one_moment, exported, readable
from ccconf.ledger.lock import take
from ccconf.ledger.place import Place
from ccconf.ledger.salvage import Nothing, Saved
from ccconf.ledger.spot import Spot
from ccconf.ledger.store import Ledger

UNUSABLE = "CC008"
FROM_BACKUP = "restore it from a backup; without one, move it away: the next apply begins a new one"


class Found(NamedTuple):
    """What a look through a ledger found."""

    troubles: tuple[Trouble, ...]
    notes: tuple[str, ...] = ()

    @property
    def mendable(self) -> bool:
        """Whether anything of it can be mended."""
        return any(trouble.mend is not None for trouble in self.troubles)


class Mended(NamedTuple):
    """What a repair left beside the ledger."""

    kept: tuple[Path, ...] = ()
    """The ledger as it was before."""
    removed: Path | None = None
    """Rows that were taken out or changed, as they were."""
    saved: dict[str, Saved] = {}  # noqa: RUF012 - nobody changes it
    """What was carried out of a damaged file, by table."""


class Locks(NamedTuple):
    """Who wants to be alone with a ledger, and what they know of besides what it names itself."""

    who: str
    spots: Collection[Spot]
    told: Callable[[str], None]

    @contextmanager
    def held(self, ledger: Ledger) -> Iterator[None]:
        """No run is at work meanwhile. Raises `Broken` (CC012)."""
        with ExitStack() as stack:
            by_address = {spot.address: spot for spot in (*self.spots, *glance.spots(ledger))}
            for _, spot in sorted(by_address.items()):
                stack.enter_context(take(ledger, spot, self.who, 0.0, self.told))
            yield


def looked_through(place: Place, judges: Judges, now: datetime) -> Found:
    """Everything that is wrong. Raises `Broken` (CC008) where the ledger cannot be asked."""
    if isinstance(place, Path) and (damage := _damage(place)):
        return Found(damage)
    with Ledger(place) as ledger:
        with ledger.reading() as connection:
            at_one_moment(connection)
            found = Found(tuple(troubles(connection, judges, now)), tuple(notes(connection, now)))
        return found._replace(troubles=(*found.troubles, *_unwritable(ledger)))


def _damage(path: Path) -> tuple[Trouble, ...]:
    """What is wrong with the file itself."""
    try:
        said = salvage.flaws(path)
    except Nothing as error:
        return (Trouble(f"{path.name} {error}", None, UNUSABLE),)
    if not said:
        return ()
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return (Trouble(f"{path.name} is damaged: {said[0]}{more}", Rebuild()),)


def _unwritable(ledger: Ledger) -> Iterator[Trouble]:
    try:
        ledger.ready()
    except Broken as error:
        yield Trouble(error.findings[0].message, None, UNUSABLE)


def repaired(place: Place, folder: Path, judges: Judges, now: datetime, locks: Locks) -> Mended:
    """Mend what can be. `folder` is for what is kept of a ledger that is no file.

    Raises `Broken`: CC012 while a run is at work, CC007, CC008; then the ledger is as it was.
    """
    rebuilt = _rebuilt(place, now) if isinstance(place, Path) and _rebuilds(place) else Mended()
    if not looked_through(place, judges, now).mendable:
        return rebuilt
    with Ledger(place) as ledger, locks.held(ledger):
        kept = _kept(ledger, folder, now)
        removed = _beside(place, folder, "removed", now, ".json")
        with ledger.writing() as connection:
            before = mended(connection, list(troubles(connection, judges, now)))
            if before:  # before the commit: what is taken out is never lost
                write_whole(removed, _as_json({name: readable(rows) for name, rows in before.items()}))
    return rebuilt._replace(kept=(*rebuilt.kept, kept), removed=removed if before else None)


def _rebuilds(path: Path) -> bool:
    return any(isinstance(trouble.mend, Rebuild) for trouble in _damage(path))


def _rebuilt(path: Path, now: datetime) -> Mended:
    kept = _beside(path, path.parent, "damaged", now)
    try:
        return Mended((kept,), None, salvage.rebuilt(path, kept))
    except Nothing as error:
        raise broken(UNUSABLE, f"{path.name} {error}", FROM_BACKUP, Location(str(path))) from error


def _kept(ledger: Ledger, folder: Path, now: datetime) -> Path:
    """The ledger as it was: a copy of the file, or an export of the database."""
    if isinstance(ledger.place, Path):
        copy = _beside(ledger.place, folder, "damaged", now)
        salvage.backed_up(ledger.place, copy)
        return copy
    export = _beside(ledger.place, folder, "damaged", now, ".json")
    write_whole(export, _as_json(exported(ledger)))
    return export


def _as_json(data: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(data, order="deterministic"), indent=2) + b"\n"


def _beside(place: Place, folder: Path, what: str, now: datetime, end: str = "") -> Path:
    """A name that is free."""
    first = place if isinstance(place, Path) else folder / "ledger"
    stem = f"{first.name}.{what}-{now:%Y%m%dT%H%M%SZ}"
    number = 1
    while (path := first.with_name(f"{stem}{f'-{number}' if number > 1 else ''}{end}")).exists():
        number += 1
    return path
