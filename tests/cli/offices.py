"""Two small contact centres to type commands in, without naming a folder: one with an API, one where people do it all.

Each is set up once; every story has its own copy, so that two copies can be asked the same.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import click

from ccconf.cli.main import ccconf, run
from tests.cli.desk import Desk, Ran

NOON = "2026-11-20T12:00:00Z"
"""It is always the same moment."""

CENTRE: dict[str, Any] = {
    "allowlists": {"office": {"networks": {"203.0.113.0/24": "Head office"}}},
    "schedules": {"day": {"timezone": "Europe/Warsaw", "weekly": {"mon-fri": ["09:00-17:00"]}}},
    "roles": {"agent": {"permissions": {"calls.take": True}}},
    "skills": {"english": {"name": "English"}},
    "groups": {"billing": {"roles": ["agent"], "allowlists": ["office"]}},
    "users": {
        "ann": {
            "name": "Ann Lee", "email": "ann@example.org", "extension": "101", "groups": ["billing"],
            "skills": {"english": 5}, "schedule": "day", "roles": ["agent"],
        },
        "bo": {"name": "Bo Dahl", "email": "bo@example.org"},
    },
}  # fmt: skip

SEEN = {
    "roles.csv": "name\noperator\n",
    "groups.csv": "name\nBilling\nSales\n",
    "users.csv": "name,groups\nAnn Lee,Billing\nBo Dahl,Sales\n",
}


class Somebody(io.StringIO):
    """Sits at a terminal and types an answer."""

    def isatty(self) -> bool:
        return True


def typed(folder: Path, *words: str, answer: str | None = None, **environment: str) -> Ran:
    """A command, typed in the folder; where there is an `answer`, by somebody at a terminal."""
    out, err = io.StringIO(), io.StringIO()
    stdin = io.StringIO() if answer is None else Somebody(answer)
    known = {"CCCONF_NOW": NOON, "CCCONF_ACTOR": "Carla", **environment}
    with contextlib.chdir(folder), mock.patch.dict(os.environ, known), mock.patch("sys.stdin", stdin):
        if "CI" not in environment:
            os.environ.pop("CI", None)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(words))
    assert "Traceback" not in err.getvalue()
    return Ran(code, out.getvalue(), err.getvalue())


def does(folder: Path, *words: str, code: int = 0) -> Ran:
    """A command on the way to a story, which must end so."""
    ran = typed(folder, *words)
    assert ran.code == code, ran
    return ran


def office(folder: Path) -> None:
    """Two runs behind it, an approved plan at hand, a change by hand, one in Git, and somebody who was deleted."""
    desk = Desk(folder).declare(**CENTRE)
    (folder / "ann.png").write_bytes(b"\x89PNG\r\n\x1a\n picture")
    does(folder, "apply", "--yes")
    users: dict[str, Any] = {**CENTRE["users"], "gone": {"name": "Gone"}}
    desk.declare(**{**CENTRE, "users": users})
    does(folder, "apply", "--yes")
    desk.console_deletes("user/gone")
    users = {**CENTRE["users"], "cy": {"name": "Cy", "email": "cy@example.org"}}
    desk.declare(**{**CENTRE, "users": users})
    does(folder, "plan", "--out", "approved.json", code=2)
    desk.declare(**{**CENTRE, "users": {**users, "dee": {"name": "Dee"}}})
    does(folder, "local", "set", "user/bo", "email=boss@example.org")


def calls(folder: Path) -> None:
    """A platform without an API: somebody has looked at its screens, and has work to do."""
    folder.mkdir(exist_ok=True)
    form = {"version": 1, "targets": {"calls": {"platform": "iptel", "manifests": ["manifests"]}}}
    (folder / "ccconf.yaml").write_text(json.dumps(form))
    for name, text in SEEN.items():
        (folder / name).write_text(text)
        does(folder, "snapshot", "import", name)
    does(folder, "import")
    does(folder, "apply", "--yes")
    people = folder / "manifests" / "users.yaml"
    people.write_text(people.read_text().replace("groups: [Sales]", "groups: [Billing]"))
    does(folder, "apply", "--yes", code=6)


OFFICES = {"office": office, "calls": calls}


def copies(made: Mapping[str, Path], name: str, folder: Path, count: int = 2) -> Sequence[Path]:
    """The same centre in folders of different names."""
    found = [folder / f"{'x' * number}{name}" for number in range(count)]
    for path in found:
        shutil.copytree(made[name], path)
    return found


def commands(group: click.Command = ccconf, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be typed, with its words."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    for name in group.list_commands(ctx := click.Context(group)):
        inner = group.get_command(ctx, name)
        assert inner is not None
        yield from commands(inner, *path, name)
