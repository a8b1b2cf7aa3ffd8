"""The step itself: sends every issue that has something due, and tells how that went."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.clock import Clock
from digest.config import BriefingConfig, Config
from digest.errors import StoreError
from digest.mail.address import mailbox_key, parse_address
from digest.mail.dkim import Signer, signer_for
from digest.mail.pace.limits import Limit
from digest.mail.pace.providers import provider_of
from digest.mail.relay import Relay
from digest.mail.skeleton import Skeleton
from digest.model import DeliveryState, Issue, IssueState
from digest.steps.deliver import memory
from digest.steps.deliver.heeding import heed_pauses
from digest.steps.deliver.joining import run_joining
from digest.steps.deliver.lane import Lane
from digest.steps.deliver.opening import Opening
from digest.steps.deliver.progress import Progress, Speed, done_of, seconds_left
from digest.steps.deliver.result import DeliverResult, by_issue
from digest.steps.deliver.run import Run
from digest.steps.deliver.sender import Sender, Terms
from digest.steps.deliver.timekeeper import Timekeeper
from digest.steps.deliver.writer import IssueMail
from digest.store import alerts, deliveries, feedback, issues, pacing, releases, turns
from digest.store.catchup import catch_up
from digest.store.deliveries import Ledger
from digest.store.engine import Store, Transaction
from digest.store.feedback import Pause
from digest.tokens import Keyring

REMEMBER_SECONDS = 15.0
"""How often what relays have taught us is written down while something is sent."""

TROUBLED_SECONDS = 5.0
"""How long an issue that could not go is left alone while others are on their way."""


class Deliverer:
    """Delivers what is due, and remembers between runs what relays and domains are to be given.

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
        only: Collection[str] = (),
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
            only: Names of relays, if mail of others is left to other senders.
        """
        self._store = store
        self._config = config
        self._keyring = keyring
        self._time = Timekeeper(store, clock)
        self._signers = signers or {}
        self._jitter = jitter
        self._on_progress = on_progress
        self._only = frozenset(only)
        zone = ZoneInfo(config.publication.timezone)
        domains = {
            provider_of(domain): Limit(limit.connections, limit.rate_per_second)
            for domain, limit in config.delivery.domains.items()
        }
        self._lanes = {
            name: Lane(relay, settings, domains, zone)
            for name, relay in relays.items()
            if (settings := config.relays.get(name)) and (name in self._only or not self._only)
        }
        self._running = set[Run]()
        self._on_their_way = set[int]()
        self._rest_until = dict[int, float]()
        self._runs = 0
        self._has_recalled = False
        self._failure = ""
        self._is_stopping = False

    def readiness(self) -> tuple[str, ...]:
        """Return why nothing can be sent at the moment, a sentence each; empty: all is well.

        A relay that fails is none of these reasons: that is what alerts are for.
        """
        return tuple(reason for reason in (self._failure, self._time.reason) if reason)

    def stop(self) -> None:
        """Claim no more; let each connection finish the message it is at. Safe to repeat."""
        self._is_stopping = True
        for run in self._running:
            run.stop()

    def recover(self) -> int:
        """Queue again what a sender that is gone had claimed. Return how many.

        On SQLite that is everything claimed, unless this very object is sending: its process owns
        the database. :meth:`run_due` begins with it, since a run that failed (the disk was full)
        leaves claims behind as well.
        """
        now = None if self._store.is_sqlite and not self._runs else self._time.now()
        with self._store.write() as tx:
            return deliveries.recover(tx, now)

    async def run_due(self, issue_id: int | None = None) -> tuple[DeliverResult, ...]:
        """Attempt every delivery that is due (of one issue), and settle what expired.

        Issues that are resumed, composed, or due again meanwhile join those that are on their way,
        within a second. Returns when nothing more is due now, no relay can be used, or
        :meth:`stop` was called.

        Raises:
            RestoredError: if the database is a restored backup; see `digest reconcile`.
            StoreError: if results cannot be written: then nothing more is sent.
        """
        try:
            results = await self._run_due(issue_id)
        except StoreError as error:
            self._failure = str(error)
            raise
        self._failure = ""
        return results

    async def _run_due(self, issue_id: int | None) -> tuple[DeliverResult, ...]:
        catch_up(self._store, self._time.now(), self._config.delivery.uncertain_after)
        due = self._due(issue_id)
        if reason := self._time.check():
            return tuple(self._untouched(issue, reason) for issue in due)
        self._take_up(due)
        if due or self._failure:
            self.recover()  # It shows as well that writing works (again).
        self._recall()
        self._runs += 1
        remembering = asyncio.create_task(self._keep_remembering())
        try:
            results = await run_joining(due, self._go, lambda: self._others(issue_id))
        finally:
            self._runs -= 1
            remembering.cancel()
            with suppress(asyncio.CancelledError):
                await remembering
        return by_issue(results)

    def sendable(self) -> frozenset[int]:
        """Return the ids of issues that may go now, whether or not anything of them is due.

        Raises:
            StoreError: if the store cannot be read.
        """
        return frozenset(issue.id for issue in self._due(None))

    async def _go(self, issue: Issue) -> DeliverResult:
        """Run an issue, and remember when to look at it again."""
        self._on_their_way.add(issue.id)
        self._rest_until.pop(issue.id, None)
        try:
            result = await self._run_issue(issue)
        finally:
            self._on_their_way.discard(issue.id)
        if result.trouble:
            self._rest_until[issue.id] = self._time.monotonic() + TROUBLED_SECONDS
        return result

    def _others(self, issue_id: int | None) -> list[Issue]:
        """Return issues of which something is due, and that are not on their way; take them up."""
        if self._is_stopping or self._time.jumped():
            return []
        now, at = self._time.now(), self._time.monotonic()
        found = [
            issue
            for issue in self._due(issue_id)
            if issue.id not in self._on_their_way
            and at >= self._rest_until.get(issue.id, float("-inf"))
        ]
        if not found:
            return []
        with self._store.read() as tx:
            found = [issue for issue in found if turns.is_due(tx, issue.id, now)]
        self._take_up(found)
        return found

    def _due(self, issue_id: int | None) -> list[Issue]:
        with self._store.read() as tx:
            found = issues.in_states(tx, {IssueState.COMPOSED, IssueState.SENDING})
            # It is not their time, or somebody is to look at them first.
            held_back = releases.held_back(tx, self._time.now())
        return [
            issue
            for issue in found
            if issue_id in {None, issue.id} and issue.id not in held_back and self._serves(issue)
        ]

    def _serves(self, issue: Issue) -> bool:
        """Return whether one of our relays takes the issue's mail."""
        briefing = self._config.briefings.get(issue.briefing)
        return not self._only or not self._only.isdisjoint(
            briefing.relays if briefing else (issue.relay,)
        )

    def _take_up(self, due: list[Issue]) -> None:
        """Let fresh issues be sent from now on."""
        fresh = [issue for issue in due if issue.state is IssueState.COMPOSED]
        if fresh:
            with self._store.write() as tx:
                for issue in fresh:
                    issues.move(tx, issue.id, IssueState.SENDING, if_in={IssueState.COMPOSED})

    def _recall(self) -> None:
        """Let the lanes know what earlier processes learnt, and what was sent today."""
        now, at, lanes = self._time.now(), self._time.monotonic(), self._lanes.values()
        with self._store.read() as tx:
            if not self._has_recalled:
                memory.recall(tx, lanes, at, now)
            if not self._runs:
                memory.count_days(tx, lanes, now)
            heed_pauses(feedback.pauses(tx, now), self._lanes, at, now)
        self._has_recalled = True

    async def _keep_remembering(self) -> None:
        while True:
            await asyncio.sleep(REMEMBER_SECONDS)
            with suppress(StoreError):  # Those who settle results raise it.
                found = await asyncio.to_thread(self._remember)
                heed_pauses(found, self._lanes, self._time.monotonic(), self._time.now())

    def _remember(self) -> list[Pause]:
        at, now = self._time.monotonic(), self._time.now()
        with self._store.write() as tx:
            memory.keep(tx, self._lanes.values(), at, now)
            return feedback.pauses(tx, now)

    async def _run_issue(self, issue: Issue) -> DeliverResult:
        briefing = self._config.briefings.get(issue.briefing)
        names = briefing.relays if briefing else (issue.relay,)
        lanes = {name: self._lanes[name] for name in names if name in self._lanes}
        trouble = self._obstacle(issue, briefing, lanes)
        if trouble or briefing is None:
            return self._conclude(issue, None, trouble)
        sender = self._sender(issue, briefing, lanes)
        run = Run(self._store, sender, lanes.values(), self._time, self._jitter)
        self._running.add(run)
        if self._is_stopping:
            run.stop()
        commits = asyncio.create_task(sender.commits.run())
        try:
            trouble = await run.run()
            await sender.give_back()
        except BaseException:
            # What cannot be given back now is recovered by the next run.
            with suppress(Exception):
                await sender.give_back()
            raise
        finally:
            self._running.discard(run)
            commits.cancel()
            with suppress(asyncio.CancelledError):
                await commits
        return self._conclude(issue, sender, trouble)

    def _obstacle(
        self, issue: Issue, briefing: BriefingConfig | None, lanes: Mapping[str, Lane]
    ) -> str:
        """Return why the issue cannot be sent as the settings are; empty if it can."""
        name = f"{issue.briefing}/{issue.number}"
        if briefing is None:
            return (
                f"there is no briefing {issue.briefing!r} in the settings any more: put it "
                f"back, or run `digest issues cancel {name}`"
            )
        if not lanes:
            return f"there is no relay {briefing.relay!r} in the settings any more"
        if self._keyring.led_by(issue.key_id) is None:
            return (
                f"{name} was frozen with the key {issue.key_id}, "
                "which this process does not have: restart it if the keys were changed "
                "meanwhile, or put that key back into the key file"
            )
        return ""

    def _sender(self, issue: Issue, briefing: BriefingConfig, lanes: Mapping[str, Lane]) -> Sender:
        seeds = frozenset(mailbox_key(address) for address in briefing.seeds)
        with self._store.read() as tx:
            variants = issues.variants_of(tx, issue.id)
            ledger = deliveries.ledger(tx, issue.id)
            opening = Opening.of(
                tx,
                issue,
                briefing.canary_messages,
                [pause.cause for pause in pacing.pauses_of(tx, issue.id) if pause.answered_at],
                has_seeds=bool(seeds),
            )
        bounces = briefing.bounce_address
        mail = IssueMail(
            issue=issue,
            skeletons={
                number: Skeleton.from_bytes(variant.skeleton)
                for number, variant in variants.items()
            },
            envelope_sender=briefing.from_address,
            bounce_mailbox=parse_address(bounces) if bounces else None,
            signer=signer_for(self._signers, briefing.from_address),
            services=frozenset(hook.provider for hook in self._config.feedback.webhooks.values()),
        )
        return Sender(
            self._store,
            mail,
            self._keyring.led_by(issue.key_id) or self._keyring,
            self._time,
            lanes,
            Terms(
                self._config.delivery.uncertain_after,
                self._config.delivery.uncertain_retries,
                opening,
                seeds,
            ),
            jitter=self._jitter,
            on_commit=self._teller(issue, ledger),
        )

    def _teller(
        self, issue: Issue, ledger: Ledger
    ) -> Callable[[Mapping[DeliveryState, int]], None]:
        """Return what tells of the progress from *ledger* on."""
        tell = self._on_progress
        if tell is None:
            return lambda _: None
        done = done_of(ledger.counts)
        speed = Speed(done, self._time.monotonic())

        def told(counts: Mapping[DeliveryState, int]) -> None:
            nonlocal done
            done += done_of(counts)
            rate = speed.note(done, self._time.monotonic())
            left = seconds_left(done, ledger.candidates, rate)
            tell(Progress(issue, counts, done, ledger.candidates, rate, left))

        return told

    def _untouched(self, issue: Issue, reason: str) -> DeliverResult:
        """Return how an issue stands that is held because of *reason*."""
        with self._store.read() as tx:
            ledger = deliveries.ledger(tx, issue.id)
            again = deliveries.next_attempt_at(tx, issue.id)
        return DeliverResult(issue, Counter(), ledger, again, reason)

    def _conclude(self, issue: Issue, sender: Sender | None, trouble: str) -> DeliverResult:
        """Write down how the run ended; without a *sender* there was none."""
        if sender is not None and self._time.jumped():
            return self._untouched(issue, self._time.check())
        now = self._time.now()
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
            key = f"issue:{issue.id}"
            if sender is None:
                alerts.raise_alert(tx, key, trouble, now)
            else:
                alerts.clear_alert(tx, key, now)
                self._conclude_lanes(tx, sender, now)
            return DeliverResult(
                issue=issues.get(tx, issue.id) or issue,
                counts=Counter(sender.commits.counts if sender else {}),
                ledger=ledger,
                next_attempt_at=deliveries.next_attempt_at(tx, issue.id) if ledger.open else None,
                trouble=trouble,
            )

    def _conclude_lanes(self, tx: Transaction, sender: Sender, now: datetime) -> None:
        """Say of each relay whether it can be used, and keep what it taught us."""
        at = self._time.monotonic()
        for lane in sender.lanes:
            if reason := lane.why_not(at, now):
                alerts.raise_alert(tx, f"relay:{lane.name}", reason, now)
            elif lane.name in sender.accepted_by:
                alerts.clear_alert(tx, f"relay:{lane.name}", now)
        memory.keep(tx, sender.lanes, at, now)
