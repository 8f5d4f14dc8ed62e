"""Into which file and entry a value goes, and where nobody but a person can say that."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET

from ccconf.manifest.editing.draft import Draft, Fresh, Home, Refusal
from ccconf.manifest.editing.edits import Into
from ccconf.manifest.editing.page import DEFAULTS
from ccconf.manifest.project import shown
from ccconf.manifest.sources import SUFFIXES
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref


def shared(draft: Draft, source: int) -> str:
    """The other target that reads a file, too; empty where there is none."""
    return draft.neighbours.reader(draft.declared.sources[source].path)


def home_of(draft: Draft, ref: Ref, field: str) -> Home | Fresh:
    """The entry into which a field of an object goes. Raises `Refusal` where somebody has to choose."""
    plural = KINDS[ref.kind].plural
    statements = draft.statements(ref)
    last = statements[-1].source
    for statement in reversed(statements):
        if getattr(statement.resource, field) is not UNSET:
            if (other := shared(draft, statement.source)) and draft.into is not Into.THERE:
                return _beside(draft, ref, field, other, last)
            return Home(statement.source, plural, ref.key)
    for statement in reversed(draft.declared.defaults.get(ref.kind, [])):
        if getattr(statement.resource, field) is not UNSET:
            if draft.into is Into.THERE:
                return Home(statement.source, DEFAULTS, plural)
            if draft.into is Into.ASK:
                raise _default(draft, ref, field)
    if (other := shared(draft, last)) and draft.into is not Into.THERE:
        return _beside(draft, ref, field, other, last)
    return Home(last, plural, ref.key)


def _default(draft: Draft, ref: Ref, field: str) -> Refusal:
    plural = KINDS[ref.kind].plural
    message = f"{ref} {field}: a default says it for all {plural}"
    own = draft.declared.sources[draft.statements(ref)[-1].source].name
    hint = f"write it into {ref} in {own} (--into object), or change the default for everybody (--into there)"
    return Refusal("CC152", message, hint, (ref, field))


def _beside(draft: Draft, ref: Ref, field: str, other: str, last: int) -> Home | Fresh:
    """An override in a file that is this target's alone."""
    message = f"{ref} {field}: the target {other} reads this file, too"
    source = draft.declared.sources[last]
    own = (
        own_file(draft, ref.kind, source.layer) if shared(draft, last) else (source.path, last, source.layer)
    )  # who overrides it already does so here, too
    if own is None:
        hint = "change it for all of them (--into there), or give this target a layer of its own"
        raise Refusal("CC153", message, hint, (ref, field))
    if draft.into is Into.ASK:
        hint = f"override it in {shown(own[0])} (--into object), or change it for all of them (--into there)"
        raise Refusal("CC153", message, hint, (ref, field))
    return Fresh(*own, ref, {}) if shared(draft, last) else Home(last, KINDS[ref.kind].plural, ref.key)


def own_file(draft: Draft, kind: str, above: int) -> tuple[Path, int | None, int] | None:
    """The file for a new object of a kind, in a layer above another; None where other targets would hear of it.

    Where somebody wants it for all of them, a file that they read, too, is better than none.
    """
    for free in (True, False) if draft.into is Into.THERE else (True,):
        if (found := _file_for(draft, kind, above, free=free)) is not None:
            return found
    return None


def _file_for(draft: Draft, kind: str, above: int, *, free: bool) -> tuple[Path, int | None, int] | None:
    """The file in which most of a kind stand, or one that has none yet; a `free` one is this target's alone."""
    sources = [(at, source) for at, source in enumerate(draft.declared.sources) if source.layer > above]
    counted = [
        (len(draft.declared.rows[at].objects.get(kind, ())), -at)
        for at, _ in sources
        if not (free and shared(draft, at))
    ]
    if counted and max(counted)[0]:
        at = -max(counted)[1]
        return draft.declared.sources[at].path, at, draft.declared.sources[at].layer
    for layer in range(len(draft.target.form.manifests) - 1, above, -1):
        if (found := _file_in(draft, layer, kind, free=free)) is not None:
            return found
    return None


def _file_in(draft: Draft, layer: int, kind: str, *, free: bool) -> tuple[Path, int | None, int] | None:
    """A file of a layer that has no object of the kind yet: its only one, or a new one in its folder."""
    folder = draft.target.base / draft.target.form.manifests[layer]
    there = [at for at, source in enumerate(draft.declared.sources) if source.layer == layer]
    open_ = [at for at in there if not (free and shared(draft, at))]
    if folder.is_dir() and not (len(there) == 1 and open_):
        path = folder / f"{KINDS[kind].plural}{SUFFIXES[0]}"
        at = next((at for at in open_ if draft.declared.sources[at].path == path), None)
        if at is None and (path.exists() or (free and draft.neighbours.would_read(path))):
            return None
        return path, at, layer
    return (draft.declared.sources[open_[-1]].path, open_[-1], layer) if open_ else None


def refuse_shared(draft: Draft, ref: Ref, source: int, what: str) -> None:
    """Raises `Refusal` where another target reads what stands there, too."""
    if draft.into is not Into.THERE and (other := shared(draft, source)):
        name = draft.declared.sources[source].name
        message = f"{ref} stands in {name}, which the target {other} reads, too"
        raise Refusal("CC153", message, f"say that it {what} (--into there), or do it by hand", (ref, None))
