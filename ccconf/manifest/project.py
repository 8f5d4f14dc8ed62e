"""`ccconf.yaml`: the targets, what they own, their guards and where their manifests are.

The types below are the one statement of the file's form: its JSON Schema is derived from them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ccconf.errors import Broken, broken
from ccconf.findings import Finding, Location, did_you_mean, errors, in_order
from ccconf.ledger.place import Place, has_password, place_of
from ccconf.ledger.spot import Spot, platform_address
from ccconf.manifest.places import marks_of, place, placed
from ccconf.manifest.shape import Judge
from ccconf.manifest.yaml12 import Pointer, SecretSource, decode, read
from ccconf.model.kinds import KINDS
from ccconf.model.licence import Licence
from ccconf.model.schema import struct_schema
from ccconf.model.shapes import SHARE_PATTERN

FILE_NAME = "ccconf.yaml"
LEDGER = ".ccconf/ledger.db"

Ownership = Literal["listed", "all", "never"]
Share = Annotated[str, Meta(pattern=SHARE_PATTERN)] | Annotated[int, Meta(ge=0)]
"""A share of the live objects of a kind, or a count."""

_NO_SECRETS = frozenset(["account", "client_id", "group", "login", "realm", "scope", "tenant", "user", "username"])
"""Credentials that may stand in the file as plain text; every other one is taken for a secret."""


class Limits(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many objects of a kind one plan may touch: a share such as 10%, or a count."""

    users: Share | None = None
    groups: Share | None = None
    roles: Share | None = None
    skills: Share | None = None
    schedules: Share | None = None
    allowlists: Share | None = None
    floor: Annotated[int, Meta(ge=0, description="So many are always allowed, whatever the share.")] = 3


class Owns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who may leave, by kind."""

    users: Ownership = "listed"
    groups: Ownership = "listed"
    roles: Ownership = "listed"
    skills: Ownership = "listed"
    schedules: Ownership = "listed"
    allowlists: Ownership = "listed"


class Guards(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a plan may not do without a reviewed change of this file."""

    deletes: Annotated[Limits, Meta(description="Removals and deactivations. A kind that is not named has 25%.")] = (
        Limits()
    )
    updates: Annotated[Limits, Meta(description="Changes. A kind that is not named has no limit.")] = Limits()
    protect: Annotated[
        tuple[str, ...],
        Meta(
            description="Objects that never leave, are never deactivated or renamed; patterns are allowed.",
            examples=[["user/owner", "role/admin*"]],
        ),
    ] = ()


class Options(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the platform is talked to."""

    ca: Annotated[str, Meta(description="A PEM file with the certificate authority that signs for the platform.")] = ""
    timeout: Annotated[
        float, Meta(description="Seconds for an answer to begin; the whole of it may take four times as long.", gt=0)
    ] = 30.0
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None, Meta(description="Requests a second at most, where you know the limit.")
    ] = None
    at_once: Annotated[
        Annotated[int, Meta(ge=1, le=16)] | None,
        Meta(
            description="Steps that an apply takes side by side, at most; 8 unless said, and 1 where it writes a file."
        ),
    ] = None
    proxies: Annotated[bool, Meta(description="Whether the proxies of the environment are used.")] = False
    address: Annotated[
        str,
        Meta(
            description="The public address from which ccconf calls, for platforms that cannot tell it: it has "
            "to stay within the networks from which ccconf's own user may sign in.",
            examples=["203.0.113.7"],
        ),
    ] = ""
    paths: Annotated[
        Literal["assumed"] | dict[str, str | None],
        Meta(
            description="Paths of an API that its vendor does not publish: `assumed` for ccconf's own guesses, or the "
            "paths by name, each a path, `assumed`, or null. What has no path goes by hand.",
        ),
    ] = {}


class SnapshotForm(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a person saw on the platform's screens, for what no API shows."""

    path: Annotated[str, Meta(description="The file, from this file's folder; snapshots/TARGET.json unless said.")] = ""
    max_age_days: Annotated[int, Meta(ge=1, description="No plan is made from a snapshot that is older.")] = 14


class IgnoreForm(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that drift reports pass over for a while."""

    objects: Annotated[str, Meta(description="Which objects, for instance user/agent.*", min_length=1)]
    fields: Annotated[tuple[str, ...], Meta(description="Which of their fields. All, where none is said.")] = ()
    reason: Annotated[str, Meta(description="Why, for whoever reads the report.", min_length=1)]
    until: Annotated[
        str,
        Meta(
            description="The last day on which it is passed over.",
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            examples=["2026-12-31"],
        ),
    ]


class TargetForm(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One platform and the manifests that are wanted there."""

    platform: Annotated[str, Meta(description="The platform's name, see `ccconf platforms`.", examples=["local"])]
    manifests: Annotated[
        tuple[str, ...],
        Meta(
            description="Folders, files or patterns, from this file's folder; a later one overrides an earlier one.",
            min_length=1,
            examples=[["manifests", "overlays/production"]],
        ),
    ]
    url: Annotated[str, Meta(description="The platform's address; for `local` a file.", examples=["live.db"])] = ""
    like: Annotated[str | None, Meta(description="Only for `local`: the platform whose rules it follows.")] = None
    licence: Annotated[Licence, Meta(description="What was bought: edition, modules, seats.")] = Licence()
    credentials: Annotated[
        dict[str, Any],
        Meta(description="What opens the platform; secrets as !env NAME or !file PATH.", examples=[{}]),
    ] = {}
    owns: Annotated[
        Owns,
        Meta(
            description="By kind: `listed` (what ccconf once applied and left the manifests goes), `all` (whatever is "
            "not declared goes), `never`.",
            examples=[{"users": "listed", "groups": "all"}],
        ),
    ] = Owns()
    guards: Guards = Guards()
    ignore: Annotated[
        tuple[IgnoreForm, ...], Meta(description="What `ccconf drift` passes over, with a reason and a last day.")
    ] = ()
    options: Options = Options()
    snapshot: SnapshotForm = SnapshotForm()
    leavers: Annotated[
        Literal["deactivate", "delete"],
        Meta(description="What happens to a person who left the manifests."),
    ] = "deactivate"
    identity: Annotated[
        str | None, Meta(description="The key of the user as whom ccconf itself acts; it is never touched.")
    ] = None


class NotifyForm(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody who is told what became of a run, or what a drift report found."""

    url: Annotated[str, Meta(description="The address of the webhook, as !env NAME or !file PATH: it is a secret.")]
    format: Annotated[
        Literal["slack", "json"],
        Meta(description="`slack` is what Slack, Mattermost and others take; `json` has every number by its name."),
    ] = "slack"
    on: Annotated[
        tuple[Literal["applied", "failed", "drift"], ...],
        Meta(
            description="What is told: a run that changed something, one that came to no good end, a report in which "
            "something was changed outside of Git.",
            min_length=1,
        ),
    ] = ("applied", "failed", "drift")


class ProjectForm(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A project of ccconf."""

    version: Annotated[Literal[1], Meta(description="The version of this file's form.")]
    targets: Annotated[dict[str, TargetForm], Meta(description="The targets by name.", min_length=1)]
    ledger: Annotated[
        str,
        Meta(
            description="Where is remembered what was applied: a SQLite file, from this file's folder, or a PostgreSQL "
            "database, postgresql://user@host/database; with a password as !env NAME or !file PATH.",
        ),
    ] = LEDGER
    notify: Annotated[tuple[NotifyForm, ...], Meta(description="Who is told what became of runs and reports.")] = ()


def project_schema() -> dict[str, Any]:
    """The JSON Schema of ccconf.yaml."""
    return struct_schema(ProjectForm, "project", "ccconf project")


@dataclass(frozen=True, slots=True)
class Target:
    """A target with the name it goes by and the project in which it stands."""

    name: str
    form: TargetForm
    project: Project

    @property
    def base(self) -> Path:
        """The folder in which relative paths start."""
        return self.project.base

    @property
    def spot(self) -> Spot:
        """The platform that this target is, by its address, and the target's name."""
        return Spot(platform_address(self.form.platform, self.form.url, self.name), self.name)

    def where(self, *field: str | int) -> Location:
        """The place of a field of this target in ccconf.yaml."""
        return self.project.where("targets", self.name, *field)

    @property
    def snapshot(self) -> Path:
        """The file of what was seen on the platform's screens."""
        return self.base / (self.form.snapshot.path or f"snapshots/{self.name}.json")

    def owns(self, kind: str) -> Ownership:
        """The ownership of a kind."""
        owned: Ownership = getattr(self.form.owns, KINDS[kind].plural)
        return owned

    def credentials(self) -> dict[str, str]:
        """The credentials, revealed. Raises `Broken` (CC006) naming every one that is not available."""
        revealed: dict[str, str] = {}
        missing: list[Finding] = []
        for name, value in sorted(self.form.credentials.items()):
            try:
                revealed[name] = reveal(value, self.base) if isinstance(value, SecretSource) else str(value)
            except Broken as error:
                missing.extend(error.findings)
        if missing:
            raise Broken(*in_order(missing))
        return revealed


@dataclass(frozen=True, slots=True)
class Project:
    """A project file, read and found sound."""

    path: Path
    name: str
    """The path as it is shown to the user."""
    text: str
    form: ProjectForm
    ledger_secret: SecretSource | None = None
    """Where the address of the ledger is to be found, where `ledger:` does not say it itself."""
    webhooks: tuple[tuple[SecretSource, NotifyForm], ...] = ()
    """Who is told, and where their addresses are to be found."""

    @property
    def base(self) -> Path:
        """The folder of ccconf.yaml."""
        return self.path.parent

    @property
    def ledger(self) -> Place:
        """The ledger's file or address. Raises `Broken` (CC006) where it is a secret that is not available, (CC202)
        where it is of no kind that is known.
        """
        said = self.form.ledger if self.ledger_secret is None else reveal(self.ledger_secret, self.base)
        return place_of(said, self.base, self.where("ledger"))

    def where(self, *pointer: str | int) -> Location:
        """The place of a value."""
        return place(marks_of(self.text, self.name, [pointer]), pointer, self.name, on_key=False)

    def target(self, name: str | None) -> Target:
        """The target of that name, or the only one. Raises `Broken` (CC004)."""
        names = sorted(self.form.targets)
        if name is None and len(names) == 1:
            name = names[0]
        if name is None:
            raise broken(
                "CC004", "there are several targets, so one has to be named", f"say -t {' or -t '.join(names)}"
            )
        if name not in self.form.targets:
            raise broken("CC004", f"no target is called {name}", did_you_mean(name, names), self.where("targets"))
        return Target(name, self.form.targets[name], self)


@cache
def _judge() -> Judge:
    return Judge(project_schema())


def find_project(start: Path) -> Path:
    """The ccconf.yaml of a folder or of the nearest one above it. Raises `Broken` (CC003)."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate / FILE_NAME
    raise broken("CC003", f"no {FILE_NAME} in {shown(folder)} or above it", "start a project with: ccconf init")


def shown(path: Path) -> str:
    """A path as a person would type it from where they stand."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("../../..") else Path(relative).as_posix()


def open_project(path: Path) -> Project:
    """Read and judge a project file. Raises `Broken` with everything that is wrong in it."""
    name = shown(path)
    text = decode(_bytes_of(path, name), name)
    reading = read(text, name, secrets=True)
    secrets = dict(_secrets(reading.data, ()))
    plain = _without_secrets(reading.data)
    findings = [*reading.findings, *placed(_judge().mistakes(plain), text, name)]
    findings += _misplaced(secrets) + _plain_secrets(reading.data, text, name)
    if stopping := errors(findings):
        raise Broken(*in_order(stopping))
    form = msgspec.convert(_whole(plain | {"targets": reading.data["targets"]}), ProjectForm)
    webhooks = tuple((secrets["notify", place, "url"], one) for place, one in enumerate(form.notify))
    return Project(path, name, text, form, secrets.get(("ledger",)), webhooks)


def _bytes_of(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise broken("CC001", f"cannot read {name}: {reason}", where=Location(name)) from error


def reveal(secret: SecretSource, base: Path) -> str:
    """The secret itself. Raises `Broken` (CC006) at the place that asked for it; the value is never in a message."""
    if secret.way == "env":
        value = os.environ.get(secret.name)
        if not value:
            hint = f"set {secret.name} in the environment"
            raise broken("CC006", f"the variable {secret.name} is not set", hint, secret.where)
        return value
    try:
        return (base / secret.name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise broken("CC006", f"the secret's file {secret.name} cannot be read", "create it", secret.where) from error


def _secrets(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, SecretSource]]:
    match value:
        case SecretSource():
            yield pointer, value
        case dict():
            for key, inner in value.items():
                yield from _secrets(inner, (*pointer, key))
        case list():
            for index, inner in enumerate(value):
                yield from _secrets(inner, (*pointer, index))


def _without_secrets(value: Any) -> Any:
    match value:
        case SecretSource():
            return str(value)
        case dict():
            return {key: _without_secrets(inner) for key, inner in value.items()}
        case list():
            return [_without_secrets(inner) for inner in value]
        case _:
            return value


def _whole(value: Any) -> Any:
    """Whole numbers as such: to the schema 3.0 is one, to the types it is not."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _whole(inner) for key, inner in value.items()}
        case list():
            return [_whole(inner) for inner in value]
        case _:
            return value


def _misplaced(secrets: Mapping[Pointer, SecretSource]) -> list[Finding]:
    """Secrets may stand under `credentials:`, at `ledger:` and at the `url:` of a webhook, and nowhere else."""
    return [
        Finding(code="CC110", message="a secret cannot stand here", where=secret.where, hint="use credentials:")
        for pointer, secret in secrets.items()
        if pointer != ("ledger",)
        and (len(pointer) != 4 or pointer[2] != "credentials")
        and (len(pointer) != 3 or (pointer[0], pointer[2]) != ("notify", "url"))
    ]


def _names_somebody(url: Any) -> bool:
    """Whether a password stands in an address: plans, ledger and messages repeat addresses."""
    authority = url.partition("://")[2].partition("/")[0] if isinstance(url, str) else ""
    return "@" in authority


def _plain_secrets(data: Any, text: str, name: str) -> list[Finding]:
    targets = data.get("targets") if isinstance(data, dict) else None
    plain: list[Pointer] = [
        ("targets", target, "credentials", word)
        for target, form in (targets if isinstance(targets, dict) else {}).items()
        if isinstance(form, dict) and isinstance(form.get("credentials"), dict)
        for word, value in form["credentials"].items()
        if not isinstance(value, SecretSource)
        and (isinstance(value, dict | list) or str(word).lower() not in _NO_SECRETS)
    ]
    plain.extend(
        ("targets", target, "url")
        for target, form in (targets if isinstance(targets, dict) else {}).items()
        if isinstance(form, dict) and _names_somebody(form.get("url"))
    )
    ledger = data.get("ledger") if isinstance(data, dict) else None
    if isinstance(ledger, str) and has_password(ledger):
        plain.append(("ledger",))
    notify = data.get("notify") if isinstance(data, dict) else None
    plain.extend(
        ("notify", place, "url")
        for place, one in enumerate(notify if isinstance(notify, list) else ())
        if isinstance(one, dict) and isinstance(one.get("url"), str)
    )
    marks = marks_of(text, name, plain)
    return [
        Finding(
            code="CC111",
            message=f"{_what_is_secret(pointer)} stands here as plain text",
            where=place(marks, pointer, name, on_key=False),
            hint=_instead(pointer),
        )
        for pointer in plain
    ]


def _what_is_secret(pointer: Pointer) -> str:
    match pointer:
        case ("ledger",):
            return "the password of the ledger"
        case ("targets", _, "url"):
            return "who signs in, with a password perhaps,"
        case ("notify", _, "url"):
            return "the address of a webhook, which is its password,"
        case _:
            return str(pointer[-1])


def _instead(pointer: Pointer) -> str:
    match pointer:
        case ("targets", _, "url"):
            return "take it out of the address, which plans and messages repeat, and change the secret"
        case ("notify", _, "url"):
            return "write !env WEBHOOK_URL, and have a new address made"
        case _:
            return f"write !env {str(pointer[-1]).upper()}, and change the secret"
