"""Everything that can be wrong with a file: told at its cell with its remedy, all at once, and nothing is changed."""

from __future__ import annotations

import pytest

from tests.snapshot.desk import Screens

FOUR = "name\n" + "".join(f"P{number}\n" for number in range(4))


def test_all_mistakes_are_told_at_once(iq: Screens) -> None:
    iq.file(
        "users.csv",
        "email;name;emial;skills;status;deleted;;groups;Groups\n"
        "a@example.org;A;;english 400;away;maybe;over;x;\n"
        ";Nobody;;;;;;;\n"
        'not an address;B;;"a 1; a 2";;;;;;beyond\n',
    )
    ran = iq.refused("users.csv")
    for line in (
        "users.csv:1:3 CC801 users of iQChannels have no column emial",
        "    did you mean email?",
        "users.csv:1:9 CC801 column 9 (Groups) says the same as column 8 (groups)",
        "users.csv:2:4 CC202 english: 400 must be at most 100",
        'users.csv:2:5 CC202 status: "away" must be active or inactive',
        "users.csv:2:6 CC804 deleted: maybe is neither yes nor no",
        "users.csv:2:7 CC801 row 2 has something in column 7, which has no heading",
        "users.csv:3:1 CC802 row 3 has no email",
        'users.csv:4:1 CC202 email: "not an address" must be an e-mail address',
        "users.csv:4:4 CC804 skills: a stands twice in the cell",
        "users.csv:4:10 CC801 row 4 has something in column 10, which has no heading",
        "users.csv:1:1 CC814 no column says position, type, roles, schedule, avatar: everything counts as having",
    ):
        assert line in ran.err, ran.err


def test_a_needed_column_is_missing(iq: Screens) -> None:
    iq.file("users.csv", "position\nOperator\n")
    ran = iq.refused("users.csv")
    assert "users.csv:1:1 CC802 the column email is missing" in ran.err
    assert "users.csv:1:1 CC802 the column name is missing" in ran.err


def test_an_empty_file_has_not_even_headings(iptel: Screens) -> None:
    iptel.file("users.csv", "\n\n")
    assert "CC802 the file has no headings" in iptel.refused("users.csv").err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name;email\nAna;\nAna;\n", ("3:1 CC807 user/Ana is listed twice", "the first is at users.csv:2:1")),
        (
            "name;email\nAna;Ana@Example.org\nBo;ana@example.org\n",
            ("3:2 CC807 the email ana@example.org of user/Bo is also user/Ana's", "the first is at users.csv:2:2"),
        ),
        (
            "name;id\nAna;7\nBo;7\n",
            ("3:2 CC807 the id 7 of user/Bo is also user/Ana's", "the first is at users.csv:2:2"),
        ),
    ],
)
def test_nobody_is_listed_twice(iptel: Screens, content: str, told: tuple[str, str]) -> None:
    iptel.file("users.csv", content)
    ran = iptel.refused("users.csv")
    assert all(part in ran.err for part in told), ran.err
    assert ran.codes.count("CC807") == 1


def test_somebody_deleted_may_have_had_the_address_of_somebody_new(iq: Screens) -> None:
    iq.file("users.csv", "email;name;deleted;id\na@example.org;A;yes;1\na@example.org;A;no;2\n")
    iq.take("users.csv")
    assert (iq.known().objects["a@example.org"].native_id, iq.known().departed["a@example.org"].native_id) == ("2", "1")


def test_members_are_told_on_the_side_that_stores_them(iptel: Screens) -> None:
    iptel.file("groups.csv", "name;members\nBilling;Ana\n")
    ran = iptel.refused("groups.csv")
    assert "CC801 groups of IPTEL call centre have no column members" in ran.err
    assert "it is told by the column groups of the users" in ran.err


def test_deleted_is_no_column_where_nothing_comes_back(iptel: Screens) -> None:
    iptel.file("users.csv", "name;deleted\nAna;yes\n")
    ran = iptel.refused("users.csv")
    assert "IPTEL call centre brings no deleted user back: list only those that are there" in ran.err


def test_permissions_and_levels_are_those_of_the_platform(opa: Screens) -> None:
    opa.file(
        "roles.csv",
        "name;access_level;permissions\nChefe;Gerent;conversations.add_tag\nB;;dashboards.general sometimes\n",
    )
    ran = opa.refused("roles.csv")
    assert "roles.csv:2:2 CC409 Opa! Suite has no access level Gerent" in ran.err
    assert "roles.csv:2:3 CC404 Opa! Suite has no permission conversations.add_tag" in ran.err
    assert "roles.csv:3:3 CC405 dashboards.general (Dashboard Geral) cannot be sometimes" in ran.err


def test_a_permission_stands_in_one_column_or_in_its_own(opa: Screens) -> None:
    opa.file("roles.csv", "name;permissions;conversations.add_tags\nA;;x\n")
    assert "roles.csv:1:2 CC801 permissions stand in one column and in columns" in opa.refused("roles.csv").err


def test_a_word_for_several_permissions_is_no_word(opa: Screens) -> None:
    opa.file("roles.csv", "name;Usuários\nA;x\n")
    ran = opa.refused("roles.csv")
    assert "roles.csv:1:2 CC801 Usuários can mean api.users or menu.users" in ran.err
    assert "write one of these ids" in ran.err
    opa.file("roles.csv", "name;permissions\nA;Usuários\n")
    assert "roles.csv:2:2 CC804 permissions: Usuários can mean api.users or menu.users" in opa.refused("roles.csv").err


@pytest.mark.parametrize(
    ("field", "cell", "told"),
    [
        ("weekly", "monday 09:00-18:00", "CC202 'monday' is not a day: write mon, mon-fri or sat,sun"),
        ("weekly", "mon nine to five", "CC804 weekly: mon nine to five does not say days and hours"),
        ("weekly", "mon 9 to 5", "CC804 weekly: mon 9 to 5 does not say hours"),
        ("weekly", "mon 09:00-18:00; mon-tue 10:00-11:00", "CC316 mon is said twice"),
        ("holidays", "Christmas", "CC804 holidays: Christmas does not begin with a date"),
        ("holidays", "02-30 Never", "CC312 02-30 is not a day of the calendar"),
    ],
)
def test_hours_that_nobody_can_work(opa: Screens, field: str, cell: str, told: str) -> None:
    opa.file("schedules.csv", f'name;{field}\nDay;"{cell}"\n')
    ran = opa.refused("schedules.csv")
    assert f"schedules.csv:2:2 {told}" in ran.err


def test_a_name_has_one_line(opa: Screens) -> None:
    opa.file("allowlists.csv", 'key;networks\n"two\nlines";198.51.100.7\n')
    assert "allowlists.csv:2:1 CC202 'two\\nlines' cannot be a name" in opa.refused("allowlists.csv").err


def test_what_stands_behind_a_quoted_name(iptel: Screens) -> None:
    iptel.file("users.tsv", 'name\tgroups\nAna\t"""billing"" boss"\nBo\t{billing\n')
    ran = iptel.refused("users.tsv")
    assert "users.tsv:2:2 CC804 groups: boss cannot stand behind the name billing" in ran.err
    assert "users.tsv:3:2 CC809 groups: nobody has seen a group called {billing" in ran.err


def test_what_is_unwise_is_still_so(opa: Screens) -> None:
    opa.file("roles.csv", "name\nChefe\n")
    opa.take("roles.csv")
    opa.file("allowlists.csv", 'key;networks\nChefe;"0.0.0.0/0; 10.0.0.0/8; 203.0.113.0/24; 203.0.113.7"\n')
    assert opa.take("allowlists.csv").codes == []
    opa.file("allowlists.csv", "key;networks\nChefe;office\n")
    assert "allowlists.csv:2:2 CC301 office is neither an address" in opa.refused("allowlists.csv").err


def test_names_that_nobody_has_seen_are_a_warning_each_once(iptel: Screens) -> None:
    iptel.file("groups.csv", "name\nBilling\n")
    iptel.take("groups.csv")
    iptel.file("users.csv", "name;groups\nAna;Biling\nBo;Biling; \n")
    ran = iptel.take("users.csv")
    assert ran.codes == ["CC814", "CC809"]
    assert "users.csv:2:2 CC809 groups: nobody has seen a group called Biling (and in 1 more)" in ran.err
    assert "did you mean Billing?" in ran.err


def test_what_the_api_shows_need_not_be_in_a_snapshot(opa: Screens) -> None:
    opa.file("users.csv", "email;groups;roles\na@example.org;Vendas;Chefe\n")
    ran = opa.take("users.csv")
    assert "nobody has seen a role called Chefe" in ran.err
    assert "Vendas" not in ran.err


def test_an_allowlist_belongs_to_a_role_that_is_known(opa: Screens) -> None:
    opa.file("allowlists.csv", "key;networks\nChefe;198.51.100.7\n")
    assert "allowlists.csv:2:1 CC809 key: nobody has seen a role called Chefe" in opa.take("allowlists.csv").err


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ("2026-11-23T09:30:01", "CC808 --taken 2026-11-23T09:30:01 lies in the future"),
        ("2026-11-23T10:00+00:00", "lies in the future"),
        ("yesterday", "CC808 --taken: yesterday is not a date"),
        ("2026-02-30", "CC808 --taken: 2026-02-30 is not a date"),
        ("0001-01-01T00:00+10:00", "is not a date"),
    ],
)
def test_dates_that_cannot_be(iptel: Screens, taken: str, told: str) -> None:
    iptel.file("users.csv", "name\nAna\n")
    assert told in iptel.refused("users.csv", "--taken", taken).err


def test_without_a_date_a_file_is_of_now(iptel: Screens) -> None:
    iptel.file("users.csv", "name\nAna\n")
    assert "as on 2026-11-23 09:30 UTC" in iptel.take("users.csv").out


def test_a_clock_that_says_no_time_is_told(iptel: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    iptel.file("users.csv", "name\nAna\n")
    monkeypatch.setenv("CCCONF_NOW", "soon")
    assert "CC808 CCCONF_NOW: soon is not a date" in iptel.refused("users.csv").err


def test_nothing_is_never_taken_to_mean_that_everybody_has_gone(iptel: Screens) -> None:
    iptel.file("users.csv", FOUR)
    iptel.take("users.csv")
    iptel.file("users.csv", "name\n")
    ran = iptel.refused("users.csv", code=3)
    assert "CC810 the file lists no users" in ran.err
    assert "say --accept-empty users" in ran.err
    iptel.refused("users.csv", "--accept-empty", "groups", code=3)
    ran = iptel.take("users.csv", "--accept-empty", "users")
    assert "Took 0 users" in ran.out
    assert iptel.known().objects == {}


def test_far_fewer_than_before_is_more_likely_a_filter(iptel: Screens) -> None:
    iptel.file("users.csv", FOUR)
    iptel.take("users.csv")
    iptel.file("users.csv", "name\nP1\n")
    ran = iptel.refused("users.csv", code=3)
    assert "CC812 the file lists 1 of the users, and 4 were held" in ran.err
    ran = iptel.take("users.csv", "--accept-fewer")
    assert list(iptel.known().objects) == ["P1"]


@pytest.mark.parametrize(("before", "after"), [(4, 2), (3, 1), (7, 4)])
def test_half_may_go(iptel: Screens, before: int, after: int) -> None:
    for count in (before, after):
        iptel.file("users.csv", "name\n" + "".join(f"P{number}\n" for number in range(count)))
        iptel.take("users.csv")
    assert len(iptel.known().objects) == after


def test_an_older_file_is_refused_unless_it_shall_replace(iptel: Screens) -> None:
    iptel.file("users.csv", "name\nAna\n")
    iptel.take("users.csv", "--taken", "2026-11-20")
    iptel.file("users old.csv", "name\nBo\n")
    ran = iptel.refused("users old.csv", "--taken", "2026-11-19T23:59", code=3)
    assert "CC811 the users of 2026-11-19 23:59 UTC are older than those held" in ran.err
    assert "held since 2026-11-20 00:00 UTC, from users.csv; to go back, say --replace" in ran.err
    iptel.take("users old.csv", "--taken", "2026-11-19T23:59", "--replace")
    assert list(iptel.known().objects) == ["Bo"]


def test_other_kinds_keep_their_date(iptel: Screens) -> None:
    iptel.file("users.csv", "name\nAna\n")
    iptel.file("groups.csv", "name\nBilling\n")
    iptel.take("users.csv", "--taken", "2026-11-20")
    iptel.take("groups.csv", "--taken", "2026-11-01")
    taken = {kind: known.taken.day for kind, known in iptel.snapshot().kinds.items()}
    assert taken == {"user": 20, "group": 1}


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("people.csv", (), "CC805 nobody says what people.csv lists"),
        ("users.pdf", (), "CC805 users.pdf is neither a table nor a manifest"),
        ("skills.csv", (), "CC410 IPTEL call centre has no skills"),
        ("users.csv", ("--sheet", "1"), "CC805 --sheet means nothing for users.csv"),
        ("users.json", ("--kind", "users"), "CC805 --kind means nothing for users.json"),
        ("users.xlsx", ("--encoding", "cp1251"), "CC805 --encoding means nothing for users.xlsx"),
        ("gone.csv", ("--kind", "users"), "CC001 cannot read gone.csv: no such file"),
    ],
)
def test_what_cannot_be_imported(iptel: Screens, name: str, options: tuple[str, ...], told: str) -> None:
    if name != "gone.csv":
        iptel.file(name, "name\nAna\n")
    assert told in iptel.refused(name, *options).err


def test_a_quotation_mark_that_stays_open(iptel: Screens) -> None:
    iptel.file("users.csv", 'name;email\nAna;"ana@example.org\nBo;\n')
    assert "users.csv:2:1 CC805 row 2 cannot be read: a quotation mark is not closed" in iptel.refused("users.csv").err


def test_what_no_plan_uses_is_told(opa: Screens) -> None:
    opa.file("groups.csv", "name\nVendas\n")
    assert "CC815 Opa! Suite shows its groups by API" in opa.take("groups.csv").err


def test_findings_are_there_for_machines_too(iptel: Screens) -> None:
    iptel.file("users.csv", "nome\nAna\n")
    ran = iptel.refused("users.csv", "--format", "json")
    found = [(one["code"], one["line"], one["column"]) for one in ran.data["findings"]]
    assert ("CC801", 1, 1) in found
