"""Issues join those that are on their way, and get their share of the relay."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SinkSession
from fakes import NOW
from patience import PATIENCE_SECONDS
from running_clock import RunningClock
from steps.test_deliver import Office, readers, recipients

from digest.mail.sink import Received, Sink
from digest.model import DeliveryState, IssueState
from digest.steps.deliver.joining import run_joining
from digest.steps.deliver.result import DeliverResult, by_issue
from digest.steps.deliver.shares import Shares, Turn
from digest.store import deliveries
from digest.store.engine import Store


class SlowSink(Sink):
    """Takes a tenth second for each message."""

    async def handle_DATA(self, server: SMTP, session: SinkSession, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message; take one's time."""
        reply = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(0.1)
        return reply


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Office:
    made = Office(sqlite_store, tmp_path)
    made.progress, made.clock = None, RunningClock(NOW)
    return made


async def test_an_issue_that_is_resumed_joins_one_that_is_on_its_way(office: Office) -> None:
    """A long issue, on all connections of the only relay, does not hold up another one."""
    people = readers(16)
    office.compose(people)
    office.desk.write("harbour.md")
    second = office.compose([])
    office.move(second, IssueState.PAUSED)
    order: list[str] = []

    def note(mail: Received) -> None:
        order.append(mail.recipients[0])
        if len(order) == 3:
            office.move(second, IssueState.SENDING)

    async with SlowSink(on_message=note) as sink, asyncio.timeout(PATIENCE_SECONDS):
        results = await office.deliverer(sink.port).run_due()
        assert recipients(sink) == Counter(people * 2), order
    assert [(result.issue.number, result.ledger.open) for result in results] == [(1, 0), (2, 0)]
    began = next(place for place, who in enumerate(order) if who in order[:place])
    assert set(order[:began]) < set(people)  # The first was not through when the second began.


def test_what_came_of_several_turns_of_an_issue_is_told_as_one(office: Office) -> None:
    issue = office.compose(readers(3))
    with office.store.read() as tx:
        ledger = deliveries.ledger(tx, issue.id)
    accepted, refused = DeliveryState.ACCEPTED, DeliveryState.REFUSED
    turns = [
        DeliverResult(issue, {accepted: 1}, ledger, None, "the relay rests"),
        DeliverResult(issue, {accepted: 1, refused: 1}, ledger, None),
    ]
    [told] = by_issue(turns)
    assert (told.counts, told.trouble) == ({accepted: 2, refused: 1}, "")


async def test_whoever_fails_lets_the_others_end_and_is_told_of() -> None:
    ended: list[int] = []

    async def run(item: int) -> int:
        if item == 1:
            raise ValueError("one")
        await asyncio.sleep(0.02)
        ended.append(item)
        return item

    with pytest.raises(ValueError, match="one"):
        await run_joining([1, 2], run, lambda: [3])
    assert ended == [2]


async def test_looking_for_more_may_fail() -> None:
    ended: list[int] = []

    async def run(item: int) -> None:
        await asyncio.sleep(0.02 * item)
        ended.append(item)

    def find() -> list[int]:
        raise ValueError("no store")

    with pytest.raises(ValueError, match="no store"):
        await run_joining([1, 2], run, find)
    assert ended == [1, 2]


async def test_cancelling_cancels_all() -> None:
    begun, cancelled = asyncio.Event(), []

    async def run(item: int) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(item)
            raise

    running = asyncio.create_task(run_joining([1, 2], run, list))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(cancelled) == [1, 2]


async def test_who_holds_all_is_asked_for_one_until_the_shares_are_about_the_same() -> None:
    shares = Shares(4)

    async def some_turns() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    turns: dict[str, list[Turn]] = {"a": [], "b": []}

    async def hold(who: str) -> None:
        async with shares.one(who) as turn:
            turns[who].append(turn)
            while not shares.is_wanted(turn):  # noqa: ASYNC110 - asking again is what it is about
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(hold("a")) for _ in range(4)]
    await some_turns()
    assert not any(turn.is_given_up for turn in turns["a"])
    tasks += [asyncio.create_task(hold("b")) for _ in range(4)]
    await some_turns()
    # Two of four that ask in the same moment, and none of those that got them.
    assert [turn.is_given_up for turn in turns["a"]].count(True) == 2
    assert [turn.is_given_up for turn in turns["b"]] == [False, False]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
