"""Signed messages come back to who asked for them, however they were signed together."""

from __future__ import annotations

import asyncio
import threading

import pytest

from digest.errors import MessageError
from digest.mail.envelope import body_of
from digest.steps.deliver.signing import MOST_AT_ONCE, Signing
from digest.steps.deliver.writer import Written
from digest.store.deliveries import Claim


def claim(number: int) -> Claim:
    return Claim(number, 1, number, number, f"reader{number}@inbox.example", 0, 1)


class Pen:
    """Writes what it is told, when it is let; knows in which threads."""

    def __init__(self) -> None:
        """Have written nothing."""
        self.let = threading.Event()
        self.threads: set[int] = set()
        self.written: list[int] = []

    def write(self, wanted: Claim) -> Written:
        """Return the message; number 13 cannot be written."""
        assert self.let.wait(10)
        self.threads.add(threading.get_ident())
        self.written.append(wanted.id)
        if wanted.id == 13:
            raise MessageError("unlucky")
        return Written("us@a.example", wanted.email, body_of(b"x"), smtputf8=False)


async def test_everybody_gets_their_own_and_a_failure_is_one_ones_alone() -> None:
    """performance.md: one signature in a thread."""
    pen = Pen()
    pen.let.set()
    signing = Signing(pen.write, threads=2)
    numbers = range(5 * MOST_AT_ONCE)
    tasks = [asyncio.create_task(signing.write(claim(number))) for number in numbers]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    for number, result in zip(numbers, found, strict=True):
        if number == 13:
            assert isinstance(result, MessageError)
        else:
            assert isinstance(result, Written)
            assert result.recipient == claim(number).email
    assert threading.get_ident() not in pen.threads
    # It rests and begins again.
    assert (await signing.write(claim(99))).recipient == claim(99).email


async def test_who_is_cancelled_takes_nobody_along() -> None:
    pen = Pen()
    signing = Signing(pen.write, threads=1)
    tasks = [asyncio.create_task(signing.write(claim(number))) for number in range(4)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[2].cancel()
    pen.let.set()
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
    assert (await tasks[1]).recipient == claim(1).email
    assert (await tasks[3]).recipient == claim(3).email


async def test_what_was_begun_is_there_when_it_is_asked_for() -> None:
    """performance.md P2: signatures are made while other messages are on their way."""
    pen = Pen()
    signing = Signing(pen.write, threads=1)
    claims = [claim(number) for number in range(10, 16)]
    signing.begin(claims)
    assert signing.take(claims[0]) is None
    pen.let.set()
    assert (await signing.write(claims[5])).recipient == claims[5].email
    found = signing.take(claims[0])
    assert found is not None
    assert found.recipient == claims[0].email
    with pytest.raises(MessageError):
        signing.take(claims[3])
    signing.begin(claims[1:3])
    assert signing.take(claims[0]) is None
    assert len(pen.written) == len(claims)


async def test_who_waits_goes_before_what_is_written_ahead() -> None:
    pen = Pen()
    signing = Signing(pen.write, threads=1)
    signing.begin([claim(number) for number in range(3 * MOST_AT_ONCE)])
    urgent = asyncio.create_task(signing.write(claim(3 * MOST_AT_ONCE - 1)))
    await asyncio.sleep(0)
    pen.let.set()
    await urgent
    assert pen.written[MOST_AT_ONCE] == 3 * MOST_AT_ONCE - 1  # a turn was under way


async def test_what_nobody_asks_for_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """performance.md P3: memory does not grow with the list."""
    monkeypatch.setattr("digest.steps.deliver.signing.MOST_KEPT", 2)
    pen = Pen()
    pen.let.set()
    signing = Signing(pen.write, threads=1)
    signing.begin([claim(number) for number in range(4)])
    await signing.write(claim(4))
    assert signing.take(claim(0)) is None
    assert (await signing.write(claim(0))).recipient == claim(0).email
