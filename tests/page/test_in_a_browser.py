"""A page as people have it before them: filtered, searched, printed, in the dark, on a phone, and without a script."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ccconf.report import page as pages
from tests.page import stories
from tests.page.test_pages import hostile

SUBJECTS = ("plan", "run", "drift", "findings")


def shown(page: Page) -> list[str]:
    """The names of the objects that can be seen."""
    return page.locator("tbody[data-is] .name:visible").all_inner_texts()


def test_the_search_finds_while_it_is_typed_whatever_the_accents(page: Page, written: dict[str, Path]) -> None:
    page.goto(written["plan"].as_uri())
    expect(page.get_by_role("status")).to_have_text("16 of 16 objects shown.")
    page.get_by_role("searchbox", name="Search").press_sequentially("stepan BILL")
    expect(page.get_by_role("status")).to_have_text("Filtered: 0 of 16 objects shown.")
    page.get_by_role("searchbox").fill("stepan supp")
    assert shown(page) == ["user/štěpán.holloway"]
    expect(page.get_by_role("heading", name="Roles")).to_be_hidden()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("status")).to_have_text("16 of 16 objects shown.")


def test_filters_of_a_plan_go_together(page: Page, written: dict[str, Path]) -> None:
    page.goto(written["plan"].as_uri())
    page.get_by_role("combobox", name="Change").select_option("leaves")
    assert len(shown(page)) == 3
    page.get_by_role("combobox", name="Change").select_option("changed")
    page.get_by_role("combobox", name="Kind").select_option("Roles")
    page.get_by_label("Security only").check()
    assert shown(page) == ["role/operator"]
    page.get_by_role("combobox", name="Kind").select_option("Schedules")
    assert shown(page) == []


def test_filters_of_a_drift_report_look_at_each_difference(page: Page, written: dict[str, Path]) -> None:
    page.goto(written["drift"].as_uri())
    page.get_by_role("combobox", name="Weight").select_option("cosmetic")
    page.get_by_role("combobox", name="Sort").select_option("changed outside Git")
    assert shown(page) == ["user/mei.lindqvist", "user/viktor.emerald-nagy", "group/sales"]
    mei = page.locator("tbody[data-is]:visible").first
    expect(mei.get_by_role("rowheader", name="position")).to_be_visible()
    expect(mei.get_by_text("supervisor", exact=True).first).to_be_hidden()
    page.get_by_role("combobox", name="Weight").select_option("all")
    page.get_by_label("Security only").check()
    assert shown(page) == ["user/mei.lindqvist", "user/tunde.baptiste"]


def test_by_keyboard_alone(page: Page, written: dict[str, Path]) -> None:
    page.goto(written["drift"].as_uri())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the details")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("noor")
    assert shown(page) == ["user/noor.achterberg"]
    page.keyboard.press("Enter")
    assert shown(page) == ["user/noor.achterberg"]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_without_a_script_everything_can_be_read(browser: Browser, written: dict[str, Path], subject: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written[subject].as_uri())
    expect(page.locator("#filters")).to_be_hidden()
    assert len(shown(page)) == page.locator("tbody[data-is]").count() > 0
    expect(page.locator("tr:not(:visible)")).to_have_count(page.locator("details tr").count())
    context.close()


def test_on_paper_stands_all_of_it_on_white_whatever_was_filtered(page: Page, written: dict[str, Path]) -> None:
    page.goto(written["drift"].as_uri())
    page.get_by_role("searchbox").fill("noor")
    every = page.locator("tbody[data-is]").count()
    page.emulate_media(media="print", color_scheme="dark")
    assert len(shown(page)) == every > 1
    for control in ("#filters", "nav", ".skip", "summary"):
        expect(page.locator(control).first).to_be_hidden()
    numbers = page.locator("details td").first
    assert numbers.evaluate("(cell) => cell.checkVisibility({ contentVisibilityAuto: true })")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF-") and 2 <= len(re.findall(rb"/Type /Page\b(?!s)", pdf)) <= 8


@pytest.mark.parametrize("subject", SUBJECTS)
def test_on_a_phone_nothing_has_to_be_pushed_sideways(page: Page, written: dict[str, Path], subject: str) -> None:
    page.set_viewport_size({"width": 340, "height": 700})
    page.goto(written[subject].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 340
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 340


_LOOKS = [(subject, scheme, 1280) for subject in SUBJECTS for scheme in ("light", "dark")]


@pytest.mark.parametrize(("subject", "scheme", "width"), [*_LOOKS, ("plan", "light", 360), ("drift", "light", 360)])
def test_axe_finds_nothing(
    page: Page, written: dict[str, Path], axe: str, subject: str, scheme: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(written[subject].as_uri())
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    page.evaluate(axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    assert [(rule["impact"], rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []


@pytest.fixture
def served(written: dict[str, Path]) -> Iterator[str]:
    """The folder of the pages behind a server, as a CI job shows its artifacts."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(written["plan"].parent)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_page_asks_for_anything_but_itself(page: Page, served: str) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    for subject in SUBJECTS:
        page.goto(f"{served}/{subject}.html")
        page.get_by_role("searchbox").fill("a")
        page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [f"{served}/{subject}.html" for subject in SUBJECTS]


def test_what_somebody_hostile_wrote_is_read_and_does_nothing(page: Page, tmp_path: Path) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for subject, html in hostile().items():
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.locator("img")).to_have_count(0)
        expect(page.locator("script")).to_have_count(1)
        expect(page.locator("a[href^='javascript']")).to_have_count(0)
        page.get_by_role("searchbox").fill("<script>alert(2)")
        assert len(page.locator("tbody[data-is]:visible").all()) > 0, subject
        page.set_viewport_size({"width": 340, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 340
        page.set_viewport_size({"width": 1000, "height": 800})


def test_names_that_are_written_from_right_to_left_keep_to_themselves(page: Page, tmp_path: Path) -> None:
    drift = stories.many_differences(1)
    (row,) = drift.differences
    leila = type(row)(object="user/ليلى", label="ليلى حداد (2)", field="position", sort=row.sort, weight=row.weight,
                      applied="مشغل", live="قائد 7", wanted="مشغل", who="مدير", file="فريق.yaml", line=3)  # fmt: skip
    path = tmp_path / "page.html"
    path.write_text(pages.drift(type(drift)(target="office", platform="local", at=drift.at, differences=(leila,))))
    page.goto(path.as_uri())
    page.get_by_role("searchbox").fill("ليلى")
    assert shown(page) == ["user/ليلى"]
    name, label = page.locator("tbody .name").bounding_box(), page.locator("tbody .label").bounding_box()
    assert name is not None and label is not None and name["x"] < label["x"]
    assert page.locator("tbody td bdi").first.evaluate("(bdi) => getComputedStyle(bdi).unicodeBidi") == "isolate"


class Stopwatch:
    """How long the page itself is at work: layout, style and script, whatever else keeps the machine busy."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def _so_far(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

    def opening(self, path: Path) -> float:
        """Seconds until the page stands there."""
        self.page.goto(path.as_uri())
        self.page.evaluate(_DRAWN)
        return self._so_far()

    def searching(self, text: str) -> float:
        """Seconds from a keystroke to what it leaves on the screen."""
        began = self._so_far()
        self.page.get_by_role("searchbox").fill(text)
        self.page.evaluate(_DRAWN)
        return self._so_far() - began


_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def test_five_hundred_differences_open_and_are_filtered_in_under_a_second(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(pages.drift(stories.many_differences(500)), encoding="utf-8")
    watch = Stopwatch(page)
    assert watch.opening(path) < 1
    assert watch.searching("agent.0047") < 1
    assert len(shown(page)) == 10
    assert watch.searching("") < 1


def test_a_plan_of_fifty_thousand_steps_can_be_used(page: Page, tmp_path: Path) -> None:
    html = pages.plan(stories.many_steps(50_000), at=stories.MONDAY)
    assert len(html.encode()) < 4_000_000
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    watch = Stopwatch(page)
    assert watch.opening(path) < 2
    assert watch.searching("agent.4999") < 1
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Filtered: 0 of \d+ objects shown, and 10 of 49\d+ "))
    expect(page.get_by_text("user/agent.49990")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Security only").check()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"and 1\d\d\d of 49\d+ that are only named.$"))
