"""An SMTP server of our own that answers as real ones do: each recipient's by its own script.

It listens on this machine, keeps what it takes in memory, and passes nothing on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from digest.mail.replies import Stage

_MAX_LINE_BYTES = 65_536
_TAKEN = "250 2.0.0 Taken"
_OFFERS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 33554432")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that is offered for a recipient, before it is answered."""

    recipient: str
    sender: str
    """Envelope sender."""

    at: datetime
    first_at: datetime
    """When this sender first offered anything for this recipient: what greylisting goes by."""

    number: int
    """Of these offers, from 1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server does with a message."""

    reply: str = _TAKEN
    """A whole reply, like ``550 5.1.1 No such user``; empty: it says nothing and hangs up."""

    stage: Stage = Stage.DOT
    """To which command: RCPT or, once it has the whole message, DOT."""

    hangs_up: bool = False
    """Whether it ends the session after the reply."""


TAKEN = Answer()

Script = Callable[[Attempt], Answer]


@dataclass(frozen=True, slots=True)
class Offered:
    """A message that was offered, with what it was answered."""

    attempt: Attempt
    answer: Answer
    content: bytes = field(default=b"", repr=False)
    """Empty unless the server has it: it was taken, or was not answered."""

    @property
    def has_arrived(self) -> bool:
        """Whether the recipient has the message, whatever the sender was told."""
        return bool(self.content)


class DrillServer:
    """The server, for ``async with``; it runs in the loop that enters it."""

    def __init__(
        self, script_for: Callable[[str], Script | None], now: Callable[[], datetime]
    ) -> None:
        """Prepare.

        Args:
            script_for: Gives a recipient's script, in lower case; ``None``: all is taken.
            now: The time.
        """
        self.port = 0
        """The port it listens on, once entered."""

        self.offered: list[Offered] = []
        """All that was offered, in order: what the drill is judged by."""

        self._script_for = script_for
        self._now = now
        self._seen: dict[tuple[str, str], list[datetime]] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen on a free port of this machine."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=_MAX_LINE_BYTES
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and hang up on who is still connected."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # A client that hangs up, or the end of the drill, ends the session.
        broken = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        try:
            with contextlib.suppress(*broken, asyncio.CancelledError):
                await _Session(self, reader, writer).talk()
        finally:
            writer.close()

    def answer(self, sender: str, recipient: str) -> Offered:
        """Return what is answered to a message for *recipient*."""
        now = self._now()
        times = self._seen.setdefault((sender, recipient.lower()), [])
        times.append(now)
        attempt = Attempt(recipient, sender, now, times[0], len(times))
        script = self._script_for(recipient.lower())
        return Offered(attempt, script(attempt) if script else TAKEN)


class _Session:
    """One client."""

    def __init__(
        self, server: DrillServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._sender: str | None = None
        self._offer: Offered | None = None

    async def talk(self) -> None:
        """Answer commands until one side hangs up."""
        await self._say("220 drill.invalid ESMTP")
        while True:
            line = (await self._reader.readuntil(b"\n")).decode("utf-8", "replace").strip()
            verb, _, rest = line.partition(" ")
            if not await self._obey(verb.upper(), rest):
                return

    async def _obey(self, verb: str, rest: str) -> bool:
        """Carry a command out; return whether the session goes on."""
        match verb:
            case "EHLO" | "HELO":
                lines = ["drill.invalid", *(_OFFERS if verb == "EHLO" else ())]
                told = [f"250-{line}" for line in lines[:-1]]
                await self._say("\r\n".join([*told, f"250 {lines[-1]}"]))
            case "MAIL":
                self._sender, self._offer = _path(rest), None
                await self._say("250 2.1.0 OK")
            case "RCPT":
                return await self._rcpt(_path(rest))
            case "DATA":
                return await self._data()
            case "RSET" | "NOOP":
                self._sender, self._offer = None, None
                await self._say("250 2.0.0 OK")
            case "QUIT":
                await self._say("221 2.0.0 Bye")
                return False
            case _:
                await self._say("502 5.5.2 What?")
        return True

    async def _rcpt(self, recipient: str) -> bool:
        if self._sender is None or self._offer is not None:
            await self._say("503 5.5.1 MAIL first, and one recipient")
            return True
        offer = self._server.answer(self._sender, recipient)
        if offer.answer.stage is Stage.RCPT:
            self._server.offered.append(offer)
            return await self._finish(offer.answer)
        self._offer = offer
        await self._say("250 2.1.5 OK")
        return True

    async def _data(self) -> bool:
        offer, self._offer = self._offer, None
        if offer is None:
            await self._say("503 5.5.1 RCPT first")
            return True
        await self._say("354 Go ahead")
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        answer = offer.answer
        is_kept = not answer.reply or answer.reply.startswith("2")
        content = b"".join(lines) if is_kept else b""
        self._server.offered.append(Offered(offer.attempt, answer, content))
        return await self._finish(answer)

    async def _finish(self, answer: Answer) -> bool:
        if answer.reply:
            await self._say(answer.reply)
        return bool(answer.reply) and not answer.hangs_up

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()


def _path(argument: str) -> str:
    """Return the address in ``FROM:<address> SIZE=1``; empty for the null path."""
    return argument.partition("<")[2].partition(">")[0]
