"""No test of faults may hang: each is broken off after a while, whatever it waits for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

SECONDS = 300
SLOW_SECONDS = 1200


@pytest.fixture(autouse=True)
def bounded(request: pytest.FixtureRequest) -> Iterator[None]:
    """Raise in the test when its time is over."""
    seconds = SLOW_SECONDS if request.node.get_closest_marker("slow") else SECONDS

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
