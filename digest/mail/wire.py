"""The line to the relay: bytes out, replies in, each matched to its command by order alone.

SMTP replies carry no name of the command they answer, so the one thing that keeps them apart is
counting. :class:`Wire` counts commands and replies; a reply that nobody waits for breaks the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from typing import Any, cast

from digest.mail.replies import Break, Fault, Reply, ReplyParser

CHUNK_BYTES = 65_536
"""A body up to this size is written at once; of a larger one the dot goes with the last chunk."""

_CLOSE_SECONDS = 1.0


class BrokenError(Exception):
    """The line is of no more use; it is closed already."""

    def __init__(self, cause: Break) -> None:
        """Say why."""
        self.cause = cause
        super().__init__(str(cause))


class Wire(asyncio.Protocol):
    """One connection. Made by the loop; used by one coroutine at a time."""

    def __init__(self) -> None:
        """Expect the greeting, which comes without being asked for."""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = ReplyParser()
        self._replies: deque[Reply] = deque()
        self._outstanding = 1  # commands whose replies are neither read nor in _replies
        self._cause: Break | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._is_paused = False
        self._deadline = 0.0
        self._awaited = ""
        self._watchdog: asyncio.TimerHandle | None = None
        self.broken: asyncio.Future[None] = self._loop.create_future()
        """Done as soon as the line is broken or closed."""
        self._lost: asyncio.Future[None] = self._loop.create_future()

    # What the session and the connection use.

    @property
    def cause(self) -> Break | None:
        """Why the line is broken; ``None`` while it is not."""
        return self._cause

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS is up."""
        return self.info("sslcontext") is not None

    def info(self, name: str) -> Any:  # noqa: ANN401 - asyncio's own type for get_extra_info
        """Return what the transport knows by *name* (``peername``, ``sockname`` …), or ``None``."""
        return self._transport.get_extra_info(name) if self._transport is not None else None

    def send(self, *pieces: bytes | memoryview, replies: int) -> None:
        """Write *pieces*, to which so many *replies* will come.

        Raises:
            BrokenError: if the line is broken; nothing was written.
        """
        transport = self._usable()
        self._outstanding += replies
        if len(pieces) == 1:
            # Not by writelines, which does not ask for a pause in every Python: see drain.
            transport.write(pieces[0])
        else:
            transport.writelines(pieces)

    def take_usual(self, codes: tuple[int, ...]) -> bool:
        """Take the oldest replies if they are there and have just these *codes*; return whether."""
        replies = self._replies
        if len(replies) < len(codes):
            return False
        for reply, code in zip(replies, codes, strict=False):
            if reply.code != code:
                return False
        for _ in codes:
            replies.popleft()
        return True

    async def reply(self, timeout_seconds: float) -> Reply:
        """Return the reply to the oldest command that has none yet.

        Raises:
            BrokenError: if it cannot come any more or has not come in time.
        """
        while not self._replies:
            await self._wait(timeout_seconds, "no reply")
        return self._replies.popleft()

    @property
    def has_reply(self) -> bool:
        """Whether :meth:`reply` would return at once."""
        return bool(self._replies)

    async def drain(self, timeout_seconds: float) -> None:
        """Wait until the system has taken most of what was written, or a reply is there.

        Raises:
            BrokenError: if the line breaks or the relay does not read on in time.
        """
        while self._is_paused and not self._replies:
            await self._wait(timeout_seconds, "the relay does not read on")

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout_seconds: float) -> None:
        """Encrypt from here on.

        Raises:
            BrokenError: if anything came in plain text after the reply to STARTTLS (whoever sits
                in between wants it taken for the relay's: RFC 3207 section 6), or the line breaks.
            ssl.SSLError: if the handshake fails.
            TimeoutError: if it takes too long.
        """
        if self._parser.is_partial or self._replies:
            self._break(Break(Fault.SURPLUS, "text after the reply to STARTTLS"))
        plain = self._usable()
        async with asyncio.timeout(timeout_seconds):
            encrypted = await self._loop.start_tls(
                plain,
                self,
                context,
                server_hostname=host,
                ssl_shutdown_timeout=_CLOSE_SECONDS,
            )
        self._transport = encrypted
        self._usable()

    def abort(self, cause: Break | None = None) -> None:
        """Hang up at once; what was written and not yet sent is lost, on purpose."""
        self._break(cause or Break(Fault.RESET, "closed by us"))

    async def close(self) -> None:
        """Hang up politely, or at once if that takes longer than a second."""
        if self._transport is not None and self._cause is None:
            self._cause = Break(Fault.EOF, "closed by us")
            self._transport.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await asyncio.shield(self._lost)
        self.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the *transport*."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Cut *data* into replies and wake who waits for one."""
        if self._cause is not None:
            return
        replies = self._parser.feed(data)
        self._replies += replies
        self._outstanding -= len(replies)
        if self._outstanding < 0:
            self._sort_out(-self._outstanding)
        elif self._parser.error:
            self._break(Break(Fault.GARBAGE, self._parser.error))
        if self._replies:
            self._wake()

    def eof_received(self) -> bool:
        """Note that the relay will say nothing more."""
        partial = " in the middle of a reply" if self._parser.is_partial else ""
        self._break(Break(Fault.EOF, f"the relay closed the connection{partial}"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the line is gone."""
        self._break(Break(Fault.RESET if exc else Fault.EOF, str(exc or "connection lost")))
        if not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        """Note that the system takes no more for now."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Note that the system takes more."""
        self._is_paused = False
        self._wake()

    # Within.

    def _usable(self) -> asyncio.Transport:
        """Return the transport.

        Raises:
            BrokenError: if the line is broken.
        """
        if self._cause is not None or self._transport is None:
            raise BrokenError(self._cause or Break(Fault.RESET))
        return self._transport

    def _sort_out(self, surplus: int) -> None:
        """Keep only what must be true although *surplus* replies too many have come.

        An unsolicited 421 at the end is legal (RFC 5321 section 3.8) and closes. Otherwise any of
        the replies may be the odd one, so that only the oldest can be known, and that only if all
        that may be meant for its command say the same.
        """
        last = self._replies[-1]
        if surplus == 1 and last.is_closing:
            self._replies.pop()
            self._break(Break(Fault.EOF, f"the relay closed the session: {last}"))
            return
        candidates = [self._replies[i] for i in range(min(surplus + 1, len(self._replies)))]
        self._replies.clear()
        if len({reply.code // 100 for reply in candidates}) == 1 and len(candidates) > surplus:
            self._replies.append(candidates[0])
        self._break(Break(Fault.SURPLUS, f"{last} answers no command"))

    def _break(self, cause: Break) -> None:
        """Close the line for the first *cause* that is given; replies already in stay readable."""
        if self._cause is None:
            self._cause = cause
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        if self._transport is not None:
            self._transport.abort()
        if not self.broken.done():
            self.broken.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self, timeout_seconds: float, what: str) -> None:
        """Wait for a reply, for room to write, or for the end.

        Raises:
            BrokenError: if the line is broken and no reply is left.
        """
        self._usable()
        self._watch(timeout_seconds, what)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._deadline = 0.0
        if not self._replies:
            self._usable()

    def _watch(self, timeout_seconds: float, what: str) -> None:
        """Break the line if nothing ends the wait in time.

        One timer serves many waits: it looks at the deadline when it fires, and is only moved
        where it would fire too late.
        """
        self._deadline = self._loop.time() + timeout_seconds
        self._awaited = what
        if self._watchdog is None or self._watchdog.when() > self._deadline:
            if self._watchdog is not None:
                self._watchdog.cancel()
            self._watchdog = self._loop.call_at(self._deadline, self._bark)

    def _bark(self) -> None:
        self._watchdog = None
        if self._deadline == 0.0:
            return
        if self._loop.time() < self._deadline:
            self._watchdog = self._loop.call_at(self._deadline, self._bark)
        else:
            self._break(Break(Fault.TIMEOUT, f"{self._awaited} in time"))
