"""Other senders with the same mail: each fills in the reader's token and sends in its way.

Every peer is a program that takes ``LETTER PORT COUNT CONNECTIONS`` (the letter as JSON:
``subject``, ``html``, ``text``, and ``slot``, which stands where the token comes) and prints
``{"seconds": …}``. What it sent passes the same gate.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import gate
from benchmarks.peers import freeletter, letters, node
from benchmarks.peers.kind import Missing, Peer
from benchmarks.servers import delay_proxy, fast_sink
from benchmarks.workshop import Composed, Workshop

__all__ = ["AIOSMTPLIB", "GOALS", "Missing", "Peer", "PeerRun", "available", "letter_of", "measure"]

CONNECTIONS = 16

AIOSMTPLIB = Peer(
    "aiosmtplib, bytes ready", (sys.executable, "-m", "benchmarks.peers.aiosmtplib_peer"), 8_000
)

GOALS = {"django-freeletter": 30.0}
"""How many times as fast Digest is to be."""


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What a peer's run came to."""

    sent: int
    seconds: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.sent / self.seconds


def available() -> list[Peer | Missing]:
    """Return every peer, or why it is not here."""
    python = [sys.executable, "-m"]
    return [
        AIOSMTPLIB,
        Peer("smtplib, a message built each", (*python, "benchmarks.peers.smtplib_peer"), 2_000),
        *node.available(),
        freeletter.available(),
    ]


def letter_of(made: Composed) -> Path:
    """Write the issue as peers take it; return the file."""
    return letters.write(made)


def measure(
    workshop: Workshop,
    peer: Peer,
    letter: Path,
    *,
    connections: int = CONNECTIONS,
    round_trip_ms: float = 0.0,
) -> PeerRun:
    """Let *peer* send, through the gate.

    Raises:
        GateError: if what it sent was not right.
        RuntimeError: if it failed.
    """
    count = min(peer.messages, workshop.messages)
    with fast_sink(workshop.fresh()) as sink, ExitStack() as line:
        port = sink.port
        if round_trip_ms:
            port = line.enter_context(delay_proxy(port, round_trip_ms))
        command = [*peer.command, str(letter), str(port), str(count), str(connections)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
        if done.returncode:
            raise RuntimeError(f"{peer.name} failed: {done.stderr[-2000:]}")
    gate.check_received(peer.name, sink, count, has_header=peer.has_header)
    return PeerRun(count, float(json.loads(done.stdout.splitlines()[-1])["seconds"]))
