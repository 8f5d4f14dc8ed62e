"""Platforms that call their objects otherwise, over their real wire, beside Git and beside another vendor's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.model.refs import Ref
from ccconf.platforms.opasuite.emulator import Options as OpaOptions
from ccconf.platforms.opasuite.emulator import Seed as OpaSeed
from ccconf.platforms.threecx.emulator import Options, Seed
from tests.opasuite.suite import Suite
from tests.threecx.pbx import Pbx, Ran

SIM = "  sim: {platform: local, url: sim.db, manifests: [sim]}\n"
TEAM = """\
groups:
  service: {name: Serwis, rights: {managers: {rights.barge_in: true}}}
users:
  anna: {name: Anna Cis, extension: "201", groups: {service: {role: managers}}}
  bruno: {name: Bruno Dąb, extension: "202", groups: {service: {role: users}}}
"""


def beside(folder: Path, manifest: str) -> None:
    """One more target, an embedded platform with manifests of its own."""
    with (folder / "ccconf.yaml").open("a", encoding="utf-8") as file:
        file.write(SIM)
    (folder / "sim").mkdir()
    (folder / "sim" / "all.yaml").write_text(manifest, encoding="utf-8")


def rows(ran: Ran) -> list[tuple[Any, ...]]:
    assert ran.out, ran.err
    return [(row["object"], row.get("field") or row["there"]) for row in ran.data["differences"]]


@pytest.fixture
def pbx(tmp_path: Path) -> Iterator[Pbx]:
    with Pbx(tmp_path, Options(edition="enterprise"), Seed(users=0)) as one:
        one.declare(TEAM)
        one.apply()
        yield one


def test_a_telephone_system_and_git(pbx: Pbx) -> None:
    chosen = "--only user/anna --only user/bruno --only group/service --format json"
    assert rows(pbx.ccconf(f"compare pbx pbx:git {chosen}")) == []
    pbx.declare(TEAM.replace("Bruno Dąb", "Bruno"))
    assert rows(pbx.ccconf(f"compare pbx pbx:git {chosen}")) == [("user/bruno", "name")]
    pbx.declare(TEAM.replace("role: managers", "role: managers, permissions: {rights.barge_in: true}"))
    assert rows(pbx.ccconf(f"compare pbx:git pbx {chosen}")) == [], "the role gives it anyway, as a plan knows"


def test_what_git_does_not_know_has_the_names_of_the_other_side(pbx: Pbx) -> None:
    """The manifests of the telephone system are gone, and so is the ledger: only numbers and names are left."""
    beside(pbx.folder, TEAM)
    assert pbx.ccconf("apply -t sim --yes").code == 0
    pbx.declare("groups: {other: {name: Other}}")
    for path in (pbx.folder / ".ccconf").glob("ledger*"):
        path.unlink()
    for words in ("pbx sim", "sim pbx"):
        ran = pbx.ccconf(f"compare {words} --only 'user/anna' --only 'user/bruno' --format json")
        assert {field for _, field in rows(ran)} <= {"status", "language", "two_factor", "primary_group"}, rows(ran)


def test_a_layer_for_a_platform_that_calls_people_by_numbers(pbx: Pbx) -> None:
    beside(pbx.folder, TEAM.replace("Bruno Dąb", "Bruno Nowy"))
    assert pbx.ccconf("apply -t sim --yes").code == 0
    pbx.declare('groups: {service: {name: Serwis}}\nusers: {anna: {name: Anna Cis, extension: "201"}}\n')
    file = pbx.folder / "over.yaml"
    ran = pbx.ccconf(f"compare sim:git pbx --only 'user/bruno' --promote {file}")
    assert ran.code == 2, ran.text
    assert "extension: '202'" in file.read_text(encoding="utf-8"), "by this the system knows him"
    text = (pbx.folder / "ccconf.yaml").read_text().replace('["manifests"]', '["manifests", "over.yaml"]')
    (pbx.folder / "ccconf.yaml").write_text(text)
    applied = pbx.ccconf("apply -t pbx --yes")
    assert applied.code == 0, applied.text
    assert rows(pbx.ccconf("compare sim:git pbx --only 'user/bruno' --format json")) == []


OPA = """
groups: {suporte: {name: Suporte}}
roles: {operadores: {name: Operadores}}
users: {ana: {name: Ana, email: ana@centro.example, roles: [operadores], groups: {suporte: {role: responsible}}}}
"""


def test_what_no_api_shows_and_nobody_looked_at_is_no_difference(tmp_path: Path) -> None:
    with Suite(tmp_path, OpaOptions(), OpaSeed(users=0)) as suite:
        suite.declare(OPA)
        beside(tmp_path, OPA)
        for kind, name in (("group", "Suporte"), ("role", "Operadores")):
            if suite.estate.lookup(Ref(kind, name)) is None:
                suite.add(kind, name, name=name)
        suite.add(
            "user", "ana@centro.example", name="Ana", email="ana@centro.example", roles=["Operadores"],
            groups={"Suporte": {"role": "responsible"}},
        )  # fmt: skip
        for other in ("opa:git", "sim:git"):
            ran = suite.ccconf(f"compare opa {other} --only user/ana --format json")
            assert rows(ran) == [], ran
            (hidden,) = [row for row in ran.data["unheld"] if row["unseen"]]
            assert (hidden["side"], hidden["field"], hidden["objects"]) == ("a", "roles", 1)
        told = suite.ccconf("compare opa opa:git --only user/ana").out
        assert "roles of 1 person: opa does not tell: no API shows it, or nobody has looked" in told
        refused = suite.ccconf("compare opa opa:git")
        assert refused.code == 3 and "CC609" in refused.err
