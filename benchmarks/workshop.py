"""Where benchmarks work: composed publications in a temporary folder, and runs that are checked."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import gate, publication
from benchmarks.sending import Run, deliver
from benchmarks.servers import Sink, environment_of
from digest.mail.dkim_keys import dns_record

SMTP_SOURCE_SESSIONS = 16
SAME_BYTES = 1.1
"""A comparison holds when the mails differ in size by less than this factor."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A publication with an issue that is frozen and not sent."""

    root: Path
    issue_id: int
    readers: int
    freeze_seconds: float
    is_signed: bool
    mail_bytes: int
    """Of one mail before it is signed."""


class Workshop:
    """Makes publications, each once, and sends copies of them."""

    def __init__(self, folder: Path, *, messages: int, rounds: int) -> None:
        """Work in *folder*.

        Args:
            folder: Is on a real disk: commits are to cost what they do.
            messages: How many mails a fast sender is to send.
            rounds: How often each is repeated, in turn with the others: the best counts.
        """
        self.folder = folder
        self.messages = messages
        self.rounds = rounds
        self._made: dict[tuple[int, bool], Composed] = {}
        self._runs = 0

    def composed(self, readers: int, *, is_signed: bool = False) -> Composed:
        """Return a publication with an issue to so many *readers*."""
        key = readers, is_signed
        if key not in self._made:
            root = self.folder / f"made-{readers}-{is_signed}"
            service = publication.make(root, readers=readers, is_signed=is_signed)
            issue_id, seconds = publication.compose(service)
            size = publication.mail_bytes(service, issue_id)
            service.close()
            self._made[key] = Composed(root, issue_id, readers, seconds, is_signed, size)
        return self._made[key]

    def send(
        self,
        made: Composed,
        port: int,
        *,
        connections: int,
        stop_after: int = 0,
        cores: int = 0,
    ) -> Run:
        """Send a copy of the issue to the relay at *port*, as :func:`sending.deliver` does."""
        root = self.fresh()
        shutil.copytree(made.root, root)
        try:
            config = publication.point(
                root, port=port, connections=connections, is_signed=made.is_signed
            )
            return deliver(config, made.issue_id, stop_after=stop_after, cores=cores)
        finally:
            shutil.rmtree(root)

    def check(self, name: str, made: Composed, sink: Sink, expected: int) -> None:
        """Pass what *sink* got through the gate."""
        gate.check_received(name, sink, expected)
        if made.is_signed and sink.samples is not None:
            key = (made.root / publication.KEY_FILE).read_bytes()
            record = dns_record(key)
            gate.check_signatures(name, sink.samples, publication.record_value(record))

    def fresh(self) -> Path:
        """Return a path in the folder that nothing is at."""
        self._runs += 1
        return self.folder / f"run-{self._runs}"


def smtp_source(program: str, port: int, count: int, size: int) -> float:
    """Send with Postfix's smtp-source; return messages a second. Its mails are all the same."""
    command = ["-s", str(SMTP_SOURCE_SESSIONS), "-m", str(count), "-l", str(size)]
    command += ["-f", "us@gazette.example", "-t", "reader@inbox.example", f"inet:127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run([program, *command], check=True, env=environment_of(program))  # noqa: S603 - our own words
    return count / (time.perf_counter() - began)
