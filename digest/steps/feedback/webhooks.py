"""What mail services send us: proved, read, and taken, each event once.

A request is answered with success when all that follows from it is committed, and not before.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import structlog

from digest.clock import Clock
from digest.config import Config
from digest.errors import FetchError, NotFoundError, StoreError
from digest.mail.webhooks import (
    Answer,
    Batch,
    ForgedError,
    Happening,
    Hook,
    Post,
    Proven,
    UnreadableError,
    Verdict,
    WebhookError,
    answer_of,
    prove,
    read,
    sns,
)
from digest.steps.feedback.decide import Effect
from digest.steps.feedback.step import Event, take_within
from digest.store import alerts, webhooks
from digest.store.catchup import require_current
from digest.store.engine import Store, Transaction
from digest.syndication.fetch import Fetcher, Limits
from digest.tokens import Keyring

LIMITS = Limits(body_bytes=100_000, seconds=10.0, redirects=0)
"""For certificates and confirmations: redirects would lead away from Amazon."""

TOPIC_ALERT = "webhook-topic:"
"""Begins the key of the alert that a topic waits for the operator."""

_BATCH = 200
"""Events of one transaction: others want to write meanwhile."""

_CERTIFICATES = 16
_CERTIFICATES_AN_HOUR = 20
_FLUSH_EVERY = timedelta(minutes=1)
_SAY_EVERY = timedelta(minutes=1)

log = structlog.get_logger("digest")


class _LaterError(Exception):
    """It cannot be proved now; the text says why."""


class Webhooks:
    """Takes what mail services send."""

    def __init__(
        self,
        store: Store,
        config: Config,
        keyring: Keyring,
        clock: Clock,
        hooks: Mapping[str, Hook],
        fetcher: Callable[[Limits], Fetcher],
    ) -> None:
        """Prepare.

        Args:
            store: Where everything is kept.
            config: The settings.
            keyring: The keys that prove whom events are about.
            clock: The time.
            hooks: By name.
            fetcher: Makes what certificates are fetched with.
        """
        self._store, self._config, self._keyring, self._clock = store, config, keyring, clock
        self._hooks, self._fetcher = hooks, fetcher
        self._certificates: dict[str, bytes] = {}
        # Strangers, who may ask for a topic of theirs, cannot use up what our topics need.
        self._fetched = {
            is_ours: deque[datetime](maxlen=_CERTIFICATES_AN_HOUR) for is_ours in (True, False)
        }
        self._counting = threading.Lock()
        self._idle: dict[str, Counter[str]] = {}
        self._flushed_at: datetime | None = None
        self._said: dict[str, datetime] = {}

    def later(self, name: str) -> Answer | None:
        """Return what to answer when there is no room for a request; ``None``: no such webhook."""
        hook = self._hooks.get(name)
        if hook is None:
            return None
        return answer_of(hook.provider, Verdict.LATER, "It cannot be taken now; try again.")

    async def receive(self, name: str, post: Post) -> Answer | None:
        """Take a request for the webhook *name*; ``None`` when there is none. Never raises."""
        hook = self._hooks.get(name)
        if hook is None:
            return None
        try:
            if hook.provider == "ses":
                post = await self._with_certificate(hook, post)
            answer = await asyncio.to_thread(self._take, hook, post)
            if hook.provider == "ses":
                await self._confirm_known(hook, sns.open_envelope(post.body))
        except ForgedError as error:
            return self._refused(hook, Verdict.FORGED, str(error))
        except WebhookError as error:
            return self._refused(hook, Verdict.NEVER, str(error))
        except (StoreError, FetchError, _LaterError) as error:
            if self._may_say(name):
                log.error("webhook not taken", hook=name, reason=str(error))  # noqa: TRY400 - the sentence says it all
        except Exception:
            log.exception("webhook not taken", hook=name)
        else:
            return answer
        return self.later(name)

    async def confirm(self, name: str, topic: str) -> None:
        """Confirm to Amazon SNS that *topic* may send to the webhook *name*, and believe it.

        Raises:
            NotFoundError: if it never asked.
            FetchError: if Amazon does not take it.
        """
        with self._store.read() as tx:
            found = webhooks.topic_of(tx, name, topic)
            known = [item.topic for item in webhooks.topics(tx) if item.hook == name]
        if found is None:
            raise NotFoundError("topic", topic, known)
        if found.url:
            await self._visit(found.url)
        with self._store.write() as tx:
            now = self._clock.now()
            webhooks.confirm_topic(tx, name, topic, now)
            alerts.clear_alert(tx, _alert_key(name, topic), now)

    def _refused(self, hook: Hook, verdict: Verdict, reason: str) -> Answer:
        if self._may_say(hook.name):
            log.warning("webhook refused", hook=hook.name, reason=reason)
        return answer_of(hook.provider, verdict, f"It is refused: {reason}.")

    def _may_say(self, name: str) -> bool:
        """Return whether to write into the log: it must not fill with what strangers send."""
        now, said_at = self._clock.now(), self._said.get(name)
        if said_at is not None and now - said_at < _SAY_EVERY:
            return False
        self._said[name] = now
        return True

    def _take(self, hook: Hook, post: Post) -> Answer:
        now = self._clock.now()
        require_current(self._store)
        proven = prove(hook, post, now)
        batch = read(hook.provider, post.body)
        if hook.provider == "ses":
            self._heed_topic(hook, sns.open_envelope(post.body), now)
        if batch.happenings or batch.unknown or not proven.covers_body:
            self._write(hook, proven, batch, post.body, now)
        else:
            self._count_idle(hook, batch, now)
        return answer_of(hook.provider, Verdict.TAKEN)

    def _write(self, hook: Hook, proven: Proven, batch: Batch, body: bytes, now: datetime) -> None:
        effects: Counter[str] = Counter()
        happenings = iter(batch.happenings)
        for _ in range((len(batch.happenings) - 1) // _BATCH):
            with self._store.write() as tx:
                effects += self._take_some(tx, list(islice(happenings, _BATCH)), now)
        with self._store.write() as tx:
            # Last, so that a request that was broken off is not taken for one that was done.
            if not _is_first(tx, hook, proven, body, now):
                return
            effects += self._take_some(tx, list(happenings), now)
            webhooks.count(tx, hook.name, batch.names, batch.unknown, now)
        log.info("webhook", hook=hook.name, events=sum(batch.names.values()), **effects)

    def _take_some(
        self, tx: Transaction, happenings: Sequence[Happening], now: datetime
    ) -> Counter[str]:
        effects: Counter[str] = Counter()
        for item in happenings:
            event = Event(item.report, item.identity, address=item.address)
            taken = take_within(tx, self._config, self._keyring, event, now=now)
            if taken.decision.effect is not Effect.NOTHING:
                effects[taken.decision.effect.value] += 1
        return effects

    def _count_idle(self, hook: Hook, batch: Batch, now: datetime) -> None:
        """Count what nothing follows from, without a transaction for each mail that arrived."""
        with self._counting:
            self._idle.setdefault(hook.name, Counter()).update(batch.names)
            if self._flushed_at is not None and now - self._flushed_at < _FLUSH_EVERY:
                return
            self._flushed_at, idle, self._idle = now, self._idle, {}
        with self._store.write() as tx:
            for name, names in sorted(idle.items()):
                webhooks.count(tx, name, names, {}, now)

    async def _with_certificate(self, hook: Hook, post: Post) -> Post:
        envelope = sns.open_envelope(post.body)
        url = sns.certificate_url(envelope)
        if envelope.type == sns.NOTIFICATION:
            await asyncio.to_thread(self._check_topic, hook, envelope.topic)
        if url not in self._certificates:
            now, fetched = self._clock.now(), self._fetched[envelope.type == sns.NOTIFICATION]
            if len(fetched) == fetched.maxlen and now - fetched[0] < timedelta(hours=1):
                raise _LaterError("too many certificates were asked for within the hour")
            fetched.append(now)
            found = await self._visit(url)
            if b"-----BEGIN CERTIFICATE-----" not in found:
                raise FetchError(url, "is no certificate")
            self._certificates[url] = found
            while len(self._certificates) > _CERTIFICATES:
                self._certificates.pop(next(iter(self._certificates)))
        return replace(post, certificate=self._certificates[url])

    async def _confirm_known(self, hook: Hook, envelope: sns.Envelope) -> None:
        """Confirm a topic that the settings name; it was proved before."""
        if envelope.type == sns.SUBSCRIPTION and envelope.topic in hook.topics:
            await self.confirm(hook.name, envelope.topic)

    async def _visit(self, url: str) -> bytes:
        async with self._fetcher(LIMITS) as fetcher:
            answer = await fetcher.get(url)
        if not answer.is_success:
            raise FetchError(url, f"answers {answer.status}")
        return answer.body

    def _check_topic(self, hook: Hook, topic: str) -> None:
        if topic in hook.topics:
            return
        with self._store.read() as tx:
            found = webhooks.topic_of(tx, hook.name, topic)
        if found is None or found.confirmed_at is None:
            raise ForgedError("its topic was never confirmed")

    def _heed_topic(self, hook: Hook, envelope: sns.Envelope, now: datetime) -> None:
        """Write down that a topic wants to send, or does not any more."""
        if envelope.type == sns.SUBSCRIPTION:
            if not envelope.subscribe_url:
                raise UnreadableError("it is to be confirmed at an address that is not Amazon's")
            name, topic, url = hook.name, envelope.topic, envelope.subscribe_url
            with self._store.write() as tx:
                if not webhooks.ask_topic(tx, name, topic, url, now):
                    raise UnreadableError("too many topics wait to be confirmed")
                if topic not in hook.topics:
                    alerts.raise_alert(tx, _alert_key(name, topic), _asks(name, topic), now)
        elif envelope.type == sns.UNSUBSCRIPTION:
            log.warning("topic ended", hook=hook.name, topic=envelope.topic)


def _asks(name: str, topic: str) -> str:
    return (
        f"Amazon SNS wants to send from {topic} to the webhook {name!r}. If that is yours: "
        f"digest feedback confirm {name} {topic}"
    )


def _alert_key(name: str, topic: str) -> str:
    return f"{TOPIC_ALERT}{name}/{topic}"[:200]


def _is_first(tx: Transaction, hook: Hook, proven: Proven, body: bytes, now: datetime) -> bool:
    """Return whether the request was not taken before, and write down that it is now.

    Raises:
        ForgedError: if what may be used only once came with another body.
    """
    if not proven.nonce:
        return True
    body_hash = hashlib.sha256(body).hexdigest()
    webhooks.forget(tx, hook.name, now - 2 * hook.max_age)
    if webhooks.remember(tx, hook.name, proven.nonce, body_hash, now):
        return True
    before = webhooks.body_of(tx, hook.name, proven.nonce) or ""
    if not hmac.compare_digest(before, body_hash):
        raise ForgedError("its signature was used before, for something else")
    return False
