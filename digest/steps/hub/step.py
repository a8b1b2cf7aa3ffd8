"""The step itself: asks callbacks what they want, and sends them what has changed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe

from digest.clock import Clock
from digest.config import Config
from digest.dispatch.crew import work_off
from digest.errors import FetchError, ForbiddenFetchError
from digest.model import HubMode
from digest.store import hub
from digest.store.engine import Store
from digest.store.hub import Request, Subscription
from digest.syndication import websub
from digest.syndication.fetch import Fetched, Fetcher, Limits
from digest.syndication.served import MEDIA_TYPES

LEASE = timedelta(minutes=1)
"""How long nobody else takes up what was taken: longer than any callback may take."""

MAX_QUESTIONS = 3
"""How often a callback that cannot be reached is asked about one request."""

LIMITS = Limits(body_bytes=1_000_000, seconds=10.0, redirects=0)
"""Of what a callback answers. It must answer itself: a redirect is a failure (section 5.3)."""

FAILING = "nothing was taken for days"

_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class HubResult:
    """What one round did."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """How often what happened: ``confirmed``, ``unconfirmed``, ``unasked`` (to be asked again),
    ``told`` (a denial), ``taken``, ``idle`` (it has what there is), ``failed``, ``ended``,
    ``expired``."""


class Hub:
    """Serves the subscribers of the feeds."""

    def __init__(
        self,
        store: Store,
        config: Config,
        folder: Path,
        fetcher: Callable[[Limits], Fetcher],
        clock: Clock,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is opened yet. The arguments are as for the notifier."""
        self._store, self._config, self._folder = store, config, folder
        self._fetcher, self._clock, self._jitter = fetcher, clock, jitter
        self._hubs = config.hubs()
        self._is_stopping = False
        self._counts: Counter[str] = Counter()

    def stop(self) -> None:
        """Take no more; finish what is on its way. Safe to repeat."""
        self._is_stopping = True

    async def go_round(self) -> HubResult:
        """End what is over, ask and tell callbacks what is due, send what is due.

        Raises:
            StoreError: if results cannot be written: then nothing more is sent.
        """
        self._counts = Counter()
        if await asyncio.to_thread(self._prepare):
            async with self._fetcher(LIMITS) as fetcher:
                try:
                    await self._work(fetcher)
                except ExceptionGroup as group:
                    raise group.exceptions[0] from None
        return HubResult(dict(self._counts))

    async def _work(self, fetcher: Fetcher) -> None:
        """Ask and send side by side, with hands of their own: neither can hold the other up."""

        async def ask(request: Request) -> None:
            self._counts[await self._ask(fetcher, request)] += 1

        async def send(subscription: Subscription) -> None:
            self._counts[await self._send(fetcher, subscription)] += 1

        at_once = self._config.websub.connections
        async with asyncio.TaskGroup() as both:
            both.create_task(work_off(self._claim_requests, ask, at_once))
            both.create_task(work_off(self._claim, send, at_once))

    def _prepare(self) -> bool:
        """End what is over; return whether there is anything to do in the network."""
        now = self._clock.now()
        with self._store.read() as tx:
            has_work, has_expired = hub.has_work(tx, now), hub.has_expired(tx, now)
        if has_expired:
            with self._store.write() as tx:
                self._counts["expired"] += hub.end_expired(tx, now)
        return has_work and not self._is_stopping

    def _claim_requests(self, limit: int) -> list[Request]:
        if self._is_stopping:
            return []
        with self._store.write() as tx:
            return hub.claim_requests(tx, self._clock.now(), limit, LEASE)

    def _claim(self, limit: int) -> list[Subscription]:
        if self._is_stopping:
            return []
        with self._store.write() as tx:
            return hub.claim(tx, self._clock.now(), limit, LEASE)

    async def _ask(self, fetcher: Fetcher, request: Request) -> str:
        """Ask, or tell, a callback, and do as it says. Return what came of it."""
        if request.mode is HubMode.DENIED:
            url, challenge = websub.denial_url(request.callback, request.topic, request.reason), ""
        else:
            challenge = token_urlsafe(websub.CHALLENGE_BYTES)
            wanted = websub.Question(request.mode, request.topic, request.lease)
            url = websub.verification_url(request.callback, wanted, challenge)
        answer, may_ask_again = None, False
        try:
            answer = await fetcher.get(url)
            may_ask_again = answer.status >= _SERVER_ERROR
        except FetchError as error:
            may_ask_again = not isinstance(error, ForbiddenFetchError)
        return await asyncio.to_thread(
            self._settle_request, request, answer, challenge, may_ask_again=may_ask_again
        )

    def _settle_request(
        self, request: Request, answer: Fetched | None, challenge: str, *, may_ask_again: bool
    ) -> str:
        now = self._clock.now()
        with self._store.write() as tx:
            if may_ask_again and request.attempts + 1 < MAX_QUESTIONS:
                pause = websub.pause_after(request.attempts + 1, self._jitter())
                hub.put_off_request(tx, request, now + pause)
                return "unasked"
            # A newer request for the same counts alone.
            stands = hub.drop_request(tx, request)
            if request.mode is HubMode.DENIED:
                return "told"
            if (
                stands
                and answer is not None
                and websub.is_confirmed(answer.status, answer.body, challenge)
            ):
                hub.confirm(tx, request, now)
                return "confirmed"
        return "unconfirmed"

    async def _send(self, fetcher: Fetcher, subscription: Subscription) -> str:
        """Send a subscriber the document as it is now. Return what came of it."""
        topic, settle = subscription.topic, self._settle
        body = await asyncio.to_thread(self._document, topic)
        tag = sha256(body).hexdigest() if body is not None else ""
        if body is None or tag == subscription.tag:
            return await asyncio.to_thread(settle, subscription, tag, None, "")
        media_type = MEDIA_TYPES[topic.rpartition("/")[2]]
        headers = websub.content_headers(topic, self._hubs, media_type)
        if subscription.secret:
            headers["X-Hub-Signature"] = websub.signature(subscription.secret, body)
        try:
            answer = await fetcher.post(subscription.callback, body, headers)
        except FetchError as error:
            return await asyncio.to_thread(settle, subscription, tag, 0, error.reason)
        return await asyncio.to_thread(
            settle, subscription, tag, answer.status, f"answered with {answer.status}"
        )

    def _document(self, topic: str) -> bytes | None:
        """Return the document at *topic* as it is now; ``None`` when it is not there."""
        try:
            return (self._folder / topic.removeprefix(self._config.publish.url)).read_bytes()
        except OSError:
            return None

    def _settle(self, sent: Subscription, tag: str, status: int | None, detail: str) -> str:
        """Record what came of sending; the *status* ``None`` means that there was nothing to."""
        now = self._clock.now()
        with self._store.write() as tx:
            if status is None:
                hub.settle_idle(tx, sent)
                return "idle"
            if websub.is_taken(status):
                hub.settle_taken(tx, sent, tag, now)
                return "taken"
            if websub.is_farewell(status):
                hub.end(tx, sent, now)
                return "ended"
            since = sent.failing_since or now
            if now - since >= self._config.websub.drop_after:
                hub.end(tx, sent, now, FAILING)
                return "ended"
            until = now + websub.pause_after(sent.failures + 1, self._jitter())
            hub.put_off(tx, sent, now=now, until=until, detail=detail)
        return "failed"
