"""Several issues on their way at once: each at its own pace, and others join them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

LOOK_SECONDS = 0.5
"""How soon others are found. Resuming an issue takes effect within a second."""

Item = TypeVar("Item")
Result = TypeVar("Result")


async def run_joining(
    first: Iterable[Item],
    run: Callable[[Item], Coroutine[Any, Any, Result]],
    find_more: Callable[[], Iterable[Item]],
) -> list[Result]:
    """Run each of *first*, and what *find_more* finds for as long as any of them still runs.

    One that fails leaves the others to end by themselves, and none joins them any more.

    Args:
        first: What to begin with.
        run: Runs one.
        find_more: Returns what is to be run besides; asked twice a second, and whenever one ends.

    Returns:
        What *run* returned, in the order in which they ended.

    Raises:
        BaseException: the first that *run* or *find_more* raised, once all have ended.
    """
    running = {asyncio.create_task(run(item)) for item in first}
    results: list[Result] = []
    failed: list[BaseException] = []
    try:
        while running:
            ended, running = await asyncio.wait(
                running, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            for task in ended:
                if error := task.exception():
                    failed.append(error)
                else:
                    results.append(task.result())
            if running and not failed:
                try:
                    running |= {asyncio.create_task(run(item)) for item in find_more()}
                except Exception as error:  # noqa: BLE001 - raised below, once the others have ended
                    failed.append(error)
    finally:
        # Not empty only when we are cancelled ourselves.
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    if failed:
        raise failed[0]
    return results
