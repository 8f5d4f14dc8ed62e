"""What is done to one person at once, which is no state: a log-out, a reset password, access tokens.

Whoever is logged out gives his open appeals back to the queue [vendor]. A token is never shown: only how many there are
and since when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.manifest.facts import facts_of
from ccconf.platform.contract import Observed, by_hand
from ccconf.platforms.iqchannels.client import Client, Told
from ccconf.platforms.iqchannels.part import call_words
from ccconf.platforms.iqchannels.paths import PACKAGE
from ccconf.platforms.iqchannels.staff import Users

_PATHS = {
    "logout": "user.logout",
    "reset-password": "user.reset_password",
    "show-tokens": "user.list_tokens",
    "revoke-tokens": "user.revoke_tokens",
}


class Acts:
    """The acts for which a path is known."""

    def __init__(self, client: Client, users: Users) -> None:
        self.client = client
        self.users = users

    def acts(self) -> frozenset[str]:
        """The acts for which a path is known."""
        return frozenset(act for act, path in _PATHS.items() if path in self.client.paths)

    def act(self, act: str, person: Observed) -> tuple[str, ...]:
        """Do it; what was done, in words. Raises `Rejected` with the way by hand where there is no path."""
        if _PATHS.get(act) not in self.client.paths:
            raise by_hand(facts_of(PACKAGE), act)
        return self._done(act, person.ref.key, {"Id": self._id(act, person)})

    def act_calls(self, act: str, person: Observed) -> tuple[str, ...]:
        """The one call of an act that writes."""
        path = _PATHS.get(act, "")
        writes = path in self.client.paths and act in _WORDS
        return (call_words(self.client.paths[path], ["Id"]),) if writes else ()

    def _id(self, act: str, person: Observed) -> int:
        """The platform's id; where a snapshot knows only names, the list of users tells it."""
        if person.native_id.isdecimal():
            return int(person.native_id)
        own = getattr(person.resource, "email", None) or person.ref.key
        found = self.users.lookup(own) if "user.list" in self.client.paths else None
        if found is None:
            raise by_hand(facts_of(PACKAGE), act)
        return int(found.native_id)

    def _done(self, act: str, name: str, body: Mapping[str, Any]) -> tuple[str, ...]:
        path = _PATHS[act]
        match act:
            case "show-tokens":
                return _tokens(name, self.client.ask(path, dict(body)))
            case "reset-password":  # twice would be another password, or another letter
                self.client.write(path, dict(body))
            case _:
                self.client.write(path, dict(body), repeatable=True)
        return (_WORDS[act](name),)


_WORDS: Mapping[str, Callable[[str], str]] = {
    "logout": lambda name: f"{name} was logged out; open appeals go back to the queue",
    "reset-password": lambda name: f"the password of {name} was reset",
    "revoke-tokens": lambda name: f"the access tokens of {name} were reset",
}


def _tokens(name: str, told: Told | None) -> tuple[str, ...]:
    if told is None:
        raise Rejected(Finding(code="CC702", message=f"iQChannels has no user {name}"))
    tokens = told.result or []
    if not tokens:
        return (f"{name} has no access token",)
    made = [row["CreatedAt"] for row in tokens if row.get("CreatedAt")]
    since = f", the oldest since {datetime.fromtimestamp(min(made) / 1000, UTC):%Y-%m-%d %H:%M} UTC" if made else ""
    return (f"{name} has {len(tokens)} access token{'s' if len(tokens) > 1 else ''}{since}",)
