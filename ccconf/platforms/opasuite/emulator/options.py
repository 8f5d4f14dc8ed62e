"""What a person chooses about the emulated installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """How large an estate to make up. The same numbers make the same estate, ids included.

    An administrator and the user of the API are among the users, and `Suporte` among the departments.
    """

    users: int = 0
    departments: int = 0
    seed: int = 0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How the installation was bought and set up, and how the server behaves."""

    seats: int | None = None
    """Contracted licences for users; without limit unless given."""
    modules: tuple[str, ...] = ()
    """What was bought besides: `call-center`."""
    token: str = ""
    """The token of the user of the API; made up unless given."""
    attends_filter: Literal["recebeAtendimento", "realizaAtendimento"] = "recebeAtendimento"
    """What the filter of departments is called; the sources disagree."""
    reasons_path: Literal["/motivo", "/atendimento/motivo"] = "/motivo"
    """The path of reasons: since 2026-10, or before."""
    users_have_pages: bool = False
    """Whether the list of users keeps to `skip` and `limit`, as all others do."""
    one_department: bool = False
    """Whether `departamento` of a user is one id rather than a list."""
    status_in_body_only: bool = False
    """Whether errors are told with status 200, and by the `code` of the body alone."""
    silent: frozenset[str] = frozenset()
    """Fields of a department that a PUT accepts and leaves as they are."""
    language: str = "en"
    """The language of the screens: `en` or `pt-BR`."""
    address_header: str = ""
    """The request header that names the caller's address, so that a test can be elsewhere."""
    database: Path | None = None
    """A file to keep the estate in, with a second one beside it; in a temporary folder unless given."""
    latency: Annotated[float, Meta(description="Seconds that each request takes longer.")] = 0.0
    rate_limit: Annotated[float | None, Meta(description="Requests per second.")] = None
    burst: int | None = None
    says_retry_after: bool = True
    fault_seed: int = 0
