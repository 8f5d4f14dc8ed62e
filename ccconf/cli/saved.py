"""A plan from its file, with the target that it is for."""

from __future__ import annotations

from pathlib import Path

from ccconf.errors import broken
from ccconf.manifest.project import Project, Target, shown
from ccconf.reconcile.plan import Plan, decode


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
    if target.form.url != plan.url:
        raise broken("CC010", f"the plan is for {plan.url}, the target is at {target.form.url}", "make a new plan")
    return target
