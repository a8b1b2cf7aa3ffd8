"""Being told by hubs (WebSub): asks them to, answers their questions, takes what they bring."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from secrets import token_urlsafe

import structlog

from digest.clock import Clock
from digest.config import Config
from digest.dispatch.crew import work_off
from digest.errors import FetchError
from digest.model import HubMode
from digest.steps.gather import following
from digest.steps.gather.following import Asking
from digest.steps.gather.poll import Gatherer
from digest.store import sources
from digest.store.engine import Store
from digest.store.sources import State
from digest.syndication import websub
from digest.syndication.fetch import Fetched, Fetcher, Limits
from digest.syndication.parse import FeedError

AT_ONCE = 5
"""Hubs that are asked at a time."""

TOKEN_BYTES = 32
"""Of chance in each of our addresses, and in each secret."""

LIMITS = Limits(body_bytes=100_000, seconds=10.0, redirects=0)
"""Of what a hub answers."""

MAX_REDIRECTS = 2
_REDIRECTS = frozenset({307, 308})
_CLIENT_ERRORS = range(400, 500)

log = structlog.get_logger("digest")


@dataclass(frozen=True, slots=True)
class ListenResult:
    """What one round did."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """How often what happened: ``subscribe`` and ``unsubscribe`` (asked for), ``over``."""

    failures: Mapping[str, str] = field(default_factory=dict)
    """Why hubs did not do as they were asked, by source."""


class Listener:
    """Sees to it that hubs bring what the sources have."""

    def __init__(
        self, store: Store, config: Config, fetcher: Callable[[Limits], Fetcher], clock: Clock
    ) -> None:
        """Prepare; nothing is opened yet. The arguments are as for the gatherer."""
        self._store, self._config, self._fetcher, self._clock = store, config, fetcher, clock
        self._is_stopping = False
        self._counts: Counter[str] = Counter()
        self._failures: dict[str, str] = {}

    def stop(self) -> None:
        """Ask no more; finish what is on its way. Safe to repeat."""
        self._is_stopping = True

    async def go_round(self) -> ListenResult:
        """Ask each hub what is due: to begin, to go on, or to end.

        Raises:
            StoreError: if that cannot be written; then nobody is asked.
        """
        self._counts, self._failures = Counter(), {}
        if await asyncio.to_thread(self._has_work):
            async with self._fetcher(LIMITS) as fetcher:

                async def ask(asking: Asking) -> None:
                    await self._ask(fetcher, asking)

                await work_off(self._claim, ask, AT_ONCE)
        return ListenResult(dict(self._counts), dict(self._failures))

    def _has_work(self) -> bool:
        if self._is_stopping:
            return False
        now = self._clock.now()
        with self._store.read() as tx:
            states = sources.with_hubs(tx)
        return any(self._next(state, now) for state in states)

    def _next(self, state: State, now: datetime) -> HubMode | str | None:
        wanted = following.is_wanted(self._config, state)
        if following.is_over(state, wanted=wanted, now=now):
            return "over"
        return following.due(state, wanted=wanted, now=now)

    def _claim(self, limit: int) -> list[Asking]:
        """Return what is to be asked now; written down before, as a hub may ask back at once."""
        if self._is_stopping:
            return []
        now = self._clock.now()
        found: list[Asking] = []
        with self._store.write() as tx:
            for state in sources.with_hubs(tx):
                step = self._next(state, now)
                if step == "over":
                    sources.save(tx, state.source, **following.over())
                    self._counts["over"] += 1
                elif isinstance(step, HubMode) and len(found) < limit:
                    names = {"callback": token_urlsafe(TOKEN_BYTES), "secret": _secret()}
                    asked = following.asked(state, step, now=now, **names)
                    sources.save(tx, state.source, **following.written(asked))
                    found.append(Asking(asked, step))
        return found

    async def _ask(self, fetcher: Fetcher, asking: Asking) -> None:
        """Ask one hub; that it agrees, it shows by asking back."""
        state = asking.state
        callback = self._config.callback_url(state.callback)
        form = websub.request_form(following.question_of(asking), callback, state.secret)
        try:
            answer = await _post(fetcher, state.hub, form)
        except FetchError as error:
            self._failures[state.source] = f"{state.hub} {error.reason}"
            return
        if answer.is_success:
            self._counts[str(asking.mode)] += 1
            return
        self._failures[state.source] = f"{state.hub} answered with {answer.status}"
        if answer.status in _CLIENT_ERRORS:
            await asyncio.to_thread(self._refused, state)

    def _refused(self, state: State) -> None:
        with self._store.write() as tx:
            sources.save(tx, state.source, **following.refused(state, self._clock.now()))


async def _post(fetcher: Fetcher, hub: str, form: bytes) -> Fetched:
    """Ask *hub*; it may send us elsewhere (section 5.1)."""
    answer = await fetcher.post(hub, form, {"Content-Type": websub.FORM})
    for _ in range(MAX_REDIRECTS):
        # Never from an encrypted address to another that is not: the secret is in it.
        target = answer.headers.get("location", "")
        is_safe = target.startswith("https:" if hub.startswith("https:") else "http")
        if answer.status not in _REDIRECTS or not is_safe:
            break
        answer = await fetcher.post(target, form, {"Content-Type": websub.FORM})
    return answer


def _secret() -> str:
    return token_urlsafe(TOKEN_BYTES)


def answer_question(
    store: Store, config: Config, token: str, query: Mapping[str, str], now: datetime
) -> str | None:
    """Return the challenge to repeat to a hub that asks whether we want what it was asked for.

    Empty where it tells something; ``None``: it is not what we want, or nobody's address.

    Args:
        store: Where sources are kept.
        config: The settings.
        token: The last part of our address.
        query: The fields of the question.
        now: The time.

    Raises:
        HubRequestError: if it is no question.
        StoreError: if it cannot be written; the hub asks again.
    """
    question, challenge = websub.parse_question(query)
    with store.write() as tx:
        state = sources.by_callback(tx, token)
        if state is None:
            return None
        wanted = following.is_wanted(config, state)
        values = following.answered(state, question, wanted=wanted, now=now)
        if values is None:
            return None
        sources.save(tx, state.source, **values)
    log.info("hub of a source", source=state.source, says=str(question.mode))
    return challenge


class Receipt(Enum):
    """What becomes of something that was brought to one of our addresses."""

    TAKEN = "taken"  #: Or ignored: whoever brings it need not know.
    NOBODY = "nobody"  #: Nobody wants it, now or later.


def hear(
    gatherer: Gatherer,
    store: Store,
    config: Config,
    token: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> Receipt:
    """Take what a hub brought to our address with *token*, as if the source had been asked.

    What is not signed as agreed is ignored (section 8). What is signed and cannot be read makes the
    source be asked soon.

    Raises:
        StoreError: if it cannot be written; the hub comes again.
    """
    with store.read() as tx:
        state = sources.by_callback(tx, token)
    if state is None or not following.is_wanted(config, state):
        return Receipt.NOBODY
    said = headers.get("x-hub-signature", "")
    if not (state.secret and websub.is_signed(state.secret, body, said)):
        log.warning("hub of a source", source=state.source, says="what is not signed as agreed")
        return Receipt.TAKEN
    settings = config.sources[state.source]
    if not body.strip():
        _ask_soon(store, state, timedelta(seconds=settings.min_interval_seconds), now)
        return Receipt.TAKEN
    # As it says what it is of, whatever the document says.
    fields = {
        "content-type": headers.get("content-type", ""),
        "link": websub.links(state.topic, (state.hub,)),
    }
    try:
        result = gatherer.take(state, Fetched(state.address, 200, fields, body))
    except FeedError as error:
        log.warning("hub of a source", source=state.source, says=str(error))
        _ask_soon(store, state, timedelta(seconds=settings.min_interval_seconds), now)
        return Receipt.TAKEN
    if result is not None:
        log.info(
            "brought by a hub",
            source=state.source,
            added=len(result.added),
            updated=len(result.updated),
            waiting=result.waiting,
        )
    return Receipt.TAKEN


def _ask_soon(store: Store, state: State, at_least: timedelta, now: datetime) -> None:
    """Have the source asked as soon as it may be."""
    soon = max(now, state.polled_at + at_least) if state.polled_at else now
    if state.next_poll_at is not None and state.next_poll_at > soon:
        with store.write() as tx:
            sources.save(tx, state.source, next_poll_at=soon)
