"""Claimed messages: taken from the store in batches, dealt to relays, and put off if need be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.mail.outcome import Outcome
from digest.mail.pace.breaker import Breaker
from digest.mail.pace.providers import provider_of
from digest.mail.pace.rotation import Rotation
from digest.mail.pace.waiting import PutOff, Waiting
from digest.model import Issue
from digest.steps.deliver.lane import Lane
from digest.steps.deliver.opening import Opening
from digest.steps.deliver.timekeeper import Timekeeper
from digest.store import deliveries, turns
from digest.store.deliveries import Claim
from digest.store.engine import Store, Transaction

CLAIMS_A_CONNECTION = 4
"""At most so many deliveries are claimed for each connection at a time (R2)."""

LEASE = timedelta(seconds=60)
"""How long a claim holds. No message is begun so late that it could outlast it."""

LEASE_MARGIN = timedelta(seconds=10)

LINGER_SECONDS = 10.0
"""What was put off for so long at most is waited for; later turns are left to another run."""

PATIENCE_SECONDS = 0.5
"""So long one relay waits for another that is behind its share; then it goes ahead."""

STALLED_SECONDS = 2.0
"""Who has taken nothing for so long has others stand in for it."""

_BLOCKED = Breaker(failures=1, until=float("inf"))


@dataclass(frozen=True, slots=True)
class Held:
    """A claim with the moment, on the monotonic clock, after which it may not be begun."""

    claim: Claim
    begin_before: float
    domain: str
    """The recipient's service; see ``mail/pace/providers.py``."""

    is_seed: bool = False


class Supply:
    """The claimed messages of one issue that wait for a connection."""

    def __init__(
        self,
        store: Store,
        issue: Issue,
        lanes: Mapping[str, Lane],
        time: Timekeeper,
        opening: Opening | None,
        seeds: Collection[str],
        *,
        on_claimed: Callable[[Iterable[Claim]], None] = lambda _: None,
    ) -> None:
        """Prepare; nothing is claimed yet.

        Args:
            store: Where deliveries are kept.
            issue: The issue.
            lanes: The relays that share it, by name.
            time: The time.
            opening: The issue's beginning; ``None``: it is over.
            seeds: Keys of the addresses that get it first.
            on_claimed: Told what was just claimed.
        """
        self._on_claimed = on_claimed
        self._store = store
        self._issue = issue
        self._lanes = lanes
        self._time = time
        self._opening = opening
        self._seeds = seeds
        self._queues = {name: Waiting[Held](lane.limits) for name, lane in lanes.items()}
        self._moved = dict.fromkeys(lanes, time.monotonic())
        self._rotation = Rotation({name: lane.weight for name, lane in lanes.items()})
        self._next_lane: str | None = None
        self._filling: asyncio.Task[None] | None = None
        self._claimed_up_to = 0
        self._idle_until = float("-inf")
        self._releases = 0
        self._has_put_off = False

    def __len__(self) -> int:
        """Return how many messages wait."""
        return sum(map(len, self._queues.values()))

    def next(self, lane: Lane, at: float) -> Held | None:
        """Return a message that may go by *lane* now; it is in hand until done or put back."""
        queue = self._queues[lane.name]
        held = queue.next(at)
        if held is not None:
            self._moved[lane.name] = at
            if len(queue) < 2 * lane.size and self._filling is None and at >= self._idle_until:
                # While those that are left go out, others come.
                self._start_filling(self._plan(at), [], at)
        return held

    def done(self, lane: Lane, held: Held, outcome: Outcome | None, at: float) -> None:
        """Take note of what became of a message (``None``: nothing); once for each handed out."""
        self._queues[lane.name].done(held, outcome, at)

    def put_back(self, lane: Lane, held: Held, at: float) -> None:
        """Take back a message that was handed out and not begun; it will be next."""
        self._queues[lane.name].put_back(held, at)

    def ready_at(self, lane: Lane, at: float) -> float | None:
        """Return when to ask again for *lane*; ``None`` if nothing is coming in this run."""
        if not len(self) and self._idle_until == float("inf"):
            return None
        ready_at = self._queues[lane.name].ready_at()
        return max(min(ready_at, self._idle_until if self._idle_until > at else ready_at), at)

    def look_again(self) -> None:
        """Claim more at the next opportunity: there may be some now."""
        self._releases += 1
        self._idle_until = float("-inf")

    def forsake(self, lane: Lane) -> None:
        """Let other relays have what waits for *lane*, which cannot be used, if one can be."""
        at = self._time.monotonic()
        breakers = self._breakers(at)
        for held in self._queues[lane.name].clear():
            name = self._rotation.choose(breakers, at) or lane.name
            self._queues[name].add(held)

    async def refill(self, lane: Lane) -> bool:
        """Claim more, and put off what has no turn soon; return whether that may have helped.

        Who waits for it may be cancelled meanwhile; what is claimed is not lost.
        """
        if self._filling is None:
            at = self._time.monotonic()
            off = self._queues[lane.name].give_up(at, 2 * lane.size)
            plan = self._plan(at) if at >= self._idle_until else []
            if not off and not plan:
                return self._stand_in(lane, at)
            self._start_filling(plan, off, at)
        if self._filling is not None:
            await asyncio.shield(self._filling)
        return True

    def _start_filling(self, plan: list[str], off: list[PutOff[Held]], at: float) -> None:
        if not plan and not off:
            return
        self._filling = asyncio.create_task(self._fill(plan, off, at))
        # If nobody waits any more when it fails, nobody needs to know.
        self._filling.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def give_back(self) -> None:
        """Release what was claimed and not begun."""
        if self._filling is not None:
            await self._filling
        claims = [held.claim for queue in self._queues.values() for held in queue.clear()]
        if claims:
            await self.release(claims)

    async def release(self, claims: list[Claim]) -> None:
        """Let claims go, untried."""
        await asyncio.to_thread(self._release, claims)
        self.look_again()  # They are due again, so this run is not over.

    def _stand_in(self, lane: Lane, at: float) -> bool:
        """Take over what waits for relays that take nothing; return whether there was any."""
        mine = self._queues[lane.name]
        if len(mine) or (not lane.weight and not self._is_alone(lane, at)):
            return False
        most = CLAIMS_A_CONNECTION * lane.size
        breakers = self._breakers(at)
        for name, queue in self._queues.items():
            if len(queue) and (name in breakers or at - self._moved[name] > STALLED_SECONDS):
                for held in queue.hand_over(most - len(mine)):
                    mine.add(held)
        return len(mine) > 0

    def _is_alone(self, lane: Lane, at: float) -> bool:
        """Return whether no other relay can be used."""
        return not set(self._lanes) - self._breakers(at).keys() - {lane.name}

    def _release(self, claims: list[Claim]) -> None:
        with self._store.write() as tx:
            deliveries.release(tx, claims)

    def _breakers(self, at: float) -> dict[str, Breaker]:
        """Return what rules relays out, as the rotation asks for it."""
        now = self._time.now()
        return {
            name: _BLOCKED
            for name, lane in self._lanes.items()
            if lane.is_resting(at) or lane.is_through(now)
        }

    def _plan(self, at: float) -> list[str]:
        """Return by which relay each of the next messages is to go.

        Shares are kept while all keep up: who is ahead waits a moment for who is behind, no longer.
        """
        room = {
            name: CLAIMS_A_CONNECTION * lane.size - len(self._queues[name])
            for name, lane in self._lanes.items()
        }
        if len(room) == 1:
            return [name for name, number in room.items() for _ in range(number)]
        breakers = self._breakers(at)
        plan: list[str] = []
        planned = Counter[str]()
        while any(number > 0 for number in room.values()):
            name, self._next_lane = self._next_lane, None
            if name is None or name in breakers:
                name = self._rotation.choose(breakers, at)
            if name is None:
                break
            if room[name] > 0:
                room[name] -= 1
                planned[name] += 1
                plan.append(name)
            elif at - self._moved[name] < PATIENCE_SECONDS or planned[name]:
                self._next_lane = name
                break
            else:
                breakers[name] = _BLOCKED
        return plan

    async def _fill(self, plan: list[str], off: list[PutOff[Held]], at: float) -> None:
        releases = self._releases
        try:
            found = await asyncio.to_thread(self._exchange, len(plan), off, at)
            for name, held in zip(plan, found.claimed, strict=False):
                self._queues[name].add(held)
            self._on_claimed(held.claim for held in found.claimed)
            if found.is_after_seeds and self._opening is not None:
                self._opening.seeds_are_through()
            if self._releases == releases and plan:
                self._idle_until = float("-inf") if found.claimed else found.again_at
        finally:
            self._filling = None

    def _exchange(self, most: int, off: list[PutOff[Held]], at: float) -> _Found:
        """Give up *off* and claim up to *most*, in one transaction."""
        now = self._time.now()
        issue_id = self._issue.id
        begin_before = self._time.monotonic() + (LEASE - LEASE_MARGIN).total_seconds()
        with self._store.write() as tx:
            if now >= self._issue.expires_at:
                deliveries.expire(tx, issue_id, now)
            self._put_off(tx, off, at, now)
            if not most:
                return _Found()
            if self._opening is not None and self._opening.in_seeds:
                first = turns.waiting_for(tx, issue_id, self._seeds)
                if first:
                    claims = turns.claim_first(tx, issue_id, first, most, now + LEASE)
                    seeds = [_held(claim, begin_before, is_seed=True) for claim in claims]
                    return _Found(seeds, again_at=at + PATIENCE_SECONDS)
            claims = deliveries.claim(
                tx, issue_id, most, now, now + LEASE, after_id=self._claimed_up_to
            )
            again_at = float("inf") if claims else self._again_at(tx, now, at)
        self._claimed_up_to = deliveries.resume_after(claims)
        held = [_held(claim, begin_before) for claim in claims]
        return _Found(held, again_at, is_after_seeds=True)

    def _put_off(self, tx: Transaction, off: list[PutOff[Held]], at: float, now: datetime) -> None:
        late = [item.item.claim for item in off if item.until <= at]
        later = [
            (item.item.claim, now + timedelta(seconds=item.until - at))
            for item in off
            if item.until > at
        ]
        if late:
            deliveries.release(tx, late)
        if later:
            turns.postpone(tx, later)
            self._has_put_off = True

    def _again_at(self, tx: Transaction, now: datetime, at: float) -> float:
        """Return when to claim again, if it is soon; infinite if not in this run."""
        if not self._has_put_off:
            return float("inf")
        due = deliveries.next_attempt_at(tx, self._issue.id)
        wait = (due - now).total_seconds() if due is not None else 0.0
        return at + max(wait, 0.1) if wait <= LINGER_SECONDS and due else float("inf")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look for more came to."""

    claimed: Collection[Held] = ()
    again_at: float = float("inf")
    is_after_seeds: bool = False


def _held(claim: Claim, begin_before: float, *, is_seed: bool = False) -> Held:
    domain = provider_of(claim.email.rpartition("@")[2].lower())
    return Held(claim, begin_before, domain, is_seed)
