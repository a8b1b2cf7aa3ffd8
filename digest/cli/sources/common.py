"""What the commands for sources share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from digest.errors import NotFoundError

if TYPE_CHECKING:
    from digest.config import SourceConfig
    from digest.steps.gather import Look
    from digest.wiring import Service

NameArgument = Annotated[str, typer.Argument(help="The source's name in the settings.")]


def settings_of(service: Service, name: str) -> SourceConfig:
    """Return what the settings say of the source *name*, which others write.

    Raises:
        NotFoundError: if there is none of that name.
    """
    settings = service.config.sources.get(name)
    if settings is None or not settings.is_upstream:
        known = [key for key, item in service.config.sources.items() if item.is_upstream]
        raise NotFoundError("source that is asked for news", name, known)
    return settings


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
