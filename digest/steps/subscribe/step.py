"""The step itself: wishes become subscriptions, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.mail.address import mailbox_key
from digest.model import SubscriptionState
from digest.steps.subscribe.people import Change, Wish, decide
from digest.steps.subscribe.records import unknown
from digest.store import enrolment, subscribers
from digest.store.consent import Consent
from digest.store.engine import Store, Transaction
from digest.store.enrolment import Entry
from digest.store.subscribers import NewSubscriber
from digest.tokens import Keyring

BATCH = 1000
"""So many wishes are looked up and written together."""

_WRITTEN = frozenset({Change.ADDED, Change.CONFIRMED, Change.UNSUBSCRIBED})
"""Changes that leave an event in the record of consent."""


@dataclass(frozen=True, slots=True)
class SubscribeResult:
    """What became of each wish."""

    changes: tuple[tuple[Wish, Change], ...]
    """In the order of the wishes."""

    def count(self, change: Change) -> int:
        """Return how many wishes led to *change*."""
        return sum(1 for _, made in self.changes if made is change)


@dataclass(frozen=True, slots=True)
class _Word:
    """On whose word it is done, for the record."""

    method: str
    evidence: str
    now: datetime


def subscribe(  # noqa: PLR0913 - who, to what, on whose word, when
    store: Store,
    keyring: Keyring,
    wishes: Iterable[Wish],
    *,
    method: str,
    evidence: str,
    now: datetime,
    allow_return: bool = False,
    is_check: bool = False,
    progress: Callable[[int], None] | None = None,
) -> SubscribeResult:
    """Bring subscriptions into the wished states, all of them or none.

    Args:
        store: Where subscribers are kept.
        keyring: For the hash by which the do-not-mail record knows an address.
        wishes: Who is to be subscribed to what, in which state.
        method: Who does it, for the record: ``operator``, ``import``.
        evidence: What was agreed to, or why the operator says it was, for the record.
        now: When.
        allow_return: Whether somebody who unsubscribed may come back: only on their own word.
        is_check: Whether only to say what would be done.
        progress: Told how many wishes are done.
    """
    asked = list(wishes)
    word = _Word(method, evidence, now)
    made: dict[int, Change] = {}
    with store.read() if is_check else store.write() as tx:
        for places in _batches(asked):
            wishes_now = [asked[place] for place in places]
            batch = _look_up(
                tx, keyring, wishes_now, None if is_check else now, allow_return=allow_return
            )
            if not is_check:
                _write(tx, batch, word)
            made |= zip(places, batch.changes, strict=True)
            if progress is not None:
                progress(len(made))
    return SubscribeResult(tuple((wish, made[place]) for place, wish in enumerate(asked)))


def unsubscribe(
    store: Store, email: str, briefing: str | None, *, method: str, evidence: str, now: datetime
) -> tuple[str, ...]:
    """End a person's subscription to *briefing* (``None``: to all). Return which were ended.

    Raises:
        NotFoundError: if nobody with that address ever subscribed.
        AddressError: if *email* is no address.
    """
    ended = []
    with store.write() as tx:
        person = subscribers.find(tx, mailbox_key(email))
        if person is None:
            raise unknown(tx, email)
        for subscription in subscribers.subscriptions_of(tx, person.id):
            if briefing not in {None, subscription.briefing}:
                continue
            if subscription.state is not SubscriptionState.UNSUBSCRIBED:
                state = SubscriptionState.UNSUBSCRIBED
                consent = Consent(person.id, subscription.briefing, now, state, method, evidence)
                subscribers.set_state(tx, consent)
                ended.append(subscription.briefing)
    return tuple(ended)


def _batches(wishes: Sequence[Wish]) -> Iterator[list[int]]:
    """Yield places of *wishes*, a batch at a time; none has one subscription twice.

    In the order of addresses, whatever the order of the file: two imports at once then wait for
    each other, and never both for ever.
    """
    batch: list[int] = []
    seen: set[tuple[str, str]] = set()
    for place in sorted(range(len(wishes)), key=lambda place: wishes[place].person.key):
        name = (wishes[place].person.key, wishes[place].briefing)
        if name in seen or len(batch) == BATCH:
            yield batch
            batch, seen = [], set()
        batch.append(place)
        seen.add(name)
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Batch:
    """Wishes with what the database says of them."""

    wishes: Sequence[Wish]
    hashes: Mapping[str, str]
    """By what the do-not-mail record knows each address, by its key."""

    ids: Mapping[str, int]
    """Of the subscribers there are, by the keys of their addresses."""

    changes: Sequence[Change]


def _look_up(
    tx: Transaction,
    keyring: Keyring,
    wishes: Sequence[Wish],
    now: datetime | None,
    *,
    allow_return: bool,
) -> _Batch:
    """Decide what becomes of *wishes*; with *now*, so that it can be written.

    Who is new is then written first. Another transaction that is at the same people is waited for,
    and what it did is seen.
    """
    hashes = {wish.person.key: keyring.address_hash(wish.person.key) for wish in wishes}
    suppressed = subscribers.suppressed_among(tx, hashes.values())
    if now is not None:
        known = enrolment.ids_of(tx, hashes)
        new = {
            wish.person.key: _new_subscriber(wish, hashes)
            for wish in reversed(wishes)
            if not wish.suppressed
            and hashes[wish.person.key] not in suppressed
            and wish.person.key not in known
        }
        enrolment.add_people(tx, [new[key] for key in sorted(new)], now)
    ids = enrolment.ids_of(tx, hashes, lock=now is not None)
    states = enrolment.states_of(tx, ids.values(), lock=now is not None)
    changes = [
        decide(
            wish,
            states.get((ids.get(wish.person.key, 0), wish.briefing)),
            is_suppressed=hashes[wish.person.key] in suppressed,
            allow_return=allow_return,
        )
        for wish in wishes
    ]
    return _Batch(wishes, hashes, ids, changes)


def _write(tx: Transaction, batch: _Batch, word: _Word) -> None:
    made = list(zip(batch.wishes, batch.changes, strict=True))
    enrolment.suppress_all(
        tx,
        [
            (batch.hashes[wish.person.key], wish.suppressed, _said(word.evidence, wish.note))
            for wish, change in made
            if change is Change.NEWLY_SUPPRESSED
        ],
        word.now,
    )
    enrolment.set_states(
        tx,
        [_entry(wish, change, batch.ids, word) for wish, change in made if change in _WRITTEN],
    )


def _new_subscriber(wish: Wish, hashes: Mapping[str, str]) -> NewSubscriber:
    person = wish.person
    return NewSubscriber(
        person.email,
        person.key,
        hashes[person.key],
        person.name,
        person.language,
        person.timezone,
        person.format,
    )


def _entry(wish: Wish, change: Change, ids: Mapping[str, int], word: _Word) -> Entry:
    state, since = wish.state, min(wish.since or word.now, word.now)
    if change is Change.UNSUBSCRIBED:
        # Of an issue that is on its way, those who have left since it was frozen are asked for.
        since = word.now
    return Entry(
        Consent(
            ids[wish.person.key],
            wish.briefing,
            word.now,
            state,
            word.method,
            _said(word.evidence, wish.note),
            network=wish.network,
        ),
        since,
        # Whoever may not was told so already: what is added is new, what changes was there.
        may_return=change is not Change.ADDED,
        topics=wish.topics,
        cadence=wish.cadence,
        paused_until=wish.paused_until,
    )


def _said(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
