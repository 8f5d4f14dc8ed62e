"""An installation of one's own, and a project in a folder that looks after it.

Commands are typed as a person would type them and go over real HTTP to the emulator. Time is told, not waited for.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from ccconf.cli.clock import VARIABLE
from ccconf.cli.main import run
from ccconf.emulation import Answer, Request, Server, serving
from ccconf.emulation.pace import Pace as Manners
from ccconf.model.change import Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.kinds import as_data
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Connection, Observed, Page
from ccconf.platform.pace import Pace
from ccconf.platforms.opasuite import connection
from ccconf.platforms.opasuite.connection import OpaSuite, connect
from ccconf.platforms.opasuite.emulator import Emulator, Fault, Options, Seed, forms
from tests.threecx.pbx import Clock, Ran

Alter = Callable[[Request, Answer], Answer]
"""What becomes of the answers on their way."""
SECRET = "dept-secret-"
"""How the tokens of departments begin in these tests, so that they are found wherever they leak to."""


class Suite:
    """An emulated Opa! Suite with a project beside it. A context: the server runs and the clock is ours within."""

    def __init__(
        self,
        folder: Path,
        options: Options = Options(),  # noqa: B008 - an immutable value
        seed: Seed = Seed(),  # noqa: B008 - likewise
    ) -> None:
        self.folder = folder
        self.options = options
        self.emulator = Emulator(options, seed=seed)
        self.estate = self.emulator.estate
        self.clock = Clock()
        self.alter: Alter = lambda request, answer: answer
        manners = Manners(options.latency, options.rate_limit, options.burst, options.says_retry_after)
        self.server = Server(self._answer, faults=self.emulator.faults, pace=manners, clock=self.clock)
        self.url = self.server.url
        self.moment = datetime(2026, 11, 22, 8, tzinfo=UTC)
        """When the next command is typed; some minutes pass between two of them."""
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.emulator)
        self.patch = self._open.enter_context(pytest.MonkeyPatch.context())
        self.patch.setenv("OPA_TOKEN", self.emulator.token)
        self.patch.setattr(connection, "Pace", lambda rate, **more: Pace(rate, self.clock, self.clock.sleep, **more))
        self._open.enter_context(serving(self.server))
        self.target()
        (self.folder / "manifests").mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _answer(self, request: Request) -> Answer:
        return self.alter(request, self.emulator.answer(request))

    def connected(self, token: str = "", **options: Any) -> OpaSuite:
        """A connection of our own, closed at the end."""
        credentials = {"token": token or self.emulator.token, "group": self.emulator.group}
        opened = connect(
            Connection(self.url, self.folder, "test", Licence(), None, credentials, lambda _: b"", options)
        )
        self._open.callback(opened.close)
        return opened

    def target(self, **fields: Any) -> None:
        """Write ccconf.yaml; what is not said is as it should be."""
        given = {"platform": "opasuite", "url": self.url, "manifests": ["manifests"], **fields}
        lines = [f"    {name}: {json.dumps(value)}" for name, value in given.items()]
        if "credentials" not in fields:
            lines.append(f"    credentials: {{token: !env OPA_TOKEN, group: {json.dumps(self.emulator.group)}}}")
        text = "\n".join(["version: 1", "targets:", "  opa:", *lines, ""])
        (self.folder / "ccconf.yaml").write_text(text, encoding="utf-8")

    def declare(self, text: str, name: str = "all") -> None:
        """This is what one manifest says from now on."""
        (self.folder / "manifests" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def ccconf(self, command: str) -> Ran:
        """Type a command. It may go wrong, but never with a traceback, and never says a secret."""
        out, err = io.StringIO(), io.StringIO()
        self.moment += timedelta(minutes=5)
        self.patch.setenv(VARIABLE, self.moment.isoformat())
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["-C", str(self.folder), *shlex.split(command)])
        ran = Ran(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in ran.text
        self.no_secret_in(ran.text)
        return ran

    def no_secret_in(self, text: str) -> None:
        """Neither our token nor that of any department."""
        assert self.emulator.token not in text
        assert SECRET not in text
        for row in self.departments():
            assert row["token"] not in text

    def apply(self) -> Ran:
        """Apply, which must work wholly, and ask again, which must be answered with silence."""
        ran = self.ccconf("apply --yes")
        assert ran.code == 0, ran.text
        self.settled()
        return ran

    def settled(self) -> None:
        """Nothing is left to do."""
        ran = self.ccconf("plan")
        assert ran.code == 0, ran.text
        assert "Nothing to do." in ran.out, ran.text

    def goes_wrong(self, **fault: Any) -> None:
        """From now on a fault happens."""
        self.emulator.faults.add(Fault(**fault))

    def goes_well(self) -> None:
        """Nothing goes wrong any more."""
        self.emulator.faults.clear()
        self.alter = lambda request, answer: answer

    def departments(self) -> list[dict[str, Any]]:
        """What the installation really has, inactive ones too."""
        return forms.departments(self.estate)

    def department(self, name: str) -> dict[str, Any]:
        """The one department of that name."""
        (found,) = [row for row in self.departments() if row["nome"] == name]
        return found

    def names(self, status: str = "A") -> list[str]:
        """What the departments are called, each as often as it is there."""
        return sorted(row["nome"] for row in self.departments() if row["status"] == status)

    def says_of(self, name: str, **fields: Any) -> None:
        """Somebody sets fields of a department that ccconf does not manage."""
        native_id = self.department(name)["_id"]
        self.estate.native.keep(native_id, {**self.estate.native.doc(native_id), **fields})

    def add(self, kind: str, key: str, **fields: Any) -> Observed:
        """Somebody makes an object on the screens."""
        made = self.estate.perform(Create(kind=kind, key=key, fields=fields)).observed
        assert made is not None
        return made

    def change(self, ref: Ref, **fields: Any) -> None:
        """Somebody changes an object on the screens."""
        live = self.estate.lookup(ref)
        assert live is not None
        self.estate.perform(update(live, fields))

    def asked(self, method: str, path: str = "") -> int:
        """How many requests came since the log was cleared, those that failed on purpose among them."""
        return sum(record.method == method and path in record.path for record in self.server.requests)


def update(live: Observed, fields: Mapping[str, Any]) -> Update:
    """The change that gives a live object these fields."""
    before = as_data(live.resource)
    changes = tuple(
        FieldChange(field=name, before=before.get(name, live.ref.key if name == "key" else None), after=value)
        for name, value in fields.items()
    )
    kind, key = live.ref
    return Update(kind=kind, key=key, native_id=live.native_id, revision=live.revision, changes=changes)


def deletion(live: Observed) -> Delete:
    """The change that takes a live object away."""
    kind, key = live.ref
    fields = as_data(live.resource)
    return Delete(kind=kind, key=key, native_id=live.native_id, revision=live.revision, fields=fields)


def restoration(gone: Observed, **fields: Any) -> Restore:
    """The change that brings an object back."""
    back = update(gone, fields)
    return Restore(kind=back.kind, key=back.key, native_id=back.native_id, revision=back.revision, changes=back.changes)


def items(pages: Any) -> list[Observed]:
    """All objects of some pages, whose totals agree with them."""
    held: list[Page] = list(pages)
    found = [item for page in held for item in page.items]
    assert {page.total for page in held} == {len(found)}
    return found


def new(name: str, **fields: Any) -> Change:
    """A new department."""
    return Create(kind="group", key=name, fields={"name": name, **fields})
