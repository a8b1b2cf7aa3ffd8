"""P6: what it costs to answer for a feed, beside the least that an ASGI app can do.

Processor time of the server is compared, not the rate: whoever asks is as slow as whoever answers.
"""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import brotli

from benchmarks import publication
from benchmarks.gate import GateError
from benchmarks.http_load import Load, ask
from benchmarks.report import Figure, Line
from benchmarks.servers import feed_server
from benchmarks.workshop import Workshop
from digest.clock import SystemClock
from digest.steps.publish import publish

_PATH = "/feeds/rss.xml"
_REQUESTS = 16_000
_WARM_UP = 800
_READER = {"user-agent": "FeedReader/1.0", "accept": "*/*"}


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    root = workshop.fresh()
    service = publication.make(root, readers=1)
    publish(service.store, service.config, service.root, now=SystemClock().now())
    service.close()
    config = publication.point(root, port=9, connections=1)
    document = (root / "feeds" / "rss.xml").read_bytes()
    lines: list[Line] = []
    tag = ""
    for what, headers in (
        ("br", {**_READER, "accept-encoding": "gzip, deflate, br"}),
        ("304", {**_READER, "accept-encoding": "gzip, deflate, br", "if-none-match": "?"}),
    ):
        if what == "304":
            headers["if-none-match"] = tag
        ours, theirs = [], []
        for _ in range(workshop.rounds):
            theirs.append(_cost("raw", config, headers))
            ours.append(_cost("digest", config, headers))
        ours_us, theirs_us = (min(cost for cost, _ in each) for each in (ours, theirs))
        tag = _gate(what, [load for _, load in (*ours, *theirs)], document)
        rate = statistics.median(_REQUESTS / load.seconds for _, load in ours)
        note = f"{ours_us:.0f} and {theirs_us:.0f} µs of processor time; {rate:,.0f}/s"
        lines.append(
            Figure("P6", f"{what} / a raw ASGI app", theirs_us / ours_us, least=0.9, note=note)
        )
    return lines


def _cost(kind: str, config: Path, headers: dict[str, str]) -> tuple[float, Load]:
    """Return the server's processor time for a request in µs, and how asking went."""
    with feed_server(kind, config, _PATH, headers) as server:
        ask(server.port, _PATH, headers, _WARM_UP)
        before = server.processor_seconds()
        load = ask(server.port, _PATH, headers, _REQUESTS)
        used = server.processor_seconds() - before
    return used / _REQUESTS * 1e6, load


def _gate(what: str, loads: list[Load], document: bytes) -> str:
    """Make sure that every answer was the same, and right. Return the entity tag.

    Raises:
        GateError: if not.
    """
    heads = frozenset(head for load in loads for head in load.heads)
    bodies = frozenset(body for load in loads for body in load.bodies)
    if len(heads) != 1 or len(bodies) != 1:
        raise GateError(f"P6 {what}: answers differ: {heads}")
    head, body = next(iter(heads)), next(iter(bodies))
    wanted = b"HTTP/1.1 304" if what == "304" else b"HTTP/1.1 200"
    is_right = body == b"" if what == "304" else brotli.decompress(body) == document
    found = re.search(rb'etag: ("[^"]+")', head)
    if not head.startswith(wanted) or not is_right or not found:
        raise GateError(f"P6 {what}: not the right answer: {head!r}")
    return found.group(1).decode()
