"""Who reads feeds, as their programs say it themselves. Pure.

Aggregators fetch once for all who subscribe there, and most say for how many. Readers' own programs
fetch for one. There is no standard for any of it: the patterns are those that are in use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OTHER = "other"
"""The program of those that say nothing of themselves."""

MAX_AGENT_BYTES = 300
"""Of a User-Agent that is looked at."""

MAX_PROGRAM = 40
_MAX_SUBSCRIBERS = 100_000_000

_COUNTED = re.compile(
    r"\b(\d{1,9})[ _]+(?:subscribers?|readers?|users?)\b"
    r"|\b(?:subscribers|readers|users)[ _:=]+(\d{1,9})\b",
    re.IGNORECASE | re.ASCII,
)
_FEED_ID = re.compile(r"\bfeed-?id[:=]\s*([A-Za-z0-9]{1,32})", re.IGNORECASE | re.ASCII)
_COMPATIBLE = re.compile(r"\(compatible;\s*([A-Za-z][A-Za-z0-9 ._-]*)", re.ASCII)
_PRODUCT = re.compile(r"([A-Za-z][A-Za-z0-9 ._-]*)", re.ASCII)
_BROWSER = "Mozilla"
_END = re.compile(
    r"\.(?:com|org|net|io|app)\b.*|\s+(?:feed-?id|-)\b.*|[ /_-]?v?\d.*", re.IGNORECASE
)
_NAMES = {
    "bazqux": "BazQux",
    "feedbin": "Feedbin",
    "feedly": "Feedly",
    "inoreader": "Inoreader",
    "newsblur": "NewsBlur",
    "newsblur feed fetcher": "NewsBlur",
    "newsblur page fetcher": "NewsBlur",
    "theoldreader": "The Old Reader",
}
"""What programs call themselves in small letters, and how people write it."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """What a User-Agent tells."""

    program: str
    """Its name without the version; :data:`OTHER` when it has none."""

    subscribers: int | None = None
    """For how many it fetches; ``None``: it does not say, so for one."""

    feed_id: str = ""
    """Which of the aggregator's feeds it fetches: one that is known there by several addresses is
    several, each with its own subscribers."""


def fetcher_of(agent: str) -> Fetcher:
    """Return what the User-Agent *agent* tells; any text will do."""
    agent = agent[:MAX_AGENT_BYTES]
    counted = _COUNTED.search(agent)
    number = int(counted[1] or counted[2]) if counted else None
    feed_id = _FEED_ID.search(agent)
    return Fetcher(
        program=_program_of(agent),
        subscribers=None if number is None else min(number, _MAX_SUBSCRIBERS),
        feed_id=feed_id[1] if feed_id else "",
    )


def _program_of(agent: str) -> str:
    found = _PRODUCT.match(agent.strip())
    name = found[1] if found else ""
    if name.startswith(_BROWSER):
        inside = _COMPATIBLE.search(agent)
        name = inside[1] if inside else "a browser"
    name = _END.sub("", name).strip(" ._-")[:MAX_PROGRAM].strip()
    return _NAMES.get(name.lower(), name) or OTHER
