"""YAML 1.2 from libyaml's events, read strictly.

The usual loaders follow YAML 1.1 (`no` is False there) and take a key twice without a word; both can lock people out.
This reader builds plain data from the parser's events by the YAML 1.2 core schema and refuses what could be misread
or could exhaust the machine. Mapping keys are always names, so they keep their text: `012:` stays "012".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NamedTuple, NoReturn

import yaml

from ccconf.errors import Broken
from ccconf.findings import Finding, Location

_Parser: Any
try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined] # the stubs do not list it
except ImportError:  # a PyYAML built without libyaml: slower by far, but the same events
    from ccconf.manifest.slow_parser import SlowParser as _Parser

DEEPEST = 64
LONGEST = 65_536
MOST_COPIES = 100_000
"""How many nodes all aliases of a file may stand for together."""

Pointer = tuple[str | int, ...]
"""The way from the top of a document to a value."""

_NULLS = frozenset(["", "~", "null", "Null", "NULL"])
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_RADIX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAYBE_SPECIAL = frozenset("-+.0123456789~nNtTfF")
_LONGEST_INT = 3500
"""Python refuses to convert longer digit strings; such a number is no manifest's need."""


class SecretSource(NamedTuple):
    """Where a secret is to be found: `!env NAME` or `!file PATH`. It prints as three stars."""

    way: str
    name: str
    where: Location

    def __str__(self) -> str:
        return "***"


def scalar(text: str) -> Any:
    """The value of a plain scalar by the YAML 1.2 core schema."""
    if text in _NULLS:
        return None
    if text[0] not in _MAYBE_SPECIAL:
        return text
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text) and len(text) < _LONGEST_INT:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _RADIX.fullmatch(text) and len(text) < _LONGEST_INT:
        return int(text, 0)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


@dataclass(slots=True)
class Reading:
    """The data of a file, and what was wrong that did not keep it from being read."""

    data: Any
    findings: list[Finding] = field(default_factory=list)


def decode(raw: bytes, path: str) -> str:
    """The text of a file; `Broken` (CC103) where it is not UTF-8. A byte-order mark is dropped."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _stop("CC103", "the file is UTF-16, not UTF-8", Location(path), "save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        wrong = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise _stop("CC103", wrong, Location(path, line, column), "save the file as UTF-8") from error


Sink = Callable[[str, str, Any], None]
"""Takes one finished entry of the second level: section, key, value."""


def read(text: str, path: str, *, secrets: bool = False, sink: Sink | None = None) -> Reading:
    """The one document of a file as plain data.

    Raises `Broken` where nothing behind a place could be trusted; lesser mistakes are collected. With `secrets` the
    tags `!env` and `!file` become `SecretSource`. With a `sink` the entries of each section are handed over as soon
    as they are complete and leave only their keys behind, so that a file of any size costs little memory.
    """
    if len(text) > LONGEST:
        _refuse_control_characters_early(text, path)
    builder = _Builder(path, secrets, sink)
    return Reading(builder.build(text), builder.findings)


def _refuse_control_characters_early(text: str, path: str) -> None:
    """libyaml reports a NUL in a large file only after it has read up to it; the answer is the same, at once."""
    position = text.find("\x00")
    if position >= 0:
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        raise _stop("CC103", "a control character stands in the file", Location(path, line, column), "remove it")


def _stop(code: str, message: str, where: Location, hint: str = "") -> Broken:
    return Broken(Finding(code=code, message=message, where=where, hint=hint))


_MERGE = "<<"
_DOCUMENT_END = re.compile(r"^\.\.\.(\s|$)", re.MULTILINE)
_SECTION = 2
"""How many containers are open while an entry of a section is being completed."""
_ABSENT: Any = object()


class _Builder:
    """Builds one document. Containers stand on a stack, so nesting costs memory, never Python's own stack."""

    def __init__(self, path: str, secrets: bool, sink: Sink | None) -> None:
        self.path = path
        self.secrets = secrets
        self.sink = sink
        self.text = ""
        self.findings: list[Finding] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: dict[int, tuple[str, int]] = {}
        self.nodes = 0
        self.copies = 0

    def at(self, mark: Any) -> Location:
        return Location(self.path, mark.line + 1, mark.column + 1)

    def note(self, code: str, message: str, mark: Any, hint: str = "") -> None:
        self.findings.append(Finding(code=code, message=message, where=self.at(mark), hint=hint))

    def stop(self, code: str, message: str, mark: Any, hint: str = "") -> NoReturn:
        raise _stop(code, message, self.at(mark), hint)

    def build(self, text: str) -> Any:
        self.text = text
        try:
            return self._document(_Parser(text))
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from error
        except yaml.reader.ReaderError as error:
            raise self._unreadable(error, text) from error

    def _document(self, parser: Any) -> Any:  # noqa: C901 - the hot loop: one dispatch, kept in one place
        get = parser.get_event
        stack: list[tuple[Any, Any]] = []
        container: Any = None
        key: Any = _ABSENT
        root: Any = None
        documents = 0
        sink = self.sink
        scalar_event, map_start, seq_start = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        map_end, seq_end, alias_event = yaml.MappingEndEvent, yaml.SequenceEndEvent, yaml.AliasEvent
        while True:
            event = get()
            kind = type(event)
            if kind is scalar_event:
                self.nodes += 1
                value = event.value
                if len(value) > LONGEST:
                    self._too_long(event)
                is_key = type(container) is dict and key is _ABSENT
                if is_key:
                    key = self._key(event, container, whole=sink is None or len(stack) != 1)
                    continue
                if event.tag is not None:
                    value = self._tagged(event)
                elif event.implicit[0]:
                    value = scalar(value)
                    if type(value) is float and not isfinite(value):
                        self._infinite(event)
                        value = None
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
            elif kind is map_start or kind is seq_start:
                self.nodes += 1
                if type(container) is dict and key is _ABSENT:
                    self.stop("CC112", "a list or mapping stands where a name is expected", event.start_mark)
                if len(stack) >= DEEPEST:
                    self.stop("CC104", f"more than {DEEPEST} levels stand inside one another", event.start_mark)
                if event.tag is not None:
                    self._tagged(event)
                fresh: Any = {} if kind is map_start else []
                if event.anchor is not None:
                    self.open_anchors[id(fresh)] = (event.anchor, self.nodes)
                    self.anchors.pop(event.anchor, None)
                stack.append((container, key))
                container, key = fresh, _ABSENT
                continue
            elif kind is map_end or kind is seq_end:
                value = container
                container, key = stack.pop()
                if self.open_anchors and id(value) in self.open_anchors:
                    name, since = self.open_anchors.pop(id(value))
                    self.anchors[name] = (value, self.nodes - since + 1)
            elif kind is alias_event:
                if type(container) is dict and key is _ABSENT:
                    self.stop("CC105", "an alias stands where a name is expected", event.start_mark)
                value = self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self.stop("CC109", "a second document begins here", event.start_mark, "give it a file of its own")
                continue
            elif kind is yaml.StreamEndEvent:
                return root
            else:
                continue
            if container is None:
                root = value
            elif type(container) is dict:
                if key is not None:
                    if sink is not None and len(stack) == _SECTION and self._is_drained(stack, container):
                        sink(stack[1][1], key, value)
                        value = None
                    container[key] = value
                key = _ABSENT
            else:
                container.append(value)

    def _is_drained(self, stack: list[tuple[Any, Any]], section: dict[str, Any]) -> bool:
        """Whether the entries of this section go to the sink: not if it has no name, or an alias may ask for it."""
        named = type(stack[1][0]) is dict and stack[1][1] is not None
        return named and not (self.open_anchors and id(section) in self.open_anchors)

    def _key(self, event: Any, container: dict[str, Any], *, whole: bool) -> str | None:
        """A key's text; None for a key whose value is to be dropped because it was already refused.

        A section that is written twice is refused too, but its entries still reach the sink (`whole` is false), so
        that its objects do not seem to be missing.
        """
        text: str = event.value
        if event.tag is not None:
            self._tagged(event)
        if text in container:
            self.note("CC102", f"{text} is written twice here", event.start_mark, "keep one of the two")
            return None if whole else text
        if text == _MERGE and event.implicit[0]:
            self.note("CC108", "<< (merge key) is not YAML 1.2", event.start_mark, "use defaults: or write it out")
            return None
        if not text or (event.implicit[0] and text in ("~",)):
            self.note("CC112", "a name is missing before the colon", event.start_mark)
            return None
        return text

    def _tagged(self, event: Any) -> Any:
        tag = event.tag
        if tag in ("!env", "!file") and type(event) is yaml.ScalarEvent:
            if self.secrets:
                return SecretSource(tag[1:], event.value, self.at(event.start_mark))
            hint = "secrets belong under credentials: in ccconf.yaml"
            self.note("CC110", f"{tag} cannot stand in a manifest", event.start_mark, hint)
            return None
        if tag == "tag:yaml.org,2002:str" and type(event) is yaml.ScalarEvent:
            return event.value
        if tag != "!":
            self.note("CC107", f"the tag {short_tag(tag)} is not known", event.start_mark, "remove it")
        return getattr(event, "value", None)

    def _alias(self, event: Any) -> Any:
        found = self.anchors.get(event.anchor)
        if found is None:
            inside = any(name == event.anchor for name, _ in self.open_anchors.values())
            reason = "contains itself" if inside else "has no anchor before it"
            self.stop("CC105", f"the alias *{event.anchor} {reason}", event.start_mark)
        value, size = found
        self.copies += size
        self.nodes += size
        if self.copies > MOST_COPIES:
            wrong = f"aliases blow this file up beyond {MOST_COPIES:,} values"
            self.stop("CC105", wrong, event.start_mark, "write the values out")
        return value

    def _infinite(self, event: Any) -> None:
        """No field takes infinity, and the schema library would read it as null."""
        self.note("CC202", f"{event.value} is not a number that can be used here", event.start_mark)

    def _too_long(self, event: Any) -> NoReturn:
        wrong = f"this text has {len(event.value):,} characters; {LONGEST:,} are the most"
        self.stop("CC106", wrong, event.start_mark)

    def _syntax(self, error: yaml.MarkedYAMLError) -> Broken:
        mark: Any = _telling_mark(error)
        where = self.at(mark) if mark is not None else Location(self.path)
        problem = error.problem or "the file cannot be read"
        if "<document start>" in problem and _DOCUMENT_END.search(self.text):
            return _stop("CC109", "a second document begins here", where, "give it a file of its own")
        message, hint = _in_plain_words(problem, self._letter(mark))
        return _stop("CC101", message, where, hint)

    def _letter(self, mark: Any) -> str:
        """The character at the place of a syntax error."""
        line = self.text.split("\n", mark.line + 1)[mark.line : mark.line + 1] if mark is not None else []
        return line[0][mark.column : mark.column + 1] if line else ""

    def _unreadable(self, error: Any, text: str) -> Broken:
        offset = next((i for i, letter in enumerate(text) if _forbidden(letter)), 0)
        where = Location(self.path, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
        return _stop("CC103", "a control character stands in the file", where, "remove it")


def _forbidden(letter: str) -> bool:
    """Characters that YAML does not allow in a stream."""
    code = ord(letter)
    return (code < 32 and letter not in "\t\n\r") or (0x7F <= code < 0xA0 and code != 0x85) or code in (0xFFFE, 0xFFFF)


def short_tag(tag: str) -> str:
    """A tag as a person wrote it."""
    return tag.replace("tag:yaml.org,2002:", "!!")


_PLAIN_WORDS = (
    ("cannot start any token", "a reserved character stands where a value begins",
     "put quotes round text that begins with @, ` or %"),
    ("mapping values are not allowed", "a second colon stands in one value", "put the text in quotes"),
    ("could not find expected ':'", "a colon is missing", "write name: value"),
    ("did not find expected key", "the indentation does not fit the lines above", "align it with its neighbours"),
    ("did not find expected '-' indicator", "the list item does not fit the lines above", "align the dashes"),
    ("unexpected end of stream", "the file ends inside a quoted text", "close the quote"),
    ("did not find expected ',' or", "a comma or a closing bracket is missing", "close the list or mapping"),
    ("did not find expected node content", "a value is missing here", ""),
    ("<document start>", "this line belongs to nothing above it", "align it with its neighbours"),
    ("unknown escape character", "this backslash sequence is not known", "double the backslash or use single quotes"),
    ("undefined alias", "an alias has no anchor", "write the value out"),
    ("block sequence entries are not allowed", "a list begins in the middle of a line", "begin it on its own line"),
)  # fmt: skip


def _in_plain_words(problem: str, letter: str) -> tuple[str, str]:
    """libyaml's own message as a supervisor would say it; the original stays where there is no better word."""
    if letter == "\t" or "tab character" in problem:
        return "a tab stands in the indentation", "indent with spaces"
    for part, message, hint in _PLAIN_WORDS:
        if part in problem:
            return message, hint
    return problem, "check the indentation and the quotes"


def _telling_mark(error: yaml.MarkedYAMLError) -> Any:
    """Where a quote or bracket was opened that is never closed, rather than where the parser noticed it."""
    opened, noticed = error.context_mark, error.problem_mark
    unclosed = "quoted scalar" in (error.context or "") or "flow" in (error.context or "")
    if opened is not None and noticed is not None and unclosed and noticed.line > opened.line:
        return opened
    return noticed or opened


class Marks(NamedTuple):
    """The places of one entry: of its key (or of the value itself, in a list) and of its value."""

    key: Location
    value: Location


def locate(text: str, path: str, pointers: frozenset[Pointer]) -> dict[Pointer, Marks]:
    """The places of the values at these pointers. The text has been read before, so it is known to be sound.

    Only the way to the current event is held, never the data, so a very large file costs no memory.
    """
    found: dict[Pointer, Marks] = {}
    with suppress(yaml.YAMLError):  # a file that was changed or spoiled meanwhile: what stands before that place
        for pointer, marks in _walk(text, path):
            if pointer in pointers and pointer not in found:
                found[pointer] = marks
                if len(found) == len(pointers):
                    break
    return found


def _walk(text: str, path: str) -> Iterator[tuple[Pointer, Marks]]:
    """Every value's pointer and marks, in the order of the file."""
    parser = _Parser(text)
    way: list[str | int] = []
    stack: list[_Open] = []
    while True:
        event: Any = parser.get_event()
        kind = type(event)
        if kind is yaml.StreamEndEvent:
            return
        if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            stack.pop()
            if stack:
                way.pop()
            continue
        if kind not in (yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent):
            continue
        here = Location(path, event.start_mark.line + 1, event.start_mark.column + 1)
        top = stack[-1] if stack else None
        if top is not None and top.mapping and top.key is None:
            top.key = (event.value if kind is yaml.ScalarEvent else "", here)
            continue
        key_mark = here
        if top is not None:
            way.append(top.key[0] if top.key else top.count)
            key_mark = top.key[1] if top.key else here
            top.key, top.count = None, top.count + 1
        yield tuple(way), Marks(key_mark, here)
        if kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            stack.append(_Open(kind is yaml.MappingStartEvent))
        elif top is not None:
            way.pop()


@dataclass(slots=True)
class _Open:
    """A container on the way to the current event."""

    mapping: bool
    key: tuple[str, Location] | None = None
    count: int = 0
