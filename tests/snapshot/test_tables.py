"""Tables as administrators export or type them, in each form and encoding."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from msgspec import UNSET

from ccconf.model.allowlist import Allowlist
from ccconf.model.role import Role
from ccconf.model.schedule import Schedule
from ccconf.model.shapes import Membership, SpecialDay
from ccconf.model.user import User
from ccconf.snapshot import table, workbook
from tests.snapshot.desk import Ran, Screens


def test_a_table_becomes_people_with_their_date_and_source(iptel: Screens) -> None:
    iptel.file("users.csv", "name,email,groups,id\nAna,ana@example.org,billing; claims (boss),7\nBo,,,\n")
    ran = iptel.take("users.csv", "--taken", "2026-11-20T10:00+01:00")
    known = iptel.known()
    assert (known.taken, known.source) == (datetime(2026, 11, 20, 9, tzinfo=UTC), "users.csv")
    groups = {"billing": Membership(), "claims": Membership(role="boss")}
    assert iptel.seen("Ana") == User(name="Ana", email="ana@example.org", groups=groups)
    assert iptel.seen("Bo") == User(name="Bo", groups={})
    assert [known.objects[name].native_id for name in ("Ana", "Bo")] == ["7", ""]
    assert "Took 2 users from users.csv, as on 2026-11-20 09:00 UTC, read as utf-8." in ran.out
    assert "new:     Ana, Bo" in ran.out


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_separator_and_line_end_is_found_out(iptel: Screens, delimiter: str, line_end: str) -> None:
    ana = ['"Ana"', "ana@example.org", f'"sales{line_end}support"']
    rows = [["Name", "EMAIL", "groups", ""], ana, [""], ["", "", "", ""]]
    iptel.file("users.csv", line_end.join(delimiter.join(row) for row in rows))
    iptel.take("users.csv")
    assert list(iptel.seen("Ana").groups) == ["sales", "support"]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1251", "cp1251")],
)
def test_encodings_are_found_out_and_told(iq: Screens, encoding: str, told: str) -> None:
    iq.file("users.csv", "email;name\nanna@example.org;Анна Жук\n", encoding)
    ran = iq.take("users.csv")
    assert iq.seen("anna@example.org").name == "Анна Жук"
    assert f"read as {told}." in ran.out


def test_the_code_page_is_that_of_the_vendors_language(opa: Screens) -> None:
    opa.file("roles.csv", "name;access_level\nAtenção;Gestor\n", "latin-1")
    assert "read as cp1252." in opa.take("roles.csv").out
    assert list(opa.known("role").objects) == ["Atenção"]


def test_an_encoding_that_is_named_is_taken_at_its_word(iptel: Screens) -> None:
    iptel.file("users.csv", "name\nЁлка\n", "cp1251")
    assert "read as cp1251." in iptel.take("users.csv", "--encoding", "cp1251").out
    assert list(iptel.known().objects) == ["Ёлка"]


def test_mixed_encodings_are_refused_with_their_lines(iq: Screens) -> None:
    head, anna, ilya = "email;name\n", "anna@example.org;Анна\n", "ilya@example.org;Илья\n"
    iq.file("users.csv", (head + anna).encode() + ilya.encode("cp1251") + b"x@example.org;X\n" + anna.encode())
    ran = iq.refused("users.csv")
    assert ran.codes == ["CC803"]
    assert "users.csv:3:1 CC803 two encodings are mixed: lines 2, 5 UTF-8, line 3 not" in ran.err


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("name\nAna\n".encode("utf-16-le"), "neither UTF-8 nor in a code page"),
        (b"name\nAna\xef\xbf\xbd\n", "letters were lost when this file was saved: line 2"),
        (b"name\nAna\x81\n", "byte 0x81 does not fit cp1252"),
    ],
)
def test_letters_are_never_guessed(iptel: Screens, raw: bytes, told: str) -> None:
    iptel.file("users.csv", raw)
    ran = iptel.refused("users.csv")
    assert (ran.codes, told in ran.err) == (["CC803"], True), ran.err


def test_what_was_kept_from_being_run_is_read_without_its_apostrophe(opa: Screens) -> None:
    opa.file("roles.csv", "name;permissions\n'=SUM(A1);\n'+48;\n'tHooft;\n'@all;\n")
    opa.take("roles.csv")
    assert sorted(opa.known("role").objects) == ["'tHooft", "+48", "=SUM(A1)", "@all"]


def test_roles_may_have_one_column_for_each_permission_in_the_vendors_words(opa: Screens) -> None:
    opa.file(
        "roles.csv",
        "name;access_level;Dashboard Geral;Change the department;conversations.add_tags\n"
        "Chefe;manager;sim;x;não\nNovo;Operador;;✓;-\n",
    )
    opa.take("roles.csv")
    assert opa.seen("Chefe", "role") == Role(
        name="Chefe",
        access_level="Gestor",
        permissions={"conversations.change_department": True, "dashboards.general": True},
    )
    assert opa.seen("Novo", "role").permissions == {"conversations.change_department": True}


def test_levels_may_have_the_words_of_the_screen(iq: Screens) -> None:
    iq.file(
        "roles.csv",
        'name;permissions\nA;"users На чтение; reports.calls"\n'
        "B;Раздел «Пользователи» администратор\nC;users выключен\n",
    )
    iq.take("roles.csv")
    assert iq.seen("A", "role").permissions == {"reports.calls": True, "users": "read"}
    assert iq.seen("B", "role").permissions == {"users": "admin"}
    assert iq.seen("C", "role").permissions == {}


def test_permissions_are_typed_by_id_or_as_the_screen_calls_them(opa: Screens) -> None:
    opa.file("roles.csv", 'name;permissions\nA;"Vincular Etiquetas; dashboards.general no; Remove tags sim"\n')
    opa.take("roles.csv")
    assert opa.seen("A", "role").permissions == {"conversations.add_tags": True, "conversations.remove_tags": True}


def test_hours_holidays_and_networks_are_typed_as_people_say_them(opa: Screens) -> None:
    opa.file("schedules.csv", 'name;weekly;holidays\nDay;"Mon-Fri 9:00–13:00, 13:30-17:30; sat 10:00-14:00";'
             '"12-25..12-26 Christmas; 2026-05-01"\n')  # fmt: skip
    opa.file("allowlists.csv", 'key;networks\nChefe;"203.0.113.0/24 Office; 198.51.100.7"\n')
    opa.take("schedules.csv")
    opa.take("allowlists.csv")
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-13:00", "13:30-17:30"))
    assert opa.seen("Day", "schedule") == Schedule(
        name="Day",
        weekly={**week, "sat": ("10:00-14:00",)},
        holidays=(SpecialDay(date="12-25", until="12-26", name="Christmas"), SpecialDay(date="2026-05-01")),
    )
    assert opa.seen("Chefe", "allowlist") == Allowlist(networks={"198.51.100.7": "", "203.0.113.0/24": "Office"})


def test_skills_are_typed_with_their_levels(iq: Screens) -> None:
    iq.file("users.csv", 'email;name;skills\na@example.org;A;"english 4; customer care 2; german"\n')
    iq.take("users.csv")
    assert iq.seen("a@example.org").skills == {"customer care": 2, "english": 4, "german": 1}


def test_brackets_belong_to_the_name_where_the_platform_has_no_such_role(opa: Screens) -> None:
    opa.file("users.csv", 'email;groups\na@example.org;"Suporte (N1); Vendas (Responsável)"\n')
    opa.take("users.csv")
    assert opa.seen("a@example.org").groups == {
        "Suporte (N1)": Membership(),
        "Vendas": Membership(role="responsible"),
    }


def test_a_name_with_a_semicolon_or_brackets_is_quoted_or_already_known(iptel: Screens) -> None:
    iptel.file("groups.csv", "name\nSupport (N1)\n")
    iptel.take("groups.csv")
    iptel.file("users.tsv", 'name\tgroups\nAna\t"""a;b"" (boss); ""c (d)""; Support (N1)"\n')
    iptel.take("users.tsv")
    assert iptel.seen("Ana").groups == {
        "Support (N1)": Membership(),
        "a;b": Membership(role="boss"),
        "c (d)": Membership(),
    }


def test_the_deleted_are_kept_apart_where_they_can_come_back(iq: Screens) -> None:
    iq.file("users.csv", "email;name;deleted\na@example.org;A;\nb@example.org;B;да\n")
    ran = iq.take("users.csv")
    assert (list(iq.known().objects), list(iq.known().departed)) == (["a@example.org"], ["b@example.org"])
    assert "Took 1 user and 1 deleted from users.csv" in ran.out


def test_pictures_are_known_by_their_content(opa: Screens) -> None:
    opa.file("ana.png", b"\x89PNG")
    opa.file("users.csv", "email;avatar\na@example.org;ana.png\nb@example.org;none.png\n")
    ran = opa.refused("users.csv")
    assert "users.csv:3:2 CC208 avatar: none.png cannot be read" in ran.err
    opa.file("users.csv", "email;avatar\na@example.org;ana.png\n")
    opa.take("users.csv")
    assert opa.seen("a@example.org").avatar.startswith("sha256:0f4636c7")


def test_a_workbook_is_read_as_it_looks(iq: Screens) -> None:
    book = iq.workbook(
        "users 2026-11.xlsx",
        [None, None],
        ["EMAIL", "Name", "Position", "id", None],
        ["a@example.org", 204.0, date(2026, 5, 1), 12, None],
        ["b@example.org", 7, time(9, 30), True, "  "],
        ["c@example.org", 4.5, datetime.fromisoformat("2026-05-01T08:05"), "'=x", None],
    )
    book.worksheets[0]["B4"].number_format = "0000"
    book.save(iq.folder / "users 2026-11.xlsx")
    iq.take("users 2026-11.xlsx")
    rows = [(one.resource.name, one.resource.position, one.native_id) for one in iq.known().objects.values()]  # type: ignore[attr-defined]
    assert rows == [("204", "2026-05-01", "12"), ("0007", "09:30", "yes"), ("4.5", "2026-05-01T08:05:00", "=x")]


def test_another_sheet_can_be_named(iptel: Screens) -> None:
    book = iptel.workbook("people.xlsx", ["nothing here"])
    book.create_sheet("Staff").append(["name"])
    book["Staff"].append(["Ana"])
    book.save(iptel.folder / "people.xlsx")
    ran = iptel.refused("people.xlsx", "--kind", "users", "--sheet", "Stuff")
    assert "CC805 the workbook has no sheet Stuff" in ran.err
    assert "did you mean Staff?" in ran.err
    iptel.take("people.xlsx", "--kind", "users", "--sheet", "Staff")
    assert list(iptel.known().objects) == ["Ana"]


def test_cells_without_a_certain_value_are_all_named(iptel: Screens) -> None:
    book = iptel.workbook("users.xlsx", ["name", "email"], ["Ana", "=A2"], ["Bo", "#N/A"], [10**15, "x"], ["Di", None])
    book.worksheets[0]["B3"].data_type = "e"
    book.worksheets[0].merge_cells("A5:A6")
    book.save(iptel.folder / "users.xlsx")
    ran = iptel.refused("users.xlsx")
    assert ran.codes == ["CC804"] * 4
    assert "users.xlsx:2:2 CC804 B2 holds a formula" in ran.err
    assert "users.xlsx:3:2 CC804 B3 holds the error #N/A" in ran.err
    assert "users.xlsx:4:1 CC804 A4 holds a number that has lost its last digits" in ran.err
    assert "users.xlsx:5:1 CC804 the cells A5:A6 are merged" in ran.err


def test_no_workbook_exhausts_the_machine(iptel: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    iptel.workbook("users.xlsx", ["name"], ["Ana"])
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1000)
    assert iptel.refused("users.xlsx").codes == ["CC806"]
    monkeypatch.setattr(table, "LARGEST", 1000)
    assert iptel.refused("users.xlsx").codes == ["CC806"]


def test_a_cell_at_the_far_end_of_the_sheet_is_refused_at_once(iptel: Screens) -> None:
    book = iptel.workbook("users.xlsx", ["name"], ["Ana"])
    book.worksheets[0].cell(1_048_576, 16_384, "x")
    book.save(iptel.folder / "users.xlsx")
    ran = iptel.refused("users.xlsx")
    assert "users.xlsx:1048576:16384 CC806" in ran.err


def test_a_table_of_too_many_rows_or_columns_is_refused(iptel: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    iptel.file("users.csv", "name\na\nb\nc\n")
    assert "users.csv:4:1 CC806 more than 2 rows" in iptel.refused("users.csv").err
    iptel.file("users.csv", ";".join(map(str, range(501))))
    assert "CC806 more than 500 columns" in iptel.refused("users.csv").err


def _swapped(path: Path, part: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in {**parts, part: content}.items():
            archive.writestr(name, raw)


def test_what_is_no_workbook_is_refused(iptel: Screens) -> None:
    hint = "save it as .xlsx without a password, or as CSV UTF-8"

    def told(ran: Ran) -> bool:
        return ran.codes == ["CC805"] and hint in ran.err

    path = iptel.file("users.xlsx", b"\xd0\xcf\x11\xe0 an old or protected file")
    assert told(iptel.refused("users.xlsx"))
    iptel.workbook("users.xlsx", ["name"], ["Ana"])
    _swapped(path, "xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    assert told(iptel.refused("users.xlsx"))
    _swapped(path, "xl/worksheets/sheet1.xml", b"<worksheet")
    assert told(iptel.refused("users.xlsx"))
    book = iptel.workbook("users.xlsx")
    book.create_chartsheet("Figures")
    book.remove(book.worksheets[0])
    book.save(path)
    assert told(iptel.refused("users.xlsx"))


def test_without_the_library_a_workbook_is_refused_in_words(iptel: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    iptel.workbook("users.xlsx", ["name"], ["Ana"])
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    ran = iptel.refused("users.xlsx")
    assert "CC805 openpyxl is not installed" in ran.err
    ran = iptel.run("template", "users", "--format", "xlsx", "--out", "t.xlsx")
    assert (ran.code, ran.codes, (iptel.folder / "t.xlsx").exists()) == (1, ["CC805"], False)


def test_an_empty_cell_of_one_word_says_nothing(iptel: Screens) -> None:
    iptel.file("users.csv", "name;email\nAna;\n")
    iptel.take("users.csv")
    assert iptel.seen("Ana").email is UNSET
