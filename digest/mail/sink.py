"""An SMTP server of our own that keeps what it is sent and delivers nothing.

For trying Digest out and for tests: the judge of what was sent is what arrived here.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

_ACCEPTED = "250 2.0.0 Kept"
_MAX_BYTES = 33_554_432
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came in."""

    number: int
    """Counted from 1 in the order of arrival."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    """As received, without the stuffed dots."""

    path: Path | None
    """The file that holds :attr:`content`; ``None`` if the sink keeps no files."""


class Sink:
    """A server on this machine, for ``async with``; it runs in the loop that enters it."""

    def __init__(
        self,
        folder: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_message: Callable[[Received], None] | None = None,
        refuse: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        is_pipelining: bool = True,
    ) -> None:
        """Listen on *host* and *port* once entered.

        Args:
            folder: where to write ``NNNN-recipient.eml``; made if missing; ``None`` for nowhere.
            host: address of this machine.
            port: 0 takes a free one; see :attr:`port`.
            on_message: called with each message, after its file is written and before the sender
                is told; it must not block.
            refuse: recipient (in lower case) to the reply it gets, ``550 5.1.1 No such user``. One
                under ``"*"`` is for all others.
            tls: certificate to offer STARTTLS with; ``None`` offers none.
            is_pipelining: whether to offer PIPELINING.
        """
        self.received: list[Received] = []
        """Everything that was accepted, oldest first."""
        self._folder = folder
        self._host = host
        self._port = port
        self._on_message = on_message
        self._refuse = dict(refuse or {})
        self._tls = tls
        self._is_pipelining = is_pipelining
        self._server: asyncio.Server | None = None
        self._sessions: set[SMTP] = set()
        self._number = 0

    @property
    def port(self) -> int:
        """The port it listens on, once entered."""
        return self._port

    async def __aenter__(self) -> Self:
        """Start to listen.

        Raises:
            OSError: if the port is taken, or the folder cannot be made.
        """
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._number = max(map(_number_of, self._folder.glob("*.eml")), default=0)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
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
        tasks = []
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
            if session._handler_coroutine is not None:  # noqa: SLF001 - aiosmtpd offers no way to end a session
                session._handler_coroutine.cancel()  # noqa: SLF001 - see above
                tasks.append(session._handler_coroutine)  # noqa: SLF001 - see above
        self._sessions.clear()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _session(self) -> SMTP:
        self._sessions = {s for s in self._sessions if s.transport is not None}
        session = SMTP(
            self,
            data_size_limit=_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname="sink.invalid",
            ident="Digest sink",
            tls_context=self._tls,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.add(session)
        return session

    # What aiosmtpd calls, by these names.

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer what we can do besides."""
        session.host_name = hostname
        more = ["250-PIPELINING"] if self._is_pipelining else []
        return [responses[0], *more, "250-ENHANCEDSTATUSCODES", *responses[1:]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Refuse whom we are told to."""
        reply = self._refuse.get(address.lower(), self._refuse.get("*"))
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        self._number += 1
        number, content = self._number, envelope.original_content or b""
        recipients = tuple(envelope.rcpt_tos)
        path = None
        if self._folder is not None:
            path = self._folder / f"{number:04d}-{_safe(recipients[0])}.eml"
            try:
                await asyncio.to_thread(_write, path, content)
            except OSError as error:
                return f"452 4.3.1 Cannot write {path.name}: {error.strerror}"
        received = Received(number, envelope.mail_from or "", recipients, content, path)
        self.received.append(received)
        if self._on_message is not None:
            self._on_message(received)
        return _ACCEPTED


def _write(path: Path, content: bytes) -> None:
    """Write *path* as a whole or not at all."""
    draft = path.with_suffix(".part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _safe(recipient: str) -> str:
    """Return *recipient* as a part of a file name: nothing in it can name another folder."""
    return re.sub(r"[^A-Za-z0-9@+._-]", "_", recipient)[:_MAX_NAME]


def _number_of(path: Path) -> int:
    digits = path.name.partition("-")[0]
    return int(digits) if digits.isdecimal() else 0
