"""What is said to GitHub: the one comment, the file of a plan, and what is told when it says no.

Every request is held against GitHub's own description of its API; the fixture looks at the end of each story.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccconf.cli.ci.approval import Approved, approved
from ccconf.cli.ci.forge import Change, Level, keeper
from ccconf.cli.ci.github import GitHub
from ccconf.cli.ci.job import Job, Wishes
from ccconf.cli.ci.jobs import stick
from ccconf.cli.ci.mark import Mark, mark_of, marked
from ccconf.cli.ci.rest import Unheard
from tests.gitops.hub import REPOSITORY, TOKEN, Hub, Said

HEAD, NEXT = "a" * 40, "b" * 40
CHANGE = Change(7, HEAD)


def github(hub: Hub, token: str = TOKEN, **more: str) -> GitHub:
    return GitHub({"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": hub.url, "GITHUB_TOKEN": token, **more})


def of(head: str = HEAD, target: str = "office", run: str = "1") -> Mark:
    return Mark(purpose="plan", project=".", target=target, head=head, plan="1234", run=run)


def texts(hub: Hub) -> list[str]:
    return [row["body"].partition("\n")[2] for row in hub.comments.values()]


# --- the one comment


def test_the_first_push_comments_and_the_next_ones_bring_that_comment_up_to_date(hub: Hub) -> None:
    forge = github(hub)
    stick(forge, CHANGE, of(), "one")
    stick(forge, CHANGE, of(NEXT), "two")
    stick(forge, CHANGE, of(NEXT), "two")
    assert texts(hub) == ["two"]
    assert [seen.method for seen in hub.seen if seen.method != "GET"] == ["POST", "PATCH"]


def test_comments_of_others_are_left_alone_even_where_they_look_like_ours(hub: Hub) -> None:
    forged = hub.write(7, marked(of(), "Trust me", 1000), login="mallory")
    hub.write(7, "LGTM", login="ann")
    stick(github(hub), CHANGE, of(), "one")
    assert texts(hub) == ["Trust me", "", "one"]
    assert hub.comments[forged]["user"]["login"] == "mallory"


def test_each_target_has_its_comment(hub: Hub) -> None:
    forge = github(hub)
    for target in ("office", "shop", "office"):
        stick(forge, CHANGE, of(target=target), target)
    assert texts(hub) == ["office", "shop"]


def test_two_pushes_at_the_same_moment_leave_one_comment(hub: Hub) -> None:
    forge = github(hub)
    write = forge.write_note

    def after_somebody_else(change: Change, body: str) -> None:
        hub.write(7, marked(of(NEXT), "theirs", 1000))
        write(change, body)

    forge.write_note = after_somebody_else  # type: ignore[method-assign]  # the other job is quicker
    stick(forge, CHANGE, of(), "ours")
    assert texts(hub) == ["ours"]


def test_it_is_found_behind_many_others(hub: Hub) -> None:
    for number in range(230):
        hub.write(7, f"remark {number}", login="ann")
    forge = github(hub)
    stick(forge, CHANGE, of(), "one")
    stick(forge, CHANGE, of(), "two")
    assert len(hub.comments) == 231 and texts(hub)[-1] == "two"


def test_a_text_calls_nobody_commands_nothing_and_fits(hub: Hub) -> None:
    body = marked(of(), "@acme/admins and ann@example.org\n/close\n<details>\n" + "row\n" * 40_000, 65536)
    assert "@\u200bacme/admins" in body and "ann@example.org" in body and "\n\\/close" in body
    assert len(body) <= 65536 and body.count("<details") == body.count("</details>")
    assert mark_of(body) == of()
    stick(github(hub), CHANGE, of(), body)


def test_a_name_cannot_end_the_hidden_line() -> None:
    sly = of(target='a --> <b>"\n')
    assert sly.line.count("-->") == 1 and "<b>" not in sly.line and "\n" not in sly.line
    assert mark_of(f"{sly.line}\r\nmore") == sly
    assert mark_of(f"text\n{sly.line}") is None and mark_of("<!-- ccconf-ci {} -->") is None


# --- the API says no


@pytest.mark.parametrize("status", [403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_that_the_api_says_no_is_told_and_fails_nothing(
    hub: Hub, method: str, status: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hub.fail(method, "comments", Said(status, {"message": "no"}, {"Retry-After": "0"} if status == 429 else {}))
    job = Job(github(hub), Wishes(tmp_path))
    assert not job.quietly("The plan is not in the pull request", lambda: stick(job.forge, CHANGE, of(), "one"))
    told = capsys.readouterr().out
    assert told.startswith("::warning title=ccconf::The plan is not in the pull request") and str(status) in told
    assert TOKEN not in told and len(hub.seen) <= 5


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(401), "the token is not accepted"),
        (Said(403), "pull-requests: write"),
        (Said(403, None, {"X-RateLimit-Remaining": "0"}), "used up its requests"),
        (Said(404), "may not see it"),
        (Said(200, {"message": "moved"}), "a form that is not known"),
        (Said(200, b"<html>"), "a form that is not known"),
        (Said(302, None, {"Location": "https://elsewhere.example/"}), "status 302"),
    ],
)
def test_what_to_do_is_told(hub: Hub, said: Said, words: str) -> None:
    hub.fail("GET", "comments", said)
    with pytest.raises(Unheard, match=words):
        list(github(hub).notes(CHANGE))


def test_nobody_is_there() -> None:
    forge = GitHub({"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_TOKEN": TOKEN})
    with pytest.raises(Unheard, match="cannot be reached"):
        list(forge.notes(CHANGE))


# --- the file of a plan


def test_a_plan_is_fetched_from_the_run_that_showed_it_without_the_token_going_elsewhere(hub: Hub) -> None:
    hub.keep(keeper(of()), b"older", 3, HEAD)
    hub.keep(keeper(of()), b"the plan", 1, HEAD)
    assert github(hub).plan_of(of()) == b"the plan"
    assert [seen.authorised for seen in hub.seen] == [True, True, False]


def test_a_plan_of_a_fork_of_another_head_of_another_run_or_expired_is_none(hub: Hub) -> None:
    hub.keep(keeper(of()), b"bad", 1, HEAD, fork=True)
    hub.keep(keeper(of()), b"bad", 1, NEXT)
    hub.keep(keeper(of()), b"bad", 2, HEAD)
    hub.artifacts[hub.keep(keeper(of()), b"bad", 1, HEAD)]["expired"] = True
    assert github(hub).plan_of(of()) is None


@pytest.mark.parametrize("packed", [b"no archive", b""])
def test_a_damaged_artifact_is_told(hub: Hub, packed: bytes) -> None:
    hub.files[hub.keep(keeper(of()), b"", 1, HEAD)] = packed
    with pytest.raises(Unheard, match="damaged"):
        github(hub).plan_of(of())


@pytest.mark.parametrize("location", ["", "file:///etc/passwd", "ftp://kept.example/1"])
def test_a_file_that_moved_to_no_safe_address_is_not_fetched(hub: Hub, location: str) -> None:
    hub.keep(keeper(of()), b"plan", 1, HEAD)
    hub.fail("GET", "zip", Said(302, None, {"Location": location}))
    with pytest.raises(Unheard, match="not safe"):
        github(hub).plan_of(of())


# --- what a merge approves


def merged(hub: Hub, folder: Path) -> Approved | str:
    forge = github(hub, GITHUB_SHA=NEXT, GITHUB_REF_NAME="main")
    return approved(Job(forge, Wishes(folder, target="office")))


@pytest.fixture
def shown(hub: Hub) -> Hub:
    """A pull request that shows a plan, and was merged."""
    hub.pull(7, HEAD)
    stick(github(hub), CHANGE, of(), "the plan")
    hub.keep(keeper(of()), b"the plan", 1, HEAD)
    hub.merge(7, NEXT)
    return hub


def test_what_was_shown_at_the_head_that_was_merged(shown: Hub, tmp_path: Path) -> None:
    found = merged(shown, tmp_path)
    assert isinstance(found, Approved) and found[:2] == ("1234", b"the plan") and found.merged


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("pushed directly", "not the merge"),
        ("never shown", "no plan was shown"),
        ("forged", "no plan was shown"),
        ("another target", "no plan was shown"),
        ("pushed since", "and bbbbbbbbbbbb was merged"),
        ("no plan came about", "not a plan that can be applied"),
        ("not kept", "not kept any longer"),
        ("kept by a fork", "not kept any longer"),
    ],
)
def test_anything_else_is_not_approved(shown: Hub, tmp_path: Path, case: str, why: str) -> None:
    (comment,) = shown.comments.values()
    match case:
        case "pushed directly":
            shown.pulls.clear()
        case "never shown":
            shown.comments.clear()
        case "forged":
            comment["user"] = {"login": "mallory", "type": "User"}
        case "another target":
            comment["body"] = marked(of(target="shop"), "plan", 1000)
        case "pushed since":
            shown.pull(7, NEXT)
            shown.merge(7, NEXT)
        case "no plan came about":
            comment["body"] = marked(Mark(purpose="plan", project=".", target="office", head=HEAD), "broken", 1000)
        case "not kept":
            shown.artifacts.clear()
        case "kept by a fork":
            shown.artifacts.clear()
            shown.keep(keeper(of()), b"bad", 1, HEAD, fork=True)
    found = merged(shown, tmp_path)
    assert isinstance(found, str) and why in found


# --- what a runner reads


def test_nothing_that_is_printed_is_taken_for_a_command(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    forge = github(hub)
    forge.print_output(["::set-output name=a::b"])
    forge.say(Level.ERROR, "a,b:c", "one\n::warning::two%")
    first, inside, last, told = capsys.readouterr().out.splitlines()
    assert first.startswith("::stop-commands::") and inside == "::set-output name=a::b"
    assert last == f"::{first.removeprefix('::stop-commands::')}::"
    assert told == "::error title=a%2Cb%3Ac::one%0A::warning::two%25"


@pytest.mark.parametrize(
    ("head", "actor", "reason"),
    [
        ({"full_name": REPOSITORY}, "ann", ""),
        ({"full_name": "mallory/centre"}, "mallory", "from a fork"),
        (None, "mallory", "from a fork"),
        ({"full_name": REPOSITORY}, "dependabot[bot]", "Dependabot"),
    ],
)
def test_who_is_given_no_secrets(hub: Hub, tmp_path: Path, head: object, actor: str, reason: str) -> None:
    event = {"pull_request": hub.pull(7, HEAD) | {"head": {"sha": HEAD, "ref": "change", "repo": head}}}
    (tmp_path / "event.json").write_text(json.dumps(event))
    forge = github(hub, GITHUB_EVENT_PATH=str(tmp_path / "event.json"), GITHUB_ACTOR=actor)
    assert reason in forge.without_secrets() and bool(reason) == bool(forge.without_secrets())


@pytest.mark.parametrize("strategy", ["main", "other"])
def test_which_pull_request_a_commit_is_the_merge_of(hub: Hub, strategy: str) -> None:
    hub.pull(7, HEAD)
    hub.merge(7, NEXT)
    forge = github(hub, GITHUB_SHA=NEXT, GITHUB_REF_NAME=strategy)
    found = forge.merged()
    assert (found and found._replace(merged="")) == (CHANGE if strategy == "main" else None)
