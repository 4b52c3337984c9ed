"""What proxies say of their clients: read from the end, strictly, and never believed of strangers."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photonic.access.forwarding import (
    HEADER_LIMIT_BYTES,
    HOPS_LIMIT,
    NOTHING,
    Forwarding,
    Malformed,
    TrustedProxies,
    elements,
    forwarding,
    node_address,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PROXIES = TrustedProxies.parse(["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"])
ADDRESSES = st.ip_addresses().map(str)
TRUSTED = st.one_of(
    st.ip_addresses(network="10.0.0.0/8").map(str), st.ip_addresses(network="2001:db8:ffff::/48").map(str)
)
STRANGERS = ADDRESSES.filter(lambda address: not PROXIES.trusts(address))
JUNK = st.text(st.characters(max_codepoint=255), max_size=200)


def bracketed(address: str) -> str:
    return f'"[{address}]"' if ":" in address else address


def by_standard(*clients: str) -> dict[str, list[str]]:
    return {"forwarded": [", ".join(f"for={bracketed(each)}" for each in clients)]}


def by_custom(*clients: str) -> dict[str, list[str]]:
    return {"x-forwarded-for": [", ".join(clients)]}


FORMS = pytest.mark.parametrize("form", [by_standard, by_custom])


@FORMS
def test_the_last_address_that_is_no_trusted_proxy_is_the_client(form: Callable[..., dict[str, list[str]]]) -> None:
    assert forwarding(form("192.0.2.1"), PROXIES).client == "192.0.2.1"
    assert forwarding(form("198.51.100.7", "192.0.2.1", "10.1.1.1", "127.0.0.1"), PROXIES).client == "192.0.2.1"
    assert forwarding(form("2001:db8::7", "2001:db8:ffff::1"), PROXIES).client == "2001:db8::7"


@FORMS
def test_a_request_that_began_at_a_proxy_is_from_the_first_of_them(form: Callable[..., dict[str, list[str]]]) -> None:
    assert forwarding(form("10.0.0.2", "127.0.0.1"), PROXIES).client == "10.0.0.2"


@FORMS
@settings(max_examples=40)
@given(claimed=st.lists(ADDRESSES, max_size=5), client=STRANGERS, passed=st.lists(TRUSTED, max_size=5))
def test_what_the_client_claims_before_its_own_address_changes_nothing(
    form: Callable[..., dict[str, list[str]]], claimed: list[str], client: str, passed: list[str]
) -> None:
    said = forwarding(form(*claimed, client, *passed), PROXIES)
    assert said.client is not None
    plain = ipaddress.ip_address(client)
    mapped = plain.ipv4_mapped if isinstance(plain, ipaddress.IPv6Address) else None
    assert said.client == str(mapped or plain)


@settings(max_examples=40)
@given(junk=JUNK, client=STRANGERS)
def test_junk_before_the_clients_address_is_not_parsed(junk: str, client: str) -> None:
    lines = [f"{junk}, {client}"]
    assert forwarding({"x-forwarded-for": lines}, PROXIES) == forwarding(by_custom(client), PROXIES)
    # A proxy that adds a line of its own.
    lines = [junk, f"for={bracketed(client)}"]
    assert forwarding({"forwarded": lines}, PROXIES) == forwarding(by_standard(client), PROXIES)


@settings(max_examples=40)
@given(junk=JUNK, client=STRANGERS)
def test_junk_that_a_proxy_adds_to_gives_the_client_or_nobody(junk: str, client: str) -> None:
    said = forwarding({"forwarded": [f"{junk}, for={bracketed(client)}"]}, PROXIES)
    assert said in {NOTHING, forwarding(by_standard(client), PROXIES)}


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"]),
        st.lists(st.one_of(JUNK, st.text('for="=[]:;,1\\ \t', max_size=60)), max_size=3),
    )
)
def test_no_header_raises_and_only_addresses_are_clients(headers: dict[str, list[str]]) -> None:
    said = forwarding(headers, PROXIES)
    assert said.client is None or ipaddress.ip_address(said.client)
    assert said.scheme in {None, "http", "https"}
    assert said.host is None or (said.host.isascii() and not set(said.host) & set("\r\n ,\"'"))


def test_a_proxy_that_sends_nothing_vouches_for_nobody() -> None:
    assert forwarding({}, PROXIES) == NOTHING


@pytest.mark.parametrize(
    "line",
    [
        "",
        "for",
        "for=",
        "for=unknown",
        "for=_hidden",
        'for="_gazonk"',
        "for=192.0.2.1;for=192.0.2.2",
        "for=2001:db8::1",
        'for="192.0.2.1',
        'for="192.0.2.1"x',
        "for=192.0.2.1,",
        ",for=192.0.2.1 for=192.0.2.2",
        "for=999.0.2.1",
        "for=192.0.2.1\x00",
    ],
)
def test_hidden_clients_and_malformed_lines_vouch_for_nobody(line: str) -> None:
    assert forwarding({"forwarded": [line]}, PROXIES) == NOTHING


@pytest.mark.parametrize(
    "line", ["", "unknown", "192.0.2.1,", "192.0.2.1 ,x", "192.0.2", "192.0.2.1;x", "[::1", "localhost"]
)
def test_an_unknown_last_entry_vouches_for_nobody(line: str) -> None:
    assert forwarding({"x-forwarded-for": [line]}, PROXIES).client is None


def test_headers_that_disagree_vouch_for_nobody() -> None:
    """A proxy that writes one of them passes the other one on as the client sent it."""
    assert forwarding({**by_standard("192.0.2.1"), **by_custom("192.0.2.2")}, PROXIES) == NOTHING
    assert forwarding({**by_standard("192.0.2.1"), **by_custom("192.0.2.1")}, PROXIES).client == "192.0.2.1"
    headers = {**by_standard("192.0.2.1"), **by_custom("192.0.2.2"), "x-forwarded-proto": ["https"]}
    assert forwarding(headers, PROXIES) == NOTHING


def test_examples_of_the_standard() -> None:
    """RFC 7239, sections 4, 6.3, 7.1 and 7.4."""
    assert elements('For="[2001:db8:cafe::17]:4711"') == [{"for": "[2001:db8:cafe::17]:4711"}]
    assert elements("for=192.0.2.60;proto=http;by=203.0.113.43") == [
        {"for": "192.0.2.60", "proto": "http", "by": "203.0.113.43"}
    ]
    assert elements('for=192.0.2.43, for="[2001:db8:cafe::17]"') == [
        {"for": "192.0.2.43"},
        {"for": "[2001:db8:cafe::17]"},
    ]
    assert elements('for=_hidden, for=_SEVKISEK;x="a,b;c\\"d"') == [
        {"for": "_hidden"},
        {"for": "_SEVKISEK", "x": 'a,b;c"d'},
    ]
    with pytest.raises(Malformed):
        elements("for=192.0.2.43;;proto=http")


def test_the_element_that_names_the_client_says_scheme_and_host() -> None:
    line = (
        'for=1.1.1.1;proto=http;host=evil, for=192.0.2.1;proto=https;host="booth.example:8443", for=10.0.0.1;proto=http'
    )
    assert forwarding({"forwarded": [line]}, PROXIES) == Forwarding("192.0.2.1", "https", "booth.example:8443")


def test_scheme_and_host_are_taken_from_single_valid_values_only() -> None:
    def said(**headers: list[str]) -> Forwarding:
        return forwarding({f"x-forwarded-{name}": lines for name, lines in headers.items()}, PROXIES)

    assert said(proto=["https"], host=["booth.example"]) == Forwarding(None, "https", "booth.example")
    assert said(proto=["HTTPS "], host=["[::1]:8000"]) == Forwarding(None, "https", "[::1]:8000")
    assert said(proto=["wss"]).scheme == "https"
    for proto in (["https, http"], ["https", "https"], ["javascript"], [""]):
        assert said(proto=proto).scheme is None
    for host in (["a, b"], ["a", "a"], ["u@h"], ["h/p"], ["h?q"], ["a b"], ["x" * 300], ["h:port"], ["é"], ["a%0d"]):
        assert said(host=host).host is None


@settings(max_examples=40)
@given(st.ip_addresses(), st.one_of(st.none(), st.integers(0, 65535)))
def test_nodes_are_read_with_and_without_a_port(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int | None
) -> None:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    host = f"[{address}]" if address.version == 6 else str(address)
    node = host if port is None else f"{host}:{port}"
    assert node_address(node) == str(mapped or address)


def test_long_headers_and_long_chains_vouch_for_nobody() -> None:
    padding = f'for=192.0.2.9;x="{"a" * HEADER_LIMIT_BYTES}"'
    assert forwarding({"forwarded": [f"{padding}, for=192.0.2.1"]}, PROXIES) == NOTHING
    assert forwarding(by_custom(*["192.0.2.1"] * 1000), PROXIES) == NOTHING
    for form in (by_standard, by_custom):
        assert forwarding(form("192.0.2.1", *["10.0.0.1"] * (HOPS_LIMIT - 1)), PROXIES).client == "192.0.2.1"
        assert forwarding(form("192.0.2.1", *["10.0.0.1"] * HOPS_LIMIT), PROXIES) == NOTHING


def test_trusted_proxies_are_addresses_networks_and_the_unix_socket() -> None:
    proxies = TrustedProxies.parse(["10.0.0.0/8", "[::1]", "unix"])
    assert proxies.trusts_peer("10.1.2.3")
    assert proxies.trusts_peer("::ffff:10.1.2.3")
    assert proxies.trusts_peer("::1")
    assert proxies.trusts_peer(None)
    assert not proxies.trusts_peer("11.0.0.1")
    assert not proxies.trusts_peer("not an address")
    assert not TrustedProxies.parse(["10.0.0.1"]).trusts_peer(None)
    assert not TrustedProxies()


@pytest.mark.parametrize("value", ["", "proxy.example", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0", "unixx"])
def test_other_trusted_proxies_are_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address|say who they are"):
        TrustedProxies.parse(["127.0.0.1", value])
