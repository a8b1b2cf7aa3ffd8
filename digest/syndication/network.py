"""Which addresses of the network may be connected to when somebody else names them.

A feed, a hub, or a subscriber can name any host, and a name can lead anywhere: to this machine, to
the cloud's metadata, to the printer. So what a name resolves to is looked at, every address of it,
against a list of our own: ``ipaddress`` calls some of these global (``64:ff9b::7f00:1``,
``2002:7f00:1::``, ``192.0.0.8``, ``fec0::1``, and multicast, on Python 3.11). Pure.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from digest.syndication.urls import web_url

PORTS = frozenset({80, 443})
"""All that is connected to unless the settings allow more."""

_CLOSED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # behind carriers' NAT (RFC 6598)
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # this link, and where clouds keep secrets
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays, given up (RFC 7526)
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_OPEN_6 = IPv6Network("2000::/3")
"""The only part of IPv6 that is given out for use between networks (RFC 4291)."""

_CLOSED_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarks (RFC 2928)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing
    )
)

_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$", re.IGNORECASE)
"""Hosts that some resolvers take for IPv4: ``2130706433``, ``127.1``, ``0x7f000001``."""


_INSIDE = (".localhost", ".local", ".internal", ".home.arpa")
"""Names that lead nowhere but inside (RFC 6761, RFC 6762, RFC 8375; ICANN for ``.internal``)."""


class ForbiddenAddressError(ValueError):
    """An address that must not be connected to; the message says why."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts that the operator let in, though they are not public: by name, with or without port."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Allowed:
        """Return what *entries* allow: each ``host`` or ``host:port``, as they stand in URLs."""
        return cls(frozenset(entry.lower() for entry in entries))

    def has(self, host: str, port: int) -> bool:
        """Return whether *port* of *host*, as a URL names it, is let in whatever it leads to."""
        name = host.lower().strip("[]")
        shown = f"[{name}]" if ":" in name else name
        return bool(self.entries & {name, shown, f"{shown}:{port}"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads."""

    url: str
    """Absolute, percent-encoded, without a fragment."""

    host: str
    port: int

    @property
    def origin(self) -> str:
        """The host with its port: what politeness is owed to."""
        return f"{self.host}:{self.port}"


def target_of(url: str, allowed: Allowed, base: str = "") -> Target:
    """Return where *url* leads, resolved against *base* when it is relative.

    Raises:
        ForbiddenAddressError: if it is no http(s) URL, names a user, a port that is not for the
            web, an address in disguise, or one that is not public.
    """
    clean = web_url(url, base).partition("#")[0]
    if not clean:
        raise ForbiddenAddressError("is not an http or https address")
    parts = urlsplit(clean)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = Target(clean, host, port)
    if allowed.has(host, port):
        return target
    if port not in PORTS:
        raise ForbiddenAddressError(f"uses port {port}; only 80 and 443 are allowed")
    literal = _literal(host)
    if literal is not None:
        check_addresses([literal])
    return target


def leads_inside(url: str) -> bool:
    """Return whether *url*, absolute, names something of the machine or network of who opens it.

    A picture from there would have readers' programs knock at their own router (security.md 6).
    Names are not looked up: only what is written counts.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
        literal = _literal(host)
    except ValueError:  # A disguised address is one, too.
        return True
    if literal is not None:
        return not is_public(ipaddress.ip_address(literal))
    return host == "localhost" or host.endswith(_INSIDE)


def check_addresses(addresses: Iterable[str]) -> None:
    """Return if all of *addresses*, those of one name, may be connected to.

    One that leads inside spoils the others: somebody tries something.

    Raises:
        ForbiddenAddressError: if one is not public, or no IP address.
    """
    for address in addresses:
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            raise ForbiddenAddressError(f"{address!r} is not an address") from None
        if not is_public(parsed):
            raise ForbiddenAddressError(f"{parsed} is not a public address")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether *address* is one that anybody on the internet may connect to."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    if address.ipv4_mapped is not None:
        # ::ffff:127.0.0.1 is how sockets name 127.0.0.1.
        return is_public(address.ipv4_mapped)
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def _literal(host: str) -> str | None:
    """Return *host* if it is an IP address.

    Raises:
        ForbiddenAddressError: if it is one in disguise.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        if _ENDS_IN_NUMBER.search(host):
            raise ForbiddenAddressError(f"{host} is an address in disguise") from None
        return None
