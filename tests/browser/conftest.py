"""Debian's Chromium, as a person has it before them: whatever it complains of or fetches elsewhere fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

CHROMIUM = shutil.which("chromium")
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without these it looks up its maker's hosts at each start, and refuses to run as root."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this folder: its loop must not run while others start theirs. On CI it has to be."""
    if CHROMIUM is None and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield browser
        browser.close()


@contextmanager
def _watched(browser: Browser) -> Iterator[BrowserContext]:
    """A window without a past. It tells of errors, and of requests that leave this machine."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    context.on("request", lambda request: complaints.extend(_elsewhere(request)))
    yield context
    context.close()
    assert not complaints, complaints


def _elsewhere(request: Request) -> Iterator[str]:
    if not request.url.startswith(("http://127.0.0.1:", "file:", "data:")):
        yield f"a request to {request.url}"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of its own."""
    with _watched(browser) as context:
        yield context


@pytest.fixture
def other_window(browser: Browser) -> Iterator[Page]:
    """A tab beside `page`. In a window of its own, since a tab that is hidden by another one works slowly."""
    with _watched(browser) as context:
        yield context.new_page()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()
