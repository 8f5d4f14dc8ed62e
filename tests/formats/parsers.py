"""Each format read back by a parser that others wrote, and judged by its schema where it has one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import jsonschema_rs
import xmlschema
from markdown_it import MarkdownIt
from prometheus_client.openmetrics.parser import text_string_to_metric_families

HERE = Path(__file__).parent / "schemas"
COMMITTED = Path(__file__).parents[2] / "schemas"


@cache
def judge(path: Path) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(path.read_text()))


@cache
def _xsd() -> Any:
    return xmlschema.XMLSchema(str(HERE / "junit-10.xsd"))


def text(raw: str) -> list[str]:
    """Lines without anything that steers a terminal or a runner."""
    lines = raw.split("\n")
    assert all(line.isprintable() or not set(line) & set(map(chr, [*range(32), 127])) for line in lines)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)
    return lines


class _Seen(HTMLParser):
    """What a browser would make of the page that a comment becomes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


OURS = {"h2", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "br", "code", "details", "summary", "ul",
        "li", "blockquote", "a"}  # fmt: skip


def markdown(raw: str) -> _Seen:
    """The comment as GitHub shows it: our markup and no other, well nested, no table row torn."""
    parser = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    seen = _Seen()
    seen.feed(parser.render(raw))
    seen.close()
    assert not seen.open, seen.open
    assert seen.tags <= OURS, seen.tags - OURS
    for table in re.findall(r"(?:^\|.*\n?)+", raw, re.M):
        assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in table.splitlines()}) == 1
    assert raw.startswith("<!-- ccconf ")
    return seen


def sarif(raw: str) -> Any:
    data = json.loads(raw)
    judge(HERE / "sarif-2.1.0.json").validate(data)
    for result in data["runs"][0]["results"]:
        assert data["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/:-]|%[0-9A-F]{2})+", uri), uri
        unquote_to_bytes(uri)
    return data


def junit(raw: str) -> ElementTree.Element:
    _xsd().validate(raw)
    root = ElementTree.fromstring(raw)
    cases = root.findall(".//testcase")
    for end, word in (("failure", "failures"), ("error", "errors")):
        assert int(root.attrib[word]) == len(root.findall(f".//{end}"))
    assert int(root.attrib["tests"]) == len(cases) > 0
    return root


def codequality(raw: str) -> Any:
    """By the fields that GitLab documents."""
    issues = json.loads(raw)
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not issue["location"]["path"].startswith(("./", "/")) and issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


_COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def github(raw: str) -> list[tuple[str, dict[str, str], str]]:
    """As the runner takes commands apart (ActionCommand.TryParseV2 and its escapes)."""
    return list(_commands(raw))


def _commands(raw: str) -> Iterator[tuple[str, dict[str, str], str]]:
    assert "\r" not in raw and "##[" not in raw
    for line in raw.splitlines():
        found = _COMMAND.fullmatch(line)
        assert found is not None, line
        properties = dict(pair.split("=", 1) for pair in found[2].split(","))
        assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        yield found[1], {name: _unescaped(value) for name, value in properties.items()}, _unescaped(found[3])


def _unescaped(text: str) -> str:
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def openmetrics(raw: str) -> dict[str, Any]:
    assert raw.endswith("# EOF\n")
    families = text_string_to_metric_families(raw)  # type: ignore[no-untyped-call]  # the only function without types
    return {family.name: family for family in families}


def page(raw: str) -> str:
    assert raw.startswith("<!")
    return raw


def plain(raw: str) -> Any:
    """JSON by the schema of what it is."""
    data = json.loads(raw)
    judge(COMMITTED / f"{schema_of(data)}.json").validate(data)
    return data


def schema_of(data: Any) -> str:
    if "differences" in data:
        return "drift"
    return "apply" if "outcomes" in data else "plan" if "steps" in data else "findings"


PARSERS: dict[str, Callable[[str], Any]] = {
    "text": text, "markdown": markdown, "html": page, "json": plain, "sarif": sarif, "junit": junit,
    "codequality": codequality, "github": github, "openmetrics": openmetrics,
}  # fmt: skip
