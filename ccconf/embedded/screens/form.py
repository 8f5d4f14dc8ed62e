"""The form of one object: its controls, those of its parts, and what a sent form asks of the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from ccconf.embedded.screens.controls import Control, IllFormed, Typed
from ccconf.embedded.screens.sent import Sent
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Update
from ccconf.model.kinds import KINDS, as_data
from ccconf.platform.contract import Observed


@dataclass(frozen=True)
class Part:
    """The fields of one object on a form. `before` is the object as it is; None where it is not there yet."""

    kind: str
    heading: str
    controls: tuple[Control, ...]
    before: Observed | None
    naming: str = KEY
    """The field that names the object; KEY where it has the name of its whole."""

    def shown(self) -> dict[str, Typed]:
        """What stands in the controls before anybody types."""
        return {control.id: control.filled(self._value(control)) for control in self.controls}

    def posted(self, sent: Sent) -> dict[str, Typed]:
        """What was typed into them."""
        return {control.id: control.posted(sent) for control in self.controls}

    def mistakes(self, typed: Mapping[str, Typed]) -> Iterator[tuple[Control, str]]:
        """The controls that cannot be read, each with what it expects; empty words where it needs a value."""
        needed = {spec.name for spec in KINDS[self.kind].stored if spec.marker.needed_to_create} | {self.naming}
        for control in self.controls:
            if control.field in needed and not typed[control.id]:
                yield control, ""
            try:
                control.meant(typed[control.id], None)
            except IllFormed as mistake:
                yield control, str(mistake)

    def name(self, typed: Mapping[str, Typed], of_whole: str = "") -> str:
        """What the object is to be called."""
        named = (typed[control.id] for control in self.controls if control.field == self.naming)
        return str(next(named, of_whole))

    def asked(self, typed: Mapping[str, Typed], name: str) -> Change | None:
        """The change that the form asks for, None where it asks for none."""
        if self.before is None:
            return self._create(typed, name)
        if self.naming == KEY and not any(typed[control.id] for control in self.controls):
            return Delete(**self._address(name), fields=as_data(self.before.resource))
        changes = tuple(self._changes(typed, name))
        return Update(**self._address(name), changes=changes) if changes else None

    def _create(self, typed: Mapping[str, Typed], name: str) -> Change | None:
        """An unsaid field is left to the platform; one that was emptied, and would get a value there, is emptied."""
        initial = {spec.name for spec in KINDS[self.kind].stored if spec.marker.initial is not None}
        meant = {control.field: control.meant(typed[control.id], None) for control in self.controls}
        fields = {field: value for field, value in meant.items() if value is not None or field in initial}
        if self.naming == KEY and not fields:
            return None
        return Create(kind=self.kind, key=name, fields=fields)

    def _changes(self, typed: Mapping[str, Typed], name: str) -> Iterator[FieldChange]:
        assert self.before is not None
        if name != self.before.ref.key:
            yield FieldChange(field=KEY, before=self.before.ref.key, after=name)
        old, shown = as_data(self.before.resource), self.shown()
        for control in self.controls:
            if typed[control.id] != shown[control.id]:
                after = control.meant(typed[control.id], self._value(control))
                yield FieldChange(field=control.field, before=old.get(control.field), after=after)

    def _address(self, name: str) -> dict[str, Any]:
        assert self.before is not None
        return {
            "kind": self.kind,
            "key": name,
            "native_id": self.before.native_id,
            "revision": self.before.revision,
        }

    def _value(self, control: Control) -> Any:
        """What the object has; a new one has what everybody gets."""
        if self.before is None:
            initial = KINDS[self.kind].by_name[control.field].marker.initial
            return UNSET if initial is None else initial
        return getattr(self.before.resource, control.field)


@dataclass(frozen=True)
class Form:
    """A whole form: the object and its parts."""

    parts: tuple[Part, ...]

    @property
    def whole(self) -> Part:
        """The object itself."""
        return self.parts[0]

    @property
    def revision(self) -> str:
        """Changes whenever what the form shows does."""
        return ".".join(part.before.revision if part.before else "" for part in self.parts)

    @property
    def has_file(self) -> bool:
        """Whether a file can be sent with it."""
        return any(control.template == "picture" for part in self.parts for control in part.controls)

    def shown(self) -> dict[str, Typed]:
        """What stands in it before anybody types."""
        return {name: typed for part in self.parts for name, typed in part.shown().items()}

    def posted(self, sent: Sent) -> dict[str, Typed]:
        """What was typed."""
        return {name: typed for part in self.parts for name, typed in part.posted(sent).items()}

    def mistakes(self, typed: Mapping[str, Typed]) -> list[tuple[Control, str]]:
        """Every control that cannot be read."""
        return [mistake for part in self.parts for mistake in part.mistakes(typed)]

    def differing(self, typed: Mapping[str, Typed]) -> list[str]:
        """The labels of the fields in which what was typed is not what is there."""
        shown = self.shown()
        return [
            control.label for part in self.parts for control in part.controls if typed[control.id] != shown[control.id]
        ]

    def asked(self, typed: Mapping[str, Typed]) -> list[Change]:
        """What the form asks of the world, the object before its parts."""
        name = self.whole.name(typed)
        changes = (part.asked(typed, name) for part in self.parts)
        return [change for change in changes if change is not None]
