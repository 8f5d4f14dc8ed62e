"""A vendor's permission catalogue as types; the rows are data files of the vendors' packages."""

from __future__ import annotations

from typing import Literal

import msgspec

from ccconf.model.licence import Certainty


class Permission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One permission: a section-qualified id, its labels by language, and the levels it can have."""

    id: str
    labels: dict[str, str]
    levels: tuple[str, ...] = ("no", "yes")
    """From the lowest to the highest; `no` and `yes` are written false and true."""
    sensitivity: Literal["low", "medium", "high"] = "low"
    source: str
    certainty: Certainty


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All permissions of a platform. An `open` catalogue is known to be incomplete, so unknown ids are allowed."""

    permissions: tuple[Permission, ...] = ()
    open: bool = True
