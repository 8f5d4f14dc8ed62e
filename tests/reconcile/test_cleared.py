"""`null` clears: each field of each kind, by a plan that is made, applied, and followed by silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ccconf.model.kinds import KINDS
from tests.cli.desk import Desk

FULL: dict[str, Any] = {
    "users": {
        "ann": {
            "name": "Ann", "email": "ann@example.org", "extension": "201", "mobile": "+48600100200",
            "position": "Agent", "language": "PL",
            "groups": {"team": {"role": "manager", "permissions": {"a.b": True}}},
            "primary_group": "team", "roles": ["clerk"], "skills": {"english": 3}, "schedule": "day",
        }
    },
    "groups": {
        "team": {
            "number": "800", "description": "All", "roles": ["clerk"], "rights": {"manager": {"a.b": True}},
            "allowlists": ["office"], "schedule": "day", "language": "PL", "timezone": "Europe/Warsaw",
        }
    },
    "roles": {"clerk": {"description": "Files", "permissions": {"a.b": True}, "allowlists": ["office"]}},
    "skills": {"english": {"description": "Speaks it", "max_level": 5}},
    "schedules": {
        "day": {
            "description": "Days", "timezone": "Europe/Warsaw", "weekly": {"mon": ["08:00-16:00"]},
            "holidays": [{"date": "12-25"}], "exceptions": [{"date": "2026-12-24", "hours": ["09:00-13:00"]}],
        }
    },
    "allowlists": {"office": {"description": "Here", "networks": {"203.0.113.0/24": "Office"}}},
}  # fmt: skip

CASES = [
    (kind.name, kind.plural, key, field, value)
    for kind in KINDS.values()
    for key, body in FULL[kind.plural].items()
    for field in body
    if field != "name"
    for value in [None, *([type(body[field])()] if isinstance(body[field], dict | list) else [])]
]
"""Every field, cleared; every collection, said to be empty."""


@pytest.mark.parametrize(("kind", "plural", "key", "field", "value"), CASES)
def test_it_is_gone_and_stays_gone(tmp_path: Path, kind: str, plural: str, key: str, field: str, value: Any) -> None:
    desk = Desk(tmp_path)
    desk.declare(**FULL).apply()
    body = {**FULL[plural][key], field: value}
    if field == "groups":
        body["primary_group"] = None
    desk.declare(**{**FULL, plural: {key: body}}).apply()
    assert not desk.fields(f"{kind}/{key}").get(field)
