"""Where a URL may lead (security.md 8)."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication.network import (
    Allowed,
    ForbiddenAddressError,
    check_addresses,
    is_public,
    leads_inside,
    target_of,
)

NOBODY = Allowed()

PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]

INSIDE = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    check_addresses([address])
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_security_8_an_address_that_leads_inside_may_not(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="is not a public address"):
        check_addresses([address])


def test_an_address_with_a_zone_is_judged_without_it() -> None:
    with pytest.raises(ForbiddenAddressError, match="fe80::1 is not a public address"):
        check_addresses(["fe80::1%eth0"])


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ForbiddenAddressError, match="'localhost' is not an address"):
        check_addresses(["localhost"])


@given(st.ip_addresses())
@example(ipaddress.ip_address("192.0.0.9"))
def test_nothing_is_public_that_python_calls_private(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address):
        mapped = getattr(address, "ipv4_mapped", None) or address
        kinds = ("private", "loopback", "link_local", "multicast", "unspecified")
        assert [kind for kind in kinds if getattr(mapped, f"is_{kind}")] == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not an http or https address"),
        ("gopher://news.example/", "not an http or https address"),
        ("//news.example/feed", "not an http or https address"),
        ("feed.xml", "not an http or https address"),
        ("https://user:secret@news.example/", "not an http or https address"),
        ("http://user@127.0.0.1/", "not an http or https address"),
        ("http://news.example:22/", "uses port 22"),
        ("http://news.example:6379/", "uses port 6379"),
        ("http://127.0.0.1/", "127.0.0.1 is not a public address"),
        ("http://[::1]/", "::1 is not a public address"),
        ("http://[::ffff:169.254.169.254]/", "is not a public address"),
        ("http://169.254.169.254/latest/meta-data/", "is not a public address"),
        ("http://0x7f000001/", "an address in disguise"),
        ("http://2130706433/", "an address in disguise"),
        ("http://127.1/", "an address in disguise"),
        ("http://0177.0.0.1/", "an address in disguise"),
        ("http://0x7f.0.0.1/", "an address in disguise"),
        ("http://127.0.0.1./", "an address in disguise"),
        ("http://news.example.0x1/", "an address in disguise"),
    ],
)
def test_security_8_urls_that_lead_elsewhere_are_refused(url: str, reason: str) -> None:
    with pytest.raises(ForbiddenAddressError, match=reason):
        target_of(url, NOBODY)


@pytest.mark.parametrize(
    ("url", "base", "clean", "host", "port"),
    [
        ("https://news.example/a b#c", "", "https://news.example/a%20b", "news.example", 443),
        ("http://news.example", "", "http://news.example", "news.example", 80),
        ("http://news.example:80/x", "", "http://news.example:80/x", "news.example", 80),
        ("../b", "https://news.example/a/c", "https://news.example/b", "news.example", 443),
        (
            "https://bücher.example/",
            "",
            "https://xn--bcher-kva.example/",
            "xn--bcher-kva.example",
            443,
        ),
        ("http://93.184.215.14/", "", "http://93.184.215.14/", "93.184.215.14", 80),
    ],
)
def test_a_url_becomes_a_target(url: str, base: str, clean: str, host: str, port: int) -> None:
    target = target_of(url, NOBODY, base)
    assert (target.url, target.host, target.port) == (clean, host, port)
    assert target.origin == f"{host}:{port}"


@pytest.mark.parametrize(
    ("entry", "url", "is_let_in"),
    [
        ("127.0.0.1:8081", "http://127.0.0.1:8081/", True),
        ("127.0.0.1:8081", "http://127.0.0.1:8082/", False),
        ("127.0.0.1", "http://127.0.0.1:8082/", True),
        ("[::1]:8081", "http://[::1]:8081/", True),
        ("[::1]", "http://[::1]/", True),
        ("::1", "http://[::1]:99/", True),
        ("Intranet.example", "http://intranet.example:8080/", True),
        ("intranet.example", "http://other.example:8080/", False),
        ("example", "http://intranet.example:8080/", False),
    ],
)
def test_the_operator_lets_hosts_in_by_name(entry: str, url: str, is_let_in: bool) -> None:  # noqa: FBT001 - an expected value
    allowed = Allowed.of([entry])
    if is_let_in:
        assert target_of(url, allowed).url == url
    else:
        with pytest.raises(ForbiddenAddressError):
            target_of(url, allowed)


@pytest.mark.parametrize(
    ("url", "is_inside"),
    [
        ("https://news.example/a.png", False),
        ("http://93.184.215.14/a.png", False),
        ("http://192.168.1.1/reboot", True),
        ("http://127.0.0.1:8080/a.png", True),
        ("http://[::1]/a.png", True),
        ("http://2130706433/a.png", True),
        ("http://[::1/a.png", True),
        ("http://localhost/a.png", True),
        ("http://printer.local./a.png", True),
        ("http://vault.internal/a.png", True),
        ("http://internal.example/a.png", False),
    ],
)
def test_security_6_what_leads_inside_is_known_by_its_name(url: str, is_inside: bool) -> None:  # noqa: FBT001 - an expected value
    assert leads_inside(url) == is_inside
