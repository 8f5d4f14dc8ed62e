"""Making a plan for a target: the one way that `plan` and `apply` share."""

from __future__ import annotations

import sys
import time

import click

from ccconf.cli.session import checked, connected
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import files_of
from ccconf.manifest.load import collector_paused
from ccconf.manifest.project import Limits, Target
from ccconf.model.kinds import KINDS
from ccconf.platform.discovery import find
from ccconf.reconcile.plan import Plan, stop_on_errors
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Limit, Policy


def policy_of(target: Target, accept_empty: tuple[str, ...] = ()) -> Policy:
    """The target's rules as plain values."""
    form = target.form
    facts = find(form.like or form.platform, None).facts
    return Policy(
        owns={kind: target.owns(kind) for kind in KINDS},
        deletes=_limits(form.guards.deletes),
        updates=_limits(form.guards.updates),
        deletes_floor=form.guards.deletes.floor,
        updates_floor=form.guards.updates.floor,
        protect=form.guards.protect,
        leavers=form.leavers,
        identity=form.identity,
        seats=form.licence.seats,
        invariants=facts.invariants,
        accept_empty=frozenset(accept_empty),
    )


def _limits(limits: Limits) -> dict[str, Limit]:
    said = {kind.name: getattr(limits, kind.plural) for kind in KINDS.values()}
    return {kind: limit for kind, limit in said.items() if limit is not None}


def plan_for(target: Target, only: tuple[str, ...], accept_empty: tuple[str, ...]) -> Plan:
    """Load, compose, validate, observe, diff, order, guard. Raises where a plan cannot be made at all."""
    progress = Progress(f"Reading {target.name} ({target.form.platform})")
    with collector_paused():
        declared, findings = checked(target)
        stop_on_errors(findings)
        files = files_of(declared, target.base)
        request = Request(target.name, target.form.platform, files, only, findings)
        with connected(target) as platform, Ledger(target.project.ledger) as ledger:
            plan = make_plan(
                request,
                declared,
                platform,
                lambda kind: ledger.owned(target.name, kind),
                policy_of(target, accept_empty),
                progress.seen,
            )
    progress.end()
    return plan


class Progress:
    """One line on a terminal that tells how far the reading has come; silence in a log."""

    def __init__(self, what: str) -> None:
        self.shown = sys.stderr.isatty()
        self.last = 0.0
        if self.shown:
            click.echo(f"{what} …", err=True, nl=False)

    def seen(self, kind: str, read: int, total: int) -> None:
        """Called for each page."""
        now = time.monotonic()
        if self.shown and now - self.last > 0.1:
            self.last = now
            click.echo(f"\r\033[K{kind}: {read} of {total}", err=True, nl=False)

    def end(self) -> None:
        """Clear the line."""
        if self.shown:
            click.echo("\r\033[K", err=True, nl=False)
