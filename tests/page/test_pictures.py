"""The pictures in docs/pictures can be made anew, and stay small enough for a README."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from ccconf.reconcile.plan import Plan
from tests.page import pictures


def test_the_pictures_can_be_made_anew(browser: Browser, plan: Plan, tmp_path: Path) -> None:
    for picture in pictures.take(browser, plan, tmp_path):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert 20_000 < picture.stat().st_size < 200_000, picture.name
        assert (pictures.FOLDER / picture.name).is_file()
