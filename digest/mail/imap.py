"""An IMAP mailbox: what arrives is dealt with, and then moved to another folder, never deleted.

Everything here blocks: it is run in a thread of its own.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import select
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from digest.errors import DigestError
from digest.mail.reports import Arrival

_TIMEOUT_SECONDS = 20.0
"""For each answer; the process may have to wait for it to end (30 s at most)."""
_SLICE_SECONDS = 1.0
"""How long a wait may keep the process from ending."""

_UID = re.compile(rb"\d+")


class MailboxError(DigestError, OSError):
    """The mailbox cannot be used at the moment."""


@dataclass(frozen=True, slots=True)
class Account:
    """How to reach a mailbox."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    tls: Literal["tls", "starttls", "none"] = "tls"
    """Required, not tried: without it the password is not sent."""

    folder: str = "INBOX"
    processed_folder: str = "Digest"
    ca_file: str | None = None
    """PEM file of the authorities to trust instead of the system's."""

    max_bytes: int = 10_000_000
    """Of a larger mail only the beginning is fetched."""


class Mailbox:
    """An open mailbox, for ``with``."""

    def __init__(self, account: Account) -> None:
        """Prepare; entering connects."""
        self._account = account
        self._imap: Any = None  # imaplib is not typed well enough to be of help
        self._capabilities = frozenset[str]()
        self._left = set[str]()

    def __enter__(self) -> Self:
        """Connect, log in, and select the folder.

        Raises:
            MailboxError: if that is not possible; nothing was read then.
        """
        account = self._account
        try:
            self._imap = self._connect()
            self._imap.login(account.username, account.password)
            # Servers offer more to those who are logged in.
            offered = _good(self._imap.capability(), "say what it can do")
            self._capabilities = frozenset(offered[0].decode("ascii", "replace").upper().split())
            # It may be there already; if it can be neither made nor used, moving will say so.
            self._imap.create(_quoted(account.processed_folder))
            _good(self._imap.select(_quoted(account.folder)), f"open folder {account.folder}")
        except MailboxError:
            self._close()
            raise
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            self._close()
            raise MailboxError(f"the mailbox at {account.host} cannot be used: {error}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Hang up."""
        self._close()

    def read(self, take: Callable[[Arrival], bool], stop: threading.Event) -> int:
        """Have every mail in the folder dealt with, oldest first. Return how many were.

        A mail is moved once *take* has returned true. When that returns false or raises, it stays
        where it is; after false it is left alone until the mailbox is opened anew.

        Raises:
            MailboxError: if the connection broke, or mail cannot be moved.
        """
        count = 0
        try:
            for uid in self._waiting():
                if stop.is_set():
                    break
                count += self._deal_with(uid, take)
        except (imaplib.IMAP4.error, OSError) as error:
            if isinstance(error, DigestError):
                raise
            raise MailboxError(
                f"the mailbox at {self._account.host} cannot be read: {error}"
            ) from error
        return count

    def _waiting(self) -> list[str]:
        found = _good(self._imap.uid("SEARCH", "UNDELETED"), "look for mail")
        numbers = [number.decode("ascii") for number in _UID.findall(found[0] or b"")]
        return [uid for uid in numbers if uid not in self._left]

    def _deal_with(self, uid: str, take: Callable[[Arrival], bool]) -> bool:
        data = self._fetch(uid)
        if data is None:
            return False
        if not take(Arrival(data, "imap")):
            self._left.add(uid)
            return False
        self._move(uid)
        return True

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Wait until there is new mail, as far as the server tells (IDLE, RFC 2177).

        After *seconds* (28 minutes at most) it is over in any case: a server's word can get lost.

        Raises:
            MailboxError: if the connection broke.
        """
        try:
            if "IDLE" in self._capabilities:
                self._idle(seconds, stop)
            else:
                stop.wait(seconds)
                self._imap.noop()
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxError(f"the connection to {self._account.host} broke: {error}") from error

    def _connect(self) -> Any:  # noqa: ANN401 - as above
        account = self._account
        port = account.port or (993 if account.tls == "tls" else 143)
        context = ssl.create_default_context(cafile=account.ca_file)
        if account.tls == "tls":
            return imaplib.IMAP4_SSL(
                account.host, port, ssl_context=context, timeout=_TIMEOUT_SECONDS
            )
        imap = imaplib.IMAP4(account.host, port, timeout=_TIMEOUT_SECONDS)
        if account.tls == "starttls":
            try:
                imap.starttls(ssl_context=context)
            except BaseException:
                # A handshake that failed has closed the socket already; why is what counts.
                with contextlib.suppress(OSError):
                    imap.shutdown()
                raise
        return imap

    def _fetch(self, uid: str) -> bytes | None:
        """Return the mail; ``None`` when it is gone meanwhile."""
        what = f"(BODY.PEEK[]<0.{self._account.max_bytes}>)"
        for item in _good(self._imap.uid("FETCH", uid, what), "fetch a mail"):
            if isinstance(item, tuple) and isinstance(item[1], bytes):
                return item[1]
        return None

    def _move(self, uid: str) -> None:
        """Move a mail to the other folder (RFC 6851, or what servers had before)."""
        target = _quoted(self._account.processed_folder)
        what = f"move mail to {self._account.processed_folder}"
        if "MOVE" in self._capabilities:
            _good(self._imap.uid("MOVE", uid, target), what)
            return
        _good(self._imap.uid("COPY", uid, target), what)
        _good(self._imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"), what)
        if "UIDPLUS" in self._capabilities:
            # Without it, what others marked as deleted would be removed as well: it stays, marked.
            _good(self._imap.uid("EXPUNGE", uid), what)

    def _idle(self, seconds: float, stop: threading.Event) -> None:
        imap = self._imap
        tag = imap._new_tag()  # noqa: SLF001 - imaplib has no IDLE before Python 3.14
        imap.send(tag + b" IDLE\r\n")
        if not imap.readline().startswith(b"+"):
            raise MailboxError(f"{self._account.host} offers IDLE and refuses it")
        waited = 0.0
        while waited < seconds and not stop.is_set():
            if self._has_line(_SLICE_SECONDS):
                line = imap.readline()
                if not line:
                    raise MailboxError(f"{self._account.host} hung up")
                if b"EXISTS" in line.upper():
                    break
            else:
                waited += _SLICE_SECONDS
        imap.send(b"DONE\r\n")
        while not (line := imap.readline()).startswith(tag):
            if not line:
                raise MailboxError(f"{self._account.host} hung up")

    def _has_line(self, seconds: float) -> bool:
        sock = self._imap.socket()
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return True
        return bool(select.select([sock], [], [], seconds)[0])

    def _close(self) -> None:
        imap, self._imap = self._imap, None
        if imap is None:
            return
        try:
            imap.logout()
        except (imaplib.IMAP4.error, OSError):
            imap.shutdown()


def _good(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    """Return what the server sent.

    Raises:
        MailboxError: if it refused.
    """
    status, data = answer
    if status != "OK":
        said = b" ".join(item for item in data if isinstance(item, bytes)).decode(
            "utf-8", "replace"
        )
        raise MailboxError(f"the mail server will not {what}: {said}")
    return data


def _quoted(name: str) -> str:
    """Return a folder's name as IMAP wants it: quoted, other letters in modified UTF-7."""
    escaped = _modified_utf7(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _modified_utf7(text: str) -> str:
    """Return *text* as RFC 3501, section 5.1.3, writes folders' names."""
    plain = text.replace("&", "&-")

    def encoded(match: re.Match[str]) -> str:
        import base64  # noqa: PLC0415 - of no use for most names

        octets = base64.b64encode(match[0].encode("utf-16-be")).decode("ascii")
        return f"&{octets.rstrip('=').replace('/', ',')}-"

    return re.sub(r"[^\x20-\x7e]+", encoded, plain)
