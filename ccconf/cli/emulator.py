"""`ccconf emulator`: a system to practise on, with a real address, where nothing can be broken."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from ccconf.cli.output import print_lines

if TYPE_CHECKING:
    from ccconf.emulation import Fault, Faults, Server
    from ccconf.platforms.iptel.emulator import Emulator as Iptel
    from ccconf.platforms.iqchannels.emulator import Emulator as IqChannels
    from ccconf.platforms.opasuite.emulator import Emulator as OpaSuite
    from ccconf.platforms.threecx.emulator import Emulator as ThreeCX


class Emulator(AbstractContextManager[Any], Protocol):
    """What every vendor's emulator is to this command."""

    faults: Faults

    def server(self, *, host: str = ..., port: int = ...) -> Server:
        """A server for the emulated system, listening already."""
        ...


E = TypeVar("E", bound=Emulator)
F = TypeVar("F", bound=Callable[..., Any])


@click.group(name="emulator")
def command() -> None:
    """Serve an emulated platform on this machine: for try-outs, training and tests."""


EVERYWHERE = (
    click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="The address to listen on."),
    click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port (default: any free one)."),
    click.option(
        "--latency", type=click.FloatRange(min=0), default=0.0, help="Seconds that each request takes longer."
    ),
    click.option("--rate-limit", type=click.FloatRange(min=0, min_open=True), help="Requests per second."),
    click.option(
        "--faults", metavar="FAULTS", default="", help="For example status=503:share=0.05,lost:at=12:method=POST"
    ),
    click.option("--database", type=click.Path(path_type=Path, dir_okay=False), help="Keep the system in this file."),
)


def everywhere(function: F) -> F:
    """The options that every emulator has."""
    for option in reversed(EVERYWHERE):
        function = option(function)
    return function


@command.command(name="3cx")
@everywhere
@click.option(
    "--edition",
    "--licence",
    "edition",
    type=click.Choice(["free", "pro", "enterprise", "enterprise-plus"]),
    default="enterprise",
    show_default=True,
    help="The edition that was bought.",
)
@click.option("--calls", type=click.IntRange(min=1), help="Bought simultaneous calls (default: enough for the users).")
@click.option("--version", metavar="VERSION", help="The version that the system says it has.")
@click.option("--users", type=click.IntRange(min=0), default=0, help="People to make up, the owner among them.")
@click.option("--departments", type=click.IntRange(min=0), default=0, help="Departments to make up.")
@click.option("--seed", type=int, default=0, help="Another number makes up other people.")
@click.option("--client-id", metavar="ID", default="", help="The API client's id (default: made up).")
@click.option("--client-secret", metavar="SECRET", default="", help="Its secret (default: made up).")
@click.option(
    "--expires-in",
    type=click.Choice(["minutes", "seconds"]),
    default="minutes",
    show_default=True,
    help="What the 60 in a token's expires_in means.",
)
def threecx(host: str, port: int, faults: str, **settings: Any) -> int:
    """Serve an emulated 3CX version 20 until Ctrl-C.

    This is not 3CX and was not made by 3CX: it follows the published interface, and guesses where that is silent.
    """
    from ccconf.platforms.threecx.emulator import SPECIAL_FAULTS, Emulator, Options, Seed

    planned = _faults(faults, SPECIAL_FAULTS)
    seed = Seed(**{name: settings.pop(name) for name in ("users", "departments", "seed")})
    return _run(Emulator(Options(**_given(settings)), seed=seed), host, port, planned, _threecx_words)


@command.command(name="opasuite")
@everywhere
@click.option("--users", type=click.IntRange(min=0), default=0, help="People to make up, the administrator among them.")
@click.option("--departments", type=click.IntRange(min=0), default=0, help="Departments to make up.")
@click.option("--seed", type=int, default=0, help="Another number makes up other people.")
@click.option("--seats", type=click.IntRange(min=2), help="Contracted user licences (default: without limit).")
@click.option("--token", metavar="TOKEN", default="", help="The token of the API (default: made up).")
@click.option("--language", type=click.Choice(["en", "pt-BR"]), default="en", show_default=True, help="Of the screens.")
def opasuite(host: str, port: int, faults: str, **settings: Any) -> int:
    """Serve an emulated Opa! Suite, its API and its screens, until Ctrl-C.

    This is not Opa! Suite and was not made by IXC Soft: it follows what others report of the interface, and guesses
    where nobody does.
    """
    from ccconf.platforms.opasuite.emulator import SPECIAL_FAULTS, Emulator, Options, Seed

    if settings["seats"] is not None and settings["seats"] < settings["users"]:
        raise click.BadParameter("there are more people to make up than licences", param_hint="--seats")
    planned = _faults(faults, SPECIAL_FAULTS)
    seed = Seed(**{name: settings.pop(name) for name in ("users", "departments", "seed")})
    return _run(Emulator(Options(**_given(settings)), seed=seed), host, port, planned, _opasuite_words)


@command.command(name="iptel")
@everywhere
@click.option(
    "--role", "roles", metavar="NAME", multiple=True, help="A role of the installation (repeatable; default: five)."
)
@click.option("--users", type=click.IntRange(min=0), default=0, help="Employees to make up, a group for each eight.")
def iptel(host: str, port: int, faults: str, roles: tuple[str, ...], **settings: Any) -> int:
    """Serve the emulated screens of IPTEL's call centre until Ctrl-C.

    This is not IPTEL and was not made by its vendor: it follows the one page that is public, and guesses the rest.
    """
    from ccconf.platforms.iptel.emulator import Emulator, Options

    planned = _faults(faults)
    options = Options(**_given({**settings, "roles": roles or None}))
    return _run(Emulator(options), host, port, planned, _iptel_words)


@command.command(name="iqchannels")
@everywhere
@click.option("--edition", type=click.Choice(["base"]), default="base", show_default=True, help="What was bought.")
@click.option(
    "--module",
    "modules",
    type=click.Choice(["iqpro", "bots", "branches"]),
    multiple=True,
    help="What was bought in addition; may be said again.",
)
@click.option("--users", type=click.IntRange(min=0), default=0, help="People to make up, the administrator among them.")
@click.option("--seed", type=int, default=0, help="Another number makes up other people.")
@click.option("--session", metavar="SESSION", default="", help="The cookie user-session (default: made up).")
def iqchannels(host: str, port: int, faults: str, **settings: Any) -> int:
    """Serve an emulated iQChannels, its API and its screens, until Ctrl-C.

    This is not iQChannels and was not made by iQStore: the form of its calls is documented, and every administrative
    path is a guess of ccconf's.
    """
    from ccconf.platforms.iqchannels.emulator import SPECIAL_FAULTS, Emulator, Options, Seed

    planned = _faults(faults, SPECIAL_FAULTS)
    seed = Seed(**{name: settings.pop(name) for name in ("users", "seed")})
    return _run(Emulator(Options(**_given(settings)), seed=seed), host, port, planned, _iqchannels_words)


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    """What was said; the rest is the emulator's own to choose."""
    return {name: value for name, value in settings.items() if value is not None}


def _faults(text: str, special: Collection[str] = ()) -> tuple[Fault, ...]:
    from ccconf.emulation import faults_from

    try:
        return faults_from(text, special)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--faults") from error


def _run(emulator: E, host: str, port: int, faults: tuple[Fault, ...], words: Callable[[E, Server], list[str]]) -> int:
    """Say how to reach the emulator, and serve it until Ctrl-C."""
    with emulator:
        emulator.faults.add(*faults)
        try:
            server = emulator.server(host=host, port=port)
        except OSError as error:
            raise click.BadParameter(f"{host}:{port}: {(error.strerror or str(error)).lower()}") from error
        print_lines(words(emulator, server))
        _serve(server)
    print_lines(["", "the emulator has stopped"])
    return 0


def _serve(server: Server) -> None:
    """Until the keyboard interrupts, which is the proper end of it."""
    try:
        server.run()
    except KeyboardInterrupt:
        return
    finally:
        server.close()


def _iptel_words(emulator: Iptel, server: Server) -> list[str]:
    """Where the screens are, and how ccconf learns what is on them."""
    return [
        f"An emulator of IPTEL's screens: open {server.url} in a browser",
        "It is not IPTEL and was not made by its vendor: it follows the one page that is public, and guesses the rest.",
        "",
        f"Roles of this installation: {', '.join(emulator.options.roles)}",
        "",
        "For ccconf.yaml; no API is known, so there is no url:",
        "",
        "targets:",
        "  calls:",
        "    platform: iptel",
        "    manifests: [manifests]",
        "",
        "What is on the screens is told with: ccconf snapshot import -t calls FILE",
        "What is to be done there is in the runbook of: ccconf apply -t calls",
        "",
        "Ctrl-C ends it.",
    ]


def _threecx_words(emulator: ThreeCX, server: Server) -> list[str]:
    """Everything that a person needs to talk to it."""
    edition, version = emulator.options.edition, emulator.options.version
    return [
        f"An emulator of 3CX {version} ({edition}) listens on {server.url}",
        "It is not 3CX and was not made by 3CX: it follows the published interface, and guesses where that is silent.",
        "",
        f"client id:     {emulator.client_id}",
        f"client secret: {emulator.client_secret}",
        "",
        "For ccconf.yaml, with the two in the environment:",
        "",
        f"export CCCONF_3CX_ID={emulator.client_id} CCCONF_3CX_SECRET={emulator.client_secret}",
        "",
        "targets:",
        "  emulated:",
        "    platform: threecx",
        f"    url: {server.url}",
        f"    licence: {{edition: {edition}, calls: {emulator.office.calls}}}",
        "    credentials: {client_id: !env CCCONF_3CX_ID, client_secret: !env CCCONF_3CX_SECRET}",
        "    manifests: [manifests]",
        "",
        "Ctrl-C ends it.",
    ]


def _opasuite_words(emulator: OpaSuite, server: Server) -> list[str]:
    """Everything that a person needs to talk to it."""
    seats = emulator.options.seats
    return [
        f"An emulator of Opa! Suite listens on {server.url}: the API below /api/v1, the screens in a browser",
        "It is not Opa! Suite and was not made by IXC Soft: much of it is guessed, and its documentation says what.",
        "",
        f"token: {emulator.token}",
        "",
        "For ccconf.yaml, with the token in the environment:",
        "",
        f"export OPA_TOKEN={emulator.token}",
        "",
        "targets:",
        "  emulated:",
        "    platform: opasuite",
        f"    url: {server.url}",
        *([] if seats is None else [f"    licence: {{seats: {seats}}}"]),
        f"    credentials: {{token: !env OPA_TOKEN, group: {emulator.group}}}",
        "    options: {address: 127.0.0.1}",
        "    manifests: [manifests]",
        "",
        f"People are imported from a file on {server.url}/usuarios/importar. Ctrl-C ends it.",
    ]


def _iqchannels_words(emulator: IqChannels, server: Server) -> list[str]:
    """Everything that a person needs to talk to it."""
    options = emulator.options
    modules = f", modules: [{', '.join(options.modules)}]" if options.modules else ""
    return [
        f"An emulator of iQChannels listens on {server.url}: the API below /api, the screens in a browser",
        "It is not iQChannels and was not made by iQStore. The vendor publishes no administrative path: those that are",
        "served here, and that paths: assumed takes, are ccconf's guesses, confirmed nowhere.",
        "",
        f"session: {emulator.session}",
        "",
        "For ccconf.yaml, with the session in the environment:",
        "",
        f"export IQ_SESSION={emulator.session}",
        "",
        "targets:",
        "  emulated:",
        "    platform: iqchannels",
        f"    url: {server.url}",
        f"    licence: {{edition: {options.edition}{modules}}}",
        "    credentials: {session: !env IQ_SESSION}",
        "    options: {paths: assumed}",
        "    manifests: [manifests]",
        "",
        "Ctrl-C ends it.",
    ]
