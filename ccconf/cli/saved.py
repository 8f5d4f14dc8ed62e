"""Plans that were made earlier: whether they still are for the target, and were judged by the rules that it has now."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ccconf.errors import Refused, broken
from ccconf.findings import Finding
from ccconf.ledger.spot import platform_address
from ccconf.manifest.project import Project, Target, shown
from ccconf.reconcile.plan import Plan, decode

RULES = ("owns", "guards", "leavers", "identity", "licence")
"""What ccconf.yaml says of a target and a plan is judged by."""


def rules_of(target: Target) -> dict[str, str]:
    """Digests of the target's rules, by the name under which they stand in ccconf.yaml."""
    said = {name: msgspec.json.encode(getattr(target.form, name), order="deterministic") for name in RULES}
    return {name: hashlib.sha256(value).hexdigest()[:16] for name, value in said.items()}


def same_rules(plan: Plan, target: Target) -> None:
    """Whether the plan would still be judged as it was. Raises `Broken` (CC018)."""
    now = rules_of(target)
    if changed := [name for name in RULES if plan.rules.get(name) != now[name]]:
        message = f"{' and '.join(changed)} of {target.name} changed in ccconf.yaml since the plan was made"
        hint = "make a new plan; ccconf plan --rebase shows what is different"
        raise broken("CC018", message, hint, target.where(changed[0]))


SHORTEST_ID = 12
"""Letters of an id that name a plan well enough; reports show so many."""


def approved(plan: Plan, id_: str | None) -> None:
    """Whether it is the plan that was approved, where somebody says which. Raises `Refused` (CC611)."""
    if id_ is None or (len(id_) >= SHORTEST_ID and plan.id.startswith(id_.lower())):
        return
    message = f"the plan is {plan.id[:SHORTEST_ID]}, and {id_[:SHORTEST_ID] or 'none'} was approved"
    if len(id_) < SHORTEST_ID:
        message = f"{id_ or 'nothing'} is too short for the id of a plan: it has {SHORTEST_ID} letters at least"
    hint = "apply the approved plan's file, or have this one approved: ccconf plan --rebase shows what is different"
    raise Refused(Finding(code="CC611", message=message, hint=hint))


def saved_plan(path: Path, project: Project, target_name: str | None) -> tuple[Plan, Target]:
    """Raises `Broken`: CC001 where the file cannot be read, CC010 where it is no plan or is for another target."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot read {shown(path)}: {reason}", "check the path of the plan") from error
    plan = decode(raw, shown(path))
    if target_name is not None and target_name != plan.target:
        raise broken("CC010", f"the plan is for {plan.target}, not for {target_name}", "make a plan for it")
    return plan, the_same(plan, project.target(plan.target))


def the_same(plan: Plan, target: Target) -> Target:
    """The target, if it still is the platform that the plan is for. Raises `Broken` (CC010)."""
    if target.form.platform != plan.platform:
        raise broken("CC010", f"the plan is for the platform {plan.platform}", "make a new plan")
    if platform_address("", plan.url, plan.target) != platform_address("", target.form.url, target.name):
        raise broken("CC010", f"the plan is for {plan.url}, the target is at {target.form.url}", "make a new plan")
    return target
