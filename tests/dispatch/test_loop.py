"""The loop that sends is the fastest there is, and leaves nothing changed behind."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest
import uvloop

from digest.dispatch import loop


async def kind_of_loop() -> type[asyncio.AbstractEventLoop]:
    return type(asyncio.get_running_loop())


def test_messages_are_sent_on_uvloop_where_it_is() -> None:
    assert loop.run(kind_of_loop()) is uvloop.Loop


def test_without_it_the_standard_loop_serves() -> None:
    made = loop.loop_factory("no_such_module")()
    made.close()
    assert not isinstance(made, uvloop.Loop)


def test_what_was_loaded_is_set_aside_only_meanwhile() -> None:
    """Garbage of before and after is collected as ever, also after a failure."""
    interval = sys.getswitchinterval()

    async def fail() -> None:
        assert gc.get_freeze_count() > 0
        assert sys.getswitchinterval() < interval
        raise ValueError("as expected")

    with pytest.raises(ValueError, match="as expected"):
        loop.run(fail())
    assert gc.get_freeze_count() == 0
    assert sys.getswitchinterval() == interval
