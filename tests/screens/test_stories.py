"""What people meet on the screens: refusals that keep what was typed, somebody who was quicker, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ccconf.conformance.worlds import PICTURES
from ccconf.embedded.screens import Screens
from ccconf.errors import Rejected, broken
from ccconf.model.change import Create, Delete, FieldChange, Restore, Update
from ccconf.model.group import Group
from ccconf.model.kinds import as_data
from ccconf.model.licence import Invariant, Rule, Selector
from ccconf.model.refs import Ref
from ccconf.platform.guide import FieldWord
from tests.screens import vendor
from tests.screens.page import Node, read, table
from tests.screens.paper import Paper
from tests.screens.person import Person
from tests.screens.vendor import FACTS, KNOWN, Place, changed, served


@pytest.fixture
def place() -> Iterator[Place]:
    with served() as found:
        yield found


@pytest.fixture
def person(place: Place) -> Person:
    return place.person()


def added(person: Person, kind: str, key: str, **fields: Any) -> None:
    person.perform(Create(kind=kind, key=key, fields=fields))


def altered(person: Person, kind: str, called: str, **fields: Any) -> None:
    changes = tuple(FieldChange(field=name, after=value) for name, value in fields.items())
    person.perform(Update(kind=kind, key=called, native_id=called, revision="", changes=changes))


def gone(person: Person, kind: str, key: str) -> None:
    person.perform(Delete(kind=kind, key=key, native_id=key, revision="", fields={}))


def held(place: Place, kind: str, key: str) -> dict[str, Any]:
    found = place.world.lookup(Ref(kind, key))
    assert found is not None, f"there is no {kind} {key}"
    return as_data(found.resource)


def opened(place: Place, kind: str, key: str, icon: str = "Edit") -> Node:
    """The page behind one of the icons beside an object."""
    person = place.person()
    row = next(row for row in table(person._list(kind)) if row.name == key)
    return person._follow(row.node, f"{icon} {key}")


def pressed(place: Place, paper: Paper) -> Node:
    filled = paper.sent()
    kind = {"files": [(name, (None, text)) for name, text in filled.values]} if filled.by_parts else {}
    data: dict[str, Any] = kind or {"data": filled.values}
    answer = requests.post(place.url + filled.address, timeout=10, **data)
    return read(answer.text)


def test_a_refused_form_comes_back_as_it_was_typed(place: Place, person: Person) -> None:
    added(person, "user", "Ann")
    paper = Paper(opened(place, "user", "Ann"))
    for label, text in {"E-mail": "not an address", "position": "Operator", "mobile": "+48 600 100 200"}.items():
        paper.write(paper.node.labelled(label), text)
    page = pressed(place, paper)
    assert [item.text for item in page.one("div", where=_alerts, what="a refusal").all("li")] == [
        "E-mail: an e-mail address is expected."
    ]
    again = Paper(page)
    labels = ("E-mail", "position", "mobile")
    assert [again.text(again.node.labelled(label)) for label in labels] == [
        "not an address",
        "Operator",
        "+48 600 100 200",
    ]
    assert again.node.labelled("E-mail").attributes["aria-invalid"] == "true"
    assert "position" not in held(place, "user", "Ann")
    again.write(again.node.labelled("E-mail"), "ann@example.org")
    pressed(place, again)
    assert held(place, "user", "Ann")["position"] == "Operator"


def _alerts(node: Node) -> bool:
    return node.attributes.get("role") == "alert"


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("schedule", {"weekly": {"mon": ["9-17"]}}, "weekly: '9-17': 09:00-13:00, 13:30-17:30 is expected."),
        ("schedule", {"weekly": {"mon": ["09:00-13:00", "12:00-14:00"]}}, "mon 12:00-14:00 overlaps mon 09:00-13:00"),
        ("schedule", {"timezone": "Mars/Olympus"}, "timezone: a time zone such as Europe/Warsaw is expected."),
        ("schedule", {"lateness_minutes": 5000}, "lateness_minutes: a whole number from 0 to 720 is expected."),
        ("schedule", {"holidays": [{"date": "Christmas"}]}, "holidays: One per line: 2026-12-24 name"),
        ("schedule", {"holidays": [{"date": "2026-02-30"}]}, "2026-02-30 is not a day of the calendar"),
        ("role", {"permissions": {"calls.whisper": ""}}, "permissions: One per line: users: read is expected."),
        ("user", {"extension": "one"}, "extension: digits in quotes is expected."),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(
    person: Person, kind: str, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        added(person, kind, "new", **fields)
    assert words in str(refusal.value)


def test_a_network_that_cannot_be_read_is_told_before_anything_is_done(place: Place, person: Person) -> None:
    added(person, "role", "Office")
    with pytest.raises(Rejected, match=r"203\.0\.113\.5/24 has host bits set"):
        person.perform(Create(kind="allowlist", key="Office", fields={"networks": ["203.0.113.5/24"]}))
    assert place.world.lookup(Ref("allowlist", "Office")) is None


def test_nought_is_a_number(place: Place, person: Person) -> None:
    added(person, "schedule", "Day", lateness_minutes=0, overtime_minutes=15)
    assert held(place, "schedule", "Day")["lateness_minutes"] == 0
    altered(person, "schedule", "Day", overtime_minutes=0)
    seen = as_data(person.look(["schedule"]).kinds["schedule"].objects["Day"].resource)
    assert (seen["lateness_minutes"], seen["overtime_minutes"]) == (0, 0)
    altered(person, "schedule", "Day", lateness_minutes=None)
    assert "lateness_minutes" not in held(place, "schedule", "Day")


def test_a_name_is_needed_and_is_nobody_elses(person: Person) -> None:
    with pytest.raises(Rejected, match="name is needed"):
        added(person, "group", "")
    added(person, "group", "Billing")
    with pytest.raises(Rejected, match="the group Billing exists already"):
        added(person, "group", "Billing")


def test_who_is_slower_is_told_and_loses_nothing(place: Place, person: Person) -> None:
    added(person, "user", "Ann", position="Operator", mobile="600")
    slow = Paper(opened(place, "user", "Ann"))
    altered(person, "user", "Ann", position="Manager")
    slow.write(slow.node.labelled("mobile"), "700")
    page = pressed(place, slow)
    told = page.one("div", where=_alerts, what="a refusal").text
    assert "Somebody has changed it since you opened this form (position, mobile)" in told
    again = Paper(page)
    assert again.text(again.node.labelled("mobile")) == "700"
    assert held(place, "user", "Ann")["mobile"] == "600"
    pressed(place, again)
    assert held(place, "user", "Ann")["mobile"] == "700"


def test_a_form_of_what_is_gone_meanwhile_says_so(place: Place, person: Person) -> None:
    added(person, "group", "Billing")
    slow = Paper(opened(place, "group", "Billing"))
    gone(person, "group", "Billing")
    page = pressed(place, slow)
    assert page.one("main", where=lambda node: True, what="main").all("p")[0].text == "It is no longer there."


def test_the_vendor_s_rules_are_kept_by_the_form() -> None:
    bots = Rule(id="bots", select=Selector(kind="user", where={"type": "bot"}), label="users of type bot", **KNOWN)
    with served(changed(rules=(bots,))) as place:
        with pytest.raises(Rejected, match="1 users of type bot: the licence allows none"):
            added(place.person(), "user", "Robot", type="bot")
        added(place.person(), "user", "Robot", type="human")


def test_a_rename_changes_name_and_key_and_carries_references_along(place: Place, person: Person) -> None:
    added(person, "group", "Billing")
    added(person, "user", "Ann", groups={"Billing": {"role": "manager"}})
    altered(person, "group", "Billing", key="Invoices")
    assert held(place, "group", "Invoices")["name"] == "Invoices"
    assert held(place, "user", "Ann")["groups"] == {"Invoices": {"role": "manager"}}
    assert place.world.lookup(Ref("group", "Billing")) is None


def test_what_no_form_shows_stays_as_it_is(place: Place, person: Person) -> None:
    for group in ("Billing", "Sales"):
        added(person, "group", group)
    kept = {"calls.listen": True}
    fields = {"name": "Ann", "groups": {"Billing": {"role": "agent", "permissions": kept}}}
    place.world.perform(Create(kind="user", key="Ann", fields=fields))
    altered(person, "user", "Ann", groups={"Billing": {"role": "manager"}, "Sales": {}})
    assert held(place, "user", "Ann")["groups"] == {"Billing": {"role": "manager", "permissions": kept}, "Sales": {}}


def test_what_is_used_stays_and_the_page_says_by_whom(place: Place, person: Person) -> None:
    added(person, "skill", "English")
    added(person, "user", "Ann", skills={"English": 4})
    with pytest.raises(Rejected, match="skill/English is still used by user/Ann"):
        gone(person, "skill", "English")
    altered(person, "user", "Ann", skills={})
    gone(person, "skill", "English")
    assert place.world.lookup(Ref("skill", "English")) is None


def test_where_the_vendor_lets_it_go_nobody_names_it_any_longer() -> None:
    keeps_one = Invariant(
        id="one", form="each", select=Selector(kind="user"), field="groups", least=1, label="everybody has one", **KNOWN
    )
    with served(changed(invariants=(keeps_one,)), released=("group",)) as place:
        person = place.person()
        for group in ("Billing", "Sales"):
            added(person, "group", group)
        added(person, "user", "Ann", groups={"Billing": {}, "Sales": {}})
        added(person, "user", "Ben", groups={"Billing": {}})
        with pytest.raises(Rejected, match="everybody has one: Ben"):
            gone(person, "group", "Billing")
        assert list(held(place, "user", "Ann")["groups"]) == ["Billing", "Sales"]
        altered(person, "user", "Ben", groups={"Sales": {}})
        gone(person, "group", "Billing")
        assert list(held(place, "user", "Ann")["groups"]) == ["Sales"]


def test_who_left_can_come_back_as_somebody_else(place: Place, person: Person) -> None:
    added(person, "user", "Ann", email="ann@example.org", position="Operator")
    gone(person, "user", "Ann")
    seen = person.look(["user"]).kinds["user"]
    assert not seen.objects
    assert as_data(seen.departed["Ann"].resource)["position"] == "Operator"
    changes = (
        FieldChange(field="key", before="Ann", after="Anne"),
        FieldChange(field="position", before="Operator", after="Manager"),
    )
    person.perform(Restore(kind="user", key="Anne", native_id="Ann", revision="", changes=changes))
    assert held(place, "user", "Anne")["position"] == "Manager"
    assert not person.look(["user"]).kinds["user"].departed


def test_who_left_does_not_come_back_while_another_has_the_name(person: Person) -> None:
    added(person, "user", "Ann")
    gone(person, "user", "Ann")
    added(person, "user", "Ann")
    with pytest.raises(Rejected, match="the user Ann exists already"):
        person.perform(Restore(kind="user", key="Ann", native_id="Ann", revision="", changes=()))


def test_a_part_lives_and_is_renamed_and_dies_with_its_whole(place: Place, person: Person) -> None:
    added(person, "role", "Office")
    person.perform(Create(kind="allowlist", key="Office", fields={"networks": {"203.0.113.0/24": "Head office"}}))
    altered(person, "role", "Office", name="Offices")
    assert held(place, "allowlist", "Offices")["networks"] == {"203.0.113.0/24": "Head office"}
    altered(person, "allowlist", "Offices", networks={"198.51.100.7": ""})
    assert held(place, "allowlist", "Offices")["networks"] == {"198.51.100.7": ""}
    altered(person, "allowlist", "Offices", networks={})
    assert place.world.lookup(Ref("allowlist", "Offices")) is None
    person.perform(Create(kind="allowlist", key="Offices", fields={"blocked": ["203.0.113.9"]}))
    gone(person, "role", "Offices")
    assert place.world.lookup(Ref("allowlist", "Offices")) is None


def test_a_picture_waits_through_a_refusal(place: Place) -> None:
    content, other = b"\x89PNG\r\n\x00\xff--\r\n", b"GIF8 \x80"
    person = place.person()
    page = person._follow(person._list("user"), "New colleague")
    paper = Paper(page)
    paper.upload(paper.node.group("avatar").labelled("avatar"), content)
    with pytest.raises(Rejected, match="Full name is needed"):
        person._send(Create(kind="user", key="", fields={}), paper)
    typed = [(name, (None, value.encode())) for name, value in paper.sent().values]
    files = [*typed, ("user.avatar", ("a.png", content))]
    refused = requests.post(place.url + paper.sent().address, files=files, timeout=10)
    again = Paper(read(refused.text))
    again.write(again.node.labelled("Full name"), "Ann")
    person._send(Create(kind="user", key="Ann", fields={}), again)
    digest = held(place, "user", "Ann")["avatar"]
    assert place.world.file(digest) == content
    shown = requests.get(f"{place.url}/file/{digest}", timeout=10)
    assert (shown.content, shown.headers["Content-Type"]) == (content, "image/png")
    another = Person(place.url, FACTS, vendor.GUIDE, read_file=lambda digest: other)
    altered(another, "user", "Ann", avatar="another one")
    assert place.world.file(held(place, "user", "Ann")["avatar"]) == other
    altered(person, "user", "Ann", avatar=None)
    assert "avatar" not in held(place, "user", "Ann")


def test_pictures_that_no_form_kept_are_forgotten_in_the_end(place: Place) -> None:
    def sends(content: bytes) -> str:
        answer = requests.post(f"{place.url}/users/new", files={"user.avatar": ("a.png", content)}, timeout=10)
        return read(answer.text).all("img")[0].attributes["src"]

    first, *later = [sends(str(number).encode()) for number in range(33)]
    assert requests.get(place.url + first, timeout=10).status_code == 404
    assert all(requests.get(place.url + address, timeout=10).status_code == 200 for address in later)


def test_a_picture_that_nobody_sent_is_not_believed(place: Place, person: Person) -> None:
    added(person, "user", "Ann", avatar=sorted(PICTURES)[0])
    paper = Paper(opened(place, "user", "Ann"))
    kept = paper.node.one("input", where=lambda node: node.attributes["name"].endswith(".kept"), what="the picture")
    kept.attributes["value"] = "sha256:0"
    pressed(place, paper)
    assert "avatar" not in held(place, "user", "Ann")


def test_names_from_people_are_never_markup(place: Place, person: Person) -> None:
    evil = """<script>alert("x")</script>' onmouseover='"""
    added(person, "group", evil, description=evil)
    added(person, "user", evil, groups={evil: {"role": "agent"}})
    for kind, icon in (("group", "Edit"), ("group", "People of"), ("group", "Delete"), ("user", "Edit")):
        page = opened(place, kind, evil, icon)
        assert not page.all("script")
        assert not any("onmouseover" in node.attributes for node in page.all("a", "input", "img", "option"))
    assert person.look(["group"]).kinds["group"].objects[evil].resource == Group(
        name=evil, description=evil, visible_to_all=False
    )


def test_everything_is_said_in_the_vendor_s_words_and_in_english_where_it_has_none() -> None:
    with served(language="pl") as place:
        person = place.person("pl")
        page = person._get("/users")
        assert [node.text for node in page.all("h1")] == ["Ustawienia → Ludzie"]
        assert "New colleague" in {node.name for node in page.all("a")}
        assert page.all("html")[0].attributes["lang"] == "pl"
        added(person, "group", "Billing")
        added(person, "user", "Ann", status="inactive", groups={"Billing": {"role": "manager"}})
        row = table(person._get("/users"))[0]
        assert (row.cells["Imię i nazwisko"], row.cells["status"], row.cells["groups"]) == (
            "Ann",
            "Locked",
            "Billing (Kierownik)",
        )
        said = requests.get(f"{place.url}/users?said=create", timeout=10).text
        assert read(said).one("p", where=lambda node: node.attributes.get("role") == "status", what="a message").text
        assert "Kept." in said


def test_permissions_stand_under_their_sections_and_are_told_behind_the_question_mark(
    place: Place, person: Person
) -> None:
    levels = {"users": "admin", "calls.listen": True, "reports.export": "own"}
    added(person, "role", "Supervisor", permissions=levels)
    added(person, "group", "Billing", roles=["Supervisor"])
    assert held(place, "role", "Supervisor")["permissions"] == levels
    for page in (
        opened(place, "role", "Supervisor", "Permissions of"),
        opened(place, "group", "Billing", "Permissions of"),
    ):
        assert [node.text for node in page.all("h2")] == ["Supervisor"]
        assert [node.text for node in page.all("main")[0].all("li")] == [
            "Listen",
            "reports.export: own",
            "Users: admin",
        ]


def test_ids_are_shown_where_the_vendor_shows_them() -> None:
    with served(shows_ids=True) as place:
        person = place.person()
        added(person, "group", "Billing")
        entry = person.look(["group"]).kinds["group"].objects["Billing"]
        found = place.world.lookup(Ref("group", "Billing"))
        assert found is not None
        assert entry.native_id == found.native_id
        change = FieldChange(field="key", before="Billing", after="Invoices")
        native_id = entry.native_id
        person.perform(Update(kind="group", key="Invoices", native_id=native_id, revision="", changes=(change,)))
        assert held(place, "group", "Invoices")["name"] == "Invoices"


def test_a_form_that_takes_one_where_the_model_takes_several() -> None:
    row = FieldWord(kind="user", field="roles", labels={"en": "Role"}, single=True, **KNOWN)
    guide = vendor.GUIDE.__class__(kinds=vendor.GUIDE.kinds, fields=(row,), ways=vendor.GUIDE.ways)
    with served() as place:
        screens = Screens(place.world, FACTS, guide)
        place.server.application = screens.answer
        person = Person(place.url, FACTS, guide)
        for name in ("Operator", "Manager"):
            added(person, "role", name)
        added(person, "user", "Ann", roles=["Manager"])
        assert held(place, "user", "Ann")["roles"] == ["Manager"]
        altered(person, "user", "Ann", roles=["Operator"])
        assert as_data(person.look(["user"]).kinds["user"].objects["Ann"].resource)["roles"] == ["Operator"]
        altered(person, "user", "Ann", roles=[])
        assert "roles" not in held(place, "user", "Ann")


def test_what_the_vendor_has_not_is_not_on_the_screens() -> None:
    support = tuple(row for row in FACTS.support if row.operation not in ("create", "delete", "restore"))
    with served(changed(support=support)) as place:
        person = place.person()
        assert not {"New colleague", "Deleted: Settings → People"} & {
            node.name for node in person._list("user").all("a")
        }
        for path in ("/users/new", "/users/departed", "/nowhere", "/users/1"):
            assert requests.get(place.url + path, timeout=10).status_code == 404
        place.world.perform(Create(kind="user", key="Ann", fields={"name": "Ann"}))
        with pytest.raises(Rejected, match="Delete Ann"):
            gone(person, "user", "Ann")
        assert requests.post(f"{place.url}/users/1/delete", timeout=10).status_code == 404


def test_a_page_without_a_body_is_asked_for_too(place: Place) -> None:
    assert requests.head(f"{place.url}/users", timeout=10).status_code == 200
    assert requests.delete(f"{place.url}/users", timeout=10).status_code == 404


def test_a_file_that_cannot_be_used_is_told_in_words(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_use(kind: str) -> Any:
        raise broken("CC008", "acme.db is in use by another program")

    monkeypatch.setattr(place.world, "observe", in_use)
    answer = requests.get(f"{place.url}/users", timeout=10)
    assert answer.status_code == 503
    assert "acme.db is in use by another program" in answer.text


def test_nobody_can_choose_what_is_not_offered(person: Person) -> None:
    added(person, "group", "Billing")
    with pytest.raises(Rejected, match="the screens do not show 0 times the label 'Sales'; there are: Billing"):
        added(person, "user", "Ann", groups={"Sales": {}})
    with pytest.raises(Rejected, match="a place for what Billing has besides"):
        added(person, "user", "Ann", groups={"Billing": {"permissions": {"calls.listen": True}}})
