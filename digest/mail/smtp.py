"""One connection to the relay, and the messages that go over it.

With PIPELINING (RFC 2920) a message costs one round trip: its envelope and DATA go out right behind
the body of the message before, so that the relay's "go ahead" is there when that one is settled.
Without it every command waits for its reply. Either way no body is sent before the result of the
last one is durably settled (R4), so that a crash can repeat one message a connection at most.

DATA once sent cannot be taken back: a message that must not go any more after that (its subscriber
has left) costs the connection: it is dropped without the final dot, so that nothing is delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from digest.errors import MessageError
from digest.mail.envelope import Outgoing, Prepared, prepare
from digest.mail.relay import Relay
from digest.mail.replies import Break, Fault, Reply, Result, Stage
from digest.mail.session import open_session
from digest.mail.transaction import DroppedError, Transactions
from digest.mail.wire import Wire

__all__ = ["Connection", "End", "Ending", "Outgoing", "Relay", "Source", "send_one"]


class Source(Protocol):
    """Where a connection gets its messages from, and whom it tells what became of them."""

    def ready(self) -> Outgoing | None:
        """Return the next message if it is at hand; ``None``: :meth:`take` has to be asked."""
        ...

    async def take(self) -> Outgoing | None:
        """Return the next message, or ``None`` when there is no more.

        May wait, and may be cancelled while it does: what it has not returned stays the source's.
        A connection holds up to three messages at a time (one sent, one announced, one in hand).
        """
        ...

    async def confirm(self, outgoing: Outgoing) -> bool:
        """Return whether *outgoing* may still go; asked at the last moment, before its body.

        ``False`` drops the connection, and :meth:`settle` is not called for *outgoing*.
        """
        ...

    async def settle(self, outgoing: Outgoing, result: Result) -> None:
        """Record *result*; return only when it is durable.

        Called exactly once for each message taken, unless :meth:`confirm` said no, the connection
        was cancelled, or a method of the source raised. Stage ``UNSENT`` hands the message back.
        """
        ...


class End(StrEnum):
    """Why a connection carries no more messages."""

    EXHAUSTED = "exhausted"  #: The source had no more.
    RECYCLED = "recycled"  #: It had carried as many as it may.
    STOPPED = "stopped"  #: It was asked to stop.
    ABANDONED = "abandoned"  #: A message was withdrawn after its DATA.
    BROKEN = "broken"  #: The relay broke it off, by word (421) or by deed.


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    end: End
    messages: int
    """Bodies that were sent."""

    result: Result | None = None
    """For ``BROKEN``: what the session broke at; ``outcome_of`` explains it."""


class Connection:
    """One session with the relay, opened by :meth:`open` and used up by :meth:`run`."""

    def __init__(self, relay: Relay, wire: Wire, offers: Mapping[str, str]) -> None:
        """Use *wire*, a session that was just opened; :meth:`open` is the usual way."""
        self.offers = offers
        """What the relay offers: ESMTP keyword to parameters."""
        self._relay = relay
        self._wire = wire
        self._transactions = Transactions(relay, wire, is_pipelining="PIPELINING" in offers)
        self._ready: Outgoing | None = None
        self._taking: asyncio.Task[Outgoing | None] | None = None
        self._is_stopping = False
        self._stopped = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, relay: Relay) -> Connection:
        """Connect, encrypt and log in as *relay* says.

        Raises:
            RelaySecurityError: if required protection cannot be had; no password was sent.
            SessionError: if the relay is not reached or refuses; carries the result.
            RelayError: if a value of *relay* cannot be used.
        """
        wire, offers = await open_session(relay)
        return cls(relay, wire, offers)

    def stop(self) -> None:
        """Take no more messages: :meth:`run` finishes those on the wire, quits, and returns."""
        self._is_stopping = True
        if not self._stopped.done():
            self._stopped.set_result(None)

    async def close(self) -> None:
        """Quit without having sent anything, as a test of the relay's settings does."""
        await self._transactions.quit()

    async def run(self, source: Source) -> Ending:
        """Send what *source* has until it has no more, or this connection's life is over.

        Whatever the relay does becomes a result or the ending; nothing of it is raised. The
        connection is closed on return. If cancelled it hangs up at once and settles nothing more:
        a message whose body was on the way is then as uncertain as after a crash.

        Raises:
            Exception: whatever the source raises; the messages at hand are not settled then.
        """
        try:
            ending = await self._run(source)
            if ending.end in {End.EXHAUSTED, End.RECYCLED, End.STOPPED}:
                await self._transactions.quit()
            await self._give_back(source)
        finally:
            if self._taking is not None:
                self._taking.cancel()
            self._wire.abort()
        return ending

    async def _run(self, source: Source) -> Ending:
        following: Prepared | None = None
        while True:
            current, following = following, None
            is_announced = current is not None
            if current is None:
                picked = await self._pick(source)
                if isinstance(picked, Ending):
                    return picked
                current = picked
            try:
                if not is_announced:
                    self._transactions.announce(current)
                    self._ask_ahead(source)
                result = None
                if not self._transactions.is_let_in():
                    result = await self._transactions.envelope(current)
                if result is None:
                    if not await source.confirm(current.outgoing):
                        return self._ending(End.ABANDONED)
                    following = self._following()
                    await self._transactions.send_body(current, following)
                    self._ask_ahead(source)
                    result = await self._transactions.verdict()
            except DroppedError as dropped:
                await source.settle(current.outgoing, self._untouched(dropped.result))
                if following is not None:
                    await source.settle(following.outgoing, Result(Stage.UNSENT))
                return self._ending(End.BROKEN, dropped.session)
            await source.settle(current.outgoing, result)

    def _untouched(self, result: Result) -> Result:
        """Return *result*, or that nothing was tried if the relay ended the session before.

        Relays close after so many messages or so long, and may do so just when the next one is
        announced. That is told from a relay that cannot stand this one message by what the session
        has carried: it must have been of use, so that handing back cannot go on for ever.
        """
        is_end = (
            result.reply.is_closing
            if result.reply is not None
            else result.cause is not None and result.cause.fault in {Fault.EOF, Fault.RESET}
        )
        if is_end and result.stage is Stage.MAIL and self._transactions.bodies:
            return Result(Stage.UNSENT, cause=result.cause or Break(Fault.EOF, str(result.reply)))
        return result

    def _ending(self, end: End, result: Result | None = None) -> Ending:
        return Ending(end, self._transactions.bodies, result)

    # Getting messages.

    def _over(self) -> Ending | None:
        """Return why no new message may be begun, or ``None``."""
        if self._wire.cause is not None:
            return self._ending(End.BROKEN, Result(Stage.UNSENT, cause=self._wire.cause))
        if self._is_stopping:
            return self._ending(End.STOPPED)
        if self._transactions.announced >= self._relay.messages_per_connection:
            return self._ending(End.RECYCLED)
        return None

    def _ask_ahead(self, source: Source) -> None:
        """Ask for the next message while there is something else to wait for."""
        if self._ready is None and self._taking is None and self._over() is None:
            self._ready = source.ready()
            if self._ready is None:
                self._taking = asyncio.create_task(source.take())

    async def _pick(self, source: Source) -> Prepared | Ending:
        """Return the next message that can be sent; settle those that cannot."""
        while (ending := self._over()) is None:
            self._ask_ahead(source)
            outgoing, self._ready = self._ready, None
            if outgoing is None:
                taking = self._taking
                if taking is None:
                    raise RuntimeError("nothing was asked for")
                if not taking.done():
                    watched = {taking, self._stopped, self._wire.broken}
                    await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
                    continue
                self._taking = None
                outgoing = taking.result()
                if outgoing is None:
                    return self._ending(End.EXHAUSTED)
            prepared = self._prepare(outgoing)
            if isinstance(prepared, Prepared):
                return prepared
            await source.settle(outgoing, prepared)
        return ending

    def _following(self) -> Prepared | None:
        """Return the message to announce behind this body, if one is there and it can be."""
        if not self._transactions.is_pipelining or self._over() is not None:
            return None
        taking = self._taking
        if taking is not None and taking.done():
            if taking.cancelled() or taking.exception() is not None or taking.result() is None:
                return None
            self._ready, self._taking = taking.result(), None
        if self._ready is None:
            return None
        prepared = self._prepare(self._ready)
        if not isinstance(prepared, Prepared):
            return None  # _pick sees to it, once this message is settled
        self._ready = None
        return prepared

    def _prepare(self, outgoing: Outgoing) -> Prepared | Result:
        try:
            return prepare(outgoing, self.offers)
        except MessageError as error:
            return Result(Stage.LOCAL, Reply(554, (f"5.6.0 {error}",)))

    async def _give_back(self, source: Source) -> None:
        """Return the message in hand, if any."""
        outgoing, self._ready = self._ready, None
        taking, self._taking = self._taking, None
        if taking is not None:
            if not taking.done():
                taking.cancel()
                await asyncio.wait({taking})
            outgoing = None if taking.cancelled() else taking.result()
        if outgoing is not None:
            await source.settle(outgoing, Result(Stage.UNSENT))


class _One:
    """A source of one message, which keeps its result."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing: Outgoing | None = outgoing
        self.result = Result(Stage.UNSENT)

    def ready(self) -> Outgoing | None:
        outgoing, self._outgoing = self._outgoing, None
        return outgoing

    async def take(self) -> Outgoing | None:
        return None

    async def confirm(self, _outgoing: Outgoing) -> bool:
        return True

    async def settle(self, _outgoing: Outgoing, result: Result) -> None:
        self.result = result


async def send_one(relay: Relay, outgoing: Outgoing) -> Result:
    """Send one message over a connection of its own; return what became of it.

    Raises:
        RelaySecurityError: if required protection cannot be had; no password was sent.
        SessionError: if the relay is not reached or refuses; carries the result.
        RelayError: if a value of *relay* cannot be used.
    """
    source = _One(outgoing)
    connection = await Connection.open(relay)
    await connection.run(source)
    return source.result
