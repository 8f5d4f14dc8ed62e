"""Addresses of an allowlist: brute force over the standard library's networks is the referee."""

from __future__ import annotations

import ipaddress
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccconf.model.addresses import network_flaws, network_text
from ccconf.model.shapes import Networks
from tests.manifest.support import objects, rows, told


def flaws(*networks: str) -> list[str]:
    return [f"{flaw.code} {'/'.join(map(str, flaw.path))}".strip() for flaw in network_flaws(networks, keyed=False)]


@pytest.mark.parametrize(
    ("networks", "found"),
    [
        ([], ["CC306"]),
        (["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"], []),
        (["8.8.8.8"], []),
        (["office"], ["CC301 0"]),
        (["203.0.113.0/33"], ["CC301 0"]),
        (["300.1.1.1"], ["CC301 0"]),
        (["203.0.113.010"], ["CC301 0"]),
        (["2001:db8:::/32"], ["CC301 0"]),
        (["203.0.113.7/24"], ["CC302 0"]),
        (["2001:db8::1/32"], ["CC302 0"]),
        (["0.0.0.0/0"], ["CC304 0"]),
        (["::/0"], ["CC304 0"]),
        (["10.1.2.3"], ["CC305 0"]),
        (["192.168.0.0/16"], ["CC305 0"]),
        (["127.0.0.1"], ["CC305 0"]),
        (["169.254.0.0/16"], ["CC305 0"]),
        (["fe80::/10"], ["CC305 0"]),
        (["fc00::/7"], ["CC305 0"]),
        (["203.0.113.0/24", "203.0.113.7"], ["CC303 1"]),
        (["203.0.113.7", "203.0.113.0/24"], ["CC303 1"]),
        (["203.0.113.7", "203.0.113.7/32"], ["CC303 1"]),
        (["2001:db8::1", "2001:DB8:0::1"], ["CC303 1"]),
        (["203.0.113.0/24", "office", "203.0.113.0/25"], ["CC301 1", "CC303 2"]),
    ],
)
def test_what_is_wrong_with_an_allowlist(networks: list[str], found: list[str]) -> None:
    assert flaws(*networks) == found


def test_host_bits_are_explained_with_both_meanings() -> None:
    (flaw,) = network_flaws(["203.0.113.7/24"], keyed=False)
    assert flaw.hint == "write 203.0.113.0/24 for the network, or 203.0.113.7 for the one address"


_small = st.builds(
    lambda address, prefix: str(ipaddress.ip_network((0xCB007100 | address, prefix), strict=False)),
    st.integers(0, 255),
    st.integers(28, 32),
)
_small6 = st.builds(
    lambda address, prefix: str(ipaddress.ip_network((0x20010DB8 << 96 | address, prefix), strict=False)),
    st.integers(0, 15),
    st.integers(124, 128),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_small, _small6), min_size=1, max_size=5))
def test_an_overlap_is_found_exactly_where_two_networks_share_an_address(networks: list[str]) -> None:
    parsed = [ipaddress.ip_network(text) for text in networks]
    overlapping = {
        later
        for (earlier, one), (later, other) in combinations(enumerate(parsed), 2)
        if one.version == other.version and set(one) & set(other)
    }
    assert flaws(*networks) == [f"CC303 {index}" for index in sorted(overlapping)]


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.ip_addresses().map(str), st.ip_addresses(v=6).map(lambda address: address.exploded.upper()), _small, _small6
    )
)
def test_one_network_has_one_spelling(written: str) -> None:
    text = network_text(written)
    assert ipaddress.ip_network(text) == ipaddress.ip_network(written)
    assert network_text(text) == text and not text.endswith(("/32", "/128"))
    shape = Networks()
    assert shape.canonical([written]) == {text: ""}
    assert shape.written(shape.canonical({written: "note"})) == {text: "note"}
    assert shape.written(shape.canonical({written: None})) == [text]


def test_each_entry_is_told_at_its_own_place() -> None:
    listed = "allowlists:\n  a:\n    networks:\n      - 10.0.0.1\n      - 203.0.113.7/24\n  b: {networks: []}\n"
    assert [line.split()[:2] for line in told(listed)] == [["4:9", "CC305"], ["5:9", "CC302"], ["6:17", "CC306"]]
    keyed = "allowlists:\n  a:\n    networks:\n      203.0.113.0/24: office\n      203.0.113.7: gate\n      nowhere:\n"
    assert [line.split()[:2] for line in told(keyed)] == [["5:7", "CC303"], ["6:7", "CC301"]]


def test_a_list_and_a_mapping_without_notes_mean_the_same() -> None:
    one = objects(rows("allowlists: {a: {networks: [203.0.113.7/32, 2001:DB8::/32]}}\n"), "allowlist")
    other = objects(rows("allowlists: {a: {networks: {2001:db8::/32: , 203.0.113.7: }}}\n"), "allowlist")
    assert one == other and one
