"""A reference names an object by kind and key; vendors' own ids never appear in one."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple


class Ref(NamedTuple):
    """Prints `user/agent.01`; sorts by kind, then key."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"

    def fits(self, pattern: str) -> bool:
        """Whether a selection such as `user/agent.*` (or just `agent.*`) means this object."""
        return fnmatchcase(str(self) if "/" in pattern else self.key, pattern)


def parse_ref(text: str) -> Ref:
    """The inverse of `str(ref)`."""
    kind, _, key = text.partition("/")
    return Ref(kind, key)
