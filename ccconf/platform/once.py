"""A change that must not be made twice, where the answer to it may be lost.

A lost answer says nothing: the platform may have done it, may never do it, or may do it later than the client waited.
So it is looked for, again and again for as long as an answer would have been waited for. Only where the platform
refuses a second object of that name is the change sent a second time after that; everywhere else it stays open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ccconf.errors import Broken, Rejected, Uncertain
from ccconf.platform.http import Http

FIRST_PAUSE = 0.5
"""Seconds between the first two looks; each pause is twice as long as the one before."""

T = TypeVar("T")
Look = Callable[[], T | None]
"""What came of the change, told by what it wrote; None where nothing is there. It only reads."""


def once(http: Http, send: Callable[[], T], look: Look[T], *, refuses_twins: bool, was_open: bool) -> T:
    """What came of a change that is made once at most.

    `refuses_twins`: whether the platform surely refuses a second object of that name. `was_open`: whether somebody saw
    right before that nothing of it was there, so that a refusal may be that of a second request, which a proxy made.

    Raises `Rejected` where it was not made, and `Uncertain` where nobody can say.
    """
    try:
        return send()
    except Rejected:
        found = _seen(look) if was_open else None
        if found is None:
            raise
        return found
    except Uncertain as lost:
        found = _looked_for(http, look, lost)
        if found is None and not refuses_twins:
            raise
    return found if found is not None else _sent_again(http, send, look)


def _sent_again(http: Http, send: Callable[[], T], look: Look[T]) -> T:
    """The second and last time: one of the two at most is carried out, and either will do."""
    try:
        return send()
    except (Rejected, Uncertain) as failed:
        found = _looked_for(http, look, failed)
        if found is None:
            raise
        return found


def _looked_for(http: Http, look: Look[T], lost: Rejected | Uncertain) -> T | None:
    """What is there in the end, looked for as long as an answer is waited for. Raises `lost` where nobody can see."""
    clock, sleep = http.pace.clock, http.pace.sleep
    until, pause = clock() + http.timeout, FIRST_PAUSE
    while True:
        try:
            found = look()
        except Broken:
            raise lost from None
        left = until - clock()
        if found is not None or left <= 0:
            return found
        sleep(min(pause, left))
        pause *= 2


def _seen(look: Look[T]) -> T | None:
    try:
        return look()
    except Broken:
        return None
