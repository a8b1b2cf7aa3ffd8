"""One message after the other over an open session: commands out, each reply to its command.

With PIPELINING (RFC 2920) an envelope goes out as a whole, and right behind the body of the message
before; without it every command waits for its reply. Whatever the relay does ends as the result of
the message at hand or as :class:`DroppedError`.
"""

from __future__ import annotations

import contextlib

from digest.mail.envelope import Prepared
from digest.mail.relay import Relay
from digest.mail.replies import Break, Fault, Reply, Result, Stage, is_completion
from digest.mail.wire import CHUNK_BYTES, BrokenError, Wire

_GO_AHEAD = 354
_REFUSAL = 400  # and above (RFC 5321 section 4.2.1)
_QUIT_SECONDS = 5.0
_DOT = b".\r\n"
_WITHOUT_RESET = (Stage.MAIL, Stage.RCPT, Stage.DATA)
_WITH_RESET = (Stage.RSET, *_WITHOUT_RESET)
_USUAL = {_WITHOUT_RESET: (250, 250, _GO_AHEAD), _WITH_RESET: (250, 250, 250, _GO_AHEAD)}
"""What servers nearly always answer. Anything else is looked at one by one."""


class DroppedError(Exception):
    """The session is over."""

    def __init__(self, result: Result, session: Result | None = None) -> None:
        """Carry the *result* of the message at hand, and of the *session* where they differ."""
        self.result = result
        self.session = session or result
        super().__init__(str(result))


class Transactions:
    """What goes over one session."""

    def __init__(self, relay: Relay, wire: Wire, *, is_pipelining: bool) -> None:
        """Use *wire*, on which nothing is due."""
        self._relay = relay
        self._wire = wire
        self._needs_reset = False
        self._stages: tuple[Stage, ...] = _WITHOUT_RESET
        self.is_pipelining = is_pipelining
        self.announced = 0
        """Messages whose envelope was begun, or is about to be."""

        self.bodies = 0
        """Bodies that were begun."""

    def _announcement(self, message: Prepared) -> tuple[bytes, ...]:
        """Return the commands that come before a body."""
        self._stages = _WITH_RESET if self._needs_reset else _WITHOUT_RESET
        reset = (b"RSET\r\n",) if self._needs_reset else ()
        self._needs_reset = False
        return (*reset, message.mail, message.rcpt, b"DATA\r\n")

    def announce(self, message: Prepared) -> None:
        """Begin *message*: send its envelope if that need not wait for replies.

        Raises:
            DroppedError: if the session is over.
        """
        self.announced += 1
        if self.is_pipelining:
            lines = self._announcement(message)
            self._write(Stage.MAIL, *lines, replies=len(lines))

    def is_let_in(self) -> bool:
        """Take the replies to an announced envelope if they are there and all is well.

        Saves asking :meth:`envelope`, which finds out all the rest.
        """
        return self.is_pipelining and self._wire.take_usual(_USUAL[self._stages])

    async def envelope(self, message: Prepared) -> Result | None:
        """Return the refusal of *message*'s envelope, or ``None`` when its body may come.

        Raises:
            DroppedError: if the session is over.
        """
        if self.is_pipelining:
            return await self._announced_envelope()
        lines = self._announcement(message)
        for stage, line in zip(self._stages, lines, strict=True):
            self._write(stage, line, replies=1)
            reply = await self._reply(stage)
            if reply.code >= _REFUSAL:
                self._needs_reset = True
                return Result(stage, reply)
        return None

    async def _announced_envelope(self) -> Result | None:
        """Read the replies to an envelope that is out as a whole; all of them, to stay in step."""
        refusal: Result | None = None
        try:
            for stage in self._stages:
                reply = await self._reply(stage)
                if reply.code >= _REFUSAL and refusal is None:
                    refusal = Result(stage, reply)
            if refusal is None:
                return None
            self._needs_reset = True
            if reply.code == _GO_AHEAD:
                await self._send_nothing(refusal)
        except DroppedError as dropped:
            raise DroppedError(refusal or dropped.result, dropped.session) from dropped
        return refusal

    async def _send_nothing(self, refusal: Result) -> None:
        """End a message that was let in although its envelope was refused (RFC 2920 3.1)."""
        if refusal.stage is not Stage.RCPT:
            cause = Break(Fault.GARBAGE, f"go ahead although {refusal.stage} was refused")
            raise DroppedError(refusal, Result(Stage.DATA, cause=cause))
        self._write(Stage.BODY, _DOT, replies=1)
        await self._reply(Stage.BODY)  # whatever it says, the message has no recipient

    async def send_body(self, message: Prepared, following: Prepared | None) -> None:
        """Send the body, and the envelope of the *following* message with it.

        Raises:
            DroppedError: if the session ends before the final dot was written.
        """
        self.bodies += 1
        body, replies = message.body.pieces, 1
        if message.body.wire_bytes > CHUNK_BYTES:
            body, replies = (await self._send_most(message),), 0
        tail: tuple[bytes, ...] = ()
        if following is not None:
            self.announced += 1
            tail = self._announcement(following)
        self._write(Stage.BODY, *body, _DOT, *tail, replies=replies + len(tail))

    async def verdict(self) -> Result:
        """Return what the relay says to the body that was sent last.

        Raises:
            DroppedError: if it says nothing, or takes leave with it.
        """
        return Result(Stage.DOT, await self._reply(Stage.DOT))

    async def _send_most(self, message: Prepared) -> bytes:
        """Send a long body but for its last chunk, which is returned.

        As long as the dot is not out a break is known to have delivered nothing.
        """
        body = memoryview(b"".join(message.body.pieces))
        last = (len(body) - 1) // CHUNK_BYTES * CHUNK_BYTES
        for start in range(0, last, CHUNK_BYTES):
            self._write(Stage.BODY, body[start : start + CHUNK_BYTES], replies=0 if start else 1)
            try:
                await self._wire.drain(self._relay.command_timeout_seconds)
            except BrokenError as broken:
                raise DroppedError(Result(Stage.BODY, cause=broken.cause)) from broken
            if self._wire.has_reply:
                raise DroppedError(await self._early())
        return bytes(body[last:])

    async def _early(self) -> Result:
        """Return what a reply means that comes in the middle of the body."""
        reply = await self._reply(Stage.BODY)
        if reply.code >= _REFUSAL:
            return Result(Stage.BODY, reply)
        return Result(Stage.BODY, cause=Break(Fault.SURPLUS, f"{reply} before the message's end"))

    # Words and answers.

    def _write(self, stage: Stage, *pieces: bytes | memoryview, replies: int) -> None:
        try:
            self._wire.send(*pieces, replies=replies)
        except BrokenError as broken:
            raise DroppedError(Result(stage, cause=broken.cause)) from broken

    async def _reply(self, stage: Stage) -> Reply:
        """Return the reply to the command of *stage*: one that such a command can have.

        Raises:
            DroppedError: if there is none, it is another's, or it takes leave (421).
        """
        relay = self._relay
        is_last = stage is Stage.DOT
        seconds = relay.data_timeout_seconds if is_last else relay.command_timeout_seconds
        try:
            reply = await self._wire.reply(seconds)
        except BrokenError as broken:
            raise DroppedError(Result(stage, cause=broken.cause)) from broken
        code = reply.code
        if reply.is_closing or (stage is Stage.RSET and code >= _REFUSAL):
            raise DroppedError(Result(stage, reply))
        if code < _REFUSAL and not (
            code == _GO_AHEAD if stage is Stage.DATA else is_completion(code)
        ):
            cause = Break(Fault.GARBAGE, f"{reply} in answer to {stage}")
            raise DroppedError(Result(stage, cause=cause))
        return reply

    async def quit(self) -> None:
        """Take leave; everything is settled, so that it does not matter how it goes."""
        seconds = min(self._relay.command_timeout_seconds, _QUIT_SECONDS)
        with contextlib.suppress(BrokenError):
            self._wire.send(b"QUIT\r\n", replies=1)
            await self._wire.reply(seconds)
        await self._wire.close()
