"""Pictures of people. The platform knows them by id, Git by what is in them, so each is looked at once.

A picture that was looked at is not kept: a bank has ten thousand of them. Where the paths for pictures are not all
known, nobody has one as far as ccconf is concerned.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import UNSET

from ccconf.model.fields import Maybe
from ccconf.platforms.iqchannels.client import Client, Row

AT_ONCE = 4
"""Pictures that are asked for side by side."""


class Pictures:
    """What pictures are, by id and by content."""

    def __init__(self, client: Client, read_file: Callable[[str], bytes]) -> None:
        self.client = client
        self.read_file = read_file
        self._digests: dict[str, str] = {}
        """Canonical values by AvatarId."""

    def look(self, rows: Sequence[Row]) -> None:
        """Get to know the pictures of these users. That another picture has another id is assumed."""
        if not self.client.paths.settable("user", "avatar"):
            return
        ids = sorted({str(row["AvatarId"]) for row in rows if row.get("AvatarId")} - self._digests.keys())
        if ids:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                self._digests.update(zip(ids, pool.map(self._digest, ids), strict=True))

    def of(self, row: Row) -> Maybe[str]:
        """The canonical value of a user's picture, where there is one that was looked at."""
        return self._digests.get(str(row.get("AvatarId")), UNSET)

    def file(self, digest: str) -> bytes | None:
        """The content of a picture that was looked at."""
        avatar = next((known for known, value in tuple(self._digests.items()) if value == digest), None)
        return None if avatar is None else self._content(avatar)

    def to_native(self, digest: str) -> str:
        """A declared picture as text."""
        return base64.b64encode(self.read_file(digest)).decode()

    def _digest(self, avatar: str) -> str:
        return f"sha256:{hashlib.sha256(self._content(avatar)).hexdigest()}"

    def _content(self, avatar: str) -> bytes:
        return self.client.content("file.get", {"Id": avatar})
