"""Working off what is due, a few at once."""

from __future__ import annotations

import asyncio

import pytest
from patience import PATIENCE_SECONDS

from digest.dispatch.crew import work_off


async def test_everything_is_done_and_no_more_at_once_than_hands() -> None:
    left, busy, most, done = list(range(20)), 0, 0, set[int]()

    def claim(limit: int) -> list[int]:
        return [left.pop() for _ in range(min(limit, len(left)))]

    async def work(item: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        done.add(item)

    assert await work_off(claim, work, 3) == 20
    assert (most, done) == (3, set(range(20)))


async def test_one_that_takes_long_keeps_only_one_hand() -> None:
    left, slow, done = ["slow", *"abcdef"], asyncio.Event(), list[str]()

    def claim(limit: int) -> list[str]:
        return [left.pop(0) for _ in range(min(limit, len(left)))]

    async def work(item: str) -> None:
        if item == "slow":
            await slow.wait()
        done.append(item)
        if item == "f":
            slow.set()

    async with asyncio.timeout(PATIENCE_SECONDS):
        await work_off(claim, work, 2)
    assert done == [*"abcdef", "slow"]


async def test_trouble_ends_the_work_and_cancels_what_is_on_its_way() -> None:
    left, cancelled = ["waits", "fails"], False

    def claim(limit: int) -> list[str]:
        return [left.pop(0) for _ in range(min(limit, len(left)))]

    async def work(item: str) -> None:
        nonlocal cancelled
        if item == "fails":
            raise OSError("the disk is full")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    with pytest.raises(OSError, match="full"):
        await work_off(claim, work, 2)
    assert cancelled
