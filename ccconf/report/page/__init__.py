"""One page that tells a plan, a run, a drift report or findings to people: it needs no network, no server, no script.

What is said stands in `planned`, `ran`, `drifting` and `found`, one for each subject; all make the same `Page`
(`view`), which `render` writes as HTML. Equal input gives equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccconf.findings import Finding
    from ccconf.reconcile.drifted import Drift
    from ccconf.reconcile.outcome import Report
    from ccconf.reconcile.plan import Plan

# What makes pages is heavy, and imported only where one is made.


def findings(findings: Sequence[Finding], *, target: str, at: str) -> str:
    """The page with what is wrong in the manifests of a target; `at` is the moment in UTC, as ISO 8601."""
    from ccconf.report.page.found import findings_page
    from ccconf.report.page.render import html

    return html(findings_page(findings, target=target, at=at))


def plan(plan: Plan, *, at: str) -> str:
    """The page with what a plan would do; `at` is the moment in UTC, as ISO 8601."""
    from ccconf.report.page.planned import plan_page
    from ccconf.report.page.render import html

    return html(plan_page(plan, at=at))


def run(plan: Plan, report: Report, *, at: str) -> str:
    """The page with what became of each step of a plan; `at` is the moment in UTC, as ISO 8601."""
    from ccconf.report.page.ran import run_page
    from ccconf.report.page.render import html

    return html(run_page(plan, report, at=at))


def drift(drift: Drift, *, plan: Plan | None = None) -> str:
    """The page with what differs between Git and a platform; `plan` is the one that would put Git's values back."""
    from ccconf.report.page.drifting import drift_page
    from ccconf.report.page.render import html

    return html(drift_page(drift, plan))
