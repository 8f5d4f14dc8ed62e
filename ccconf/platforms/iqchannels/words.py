"""What stands against a call, in words: what iQChannels says itself, and what something in between answers."""

from __future__ import annotations

from typing import Any, NoReturn

from ccconf.errors import Broken, Rejected, Uncertain, broken
from ccconf.findings import Finding

SIGN_IN = "sign in as a member of staff and hand on the cookie user-session: credentials: {session: !env IQ_SESSION}"
GUESSED = "the vendor publishes no administrative path: correct the one in options: {paths: …}, or do it by hand"


class Said(Exception):
    """iQChannels itself said no: the documented code, and its words on one line."""

    def __init__(self, code: str, text: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = " ".join(str(text or "").split())[:200]

    @property
    def words(self) -> str:
        """Its words, to stand behind a sentence."""
        return f": {self.text}" if self.text else ""


def refused(host: str, path: str, said: Said) -> Broken:
    """What stands against a question."""
    match said.code:
        case "unauthorized":
            return broken("CC708", f"{host} does not accept the session, or it has ended{said.words}", SIGN_IN)
        case "forbidden":
            message = f"{host} does not allow {path} to whom the session belongs{said.words}"
            return broken("CC709", message, "the section Пользователи needs the level Администратор")
        case "invalid" | "bad_request" | "not_found":
            return broken("CC702", f"iQChannels refuses {path}{said.words or f': {said.code}'}", GUESSED)
        case "internal_server_error":
            return broken("CC707", f"{host} failed at {path}{said.words}", "try again later")
        case _:
            return broken("CC710", f"{host} answers {path} with an error {said.code} that nobody knows")


def not_done(host: str, path: str, said: Said) -> NoReturn:
    """What stands against a change. Raises `Rejected` or `Broken` where nothing was done, else `Uncertain`."""
    match said.code:
        case "invalid" | "bad_request" | "not_found":
            raise Rejected(Finding(code="CC702", message=f"iQChannels: {said.text or said.code}"))
        case "unauthorized" | "forbidden":
            raise refused(host, path, said)
        case _:
            raise uncertain(refused(host, path, said).findings[0].message)


def outside(host: str, path: str, status: int) -> Broken:
    """Something in between answered: iQChannels itself always says 200."""
    if 300 <= status < 400:
        hint = "write the address to which it sends in url:, with https:// if it has that"
        return broken("CC707", f"{host} sends elsewhere (status {status})", hint)
    message = f"{host} answers {path} with status {status}, which iQChannels itself never does"
    return broken("CC707", message, GUESSED if status in (404, 405) else "a proxy in between may have failed")


def nonsense(host: str, path: str) -> Broken:
    """The answer is not in the documented form."""
    message = f"{host} answers {path} with something that is not of iQChannels"
    return broken("CC710", message, "check url:; a proxy or a login page may answer instead")


def uncertain(what: str) -> Uncertain:
    """A change of which nobody can say whether it was made."""
    message = f"{what}; whether it was done is not known"
    return Uncertain(Finding(code="CC703", message=message, hint="make a new plan, which looks at what is there"))
