"""Looking: links are asked for, several at a time, within a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from digest.errors import FetchError, ForbiddenFetchError
from digest.preflight import Answered, Link
from digest.syndication.fetch import Fetched, Fetcher, Limits

AT_ONCE = 8
"""How many links are asked for at the same time."""

_LIMITS = Limits(body_bytes=5_000_000, seconds=15.0)
"""Of each link: what it leads to must be there, not be read."""


async def look_at(
    fetcher: Callable[[Limits], Fetcher], links: Sequence[Link], seconds: float
) -> tuple[Answered, ...]:
    """Return what came of each of *links*, in their order, after *seconds* at most.

    What was not reached by then, and what must not be connected to, counts as not tried.
    """
    found: dict[str, Answered] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    try:
        async with asyncio.timeout(seconds), fetcher(_LIMITS) as client:

            async def ask(link: Link) -> None:
                async with turns:
                    found[link.url] = await _asked(client, link.url)

            async with asyncio.TaskGroup() as group:
                for link in links:
                    group.create_task(ask(link))
    except TimeoutError:
        pass
    late = f"there was no time for it in {seconds:g} s"
    return tuple(
        found.get(link.url) or Answered(link.url, None, late, was_tried=False) for link in links
    )


async def _asked(client: Fetcher, url: str) -> Answered:
    try:
        # Most servers tell by the headers alone; those that do not are asked for the whole.
        answer = await client.head(url)
        if not answer.is_success:
            answer = await client.get(url)
    except ForbiddenFetchError as error:
        return Answered(url, None, error.reason, was_tried=False)
    except FetchError as error:
        return Answered(url, None, error.reason)
    return _answered(url, answer)


def _answered(url: str, answer: Fetched) -> Answered:
    return Answered(url, answer.status, redirects=answer.redirects, final_url=answer.url)
