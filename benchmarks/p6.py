"""P6: what it costs to answer for a feed, beside the least that an ASGI app can do.

Processor time of the server is compared, not the rate: whoever asks is as slow as whoever answers.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from pathlib import Path

import brotli

from benchmarks import publication
from benchmarks.gate import GateError
from benchmarks.http_load import Load, ask
from benchmarks.report import Figure, Line
from benchmarks.servers import FeedServer, feed_server
from benchmarks.workshop import Workshop
from digest.clock import SystemClock
from digest.steps.publish import publish

_PATH = "/feeds/rss.xml"
_BURST = 1600
_BURSTS = 15
"""In each round, by turns: what else the machine does then hits both alike."""

_READER = {
    "user-agent": "FeedReader/1.0",
    "accept": "*/*",
    "accept-encoding": "gzip, deflate, br",
}


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    root = workshop.fresh()
    service = publication.make(root, readers=1)
    publish(service.store, service.config, service.root, now=SystemClock().now())
    service.close()
    config = publication.point(root, port=9, connections=1)
    document = (root / "feeds" / "rss.xml").read_bytes()
    bursts = workshop.rounds * _BURSTS
    whole = _compare(config, _READER, bursts)
    tag = _gate("br", whole, document)
    unchanged = _compare(config, {**_READER, "if-none-match": tag}, bursts)
    _gate("304", unchanged, document)
    return [_figure("br", whole), _figure("304", unchanged)]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A burst to each server, one after the other."""

    raw: float
    """Processor time for a request, in µs."""

    digest: float
    loads: tuple[Load, Load]


def _compare(config: Path, headers: dict[str, str], bursts: int) -> list[_Pair]:
    """Ask both servers for the feed, by turns."""
    with (
        feed_server("raw", config, _PATH, headers) as raw,
        feed_server("digest", config, _PATH, headers) as digest,
    ):
        for server in (raw, digest):
            ask(server.port, _PATH, headers, _BURST)  # To warm up.
        pairs = []
        for _ in range(bursts):
            theirs, their_load = _cost(raw, headers)
            ours, our_load = _cost(digest, headers)
            pairs.append(_Pair(theirs, ours, (their_load, our_load)))
        return pairs


def _cost(server: FeedServer, headers: dict[str, str]) -> tuple[float, Load]:
    before = server.processor_seconds()
    load = ask(server.port, _PATH, headers, _BURST)
    return (server.processor_seconds() - before) / _BURST * 1e6, load


def _figure(what: str, pairs: list[_Pair]) -> Figure:
    ours = statistics.median(pair.digest for pair in pairs)
    theirs = statistics.median(pair.raw for pair in pairs)
    rate = statistics.median(_BURST / pair.loads[1].seconds for pair in pairs)
    return Figure(
        "P6",
        f"{what} / a raw ASGI app",
        statistics.median(pair.raw / pair.digest for pair in pairs),
        least=0.9,
        note=f"{ours:.1f} and {theirs:.1f} µs of processor time; {rate:,.0f}/s",
    )


def _gate(what: str, pairs: list[_Pair], document: bytes) -> str:
    """Make sure that every answer was the same, and right. Return the entity tag.

    Raises:
        GateError: if not.
    """
    loads = [load for pair in pairs for load in pair.loads]
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
