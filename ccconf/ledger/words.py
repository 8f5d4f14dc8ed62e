"""What databases say, in the words of people. There is never an address with its password in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

_FILE_HINT = "restore the file, or name another ledger: in ccconf.yaml"
_SERVER_HINT = "see that the server runs and can be reached; nothing is done that cannot be noted"
_LOGIN_HINT = "check the user, and the password in PGPASSWORD, a password file, or the secret behind ledger:"
_RIGHT_HINT = "give the user the right to create a schema once, and to write in the schema ccconf"

_STATES = {
    "28": ("refuses the login", _LOGIN_HINT),
    "3D": ("does not exist", "create the database, or correct ledger: in ccconf.yaml"),
    "42501": ("may not be written by this user", _RIGHT_HINT),
    "25006": ("is read-only", "name the primary server"),
    "53100": ("has no space left on its disk", "make room on the server"),
    "53300": ("has too many connections", "try again later"),
    "55P03": ("is in use by another program", "try again later"),
    "57P": ("went away", _SERVER_HINT),
    "08": ("went away", _SERVER_HINT),
}
"""By the first letters of PostgreSQL's code of an error."""

_PHRASES = {
    "password": "28",  # libpq tells no code while it connects, only words
    "role": "28",
    "pg_hba": "28",
    "database": "3D",
    "too many": "53300",
}


def of_file(error: DBAPIError) -> tuple[str, str]:
    """What is wrong with a SQLite file, and how to mend it."""
    kind, said = type(error.orig).__name__, str(error.orig)
    if kind != "OperationalError":
        return "is damaged or not a database", _FILE_HINT
    if "lock" in said:
        return "is in use by another program", "try again later"
    if "full" in said or "disk I/O" in said:
        return f"cannot be used: {said}", "make room on the disk, and see that the file can be written"
    return f"cannot be used: {said}", _FILE_HINT


def of_server(error: DBAPIError) -> tuple[str, str]:
    """What is wrong with a PostgreSQL database, and how to mend it."""
    state: str = getattr(error.orig, "sqlstate", None) or ""
    said = _last_line(error.orig)
    if not state:
        reason = said.rpartition("failed: ")[2]  # what stands before it names the database and the user
        state = next((code for phrase, code in _PHRASES.items() if phrase in reason), "")
    found = next((words for code, words in _STATES.items() if state and state.startswith(code)), None)
    if found is not None:
        return found
    if lost(error):
        return f"cannot be reached: {said}", _SERVER_HINT
    return f"cannot be used: {said}", _SERVER_HINT


def lost(error: DBAPIError) -> bool:
    """Whether a server is gone for now."""
    if not hasattr(error.orig, "sqlstate"):  # a file
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return state[:2] in ("08", "57") or (not state and type(error.orig).__name__ in _GONE)


def may_pass(error: DBAPIError) -> bool:
    """Whether asking again may help: the server is gone for now, or somebody else is writing."""
    busy = getattr(error.orig, "sqlstate", None) == "55P03" or "database is locked" in str(error.orig)
    return busy or lost(error)


_GONE = ("OperationalError", "ConnectionTimeout", "InterfaceError")


def _last_line(error: Any) -> str:
    """libpq tells of every address that it tried; the last line that says anything is the nearest."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.startswith("\t")]
    told = [line for line in lines if "failed" in line or "FATAL" in line or "closed" in line] or lines or ["no reason"]
    return told[-1]
