"""The step itself: opens connections for every issue that has something due."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.clock import Clock
from digest.config import Config
from digest.errors import RelayError
from digest.mail.address import parse_address
from digest.mail.dkim import Signer, signer_for
from digest.mail.outcome import outcome_of
from digest.mail.relay import Relay, SessionError
from digest.mail.skeleton import Skeleton
from digest.mail.smtp import Connection, End, Ending
from digest.model import DeliveryState, Issue, IssueState
from digest.steps.deliver.sender import Pace, Sender
from digest.steps.deliver.writer import IssueMail
from digest.store import alerts, deliveries, issues
from digest.store.catchup import catch_up
from digest.store.deliveries import Ledger
from digest.store.engine import Store
from digest.tokens import Keyring

CLAIMS_A_CONNECTION = 4
"""At most so many deliveries are claimed for each connection at a time (R2)."""

_FIRST_REST_SECONDS, _LAST_REST_SECONDS = 30.0, 900.0
"""How long a relay that cannot be used is left alone: doubling from the first to the last."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far this run has come with an issue; told after each commit."""

    issue: Issue
    counts: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """What one run did for one issue."""

    issue: Issue
    """As it stands now."""

    counts: Mapping[DeliveryState, int]
    """Results of this run."""

    ledger: Ledger
    """Where all of the issue's deliveries stand now."""

    next_attempt_at: datetime | None
    """When the earliest waiting delivery is due; ``None``: at once, or none is waiting."""

    trouble: str = ""
    """Why deliveries that are due were not attempted; empty when there is no such reason."""


@dataclass(slots=True)
class _Rest:
    """A relay that could not be used, left alone for a while."""

    failures: int = 0
    until: float = float("-inf")
    """On the monotonic clock."""

    reason: str = ""


@dataclass(slots=True)
class _Lane:
    """What the connections of one relay share."""

    relay: Relay
    slots: asyncio.Semaphore
    size: int
    pace: Pace
    rest: _Rest = field(default_factory=_Rest)


class Deliverer:
    """Delivers what is due, and remembers between runs which relays are to be left alone.

    On SQLite its process must own the database: see :func:`digest.files.owned`.
    """

    def __init__(  # noqa: PLR0913 - everything it works with is handed to it
        self,
        store: Store,
        config: Config,
        keyring: Keyring,
        relays: Mapping[str, Relay],
        clock: Clock,
        *,
        signers: Mapping[str, Signer] | None = None,
        jitter: Callable[[], float] = random.random,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            store: Where issues and deliveries are kept.
            config: The settings.
            keyring: For tokens and Message-IDs.
            relays: By name, with their passwords.
            clock: The time.
            signers: By domain; mail of other domains goes out unsigned.
            jitter: Returns a random number from 0 up to 1, to spread retries.
            on_progress: Told after each commit.
        """
        self._store = store
        self._config = config
        self._keyring = keyring
        self._clock = clock
        self._signers = signers or {}
        self._jitter = jitter
        self._on_progress = on_progress
        self._lanes = {
            name: _Lane(
                relay,
                asyncio.Semaphore(settings.connections),
                settings.connections,
                Pace(clock, settings.rate_per_second),
            )
            for name, relay in relays.items()
            if (settings := config.relays.get(name))
        }
        self._runs = 0
        self._connections: set[Connection] = set()
        self._is_stopping = False

    def stop(self) -> None:
        """Claim no more; let each connection finish the message it is at. Safe to repeat."""
        self._is_stopping = True
        for connection in self._connections:
            connection.stop()

    def recover(self) -> int:
        """Queue again what a sender that is gone had claimed. Return how many.

        On SQLite that is everything claimed, unless this very object is sending: its process owns
        the database. :meth:`run_due` begins with it, since a run that failed (the disk was full)
        leaves claims behind as well.
        """
        now = None if self._store.is_sqlite and not self._runs else self._clock.now()
        with self._store.write() as tx:
            return deliveries.recover(tx, now)

    async def run_due(self, issue_id: int | None = None) -> tuple[DeliverResult, ...]:
        """Attempt every delivery that is due (of one issue), and settle what expired.

        Returns when nothing more is due now, the relay cannot be used, or :meth:`stop` was called.

        Raises:
            RestoredError: if the database is a restored backup; see `digest reconcile`.
            StoreError: if results cannot be written: then nothing more is sent.
        """
        catch_up(self._store, self._clock.now(), self._config.delivery.uncertain_after)
        due = self._take_up(issue_id)
        if due:
            self.recover()
        self._runs += 1
        try:
            runs = (self._run_issue(issue) for issue in due)
            # One issue's failure must not leave another one's connections behind.
            results = await asyncio.gather(*runs, return_exceptions=True)
        finally:
            self._runs -= 1
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return tuple(result for result in results if isinstance(result, DeliverResult))

    def _take_up(self, issue_id: int | None) -> list[Issue]:
        """Return the issues that are being sent, fresh ones from now on."""
        with self._store.read() as tx:
            found = issues.in_states(tx, {IssueState.COMPOSED, IssueState.SENDING})
        due = [issue for issue in found if issue_id in {None, issue.id}]
        fresh = [issue for issue in due if issue.state is IssueState.COMPOSED]
        if fresh:
            with self._store.write() as tx:
                for issue in fresh:
                    issues.move(tx, issue.id, IssueState.SENDING, if_in={IssueState.COMPOSED})
        return due

    async def _run_issue(self, issue: Issue) -> DeliverResult:
        lane = self._lanes.get(issue.relay)
        sender = self._sender(issue, lane)
        trouble = ""
        commits = asyncio.create_task(sender.run_commits())
        try:
            if lane is None:
                trouble = f"there is no relay {issue.relay!r} in the settings any more"
            elif self._keyring.led_by(issue.key_id) is None:
                trouble = (
                    f"{issue.briefing}/{issue.number} was frozen with the key {issue.key_id}, "
                    "which this process does not have: restart it if the keys were changed "
                    "meanwhile, or put that key back into the key file"
                )
            elif issue.briefing not in self._config.briefings:
                trouble = (
                    f"there is no briefing {issue.briefing!r} in the settings any more: put it "
                    f"back, or run `digest issues cancel {issue.briefing}/{issue.number}`"
                )
            elif lane.rest.until > self._clock.monotonic():
                trouble = lane.rest.reason
            else:
                trouble = await self._open_lanes(lane, sender)
            await sender.give_back()
        except BaseException:
            # What cannot be given back now is recovered by the next run.
            with suppress(Exception):
                await sender.give_back()
            raise
        finally:
            commits.cancel()
            with suppress(asyncio.CancelledError):
                await commits
        return self._conclude(issue, sender, trouble)

    async def _open_lanes(self, lane: _Lane, sender: Sender) -> str:
        """Run as many connections as the relay may have. Return what stopped them, if anything."""
        lanes = [asyncio.create_task(self._run_lane(lane, sender)) for _ in range(lane.size)]
        try:
            troubles = await asyncio.gather(*lanes)
        except BaseException:
            for task in lanes:
                task.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
            raise
        trouble = next((trouble for trouble in troubles if trouble), "")
        # Where the other connections did all there was to do, one that failed is no trouble.
        is_open = bool(trouble) and (bool(sender.trouble) or await sender.has_more())
        return trouble if is_open else ""

    async def _run_lane(self, lane: _Lane, sender: Sender) -> str:
        """Run one connection after the other until nothing is due."""
        broken = 0
        while not self._is_stopping and lane.rest.until <= self._clock.monotonic():
            async with lane.slots:
                if not await sender.has_more():
                    return ""
                try:
                    connection = await Connection.open(lane.relay)
                except RelayError as error:
                    return self._rest(lane, error)
                ending = await self._run_connection(connection, sender)
            if sender.trouble:
                return self._rest(lane, f"relay {lane.relay.name!r}: {sender.trouble}")
            if ending.end is not End.BROKEN or ending.messages:
                lane.rest = _Rest()
                broken = 0
            else:
                # A relay that breaks every session off before taking anything is left alone.
                broken += 1
            if ending.end is End.EXHAUSTED:
                return ""
            if broken > 1:
                return self._rest(lane, f"relay {lane.relay.name!r}: {ending.result}")
        return lane.rest.reason

    async def _run_connection(self, connection: Connection, sender: Sender) -> Ending:
        self._connections.add(connection)
        if self._is_stopping:
            connection.stop()
        try:
            return await connection.run(sender)
        finally:
            self._connections.discard(connection)

    def _rest(self, lane: _Lane, reason: RelayError | str) -> str:
        if lane.rest.until > self._clock.monotonic():
            # Another connection found out at the same time: that is one failure, not two.
            return lane.rest.reason
        failures = lane.rest.failures + 1
        pause = min(_FIRST_REST_SECONDS * 2 ** (failures - 1), _LAST_REST_SECONDS)
        pause *= 0.75 + self._jitter() / 2
        said = str(reason)
        if isinstance(reason, SessionError):
            said = f"{reason}. {outcome_of(reason.result).reason}"
        lane.rest = _Rest(failures, self._clock.monotonic() + pause, said)
        return said

    def _sender(self, issue: Issue, lane: _Lane | None) -> Sender:
        with self._store.read() as tx:
            variants = issues.variants_of(tx, issue.id)
        briefing = self._config.briefings.get(issue.briefing)
        bounces = briefing.bounce_address if briefing else ""
        mail = IssueMail(
            issue=issue,
            skeletons={
                number: Skeleton.from_bytes(variant.skeleton)
                for number, variant in variants.items()
            },
            envelope_sender=briefing.from_address if briefing else "",
            bounce_mailbox=parse_address(bounces) if bounces else None,
            signer=signer_for(self._signers, briefing.from_address) if briefing else None,
        )
        settings = self._config.delivery
        after = timedelta(minutes=settings.uncertain_retry_minutes)
        return Sender(
            self._store,
            mail,
            # Without its key nothing of it is sent: _run_issue sees to that.
            self._keyring.led_by(issue.key_id) or self._keyring,
            self._clock,
            batch=CLAIMS_A_CONNECTION * (lane.size if lane else 1),
            pace=lane.pace if lane else Pace(self._clock, 0),
            uncertain_after=after if settings.uncertain == "retry" else None,
            jitter=self._jitter,
            on_commit=lambda counts: self._tell(issue, counts),
        )

    def _tell(self, issue: Issue, counts: Mapping[DeliveryState, int]) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(issue, counts))

    def _conclude(self, issue: Issue, sender: Sender, trouble: str) -> DeliverResult:
        now = self._clock.now()
        key = f"relay:{issue.relay}"
        with self._store.write() as tx:
            deliveries.expire(tx, issue.id, now)
            ledger = deliveries.ledger(tx, issue.id)
            if ledger.open == 0:
                issues.move(
                    tx,
                    issue.id,
                    IssueState.FINISHED,
                    if_in={IssueState.SENDING},
                    finished_at=now,
                )
            if trouble:
                alerts.raise_alert(tx, key, trouble, now)
            elif sender.counts[DeliveryState.ACCEPTED]:
                alerts.clear_alert(tx, key, now)
            return DeliverResult(
                issue=issues.get(tx, issue.id) or issue,
                counts=Counter(sender.counts),
                ledger=ledger,
                next_attempt_at=deliveries.next_attempt_at(tx, issue.id) if ledger.open else None,
                trouble=trouble,
            )
