"""`$filter`: read as the standard writes it, and turned into SQL over JSON documents.

One meaning in one place: SQLite judges tables and, through `json_each`, also the few rows of an expanded link.
A small reader of our own, because the one published parser refuses `Id in (1)` and enumeration literals.

Nulls follow the standard: `eq` and `ne` compare them, order with them is false. Strings compare by code point and
with their case; whether the vendor's database does so too is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ccconf.platforms.threecx.emulator.refusals import Refusal, malformed
from ccconf.platforms.threecx.emulator.schema import Property, Shape

_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<integer>-?\d+(?![\w.]))"
    r"|(?:[A-Za-z_][\w.]*)?(?P<string>'(?:[^']|'')*')"  # an enumeration's literal has its type in front
    r"|(?P<name>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)"
    r"|(?P<mark>[(),])"
    r")"
)
_COMPARISONS = {"eq": "IS", "ne": "IS NOT", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_SEARCHES = {"contains": "odata_contains", "startswith": "odata_startswith", "endswith": "odata_endswith"}
_LETTERS = {"tolower": "odata_lower", "toupper": "odata_upper"}
DEEPEST = 60
"""Levels of parentheses and `not`; what nests deeper is no question that anybody asks."""
LONGEST = 500
"""Conditions joined by `and` and `or`; SQLite itself ends at a depth of 1000."""


class Sql(NamedTuple):
    """A piece of SQL with its parameters."""

    text: str
    parameters: tuple[Any, ...] = ()


class _Value(NamedTuple):
    """A value within an expression; `form` is "null" where any form fits."""

    sql: Sql
    form: str
    values: tuple[str, ...] = ()
    literal: bool = False


def filtered(text: str, shape: Shape, document: str) -> Sql:
    """The condition on the SQL expression `document`. Raises `Refusal` with status 400."""
    reader = _Reader(text, list(_tokens(text)), shape, document)
    if sum(token in (("name", "and"), ("name", "or")) for token in reader.tokens) > LONGEST:
        raise malformed("The filter has too many conditions.")
    condition = reader.either()
    if reader.token[0]:
        raise reader.unexpected()
    return condition


def path_in(name: str, shape: Shape, document: str) -> tuple[Property, str]:
    """A property of a shape, also one within a part (`Hours/Type`), and the SQL that reads it."""
    row: Property | None = None
    inside: Shape | None = shape
    for part in name.split("/"):
        row = inside.properties.get(part) if inside else None
        if row is None:
            raise malformed(
                f"Could not find a property named '{part}' on type 'Pbx.{inside.name if inside else name}'."
            )
        inside = None if row.many else row.of
    assert row is not None, "a name has at least one part"
    # the path is made of names that the shapes know, so nothing of a request reaches the text
    return row, f"json_extract({document}, '$.{name.replace('/', '.')}')"


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise malformed(f"Syntax error at position {at} in '{text}'.")
        yield found.lastgroup, found.group(found.lastgroup)
        at = found.end()
    yield "", ""


@dataclass
class _Reader:
    """Reads one filter from left to right; `or` binds loosest, `not` and comparisons tightest."""

    text: str
    tokens: list[tuple[str, str]]
    shape: Shape
    document: str
    at: int = 0
    depth: int = 0

    @property
    def token(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def unexpected(self) -> Refusal:
        return malformed(f"Syntax error near '{self.token[1]}' in '{self.text}'.")

    def takes(self, word: str) -> bool:
        """Step over a word or mark if it stands here."""
        if self.token[0] in ("name", "mark") and self.token[1] == word:
            self.at += 1
            return True
        return False

    def needs(self, mark: str) -> None:
        if not self.takes(mark):
            raise self.unexpected()

    def either(self) -> Sql:
        condition = self.both()
        while self.takes("or"):
            condition = _joined(condition, "OR", self.both())
        return condition

    def both(self) -> Sql:
        condition = self.one()
        while self.takes("and"):
            condition = _joined(condition, "AND", self.one())
        return condition

    def one(self) -> Sql:
        self.depth += 1
        if self.depth > DEEPEST:
            raise malformed("The filter is nested too deeply.")
        try:
            return self._one()
        finally:
            self.depth -= 1

    def _one(self) -> Sql:
        if self.takes("not"):
            inner = self.one()
            return Sql(f"(NOT {inner.text})", inner.parameters)
        if self.token == ("mark", "("):
            self.at += 1
            inner = self.either()
            self.needs(")")
            return inner
        if self.token[1] in _SEARCHES and self.tokens[self.at + 1] == ("mark", "("):
            return self.search(_SEARCHES[self.token[1]])
        return self.comparison()

    def search(self, function: str) -> Sql:
        self.at += 1
        self.needs("(")
        whole = self.value()
        self.needs(",")
        part = self.value()
        self.needs(")")
        if {whole.form, part.form} - {"string", "null"}:
            raise malformed(f"A search compares text with text in '{self.text}'.")
        joined = _joined(whole.sql, ",", part.sql)
        if self.takes("eq"):
            self.needs("true")
        return Sql(f"coalesce({function}{joined.text}, 0)", joined.parameters)

    def comparison(self) -> Sql:
        left = self.value()
        kind, word = self.token
        if kind == "name" and word == "in":
            self.at += 1
            return self.membership(left)
        if kind == "name" and word in _COMPARISONS:
            self.at += 1
            right = self.value()
            _judge(left, right, self.text)
            compared = _joined(left.sql, _COMPARISONS[word], right.sql)
            return compared if word in ("eq", "ne") else Sql(f"coalesce({compared.text}, 0)", compared.parameters)
        if left.form == "boolean":
            return Sql(f"coalesce({left.sql.text}, 0)", left.sql.parameters)
        raise self.unexpected()

    def membership(self, left: _Value) -> Sql:
        self.needs("(")
        choices = [self.value()]
        while self.takes(","):
            choices.append(self.value())
        self.needs(")")
        for choice in choices:
            _judge(left, choice, self.text)
        listed = Sql(
            f"coalesce({left.sql.text} IN ({', '.join(choice.sql.text for choice in choices)}), 0)",
            left.sql.parameters + tuple(value for choice in choices for value in choice.sql.parameters),
        )
        if all(choice.form != "null" for choice in choices):
            return listed
        return _joined(listed, "OR", Sql(f"{left.sql.text} IS NULL", left.sql.parameters))

    def value(self) -> _Value:
        kind, word = self.token
        self.at += kind != ""
        match kind:
            case "string":
                return _Value(Sql("?", (word[1:-1].replace("''", "'"),)), "string", literal=True)
            case "integer":
                return _Value(Sql("?", (_number(word),)), "integer", literal=True)
            case "moment":
                return _Value(Sql("?", (moment(word),)), "datetime", literal=True)
            case "name" if word in ("true", "false"):
                return _Value(Sql("?", (int(word == "true"),)), "boolean", literal=True)
            case "name" if word == "null":
                return _Value(Sql("NULL"), "null", literal=True)
            case "name" if word in _LETTERS and self.takes("("):
                inner = self.value()
                self.needs(")")
                if inner.form not in ("string", "null"):
                    raise malformed(f"{word} takes text in '{self.text}'.")
                return _Value(Sql(f"{_LETTERS[word]}({inner.sql.text})", inner.sql.parameters), "string")
            case "name":
                row, sql = path_in(word, self.shape, self.document)
                if row.many or row.form == "complex":
                    raise malformed(f"'{word}' is not a single value and cannot be compared.")
                return _Value(Sql(sql), row.form, row.values)
        self.at -= kind != ""
        raise self.unexpected()


def _number(word: str) -> int:
    number = int(word) if len(word) < 20 else 2**63
    if not -(2**63) <= number < 2**63:
        raise malformed(f"'{word[:40]}' is too large a number.")
    return number


def moment(text: str) -> str:
    """A point in time in the one form in which moments are kept, so that they compare as text."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError) as error:
        raise malformed(f"'{text}' is not a point in time.") from error


def _judge(left: _Value, right: _Value, text: str) -> None:
    """Only what can be equal is compared: a number is never a text."""
    forms = {left.form, right.form} - {"null"}
    as_text = {"string", "enum", "time", "duration"}
    if len(forms) > 1 and not forms <= as_text:
        raise malformed(f"Incompatible types were found in '{text}'.")
    for named, literal in ((left, right), (right, left)):
        if (
            named.values
            and literal.literal
            and literal.form == "string"
            and literal.sql.parameters[0] not in named.values
        ):
            raise malformed(f"'{literal.sql.parameters[0]}' is not a value of the enumeration in '{text}'.")


def _joined(left: Sql, word: str, right: Sql) -> Sql:
    return Sql(f"({left.text} {word} {right.text})", left.parameters + right.parameters)
