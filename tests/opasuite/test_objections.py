"""Would the plan lock ccconf out? Redes permitidas of its own permission group bounds its token."""

from __future__ import annotations

from typing import Any

import pytest

from ccconf.model.change import Change, Create, Delete, FieldChange, Update
from ccconf.platforms.opasuite.objections import Objections

OWN, HOME = "Integração (API)", "203.0.113.7"
NETWORK = {"203.0.113.0/24": "Escritório"}
ELSEWHERE = {"198.51.100.0/24": ""}


def made(networks: dict[str, str], key: str = OWN) -> Create:
    return Create(kind="allowlist", key=key, fields={"networks": networks})


def changed(field: str, before: Any, after: Any, kind: str = "allowlist", key: str = OWN) -> Update:
    change = FieldChange(field=field, before=before, after=after)
    return Update(kind=kind, key=key, native_id="x", revision="1", changes=(change,))


def gone(kind: str, key: str = OWN) -> Delete:
    return Delete(kind=kind, key=key, native_id="x", revision="1", fields={})


def codes(*changes: Change, group: str = OWN, address: str = HOME) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in Objections(group, address).findings(changes)]


@pytest.mark.parametrize("change", [made(ELSEWHERE), changed("networks", NETWORK, ELSEWHERE)])
def test_a_list_without_the_own_address_is_an_error(change: Change) -> None:
    assert codes(change) == [("CC606", f"allowlist/{OWN} would lock ccconf out: it comes from {HOME}")]


@pytest.mark.parametrize(
    "networks", [NETWORK, {HOME: ""}, {**ELSEWHERE, "0.0.0.0/0": ""}, {"2001:db8::/32": "", HOME: ""}]
)
def test_a_list_with_it_is_fine(networks: dict[str, str]) -> None:
    assert codes(made(networks)) == []


def test_another_group_s_list_is_its_own_affair() -> None:
    assert codes(made(ELSEWHERE, "Operadores")) == []


@pytest.mark.parametrize(
    ("group", "address", "missing"),
    [
        ("", HOME, ["credentials: {group: …}"]),
        (OWN, "", ["options: {address: …}"]),
        ("", "", ["credentials: {group: …}", "options: {address: …}"]),
    ],
)
def test_what_cannot_be_checked_is_said_with_what_is_missing(group: str, address: str, missing: list[str]) -> None:
    (found,) = Objections(group, address).findings([made(ELSEWHERE)])
    assert (found.code, found.severity.value) == ("CC511", "warning")
    assert "nobody has said enough to check it" in found.message
    assert all(word in found.hint for word in missing)
    assert found.hint.count("{") == len(missing)


def test_where_the_group_is_not_known_a_list_that_holds_the_address_is_fine() -> None:
    """Whichever group it is of, ccconf could still sign in."""
    assert codes(made(NETWORK), group="") == []


@pytest.mark.parametrize("change", [gone("allowlist"), changed("networks", NETWORK, None), made({})])
def test_no_list_lets_everybody_in_which_is_told(change: Change) -> None:
    assert [code for code, _ in codes(change)] == ["CC510"]


@pytest.mark.parametrize(
    "change", [changed("name", "a", "b"), made(NETWORK, "Operadores"), gone("user"), gone("role", "x")]
)
def test_everything_else_is_nothing_to_it(change: Change) -> None:
    assert codes(change) == []


def test_the_own_group_must_stay_and_keep_what_ccconf_needs() -> None:
    before = {"api.departments": True, "api.users": True, "menu.users": True}
    assert [code for code, _ in codes(gone("role"))] == ["CC606"]
    lost = changed("permissions", before, {"api.users": True}, "role")
    assert codes(lost) == [("CC606", f"role/{OWN} would lock ccconf out: it loses api.departments")]
    assert codes(changed("permissions", before, {"api.users": True, "api.departments": True}, "role")) == []
    assert codes(changed("access_level", "Operador", "Gestor", "role")) == []
    assert codes(Create(kind="role", key=OWN, fields={"name": OWN})) == []
