"""Runs and their steps, as plain values: what was approved, who began it, and how far it came."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from ccconf.model.owned import Owned
from ccconf.model.refs import Ref

Purpose = Literal["apply", "undo"]
State = Literal["running", "interrupted", "ended", "superseded"]
"""`running` also where the process died; `superseded` where a newer plan took the place of what was left."""


class Run(NamedTuple):
    """One run of one plan. Times are UTC, ISO 8601."""

    number: int
    """Counts the runs of a ledger."""
    target: str
    plan_id: str
    purpose: Purpose
    undoes: int
    """The run that this one undoes; 0 where it undoes none."""
    actor: str
    commit: str
    """The commit of the manifests, where they are in Git; empty where nobody can tell."""
    begun: str
    ended: str
    """Empty while it has not ended."""
    state: State
    exit_code: int | None
    plan: bytes
    """The whole plan, as `reconcile.plan.encode` writes it."""


class Journalled(NamedTuple):
    """What the journal holds of one step. Without a status the step was intended, and nobody knows what came of it."""

    step: str
    intended: str
    """When; UTC, ISO 8601."""
    status: str
    """Empty, or a `reconcile.outcome.Status`."""
    outcome: dict[str, Any]
    """The outcome as plain data; empty where there is none yet."""
    ended: str


class Noted(NamedTuple):
    """What the ledger is to know of an object from now on."""

    ref: Ref
    owned: Owned | None
    """None: it is gone."""
    fields: dict[str, Any] | None = None
    """What was applied, field by field, as plain data; None leaves what is noted."""
