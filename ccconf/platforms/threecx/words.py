"""What 3CX's refusals mean, in words.

The vendor's warning codes (`Pbx.Warnings` of its OpenAPI file) are matched by their last part, since the part before
it changes between versions; the sentences are ours.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ccconf.findings import Finding

_CODE = re.compile(r"\bWARNINGS(?:\.[A-Z0-9_]+)+")

_MEANING = {
    "ALREADY_IN_USE": ("belongs to another object already", "choose another, or free it there"),
    "DUPLICATE": ("is there twice", "choose another"),
    "REQUIRED": ("is needed", "say it in the manifest"),
    "CAN_NOT_BE_EMPTY_STRING": ("must not be empty", "say it in the manifest"),
    "OUT_OF_THE_RANGE": ("is outside what the system allows", "look at the department's range of numbers"),
    "INVALID": ("is not in the form that the system takes", "correct it"),
    "STRING_TOO_LONG": ("is too long", "shorten it"),
    "NOT_FOUND": ("names something that is not there (any more)", "make a new plan"),
    "NON_EXISTENT_EXT_NUMBER": ("names an extension that is not there", "make a new plan"),
    "FORBIDDEN_CHANGE": ("cannot be changed once the object exists", "keep it, or make a new object"),
    "NOT_SUPPORTED": ("is not possible on this system", ""),
    "MCM_MODE_REQUIRED": ("is only possible with several companies on one system", ""),
    "INVALID_LICENSE_TYPE": ("is not in the licence", "remove it, or buy a larger edition"),
    "LICENSE_NOT_FOUND": ("needs a licence that is not there", "activate the licence"),
    "LIMIT_REACHED": ("goes beyond what the licence or the department allows", "remove somebody, or buy more"),
    "NO_MORE_NUMBERS_AVAILABLE": ("has no number left to give", "widen the department's range of numbers"),
    "GROUP_WITH_MEMBERS_CANNOT_BE_DELETED": (
        "cannot go while the department has members",
        "move them first; queues are members, too",
    ),
    "GROUP_CANNOT_BE_DELETED": ("is the default department and cannot go", "keep it"),
    "CANNOT_BE_DELETED": ("cannot go", ""),
    "OPERATOR_CANNOT_BE_DELETED": ("is the operator and cannot go", "name another operator first"),
    "USER_EXTENSION_CANNOT_BE_DELETED": ("cannot go", "a system owner has to remain"),
    "USER_ROLE_DOWNGRADE": ("would lower the last owner's, or the API client's own, role", "keep the role"),
    "OTHER_USER_ROLE_DOWNGRADE": ("would change somebody whose role is above the API client's", "give it System Owner"),
    "INVALID_IP_MASK": ("is no address or network", "correct it"),
    "ALREADY_EXPIRED": ("lies in the past", "give a later date"),
    "BLACKLIST_NUMBER_LIMIT_EXCEEDED": ("has no room left", "remove some"),
    "INVALID_TIMEZONE": ("is no time zone of the system", "choose one that 3CX lists"),
}


def refusal(body: bytes, status: int) -> Finding:
    """One finding for a refusal: which field, what is wrong with it, what to do. Never the whole body."""
    for target, code in _warnings(body):
        last = code.rpartition(".")[2]
        meaning, hint = _MEANING.get(last, (f"is refused ({last.lower().replace('_', ' ')})", ""))
        what = target or "it"
        return Finding(code="CC702", message=f"3CX: {what} {meaning}", hint=hint)
    words = {404: "it is not there any more", 409: "it conflicts with something that is there"}
    return Finding(code="CC702", message=f"3CX refuses: {words.get(status) or own_words(body) or f'status {status}'}")


def _warnings(body: bytes) -> list[tuple[str, str]]:
    """Each field with the warning code that was raised for it."""
    error = _error(body)
    found = []
    details = error.get("details")
    for detail in [*(details if isinstance(details, list) else ()), error]:
        if isinstance(detail, dict) and (code := _CODE.search(str(detail.get("message", "")))):
            before = str(detail.get("message", "")).partition(":")[0]
            target = str(detail.get("target") or ("" if before.startswith("WARNINGS") else before))
            found.append((target.strip(), code[0]))
    return found


def own_words(body: bytes) -> str:
    """What the platform says in its own words, cut to a line."""
    return " ".join(str(_error(body).get("message", "")).split())[:200]


def _error(body: bytes) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    error = data.get("error") if isinstance(data, dict) else None
    return error if isinstance(error, dict) else {}
