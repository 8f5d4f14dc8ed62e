"""How often one request is tried, and for how long; and how soon a platform that is gone is noticed.

Each request may be tried several times. Once one has been given up because nobody answered, the others would only wait
as long for nothing: until somebody answers again, each gets one attempt.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import TypeVar

import tenacity

from ccconf.errors import Broken

DEADLINE = 300.0
"""Seconds after which a request is not tried again, whatever the platform asks for."""
NEVER = math.inf
"""Seconds to wait where another attempt would be in vain."""

T = TypeVar("T")


class Again(Exception):
    """This attempt came to nothing and may be repeated after so many seconds; `last` is raised where it is not."""

    def __init__(self, last: Broken, after: float = 0.0, *, heard: bool = False, silence: bool = True) -> None:
        super().__init__(str(last))
        self.last = last
        self.after = after
        self.heard = heard
        """Whether the platform may have heard of it, and done it."""
        self.silence = silence
        """Whether the platform itself did not answer."""


class Patience:
    """What all requests of one connection have learnt about waiting."""

    def __init__(
        self,
        attempts: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        deadline: float = DEADLINE,
    ) -> None:
        self.attempts = attempts
        self.clock = clock
        self.sleep = sleep
        self.deadline = deadline
        self.silent = False
        """Whether a request was given up since the platform answered last."""

    def answered(self) -> None:
        """The platform is there: everything is tried as often as usual."""
        self.silent = False

    def tried(self, attempt: Callable[[], T]) -> T:
        """What an attempt brings in the end. Raises the last `Again` where it is given up."""
        begun = self.clock()

        def enough(state: tenacity.RetryCallState) -> bool:
            most = 1 if self.silent else self.attempts
            too_late = self.clock() - begun + state.upcoming_sleep > self.deadline
            return state.attempt_number >= most or too_late

        retrying = tenacity.Retrying(
            stop=enough,
            wait=_pause,
            retry=tenacity.retry_if_exception_type(Again),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except Again as given_up:
            self.silent = self.silent or given_up.silence
            raise


def _pause(state: tenacity.RetryCallState) -> float:
    """Half a second, then twice as long each time, with jitter so that several runs do not come back together."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, Again) else 0.0
    backoff = min(0.25 * 2**state.attempt_number, 15.0) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret hangs on it
    return max(asked + random.uniform(0.0, 0.1), 0.0 if asked else backoff)  # noqa: S311 - the same
