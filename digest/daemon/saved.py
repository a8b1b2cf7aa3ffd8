"""What is saved is taken up at once: folders are watched, and pushes looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path

import structlog

from digest import watching
from digest.store import feeds
from digest.store.engine import Store

AGAIN_SECONDS = 60.0
"""When it is tried again to watch a folder that could not be watched; it is swept meanwhile."""

log = structlog.get_logger("digest")


async def keep_watching(
    source: str,
    folder: Path,
    stopping: asyncio.Event,
    on_saved: Callable[[str, frozenset[str]], Awaitable[object]],
) -> None:
    """Tell *on_saved* of what is saved in the *folder* of *source*, until *stopping*.

    Never raises: a folder that cannot be watched is said once, and tried again.
    """
    said = ""
    while not stopping.is_set():
        try:
            async with aclosing(watching.changes(folder, stopping)) as changes:
                async for paths in changes:
                    said = ""
                    await on_saved(source, paths)
        except OSError as error:
            if str(error) != said:
                log.warning("folder not watched, but swept", source=source, reason=str(error))
            said = str(error)
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_SECONDS):
                await stopping.wait()


class Pushes:
    """Knows whether the store has articles that publishing has not looked at."""

    def __init__(self, store: Store) -> None:
        """Look into *store*."""
        self._store = store
        self._seen: frozenset[tuple[int, int]] = frozenset()

    def is_news(self) -> bool:
        """Return whether something has changed since :meth:`note`."""
        return bool(self._changes() - self._seen)

    def note(self) -> None:
        """Remember what is left after publishing: what waits for its time."""
        self._seen = self._changes()

    def _changes(self) -> frozenset[tuple[int, int]]:
        with self._store.read() as tx:
            return frozenset(feeds.changes(tx).items())
