"""What holds of every comparison: of a world with itself there is nothing to tell, the other way round it tells the
same with the sides exchanged, and what is promoted and applied leaves nothing but what is only there.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from ccconf.conformance.worlds import PICTURES, worlds
from ccconf.conformance.worlds import World as Generated
from ccconf.manifest.write import manifests
from ccconf.model.kinds import KINDS, from_data, relinked_data
from ccconf.reconcile.compared import Comparison, Difference, Side, Source, There, World, compare
from tests.compare.desk import LOCAL, Two

FIELDS = {kind: frozenset(spec.name for spec in KINDS[kind].stored) for kind in KINDS}
quickly = settings(max_examples=40, deadline=None)
really = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def side(word: str) -> Side:
    return Side(word=word, source=Source.LIVE, target=word, platform="any", title="Any")


def objects(world: Generated) -> dict[str, dict[str, Any]]:
    return {kind: {key: from_data(kind, data) for key, data in keyed.items()} for kind, keyed in world.items()}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Generated, Generated]:
    """Two worlds in which many objects have the same key and are otherwise strangers."""
    a, b = draw(worlds()), draw(worlds())
    called = {
        (kind, old): new
        for kind in KINDS
        for old, new in zip(sorted(b[kind]), draw(st.permutations(sorted(a[kind]))), strict=False)
        if draw(st.integers(0, 3)) and (new not in b[kind] or new == old)
    }
    renamed: Generated = {}
    for kind, keyed in b.items():
        for key, data in keyed.items():
            moved = relinked_data(kind, data, lambda to, name: called.get((to, name), name))
            renamed.setdefault(kind, {})[called.get((kind, key), key)] = moved
    return a, {kind: renamed.get(kind, {}) for kind in b}


@st.composite
def seen(draw: st.DrawFn, word: str, generated: Generated) -> World:
    """A platform, or manifests that may leave fields and members to others, of a platform that may not have all."""
    world = objects(generated)
    stated = draw(st.booleans())
    fields = {kind: names - draw(st.sets(st.sampled_from(sorted(names)), max_size=2)) for kind, names in FIELDS.items()}
    member_of: dict[str, Any] = {}
    closed: frozenset[str] = frozenset()
    if stated and draw(st.booleans()):
        for key, user in world["user"].items():
            member_of[key] = dict(user.groups or {})
            world["user"][key] = from_data("user", {"name": user.name or "X"})
        closed = frozenset(world["group"])
    return World(side(word), world, fields, stated=stated, closed=closed, member_of=member_of)


def mirrored(found: Comparison) -> Comparison:
    """The same with the sides exchanged."""
    there = {There.ONLY_A: There.ONLY_B, There.ONLY_B: There.ONLY_A, There.BOTH: There.BOTH}

    def turned(row: Difference) -> Difference:
        return replace(row, there=there[row.there], a=row.b, b=row.a)

    return replace(
        found,
        a=found.b,
        b=found.a,
        kinds={kind: replace(tally, only_a=tally.only_b, only_b=tally.only_a) for kind, tally in found.kinds.items()},
        differences=tuple(map(turned, found.differences)),
        unheld=tuple(replace(row, side="b" if row.side == "a" else "a") for row in found.unheld),
    )


def unlabelled(found: Comparison) -> Comparison:
    """An object is called as the first side calls it, so its label may be another one the other way round."""
    return replace(found, differences=tuple(replace(row, label="") for row in found.differences))


@quickly
@given(st.data())
def test_of_a_world_with_itself_there_is_nothing_to_tell(data: st.DataObject) -> None:
    world = data.draw(seen("a", data.draw(worlds())))
    found = compare(world, world)
    assert (found.differences, found.unheld) == ((), ())


@quickly
@given(st.data())
def test_the_other_way_round_it_tells_the_same(data: st.DataObject) -> None:
    first, second = data.draw(pairs())
    a, b = data.draw(seen("a", first)), data.draw(seen("b", second))
    assert unlabelled(compare(a, b)) == unlabelled(mirrored(compare(b, a)))


@contextmanager
def two() -> Iterator[Two]:
    """A fresh project; what stands in a folder of a test would stay from example to example."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield Two(folder, prod=LOCAL, test={**LOCAL, "manifests": ["test", "over"], "guards": {"deletes": {}}})
    finally:
        shutil.rmtree(folder)


def declare(desk: Two, target: str, world: Generated, by_groups: Collection[str] = ()) -> None:
    """Write a world as manifests; the members of some groups stand at the groups."""
    kept = objects(world)
    members: dict[str, Any] = {group: {} for group in by_groups}
    for key, user in kept["user"].items() if by_groups else ():
        for group in (user.groups or {}).keys() & members.keys():
            members[group][key] = user.groups[group]
        rest = {group: edge for group, edge in (user.groups or {}).items() if group not in members}
        kept["user"][key] = replace(user, groups=rest or UNSET)
    for group, edges in members.items():
        kept["group"][group] = replace(kept["group"][group], members=edges)
    for name, content in manifests(kept, PICTURES.get, split_users=False).items():
        path = desk.folder / target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def apart(world: Generated, other: Generated) -> Generated:
    """The world, in which nobody has a number or address that somebody else has in the other one, and whoever is only
    here has no role within a group: the other side decides which there are.
    """
    changed = {kind: {key: dict(data) for key, data in keyed.items()} for kind, keyed in world.items()}
    for kind, keyed in changed.items():
        for key, data in keyed.items():
            if key not in other[kind]:
                for name in KINDS[kind].unique:
                    if name in data:
                        data[name] = f"9{data[name]}"
                if "groups" in data:
                    data["groups"] = {group: {} for group in data["groups"]}
    return changed


@st.composite
def ways(draw: st.DrawFn, world: Generated) -> tuple[set[str], dict[str, str]]:
    """Which groups state their members, and what is said of everybody who does not say it."""
    groups = sorted(world["group"])
    by_groups = draw(st.sets(st.sampled_from(groups))) if groups else set()
    return by_groups, draw(st.sampled_from([{}, {"language": "cs"}, {"language": "cs", "position": "Anybody"}]))


@really
@given(st.data())
def test_promoted_and_applied_nothing_is_left_but_what_is_only_there(data: st.DataObject) -> None:
    """Also where member lists and defaults of the manifests, somebody at the console and changes in Git that are not
    applied yet are in between.
    """
    a, b = data.draw(pairs())
    b = apart(b, a)
    by_groups, defaults = data.draw(ways(b))
    with two() as desk:
        declare(desk, "prod", a)
        declare(desk, "test", b)
        desk.write("over/nothing.yaml", "{}\n")
        for target in ("prod", "test"):
            assert desk.run("apply", "-t", target, "--yes").code == 0
        for path in (desk.folder / "test").glob("*.yaml"):
            path.unlink()
        declare(desk, "test", b, by_groups)
        desk.write("over/defaults.yaml", json.dumps({"defaults": {"users": defaults}}))
        desk.console_in("test", f"user/{data.draw(st.sampled_from(sorted(b['user'])))}", position="Console")
        file = desk.folder / "over" / "prod.yaml"
        before = desk.compare("prod", "test")
        ran = desk.run("compare", "prod", "test", "--promote", str(file))
        assert ran.code == (2 if before["differences"] else 0)
        ran = desk.run("apply", "-t", "test", "--yes")
        assert ran.code == 0, (ran, file.exists() and file.read_text())
        left = desk.compare("prod", "test")
        assert {row["there"] for row in left["differences"]} <= {"only_b"}, (left, file.read_text())
