"""A web server that plays what a test tells it: every misbehaviour there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Play = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Playing:
    """A server at work, and what it was asked."""

    port: int
    asked: list[Asked] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """Return the URL of *path* here."""
        return f"http://{self.address}{path}"


@asynccontextmanager
async def playing(play: Play) -> AsyncIterator[Playing]:
    """Run a server on a free port that answers each request with *play*."""
    server_is: list[Playing] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            tasks.discard(task)
            writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        fields = (line.split(":", 1) for line in lines)
        headers = {name.lower(): value.strip() for name, value in fields}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(first.split()[0], first.split()[1], headers, body)
        server_is[0].asked.append(asked)
        await play(asked, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    server_is.append(Playing(server.sockets[0].getsockname()[1]))
    try:
        yield server_is[0]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Return a whole response; names of *headers* have ``_`` for ``-``."""
    lines = [f"HTTP/1.1 {status} Said"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def saying(*responses: bytes) -> Play:
    """Return a play that gives *responses* in turn, the last one again and again."""
    left = list(responses)

    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        response = left.pop(0) if len(left) > 1 else left[0]
        head, gap, _ = response.partition(b"\r\n\r\n")
        writer.write(head + gap if asked.method == "HEAD" else response)
        await writer.drain()

    return play


def dripping(head: bytes, piece: bytes, pause_seconds: float, most: int) -> Play:
    """Return a play that sends *head*, and then *piece* again and again, at most *most* times."""

    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        del asked
        writer.write(head)
        for _ in range(most):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_seconds)

    return play
