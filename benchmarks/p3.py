"""P3: a million readers: freezing the issue, and memory while it is sent."""

from __future__ import annotations

from benchmarks.report import Figure, Line
from benchmarks.sending import Run
from benchmarks.servers import fast_sink
from benchmarks.workshop import Composed, Workshop

MANY = 1_000_000
FEW = 5_000
SENT = 15_000
CONNECTIONS = 64


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    many, few = workshop.composed(MANY), workshop.composed(FEW)
    large = _sent(workshop, many, SENT)
    small = _sent(workshop, few, FEW)
    most, most_few = _peak(large), _peak(small)
    early = _peak_between(large, 0, FEW)
    return [
        Figure("P3", f"freezing an issue to {MANY:,} readers", many.freeze_seconds, "s", most=5),
        Figure("P3", f"memory, first {SENT:,} of {MANY:,}", most, "MB", most=120),
        Figure("P3", f"memory: {MANY:,} readers / {FEW:,}", early / most_few, most=1.1),
        Figure("P3", f"memory: up to {SENT:,} sent / up to {FEW:,}", most / early, most=1.1),
    ]


def _sent(workshop: Workshop, made: Composed, count: int) -> Run:
    with fast_sink(workshop.fresh()) as sink:
        done = workshop.send(made, sink.port, connections=CONNECTIONS, stop_after=count)
    workshop.check(f"digest, {made.readers:,} readers", made, sink, done.accepted)
    return done


def _peak(run: Run) -> float:
    return max(size for _, size in run.resident_mb)


def _peak_between(run: Run, first: int, last: int) -> float:
    return max(size for sent, size in run.resident_mb if first <= sent <= last)
