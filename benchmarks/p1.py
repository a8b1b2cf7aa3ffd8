"""P1: an issue of 30 KB, personalised, from the frozen ledger to the relay and back; unsigned.

Into Postfix's smtp-sink beside smtp-source, both in C; into a fast sink for the processor time a
message costs; and what other senders make of the same mail.
"""

from __future__ import annotations

from benchmarks import peers
from benchmarks.report import Figure, Line, Skipped
from benchmarks.servers import fast_sink, postfix_program, smtp_sink
from benchmarks.workshop import Composed, Workshop, smtp_source

CONNECTIONS = 64
"""In the fast sink's run: what one relay may be given is 1 to 100."""


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    made = workshop.composed(workshop.messages)
    return [*_into_smtp_sink(workshop, made), *_into_fast_sink(workshop, made)]


def _into_smtp_sink(workshop: Workshop, made: Composed) -> list[Line]:
    source, sink = postfix_program("smtp-source"), postfix_program("smtp-sink")
    what = "into smtp-sink: digest / smtp-source, 16 sessions each"
    if source is None or sink is None:
        return [Skipped("P1", what, "smtp-source and smtp-sink (Debian: postfix) are not present")]
    theirs: list[float] = []
    ours: dict[int, list[float]] = {16: [], CONNECTIONS: []}
    with smtp_sink(sink) as port:
        for _ in range(workshop.rounds):
            theirs.append(smtp_source(source, port, made.readers, made.mail_bytes))
            for connections, rates in ours.items():
                done = workshop.send(made, port, connections=connections)
                if done.accepted != made.readers:
                    raise RuntimeError(f"{done.accepted} of {made.readers} were accepted")
                rates.append(done.rate)
    best = max(theirs)
    note = f"{max(ours[16]):,.0f}/s and {best:,.0f}/s"
    return [
        Figure("P1", what, max(ours[16]) / best, least=0.8, note=note),
        Figure(
            "P1",
            f"the same, digest with {CONNECTIONS} connections",
            max(ours[CONNECTIONS]) / best,
            note=f"{max(ours[CONNECTIONS]):,.0f}/s",
        ),
    ]


def _into_fast_sink(workshop: Workshop, made: Composed) -> list[Line]:
    a_core, rates = [], []
    others: dict[str, list[peers.PeerRun]] = {}
    skipped: list[Line] = []
    letter = peers.letter_of(made)
    for number in range(workshop.rounds):
        with fast_sink(workshop.fresh()) as sink:
            done = workshop.send(made, sink.port, connections=CONNECTIONS)
        workshop.check("digest", made, sink, made.readers)
        a_core.append(done.rate_a_core)
        rates.append(done.rate)
        for peer in peers.available():
            if isinstance(peer, peers.Missing):
                if not number:
                    skipped.append(Skipped("P1", f"digest / {peer.name}", peer.reason))
                continue
            others.setdefault(peer.name, []).append(peers.measure(workshop, peer, letter))
    lines: list[Line] = [
        Figure(
            "P1",
            "into a fast sink: messages a second of processor time",
            max(a_core),
            "msg/s",
            10_000,
        ),
        Figure("P1", "into a fast sink: messages a second", max(rates), "msg/s"),
    ]
    for name, runs in others.items():
        theirs = max(item.rate for item in runs)
        lines.append(
            Figure(
                "P1",
                f"digest / {name}",
                max(rates) / theirs,
                note=f"{theirs:,.0f}/s",
                least=peers.GOALS.get(name),
            )
        )
    return [*lines, *skipped]
