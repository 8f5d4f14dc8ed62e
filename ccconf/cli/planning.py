"""Making a plan for a target: the one way that `plan` and `apply` share."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

import click

from ccconf.cli.asking import is_terminal
from ccconf.cli.byhand import in_words, owned_by_now, seen_by_people, too_old
from ccconf.cli.saved import rules_of
from ccconf.cli.session import BY_HAND, checked, connected, facts_of, in_gits_words
from ccconf.errors import broken
from ccconf.findings import Location, did_you_mean
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations, files_of
from ccconf.manifest.load import collector_paused
from ccconf.manifest.project import Limits, Target
from ccconf.model.declared import Wanted
from ccconf.model.kinds import KINDS
from ccconf.model.owned import Owned
from ccconf.platform.contract import Acting, Platform
from ccconf.platform.discovery import find
from ccconf.platform.names import Held
from ccconf.reconcile.diff import Agreed, Difference, Other
from ccconf.reconcile.observe import observe
from ccconf.reconcile.plan import Plan, stop_on_errors
from ccconf.reconcile.planner import Request, plan_of
from ccconf.reconcile.policy import Limit, Policy


def policy_of(target: Target, accept_empty: tuple[str, ...] = (), accept_shrunk: tuple[str, ...] = ()) -> Policy:
    """The target's rules as plain values."""
    form = target.form
    _name_something(target)
    facts, driven = facts_of(target), find(target.form.platform, None).facts
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
        licence=form.licence,
        rules=facts.rules,
        invariants=facts.invariants,
        immutable=frozenset((row.kind, row.field) for row in facts.immutable),
        effects=facts.effects,
        within=driven.within,
        naming=driven.recognised_by,
        mentions=driven.mentions,
        deactivates="status" in driven.fields.get("user", ("status",)),
        acts=driven.acts,
        accept_empty=frozenset(accept_empty),
        accept_shrunk=frozenset(accept_shrunk),
    )


def _name_something(target: Target) -> None:
    """A misspelt kind would protect nobody without a word. Raises `Broken` (CC202)."""
    for index, pattern in enumerate(target.form.guards.protect):
        kind, slash, _ = pattern.partition("/")
        if slash and not any(fnmatchcase(known, kind) for known in KINDS):
            where = target.where("guards", "protect", index)
            raise broken(
                "CC202", f"{pattern} can fit nothing: no kind is called {kind}", did_you_mean(kind, KINDS), where
            )
    if target.form.identity and "/" in target.form.identity:
        where = target.where("identity")
        raise broken("CC202", "identity: is the key of a user", f"write {target.form.identity.split('/')[-1]}", where)


def _limits(limits: Limits) -> dict[str, Limit]:
    said = {kind.name: getattr(limits, kind.plural) for kind in KINDS.values()}
    return {kind: limit for kind, limit in said.items() if limit is not None}


class Looked(NamedTuple):
    """What a plan was made of, while the platform is still open."""

    plan: Plan
    found: Difference
    declared: Declarations
    wanted: Wanted
    platform: Platform
    """Under the names of Git."""
    ledger: Ledger
    owned: Callable[[str], Mapping[str, Owned]]
    planned: Callable[[Difference], Plan]
    """The plan for a part of what was found."""


T = TypeVar("T")


def plan_for(
    target: Target,
    only: tuple[str, ...],
    accept_empty: tuple[str, ...],
    accept_shrunk: tuple[str, ...] = (),
    *,
    strangers: Callable[[Iterable[Other]], None] = lambda others: None,
    agreed: Agreed | None = None,
) -> Plan:
    """Load, compose, validate, observe, diff, order, guard. Raises where a plan cannot be made at all.

    `strangers` hears of what is on the platform and not in the plan, which may name it all the same; `agreed` of every
    declared object that is live.
    """

    def made(looked: Looked) -> Plan:
        strangers(looked.found.others)
        return looked.plan

    return looked_at(target, only, accept_empty, accept_shrunk, made, agreed)


def looked_at(
    target: Target,
    only: tuple[str, ...],
    accept_empty: tuple[str, ...],
    accept_shrunk: tuple[str, ...],
    then: Callable[[Looked], T],
    agreed: Agreed | None = None,
) -> T:
    """The same, and what `then` makes of it. `agreed` hears of every declared object that is live."""
    with Progress(f"Reading {target.name} ({target.form.platform})") as progress, collector_paused():
        declared, findings = checked(target)
        stop_on_errors(findings)
        files = files_of(declared, target.base)
        policy = policy_of(target, accept_empty, accept_shrunk)
        with connected(target) as connection, Ledger(target.project.ledger) as ledger:
            owned = owned_by_now(connection, target, ledger)
            seen = seen_by_people(connection, target, declared, owned)
            platform, names = in_gits_words(connection, target, ledger, declared)
            request = Request(
                target=target.name,
                platform_name=target.form.platform,
                url=target.form.url,
                files=files,
                only=only,
                findings=(*(found for found in findings if found.code != BY_HAND), *too_old(target, seen)),
                place=_placed(target),
                names=names,
                rules=rules_of(target),
                seen=in_words(seen),
                acting=connection if isinstance(connection, Acting) else None,
            )
            wanted = Held(declared, find(target.form.platform, None).as_held)
            found = observe(wanted, platform, owned, policy, progress.seen, agreed)
            plan = plan_of(request, found, wanted, platform, policy)
            again = partial(plan_of, request, wanted=wanted, platform=platform, policy=policy)
            return then(Looked(plan, found, declared, wanted, platform, ledger, owned, again))


def _placed(target: Target) -> Callable[[Location], str]:
    """Places from the project's folder, so that a plan has the same bytes wherever it is made."""

    def placed(where: Location) -> str:
        path = Path(os.path.relpath(where.path, target.base)).as_posix()
        sound = path.encode(errors="backslashreplace").decode()  # a plan is JSON, which not every file name can be
        return str(where._replace(path=sound))

    return placed


class Progress:
    """One line on a terminal that tells how far the reading has come; silence in a log."""

    def __init__(self, what: str) -> None:
        self.shown = is_terminal(sys.stderr)
        self.last = 0.0
        self.what = what

    def __enter__(self) -> Self:
        if self.shown:
            click.echo(f"{self.what} …", err=True, nl=False)
        return self

    def seen(self, kind: str, read: int, total: int) -> None:
        """Called for each page."""
        now = time.monotonic()
        if self.shown and now - self.last > 0.1:
            self.last = now
            click.echo(f"\r\033[K{kind}: {read} of {total}", err=True, nl=False, color=True)

    def __exit__(self, *_: object) -> None:
        """The line is cleared, so that an error does not stand behind it."""
        if self.shown:
            click.echo("\r\033[K", err=True, nl=False, color=True)  # no colour, but click takes it for one
