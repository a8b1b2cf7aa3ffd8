"""Watching folders: what is saved is told of within a moment, by the system itself.

Where it cannot be watched (too many watches already, a file system of another host), nothing is
lost: whoever looks at the whole folder now and then finds it all, only later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path, PurePath

from watchfiles import Change, awatch

SETTLE_MILLISECONDS = 100
"""Editors write a file in several steps; changes that are no further apart are one."""

AT_MOST_MILLISECONDS = 400
"""For so long at most changes that follow each other are gathered before they are told."""


async def changes(folder: Path, stopped: asyncio.Event) -> AsyncGenerator[frozenset[str], None]:
    """Yield the paths, relative to *folder*, of what changed together in it, until *stopped*.

    Hidden files (``.`` or ``_`` at the start of a name on the way) and what editors keep beside a
    file (``~`` at its end) are passed over. So is what is removed: editors that remove a file and
    write it anew would have its article withdrawn in between.

    Raises:
        OSError: if it cannot be watched, or is gone.
    """
    place = await asyncio.to_thread(folder.resolve)

    def matters(change: Change, path: str) -> bool:
        return change is not Change.deleted and _relative(place, path) is not None

    # Watchers that are cancelled set the event that they were given, which must not be *stopped*.
    over = asyncio.Event()

    async def until_stopped() -> None:
        await stopped.wait()
        over.set()

    ending = asyncio.create_task(until_stopped())
    watching = awatch(
        place,
        watch_filter=matters,
        debounce=AT_MOST_MILLISECONDS,
        step=SETTLE_MILLISECONDS,
        stop_event=over,
    )
    try:
        async with aclosing(watching) as found:
            async for changed in found:
                names = (_relative(place, path) for _, path in changed)
                yield frozenset(name for name in names if name is not None)
    except (OSError, RuntimeError) as error:
        # No such folder, or a limit of the system is reached.
        raise OSError(f"the folder {folder} cannot be watched: {error}") from error
    finally:
        ending.cancel()


def _relative(folder: Path, path: str) -> str | None:
    """Return *path* as from *folder*; ``None`` for what is passed over."""
    place = PurePath(path)
    if not place.is_relative_to(folder):
        return None
    parts = place.relative_to(folder).parts
    if not parts or parts[-1].endswith("~") or any(part.startswith((".", "_")) for part in parts):
        return None
    return "/".join(parts)
