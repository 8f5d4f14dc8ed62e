"""What the ledger knows of one object."""

from __future__ import annotations

from typing import NamedTuple


class Owned(NamedTuple):
    """An object that ccconf applied, as it then was known to the platform."""

    native_id: str
    formerly: str = ""
    """The rename that brought it to its key, once that was done."""
    has_left: bool = False
    """It was deactivated because it left the manifests."""
