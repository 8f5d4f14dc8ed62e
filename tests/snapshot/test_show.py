"""What is held, how old it is and where it came from; and what an import tells."""

from __future__ import annotations

from tests.snapshot.desk import Screens


def test_what_is_held_is_shown_with_its_age(iq: Screens) -> None:
    assert iq.run("show").out == "Nothing is held of office. Begin with: ccconf snapshot template -t office users\n"
    iq.file("users.csv", "email;name;groups;id;deleted\na@example.org;A;x (head); 7;\nb@example.org;B;;;yes\n")
    iq.file("skills.csv", "name\nenglish\n")
    iq.take("users.csv", "--taken", "2026-11-20T08:00+03:00")
    iq.take("skills.csv", "--taken", "2026-11-22T09:00")
    assert iq.run("show").out.splitlines() == [
        "kind   objects  deleted  seen on (UTC)     age     file",
        "skill  1        0        2026-11-22 09:00  1 day   skills.csv",
        "user   1        1        2026-11-20 05:00  3 days  users.csv",
    ]
    assert iq.run("show", "--format", "json").data[1] == {
        "kind": "user", "objects": 1, "departed": 1, "taken": "2026-11-20T05:00:00Z", "source": "users.csv",
        "age_days": 3,
    }  # fmt: skip


def test_the_objects_of_a_kind_are_listed(iq: Screens) -> None:
    assert iq.run("show", "--kind", "users").out == "Nothing is held of the users.\n"
    assert iq.run("show", "--kind", "users", "--format", "json").data == []
    rows = "a@example.org;A;x (head);english 4; 7;\nb@example.org;B;;;;yes\n"
    iq.file("users.csv", f"email;name;groups;skills;id;deleted\n{rows}")
    iq.take("users.csv")
    assert iq.run("show", "--kind", "users").out.splitlines() == [
        "name           id  fields",
        "a@example.org  7   name: A; email: a@example.org; groups: x (role head); skills: english 4",
        "b@example.org      deleted; name: B; email: b@example.org",
    ]
    first, second = iq.run("show", "--kind", "users", "--format", "json").data
    assert (first["name"], first["fields"]["groups"]) == ("a@example.org", {"x": {"role": "head"}})
    assert (second["id"], second["deleted"]) == ("", True)


def test_an_import_tells_what_is_new_gone_and_changed(iptel: Screens) -> None:
    many = [f"P{number:02}" for number in range(12)]
    iptel.file("users.csv", "name;id\n" + "".join(f"{name};\n" for name in many))
    ran = iptel.take("users.csv")
    assert "  new:     P00, P01, P02, P03, P04, P05, P06, P07, P08, P09 and 2 more\n" in ran.out
    iptel.file("users.csv", "name;id\n" + "".join(f"{name};{name == 'P05' or ''}\n" for name in many[1:]) + "Q;\n")
    ran = iptel.run("import", "users.csv")
    assert ran.out.splitlines() == [
        "Took 12 users from users.csv, as on 2026-11-23 09:30 UTC, read as utf-8.",
        "  new:     Q",
        "  gone:    P00",
        "  changed: P05",
        "Written to snapshots/office.json. Next: ccconf plan",
    ]
    assert "nothing else than the snapshot before" in iptel.run("import", "users.csv").out


def test_a_name_cannot_steer_the_terminal(iptel: Screens) -> None:
    iptel.file("users.csv", "name\nAna\x1b[2J\n")
    ran = iptel.refused("users.csv")
    assert ran.codes == ["CC814", "CC202"]
    assert "\x1b[2J" not in ran.text


def test_the_same_for_machines(iptel: Screens) -> None:
    iptel.file("users.csv", "name;email;groups\nAna;;billing\n")
    told = iptel.run("import", "users.csv", "--format", "json").data
    assert told["kinds"] == [
        {
            "kind": "user", "objects": 1, "departed": 0, "taken": "2026-11-23T09:30:00Z", "source": "users.csv",
            "new": ["Ana"], "gone": [], "changed": [],
        }
    ]  # fmt: skip
    assert told["encoding"] == "utf-8"
    assert [(found["code"], found["line"], found["column"]) for found in told["findings"]] == [("CC809", 2, 3)]
