"""The border between the platform's rows and what Git says, without a wire."""

from __future__ import annotations

from typing import Any

import pytest

from ccconf.errors import Broken
from ccconf.model.group import Group
from ccconf.model.kinds import as_data
from ccconf.model.refs import Ref
from ccconf.model.schedule import Schedule
from ccconf.model.user import User
from ccconf.platform.discovery import find
from ccconf.platforms.opasuite.translate import departments_of, group_from_native, group_to_native, user_from_native
from ccconf.platforms.opasuite.words import own_words, refusal, without_secrets

PERSON = {"_id": "65a1b2c3d4e5f60000000001", "nome": "Ana Alba", "email": "ana@centro.example", "tipo": "user",
          "status": "A", "ramal_pabx": "", "departamento": []}  # fmt: skip


@pytest.mark.parametrize("fields", [{"name": "Vendas"}, {"name": "Vendas", "description": "Novos\nclientes"}])
def test_a_department_there_and_back(fields: dict[str, str]) -> None:
    assert as_data(group_from_native(group_to_native(fields))) == fields


def test_only_what_is_said_is_written() -> None:
    assert group_to_native({"description": None}) == {"descricao": ""}
    assert group_to_native({"key": "Fibra"}) == {"nome": "Fibra"}
    assert group_to_native({"key": "Fibra", "name": None}) == {"nome": "Fibra"}
    assert group_to_native({}) == {}


@pytest.mark.parametrize(
    ("said", "ids"), [(None, ()), ("", ()), ([], ()), ("x", ("x",)), (["x"], ("x",)), (["x", "y"], ("x", "y"))]
)
def test_departments_in_every_form(said: Any, ids: tuple[str, ...]) -> None:
    assert departments_of({"departamento": said}) == ids
    assert departments_of({}) == ()


def test_what_the_api_does_not_show_stays_unset() -> None:
    shown = user_from_native(PERSON, lambda native_id: None)
    assert shown == User(name="Ana Alba", email="ana@centro.example", type="human", status="active")


@pytest.mark.parametrize(("said", "extension"), [("2001", "2001"), (2001, "2001"), (" 2001 ", "2001"), (None, None)])
def test_an_extension_as_text_or_as_a_number(said: Any, extension: str | None) -> None:
    shown = user_from_native({**PERSON, "ramal_pabx": said}, lambda native_id: None)
    assert shown.extension == (User().extension if extension is None else extension)


def test_a_strange_value_is_shown_in_part_and_never_as_a_secret() -> None:
    with pytest.raises(Broken, match=r"CC710 Opa! Suite says ramal_pabx: .*which ccconf does not know") as raised:
        user_from_native({**PERSON, "ramal_pabx": ["x" * 500], "token": "s3cret"}, lambda native_id: None)
    assert len(str(raised.value)) < 200
    assert "s3cret" not in str(raised.value)


class TestHeld:
    """What the platform would hold of a declared object."""

    def test_a_department_always_has_a_name(self) -> None:
        assert held(Ref("group", "vendas"), Group(name=None)) == Group(name="vendas")
        assert held(Ref("group", "vendas"), Group(name="Vendas")) == Group(name="Vendas")

    def test_midnight_ends_a_day(self) -> None:
        late = Schedule(weekly={"mon": ("18:00-00:00", "08:00-12:00"), "sun": ("00:00-24:00",)})
        assert held(Ref("schedule", "x"), late) == Schedule(
            weekly={"mon": ("18:00-24:00", "08:00-12:00"), "sun": ("00:00-24:00",)}
        )
        assert held(Ref("schedule", "x"), Schedule(weekly=None)) == Schedule(weekly=None)


def held(ref: Ref, resource: Any) -> Any:
    return find("opasuite", None).as_held(ref, resource)


class TestWords:
    """The platform's own words."""

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b'{"data": {"message": "Invalid\\n ID"}, "description": "see  there"}', "Invalid ID: see there"),
            (b'{"data": {"message": "same"}, "description": "same"}', "same"),
            (b'{"data": "text", "description": 7}', ""),
            (b'{"data": {"message": "key abc and abcdef"}}', "key (hidden) and (hidden)"),
            (b"[]", ""),
            (b"<html>", ""),
            (b'{"data": {"message": "' + b"x" * 999 + b'"}}', "x" * 200),
        ],
    )
    def test_are_one_line_without_secrets(self, body: bytes, words: str) -> None:
        assert own_words(body, {"abc", "abcdef"}) == words

    @pytest.mark.parametrize(
        ("status", "told"), [(404, "it is not there any more"), (409, "is there already"), (400, "status 400")]
    )
    def test_are_ours_where_it_has_none(self, status: int, told: str) -> None:
        assert told in refusal("", status).message

    def test_what_is_shown_has_its_secrets_covered(self) -> None:
        row = {"nome": "x", "token": "s", "Senha": "", "sub": [{"apiToken": 7, "ok": 1}]}
        assert without_secrets(row) == {
            "nome": "x", "token": "(hidden)", "Senha": "", "sub": [{"apiToken": "(hidden)", "ok": 1}],
        }  # fmt: skip


def test_the_guide_is_at_hand() -> None:
    guide = find("opasuite", None).guide
    assert guide is not None
    assert "pt-BR" in guide().languages
