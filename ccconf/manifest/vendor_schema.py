"""The schema of manifests for one platform: its permission ids, levels and roles complete in an editor.

It is the plain schema with the platform's words put where they belong. An open catalogue still allows other ids.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from ccconf.model.schema import manifest_schema
from ccconf.platform.discovery import find, names
from ccconf.platform.facts import Facts, Permission


def vendor_schemas() -> dict[str, Callable[[], dict[str, Any]]]:
    """The schema of each platform that has words of its own, by name."""
    facts = [find(name, None).facts for name in names()]
    return {f"manifest.{row.name}": partial(vendor_schema, row) for row in facts if row.fields}


def vendor_schema(facts: Facts) -> dict[str, Any]:
    """The schema of manifests for the platform."""
    schema = copy.deepcopy(manifest_schema())
    schema["$id"] = f"https://ccconf.invalid/schemas/manifest.{facts.name}.json"
    schema["title"] = f"ccconf manifest for {facts.title}"
    for kind in ("role", "group", "user"):
        properties = schema["$defs"][kind]["properties"]
        for field, complete in _COMPLETED.items():
            if field in properties:
                complete(properties[field], facts)
    if facts.access_levels:
        level = schema["$defs"]["role"]["properties"]["access_level"]
        level.update({"type": ["string", "null"], "enum": [*(row.id for row in facts.access_levels), None]})
        level.pop("pattern", None)
    return schema


def _levels(facts: Facts) -> dict[str, Any]:
    """Permission ids as properties: an editor completes them and shows their labels."""
    return {
        "properties": {row.id: _permission(row, facts) for row in facts.catalogue.permissions},
        "additionalProperties": facts.catalogue.open,
    }


def _permission(row: Permission, facts: Facts) -> dict[str, Any]:
    own, english = row.labels.get(facts.language, ""), row.labels.get("en", "")
    section = row.section.get(facts.language) or row.section.get("en", "")
    words = " / ".join(dict.fromkeys(word for word in (own, english) if word))
    gate = [*(f"edition {name}" for name in row.editions), *(f"module {name}" for name in row.modules)]
    needs = f" Needs {' or '.join(gate)}." if gate else ""
    unverified = " Unverified." if row.certainty == "unverified" else ""
    plain: list[bool | str] = [{"yes": True, "no": False}.get(level, level) for level in row.levels]
    return {
        "description": f"{section}: {words}. Sensitivity {row.sensitivity}: {row.why}.{needs}{unverified}",
        "enum": plain,
    }


def _permissions(form: dict[str, Any], facts: Facts) -> None:
    form.update(_levels(facts))


def _rights(form: dict[str, Any], facts: Facts) -> None:
    """The permissions stand below each role."""
    form["additionalProperties"].update(_levels(facts))
    if not facts.in_group_roles.open:
        form["propertyNames"] = {"enum": [row.id for row in facts.in_group_roles.items]}


def _memberships(form: dict[str, Any], facts: Facts) -> None:
    """The role and the overrides of one membership; a plain list of names stays as it is."""
    edge = next(branch for branch in form["anyOf"] if branch.get("type") == "object")["additionalProperties"]
    edge["properties"]["permissions"].update(_levels(facts))
    if not facts.in_group_roles.open:
        role = edge["properties"]["role"]
        words = "; ".join(f"{row.id}: {row.labels.get('en', '')}" for row in facts.in_group_roles.items)
        role["description"] = f"{role['description']} {words}."
        role["enum"] = [*(row.id for row in facts.in_group_roles.items), None]


_COMPLETED: dict[str, Callable[[dict[str, Any], Facts], None]] = {
    "permissions": _permissions,
    "rights": _rights,
    "groups": _memberships,
    "members": _memberships,
}
"""The fields in which the platform's words are completed."""
