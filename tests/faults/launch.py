"""The ``digest`` command with a clock that the test sets, and, if asked, broken on purpose.

    FAULTS_CLOCK=file FAULTS_VARIANT="cursor first" python launch.py run --config …

The file holds by how many seconds our clock is ahead of the machine's, and by how many the
monotonic one; they may change at any time. Everything else is the command as it is.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

# The package beside these tests, wherever another one may be installed.
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from faults import variants  # noqa: E402 - only now it can be found

from digest.cli import main  # noqa: E402 - see above
from digest.clock import SystemClock  # noqa: E402 - see above


def patch(where: object, name: str, value: object) -> None:
    """Put *value* in place of what is called *name*."""
    setattr(where, name, value)


def set_clock(path: Path) -> None:
    """Move the clock by what stands in the file at *path*."""

    def now(_self: SystemClock) -> datetime:
        ahead, _ = path.read_text().split()
        return datetime.now(UTC) + timedelta(seconds=float(ahead))  # noqa: TID251 - the clock itself

    def monotonic(_self: SystemClock) -> float:
        _, ahead = path.read_text().split()
        return perf_counter() + float(ahead)

    patch(SystemClock, "now", now)
    patch(SystemClock, "monotonic", monotonic)


def use_one_thread() -> None:
    """Do in the loop's own thread what is left to others: then the order of calls is one line.

    Injecting a fault into the n-th call counts each thread by itself.
    """

    async def inline(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as asyncio.to_thread
        await asyncio.sleep(0)
        return work(*args, **kwargs)

    patch(asyncio, "to_thread", inline)


if __name__ == "__main__":
    if path := os.environ.get("FAULTS_CLOCK"):
        set_clock(Path(path))
    if os.environ.get("FAULTS_ONE_THREAD"):
        use_one_thread()
    if name := os.environ.get("FAULTS_VARIANT"):
        variants.VARIANTS[name]()
    main()
