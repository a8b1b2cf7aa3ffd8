"""P4: an article is saved; how soon it stands in the feeds, however many there are already."""

from __future__ import annotations

import time

from benchmarks import newsroom
from benchmarks.gate import GateError
from benchmarks.report import Figure, Line
from benchmarks.workshop import Workshop
from digest.steps.ingest import ingest
from digest.steps.publish import publish
from digest.syndication.write import Cache
from digest.wiring import Service

FEW, MANY, VERY_MANY = 100, 10_000, 100_000
_SAVED = 7


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    seconds = {count: _seconds(workshop, count) for count in (FEW, MANY, VERY_MANY)}
    ratio = seconds[VERY_MANY] / seconds[FEW]
    return [
        Figure("P4", f"saved to live, archive of {FEW}", seconds[FEW], "s"),
        Figure("P4", f"saved to live, archive of {MANY:,}", seconds[MANY], "s", most=1),
        Figure("P4", f"saved to live: archive of {VERY_MANY:,} / of {FEW}", ratio, most=2),
    ]


def _seconds(workshop: Workshop, count: int) -> float:
    service = newsroom.open_newsroom(workshop.fresh())
    try:
        newsroom.add_rows(service, count)
        cache = Cache()
        publish(service.store, service.config, service.root, now=service.clock.now(), cache=cache)
        found = [_save(service, cache, number) for number in range(_SAVED)]
        newsroom.check_feeds(service, count + _SAVED)
        return sorted(found)[len(found) // 2]
    finally:
        service.close()


def _save(service: Service, cache: Cache, number: int) -> float:
    """Save an article as a folder that is watched tells of it; return the seconds until it is out.

    Raises:
        GateError: if it is not.
    """
    name, title = f"new-{number}.md", f"Saved just now {number}"
    folder = service.source_folder("articles")
    began = time.perf_counter()
    (folder / name).write_text(f"# {title}\n\nA new story.\n", encoding="utf-8")
    now = service.clock.now()
    ingest(service.store, service.config, "articles", folder, now=now, paths=[name])
    publish(service.store, service.config, service.root, now=now, cache=cache)
    seconds = time.perf_counter() - began
    feed = service.root / service.config.publish.folder / "rss.xml"
    if title not in feed.read_text(encoding="utf-8"):
        raise GateError(f"{title!r} is not in the feed")
    return seconds
