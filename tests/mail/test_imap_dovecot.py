"""A real Dovecot, where it is installed: mailboxes over TLS, as providers have them.

Debian: ``dovecot-imapd``. It runs with settings and a mailbox of its own, on free ports of this
machine.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

import pytest
from fakes import KEYRING
from faults.mtas import free_port, open_folder, program
from faults.rig import ended, quiet_environment, wait_until
from feedback_samples import PERMANENT, dsn, newsroom
from smtp_servers import make_certificates

from digest.clock import SystemClock
from digest.mail.imap import Account, Mailbox, MailboxError
from digest.mail.reports import Arrival
from digest.steps.feedback import Feedback
from digest.store.engine import Store

pytestmark = pytest.mark.slow

USER = "games"
"""An account that every Debian has, to which the mailbox belongs."""

RUN = threading.Event()
"""Never set."""

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/{certificate}
ssl_key = <{folder}/{certificate}
mail_location = maildir:{folder}/mail
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password=sekrit
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A server, running or not, and its one mailbox."""

    folder: Path
    tls: int
    starttls: int

    @contextmanager
    def running(self, certificate: str = "server.pem") -> Iterator[None]:
        """Run it with that certificate; skip if it does not come up here."""
        entry = pwd.getpwnam(USER)
        values = {"folder": self.folder, "tls": self.tls, "starttls": self.starttls}
        config = self.folder / "dovecot.conf"
        config.write_text(
            CONFIG.format(certificate=certificate, uid=entry.pw_uid, gid=entry.pw_gid, **values)
        )
        with (self.folder / "said").open("wb") as said:
            process = subprocess.Popen(  # noqa: S603 - as found on the path
                [program("dovecot"), "-F", "-c", str(config)],
                stdout=said,
                stderr=said,
                env=quiet_environment(),
            )
        with ended(process):
            if not wait_until(lambda: self._answers() or process.poll() is not None, 20):
                pytest.skip("dovecot does not answer")
            if process.poll() is not None:
                pytest.skip(f"dovecot does not run here: {(self.folder / 'said').read_text()}")
            yield
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)

    def _answers(self) -> bool:
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self.starttls), timeout=5) as client,
        ):
            return client.recv(4) == b"* OK"
        return False

    def account(self, way: Literal["tls", "starttls"] = "tls", ca: str = "ca.pem") -> Account:
        """Return how to reach the mailbox, trusting the authority in the file *ca*."""
        port = self.tls if way == "tls" else self.starttls
        ca_file = str(self.folder / ca) if ca else None
        return Account("localhost", port, "news", "sekrit", way, ca_file=ca_file)

    def put(self, name: str, content: bytes) -> None:
        """Deliver a mail, as a mail server does."""
        draft = self.folder / "mail" / "tmp" / name
        draft.write_bytes(content)
        self.own(draft)
        draft.rename(self.folder / "mail" / "new" / name)

    def own(self, path: Path) -> None:
        """Give *path* to the mailbox's account."""
        entry = pwd.getpwnam(USER)
        os.chown(path, entry.pw_uid, entry.pw_gid)

    def kept(self, folder: str = "") -> list[bytes]:
        """Return the mails in a folder; the inbox by default."""
        place = self.folder / "mail" / (f".{folder}" if folder else "")
        found = [path for name in ("new", "cur") for path in (place / name).glob("*")]
        return sorted(path.read_bytes() for path in found)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    program("dovecot")
    if os.geteuid() != 0:
        pytest.skip("dovecot is run by root only")
    with open_folder() as folder:
        make_certificates(folder)
        (folder / "home").mkdir()
        server = Dovecot(folder, free_port(), free_port())
        for name in ("mail", "mail/tmp", "mail/new", "mail/cur", "home"):
            (folder / name).mkdir(exist_ok=True)
            server.own(folder / name)
        yield server


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_mail_is_read_over_tls_and_moved(dovecot: Dovecot, way: Literal["tls", "starttls"]) -> None:
    mails = [b"Subject: one\r\n\r\n1\r\n", b"Subject: two\r\n\r\n2\r\n"]
    for number, mail in enumerate(mails):
        dovecot.put(f"m{number}", mail)
    taken: list[bytes] = []

    def take(arrival: Arrival) -> bool:
        taken.append(arrival.data)
        return b"two" not in arrival.data

    with dovecot.running(), Mailbox(dovecot.account(way)) as mailbox:
        assert mailbox.read(take, RUN) == 1
        assert mailbox.read(take, RUN) == 0
    assert sorted(taken) == mails
    assert dovecot.kept() == mails[1:]
    assert dovecot.kept("Digest") == mails[:1]


def test_the_server_tells_of_new_mail(dovecot: Dovecot) -> None:
    """IDLE (RFC 2177): a wait of a minute is over when something arrives."""
    taken: list[bytes] = []

    def take(arrival: Arrival) -> bool:
        taken.append(arrival.data)
        return True

    with dovecot.running(), Mailbox(dovecot.account()) as mailbox:
        assert mailbox.read(lambda _: True, RUN) == 0
        late = threading.Timer(1.5, dovecot.put, ["late", b"Subject: late\r\n\r\n"])
        late.start()
        began = perf_counter()
        mailbox.wait(60, RUN)
        assert 1 < perf_counter() - began < 30
        late.join()
        assert mailbox.read(take, RUN) == 1
        began = perf_counter()
        mailbox.wait(2, RUN)
        assert perf_counter() - began < 20
        assert mailbox.read(lambda _: True, RUN) == 0
    assert taken == [b"Subject: late\r\n\r\n"]


@pytest.mark.parametrize("way", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("certificate", "ca"), [("other.pem", "ca.pem"), ("server.pem", "")], ids=["name", "authority"]
)
def test_a_wrong_certificate_is_refused_and_no_password_sent(
    dovecot: Dovecot, certificate: str, ca: str, way: Literal["tls", "starttls"]
) -> None:
    dovecot.put("m", b"Subject: one\r\n\r\n1\r\n")
    with (
        dovecot.running(certificate),
        pytest.raises(MailboxError, match=r"(?i)certificate"),
        Mailbox(dovecot.account(way, ca)),
    ):
        pass
    log = (dovecot.folder / "log").read_text()
    assert "Login: user=" not in log
    assert "no auth attempts" in log
    assert len(dovecot.kept()) == 1


def test_a_wrong_password_is_told(dovecot: Dovecot) -> None:
    account = dovecot.account()
    wrong = Account(account.host, account.port, "news", "x", ca_file=account.ca_file)
    with dovecot.running(), pytest.raises(MailboxError, match="cannot be used"), Mailbox(wrong):
        pass


async def test_a_bounce_in_the_mailbox_counts_also_after_the_server_was_away(
    dovecot: Dovecot, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch goes on by itself once the server is back, and takes nothing twice."""
    monkeypatch.setattr("digest.steps.feedback.run._RETRY_SECONDS", 1.0)
    news = newsroom(sqlite_store)
    news.now = SystemClock().now()
    people = [news.person("anna"), news.person("bert")]
    issue = news.issue()
    bounces = [dsn(PERMANENT, news.sender(issue, person), number=person) for person in people]
    feedback = Feedback(
        sqlite_store, news.config, KEYRING, {}, SystemClock(), account=dovecot.account()
    )

    def given_up(name: str) -> Callable[[], bool]:
        return lambda: news.suppression(name) is not None

    async with feedback.serving():
        with dovecot.running():
            dovecot.put("first", bounces[0])
            assert await asyncio.to_thread(wait_until, given_up("anna"), 60)
        assert news.suppression("bert") is None
        dovecot.put("second", bounces[1])
        with dovecot.running():
            assert await asyncio.to_thread(wait_until, given_up("bert"), 60)
            assert await asyncio.to_thread(wait_until, lambda: not dovecot.kept(), 20)
            feedback.stop()
    assert dovecot.kept() == []
    assert sorted(dovecot.kept("Digest")) == sorted(bounces)
