"""Every page of every vendor: valid HTML, words at every input, nothing from elsewhere, and a banner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import html5lib
import pytest
import requests

from ccconf.conformance.worlds import PICTURES, read_picture
from ccconf.embedded.screens import Screens
from ccconf.embedded.screens.phrases import PHRASES
from ccconf.embedded.world import World
from ccconf.emulation import Server, serving
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.model.change import Create, Delete
from ccconf.model.licence import Licence
from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from tests.screens import vendor
from tests.screens.page import Node, read
from tests.screens.paper import Paper

VENDORS = {
    name: (facts_of(f"ccconf.platforms.{name}"), guide_of(f"ccconf.platforms.{name}"), language)
    for name, language in {"iptel": "en", "iqchannels": "ru", "opasuite": "pt-BR"}.items()
}
VENDORS["acme"] = (vendor.FACTS, vendor.GUIDE, "pl")

PEOPLED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("role", "Operator", {"permissions": {}}),
    ("allowlist", "Operator", {"networks": {"203.0.113.0/24": "Head office"}}),
    ("skill", "English", {}),
    ("schedule", "Day", {"weekly": {"mon": ["09:00-17:00"]}, "holidays": [{"date": "12-25", "name": "Christmas"}]}),
    ("group", "Billing <&>", {"roles": ["Operator"], "schedule": "Day"}),
    ("user", "ann@example.org", {"name": "Ann", "email": "ann@example.org", "avatar": sorted(PICTURES)[0]}),
    ("user", "ben@example.org", {"name": "Ben", "email": "ben@example.org"}),
)
LINKS = {"groups": {"Billing <&>": {}}, "roles": ["Operator"], "skills": {"English": 4}, "schedule": "Day"}


@pytest.fixture(params=sorted(VENDORS))
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, requests.Response]]:
    """Every page of a vendor's screens that a link leads to, by its path."""
    facts, guide, language = VENDORS[request.param]
    world = _peopled(World(tmp_path / "world.db", facts, Licence(modules=("iqpro",)), read_file=read_picture), facts)
    with serving(Server(Screens(world, facts, guide, language).answer)) as server:
        yield _walked(server.url)
    world.close()


def _peopled(world: World, facts: Facts) -> World:
    for kind, key, fields in PEOPLED:
        has = facts.fields[kind]
        said = {**({"name": key} if "name" in has else {}), **fields, **(LINKS if kind == "user" else {})}
        if has:
            known = {name: value for name, value in said.items() if name in has}
            world.perform(Create(kind=kind, key=key, fields=known))
    gone = next(item for page in world.observe("user") for item in page.items if item.ref.key == "ben@example.org")
    world.perform(Delete(kind="user", key="", native_id=gone.native_id, revision="", fields={}))
    return world


def _walked(url: str) -> dict[str, requests.Response]:
    found: dict[str, requests.Response] = {}
    waiting = ["/", "/nowhere"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = requests.get(urljoin(url, path), timeout=10)
            waiting.extend(node.attributes["href"] for node in read(found[path].text).all("a"))
    return found


def test_every_page_is_valid_can_be_read_aloud_and_loads_nothing_from_elsewhere(
    pages: dict[str, requests.Response],
) -> None:
    assert len(pages) > 12
    for path, answer in pages.items():
        assert answer.status_code == (404 if path == "/nowhere" else 200), path
        html5lib.HTMLParser(strict=True).parse(answer.text)
        page = read(answer.text)
        _can_be_read_aloud(page, path)
        assert page.one("p", where=lambda node: node.attributes.get("role") == "note", what="a banner").text
        for node in page.all("a", "link", "img", "form", "script"):
            address = next(node.attributes[name] for name in ("href", "src", "action") if name in node.attributes)
            assert address.startswith("/") or address == "data:,", f"{path} leads to {address}"


def _can_be_read_aloud(page: Node, path: str) -> None:
    ids = [node.attributes["id"] for node in page.all("input", "select", "textarea", "span") if "id" in node.attributes]
    assert len(set(ids)) == len(ids), f"{path}: an id is there twice"
    labels = {node.attributes["for"]: node.text for node in page.all("label")}
    assert set(labels) <= set(ids), f"{path}: a label for nothing"
    for field in page.all("input", "select", "textarea"):
        if field.attributes.get("type") != "hidden":
            name = field.attributes.get("aria-label") or labels.get(field.attributes.get("id", ""))
            assert name, f"{path}: a field without a name: {field.attributes}"
    assert all(node.name for node in page.all("a", "button", "h1", "h2", "legend", "th")), f"{path}: no words"
    assert all("alt" in node.attributes for node in page.all("img"))
    assert all("scope" in node.attributes for node in page.all("th"))
    assert (len(page.all("h1")), len(page.all("main")), len(page.all("title"))) == (1, 1, 1)
    for node in page.all("input", "select", "textarea", "fieldset"):
        assert set(node.attributes.get("aria-describedby", "").split()) <= set(ids), f"{path}: described by nothing"


def test_a_refusal_is_valid_and_can_be_read_aloud(pages: dict[str, requests.Response]) -> None:
    refused = 0
    for path, answer in pages.items():
        if path.endswith("/new"):
            said = requests.post(answer.url, Paper(read(answer.text)).sent().values, timeout=10).text
            html5lib.HTMLParser(strict=True).parse(said)
            _can_be_read_aloud(read(said), path)
            refused += len(read(said).all("div", where=lambda node: node.attributes.get("role") == "alert"))
    assert refused == len([path for path in pages if path.endswith("/new")])


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_every_word_of_the_vendor_s_form_is_on_the_screens(name: str, tmp_path: Path) -> None:
    facts, guide, language = VENDORS[name]
    world = _peopled(World(tmp_path / "world.db", facts, Licence(modules=("iqpro",)), read_file=read_picture), facts)
    with serving(Server(Screens(world, facts, guide, language).answer)) as server:
        pages = _walked(server.url)
    world.close()
    said = {node.text for answer in pages.values() for node in read(answer.text).all("label", "legend", "option")}
    assert _words(facts, guide, language) <= said


def _words(facts: Facts, guide: Guide, language: str) -> set[str]:
    """What the guide calls the stored fields and their values, and the facts their permissions."""
    fields = {row.labels[language] for row in guide.fields if language in row.labels and row.field != "members"}
    no_form = {row.labels[language] for row in guide.fields if row.kind == "role" and not _on_a_form("role", facts)}
    values = {row.labels[language] for row in guide.values if language in row.labels}
    permissions = {row.labels[language] for row in facts.catalogue.permissions if language in row.labels}
    return fields - no_form | values | permissions


def _on_a_form(kind: str, facts: Facts) -> bool:
    return any(row.kind == kind and row.operation == "create" and row.route != "no" for row in facts.support)


def test_languages_say_nothing_that_english_does_not() -> None:
    for language, phrases in PHRASES.items():
        for name, text in phrases.items():
            blanks = [part.split("}")[0] for part in PHRASES["en"][name].split("{")[1:]]
            assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == sorted(blanks), f"{language} {name}"
