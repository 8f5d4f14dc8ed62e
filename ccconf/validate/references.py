"""Every name that is used is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccconf.findings import Finding, did_you_mean
from ccconf.manifest.compose import Declarations, value_at
from ccconf.manifest.shape import Mistake
from ccconf.manifest.yaml12 import Pointer
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, Kind
from ccconf.model.refs import Ref


def reference_findings(declared: Declarations) -> Iterator[Finding]:
    """One finding (CC203) for each use of a name that nothing declares.

    Each file has a list of what it refers to, so that only a file with an unknown name is looked at closely. While a
    file cannot be read nobody knows what it declares, so nothing is said of names until it is mended.
    """
    if declared.incomplete:
        return
    for source, rows in enumerate(declared.rows):
        unknown = {
            Ref(kind, key) for kind, keys in rows.links.items() for key in keys if key not in declared.bodies[kind]
        }
        if unknown:
            yield from declared.placed({source: list(_uses(declared, source, unknown))})


def _uses(declared: Declarations, source: int, unknown: set[Ref]) -> Iterator[Mistake]:
    written = declared.written(source)
    hints = {ref: _hint(declared, ref) for ref in unknown}
    for kind_name, objects in declared.rows[source].objects.items():
        kind = KINDS[kind_name]
        for row in objects:
            at, ref = (kind.plural, row.key), Ref(kind.name, row.key)
            for mistake in _in_resource(kind, kind.decoder.decode(row.body), at, written, hints, str(ref)):
                if not _overridden(declared, ref, str(mistake.pointer[2]), source):
                    yield mistake
    for kind_name, body in declared.rows[source].defaults.items():
        kind = KINDS[kind_name]
        yield from _in_resource(kind, kind.decoder.decode(body), ("defaults", kind.plural), written, hints, "")


def _in_resource(
    kind: Kind, resource: Resource, at: Pointer, written: Any, hints: dict[Ref, str], subject: str
) -> Iterator[Mistake]:
    for field, link in kind.links(resource):
        ref = Ref(*link)
        if ref in hints:
            pointer, on_key = _exactly((*at, field), written, link.key)
            yield Mistake(
                "CC203", f"{field}: no {link.kind} is called {link.key}", pointer, on_key, hints[ref], subject
            )


def _overridden(declared: Declarations, ref: Ref, field: str, source: int) -> bool:
    """Whether a later layer says the field anew, so that what stands here is wanted no more."""
    if ref not in declared.layered:
        return False
    origin = declared.origin(ref, field)
    return origin is not None and origin[0] != source


def _exactly(pointer: Pointer, written: Any, key: str) -> tuple[Pointer, bool]:
    """The place of a name inside a field: a list item, a key of a mapping, or the value itself."""
    match value_at(written, pointer):
        case list() as value if key in value:
            return (*pointer, value.index(key)), False
        case dict():
            return (*pointer, key), True
        case _:
            return pointer, False


def _hint(declared: Declarations, ref: Ref) -> str:
    near = did_you_mean(ref.key, declared.keys(ref.kind))
    return near or f"declare it: {KINDS[ref.kind].plural}: {{{ref.key}: {{}}}}"
