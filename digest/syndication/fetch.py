"""The only door to other people's web servers: guarded, bounded, and polite.

Whoever names the address (an upstream feed, a subscriber of the hub, a picture) must not be able to
reach what only this machine can reach, nor to keep it busy (security.md 8 and 9). A name is
resolved once, every address it has is looked at, and the connection goes to one of those: what the
name says a moment later does not matter. Each redirect is a new address and is looked at again. The
environment's proxies are not used: they would resolve by themselves.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpcore2
from httpcore2 import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from digest.errors import FetchError, ForbiddenFetchError
from digest.syndication.decompress import ACCEPTED, DecompressError, decompress
from digest.syndication.network import (
    Allowed,
    ForbiddenAddressError,
    Target,
    check_addresses,
    target_of,
)

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""From a host and a port to IP addresses as text; raises OSError when there are none."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one fetch may take."""

    body_bytes: int = 10_000_000
    """As received, and again when unpacked."""

    ratio: int = 100
    seconds: float = 20.0
    """For all of it, redirects included."""

    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered."""

    url: str
    """Where the answer came from, after redirects."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; several fields of one name are joined by ``, ``."""

    body: bytes = field(repr=False)
    """Unpacked."""

    moved_to: str = ""
    """Where the address that was asked for has moved to for good; empty when it has not."""

    redirects: int = 0
    """How many led to :attr:`url`."""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of statuses is the point


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host*, as the system knows them.

    Raises:
        OSError: if there are none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher:
    """Fetches with one pool of connections. Use it as an async context manager."""

    def __init__(
        self,
        user_agent: str,
        *,
        allow: Iterable[str] = (),
        limits: Limits | None = None,
        connections: int = 50,
        resolver: Resolver = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            user_agent: Who asks, with an address where that is explained.
            allow: Hosts that may be connected to though they are not public: ``host`` or
                ``host:port``.
            limits: For each fetch.
            connections: At most so many at once.
            resolver: Finds addresses of names.
            trust: Which certificates are believed; ``None``: those that the system believes.
        """
        self._user_agent = user_agent
        self._allowed = Allowed.of(allow)
        self._limits = limits or Limits()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust or ssl.create_default_context(),
            max_connections=connections,
            max_keepalive_connections=min(connections, 20),
            keepalive_expiry=10.0,
            network_backend=_Guard(self._allowed, resolver),
        )

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch *url*, following redirects; any status is an answer.

        Raises:
            ForbiddenFetchError: if *url*, or where it redirects to, must not be connected to.
            FetchError: if there is no answer, or it is too large, too slow, or damaged.
        """
        return await self._bounded("GET", url, headers or {}, b"")

    async def head(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Ask for *url*'s headers only; else as :meth:`get`."""
        return await self._bounded("HEAD", url, headers or {}, b"")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
        """Send *body* to *url*. Redirects are not followed: they are the answer.

        Raises:
            ForbiddenFetchError: if *url* must not be connected to.
            FetchError: if there is no answer, or it is too large, too slow, or damaged.
        """
        return await self._bounded("POST", url, headers, body)

    async def _bounded(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Fetched:
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(method, url, headers, body)
        except TimeoutError:
            reason = f"took longer than {self._limits.seconds:g} s"
            raise FetchError(url, reason) from None

    async def _follow(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Fetched:
        target, moved_to, is_moved = self._target(url, url), "", True
        for redirects in range(self._limits.redirects + 1):
            answer = await self._ask(method, target, headers, body)
            location = answer.headers.get("location", "")
            if method == "POST" or answer.status not in REDIRECTS or not location:
                return Fetched(
                    target.url, answer.status, answer.headers, answer.body, moved_to, redirects
                )
            target = self._target(url, urljoin(target.url, location))
            # Only what is permanent from the start on is to be remembered.
            is_moved = is_moved and answer.status in _PERMANENT
            moved_to = target.url if is_moved else moved_to
        raise FetchError(url, f"redirects more than {self._limits.redirects} times")

    def _target(self, asked: str, url: str) -> Target:
        try:
            return target_of(url, self._allowed)
        except ForbiddenAddressError as error:
            where = "" if url == asked else f"redirects to {url}, which "
            raise ForbiddenFetchError(asked, f"{where}{error}") from None

    async def _ask(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> Fetched:
        fields = {"User-Agent": self._user_agent, "Accept-Encoding": ACCEPTED, **headers}
        try:
            async with self._pool.stream(
                method, target.url, headers=list(fields.items()), content=body or None
            ) as answer:
                found = _fields(answer.headers)
                received = b"" if method == "HEAD" else await self._received(target.url, answer)
        except ForbiddenAddressError as error:
            raise ForbiddenFetchError(target.url, str(error)) from None
        except _TROUBLE as error:
            raise FetchError(target.url, _said(error)) from error
        coding = found.get("content-encoding", "")
        limits = self._limits
        try:
            whole = decompress(
                received, coding, limit_bytes=limits.body_bytes, max_ratio=limits.ratio
            )
        except DecompressError as error:
            raise FetchError(target.url, str(error)) from error
        return Fetched(target.url, answer.status, found, whole)

    async def _received(self, url: str, answer: httpcore2.Response) -> bytes:
        body = bytearray()
        async for piece in answer.aiter_stream():
            body += piece
            if len(body) > self._limits.body_bytes:
                raise FetchError(url, f"is larger than {self._limits.body_bytes} bytes")
        return bytes(body)


class _Guard(AsyncNetworkBackend):
    """Connects only to addresses that were looked at."""

    def __init__(self, allowed: Allowed, resolver: Resolver) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore2 calls it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._resolver(host, port)
        if not addresses:
            raise OSError(f"{host} has no address")
        if not self._allowed.has(host, port):
            check_addresses(addresses)
        trouble: Exception | None = None
        for address in addresses[:_TRIES]:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout or _TRY_SECONDS, local_address, socket_options
                )
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                trouble = error
        raise trouble or OSError(f"{host} cannot be reached")


_TRIES = 4
"""How many of a host's addresses are tried."""

_TRY_SECONDS = 5.0
"""How long each is given, so that a dead one leaves time for the next."""

_TROUBLE = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    httpcore2.UnsupportedProtocol,
    OSError,
    UnicodeError,
)


def _fields(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _said(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "its host has no address: the name is wrong, or it cannot be looked up now"
    said = str(error) or type(error).__name__
    return f"cannot be fetched: {said}"
