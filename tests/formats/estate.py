"""An office on a Friday: what was changed outside Git, what is planned, what was done, what is wrong."""

from __future__ import annotations

from typing import Any

from ccconf.codes import CODES
from ccconf.findings import Finding, Location
from ccconf.model.change import Create, FieldChange, Update
from ccconf.reconcile.drifted import Difference, Drift, Moment, Share, Sort, Weight
from ccconf.reconcile.outcome import Outcome, Report, Status
from ccconf.reconcile.plan import Counts, FoundIn, Plan, Step
from ccconf.report.sheet import Subject, drifted, found, nowhere, planned, ran

AT = "2026-11-20T09:00:00Z"


def drift(
    name: str = "Ann Lee", key: str = "ann.lee", who: str = "Bo Dahl", note: str = "Head office", **more: Any
) -> Drift:
    """Six kinds of differences, with what people wrote in them."""
    rows = (
        Difference(
            object=f"user/{key}", label=name, field="roles", sort=Sort.DRIFT, weight=Weight.SECURITY,
            applied=["agent"], live=["admin", "agent"], wanted=["agent"],
            who=who, when="2026-11-18T09:12:00Z", file="manifests/people.yaml", line=12, column=5,
        ),
        Difference(
            object=f"user/{key}", label=name, field="name", sort=Sort.CONFLICT, weight=Weight.COSMETIC,
            applied=name, live=f"{name} (sick)", wanted=f"{name} Dahl", who=who, when="2026-11-20T08:00:00Z",
            file="manifests/people.yaml", line=13, column=11,
        ),
        Difference(
            object="skill/english", field="max_level", sort=Sort.PENDING, weight=Weight.ROUTING,
            applied=3, live=3, wanted=5, file="manifests/team.yaml", line=4, column=14,
        ),
        Difference(
            object="allowlist/office", field="networks", sort=Sort.EXPIRED, weight=Weight.SECURITY,
            applied={"203.0.113.0/24": note}, live={"203.0.113.0/24": note}, wanted={"203.0.113.0/24": note},
            says="the entry ran out on 2026-11-01", file="manifests/team.yaml", line=9, column=3,
        ),
        Difference(object="user/cy", label="Cy", sort=Sort.WAITING, weight=Weight.ROUTING, wanted={"name": "Cy"}),
        Difference(
            object="user/stranger", label=f"{name} the Second", sort=Sort.UNMANAGED, weight=Weight.SECURITY,
            live={"name": f"{name} the Second", "mobile": "+48 600 100 200"}, who=who,
        ),
        Difference(
            object="group/night", field="description", sort=Sort.DRIFT, weight=Weight.COSMETIC,
            applied="Until ten", live=f"ask {name}", wanted="Until ten", ignored=f"{who} is on it", until="2026-12-31",
        ),
    )  # fmt: skip
    form: dict[str, Any] = {
        "target": "office", "platform": "local", "at": AT, "differences": rows, "unmanaged": {"user": 12},
        "coverage": {"user": Share(managed=28, unmanaged=12), "role": Share(managed=3, unmanaged=0)},
        "seats": 38, "seats_bought": 50, "plan_id": "0123456789abcdef",
        "trend": tuple(
            Moment(at=f"2026-11-{day:02}T09:00:00Z", sorts={"drift": count}, weights={"security": count})
            for day, count in ((16, 0), (17, 1), (18, 4), (19, 3), (20, 2))
        ),
    }  # fmt: skip
    return Drift(**{**form, **more})


def plan(name: str = "Ann Lee", key: str = "ann.lee", note: str = "Head office", hint: str = "use it") -> Plan:
    """One person comes, one is changed, an allowlist grows; a warning on the way."""
    steps = (
        Step(
            id=f"create user/{key}", label=name, risk="high", calls=(f"create user/{key}: groups, name",),
            change=Create(
                kind="user", key=key,
                fields={"name": name, "email": "ann.lee@example.org", "extension": "4711", "groups": {"billing": {}}},
            ),
        ),
        Step(
            id="update user/bo", label="Bo Dahl", reason=f"renamed from {key}", needs=(f"create user/{key}",),
            change=Update(
                kind="user", key="bo", native_id="7", revision="1",
                changes=(
                    FieldChange(field="name", before="Bo", after="Bo Dahl"),
                    FieldChange(field="status", before="inactive", after="active"),
                ),
            ),
            effects=(f"calls for {name} go to Bo Dahl",),
        ),
        Step(
            id="update allowlist/office",
            change=Update(
                kind="allowlist", key="office", native_id="3", revision="1",
                changes=(FieldChange(field="networks", before={}, after={"203.0.113.0/24": note}),),
            ),
        ),
    )  # fmt: skip
    warning = FoundIn(
        code="CC207", severity=CODES["CC207"].severity, message=f"nothing uses user/{key}",
        where="manifests/people.yaml:3:5", subject=f"user/{key}", hint=hint,
    )  # fmt: skip
    counts = Counts(create=1, update=2, unchanged=4)
    return Plan(id="5eed" * 16, target="office", platform="local", steps=steps, counts=counts, findings=(warning,))


def report(detail: str = "the e-mail ann.lee@example.org belongs to user/cy") -> Report:
    """Of three steps one is done, one failed, one is not known."""
    of = plan()
    ends = (
        Outcome(step=of.steps[0].id, status=Status.FAILED, code="CC702", detail=detail, hint="look there"),
        Outcome(step=of.steps[1].id, status=Status.BLOCKED, detail=f"needs: {of.steps[0].id} (failed)"),
        Outcome(step=of.steps[2].id, status=Status.DONE),
    )
    return Report(plan_id=of.id, target="office", outcomes=ends)


def findings(message: str = "groups: no group is called billin", path: str = "manifests/people.yaml") -> list[Finding]:
    """An error with a place, a warning with another, one without any."""
    return [
        Finding(
            code="CC203", message=message, where=Location(path, 4, 14), subject="user/ann.lee",
            hint="did you mean billing?",
        ),
        Finding(code="CC304", message="0.0.0.0/0 lets the whole world in", where=Location(path, 9, 16)),
        Finding(code="CC402", message="51 active users need a seat, the licence has 50"),
    ]  # fmt: skip


def subjects() -> dict[str, Subject]:
    """One of each sort."""
    return {
        "drift": drifted(drift(), nowhere, exit_code=2, plan=plan()),
        "plan": planned(plan(), nowhere, at=AT, exit_code=2),
        "apply": ran(plan(), report(), nowhere, at=AT, exit_code=5),
        "validate": found(findings(), nowhere, command="validate", targets=["office"], at=AT, exit_code=1, objects=7),
        "sound": found((), nowhere, command="validate", targets=["office"], at=AT, exit_code=0, objects=7),
        "calm": drifted(drift(differences=(), unmanaged={}, trend=()), nowhere, exit_code=0),
    }
