"""Waiting for what happens elsewhere: as short as it takes, and on a busy machine long enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE_SECONDS = 60
"""When a test that waits gives up. It measures nothing: what is awaited comes at once or never."""


async def until(is_so: Callable[[], object]) -> None:
    """Return once *is_so*; fail if that never comes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - for what has no event
            await asyncio.sleep(0.01)
