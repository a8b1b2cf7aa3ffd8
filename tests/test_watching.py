"""Folders that are watched tell of what is saved in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from patience import PATIENCE_SECONDS

from digest import watching


@asynccontextmanager
async def told(folder: Path) -> AsyncGenerator[tuple[asyncio.Queue[frozenset[str]], asyncio.Event]]:
    """Watch *folder*; give what it tells and what ends it."""
    queue: asyncio.Queue[frozenset[str]] = asyncio.Queue()
    stopped = asyncio.Event()

    async def listen() -> None:
        async with aclosing(watching.changes(folder, stopped)) as changes:
            async for paths in changes:
                await queue.put(paths)

    task = asyncio.create_task(listen())
    try:
        await ready(folder, queue)
        yield queue, stopped
    finally:
        stopped.set()
        await task


async def ready(folder: Path, queue: asyncio.Queue[frozenset[str]]) -> None:
    """Return once the folder is watched: what is saved before is not told."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        number = 0
        while queue.empty():
            (folder / f"ready-{number}.md").write_text("x")
            number += 1
            await asyncio.sleep(0.05)
    while not queue.empty() or number:
        try:
            async with asyncio.timeout(0.6):
                await queue.get()
        except TimeoutError:
            return


async def heard(queue: asyncio.Queue[frozenset[str]]) -> frozenset[str]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await queue.get()


async def test_what_is_saved_is_told_once_by_its_path_from_the_folder(tmp_path: Path) -> None:
    """Also through a symbolic link to the folder, and from folders within it."""
    folder = tmp_path / "articles"
    (folder / "sub").mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(folder)
    async with told(link) as (queue, _):
        (folder / "sub" / "news.md").write_text("half")
        (folder / "sub" / "news.md").write_text("whole")
        (folder / ".news.md.swp").write_text("x")
        (folder / "news.md~").write_text("x")
        (folder / "_drafts.md").write_text("x")
        (folder / "ready-0.md").unlink()
        assert await heard(queue) == {"sub/news.md"}
        assert queue.empty()


async def test_what_replaces_a_file_is_told_as_the_file(tmp_path: Path) -> None:
    """As most editors save: written beside it, and then put in its place."""
    async with told(tmp_path) as (queue, _):
        beside = tmp_path / ".tmp-1"
        beside.write_text("new")
        beside.replace(tmp_path / "news.md")
        assert "news.md" in await heard(queue)


async def test_a_folder_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere cannot be watched"):
        await anext(watching.changes(tmp_path / "nowhere", asyncio.Event()))


async def test_watching_ends_when_it_is_told_to(tmp_path: Path) -> None:
    stopped = asyncio.Event()
    stopped.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert [paths async for paths in watching.changes(tmp_path, stopped)] == []
