"""A law: whatever was done still is so as long as nobody changes it, and no longer is once it is undone."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ccconf.conformance import laws
from ccconf.conformance.laws import Office
from ccconf.conformance.worlds import World
from ccconf.model.change import Change
from ccconf.platform.contract import Platform
from ccconf.platform.names import Named, Names, SaidEdges
from ccconf.reconcile import standing
from ccconf.reconcile.outcome import Outcome, Report
from ccconf.reconcile.plan import Plan
from tests.threecx import worlds as threecx_worlds
from tests.undo.test_law import local, threecx, undoing

UNHURRIED: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
}
LEAVERS = st.sampled_from(["deactivate", "delete"])


def still_done(office: Office, plan: Plan, report: Report) -> dict[str, Outcome]:
    """What a repeated job would find."""

    def under(made: list[Change], said: SaidEdges) -> Platform:
        facts = office.descriptor.facts
        if not facts.recognised_by:
            return office.platform
        names = Names.of_plan(facts, plan.names, [step.change for step in plan.steps])
        for change in made:
            names.made(change)
        return Named(office.platform, names, said)

    return standing.still_done(plan, {ended.step: ended for ended in report.outcomes}, under)


def holds(office: Office, first: World, second: World) -> None:
    """The law, for two worlds."""
    office.settle(first)
    office.declare(second)
    plan = office.plan()
    if plan.refused:
        return
    report = office.apply(plan)
    office.done(plan, report)
    assert still_done(office, plan, report).keys() == {step.id for step in plan.steps}
    back = undoing(office, plan, report)
    office.done(back, office.apply(back))
    undone = {step.ref for step in back.steps}
    left = still_done(office, plan, report)
    assert not [step.id for step in plan.steps if step.id in left and step.ref in undone]


@settings(max_examples=15, **UNHURRIED)
@given(pair=laws.two_worlds(), leavers=LEAVERS)
def test_over_the_embedded_platform(pair: tuple[World, World], leavers: str) -> None:
    with local(leavers) as office:
        holds(office, *pair)


@settings(max_examples=5, **UNHURRIED)
@given(pair=threecx_worlds.two_worlds(), leavers=LEAVERS)
def test_over_http(pair: tuple[World, World], leavers: str) -> None:
    with threecx(leavers) as office:
        holds(office, *pair)
