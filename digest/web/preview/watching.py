"""Watching: what changes on disk is taken up, and browsers are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import awatch

from digest.web.preview.desk import PreviewDesk

_SETTLE_MILLISECONDS = 150
"""Editors write a file in several steps; what comes so close together is one change."""


async def watch(desk: PreviewDesk, config_path: Path, stopped: asyncio.Event) -> None:
    """Take up every change until *stopped* is set. *config_path* is absolute."""
    while not stopped.is_set():
        folders = desk.folders()
        async for paths in _changes(folders, config_path, stopped):
            with_settings = config_path in paths
            await asyncio.to_thread(desk.take_up, with_settings=with_settings)
            desk.tell()
            if with_settings and desk.folders() != folders:
                break  # The settings name other folders now.


async def _changes(
    folders: tuple[Path, ...], config_path: Path, stopped: asyncio.Event
) -> AsyncIterator[set[Path]]:
    """Yield the paths that changed together: below *folders*, and the settings themselves.

    The settings' folder is watched, not their file: many editors replace a file by another.
    """
    queue: asyncio.Queue[set[Path] | None] = asyncio.Queue()

    async def of_folders() -> None:
        async for changes in awatch(
            *folders, stop_event=stopped, debounce=_SETTLE_MILLISECONDS, step=50
        ):
            await queue.put({Path(path) for _, path in changes})
        await queue.put(None)

    async def of_settings() -> None:
        async for changes in awatch(
            config_path.parent,
            recursive=False,
            stop_event=stopped,
            debounce=_SETTLE_MILLISECONDS,
            step=50,
        ):
            if any(Path(path).name == config_path.name for _, path in changes):
                await queue.put({config_path})
        await queue.put(None)

    watching = [asyncio.create_task(of_settings())]
    if folders:
        watching.append(asyncio.create_task(of_folders()))
    try:
        while (paths := await queue.get()) is not None:
            yield paths
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
