"""SMTP servers that misbehave on purpose, and the certificates to do it with TLS.

A :class:`ScriptedServer` is a correct little server but for what its script says. It keeps its own
log of what it accepted: tests judge by that, never by what the client believes.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import ipaddress
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from digest.mail.envelope import Outgoing
from digest.mail.replies import Result

HANG_SECONDS = 5.0
"""Longest that a server stays silent, so that no test can hang."""


class Hangup(Exception):  # noqa: N818 - no error: the script wants it
    """The server ends the session."""


@dataclass
class Session:
    """One connection to a scripted server."""

    server: ScriptedServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    commands: list[bytes] = field(default_factory=list)
    is_encrypted: bool = False
    sender: str = ""
    recipient: str = ""
    """Of the transaction that is open; empty while there is none."""

    async def say(self, text: bytes) -> None:
        """Send *text* as it is."""
        self.writer.write(text)
        await self.writer.drain()

    def reset(self) -> None:
        """Make closing send a RST."""
        raw = cast("socket.socket", self.writer.get_extra_info("socket"))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Act = Callable[[Session, bytes], Awaitable[None]]
"""What to do instead of the normal reply, which it is given."""


def says(text: str) -> Act:
    """Return an act that sends *text* with a line end."""

    async def act(session: Session, _normal: bytes) -> None:
        await session.say(text.encode() + b"\r\n")

    return act


def sends(data: bytes) -> Act:
    """Return an act that sends *data* and then waits for the client to give up."""

    async def act(session: Session, _normal: bytes) -> None:
        await session.say(data)
        await _outlast(session)

    return act


async def takes_leave(session: Session, _normal: bytes) -> None:
    """Say 421 and close."""
    await session.say(b"421 4.3.2 Shutting down\r\n")
    raise Hangup


async def closes(_session: Session, _normal: bytes) -> None:
    """Close without a word."""
    raise Hangup


async def resets(session: Session, _normal: bytes) -> None:
    """Reset the connection."""
    session.reset()
    raise Hangup


async def is_silent(session: Session, _normal: bytes) -> None:
    """Say nothing until the client hangs up."""
    await _outlast(session)


async def stalls(_session: Session, _normal: bytes) -> None:
    """Neither read nor say anything for a while, then close."""
    await asyncio.sleep(HANG_SECONDS / 5)
    raise Hangup


async def drips(session: Session, _normal: bytes) -> None:
    """Send one byte of an endless reply now and then."""
    with contextlib.suppress(OSError):
        await session.say(b"250-")
        for _ in range(int(HANG_SECONDS / 0.02)):
            await session.say(b"x")
            await asyncio.sleep(0.02)
    raise Hangup


_keeping: set[Act] = set()


def keeps(act: Act) -> Act:
    """Return *act* as one for after the dot of a message that the server has all the same.

    It is another function: *act* itself, which other tests play, stays what it was.
    """

    @functools.wraps(act)
    async def keeping(session: Session, normal: bytes) -> None:
        await act(session, normal)

    _keeping.add(keeping)
    return keeping


@keeps
async def repeats(session: Session, normal: bytes) -> None:
    """Answer twice."""
    await session.say(normal + normal)


async def _outlast(session: Session) -> None:
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(HANG_SECONDS):
            while await session.reader.read(65_536):
                pass
    raise Hangup


FAULTS: Mapping[str, Act] = {
    "4xx": says("451 4.3.0 Not now"),
    "5xx": says("550 5.3.0 No"),
    "421": takes_leave,
    "EOF": closes,
    "RST": resets,
    "timeout": is_silent,
    "garbage": sends(b"\x16\x03 HTTP/1.1 400 Bad Request\r\n"),
    "odd lines": sends(b"250-one\r\n450 two\r\n"),
    "long line": sends(b"250 " + b"x" * 100_000),
    "drip": drips,
    "surplus": repeats,
}
"""The eleven ways to go wrong at any stage."""


class ScriptedServer:
    """A server for ``async with``; it listens on 127.0.0.1."""

    def __init__(
        self,
        script: Mapping[str, Sequence[Act | None]] | None = None,
        *,
        offers: Sequence[str] = ("PIPELINING", "ENHANCEDSTATUSCODES", "SIZE 33554432", "8BITMIME"),
        tls: ssl.SSLContext | None = None,
        is_implicit: bool = False,
        password: str = "",
        body_bytes: int = 0,
    ) -> None:
        """Behave but for *script*: the stage to its acts, one each time, ``None`` for normal.

        Stages are ``greeting EHLO STARTTLS TLS AUTH MAIL RCPT DATA body dot RSET QUIT``; ``EHLO2``
        is EHLO over TLS. The body's act comes after *body_bytes* of the body.
        """
        self._script = {stage: list(acts) for stage, acts in (script or {}).items()}
        self._offers = offers
        self._tls = tls
        self._is_implicit = is_implicit
        self._password = password
        self._body_bytes = body_bytes
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.accepted: list[tuple[str, bytes]] = []
        """Recipient and content of what was accepted, in order: the judge."""

        self.sessions: list[Session] = []
        self.all_closed = asyncio.Event()
        """Set while no session is open."""

    async def __aenter__(self) -> Self:
        """Listen."""
        listener = socket.create_server(("127.0.0.1", 0))
        if self._body_bytes:  # so that not all of a long body fits into what the system holds
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        context = self._tls if self._is_implicit else None
        self._server = await asyncio.start_server(self._serve, sock=listener, ssl=context)
        self.port = listener.getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End all sessions."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def commands(self) -> list[bytes]:
        """Every command of every session, in order, without line ends."""
        return [command for session in self.sessions for command in session.commands]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        self.all_closed.clear()
        raw = cast("socket.socket", writer.get_extra_info("socket"))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session = Session(self, reader, writer, is_encrypted=self._is_implicit)
        self.sessions.append(session)
        try:
            await self._talk(session)
        except (Hangup, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # cancelled only by __aexit__
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()
            self._tasks.discard(task)
            if not self._tasks:
                self.all_closed.set()

    async def _answer(self, session: Session, stage: str, normal: str) -> bool:
        """Answer as the script or the standard says; return whether it was the standard."""
        reply = normal.encode() + b"\r\n"
        acts = self._script.get(stage)
        act = acts.pop(0) if acts else None
        if act is None:
            await session.say(reply)
            return True
        await act(session, reply)
        return act is repeats

    async def _line(self, session: Session) -> bytes:
        return (await session.reader.readuntil(b"\r\n"))[:-2]

    async def _talk(self, session: Session) -> None:
        await self._answer(session, "greeting", "220 test.invalid ESMTP")
        verbs = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._start_tls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "QUIT": self._quit,
            ".": self._lone_dot,
        }
        while True:
            line = await self._line(session)
            session.commands.append(line)
            verb, _, rest = line.decode().partition(" ")
            await verbs[verb](session, rest)

    async def _mail(self, session: Session, rest: str) -> None:
        done = await self._answer(session, "MAIL", "250 2.1.0 OK")
        session.sender, session.recipient = rest if done else "", ""

    async def _rcpt(self, session: Session, rest: str) -> None:
        normal = "250 2.1.5 OK" if session.sender else "503 5.5.1 MAIL first"
        if await self._answer(session, "RCPT", normal) and session.sender:
            session.recipient = rest[4:-1]

    async def _rset(self, session: Session, _rest: str) -> None:
        session.sender = session.recipient = ""
        await self._answer(session, "RSET", "250 2.0.0 OK")

    async def _quit(self, session: Session, _rest: str) -> None:
        await self._answer(session, "QUIT", "221 2.0.0 Bye")
        raise Hangup

    async def _lone_dot(self, session: Session, _rest: str) -> None:
        await self._answer(session, "dot", "554 5.5.1 No valid recipients")

    async def _ehlo(self, session: Session, _rest: str) -> None:
        offers = list(self._offers)
        if self._tls is not None and not session.is_encrypted:
            offers.append("STARTTLS")
        if self._password:
            offers.append("AUTH PLAIN LOGIN CRAM-MD5")
        *lines, last = "test.invalid", *offers
        text = "".join(f"250-{line}\r\n" for line in lines) + f"250 {last}"
        await self._answer(session, "EHLO2" if session.is_encrypted else "EHLO", text)

    async def _helo(self, session: Session, _rest: str) -> None:
        await self._answer(session, "HELO", "250 test.invalid")

    async def _start_tls(self, session: Session, _rest: str) -> None:
        if not await self._answer(session, "STARTTLS", "220 2.0.0 Go ahead"):
            return
        acts = self._script.get("TLS")
        if acts and (act := acts.pop(0)) is not None:
            await session.reader.read(65_536)  # the client's first words
            await act(session, b"")
            raise Hangup
        if self._tls is not None:
            await session.writer.start_tls(self._tls)
            session.is_encrypted = True

    async def _auth(self, session: Session, rest: str) -> None:
        """Take any PLAIN; what it holds is checked by the tests of AUTH."""
        await self._answer(session, "AUTH", "235 2.7.0 Welcome" if rest else "501 5.5.4 What?")

    async def _data(self, session: Session, _rest: str) -> None:
        recipient = session.recipient
        normal = "354 Go ahead" if recipient else "503 5.5.1 RCPT first"
        if not await self._answer(session, "DATA", normal) or not recipient:
            return
        content = bytearray()
        if self._script.get("body"):
            content += await session.reader.read(self._body_bytes)
            act = self._script["body"].pop(0)
            if act is not None:
                await act(session, b"250 2.0.0 Early\r\n")
        while content != b".\r\n" and not content.endswith(b"\r\n.\r\n"):
            content += await session.reader.readuntil(b"\r\n")
        acts = self._script.get("dot")
        if not acts or acts[0] is None or acts[0] in _keeping:
            unstuffed = (b"\r\n" + content[:-3]).replace(b"\r\n.", b"\r\n")[2:]
            self.accepted.append((recipient, bytes(unstuffed)))
        session.sender = session.recipient = ""
        await self._answer(session, "dot", "250 2.0.0 Kept")


class ListSource:
    """A source that has a list of messages and keeps what became of each."""

    is_at_hand = True
    """Whether messages can be had without asking for them."""

    def __init__(self, messages: Sequence[Outgoing]) -> None:
        """Offer *messages* in order."""
        self._waiting = list(messages)
        self.results: list[tuple[Outgoing, Result]] = []
        """In the order in which they were settled."""

        self.withdrawn: set[object] = set()
        """Keys that :meth:`confirm` says no to."""

        self.events: list[tuple[str, object]] = []
        """What was asked of it, by key, in order."""

    def ready(self) -> Outgoing | None:
        """Return the next if it is to be had at once."""
        return self._next() if self.is_at_hand else None

    async def take(self) -> Outgoing | None:
        """Return the next."""
        return self._next()

    def _next(self) -> Outgoing | None:
        if not self._waiting:
            return None
        outgoing = self._waiting.pop(0)
        self.events.append(("take", outgoing.key))
        return outgoing

    async def confirm(self, outgoing: Outgoing) -> bool:
        """Return whether it was not withdrawn."""
        self.events.append(("confirm", outgoing.key))
        return outgoing.key not in self.withdrawn

    async def settle(self, outgoing: Outgoing, result: Result) -> None:
        """Keep *result*; take a moment over it, as a commit does."""
        await asyncio.sleep(0)
        self.results.append((outgoing, result))
        self.events.append(("settle", outgoing.key))


@dataclass(frozen=True)
class Certificates:
    """A certificate authority of our own, and a server it vouches for."""

    ca_file: str
    server: ssl.SSLContext
    """For ``localhost`` and 127.0.0.1."""

    other: ssl.SSLContext
    """For ``other.test``."""


def make_certificates(folder: Path) -> Certificates:
    """Make them in *folder*; they are good for a day."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("Test authority", authority_key, authority_key, [])
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    local: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    return Certificates(
        str(ca_file),
        _server_context(folder / "server.pem", authority_key, local),
        _server_context(folder / "other.pem", authority_key, [x509.DNSName("other.test")]),
    )


def _server_context(
    path: Path, authority_key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName]
) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("Test server", key, authority_key, names)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def _certificate(
    common_name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    names: list[x509.GeneralName],
) -> x509.Certificate:
    """Return a certificate for *names*, or an authority's if there are none."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - the TLS library checks against the real time

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(common_name))
        .issuer_name(named("Test authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=not names,
                crl_sign=not names,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
