"""`--report`, `--mask` and `--report-url`: every report of one run to its own file, besides what is printed.

A report never decides how a run ends. One that cannot be written is told in a line on the error stream; the run keeps
its own exit code, because a pipeline has to know what became of the platform, and the other reports are written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

import click

from ccconf.cli.clock import now
from ccconf.cli.main import FORMAT
from ccconf.cli.output import print_lines, say
from ccconf.cli.sparing import would_go_over
from ccconf.errors import Broken, CcconfError, broken
from ccconf.findings import Finding, Location
from ccconf.manifest.project import Project, Target
from ccconf.model.refs import Ref, parse_ref
from ccconf.report import text

if TYPE_CHECKING:  # what makes reports is imported only by a run that makes one
    from ccconf.reconcile.diff import Other
    from ccconf.reconcile.drifted import Drift
    from ccconf.reconcile.outcome import Report
    from ccconf.reconcile.plan import Plan
    from ccconf.report.entries import Sensitivities
    from ccconf.report.mask import Known, Masker
    from ccconf.report.sheet import Subject

KINDS = ("text", "markdown", "html", "json", "sarif", "junit", "codequality", "github", "openmetrics")
WITH_ENDS = ("sarif", "codequality", "github")
"""The kinds that tell where a place ends, too."""

STDOUT = "-"
EACH = "{target}"
"""Stands in a path for the target's name, where one run makes a report of each."""
FAULT = "CC716"

_META = "ccconf.reports"

F = TypeVar("F", bound=Callable[..., Any])


class Wanted(NamedTuple):
    """One report that somebody asks for."""

    kind: str
    path: str

    def file(self, targets: Sequence[str]) -> Path:
        """Where it goes."""
        name = targets[0] if len(targets) == 1 else "all"
        return Path(self.path.replace(EACH, quote(name, safe=" @+,=")))


class WantedType(click.ParamType[Wanted]):
    """`kind=path`."""

    name = "kind=path"

    def convert(self, value: str | Wanted, param: click.Parameter | None, ctx: click.Context | None) -> Wanted:
        """A usage error for an unknown kind, or where no path is said."""
        if isinstance(value, Wanted):
            return value
        kind, equals, path = value.partition("=")
        if kind not in KINDS:
            self.fail(f"there is no report of the kind {kind}; there are {', '.join(KINDS)}", param, ctx)
        if not equals or not path:
            self.fail(f"say where the report goes: {kind}=PATH", param, ctx)
        if path == STDOUT and kind != "github":
            self.fail(f"only github can go to standard output; for {kind} there is --format, or a file", param, ctx)
        return Wanted(kind, path)


def report_options(command: F) -> F:
    """`--report`, `--mask` and `--report-url`; `reporting` finds what they say in click's context."""
    options = (
        click.option(
            "--report",
            "reports",
            type=WantedType(),
            multiple=True,
            metavar="KIND=PATH",
            help=f"Write a report besides: {', '.join(KINDS)}. May be said several times; github=- prints.",
            expose_value=False,
            callback=_checked,
        ),
        click.option(
            "--mask",
            type=click.Choice(["people"]),
            help="Put pseudonyms in place of names, keys, addresses and numbers of people.",
            expose_value=False,
            callback=_noted,
        ),
        click.option(
            "--report-url",
            metavar="URL",
            help="Where the whole report will be read, for a shorter one to point at (default: the CI job's page).",
            expose_value=False,
            callback=_linked,
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _kept(ctx: click.Context) -> dict[str, Any]:
    kept: dict[str, Any] = ctx.meta.setdefault(_META, {})
    return kept


def _checked(ctx: click.Context, param: click.Parameter, value: tuple[Wanted, ...]) -> None:
    files = [os.path.realpath(wanted.path) for wanted in value if wanted.path != STDOUT]
    if twice := next((path for path in files if files.count(path) > 1), None):
        raise click.BadParameter(f"two reports cannot go to the same file: {twice}", ctx, param)
    if sum(wanted.path == STDOUT for wanted in value) > 1:
        raise click.BadParameter("github=- is said twice", ctx, param)
    _kept(ctx)["wanted"] = value


def _noted(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    _kept(ctx)["mask"] = value is not None


def _linked(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None and not value.startswith(("https://", "http://")):
        raise click.BadParameter(f"{value} is no address that begins with https://", ctx, param)
    _kept(ctx)["link"] = quote(value or _job(os.environ), safe=":/?#@!$&'*+,;=%~")


def _job(environment: Mapping[str, str]) -> str:
    """The page of the CI job; empty outside of one."""
    if run := environment.get("GITHUB_RUN_ID"):
        server, repository = (environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY"))
        return f"{server}/{repository}/actions/runs/{run}" if server and repository else ""
    return environment.get("CI_JOB_URL", "")


@contextmanager
def reporting(ctx: click.Context, command: str, project: Project, targets: Sequence[str]) -> Iterator[Reporting]:
    """What the options of a command ask for. Where the command breaks off with an error, the reports tell that."""
    kept = _kept(ctx)
    reports = Reporting(command, project, tuple(targets), kept["wanted"], kept["mask"], kept["link"])
    reports.check(ctx)
    reports.meet_typed(ctx.params.get("only") or ())
    if ours := [*would_go_over(project, reports.files(ctx.params.get("out")))]:
        raise Broken(*reports.masked_findings(ours))
    with reports.whatever_comes():
        yield reports


class Reporting:
    """The reports of one run of a command."""

    def __init__(
        self,
        command: str,
        project: Project,
        targets: tuple[str, ...],
        wanted: tuple[Wanted, ...],
        mask: bool,
        link: str,
    ) -> None:
        self.command = command
        self.project = project
        self.targets = targets
        self.wanted = wanted
        self.masks = mask
        self.link = link
        self.declaring = targets
        """Whose manifests tell who is to be masked."""
        self.met: list[Known] = []
        """Whom the run has met besides: on the platform, on the command line."""
        self.has_told = False

    def of(self, target: str) -> Reporting:
        """The reports of one of the targets, by itself. Everybody in all of them stays masked."""
        own = Reporting(self.command, self.project, (target,), self.wanted, self.masks, self.link)
        own.declaring, own.met = self.declaring, list(self.met)
        return own

    def meet(self, subject: Subject) -> None:
        """Everybody of whom the subject tells is masked from now on, whatever is told of the run."""
        if self.masks:
            from ccconf.report.mask import known_in

            self.met += known_in(subject)

    def meet_others(self, others: Iterable[Other]) -> None:
        """Who is on the platform and not in Git stands in no step, and yet may be named by a finding."""
        if self.masks:
            self._meet((other.ref, other.label) for other in others)

    def meet_typed(self, patterns: Sequence[str]) -> None:
        """Who is named on the command line may be known nowhere else; behind a colon may stand a field."""
        if self.masks:
            whole = [parse_ref(pattern) for pattern in patterns]
            self._meet((ref, "") for ref in (*whole, *(ref._replace(key=ref.key.partition(":")[0]) for ref in whole)))

    def _meet(self, objects: Iterable[tuple[Ref, str]]) -> None:
        from ccconf.report.mask import USER, known_of

        for ref, name in objects:
            self.met += known_of(ref.key, {"name": name}) if ref.kind == USER and ref.key else ()

    @contextmanager
    def whatever_comes(self) -> Iterator[None]:
        """Where the command breaks off with an error, the reports tell that; what is raised names nobody."""
        try:
            yield
        except CcconfError as error:
            if self.wanted and not self.has_told:
                self.tell(self.of_findings(error.findings, exit_code=error.exit_code))
            if not self.masks:
                raise
            raise type(error)(*self.masked_findings(error.findings)) from None  # nobody finds the names behind it

    @property
    def asked(self) -> bool:
        """Whether anything is to be made or masked."""
        return bool(self.wanted) or self.masks

    def check(self, ctx: click.Context) -> None:
        """A usage error for what cannot be, before anything is done."""
        if any(wanted.path == STDOUT for wanted in self.wanted) and ctx.meta.get(FORMAT, "text") != "text":
            raise click.UsageError("github=- prints among the text: with another --format give it a file")
        if self.command == "drift" and len(self.targets) > 1:
            for wanted in self.wanted:
                if wanted.path != STDOUT and EACH not in wanted.path:
                    raise click.UsageError(f"there is a report of each target: write {EACH} into {wanted.path}")
        out = ctx.params.get("out")
        files = [os.path.realpath(wanted.path) for wanted in self.wanted if wanted.path != STDOUT]
        if out is not None and os.path.realpath(out) in files:
            raise click.UsageError(f"the plan and a report cannot go to the same file: {out}")

    def files(self, out: Path | None) -> Iterator[Path]:
        """Everything that will be written at somebody's word."""
        yield from (out,) if out is not None else ()
        for wanted in self.wanted:
            if wanted.path != STDOUT:
                several = self.targets if EACH in wanted.path else (self.targets[0],)
                yield from (wanted.file([target]) for target in several)

    @property
    def at(self) -> str:
        """The present moment, as reports say it."""
        return f"{now():%Y-%m-%dT%H:%M:%SZ}"

    def _spots(self, start: Path) -> Spots:
        """Places as the reports that somebody asks for tell them."""
        return Spots(start, self.project, ends=any(wanted.kind in WITH_ENDS for wanted in self.wanted))

    def of_findings(self, findings: Sequence[Finding], *, exit_code: int, objects: int = 0) -> Subject:
        """What is wrong in the manifests, or kept the command from its work. Places start where the command runs."""
        from ccconf.report.sheet import found

        spots = self._spots(Path.cwd())
        return found(
            findings,
            spots,
            command=self.command,
            targets=self.targets,
            at=self.at,
            exit_code=exit_code,
            objects=objects,
        )

    def of_plan(self, plan: Plan, *, exit_code: int) -> Subject:
        """A plan; its places start in the project's folder."""
        from ccconf.report.sheet import planned

        spots = self._spots(self.project.base)
        return planned(
            plan, spots, at=self.at, exit_code=exit_code, command=self.command,
            sensitivities=self.sensitivities(plan.target),
        )  # fmt: skip

    def of_run(
        self, report: Report, plan: Plan | None, *, exit_code: int, said: Mapping[str, Any] | None = None
    ) -> Subject:
        """What became of a plan."""
        from ccconf.report.sheet import ran

        return ran(plan, report, self._spots(self.project.base), at=self.at, exit_code=exit_code, said=said)

    def of_drift(self, drift: Drift, *, exit_code: int, plan: Plan | None = None) -> Subject:
        """A drift report of one target."""
        from ccconf.report.sheet import drifted

        spots, known = self._spots(self.project.base), self.sensitivities(drift.target)
        return drifted(drift, spots, exit_code=exit_code, plan=plan, sensitivities=known)

    def sensitivities(self, target: str) -> Sensitivities:
        """How much the permissions of a target matter, by the catalogue of the platform that it is, or is like."""
        from ccconf.cli.session import facts_of

        return {row.id: row.sensitivity for row in facts_of(self.project.target(target)).catalogue.permissions}

    def tell(self, subject: Subject) -> Subject:
        """Write every report that is wanted. The subject as it may be shown: under pseudonyms, where that is asked."""
        shown = self.shown(subject)
        self.has_told = True
        for wanted in self.wanted:
            self._write(wanted, shown)
        return shown

    def shown(self, subject: Subject) -> Subject:
        """The subject as it may be shown, without writing anything."""
        placed = replace(subject, link=self.link, home=Spots(self.project.base, self.project).name(self.project.path))
        return self._masker(placed).subject(placed) if self.masks else placed

    def line(self, said: str, plan: Plan | None = None) -> str:
        """A line to be printed, under pseudonyms where that is asked."""
        if not self.masks:
            return said
        subject = self.of_plan(plan, exit_code=0) if plan is not None else self.of_findings((), exit_code=0)
        return self._masker(subject).text(said)

    def masked_findings(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Findings as they may be shown."""
        return self.shown(self.of_findings(findings, exit_code=1)).findings if self.masks else findings

    def _write(self, wanted: Wanted, subject: Subject) -> None:
        from ccconf.files import write_whole
        from ccconf.report.formats import FORMATS

        try:
            content = FORMATS[wanted.kind](subject)
            if wanted.path == STDOUT:
                say(content.removesuffix("\n")) if content else None
            else:
                write_whole(wanted.file(subject.targets), content)
        except CcconfError as error:
            print_lines(text.findings(error.findings), err=True)
        except Exception as fault:  # whatever is wrong with a report, the run is over and its end must be told
            what = f"the report {wanted.kind} was not written: {type(fault).__name__}: {fault}"
            print_lines(text.findings([Finding(code=FAULT, message=what)]), err=True)

    def _masker(self, subject: Subject) -> Masker:
        from ccconf.report.mask import Masker, known_in

        suspects = {one.where.path for one in subject.findings if one.where is not None}
        known = [*known_in(subject), *self.met, *self._declared, *self._as_written(suspects)]
        return Masker(mask_secret(self.project.base), known)

    @cached_property
    def _declared(self) -> list[Known]:
        """Everybody in the manifests, as far as they can be read, and whoever runs the command."""
        from ccconf.cli.session import person
        from ccconf.report.mask import Known

        return [Known("", "name", person()), *(one for target in self._named() for one in _declared_in(target))]

    def _as_written(self, suspects: Collection[str]) -> Iterator[Known]:
        """What stands in files with mistakes, whatever it was meant to be."""
        from ccconf.manifest.sources import sources_of

        for target in self._named():
            try:
                sources = sources_of(target)
            except CcconfError:
                continue
            base = self.project.base
            for source in sources:
                if {source.name, Path(os.path.relpath(source.path, base)).as_posix()} & set(suspects):
                    yield from _written_in(source.path, source.name)

    def _named(self) -> list[Target]:
        known = self.project.form.targets
        return [self.project.target(name) for name in self.declaring if name in known]


def _declared_in(target: Target) -> Iterator[Known]:
    from ccconf.manifest.load import load
    from ccconf.model.kinds import KINDS as MODEL
    from ccconf.model.kinds import as_data
    from ccconf.report.mask import known_of

    try:
        loaded = load(target)
    except CcconfError:
        return
    for rows in loaded.rows:
        for row in rows.objects.get("user", ()):
            yield from known_of(row.key, as_data(MODEL["user"].decoder.decode(row.body)))
            yield from known_of(row.formerly, {}) if row.formerly else ()
        for row in rows.objects.get("group", ()):
            for key in as_data(MODEL["group"].decoder.decode(row.body)).get("members") or ():
                yield from known_of(key, {})


def _written_in(path: Path, name: str) -> Iterator[Known]:
    """People of a file that was not understood: entries under `users:`, and whatever stands where nothing is known."""
    from ccconf.manifest.yaml12 import decode, read
    from ccconf.model.kinds import BY_PLURAL
    from ccconf.report.mask import known_of

    try:
        data = read(decode(path.read_bytes(), name), name).data
    except (CcconfError, OSError):
        return
    if not isinstance(data, dict):
        return
    known = {spec.name for spec in BY_PLURAL["users"].specs}
    strangers = {key: value for key, value in data.items() if key not in BY_PLURAL and key != "defaults"}
    users = data.get("users")
    for key, fields in {**strangers, **(users if isinstance(users, dict) else {})}.items():
        fields = fields if isinstance(fields, dict) else {}
        yield from known_of(key, fields)
        for other in {str(name) for name in fields} - known - {"formerly"} | {str(fields.get("formerly") or key)}:
            yield from known_of(other, {})
    groups = data.get("groups")
    for group in groups.values() if isinstance(groups, dict) else ():
        members = group.get("members") if isinstance(group, dict) else None
        for key in members if isinstance(members, dict | list) else ():
            yield from known_of(str(key), {})


class Spots:
    """Finds places in files: their names from the top of the repository, and where what begins there ends."""

    def __init__(self, start: Path, project: Project, *, ends: bool = True) -> None:
        self.start = start
        self.ends = ends
        """Whether anybody asks where it ends: the file is read for that."""
        self.root = _top(project.base)
        self.texts: dict[Path, Any] = {}

    def __call__(self, where: Location) -> Any:
        """The spot of a place."""
        from ccconf.report.sheet import Spot, nowhere

        path = Path(os.path.normpath(self.start / where.path))
        beginning = nowhere(where).region
        read = self._text(path) if self.ends else None
        region = read.region(where.line, where.column) if read is not None else None
        return Spot(self.name(path), region or beginning)

    def name(self, path: Path) -> str:
        """A file from the top of the repository; whole where it lies elsewhere."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def _text(self, path: Path) -> Any:
        from ccconf.manifest.yaml12 import decode
        from ccconf.report.region import Text

        if path not in self.texts:
            try:
                self.texts[path] = Text(decode(path.read_bytes(), path.name))
            except (CcconfError, OSError):
                self.texts[path] = None
        return self.texts[path]


def _top(base: Path) -> Path:
    """The top of the repository in which the project lies; the project's own folder where it lies in none."""
    return next((folder for folder in (base, *base.parents) if (folder / ".git").exists()), base)


MASK_VARIABLE = "CCCONF_MASK_KEY"
SHORTEST = 16
"""So many characters of a secret at least, so that nobody guesses it."""


def mask_secret(base: Path) -> bytes:
    """The secret from which pseudonyms are made: the variable's, else the project's own, made when first needed.

    Raises `Broken`: CC006 for a variable that is too short to be a secret, CC007 where the secret cannot be kept.
    """
    said = os.environ.get(MASK_VARIABLE)
    if said is not None:
        if len(said) < SHORTEST:
            hint = "make a long one: openssl rand -hex 32"
            raise broken("CC006", f"{MASK_VARIABLE} has fewer than {SHORTEST} characters", hint)
        return said.encode("utf-8", "surrogateescape")
    folder = base / ".ccconf" / "mask"
    try:
        return _own_secret(folder)
    except OSError as error:
        from ccconf.files import unwritable

        raise unwritable(folder / "key", error) from error


def _own_secret(folder: Path) -> bytes:
    """Whoever comes first makes it; it appears whole, and must not slip into Git."""
    path = folder / "key"
    if not path.exists():
        import secrets

        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        fresh = folder / f"key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
