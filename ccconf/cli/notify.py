"""Telling a webhook what became of a run, or what a drift report found. It never fails the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import urlsplit

from ccconf.cli.output import print_lines
from ccconf.errors import CcconfError, Ending, broken
from ccconf.manifest.project import NotifyForm, Project, Target, reveal
from ccconf.manifest.yaml12 import SecretSource
from ccconf.reconcile.drifted import Drift, Sort, Weight, counted
from ccconf.reconcile.outcome import Report, Status

Event = Literal["applied", "failed", "drift"]

SECONDS = 10.0
"""For one attempt. Nobody waits long for a message."""
ATTEMPTS = 3

_JOB_LINKS = ("CI_JOB_URL", "CCCONF_RUN_URL")


def about_run(report: Report, target: Target, exit_code: int) -> None:
    """What became of a run, where it did anything at all."""
    if not report.outcomes:
        return
    counts = {str(status): report.count(status) for status in Status}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    event: Event = "applied" if exit_code in (Ending.DONE, Ending.WAITING) else "failed"
    summary = f"{target.name}: {told} (plan {report.plan_id[:12]})"
    _tell(target.project, event, summary, {"target": target.name, "plan_id": report.plan_id, "exit_code": exit_code,
                                           "outcomes": counts})  # fmt: skip


def about_drift(drift: Drift, target: Target) -> None:
    """What was changed outside of Git, where anything was."""
    outside = drift.outside()
    if not outside:
        return
    sorts, weights = counted(drift.differences)
    grave = weights[Weight.SECURITY]
    objects = len({row.object for row in outside})
    what = "1 object was" if objects == 1 else f"{objects} objects were"
    summary = f"{target.name}: {what} changed outside of Git"
    if grave:
        summary += f", {grave} {'change touches' if grave == 1 else 'changes touch'} security"
    waiting = sorts[Sort.PENDING]
    if waiting:
        summary += f"; {waiting} of Git's own changes not applied yet"
    _tell(target.project, "drift", summary, {"target": target.name, "at": drift.at, "sorts": sorts, "weights": weights})


def look_at_addresses(project: Project, *events: Event) -> None:
    """Tell before a run begins which webhooks have no address; a secret that is missing is told when it is needed."""
    for secret, form in project.webhooks:
        if not events or set(events) & set(form.on):
            with suppress(CcconfError):
                if _address(reveal(secret, project.base)) is None:
                    said = f"Nobody will be notified (!{secret.way} {secret.name}): that is no address of a webhook"
                    print_lines([f"{said}; write the whole https://…"], err=True)


def _tell(project: Project, event: Event, summary: str, numbers: dict[str, Any]) -> None:
    for secret, form in project.webhooks:
        if event not in form.on:
            continue
        try:
            if (address := _address(reveal(secret, project.base))) is not None:
                _post(*address, _body(form, event, summary, numbers))
        except CcconfError as error:
            _not_told(secret, error.findings[0].message)
        except Exception as fault:  # whatever it is, the run is over; its words may repeat the address
            _not_told(secret, type(fault).__name__)


def _not_told(secret: SecretSource, why: str) -> None:
    print_lines([f"Nobody could be notified (!{secret.way} {secret.name}): {why}."], err=True)


def _body(form: NotifyForm, event: Event, summary: str, numbers: dict[str, Any]) -> dict[str, Any]:
    link = next(iter(_links()), "")
    if form.format == "slack":
        safe = summary.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return {"text": f"{safe}\n{link}" if link else safe}
    return {"event": event, "summary": summary, "link": link, **numbers}


def _links() -> Iterator[str]:
    """The job in which this runs, where it runs in one."""
    yield from (os.environ[name] for name in _JOB_LINKS if os.environ.get(name))
    server, repository, run = (os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if server and repository and run:
        yield f"{server}/{repository}/actions/runs/{run}"


def _address(url: str) -> tuple[str, str] | None:
    """Where somebody answers, and the path there; None where that is no address of the web."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        return None
    if not whole or parts.scheme not in ("https", "http"):
        return None
    return f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _post(origin: str, path: str, body: dict[str, Any]) -> None:
    """Raises `Broken` (CC707) where nobody took it; no message repeats more of the address than its host."""
    from ccconf.platform.http import Ask, Http  # who notifies nobody needs no HTTP library

    http = Http(origin, timeout=SECONDS, proxies=True, attempts=ATTEMPTS)
    try:
        answer = http.send(Ask("POST", path, json=body))
    finally:
        http.close()
    if not 200 <= answer.status < 300:
        raise broken("CC707", f"{http.host} answered {answer.status}", "check the address")
