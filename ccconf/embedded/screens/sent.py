"""What a form sent: its values by name, and the content of its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import NamedTuple
from urllib.parse import parse_qsl

from ccconf.emulation import Request


class Sent(NamedTuple):
    """The values of a form; one name may have several."""

    values: Mapping[str, list[str]] = {}
    files: Mapping[str, bytes] = {}

    def one(self, name: str) -> str:
        """The only value; the first where there are several, empty where there is none."""
        return next(iter(self.values.get(name, ())), "")

    def text(self, name: str) -> str:
        """The only value as text: a browser ends lines with two characters."""
        return self.one(name).replace("\r\n", "\n").strip()


def sent(request: Request) -> Sent:
    """The form in the body of a request; what is no form holds nothing."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return _multipart(request)
    pairs = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
    return Sent(_gathered(pairs))


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _multipart(request: Request) -> Sent:
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    pairs: list[tuple[str, str]] = []
    files: dict[str, bytes] = {}
    for name, file_name, content in _parts(BytesParser(policy=HTTP).parsebytes(head + request.body)):
        if file_name is None:
            pairs.append((name, content.decode(errors="replace")))
        elif content:
            files[name] = content
    return Sent(_gathered(pairs), files)


def _parts(message: Message) -> Iterator[tuple[str, str | None, bytes]]:
    """Name, file name (None where it is no file) and content of each part."""
    for part in message.get_payload() if message.is_multipart() else ():
        assert isinstance(part, Message)
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            yield name, part.get_filename(), content
