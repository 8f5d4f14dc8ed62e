"""Platforms of which only a part can be asked: what people saw there stands beside what the API shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ccconf.cli.clock import now
from ccconf.errors import Refused
from ccconf.findings import Finding
from ccconf.ledger.handed import NOT_THERE, SEEN, Desk
from ccconf.ledger.known import same_platform
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations
from ccconf.manifest.project import Target
from ccconf.model.change import Change, Delete
from ccconf.model.kinds import KINDS
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref, parse_ref
from ccconf.platform.byhand import EDGES, ByHand
from ccconf.platform.contract import Facts, Operation, Platform, Route
from ccconf.platform.record import Confirmed, Record
from ccconf.reconcile.plan import Plan

CLOCKS_DIFFER = timedelta(minutes=10)
"""So far may the clocks of two machines be apart."""
BY_PEOPLE = (Route.FILE, Route.MANUAL)


def asks_an_api(facts: Facts) -> bool:
    """Whether anything of the platform goes over the network."""
    return any(row.route is Route.API for row in facts.support)


def joined(target: Target, facts: Facts, api: Platform | None) -> Platform:
    """The API with what people saw and did, where the platform leaves anything to them."""
    if api is not None and not any(row.route in BY_PEOPLE for row in facts.support):
        return api
    from ccconf.snapshot.store import read  # most platforms need no snapshot

    with Ledger(target.project.ledger) as ledger:
        confirmed = Desk(ledger, target.name).confirmed()
    record = Record(read(target.snapshot, target.name, facts.name), confirmed, facts.recognised_by)
    return ByHand(facts, record, api)


def seen_by_people(
    platform: Platform, target: Target, declared: Declarations, owned: Callable[[str], Mapping[str, Owned]]
) -> dict[str, datetime]:
    """When people last looked at the kinds that this plan is about. Raises `Refused` (CC609) where nobody ever did."""
    if not isinstance(platform, ByHand):
        return {}
    unknown = []
    seen: dict[str, datetime] = {}
    for kind in KINDS:
        known = platform.record.snapshot.kinds.get(kind)
        if _compared_with_what_people_saw(platform, declared, kind):
            if known is None:
                unknown.append(_nothing_known(platform.facts, target, kind))
                continue
        elif known is None or not (_left_to_people(platform, kind) and (owned(kind) or target.owns(kind) == "all")):
            continue
        seen[kind] = known.taken
    if unknown:
        raise Refused(*unknown)
    return seen


def whole(platform: Platform, target: Target, kinds: Iterable[str]) -> None:
    """Raises `Refused` (CC609) for those of the kinds that only people see and at which nobody has looked."""
    if isinstance(platform, ByHand):
        unseen = [kind for kind in kinds if _left_to_people(platform, kind) and not platform.record.knows(kind)]
        if unseen:
            raise Refused(*(_nothing_known(platform.facts, target, kind) for kind in unseen))


def not_looked_at(platform: Platform, kind: str) -> Iterator[str]:
    """What is shown as empty because no API shows it and nobody has looked, in words."""
    if isinstance(platform, ByHand) and not platform.record.knows(kind) and not _left_to_people(platform, kind):
        hidden = [name for name in platform.facts.unseen.get(kind, ()) if not name.endswith(EDGES)]
        if hidden:
            yield f"{', '.join(hidden)}: no API shows them, and nobody has looked (ccconf snapshot import)"


def _left_to_people(platform: ByHand, kind: str) -> bool:
    return platform.support(kind, Operation.READ).route in BY_PEOPLE


def _compared_with_what_people_saw(platform: ByHand, declared: Declarations, kind: str) -> bool:
    """Whether something of what is declared of a kind is shown by no API."""
    if not any(True for _ in declared.keys(kind)):
        return False
    return _left_to_people(platform, kind) or _says_hidden(platform.facts, declared, kind)


def _says_hidden(facts: Facts, declared: Declarations, kind: str) -> bool:
    hidden = [name for name in facts.unseen.get(kind, ()) if not name.endswith(EDGES)]
    found = (declared.get(Ref(kind, key)) for key in declared.keys(kind))
    return any(getattr(one.resource, name) for one in found if one for name in hidden)


def _nothing_known(facts: Facts, target: Target, kind: str) -> Finding:
    plural = KINDS[kind].plural
    hint = f"ccconf snapshot template -t {target.name} {plural}; fill it in; ccconf snapshot import -t {target.name}"
    return Finding(
        code="CC609",
        message=f"nobody has looked at the {plural} of {target.name} yet, and no API of {facts.title} shows them whole",
        where=target.where("platform"),
        hint=hint,
    )


def too_old(target: Target, seen: dict[str, datetime]) -> Iterator[Finding]:
    """What was seen so long ago that no plan is made of it (CC608)."""
    for kind, taken in sorted(seen.items()):
        if taken - now() > CLOCKS_DIFFER:
            message = f"the snapshot of the {KINDS[kind].plural} is of {taken:%Y-%m-%d %H:%M} UTC, which is yet to come"
            where, hint = target.where("platform"), "set the clock right, and look at the platform again"
            yield Finding(code="CC608", message=message, where=where, hint=hint)
        age = (now() - taken).days
        if age > target.form.snapshot.max_age_days:
            limit = target.form.snapshot.max_age_days
            yield Finding(
                code="CC608",
                message=f"the snapshot of the {KINDS[kind].plural} is {age} days old; more than {limit} is too old",
                where=target.where("snapshot"),
                hint="look at the platform again: ccconf snapshot import",
            )


def in_words(seen: dict[str, datetime]) -> dict[str, str]:
    """The moments as a plan carries them."""
    return {kind: f"{taken:%Y-%m-%dT%H:%M:%SZ}" for kind, taken in sorted(seen.items())}


def moments(words: Mapping[str, str]) -> dict[str, datetime]:
    """The other way."""
    return {kind: datetime.fromisoformat(text) for kind, text in words.items()}


def owned_by_now(platform: Platform, target: Target, ledger: Ledger) -> Callable[[str], Mapping[str, Owned]]:
    """What ccconf applied, without what people have deleted by hand since.

    Raises `Broken` (CC017) where it was applied on another platform.
    """
    same_platform(ledger, target.spot, target.where("url"))
    gone = {
        ref_of(done) for done in _confirmed(platform) if isinstance(done.change, Delete) and _is_gone(platform, done)
    }

    def owned(kind: str) -> Mapping[str, Owned]:
        ours = ledger.owned(target.name, kind)
        return {key: known for key, known in ours.items() if Ref(kind, key) not in gone} if gone else ours

    return owned


def _confirmed(platform: Platform) -> list[Confirmed]:
    return [*platform.record.superseded, *platform.record.laid_over] if isinstance(platform, ByHand) else []


def _is_gone(platform: Platform, done: Confirmed) -> bool:
    return platform.lookup(done.change.ref) is None


def ref_of(done: Confirmed) -> Ref:
    """The object of a step in the words of Git, which stand in its id."""
    return parse_ref(done.step.partition(" ")[2])


def settle(platform: Platform, plan: Plan, own: Sequence[Change], desk: Desk) -> None:
    """Close what people confirmed and can be judged by now: this plan asks for it again, or has seen it.

    `own` are the plan's changes in the platform's own names. A plan of selected objects judges nothing.
    """
    if not isinstance(platform, ByHand) or plan.selection:
        return
    judged = platform.judged()
    missing = [done for done in judged if platform.is_asked_again(done, own)]
    seen = [done for done in judged if done not in missing]
    for done in seen:
        if isinstance(done.change, Delete) and _is_gone(platform, done):
            desk.ledger.forget(desk.target, ref_of(done))
    if judged:
        desk.close(missing, NOT_THERE)
        desk.close(seen, SEEN)
