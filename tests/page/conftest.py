"""The pages of one morning, made once, and the browser of `tests/browser`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from ccconf.findings import Finding, Location
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Plan
from ccconf.report import page as pages
from tests.browser.conftest import browser as browser
from tests.browser.conftest import context as context
from tests.browser.conftest import page as page
from tests.page import stories


@pytest.fixture(scope="package")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of a Monday, as the command line makes it."""
    return stories.monday(tmp_path_factory.mktemp("monday")).plan()


def ended(plan: Plan) -> Report:
    """A run of which one step failed, one waits for a person and one was not tried."""
    statuses = {0: Status.FAILED, 1: Status.WAITING}
    outcomes = tuple(
        Outcome(step=step.id, status=statuses.get(place, Status.DONE), code="CC702" if place == 0 else "",
                detail="the platform refused it: 422" if place == 0 else "", hint="mend it and apply again")
        for place, step in enumerate(plan.steps[:-1])
    )  # fmt: skip
    return Report(plan_id=plan.id, target=plan.target, outcomes=outcomes)


def wrong() -> list[Finding]:
    """What validate found."""
    unknown = Finding(
        code="CC203", message="user/mei.lindqvist refers to group/bilimg, which nobody declares",
        where=Location("manifests/people.yaml", 14, 12), subject="user/mei.lindqvist", hint="did you mean billing?",
    )  # fmt: skip
    unused = Finding(code="CC207", message="nothing uses role/trainee", where=Location("manifests/roles.yaml", 9, 3))
    return [unknown, unused]


@pytest.fixture(scope="package")
def written(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each subject, in files."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "plan": pages.plan(plan, at=stories.MONDAY),
        "run": pages.run(plan, ended(plan), at=stories.MONDAY),
        "drift": pages.drift(stories.drift(), plan=plan),
        "findings": pages.findings(wrong(), target="office", at=stories.MONDAY),
    }
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
