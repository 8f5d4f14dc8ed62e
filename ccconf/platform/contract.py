"""The contract between ccconf and a platform.

A platform reads in pages, performs one change at a time, and says honestly what it can do. It knows native ids
and translates the keys of references at the moment of a call; nobody else does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import Change, Create
from ccconf.model.fields import Resource
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts as Facts
from ccconf.platform.facts import Operation as Operation
from ccconf.platform.facts import Route as Route
from ccconf.platform.facts import Support as Support
from ccconf.platform.guide import Guide


class Observed(NamedTuple):
    """A live object: what it is, and the vendor's id and revision for it."""

    ref: Ref
    resource: Resource
    native_id: str
    revision: str
    kept: str = ""
    """Why the platform never lets it go (its default department, say); empty where it would."""


class Page(NamedTuple):
    """Some live objects of a kind, and how many the platform says there are in all."""

    items: tuple[Observed, ...]
    total: int


class Performed(NamedTuple):
    """What came of a change: the object as it now is (None when it is gone) and the calls that were made."""

    observed: Observed | None
    calls: tuple[str, ...]


class Unheld(NamedTuple):
    """Something that the platform accepted and did not keep."""

    ref: Ref
    what: str


class Trace(NamedTuple):
    """One line of a platform's audit trail. `at` is UTC, ISO 8601."""

    at: str
    actor: str
    action: str
    ref: Ref
    fields: tuple[str, ...]


class Platform(Protocol):
    """An open connection to one platform. Errors are `Broken`, `Rejected` or `Uncertain`, nothing else."""

    def support(self, kind: str, operation: Operation) -> Support:
        """How the operation happens for objects of the kind."""
        ...

    def begin(self) -> None:
        """Every kind will be observed now, once each: time to begin with what takes long."""
        ...

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind, soft-deleted ones left out, in a stable order."""
        ...

    def departed(self, kind: str) -> Iterator[Page]:
        """The soft-deleted objects of a kind that could be restored."""
        ...

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now, or None when it is not live."""
        ...

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object under that key, or None."""
        ...

    def calls(self, change: Change) -> tuple[str, ...]:
        """The calls that `perform` will make for the change, in words that carry no secret."""
        ...

    def perform(self, change: Change) -> Performed:
        """Make the change. Either it happens whole, or `Rejected` says why it did not."""
        ...

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """What only the platform knows against these changes: they would lock ccconf out, or exceed a quota."""
        ...

    def confirm(self) -> Iterator[Unheld]:
        """Reads back, in pages, what this connection wrote, and tells what the platform did not keep.

        For platforms that may say yes and do nothing; nothing where a write that succeeds is known to be kept.
        """
        ...

    def file(self, digest: str) -> bytes | None:
        """The content of a stored file (an avatar) by its canonical value, for export."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


@runtime_checkable
class Acting(Protocol):
    """A platform on which something can be done to one person at once, which is no state that Git could hold."""

    def acts(self) -> frozenset[str]:
        """The acts that go by API here, by the ids of the facts."""
        ...

    def act(self, act: str, person: Observed) -> tuple[str, ...]:
        """Do it; the words that come back say what was done, and hold no secret. Raises `Rejected` where it cannot."""
        ...

    def act_calls(self, act: str, person: Observed) -> tuple[str, ...]:
        """The writes that `act` will make, as `Platform.calls` words them; none for what does not go by API."""
        ...


@runtime_checkable
class Present(Protocol):
    """A platform that tells who is there."""

    def present(self) -> frozenset[str]:
        """The native ids of the people who are online now."""
        ...


@runtime_checkable
class Audited(Protocol):
    """A platform that remembers who changed what."""

    def traces(self, refs: Collection[Ref]) -> Iterator[Trace]:
        """Every line of its audit trail about these objects, oldest first."""
        ...


@runtime_checkable
class Catalogued(Protocol):
    """A platform with lists beside the model: looked up by people, compared with nothing."""

    def lists(self) -> Mapping[str, str]:
        """What there is, by name, with a sentence on each."""
        ...

    def listed(self, name: str, keys: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """The entries of a list, as the platform has them but for secrets; those of the keys, where any is named.

        Raises `Rejected` where a list can only be asked for by key.
        """
        ...

    def ensure(self, name: str, key: str, colour: str) -> Mapping[str, Any]:
        """The entry under that key, made where it is not there. Raises `Rejected` where entries cannot be made."""
        ...


class Budget(Protocol):
    """A rate that several runs share: whoever wants to ask reserves a place in the one queue of the platform."""

    def learnt(self) -> float | None:
        """Requests a second that an earlier run found to be right; None where nobody has found out."""
        ...

    def reserve(self, count: int, rate: float) -> float:
        """Places for `count` requests, 1/rate seconds apart; the seconds from now until the first of them."""
        ...

    def refused(self, seconds: float, rate: float | None) -> None:
        """The platform said "too many": nobody asks for so many seconds, and afterwards at that rate at most."""
        ...


def free_to_write() -> None:
    """Nobody else may write at the same time."""


class Connection(NamedTuple):
    """Everything a platform needs to be opened. `credentials` are revealed secrets and must never be printed."""

    url: str
    base: Path
    """The folder in which relative urls (files) start."""
    actor: str
    """Who is acting, for the audit trail."""
    licence: Licence
    like: Facts | None
    credentials: Mapping[str, str]
    read_file: Callable[[str], bytes]
    """The content of a declared file by its canonical value (`sha256:…`)."""
    options: Mapping[str, Any] = {}
    may_write: Callable[[], None] = free_to_write
    """Called right before each request that writes. Raises `Broken` (CC013) where the right to write was lost."""
    budget: Budget | None = None
    """Shared with other runs; None where this one is alone."""


class HandedFile(NamedTuple):
    """A file that a person carries to the platform's own import screen."""

    name: str
    content: bytes
    rows: tuple[Ref, ...]
    """Whom its rows are about, in their order."""
    secret: bool = False
    """Whether only its owner may read it."""


class Handed(NamedTuple):
    """What becomes of the steps that go by file: the files, and who cannot be in one, with the reason."""

    files: tuple[HandedFile, ...] = ()
    deferred: Mapping[Ref, str] = {}
    """Whom a later run can bring."""
    by_hand: Mapping[Ref, str] = {}
    """Whom no file can ever bring."""


NativeId = Callable[[Ref], str | None]
"""The platform's id of an object by its own name; None where nobody knows it yet."""

ImportFile = Callable[[Sequence[Create], NativeId, Sequence[bytes]], Handed]
"""Makes the files for new objects. The last argument holds the files of earlier runs, oldest first, so that passwords
that were given out already stay."""


def by_hand(facts: Facts, act: str) -> Rejected:
    """The answer to an act that goes by hand, or not at all: why, and where on the screens it is done."""
    row = next((row for row in facts.acts if row.id == act), None)
    if row is None:
        message = f"{facts.title} has no way for this that is known ({act})"
        return Rejected(Finding(code="CC714", message=message))
    words = row.labels.get(facts.language) or row.labels["en"]
    message = f"no API of {facts.title} does this"
    return Rejected(Finding(code="CC714", message=message, hint=f"by hand: {row.reason}: {words}"))


def as_it_is(_: Ref, resource: Resource) -> Resource:
    """The object unchanged: a platform that holds all that its facts say."""
    return resource


class Descriptor(NamedTuple):
    """What an entry point of the group `ccconf.platforms` names."""

    facts: Facts
    connect: Callable[[Connection], Platform] | None
    """None where no API is known: everything there goes by hand, and is seen by snapshot."""
    as_held: Callable[[Ref, Resource], Resource] = as_it_is
    """What the platform would hold of a declared object: without notes that it cannot keep, say."""
    import_file: ImportFile | None = None
    """Makes the vendor's own import files, where a step goes by file."""
    table: Callable[[Mapping[str, Any]], tuple[Support, ...]] | None = None
    """The capability table under the options of a target, where these decide what goes by API."""
    guide: Callable[[], Guide] | None = None
    """How a person does it on the vendor's screens, where a step goes by hand."""
