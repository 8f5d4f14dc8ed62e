"""Somebody is told what became of a run; whatever happens to the message, the run stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.emulation import Answer, Request, Server, serving
from tests.cli.desk import Desk

TOKEN = "T0KEN/s3cret"


class Hook:
    """A chat that takes messages, or does not."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, dict[str, Any]]] = []
        self.statuses: list[int] = []
        self.server = Server(self._answer)

    def _answer(self, request: Request) -> Answer:
        self.heard.append((request.method, f"{request.path}?{request.query}", json.loads(request.body)))
        return Answer(self.statuses.pop(0) if self.statuses else 200, b"ok", ())

    @property
    def texts(self) -> list[str]:
        return [body["text"] for _, _, body in self.heard]


@pytest.fixture(name="hook")
def use_hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    hook = Hook()
    monkeypatch.setenv("CCCONF_NOW", "2026-11-22T10:00Z")
    for name in ("CI_JOB_URL", "CCCONF_RUN_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    with serving(hook.server):
        monkeypatch.setenv("CHAT", f"{hook.server.url}/services/{TOKEN}?wait=true")
        yield hook


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, hook: Hook) -> Desk:
    return notifying(Desk(tmp_path))


def notifying(desk: Desk, entries: str = "{url: !env CHAT}") -> Desk:
    target = "office: {platform: local, url: live.db, manifests: [manifests]}"
    desk.write("ccconf.yaml", f"version: 1\ntargets:\n  {target}\nnotify:\n  - {entries}\n")
    return desk.declare(users={"ann": {"name": "Ann <b>"}, "bo": {"name": "Bo"}})


def test_a_run_that_changed_something(desk: Desk, hook: Hook) -> None:
    desk.apply()
    assert [(method, path) for method, path, _ in hook.heard] == [("POST", f"/services/{TOKEN}?wait=true")]
    assert hook.texts[0].startswith("office: 2 done (plan ")
    desk.run("apply", "--yes")
    assert len(hook.heard) == 1  # nothing was done, so there is nothing to tell


def test_what_was_changed_outside_of_git(desk: Desk, hook: Hook) -> None:
    desk.apply()
    desk.run("drift")
    assert len(hook.heard) == 1
    desk.console("user/ann", name="Anna")
    desk.console("user/bo", status="inactive")
    desk.declare(users={"ann": {"name": "Ann"}, "bo": {"name": "Bo", "status": "active"}})
    assert desk.run("drift").code == 2
    assert hook.texts[1] == ("office: 2 objects were changed outside of Git, 1 change touches security")


def test_every_number_by_its_name(desk: Desk, hook: Hook) -> None:
    notifying(desk, "{url: !env CHAT, format: json}").apply()
    ((_, _, body),) = hook.heard
    assert (body["event"], body["target"], body["exit_code"]) == ("applied", "office", 0)
    assert body["outcomes"]["done"] == 2 and body["link"] == ""


def test_only_what_somebody_wants_to_hear(desk: Desk, hook: Hook) -> None:
    notifying(desk, "{url: !env CHAT, on: [failed, drift]}").apply()
    assert hook.heard == []


def test_the_job_is_linked(desk: Desk, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/centre")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    desk.apply()
    assert hook.texts[0].endswith("\nhttps://github.example/acme/centre/actions/runs/7")


def test_a_busy_chat_is_asked_again(desk: Desk, hook: Hook) -> None:
    hook.statuses = [503, 200]
    desk.apply()
    assert len(hook.heard) == 2


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_chat_that_says_no_fails_nothing(desk: Desk, hook: Hook, status: int) -> None:
    hook.statuses = [status]
    ran = desk.run("apply", "--yes")
    assert ran.code == 0 and "2 done." in ran.out
    assert f"Nobody could be notified (!env CHAT): {hook.server.url} answered {status}." in ran.err
    assert TOKEN not in ran.err + ran.out


def test_a_chat_that_is_not_there(desk: Desk, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT", f"http://127.0.0.1:1/{TOKEN}")
    ran = desk.run("apply", "--yes")
    assert ran.code == 0 and "Nobody could be notified (!env CHAT): http://127.0.0.1:1 cannot be reached" in ran.err
    assert TOKEN not in ran.err


@pytest.mark.parametrize("address", ["", "chat", "ftp://chat.example.org/x"])
def test_an_address_that_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CHAT", address)
    ran = desk.run("apply", "--yes")
    assert ran.code == 0 and "be notified (!env CHAT): " in ran.err


def test_an_address_that_everybody_can_read_is_refused(desk: Desk) -> None:
    notifying(desk, "{url: 'https://chat.example.org/services/x'}")
    ran = desk.run("validate")
    assert ran.code == 1
    assert (
        "ccconf.yaml:5:11 CC111 the address of a webhook, which is its password, stands here as plain text" in ran.err
    )
    assert "!env WEBHOOK_URL" in ran.err
