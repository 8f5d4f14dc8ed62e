"""Whatever people call themselves: it stays text, in Markdown and on the page, and steers no terminal."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ccconf.model.change import Create, Delete, FieldChange, Update
from ccconf.platform.contract import Route
from ccconf.reconcile.plan import Plan, Step, signed
from ccconf.report.runbook import FileRow, Runbook, html, markdown, runbook
from ccconf.report.runbook.values import Piece
from ccconf.report.words import visible
from tests.report.runbook_cases import VENDORS, case, facts_of, guide

NASTY = (
    "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "</style></title></script>", "{{ 7*7 }}{% raw %}",
    "{name} {value} {field}", "**bold** _it_ ~~no~~", "`code` ``two``", "`", "``", " x ", "[a](javascript:alert(1))",
    "![a](http://evil.example/x.png)", "@someone http://evil.example www.evil.example", "# no heading", "- [x] done",
    "| a | b |", "\u202ecod.exe", "a\nb\r\nc", "\x1b[31mred", "\x00", "&lt;b&gt; &amp; &#42;", "\\", "<!--", "*",
    "1. x", "مرحبا", "a\u2028b", "${x}", "$&", "]]>", "\x85", "\t",
)  # fmt: skip
names = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=40), st.tuples(
    st.sampled_from(NASTY), st.sampled_from(NASTY)
).map("".join))  # fmt: skip


def everywhere(name: str, language: str) -> Runbook:
    """A runbook in which a name stands wherever people can bring one."""
    fields = {
        "name": name, "email": name, "extension": name, "avatar": name, "roles": [name], "primary_group": name,
        "groups": {name: {"role": name, "permissions": {name: name}}},
    }  # fmt: skip
    update = Update(
        kind="role",
        key=name,
        native_id="1",
        revision="1",
        changes=(
            FieldChange(field="name", before=name, after=f"{name}2"),
            FieldChange(field="access_level", before=name, after=None),
            FieldChange(field="permissions", before={name: name}, after={f"{name}2": True}),
        ),
    )
    networks = {name: name, f"{name}2": ""}
    days = [{"date": "12-25", "name": name}]
    steps = (
        Step(id=f"update role/{name}", change=update, route=Route.MANUAL, label=name, effects=(name,)),
        Step(id=f"create user/{name}", change=Create(kind="user", key=name, fields=fields), label=name),
        Step(id="create user/ana", change=Create(kind="user", key="ana", fields=fields), route=Route.FILE),
        Step(id="create allowlist/x", change=Create(kind="allowlist", key=name, fields={"networks": networks})),
        Step(id="create schedule/x", change=Create(kind="schedule", key=name, fields={"holidays": days})),
        Step(id="delete role/y", change=Delete(kind="role", key=name, native_id="1", revision="1", fields={}),
             reason="leaves", label=name),
        Step(id="create role/z", change=Create(kind="role", key=name, fields={"name": name})),
    )  # fmt: skip
    plan = signed(Plan(target=name, platform="opasuite", steps=steps, files={name: name}))
    return runbook(
        plan,
        steps,
        facts_of("opasuite"),
        guide("opasuite"),
        lambda ref: ref.key,
        language,
        files=[FileRow(name, ("create user/ana",), secret=True)],
        deferred={"create role/z": name},
    )


def pieces(book: Runbook) -> Iterator[Piece]:
    """Everything that is said, in its order."""
    for sentence in (book.title, *book.before):
        yield from sentence
    for entry in book.entries:
        yield from entry.heading
        for note in entry.notes:
            yield from note
        for place in entry.places:
            yield from place.where
            yield from place.hint
            for task in place.tasks:
                yield from task.said
            yield from place.expect
    for later in book.later:
        yield from (*later.heading, *later.reason)
    for sentence in book.back:
        yield from sentence


class Page(HTMLParser):
    """Every element with its attributes, and the text between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.extend(name for name, _ in attrs)

    def handle_comment(self, data: str) -> None:
        self.elements.append("a comment")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Page:
    parser = Page()
    parser.feed(page)
    parser.close()
    return parser


def both(name: str) -> list[Runbook]:
    return [everywhere(name, language) for language in ("en", "pt-BR")]


ORDINARY = read(html(both("Ana Souza")))


@settings(deadline=None)  # a page of two languages may take its time on a busy machine
@given(names)
def test_no_element_and_no_attribute_of_the_page_comes_from_a_name(name: str) -> None:
    page = read(html(both(name)))
    assert page.elements == ORDINARY.elements
    assert page.attributes == ORDINARY.attributes
    assert re.sub(r"\s+", " ", visible(name)) in re.sub(r"\s+", " ", "".join(page.text))


@settings(deadline=None)  # a page of two languages may take its time on a busy machine
@given(names)
def test_no_markup_of_the_markdown_comes_from_a_name(name: str) -> None:
    book = everywhere(name, "en")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse("\n".join(markdown(book)))
    inline = [token for block in tokens for token in block.children or []]
    assert {token.content for token in inline if token.type == "html_inline"} == {"<sub>", "</sub>"}
    assert not any(token.type in ("link_open", "image", "s_open", "em_open") for token in inline)
    values = [visible(piece.text) for piece in pieces(book) if piece.says in ("value", "command")]
    codes = [token.content for token in inline if token.type == "code_inline"]
    assert set(values) <= set(codes)
    kinds = [block.type for block in tokens]
    ordinary = MarkdownIt("gfm-like", {"linkify": False}).parse("\n".join(markdown(everywhere("Ana", "en"))))
    assert kinds == [block.type for block in ordinary]


@settings(deadline=None)  # a page of two languages may take its time on a busy machine
@given(names)
def test_nothing_steers_a_terminal_or_turns_letters_around(name: str) -> None:
    for told in (html(both(name)), "\n".join(markdown(everywhere(name, "en")))):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", told)


def test_a_name_is_not_filled_in_a_second_time() -> None:
    book = everywhere("{name} {value} **x**", "en")
    assert "Type {name} {value} **x** into Nome (Name)." in [
        "".join(piece.text for piece in task.said)
        for entry in book.entries
        for place in entry.places
        for task in place.tasks
    ]


def test_an_address_is_no_link_and_a_name_no_mention() -> None:
    """Both are only read outside of code."""
    told = "\n".join(markdown(everywhere("@team https://evil.example", "en")))
    for line in told.splitlines():
        assert "@team" not in re.sub(r"(`+).*?\1", "", line)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_word_of_the_screen_is_bold_in_markdown(vendor: str) -> None:
    """A word that begins or ends with a quotation mark could spoil its own asterisks."""
    for language in guide(vendor).languages:
        book = case(vendor).book(language)
        inline = [
            token
            for block in MarkdownIt("commonmark").parse("\n".join(markdown(book)))
            for token in block.children or []
        ]
        said = "".join(token.content for token in inline if token.type == "text")
        assert "**" not in said and "\\" not in said
        words = sum(piece.says == "word" for piece in pieces(book))
        assert sum(token.type == "strong_open" for token in inline) >= words > 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_page_is_well_formed_and_keeps_its_own_rules(vendor: str) -> None:
    languages = guide(vendor).languages
    page = html([case(vendor).book(language) for language in languages])
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)
    assert set(re.findall(r'<section lang="([^"]+)"', page)) == set(languages)
    assert not re.search(r'\son\w+="|style="|\bsrc=|\bhref=|@import|url\(|https?:', page)


def test_only_our_own_style_and_script_may_run() -> None:
    page = html([case("opasuite").book("en")])
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    rules = policy.replace("&#39;", "'")
    assert rules.startswith("default-src 'none'; ") and "unsafe" not in rules
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in rules


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_page_says_what_the_markdown_says(vendor: str) -> None:
    for language in guide(vendor).languages:
        book = case(vendor).book(language)
        text = re.sub(r"\s+", " ", "".join(read(html([book])).text))
        for piece in pieces(book):
            assert re.sub(r"\s+", " ", visible(piece.text)) in text
