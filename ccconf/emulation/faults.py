"""What goes wrong on purpose: seeded, so that the same requests meet the same faults again."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import msgspec

KINDS = {
    "status": "answered with an error (status=503) before anything is done",
    "refuse": "the connection is closed before anything is done",
    "lost": "carried out, then the connection is closed without an answer",
    "reset": "carried out, then the connection is reset (TCP RST)",
    "late": "the connection is closed, and it is carried out only later (late=2 seconds)",
    "doubled": "carried out twice, as by a proxy that repeats; the second answer is sent",
    "echoed": "carried out, and the answer is sent twice on the same connection",
    "truncated": "carried out, then the answer is cut in the middle",
    "garbage": "answered by a page of HTML with status 200, as a proxy does; nothing is done",
    "slow": "answered later (slow=2 seconds)",
    "frozen": "answered much later (frozen=3600 seconds), or never when the server stops before",
}
"""The kinds that every emulator has. A vendor's emulator may add kinds of its own."""

_OWN_VALUE = {"status": "code", "slow": "seconds", "frozen": "seconds", "late": "seconds"}
_SECONDS = {"slow": 1.0, "late": 1.0, "frozen": 3600.0}


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to fail, and which requests meet it: all that fit, the nth (`at`), or a share of them."""

    kind: str
    method: str = ""
    path: str = ""
    """A regular expression that is found anywhere in the path; empty fits every path."""
    at: int | None = None
    share: float = 1.0
    times: int | None = None
    code: int = 503
    seconds: float | None = None
    retry_after: int | None = None

    def __post_init__(self) -> None:
        """Refuse what could never happen. Raises ValueError."""
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"share is a probability from 0 to 1, not {self.share}")
        if (self.at is not None and self.at < 1) or (self.times is not None and self.times < 1):
            raise ValueError("at and times count from 1")
        if not 400 <= self.code <= 599:
            raise ValueError(f"status is an error from 400 to 599, not {self.code}")
        if self.seconds is not None and self.seconds < 0:
            raise ValueError("seconds cannot be negative")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from error

    @property
    def delay(self) -> float:
        """Seconds to wait, for the kinds that wait."""
        return self.seconds if self.seconds is not None else _SECONDS.get(self.kind, 0.0)

    def fits(self, method: str, path: str) -> bool:
        """Whether a request could meet the fault at all."""
        return self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class _Armed:
    """A fault that waits for its requests."""

    fault: Fault
    chance: random.Random
    seen: int = 0
    done: int = 0

    def strikes(self, method: str, path: str) -> bool:
        if not self.fault.fits(method, path) or self.done == (self.fault.times or -1):
            return False
        self.seen += 1
        if self.fault.at not in (None, self.seen) or self.chance.random() >= self.fault.share:
            return False
        self.done += 1
        return True


@dataclass
class Faults:
    """The faults of one server. Each draws from its own dice, so that adding one does not change the others."""

    seed: int = 0
    special: dict[str, Callable[[], None]] = field(default_factory=dict)
    """Kinds of a vendor's own, with what happens just before the request is carried out."""
    _armed: list[_Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *faults: Fault) -> None:
        """From now on these happen too. Raises ValueError for a kind that nobody knows."""
        for fault in faults:
            if fault.kind not in KINDS and fault.kind not in self.special:
                raise ValueError(unknown_kind(fault.kind, [*KINDS, *self.special]))
            with self._lock:
                self._armed.append(_Armed(fault, random.Random(f"{self.seed}/{len(self._armed)}")))  # noqa: S311 - dice, no secret

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._armed.clear()

    def struck(self, method: str, path: str) -> Fault | None:
        """The first fault that this request meets."""
        with self._lock:
            return next((armed.fault for armed in self._armed if armed.strikes(method, path)), None)


def faults_from(text: str, special: Collection[str] = ()) -> tuple[Fault, ...]:
    """Faults in the form of the command line: `status=503:share=0.05,lost:at=12:method=PATCH`.

    Raises ValueError with words for a person.
    """
    return tuple(_fault_from(part.strip(), [*KINDS, *special]) for part in text.split(",") if part.strip())


def _fault_from(text: str, known: Collection[str]) -> Fault:
    head, *settings = text.split(":")
    kind, has_value, value = head.partition("=")
    if kind not in known:
        raise ValueError(unknown_kind(kind, known))
    if has_value and kind not in _OWN_VALUE:
        raise ValueError(f"{kind} takes no value of its own: write {kind}, not {head}")
    if has_value:
        settings = [f"{_OWN_VALUE[kind]}={value}", *settings]
    named = {name: setting for name, _, setting in (setting.partition("=") for setting in settings)}
    try:
        return msgspec.convert({"kind": kind, **named}, Fault, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{text}: {error}") from error


def unknown_kind(kind: str, known: Collection[str]) -> str:
    """The words for a kind that nobody knows."""
    return f"there is no fault {kind!r}; known: {', '.join(known)}"
