"""The entries of long values, the gravest first: what is left out for want of room is never what matters most, and is
counted by how much it matters.

How grave a permission is says the platform's catalogue. One that stands in no catalogue may be anything, and comes
right behind what is known to be grave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ccconf.report.words import Phrase

Sensitivities = Mapping[str, str]
"""By the id of a permission: low, medium or high. Empty where the platform has no catalogue."""

NOT_KNOWN: Sensitivities = MappingProxyType({})
UNKNOWN = "in no catalogue"
GRAVEST = "high"
_ORDER = (GRAVEST, UNKNOWN, "medium", "low")
_PERMISSIONS = ("permissions", "rights")
"""The fields whose entries are permissions; those of `rights` stand within roles."""


def of_field(sensitivities: Sensitivities, field: str) -> Sensitivities:
    """The catalogue, where it tells something of the field."""
    return sensitivities if field in _PERMISSIONS else NOT_KNOWN


def sensitivity(entry: Phrase, sensitivities: Sensitivities) -> str:
    """That of the gravest of its names; none where there is no catalogue."""
    if not sensitivities:
        return ""
    return min((sensitivities.get(name, UNKNOWN) for name in entry.names), key=_ORDER.index, default=UNKNOWN)


def gravest_first(entries: Iterable[Phrase], sensitivities: Sensitivities) -> list[Phrase]:
    """By how much they matter, else in their order."""
    if not sensitivities:
        return list(entries)
    return sorted(entries, key=lambda entry: _ORDER.index(sensitivity(entry, sensitivities)))


def is_gravest(entry: Phrase, sensitivities: Sensitivities) -> bool:
    """Whether it is known to be grave."""
    return sensitivity(entry, sensitivities) == GRAVEST


def left_out(entries: Sequence[Phrase], sensitivities: Sensitivities) -> str:
    """How many are left out: `17 more (12 medium, 5 low)`."""
    counts = Counter(sensitivity(entry, sensitivities) for entry in entries)
    told = ", ".join(f"{counts[name]:,} {name}" for name in _ORDER if counts[name])
    return f"{len(entries):,} more" + (f" ({told})" if told else "")
