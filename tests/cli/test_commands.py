"""The other commands, as somebody uses them: init, import, show, explain, schema, local, help."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ccconf.cli.main import COMMANDS, run
from ccconf.codes import CODES
from ccconf.model.kinds import KINDS
from ccconf.report.schemas import SCHEMAS
from tests.cli.desk import Desk, environment


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


CENTRE: dict[str, Any] = {
    "allowlists": {"office": {"networks": {"203.0.113.0/24": "Head office"}}},
    "schedules": {"day": {"timezone": "Europe/Warsaw", "weekly": {"mon-fri": ["09:00-17:00"]}}},
    "roles": {"agent": {"permissions": {"calls.take": True}}, "lead": {"allowlists": ["office"]}},
    "skills": {"english": {"name": "English"}, "polish": {}},
    "groups": {
        "billing": {"roles": ["lead"], "allowlists": ["office"], "description": "Invoices"},
        "sales/": {},
        "Sales": {"members": {"cy": {"role": "manager"}}},
    },
    "users": {
        "ann": {
            "name": "Ann Lee", "email": "ann@example.org", "extension": "101", "position": "Head",
            "groups": ["billing"], "skills": {"english": 5}, "schedule": "day", "avatar": "ann.png",
        },
        "bo": {"name": "Bo Dahl", "roles": ["agent"], "status": "inactive", "groups": []},
        "cy": {"name": "Cy"},
    },
}  # fmt: skip
del CENTRE["groups"]["sales/"]


@pytest.fixture(name="applied", scope="module")
def use_applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(tmp_path_factory.mktemp("centre"))
    desk.write("manifests/ann.png", "")
    (desk.folder / "manifests" / "ann.png").write_bytes(b"\x89PNG picture")
    desk.declare(**CENTRE).apply()
    return desk.folder


@pytest.fixture(name="centre")
def use_centre(applied: Path, tmp_path: Path) -> Desk:
    """The centre, applied once and copied for each story."""
    shutil.copytree(applied, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


# --- init


def test_from_nothing_to_silence(tmp_path: Path) -> None:
    desk = Desk.__new__(Desk)
    desk.folder = tmp_path / "new"
    ran = Desk.run(_at(tmp_path), "init", "new")
    assert ran.code == 0 and "Next: ccconf -C" in ran.out
    assert desk.run("validate").out.endswith("6 objects in office: 0 errors, 0 warnings\n")
    assert desk.run("plan").code == 2
    desk.apply()
    assert "live.db" in (desk.folder / ".gitignore").read_text()


def _at(folder: Path) -> Desk:
    desk = Desk.__new__(Desk)
    desk.folder = folder
    return desk


def test_init_overwrites_nothing(desk: Desk) -> None:
    before = desk.files()
    ran = desk.run("init")
    assert ran.code == 1 and "CC009" in ran.err and "choose another folder" in ran.err and "--force" not in ran.err
    assert desk.files() == before


def test_init_in_a_repository_keeps_its_gitignore(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    ran = _at(tmp_path).run("init")
    assert ran.code == 0 and ".gitignore is there already: add live.db*" in ran.out
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert (tmp_path / "ccconf.yaml").exists()


# --- import


@pytest.mark.parametrize("split", [[], ["--split", "group"]])
def test_what_was_imported_needs_no_plan(centre: Desk, split: list[str]) -> None:
    (centre.folder / "manifests" / "all.yaml").unlink()
    (centre.folder / "manifests" / "ann.png").unlink()
    ran = centre.run("import", *split)
    assert ran.code == 0 and "Wrote 3 users, 2 groups, 2 roles, 2 skills, 1 schedule, 1 allowlist" in ran.out
    assert (centre.folder / "manifests" / "avatars" / "ann.png").read_bytes() == b"\x89PNG picture"
    users = sorted(path.name for path in (centre.folder / "manifests").rglob("users/*.yaml"))
    assert users == (["billing.yaml", "sales.yaml", "without-group.yaml"] if split else [])
    centre.silent()
    assert centre.run("validate").code == 0
    before = centre.files()
    assert centre.run("import", "--force", *split).code == 0
    assert centre.files() == before


def test_import_overwrites_nothing_unless_forced(centre: Desk) -> None:
    for path in (centre.folder / "manifests").iterdir():
        path.unlink()
    centre.write("manifests/roles.yaml", "roles: {mine: {}}\n")
    before = centre.files()
    ran = centre.run("import")
    assert ran.code == 1 and "CC009" in ran.err and "roles.yaml already exists" in ran.err and "--force" in ran.err
    assert centre.files() == before
    assert centre.run("import", "--force").code == 0
    centre.silent()


@pytest.mark.parametrize("entry", ["manifests/*.yaml", "manifests/all.yaml", "manifests/**/*.yaml", "manifests"])
def test_import_knows_the_folder_behind_a_file_or_a_pattern(centre: Desk, entry: str) -> None:
    (centre.folder / "manifests" / "all.yaml").unlink()
    centre.project(manifests=[entry])
    assert centre.run("import").code == 0
    assert (centre.folder / "manifests" / "users.yaml").exists()
    assert not [path for path in centre.folder.rglob("*") if "*" in path.name]


def test_import_elsewhere_and_from_nothing(centre: Desk) -> None:
    assert centre.run("import", "--to", str(centre.folder / "copy")).code == 0
    assert (centre.folder / "copy" / "groups.yaml").exists()
    for path in centre.folder.glob("live.db*"):
        path.unlink()
    ran = centre.run("import")
    assert (ran.code, ran.out) == (0, "office is empty: there is nothing to import.\n")


# --- explain


def test_every_code_is_explained(desk: Desk) -> None:
    for name, code in CODES.items():
        ran = desk.run("explain", name.lower())
        assert ran.code == 0 and code.meaning in ran.out and code.mend in ran.out
    assert desk.run("explain", "CC203", "--format", "json").data["severity"] == "error"
    ran = desk.run("explain", "CC2033")
    assert ran.code == 1 and "there is no finding code CC2033" in ran.err and "did you mean CC203?" in ran.err


def _field(told: Any, name: str) -> Any:
    (row,) = [row for row in told["fields"] if row["field"] == name]
    return row


def test_a_value_is_traced_to_its_layer_and_line(desk: Desk) -> None:
    desk.project(manifests=["base", "site"])
    desk.write("base/d.yaml", "defaults:\n  users: {language: pl, position: Agent}\n")
    desk.write(
        "base/u.yaml", "users:\n  ann.lee:\n    name: Ann\n    position: Head\ngroups:\n  g: {members: [ann.lee]}\n"
    )
    desk.write("site/u.yaml", "users:\n  ann.lee:\n    position: Boss\n")
    desk.apply()
    desk.console("user/ann.lee", mobile="+48 600")
    ran = desk.run("explain", "user/ann.lee", "--format", "json")
    assert ran.data["owned"] == "yes: it is in Git, and ccconf applied it"
    assert ran.data["native_id"] == desk.ids()["ann.lee"]
    assert _field(ran.data, "name")["said_at"].endswith("base/u.yaml:3:11")
    assert _field(ran.data, "name")["layer"] == "layer 1"
    assert _field(ran.data, "position")["layer"] == "layer 2"
    assert _field(ran.data, "language")["layer"] == "defaults"
    assert _field(ran.data, "groups")["layer"] == "members of the group"
    assert _field(ran.data, "mobile")["managed"] is False
    text = desk.run("explain", "user/ann.lee").out
    assert "    wanted: Boss  (" in text and "    wanted: not managed, nothing says it" in text
    one = desk.run("explain", "user/ann.lee.position").out
    assert "position" in one and "language" not in one
    assert "live:" not in desk.run("explain", "user/ann.lee", "--offline").out


def test_ownership_is_told(centre: Desk) -> None:
    centre.console_creates("user/stranger", name="Stranger")
    assert "owned: no: ccconf never applied it" in centre.run("explain", "user/stranger").out
    without = {kind: dict(keyed) for kind, keyed in CENTRE.items()}
    del without["users"]["bo"]
    centre.declare(**without)
    assert "it left the manifests, so it goes" in centre.run("explain", "user/bo").out
    centre.project(owns={"users": "all"})
    assert "everything of kind user is ours" in centre.run("explain", "user/stranger").out
    centre.project(owns={"users": "never"})
    assert "nothing of this kind ever goes" in centre.run("explain", "user/bo").out
    centre.forget_everything()
    assert "not applied yet" in centre.run("explain", "user/ann").out


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("user/an", "did you mean ann?"),
        ("users/ann", "begin with one of user, group"),
        ("ann", "names no object"),
        ("user/ann.emial", "neither in Git nor on the platform"),
    ],
)
def test_what_cannot_be_explained(centre: Desk, what: str, says: str) -> None:
    ran = centre.run("explain", what)
    assert ran.code == 1 and "CC011" in ran.err and says in ran.err


# --- show


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        ([], ["ann", "bo", "cy"]),
        (["--name", "lee"], ["ann"]),
        (["--email", "ANN@"], ["ann"]),
        (["--position", "head"], ["ann"]),
        (["--role", "agent"], ["bo"]),
        (["--role", "lead"], ["ann"]),
        (["--group", "Sales"], ["cy"]),
        (["--skill", "english"], ["ann"]),
        (["--status", "inactive"], ["bo"]),
        (["--status", "active", "--name", "c"], ["cy"]),
        (["?n*"], ["ann"]),
        (["user/b*"], ["bo"]),
        (["--name", "nobody"], []),
    ],
)
@pytest.mark.parametrize("git", [[], ["--git"]])
def test_people_are_found(centre: Desk, filters: list[str], keys: list[str], git: list[str]) -> None:
    if git and "--status" in filters and "active" in filters:
        filters, keys = ["--status", "inactive"], ["bo"]  # Git does not say that the others are active
    ran = centre.run("show", "user", *filters, *git, "--format", "json")
    assert (ran.code, [row["key"] for row in ran.data]) == (0, keys)
    text = centre.run("show", "user", *filters, *git).out.splitlines()
    assert [line.split()[0] for line in text[1:-1]] == keys
    assert text[-1] == (f"{len(keys)} users" if len(keys) != 1 else "1 user")


@pytest.mark.parametrize(
    ("ref", "field", "value"),
    [
        ("user/ann", "permissions", {}),
        ("group/billing", "members", ["ann (Ann Lee)"]),
        ("group/Sales", "members", ["cy (Cy) manager"]),
        ("role/lead", "holders", ["ann (Ann Lee)"]),
        ("role/agent", "holders", ["bo (Bo Dahl)"]),
        ("skill/english", "holders", ["ann (Ann Lee) level 5"]),
        ("schedule/day", "works by it", ["ann (Ann Lee)"]),
        ("allowlist/office", "binds", ["role/lead", "group/billing"]),
    ],
)
def test_one_object_with_all_that_hangs_on_it(centre: Desk, ref: str, field: str, value: Any) -> None:
    kind, _, key = ref.partition("/")
    ran = centre.run("show", kind, key, "--format", "json")
    assert (ran.data["object"], ran.data[field]) == (ref, value)
    assert ran.data["fields"] == centre.fields(ref)
    text = centre.run("show", kind, key).out
    assert text.startswith(f"{ref}\n") and all(str(line) in text for line in value)


def test_every_kind_can_be_listed(centre: Desk) -> None:
    for kind, form in KINDS.items():
        ran = centre.run("show", kind)
        assert ran.code == 0 and ran.out.splitlines()[-1].endswith((form.plural, kind))
    assert "calls.take" in centre.run("show", "user", "bo").out


def test_show_says_what_it_cannot(centre: Desk) -> None:
    ran = centre.run("show", "user", "an")
    assert ran.code == 1 and "did you mean ann?" in ran.err
    assert "only users can be searched by email" in centre.run("show", "group", "--email", "x").err
    assert centre.run("show", "people").code == 1


def test_long_values_are_cut_in_a_table(centre: Desk) -> None:
    centre.console("user/ann", position="x" * 100)
    line = centre.run("show", "user", "--name", "ann").out.splitlines()[1]
    assert f"{'x' * 39}…" in line and "x" * 40 not in line


# --- schema


def test_schemas_are_printed_and_written(desk: Desk) -> None:
    assert desk.run("schema").out.split() == sorted(SCHEMAS)
    assert desk.run("schema", "plan").data["title"] == "ccconf plan"
    assert desk.run("schema", "--to", str(desk.folder / "out")).code == 0
    assert {path.stem for path in (desk.folder / "out").iterdir()} == set(SCHEMAS)
    assert json.loads((desk.folder / "out" / "plan.json").read_text()) == desk.run("schema", "plan").data
    assert desk.run("schema", "nothing").code == 1


def test_headers_are_written_once_and_leave_the_rest_alone(desk: Desk) -> None:
    bodies = {
        "manifests/crlf.yaml": b"# mine\r\nusers:\r\n  ann: {name: Ann}  # the boss\r\n",
        "manifests/bom.yaml": b"\xef\xbb\xbfgroups: {g: {}}\n",
        "manifests/deep/x.yaml": "skills: {żółty: {}}".encode(),
    }
    for name, body in bodies.items():
        path = desk.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    (desk.folder / "ccconf.yaml").chmod(0o600)
    assert desk.run("schema", "--write-headers").code == 0
    header = b"# yaml-language-server: $schema="
    for name, body in bodies.items():
        mark = b"\xef\xbb\xbf" if body.startswith(b"\xef") else b""
        up = b"../" * name.count("/")
        ending = b"\r\n" if b"\r" in body else b"\n"
        expected = mark + header + up + b".ccconf/schemas/manifest.json" + ending + body.removeprefix(mark)
        assert (desk.folder / name).read_bytes() == expected
        target = (desk.folder / name).parent / (up + b".ccconf/schemas/manifest.json").decode()
        assert target.exists()
    assert (desk.folder / "ccconf.yaml").stat().st_mode & 0o777 == 0o600
    once = desk.files()
    assert desk.run("schema", "--write-headers").code == 0
    assert desk.files() == once
    desk.apply()


# --- local


def test_the_console_changes_things_behind_git_s_back(centre: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCCONF_ACTOR", "Eve")
    ran = centre.run("local", "set", "user/ann", "position=Team lead", "skills={polish: 2}", "email=null")
    assert (
        ran.out
        == "user/ann: position is now Team lead\nuser/ann: skills is now polish 2\nuser/ann: email is now (empty)\n"
    )
    assert centre.run("plan").code == 2
    trail = centre.run("local", "trail", "user/ann").out.splitlines()
    assert len(trail) == 2 and trail[1].endswith("console (Eve)  update user/ann  email, position, skills")
    first = centre.run("local", "trail", "--format", "json").data[0]["ref"]
    assert first in ("allowlist/office", "schedule/day", "skill/english", "skill/polish")  # what needs nothing
    centre.apply()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["user/ann", "email"], "write FIELD=VALUE"),
        (["user/ann", "emial=x@example.org"], "did you mean email?"),
        (["user/ann", "formerly=x"], "sets no field of a user"),
        (["group/billing", "members=[]"], "sets no field of a group"),
        (["user/ann", "email=x"], "CC202"),
        (["user/ann", "skills={klingon: 2}"], "CC702"),
        (["user/an", "name=x"], "there is no user/an on the platform"),
        (["nonsense", "name=x"], "there is no nonsense on the platform"),
        (["user/ann", "skills={a: [}"], "CC101"),
        (["user/ann"], "Missing argument"),
    ],
)
def test_the_console_refuses_nonsense(centre: Desk, args: list[str], says: str) -> None:
    before = centre.live()
    ran = centre.run("local", "set", *args)
    assert ran.code == 1 and says in ran.err, ran
    assert centre.live() == before


# --- the command line itself


@pytest.mark.parametrize("command", [[], *[[name] for name in COMMANDS], ["local", "set"], ["local", "trail"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--help", "-h"):
        assert run([*command, option]) == 0
        out = capsys.readouterr().out
        assert out.startswith("Usage: ") and len(out.splitlines()) > 4


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["aply"], "there is no command aply. did you mean apply?"),
        (["plan", "--onyl", "x"], "No such option"),
        (["plan", "--format", "xml"], "'xml' is not one of"),
        (["plan", "extra"], "unexpected extra argument"),
        (["local", "nothing"], "No such command"),
        (["-C"], "requires an argument"),
    ],
)
def test_a_misspelt_command_is_exit_1(desk: Desk, args: list[str], says: str) -> None:
    ran = desk.run(*args)
    assert ran.code == 1 and says in ran.err


def test_no_command_at_all_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) in (0, 1)
    told = capsys.readouterr()
    assert "validate" in told.out + told.err


def test_errors_come_as_json_where_json_was_asked_for(desk: Desk) -> None:
    for args in (["plan"], ["apply", "--yes"], ["validate"], ["show", "user", "--git"]):
        ran = desk.run(*args, "--format", "json")
        assert ran.code == 1
        (found,) = ran.data["findings"]
        assert (found["code"], found["severity"], found["path"].rpartition("/")[2]) == ("CC001", "error", "ccconf.yaml")
        assert "CC001" in ran.err


def test_as_a_module_and_as_a_program(desk: Desk) -> None:
    for command in ([sys.executable, "-m", "ccconf"], [str(Path(sys.executable).with_name("ccconf"))]):
        if Path(command[0]).exists():
            ran = subprocess.run([*command, "--version"], capture_output=True, text=True, env=environment())
            assert ran.returncode == 0 and ran.stdout.startswith("ccconf")


def test_a_project_is_found_from_below(centre: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(centre.folder / "manifests")
    assert run(["plan"]) == 0
    assert {path.name for path in Path().iterdir()} == {"all.yaml", "ann.png"}  # nothing was written here


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    """A mistake in it is told all the same, to people and to machines; and a name is no command for a CI system."""
    desk = Desk(tmp_path)
    name = os.fsdecode(b"manifests/\xff.yaml")
    desk.write(name, "groups: {empty: {description: '##[error]gone'}}\nusers: {ann: {name: Ann}}\n")
    for words in (["validate"], ["plan"]):
        assert desk.run(*words, "--format", "json").code in (0, 2)
        assert desk.run(*words).code in (0, 2)
    shown = desk.run("plan", "--format", "json")
    assert "##[" not in shown.out
    steps = {step["id"]: step for step in shown.data["steps"]}
    assert steps["create group/empty"]["change"]["fields"]["description"] == "##[error]gone"
