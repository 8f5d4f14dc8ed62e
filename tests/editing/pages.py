"""Manifests as people write them: every style, comments everywhere, any line breaks; for property tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ccconf.conformance.worlds import World
from ccconf.manifest.editing.paper import is_plain, quoted
from ccconf.model.kinds import BY_PLURAL, KINDS, from_data

Files = dict[str, bytes]


class Writer:
    """Writes a world down; every choice of style is drawn."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.bits = draw(st.integers(0, 2**256 - 1))  # one draw is quicker than many
        self.seed = self.bits
        self.comments: list[str] = []

    def choose(self, number: int) -> int:
        if self.bits < number:
            self.bits = self.seed = self.seed * 6364136223846793005 + 1442695040888963407
        self.bits, chosen = divmod(self.bits, number)
        return chosen

    def comment(self) -> str:
        self.comments.append(f"# note {len(self.comments)}: it's [a] {{b}} \"c")
        return self.comments[-1]

    def word(self, text: str, *, flow: bool) -> str:
        match self.choose(3):
            case 0 if is_plain(text, flow=flow):
                return text
            case 1:
                return quoted(text, "'")
        return json.dumps(text, ensure_ascii=False)

    def inline(self, value: Any, *, flow: bool = True) -> str:
        match value:
            case str():
                return self.word(value, flow=flow)
            case dict():
                inner = ", ".join(f"{self.word(key, flow=True)}: {self.inline(part)}" for key, part in value.items())
                return f"{{ {inner} }}" if inner and not self.choose(4) else f"{{{inner}}}"
            case list():
                return f"[{', '.join(self.inline(part) for part in value)}]"
        return json.dumps(value)

    def value(self, value: Any, indent: int, *, inner: bool = False) -> str:
        """What stands behind a key in a block."""
        blank = " " * indent
        if not value or not isinstance(value, dict | list) or self.choose(3) == 0:
            text = f" {self.inline(value, flow=False)}" if value is not None or self.choose(2) else ""
            return f"{text}  {self.comment()}\n" if not inner and self.choose(3) == 0 else f"{text}\n"
        lines = f"  {self.comment()}\n" if not inner and self.choose(4) == 0 else "\n"
        if isinstance(value, list):
            at = blank[: -2 if self.choose(2) else None]
            return lines + "".join(f"{at}- {self.inline(part, flow=False)}\n" for part in value)
        return lines + "".join(
            f"{blank}{self.word(key, flow=False)}:{self.value(part, indent + 2, inner=True)}"
            for key, part in value.items()
        )

    def object(self, key: str, fields: Mapping[str, Any], indent: int) -> str:
        name = f"{' ' * indent}{self.word(key, flow=False)}:"
        above = f"{' ' * indent}{self.comment()}\n" if self.choose(4) == 0 else ""
        if not self.choose(3) or not fields:
            body = f" {self.inline(dict(fields))}" if fields or self.choose(2) else ""
            return f"{above}{name}{body}\n"
        lines = [f"{above}{name}\n"]
        for field, value in fields.items():
            if not self.choose(4):
                lines.append(f"{' ' * (indent + 2)}{self.comment()}\n")
            lines.append(f"{' ' * (indent + 2)}{field}:{self.value(value, indent + 4)}")
        return "".join(lines)

    def file(self, sections: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> bytes:
        if not self.choose(6):
            return json.dumps(sections, ensure_ascii=False, indent=self.choose(2) or None).encode()
        text = ""
        for plural, objects in sections.items():
            text += f"{self.comment()}\n" if not self.choose(3) else ""
            if not self.choose(6):
                text += f"{plural}: {self.inline(objects)}\n"
                continue
            text += f"{plural}:\n"
            gap = "\n" if self.choose(2) else ""
            indent = 1 + self.choose(3)
            text += gap.join(self.object(key, fields, indent) for key, fields in objects.items())
        text = text if self.choose(4) else text.rstrip("\n")
        text = text.replace("\n", "\r\n") if not self.choose(4) else text
        return (b"\xef\xbb\xbf" if not self.choose(5) else b"") + text.encode()


def paper(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Plain canonical data as a person would write it."""
    resource = from_data(kind, dict(fields))
    return {
        name: None if value is None else KINDS[kind].by_name[name].shape.written(getattr(resource, name))
        for name, value in fields.items()
    }


@st.composite
def projects(draw: st.DrawFn, world: World, *, defaults: bool = False) -> tuple[Files, list[str]]:
    """The files of a world in two layers, `base` and `over`, and the comments in them; with defaults if asked."""
    writer = Writer(draw)
    base: dict[str, dict[str, Any]] = {}
    over: dict[str, dict[str, Any]] = {}
    for kind, objects in world.items():
        plural = KINDS[kind].plural
        for key, fields in objects.items():
            said = {name: value for name, value in paper(kind, fields).items() if name not in KINDS[kind].filed}
            later = {name: said.pop(name) for name in list(said) if not writer.choose(5)}
            base.setdefault(plural, {})[key] = said
            if later:
                over.setdefault(plural, {})[key] = later
    _from_the_other_side(writer, base)
    usual = _usual(writer, base) if defaults else {}
    if over and not writer.choose(2):
        base, over = over, base
    files = {"base/a.yaml": writer.file(base)}
    files |= {"base/usual.yaml": writer.file({"defaults": usual})} if usual else {}
    return (files | {"over/b.yaml": writer.file(over)} if over else files), writer.comments


def _usual(writer: Writer, sections: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A default for some fields of which every object of a kind says something, taken from one of them."""
    usual: dict[str, dict[str, Any]] = {}
    for plural, objects in sections.items():
        if (by_all := set.intersection(*(set(fields) for fields in objects.values()))) and writer.choose(2):
            for field in sorted(by_all - {"members", *BY_PLURAL[plural].unique}):
                value = list(objects.values())[writer.choose(len(objects))][field]
                if value and writer.choose(2):
                    usual.setdefault(plural, {})[field] = value
                    for fields in objects.values():
                        if fields[field] == value and writer.choose(4):
                            del fields[field]
    return usual


def _from_the_other_side(writer: Writer, sections: dict[str, dict[str, Any]]) -> None:
    """Some memberships are said by the groups, some of them by both sides."""
    for key, group in sections.get("groups", {}).items():
        if writer.choose(2):
            continue
        members: dict[str, Any] = {}
        for name, user in sections.get("users", {}).items():
            groups = user.get("groups")
            if groups and key in groups:
                members[name] = groups[key] if isinstance(groups, dict) else {}
                if not writer.choose(3):
                    continue
                user["groups"] = (
                    {one: edge for one, edge in groups.items() if one != key}
                    if isinstance(groups, dict)
                    else [one for one in groups if one != key]
                )
                if not user["groups"] and writer.choose(2):
                    del user["groups"]
        group["members"] = members if any(members.values()) else list(members)
