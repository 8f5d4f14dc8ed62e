"""Opens a file that somebody wants to import, by its name's ending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ccconf.errors import Broken, broken
from ccconf.findings import Location, did_you_mean
from ccconf.manifest.project import shown
from ccconf.model.kinds import BY_PLURAL, KINDS
from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from ccconf.platform.record import Known
from ccconf.snapshot import forms, rows
from ccconf.snapshot.columns import Headings
from ccconf.snapshot.fields import fields_of
from ccconf.snapshot.stated import Reading
from ccconf.snapshot.table import Table, csv_table, refuse_giant
from ccconf.snapshot.words import Words

TABLES = (".csv", ".tsv", ".xlsx")
MANIFESTS = (".json", ".yaml", ".yml")
_FIRST_WORD = re.compile(r"[a-z]+")


class Opening(NamedTuple):
    """What a person says about a file beside its name."""

    kind: str | None = None
    encoding: str | None = None
    sheet: str | None = None


def reading_of(file: Path, facts: Facts, guide: Guide | None, held: Mapping[str, Known], opening: Opening) -> Reading:
    """What a file states. Raises `Broken` where it cannot be read as what it claims to be."""
    path = shown(file)
    ending = file.suffix.casefold()
    if ending not in TABLES + MANIFESTS:
        hint = f"export it as {', '.join(TABLES + MANIFESTS)}"
        raise broken("CC805", f"{path} is neither a table nor a manifest", hint, Location(path))
    _refuse_idle(opening, ending, path)
    raw = _bytes_of(file, path)
    if ending in MANIFESTS:
        return forms.reading_of(raw, path, facts)
    kind = _kind_of(file, facts, opening, path)
    words = Words(facts, {name: known.objects for name, known in held.items()})
    headings = Headings(facts, kind, guide, words)
    return rows.reading_of(_table(raw, path, ending, headings, opening), headings)


def _refuse_idle(opening: Opening, ending: str, path: str) -> None:
    """An option that would do nothing is a misunderstanding."""
    idle = {
        "--kind": (opening.kind, MANIFESTS, "a manifest names its kinds itself"),
        "--encoding": (opening.encoding, (*MANIFESTS, ".xlsx"), "only .csv and .tsv can be in several encodings"),
        "--sheet": (opening.sheet, (*MANIFESTS, ".csv", ".tsv"), "only .xlsx has sheets"),
    }
    for option, (said, endings, why) in idle.items():
        if said is not None and ending in endings:
            raise broken("CC805", f"{option} means nothing for {path}: {why}", f"leave {option} out", Location(path))


def _bytes_of(file: Path, path: str) -> bytes:
    try:
        refuse_giant(file.stat().st_size, path)
        return file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot read {path}: {reason}", "check the path", Location(path)) from error


def _kind_of(file: Path, facts: Facts, opening: Opening, path: str) -> str:
    kind = BY_PLURAL.get(opening.kind or kind_in(file))
    if kind is None:
        hint = "say it: --kind users, or call the file users.csv"
        raise broken("CC805", f"nobody says what {path} lists", hint, Location(path))
    if not fields_of(facts, kind.name):
        raise _not_there(facts, kind.plural, path)
    return kind.name


def kind_in(file: Path) -> str:
    """The first word of a file's name, which says what it lists: `users 2026-11.csv`."""
    first = _FIRST_WORD.match(file.name.casefold())
    return first[0] if first else ""


def _not_there(facts: Facts, plural: str, path: str) -> Broken:
    there = [kind.plural for kind in KINDS.values() if fields_of(facts, kind.name)]
    return broken("CC410", f"{facts.title} has no {plural}", did_you_mean(plural, there), Location(path))


def _table(raw: bytes, path: str, ending: str, headings: Headings, opening: Opening) -> Table:
    if ending == ".xlsx":
        from ccconf.snapshot.workbook import workbook_table  # heavy, and rarely needed

        return workbook_table(raw, path, opening.sheet)
    return csv_table(raw, path, headings.facts.language, opening.encoding, headings.known)
