"""Stories of work by hand: what a person saw on a vendor's screens, what Git wants, and the runbook between the two.

A case is a folder of `tests/report/runbooks`. `seen.yaml` is the platform under its own names, `departed.yaml` whom it
could restore, `wanted.yaml` the manifests, `runbook.md` what a person is asked to do, in English and in the vendor's
language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from ccconf.manifest.compose import Declarations, files_of
from ccconf.manifest.guide import guide_of
from ccconf.model.kinds import KINDS, initially
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand
from ccconf.platform.contract import Route
from ccconf.platform.discovery import find
from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from ccconf.platform.names import Named, Names, edges_in, said_in
from ccconf.platform.record import Entry, Known, Record, Snapshot
from ccconf.reconcile.plan import Plan, Step
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Policy
from ccconf.report.runbook import FileRow, Runbook, runbook
from tests.manifest.support import declared

HERE = Path(__file__).parent / "runbooks"
VENDORS = ("iptel", "iqchannels", "opasuite")
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DEFERRED = {"create user/dora": "the id of the permission group Noturno is not known yet"}
"""A new person of Opa! Suite who cannot be in the file before her permission group is there."""


def facts_of(vendor: str) -> Facts:
    """What is known of the vendor."""
    return find(vendor, None).facts


def guide(vendor: str) -> Guide:
    """The vendor's rows."""
    return guide_of(f"ccconf.platforms.{vendor}")


class Case(NamedTuple):
    """A plan whose steps a person does, with the names of the screens."""

    vendor: str
    plan: Plan
    names: Mapping[str, Mapping[str, str]]

    @property
    def waiting(self) -> list[Step]:
        """What no API does."""
        return [step for step in self.plan.steps if step.route is not Route.API]

    @property
    def files(self) -> list[FileRow]:
        """The vendor's import file, for all who can be in it."""
        rows = tuple(step.id for step in self.waiting if step.route is Route.FILE and step.id not in DEFERRED)
        return [FileRow("usuarios.csv", rows, secret=True)] if rows else []

    def own_name(self, ref: Ref) -> str:
        """What the screens call an object."""
        kind = facts_of(self.vendor).within.get(ref.kind, ref.kind)
        return self.names.get(kind, {}).get(ref.key, ref.key)

    def book(self, language: str) -> Runbook:
        """The runbook in a language."""
        return runbook(
            self.plan,
            self.waiting,
            facts_of(self.vendor),
            guide(self.vendor),
            self.own_name,
            language,
            files=self.files,
            deferred=DEFERRED,
        )


@cache
def case(vendor: str) -> Case:
    """The case of a vendor, planned as the command does it."""
    facts = facts_of(vendor)
    with TemporaryDirectory() as folder:
        base = Path(folder)
        pictures = {path.name: path.read_bytes() for path in (HERE / vendor).glob("*.png")}
        wanted = _manifests(base / "wanted", vendor, "wanted.yaml", pictures)
        seen, departed = (
            _objects(_manifests(base / name, vendor, f"{name}.yaml", pictures), facts) for name in ("seen", "departed")
        )
        snapshot = Snapshot(
            {kind: Known(MORNING, f"{kind}.csv", objects, departed[kind]) for kind, objects in seen.items()}
        )
        owned = _owned(wanted, facts, snapshot)
        names = Names(facts, said_in(wanted, facts), lambda kind: owned.get(kind, {}))
        request = Request("office", vendor, files=files_of(wanted, base / "wanted"), names=names.needed_by)
        policy = Policy(
            owns=dict.fromkeys(KINDS, "all"),
            deletes=dict.fromkeys(KINDS, "100%"),
            leavers="deactivate" if "status" in facts.fields["user"] else "delete",
            invariants=facts.invariants,
            effects=facts.effects,
            within=facts.within,
            naming=facts.recognised_by,
        )
        platform = Named(ByHand(facts, Record(snapshot)), names, edges_in(wanted))
        plan = make_plan(request, wanted, platform, lambda kind: owned.get(kind, {}), policy)
        return Case(vendor, plan, {kind: dict(pairs) for kind, pairs in names.own.items()})


def _manifests(base: Path, vendor: str, name: str, pictures: Mapping[str, bytes]) -> Declarations:
    base.mkdir()
    path = HERE / vendor / name
    content = path.read_bytes() if path.exists() else b""
    return declared(base, {"manifests/all.yaml": content, **{f"manifests/{key}": raw for key, raw in pictures.items()}})


def _objects(world: Declarations, facts: Facts) -> dict[str, dict[str, Entry]]:
    """What somebody saw on the screens, by kind and by the names there."""
    return {kind: {key: _entry(world, facts, Ref(kind, key)) for key in sorted(world.keys(kind))} for kind in KINDS}


def _entry(world: Declarations, facts: Facts, ref: Ref) -> Entry:
    found = world.get(ref)
    assert found is not None
    naming = {facts.recognised_by[ref.kind]: ref.key} if ref.kind in facts.recognised_by else {}
    return Entry(initially(ref.kind, msgspec.structs.replace(found.resource, **naming)))


def _owned(wanted: Declarations, facts: Facts, snapshot: Snapshot) -> dict[str, dict[str, Owned]]:
    """The ledger remembers what the manifests rename under its former key."""
    owned: dict[str, dict[str, Owned]] = {}
    for ref, former in wanted.former.items():
        live = snapshot.kinds[ref.kind].objects
        owned.setdefault(ref.kind, {})[former] = Owned(next(key for key in live if key.casefold() == former))
    return owned
