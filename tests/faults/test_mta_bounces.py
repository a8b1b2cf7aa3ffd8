"""A real Postfix and a real Exim take our mail, fail to deliver it, and report that to our inbox.

What comes back goes through the transports that docs/feedback.md shows.
"""

from __future__ import annotations

import asyncio
import os
import pwd
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from faults.mtas import free_port, open_folder, postfix_running, program, running

from digest.cli.publication import ingest_all
from digest.cli.starter import write_starter
from digest.clock import SystemClock
from digest.mail.drill import TAKEN, Answer, Attempt, DrillServer, Script
from digest.mail.replies import Stage
from digest.model import DeliveryState, SubscriptionState
from digest.steps.compose import compose_now
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import feedback, subscribers
from digest.store.feedback import StoredReport
from digest.wiring import open_service

pytestmark = pytest.mark.slow

PATIENCE_SECONDS, QUIET_SECONDS = 90.0, 20.0
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

FULL_USER = "games"
"""An account that every Debian has; its mailbox here is full."""

REMOTE = {
    "fine": "",
    "unknown": "550 5.1.1 <reader@unknown.test>: Recipient address rejected: User unknown",
    "full": "552 5.2.2 The mailbox is over its quota",
    "policy": "550 5.7.1 Message refused by policy: it looks like spam",
    "vague": "550 No",
    "grey": "450 4.7.1 Greylisted, please try again in a moment",
}
"""By host below .test: what its server answers to RCPT; ``grey`` does so for a while only."""

GREY_SECONDS = 3.0

Found = dict[str, set[tuple[str, str, str, str]]]

Mta = Callable[[Path, int, int, int], Iterator[None]]
"""Runs a server in a folder: on a port, with the ports of our inbox and of the remote servers."""

POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mta.invalid
mydestination = local.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
biff = no
mail_spool_directory = {folder}/mailboxes
message_size_limit = 200000
mailbox_size_limit = 200000
maillog_file = {folder}/log
maillog_file_prefixes = /tmp
smtpd_relay_restrictions = permit_mynetworks, reject
recipient_delimiter = +
transport_maps = texthash:{folder}/transport
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
maximal_queue_lifetime = 12s
bounce_queue_lifetime = 60s
delay_warning_time = 2s
smtp_connect_timeout = 2s
"""

POSTFIX_SERVICES = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
local unix - n n - - local
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

TRANSPORT = """
bounces@news.example      lmtp:inet:127.0.0.1:{inbox}
unsubscribe@news.example  lmtp:inet:127.0.0.1:{inbox}
dead.test                 smtp:[127.0.0.1]:{dead}
nullmx.test               error:5.1.10 Domain nullmx.test does not accept mail (nullMX)
"""

EXIM = """
primary_hostname = mta.invalid
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = accept
delay_warning =
keep_environment =
tls_advertise_hosts =
never_users =
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 100
begin acl
accept:
  accept
begin routers
digest_router:
  driver = accept
  domains = news.example
  local_parts = bounces : unsubscribe
  local_part_suffix = +*
  local_part_suffix_optional
  transport = digest_lmtp

local_full:
  driver = accept
  domains = local.test
  local_parts = {full}
  transport = mailbox

dead:
  driver = manualroute
  domains = dead.test
  route_list = * 127.0.0.1
  transport = dead_smtp
  self = send

remote:
  driver = manualroute
  domains = ! local.test : ! nullmx.test
  route_list = * 127.0.0.1
  transport = remote_smtp
  self = send

begin transports
digest_lmtp:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  port = {inbox}
  allow_localhost
  max_rcpt = 1

mailbox:
  driver = appendfile
  file = {folder}/mailboxes/{full}
  mode = 0666
  check_owner = false
  quota = 60K

remote_smtp:
  driver = smtp
  port = {remote}
  allow_localhost

dead_smtp:
  driver = smtp
  port = {dead}
  allow_localhost

begin retry
* * F,12s,1s
"""


def postfix(folder: Path, port: int, inbox: int, remote: int) -> Iterator[None]:
    lines = [f"{host}.test smtp:[127.0.0.1]:{remote}" for host in REMOTE]
    table = TRANSPORT.format(inbox=inbox, dead=free_port()) + "\n".join(lines) + "\n"
    (folder / "transport").write_text(table)
    fill_mailbox(folder)
    services = POSTFIX_SERVICES.format(port=port)
    with postfix_running(folder, port, POSTFIX.format(folder=folder), services):
        yield


def exim(folder: Path, port: int, inbox: int, remote: int) -> Iterator[None]:
    config = folder / "exim.conf"
    config.write_text(
        EXIM.format(
            folder=folder, port=port, inbox=inbox, remote=remote, dead=free_port(), full=FULL_USER
        )
    )
    fill_mailbox(folder)
    words = [program("exim4"), "-C", str(config), "-bdf", "-q1s", "-oX", str(port)]
    with running(words, port, folder / "said"):
        yield


def fill_mailbox(folder: Path) -> None:
    """Make a mailbox that is as good as full; skip where that cannot be done."""
    if os.geteuid() != 0:
        pytest.skip("mail servers hand mail to accounts as root only")
    place = folder / "mailboxes"
    place.mkdir()
    place.chmod(0o1777)
    mailbox = place / FULL_USER
    mailbox.write_bytes(b"From x Tue Nov 24 09:00:00 2026\n\n" + b"x\n" * 99_900)
    mailbox.chmod(0o666)
    entry = pwd.getpwnam(FULL_USER)
    os.chown(mailbox, entry.pw_uid, entry.pw_gid)


def script_for(recipient: str) -> Script:
    reply = REMOTE[recipient.rpartition("@")[2].removesuffix(".test")]

    def script(attempt: Attempt) -> Answer:
        is_over = (attempt.at - attempt.first_at).total_seconds() >= GREY_SECONDS
        if not reply or (reply.startswith("450") and is_over):
            return TAKEN
        return Answer(reply, Stage.RCPT)

    return script


RECIPIENTS = {f"reader@{host}.test" for host in REMOTE} | {
    "nobody-here@local.test",
    f"{FULL_USER}@local.test",
    "reader@dead.test",
    "reader@nullmx.test",
}


GONE = ("bounce", "permanent", "recipient", "suppressed")
FULL = ("bounce", "transient", "recipient", "counted")
UNREACHED = ("bounce", "transient", "message", "counted")
BLAMED = ("bounce", "our fault", "message", "blamed")
VAGUE = ("bounce", "", "", "nothing")
DELAYED = ("delayed", "", "", "nothing")

ALIKE: Found = {
    "reader@unknown.test": {GONE},
    "reader@full.test": {FULL},
    "reader@policy.test": {BLAMED},
    "reader@vague.test": {VAGUE},
    f"{FULL_USER}@local.test": {FULL},
}

EXPECTED: dict[str, Found] = {
    "postfix": ALIKE
    | {
        "nobody-here@local.test": {GONE},
        # Refused at RCPT: no report, but the reply that we got.
        "reader@nullmx.test": {GONE},
        "reader@dead.test": {DELAYED, UNREACHED},
        "reader@grey.test": {DELAYED},
    },
    # Exim says "Unrouteable address", and no code, of an address that is not there as well as of a
    # route that somebody forgot to set up: that must not end all readers at once.
    "exim": ALIKE
    | {
        "nobody-here@local.test": {UNREACHED},
        "reader@nullmx.test": {UNREACHED},
        "reader@dead.test": {UNREACHED},
    },
}


class Desk:
    """A publication whose inbox the mail server hands its reports to."""

    def __init__(self, root: Path, port: int, inbox: int) -> None:
        """Make it, with an issue to be sent to all."""
        write_starter(root, title="News", url="https://news.example", now=NOW)
        path = root / "config.toml"
        text = path.read_text("utf-8").replace("port = 1025", f"port = {port}")
        sending = 'send_at = "07:00"'
        assert sending in text
        text = text.replace(
            sending,
            f'{sending}\nbounce_address = "bounces@news.example"\ncanary_messages = 0',
        )
        path.write_text(f'{text}\n[feedback.inbox]\nlisten = "127.0.0.1:{inbox}"\n', "utf-8")
        self.service = service = open_service(path, {})
        ingest_all(service, quiet=True)
        confirmed = SubscriptionState.CONFIRMED
        wishes = [Wish(person_of(email), "daily", confirmed) for email in sorted(RECIPIENTS)]
        now = service.clock.now()
        subscribe(service.store, service.keyring, wishes, method="operator", evidence="", now=now)
        composed = compose_now(
            service.store, service.config, service.renderer, service.keyring, "daily", now=now
        )
        assert composed.candidates == len(RECIPIENTS), composed.reason

    async def send(self) -> None:
        """Have the server take the issue, and take what it reports until it falls silent."""
        replies = self.service.feedback()
        async with replies.serving():
            (result,) = await self.service.deliverer().run_due()
            # Postfix looks up some domains at once; all else it takes.
            assert result.ledger.counts[DeliveryState.ACCEPTED] >= len(RECIPIENTS) - 1
            await replies.go_round()
            seen, quiet_for, waited = 0, 0.0, 0.0
            while quiet_for < QUIET_SECONDS and waited < PATIENCE_SECONDS:
                await asyncio.sleep(0.5)
                waited += 0.5
                count = len(self.reports())
                quiet_for, seen = (quiet_for + 0.5, seen) if count == seen else (0.0, count)

    def reports(self) -> list[StoredReport]:
        """Return all that came in, oldest first."""
        with self.service.store.read() as tx:
            return feedback.list_reports(tx, limit=1000)[::-1]

    def found(self) -> Found:
        """Return sort, class, reach, and effect of what came in, by the person it is about."""
        found: Found = defaultdict(set)
        for item in self.reports():
            found[item.email].add((item.sort, item.kind, item.scope, item.effect))
        return found

    def suppressed(self) -> set[str]:
        """Return who is on the do-not-mail record."""
        with self.service.store.read() as tx:
            return {
                item.subscriber.email
                for item in subscribers.list_subscriptions(tx)
                if subscribers.is_suppressed(tx, subscribers.hash_of(tx, item.subscriber.id))
            }


@pytest.mark.parametrize("server", [postfix, exim])
async def test_what_a_real_mail_server_reports_has_its_effect(tmp_path: Path, server: Mta) -> None:
    """The right person, the right class, and nothing else (reliability.md, Replies)."""
    port, inbox = free_port(), free_port()
    desk = Desk(tmp_path / "news", port, inbox)
    try:
        async with DrillServer(script_for, SystemClock().now) as remote:
            with open_folder() as folder, contextmanager(server)(folder, port, inbox, remote.port):
                await desk.send()
        found, suppressed = desk.found(), desk.suppressed()
    finally:
        desk.service.close()
    assert found == EXPECTED[server.__name__]
    gone = {email for email, told in found.items() for item in told if item[3] == "suppressed"}
    assert suppressed == gone
    assert not {"reader@fine.test", "reader@grey.test", "reader@policy.test"} & suppressed
