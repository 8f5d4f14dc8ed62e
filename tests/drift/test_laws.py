"""Whatever somebody made of the platform: once it is put back, nothing of it is left to tell."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings

from ccconf.conformance.laws import two_worlds
from ccconf.conformance.worlds import World
from ccconf.manifest.write import manifests
from ccconf.model.kinds import KINDS, from_data
from tests.cli.desk import Desk

FIELDS = {kind: frozenset(spec.name for spec in KINDS[kind].stored) - {"avatar"} for kind in KINDS}
"""Without pictures, which are files beside the manifests."""

WAYS: dict[str, Any] = {
    "owns": {kind.plural: "all" for kind in KINDS.values()},
    "leavers": "delete",
    "guards": {"deletes": {kind.plural: "100%" for kind in KINDS.values()}},
}


def declare(desk: Desk, world: World) -> None:
    objects = {kind: {key: from_data(kind, data) for key, data in keyed.items()} for kind, keyed in world.items()}
    for name, content in manifests(objects, lambda digest: None, split_users=False).items():
        assert isinstance(content, str)
        desk.write(f"manifests/{name}", content)


@contextmanager
def changed_outside(before: World, after: World) -> Iterator[Desk]:
    """A desk that applied the one world, and a platform of which somebody else has made the other one."""
    with tempfile.TemporaryDirectory() as folder:
        desk, console = Desk(Path(folder), **WAYS), Desk(Path(folder) / "console", url="../live.db", **WAYS)
        declare(desk, before)
        assert desk.run("apply", "--yes").code == 0
        assert desk.run("drift").code == 0
        declare(console, after)
        accepted = [word for kind in KINDS for word in ("--accept-empty", kind)]
        assume(console.run("apply", "--yes", *accepted).code == 0)  # not every step from world to world is possible
        yield desk


def outside(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.run("drift", "--format", "json").out)["differences"]
    return [row for row in found if row["sort"] in ("drift", "conflict")]


def comparable(before: World, after: World) -> bool:
    """No kind is gone as a whole: such a read is refused, as it is more likely a fault than a truth."""
    return all(after.get(kind) or not keyed for kind, keyed in before.items())


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(two_worlds(FIELDS))
def test_what_was_put_back_is_silent(pair: tuple[World, World]) -> None:
    before, after = pair
    assume(comparable(before, after))
    with changed_outside(before, after) as desk:
        path = desk.folder / "back.json"
        ran = desk.run("drift", "--revert", "--out", str(path))
        assert ran.code in (0, 2), ran
        assert desk.run("apply", str(path), "--yes").code == 0
        assert outside(desk) == []
