"""Where connections get one issue's messages from, and where their results are kept."""

from __future__ import annotations

import asyncio
import email
import threading
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from fakes import KEYRING, NOW, Desk, FullDisk, add_readers, compose_issue, states_of
from patience import PATIENCE_SECONDS

from digest import tokens
from digest.clock import ManualClock
from digest.config import RelayConfig
from digest.errors import StoreError
from digest.mail.dkim import Signer
from digest.mail.relay import Relay
from digest.mail.replies import Break, Fault, Reply, Result, Stage
from digest.mail.skeleton import Skeleton
from digest.mail.smtp import Outgoing
from digest.model import DeliveryState, IssueState
from digest.steps.deliver.lane import Lane
from digest.steps.deliver.line import Line
from digest.steps.deliver.sender import Sender, Terms
from digest.steps.deliver.supply import LEASE
from digest.steps.deliver.timekeeper import Timekeeper
from digest.steps.deliver.writer import IssueMail
from digest.steps.subscribe import suppress as put_on_record
from digest.steps.subscribe import unsubscribe
from digest.store import deliveries, issues
from digest.store.deliveries import Claim, DeliveryRow
from digest.store.engine import Store
from digest.tokens import Purpose

ACCEPTED = Result(Stage.DOT, Reply(250, ("2.0.0 Kept",)))
UNKNOWN = Result(Stage.RCPT, Reply(550, ("5.1.1 No such user",)))
BUSY = Result(Stage.RCPT, Reply(451, ("4.3.0 Not now",)))
SILENCE = Result(Stage.DOT, cause=Break(Fault.EOF))
BLAMED = Result(Stage.RCPT, Reply(554, ("5.7.1 Your IP is on a blocklist",)))

PEOPLE = [f"{name}@reader.example" for name in ("ada", "bob", "eve")]


class Window(Line):
    """What connections see of a sender, and the sender behind it."""

    def __init__(self, sender: Sender, lane: Lane, time: Timekeeper) -> None:
        """Stand before *sender*."""
        super().__init__(sender, lane, time)
        self.sender = sender
        self.lane = lane
        self.give_back = sender.give_back

    @property
    def counts(self) -> Counter[DeliveryState]:
        """Results so far."""
        return self.sender.commits.counts


class Room:
    """An issue being sent, with a clock of ours."""

    def __init__(self, store: Store, root: Path) -> None:
        """Freeze an issue to three readers."""
        self.store = FullDisk(store)
        self.desk = Desk(self.store, root)
        self.clock = ManualClock(NOW)
        for person in PEOPLE:  # one after the other: so are their deliveries
            add_readers(self.store, [person])
        self.issue = compose_issue(self.desk, [])
        self.told: list[Mapping[DeliveryState, int]] = []
        with store.write() as tx:
            issues.move(tx, self.issue.id, IssueState.SENDING, if_in={IssueState.COMPOSED})

    @asynccontextmanager
    async def sender(
        self,
        signer: Signer | None = None,
        *,
        size: int = 2,
        uncertain_after: timedelta | None = timedelta(minutes=15),
    ) -> AsyncIterator[Window]:
        """A sender over one relay whose commits run meanwhile."""
        with self.store.read() as tx:
            variants = issues.variants_of(tx, self.issue.id)
        skeletons = {key: Skeleton.from_bytes(item.skeleton) for key, item in variants.items()}
        settings = RelayConfig(host="x", connections=size)
        lane = Lane(Relay("default", "x", 1), settings, {}, ZoneInfo("UTC"))
        mail = IssueMail(self.issue, skeletons, "briefing@gazette.example", signer=signer)
        time = Timekeeper(self.store, self.clock)
        sender = Sender(
            self.store,
            mail,
            KEYRING,
            time,
            {"default": lane},
            Terms(uncertain_after),
            jitter=lambda: 0.5,
            on_commit=self.told.append,
        )
        commits = asyncio.create_task(sender.commits.run())
        try:
            yield Window(sender, lane, time)
        finally:
            commits.cancel()
            with suppress(asyncio.CancelledError):
                await commits

    def states(self) -> list[str]:
        """Return where the deliveries stand, by address."""
        return [state for _, state in sorted(states_of(self.store, self.issue).items())]

    def row(self, name: str = "ada") -> DeliveryRow:
        """Return one person's delivery."""
        with self.store.read() as tx:
            rows = deliveries.list_deliveries(tx, self.issue.id)
        return next(row for row in rows if row.email.startswith(name))

    def leave(self, name: str) -> None:
        """Unsubscribe one person."""
        address = f"{name}@reader.example"
        unsubscribe(self.store, address, None, method="x", evidence="", now=self.clock.now())

    def pause(self) -> None:
        """Pause the issue."""
        with self.store.write() as tx:
            issues.move(tx, self.issue.id, IssueState.PAUSED, if_in={IssueState.SENDING})

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(seconds=seconds))


@pytest.fixture
def room(sqlite_store: Store, tmp_path: Path) -> Room:
    return Room(sqlite_store, tmp_path)


class SlowSigner:
    """Stands in for a :class:`Signer` and what it prepares; finishes when it is let."""

    def __init__(self) -> None:
        """Has not begun."""
        self.begun = threading.Event()
        self.let = threading.Event()

    def prepare(self, skeleton: Skeleton) -> SlowSigner:
        """Return itself."""
        del skeleton
        return self

    def signatures(self, *_: object, **__: object) -> bytes:
        """Return a signature, once it is let."""
        self.begun.set()
        assert self.let.wait(PATIENCE_SECONDS)
        return b"DKIM-Signature: x\r\n"


async def test_a_message_that_is_being_signed_is_not_lost_when_its_connection_goes(
    room: Room,
) -> None:
    """What a cancelled connection had not got yet goes to the next one, first."""
    signer = SlowSigner()
    async with room.sender(cast("Signer", signer)) as sender:
        taking = asyncio.create_task(sender.take())
        assert await asyncio.to_thread(signer.begun.wait, 10)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        signer.let.set()
        names = {(await take(sender)).recipient for _ in PEOPLE}
        assert names == set(PEOPLE)
        assert await sender.take() is None


async def take(sender: Window) -> Outgoing:
    outgoing = await sender.take()
    assert outgoing is not None
    return outgoing


# Messages.


async def test_everybody_gets_a_message_of_their_own(room: Room) -> None:
    """reliability.md R8, email.md F8 and L6: one recipient; a token that only unsubscribes them."""
    async with room.sender() as sender:
        messages = [await take(sender) for _ in PEOPLE]
        assert await sender.take() is None
    assert [message.recipient for message in messages] == PEOPLE
    assert {message.sender for message in messages} == {"briefing@gazette.example"}
    parsed = [email.message_from_bytes(message.content) for message in messages]
    assert [message["To"] for message in parsed] == PEOPLE
    assert len({message["Message-ID"] for message in parsed}) == 3
    for message in parsed:
        token = message["List-Unsubscribe"].partition("/unsubscribe/")[2][:40]
        claim = tokens.check(KEYRING, Purpose.UNSUBSCRIBE, token, NOW)
        assert claim is not None
        assert tokens.check(KEYRING, Purpose.VIEW, token, NOW) is None


async def test_a_retry_has_the_same_bytes(room: Room) -> None:
    """reliability.md R6: on another sender, hours later."""
    async with room.sender() as sender:
        first = await take(sender)
        await sender.settle(first, BUSY)
        await sender.give_back()
    room.wait(3600)
    async with room.sender() as sender:
        again = await take(sender)
    assert again.recipient == first.recipient
    assert again.content == first.content


async def test_an_address_that_cannot_be_written_to_is_refused_and_blocks_nobody(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What got into the database by another way."""
    claim = deliveries.claim

    def with_a_bad_one(*args: Any, **kwargs: Any) -> list[Claim]:  # noqa: ANN401 - handed on
        return [
            Claim(
                item.id,
                item.variant_id,
                item.subscriber_id,
                item.subscription_id,
                item.email.replace("ada@", "ada\r\nBcc: evil@"),
                item.attempts,
                item.fence,
            )
            for item in claim(*args, **kwargs)
        ]

    monkeypatch.setattr("digest.store.deliveries.claim", with_a_bad_one)
    async with room.sender() as sender:
        assert (await take(sender)).recipient == PEOPLE[1]
    assert room.row().state is DeliveryState.REFUSED
    assert room.row().detail.startswith("not sent: the address has a space or control character")


async def test_a_message_of_another_sender_is_not_settled(room: Room) -> None:
    async with room.sender() as sender:
        with pytest.raises(TypeError, match="not taken from this sender"):
            await sender.settle(Outgoing("a@b.example", PEOPLE[0], b"x"), ACCEPTED)


# Results.


async def test_a_result_is_durable_when_settle_returns(room: Room) -> None:
    """reliability.md R4 rests on it."""
    async with room.sender() as sender:
        outgoing = await take(sender)
        assert room.row().state is DeliveryState.CLAIMED
        await sender.settle(outgoing, ACCEPTED)
        assert room.row().state is DeliveryState.ACCEPTED
        assert room.row().detail == "final dot: 250 2.0.0 Kept"
        assert sender.counts == {DeliveryState.ACCEPTED: 1}
    assert room.told == [{DeliveryState.ACCEPTED: 1}]


@pytest.mark.parametrize(
    ("result", "state", "attempts", "minutes"),
    [
        (UNKNOWN, DeliveryState.REFUSED, 1, None),
        (BUSY, DeliveryState.DEFERRED, 1, 5),
        (SILENCE, DeliveryState.UNCERTAIN, 1, 15),
        (Result(Stage.BODY, cause=Break(Fault.EOF)), DeliveryState.DEFERRED, 0, 5),
        (Result(Stage.UNSENT), DeliveryState.QUEUED, 0, None),
        (BLAMED, DeliveryState.DEFERRED, 1, 66),
    ],
)
async def test_what_becomes_of_each_result(
    room: Room, result: Result, state: DeliveryState, attempts: int, minutes: int | None
) -> None:
    """reliability.md, Replies: whether and when it is tried again."""
    async with room.sender() as sender:
        await sender.settle(await take(sender), result)
        await sender.give_back()  # what was claimed meanwhile
    row = room.row()
    assert (row.state, row.attempts) == (state, attempts)
    again = NOW + timedelta(minutes=minutes) if minutes is not None else None
    assert row.next_attempt_at == again


async def test_an_uncertain_one_can_be_held(room: Room) -> None:
    """reliability.md R9: ``uncertain = "hold"``: not sent again before the issue expires."""
    async with room.sender(uncertain_after=None) as sender:
        await sender.settle(await take(sender), SILENCE)
        await sender.give_back()
    assert room.row().state is DeliveryState.UNCERTAIN
    room.wait((room.issue.expires_at - NOW).total_seconds() - 1)
    async with room.sender() as sender:
        for person in PEOPLE[1:]:
            message = await take(sender)
            assert message.recipient == person
            await sender.settle(message, ACCEPTED)
        assert await sender.take() is None
    room.wait(1)
    async with room.sender() as sender:
        assert await sender.take() is None
    assert room.states() == ["expired", "accepted", "accepted"]


async def test_results_that_come_together_are_committed_together(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = []
    settle = deliveries.settle

    def watched(tx: Any, group: Any) -> list[int]:  # noqa: ANN401 - handed on
        groups.append(len(group))
        return settle(tx, group)

    monkeypatch.setattr("digest.store.deliveries.settle", watched)
    async with room.sender() as sender:
        messages = [await take(sender) for _ in PEOPLE]
        await asyncio.gather(*(sender.settle(message, ACCEPTED) for message in messages))
    assert groups == [3]
    assert room.states() == ["accepted"] * 3


async def test_a_result_whose_claim_was_lost_touches_nothing(room: Room) -> None:
    """reliability.md R5: the other sender's word stands, and only that is counted."""
    async with room.sender(size=1) as sender, room.sender(size=1) as other:
        outgoing = await take(sender)
        room.wait(LEASE.total_seconds() + 1)
        with room.store.write() as tx:
            assert deliveries.recover(tx, room.clock.now()) == len(PEOPLE)
        again = await take(other)
        assert again.recipient == outgoing.recipient
        await sender.settle(outgoing, UNKNOWN)
        assert room.row().state is DeliveryState.CLAIMED
        await other.settle(again, ACCEPTED)
        assert room.row().state is DeliveryState.ACCEPTED
        assert sender.counts == {}
        assert other.counts == {DeliveryState.ACCEPTED: 1}


async def test_a_full_disk_is_told_to_who_waits(room: Room) -> None:
    """reliability.md, disk full: no sending without a working commit."""
    async with room.sender() as sender:
        first, second = await take(sender), await take(sender)
        room.store.is_full = True
        with pytest.raises(StoreError, match="disk is full"):
            await sender.settle(first, ACCEPTED)
        assert sender.counts == {}
        room.store.is_full = False
        await sender.settle(second, ACCEPTED)
    assert room.states() == ["claimed", "accepted", "claimed"]


@pytest.mark.parametrize(("is_full", "state"), [(False, "accepted"), (True, "claimed")])
async def test_who_gave_up_waiting_does_not_stop_the_others(
    room: Room,
    is_full: bool,  # noqa: FBT001 - a column of the table
    state: str,
) -> None:
    """A connection that is cancelled while its result is written; also when that fails."""
    async with room.sender() as sender:
        first, second = await take(sender), await take(sender)
        room.store.is_full = is_full
        waiting = asyncio.create_task(sender.settle(first, ACCEPTED))
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0.05)
        room.store.is_full = False
        await sender.settle(second, ACCEPTED)
    assert room.states() == [state, "accepted", "claimed"]


# Who may still get it.


async def test_who_leaves_before_it_is_claimed_is_not_claimed(room: Room) -> None:
    room.leave("ada")
    async with room.sender() as sender:
        assert (await take(sender)).recipient == PEOPLE[1]
    assert room.row().state is DeliveryState.SUPPRESSED
    assert room.row().detail == "unsubscribed"


async def test_who_leaves_while_claimed_is_not_taken(room: Room) -> None:
    async with room.sender() as sender:
        await take(sender)
        room.wait(1)
        room.leave("bob")
        assert (await take(sender)).recipient == PEOPLE[2]
    assert room.row("bob").state is DeliveryState.SUPPRESSED


async def test_who_leaves_at_the_last_moment_is_not_confirmed(room: Room) -> None:
    """reliability.md: no message starts more than a second after the wish is committed."""
    async with room.sender() as sender:
        outgoing = await take(sender)
        assert await sender.confirm(outgoing)
        room.wait(0.6)
        room.leave("ada")
        assert not await sender.confirm(outgoing)
        assert room.row().state is DeliveryState.SUPPRESSED
        assert sender.counts == {DeliveryState.SUPPRESSED: 1}


async def test_who_comes_on_the_do_not_mail_record_is_told_from_who_left(room: Room) -> None:
    """The ledger's reasons say which of both it was, at either moment."""
    async with room.sender() as sender:
        outgoing = await take(sender)
        room.wait(1)
        for address in PEOPLE[:2]:
            put_on_record(room.store, KEYRING, address, evidence="asked", now=room.clock.now())
        assert not await sender.confirm(outgoing)
        assert (await take(sender)).recipient == PEOPLE[2]
    assert {room.row(name).detail for name in ("ada", "bob")} == {"on the do-not-mail record"}


async def test_the_database_is_not_asked_for_every_message(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    left_since = deliveries.left_since

    def watched(*args: Any) -> dict[int, str]:  # noqa: ANN401 - handed on
        asked.append(args)
        return left_since(*args)

    monkeypatch.setattr("digest.store.deliveries.left_since", watched)
    async with room.sender() as sender:
        messages = [await take(sender) for _ in PEOPLE]
        assert await asyncio.gather(*map(sender.confirm, messages)) == [True] * 3
        assert len(asked) == 1
        room.wait(0.5)
        assert await asyncio.gather(*map(sender.confirm, messages)) == [True] * 3
    assert len(asked) == 2


async def test_a_paused_issue_gives_nothing_out_and_lets_nothing_go(room: Room) -> None:
    async with room.sender() as sender:
        outgoing = await take(sender)
        room.wait(1)
        room.pause()
        assert not await sender.confirm(outgoing)
        assert await sender.take() is None
        await sender.give_back()
    assert room.states() == ["queued"] * 3


# Leases.


async def test_nothing_is_begun_after_its_lease_less_a_margin(room: Room) -> None:
    """reliability.md R3: on the monotonic clock; then it is claimed anew."""
    async with room.sender(size=8) as sender:  # so that a slow domain may have three
        outgoing = await take(sender)
        room.wait(50)
        assert await sender.confirm(outgoing)
        room.wait(0.1)
        assert not await sender.confirm(outgoing)
        assert room.row().state is DeliveryState.QUEUED
        assert sorted([(await take(sender)).recipient for _ in PEOPLE]) == PEOPLE
        assert await sender.take() is None


async def test_a_clock_that_jumps_ends_no_lease(room: Room) -> None:
    """reliability.md, clock jump: leases are on the monotonic clock."""
    async with room.sender() as sender:
        outgoing = await take(sender)
        room.clock.jump(NOW + timedelta(hours=5))
        assert await sender.confirm(outgoing)


async def test_what_is_handed_back_comes_again_in_the_same_run(room: Room) -> None:
    async with room.sender() as sender:
        messages = [await take(sender) for _ in PEOPLE]
        assert await sender.take() is None
        await sender.settle(messages[0], Result(Stage.UNSENT))
        assert (await take(sender)).recipient == PEOPLE[0]
        assert await sender.take() is None


async def test_what_is_handed_back_while_more_is_claimed_is_not_missed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim that finds nothing may have looked just before."""
    async with room.sender() as sender:
        messages = [await take(sender) for _ in PEOPLE]
        claim, looked, go_on = deliveries.claim, threading.Event(), threading.Event()

        def slow(*args: Any, **kwargs: Any) -> list[Claim]:  # noqa: ANN401 - handed on
            found = claim(*args, **kwargs)
            looked.set()
            go_on.wait(PATIENCE_SECONDS)
            return found

        with monkeypatch.context() as patch:
            patch.setattr("digest.store.deliveries.claim", slow)
            taking = asyncio.create_task(sender.take())
            assert await asyncio.to_thread(looked.wait, 5)
            handing = asyncio.create_task(sender.settle(messages[0], Result(Stage.UNSENT)))
            await asyncio.sleep(0.05)
            # SQLite lets the one wait for the other; whichever ends first, nothing is missed.
            sender.sender._supply._releases += 1  # noqa: SLF001 - as on an engine that does not make it wait
            go_on.set()
            await handing
        again = await taking or await take(sender)
        assert again.recipient == PEOPLE[0]


async def test_what_is_claimed_for_who_has_gone_is_not_lost(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that ends cancels its asking for more, in the middle of a claim."""
    claim, began, go_on = deliveries.claim, threading.Event(), threading.Event()

    def slow(*args: Any, **kwargs: Any) -> list[Claim]:  # noqa: ANN401 - handed on
        began.set()
        go_on.wait(PATIENCE_SECONDS)
        return claim(*args, **kwargs)

    monkeypatch.setattr("digest.store.deliveries.claim", slow)
    async with room.sender() as sender:
        for _ in range(2):
            began.clear()
            go_on.clear()
            taking = asyncio.create_task(sender.take())
            assert await asyncio.to_thread(began.wait, PATIENCE_SECONDS)
            taking.cancel()
            with suppress(asyncio.CancelledError):
                await taking
            # The next one waits for the same claim.
            waiting = asyncio.create_task(sender.has_more())
            await asyncio.sleep(0)
            go_on.set()
            assert await waiting
            assert room.states() == ["claimed"] * 3
            await sender.give_back()
            assert room.states() == ["queued"] * 3


async def test_giving_back_waits_for_a_claim_under_way(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, began, go_on = deliveries.claim, threading.Event(), threading.Event()

    def slow(*args: Any, **kwargs: Any) -> list[Claim]:  # noqa: ANN401 - handed on
        began.set()
        go_on.wait(PATIENCE_SECONDS)
        return claim(*args, **kwargs)

    monkeypatch.setattr("digest.store.deliveries.claim", slow)
    async with room.sender() as sender:
        taking = asyncio.create_task(sender.take())
        assert await asyncio.to_thread(began.wait, PATIENCE_SECONDS)
        taking.cancel()
        giving = asyncio.create_task(sender.give_back())
        await asyncio.sleep(0)
        go_on.set()
        await giving
    assert room.states() == ["queued"] * 3


async def test_an_expired_issue_gives_nothing_out(room: Room) -> None:
    room.clock.jump(room.issue.expires_at)
    async with room.sender() as sender:
        assert await sender.take() is None
    assert room.states() == ["expired"] * 3
