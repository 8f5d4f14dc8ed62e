"""Whatever somebody made of the platform: once it is put back, or is in Git, nothing of it is left to tell."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from ccconf.conformance.laws import two_worlds
from ccconf.conformance.worlds import World
from ccconf.model.kinds import KINDS, relinked_data
from ccconf.model.refs import Ref
from tests.cli.desk import Desk
from tests.editing.pages import Files, paper, projects

FIELDS = {kind: frozenset(spec.name for spec in KINDS[kind].stored) - {"avatar"} for kind in KINDS}
"""Without pictures, which are files beside the manifests."""

WAYS: dict[str, Any] = {
    "owns": {kind.plural: "all" for kind in KINDS.values()},
    "leavers": "delete",
    "guards": {"deletes": {kind.plural: "100%" for kind in KINDS.values()}},
}

tried = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


class Elsewhere(NamedTuple):
    """What Git says, and what somebody makes of it at the platform's own screens."""

    files: Files
    after: World
    former: dict[Ref, str]
    """What some objects are called in Git, by their names there."""


@st.composite
def elsewhere(draw: st.DrawFn) -> Elsewhere:
    before, after = draw(two_worlds(FIELDS))
    # no kind is gone as a whole: such a read is refused, as it is more likely a fault than a truth
    assume(all(after.get(kind) or not keyed for kind, keyed in before.items()))
    both = [Ref(kind, key) for kind, keyed in after.items() for key in keyed if key in before.get(kind, {})]
    names = {ref: f"{ref.key}-2" for ref in both if not draw(st.integers(0, 4))}

    def renamed(kind: str, key: str) -> str:
        return names.get(Ref(kind, key), key)

    there = {
        kind: {renamed(kind, key): relinked_data(kind, fields, renamed) for key, fields in keyed.items()}
        for kind, keyed in after.items()
    }
    files, _ = draw(projects(before, defaults=True))
    return Elsewhere(files, there, {Ref(ref.kind, key): ref.key for ref, key in names.items()})


def told(case: Elsewhere, story: Callable[[Desk], None]) -> None:
    """The story of a desk that has applied what Git says, and of whose platform somebody has made something else."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), **WAYS, manifests=sorted({name.split("/")[0] for name in case.files}))
        for name, content in case.files.items():
            (desk.folder / name).parent.mkdir(exist_ok=True)
            (desk.folder / name).write_bytes(content)
        assert desk.run("apply", "--yes").code == 0
        assert desk.run("drift").code == 0
        assume(at_the_screens(desk, case).code == 0)  # not every step from world to world is possible
        story(desk)


def at_the_screens(desk: Desk, case: Elsewhere) -> Any:
    sections: dict[str, dict[str, Any]] = {}
    for kind, keyed in case.after.items():
        for key, fields in keyed.items():
            was = case.former.get(Ref(kind, key))
            row = paper(kind, {name: value for name, value in fields.items() if name not in KINDS[kind].filed})
            sections.setdefault(KINDS[kind].plural, {})[key] = row | ({"formerly": was} if was else {})
    console = Desk(desk.folder / "console", url="../live.db", **WAYS).declare(**sections)
    return console.run("apply", "--yes", *(word for kind in KINDS for word in ("--accept-empty", kind)))


def rows(desk: Desk) -> list[dict[str, Any]]:
    """What differs because of somebody else."""
    found: list[dict[str, Any]] = json.loads(desk.run("drift", "--format", "json").out)["differences"]
    return [row for row in found if row["sort"] in ("drift", "conflict", "unmanaged")]


@tried
@given(elsewhere())
def test_what_was_put_back_is_silent(case: Elsewhere) -> None:
    def story(desk: Desk) -> None:
        path = desk.folder / "back.json"
        ran = desk.run("drift", "--revert", "--out", str(path))
        assume("CC504" not in ran.out)  # somebody whom Git does not know still uses what would go
        assert ran.code in (0, 2), ran.out
        assert desk.run("apply", str(path), "--yes").code == 0
        assert [row for row in rows(desk) if row["sort"] != "unmanaged"] == []

    told(case, story)


@tried
@given(elsewhere())
def test_what_is_in_git_is_silent(case: Elsewhere) -> None:
    def story(desk: Desk) -> None:
        assume(rows(desk))
        ran = desk.run("drift", "--accept", "--only", "*/*", "--into", "object")
        assume("a default of all" not in ran.err)  # still names what was deleted: somebody has to choose
        assert ran.code == 0, ran
        assert rows(desk) == []
        desk.apply()  # what nobody managed is taken over; then there is nothing
        assert desk.run("fmt").code == 0
        desk.silent()

    told(case, story)
