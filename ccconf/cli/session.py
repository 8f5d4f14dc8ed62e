"""What most commands begin with: the project, a target, its manifests, its platform and its ledger."""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click
import msgspec

from ccconf.cli.byhand import asks_an_api, joined
from ccconf.cli.main import FORMAT
from ccconf.errors import Stale, broken
from ccconf.findings import Finding, did_you_mean, in_order
from ccconf.ledger.budget import SharedBudget
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations, compose
from ccconf.manifest.load import load
from ccconf.manifest.project import Project, Target, find_project, open_project
from ccconf.model.change import Change
from ccconf.platform.contract import Connection, Descriptor, Facts, Platform, free_to_write
from ccconf.platform.discovery import find, names
from ccconf.platform.facts import with_caps
from ccconf.platform.names import Named, Names, SaidEdges, edges_before, edges_in, nothing_said, said_in
from ccconf.reconcile.plan import Plan
from ccconf.validate.checks import validate

BY_HAND = "CC408"
"""The code of what a platform leaves to people; a plan says it at each step instead."""

NamesOf = Callable[[Sequence[Change]], Mapping[str, Mapping[str, str]]]

F = TypeVar("F", bound=Callable[..., Any])


def target_option(command: F) -> F:
    """`-t TARGET`, which may be left out where there is only one."""
    return click.option("-t", "--target", "target_name", metavar="TARGET", help="Which target of ccconf.yaml.")(command)


def format_option(*formats: str) -> Callable[[F], F]:
    """`--format`, text unless said otherwise."""
    return click.option(
        "--format", "format_", type=click.Choice(formats), default="text", help="How to print.", callback=_noted
    )


def _noted(ctx: click.Context, _: click.Parameter, value: str) -> str:
    ctx.meta[FORMAT] = value
    return value


def project_of(ctx: click.Context) -> Project:
    """The project that the command runs in."""
    start = Path(ctx.find_root().obj)
    if not start.exists():  # a misspelt folder must not mean the project above it
        raise broken("CC003", f"there is no folder {start}", "check the path after -C")
    return open_project(find_project(start))


def facts_of(target: Target) -> Facts:
    """What is known offline of the platform that the target is, or is like. Raises `Broken` (CC005)."""
    field = "like" if target.form.like else "platform"
    name = target.form.like or target.form.platform
    if target.form.like and target.form.platform != "local":
        raise broken("CC005", "like: is only for the platform local", "remove it", target.where("like"))
    if name not in names():
        raise broken("CC005", f"no platform is called {name}", did_you_mean(name, names()), target.where(field))
    return with_caps(facts_under(target, find(name, target.where(field))), target.form.licence)


def facts_under(target: Target, descriptor: Descriptor) -> Facts:
    """The facts with the capability table that the target's options make. Raises `Broken` (CC202) for wrong ones."""
    if descriptor.table is None or target.form.like:
        return descriptor.facts
    table = descriptor.table(msgspec.structs.asdict(target.form.options))
    return msgspec.structs.replace(descriptor.facts, support=table)


def checked(target: Target) -> tuple[Declarations, tuple[Finding, ...]]:
    """The composed manifests of a target, and every finding in them."""
    if target.form.platform not in names():
        where = target.where("platform")
        message = f"no platform is called {target.form.platform}"
        raise broken("CC005", message, did_you_mean(target.form.platform, names()), where)
    facts = facts_of(target)
    declared = compose(load(target))
    return declared, in_order([*_unknown_words(target, facts), *judge_of(target, facts)(declared)])


def judge_of(target: Target, facts: Facts) -> Callable[[Declarations], Iterator[Finding]]:
    """Finds every mistake in manifests of the target, under its licence."""

    def judge(declared: Declarations) -> Iterator[Finding]:
        findings = validate(declared, facts, target.form.licence, driven=not target.form.like)
        return (_seats_in(target, finding) for finding in findings)

    return judge


def _unknown_words(target: Target, facts: Facts) -> Iterator[Finding]:
    """Editions and modules of `licence:` that the platform does not have (CC411)."""
    licence = target.form.licence
    if facts.name == "local":  # without `like:` it sells nothing, so a licence is only for the reader
        return
    editions, modules = [row.id for row in facts.editions], [row.id for row in facts.modules]
    if licence.edition and licence.edition not in editions:
        yield _unknown_word(target, f"edition {licence.edition}", facts, _known(licence.edition, editions), "edition")
    for place, name in enumerate(licence.modules):
        if name not in modules:
            yield _unknown_word(target, f"module {name}", facts, _known(name, modules), "modules", place)
    if licence.calls is not None and not facts.caps:
        yield _unknown_word(target, "licence by simultaneous calls", facts, "remove calls:", "calls")


def _known(name: str, known: list[str]) -> str:
    """What was meant, or all that there is."""
    return did_you_mean(name, known) or (f"known: {', '.join(known)}" if known else "remove it: none is known")


def _unknown_word(target: Target, what: str, facts: Facts, hint: str, *field: str | int) -> Finding:
    where = target.where("licence", *field)
    return Finding(code="CC411", message=f"{facts.title} has no {what}", where=where, hint=hint)


def _seats_in(target: Target, finding: Finding) -> Finding:
    """Too few seats have their place in ccconf.yaml."""
    if finding.code != "CC402" or finding.where is not None:
        return finding
    return msgspec.structs.replace(finding, where=target.where("licence", "seats"))


@contextmanager
def connected(
    target: Target,
    *,
    actor: str | None = None,
    files: Mapping[str, str] = MappingProxyType({}),
    may_write: Callable[[], None] = free_to_write,
) -> Iterator[Platform]:
    """An open connection to the target's platform, under its own names.

    `files` are paths by digest, `may_write` is asked before each request that writes. The rate of a platform on the
    network is shared with all other runs, through the ledger.
    """
    descriptor = find(target.form.platform, target.where("platform"))

    def connection() -> Connection:
        plain = _connection(target, actor or f"ccconf ({person()})", files)
        return plain._replace(may_write=may_write, budget=budget)

    with Ledger(target.project.ledger) as ledger:
        budget = SharedBudget(ledger, target.spot.address) if "://" in target.form.url else None
        api = _opened(descriptor, target, connection)
        platform = joined(target, facts_under(target, descriptor), api)
        try:
            yield platform
        finally:
            platform.close()


def _opened(descriptor: Descriptor, target: Target, connection: Callable[[], Connection]) -> Platform | None:
    """The platform's API; None where it has none. Raises `Broken` (CC202) where its address is not said."""
    if descriptor.connect is None:
        return None
    if not target.form.url and asks_an_api(facts_under(target, descriptor)):
        hint = "for local a file: url: live.db" if target.form.platform == "local" else "write url: https://…"
        raise broken("CC202", f"the target {target.name} has no url", hint, target.where("platform"))
    return descriptor.connect(connection())  # only who connects needs the secrets


def _connection(target: Target, actor: str, files: Mapping[str, str]) -> Connection:
    return Connection(
        url=target.form.url,
        base=target.base,
        actor=actor,
        licence=target.form.licence,
        like=facts_of(target) if target.form.like else None,
        credentials=target.credentials(),
        read_file=file_reader(target.base, files),
        options=msgspec.structs.asdict(target.form.options),
    )


def in_gits_words(
    platform: Platform, target: Target, ledger: Ledger, declared: Declarations | None
) -> tuple[Platform, NamesOf]:
    """The platform under the names of Git: of the manifests where they are at hand, else of the ledger.

    And the function that says, for a plan's changes, which names differ.
    """
    facts = find(target.form.platform, target.where("platform")).facts
    if not facts.recognised_by:
        return platform, lambda changes: {}
    called = said_in(declared, facts) if declared is not None else {}
    names = Names(facts, called, lambda kind: ledger.owned(target.name, kind))
    said = edges_in(declared) if declared is not None else nothing_said
    return Named(platform, names, said), names.needed_by


def in_words_of(plan: Plan, platform: Platform, done: Iterable[Change] = (), said: SaidEdges | None = None) -> Platform:
    """The platform under the names that the plan carries. `done` are changes of the plan that were made before, `said`
    is what is said of memberships, where it is not what the plan saw of them."""
    facts = find(plan.platform, None).facts
    if not facts.recognised_by:
        return platform
    changes = [step.change for step in plan.steps]
    names = Names.of_plan(facts, plan.names, changes)
    for change in done:
        names.made(change)
    return Named(platform, names, said or edges_before(changes))


def person() -> str:
    """Who runs the command, for audit trails."""
    try:
        return os.environ.get("CCCONF_ACTOR") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def file_reader(base: Path, files: Mapping[str, str]) -> Callable[[str], bytes]:
    """Reads declared files by digest; one that has changed since the plan is refused."""

    def read(digest: str) -> bytes:
        path = base / files.get(digest, "")
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise broken("CC208", f"{files.get(digest, digest)} cannot be read", "put the file back") from error
        if f"sha256:{hashlib.sha256(raw).hexdigest()}" != digest:
            message = f"{files[digest]} was changed since the plan"
            raise Stale(Finding(code="CC701", message=message, hint="make a new plan"))
        return raw

    return read
