"""P9: a relay that is 20 ms away, over 64 connections.

One round trip a message is the least there can be while no body may go before the last result is
kept; so connections divided by the round trip is the limit.
"""

from __future__ import annotations

from benchmarks import peers
from benchmarks.report import Figure, Line
from benchmarks.servers import delay_proxy, fast_sink
from benchmarks.workshop import Composed, Workshop

CONNECTIONS = 64
ROUND_TRIP_MS = 20.0


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    made = workshop.composed(workshop.messages)
    limit = CONNECTIONS / ROUND_TRIP_MS * 1000
    ours: list[float] = []
    theirs: list[float] = []
    letter = peers.letter_of(made)
    for _ in range(workshop.rounds):
        ours.append(_ours(workshop, made))
        done = peers.measure(
            workshop, peers.AIOSMTPLIB, letter, connections=CONNECTIONS, round_trip_ms=ROUND_TRIP_MS
        )
        theirs.append(done.rate)
    best, other = max(ours), max(theirs)
    return [
        Figure(
            "P9",
            "digest / (64 connections / 20 ms)",
            best / limit,
            least=0.75,
            note=f"{best:,.0f}/s and {limit:,.0f}/s",
        ),
        Figure("P9", "digest / aiosmtplib", best / other, least=4, note=f"{other:,.0f}/s"),
    ]


def _ours(workshop: Workshop, made: Composed) -> float:
    with (
        fast_sink(workshop.fresh()) as sink,
        delay_proxy(sink.port, ROUND_TRIP_MS) as port,
    ):
        done = workshop.send(made, port, connections=CONNECTIONS)
    workshop.check("digest, far away", made, sink, made.readers)
    return done.rate
