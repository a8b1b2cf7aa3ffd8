"""An SMTP server that accepts everything and remembers who got what, to measure senders with.

    python -m benchmarks.fast_sink [--port 0] [--lockstep] [--samples FOLDER]

Prints the port it listens on. When its input ends it prints, as JSON, what :class:`Received` has;
every 997th mail and the first are kept in the folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

_END = b"\r\n.\r\n"
_EVERY = 997
_HEAD_BYTES = 8192
_TOKEN = re.compile(
    rb"(?:^|\n)List-Unsubscribe:\s*<https://[^>\s]*/([A-Za-z0-9_-]{40})>", re.IGNORECASE
)
_REPLIES = {
    b"MAIL": b"250 2.1.0 OK\r\n",
    b"RCPT": b"250 2.1.5 OK\r\n",
    b"DATA": b"354 Go ahead\r\n",
    b"RSET": b"250 2.0.0 OK\r\n",
    b"NOOP": b"250 2.0.0 OK\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
    b"HELO": b"250 sink.invalid\r\n",
}


@dataclass(slots=True)
class Received:
    """What came, over all sessions."""

    messages: int = 0
    twice: int = 0
    """Mails to somebody who had one already."""

    recipients: set[bytes] = field(default_factory=set)
    tokens: set[bytes] = field(default_factory=set)
    """What stands at the end of the https link in List-Unsubscribe."""

    octets: int = 0
    kept: list[bytes] = field(default_factory=list)

    def add(self, recipient: bytes, message: bytes) -> None:
        """Note one mail, as it came over the wire."""
        if self.messages % _EVERY == 0:
            self.kept.append(message)
        self.messages += 1
        self.octets += len(message)
        self.twice += recipient in self.recipients
        self.recipients.add(recipient)
        if (found := _TOKEN.search(message, 0, _HEAD_BYTES)) is not None:
            self.tokens.add(found[1])

    def summary(self) -> dict[str, int]:
        """Return the numbers."""
        return {
            "messages": self.messages,
            "twice": self.twice,
            "recipients": len(self.recipients),
            "tokens": len(self.tokens),
            "octets": self.octets,
        }


class Session(asyncio.Protocol):
    """One session."""

    received = Received()
    ehlo = b"250-sink.invalid\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250 8BITMIME\r\n"

    def __init__(self) -> None:
        """Wait for commands."""
        self._rest = b""
        self._is_body = False
        self._searched = 0
        self._recipient = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink.invalid ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer everything that is whole, in one write."""
        rest = self._rest + data if self._rest else data
        said: list[bytes] = []
        at = 0
        while (end := self._end(rest, at)) >= 0:
            if self._is_body:
                said.append(b"250 2.0.0 OK\r\n")
                self.received.add(self._recipient, rest[at + 2 : end + 2])
                self._is_body = False
                at = end + len(_END)
            else:
                answer = self._answer(rest[at:end])
                said.append(answer)
                # The line end before the body may be a part of its end.
                at = end if answer == _REPLIES[b"DATA"] else end + 2
        self._rest = rest[at:]
        if said and self._transport is not None:
            self._transport.write(b"".join(said))

    def _end(self, rest: bytes, at: int) -> int:
        if not self._is_body:
            return rest.find(b"\r\n", at)
        end = rest.find(_END, max(at, self._searched))
        self._searched = 0 if end >= 0 else max(0, len(rest) - at - len(_END))
        return end

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipient = line[line.find(b"<") + 1 : line.find(b">")]
        self._is_body = verb == b"DATA"
        return self.ehlo if verb == b"EHLO" else _REPLIES.get(verb, b"500 5.5.1 What?\r\n")


async def serve(port: int) -> None:
    """Serve until the input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Session, "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Accept all mail and remember who got it.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--lockstep", action="store_true", help="do not offer PIPELINING")
    parser.add_argument("--samples", type=Path, help="folder for some of the mails")
    arguments = parser.parse_args()
    if arguments.lockstep:
        Session.ehlo = Session.ehlo.replace(b"250-PIPELINING\r\n", b"")
    uvloop.run(serve(arguments.port))
    received = Session.received
    if arguments.samples:
        for number, message in enumerate(received.kept):
            (arguments.samples / f"{number}.eml").write_bytes(message)
    print(json.dumps(received.summary()), flush=True)


if __name__ == "__main__":
    main()
