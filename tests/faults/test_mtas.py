"""Real mail servers of this machine as the relay, where they are installed; their logs are judged.

Each runs on a free port of this machine, and delivers nothing.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pytest
from faults.mtas import free_port, open_folder, postfix_running, program, running
from faults.rig import Publication, ended, wait_until

pytestmark = pytest.mark.slow

READERS, CONNECTIONS, KILLS = 300, 8, 3

POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.invalid
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
default_transport = discard
maillog_file = {folder}/log
maillog_file_prefixes = /tmp
smtpd_relay_restrictions = permit_mynetworks, reject
"""

POSTFIX_SERVICES = """
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

EXIM = """
primary_hostname = exim.invalid
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
log_selector = +received_recipients
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = accept
queue_only = true
smtp_accept_max = 50
smtp_accept_max_per_connection = 50
begin acl
accept:
  accept
begin routers
all:
  driver = redirect
  data = :blackhole:
"""

OPENSMTPD = """
listen on 127.0.0.1 port {port}
action "on" relay host smtp://127.0.0.1:{on}
match from any for any action "on"
"""

Received = dict[str, list[str]]
"""Recipient to the Message-IDs of what the server took, one for each message."""


@dataclass(frozen=True)
class Server:
    """A mail server that runs."""

    port: int
    received: Callable[[], Received]


def smtp_sink(folder: Path) -> Iterator[Server]:
    port, kept = free_port(), folder / "kept"
    kept.mkdir()

    def received() -> Received:
        found: Received = defaultdict(list)
        for path in kept.iterdir():
            text = path.read_text(errors="replace")
            recipient = re.search(r"^X-Rcpt-Args: <(\S+)>", text, re.MULTILINE)
            own_id = re.search(r"^message-id:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
            if recipient and own_id:  # else cut short by a kill: it was not taken
                found[recipient[1]].append(own_id[1])
        return found

    words = [program("smtp-sink"), "-d", f"{kept}/%H"]
    words += ["-u", "root"] if os.geteuid() == 0 else []
    with running([*words, f"127.0.0.1:{port}", "100"], port, folder / "said"):
        yield Server(port, received)


def exim(folder: Path) -> Iterator[Server]:
    port = free_port()
    config = folder / "exim.conf"
    config.write_text(EXIM.format(folder=folder, port=port))

    def received() -> Received:
        found: Received = defaultdict(list)
        for line in (folder / "mainlog").read_text(errors="replace").splitlines():
            taken = re.search(r" <= .* id=(\S+) .*for (\S+)$", line)
            if taken:
                found[taken[2]].append(f"<{taken[1]}>")
        return found

    words = [program("exim4"), "-C", str(config), "-bdf", "-oX", str(port)]
    with running(words, port, folder / "said"):
        yield Server(port, received)


def postfix(folder: Path) -> Iterator[Server]:
    port = free_port()

    def received() -> Received:
        ids: dict[str, str] = {}
        found: Received = defaultdict(list)
        for line in (folder / "log").read_text(errors="replace").splitlines():
            if named := re.search(r"cleanup\[\d+\]: (\w+): message-id=(\S+)", line):
                ids[named[1]] = named[2]
            if sent := re.search(r"discard\[\d+\]: (\w+): to=<(\S+)>, .*status=sent", line):
                found[sent[2]].append(ids[sent[1]])
        return found

    services = POSTFIX_SERVICES.format(port=port)
    with postfix_running(folder, port, POSTFIX.format(folder=folder), services):
        yield Server(port, received)


def opensmtpd(folder: Path) -> Iterator[Server]:
    """Its own log has no Message-IDs, so what it took is what it hands on."""
    port = free_port()
    config = folder / "smtpd.conf"
    with contextmanager(smtp_sink)(folder) as behind:
        config.write_text(OPENSMTPD.format(port=port, on=behind.port))
        config.chmod(0o600)
        words = [program("smtpd"), "-d", "-f", str(config)]
        with running(words, port, folder / "opensmtpd"):
            yield Server(port, behind.received)


def has_taken(server: Server, count: int) -> bool:
    return len(server.received()) >= count


@pytest.mark.parametrize("server", [smtp_sink, exim, postfix, opensmtpd])
def test_a_real_mail_server_gets_each_message_once_but_for_the_kills(
    tmp_path: Path, server: Callable[[Path], Iterator[Server]]
) -> None:
    random = Random(14)  # noqa: S311 - to be repeatable
    with open_folder() as folder, contextmanager(server)(folder) as relay:
        publication = Publication(tmp_path / "pub", relay.port, connections=CONNECTIONS, rate=200)
        publication.add_readers(READERS)
        publication.compose()
        for _ in range(KILLS):
            with ended(publication.start("run")) as process:
                wanted = len(relay.received()) + random.randint(20, 60)
                assert wait_until(partial(has_taken, relay, wanted))
                publication.kill(process)
        publication.finish()
        publication.check_books()
        assert wait_until(lambda: set(relay.received()) == publication.candidates)
        received = relay.received()
    assert set(publication.states().values()) == {"accepted"}
    repeats = sum(len(ids) - 1 for ids in received.values())
    assert repeats <= KILLS * CONNECTIONS
    assert all(len(set(ids)) == 1 for ids in received.values())
