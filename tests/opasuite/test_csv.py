"""New people by the vendor's own import: what is in the file, what a spreadsheet makes of it, what the screen takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.model.change import Create
from ccconf.model.refs import Ref
from ccconf.model.user import User
from ccconf.platform.contract import Handed
from ccconf.platform.discovery import find
from ccconf.platforms.opasuite.csv_import import COLUMNS, FILE_NAME, guarded, import_file, parsed, unguarded
from ccconf.platforms.opasuite.emulator import Options, Seed
from ccconf.platforms.opasuite.emulator.estate import RefusedRow
from ccconf.platforms.opasuite.emulator.imports import HEADER
from ccconf.platforms.opasuite.passwords import CLASSES, LENGTH, is_strong, new_password
from tests.opasuite.suite import Suite, items

IDS = {Ref("role", "Operadores"): "65a1b2c3d4e5f6000000000a", Ref("group", "Suporte"): "65a1b2c3d4e5f60000000001",
       Ref("group", "Vendas"): "65a1b2c3d4e5f60000000002"}  # fmt: skip
FORMULA = "=+-@\t\r＝＋－＠"


def person(key: str = "ana@centro.example", **fields: Any) -> Create:
    """A new person who can be in the file, but for what is said otherwise."""
    whole = {"name": "Ana Alba", "email": key, "roles": ["Operadores"], "groups": {"Suporte": {}}, **fields}
    return Create(kind="user", key=key, fields={name: value for name, value in whole.items() if value is not None})


def handed(*people: Create, earlier: Sequence[bytes] = ()) -> Handed:
    return import_file(people, IDS.get, earlier)


def cells(content: bytes) -> list[list[str]]:
    """The file as any program reads it."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


class TestFile:
    """One file, for everybody who can be in it."""

    def test_a_row_for_each_person(self) -> None:
        both = {"Vendas": {"role": "responsible"}, "Suporte": {}}
        (file,) = handed(
            person("bento@centro.example", name='Bento; o "segundo"', groups=both, primary_group="Vendas"), person()
        ).files
        head, ana, bento = cells(file.content)
        assert (file.name, file.secret) == (FILE_NAME, True)
        assert file.rows == (Ref("user", "ana@centro.example"), Ref("user", "bento@centro.example"))
        assert ";".join(head) == HEADER
        home, sales, role = (
            IDS[Ref(*ref)] for ref in (("group", "Suporte"), ("group", "Vendas"), ("role", "Operadores"))
        )
        assert [*ana[:2], *ana[3:]] == ["Ana Alba", "ana@centro.example", role, home, home, home, "", ""]
        assert [*bento[:2], *bento[3:]] == [
            'Bento; o "segundo"', "bento@centro.example", role, f"{home},{sales}", sales, f"{home},{sales}", sales, "",
        ]  # fmt: skip
        assert all(is_strong(row[2]) for row in (ana, bento))

    def test_the_descriptor_makes_it(self) -> None:
        make = find("opasuite", None).import_file
        assert make is not None
        assert make([person()], IDS.get, ()).files[0].rows == (Ref("user", "ana@centro.example"),)

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"groups": {"Fibra": {}}}, "the id of the department Fibra is not known: make it first where it is new"),
            (
                {"roles": ["Gestores"]},
                "the id of the permission group Gestores is not known: make it first",
            ),
        ],
    )
    def test_who_cannot_be_in_it_yet_is_deferred_with_the_reason(self, fields: dict[str, Any], why: str) -> None:
        found = handed(person("bento@centro.example", **fields), person())
        assert found.files[0].rows == (Ref("user", "ana@centro.example"),)
        (said,) = found.deferred.values()
        assert why in said and not found.by_hand

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"roles": ["Operadores", "x"]}, "exactly one permission group"),
            ({"roles": None}, "exactly one permission group"),
            ({"groups": None}, "at least one department"),
            ({"status": "inactive"}, "the import makes active people only"),
            ({"name": None}, "a name and an e-mail address"),
            ({"email": None}, "a name and an e-mail address"),
            ({"email": "=cmd@centro.example"}, "begins with =, which a spreadsheet would run"),
            ({"primary_group": "Vendas"}, "Vendas is not among the person's departments"),
        ],
    )
    def test_whom_no_file_can_bring_is_made_by_hand(self, fields: dict[str, Any], why: str) -> None:
        found = handed(person("bento@centro.example", **fields), person())
        assert found.files[0].rows == (Ref("user", "ana@centro.example"),)
        (said,) = found.by_hand.values()
        assert why in said and not found.deferred

    def test_nobody_at_all_is_no_file(self) -> None:
        found = handed(person(roles=["Gestores"]))
        assert (found.files, len(found.deferred)) == ((), 1)
        assert handed() == Handed()

    def test_an_id_that_would_break_the_row(self) -> None:
        found = import_file([person()], lambda ref: "a,b" if ref.kind == "role" else "c", ())
        assert "a,b cannot be the id of the permission group Operadores" in next(iter(found.deferred.values()))


class TestPasswords:
    """Given out once, readable from paper, and strong."""

    @pytest.mark.parametrize("_", range(50))
    def test_a_new_one(self, _: int) -> None:
        password = new_password()
        assert len(password) == LENGTH >= 12
        assert all(set(password) & set(part) for part in CLASSES)
        assert not set(password) & set("O0Il1")
        assert password[0].isalpha()
        assert is_strong(password)

    def test_each_is_another(self) -> None:
        assert len({new_password() for _ in range(100)}) == 100

    def test_what_was_given_out_stays(self) -> None:
        first = handed(person()).files[0].content
        both = handed(person("bento@centro.example"), person(), earlier=[first]).files[0].content
        again = handed(person("bento@centro.example"), person(), earlier=[both]).files[0].content
        assert cells(first)[1] == cells(both)[1]
        assert again == both

    @pytest.mark.parametrize("spoilt", [b"", b"\xff\xfe", b"Nome*;x\r\n", b'"', "Nome*".encode("utf-16")])
    def test_of_a_file_that_somebody_spoilt_nothing_is_taken(self, spoilt: bytes) -> None:
        assert len(handed(person(), earlier=[spoilt]).files) == 1

    def test_a_password_that_somebody_typed_into_it_is_not_taken(self) -> None:
        content = handed(person()).files[0].content
        weak = content.replace(cells(content)[1][2].encode(), b"=cmd|x")
        assert is_strong(cells(handed(person(), earlier=[weak]).files[0].content)[1][2])


_names = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
    st.builds(lambda quotes, first, rest: "'" * quotes + first + rest, st.integers(0, 3), st.sampled_from(FORMULA),
              st.sampled_from(["", "cmd|' /C calc'!A0", "1+1", ";x;", '"', "ação"])),
)  # fmt: skip


@given(st.lists(_names, min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_whatever_people_are_called_there_is_one_row_each_and_nothing_that_runs(names: list[str]) -> None:
    people = [person(f"p{place}@centro.example", name=name) for place, name in enumerate(names)]
    content = handed(*people).files[0].content
    rows = cells(content)
    assert [len(row) for row in rows] == [len(COLUMNS)] * (len(names) + 1)
    assert not [cell for row in rows for cell in row if cell and cell[0] in FORMULA]
    assert [row["Nome*"] for row in parsed(content)] == names
    assert [row["E-mail*"] for row in parsed(content)] == [one.key for one in people]


@given(_names)
def test_what_is_guarded_is_had_back(name: str) -> None:
    assert unguarded(guarded(name)) == name


@pytest.mark.parametrize(
    ("name", "cell"),
    [("Ana", "Ana"), ("'Ana", "'Ana"), ("=1", "'=1"), ("'=1", "''=1"), ("d'Ávila", "d'Ávila"), ("", "")],
)
def test_only_what_must_be_is_guarded(name: str, cell: str) -> None:
    assert (guarded(name), unguarded(cell)) == (cell, name)


class TestImport:
    """The screen takes every row, or none."""

    @staticmethod
    def people(suite: Suite, *people: Create) -> bytes:
        """The file for these, with the installation's own ids."""

        def native_id(ref: Ref) -> str | None:
            found = suite.estate.lookup(ref)
            return found.native_id if found else None

        return import_file(people, native_id, ()).files[0].content

    @staticmethod
    def upload(suite: Suite, content: bytes) -> requests.Response:
        address = f"{suite.url}/usuarios/importar"
        assert 'name="arquivo"' in requests.get(address, timeout=5).text
        return requests.post(address, files={"arquivo": ("usuarios.csv", content)}, timeout=5)

    def test_exactly_these_people_are_there(self, suite: Suite) -> None:
        before = {item.ref for item in items(suite.connected().observe("user"))}
        homes = {"Suporte": {"role": "responsible"}, "Vendas Norte": {}}
        content = self.people(
            suite,
            person(groups=homes, primary_group="Vendas Norte"),
            person("eva@centro.example", name='Eva; d\'Ávila "Neta"'),
        )
        answer = self.upload(suite, content)
        assert (answer.status_code, "2 usuários importados" in answer.text) == (200, True)
        found = {item.ref: item.resource for item in items(suite.connected().observe("user"))}
        assert found.keys() - before == {Ref("user", "ana@centro.example"), Ref("user", "eva@centro.example")}
        shown = found[Ref("user", "eva@centro.example")]
        assert isinstance(shown, User)
        assert (shown.name, list(shown.groups or {})) == ('Eva; d\'Ávila "Neta"', ["Suporte"])
        ana = suite.estate.lookup(Ref("user", "ana@centro.example"))
        assert ana is not None
        assert isinstance(ana.resource, User)
        assert (ana.resource.roles, ana.resource.primary_group) == (("Operadores",), "Vendas Norte")
        assert {name: edge.role for name, edge in (ana.resource.groups or {}).items()} == {
            "Suporte": "responsible",
            "Vendas Norte": User().name,
        }

    def test_a_name_that_was_guarded_shows_in_the_api_as_it_arrived(self, suite: Suite) -> None:
        """Nobody knows whether the platform takes the apostrophe off; where it does not, the next plan shows it."""
        self.upload(suite, self.people(suite, person(name="=1+1")))
        found = suite.connected().lookup(Ref("user", "ana@centro.example"))
        assert found is not None
        assert getattr(found.resource, "name", None) == "'=1+1"

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("Senha*", "Senha", "Linha 1: as colunas"),
            ("ana@centro.example", "admin@centro.example", "Linha 2: o e-mail admin@centro.example já existe"),
            ("eva@centro.example", "ANA@centro.example", "Linha 3: o e-mail ANA@centro.example já existe"),
            ("Ana Alba", "", "Linha 2: nome ou e-mail inválido"),
            ("Ana Alba", "Ana;Alba", "Linha 2: 10 colunas em vez de 9"),
            ("Ana Alba", '"Ana', "Linha 1: o arquivo não pode ser lido"),
        ],
    )
    def test_one_wrong_row_and_nobody_is_made(self, suite: Suite, old: str, new: str, words: str) -> None:
        before = suite.estate.all("user")
        content = self.people(suite, person(), person("eva@centro.example", name="Eva")).decode("utf-8-sig")
        answer = self.upload(suite, content.replace(old, new, 1).encode("utf-8-sig"))
        assert (answer.status_code, words in answer.text) == (422, True), answer.text
        assert suite.estate.all("user") == before

    @pytest.mark.parametrize(
        ("column", "cell", "words"),
        [
            (2, "senha", "a senha é fraca"),
            (2, "Semdigito!!", "a senha é fraca"),
            (3, "x", "o grupo de permissão x não existe"),
            (4, "", "nenhum departamento"),
            (4, "x", "o departamento x não existe"),
            (5, "x", "o departamento x não existe"),
        ],
    )
    def test_a_cell_that_is_not_right(self, suite: Suite, column: int, cell: str, words: str) -> None:
        before = suite.estate.all("user")
        head, first, second = cells(self.people(suite, person(), person("eva@centro.example", name="Eva")))
        second[column] = cell
        text = "\r\n".join(";".join(row) for row in (head, first, second))
        answer = self.upload(suite, text.encode())
        assert (answer.status_code, f"Linha 3: {words}" in answer.text) == (422, True), answer.text
        assert suite.estate.all("user") == before

    def test_a_department_that_is_not_the_person_s(self, suite: Suite) -> None:
        sales = suite.department("Vendas Norte")["_id"]
        head, row = cells(self.people(suite, person()))
        row[7] = sales
        answer = self.upload(suite, "\r\n".join(";".join(cell) for cell in (head, row)).encode())
        assert "Linha 2: o usuário não está no departamento Vendas Norte" in answer.text

    def test_more_rows_than_seats(self, tmp_path: Any) -> None:
        with Suite(tmp_path, Options(seats=3), Seed(users=2, departments=2)) as suite:
            content = self.people(suite, person(), person("eva@centro.example", name="Eva"))
            answer = self.upload(suite, content)
            assert "Linha 3: não há licenças: 3 contratadas, 2 em uso" in answer.text
            assert len(suite.estate.all("user")) == 2
            assert self.upload(suite, self.people(suite, person())).status_code == 200

    def test_what_the_platform_s_own_rules_refuse_takes_everybody_else_along(self, suite: Suite) -> None:
        before = suite.estate.all("user")
        with pytest.raises(RefusedRow, match="belongs to") as raised:
            suite.estate.perform_all([person(), Create(kind="user", key="eva", fields=person().fields)])
        assert raised.value.place == 1
        assert suite.estate.all("user") == before
