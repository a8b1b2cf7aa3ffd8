"""A mail server that misbehaves on purpose and keeps a log of what it took: a program of its own.

    python sink.py LOG [--seed N] [--share 0.1] [--faults "dot 451,slow"]

It prints its port, and ends when its standard input does, so that it never outlives its test. Each
message is in the log before it is answered. What goes wrong is a function of the seed, the
recipient, and how often that one was tried: the same whatever the order of events.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import cast

import uvloop

FAULTS = (
    "RCPT 451",
    "RCPT 550",
    "RCPT 421",
    "RCPT EOF",
    "DATA 451",
    "DATA EOF",
    "body EOF",
    "dot 451",
    "dot 554",
    "dot 421",
    "dot EOF",
    "silent",  # Took it, and hangs up without a word.
    "slow",  # Took it, and is slow to say so.
    "close",  # Took it, says so, and hangs up.
)

REPLIES = {
    "421": "421 4.3.2 Shutting down",
    "451": "451 4.3.0 Not now",
    "550": "550 5.3.0 No",
    "554": "554 5.3.0 No",
}

KEPT = "250 2.0.0 Kept"

GONE_FOR_GOOD = "550 5.1.1 No such mailbox"
"""To everybody whose name begins with ``nobody``, at each attempt."""

_MESSAGE_ID = re.compile(rb"^message-id:[ \t\r\n]*(\S+)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(r"<([^>]*)>")


def fault_of(seed: int, share: float, faults: tuple[str, ...], recipient: str, attempt: int) -> str:
    """Return what goes wrong at this attempt; empty: nothing."""
    mixed = hashlib.blake2b(f"{seed}/{recipient}/{attempt}".encode(), digest_size=8).digest()
    if int.from_bytes(mixed[:4]) >= share * 2**32 or not faults:
        return ""
    return faults[int.from_bytes(mixed[4:]) % len(faults)]


class Office:
    """What all connections share: the log and the plan."""

    def __init__(self, log: int, seed: int, share: float, faults: tuple[str, ...]) -> None:
        """Write to the file descriptor *log*."""
        self._log = log
        self._seed = seed
        self._share = share
        self._faults = faults
        self._attempts: Counter[str] = Counter()
        self._connections = 0

    def open(self) -> int:
        """Return the number of a new connection."""
        self._connections += 1
        self.write(event="opened", at=perf_counter(), connection=self._connections)
        return self._connections

    def fault_for(self, recipient: str) -> str:
        """Return what goes wrong with this attempt."""
        self._attempts[recipient] += 1
        attempt = self._attempts[recipient]
        return fault_of(self._seed, self._share, self._faults, recipient, attempt)

    def write(self, **entry: object) -> None:
        """Append a line; whole, since it is one small write to a file that is opened to append."""
        os.write(self._log, json.dumps(entry).encode() + b"\n")


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, office: Office) -> None:
        """Share *office* with the others."""
        self._office = office
        self._buffer = bytearray()
        self._is_body = False
        self._is_waiting = False
        self._begun_at = 0.0
        self._recipient = ""
        self._fault = ""
        self._ending = "gone"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's is one by its methods only
        self._number = self._office.open()
        self._say("220 sink.invalid ESMTP")

    def connection_lost(self, _error: Exception | None) -> None:
        """Note how it ended."""
        self._office.write(event="ended", connection=self._number, how=self._ending)

    def data_received(self, data: bytes) -> None:
        """Take in what came, and go through as much as is whole."""
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        while not self._is_waiting and not self._transport.is_closing():
            if self._is_body:
                if not self._take_body():
                    return
            elif (end := self._buffer.find(b"\r\n")) >= 0:
                line = self._buffer[:end].decode("utf-8", "replace")
                del self._buffer[: end + 2]
                self._obey(line)
            else:
                return

    def _obey(self, line: str) -> None:
        verb = line[:4].upper()
        if verb == "RCPT":
            self._rcpt(line)
        elif verb == "DATA":
            self._data()
        elif verb == "EHLO":
            self._say(
                "250-sink.invalid\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                "250 ENHANCEDSTATUSCODES"
            )
        elif verb == "QUIT":
            self._ending = "quit"
            self._say("221 2.0.0 Bye")
            self._transport.close()
        else:
            self._recipient = ""
            self._say("250 2.0.0 OK")

    def _rcpt(self, line: str) -> None:
        found = _PATH.search(line)
        recipient = found[1].lower() if found else ""
        if recipient.startswith("nobody"):
            self._office.write(event="refused", recipient=recipient, reply=GONE_FOR_GOOD)
            self._say(GONE_FOR_GOOD)
            return
        self._fault = self._office.fault_for(recipient)
        if not self._fails_at("RCPT"):
            self._recipient = recipient
            self._say("250 2.1.5 OK")

    def _data(self) -> None:
        if not self._recipient:
            self._say("554 5.5.1 No valid recipients")
        elif not self._fails_at("DATA"):
            self._is_body = True
            self._begun_at = 0.0
            self._say("354 Go ahead")

    def _take_body(self) -> bool:
        """Take a body if it is whole; return whether there is more to do."""
        if not self._buffer:
            return False
        self._begun_at = self._begun_at or perf_counter()
        if self._fault == "body EOF":
            self._hang_up()
            return False
        end = self._buffer.find(b"\r\n.\r\n")
        if end < 0:
            return False
        content = bytes(self._buffer[: end + 2])
        del self._buffer[: end + 5]
        self._is_body = False
        recipient, self._recipient = self._recipient, ""
        if self._fails_at("dot"):
            return True
        self._keep(recipient, content)
        return True

    def _keep(self, recipient: str, content: bytes) -> None:
        own_id = _MESSAGE_ID.search(content)
        self._office.write(
            event="taken",
            at=perf_counter(),
            begun_at=self._begun_at,
            connection=self._number,
            recipient=recipient,
            message_id=own_id[1].decode() if own_id else "",
            sha256=hashlib.sha256(content).hexdigest(),
            answer="" if self._fault == "silent" else KEPT,
        )
        if self._fault == "silent":
            self._hang_up()
        elif self._fault == "slow":
            self._is_waiting = True
            asyncio.get_running_loop().call_later(0.2, self._say_late)
        else:
            self._say(KEPT)
            if self._fault == "close":
                self._hang_up()

    def _say_late(self) -> None:
        self._is_waiting = False
        if not self._transport.is_closing():
            self._say(KEPT)
            self._go_on()

    def _fails_at(self, stage: str) -> bool:
        """Do what is to go wrong at *stage*; return whether anything is."""
        where, _, how = self._fault.partition(" ")
        if where != stage:
            return False
        self._recipient = ""
        if how == "EOF":
            self._hang_up()
        else:
            self._say(REPLIES[how])
            if how == "421":
                self._hang_up()
        return True

    def _say(self, reply: str) -> None:
        self._transport.write(reply.encode() + b"\r\n")

    def _hang_up(self) -> None:
        self._ending = "sink"
        self._transport.close()


async def serve(log: Path, seed: int, share: float, faults: tuple[str, ...]) -> None:
    """Serve until standard input ends."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    office = Office(descriptor, seed, share, faults)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(office), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for the test
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.0)
    parser.add_argument("--faults", default=",".join(FAULTS))
    words = parser.parse_args()
    faults = tuple(fault for fault in words.faults.split(",") if fault)
    uvloop.run(serve(words.log, words.seed, words.share, faults))


if __name__ == "__main__":
    main()
