"""Where connections get the messages of one issue from, and where their results are kept."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.clock import Clock
from digest.errors import AddressError, MessageError
from digest.mail.outcome import Outcome, Scope, outcome_of, retry_at
from digest.mail.replies import Result
from digest.mail.smtp import Outgoing
from digest.model import DeliveryState, IssueState
from digest.steps.deliver.writer import IssueMail, Writer
from digest.store import deliveries, issues
from digest.store.deliveries import Claim, Settlement
from digest.store.engine import Store
from digest.tokens import Keyring

LEASE = timedelta(seconds=60)
"""How long a claim holds. No message is begun so late that it could outlast it."""

LEASE_MARGIN = timedelta(seconds=10)

FRESH_SECONDS = 0.5
"""How old the knowledge of who has unsubscribed may be when a message is begun."""

ENOUGH_BLAME = 3
"""After so many refusals in a row that blame us and no recipient, no more is sent for a while."""

_FINAL = frozenset({DeliveryState.ACCEPTED, DeliveryState.REFUSED})


@dataclass(frozen=True, slots=True)
class Held:
    """A claim with the moment, on the monotonic clock, after which it may not be begun."""

    claim: Claim
    begin_before: float


class Pace:
    """Lets messages pass no faster than at a given rate, whoever asks."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        """Let *per_second* messages pass; 0 sets no limit."""
        self._clock = clock
        self._seconds = 1 / per_second if per_second else 0.0
        self._next_at = float("-inf")

    async def wait(self) -> None:
        """Return when the next message may go."""
        if not self._seconds:
            return
        now = self._clock.monotonic()
        self._next_at = max(now, self._next_at + self._seconds)
        await asyncio.sleep(self._next_at - now)


class Sender:
    """The :class:`digest.mail.smtp.Source` of one issue, shared by all its connections."""

    def __init__(  # noqa: PLR0913 - everything it works with is handed to it
        self,
        store: Store,
        mail: IssueMail,
        keyring: Keyring,
        clock: Clock,
        *,
        batch: int,
        pace: Pace,
        uncertain_after: timedelta | None,
        jitter: Callable[[], float],
        on_commit: Callable[[Mapping[DeliveryState, int]], None],
    ) -> None:
        """Prepare to send; nothing is claimed yet.

        Args:
            store: Where deliveries are kept.
            mail: The issue.
            keyring: For tokens and Message-IDs.
            clock: The time.
            batch: How many deliveries to claim at a time.
            pace: How fast messages may follow each other.
            uncertain_after: How long to leave an uncertain delivery alone; ``None``: for good.
            jitter: Returns a random number from 0 up to 1.
            on_commit: Told how many results of each state were just made durable.
        """
        self.counts: Counter[DeliveryState] = Counter()
        """Results of this run."""

        self.trouble = ""
        """Why the relay takes no mail of ours at all, as it said in reply to a message; empty while
        it did not. Then no more messages are given out: all would fare alike."""

        self._store = store
        self._mail = mail
        self._writer = Writer(mail, keyring)
        self._clock = clock
        self._batch = batch
        self._pace = pace
        self._uncertain_after = uncertain_after
        self._jitter = jitter
        self._on_commit = on_commit
        self._ready: deque[Held] = deque()
        self._refilling = asyncio.Lock()
        self._filling: asyncio.Task[None] | None = None
        self._claimed_up_to = 0
        self._drained = False
        self._releases = 0
        self._blames = 0
        self._left: set[int] = set()
        self._is_sending = True
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()
        self._pending: list[tuple[Settlement, asyncio.Future[None]]] = []
        self._work = asyncio.Event()

    async def take(self) -> Outgoing | None:
        """Return the next message of the issue that is due; ``None`` when there is none."""
        while True:
            await self._pace.wait()
            held = await self._next()
            if held is None:
                return None
            try:
                return await self._write(held)
            except (MessageError, AddressError) as error:
                await self._record(held.claim, DeliveryState.REFUSED, f"not sent: {error}")

    async def confirm(self, outgoing: Outgoing) -> bool:
        """Return whether the message may still go: subscribed, not paused, and in its lease."""
        held = _held(outgoing)
        await self._look()
        if held.claim.subscription_id in self._left:
            await self._record(held.claim, DeliveryState.SUPPRESSED, "unsubscribed")
            return False
        if not self._is_sending or self._clock.monotonic() > held.begin_before:
            await self._release([held.claim])
            return False
        return True

    async def settle(self, outgoing: Outgoing, result: Result) -> None:
        """Make the result durable; return when it is."""
        claim = _held(outgoing).claim
        outcome = outcome_of(result)
        self._note(outcome)
        if outcome.state is DeliveryState.QUEUED:
            await self._release([claim])
            return
        now = self._clock.now()
        attempts = claim.attempts + outcome.is_failure
        again = None if outcome.state in _FINAL else self._again(outcome, attempts, now)
        await self._commit(
            Settlement(claim.id, claim.fence, outcome.state, attempts, str(result), now, again)
        )

    def _note(self, outcome: Outcome) -> None:
        """Learn from *outcome* whether the relay takes our mail at all.

        Some recipients' servers speak through the relay as if they were it, so one refusal is not
        enough.
        """
        if outcome.state is DeliveryState.ACCEPTED:
            self._blames = 0
        elif outcome.pauses and outcome.scope is Scope.RELAY:
            self._blames += 1
            if self._blames >= ENOUGH_BLAME:
                self.trouble = outcome.reason

    def _again(self, outcome: Outcome, attempts: int, now: datetime) -> datetime:
        """Return when to try again what became *outcome*."""
        if outcome.state is not DeliveryState.UNCERTAIN:
            return retry_at(outcome, attempts, now, self._jitter())
        if self._uncertain_after is None:
            # Held. At that time it expires, and nothing of the issue is sent any more.
            return self._mail.issue.expires_at
        return retry_at(outcome, attempts, now, self._jitter(), self._uncertain_after)

    async def run_commits(self) -> None:
        """Commit results in groups, as they come, until cancelled; the last group is finished."""
        while True:
            await self._work.wait()
            self._work.clear()
            group, self._pending = self._pending, []
            try:
                lost = await asyncio.to_thread(self._settle_group, [item for item, _ in group])
            except Exception as error:  # noqa: BLE001 - every waiting connection must hear of it
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            # A claim that was lost is another sender's to settle and to count (R5).
            made = Counter(item.state for item, _ in group if item.id not in lost)
            self.counts += made
            for _, done in group:
                if not done.done():
                    done.set_result(None)
            self._on_commit(made)

    async def has_more(self) -> bool:
        """Return whether anything is due: whether a connection is worth opening."""
        held = await self._next()
        if held is None:
            return False
        self._ready.appendleft(held)
        return True

    async def give_back(self) -> None:
        """Release what was claimed and not begun."""
        if self._filling is not None:
            await self._filling
        claims = [held.claim for held in self._ready]
        self._ready.clear()
        if claims:
            await self._release(claims)

    async def _next(self) -> Held | None:
        async with self._refilling:
            await self._look()
            while True:
                if not self._is_sending or self.trouble:
                    return None
                if not self._ready:
                    if self._drained:
                        return None
                    await self._refill()
                    continue
                held = self._ready.popleft()
                if held.claim.subscription_id in self._left:
                    await self._record(held.claim, DeliveryState.SUPPRESSED, "unsubscribed")
                elif self._clock.monotonic() > held.begin_before:
                    await self._release([held.claim])
                else:
                    return held

    async def _refill(self) -> None:
        """Claim more. Who waits for it may be cancelled meanwhile; what is claimed is not lost."""
        if self._filling is None:
            self._filling = asyncio.create_task(self._fill())
            # If nobody waits any more when it fails, nobody needs to know.
            self._filling.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._filling)

    async def _fill(self) -> None:
        releases = self._releases
        try:
            begin_before = self._clock.monotonic() + (LEASE - LEASE_MARGIN).total_seconds()
            claims = await asyncio.to_thread(self._claim)
            self._ready.extend(Held(claim, begin_before) for claim in claims)
            self._claimed_up_to = deliveries.resume_after(claims)
            self._drained = not claims and self._releases == releases
        finally:
            self._filling = None

    def _claim(self) -> list[Claim]:
        now = self._clock.now()
        issue_id, after_id = self._mail.issue.id, self._claimed_up_to
        with self._store.write() as tx:
            deliveries.expire(tx, issue_id, now)
            return deliveries.claim(tx, issue_id, self._batch, now, now + LEASE, after_id=after_id)

    async def _look(self) -> None:
        """Learn who has left and whether the issue is still to be sent, unless that is known."""
        async with self._looking:
            if self._clock.monotonic() - self._looked_at < FRESH_SECONDS:
                return
            at = self._clock.monotonic()
            await asyncio.to_thread(self._look_up)
            self._looked_at = at

    def _look_up(self) -> None:
        issue = self._mail.issue
        with self._store.read() as tx:
            self._left = deliveries.left_since(tx, issue.briefing, issue.composed_at)
            now = issues.get(tx, issue.id)
        self._is_sending = now is not None and now.state is IssueState.SENDING

    async def _write(self, held: Held) -> Outgoing:
        if self._writer.is_signing:
            try:
                # Signing leaves the interpreter to others meanwhile: it uses the other cores.
                written = await asyncio.to_thread(self._writer.write, held.claim)
            except asyncio.CancelledError:
                self._ready.appendleft(held)
                raise
        else:
            written = self._writer.write(held.claim)
        return Outgoing(
            sender=written.sender,
            recipient=written.recipient,
            message=written.message,
            key=held,
            smtputf8=written.smtputf8,
        )

    async def _record(self, claim: Claim, state: DeliveryState, detail: str) -> None:
        now = self._clock.now()
        await self._commit(Settlement(claim.id, claim.fence, state, claim.attempts, detail, now))

    async def _commit(self, settlement: Settlement) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append((settlement, done))
        self._work.set()
        await done

    def _settle_group(self, group: list[Settlement]) -> set[int]:
        """Write results; return the ids of those whose claims were lost."""
        with self._store.write() as tx:
            return set(deliveries.settle(tx, group))

    async def _release(self, claims: list[Claim]) -> None:
        await asyncio.to_thread(self._release_group, claims)
        # They are due again, so this run is not over.
        self._releases += 1
        self._drained = False

    def _release_group(self, claims: list[Claim]) -> None:
        with self._store.write() as tx:
            deliveries.release(tx, claims)


def _held(outgoing: Outgoing) -> Held:
    if not isinstance(outgoing.key, Held):
        raise TypeError("this message was not taken from this sender")
    return outgoing.key
