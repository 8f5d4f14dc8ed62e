"""Which platform a target is: what all ways to write its address have in common."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


class Spot(NamedTuple):
    """A platform, as locks know it."""

    address: str
    """Two targets that are one platform have one address."""
    target: str
    """The name that messages use."""


def platform_address(platform: str, url: str, target: str) -> str:
    """The platform with its address, the same for every way to write it; it has no secret in it.

    A target without an address, which only people can reach, is its own platform. A file is told by its name alone:
    its folder is another one in every clone.
    """
    if not url:
        return f"{platform} ({target})"
    return f"{platform} {_of_network(url) if '://' in url else PurePath(url).name}"


def _of_network(url: str) -> str:
    """Letters of scheme and host are all the same (RFC 3986, 6.2.2.1), so is a usual port; so is a slash at the end."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # it is none; who connects tells
        return url
    scheme, host = parts.scheme.lower(), (parts.hostname or "")
    shown = f"[{host}]" if ":" in host else host
    at = "" if port in (None, _PORTS.get(scheme)) else f":{port}"
    return f"{scheme}://{shown}{at}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
