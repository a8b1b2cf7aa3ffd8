"""From nothing to a session that takes messages: connect, greet, encrypt, log in.

Not aiosmtplib, although it does the same: it drops unasked-for replies between commands silently
and keeps those that come with an answer for the next command, and it tries a rejected password
with every mechanism in turn, which locks accounts.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ssl
from collections.abc import Mapping
from functools import lru_cache

from digest.errors import RelayError, RelaySecurityError
from digest.mail.relay import Relay, SessionError, is_loopback
from digest.mail.replies import Break, Fault, Reply, Result, Stage, extensions_of
from digest.mail.wire import BrokenError, Wire

_READY = 220
_AUTH_CONTINUE = 334
_AUTH_DONE = 235
_NO_EHLO = frozenset({500, 501, 502, 504, 550})
_NEXT_MECHANISM = frozenset({500, 501, 502, 504, 534})


async def open_session(relay: Relay) -> tuple[Wire, Mapping[str, str]]:
    """Return a line to *relay*, ready for MAIL, and what the relay offers on it.

    The offers are those made after TLS (RFC 3207 section 4.2): keyword to parameters.

    Raises:
        RelaySecurityError: if the protection that is required cannot be had. No password, and no
            byte of it, has been sent.
        SessionError: if the relay is not reached or refuses; also if it rejects the password.
        RelayError: if a value of *relay* cannot be used.
    """
    relay.check()
    wire = await _connect(relay)
    try:
        return wire, await _Opening(relay, wire).run()
    except BaseException:
        wire.abort()
        raise


async def _connect(relay: Relay) -> Wire:
    """Return a line on which the greeting is due."""
    context = await _context(relay) if relay.tls == "tls" else None
    try:
        async with asyncio.timeout(relay.connect_timeout_seconds):
            _, wire = await asyncio.get_running_loop().create_connection(
                Wire,
                relay.host,
                relay.port,
                ssl=context,
                server_hostname=relay.host if context else None,
                ssl_shutdown_timeout=1.0 if context else None,
            )
    except ssl.SSLError as error:
        raise _tls_error(relay, error) from error
    except TimeoutError as error:
        raise SessionError(
            relay, Result(Stage.CONNECT, cause=Break(Fault.TIMEOUT, "no connection in time"))
        ) from error
    except (OSError, UnicodeError) as error:  # UnicodeError: not a host name
        raise SessionError(
            relay, Result(Stage.CONNECT, cause=Break(Fault.REFUSED, str(error)))
        ) from error
    return wire


def _tls_error(relay: Relay, error: ssl.SSLError) -> RelayError:
    """Return what to raise for a failed handshake: a bad certificate is not just bad luck."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return RelaySecurityError(
            f"relay {relay.name!r}: the certificate of {relay.host}:{relay.port} is not good: "
            f"{error.verify_message}. Nothing was sent. If it is your own, name its authority "
            "with ca_file; if the name differs, use the host name that it was made for."
        )
    return SessionError(
        relay, Result(Stage.TLS, cause=Break(Fault.TLS, str(error.reason or error)))
    )


async def _context(relay: Relay) -> ssl.SSLContext:
    """Return the TLS settings for *relay*; reads certificates, hence in a thread."""
    try:
        return await asyncio.to_thread(_make_context, relay.ca_file, relay.checks_certificate)
    except OSError as error:  # ssl.SSLError is one
        raise RelayError(
            f"relay {relay.name!r}: ca_file {relay.ca_file!r} cannot be used: {error}"
        ) from error


@lru_cache(maxsize=8)
def _make_context(ca_file: str | None, is_checked: bool) -> ssl.SSLContext:  # noqa: FBT001 - to_thread passes by position
    context = ssl.create_default_context(cafile=ca_file)
    if not is_checked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class _Opening:
    """The steps of one opening, in order."""

    def __init__(self, relay: Relay, wire: Wire) -> None:
        self._relay = relay
        self._wire = wire
        self._offers: Mapping[str, str] = {}

    async def run(self) -> Mapping[str, str]:
        await self._read(Stage.GREETING, {_READY})
        await self._ehlo()
        if self._relay.tls in {"starttls", "opportunistic"}:
            await self._start_tls()
        if self._relay.has_login:
            await self._log_in()
        return self._offers

    async def _ask(self, stage: Stage, line: str | bytes) -> Reply:
        """Send one *line*; return the reply, whatever it says."""
        data = line.encode() if isinstance(line, str) else line
        try:
            self._wire.send(data + b"\r\n", replies=1)
        except BrokenError as broken:
            raise SessionError(self._relay, Result(stage, cause=broken.cause)) from broken
        return await self._next(stage)

    async def _next(self, stage: Stage) -> Reply:
        try:
            return await self._wire.reply(self._relay.command_timeout_seconds)
        except BrokenError as broken:
            raise SessionError(self._relay, Result(stage, cause=broken.cause)) from broken

    async def _read(self, stage: Stage, wanted: set[int]) -> Reply:
        return self._want(stage, await self._next(stage), wanted)

    def _want(self, stage: Stage, reply: Reply, wanted: set[int]) -> Reply:
        """Return *reply* if its code is *wanted*."""
        if reply.code in wanted:
            return reply
        if reply.code < 400:  # noqa: PLR2004 - RFC 5321 section 4.2.1: not a refusal
            cause = Break(Fault.GARBAGE, f"{reply} is no answer to this")
            raise SessionError(self._relay, Result(stage, cause=cause))
        raise SessionError(self._relay, Result(stage, reply))

    async def _ehlo(self) -> None:
        """Learn what the relay offers; by HELO nothing, from servers older than 1995."""
        name = self._relay.helo or _literal(self._wire.info("sockname"))
        reply = await self._ask(Stage.EHLO, f"EHLO {name}")
        if reply.code in _NO_EHLO and not (self._relay.needs_tls or self._relay.has_login):
            self._want(Stage.EHLO, await self._ask(Stage.EHLO, f"HELO {name}"), {250})
            self._offers = {}
        else:
            self._offers = extensions_of(self._want(Stage.EHLO, reply, {250}))

    async def _start_tls(self) -> None:
        """Encrypt, or refuse to go on where that is required."""
        relay = self._relay
        if "STARTTLS" not in self._offers:
            if relay.needs_tls:
                raise RelaySecurityError(
                    f"relay {relay.name!r} at {relay.host}:{relay.port} does not offer STARTTLS, "
                    'which is required. Use its submission port (587), or tls = "tls" on 465.'
                )
            return
        context = await _context(relay)
        self._want(Stage.STARTTLS, await self._ask(Stage.STARTTLS, "STARTTLS"), {_READY})
        try:
            await self._wire.start_tls(context, relay.host, relay.connect_timeout_seconds)
        except ssl.SSLError as error:
            raise _tls_error(relay, error) from error
        except BrokenError as broken:
            stage = Stage.STARTTLS if broken.cause.fault is Fault.SURPLUS else Stage.TLS
            raise SessionError(relay, Result(stage, cause=broken.cause)) from broken
        except OSError as error:  # TimeoutError is one
            fault = Fault.TIMEOUT if isinstance(error, TimeoutError) else Fault.RESET
            cause = Break(fault, str(error) or "the TLS handshake did not end in time")
            raise SessionError(relay, Result(Stage.TLS, cause=cause)) from error
        await self._ehlo()

    async def _log_in(self) -> None:
        """Log in, by the first mechanism that both sides know (RFC 4954)."""
        relay = self._relay
        if not self._wire.is_encrypted and not _is_loopback_peer(self._wire):
            raise RelaySecurityError(
                f"relay {relay.name!r}: {relay.host} is not this machine and the session is not "
                "encrypted, so the password was not sent."
            )
        offered = self._offers.get("AUTH", "").upper().split()
        known = [name for name in ("PLAIN", "LOGIN", "CRAM-MD5") if name in offered]
        if not known:
            raise RelayError(
                f"relay {relay.name!r} at {relay.host}:{relay.port} offers no AUTH that we know "
                f"(PLAIN, LOGIN, CRAM-MD5) but {' '.join(offered) or 'none'}."
            )
        for name in known:
            reply = await self._authenticate(name)
            if reply.code not in _NEXT_MECHANISM:
                break
        self._want(Stage.AUTH, reply, {_AUTH_DONE})

    async def _authenticate(self, mechanism: str) -> Reply:
        """Return the last reply of one attempt."""
        user, password = self._relay.username.encode(), self._relay.password.encode()
        if mechanism == "PLAIN":
            return await self._ask(
                Stage.AUTH, b"AUTH PLAIN " + _b64(b"\0%b\0%b" % (user, password))
            )
        reply = await self._ask(Stage.AUTH, f"AUTH {mechanism}")
        if mechanism == "LOGIN":
            answers = [user, password]
        elif reply.code == _AUTH_CONTINUE:
            answers = [b"%b %b" % (user, self._digest(password, reply))]
        else:
            answers = []
        for answer in answers:
            if reply.code != _AUTH_CONTINUE:
                break
            reply = await self._ask(Stage.AUTH, _b64(answer))
        return reply

    def _digest(self, password: bytes, challenge: Reply) -> bytes:
        """Return the answer to CRAM-MD5's *challenge* (RFC 2195)."""
        try:
            text = base64.b64decode(challenge.lines[0].encode(), validate=True)
        except binascii.Error as error:
            cause = Break(Fault.GARBAGE, "a challenge that is not Base64")
            raise SessionError(self._relay, Result(Stage.AUTH, cause=cause)) from error
        return hmac.new(password, text, "md5").hexdigest().encode()


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def _literal(sockname: object) -> str:
    """Return our own address as RFC 5321 section 4.1.3 writes it, for want of a name."""
    address = str(sockname[0]).partition("%")[0] if isinstance(sockname, tuple) else "127.0.0.1"
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _is_loopback_peer(wire: Wire) -> bool:
    peer = wire.info("peername")
    return isinstance(peer, tuple) and is_loopback(str(peer[0]))
