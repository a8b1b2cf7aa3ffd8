"""The event loop that sends: uvloop where it installs, which takes less time for a message."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any, TypeVar

SWITCH_SECONDS = 0.0005
"""How long a thread keeps the interpreter while others wait for it; Python's own is ten times that.
"""

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run *main* to its end on a loop of its own, and return its result, as ``asyncio.run`` does.

    What the program has loaded by now stays: the garbage collector need not walk over it again and
    again while messages come and go by the thousand. And threads take turns more often: a commit or
    a signature is soon done, but has to wait for the interpreter several times on its way.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(main)
    finally:
        gc.unfreeze()
        sys.setswitchinterval(interval)


def loop_factory(module: str = "uvloop") -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes a loop: that of *module* if it is installed, else asyncio's own."""
    try:
        factory: Callable[[], asyncio.AbstractEventLoop] = import_module(module).new_event_loop
    except ImportError:  # There is no uvloop for Windows.
        return asyncio.new_event_loop
    return factory
