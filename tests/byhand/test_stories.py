"""What a supervisor does on a platform without an API: look, plan, follow the runbook, confirm, look again."""

from __future__ import annotations

import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.byhand.centre import Centre

ROLES: dict[str, Any] = {"dialler": {}, "reports": {}}
BEFORE: dict[str, dict[str, Any]] = {
    "roles": ROLES,
    "groups": {"Outbound": {"roles": ["dialler"]}, "Old hands": {"roles": ["dialler"]}},
    "users": {"Ann Lee": {"groups": {"Outbound": {}}}, "Bo Ray": {"groups": {"Old hands": {}}}},
}
WANTED = """
roles: {dialler: {}, reports: {}}
groups:
  outbound: {name: Outbound, roles: [dialler]}
  supervisors: {name: Supervisors, roles: [reports, dialler]}
users:
  ann.lee: {name: Ann Lee, groups: [outbound, supervisors]}
  bo.ray: {name: Bo Ray, groups: [outbound]}
"""
AFTER: dict[str, dict[str, Any]] = {
    "roles": ROLES,
    "groups": {"Outbound": {"roles": ["dialler"]}, "Supervisors": {"roles": ["dialler", "reports"]}},
    "users": {"Ann Lee": {"groups": {"Outbound": {}, "Supervisors": {}}}, "Bo Ray": {"groups": {"Outbound": {}}}},
}


@pytest.fixture(name="centre")
def use_centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    centre = Centre(tmp_path, monkeypatch, owns={"groups": "all"})
    centre.declare(WANTED)
    return centre


def test_nothing_is_planned_before_somebody_looked(centre: Centre) -> None:
    ran = centre.run("plan")
    assert ran.code == 3
    for kind in ("users", "groups", "roles"):
        assert f"CC609 nobody has looked at the {kind} of calls yet" in ran.err


def test_a_round_ends_in_silence(centre: Centre) -> None:
    centre.look(BEFORE)
    planned = centre.run("plan")
    assert planned.code == 2
    assert "groups, roles, users as seen on 2026-11-20 09:10 UTC (today)" in planned.out
    assert "+ group/supervisors  Supervisors  [new; by hand]" in planned.out
    assert "0 calls to the platform, 4 steps by hand" in planned.out

    applied = centre.run("apply --yes")
    assert applied.code == 6
    assert "4 waiting, 3 objects noted as ours." in applied.out and "runbook.html" in applied.out
    assert _order(centre.runbook(), "Supervisors", "Bo Ray", "Old hands")  # moved first, then the group may go

    asked = centre.run("confirm")
    assert (asked.code, asked.out.splitlines()[-1]) == (6, "4 to do on calls.")
    assert centre.run("confirm 1-3").code == 6
    done = centre.run("confirm --all")
    assert done.code == 0 and "All done." in done.out

    believed = centre.run("plan")
    assert believed.code == 0
    assert "CC711 Supervisors: done by hand, as Carla says of 2026-11-20; no snapshot has shown it yet" in believed.out
    assert "Nothing to do." in believed.out

    centre.look(AFTER)
    seen = centre.run("plan")
    assert seen.code == 0 and "CC711" not in seen.out
    assert centre.run("apply --yes").code == 0
    assert centre.run("confirm").out == "Nothing is asked of anybody on calls.\n"


def _order(text: str, *words: str) -> bool:
    places = [text.index(f"{word}") for word in words]
    return places == sorted(places)


def test_what_was_confirmed_and_is_not_there_comes_back(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.run("apply --yes")
    centre.run("confirm --all --by Dora")
    half: dict[str, Any] = {
        **AFTER,
        "users": {"Ann Lee": {"groups": {"Outbound": {}}}, "Bo Ray": {"groups": {"Outbound": {}}}},
    }
    centre.look(half)
    again = centre.run("plan")
    assert again.code == 2
    assert "~ user/ann.lee" in again.out and "user/bo.ray" not in again.out
    assert (
        "CC712 Ann Lee: Dora confirmed on 2026-11-20 that this is done, but the platform does not show it" in again.out
    )
    assert centre.run("apply --yes").code == 6
    assert centre.run("confirm").out.splitlines()[-1] == "1 to do on calls."  # the others were seen and are settled


def test_a_snapshot_grows_old(centre: Centre) -> None:
    centre.look(BEFORE)
    saved = centre.folder / "saved.json"
    assert centre.run(f"plan --out {saved}").code == 2
    centre.later(timedelta(days=3))
    assert "(3 days ago)" in centre.run("plan").out
    centre.later(timedelta(days=12))
    refused = centre.run("plan")
    assert refused.code == 3
    assert "CC608 the snapshot of the groups is 15 days old; more than 14 is too old" in refused.out
    late = centre.run(f"apply {saved} --yes")
    assert late.code == 3 and "CC608" in late.err  # a plan that was approved in time does not keep for ever


def test_roles_are_what_the_installation_has_and_are_never_invented(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.declare(WANTED.replace("reports: {}", "reports: {}, recordings: {}"))
    refused = centre.run("plan")
    assert refused.code == 1
    assert "CC505 role/recordings: the platform cannot create a role" in refused.out


def test_nobody_is_left_without_a_group(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.declare(WANTED.replace("  bo.ray: {name: Bo Ray, groups: [outbound]}\n", ""))
    refused = centre.run("plan")
    assert refused.code == 1
    assert "CC504 group/Old hands cannot go: user/Bo Ray still has it under groups" in refused.out


def test_an_object_that_changed_since_the_plan_is_left_alone(centre: Centre) -> None:
    centre.look(BEFORE)
    saved = centre.folder / "saved.json"
    centre.run(f"plan --out {saved}")
    centre.look({"users": {**BEFORE["users"], "Bo Ray": {"groups": {"Outbound": {}}}}})
    applied = centre.run(f"apply {saved} --yes")
    assert applied.code == 4
    assert "update user/bo.ray" in applied.out and "in the plan, is" in applied.out
    assert "Bo Ray" not in centre.runbook()


def test_a_rename_keeps_its_people(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.run("apply --yes")
    centre.run("confirm --all")
    centre.look(AFTER)
    centre.run("apply --yes")
    centre.declare(WANTED.replace("name: Outbound", "name: Sales"))
    planned = centre.run("plan")
    assert planned.code == 2 and "name  Outbound -> Sales" in planned.out
    assert "1 to change" in planned.out
    centre.run("apply --yes")
    centre.run("confirm --all")
    assert centre.run("plan").code == 0
    renamed = {"roles": ["dialler"]}
    people: dict[str, Any] = {
        "Ann Lee": {"groups": {"Sales": {}, "Supervisors": {}}},
        "Bo Ray": {"groups": {"Sales": {}}},
    }
    centre.look({"groups": {"Sales": renamed, "Supervisors": AFTER["groups"]["Supervisors"]}, "users": people})
    assert centre.run("plan").code == 0


def test_a_runbook_never_slips_into_git(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.run("apply --yes")
    assert (centre.folder / "runbooks" / ".gitignore").read_text() == "*\n"
    pages = sorted(path.name for path in centre.folder.glob("runbooks/calls-*/*"))
    assert pages == ["runbook.html", "runbook.md"]
    assert not stat.S_IMODE((centre.folder / "ccconf.yaml").stat().st_mode) & 0o111


def test_confirm_tells_what_it_does_not_know(centre: Centre) -> None:
    assert centre.run("confirm").out == "Nothing is asked of anybody on calls.\n"
    centre.look(BEFORE)
    centre.run("apply --yes")
    ran = centre.run("confirm 9")
    assert (ran.code, "CC011 no step of the last runbook is 9" in ran.err) == (1, True)
    assert centre.run("confirm user/* --format json").data["confirmed"] == ["update user/ann.lee", "update user/bo.ray"]


def test_an_export_of_what_was_seen_needs_no_plan(centre: Centre) -> None:
    centre.look(AFTER)
    assert centre.run("import --force").code == 0
    (centre.folder / "manifests" / "all.yaml").unlink()
    assert centre.run("plan").code == 0


def test_what_nobody_has_looked_at_is_not_shown_as_empty(centre: Centre) -> None:
    centre.look({"groups": BEFORE["groups"]})
    shown = centre.run("show group")
    assert shown.code == 0 and "Old hands" in shown.out
    for command in ("show user", "import --force"):
        refused = centre.run(command)
        assert refused.code == 3 and "CC609 nobody has looked at the users of calls yet" in refused.err


def test_a_snapshot_that_is_too_old_is_not_used_to_delete(centre: Centre) -> None:
    """The last group left the manifests: nothing of the kind is declared, and old sight must not take it away."""
    centre.look(BEFORE)
    centre.later(timedelta(days=20))
    centre.declare("users: {ann.lee: {name: Ann Lee}}")
    centre.look({"users": BEFORE["users"]})
    refused = centre.run("plan")
    assert refused.code == 3 and "CC608 the snapshot of the groups is 20 days old" in refused.out


def test_a_platform_without_inactive_people_lets_them_only_be_deleted(centre: Centre) -> None:
    centre.look(AFTER)
    centre.run("apply --yes")
    centre.declare(WANTED.replace("  bo.ray: {name: Bo Ray, groups: [outbound]}\n", ""))
    refused = centre.run("plan")
    assert refused.code == 1
    assert "CC505 user/bo.ray leaves, and the platform has no people who are there and may not sign in" in refused.out
    assert "say leavers: delete in ccconf.yaml" in refused.out


def wish(**groups: str) -> str:
    """Ann's wishes in Git, beside a fixed rest."""
    return (
        "roles: {dialler: {}, reports: {}}\ngroups: {outbound: {name: Outbound}, old: {name: Old hands}}\n"
        f"users: {{ann.lee: {{name: Ann Lee, groups: [{', '.join(groups)}]}}, bo.ray: {{name: Bo Ray}}}}\n"
    )


def test_what_was_confirmed_is_believed_until_somebody_looks_even_after_another_runbook(centre: Centre) -> None:
    """She was given access and it was confirmed; it is to be taken away again, and nobody has done that."""
    centre.look(BEFORE)
    centre.declare(wish(outbound="", old=""))
    assert centre.run("apply --yes").code == 6
    assert centre.run("confirm --all").code == 0
    centre.declare(wish(outbound=""))
    assert "groups  - old" in centre.run("apply --yes").out
    still = centre.run("plan")
    assert still.code == 2 and "groups  - old" in still.out


def test_a_run_of_selected_objects_judges_nobody_else(centre: Centre) -> None:
    """Bo's deletion was confirmed and not done; a run for Ann alone must not make ccconf forget him."""
    centre.target_says(leavers="delete")
    centre.look(AFTER)
    centre.run("apply --yes")
    centre.declare(WANTED.replace("  bo.ray: {name: Bo Ray, groups: [outbound]}\n", ""))
    centre.run("apply --yes")
    centre.run("confirm user/bo.ray")
    centre.look(AFTER)
    assert "CC712 Bo Ray" in centre.run("plan").out
    centre.run("apply --yes --only user/ann.lee")
    again = centre.run("plan")
    assert "CC712 Bo Ray" in again.out and "- user/bo.ray" in again.out


def test_a_finished_runbook_is_withdrawn(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.run("apply --yes")
    centre.look(AFTER)  # it was done, and nobody said so
    assert centre.run("apply --yes").code == 0
    assert centre.run("confirm").out == "Nothing is asked of anybody on calls.\n"


def test_numbers_of_another_runbook_are_refused(centre: Centre) -> None:
    centre.look(BEFORE)
    first = re.search(r"--plan ([0-9a-f]{12})", centre.run("apply --yes").out)
    centre.declare(WANTED.replace("name: Supervisors", "name: Leads"))
    second = re.search(r"--plan ([0-9a-f]{12})", centre.run("apply --yes").out)
    assert first and second and first[1] != second[1]
    refused = centre.run(f"confirm --plan {first[1]} 1")
    assert refused.code == 4 and "its numbers mean other steps" in refused.err
    assert centre.run(f"confirm --plan {second[1]} --all").code == 0


def test_a_snapshot_of_tomorrow_is_refused(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.later(timedelta(days=-2))
    refused = centre.run("plan")
    assert (
        refused.code == 3
        and "CC608 the snapshot of the groups is of 2026-11-20 09:10 UTC, which is yet to come" in (refused.out)
    )


def test_without_room_for_the_runbook_nothing_is_begun(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.write("runbooks", "in the way")
    refused = centre.run("apply --yes")
    assert refused.code == 1 and "CC007" in refused.err and "runbooks" in refused.err
    assert "waiting" not in refused.out
    assert centre.run("confirm").out == "Nothing is asked of anybody on calls.\n"


def test_an_auditor_finds_who_said_what_and_what_was_seen(centre: Centre) -> None:
    centre.look(BEFORE)
    centre.run("apply --yes")
    centre.run("confirm --all --by Dora")
    centre.look({**AFTER, "users": {"Ann Lee": {"groups": {"Outbound": {}}}, "Bo Ray": {"groups": {"Outbound": {}}}}})
    centre.run("apply --yes")
    told = centre.run("confirm --history").out
    assert "create group/supervisors  Dora (typed by Carla): seen to be done" in told
    assert "update user/ann.lee  Dora (typed by Carla): not seen to be done" in told
    assert centre.run("confirm --all --by 'Ev\nil'").code == 1


def test_what_is_renamed_in_a_runbook_has_its_new_name_from_there_on(centre: Centre) -> None:
    """Whoever follows the entries in order finds on the screens what the sentences say."""
    centre.look(BEFORE)
    centre.declare(wish(outbound=""))
    centre.run("apply --yes")
    centre.declare(wish(outbound="", old="").replace("Old hands", "Night"))
    centre.run("apply --yes")
    told = centre.runbook()
    assert _order(told, "Rename", "Under **User Groups** add `Night`")
    assert "Under **User Groups** add `Old hands`" not in told
    centre.run("confirm --all")
    assert centre.run("plan").code == 0
