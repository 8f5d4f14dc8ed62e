"""An address that is none fails nothing: it is told in one line, before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk

SECRET = "T0KEN-s3cret"
ADDRESSES = [
    f"https://[bad/{SECRET}", f"https://[::1/{SECRET}", f"https://chat.example:99999/{SECRET}",
    f"https://chat.example:port/{SECRET}", f"https:///{SECRET}", f"https://exa mple/{SECRET}",
    f"https://chat.example/{SECRET}\nx", f"//chat.example/{SECRET}", f"file:///{SECRET}", f"\u2100https://x/{SECRET}",
    f"https://ex\u2100mple/{SECRET}", SECRET, f"mailto:{SECRET}@example.org",
]  # fmt: skip
ODD = [f"https://{host}/{SECRET}" for host in ("a" * 70 + ".example", ".example", "a..b", "xn--")]
"""Addresses by their form; that nobody can have them shows when somebody asks."""


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    return notifying(Desk(tmp_path), "!env CHAT")


def notifying(desk: Desk, address: str, events: str = "[applied, failed, drift]") -> Desk:
    target = "office: {platform: local, url: live.db, manifests: [manifests]}"
    notify = f"notify:\n  - {{url: {address}, on: {events}}}\n"
    desk.write("ccconf.yaml", f"version: 1\ntargets:\n  {target}\n{notify}")
    return desk.declare(users={"ann": {"name": "Ann", "position": "Agent"}})


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_none_is_told_before_anything_is_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("CHAT", address)
    ran = desk.run("apply", "--yes", "--report", "json=r.json")
    assert ran.code == 0 and "1 done" in ran.out and Path("r.json").exists()
    assert ran.err.splitlines()[0] == (
        "Nobody will be notified (!env CHAT): that is no address of a webhook; write the whole https://…"
    )
    assert ran.err.count("notified") == 1 and SECRET not in ran.err + ran.out
    desk.console("user/ann", position="Head")
    ran = desk.run("drift", "--report", "json=d.json")
    assert ran.code == 2 and "1 thing was changed outside Git" in ran.out and Path("d.json").exists()
    assert ran.err.count("Nobody will be notified") == ran.err.count("notified") == 1


@pytest.mark.parametrize("address", ODD)
def test_an_address_that_nobody_can_have(desk: Desk, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CHAT", address)
    ran = desk.run("apply", "--yes")
    assert (ran.code, ran.err.count("Nobody could be notified (!env CHAT): ")) == (0, 1)
    assert SECRET not in ran.err + ran.out


def test_whatever_happens_to_the_message(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setenv("CHAT", "https://chat.example/x")
    monkeypatch.setattr("ccconf.cli.notify._post", fails)
    ran = desk.run("apply", "--yes")
    assert ran.code == 0 and ran.err.endswith("Nobody could be notified (!env CHAT): RuntimeError.\n")


def test_validate_tells_it_where_it_can_be_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "notified" not in desk.run("validate").err  # nobody has the variable where a change is looked at
    notifying(desk, "!file hook.txt")
    assert "notified" not in desk.run("validate").err
    desk.write("hook.txt", f"https://[bad/{SECRET}")
    ran = desk.run("validate")
    assert ran.code == 0 and ran.err.startswith("Nobody will be notified (!file hook.txt): ") and SECRET not in ran.err
    desk.write("hook.txt", "https://chat.example/x")
    assert "notified" not in desk.run("validate").err


def test_who_does_not_want_to_hear_of_it_is_not_looked_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT", "https://[bad/x")
    notifying(desk, "!env CHAT", "[applied]")
    assert "notified" not in desk.run("drift").err
