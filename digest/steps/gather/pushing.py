"""Pushes: articles that a program writes, replaces, and withdraws by the names it gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.config import Config
from digest.errors import DigestError
from digest.model import Article
from digest.model.upstream import Arrival
from digest.steps.gather.decide import Place, keys_of
from digest.steps.gather.step import decided_in, known_articles, place_of, write_in
from digest.store import api, sources
from digest.store import articles as stored
from digest.store.api import Given
from digest.store.engine import Store, Transaction
from digest.store.sources import Fate, Record
from digest.syndication import identity
from digest.syndication.parse.pushed import Pushed, pushed_arrival

ANSWERS_LAST = timedelta(hours=24)
"""How long a request with an Idempotency-Key can be repeated."""

ANY = "*"
"""In a precondition: whatever there is."""


class Why(StrEnum):
    """What keeps a push from being taken."""

    PRECONDITION = "precondition"  #: It is not as the caller thinks.
    TAKEN = "taken"  #: Another article has its address.
    LEFT_OUT = "left out"  #: The source's rules are against it.
    REFUSED = "refused"  #: Somebody refused it in review.
    EMPTY = "empty"  #: There is nothing in it to show.
    REUSED = "reused"  #: Its Idempotency-Key was used for another request.


class PushError(DigestError):
    """A push is not taken; nothing is changed."""

    def __init__(self, why: Why, reason: str) -> None:
        """Say *why*, and the same for people."""
        self.why = why
        super().__init__(reason)


class State(StrEnum):
    """Where an article stands."""

    PUBLISHED = "published"
    SCHEDULED = "scheduled"  #: It is published when its time comes.
    WAITING = "waiting"  #: For somebody to let it in.
    REFUSED = "refused"  #: By somebody.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    """An article as it stands."""

    id: str
    state: State
    etag: str
    """With the quotes that HTTP has around it."""

    title: str
    article: Article | None = None
    """``None`` while it waits, or was refused."""

    reason: str = ""
    """Why it was withdrawn or refused."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller thinks how the article stands (RFC 9110, sections 13.1.1 and 13.1.2).

    Validators with their quotes, or :data:`ANY`; empty: they say nothing.
    """

    if_match: tuple[str, ...] = ()
    if_none_match: tuple[str, ...] = ()

    def check(self, etag: str) -> None:
        """Raise if it is not so; *etag* is empty when there is no such article.

        Raises:
            PushError: with :attr:`Why.PRECONDITION`.
        """
        if self.if_match and not (etag and (ANY in self.if_match or etag in self.if_match)):
            now = f"its ETag is {etag}" if etag else "there is none"
            raise PushError(Why.PRECONDITION, f"the article is not as If-Match says: {now}")
        if etag and (ANY in self.if_none_match or etag in self.if_none_match):
            raise PushError(Why.PRECONDITION, f"there is such an article already: ETag {etag}")


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is carried out once, however often it comes."""

    token_id: int
    key: str
    """sha256 of what the caller calls it."""

    fingerprint: str
    """sha256 of the request."""


@dataclass(frozen=True, slots=True)
class Push:
    """What a push came to."""

    standing: Standing
    is_new: bool
    """Whether there was no article of that name."""

    repeated: Given | None = None
    """What was answered before to the same request; then nothing was done."""


NOTHING_WANTED = Wanted()


def look_at(store: Store, source: str, name: str, *, now: datetime) -> Standing | None:
    """Return how the article that *source* calls *name* stands; ``None`` if there is none."""
    with store.read() as tx:
        return _standing(tx, source, name, now)


def push(  # noqa: PLR0913 - what, where, and under which conditions
    store: Store,
    config: Config,
    source: str,
    pushed: Pushed,
    *,
    now: datetime,
    wanted: Wanted = NOTHING_WANTED,
    once: Once | None = None,
    answer: Callable[[Standing], str] = lambda standing: standing.id,
) -> Push:
    """Write an article, or replace the one of that name; a withdrawn one is published again.

    Args:
        store: Where articles are kept.
        config: The settings.
        source: The source it is of.
        pushed: The article.
        now: The time.
        wanted: How the caller thinks that it stands.
        once: By what a repetition is known; ``None``: it is carried out again.
        answer: What is answered, kept for repetitions.

    Raises:
        PushError: if it is not taken.
        StoreError: if the store cannot be written.
    """
    place = place_of(config, source)
    arrival = pushed_arrival(pushed, place.article_base)
    if arrival is None:
        raise PushError(Why.EMPTY, "there is nothing in the content that readers would see")
    with store.write() as tx:
        api.lock(tx)
        if once is not None:
            api.forget(tx, now - ANSWERS_LAST)
            before = api.given(tx, once.token_id, once.key)
            if before is not None:
                return _repeated(tx, source, pushed.id, once, before, now)
        there = _standing(tx, source, pushed.id, now)
        wanted.check(there.etag if there else "")
        _take(tx, place, arrival, now)
        standing = _standing(tx, source, pushed.id, now)
        if standing is None:
            raise AssertionError(pushed.id)  # it was written just now
        if once is not None:
            given = Given(once.fingerprint, 201, answer(standing))
            api.keep(tx, once.token_id, once.key, given, now)
    return Push(standing, is_new=there is None)


def withdraw(
    store: Store,
    source: str,
    name: str,
    reason: str,
    *,
    now: datetime,
    wanted: Wanted = NOTHING_WANTED,
) -> Standing | None:
    """Withdraw the article that *source* calls *name*; ``None`` if there is none.

    One that waits for somebody does not wait any more. Doing it again changes nothing.

    Raises:
        PushError: if it is not as the caller thinks.
        StoreError: if the store cannot be written.
    """
    with store.write() as tx:
        api.lock(tx)
        there = _standing(tx, source, name, now)
        if there is None:
            wanted.check("")
            return None
        wanted.check(there.etag)
        if there.article is not None and there.state is not State.WITHDRAWN:
            stored.withdraw(tx, there.article.sequence, now, reason)
        elif there.state is State.WAITING:
            sources.forget_record(tx, source, identity.guid_key(source, name))
            return Standing(name, State.WITHDRAWN, there.etag, there.title, reason=reason)
        return _standing(tx, source, name, now)


def _repeated(
    tx: Transaction, source: str, name: str, once: Once, before: Given, now: datetime
) -> Push:
    if before.fingerprint != once.fingerprint:
        raise PushError(Why.REUSED, "the Idempotency-Key was used for another request before")
    standing = _standing(tx, source, name, now)
    gone = Standing(name, State.WITHDRAWN, "", "")
    return Push(standing or gone, is_new=True, repeated=before)


def _take(tx: Transaction, place: Place, arrival: Arrival, now: datetime) -> None:
    keys = keys_of(place.source, [arrival], is_ours=True)
    _, known = known_articles(tx, place.source, [arrival], keys, ())
    guid = keys[0][0]
    for key in keys[0][1:]:
        owner = known.get(key)
        if owner is not None and owner != known.get(guid):
            raise PushError(
                Why.TAKEN,
                f"{arrival.draft.url} is the address of another article, "
                f"{owner.slug or owner.uid} of the source {owner.source}",
            )
    decided = decided_in(tx, place, [arrival], keys, now, (), ())
    verdict = decided.verdicts[0]
    if verdict.fate is Fate.LEFT_OUT:
        raise PushError(Why.LEFT_OUT, f"the rules of the source leave it out: {verdict.reason}")
    if verdict.fate is Fate.REFUSED:
        raise PushError(Why.REFUSED, f"it was refused in review: {verdict.reason}")
    write_in(tx, place, decided, now)


def _standing(tx: Transaction, source: str, name: str, now: datetime) -> Standing | None:
    key = identity.guid_key(source, name)
    known = stored.related(tx, source, (), stored.Names(keys={key}))
    # An article of that key is the source's own: keys of guids hold the source's name.
    article = next(iter(stored.load(tx, [item.sequence for item in known])), None)
    if article is not None:
        return _of_article(name, article, now)
    record = sources.records(tx, source, [key]).get(key)
    states = {Fate.WAITING: State.WAITING, Fate.REFUSED: State.REFUSED}
    if record is None or record.fate not in states:
        return None
    return Standing(name, states[record.fate], _etag_of(record), record.title, reason=record.reason)


def _of_article(name: str, article: Article, now: datetime) -> Standing:
    state = State.SCHEDULED if article.published_at > now else State.PUBLISHED
    if article.withdrawn_at is not None:
        state = State.WITHDRAWN
    # A scheduled article turns published by itself, which is no change of it.
    mark = "w" if state is State.WITHDRAWN else ""
    etag = f'"{article.sequence}.{article.revision}{mark}"'
    return Standing(name, state, etag, article.title, article, article.withdrawn_reason)


def _etag_of(record: Record) -> str:
    said = repr((record.fate, record.draft)).encode("utf-8", "surrogatepass")
    return f'"{hashlib.sha256(said).hexdigest()[:16]}"'
