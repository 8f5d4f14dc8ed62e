"""The whole life of a change on GitHub: a repository made by `ccconf init --ci github`, a pull request with its plan,
the merge that applies it, and a console edit that becomes an issue. The jobs run the very command of action.yml.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ccconf.cli.ci.mark import mark_of
from tests.gitops.hub import TOKEN, Hub, Said
from tests.gitops.office import Office

ONE, TWO, MERGED = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new repository; what it begins with is applied, and everything is silent."""
    folder = tmp_path_factory.mktemp("begun") / "centre"
    (folder / ".git").mkdir(parents=True)
    office = Office(folder, Hub())
    told = office.ccconf("init", "--ci", "github")
    assert "wrote .github/workflows/ccconf.yml" in told and "an environment ccconf-office" in told
    office.ccconf("apply", "--yes")
    return folder


@pytest.fixture
def office(begun: Path, tmp_path: Path, hub: Hub) -> Office:
    """The same for each story."""
    shutil.copytree(begun, tmp_path / "centre")
    return Office(tmp_path / "centre", hub)


def change(office: Office) -> None:
    office.edit("manifests/people.yaml", "Agent One", "Agent One-Marsh")


def sign(hub: Hub) -> list[str]:
    return [row["body"] for row in hub.comments.values()]


# --- a change, from the pull request to the platform


def test_a_change_is_shown_approved_and_applied(office: Office, hub: Hub) -> None:
    change(office)
    pushed = office.push(1, ONE)
    assert pushed.code == 0 and pushed.outputs["exit-code"] == "2"
    (comment,) = sign(hub)
    assert "Agent One-Marsh" in comment and "Agent One-Marsh" in pushed.summary
    mark = mark_of(comment)
    assert mark is not None and (mark.head, mark.plan) == (ONE, pushed.outputs["plan-id"])

    merged = office.merge(1, MERGED)
    assert merged.code == 0, merged.log
    assert "update user/agent.01" in merged.log and merged.outputs["plan-id"] == mark.plan
    assert office.after_push(MERGED).code == 0  # the job is repeated
    office.ccconf("plan")  # silence


def test_the_second_push_brings_the_comment_up_to_date_and_is_what_is_applied(office: Office, hub: Hub) -> None:
    change(office)
    office.push(1, ONE)
    office.edit("manifests/people.yaml", "english: 4", "english: 5")
    assert office.push(1, TWO).code == 0
    assert len(sign(hub)) == 1 and TWO in sign(hub)[0]
    assert office.merge(1, MERGED).code == 0
    office.ccconf("plan")


def test_an_environment_without_a_ledger_repeats_a_job_in_silence(office: Office, hub: Hub) -> None:
    change(office)
    office.push(1, ONE)
    assert office.merge(1, MERGED).code == 0
    for path in (office.folder / ".ccconf").glob("ledger.db*"):
        path.unlink()
    again = office.after_push(MERGED)
    assert again.code == 0 and "already as the approved plan wants it" in again.log


# --- a merge that approves nothing


@pytest.mark.parametrize("case", ["not kept", "refused", "another", "damaged"])
def test_a_merge_whose_plan_is_missing_changes_nothing_and_says_what_to_do(office: Office, hub: Hub, case: str) -> None:
    change(office)
    office.push(1, ONE)
    (number,) = hub.files
    match case:
        case "not kept":
            hub.artifacts.clear()
        case "refused":
            office.edit("manifests/people.yaml", "english: 4", "inglish: 4")
            assert office.push(1, ONE).code == 1
            office.edit("manifests/people.yaml", "inglish: 4", "english: 4")
        case "another" | "damaged":
            hub.files[number] = hub.files[hub.keep("x", b'{"id": "x"}' if case == "another" else b"{", 9, ONE)]
    merged = office.merge(1, MERGED)
    assert merged.code == 3 and "Nothing was changed" in merged.log, merged.log
    assert "Open a pull request with a fresh plan" in merged.log and "Open a pull request" in merged.summary
    assert "Agent One-Marsh" not in office.ccconf("show", "user")


def test_a_plan_that_nobody_approved_is_applied_by_its_id(office: Office, hub: Hub) -> None:
    change(office)
    direct = office.after_push(MERGED)
    assert direct.code == 3 and "not the merge of a pull request" in direct.log
    named = direct.log.partition("with the id ")[2][:64]
    assert office.after_push(MERGED, CCCONF_REQUIRE_ID="0" * 64).code == 4
    assert office.after_push(MERGED, CCCONF_REQUIRE_ID=named).code == 0
    office.ccconf("plan")


def test_a_stale_plan_changes_nothing(office: Office, hub: Hub) -> None:
    change(office)
    office.edit("manifests/people.yaml", "english: 4", "english: 5")
    office.push(1, ONE)
    office.ccconf("local", "set", "user/agent.01", "name=Someone Else")
    merged = office.merge(1, MERGED)
    assert merged.code == 4 and "the approved plan is stale" in merged.log
    (person,) = json.loads(office.ccconf("show", "user", "--format", "json"))
    assert (person["name"], person["skills"]) == ("Someone Else", {"english": 4})


def test_a_direct_push_that_changes_nothing_is_well(office: Office) -> None:
    ran = office.after_push(MERGED)
    assert ran.code == 0 and "Nothing to do" in ran.log


def test_without_an_answer_nothing_is_applied(office: Office, hub: Hub) -> None:
    change(office)
    office.push(1, ONE)
    hub.fail("GET", "pulls", Said(403))
    merged = office.merge(1, MERGED)
    assert merged.code == 1 and "could not be looked up" in merged.log
    assert "Agent One-Marsh" not in office.ccconf("show", "user")


# --- a pull request that is given no secrets


def test_the_plan_of_a_fork_is_skipped_with_a_reason_and_validate_still_runs(office: Office, hub: Hub) -> None:
    event = {"pull_request": hub.pull(1, ONE, repository="mallory/centre")}
    skipped = office.job("plan", event, GITHUB_TOKEN="")
    assert skipped.code == 0 and skipped.outputs["skipped"] == "true"
    assert "::notice" in skipped.log and "from a fork" in skipped.log and "from a fork" in skipped.summary
    assert hub.seen == []
    office.edit("manifests/people.yaml", "english: 4", "inglish: 4")
    checked = office.job("validate", event, GITHUB_TOKEN="", CCCONF_KINDS="sarif")
    assert checked.code == 1 and "inglish" in checked.log and "::error" in checked.log
    assert "sarif-file" not in checked.outputs


# --- the API says no


@pytest.mark.parametrize("status", [403, 429])
def test_a_plan_that_cannot_be_shown_is_still_a_plan(office: Office, hub: Hub, status: int) -> None:
    change(office)
    hub.fail("GET", "comments", Said(status, None, {"Retry-After": "0"}))
    ran = office.push(1, ONE)
    assert ran.code == 0 and "::warning" in ran.log and "not in the pull request" in ran.summary
    assert ran.outputs["plan-id"]


# --- drift


def test_drift_opens_one_issue_brings_it_up_to_date_and_closes_it(office: Office, hub: Hub) -> None:
    assert office.night().code == 0 and not hub.issues
    office.ccconf("local", "set", "user/agent.01", "name=Someone Else")
    first = office.night()
    assert first.code == 0 and "::warning" in first.log, first.log
    (issue,) = hub.open_issues()
    assert "Someone Else" in issue["body"] and issue["labels"] == ["ccconf-drift"]
    office.ccconf("local", "set", "user/agent.01", "name=Another")
    assert office.night().code == 0
    (issue,) = hub.open_issues()
    assert "Another" in issue["body"]
    office.ccconf("apply", "--yes")
    assert office.night().code == 0
    assert not hub.open_issues() and issue["state_reason"] == "completed"
    assert sign(hub)[-1] == "Settled: the last look at the platform found no drift."


@pytest.mark.parametrize(
    ("fail_on", "told"),
    [
        ("routing", "Settled: the last look at the platform found no drift at or above routing."),
        ("never", "Settled: drift does not count here any more (fail-on: never)."),
    ],
)
def test_what_is_said_of_a_closed_issue_is_true(office: Office, hub: Hub, fail_on: str, told: str) -> None:
    office.ccconf("local", "set", "user/agent.01", "name=Someone @Else")
    office.ccconf("local", "set", "user/agent.01", "skills={}")
    assert office.night(CCCONF_FAIL_ON="routing").code == 0 and len(hub.open_issues()) == 1
    office.ccconf("local", "set", "user/agent.01", 'skills={"english": 4}')
    office.edit("manifests/people.yaml", "agent.01@example.org", "one@example.org")
    assert office.night(CCCONF_FAIL_ON=fail_on).code == 0
    said = sign(hub)[-1]
    assert not hub.open_issues() and f"{told} Still different: 1 drift (cosmetic), 1 pending.\n" in said, said
    assert "Agent One" in said and "@Else" not in said, "what remains is shown, and calls nobody"


def test_drift_of_which_no_issue_can_tell_fails_the_job(office: Office, hub: Hub) -> None:
    office.ccconf("local", "set", "user/agent.01", "name=Someone Else")
    hub.fail("POST", "issues$", Said(410))
    assert office.night().code == 2
    assert office.night(CCCONF_FAIL_ON="never").code == 0


def test_what_cannot_be_compared_leaves_the_issue_as_it_is(office: Office, hub: Hub) -> None:
    office.ccconf("local", "set", "user/agent.01", "name=Someone Else")
    office.night()
    office.edit("manifests/people.yaml", "english: 4", "inglish: 4")
    assert office.night().code == 1
    assert len(hub.open_issues()) == 1


# --- what a platform's address is never told


def test_the_token_is_no_secret_that_ccconf_yaml_could_name(office: Office) -> None:
    office.edit("ccconf.yaml", "url: live.db ", "url: live.db\n    credentials: {password: !env GITHUB_TOKEN} ")
    ran = office.push(1, ONE)
    assert ran.code == 1 and "CC006" in ran.log and TOKEN not in ran.log
