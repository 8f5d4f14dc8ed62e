"""`ccconf user`: what is done to one person at once, and is no state that Git could hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from ccconf.cli.asking import agreed
from ccconf.cli.output import declined, print_json, print_lines
from ccconf.cli.session import checked, connected, format_option, in_gits_words, person, project_of, target_option
from ccconf.errors import CcconfError, Ending, Refused, Rejected, broken
from ccconf.findings import Finding
from ccconf.ledger.handed import Desk
from ccconf.ledger.store import Ledger
from ccconf.manifest.compose import Declarations
from ccconf.manifest.project import Target
from ccconf.model.change import Change, FieldChange, Restore, Update
from ccconf.model.refs import Ref
from ccconf.platform.byhand import ByHand, operation_of
from ccconf.platform.contract import Acting, Observed, Operation, Platform, Route, by_hand
from ccconf.platform.discovery import find
from ccconf.report.answers import Act, Acted, Acts
from ccconf.report.words import visible

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask. Needed where there is no terminal.")


@click.group(name="user")
def command() -> None:
    """Act on one person at once. Each act asks first, and is noted in the ledger: who did it, and what came of it."""


class Office(NamedTuple):
    """Where an act happens."""

    target: Target
    connection: Platform
    platform: Platform
    desk: Desk

    def live(self, key: str) -> Observed:
        """The person, who must be there. Raises `Broken` (CC011)."""
        found = self.platform.lookup(Ref("user", key))
        if found is None:
            raise broken("CC011", f"there is no user called {key} on {self.target.name}", "ccconf show user lists them")
        return found


@command.command(name="logout")
@click.argument("key")
@target_option
@yes_option
@format_option("text", "json")
@click.pass_context
def logout(ctx: click.Context, key: str, target_name: str | None, yes: bool, format_: str) -> int:
    """Sign the user KEY out. Open conversations may go back to the queue."""
    return _act(ctx, target_name, key, "logout", f"Sign {key} out", yes=yes, format_=format_)


@command.command(name="reset-password")
@click.argument("key")
@target_option
@yes_option
@format_option("text", "json")
@click.pass_context
def reset_password(ctx: click.Context, key: str, target_name: str | None, yes: bool, format_: str) -> int:
    """Reset the password of the user KEY, as the platform does it. ccconf never sees a password."""
    return _act(ctx, target_name, key, "reset-password", f"Reset the password of {key}", yes=yes, format_=format_)


@command.command(name="tokens")
@click.argument("key")
@target_option
@click.option("--revoke", is_flag=True, help="Make them all worthless.")
@yes_option
@format_option("text", "json")
@click.pass_context
def tokens(ctx: click.Context, key: str, target_name: str | None, revoke: bool, yes: bool, format_: str) -> int:
    """Tell how many access tokens the user KEY has, or revoke them. ccconf never shows a token itself."""
    act, what = ("revoke-tokens", "Revoke all") if revoke else ("show-tokens", "Look at the")
    return _act(ctx, target_name, key, act, f"{what} access tokens of {key}", yes=yes, format_=format_)


@command.command(name="restore")
@click.argument("key")
@target_option
@yes_option
@format_option("text", "json")
@click.pass_context
def restore(ctx: click.Context, key: str, target_name: str | None, yes: bool, format_: str) -> int:
    """Bring the deleted user KEY back as they were. Have KEY in the manifests too, or the next apply lets them go."""
    with _office(ctx, target_name, "restore", key) as office:
        gone = {item.ref.key: item for page in office.platform.departed("user") for item in page.items}
        if key not in gone:
            raise broken("CC011", f"no deleted user is called {key}", "ccconf show user lists the others")
        left = gone[key]
        change = Restore(kind="user", key=key, native_id=left.native_id, revision=left.revision, changes=())
        return _changed(office, change, "restore", f"Bring {key} back", f"{key} is back", yes=yes, format_=format_)


@command.command(name="avatar")
@click.argument("key")
@click.argument("picture", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@target_option
@click.option("--delete", is_flag=True, help="Take the picture away.")
@yes_option
@format_option("text", "json")
@click.pass_context
def avatar(
    ctx: click.Context, key: str, picture: Path | None, target_name: str | None, delete: bool, yes: bool, format_: str
) -> int:
    """Give the user KEY a PICTURE, or take it away. Where the manifests state it, they have the say."""
    if (picture is None) == (not delete):
        raise click.UsageError("name a PICTURE, or say --delete")
    digest = f"sha256:{hashlib.sha256(picture.read_bytes()).hexdigest()}" if picture else None
    files = {digest: str(picture.resolve())} if picture and digest else {}
    with _office(ctx, target_name, "avatar", key, files) as office:
        _not_in_git(office.target, key)
        live = office.live(key)
        before = getattr(live.resource, "avatar", None) or None
        row = FieldChange(field="avatar", before=before, after=digest)
        change = Update(kind="user", key=key, native_id=live.native_id, revision=live.revision, changes=(row,))
        what = f"Give {key} the picture {picture.name}" if picture else f"Take the picture of {key} away"
        return _changed(office, change, "avatar", what, "done", yes=yes, format_=format_)


def _not_in_git(target: Target, key: str) -> None:
    declared, _ = checked(target)
    found = declared.get(Ref("user", key))
    if found is not None and getattr(found.resource, "avatar", None):
        where = declared.where(Ref("user", key), "avatar")
        raise broken("CC506", f"the manifests state the avatar of {key}", "change it there, and apply", where)


def _act(ctx: click.Context, target_name: str | None, key: str, act: str, what: str, *, yes: bool, format_: str) -> int:
    with _office(ctx, target_name, act, key) as office:
        acting, facts = office.connection, find(office.target.form.platform, None).facts
        if not isinstance(acting, Acting) or (isinstance(acting, ByHand) and not acting.can_act()):
            raise by_hand(facts, act)
        if isinstance(acting, ByHand) and acting.support("user", Operation.READ).route is not Route.API:
            raise by_hand(facts, act)  # nobody knows an id by which the API could find the person
        live = office.live(key)
        return _asked(office, act, key, what, lambda: acting.act(act, live), yes=yes, format_=format_)


def _changed(office: Office, change: Change, act: str, what: str, done: str, *, yes: bool, format_: str) -> int:
    """One change of one person, with the platform's own refusal where it goes by hand."""
    row = office.platform.support(change.kind, operation_of(change))
    if row.route is not Route.API:
        message = f"no API of {find(office.target.form.platform, None).facts.title} does this"
        raise Rejected(Finding(code="CC714", message=message, hint=f"by hand: {row.reason}"))

    def make() -> tuple[str, ...]:
        office.platform.perform(change)
        return (done,)

    return _asked(office, act, change.key, what, make, yes=yes, format_=format_)


def _asked(
    office: Office, act: str, key: str, what: str, make: Callable[[], tuple[str, ...]], *, yes: bool, format_: str
) -> int:
    """Ask, do it, note it, and tell what came of it."""
    _not_oneself(office.target, act, key)
    answer = partial(Acted, target=office.target.name, act=act, person=str(Ref("user", key)))
    if not yes and not agreed(f"{what} on {office.target.name}?"):
        return declined(format_, answer(done=False, said=()))
    line = office.desk.begin_act(person(), act, str(Ref("user", key)))  # whatever happens now, it is noted
    try:
        said = make()
    except CcconfError as error:
        office.desk.end_act(line, _in_words(error))
        raise
    office.desk.end_act(line, "done")
    if format_ == "json":
        print_json(answer(done=True, said=said))
    else:
        print_lines(map(visible, said))
    return Ending.DONE


def _in_words(error: CcconfError) -> str:
    return f"{error.findings[0].code} {error.findings[0].message}"


def _not_oneself(target: Target, act: str, key: str) -> None:
    """ccconf does not cut off the branch that it sits on."""
    if key == target.form.identity and act in ("logout", "reset-password", "revoke-tokens"):
        message = f"{key} is the identity that ccconf itself uses on {target.name}"
        raise Refused(Finding(code="CC606", message=message, where=target.where("identity"), hint="leave it alone"))


@command.command(name="history")
@target_option
@format_option("text", "json")
@click.pass_context
def history(ctx: click.Context, target_name: str | None, format_: str) -> int:
    """Who did what to whom, and what came of it."""
    target = project_of(ctx).target(target_name)
    with Ledger(target.project.ledger) as ledger:
        acts = Desk(ledger, target.name).acts()
    if format_ == "json":
        print_json(Acts(target=target.name, acts=tuple(Act(**row._asdict()) for row in acts)))
        return 0
    for row in acts:
        when, what = row.at[:16].replace("T", " "), f"{row.actor}  {row.act}  {row.person}: {row.outcome}"
        print_lines([f"{when}  {visible(what)}"])
    print_lines([f"{len(acts)} acts on {target.name}."])
    return 0


@contextmanager
def _office(
    ctx: click.Context, target_name: str | None, act: str, key: str, files: dict[str, str] | None = None
) -> Iterator[Office]:
    """The target's platform and its ledger; a refusal is noted there, too."""
    target = project_of(ctx).target(target_name)
    with connected(target, files=files or {}) as connection, Ledger(target.project.ledger) as ledger:
        desk = Desk(ledger, target.name)
        ledger.ready()
        before = len(desk.acts())
        try:
            platform, _ = in_gits_words(connection, target, ledger, _declared(target))
            yield Office(target, connection, platform, desk)
        except CcconfError as error:
            if len(desk.acts()) == before:  # refused before it began
                desk.end_act(desk.begin_act(person(), act, str(Ref("user", key))), _in_words(error))
            raise


def _declared(target: Target) -> Declarations | None:
    """The manifests, for the names in Git; an urgent act does not wait until they are in order."""
    try:
        return checked(target)[0]
    except CcconfError:
        return None
