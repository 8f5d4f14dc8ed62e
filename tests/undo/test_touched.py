"""What a run did, told by object: from the steps of its plan and what the journal says of them."""

from __future__ import annotations

from typing import Any

from ccconf.ledger.runs import Journalled
from ccconf.model.change import KEY, Create, Delete, FieldChange, Update
from ccconf.model.refs import Ref
from ccconf.platform.contract import Route
from ccconf.reconcile.plan import Plan, Step
from ccconf.reconcile.touched import Touched, touched, what_came


def update(id_: str, key: str, native_id: str, *rows: tuple[str, Any, Any], **more: Any) -> Step:
    """A step that changes fields of a user."""
    changes = tuple(FieldChange(field=field, before=before, after=after) for field, before, after in rows)
    change = Update(kind="user", key=key, native_id=native_id, revision="1", changes=changes)
    return Step(id=id_, change=change, **more)


def ran(*steps: Step, people: tuple[str, ...] = (), **statuses: str) -> tuple[Touched, ...]:
    """What came of a run of these steps; `statuses` by step, where it is not done."""
    plan = Plan(target="office", platform="local", steps=steps)
    journal = {
        step.id: Journalled(step.id, "then", status, {"native_id": "7"} if status == "done" else {}, "then")
        for step in steps
        if (status := statuses.get(step.id.replace(" ", "_").replace("/", "_"), "done")) != "blocked"
    }
    return touched(plan, what_came(plan, journal, people))


def test_somebody_who_was_put_aside_is_one_story() -> None:
    park = update("park user/a", "a", "1", (KEY, "b", "b~parked"), ("email", "x@example.org", None))
    then = update("update user/a", "a", "1", (KEY, "b~parked", "a"), ("email", None, "y@example.org"))
    (whole,) = ran(park, then)
    assert (whole.ref, whole.former) == (Ref("user", "a"), "b")
    assert (whole.before, whole.wrote) == ({"email": "x@example.org"}, {"email": "y@example.org"})
    (half,) = ran(park, then, update_user_a="blocked")
    assert (half.ref, half.former, half.wrote) == (Ref("user", "b~parked"), "b", {"email": None})


def test_what_people_completed_belongs_to_what_the_api_made() -> None:
    made = Step(id="create user/a", change=Create(kind="user", key="a", fields={"name": "Ann"}))
    rest = update("complete user/a", "a", "", ("position", None, "Head"), route=Route.MANUAL)
    (whole,) = ran(made, rest, people=("complete user/a",), complete_user_a="waiting")
    assert (whole.native_id, whole.was, whole.certain) == ("7", False, True)
    assert whole.wrote == {"name": "Ann", "position": "Head"}
    (part,) = ran(made, rest, complete_user_a="waiting")
    assert part.wrote == {"name": "Ann"}, "nobody has said that it was done"


def test_references_have_the_names_with_which_the_run_left_them() -> None:
    renamed = Update(
        kind="group", key="new", native_id="g", revision="1",
        changes=(FieldChange(field=KEY, before="old", after="new"),),
    )  # fmt: skip
    group = Step(id="update group/new", change=renamed)
    moved = update("update user/a", "a", "1", ("groups", {"new": {}}, {"new": {}, "x": {}}))
    gone = Step(
        id="delete user/b",
        change=Delete(kind="user", key="b", native_id="2", revision="1", fields={"groups": {"old": {}}}),
    )
    _, ann, bo = ran(group, moved, gone)
    assert (ann.before["groups"], bo.before["groups"]) == ({"new": {}}, {"new": {}})
    ann, bo = ran(group, moved, gone, update_group_new="stale")
    assert (ann.before["groups"], bo.before["groups"]) == ({"old": {}}, {"old": {}})


def test_acts_stay_done_and_doubts_stay_doubts() -> None:
    out = update("update user/a", "a", "1", ("status", "active", "inactive"), acts=("sign-out",), effects=("it rings",))
    (sure,) = ran(out)
    assert (sure.lasting, sure.certain) == (("sign-out was done", "it rings"), True)
    for status in ("", "uncertain", "failed"):
        (doubtful,) = ran(out, update_user_a=status)
        assert not doubtful.certain
    for status in ("blocked", "stale", "waiting"):
        assert ran(out, update_user_a=status) == ()
