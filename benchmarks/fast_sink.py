"""An SMTP server that accepts everything and does nothing, to measure senders with.

    python benchmarks/fast_sink.py [--port 0] [--delay-ms 0] [--lockstep]

Prints the port it listens on, then, when its input ends, how many messages it took. A delay is put
on everything it says, as a relay does that is so far away.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import cast

import uvloop

_END = b"\r\n.\r\n"
_REPLIES = {
    b"MAIL": b"250 2.1.0 OK\r\n",
    b"RCPT": b"250 2.1.5 OK\r\n",
    b"DATA": b"354 Go ahead\r\n",
    b"RSET": b"250 2.0.0 OK\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
    b"HELO": b"250 sink.invalid\r\n",
}


class Sink(asyncio.Protocol):
    """One session."""

    messages = 0
    delay_seconds = 0.0
    ehlo = b"250-sink.invalid\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250 8BITMIME\r\n"

    def __init__(self) -> None:
        """Wait for commands."""
        self._rest = b""
        self._is_body = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._say(b"220 sink.invalid ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer everything that is whole, in one write."""
        rest = self._rest + data if self._rest else data
        said: list[bytes] = []
        at = 0
        while True:
            if self._is_body:
                end = rest.find(_END, at)
                if end < 0:
                    break
                at = end + len(_END)
                self._is_body = False
                Sink.messages += 1
                said.append(b"250 2.0.0 OK\r\n")
            else:
                end = rest.find(b"\r\n", at)
                if end < 0:
                    break
                verb = rest[at : at + 4].upper()
                at = end + 2
                said.append(self.ehlo if verb == b"EHLO" else _REPLIES[verb])
                if verb == b"DATA":
                    self._is_body = True
                    at -= 2  # the line end before the body may be a part of its end
        self._rest = rest[at:]
        if said:
            self._say(b"".join(said))

    def _say(self, data: bytes) -> None:
        if self._transport is None:
            return
        if self.delay_seconds:
            loop = asyncio.get_running_loop()
            loop.call_later(self.delay_seconds, self._transport.write, data)
        else:
            self._transport.write(data)


async def serve(port: int) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(Sink.messages, flush=True)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Accept all mail and do nothing.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--lockstep", action="store_true", help="do not offer PIPELINING")
    arguments = parser.parse_args()
    Sink.delay_seconds = arguments.delay_ms / 1000
    if arguments.lockstep:
        Sink.ehlo = Sink.ehlo.replace(b"250-PIPELINING\r\n", b"")
    uvloop.run(serve(arguments.port))


if __name__ == "__main__":
    main()
