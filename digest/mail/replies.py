"""What an SMTP server says, as values: replies, and the ways in which a session breaks.

Pure. :class:`ReplyParser` is strict where a mistake could give a reply to the wrong command, and
lenient where servers in use are sloppy without harm: see there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MAX_LINE_BYTES = 4096
"""RFC 5321 section 4.5.3.1.5 allows 512; real servers put whole policies into one line."""

MAX_REPLY_BYTES = 32_768
"""All lines of one reply; the longest real ones are EHLO's, of about 1 KB."""

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![.0-9])")
_CLOSING = 421
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")


class Stage(StrEnum):
    """How far a session or a message had come."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    TLS = "TLS handshake"
    AUTH = "AUTH"
    UNSENT = "unsent"  #: Handed back: nothing of this message was answered, nothing is known of it.
    LOCAL = "local"  #: Refused by ourselves before a byte was sent.
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "body"  #: Some of the message may be out, its final dot is not.
    DOT = "final dot"  #: The final dot is out: the relay may have the message.
    RSET = "RSET"
    QUIT = "QUIT"


class Fault(StrEnum):
    """Why there is no reply."""

    REFUSED = "refused"  #: No connection came about.
    TIMEOUT = "timeout"
    EOF = "EOF"  #: The relay closed the connection.
    RESET = "reset"  #: The connection was lost.
    GARBAGE = "garbage"  #: What came is no SMTP reply, or none to this command.
    SURPLUS = "surplus"  #: More replies came than commands were sent.
    TLS = "TLS"  #: The TLS handshake failed.


@dataclass(frozen=True, slots=True)
class Break:
    """The session ended without the reply that was due."""

    fault: Fault
    detail: str = ""
    """For people; may be empty."""

    def __str__(self) -> str:
        """Return the fault and its detail in one line."""
        return f"{self.fault}: {self.detail}" if self.detail else str(self.fault)


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply (RFC 5321 section 4.2)."""

    code: int
    """200 to 599."""

    lines: tuple[str, ...] = ("",)
    """The texts after the code, one a line; never empty. Undecodable bytes become U+FFFD."""

    @property
    def text(self) -> str:
        """All lines in one, without control characters and without repeated enhanced codes."""
        return _text_of(self.lines)

    @property
    def enhanced(self) -> tuple[int, int, int] | None:
        """The enhanced status code (RFC 3463), or ``None`` if there is none that fits the code."""
        for line in self.lines:
            if match := _ENHANCED.match(line.lstrip(" #(")):
                found = (int(match[1]), int(match[2]), int(match[3]))
                return found if found[0] == self.code // 100 else None
        return None

    @property
    def is_closing(self) -> bool:
        """Whether the server says that it closes the connection."""
        return self.code == _CLOSING

    def __str__(self) -> str:
        """Return code and text in one line."""
        return f"{self.code} {self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt: a reply, or a break, and the stage it came at."""

    stage: Stage
    reply: Reply | None = None
    cause: Break | None = None
    """Set when there is no reply; ``None`` for :attr:`Stage.UNSENT` without a known reason."""

    @property
    def accepted(self) -> bool:
        """Whether the relay took the message over."""
        return self.stage is Stage.DOT and self.reply is not None and is_completion(self.reply.code)

    def __str__(self) -> str:
        """Return one line for logs."""
        return f"{self.stage}: {self.reply or self.cause or 'no reply'}"


def is_completion(code: int) -> bool:
    """Return whether *code* says that a command was carried out.

    220 and 221 are 2yz as well but greet and take leave: they answer no command of a transaction.
    """
    return 200 <= code < 300 and code not in {220, 221}  # noqa: PLR2004 - RFC 5321 section 4.2.1


class ReplyParser:
    r"""Cuts what a server sends into replies.

    Lenient: lines may end in a bare LF, the text may be missing (RFC 5321 section 4.2 wants clients
    to accept that), lines may be eight times the allowed length, and any second digit goes (571 is
    in use). Strict: a line starts with three digits from 200 and then a space, a hyphen, or the
    end; all lines of a reply have the same code; line and reply are bounded.

    After an error nothing more is parsed: who is out of step must hang up.
    """

    def __init__(self) -> None:
        """Start with nothing received."""
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []
        self._size = 0
        self.error = ""
        """Why parsing stopped; empty while it has not."""

    @property
    def is_partial(self) -> bool:
        """Whether the beginning of a reply is there and its end is not."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that *data* completes, those before an :attr:`error` included."""
        replies: list[Reply] = []
        if self.error:
            return replies
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                reply = self._line(line)
                if reply is not None:
                    replies.append(reply)
            _check_length(self._rest)
        except ValueError as error:
            self.error = str(error)
        return replies

    def _line(self, line: bytes) -> Reply | None:
        """Take one *line*; return the reply that it ends, if any.

        Raises:
            ValueError: saying why *line* cannot be part of a reply.
        """
        reply, is_last = _read(line)
        if is_last and not self._lines:
            return reply
        code = reply.code
        if self._lines and code != self._code:
            raise ValueError(f"the lines of one reply say {self._code} and {code}")
        self._code = code
        self._size += len(line)
        if self._size > MAX_REPLY_BYTES:
            raise ValueError(f"a reply of more than {MAX_REPLY_BYTES} bytes")
        self._lines += reply.lines
        if not is_last:
            return None
        reply = Reply(code, tuple(self._lines))
        self._lines, self._size = [], 0
        return reply


@lru_cache(maxsize=256)  # most replies are what the one before was
def _read(line: bytes) -> tuple[Reply, bool]:
    """Return the reply that a *line* is by itself, and whether it is a reply's last one.

    Raises:
        ValueError: saying why *line* cannot be part of a reply.
    """
    line = line.removesuffix(b"\r")
    _check_length(line)
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{line[:60]!r} is no SMTP reply")
    text = (match[3] or b"").decode("utf-8", "replace")
    return Reply(int(match[1]), (text,)), match[2] != b"-"


@lru_cache(maxsize=256)
def _text_of(lines: tuple[str, ...]) -> str:
    kept = [lines[0], *(_ENHANCED.sub("", line, count=1) for line in lines[1:])]
    return " ".join(" ".join(kept).translate(_CONTROLS).split())


def _check_length(line: bytes) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line of more than {MAX_LINE_BYTES} bytes")


def extensions_of(reply: Reply) -> Mapping[str, str]:
    """Return what *reply*, the answer to EHLO, offers: upper-case keyword to parameters.

    The old form ``AUTH=PLAIN LOGIN`` is read as ``AUTH PLAIN LOGIN``; both together are joined.
    """
    found: dict[str, str] = {}
    for line in reply.lines[1:]:
        keyword, _, parameters = line.strip().partition(" ")
        keyword = keyword.upper()
        if keyword.startswith("AUTH="):
            keyword, parameters = "AUTH", f"{keyword[5:]} {parameters}"
        if keyword:
            found[keyword] = f"{found.get(keyword, '')} {parameters}".strip()
    return found
