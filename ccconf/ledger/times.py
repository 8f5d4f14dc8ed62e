"""Moments as the ledger writes them: UTC, ISO 8601, to the millisecond, so that they sort as text."""

from __future__ import annotations

from datetime import UTC, datetime


def written(at: datetime) -> str:
    """A moment as text."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """This moment as text."""
    return written(datetime.now(UTC))
