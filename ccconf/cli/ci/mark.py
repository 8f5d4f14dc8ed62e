"""The hidden first line of what ccconf writes into a pull request or an issue: by it the text is found again."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_LINE = re.compile(r"\A<!-- ccconf-ci (\{[^\r\n]*\}) -->", re.ASCII)
_CLOSES = str.maketrans({"-": "\\u002d", "<": "\\u003c", ">": "\\u003e"})
"""What could end an HTML comment; in JSON it stands within strings only, where it may be written so."""
_MENTION = re.compile(r"(?<![\w/.@])@(?=\w)")
_COMMAND = re.compile(r"^(\s*)/(?=\w)", re.MULTILINE)
_CUT = "\n\n*The rest does not fit here: see the job.*\n"


class Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a text is about, and, of a plan that people are to approve, which one they see."""

    purpose: Literal["plan", "drift"]
    project: str
    """The folder of the project in the repository."""
    target: str
    head: str = ""
    """The commit at the head of the pull request that the plan is of."""
    plan: str = ""
    """The plan's id; empty where no plan came about that could be applied."""
    run: str = ""
    """The run, or the job, that keeps the plan's file."""

    def same_place(self, other: Mark | None) -> bool:
        """Whether the other one is in the place of this one: a later text takes it."""
        if other is None:
            return False
        return (self.purpose, self.project, self.target) == (other.purpose, other.project, other.target)

    @property
    def line(self) -> str:
        """The hidden line."""
        return f"<!-- ccconf-ci {msgspec.json.encode(self).decode().translate(_CLOSES)} -->"


def mark_of(body: str | None) -> Mark | None:
    """The mark at the very beginning of a text; None where there is none."""
    found = _LINE.match(body or "")
    if found is None:
        return None
    try:
        return msgspec.json.decode(found[1], type=Mark)
    except msgspec.MsgspecError:
        return None


def marked(mark: Mark, text: str, most: int) -> str:
    """A text under its mark, of so many characters at most, that calls nobody and commands nothing.

    Names from manifests could be those of people on GitHub, and a line that begins with a slash is a command on GitLab.
    """
    quiet = _COMMAND.sub(r"\1\\/", _MENTION.sub("@\u200b", text))
    whole = f"{mark.line}\n{quiet}"
    if len(whole) <= most:
        return whole
    kept = whole[: most - len(_CUT) - 200].rpartition("\n")[0]
    open_ones = kept.count("<details") - kept.count("</details")
    return kept + "\n</details>" * min(max(open_ones, 0), 10) + _CUT
