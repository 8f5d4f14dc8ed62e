"""Formats a manifest, and proves that it still says the same and has every comment."""

from __future__ import annotations

import yaml

from ccconf.errors import broken
from ccconf.findings import Location
from ccconf.manifest.rows import FileRows, rows_of
from ccconf.manifest.style import comments_of, formatted
from ccconf.model.kinds import KINDS


def restyled(text: str, rows: FileRows, name: str, *, sort: bool = False) -> str:
    """A text that says these rows, in the house's style. Raises `Broken` (CC160) where it would not say the same."""
    try:
        after = formatted(text, sort=sort)
        if after == text or (_said(rows_of(after.encode())) == _said(rows) and comments_of(after) == comments_of(text)):
            return after
    except yaml.YAMLError:
        pass  # told like any other text that does not come out as it went in
    raise broken("CC160", f"formatting {name} would change what it says", "format it by hand", Location(name))


def _said(rows: FileRows) -> dict[str, object]:
    """What a file says, in any order of its objects."""
    objects = {
        (kind, row.key): (row.formerly, KINDS[kind].decoder.decode(row.body))
        for kind, found in rows.objects.items()
        for row in found
    }
    return {"objects": objects, "defaults": rows.defaults, "levels": rows.levels, "findings": len(rows.findings)}
