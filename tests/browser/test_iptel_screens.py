"""A person at the emulated screens of IPTEL, in a browser: by the names that are read aloud, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ccconf.model.change import Create
from ccconf.platforms.iptel.emulator import Emulator, Options


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(Options(roles=("dialler", "reports"))) as emulator:
        yield emulator


@pytest.fixture
def url(emulator: Emulator) -> Iterator[str]:
    with emulator.serving() as server:
        yield server.url


def has(emulator: Emulator, *groups: str) -> None:
    for group in groups:
        emulator.world.perform(Create(kind="group", key=group, fields={"name": group}))


def test_a_group_is_added_edited_and_deleted(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("navigation").get_by_role("link", name="Groups and Rights").click()
    page.get_by_role("link", name="Add User Group").click()
    page.get_by_label("Group Name").fill("Billing & <more>")
    page.get_by_role("group", name="Roles").get_by_label("dialler").check()
    page.get_by_role("button", name="Submit").click()
    row = page.get_by_role("row", name="Billing & <more>")
    expect(row).to_contain_text("dialler")

    row.get_by_role("link", name="Edit Billing & <more>").click()
    page.get_by_label("Group Name").fill("Invoices")
    page.get_by_role("group", name="Roles").get_by_label("dialler").uncheck()
    page.get_by_role("group", name="Roles").get_by_label("reports").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("row", name="Invoices")).to_contain_text("reports")

    page.get_by_role("link", name="Permissions of Invoices").click()
    expect(page.get_by_role("heading", name="reports")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    page.get_by_role("link", name="Delete Invoices").click()
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.get_by_role("status")).to_have_text("Group deleted successfully.")
    expect(page.get_by_role("row")).to_have_count(0)


def test_a_deletion_that_is_refused_is_told_on_the_page(page: Page, url: str, emulator: Emulator) -> None:
    has(emulator, "Billing")
    emulator.world.perform(Create(kind="user", key="Ann", fields={"name": "Ann", "groups": {"Billing": {}}}))
    page.goto(f"{url}/groups")
    page.get_by_role("link", name="Delete Billing").click()
    page.get_by_role("button", name="Yes, delete").click()
    expect(page.get_by_role("alert")).to_contain_text("everybody keeps at least one group: Ann")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("row", name="Billing")).to_be_visible()


def test_a_refused_form_keeps_what_was_typed(page: Page, url: str, emulator: Emulator) -> None:
    has(emulator, "Billing")
    page.goto(f"{url}/users")
    page.get_by_role("link", name="Add Employee").click()
    page.get_by_label("Name", exact=True).fill("Ann")
    page.get_by_label("E-mail").fill("ann at example")
    page.get_by_label("Billing").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("E-mail: an e-mail address is expected.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ann")
    expect(page.get_by_label("Billing")).to_be_checked()
    page.get_by_label("E-mail").fill("ann@example.org")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Ann")).to_contain_text("ann@example.org")


def test_it_can_be_done_without_a_mouse(page: Page, url: str) -> None:
    page.goto(f"{url}/groups")
    _reach(page, "Add User Group")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add User Group")).to_be_visible()
    _reach(page, "Group Name")
    page.keyboard.type("Billing")
    _reach(page, "dialler")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Billing")).to_contain_text("dialler")
    _reach(page, "Delete Billing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delete Billing?")).to_be_visible()
    _reach(page, "Yes, delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Group deleted successfully.")


def _reach(page: Page, name: str) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in page.evaluate(_NAME_IN_FOCUS):
            return
    raise AssertionError(f"Tab never reaches {name}")


_NAME_IN_FOCUS = """() => {
    const here = document.activeElement;
    return [here.getAttribute("aria-label"), here.labels?.[0]?.textContent, here.textContent].filter(Boolean);
}"""


def test_a_phone_shows_it_without_scrolling_sideways(context: BrowserContext, url: str, emulator: Emulator) -> None:
    has(emulator, "Billing", "A group with a very long name that no telephone shows in one line of its screen")
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 640})
    for path in ("/", "/groups", "/groups/new", "/users/new"):
        page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
