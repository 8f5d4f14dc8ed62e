"""The pictures of the pages for the README and docs/page.md: `python -m tests.page.pictures` makes them anew."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ccconf.reconcile.plan import Plan
from ccconf.report import page as pages
from tests.browser.conftest import CHROMIUM
from tests.page import stories

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars")
_SHOWN = {"overview": (0, 1200), "changes": (-16, 1100)}
"""What is shown: the top of the page, or from the table on; how far above that it begins, and how high it is."""


def take(browser: Browser, plan: Plan, folder: Path) -> list[Path]:
    """The plan and a drift report, the top and the table of each, as PNG files in the folder."""
    made = {"plan": pages.plan(plan, at=stories.MONDAY), "drift": pages.drift(stories.drift())}
    return [_take(browser, html, part, folder / f"{name}-{part}.png") for name, html in made.items() for part in _SHOWN]


def _take(browser: Browser, html: str, part: str, picture: Path) -> Path:
    above, height = _SHOWN[part]
    page = browser.new_page(viewport={"width": 1280, "height": height}, color_scheme="light")
    page.set_content(html)
    if part == "changes":
        page.evaluate("(above) => scrollTo(0, document.querySelector('#changes').offsetTop + above)", above)
    page.screenshot(path=picture)
    page.close()
    return picture


def main() -> None:
    """Put them where the README looks for them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        take(browser, stories.monday(Path(scratch)).plan(), FOLDER)
        browser.close()


if __name__ == "__main__":
    main()
