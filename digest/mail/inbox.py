"""An inbox of our own: an LMTP or SMTP server that a mail server hands bounces and replies to.

It takes a mail over (250) only when whoever deals with it is done, so that nothing is lost: until
then the mail server keeps it. It stands on this machine, behind that server, and relays nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Literal, Self

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from digest.errors import DigestError
from digest.mail.reports import Arrival

Taker = Callable[[Arrival], Awaitable[None]]
"""Deals with a mail; once it returns, the mail is dealt with for good. It may raise."""

_SESSIONS = 50
"""So many clients at a time; a mail server opens a few."""

_IDLE_SECONDS = 60.0
"""Whoever says nothing for so long makes room for others."""

_LINE_BYTES = 100_000
"""Some servers' reports have lines far longer than they may be."""

log = structlog.get_logger("digest")


class _Smtp(SMTP):
    line_length_limit = _LINE_BYTES


class _Lmtp(LMTP):
    line_length_limit = _LINE_BYTES


class Inbox:
    """A server on this machine, for ``async with``; it runs in the loop that enters it."""

    def __init__(
        self,
        taker: Taker,
        host: str,
        port: int,
        *,
        protocol: Literal["lmtp", "smtp"] = "lmtp",
        max_bytes: int = 10_000_000,
    ) -> None:
        """Listen on *host* and *port* (0: a free one; see :attr:`port`) once entered."""
        self._taker = taker
        self._host = host
        self._port = port
        self._protocol = protocol
        self._max_bytes = max_bytes
        self._server: asyncio.Server | None = None
        self._sessions: set[SMTP] = set()

    @property
    def port(self) -> int:
        """The port it listens on, once entered."""
        return self._port

    async def __aenter__(self) -> Self:
        """Start to listen.

        Raises:
            DigestError: if it cannot.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._session, self._host, self._port)
        except OSError as error:
            raise DigestError(
                f"[feedback.inbox] cannot listen on {self._host}:{self._port}: {error.strerror}"
            ) from error
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop; a mail that is being dealt with is not answered, and so will come again."""
        if self._server is not None:
            self._server.close()
        tasks = []
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
            if session._handler_coroutine is not None:  # noqa: SLF001 - aiosmtpd offers no way to end a session
                session._handler_coroutine.cancel()  # noqa: SLF001 - see above
                tasks.append(session._handler_coroutine)  # noqa: SLF001 - see above
        self._sessions.clear()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    def _session(self) -> SMTP:
        self._sessions = {s for s in self._sessions if s.transport is not None}
        make = _Lmtp if self._protocol == "lmtp" else _Smtp
        session = make(
            self,
            data_size_limit=self._max_bytes,
            enable_SMTPUTF8=True,
            hostname="digest.invalid",
            ident="Digest inbox",
            timeout=_IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session

    # What aiosmtpd calls, by these names.

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take the envelope sender, unless too many are here already."""
        if len(self._sessions) > _SESSIONS:
            return "421 4.3.2 Too many sessions, come back later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take one recipient: LMTP has a reply for each, and aiosmtpd sends one."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Have the mail dealt with, and say so when it is."""
        arrival = Arrival(
            data=envelope.original_content or b"",
            source=self._protocol,
            sender=(envelope.mail_from or "").strip("<>"),
            recipients=tuple(envelope.rcpt_tos),
        )
        try:
            await self._taker(arrival)
        except DigestError as error:
            log.error("mail not taken", reason=str(error))  # noqa: TRY400 - the sentence says it all
            return "451 4.3.0 Cannot be taken now, come back later"
        except Exception:
            log.exception("mail not taken")
            return "451 4.3.0 Cannot be taken now, come back later"
        return "250 2.0.0 Taken"
