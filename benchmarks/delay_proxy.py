"""A line to a server that is far away: each direction takes so long, however much goes over it.

    python -m benchmarks.delay_proxy TARGET_PORT --delay-ms 10 [--port 0]

Prints the port it listens on and serves until its input ends. Every chunk is handed on the delay
after it came, in order; nothing waits for anything else, so that the rate is not limited.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import deque
from typing import cast

import uvloop


class Side(asyncio.Protocol):
    """One end of a line; what it receives comes out at its peer."""

    def __init__(self, delay_seconds: float) -> None:
        """Be without a peer: what comes before there is one waits."""
        self._delay = delay_seconds
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._peer: Side | None = None

    def join(self, peer: Side) -> None:
        """Hand on to *peer* from now on."""
        self._peer = peer
        self._plan()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the *transport*."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep *data* until it is due."""
        self._queue.append((self._loop.time() + self._delay, data))
        self._plan()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the line at the other end as well, after the delay."""
        del exc
        self._queue.append((self._loop.time() + self._delay, b""))
        self._plan()

    def _plan(self) -> None:
        if self._timer is None and self._queue and self._peer is not None:
            self._timer = self._loop.call_at(self._queue[0][0], self._hand_on)

    def _hand_on(self) -> None:
        self._timer = None
        now = self._loop.time()
        target = self._peer._transport if self._peer is not None else None  # noqa: SLF001 - of this class
        while self._queue and self._queue[0][0] <= now:
            _, data = self._queue.popleft()
            if target is None or target.is_closing():
                continue
            if data:
                target.write(data)
            else:
                target.close()
        self._plan()


async def serve(target: int, delay_seconds: float, port: int) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    dialling: set[asyncio.Task[None]] = set()

    async def dial(near: Side) -> None:
        _, far = await loop.create_connection(lambda: Side(delay_seconds), "127.0.0.1", target)
        far.join(near)
        near.join(far)

    def accept() -> Side:
        near = Side(delay_seconds)
        task = loop.create_task(dial(near))
        dialling.add(task)
        task.add_done_callback(dialling.discard)
        return near

    server = await loop.create_server(accept, "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Put a delay between client and server.")
    parser.add_argument("target", type=int, help="port of the server on this machine")
    parser.add_argument("--delay-ms", type=float, default=10.0, help="each way")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.target, arguments.delay_ms / 1000, arguments.port))


if __name__ == "__main__":
    main()
