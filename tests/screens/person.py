"""A person who works at the screens without a browser: reads pages, fills in forms, sees what the system answers.

They know the vendor's words from its guide, and of the pages nothing but what is on them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urljoin

import urllib3

from ccconf.embedded.screens.words import Words
from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.fields import FieldSpec, Resource
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.facts import Facts
from ccconf.platform.guide import Guide
from ccconf.platform.record import Entry, Known, Snapshot
from tests.screens.hand import Hand
from tests.screens.page import Cells, Node, NotThere, read, table
from tests.screens.paper import Paper

_ONCE = urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5)
"""Whoever gets no answer does not ask again by themselves."""


def _no_file(digest: str) -> bytes:
    raise KeyError(digest)


class Person:
    """Somebody with a browser at an address."""

    def __init__(
        self,
        url: str,
        facts: Facts,
        guide: Guide,
        language: str = "en",
        *,
        read_file: Callable[[str], bytes] = _no_file,
    ) -> None:
        self.url = url
        self.facts = facts
        self.words = Words(facts, guide, language)
        self.read_file = read_file
        self.browser = urllib3.PoolManager(retries=_ONCE, timeout=10)
        self._seen: dict[str, Node] = {}
        """Pages by their source: who gets the very same one again need not puzzle it out again."""

    def perform(self, change: Change) -> None:
        """Do it on the screens. Raises `Rejected` with the words of the page, or with what was looked for in vain."""
        try:
            self._perform(change)
        except NotThere as missing:
            raise _rejected(change.ref, [f"the screens do not show {missing}"]) from missing

    def _perform(self, change: Change) -> None:
        if change.kind in self.facts.within:
            self._edit_part(change)
            return
        match change:
            case Create(kind=kind, key=key, fields=fields):
                page = self._follow(self._list(kind), self.words.add(kind))
                self._fill_in(change, page, {**fields, self._naming(kind): key})
            case Update(kind=kind, changes=changes):
                row = self._row(change, self._list(kind))
                if wanted := self._wanted(kind, changes):
                    self._fill_in(change, self._follow(row.node, self._icon("edit", row)), wanted)
            case Delete(kind=kind):
                row = self._row(change, self._list(kind))
                self._send(change, Paper(self._follow(row.node, self._icon("delete", row))))
            case Restore(kind=kind, changes=changes):
                row = self._row(change, self._departed(kind))
                page = self._send(change, Paper(self._follow(row.node, self._icon("show", row))))
                if wanted := self._wanted(kind, changes):
                    edit = self.words.own("edit", name=row.name)
                    self._fill_in(change, self._follow(page, edit), wanted)

    def _edit_part(self, change: Change) -> None:
        """An object that is a part of another one stands on the form of that one."""
        whole = self.facts.within[change.kind]
        match change:
            case Create(fields=fields):
                wanted = fields
            case Delete():
                wanted = dict.fromkeys(spec.name for spec in self._specs(change.kind))
            case _:
                wanted = {row.field: row.after for row in change.changes if row.field != KEY}
        row = self._row(change, self._list(whole))
        if wanted:
            self._fill_in(change, self._follow(row.node, self._icon("edit", row)), wanted)

    def _wanted(self, kind: str, changes: Iterable[FieldChange]) -> dict[str, Any]:
        return {self._naming(kind) if row.field == KEY else row.field: row.after for row in changes}

    def _fill_in(self, change: Change, page: Node, fields: dict[str, Any]) -> None:
        paper = Paper(page)
        hand = self._hand(paper)
        for name, value in fields.items():
            spec = KINDS[change.kind].by_name[name]
            if spec not in self._specs(change.kind):
                raise NotThere(f"the field {name}")
            hand.write(change.kind, spec, value)
        self._send(change, paper)

    def look(self, kinds: Iterable[str]) -> Snapshot:
        """What the screens show of these kinds, now."""
        return Snapshot({kind: self._known(kind) for kind in kinds})

    def _known(self, kind: str) -> Known:
        departed: dict[str, Entry] = {}
        menu = self._main()
        if kind in self.facts.within:
            objects = self._parts(kind)
        elif not _leads_to(menu, self.words.screen(kind)):
            objects = {name: Entry(KINDS[kind].make({self._naming(kind): name})) for name in self._offered(kind, menu)}
        else:
            page = self._shown(menu, self.words.screen(kind))
            objects = {row.name: self._entry(kind, row, "edit") for row in table(page)}
            deleted = self.words.own("deleted_list", screen=self.words.screen(kind))
            if _leads_to(page, deleted):
                departed = {row.name: self._entry(kind, row, "show") for row in table(self._shown(page, deleted))}
        return Known(datetime.now(UTC), "screens", objects, departed)

    def _entry(self, kind: str, row: Cells, icon: str) -> Entry:
        page = self._shown(row.node, self._icon(icon, row))
        return Entry(self._resource(kind, page), row.cells.get("ID", ""))

    def _resource(self, kind: str, page: Node) -> Resource:
        hand = self._hand(Paper(page))
        read = [(spec, hand.read(kind, spec)) for spec in self._specs(kind)]
        values = {spec.name: spec.shape.canonical(value) for spec, value in read if value is not None}
        return KINDS[kind].make({name: value for name, value in values.items() if value not in ((), {})})

    def _parts(self, kind: str) -> dict[str, Entry]:
        whole = self.facts.within[kind]
        found = {row.name: self._entry_of_part(kind, row) for row in table(self._list(whole))}
        return {name: entry for name, entry in found.items() if entry.resource != KINDS[kind].make({})}

    def _entry_of_part(self, kind: str, row: Cells) -> Entry:
        return Entry(self._resource(kind, self._shown(row.node, self._icon("edit", row))))

    def _offered(self, kind: str, menu: Node) -> set[str]:
        """A kind without a list of its own is known by what the forms of others offer."""
        for other, spec in self._naming_fields(kind):
            if _leads_to(menu, self.words.screen(other)):
                page = self._shown(menu, self.words.screen(other))
                form = Paper(self._shown(page, self.words.add(other))).node
                return {label.raw for label in form.group(self.words.field(other, spec.name)).all("label")}
        raise NotThere(f"a list of {kind}s, or a field that offers them")

    def _naming_fields(self, kind: str) -> Iterator[tuple[str, FieldSpec]]:
        for other in KINDS:
            for spec in self._specs(other):
                if kind in spec.shape.links_to():
                    yield other, spec

    def _specs(self, kind: str) -> list[FieldSpec]:
        have = self.facts.fields.get(kind)
        return [spec for spec in KINDS[kind].stored if have is None or spec.name in have]

    def _naming(self, kind: str) -> str:
        return self.facts.recognised_by.get(kind, "name")

    def _hand(self, paper: Paper) -> Hand:
        return Hand(self.words, self.read_file, self._digest, paper)

    def _digest(self, address: str) -> str:
        content = self.browser.request("GET", urljoin(self.url, address)).data
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def _row(self, change: Change, page: Node) -> Cells:
        """The line of the object: by its id where the screen shows ids, else by its name."""
        rows = table(page)
        called = {change.key, *self._called(change)}
        known = [row for row in rows if row.cells.get("ID", row.name) == getattr(change, "native_id", "")]
        known = known or [row for row in rows if row.name in called]
        if not known:
            raise NotThere(f"{change.kind} {change.key}")
        return known[0]

    def _called(self, change: Change) -> Iterator[str]:
        for row in getattr(change, "changes", ()):
            if row.field in (KEY, self._naming(change.kind)) and row.before:
                yield str(row.before)

    def _icon(self, name: str, row: Cells) -> str:
        return self.words.own(name, name=row.name)

    def _menu(self) -> set[str]:
        return {node.name for node in self._main().all("a")}

    def _main(self) -> Node:
        return self._shown_at("/").one("nav", where=lambda node: True, what="a menu")

    def _list(self, kind: str) -> Node:
        return self._shown(self._main(), self.words.screen(kind))

    def _departed(self, kind: str) -> Node:
        return self._shown(self._list(kind), self.words.own("deleted_list", screen=self.words.screen(kind)))

    def _follow(self, page: Node, name: str) -> Node:
        return self._get(page.link(name))

    def _get(self, address: str) -> Node:
        """A page of one's own, which may be written on."""
        return read(self._page("GET", address))

    def _shown(self, page: Node, name: str) -> Node:
        """What is behind a link, only to be looked at."""
        return self._shown_at(page.link(name))

    def _shown_at(self, address: str) -> Node:
        source = self._page("GET", address)
        if source not in self._seen:
            self._seen[source] = read(source)
        return self._seen[source]

    def _send(self, change: Change, paper: Paper) -> Node:
        """Press the button. Raises `Rejected` where the page that comes back says no."""
        filled = paper.sent()
        if filled.by_parts:
            files = [(name, ("picture", content)) for name, content in filled.files]
            page = read(self._page("POST", filled.address, fields=[*filled.values, *files]))
        else:
            typed = {"Content-Type": "application/x-www-form-urlencoded"}
            page = read(self._page("POST", filled.address, body=urlencode(filled.values), headers=typed))
        if told := page.all("div", where=lambda node: node.attributes.get("role") == "alert"):
            raise _rejected(change.ref, [item.text for item in told[0].all("li")])
        return page

    def _page(self, method: str, address: str, **sent: Any) -> str:
        answer = self.browser.request(method, urljoin(self.url, address), **sent)
        source = answer.data.decode()
        if answer.status != 200:
            raise AssertionError(f"{method} {address}: {answer.status}\n{source}")
        return source


def _leads_to(page: Node, name: str) -> bool:
    """Whether there is a link of that name."""
    return name in {node.name for node in page.all("a")}


def _rejected(ref: Ref, reasons: list[str]) -> Rejected:
    return Rejected(*(Finding(code="CC702", message=reason, subject=str(ref)) for reason in reasons))
