"""Law 7: undoing what was applied restores every managed field, and undoing it once more is nothing to do.

Over the embedded platform, and over HTTP against an emulator, where a platform fills in what nobody said.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ccconf.conformance import laws
from ccconf.conformance.laws import TARGET, Office, State
from ccconf.conformance.worlds import PICTURES, World, read_picture
from ccconf.ledger.runs import Journalled, Run
from ccconf.ledger.store import Ledger
from ccconf.model.licence import Licence
from ccconf.model.owned import Owned
from ccconf.platform.contract import Connection, Platform
from ccconf.platform.discovery import find
from ccconf.platform.names import Named, Names, SaidEdges
from ccconf.platforms.local.embedded import LocalPlatform
from ccconf.platforms.threecx.connection import connect
from ccconf.platforms.threecx.emulator import Emulator, Options, Seed
from ccconf.reconcile.outcome import Report
from ccconf.reconcile.plan import Plan
from ccconf.reconcile.planner import Request
from ccconf.reconcile.touched import what_came
from ccconf.reconcile.undo import undo_plan
from tests.threecx import worlds as threecx_worlds

_UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def undoing(office: Office, plan: Plan, report: Report, number: int = 1) -> Plan:
    """What `ccconf undo` would make of a run of the plan that ended so."""
    journal = {
        ended.step: Journalled(ended.step, "then", ended.status, msgspec.to_builtins(ended), "then")
        for ended in report.outcomes
    }
    run = Run(number, TARGET, plan.id, "apply", 0, "somebody", "", "then", "then", "ended", 0, b"")
    facts = office.descriptor.facts
    with Ledger(office.folder / "ledger.db") as ledger:

        def owned(kind: str) -> Mapping[str, Owned]:
            return ledger.owned(TARGET, kind)

        def under(said: SaidEdges) -> Platform:
            return Named(office.platform, Names(facts, {}, owned), said) if facts.recognised_by else office.platform

        came = what_came(plan, journal, ())
        request = Request(TARGET, "any", files=dict.fromkeys(PICTURES, "picture.png"))
        return undo_plan(run, plan, came, request, under, owned, office.policy)


@contextmanager
def local(leavers: str) -> Iterator[Office]:
    """A project beside an embedded platform."""
    with tempfile.TemporaryDirectory() as folder:
        connection = Connection("live.db", Path(folder), "law", Licence(), None, {}, read_picture)
        platform = LocalPlatform(connection)
        try:
            yield Office(Path(folder), platform, "listed", leavers)
        finally:
            platform.close()


@contextmanager
def threecx(leavers: str) -> Iterator[Office]:
    """A project beside a system that is asked over HTTP."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        emulator = stack.enter_context(Emulator(Options(edition="enterprise", calls=64), seed=Seed(users=1)))
        server = stack.enter_context(emulator.serving())
        credentials = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
        licence = Licence(edition="enterprise")
        platform = connect(Connection(server.url, Path(), "law", licence, None, credentials, lambda _: b""))
        stack.callback(platform.close)
        yield Office(Path(folder), platform, "listed", leavers, find("threecx", None))


def holds(office: Office, first: World, second: World) -> None:
    """The law, for two worlds; and an undo is undone like any other run."""
    office.settle(first)
    before = office.state()
    office.declare(second)
    plan = office.plan()
    if plan.refused:
        return
    report = office.apply(plan)
    office.done(plan, report)
    applied = office.state()
    back = undoing(office, plan, report)
    assert not back.refused, [found.message for found in back.findings]
    undone = office.apply(back)
    office.done(back, undone)
    left_alone = [found.message for found in back.findings if found.code == "CC514"]
    assert not left_alone, "nobody changed anything since"
    again = undoing(office, plan, report)
    assert not again.steps, [step.id for step in again.steps]
    same(before, office.state(), office)
    forth = undoing(office, back, undone, 2)
    assert not forth.refused, [found.message for found in forth.findings]
    office.done(forth, office.apply(forth))
    same(applied, office.state(), office)


def same(before: State, after: State, office: Office) -> None:
    """Everything is as it was; who came may not sign in and has nothing, or is gone."""
    fields = {ref: data for ref, (_, data) in before.items()}
    now = {ref: data for ref, (_, data) in after.items()}
    assert {ref: now.get(ref) for ref in fields} == fields
    for ref in now.keys() - fields.keys():
        assert ref.kind == "user" and office.policy.leavers == "deactivate", ref
        assert now[ref]["status"] == "inactive"
        assert not now[ref].get("roles") and not now[ref].get("skills")


@settings(max_examples=10, deadline=None, suppress_health_check=_UNHURRIED)
@given(pair=laws.two_worlds(), leavers=st.sampled_from(["deactivate", "delete"]))
def test_an_undo_restores_every_managed_field(pair: tuple[World, World], leavers: str) -> None:
    with local(leavers) as office:
        holds(office, *pair)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=_UNHURRIED,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a world made smaller takes hundreds of tries over HTTP
)
@given(pair=threecx_worlds.two_worlds(), leavers=st.sampled_from(["deactivate", "delete"]))
def test_it_does_so_over_http(pair: tuple[World, World], leavers: str) -> None:
    with threecx(leavers) as office:
        holds(office, *pair)
