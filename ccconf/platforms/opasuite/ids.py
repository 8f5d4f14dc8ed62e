"""The platform's ids: 24 hexadecimal digits (third-party, both readers)."""

from __future__ import annotations

import re

_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)


def is_id(native_id: str) -> bool:
    """Whether it can be an id; in a snapshot without ids a name stands in its place, which is not asked for."""
    return _ID.fullmatch(native_id) is not None
