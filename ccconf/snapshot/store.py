"""The snapshot as it stands in the project: JSON in Git, reviewed and dated like everything else.

Sorted and one value a line, so that two people's reviews show what changed on the screens and nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ccconf.errors import Broken, broken
from ccconf.files import write_whole
from ccconf.findings import Location
from ccconf.manifest.project import shown
from ccconf.model.kinds import KINDS, as_data, from_data
from ccconf.platform.record import Entry, Known, Snapshot

FORM = 1
_MEND = "take the file's last good version from Git, or remove it and import again"


class _Object(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    fields: dict[str, Any]
    id: str = ""


class _Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    taken: Annotated[datetime, Meta(tz=True)]
    source: str
    objects: dict[str, _Object]
    departed: dict[str, _Object] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    form: int
    target: str
    platform: str
    kinds: dict[str, _Kind]


def write(path: Path, snapshot: Snapshot, target: str, platform: str) -> None:
    """Write the snapshot of a target. The same snapshot always gives the same bytes."""
    kinds = {kind: _kind(known) for kind, known in snapshot.kinds.items()}
    raw = msgspec.json.encode(_File(FORM, target, platform, kinds), order="deterministic")
    write_whole(path, msgspec.json.format(raw, indent=1) + b"\n")


def _kind(known: Known) -> _Kind:
    taken = known.taken.astimezone(UTC).replace(microsecond=0)
    return _Kind(taken, known.source, _objects(known.objects), _objects(known.departed))


def _objects(entries: Any) -> dict[str, _Object]:
    return {key: _Object(as_data(entry.resource), entry.native_id) for key, entry in entries.items()}


def read(path: Path, target: str | None = None, platform: str | None = None) -> Snapshot:
    """What the file holds; nothing where there is none. Raises `Broken` (CC813) where it cannot be used.

    Where `target` and `platform` are named it has to be theirs.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Snapshot()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot read {shown(path)}: {reason}", where=Location(shown(path))) from error
    form = _form(raw, path)
    for word, asked, said in (("target", target, form.target), ("platform", platform, form.platform)):
        if asked is not None and asked != said:
            hint = "write another path under snapshot: in ccconf.yaml, or remove the file"
            raise _useless(path, f"it is a snapshot of the {word} {said}, not of {asked}", hint)
    return Snapshot({kind: _known(path, kind, seen) for kind, seen in sorted(form.kinds.items())})


def _form(raw: bytes, path: Path) -> _File:
    try:
        data = msgspec.json.decode(raw)
        form = data.get("form") if isinstance(data, dict) else None
        if isinstance(form, int) and form > FORM:
            message = f"a newer version of ccconf wrote it (form {form}, this version knows {FORM})"
            raise _useless(path, message, "update ccconf")
        if form != FORM:
            raise _useless(path, "it is not a snapshot of ccconf", "check snapshot: in ccconf.yaml")
        return msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        raise _useless(path, f"it is damaged: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _useless(path, f"it is damaged: {error}") from error


def _known(path: Path, kind: str, seen: _Kind) -> Known:
    if kind not in KINDS:
        raise _useless(path, f"it is damaged: there is no kind {kind}")
    return Known(seen.taken, seen.source, _entries(path, kind, seen.objects), _entries(path, kind, seen.departed))


def _entries(path: Path, kind: str, objects: dict[str, _Object]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key, seen in sorted(objects.items()):
        try:
            entries[key] = Entry(from_data(kind, seen.fields), seen.id)
        except msgspec.ValidationError as error:
            raise _useless(path, f"it is damaged at {kind}/{key}: {error}") from error
    return entries


def _useless(path: Path, why: str, hint: str = _MEND) -> Broken:
    return broken("CC813", f"{shown(path)} cannot be used: {why}", hint, Location(shown(path)))
