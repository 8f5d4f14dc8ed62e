"""The vendors' estates under examples/vendors: each is sound and settles, and each broken variant says what it breaks.

And over small estates that nobody wrote: what `validate` and `plan` let through the embedded platform with `like:` accepts,
and what they refuse for the licence or an invariant it refuses too, with the vendor's reason.

CCCONF_WRITE_CASES=1 writes what the broken variants print anew, to be read before it is committed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.manifest.compose import compose
from ccconf.manifest.load import load
from ccconf.manifest.project import open_project
from ccconf.manifest.yaml12 import read
from ccconf.model.change import Create
from ccconf.model.kinds import KINDS, REFERENCE_ORDER, as_data
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection
from ccconf.platform.discovery import find
from ccconf.platform.facts import Facts, Route
from ccconf.platforms.local.embedded import LocalPlatform
from tests.examples_support import EXAMPLES, Screen, copied, expected, typed, write_expected, writes_expectations

ESTATES = EXAMPLES / "vendors"
OBJECTS = {"iqchannels": 23, "iptel": 20, "opasuite": 26, "threecx": 49}
VENDORS = sorted(OBJECTS)
BROKEN = sorted(folder for folder in ESTATES.glob("*/broken/*") if folder.is_dir())

ONLY_A_PLAN = {"keeper-of-permissions"}
"""Invariants of all objects together, which nobody can judge without the platform."""


def facts(vendor: str) -> Facts:
    return find(vendor, None).facts


def written(vendor: str, kind: str) -> Iterator[dict[str, Any]]:
    """The objects of a kind as the estate's manifests write them, defaults included."""
    for path in sorted((ESTATES / vendor / "manifests").rglob("*.yaml")):
        data = read(path.read_text(encoding="utf-8"), path.name).data
        defaults = data.get("defaults", {}).get(kind)
        yield from [*data.get(kind, {}).values(), *([defaults] if defaults else [])]


def said_levels(vendor: str) -> Iterator[tuple[str, Any]]:
    """Every permission that a role, a role within a group or a membership names, with its level."""
    for role in written(vendor, "roles"):
        yield from role.get("permissions", {}).items()
    for group in written(vendor, "groups"):
        for levels in group.get("rights", {}).values():
            yield from levels.items()
    for edge in edges(vendor):
        yield from edge.get("permissions", {}).items()


def edges(vendor: str) -> Iterator[dict[str, Any]]:
    """Every membership that is written with more than its name."""
    for objects, side in (("users", "groups"), ("groups", "members")):
        for body in written(vendor, objects):
            if isinstance(body.get(side), dict):
                yield from body[side].values()


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_estate_is_sound_and_settles(vendor: str, tmp_path: Path) -> None:
    with chdir(copied(ESTATES / vendor, tmp_path / vendor)):
        sound = typed("validate")
        assert sound.text.endswith(": 0 errors, 0 warnings\n")
        assert sound.text.startswith(f"{OBJECTS[vendor]} objects in ")
        assert typed("plan").code == 2
        applied = typed("apply --yes")
        assert (applied.code, applied.text.splitlines()[-1]) == (0, f"{OBJECTS[vendor]} done.")
        settled = typed("plan")
        assert settled.code == 0, settled.text
        assert f"Nothing to do. {OBJECTS[vendor]} already as wanted." in settled.text


@pytest.mark.parametrize("broken", BROKEN, ids=lambda folder: f"{folder.parent.parent.name}-{folder.name}")
def test_a_broken_variant_says_what_it_breaks(broken: Path, tmp_path: Path) -> None:
    vendor = broken.parent.parent
    with chdir(copied(vendor, tmp_path / vendor.name) / "broken" / broken.name):
        seen = typed("validate")
    if writes_expectations():
        write_expected(broken, seen)
    assert seen == expected(broken)


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_rule_that_validate_can_judge_has_a_broken_variant(vendor: str) -> None:
    known = facts(vendor)
    rules = {rule.id for rule in known.rules} | {row.id for row in known.invariants} - ONLY_A_PLAN
    assert {row.id for row in known.invariants if row.form == "some"} <= ONLY_A_PLAN
    if known.seats is not None:
        rules.add("seats")
    if known.caps:
        rules.add("extensions-by-calls")
    rules |= {f"module-{name}" for row in known.catalogue.permissions for name in row.modules}
    gates = [row.editions for row in known.catalogue.permissions] + [row.editions for row in known.in_group_roles.items]
    if any(gates):
        rules.add("edition-free")
    assert {folder.name for folder in BROKEN if folder.parent.parent.name == vendor} == rules


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_estate_uses_the_whole_catalogue(vendor: str) -> None:
    wanted = {row.id for row in facts(vendor).catalogue.permissions if not row.legacy}
    granted = {name for name, level in said_levels(vendor) if level not in (False, "off", "no")}
    assert granted == wanted


def test_an_estate_uses_every_level_of_a_section() -> None:
    (users,) = facts("iqchannels").catalogue.permissions
    assert {level for name, level in said_levels("iqchannels") if name == users.id} == set(users.levels)


@pytest.mark.parametrize("vendor", ["opasuite", "threecx"])
def test_an_estate_uses_every_role_within_a_group(vendor: str) -> None:
    known = {row.id for row in facts(vendor).in_group_roles.items}
    assert {edge["role"] for edge in edges(vendor) if "role" in edge} == known
    if vendor == "threecx":
        assert {role for group in written(vendor, "groups") for role in group.get("rights", {})} == known


def test_the_opa_suite_estate_uses_every_access_level() -> None:
    used = {role.get("access_level") for role in written("opasuite", "roles")}
    assert used == {row.id for row in facts("opasuite").access_levels}


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_estate_says_every_field_that_the_vendor_has(vendor: str) -> None:
    unused = {
        (kind, name)
        for kind, names in facts(vendor).fields.items()
        for name in names
        if not any(name in body for body in written(vendor, KINDS[kind].plural))
    }
    assert unused == UNUSED_FIELDS.get(vendor, set())


UNUSED_FIELDS = {
    "iqchannels": {("user", "avatar"), ("group", "members")},  # membership is said with the people
    "opasuite": {("user", "avatar")},
    "threecx": {("group", "members"), ("role", "name")},  # the seven roles are there
}  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_readme_says_what_like_means(vendor: str) -> None:
    text = (ESTATES / vendor / "README.md").read_text(encoding="utf-8")
    assert f"`like: {vendor}` makes the embedded platform imitate" in text
    assert f"docs/platforms/{vendor}.md" in text
    by_people = any(row.route is Route.MANUAL for row in facts(vendor).support)
    assert ("serves" in text and "runbook" in text) if by_people else "drives" in text
    if any(row.legacy for row in facts(vendor).catalogue.permissions):
        assert "are not used" in text


# ------------------------------------------------------------------------------------- small estates nobody wrote

Estate = dict[str, dict[str, dict[str, Any]]]
"""plural of a kind -> key -> what is written."""

UNHURRIED = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None, phases=[Phase.generate]
)
"""Four vendors try as many. The estates are small as they are: looking for a smaller one takes minutes, finds little."""


class Hand:
    """Draws the objects of one small estate, field by field, as far as the vendor has the fields."""

    def __init__(self, vendor: str, draw: st.DrawFn) -> None:
        self.known = facts(vendor)
        self.draw = draw
        self.estate: Estate = {}
        granted = {row.id: row.levels[-1] for row in self.known.catalogue.permissions if not row.legacy}
        self.names = st.lists(st.sampled_from(sorted(granted)), max_size=3) if granted else st.just([])
        self.levels = self.names.map(
            lambda names: {name: True if granted[name] == "yes" else granted[name] for name in names}
        )
        self.within = sorted(row.id for row in self.known.in_group_roles.items)

    def says(self, kind: str, field: str) -> bool:
        """Whether the vendor has the field and the object says it; mostly it does."""
        return field in self.known.fields[kind] and self.draw(st.integers(0, 9)) > 0

    def some(self, plural: str) -> list[str]:
        """Some of the objects that are there already."""
        keys = sorted(self.estate[plural])
        least = 0 if self.draw(st.integers(0, 9)) == 0 else 1
        most = self.draw(st.sampled_from([1, 1, 1, 2]))
        return self.draw(st.lists(st.sampled_from(keys), unique=True, min_size=least, max_size=most)) if keys else []

    def role(self, _: int) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if self.says("role", "permissions"):
            body["permissions"] = self.draw(self.levels)
        if "scope" in self.known.fields["role"]:
            body["scope"] = self.draw(st.sampled_from(["system", "segment"]))
        if self.says("role", "segment"):
            body["segment"] = self.draw(st.sampled_from(["Cards", "Cards", "Cards", None]))
        return body

    def group(self, _: int) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if self.says("group", "rights"):
            body["rights"] = self.draw(st.dictionaries(st.sampled_from(self.within), self.levels, max_size=2))
        if self.says("group", "roles"):
            body["roles"] = self.some("roles")
        return body

    def user(self, number: int) -> dict[str, Any]:
        body: dict[str, Any] = {"name": "Somebody"}
        if "type" in self.known.fields["user"]:
            body["type"] = self.draw(st.sampled_from(["human", "human", "bot"]))
        if self.says("user", "status"):
            body["status"] = self.draw(st.sampled_from(["active", "inactive"]))
        if self.says("user", "extension"):
            body["extension"] = str(100 + number)
        if self.says("user", "groups"):
            edges = st.sampled_from([{}, *({"role": role} for role in self.within)])
            body["groups"] = {key: self.draw(edges) for key in self.some("groups")}
        if self.says("user", "primary_group") and (keys := self.some("groups")):
            body["primary_group"] = keys[0]
        if self.says("user", "roles"):
            body["roles"] = self.some("roles")
        if self.says("user", "skills"):
            body["skills"] = dict.fromkeys(self.some("skills"), 1)
        if self.says("user", "schedule") and (keys := self.some("schedules")):
            body["schedule"] = keys[0]
        return body


@st.composite
def small_estates(draw: st.DrawFn, vendor: str) -> Estate:
    """Up to three objects of each kind that the vendor has, with its own permissions and roles within groups."""
    hand = Hand(vendor, draw)
    for kind, most in (("skill", 1), ("schedule", 3), ("role", 2), ("group", 2), ("user", 3)):
        make: Callable[[int], dict[str, Any]] = getattr(hand, kind, lambda _: {})
        least = 1 if kind in ("role", "group") else 0
        count = draw(st.integers(least, most)) if hand.known.fields[kind] else 0
        hand.estate[KINDS[kind].plural] = {f"{kind}{number}": make(number) for number in range(count)}
    return hand.estate


@st.composite
def licences(draw: st.DrawFn, vendor: str) -> dict[str, Any]:
    """What may have been bought."""
    known = facts(vendor)
    bought: dict[str, Any] = {
        "modules": draw(st.lists(st.sampled_from([row.id for row in known.modules] or [""]), unique=True))
    }
    bought["modules"] = [name for name in bought["modules"] if name]
    if known.editions and (edition := draw(st.sampled_from(["", *(row.id for row in known.editions)]))):
        bought["edition"] = edition
    if (seats := draw(st.sampled_from([None, None, None, None, 1, 2]))) is not None:
        bought["seats"] = seats
    return bought


def declare(vendor: str, licence: dict[str, Any], estate: Estate) -> None:
    target = {"platform": "local", "like": vendor, "url": "live.db", "manifests": ["now.yaml"], "licence": licence}
    Path("ccconf.yaml").write_bytes(msgspec.json.encode({"version": 1, "targets": {"t": target}}))
    Path("now.yaml").write_bytes(msgspec.json.encode(estate))


def reasons(vendor: str, told: str) -> set[str]:
    """Which rules of the vendor a text names as broken, and whether it names gates and seats."""
    known = facts(vendor)
    found = {row.id for row in known.rules if re.search(rf"\d {re.escape(row.label)}: the licence allows", told)}
    found |= {row.id for row in known.invariants if row.label in told}
    found |= {"gates"} if "is not in the licence" in told else set()
    return found | ({"seats"} if "need a seat" in told else set())


def forced(vendor: str, licence: dict[str, Any]) -> list[Finding]:
    """Creates everything that is declared on a fresh platform, whatever ccconf says to it; the platform's refusals."""
    declared = compose(load(open_project(Path("ccconf.yaml")).target(None)))
    bought = msgspec.convert(licence, Licence)
    platform = LocalPlatform(Connection("forced.db", Path.cwd(), "by force", bought, facts(vendor), {}, lambda _: b""))
    refused: list[Finding] = []
    for kind in REFERENCE_ORDER:
        for key in sorted(declared.keys(kind)):
            found = declared.get(Ref(kind, key))
            assert found is not None
            try:
                platform.perform(Create(kind=kind, key=key, fields=as_data(found.resource)))
            except Rejected as no:
                refused += no.findings
    platform.close()
    return refused


@pytest.mark.parametrize("vendor", VENDORS)
def test_ccconf_and_the_platform_agree(vendor: str) -> None:
    @UNHURRIED
    @given(licences(vendor), small_estates(vendor), small_estates(vendor))
    def agree(licence: dict[str, Any], first: Estate, second: Estate) -> None:
        with TemporaryDirectory() as folder, chdir(folder):
            declare(vendor, licence, first)
            validated = typed("validate")
            for estate in (first, second):
                declare(vendor, licence, estate)
                planned = typed("plan")
                if planned.code in (0, 2):
                    applied = typed("apply --yes")
                    assert applied.code == 0, applied.text
                if estate is first:
                    assert validated.code == 0 or planned.code == 1, "a plan judges at least what validate judges"
                    _refuses_too(vendor, licence, validated, planned)

    agree()


def _refuses_too(vendor: str, licence: dict[str, Any], validated: Screen, planned: Screen) -> None:
    """The platform refuses where ccconf does, and for no reason that ccconf did not see.

    Not for every reason: what was refused once takes no seat. And a plan stops at what `validate` finds, so then nobody
    has looked for the fields that are left unsaid, which on a new object are empty.
    """
    broken = reasons(vendor, validated.text + planned.text)
    refused = reasons(vendor, "\n".join(found.message for found in forced(vendor, licence)))
    assert not broken or refused, f"ccconf says {broken}, the platform nothing"
    unseen = set() if validated.code == 0 else {row.id for row in facts(vendor).invariants if row.of_one}
    assert refused <= broken | unseen, f"{refused - broken} was let through"
    assert planned.code == 1 or not refused


CHANGED = {
    "opasuite": (
        "roles: {r: {}}\nusers: {a: {name: A, type: bot, roles: [r]}}\n",
        "roles: {r: {}}\nusers: {a: {name: A, type: human, roles: [r]}}\n",
    ),
    "iqchannels": (
        "roles: {r: {scope: system}}\nusers: {a: {name: A, roles: [r]}}\n",
        "roles: {r: {scope: segment}}\nusers: {a: {name: A, roles: [r]}}\n",
    ),
}


@pytest.mark.parametrize("vendor", CHANGED)
def test_a_plan_refuses_what_the_platform_would_refuse_when_a_rule_begins_to_fit(vendor: str, tmp_path: Path) -> None:
    before, after = CHANGED[vendor]
    with chdir(tmp_path):
        declare(vendor, {}, {})
        Path("now.yaml").write_text(before)
        assert typed("apply --yes").code == 0
        Path("now.yaml").write_text(after)
        assert typed("plan").code == 1


def test_the_embedded_platform_refuses_a_permission_that_is_not_in_the_licence(tmp_path: Path) -> None:
    with chdir(tmp_path):
        declare("threecx", {"edition": "free"}, {"groups": {"g": {"rights": {"users": {"rights.barge_in": True}}}}})
        assert "CC401" in typed("validate").text
        assert forced("threecx", {"edition": "free"})
