"""P5: the first time that a large folder is published, and the next time, when nothing changed."""

from __future__ import annotations

import time

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
        first, _ = _publish(service)
        newsroom.check_feeds(service, ARTICLES)
        _publish(service)  # Files were younger than the times can tell apart: they are read again.
        again, written = _publish(service)
    finally:
        service.close()
    what = f"{ARTICLES:,} Markdown articles of {SIZE_BYTES // 1000} KB"
    return [
        Figure("P5", f"first ingest and publish of {what}", first, "s", most=30),
        Figure("P5", "again with nothing changed", again, "s", most=1),
        Figure("P5", "again with nothing changed: files written", written, "files", most=0),
    ]


def _publish(service: Service) -> tuple[float, int]:
    """Ingest and publish; return the seconds it took, and how many files were written."""
    began = time.perf_counter()
    folder = service.source_folder("articles")
    now = service.clock.now()
    ingest(service.store, service.config, "articles", folder, now=now)
    result = publish(service.store, service.config, service.root, now=now)
    return time.perf_counter() - began, len(result.written)
