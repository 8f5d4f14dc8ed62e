"""What goes over the wire once: a request, and what came back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float:
        """Seconds that the platform asks to wait: a number, or a date; 0 where it says nothing."""
        said = self.headers.get("Retry-After", "").strip()
        if _SECONDS.fullmatch(said):
            return float(said)
        try:
            then, now = (parsedate_to_datetime(text) for text in (said, self.headers.get("Date", "")))
            return max((then - now).total_seconds(), 0.0)
        except (ValueError, TypeError):  # no dates, or one of them without a zone
            return 0.0


class Ask(NamedTuple):
    """One request."""

    method: str
    path: str
    """From the platform's address, with its query."""
    headers: Mapping[str, str] = {}
    json: Any = None
    form: Mapping[str, str] | None = None
    repeatable: bool = True
    """Whether asking twice leaves the same as asking once."""

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.method != "GET" and self.form is None
