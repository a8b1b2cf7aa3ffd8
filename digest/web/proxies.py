"""Who asks, when reverse proxies stand between: their word counts only if they are configured."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN = "0.0.0.0"  # noqa: S104 - an address nobody has, not one to listen on
"""The client's address when there is none: on a Unix socket, or in a test."""

_FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"forwarded", b"x-real-ip")
_MAX_HOPS = 20


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that *texts* (checked by the settings) name."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def parse_address(text: str) -> Address | None:
    """Return the IP address that *text* is, without port or brackets; ``None`` if it is none.

    IPv4 inside IPv6 (``::ffff:192.0.2.1``) is the same client as without.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_within(address: Address | None, networks: Sequence[Network]) -> bool:
    """Return whether *address* is in one of *networks*; ``None`` is in none."""
    return address is not None and any(address in network for network in networks)


def client_of(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address of the reader behind the connection from *peer* (security.md 17).

    Args:
        peer: Who is connected to us.
        forwarded_for: What ``X-Forwarded-For`` lists, the farthest first.
        trusted: The proxies whose word counts.

    Going back from *peer*, the first address that is no trusted proxy is the reader's: what stands
    before it in the list may be anybody's invention. Garbage counts as the end of what is known.
    """
    nearest = parse_address(peer)
    client = str(nearest) if nearest else UNKNOWN
    for text in reversed(forwarded_for[-_MAX_HOPS:]):
        if not is_within(nearest, trusted):
            break
        nearest = parse_address(text)
        if nearest is None:
            break
        client = str(nearest)
    return client


class SeeThroughProxies:
    """Puts into each request's state who asks and how, and takes the base path off its path."""

    def __init__(self, app: ASGIApp, trusted: Iterable[str], *, base: str) -> None:
        """Wrap *app*. *base* is the path that the site is below, ``/`` or ``/news/``."""
        self._app = app
        self._trusted = parse_networks(trusted)
        self._base = base.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; nothing but HTTP is changed."""
        if scope["type"] == "http":
            scope = {**scope, "state": dict(scope.get("state") or {})}
            self._look(scope)
        await self._app(scope, receive, send)

    def _look(self, scope: Scope) -> None:
        peer = scope["client"][0] if scope.get("client") else ""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        state = scope["state"]
        state["client_ip"] = client_of(peer, _listed(headers, b"x-forwarded-for"), self._trusted)
        believed = is_within(parse_address(peer), self._trusted)
        schemes = _listed(headers, b"x-forwarded-proto")
        scheme = schemes[-1].lower() if believed and schemes else scope.get("scheme", "http")
        state["is_https"] = scheme == "https"
        # Somebody between us and the reader whom nobody told us of: who asks is not known.
        state["is_direct"] = believed or not any(name in _FORWARDED for name, _ in headers)
        # A proxy may leave the base path on or take it off.
        path = scope["path"]
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            scope["path"] = path[len(self._base) :] or "/"
        scope["root_path"] = ""


def _listed(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """Return the members of the header called *wanted*, over all its lines, in order."""
    lines = [value.decode("latin-1") for name, value in headers if name == wanted]
    return [part.strip() for line in lines for part in line.split(",") if part.strip()]
