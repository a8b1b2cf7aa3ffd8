"""P5: the first time that a large folder is published, and the next time, when nothing changed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks import newsroom
from benchmarks.report import Figure, Line
from benchmarks.workshop import Workshop
from digest.steps.ingest import ingest
from digest.steps.publish import publish
from digest.wiring import Service

ARTICLES = 10_000
SIZE_BYTES = 5_000


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    root = workshop.fresh()
    service = newsroom.open_newsroom(root)
    try:
        newsroom.write_files(root, ARTICLES, SIZE_BYTES)
        first = _publish(service)
        newsroom.check_feeds(service, ARTICLES)
        _publish(service)  # Files were younger than the times can tell apart: they are read again.
        again = _publish(service)
    finally:
        service.close()
    what = f"{ARTICLES:,} Markdown articles of {SIZE_BYTES // 1000} KB"
    return [
        _figure(f"first ingest and publish of {what}", first, most=30),
        _figure("again with nothing changed", again, most=1),
        Figure("P5", "again with nothing changed: files written", again.written, "files", most=0),
    ]


@dataclass(frozen=True, slots=True)
class _Run:
    """One ingest and publish."""

    seconds: float
    processor_seconds: float
    """Unlike the time on the clock, nearly the same whatever else the machine does."""

    written: int
    """Files."""


def _figure(what: str, run: _Run, *, most: float) -> Figure:
    note = f"{run.processor_seconds:.1f} s of processor time"
    return Figure("P5", what, run.seconds, "s", most=most, note=note)


def _publish(service: Service) -> _Run:
    """Ingest and publish."""
    began, spent = time.perf_counter(), time.process_time()
    folder = service.source_folder("articles")
    now = service.clock.now()
    ingest(service.store, service.config, "articles", folder, now=now)
    result = publish(service.store, service.config, service.root, now=now)
    return _Run(time.perf_counter() - began, time.process_time() - spent, len(result.written))
