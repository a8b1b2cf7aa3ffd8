"""Ask a server for the same thing again and again, over several connections at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import cast

from digest.dispatch import loop

_CONNECTIONS = 16
_LENGTH = b"content-length: "
_ATMOST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Load:
    """How it went."""

    seconds: float
    heads: frozenset[bytes]
    """The different heads that came, without the date."""

    bodies: frozenset[bytes]
    """The different bodies that came."""


def ask(port: int, path: str, headers: dict[str, str], count: int) -> Load:
    """Send *count* requests for *path*, each as soon as the one before it is answered."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    return loop.run(_ask(port, request, count))


async def _ask(port: int, request: bytes, count: int) -> Load:
    running = asyncio.get_running_loop()
    began = time.perf_counter()
    askers = []
    for _ in range(_CONNECTIONS):
        make = partial(_Asker, request, count // _CONNECTIONS, running.create_future())
        _, asker = await running.create_connection(make, "127.0.0.1", port)
        askers.append(asker)
    async with asyncio.timeout(_ATMOST_SECONDS):
        await asyncio.gather(*(asker.done for asker in askers))
    seconds = time.perf_counter() - began
    heads = frozenset(head for asker in askers for head in asker.heads)
    bodies = frozenset(body for asker in askers for body in asker.bodies)
    return Load(seconds, heads, bodies)


class _Asker(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, count: int, done: asyncio.Future[None]) -> None:
        self.heads: set[bytes] = set()
        self.bodies: set[bytes] = set()
        self.done = done
        self._request = request
        self._left = count
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Ask again when the answer is there."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"date: ")]
        self.heads.add(b"\r\n".join(lines))
        self.bodies.add(bytes(self._buffer[end + 4 :]))
        self._buffer.clear()
        self._left -= 1
        if self._transport is None:
            raise RuntimeError("data before the connection was made")
        if self._left > 0:
            self._transport.write(self._request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Fail when the server closed."""
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed"))
