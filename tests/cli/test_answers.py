"""What programs get: every command answers with `--format json`, by a schema that is committed, in the same bytes for
the same input, and its mistakes as findings.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from jsonschema import Draft202012Validator

from ccconf.cli.main import ccconf
from ccconf.manifest.vendor_schema import vendor_schemas
from ccconf.model.kinds import KINDS
from ccconf.platforms.iqchannels.emulator import Options, Seed
from ccconf.platforms.opasuite.emulator import Seed as Installed
from ccconf.report.schemas import ANSWERS, SCHEMAS
from tests.cli.desk import Ran
from tests.cli.offices import commands, copies, typed
from tests.iqchannels.bank import Bank
from tests.opasuite.suite import Suite

COMMITTED = Path(__file__).parents[2] / "schemas"
JSON = ("--format", "json")

EXCEPT = {
    ("schema",): "prints a JSON Schema itself, or writes files for an editor",
    ("snapshot", "template"): "writes a table for people to fill in; its --format says in which form",
    ("emulator", "3cx"): "serves until somebody stops it",
    ("emulator", "iptel"): "serves until somebody stops it",
    ("emulator", "iqchannels"): "serves until somebody stops it",
    ("emulator", "opasuite"): "serves until somebody stops it",
}
"""Commands that have no answer for programs, and why."""

OF_FILES = {"facts", "guide", "manifest", "project", *vendor_schemas()}
"""Schemas of what people write."""


class Asks(NamedTuple):
    """A command line without `--format json`, and what it should be answered."""

    words: str
    schema: str
    code: int = 0
    office: str = "office"

    def __str__(self) -> str:
        return self.words


ASKED = [
    Asks("init new", "init"),
    Asks("init --ci github", "init"),
    Asks("validate", "findings"),
    Asks("fmt --check", "fmt", 2),
    Asks("fmt --diff", "fmt", 2),
    Asks("fmt", "fmt"),
    Asks("plan", "plan", 2),
    Asks("plan --rebase approved.json", "rebase", 2),
    Asks("apply --yes", "apply"),
    Asks("apply approved.json --yes", "apply"),
    Asks("apply approved.json --yes --require-id 0123456789ab", "findings", 3),
    Asks("apply", "findings", 1),
    Asks("apply --yes", "apply", 6, "calls"),
    Asks("drift", "drift", 2),
    Asks("drift --revert", "plan", 2),
    Asks("drift --accept", "accept"),
    Asks("compare office office:git", "comparison", 2),
    Asks("undo 1 --out undo.json", "plan", 2),
    Asks("undo 1 --yes", "apply"),
    Asks("undo 1", "findings", 1),
    Asks("history", "history"),
    Asks("history 2", "history-run"),
    Asks("history user/ann", "history-object"),
    Asks("history user/Bo%20Dahl", "history-object", 0, "calls"),
    Asks("ledger check", "ledger-check"),
    Asks("ledger export", "ledger"),
    Asks("ledger export --out all.json", "ledger-export"),
    Asks("ledger move other.db", "ledger-move"),
    Asks("ledger readdress", "ledger-readdress"),
    Asks("confirm", "confirm", 0),
    Asks("confirm", "confirm", 6, "calls"),
    Asks("confirm --all", "confirm", 0, "calls"),
    Asks("confirm --history", "confirm-history", 0, "calls"),
    Asks("user restore gone --yes", "user"),
    Asks("user avatar bo ann.png --yes", "user"),
    Asks("user history", "user-history"),
    Asks("import --to imported", "import"),
    Asks("import --to imported --split group", "import", 0, "calls"),
    Asks("snapshot import users.csv", "snapshot-import", 0, "calls"),
    Asks("snapshot show", "snapshot-show", 0, "calls"),
    Asks("snapshot show --kind users", "snapshot-objects", 0, "calls"),
    *(Asks(f"show {kind}", "show") for kind in KINDS),
    Asks("show user ann", "show-object"),
    Asks("show group billing", "show-object"),
    Asks("show role agent --git", "show-object"),
    Asks("show skill english", "show-object"),
    Asks("show schedule day", "show-object"),
    Asks("show allowlist office", "show-object"),
    Asks("list", "list"),
    Asks("explain user/ann", "explain"),
    Asks("explain user/ann.position --offline", "explain"),
    Asks("explain CC203", "code"),
    Asks("platforms", "platforms"),
    *(Asks(f"platforms {name}", "platform") for name in ("iptel", "iqchannels", "local", "opasuite", "threecx")),
    Asks("permissions -p iqchannels", "permissions"),
    Asks("licence", "licence"),
    Asks("local set user/ann position=Head extension=null", "local-set"),
    Asks("local trail", "local-trail"),
]  # fmt: skip
ON_A_BANK = ["user logout", "user reset-password", "user tokens", "user tokens --revoke"]


def judge(schema: str, answer: Any) -> None:
    """The answer has everything that its schema asks for, and nothing of which the schema does not speak."""
    form = json.loads((COMMITTED / f"{schema}.json").read_text(encoding="utf-8"))
    Draft202012Validator(_closed(form)).validate(answer)


def _closed(form: Any) -> Any:
    if isinstance(form, list):
        return [_closed(inner) for inner in form]
    if not isinstance(form, dict):
        return form
    closed = {name: _closed(inner) for name, inner in form.items()}
    if isinstance(form.get("properties"), dict) and "type" in form:
        closed.setdefault("additionalProperties", False)
    return closed


def _leaf(words: str) -> tuple[str, ...]:
    said = tuple(words.split())
    return next(path for path, _ in commands() if said[: len(path)] == path)


def _answers_json(command: click.Command) -> bool:
    forms = [param.type for param in command.params if "--format" in param.opts]
    return any(isinstance(form, click.Choice) and "json" in form.choices for form in forms)


def test_every_command_answers_or_says_why_not() -> None:
    silent = {path for path, command in commands() if not _answers_json(command)}
    assert silent == EXCEPT.keys(), "give the command --format json and a schema, or a reason why it has none"


def test_every_command_and_every_schema_is_judged_here() -> None:
    judged = {_leaf(asks.words) for asks in ASKED} | {_leaf(words) for words in ON_A_BANK}
    assert judged == {path for path, _ in commands()} - EXCEPT.keys()
    assert {asks.schema for asks in ASKED} == SCHEMAS.keys() - OF_FILES


def test_a_schema_says_which_command_has_it() -> None:
    for name, shape in ANSWERS.items():
        told = json.loads((COMMITTED / f"{name}.json").read_text(encoding="utf-8"))
        assert told["title"] == f"ccconf {shape.typed} --format json"
        for word in shape.typed.partition(" --")[0].split("/"):
            assert shape.typed.split()[0] in ccconf.list_commands(click.Context(ccconf)), word


@pytest.mark.parametrize("asks", ASKED, ids=str)
def test_the_answer_is_by_its_schema_and_the_same_anywhere(
    asks: Asks, made: Mapping[str, Path], tmp_path: Path
) -> None:
    one, other = copies(made, asks.office, tmp_path)
    first, again = (typed(folder, *asks.words.split(), *JSON) for folder in (one, other))
    assert first.code == asks.code, first
    judge(asks.schema, first.data)
    assert first.out == again.out, "equal input gives equal bytes"
    assert str(tmp_path) not in first.out, "nobody has typed this path"


@pytest.mark.parametrize("asks", [asks for asks in ASKED if asks.office == "office"], ids=str)
def test_the_answer_is_all_that_goes_to_the_output(asks: Asks, made: Mapping[str, Path], tmp_path: Path) -> None:
    """What is for people besides goes to the error stream; without `--format json` nothing looks like an answer."""
    one, other = copies(made, asks.office, tmp_path)
    said = typed(one, *asks.words.split(), *JSON)
    assert json.dumps(said.data) and said.out.startswith(("{", "["))
    plain = typed(other, *asks.words.split())
    assert plain.code == said.code
    if asks.words != "ledger export":
        assert not plain.out.startswith("{")


@pytest.fixture(name="bank")
def use_bank(tmp_path: Path) -> Iterator[Bank]:
    with Bank(tmp_path, Options(), Seed(users=4)) as one:
        yield one


@pytest.mark.parametrize("words", ON_A_BANK)
def test_what_is_done_to_one_person_is_answered(words: str, bank: Bank) -> None:
    who = "user2@bank.example"
    secret = bank.emulator.gives_token(who)
    path = [*words.split()[:2], who, *words.split()[2:]]
    ran = typed(bank.folder, *path, "--yes", *JSON)
    assert ran.code == 0, ran
    judge("user", ran.data)
    assert (ran.data["person"], ran.data["done"]) == (f"user/{who}", True) and ran.data["said"]
    assert secret not in ran.out + ran.err and bank.emulator.session not in ran.out + ran.err
    history = typed(bank.folder, "user", "history", *JSON)
    judge("user-history", history.data)
    assert [(row["act"], row["outcome"]) for row in history.data["acts"]] == [(ran.data["act"], "done")]


def test_lists_of_a_platform_are_answered(tmp_path: Path) -> None:
    with Suite(tmp_path, seed=Installed(users=2, departments=2)) as suite:
        for words in (["list"], ["list", "holidays"], ["list", "tags", "vip", "--create", "#00aa00", "--yes"]):
            ran = typed(suite.folder, *words, *JSON)
            judge("list", ran.data)
            assert ran.data and suite.emulator.token not in ran.out + ran.err


def test_what_was_answered_is_what_was_done(made: Mapping[str, Path], tmp_path: Path) -> None:
    """Not only the form is right."""
    (one,) = copies(made, "office", tmp_path, 1)
    wrote = typed(one, "init", "new", *JSON).data["wrote"]
    assert wrote and all((one / path).is_file() for path in wrote)
    wrote = typed(one, "import", "--to", "in", *JSON).data
    assert sorted(wrote["wrote"]) == sorted(path.relative_to(one).as_posix() for path in (one / "in").glob("*.yaml"))
    assert wrote["objects"] == {kind: 2 if kind == "user" else 1 for kind in KINDS}
    looked = typed(one, "fmt", "--diff", *JSON).data
    assert (looked["wrote"], [row["path"] for row in looked["files"]]) == (False, ["manifests/all.yaml"])
    assert looked["files"][0]["diff"].startswith("--- manifests/all.yaml\n+++ ")
    styled = typed(one, "fmt", *JSON).data
    assert (styled["wrote"], styled["files"]) == (True, [{"path": "manifests/all.yaml", "diff": None}])
    assert typed(one, "fmt", *JSON).data == {"wrote": True, "files": [], "alike": 1, "findings": []}
    moved = typed(one, "ledger", "move", "other.db", *JSON).data
    assert moved["to"] == "other.db" and moved["setting"] == "ledger: other.db" and moved["rows"]["runs"] == 2
    gone = typed(one, "ledger", "export", "--out", "all.json", *JSON).data
    judge("ledger", json.loads((one / gone["wrote"]).read_text(encoding="utf-8")))
    assert gone["rows"] == moved["rows"]


def test_files_that_are_wrong_are_in_the_answer(made: Mapping[str, Path], tmp_path: Path) -> None:
    (one,) = copies(made, "office", tmp_path, 1)
    (one / "manifests" / "wrong.yaml").write_text("users: {zoe: {nmae: Zoe}}\n")
    ran = typed(one, "fmt", *JSON)
    judge("fmt", ran.data)
    assert (ran.code, len(ran.data["files"])) == (1, 1)
    (found,) = ran.data["findings"]
    assert (found["code"], found["path"], found["line"]) == ("CC201", "manifests/wrong.yaml", 1)


def test_a_ledger_that_is_not_there_is_an_answer(made: Mapping[str, Path], tmp_path: Path) -> None:
    (one,) = copies(made, "office", tmp_path, 1)
    shutil.rmtree(one / ".ccconf")
    for words, schema, field in (
        ("check", "ledger-check", "exists"), ("export", "ledger", "ledger"),
        ("export --out x.json", "ledger-export", "wrote"), ("move x.db", "ledger-move", "to"),
        ("readdress", "ledger-readdress", "was"),
    ):  # fmt: skip
        ran = typed(one, "ledger", *words.split(), *JSON)
        judge(schema, ran.data)
        assert (ran.code, bool(ran.data[field])) == (0, False), ran


def test_a_target_that_has_moved_is_answered(made: Mapping[str, Path], tmp_path: Path) -> None:
    (one,) = copies(made, "office", tmp_path, 1)
    (one / "ccconf.yaml").write_text((one / "ccconf.yaml").read_text().replace('"live.db"', '"there.db"'))
    ran = typed(one, "ledger", "readdress", "--yes", *JSON)
    judge("ledger-readdress", ran.data)
    assert ran.data["changed"] and ran.data["was"] != ran.data["address"]


def test_a_refused_plan_is_told_as_findings(made: Mapping[str, Path], tmp_path: Path) -> None:
    (one,) = copies(made, "office", tmp_path, 1)
    form = json.loads((one / "ccconf.yaml").read_text())
    form["targets"]["office"]["guards"] = {"protect": ["user/ann"]}
    form["targets"]["office"]["owns"] = {"users": "all"}
    (one / "ccconf.yaml").write_text(json.dumps(form))
    people = json.loads((one / "manifests" / "all.yaml").read_text())
    del people["users"]["ann"]
    (one / "manifests" / "all.yaml").write_text(json.dumps(people))
    ran = typed(one, "apply", "--yes", *JSON)
    judge("findings", ran.data)
    assert (ran.code, ran.data["targets"]) == (3, ["office"]) and ran.data["plan_id"]
    assert "CC603" in {found["code"] for found in ran.data["findings"]}


# --- mistakes


def _found(ran: Ran) -> dict[str, Any]:
    judge("findings", ran.data)
    (found,) = ran.data["findings"]
    return dict(found)


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_a_command_line_that_is_not_understood_is_findings_too(path: tuple[str, ...], tmp_path: Path) -> None:
    for words in ([*path, "--nonsense", *JSON], [*path, "--format=json", "--nonsense"]):
        ran = typed(tmp_path, *words)
        found = _found(ran)
        assert (ran.code, found["code"]) == (1, "CC020")
        assert found["hint"] == f"see ccconf {' '.join(path)} --help"
        assert "Usage: ccconf" in ran.err
    plain = typed(tmp_path, *path, "--nonsense", "--", *JSON)
    assert (plain.code, plain.out) == (1, ""), "nobody has asked for JSON"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("pln", "there is no command pln. did you mean plan?"),
        ("ledger chek", "No such command 'chek'"),
        ("show", "Missing argument"),
        ("show usr", "'usr' is not one of"),
        ("fmt --check=yes", "does not take a value"),
        ("apply --resume plan.json", "leave out the file"),
        ("drift --accept --revert", "say one"),
        ("confirm 1 --all", "exclude each other"),
        ("history --all -t office", "exclude each other"),
        ("user avatar ann", "name a PICTURE, or say --delete"),
        ("init --force", "belong to --ci"),
        ("compare office office:git --force", "--force belongs to --promote"),
        ("undo 0", "0 is not in the range"),
    ],
)
def test_every_way_to_mistype_is_told(words: str, says: str, made: Mapping[str, Path], tmp_path: Path) -> None:
    (one,) = copies(made, "office", tmp_path, 1)
    ran = typed(one, *words.split(), *JSON)
    found = _found(ran)
    assert (ran.code, found["code"]) == (1, "CC020")
    assert says in found["message"], found
    assert "\n" not in found["message"]


@pytest.mark.parametrize("path", [path for path, _ in commands() if path not in EXCEPT], ids=" ".join)
def test_what_keeps_a_command_from_its_work_is_findings(path: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "ccconf.yaml").write_text("version: 1\ntargets: {office: {platform: local, manifest: [x]}}\n")
    free = {("init",), ("platforms",), ("permissions",)}
    words: dict[tuple[str, ...], list[str]] = {
        ("compare",): ["a", "b"], ("ledger", "move"): ["x.db"], ("show",): ["user"], ("explain",): ["user/ann"],
        ("snapshot", "import"): ["x.csv"], ("local", "set"): ["user/ann", "name=x"],
        ("user", "avatar"): ["ann", "--delete"],
        **{("user", act): ["ann"] for act in ("logout", "reset-password", "tokens", "restore")},
        ("init",): ["--ci", "gitlab"], ("platforms",): ["nothing"], ("permissions",): ["-p", "nothing"],
    }  # fmt: skip
    ran = typed(tmp_path, *path, *words.get(path, []), *JSON)
    judge("findings", ran.data)
    codes = {found["code"] for found in ran.data["findings"]}
    assert ran.code == 1 and codes == ({"CC005"} if path in free - {("init",)} else {"CC201", "CC202"}), ran


def test_a_file_that_nobody_may_read_is_findings(made: Mapping[str, Path], tmp_path: Path) -> None:
    """Also where the operating system says no in the middle of things."""
    (one,) = copies(made, "office", tmp_path, 1)
    with pytest.MonkeyPatch.context() as patch:

        def failing(path: Path) -> bytes:
            raise PermissionError(13, "Permission denied", str(path))

        patch.setattr(Path, "read_bytes", failing)
        found = _found(typed(one, "user", "avatar", "bo", "ann.png", "--yes", *JSON))
    assert (found["code"], found["message"]) == ("CC007", "permission denied: ann.png")


def test_the_manual_says_which_schema_is_whose() -> None:
    page = (Path(__file__).parents[2] / "docs" / "using.md").read_text(encoding="utf-8")
    rows = page.partition("| command | schema |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    told: dict[str, str] = {}
    for row in rows[:-1]:
        typed_, schemas = (re.findall("`([^`]+)`", cell) for cell in row.strip("|").split(" | "))
        told.update(zip(typed_, schemas, strict=True))
    assert {shape.typed: name for name, shape in ANSWERS.items()}.items() <= told.items()
    assert set(told.values()) == SCHEMAS.keys() - OF_FILES
    commands_ = {" ".join(path) for path, _ in commands()}
    assert {typed_ for typed_ in told if not any(typed_.startswith(name) for name in commands_)} == set()


def test_a_new_project_with_pipelines_is_one_answer(tmp_path: Path) -> None:
    ran = typed(tmp_path, "init", "new", "--ci", "gitlab", *JSON)
    judge("init", ran.data)
    assert {"new/ccconf.yaml", "new/.gitlab-ci.yml"} <= set(ran.data["wrote"])
    assert any("CCCONF_TOKEN" in line for line in ran.data["todo"])
    plain = typed(tmp_path, "init", "other", "--ci", "gitlab").out.splitlines()
    assert [line.removeprefix("wrote ").replace("other/", "new/") for line in plain if line.startswith("wrote ")] == (
        ran.data["wrote"]
    )


def test_an_editor_gets_the_schemas_of_what_people_write(made: Mapping[str, Path], tmp_path: Path) -> None:
    (one,) = copies(made, "office", tmp_path, 1)
    assert typed(one, "schema", "--write-headers").code == 0
    names = {path.stem for path in (one / ".ccconf" / "schemas").iterdir()}
    assert names == OF_FILES - {"facts", "guide"}
