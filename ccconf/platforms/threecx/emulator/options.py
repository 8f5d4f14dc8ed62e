"""What a person chooses about the emulated system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ExpiresIn = Literal["minutes", "seconds"]
Edition = Literal["free", "pro", "enterprise", "enterprise-plus"]


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """How large an estate to make up. The same numbers make the same estate.

    The owner is one of the users and the default department one of the departments, so neither falls below one.
    """

    users: int = 0
    departments: int = 0
    queues: int | None = None
    """One for each eight departments, unless told."""
    seed: int = 0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How the system was bought and set up, and how the server behaves."""

    edition: Edition = "enterprise"
    calls: int | None = None
    """Bought simultaneous calls. Not given: the smallest published row with room for the seeded users and a quarter."""
    version: str = "20.0.10.1034"
    multicompany: bool = False
    expires_in: ExpiresIn = "minutes"
    """What `expires_in: 60` of a token means: minutes (before 20.0.9) or seconds (since)."""
    client_id: str = ""
    client_secret: str = ""
    """Made up for each emulator unless given, and so is the id."""
    client_role: str = "system_owners"
    client_department: int | None = None
    """The department that bounds a client with a department's role; the default department unless given."""
    largest_page: int | None = None
    """More objects than this are never in one answer, whatever `$top` says, and nothing tells of it."""
    silent: frozenset[str] = frozenset()
    """Properties such as `User.Mobile` that a PATCH accepts with 204 and leaves as they are."""
    address_header: str = ""
    """The request header that names the caller's address, so that a test can be elsewhere."""
    database: Path | None = None
    """A file to keep the estate in; in memory unless given. Only an empty one is seeded."""
    latency: Annotated[float, Meta(description="Seconds that each request takes longer.")] = 0.0
    rate_limit: Annotated[float | None, Meta(description="Requests per second.")] = None
    burst: int | None = None
    says_retry_after: bool = True
    fault_seed: int = 0
