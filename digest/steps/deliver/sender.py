"""Where connections get the messages of one issue from, and what they tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import AddressError, MessageError
from digest.mail.outcome import Outcome, outcome_of, retry_at
from digest.mail.pace.blame import Reach
from digest.mail.replies import Result
from digest.mail.smtp import Outgoing
from digest.model import DeliveryState, IssueState
from digest.model.facts import IssueName
from digest.steps.deliver.commits import Also, Commits
from digest.steps.deliver.findings import alerted, warmed
from digest.steps.deliver.heeding import reported
from digest.steps.deliver.lane import Lane
from digest.steps.deliver.lookout import FRESH_SECONDS, Lookout
from digest.steps.deliver.opening import READERS, SEEDS, Opening
from digest.steps.deliver.signing import Signing
from digest.steps.deliver.supply import Held, Supply
from digest.steps.deliver.timekeeper import Timekeeper
from digest.steps.deliver.writer import IssueMail, Writer, Written
from digest.store import alerts, issues, pacing, turns, uncertain
from digest.store.deliveries import Settlement
from digest.store.engine import Store, Transaction
from digest.store.pacing import StartCounts
from digest.tokens import Keyring

_FINAL = frozenset({DeliveryState.ACCEPTED, DeliveryState.REFUSED})


@dataclass(frozen=True, slots=True)
class Terms:
    """How an issue is sent."""

    uncertain_after: timedelta | None = timedelta(minutes=15)
    """How long to leave an uncertain delivery alone; ``None``: for good."""

    uncertain_retries: int = 3
    """After so many that ended uncertain as well, it is left alone for good."""

    opening: Opening | None = None
    """How it begins; ``None``: it has begun already."""

    seeds: Collection[str] = ()
    """Keys of the addresses that get it first."""


class Sender:
    """The messages of one issue, for the connections of all relays that share it."""

    def __init__(  # noqa: PLR0913 - everything it works with is handed to it
        self,
        store: Store,
        mail: IssueMail,
        keyring: Keyring,
        time: Timekeeper,
        lanes: Mapping[str, Lane],
        terms: Terms,
        *,
        jitter: Callable[[], float],
        on_commit: Callable[[Mapping[DeliveryState, int]], None],
    ) -> None:
        """Prepare to send; nothing is claimed yet.

        Args:
            store: Where deliveries are kept.
            mail: The issue.
            keyring: For tokens and Message-IDs.
            time: The time.
            lanes: The relays, by name.
            terms: How it is to be sent.
            jitter: Returns a random number from 0 up to 1.
            on_commit: Told how many results of each state were just made durable.
        """
        self.paused = ""
        """Why the issue paused itself; empty while it did not."""

        self.accepted_by = set[str]()
        """The relays that took something in this run."""

        self.lanes = list(lanes.values())
        """The relays that share it."""

        self.commits = Commits(store, on_commit)
        self._store = store
        self._mail = mail
        self._name = IssueName(mail.issue.briefing, mail.issue.number, mail.issue.composed_at)
        self._writer = Writer(mail, keyring)
        self._signing = Signing(self._writer.write)
        self._time = time
        self._terms = terms
        self._opening = terms.opening
        self._jitter = jitter
        self._lookout = Lookout(store, mail.issue, time)
        self._supply = Supply(
            store,
            mail.issue,
            lanes,
            time,
            terms.opening,
            terms.seeds,
            on_claimed=self._signing.begin if self._writer.is_signing else lambda _: None,
        )
        self._out: dict[int, tuple[Lane, Held]] = {}
        self._news = asyncio.Event()
        self._is_over = False

    def stop(self) -> None:
        """Give nothing more out."""
        self._is_over = True
        self.tell()

    def tell(self) -> None:
        """Wake those who wait for something to change."""
        self._news.set()
        self._news.clear()

    async def pause(self, seconds: float) -> None:
        """Return once something has changed, or after *seconds*, which is soon in any case."""
        try:
            async with asyncio.timeout(min(max(seconds, 0.0), FRESH_SECONDS)):
                await self._news.wait()
        except TimeoutError:
            return

    def forsake(self, lane: Lane) -> None:
        """Let other relays have what waits for *lane*."""
        self._supply.forsake(lane)
        self.tell()

    async def has_left_undone(self) -> bool:
        """Return whether anything is due that nobody has taken."""
        return len(self._supply) > 0 or await asyncio.to_thread(self._is_due)

    async def give_back(self) -> None:
        """Release what was claimed and not begun."""
        at = self._time.monotonic()
        for lane, held in list(self._out.values()):
            self._ended(lane, held, None, at)  # of connections that were cut off
        await self._supply.give_back()

    # For the lines.

    def ready(self, lane: Lane) -> Outgoing | None:
        """Return the next message that may go by *lane*, if it can be had without waiting.

        ``None`` whenever anything is to be looked up, signed, or written down first: :meth:`take`
        sees to that.
        """
        at = self._time.monotonic()
        if not self._lookout.is_fresh(at):
            return None
        if not self._may_send() or lane.is_resting(at):
            return None
        opens_at = self._gate(lane, at)
        held = self._supply.next(lane, at) if opens_at is not None and opens_at <= at else None
        if held is None:
            return None
        try:
            if held.claim.subscription_id not in self._lookout.left and at <= held.begin_before:
                claim = held.claim
                is_signing = self._writer.is_signing
                written = self._signing.take(claim) if is_signing else self._writer.write(claim)
                if written is not None:
                    self._begin(lane, held)
                    lane.rate.admit(at)
                    return _outgoing(held, written)
        except (MessageError, AddressError):
            pass  # which is taken note of in time
        self._supply.put_back(lane, held, at)
        return None

    async def take(self, lane: Lane) -> Outgoing | None:
        """Return the next message that may go by *lane*; ``None`` when there is none."""
        while True:
            held = await self._next(lane)
            if held is None:
                return None
            lane.rate.admit(self._time.monotonic())
            try:
                return await self._write(lane, held)
            except (MessageError, AddressError) as error:
                self._ended(lane, held, None, self._time.monotonic())
                await self._record(held, DeliveryState.REFUSED, f"not sent: {error}")

    async def has_more(self, lane: Lane) -> bool:
        """Return whether anything may go by *lane*: whether a connection is worth opening."""
        held = await self._next(lane)
        if held is None:
            return False
        self._put_back(lane, held)
        return True

    async def confirm(self, lane: Lane, held: Held) -> bool:
        """Return whether the message may still go: subscribed, not paused, and in its lease."""
        at = self._time.monotonic()
        if not self._lookout.is_fresh(at):
            await self._lookout.look()
            at = self._time.monotonic()
        why = self._lookout.left.get(held.claim.subscription_id)
        if why is not None:
            self._ended(lane, held, None, at)
            await self._record(held, DeliveryState.SUPPRESSED, why)
            return False
        if not self._may_send() or at > held.begin_before:
            self._ended(lane, held, None, at)
            await self._supply.release([held.claim])
            return False
        return True

    async def settle(self, lane: Lane, held: Held, result: Result) -> None:
        """Make the result durable; return when it is."""
        outcome = outcome_of(result)
        also = self._learn(lane, held, outcome)
        if outcome.state is DeliveryState.UNCERTAIN:
            also.append(lambda tx: self._count_uncertain(tx, held))
        if outcome.state is DeliveryState.QUEUED:
            await self._supply.release([held.claim])
            return
        claim, now = held.claim, self._time.now()
        attempts = claim.attempts + outcome.is_failure
        again = None if outcome.state in _FINAL else self._again(outcome, attempts, now)
        settlement = Settlement(
            claim.id,
            claim.fence,
            outcome.state,
            attempts,
            str(result),
            now,
            again,
            self._name,
            claim.person,
        )
        await self.commits.add(settlement, *also)
        if held.is_seed:
            self._supply.look_again()  # It may have been the last one.
            self.tell()
        await self._judge()

    # How it works.

    async def _next(self, lane: Lane) -> Held | None:
        """Return what may go now, in hand; wait for it if it is coming in this run."""
        while True:
            await self._lookout.look()
            at = self._time.monotonic()
            if not self._may_send() or lane.is_resting(at):
                return None
            opens_at = self._gate(lane, at)
            if opens_at is None:
                return None
            if opens_at > at:
                await self.pause(opens_at - at)
                continue
            held = self._supply.next(lane, at)
            if held is not None:
                if await self._is_good(lane, held, at):
                    return held
            elif await self._supply.refill(lane):
                await self._judge()
            else:
                ready_at = self._supply.ready_at(lane, at)
                if ready_at is None:
                    return None
                await self.pause(ready_at - at)

    def _may_send(self) -> bool:
        return self._lookout.is_sending and not self._is_over and not self.paused

    def _gate(self, lane: Lane, at: float) -> float | None:
        """Return when a message may go by *lane* as far as its domain does not matter.

        A time that is not after *at* means now, and ``None`` not in this run.
        """
        if self._opening is not None and not self._opening.admits(at):
            return at + FRESH_SECONDS
        warmup = lane.warmup
        if warmup is not None and warmup.left(self._time.now()) == 0:
            return at + FRESH_SECONDS if warmup.in_hand else None
        return lane.rate.free_at

    async def _is_good(self, lane: Lane, held: Held, at: float) -> bool:
        """Return whether a message may be begun that was just handed out; if so, it is."""
        why = self._lookout.left.get(held.claim.subscription_id)
        if why is not None:
            self._supply.done(lane, held, None, at)
            await self._record(held, DeliveryState.SUPPRESSED, why)
            return False
        if at > held.begin_before:
            self._supply.done(lane, held, None, at)
            await self._supply.release([held.claim])
            return False
        self._begin(lane, held)
        return True

    def _begin(self, lane: Lane, held: Held) -> None:
        """Take note that a message is in hand."""
        self._out[held.claim.id] = (lane, held)
        if self._opening is not None:
            self._opening.begun(is_seed=held.is_seed)
        if lane.warmup is not None:
            lane.warmup.in_hand += 1

    def _put_back(self, lane: Lane, held: Held) -> None:
        """Take back a message that was not begun."""
        del self._out[held.claim.id]
        self._supply.put_back(lane, held, self._time.monotonic())
        self._count(lane, held, None)

    def _ended(
        self, lane: Lane, held: Held, outcome: Outcome | None, at: float
    ) -> StartCounts | None:
        """Take note that a message is in hand no more; return what to count of its beginning."""
        if self._out.pop(held.claim.id, None) is None:
            return None
        self._supply.done(lane, held, outcome, at)
        self.tell()
        return self._count(lane, held, outcome)

    def _count(self, lane: Lane, held: Held, outcome: Outcome | None) -> StartCounts | None:
        if lane.warmup is not None:
            lane.warmup.in_hand -= 1
        if self._opening is None:
            return None
        is_first = held.claim.attempts == 0
        return self._opening.ended(outcome, is_seed=held.is_seed, is_first=is_first)

    def _learn(self, lane: Lane, held: Held, outcome: Outcome) -> list[Also]:
        """Learn from what became of a message; return what to keep of it in the store."""
        at, now = self._time.monotonic(), self._time.now()
        was_failing = lane.breaker.failures > 0
        counts = self._ended(lane, held, outcome, at)
        reach = lane.learn(held.domain, outcome, at, self._jitter())
        also: list[Also] = []
        if counts is not None:
            audience, issue_id = SEEDS if held.is_seed else READERS, self._mail.issue.id
            also.append(lambda tx: pacing.add_start(tx, issue_id, audience, counts))
        also += reported(self._mail.issue, held.claim, lane, outcome, now)
        if outcome.state is DeliveryState.ACCEPTED:
            self.accepted_by.add(lane.name)
            also += warmed(lane, now)
            if was_failing:
                also.append(lambda tx: alerts.clear_alert(tx, f"relay:{lane.name}", now))
        if reach is not Reach.NONE:
            also += alerted(lane, held.domain, reach, outcome, now)
            if reach is Reach.RELAY:
                self.forsake(lane)
        return also

    async def _judge(self) -> None:
        """Pause the issue if it begins badly; forget the beginning when it is over."""
        opening = self._opening
        if opening is None:
            return
        found = opening.found
        if found.cause is not None and not self.paused:
            self.paused = found.pause
            await asyncio.to_thread(self._pause_itself, str(found.cause), found.pause)
        elif opening.is_over:
            self._opening = None

    def _pause_itself(self, cause: str, reason: str) -> None:
        issue, now = self._mail.issue, self._time.now()
        name = f"{issue.briefing}/{issue.number}"
        text = (
            f"issue {name} has paused itself: {reason} `digest ledger {name}` has the reasons, "
            f"`digest issues resume {name}` and `digest issues cancel {name}` go on and end it"
        )
        with self._store.write() as tx:
            pacing.note_pause(tx, issue.id, cause, reason, now)
            issues.move(tx, issue.id, IssueState.PAUSED, if_in={IssueState.SENDING})
            alerts.raise_alert(tx, f"start:{issue.id}", text, now)

    def _count_uncertain(self, tx: Transaction, held: Held) -> None:
        terms = self._terms
        retries = 0 if terms.uncertain_after is None else terms.uncertain_retries
        uncertain.count_attempt(tx, self._mail.issue, held.claim.id, retries, self._time.now())

    def _again(self, outcome: Outcome, attempts: int, now: datetime) -> datetime:
        """Return when to try again what became *outcome*."""
        if outcome.state is not DeliveryState.UNCERTAIN:
            return retry_at(outcome, attempts, now, self._jitter())
        after = self._terms.uncertain_after
        if after is None:
            # Held. At that time it expires, and nothing of the issue is sent any more.
            return self._mail.issue.expires_at
        return retry_at(outcome, attempts, now, self._jitter(), after)

    async def _write(self, lane: Lane, held: Held) -> Outgoing:
        if self._writer.is_signing:
            try:
                written = await self._signing.write(held.claim)
            except asyncio.CancelledError:
                self._put_back(lane, held)
                raise
        else:
            written = self._writer.write(held.claim)
        return _outgoing(held, written)

    async def _record(self, held: Held, state: DeliveryState, detail: str) -> None:
        claim, now = held.claim, self._time.now()
        await self.commits.add(
            Settlement(
                claim.id,
                claim.fence,
                state,
                claim.attempts,
                detail,
                now,
                issue=self._name,
                person=claim.person,
            )
        )

    def _is_due(self) -> bool:
        with self._store.read() as tx:
            return turns.is_due(tx, self._mail.issue.id, self._time.now())


def _outgoing(held: Held, written: Written) -> Outgoing:
    return Outgoing(
        written.sender, written.recipient, key=held, smtputf8=written.smtputf8, body=written.body
    )
