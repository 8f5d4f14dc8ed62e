"""Time zones as the vendor lists them: an id, a name for people, and the names of two other worlds.

The contract gives the four texts; that the id is a small number written as text is unverified, and so are the numbers.
"""

from __future__ import annotations

from typing import Any

from ccconf.platforms.threecx.emulator.listing import Row
from ccconf.platforms.threecx.emulator.refusals import Warn, warned

_ZONES = (
    ("UTC", "UTC"),
    ("GMT Standard Time", "Europe/London"),
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("FLE Standard Time", "Europe/Kyiv"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("Arabian Standard Time", "Asia/Dubai"),
    ("West Asia Standard Time", "Asia/Tashkent"),
    ("India Standard Time", "Asia/Kolkata"),
    ("China Standard Time", "Asia/Shanghai"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("E. South America Standard Time", "America/Sao_Paulo"),
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Mountain Standard Time", "America/Denver"),
    ("Pacific Standard Time", "America/Los_Angeles"),
)
ZONES: list[Row] = [
    {"Id": str(place), "IanaName": iana, "Name": iana.rpartition("/")[2].replace("_", " "), "WindowsName": windows}
    for place, (windows, iana) in enumerate(_ZONES, start=1)
]
_IDS = frozenset(row["Id"] for row in ZONES)


def zone_id(iana: str) -> str:
    """The id of a zone that is in the list."""
    return next(str(row["Id"]) for row in ZONES if row["IanaName"] == iana)


def checked_zone(value: Any) -> None:
    """Raises `Refusal` for an id that is not in the list."""
    if value not in _IDS:
        raise warned("TimeZoneId", Warn.INVALID_TIMEZONE)
