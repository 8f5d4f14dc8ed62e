"""On which values Git and the platform agree, heard while a plan compares them, for the ledger to keep."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from msgspec import UNSET
from msgspec.structs import astuple

from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed


class Agreement:
    """Every declared object is heard of at once, so that nobody has to keep all of them."""

    def __init__(self) -> None:
        self.fields: dict[tuple[str, str], bytes] = {}
        """As JSON, by kind and the platform's id."""
        self._names: dict[str, tuple[str, ...]] = {}

    def hear(self, ref: Ref, live: Observed, differing: Collection[str]) -> None:
        """What is live of an object agrees with Git, but for the fields that differ; also that nothing is there."""
        names = self._names.get(ref.kind)
        if names is None:
            names = self._names[ref.kind] = tuple(spec.name if spec.stored else "" for spec in KINDS[ref.kind].specs)
        fields = {
            name: None if value is UNSET else value
            for name, value in zip(names, astuple(live.resource), strict=True)
            if name and name not in differing
        }
        self.fields[ref.kind, live.native_id] = msgspec.json.encode(fields, order="sorted")
