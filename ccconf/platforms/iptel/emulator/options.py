"""What a person chooses about the emulated system."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the installation has, and how the server behaves."""

    roles: tuple[str, ...] = ("administrator", "dialler", "operator", "reports", "supervisor")
    """The installation's own list. The vendor gives it and publishes none; on the screens they can only be chosen."""
    users: int = 0
    """Employees to make up, with a group for each eight; only an empty system is filled."""
    database: Path | None = None
    """A file to keep the system in; it is gone with the emulator unless given."""
    latency: float = 0.0
    """Seconds that each request takes longer."""
    rate_limit: float | None = None
    """Requests per second."""
    fault_seed: int = 0
