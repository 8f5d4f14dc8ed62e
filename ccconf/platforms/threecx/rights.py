"""Rights within a department: fourteen flags beside the name of a role.

A department has a template for each role; a member has the flags themselves. What differs from the template is what was
changed for this member only. Which flag is which permission stands in the rows of `facts.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ccconf.manifest.facts import facts_of
from ccconf.model.shapes import Level

Flags = Mapping[str, Any]
"""A `Pbx.Rights` object: RoleName and flags."""

ROLE = "RoleName"


@cache
def flags_by_permission() -> dict[str, str]:
    """The API field of each permission that the API has."""
    rows = facts_of("ccconf.platforms.threecx").catalogue.permissions
    return {row.id: row.field for row in sorted(rows, key=lambda row: row.id) if row.field}


def template_from_native(rights: Flags) -> dict[str, Level]:
    """What a template grants, by permission; what it does not grant is not named."""
    return {name: True for name, field in flags_by_permission().items() if rights.get(field)}


def template_to_native(role: str, granted: Mapping[str, Any]) -> dict[str, Any]:
    """A template with all its flags. Permissions without a field of the API are no part of it."""
    return {ROLE: role, **{field: granted.get(name) is True for name, field in flags_by_permission().items()}}


def overrides_from_native(rights: Flags, template: Flags) -> dict[str, Level]:
    """What was changed for this member only, by permission."""
    if rights == template:  # as it is for nearly everybody
        return {}
    return {
        name: bool(rights.get(field))
        for name, field in flags_by_permission().items()
        if bool(rights.get(field)) != bool(template.get(field))
    }


def overrides_to_native(role: str, overrides: Mapping[str, Any], template: Flags | None) -> dict[str, Any]:
    """A member's flags: those of the template, with the changes laid over them.

    Where the department has no template for the role only the changes are sent.
    """
    usual = {} if template is None else {field: bool(template.get(field)) for field in flags_by_permission().values()}
    changed = {flags_by_permission()[name]: level is True for name, level in overrides.items()}
    return {ROLE: role, **usual, **changed}
