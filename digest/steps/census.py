"""Count who reads the feeds, and show it, without knowing who anybody is."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from digest.store import polls
from digest.store.engine import Store
from digest.store.polls import DayCount, Poller, Seen
from digest.syndication.census import OTHER, fetcher_of
from digest.tokens import mac

MAX_PROGRAMS = 500
"""How many programs are told apart at once: their names are anybody's invention."""

_ARCHIVE = "archive/"
"""In the path of each archive document."""

_KEY_BYTES = 32
_MARK_DIGITS = 24
_V6_BITS = 64
"""Of an address of IPv6, the rest of which a reader's machine changes by itself."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A request for a document that was answered."""

    document: str
    """Its path below the published folder."""

    address: str
    """Of who asked; it is used for the mark of the day, and forgotten."""

    agent: str
    """The User-Agent."""


@dataclass(frozen=True, slots=True)
class ProgramCount:
    """One program at one document over some days."""

    document: str
    program: str
    readers: int
    """On the day with the most."""

    polls: int
    """On all days together."""


@dataclass(frozen=True, slots=True)
class CensusResult:
    """Who reads the feeds."""

    days: int
    readers: int
    """The sum over all programs and documents: who reads two feeds counts twice."""

    programs: tuple[ProgramCount, ...]
    """The most read first."""


def record(store: Store, found: Mapping[Poll, int], *, keep_days: int, now: datetime) -> None:
    """Count polls: each with how often it came.

    Args:
        store: Where it is counted.
        found: What came.
        keep_days: What is older than so many days is forgotten.
        now: Whose day in UTC it counts for.
    """
    today = f"{now:%Y-%m-%d}"
    with store.write() as tx:
        polls.end_days(tx, today)
        polls.forget(tx, f"{now - timedelta(days=keep_days):%Y-%m-%d}")
        key = polls.key_of(tx, today, secrets.token_hex(_KEY_BYTES))
        polls.add(tx, today, _told_apart(found, bytes.fromhex(key)))


def census(store: Store, *, days: int, now: datetime) -> CensusResult:
    """Return who has read the feeds on the last *days* days, today included."""
    since = f"{now - timedelta(days=days - 1):%Y-%m-%d}"
    with store.read() as tx:
        programs = _by_program(polls.counted(tx, since))
    return CensusResult(days, sum(item.readers for item in programs), tuple(programs))


def _by_program(found: Iterable[DayCount]) -> list[ProgramCount]:
    most: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for item in found:
        if _ARCHIVE in item.document:
            continue  # whoever walks back through it is counted at the feed already
        where = item.document, item.program
        most[where] = max(most[where], item.readers)
        total[where] += item.polls
    counts = [ProgramCount(*where, most[where], total[where]) for where in most]
    return sorted(counts, key=lambda item: (-item.readers, item.document, item.program))


def _told_apart(found: Mapping[Poll, int], key: bytes) -> dict[Poller, Seen]:
    """Return who came, by marks that nobody can turn back once *key* is gone."""
    seen: dict[Poller, Seen] = {}
    programs: set[str] = set()
    for poll, times in found.items():
        fetcher = fetcher_of(poll.agent)
        program = fetcher.program
        if program not in programs and len(programs) >= MAX_PROGRAMS:
            program = OTHER
        programs.add(program)
        # An aggregator asks from many addresses, and from all of them for the same readers.
        is_one = fetcher.subscribers is None
        who = f"{_network(poll.address)} {poll.agent}" if is_one else f"feed {fetcher.feed_id}"
        mark = mac(key, f"{program} {who}".encode("utf-8", "replace")).hex()[:_MARK_DIGITS]
        poller = Poller(poll.document, program, mark)
        before = seen.get(poller, Seen(0, 0))
        readers = 1 if fetcher.subscribers is None else fetcher.subscribers
        seen[poller] = Seen(max(before.readers, readers), before.polls + times)
    return seen


def _network(address: str) -> str:
    """Return what of *address* stays the same for one reader through a day."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    return address if parsed.version == 4 else str(ip_network((parsed, _V6_BITS), strict=False))  # noqa: PLR2004 - IPv4
