"""A runbook as a person has it before them: ticked off, remembered, in both languages, on a phone, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ccconf.report.runbook import html
from tests.report.runbook_cases import case


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "runbook.html"
    path.write_text(html([case("opasuite").book(language) for language in ("en", "pt-BR")]), encoding="utf-8")
    yield path.as_uri()


def tick_off(page: Page, number: int) -> None:
    """All of one entry."""
    for box in page.locator(f".runbook:visible .entry >> nth={number - 1} >> input").all():
        box.check()


def test_what_is_ticked_off_is_counted_and_remembered_in_both_languages(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("status")).to_have_text("0 of 11 done")
    tick_off(page, 2)
    expect(page.get_by_role("status")).to_have_text("1 of 11 done")
    page.reload()
    expect(page.get_by_role("status")).to_have_text("1 of 11 done")
    page.get_by_role("radio", name="Português (Brasil)").check()
    expect(page.get_by_role("status")).to_have_text("1 de 11 feitos")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tarefas manuais no Opa! Suite: office")
    tick_off(page, 3)
    page.reload()
    expect(page.get_by_role("status")).to_have_text("2 of 11 done")


def test_the_command_that_reports_back_names_what_is_ticked_off(page: Page, url: str) -> None:
    page.goto(url)
    command = page.locator(".runbook:visible .command").first
    expect(command).to_have_text(re.compile("^ccconf confirm -t office --plan [0-9a-f]{12} NUMBERS$"))
    tick_off(page, 2)
    tick_off(page, 5)
    expect(command).to_have_text(re.compile("^ccconf confirm -t office --plan [0-9a-f]{12} 2 5$"))
    tick_off(page, 10)
    expect(command).to_have_text(re.compile("^ccconf confirm -t office --plan [0-9a-f]{12} 2 5 10$"))


def test_without_a_script_it_can_be_read_ticked_off_and_told_in_the_other_language(browser: Browser, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("status")).to_have_count(0)
    tick_off(page, 1)
    page.get_by_role("radio", name="Português (Brasil)").check()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tarefas manuais no Opa! Suite: office")
    context.close()


def test_by_keyboard_alone(page: Page, url: str) -> None:
    page.goto(url)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Português (Brasil)")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".runbook:visible input").first).to_be_checked()


def test_on_a_phone_nothing_has_to_be_pushed_sideways(page: Page, url: str) -> None:
    page.set_viewport_size({"width": 340, "height": 700})
    page.goto(url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 340


def test_on_paper_stands_the_chosen_language_alone_on_white(page: Page, url: str) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("status")).to_have_count(0)
    for part in ("body", ".entry"):
        ground = page.locator(part).first.evaluate("(element) => getComputedStyle(element).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_that_is_written_can_be_read(page: Page, url: str, scheme: str) -> None:
    """WCAG 2.2 AA asks for a contrast of 4.5; ours are measured against what they really stand on."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its two words
    page.goto(url)
    low = page.evaluate(_CONTRASTS)
    assert low == []


_CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const colour = getComputedStyle(here).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = new Set();
  for (const element of document.querySelectorAll("main *, header *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.checkVisibility()) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) low.add(`${element.tagName}.${element.className}`);
  }
  return [...low];
}"""
