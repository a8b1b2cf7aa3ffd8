"""Servers in a thread of their own, for tests and commands that hold on to the main one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from threading import Thread
from typing import TypeVar

from patience import PATIENCE_SECONDS

T = TypeVar("T")


@contextmanager
def aside(server: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Enter *server* in a loop in another thread meanwhile; give what entering it gave."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        entered = asyncio.run_coroutine_threadsafe(_enter(server), loop).result(PATIENCE_SECONDS)
        try:
            yield entered
        finally:
            asyncio.run_coroutine_threadsafe(_leave(server), loop).result(PATIENCE_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()


async def _enter(server: AbstractAsyncContextManager[T]) -> T:
    return await server.__aenter__()


async def _leave(server: AbstractAsyncContextManager[T]) -> None:
    await server.__aexit__(None, None, None)
