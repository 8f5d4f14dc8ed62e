"""The emulated installation: the embedded world under iQChannels' rules, and what happens beside any state.

Who is online, tokens, moments and what clients see of a name are kept in memory only: they are no configuration, and a
database that is opened again has none of them.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ccconf.embedded.world import World
from ccconf.errors import Rejected
from ccconf.manifest.facts import facts_of
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import as_data
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Performed
from ccconf.platforms.iqchannels.emulator.refusals import Refusal, nobody
from ccconf.platforms.iqchannels.emulator.rows import Token

PACKAGE = "ccconf.platforms.iqchannels"
_NO_GROUP = 2**33
"""Where the ids of segments begin that only roles name, and nobody has made."""


class Estate(World):
    """A world of which everything is numbered, as the API numbers it."""

    def __init__(self, path: Path, licence: Licence, now: Callable[[], datetime]) -> None:
        self.uploads: dict[str, bytes] = {}
        super().__init__(
            path, facts_of(PACKAGE), licence, actor="staff", read_file=lambda digest: self.uploads[digest], clock=now
        )
        self.began = self.moment()
        self.display: dict[int, str] = {}
        self.online: set[int] = set()
        self.moments: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self.tokens: defaultdict[int, list[Token]] = defaultdict(list)
        self.deeds: list[tuple[str, int]] = []
        """What was done to people at once: the deed, and the user's id."""
        self.change_lock = threading.RLock()
        self._read: dict[tuple[str, bool], dict[int, Observed]] = {}

    def moment(self) -> int:
        """Now, in UTC milliseconds."""
        return int(self.clock().timestamp() * 1000)

    def perform(self, change: Change) -> Performed:
        """As every world does it; what was read before is read anew."""
        try:
            return super().perform(change)
        finally:
            self._read = {}

    def all(self, kind: str, *, departed: bool = False) -> dict[int, Observed]:
        """Every object of a kind by id, in that order."""
        known = self._read
        if (kind, departed) not in known:
            pages = self.departed(kind) if departed else self.observe(kind)
            items = {int(item.native_id): item for page in pages for item in page.items}
            known[kind, departed] = dict(sorted(items.items()))
        return known[kind, departed]

    def one(self, kind: str, id_: int, *, departed: bool = False) -> Observed:
        """One object. Raises `Refusal` (not_found)."""
        found = self.all(kind, departed=departed).get(id_)
        if found is None:
            raise nobody(kind, id_)
        return found

    def names(self, kind: str, ids: list[int]) -> list[str]:
        """What the objects with these ids are called. Raises `Refusal` (invalid) where there are none."""
        known = self.all(kind)
        if unknown := [id_ for id_ in ids if id_ not in known]:
            raise Refusal("invalid", f"there is no {kind} {unknown[0]}")
        return sorted(known[id_].ref.key for id_ in ids)

    def id_of(self, kind: str, key: str) -> int:
        """The id of an object by name."""
        return next(id_ for id_, item in self.all(kind).items() if item.ref.key == key)

    def project_of(self, segment: str) -> int:
        """The id of a segment, also where only a role names it."""
        known = (id_ for id_, item in self.all("group").items() if item.ref.key == segment)
        return next(known, _NO_GROUP + zlib.crc32(segment.encode()))

    def create(self, kind: str, key: str, fields: dict[str, Any]) -> int:
        """A new object; its id. Raises `Refusal` (invalid) with the world's reason."""
        made = self._made(
            Create(
                kind=kind, key=key, fields={name: value for name, value in fields.items() if _said(value) is not None}
            )
        )
        assert made is not None
        id_ = int(made.native_id)
        self.moments[id_]["CreatedAt"] = self.moment()
        return id_

    def change(self, item: Observed, fields: dict[str, Any], key: str | None = None) -> None:
        """Other values for some fields of an object; empty ones clear. Raises `Refusal` (invalid)."""
        seen = {**as_data(item.resource), KEY: item.ref.key}
        wanted = {**fields, KEY: key or item.ref.key}
        rows = tuple(
            FieldChange(field=name, before=seen.get(name), after=_said(value))
            for name, value in sorted(wanted.items())
            if msgspec.json.encode(_said(value)) != msgspec.json.encode(seen.get(name))
        )
        kind, own = item.ref
        if rows:
            self._made(
                Update(kind=kind, key=key or own, native_id=item.native_id, revision=item.revision, changes=rows)
            )

    def delete(self, item: Observed) -> None:
        """The object goes; a user can come back. Raises `Refusal` (invalid) where it is in use."""
        kind, key = item.ref
        fields = as_data(item.resource)
        self._made(Delete(kind=kind, key=key, native_id=item.native_id, revision=item.revision, fields=fields))
        self.moments[int(item.native_id)]["DeletedAt"] = self.moment()
        self.online.discard(int(item.native_id))

    def restore(self, item: Observed) -> None:
        """A deleted user comes back as he was. Raises `Refusal` (invalid)."""
        kind, key = item.ref
        self._made(Restore(kind=kind, key=key, native_id=item.native_id, revision=item.revision, changes=()))
        self.moments[int(item.native_id)]["RestoredAt"] = self.moment()

    def set_picture(self, item: Observed, content: bytes | None) -> None:
        """A user's avatar, or none."""
        if content is None:
            self.change(item, {"avatar": None})
            return
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.uploads[digest] = content
        self.change(item, {"avatar": digest})

    def done(self, deed: str, id_: int) -> None:
        """Remember what was done to somebody at once."""
        self.deeds.append((deed, id_))

    def _made(self, change: Change) -> Observed | None:
        try:
            return self.perform(change).observed
        except Rejected as no:
            raise Refusal("invalid", "; ".join(found.message for found in no.findings)) from no

    def user(self, name: str) -> Observed:
        """The live user of that e-mail address or name; it must be there."""
        found = self.lookup(Ref("user", name))
        assert found is not None, f"there is no user {name}"
        return found


def _said(value: Any) -> Any:
    """None for whatever is empty; 0 is a value."""
    return None if value in (None, "", (), [], {}) else value
