"""A drift report of 50,000 people with 500 differences: what it costs beside the plan, its page, and a comparison.

The platform's screens are played by changing people of the embedded platform by hand. The page is opened in Chromium,
where that and Playwright are installed, and timed by its own clock: from navigation to the end of loading, and from a
key stroke in the search field to the next picture that is painted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.generate import write_project
from benchmarks.processes import CCCONF, Cost, Place, run
from benchmarks.table import Row, milliseconds, seconds, spread

if TYPE_CHECKING:
    from playwright.sync_api import Page

USERS, DIFFERENCES = 50_000, 500
PLAN = (*CCCONF, "plan", "--format", "json")
DRIFT = (*CCCONF, "drift", "--format", "json", "--report", "html=drift.html")
COMPARE = (*CCCONF, "compare", "office", "other", "--format", "json")
SOMETHING = 2
"""The exit code of all three: there is something to do, or to tell."""
_OTHER = """\
  other:
    platform: local
    url: other.db
    manifests: [manifests]
"""
_LOADED = "() => { const [row] = performance.getEntriesByType('navigation'); return row.loadEventEnd; }"
_SEARCHED = """text => new Promise(done => {
  const field = document.querySelector('input[type=search]');
  const begun = performance.now();
  field.value = text;
  field.dispatchEvent(new Event('input', {bubbles: true}));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""


def figures(work: Path, most: int, runs: int) -> Iterator[Row]:
    """The rows of drift, its page, and compare, for `most` people at most."""
    users = min(USERS, most)
    folder = work / "drift"
    write_project(folder, users)
    office = Place(folder)
    run([*CCCONF, "apply", "--yes"], office)
    run([*CCCONF, "drift"], office)
    shutil.copy(folder / "live.db", folder / "other.db")
    _at_the_screens(folder, users)
    path = folder / "ccconf.yaml"
    path.write_text(path.read_text(encoding="utf-8") + _OTHER, encoding="utf-8")
    run([*CCCONF, "validate", "-t", "office"], office)
    plans: list[Cost] = []
    reports: list[Cost] = []
    comparisons: list[Cost] = []
    for _ in range(runs):
        plans.append(run([*PLAN, "-t", "office"], office, exit_code=SOMETHING))
        reports.append(run([*DRIFT, "-t", "office"], office, exit_code=SOMETHING))
        comparisons.append(run(COMPARE, office, exit_code=SOMETHING))
    told = f"{users:,} users, {DIFFERENCES} differences"
    yield _against(f"drift report and its page, {told}", reports, plans, 2)
    yield _against(f"compare with a copy from before, {told}", comparisons, plans, None)
    page = folder / "drift.html"
    size = page.stat().st_size / 1_000_000
    yield Row(f"page of the drift report, {told}", f"{size:.2f} MB", size, unit=" MB", target=3)
    yield from _in_a_browser(page, told, runs)


def _at_the_screens(folder: Path, users: int) -> None:
    from ccconf.model.licence import Licence
    from ccconf.model.refs import Ref
    from ccconf.platform.contract import Connection
    from ccconf.platforms.local.embedded import touch

    live = Connection("live.db", folder, "console", Licence(), None, {}, lambda digest: b"")
    for number in range(0, users, users // DIFFERENCES):
        touch(live, Ref("user", f"agent.{number:06}"), {"position": "Changed at the screens"})


def _against(figure: str, costs: list[Cost], plans: list[Cost], target: float | None) -> Row:
    ratios = [cost.wall / plan.wall for cost, plan in zip(costs, plans, strict=True)]
    cpu = median(cost.cpu / plan.cpu for cost, plan in zip(costs, plans, strict=True))
    told = f"{seconds([cost.wall for cost in costs])}; plan {seconds([plan.wall for plan in plans])}"
    return Row(figure, told, median(ratios), spread(ratios), " plans", target, remark=f"CPU {cpu:.2f} plans")


def _in_a_browser(page: Path, told: str, runs: int) -> Iterator[Row]:
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        yield Row(f"page of the drift report, {told}, opened", "no Chromium, or no Playwright")
        return
    opened, searched = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for _ in range(runs):
            tab = browser.new_page()
            opened.append(_opened(tab, page))
            searched.append(float(tab.evaluate(_SEARCHED, "agent.0001")) / 1000)
            tab.close()
        browser.close()
    for what, found in (("opened", opened), ("searched", searched)):
        figure = f"page of the drift report, {told}, {what}"
        yield Row(
            figure, milliseconds(found), median(found) * 1000, spread([each * 1000 for each in found]), " ms", 1000
        )


def _opened(tab: Page, page: Path) -> float:
    tab.goto(page.as_uri(), wait_until="load")
    tab.wait_for_function("() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    return float(tab.evaluate(_LOADED)) / 1000
