"""What the commands for sources share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from digest.steps.gather import Look
    from digest.wiring import Service

NameArgument = Annotated[str, typer.Argument(help="The source's name in the settings.")]


def looked(service: Service, url: str, *, is_page: bool = False) -> Look:
    """Return what is at *url* now: a feed, or the page itself.

    Raises:
        FetchError: if there is no answer.
        FeedError: if there is no feed, with the address.
    """
    import asyncio

    from digest.steps.gather import look
    from digest.syndication.parse import FeedError

    async def run() -> Look:
        async with service.fetcher() as fetcher:
            return await look(fetcher, url, is_page=is_page)

    try:
        return asyncio.run(run())
    except FeedError as error:
        raise FeedError(f"{url} {error}") from None
