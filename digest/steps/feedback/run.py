"""Feedback as the daemon runs it: all the ways in, one look after the other."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from digest.clock import Clock
from digest.config import Config
from digest.errors import DigestError, MessageError, StoreError
from digest.mail.dkim import Signer, signer_for
from digest.mail.imap import Account, Mailbox
from digest.mail.inbox import Inbox
from digest.mail.maildir import read_new
from digest.mail.outcome import outcome_of, retry_at
from digest.mail.relay import Relay
from digest.mail.replies import Result
from digest.mail.reports import Arrival, Sort
from digest.mail.smtp import send_one
from digest.model import DeliveryState
from digest.steps.feedback import forwarding
from digest.steps.feedback.decide import Effect
from digest.steps.feedback.step import Taken, settle_undecided, take_mail
from digest.steps.feedback.watching import check_rates
from digest.store import forwards
from digest.store.engine import Store
from digest.store.forwards import Forward
from digest.tokens import Keyring

LEASE = timedelta(minutes=15)
LOOK_EVERY = timedelta(hours=1)
_SOON = timedelta(minutes=1)
_BATCH = 10
_RETRY_SECONDS = 60.0

log = structlog.get_logger("digest")


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """What one look came to."""

    settled: int = 0
    """Replies of relays that were decided."""

    taken: Mapping[Effect, int] = field(default_factory=dict)
    """What came in since the last look, by what followed."""

    forwarded: int = 0
    trouble: str = ""
    """Why something could not be done; empty: all went well."""


class Feedback:
    """Takes what comes back, by all ways that the settings name."""

    def __init__(  # noqa: PLR0913 - everything it works with is handed to it
        self,
        store: Store,
        config: Config,
        keyring: Keyring,
        relays: Mapping[str, Relay],
        clock: Clock,
        *,
        maildir: Path | None = None,
        account: Account | None = None,
        signers: Mapping[str, Signer] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            store: Where everything is kept.
            config: The settings.
            keyring: The keys that prove whom mail is about.
            relays: By name, who takes what is passed on.
            clock: The time.
            maildir: Where mail arrives; ``None``: nowhere.
            account: A mailbox where mail arrives; ``None``: none.
            signers: By domain.
            jitter: Gives a random number from 0 up to 1.
        """
        self._store, self._config, self._keyring = store, config, keyring
        self._relays, self._clock, self._jitter = relays, clock, jitter
        self._maildir, self._account = maildir, account
        self._signers = signers or {}
        self._stop = threading.Event()
        self._taken: Counter[Effect] = Counter()
        self._look_at: datetime | None = None
        self._left = set[str]()
        self.inbox: Inbox | None = None
        """While :meth:`serving`; ``None`` if the settings name none."""

    def stop(self) -> None:
        """Take no more. Safe to repeat."""
        self._stop.set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Listen, and watch the mailbox, meanwhile.

        Raises:
            DigestError: if the place to listen on is taken.
        """
        settings = self._config.feedback.inbox
        watching = None
        if self._account is not None:
            watching = asyncio.create_task(asyncio.to_thread(self._watch_mailbox, self._account))
        try:
            if not settings.listen:
                yield
                return
            host, _, port = settings.listen.rpartition(":")
            self.inbox = Inbox(
                self.take,
                host.strip("[]"),
                int(port),
                protocol=settings.protocol,
                max_bytes=settings.max_bytes,
            )
            async with self.inbox:
                yield
        finally:
            self.inbox = None
            self.stop()
            if watching is not None:
                await watching

    async def take(self, arrival: Arrival) -> None:
        """Take one mail; once this returns, it is dealt with for good."""
        await asyncio.to_thread(self._take, arrival)

    async def go_round(self) -> FeedbackResult:
        """Decide what is undecided, read the Maildir, pass mail on, and look at the rates.

        Raises:
            StoreError: if that cannot be written.
        """
        trouble = ""
        settled = await asyncio.to_thread(self._settle)
        if self._maildir is not None:
            try:
                await asyncio.to_thread(self._read_maildir, self._maildir)
            except DigestError as error:
                trouble = str(error)
        forwarded = 0
        for forward in await asyncio.to_thread(self._claim):
            reason = await self._pass_on(forward)
            forwarded += not reason
            trouble = reason or trouble
        await asyncio.to_thread(self._look)
        taken, self._taken = self._taken, Counter()
        return FeedbackResult(settled, taken, forwarded, trouble)

    async def read_mailbox(self) -> int:
        """Deal with all that is in the mailbox now. Return how many mails that were.

        Raises:
            DigestError: if it cannot be read.
        """
        if self._account is None:
            return 0
        return await asyncio.to_thread(self._read_mailbox, self._account)

    def _take(self, arrival: Arrival) -> Taken:
        taken = take_mail(self._store, self._config, self._keyring, arrival, now=self._clock.now())
        self._taken[taken.decision.effect] += 1
        if taken.report.sort is Sort.COMPLAINT and taken.proof.kind and taken.is_new:
            self._look_at = None  # It may be the one too many: nobody is to hear of it in an hour.
        if taken.decision.effect is not Effect.NOTHING:
            log.info(
                "feedback",
                effect=str(taken.decision.effect),
                report=taken.report_id,
                sort=str(taken.report.sort),
                source=arrival.source,
            )
        return taken

    def _take_if_possible(self, arrival: Arrival) -> bool:
        """Take a mail of a folder; one that cannot be is left where it is, and holds no other."""
        try:
            self._take(arrival)
        except DigestError:
            raise  # The store: it is no fault of the mail, and a later look finds it again.
        except Exception:
            log.exception("mail not taken", source=arrival.source)
            return False
        return True

    def _settle(self) -> int:
        return settle_undecided(self._store, self._config, now=self._clock.now())

    def _read_maildir(self, folder: Path) -> None:
        most = self._config.feedback.inbox.max_bytes
        _, left = read_new(folder, self._take_if_possible, max_bytes=most, skip=self._left)
        self._left |= left

    def _read_mailbox(self, account: Account) -> int:
        with Mailbox(account) as mailbox:
            return mailbox.read(self._take_if_possible, self._stop)

    def _watch_mailbox(self, account: Account) -> None:
        """Deal with what arrives in the mailbox until :meth:`stop`; runs in a thread."""
        said = ""
        while not self._stop.is_set():
            try:
                with Mailbox(account) as mailbox:
                    said = ""
                    while not self._stop.is_set():
                        mailbox.read(self._take_if_possible, self._stop)
                        mailbox.wait(self._config.feedback.imap.poll_seconds, self._stop)
            except DigestError as error:
                if str(error) != said:
                    log.error("mailbox", reason=str(error))  # noqa: TRY400 - the sentence says it all
                said = str(error)
            except Exception:
                log.exception("mailbox")
            self._stop.wait(_RETRY_SECONDS)

    def _claim(self) -> list[Forward]:
        with self._store.read() as tx:
            if not forwards.are_due(tx, self._clock.now()):
                return []
        with self._store.write() as tx:
            return forwards.claim(tx, self._clock.now(), _BATCH, LEASE)

    async def _pass_on(self, forward: Forward) -> str:
        """Pass a mail on. Return why that did not work; empty when it did."""
        now = self._clock.now()
        if forwarding.too_old(forward, now):
            await self._end(forward, "It could not be passed on.")
            return "a mail could not be passed on for days"
        try:
            result = await self._hand_over(forward)
        except Exception as error:
            if not isinstance(error, DigestError):
                log.exception("mail not passed on")
            await self._put_off(forward, now + LEASE, str(error))
            return str(error) or repr(error)
        outcome = outcome_of(result)
        if outcome.state is DeliveryState.ACCEPTED:
            await self._end(forward, "It was passed on.")
            return ""
        if outcome.state is DeliveryState.REFUSED:
            await self._end(forward, f"It was not passed on: {outcome.reason}")
            return outcome.reason
        again = retry_at(outcome, forward.attempts + 1, now, self._jitter())
        await self._put_off(forward, max(again, now + _SOON), outcome.reason)
        return outcome.reason

    async def _hand_over(self, forward: Forward) -> Result:
        outgoing = await asyncio.to_thread(forwarding.written, forward, self._config, self._keyring)
        briefing = next(iter(self._config.briefings.values()))
        signer = signer_for(self._signers, briefing.from_address)
        if signer is not None:
            signed = signer.sign(outgoing.message, forward.created_at)
            outgoing = outgoing._replace(message=signed)
        relay = self._relays.get(briefing.relay)
        if relay is None:
            raise MessageError(f"there is no relay {briefing.relay!r} in the settings")
        return await send_one(relay, outgoing)

    async def _end(self, forward: Forward, outcome: str) -> None:
        await asyncio.to_thread(self._write_end, forward, outcome)

    def _write_end(self, forward: Forward, outcome: str) -> None:
        with self._store.write() as tx:
            forwards.end(tx, forward, outcome)

    async def _put_off(self, forward: Forward, until: datetime, reason: str) -> None:
        await asyncio.to_thread(self._write_put_off, forward, until, reason)

    def _write_put_off(self, forward: Forward, until: datetime, reason: str) -> None:
        with self._store.write() as tx:
            forwards.put_off(tx, forward.id, until, reason)

    def _look(self) -> None:
        now = self._clock.now()
        if self._look_at is None or self._look_at <= now:
            # Before the look, so that what comes in meanwhile is not missed.
            self._look_at = now + LOOK_EVERY
            try:
                check_rates(self._store, self._config, now=now)
            except StoreError:
                self._look_at = None
                raise
