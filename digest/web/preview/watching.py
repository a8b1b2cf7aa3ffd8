"""Watching: what changes on disk is taken up, and browsers are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from watchfiles import awatch

from digest.web.preview.desk import PreviewDesk
from digest.wiring import TEMPLATES_FOLDER

_SETTLE_MILLISECONDS = 150
"""Editors write a file in several steps; what comes so close together is one change."""


async def watch(desk: PreviewDesk, config_path: Path, stopped: asyncio.Event) -> None:
    """Take up every change until *stopped* is set. *config_path* is absolute."""
    while not stopped.is_set():
        folders = desk.folders()
        async with aclosing(_changes(folders, config_path, stopped)) as changes:
            async for paths in changes:
                with_settings = config_path in paths
                await asyncio.to_thread(desk.take_up, with_settings=with_settings)
                desk.tell()
                if desk.folders() != folders:
                    break  # The settings name other folders now, or one of them is there now.


async def _changes(
    folders: tuple[Path, ...], config_path: Path, stopped: asyncio.Event
) -> AsyncGenerator[set[Path], None]:
    """Yield the paths that changed together: below *folders*, and the settings themselves.

    The settings' folder is watched, not their file: many editors replace a file by another, and a
    folder of templates may not be there yet.
    """
    queue: asyncio.Queue[set[Path] | None] = asyncio.Queue()
    # Watchers that are cancelled set the event that they were given, which must not be *stopped*.
    over = asyncio.Event()

    async def until_stopped() -> None:
        await stopped.wait()
        over.set()

    watching = [
        asyncio.create_task(until_stopped()),
        asyncio.create_task(_tell_of_root(config_path, queue, over)),
    ]
    if folders:
        watching.append(asyncio.create_task(_tell_of_folders(folders, queue, over)))
    try:
        while (paths := await queue.get()) is not None:
            yield paths
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _tell_of_folders(
    folders: tuple[Path, ...], queue: asyncio.Queue[set[Path] | None], over: asyncio.Event
) -> None:
    async for changes in awatch(*folders, stop_event=over, debounce=_SETTLE_MILLISECONDS, step=50):
        await queue.put({Path(path) for _, path in changes})
    await queue.put(None)


async def _tell_of_root(
    config_path: Path, queue: asyncio.Queue[set[Path] | None], over: asyncio.Event
) -> None:
    root = config_path.parent
    wanted = {config_path, root / TEMPLATES_FOLDER}
    async for changes in awatch(
        root, recursive=False, stop_event=over, debounce=_SETTLE_MILLISECONDS, step=50
    ):
        if found := {Path(path) for _, path in changes} & wanted:
            await queue.put(found)
    await queue.put(None)
