"""What time it is: the one place that asks the machine, so that tests and rehearsals can say it themselves."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from ccconf.errors import broken

VARIABLE = "CCCONF_NOW"

TIMES = "write 90s, 10m or 1h"


def seconds(text: str) -> float | None:
    """A time as people write it: 90, 90s, 10m, 1h; None where it is none."""
    said = re.fullmatch(r"(\d{1,6})([smh]?)", text, re.ASCII)
    return int(said[1]) * {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}[said[2]] if said else None


def now() -> datetime:
    """The present moment in UTC, or the one that `CCCONF_NOW` says. Raises `Broken` (CC808)."""
    said = os.environ.get(VARIABLE)
    return moment(said, VARIABLE) if said else datetime.now(UTC)


def moment(text: str, what: str) -> datetime:
    """A date, or a date with a time, as people type it; without an offset it is UTC. Raises `Broken` (CC808)."""
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "write 2026-11-20, 2026-11-20T10:00 (UTC) or 2026-11-20T10:00+01:00"
        raise broken("CC808", f"{what}: {text} is not a date", hint) from error
