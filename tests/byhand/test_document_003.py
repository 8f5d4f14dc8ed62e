"""Document 003, sentence by sentence, on the emulated Opa! Suite: planned, done by the runbook, and seen again.

`docs/platforms/sentences.md` names the sentence that each test shows.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccconf.errors import Rejected
from ccconf.ledger.handed import Desk
from ccconf.ledger.store import Ledger
from ccconf.manifest.guide import guide_of
from ccconf.manifest.write import as_written
from ccconf.model.kinds import KINDS
from ccconf.platform.discovery import find
from ccconf.platforms.opasuite.emulator import Emulator, Options
from tests.byhand.rounds import Office
from tests.byhand.test_document_000 import comes_true
from tests.byhand.test_opasuite_estate import Clerk
from tests.facts.test_sentences import TOGGLES
from tests.screens.paper import Paper
from tests.screens.person import Person

DONE, MISTAKE, REFUSED, WAITING = 0, 1, 3, 6
HEADINGS = {row.id: row.section["pt-BR"] for row in find("opasuite", None).facts.catalogue.permissions}
"""What stands over a toggle, by its id."""
GROUP = "roles: {op: {name: Operação, access_level: Operador, permissions: {%s}}}\n"


class Provider(Office):
    """An office of an internet provider, with its Opa! Suite."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator, url: str) -> None:
        clerk = Clerk(url)
        facts = find("opasuite", None).facts
        clerk.person = Person(url, facts, guide_of("ccconf.platforms.opasuite"), "pt-BR")
        super().__init__(
            folder,
            monkeypatch,
            clerk,
            clerk.imports,
            platform="opasuite",
            url=url,
            licence={"modules": list(emulator.options.modules), "seats": 30},
            credentials={"token": "OPA_TOKEN", "group": emulator.group},
            options={"address": "127.0.0.1"},
        )
        monkeypatch.setenv("OPA_TOKEN", emulator.token)
        self.edit('"OPA_TOKEN"', "!env OPA_TOKEN")
        self.emulator = emulator
        self.person = clerk.person

    def looks(self, *kinds: str) -> None:
        """Somebody looks at some screens, and types off what is there."""
        seen = {
            KINDS[kind].plural: {name: as_written(KINDS[kind], entry.resource) for name, entry in known.objects.items()}
            for kind, known in self.person.look(kinds).kinds.items()
        }
        (self.folder / "seen.json").write_text(json.dumps(seen), encoding="utf-8")
        ran = self.run(f"snapshot import {self.folder / 'seen.json'}")
        assert ran.code == DONE, ran.text

    def done_by_hand(self, manifest: str) -> str:
        """Git says this, and somebody does what the runbook asks for, and says so. The runbook in Portuguese."""
        self.declare(manifest)
        applied = self.run("apply --yes")
        assert applied.code == WAITING, applied.text
        for row in self.asked():
            self.person.perform(row.change)
        assert self.run("confirm --all").code == DONE
        return self.told()

    def told(self) -> str:
        """The newest runbook in Portuguese, without what Markdown needs before an exclamation mark."""
        return self.runbook("runbook.pt-BR.md").replace("\\!", "!")

    def seen_to_be_done(self, *kinds: str) -> None:
        """The next snapshot shows it, and no word of anybody is needed any more."""
        self.looks(*kinds)
        silent = self.run("plan")
        assert silent.code == DONE, silent.text
        assert "Nothing to do." in silent.out and "CC711" not in silent.out

    def held(self, kind: str, name: str) -> dict[str, Any]:
        """An object as the snapshot holds it."""
        rows = self.run(f"snapshot show --kind {KINDS[kind].plural} --format json").data
        (fields,) = [row["fields"] for row in rows if row["name"] == name]
        return dict(fields)

    def wants(self, manifest: str) -> None:
        """Git says this, and it comes true."""
        comes_true(self, manifest)


@contextlib.contextmanager
def provider_of(folder: Path, *modules: str) -> Iterator[Provider]:
    options = Options(seats=30, modules=modules, language="pt-BR")
    with pytest.MonkeyPatch.context() as patch, Emulator(options) as emulator, emulator.serving() as server:
        yield Provider(folder, patch, emulator, server.url)


@pytest.fixture(name="provider")
def use_provider(tmp_path: Path) -> Iterator[Provider]:
    with provider_of(tmp_path, "call-center") as provider:
        yield provider


@pytest.fixture(name="busy", scope="module")
def use_busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One for all toggles: each test leaves the permission group as it found it, with none."""
    with provider_of(tmp_path_factory.mktemp("opasuite"), "call-center") as provider:
        provider.looks("role")
        provider.done_by_hand(GROUP % "")
        provider.looks("role")
        yield provider


def switch(toggle: str) -> str:
    """A toggle as it is called on the screen, under its heading."""
    return f"**{HEADINGS[toggle]}** → **{TOGGLES[toggle]}**"


@pytest.mark.parametrize("toggle", TOGGLES)
def test_a_toggle_is_released_and_restricted_by_hand(busy: Provider, toggle: str) -> None:
    on = busy.done_by_hand(GROUP % f"{toggle}: true")
    assert "Onde: **Configurações → Permissões**" in on
    assert f"- [ ] Ative {switch(toggle)}." in on
    busy.seen_to_be_done("role")
    assert busy.held("role", "Operação")["permissions"] == {toggle: True}
    off = busy.done_by_hand(GROUP % "")
    assert f"- [ ] Desative {switch(toggle)}." in off
    busy.seen_to_be_done("role")
    assert "permissions" not in busy.held("role", "Operação")


def test_the_form_has_all_toggles_of_the_document_in_its_order(provider: Provider) -> None:
    page = provider.person._follow(provider.person._list("role"), provider.person.words.add("role"))
    form = Paper(page).node.group("Permissões")
    sections = [form.group(heading) for heading in dict.fromkeys(HEADINGS[toggle] for toggle in TOGGLES)]
    assert [label.text for section in sections for label in section.all("label")] == list(TOGGLES.values())
    assert [box.legend for box in form.all("fieldset")][: len(sections)] == [section.legend for section in sections]


PEOPLE = """\
groups: {suporte: {name: Suporte}}
roles:
  op: {name: Operação, access_level: Operador, permissions: {conversations.take_over: true}}
  chefia: {name: Chefia, access_level: Gestor, permissions: {conversations.take_over: true, ongoing.company: true}}
users:
  ruan: {name: Ruan Peixoto, email: ruan@example.org, roles: [op], groups: [suporte]}
  iris: {name: Íris Valadão, email: iris@example.org, roles: [chefia], groups: [suporte]}
"""


def test_access_is_released_and_restricted_by_permission_group(provider: Provider) -> None:
    provider.wants(PEOPLE)
    assert {row["key"] for row in provider.run("show user --role op --format json").data} == {"ruan"}
    may = "ongoing.company: yes"
    assert may in provider.run("show user iris").out and may not in provider.run("show user ruan").out

    provider.wants(PEOPLE.replace(", ongoing.company: true", ""))  # the group is restricted, so all that are in it
    assert f"Desative {switch('ongoing.company')}." in provider.told()
    assert may not in provider.run("show user iris").out
    provider.wants(PEOPLE.replace("roles: [op]", "roles: [chefia]"))
    assert may in provider.run("show user iris").out and may in provider.run("show user ruan").out

    provider.declare(PEOPLE.replace("roles: [op]", "roles: [op, chefia]"))
    assert "CC403 user/ruan: everybody has exactly one permission group (role)" in provider.run("plan").text


def test_passwords_are_changed_by_whom_two_toggles_let_and_by_nothing_of_ours(provider: Provider) -> None:
    both = "passwords.without_current: true, passwords.of_everyone: true"
    provider.looks("role")
    runbook = provider.done_by_hand(GROUP % both)
    assert f"Ative {switch('passwords.without_current')}." in runbook
    assert f"Ative {switch('passwords.of_everyone')}." in runbook
    provider.seen_to_be_done("role")
    less = provider.done_by_hand(GROUP % "passwords.without_current: true")
    assert switch("passwords.without_current") not in less and f"Desative {switch('passwords.of_everyone')}." in less
    provider.seen_to_be_done("role")

    provider.wants(PEOPLE)
    refused = provider.run("user reset-password ruan --yes")
    assert (refused.code, "CC714 Opa! Suite has no way for this" in refused.err) == (MISTAKE, True), refused.text
    with Ledger(provider.folder / ".ccconf" / "ledger.db") as ledger:
        (act,) = Desk(ledger, "calls").acts()
    assert (act.actor, act.act, act.person) == ("Carla", "reset-password", "user/ruan")
    assert act.outcome.startswith("CC714")
    provider.declare(PEOPLE.replace("roles: [op]", "roles: [op], password: Segredo1!"))
    assert "CC201 password is not known here" in provider.run("plan").text


def test_customers_are_synchronised_quickly_or_fully(provider: Provider) -> None:
    provider.looks("role")
    quick = provider.done_by_hand(GROUP % "customer_sync.quick: true")
    assert f"Ative {switch('customer_sync.quick')}." in quick and switch("customer_sync.full") not in quick
    full = provider.done_by_hand(GROUP % "customer_sync.full: true")
    assert f"Ative {switch('customer_sync.full')}." in full and f"Desative {switch('customer_sync.quick')}." in full
    provider.seen_to_be_done("role")
    assert provider.held("role", "Operação")["permissions"] == {"customer_sync.full": True}


TRANSFER = GROUP % "conversations.transfer_to_call_center: true"


def test_a_call_center_must_be_linked_for_transfers(tmp_path: Path) -> None:
    with provider_of(tmp_path) as without:
        without.declare(TRANSFER)
        without.looks("role")
        refused = without.run("plan")
        assert refused.code == MISTAKE
        assert "CC401 the permission conversations.transfer_to_call_center" in refused.text
        assert "buy module call-center" in refused.text
        without.edit('"modules": []', '"modules": ["call-center"]')  # the licence is said to be more than it is
        assert without.run("apply --yes").code == WAITING
        (asked,) = without.asked()
        with pytest.raises(Rejected, match=r"conversations\.transfer_to_call_center"):
            without.person.perform(asked.change)


def test_with_a_linked_call_center_conversations_are_transferred(provider: Provider) -> None:
    provider.looks("role")
    runbook = provider.done_by_hand(TRANSFER)
    assert f"Ative {switch('conversations.transfer_to_call_center')}." in runbook
    provider.seen_to_be_done("role")


def test_allowed_networks_are_set_by_permission_group(provider: Provider) -> None:
    provider.wants(PEOPLE)
    lists = "allowlists: {op: {networks: {203.0.113.7: Matriz, 203.0.113.64/26: null}}}\n"
    provider.wants(PEOPLE + lists)
    runbook = provider.told()
    assert "- [ ] Abra o grupo de permissão `Operação` e vá até **Redes permitidas**." in runbook
    assert "- [ ] Em **Redes permitidas**, adicione `203.0.113.7` com a observação `Matriz`." in runbook
    assert set(provider.held("allowlist", "Operação")["networks"]) == {"203.0.113.7", "203.0.113.64/26"}
    assert provider.run("show allowlist").out.splitlines()[-1] == "1 allowlist"  # the other group has none

    provider.wants(PEOPLE + "allowlists: {op: {networks: [203.0.113.64/26]}}\n")
    assert set(provider.held("allowlist", "Operação")["networks"]) == {"203.0.113.64/26"}
    provider.declare(PEOPLE + "allowlists: {escritorio: {networks: [203.0.113.7]}}\n")
    elsewhere = provider.run("plan").text
    assert "CC417 Opa! Suite has no place for allowlist/escritorio" in elsewhere


def test_from_another_network_the_permission_group_does_not_come_in(provider: Provider) -> None:
    """The group of the API is bound by its list, too: ccconf itself would be locked out."""
    own = f'roles: {{api: {{name: "{provider.emulator.group}"}}}}\n'
    provider.declare(own + "allowlists: {api: {networks: [203.0.113.64/26]}}\n")
    provider.see()
    refused = provider.run("apply --yes")
    assert refused.code == REFUSED
    assert "CC606" in refused.text and "127.0.0.1" in refused.text
    provider.edit('"address": "127.0.0.1"', '"address": "203.0.113.70"')  # the address is said to be another
    assert provider.run("apply --yes").code == WAITING
    for row in provider.asked():
        provider.person.perform(row.change)
    locked_out = provider.run("show group")
    assert locked_out.code == MISTAKE, locked_out.text
    assert "127.0.0.1 is not in the allowed networks of the permission group" in locked_out.err
