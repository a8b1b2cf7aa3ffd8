"""How we behave on other people's sites: what they ask of programs, and one thing at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.clock import Clock
from digest.errors import FetchError
from digest.syndication.fetch import Fetcher
from digest.syndication.robots import NOTHING, Rules, read_robots

PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 30.0
"""A site that wants a longer pause between two questions gets this one."""

_KEPT = timedelta(days=1)
"""How long what a site asks of us holds (RFC 9309, section 2.4)."""

_KEPT_WITHOUT = timedelta(hours=1)
"""The same when it cannot be had."""

_TOO_MANY = 429
_REFUSALS = range(400, 500)


@dataclass(slots=True)
class Manners:
    """What sites ask of us, remembered for a day, and when each may be asked again."""

    clock: Clock
    pause_seconds: float = PAUSE_SECONDS
    _rules: dict[str, tuple[Rules, datetime]] = field(default_factory=dict)
    """By scheme and host, and until when they hold."""

    _free_at: dict[str, float] = field(default_factory=dict)
    """By host, in seconds of the monotonic clock."""

    async def allow(self, fetcher: Fetcher, url: str) -> bool:
        """Tell whether the site of *url* lets programs fetch it.

        Raises:
            ForbiddenFetchError: if it must not be connected to.
        """
        return (await self._asked(fetcher, url)).allow(url)

    async def wait(self, url: str) -> None:
        """Wait until the host of *url* may be asked; whoever comes next waits longer."""
        host, now = urlsplit(url).hostname or "", self.clock.monotonic()
        rules, _ = self._rules.get(_site(url), (Rules(), None))
        pause = min(max(rules.delay_seconds, self.pause_seconds), MAX_PAUSE_SECONDS)
        at = max(now, self._free_at.get(host, now))
        self._free_at[host] = at + pause
        if at > now:
            await asyncio.sleep(at - now)

    async def _asked(self, fetcher: Fetcher, url: str) -> Rules:
        site, now = _site(url), self.clock.now()
        rules, until = self._rules.get(site, (NOTHING, now))
        if until > now:
            return rules
        rules = await _fetched(fetcher, f"{site}/robots.txt")
        kept = _KEPT_WITHOUT if rules is NOTHING else _KEPT
        self._rules = {key: value for key, value in self._rules.items() if value[1] > now}
        self._rules[site] = rules, now + kept
        return rules


async def _fetched(fetcher: Fetcher, url: str) -> Rules:
    try:
        answer = await fetcher.get(url)
    except FetchError:
        return NOTHING
    if answer.is_success:
        return read_robots(answer.body)
    # One that has none asks nothing; one that is in trouble is left alone.
    is_none = answer.status in _REFUSALS and answer.status != _TOO_MANY
    return Rules() if is_none else NOTHING


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
