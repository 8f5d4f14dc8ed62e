"""The web application: which page answers which request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs

from ccconf.embedded.screens import pages
from ccconf.embedded.screens.centre import Centre
from ccconf.embedded.screens.controls import Typed
from ccconf.embedded.screens.fields import Fields
from ccconf.embedded.screens.form import Form
from ccconf.embedded.screens.grants import Grants
from ccconf.embedded.screens.listing import Listing
from ccconf.embedded.screens.sent import Sent, sent
from ccconf.embedded.screens.words import Words
from ccconf.embedded.world import World
from ccconf.emulation import Answer, Request
from ccconf.errors import Broken, Rejected
from ccconf.model.change import Restore
from ccconf.model.kinds import BY_PLURAL, KINDS
from ccconf.platform.contract import Observed
from ccconf.platform.facts import Facts, Operation
from ccconf.platform.guide import Guide


class Screens:
    """A vendor's screens before a world.

    `kinds` have a list of their own: all that the facts give fields, unless told. `released` are kinds whose objects
    may go while others name them: they are named no longer, unless that breaks a rule of the vendor.
    """

    def __init__(
        self,
        world: World,
        facts: Facts,
        guide: Guide,
        language: str = "en",
        kinds: tuple[str, ...] = (),
        *,
        shows_ids: bool = False,
        title: str = "",
        released: Collection[str] = (),
    ) -> None:
        self.words = Words(facts, guide, language)
        self.centre = Centre(world, facts, frozenset(released))
        self.fields = Fields(self.words, self.centre)
        self.listing = Listing(self.words, self.centre, self.fields)
        self.grants = Grants(self.words, self.centre, self.fields)
        self.kinds = kinds or tuple(kind for kind in KINDS if self.fields.of(kind) and kind not in facts.within)
        self.shows_ids = shows_ids
        self.title = title or facts.title

    def answer(self, request: Request) -> Answer:
        """The whole of what the application does with a request."""
        try:
            with self.centre.lock:
                return self._answer(request)
        except Broken as broken:
            return self._told("unusable", 503, [found.message for found in broken.findings])

    def _answer(self, request: Request) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        match [method, *filter(None, request.path.split("/"))]:
            case ["GET"]:
                return self._page("menu", self.title)
            case ["GET", "style.css"]:
                return pages.style()
            case ["GET", "file", digest] if (content := self.centre.file(digest)) is not None:
                return pages.picture(content)
            case [_, plural, *rest] if plural in BY_PLURAL and BY_PLURAL[plural].name in self.kinds:
                return self._kind(request, method, BY_PLURAL[plural].name, rest)
        return self._told("not_found", 404)

    def _kind(self, request: Request, method: str, kind: str, rest: list[str]) -> Answer:
        match [method, *rest]:
            case ["GET"]:
                return self._list(kind, request)
            case ["GET" | "POST", "new"] if self.centre.can(kind, Operation.CREATE):
                return self._form(kind, None, request)
            case ["GET", "departed"] if self._restores(kind):
                return self._departed(kind)
            case ["GET" | "POST", "departed", native_id] if self._restores(kind):
                return self._one_departed(kind, native_id, method)
            case [_, native_id, *more] if item := self.centre.world.current(kind, native_id):
                return self._one(request, method, item, more)
        return self._told("not_found", 404, [self.words.own("gone")] if rest else [])

    def _one(self, request: Request, method: str, item: Observed, more: list[str]) -> Answer:
        kind = item.ref.kind
        match [method, *more]:
            case ["GET" | "POST"] if self.centre.can(kind, Operation.UPDATE):
                return self._form(kind, item, request)
            case ["GET" | "POST", "delete"] if self.centre.can(kind, Operation.DELETE):
                return self._delete(item, method)
            case ["GET", "people"]:
                return self._people(item)
            case ["GET", "permissions"] if self.listing.shows_permissions(kind):
                heading = self.words.own("permissions", name=item.ref.key)
                return self._page("permissions", heading, kind=kind, sets=self.grants.of(item))
        return self._told("not_found", 404)

    def _list(self, kind: str, request: Request) -> Answer:
        said = parse_qs(request.query).get("said", [""])[0]
        done = self.words.done(kind, said) if said in ("create", "update", "delete", "restore") else ""
        return self._page(
            "list",
            self.words.screen(kind),
            kind=kind,
            done=done,
            table=self.listing.live(kind, self._address(kind)),
            adds=self.centre.can(kind, Operation.CREATE),
            restores=self._restores(kind),
        )

    def _departed(self, kind: str) -> Answer:
        heading = self.words.own("deleted_list", screen=self.words.screen(kind))
        table = self.listing.departed(kind, f"{self._address(kind)}/departed")
        return self._page("list", heading, kind=kind, done="", table=table, adds=False, restores=False)

    def _form(self, kind: str, item: Observed | None, request: Request) -> Answer:
        form = self.fields.form(kind, item)
        if request.method != "POST":
            return self._shown(form, form.shown())
        received = self._with_files(sent(request))
        typed = form.posted(received)
        if received.one("revision") != form.revision:
            return self._shown(form, typed, [self.words.changed_since(form.differing(typed))])
        if mistakes := form.mistakes(typed):
            told = {control.id: self.words.mistake(control.label, expected) for control, expected in mistakes}
            return self._shown(form, typed, list(told.values()), told)
        try:
            for change in form.asked(typed):
                self.centre.perform(change)
        except Rejected as rejected:
            return self._shown(form, typed, _in_words(rejected))
        return pages.elsewhere(f"{self._address(kind)}?said={'update' if item else 'create'}")

    def _shown(
        self,
        form: Form,
        typed: Mapping[str, Typed],
        refused: list[str] | None = None,
        at_field: Mapping[str, str] | None = None,
    ) -> Answer:
        """A refused form is a page like any other, with status 200: browsers count the others as errors."""
        kind, item = form.whole.kind, form.whole.before
        heading = self.words.own("edit", name=item.ref.key) if item else self.words.add(kind)
        address = f"{self._address(kind)}/{item.native_id if item else 'new'}"
        return self._page(
            "form",
            heading,
            kind=kind,
            form=form,
            typed=typed,
            refused=refused or [],
            at_field=at_field or {},
            address=address,
            read_only=False,
        )

    def _one_departed(self, kind: str, native_id: str, method: str) -> Answer:
        item = next((item for item in self.centre.departed(kind) if item.native_id == native_id), None)
        if item is None:
            return self._told("not_found", 404, [self.words.own("gone")])
        refused: list[str] = []
        if method == "POST":
            try:
                self.centre.perform(_restoration(item))
                return pages.elsewhere(f"{self._address(kind)}?said=restore")
            except Rejected as rejected:
                refused = _in_words(rejected)
        form = self.fields.form(kind, item)
        return self._page(
            "form",
            item.ref.key,
            kind=kind,
            form=form,
            typed=form.shown(),
            refused=refused,
            at_field={},
            address=f"{self._address(kind)}/departed/{native_id}",
            read_only=True,
        )

    def _delete(self, item: Observed, method: str) -> Answer:
        kind, name = item.ref
        refused: list[str] = []
        if method == "POST":
            try:
                self.centre.delete(item)
                return pages.elsewhere(f"{self._address(kind)}?said=delete")
            except Rejected as rejected:
                refused = _in_words(rejected)
        heading = self.words.own("ask_delete", name=name)
        address = f"{self._address(kind)}/{item.native_id}/delete"
        return self._page("delete", heading, kind=kind, refused=refused, address=address)

    def _people(self, item: Observed) -> Answer:
        people = [(user, self._address("user")) for user in self.centre.referrers(item.ref) if user.ref.kind == "user"]
        heading = self.words.own("people", name=item.ref.key)
        return self._page("people", heading, kind=item.ref.kind, people=people, links="user" in self.kinds)

    def _with_files(self, received: Sent) -> Sent:
        """What was uploaded is kept at once; of what is said to be kept already, only what is."""
        kept = {f"{name}.kept": [self.centre.upload(content)] for name, content in received.files.items()}
        values = {**received.values, **kept}
        unknown = [name for name, said in values.items() if name.endswith(".kept") and not self.centre.file(said[0])]
        return Sent({name: said for name, said in values.items() if name not in unknown})

    def _restores(self, kind: str) -> bool:
        return self.centre.can(kind, Operation.RESTORE)

    def _address(self, kind: str) -> str:
        return f"/{KINDS[kind].plural}"

    def _told(self, phrase: str, status: int, said: list[str] | None = None) -> Answer:
        return self._page("message", self.words.own(phrase), status, said=said or [])

    def _page(self, template: str, heading: str, status: int = 200, *, kind: str = "", **values: Any) -> Answer:
        menu = [(self.words.screen(known), self._address(known), known == kind) for known in self.kinds]
        return pages.page(
            template,
            status,
            words=self.words,
            title=self.title,
            heading=heading,
            menu=menu,
            kind=kind,
            base=self._address(kind) if kind else "/",
            shows_ids=self.shows_ids,
            **values,
        )


def _restoration(item: Observed) -> Restore:
    kind, key = item.ref
    return Restore(kind=kind, key=key, native_id=item.native_id, revision=item.revision, changes=())


def _in_words(rejected: Rejected) -> list[str]:
    """Each reason as a sentence, with its remedy where there is one."""
    return [f"{found.message} ({found.hint})" if found.hint else found.message for found in rejected.findings]
