"""Post: mails about subscriptions go to the relay; what cannot go now is tried again."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.clock import Clock
from digest.config import Config
from digest.errors import AddressError, DigestError, MessageError, RelayError
from digest.mail.dkim import Signer
from digest.mail.outcome import outcome_of, retry_at
from digest.mail.relay import Relay
from digest.mail.smtp import send_one
from digest.model import DeliveryState, NoticeKind
from digest.rendering import Renderer
from digest.steps.readers.answer import answer_requests, forget_old
from digest.steps.readers.decide import Outcome
from digest.steps.readers.letters import Writer, Written
from digest.store import alerts, notices
from digest.store.engine import Store
from digest.store.notices import Notice
from digest.tokens import Keyring

LEASE = timedelta(minutes=15)
"""How long nobody else sends a notice that was taken: longer than any relay takes to answer."""

FORGET_EVERY = timedelta(hours=6)
"""How often it is looked for what is old enough to be removed."""

STUCK_AFTER = timedelta(hours=1)
"""How long mails wait that could not go out, before a person is told."""

ALERT = "post"

_BATCH = 10
_FIRST_REST = timedelta(seconds=30)
_LAST_REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class PostResult:
    """What became of the mails that were due."""

    counts: Mapping[DeliveryState, int]
    asked: Mapping[Outcome, int] = field(default_factory=dict)
    """What came of what was asked for on pages."""

    trouble: str = ""
    """The last reason why a mail has to wait; empty when none has."""


class Postman:
    """Sends the mails that are due, each over a connection of its own: there are few."""

    def __init__(  # noqa: PLR0913 - everything it works with is handed to it
        self,
        store: Store,
        config: Config,
        keyring: Keyring,
        renderer: Renderer,
        relays: Mapping[str, Relay],
        clock: Clock,
        *,
        signers: Mapping[str, Signer] | None = None,
        jitter: Callable[[], float] = random.random,
        others: Mapping[NoticeKind, Callable[[Notice], Written | None]] | None = None,
    ) -> None:
        """Prepare; nothing is opened yet. The arguments are as for the deliverer.

        *others* write the mails that are not about a subscription.
        """
        self._store, self._config, self._keyring = store, config, keyring
        self._writer = Writer(store, config, keyring, renderer, signers or {})
        self._others = others or {}
        self._relays = relays
        self._clock = clock
        self._jitter = jitter
        self._is_stopping = False
        self._next_forget_at: datetime | None = None

    def stop(self) -> None:
        """Take no more; finish the mail that is on its way. Safe to repeat."""
        self._is_stopping = True

    async def go_round(self) -> PostResult:
        """Look at what was asked for on pages, send what is due, and forget what is old.

        Raises:
            StoreError: if that cannot be written.
        """
        asked = await asyncio.to_thread(self._answer)
        result = replace(await self.send_due(), asked=asked)
        await asyncio.to_thread(self._watch)
        return result

    async def send_due(self) -> PostResult:
        """Send every mail that is due.

        Raises:
            StoreError: if results cannot be written: then nothing more is sent.
        """
        counts: Counter[DeliveryState] = Counter()
        trouble = ""
        while True:
            batch = await asyncio.to_thread(self._claim)
            for notice in batch:
                if self._is_stopping:
                    await asyncio.to_thread(self._put_back, notice)
                    continue
                state, reason = await self._send(notice)
                counts[state] += 1
                trouble = reason if state is DeliveryState.DEFERRED else trouble
            if len(batch) < _BATCH or self._is_stopping:
                return PostResult(counts, trouble=trouble)

    async def _send(self, notice: Notice) -> tuple[DeliveryState, str]:
        """Send one mail and record what became of it. Return both."""
        try:
            write = self._others.get(notice.kind, self._writer.write)
            written = await asyncio.to_thread(write, notice)
        except (AddressError, MessageError) as error:
            return await self._settle(notice, DeliveryState.REFUSED, str(error))
        except DigestError as error:
            # Somebody has to mend the settings or a template; until then it waits.
            return await self._rest(notice, str(error))
        if written is None:
            return await self._settle(notice, DeliveryState.CANCELLED, "no longer of use")
        if notice.expires_at <= self._clock.now():
            return await self._settle(notice, DeliveryState.EXPIRED, "too old to be of use")
        return await self._hand_over(notice, written)

    async def _hand_over(self, notice: Notice, written: Written) -> tuple[DeliveryState, str]:
        relay = self._relays.get(written.relay)
        if relay is None:
            return await self._rest(notice, f"there is no relay {written.relay!r} in the settings")
        try:
            result = await send_one(relay, written.outgoing)
        except RelayError as error:
            return await self._rest(notice, str(error))
        outcome = outcome_of(result)
        if outcome.state in {DeliveryState.ACCEPTED, DeliveryState.REFUSED}:
            return await self._settle(notice, outcome.state, outcome.reason)
        attempts = notice.attempts + 1
        until = retry_at(outcome, attempts, self._clock.now(), self._jitter())
        # A mail that may have arrived is sent again: two are better than none.
        await asyncio.to_thread(self._put_off, notice, until - self._clock.now(), outcome.reason)
        return DeliveryState.DEFERRED, outcome.reason

    async def _rest(self, notice: Notice, reason: str) -> tuple[DeliveryState, str]:
        """Try again soon: what is in the way is no fault of the mail."""
        pause = min(_FIRST_REST * 2 ** min(notice.attempts, 10), _LAST_REST)
        await asyncio.to_thread(self._put_off, notice, pause, reason)
        return DeliveryState.DEFERRED, reason

    async def _settle(
        self, notice: Notice, state: DeliveryState, reason: str
    ) -> tuple[DeliveryState, str]:
        await asyncio.to_thread(self._write_down, notice, state)
        return state, reason

    def _answer(self) -> Mapping[Outcome, int]:
        now = self._clock.now()
        asked = answer_requests(self._store, self._config, self._keyring, now=now)
        if self._next_forget_at is None or self._next_forget_at <= now:
            forget_old(self._store, self._config, now=now)
            self._next_forget_at = now + FORGET_EVERY
        return asked

    def _watch(self) -> None:
        """Raise an alert when mails cannot go out for long, or clear it."""
        now = self._clock.now()
        with self._store.read() as tx:
            number, reply = notices.stuck(tx, now - STUCK_AFTER)
            is_up = any(alert.key == ALERT for alert in alerts.open_alerts(tx))
        if is_up == bool(number):
            return
        with self._store.write() as tx:
            if not number:
                alerts.clear_alert(tx, ALERT, now)
                return
            hours = STUCK_AFTER // timedelta(hours=1)
            text = (
                f"{number} mails that readers wait for (confirmations, links) could not go out for "
                f"more than {hours} h: {reply or 'no reply'}"
            )
            alerts.raise_alert(tx, ALERT, text, now)

    def _claim(self) -> list[Notice]:
        with self._store.write() as tx:
            return notices.claim(tx, self._clock.now(), _BATCH, LEASE)

    def _put_off(self, notice: Notice, pause: timedelta, reason: str) -> None:
        with self._store.write() as tx:
            until = self._clock.now() + pause
            notices.put_off(tx, notice.id, until, reason, notice.attempts + 1)

    def _put_back(self, notice: Notice) -> None:
        with self._store.write() as tx:
            notices.put_off(tx, notice.id, self._clock.now(), "", notice.attempts)

    def _write_down(self, notice: Notice, state: DeliveryState) -> None:
        with self._store.write() as tx:
            notices.settle(tx, notice.id, state)
