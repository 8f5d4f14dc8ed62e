"""A plan that was approved yesterday: it is carried out as it was read, or not at all."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from ccconf.conformance.laws import Crash, Dying, two_worlds
from ccconf.manifest.write import manifests
from ccconf.model.kinds import from_data
from ccconf.reconcile.plan import FORM, decode, encode, plan_schema, signed
from tests.cli.desk import Desk, through

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.json").read_text())
JUDGE = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.declare(users={"ann": {"name": "Ann"}, "bo": {"name": "Bo"}}, groups={"old": {}, "team": {}}).apply()
    desk.declare(
        users={"ann": {"name": "Ann", "position": "Head"}, "bo": {"name": "Bo B"}, "cy": {"name": "Cy"}},
        groups={"team": {}},
    )
    return desk


def _saved(desk: Desk, name: str = "plan.json") -> str:
    path = desk.folder / name
    assert desk.run("plan", "--out", str(path)).code == 2
    return str(path)


def _statuses(desk: Desk, *args: str) -> tuple[int, dict[str, str]]:
    ran = desk.run("apply", "--yes", "--format", "json", *args)
    return ran.code, {ended["step"]: ended["status"] for ended in ran.data["outcomes"]}


def test_a_plan_has_the_same_bytes_each_time_and_on_the_way_back(desk: Desk) -> None:
    first, second = Path(_saved(desk)).read_bytes(), Path(_saved(desk, "again.json")).read_bytes()
    assert first == second
    assert encode(decode(first, "plan.json")) == first
    assert desk.run("plan", "--format", "json").out.encode() == first


def test_a_plan_is_the_same_from_wherever_it_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.declare(users={"ann": {"name": "Ann"}, "bo": {"name": "Bo"}}, skills={"unused": {}}, groups={"team": {}})
    plans = set()
    for place in (desk.folder, desk.folder / "manifests", Path("/")):
        monkeypatch.chdir(place)
        path = Path(_saved(desk))
        plans.add(path.read_bytes())
    (plan,) = plans
    assert b'"manifests/all.yaml:1:' in plan and b"CC207" in plan and str(desk.folder).encode() not in plan


def test_the_approved_plan_is_what_happens(desk: Desk) -> None:
    path = _saved(desk)
    announced = [call for step in json.loads(Path(path).read_text())["steps"] for call in step["calls"]]
    ran = desk.run("apply", path, "--yes", "--format", "json")
    assert ran.code == 0
    assert [call for ended in ran.data["outcomes"] for call in ended["calls"]] == announced
    desk.silent()


def test_a_spent_plan_does_nothing_twice(desk: Desk) -> None:
    path = _saved(desk)
    assert desk.run("apply", path, "--yes").code == 0
    before = desk.live()
    code, statuses = _statuses(desk, path)
    assert code == 0
    assert set(statuses.values()) == {"done"}  # as the run that did it has noted
    assert desk.live() == before


def test_a_spent_plan_is_stale_once_another_run_came_after_it(desk: Desk) -> None:
    path = _saved(desk)
    assert desk.run("apply", path, "--yes").code == 0
    desk.declare(users={"ann": {"name": "Ann", "position": "Chief"}}).apply()
    before = desk.live()
    code, statuses = _statuses(desk, path)
    assert code == 4
    assert set(statuses.values()) <= {"stale", "blocked"}
    assert desk.live() == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('"Cy"', '"Eve"'),
        lambda text: text.replace('"target": "office"', '"target": "shop"'),
        lambda text: text[: len(text) // 2],
        lambda text: "users: {}",
        lambda text: "[]",
        lambda text: text.replace(f'"form": {FORM}', f'"form": {FORM + 1}'),
        lambda text: text.replace('"id": "', '"id": "0'),
    ],
    ids=["a value", "the target", "cut", "a manifest", "a list", "form", "id"],
)
def test_a_plan_that_was_edited_is_refused(desk: Desk, spoil: Any) -> None:
    path = Path(_saved(desk))
    text = path.read_text()
    path.write_text(spoil(text))
    before = desk.live()
    ran = desk.run("apply", str(path), "--yes")
    assert ran.code == 1
    assert "CC010" in ran.err and "ccconf plan --out" in ran.err and "plan.json:1:1" in ran.err
    assert desk.live() == before


def test_a_plan_of_another_target_or_platform_is_refused(desk: Desk) -> None:
    path = _saved(desk)
    ran = desk.run("apply", path, "-t", "shop", "--yes")
    assert (ran.code, "the plan is for office, not for shop" in ran.err) == (1, True)
    plan = decode(Path(path).read_bytes(), "plan.json")
    text = (desk.folder / "ccconf.yaml").read_text()
    desk.write("ccconf.yaml", text.replace('"office"', '"elsewhere"'))
    assert "no target is called office" in desk.run("apply", path, "--yes").err
    desk.write("ccconf.yaml", text)
    other = msgspec.structs.replace(plan, platform="pbx")
    Path(path).write_bytes(encode(signed(other)))
    ran = desk.run("apply", path, "--yes")
    assert (ran.code, "the plan is for the platform pbx" in ran.err) == (1, True)
    assert sorted(desk.ids()) == ["ann", "bo"]


def test_only_the_plan_that_was_approved(desk: Desk) -> None:
    path = _saved(desk)
    id_ = json.loads(Path(path).read_text())["id"]
    before = desk.live()
    for wrong in ("f" * 64, id_[:11], "", "g" + id_[1:12]):
        ran = desk.run("apply", path, "--yes", "--require-id", wrong)
        assert (ran.code, "CC611" in ran.err) == (3, True) and desk.live() == before
    desk.declare(users={"ann": {"name": "Annabel"}}, groups={"team": {}})
    fresh = desk.run("apply", "--yes", "--require-id", id_)
    assert (fresh.code, f"and {id_[:12]} was approved" in fresh.err) == (3, True) and desk.live() == before
    assert desk.run("apply", path, "--yes", "--require-id", id_[:12].upper()).code == 0


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("owns", {"users": "never"}),
        ("guards", {"protect": ["user/bo"]}),
        ("leavers", "delete"),
        ("identity", "ann"),
        ("licence", {"seats": 2}),
    ],
)
def test_a_plan_is_not_applied_by_other_rules_than_it_was_judged_by(desk: Desk, name: str, rule: Any) -> None:
    path = _saved(desk)
    before = desk.live()
    desk.project(**{name: rule})
    ran = desk.run("apply", path, "--yes")
    assert ran.code == 1 and desk.live() == before
    assert f"CC018 {name} of office changed in ccconf.yaml since the plan was made" in ran.err
    assert "ccconf.yaml:" in ran.err and "ccconf plan --rebase" in ran.err
    desk.project()
    assert desk.run("apply", path, "--yes").code == 0


def test_a_run_is_not_finished_by_other_rules_than_it_was_begun_under(desk: Desk) -> None:
    desk.project(options={"at_once": 1})
    with through(lambda platform: Dying(platform, 2, after=False)), pytest.raises(Crash):
        desk.run("apply", "--yes")
    before = desk.live()
    desk.project(guards={"protect": ["user/ann"]})
    ran = desk.run("apply", "--resume", "--yes")
    assert (ran.code, "CC018 guards of office changed" in ran.err) == (1, True) and desk.live() == before
    ran = desk.run("apply", "--yes")
    assert "Run 2 was cut off and cannot be finished: guards of office changed" in ran.err
    desk.silent()


def test_a_plan_is_applied_whole(desk: Desk) -> None:
    path = _saved(desk)
    for option in (["--only", "user/ann"], ["--accept-empty", "user"]):
        ran = desk.run("apply", path, "--yes", *option)
        assert ran.code == 1 and "is applied whole" in ran.err


def test_a_plan_that_is_not_there(desk: Desk) -> None:
    ran = desk.run("apply", "nowhere.json", "--yes")
    assert ran.code == 1 and "CC001 cannot read nowhere.json: no such file or directory" in ran.err
    assert "is a directory" in desk.run("apply", str(desk.folder), "--yes").err


def test_an_edit_that_matters_is_told_with_all_three_values(desk: Desk) -> None:
    path = _saved(desk)
    desk.console("user/ann", position="Caretaker")
    ran = desk.run("apply", path, "--yes")
    assert ran.code == 4
    assert 'CC701 user/ann: position was empty in the plan, is "Caretaker" now, should be "Head"' in ran.out
    assert "make a new plan" in ran.out
    assert desk.fields("user/ann")["position"] == "Caretaker"
    assert desk.fields("user/bo")["name"] == "Bo B"
    desk.apply()
    assert desk.fields("user/ann")["position"] == "Head"


def test_an_edit_that_does_not_matter_does_not_void_the_approval(desk: Desk) -> None:
    path = _saved(desk)
    desk.console("user/ann", mobile="+48 600")
    assert desk.run("apply", path, "--yes").code == 0
    assert desk.fields("user/ann")["mobile"] == "+48 600"
    desk.silent()


def test_what_was_made_deleted_or_changed_meanwhile_is_left_alone(desk: Desk) -> None:
    path = _saved(desk)
    desk.console_creates("user/cy", name="Somebody else")
    desk.console_deletes("user/bo")
    desk.console("group/old", description="Still needed")
    ran = desk.run("apply", path, "--yes")
    assert ran.code == 4
    assert "user/cy: it exists by now" in ran.out
    assert "user/bo: it is gone" in ran.out
    assert "group/old: it was changed since" in ran.out
    assert desk.fields("user/cy")["name"] == "Somebody else"
    assert "old" in desk.ids("group")
    assert desk.fields("user/ann")["position"] == "Head"


def test_somebody_who_came_back_by_hand(desk: Desk) -> None:
    desk.project(leavers="delete")
    desk.apply()
    desk.declare(users={"ann": {"name": "Ann"}, "bo": {"name": "Bo"}}, groups={"team": {}}).apply()
    desk.declare(users={"ann": {"name": "Ann"}, "bo": {"name": "Bo"}, "cy": {"name": "Cy"}}, groups={"team": {}})
    path = _saved(desk)
    desk.apply()
    desk.declare(users={"ann": {"name": "Ann"}, "bo": {"name": "B"}, "cy": {"name": "Cy"}}, groups={"team": {}}).apply()
    ran = desk.run("apply", path, "--yes")
    assert ran.code == 4 and "user/cy: it is back already" in ran.out


def test_a_rename_at_the_console_in_between(desk: Desk) -> None:
    desk.declare(users={"ann.lee": {"name": "Ann", "formerly": "ann"}, "bo": {"name": "Bo"}}, groups={"team": {}})
    path = _saved(desk)
    desk.console("user/ann", key="annie")
    ran = desk.run("apply", path, "--yes")
    assert ran.code == 4
    assert 'key was "ann" in the plan, is "annie" now, should be "ann.lee"' in ran.out


def test_a_picture_that_was_changed_since(desk: Desk) -> None:
    (desk.folder / "manifests" / "ann.png").write_bytes(b"\x89PNG one")
    desk.declare(users={"ann": {"name": "Ann", "avatar": "ann.png"}, "bo": {"name": "Bo"}}, groups={"team": {}})
    path = _saved(desk)
    (desk.folder / "manifests" / "ann.png").write_bytes(b"\x89PNG two")
    ran = desk.run("apply", path, "--yes")
    assert ran.code == 4 and "CC701 manifests/ann.png was changed since the plan" in ran.out
    (desk.folder / "manifests" / "ann.png").unlink()
    ran = desk.run("apply", path, "--yes")
    assert "CC208 manifests/ann.png cannot be read" in ran.out


def test_a_plan_fits_any_clone_and_keeps_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICE_SECRET", "hunter2-hunter2")
    desk = Desk(tmp_path / "clone")
    desk.write(
        "ccconf.yaml",
        "version: 1\ntargets:\n  office:\n    platform: local\n    url: live.db\n    manifests: [manifests]\n"
        "    credentials: {client_secret: !env OFFICE_SECRET, token: !file token.txt}\n",
    )
    desk.write("token.txt", "swordfish-swordfish\n")
    desk.write("manifests/a.png", "picture")
    desk.declare(users={"ann": {"name": "Ann", "avatar": "a.png"}})
    said = "".join(desk.run("plan", "--format", form).out for form in ("text", "json", "markdown"))
    path = desk.folder / "plan.json"
    desk.run("plan", "--out", str(path))
    said += path.read_text()
    ran = desk.run("apply", str(path), "--yes")
    assert ran.code == 0
    said += ran.out + ran.err + desk.run("local", "trail", "--format", "json").out
    said += "".join(file.read_bytes().decode("latin-1") for file in desk.folder.rglob("*.db*"))
    assert "hunter2" not in said and "swordfish" not in said
    assert str(tmp_path) not in said
    monkeypatch.delenv("OFFICE_SECRET")
    ran = desk.run("plan")
    assert ran.code == 1 and "CC006 the variable OFFICE_SECRET is not set" in ran.err and "ccconf.yaml:7:" in ran.err
    assert desk.run("validate").code == 0


def test_the_schema_in_the_repository_is_the_plan_s() -> None:
    assert json.loads(json.dumps(plan_schema())) == SCHEMA


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds=two_worlds())
def test_every_plan_fits_its_schema(worlds: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), guards={"deletes": {"users": "100%"}})
        for world in worlds:
            objects = {
                kind: {
                    key: from_data(kind, {name: value for name, value in data.items() if name != "avatar"})
                    for key, data in keyed.items()
                }
                for kind, keyed in world.items()
            }
            for old in (desk.folder / "manifests").glob("*.yaml"):
                old.unlink()
            for name, content in manifests(objects, lambda digest: None, split_users=False).items():
                desk.write(f"manifests/{name}", str(content))
            desk.write("manifests/empty.yaml", "")
            if not any(world.values()):
                continue  # manifests that declare nothing at all are no manifests
            plan = desk.plan()
            JUDGE.validate(json.loads(encode(plan)))
            desk.run("apply", "--yes")


def test_the_schema_refuses_what_is_no_plan(desk: Desk) -> None:
    plan = json.loads(Path(_saved(desk)).read_text())
    for spoilt in ({**plan, "steps": [{"id": "x"}]}, {**plan, "steps": None}, {"form": 1}):
        assert list(JUDGE.iter_errors(spoilt))


def test_unrelated_work_at_the_console_leaves_an_approval_as_it_is(desk: Desk) -> None:
    """Other fields of the same people, other people, new ones: the plan is carried out whole, and nothing is lost."""
    path = _saved(desk)
    desk.console("user/ann", mobile="+48 600", language="pl")
    desk.console("user/bo", position="Clerk")
    desk.console("group/team", description="The team")
    desk.console_creates("user/dee", name="Dee")
    desk.console_creates("group/theirs", description="Theirs")
    looked = desk.run("plan", "--rebase", path)
    assert (looked.code, "Nothing differs: the approved plan" in looked.out) == (0, True)
    code, statuses = _statuses(desk, path)
    assert (code, set(statuses.values())) == (0, {"done"})
    assert desk.fields("user/ann")["position"] == "Head"
    assert (desk.fields("user/ann")["mobile"], desk.fields("user/ann")["language"]) == ("+48 600", "pl")
    assert (desk.fields("user/bo")["name"], desk.fields("user/bo")["position"]) == ("Bo B", "Clerk")
    assert desk.fields("group/team")["description"] == "The team"
    assert {"dee", "cy"} <= set(desk.ids()) and "theirs" in desk.ids("group")


def test_a_rebase_shows_only_what_is_different(desk: Desk) -> None:
    path = _saved(desk)
    desk.console("user/ann", position="Boss")
    desk.console("user/bo", name="Bo B")
    desk.console_creates("user/cy", name="Cyril")
    ran = desk.run("plan", "--rebase", path, "--out", str(desk.folder / "new.json"))
    assert ran.code == 4
    told = [line.strip() for line in ran.out.splitlines()]
    assert "~ update user/ann  Ann" in told
    assert "position  the approved plan saw (empty); is Boss now; shall be Head" in told
    assert "- update user/bo  Bo  [no longer in the plan]" in told
    assert "name  was to become: Bo -> Bo B" in told
    assert "- create user/cy  Cy  [no longer in the plan]" in told
    assert "+ update user/cy  Cyril  [new in the plan]" in told
    assert "name  Cyril -> Cy" in told
    assert "delete group/old" not in ran.out, "a step that is the same is not shown"
    assert "Steps: 1 new, 2 gone, 1 changed." in ran.out
    new = decode((desk.folder / "new.json").read_bytes(), "new.json")
    assert new == desk.plan()
    assert desk.run("apply", str(desk.folder / "new.json"), "--yes").code == 0
    desk.silent()


def test_a_rebase_looks_at_what_git_wants_now(desk: Desk) -> None:
    path = _saved(desk)
    desk.declare(
        users={"ann": {"name": "Ann", "position": "Director"}, "bo": {"name": "Bo B"}, "cy": {"name": "Cy"}},
        groups={"team": {"description": "All"}},
    )
    ran = desk.run("plan", "--rebase", path)
    assert ran.code == 4
    assert "shall be Director, was to be Head" in ran.out
    assert "+ update group/team  [new in the plan]" in ran.out


def test_more_work_is_no_reason_to_drop_an_approval(desk: Desk) -> None:
    path = _saved(desk)
    desk.declare(
        users={"ann": {"name": "Ann", "position": "Head"}, "bo": {"name": "Bo B"}, "cy": {"name": "Cy"}},
        groups={"team": {"description": "All"}},
        skills={"unused": {}},
    )
    ran = desk.run("plan", "--rebase", path)
    assert ran.code == 2
    assert "+ CC207 nothing uses skill/unused" in ran.out
    assert "can still be applied; it does not hold what is new" in ran.out


def test_an_object_that_was_exchanged_is_not_the_one_that_was_approved(desk: Desk) -> None:
    path = _saved(desk)
    desk.console_deletes("user/ann")
    desk.console_creates("user/ann", name="Ann")
    ran = desk.run("plan", "--rebase", path)
    assert (ran.code, "~ update user/ann  Ann  [another object has this name now]" in ran.out) == (4, True)


def test_a_rebase_for_machines_and_for_a_pull_request(desk: Desk) -> None:
    path = _saved(desk)
    desk.console("user/ann", position="Boss")
    ran = desk.run("plan", "--rebase", path, "--format", "json")
    (step,) = ran.data["steps"]
    assert step == {
        "step": "update user/ann",
        "how": "changed",
        "label": "Ann",
        "fields": [{"field": "position", "seen": None, "approved": "Head", "now": "Boss", "wanted": "Head"}],
    }
    assert ran.data["approved"] == decode(Path(path).read_bytes(), "plan.json").id != ran.data["plan"]
    ran = desk.run("plan", "--rebase", path, "--format", "markdown")
    assert "| ~ | **update user/ann** Ann | |  |" in ran.out
    assert "the approved plan saw (empty)<br>is Boss now<br>shall be Head" in ran.out


def test_a_rebase_of_a_selection_keeps_to_it_and_a_guard_still_refuses(desk: Desk) -> None:
    path = desk.folder / "some.json"
    assert desk.run("plan", "--only", "user/ann", "--out", str(path)).code == 2
    assert desk.run("plan", "--rebase", str(path)).code == 0
    assert "leave out --only" in desk.run("plan", "--rebase", str(path), "--only", "user/bo").err
    desk.project(guards={"protect": ["group/old"]})
    whole = _saved(desk, "whole.json") if desk.run("plan").code == 2 else str(path)
    assert desk.run("plan", "--rebase", whole).code == 0
    desk.project(guards={"updates": {"users": 0}})
    assert desk.run("plan", "--rebase", str(path)).code == 3
    assert desk.run("plan", "--rebase", "nowhere.json").code == 1
