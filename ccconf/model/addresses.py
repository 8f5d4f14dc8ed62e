"""Addresses and networks of an allowlist: what can be wrong with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from ccconf.model.flaws import Flaw

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DOCUMENTATION = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""RFC 5737 and RFC 3849: Python counts them as private, examples need them, and nobody's office has them."""


_NARROWEST_WORLD = {4: 8, 6: 16}
"""A wider prefix than these (by version) is a piece of the world, not anybody's office."""


def network_text(network: str) -> str:
    """One spelling for one network: a single address stands without prefix, IPv6 is compressed."""
    try:
        parsed = ipaddress.ip_network(network)
    except ValueError:
        return network
    return str(parsed.network_address) if parsed.prefixlen == parsed.max_prefixlen else str(parsed)


def network_flaws(written: Sequence[str], *, keyed: bool) -> Iterator[Flaw]:
    """All flaws of an allowlist's entries. `keyed` says that they stand as keys of a mapping."""
    if not written:
        yield Flaw("CC306", "this allowlist lets nobody in", (), "name a network, or remove the allowlist")
    before: list[tuple[str, Network]] = []
    for index, text in enumerate(written):
        path: tuple[str | int, ...] = (text,) if keyed else (index,)
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            yield _unreadable(text, path, keyed)
            continue
        yield from _too_wide(text, network, path, keyed)
        yield from _overlap(text, network, before, path, keyed)
        before.append((text, network))


def _unreadable(text: str, path: tuple[str | int, ...], keyed: bool) -> Flaw:
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return Flaw("CC301", f"{text} is neither an address nor a network", path, "write 203.0.113.0/24", keyed)
    address = text.partition("/")[0]
    hint = f"write {meant} for the network, or {address} for the one address"
    return Flaw("CC302", f"{text} has bits beyond its prefix", path, hint, keyed)


def _too_wide(text: str, network: Network, path: tuple[str | int, ...], keyed: bool) -> Iterator[Flaw]:
    if network.prefixlen < _NARROWEST_WORLD[network.version] and not network.is_private:
        part = "the whole world" if network.prefixlen == 0 else f"{network.num_addresses:,} addresses"
        yield Flaw("CC304", f"{text} lets {part} in", path, "name your offices' networks", keyed)
    elif not _reaches_us(network) and not any(_inside(network, known) for known in DOCUMENTATION):
        yield Flaw("CC305", f"{text} is a private range", path, "write the office's public address", keyed)


def _reaches_us(network: Network) -> bool:
    """Whether packets from there can arrive over the internet: not private, not carrier-internal, not multicast."""
    return network.is_global and not network.is_multicast


def _overlap(
    text: str, network: Network, before: Sequence[tuple[str, Network]], path: tuple[str | int, ...], keyed: bool
) -> Iterator[Flaw]:
    for other_text, other in before:
        if _inside(network, other):
            said = "is said twice" if network == other else f"lies within {other_text}"
            yield Flaw("CC303", f"{text} {said}", path, "keep the one you mean", keyed)
            return
        if _inside(other, network):
            yield Flaw("CC303", f"{text} contains {other_text}", path, "keep the one you mean", keyed)
            return


def _inside(one: Network, other: Network) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and one.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and one.subnet_of(other)
