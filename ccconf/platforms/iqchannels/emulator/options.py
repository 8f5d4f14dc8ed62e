"""What a person chooses about the emulated installation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Module = Literal["iqpro", "bots", "branches"]


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """How large an estate to make up. The same numbers make the same estate."""

    users: int = 0
    seed: int = 0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was bought, who asks, and how the server behaves."""

    edition: Literal["base"] = "base"
    modules: tuple[Module, ...] = ()
    session: str = ""
    """The value of the cookie `user-session`; made up unless given."""
    level: Literal["admin", "read", "off"] = "admin"
    """What the owner of the session may do in the section Пользователи."""
    paths: Mapping[str, str] = {}
    """Other paths than the assumed ones, by name."""
    largest_page: int | None = None
    """More rows than this are never in one answer, whatever Limit says, and nothing tells of it."""
    database: Path | None = None
    """A file to keep the estate in; a temporary one unless given. Only an empty one is seeded."""
    latency: Annotated[float, Meta(description="Seconds that each request takes longer.")] = 0.0
    rate_limit: Annotated[float | None, Meta(description="Requests per second.")] = None
    burst: int | None = None
    says_retry_after: bool = True
    fault_seed: int = 0
