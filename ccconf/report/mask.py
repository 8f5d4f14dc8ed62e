"""Pseudonyms for people: who is who cannot be read from a masked report, and the same person is the same everywhere.

Everything that is known of a person becomes one pseudonym, made from the person's key with a secret of the project. It
is put in place of the values where they stand, and wherever else a text repeats one of them. Kinds, fields, groups,
roles, numbers and lines stay.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from ccconf.findings import Finding
from ccconf.model.change import KEY, PARKED_END, Create, Delete, FieldChange, Restore, Update
from ccconf.model.fields import Shape
from ccconf.model.kinds import KINDS
from ccconf.model.refs import parse_ref
from ccconf.model.shapes import Networks, SpecialDays, Text
from ccconf.reconcile.drifted import Difference, Drift
from ccconf.reconcile.outcome import Outcome, Report
from ccconf.reconcile.plan import Adoption, FoundIn, Plan, Step, field_changes
from ccconf.report.sheet import Row, Spot, Subject, differing

PERSONAL = ("name", "email", "extension", "mobile", "avatar")
"""The fields of a person that say who it is."""

USER = "user"

_FORMS = {
    KEY: "person-{}", "name": "Person {}", "email": "person-{}@masked.invalid", "extension": "ext-{}",
    "mobile": "tel-{}",
}  # fmt: skip
_MASKED = re.compile(r"\b(?:[Pp]erson[- ]|ext-|tel-)[a-z2-7]{10}(?:-[a-z2-7]{3})?(?:@masked\.invalid)?")
_EMAIL = re.compile(r"[^\s@<>()\[\]\"',;:/|]+@[^\s@<>()\[\]\"',;:/|]+\.[^\W_]+")
_NAMED = re.compile(
    r"(?:(?<=\buser/)|(?<=\buser )(?!is called )|(?<=\bno user is called ))"
    r"[^\s,;:()'\"]+(?:'(?!s\b)[^\s,;:()'\"]+)*"  # o'hara, but not the genitive
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)+(?:"|…$)')
_WORD = re.compile(r"\w+")
_PLACE = re.compile(r"\.\w{1,8}(?::\d+){1,2}")
_OTHERS = re.compile(rf"\b(?:{'|'.join(kind for kind in KINDS if kind != USER)})/$")
_FREE = ("text", "text on one line")
_NEAR_NUMBER = frozenset("0123456789:.,/%-")


class Known(NamedTuple):
    """Something that is known of a person; an empty key where nobody knows whose it is."""

    key: str
    field: str
    value: str


def known_of(key: str, fields: Mapping[str, Any]) -> Iterator[Known]:
    """What the fields of a person tell; numbers that lost their quotes as well."""
    yield Known(key, KEY, key)
    for name in PERSONAL:
        value = fields.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            yield Known(key, name, str(value).strip())


def known_in(subject: Subject) -> Iterator[Known]:
    """Everybody of whom the subject itself tells something."""
    if subject.plan is not None:
        yield from _known_in_plan(subject.plan)
    if subject.drift is not None:
        yield from _known_in_drift(subject.drift)
    for row in subject.rows:
        if row.object.startswith(f"{USER}/"):
            yield Known(parse_ref(row.object).key, KEY, parse_ref(row.object).key)


def _known_in_plan(plan: Plan) -> Iterator[Known]:
    for step in plan.steps:
        if step.ref.kind == USER:
            yield from known_of(step.ref.key, {"name": step.label})
            for change in field_changes(step):
                yield from _known_change(step.ref.key, change.field, change.before, change.after)
    for own in plan.adopts:
        if own.kind == USER:
            yield from (Known(key, KEY, key) for key in (own.key, own.formerly) if key)
    for key, name in plan.names.get(USER, {}).items():
        yield from known_of(key, {"name": name})


def _known_change(key: str, field: str, *values: Any) -> Iterator[Known]:
    for value in values:
        if field == KEY and isinstance(value, str):
            yield Known(value, KEY, value)
        else:
            yield from known_of(key, {field: value})


def _known_in_drift(drift: Drift) -> Iterator[Known]:
    for row in drift.differences:
        if row.ref.kind == USER:
            key = row.ref.key
            yield from known_of(key, {"name": row.label})
            three = (row.applied, row.live, row.wanted)
            if row.field:
                yield from _known_change(key, row.field, *three)
            else:
                for value in three:
                    yield from known_of(key, value if isinstance(value, dict) else {})
    for row in drift.differences:
        if row.who:
            yield Known("", "name", row.who)


class Masker:
    """Replaces what is known of people. `secret` is the project's: with another one all pseudonyms are others."""

    def __init__(self, secret: bytes, known: Iterable[Known]) -> None:
        self.secret = secret
        self.known: dict[str, list[Known]] = {}
        """By value, folded: whose it is, and of which field."""
        self.spans: dict[str, set[tuple[int, int]]] = {}
        """By first word, folded: where in a value it begins, and how long the value is."""
        self.one: dict[tuple[str, str], str] = {}
        self.several: set[tuple[str, str]] = set()
        """Fields and keys of people who have more than one value there."""
        for row in dict.fromkeys(known):
            self._learn(row)

    def _learn(self, row: Known) -> None:
        key, field, value = row
        folded = value.casefold()
        self.known.setdefault(folded, []).append(row)
        if key and self.one.setdefault((field, key), value) != value:
            self.several.add((field, key))
        first = _WORD.search(value)
        if first is not None:
            self.spans.setdefault(first[0].casefold(), set()).add((first.start(), len(value)))

    def token(self, text: str) -> str:
        """Fifty bits that only the secret leads back to the text."""
        digest = hmac.digest(self.secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return base64.b32encode(digest).decode().lower()[:10]

    def pseudonym(self, field: str, value: str, key: str = "") -> str:
        """What stands for a value of a person's field: the person's own, where it is known whose it is."""
        if field == KEY and value.endswith(PARKED_END):
            return self.pseudonym(KEY, value.removesuffix(PARKED_END)) + PARKED_END
        owners = self._owners(field, value)
        owner = key or (next(iter(owners)) if len(owners) == 1 else value.casefold())
        if field == KEY:
            owner = value
        if field == "avatar":
            return f"sha256:{hmac.digest(self.secret, value.encode('utf-8', 'surrogatepass'), hashlib.sha256).hex()}"
        told_apart = f"-{self.token(value)[:3]}" if (field, owner) in self.several else ""
        return _FORMS[field].format(self.token(owner) + told_apart)

    def _owners(self, field: str, value: str) -> set[str]:
        """Whose value it is; who stands in an audit trail may be named by any field."""
        rows = [row for row in self.known.get(value.casefold(), ()) if row.key]
        return {row.key for row in rows if row.field == field} or {row.key for row in rows}

    def key(self, key: str) -> str:
        """The key of a person."""
        return self.pseudonym(KEY, key) if key else key

    def person(self, name: str) -> str:
        """Somebody who is named in any way: by key, name or address."""
        return self.pseudonym("name", name) if name else name

    def ref(self, name: str) -> str:
        """An object by kind and key."""
        kind, slash, key = name.partition("/")
        return f"{kind}/{self.key(key)}" if slash and kind == USER else self.telling(name)

    def text(self, said: str) -> str:
        """A text in which every known value, and whatever looks like an e-mail address, is replaced."""
        return self._replaced(said, only_telling=False)

    def telling(self, said: str) -> str:
        """The name of something else: only what cannot be but a person's is replaced, so that the role `agent` stays
        where a person's key is `agent`, too."""
        return self._replaced(said, only_telling=True)

    def _replaced(self, said: str, *, only_telling: bool) -> str:
        if not said:
            return said
        kept = [(found.start(), found.end()) for found in (*_PLACE.finditer(said), *_MASKED.finditer(said))]
        pieces: list[str] = []
        done = 0
        for found in _WORD.finditer(said):
            if found.start() < done or any(start <= found.start() < end for start, end in kept):
                continue
            match = self._at(said, found, done, only_telling)
            if match is not None:
                start, end, pseudonym = match
                pieces += [said[done:start], pseudonym]
                done = end
        whole = "".join([*pieces, said[done:]])
        whole = _EMAIL.sub(lambda found: _unless_masked(found[0], lambda: self.pseudonym("email", found[0])), whole)
        return _NAMED.sub(lambda found: _unless_masked(found[0], lambda: self.key(found[0])), whole)

    def _at(self, said: str, word: re.Match[str], done: int, only_telling: bool) -> tuple[int, int, str] | None:
        """The longest known value whose first word stands there."""
        for offset, length in sorted(self.spans.get(word[0].casefold(), ()), key=lambda span: -span[1]):
            start, end = word.start() - offset, word.start() - offset + length
            rows = self.known.get(said[start:end].casefold(), ()) if start >= done else ()
            if not rows or not _stands_alone(said, start, end):
                continue
            exact = [row for row in rows if row.value == said[start:end]]
            row = min(exact or rows)
            telling = _is_telling(row.value)
            if telling or not (only_telling or _OTHERS.search(said, max(0, start - 20), start)):
                return start, end, self.pseudonym(row.field, row.value)
        return None

    def subject(self, subject: Subject) -> Subject:
        """The whole subject under pseudonyms."""
        rows = tuple(map(self._row, subject.rows))
        drift = self.drift(subject.drift) if subject.drift else None
        if drift is not None:  # their sentences are made anew: of a long name they repeat only the beginning
            rows = differing(drift, [row.spot for row in rows], subject.sensitivities)
        return replace(
            subject,
            rows=rows,
            findings=tuple(map(self.finding, subject.findings)),
            plan=self.plan(subject.plan) if subject.plan else None,
            report=self.report(subject.report) if subject.report else None,
            said=self._walked(dict(subject.said)),
            drift=drift,
            home=self.telling(subject.home),
        )

    def finding(self, one: Finding) -> Finding:
        """A finding; what it quotes of a person's fields may be nothing that anybody knows, so it goes, too."""
        return msgspec.structs.replace(
            one,
            message=self._quoting(one.message, one.subject),
            hint=self._quoting(one.hint, one.subject),
            subject=self.ref(one.subject),
            where=one.where and one.where._replace(path=self.text(one.where.path)),
        )

    def _quoting(self, said: str, subject: str) -> str:
        masked = self.text(said)
        if not subject.startswith(f"{USER}/"):
            return masked
        return _QUOTED.sub(lambda found: _unless_masked(found[0], lambda: f'"{self.token(found[0])}"'), masked)

    def _row(self, row: Row) -> Row:
        return row._replace(
            message=self._quoting(row.message, row.object),
            hint=self._quoting(row.hint, row.object),
            identity=tuple(self._quoting(part, row.object) for part in row.identity),
            spot=Spot(self.text(row.spot.path), row.spot.region),
            object=self.ref(row.object),
            ignored=self.text(row.ignored),
        )

    def plan(self, plan: Plan) -> Plan:
        """The plan; it keeps the id of the true one, which is what people approve, and so cannot be applied itself."""
        return msgspec.structs.replace(
            plan,
            steps=tuple(map(self._step, plan.steps)),
            adopts=tuple(map(self._adoption, plan.adopts)),
            files={self._digest(digest): self.text(path) for digest, path in plan.files.items()},
            names={kind: self._names(kind, names) for kind, names in plan.names.items()},
            selection=tuple(map(self.text, plan.selection)),
            findings=tuple(map(self._found, plan.findings)),
        )

    def _step(self, step: Step) -> Step:
        mine = step.ref.kind == USER
        own = step.ref.key
        label = self.pseudonym("name", step.label, own) if mine and step.label else self.telling(step.label)
        return msgspec.structs.replace(
            step,
            id=self._step_id(step.id),
            change=self._change(step.change),
            needs=tuple(map(self._step_id, step.needs)),
            label=label,
            reason=self.text(step.reason),
            calls=tuple(map(self.text, step.calls)),
            says=self.text(step.says),
            effects=tuple(map(self.text, step.effects)),
        )

    def _step_id(self, name: str) -> str:
        act, blank, ref = name.partition(" ")
        return f"{act}{blank}{self.ref(ref)}"

    def _change(self, change: Create | Update | Delete | Restore) -> Create | Update | Delete | Restore:
        kind, own = change.kind, change.key
        key = self.key(own) if kind == USER else self.telling(own)
        match change:
            case Create(fields=fields):
                return msgspec.structs.replace(change, key=key, fields=self._fields(kind, own, fields))
            case Delete(fields=fields, native_id=native):
                fields = self._fields(kind, own, fields)
                return msgspec.structs.replace(change, key=key, native_id=self._id(kind, native), fields=fields)
            case Update(changes=changes, native_id=native) | Restore(changes=changes, native_id=native):
                told = tuple(self._field_change(kind, own, row) for row in changes)
                return msgspec.structs.replace(change, key=key, native_id=self._id(kind, native), changes=told)

    def _field_change(self, kind: str, own: str, row: FieldChange) -> FieldChange:
        before, after = (self.value(kind, own, row.field, value) for value in (row.before, row.after))
        return msgspec.structs.replace(row, before=before, after=after)

    def _id(self, kind: str, native_id: str) -> str:
        """The platform's own id, which some platforms take from the name or address."""
        return self.text(native_id) if kind == USER else self.telling(native_id)

    def _fields(self, kind: str, own: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.value(kind, own, name, value) for name, value in fields.items()}

    def value(self, kind: str, own: str, field: str, value: Any) -> Any:
        """The value of a field of the object with the key `own`."""
        if isinstance(value, tuple):
            value = list(value)
        if field == KEY and isinstance(value, str):
            return self.key(value) if kind == USER else self.telling(value)
        if kind == USER and field in PERSONAL and isinstance(value, str):
            return self.pseudonym(field, value, own)
        spec = KINDS[kind].by_name.get(field) if kind in KINDS else None
        links = spec.shape.links_to() if spec is not None else ()
        if USER in links:
            return self._keys(value)
        return self._walked(value, names=field == "name" or (spec is not None and not _is_free(spec.shape)))

    def _keys(self, value: Any) -> Any:
        """References to people."""
        match value:
            case str():
                return self.key(value)
            case list():
                return [self._keys(item) for item in value]
            case dict():
                return {self.key(name): inner for name, inner in value.items()}
            case _:
                return value

    def _walked(self, value: Any, *, names: bool = False) -> Any:
        """Texts inside; where they are names of other things, only what is telling."""
        change = self.telling if names else self.text
        match value:
            case str():
                return change(value)
            case list():
                return [self._walked(item, names=names) for item in value]
            case dict():
                return {self.telling(name): self._walked(inner, names=names) for name, inner in value.items()}
            case _:
                return value

    def _adoption(self, own: Adoption) -> Adoption:
        if own.kind != USER:
            return own
        key, formerly = self.key(own.key), self.key(own.formerly)
        return msgspec.structs.replace(own, key=key, formerly=formerly, native_id=self._id(USER, own.native_id))

    def _digest(self, digest: str) -> str:
        known = any(row.field == "avatar" for row in self.known.get(digest.casefold(), ()))
        return self.pseudonym("avatar", digest) if known else digest

    def _names(self, kind: str, names: Mapping[str, str]) -> dict[str, str]:
        if kind == USER:
            return {self.key(key): self.pseudonym("name", name, key) for key, name in names.items()}
        return {self.telling(key): self.telling(name) for key, name in names.items()}

    def _found(self, one: FoundIn) -> FoundIn:
        return msgspec.structs.replace(
            one,
            message=self._quoting(one.message, one.subject),
            hint=self._quoting(one.hint, one.subject),
            subject=self.ref(one.subject),
            where=self.text(one.where),
        )

    def report(self, report: Report) -> Report:
        """What became of the steps."""
        return msgspec.structs.replace(report, outcomes=tuple(map(self._outcome, report.outcomes)))

    def _outcome(self, ended: Outcome) -> Outcome:
        return msgspec.structs.replace(
            ended,
            step=self._step_id(ended.step),
            detail=self.text(ended.detail),
            hint=self.text(ended.hint),
            native_id=self.text(ended.native_id),
            calls=tuple(map(self.text, ended.calls)),
        )

    def drift(self, drift: Drift) -> Drift:
        """What differs, who changed it included."""
        return msgspec.structs.replace(drift, differences=tuple(map(self._difference, drift.differences)))

    def _difference(self, row: Difference) -> Difference:
        kind, own = row.ref
        mine = kind == USER
        three = {name: self._side(row, getattr(row, name)) for name in ("applied", "live", "wanted")}
        return msgspec.structs.replace(
            row,
            object=self.ref(row.object),
            label=self.pseudonym("name", row.label, own) if mine and row.label else self.telling(row.label),
            who=self.person(row.who),
            file=self.text(row.file),
            says=self.text(row.says),
            ignored=self.text(row.ignored),
            **three,
        )

    def _side(self, row: Difference, value: Any) -> Any:
        kind, own = row.ref
        if row.field:
            return self.value(kind, own, row.field, value)
        return self._fields(kind, own, value) if isinstance(value, dict) else self._walked(value, names=kind != USER)


def _is_free(shape: Shape) -> bool:
    """Whether people write there what they like, and so perhaps about one another."""
    return isinstance(shape, Networks | SpecialDays) or (isinstance(shape, Text) and shape.form in _FREE)


def _is_telling(value: str) -> bool:
    """Whether a value can hardly be anything but a person's: a name of several words, an address, a long number."""
    return " " in value or "@" in value or sum(map(str.isdigit, value)) >= 7


def _stands_alone(said: str, start: int, end: int) -> bool:
    """Whether what stands there is no part of a longer word; a number is no part of a time, a place or an address."""
    before, after = said[start - 1 : start] if start else "", said[end : end + 1]
    if said[start:end].isdigit():
        return not (before in _NEAR_NUMBER and before) and not (
            after in _NEAR_NUMBER and said[end + 1 : end + 2].isdigit()
        )
    return not (_is_word(before) and _is_word(said[start])) and not (_is_word(after) and _is_word(said[end - 1]))


def _is_word(letter: str) -> bool:
    return bool(letter) and (letter.isalnum() or letter == "_")


def _unless_masked(said: str, mask: Any) -> str:
    if _MASKED.search(said):
        return said
    masked: str = mask()
    return masked
