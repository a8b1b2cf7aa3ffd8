"""Answer: what was asked for on pages is looked at, and becomes mails that wait to be sent."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from digest.config import Config
from digest.mail.address import mailbox_key
from digest.model import NoticeKind, RequestKind, Subscriber, SubscriptionState
from digest.steps.readers.decide import (
    A_DAY,
    Outcome,
    decide_link,
    decide_move,
    decide_sign_up,
)
from digest.store import notices, requests, subscribers
from digest.store.engine import Store, Transaction
from digest.store.requests import Request
from digest.tokens import Keyring

LINK_LASTS = timedelta(minutes=30)
"""How long a link works that shows or changes what is stored of a person (security.md 3)."""

WELCOME_LASTS = timedelta(days=2)
"""How long it is tried to send what has no link in it that expires."""

_BATCH = 20


def answer_requests(
    store: Store, config: Config, keyring: Keyring, *, now: datetime
) -> Counter[Outcome]:
    """Look at all requests that nobody has looked at. Return how many came to what."""
    outcomes: Counter[Outcome] = Counter()
    while True:
        with store.write() as tx:
            batch = requests.unanswered(tx, _BATCH)
            outcomes.update(_answer(tx, config, keyring, each, now) for each in batch)
        if len(batch) < _BATCH:
            return outcomes


def forget_old(store: Store, config: Config, *, now: datetime) -> int:
    """Remove requests older than the settings allow, and settled mails. Return how many."""
    before = now - timedelta(days=config.signup.keep_days)
    with store.write() as tx:
        return requests.forget(tx, before, now) + notices.forget(tx, before)


def _answer(
    tx: Transaction, config: Config, keyring: Keyring, request: Request, now: datetime
) -> Outcome:
    if request.kind is RequestKind.SUBSCRIBE:
        return _answer_sign_up(tx, config, keyring, request, now)
    if request.kind is RequestKind.CHANGE_ADDRESS:
        return _answer_move(tx, keyring, request, now)
    return _answer_link(tx, keyring, request, now)


def _answer_sign_up(
    tx: Transaction, config: Config, keyring: Keyring, request: Request, now: datetime
) -> Outcome:
    wanted = [name for name in request.details["briefings"] if name in config.briefings]
    since = now - max(A_DAY, config.signup.confirm_within)
    outcome = decide_sign_up(
        is_suppressed=_is_suppressed(tx, keyring, request.email_key),
        mailed=requests.mailed_since(tx, request.email_key, request.kind, since),
        confirm_within=config.signup.confirm_within,
        now=now,
    )
    if not wanted:
        outcome = Outcome.GONE
    expires_at = now + config.signup.confirm_within if outcome is Outcome.MAILED else None
    requests.answer(tx, request.id, outcome, now, expires_at=expires_at)
    if expires_at is None:
        return outcome
    details = {
        "briefings": wanted,
        "language": request.details["language"],
        "key": keyring.first_id,
    }
    person = subscribers.find(tx, request.email_key)
    mine = _confirmed(tx, person) if person else {}
    if set(wanted) <= set(mine):
        # Nothing is to be confirmed; but somebody who waits for a mail shall get one.
        details |= {"already": True, "subscriptions": {name: mine[name] for name in wanted}}
        _notify(tx, NoticeKind.WELCOME, request, request.email, details, now, expires_at)
    else:
        _notify(tx, NoticeKind.CONFIRM, request, request.email, details, now, expires_at)
    return outcome


def _answer_link(tx: Transaction, keyring: Keyring, request: Request, now: datetime) -> Outcome:
    person = _person(tx, request)
    mailed = []
    if person is not None and request.subscription_id is not None:
        # From now on it is known for whom it is, and counts among what they asked for.
        key = mailbox_key(person.email)
        requests.rename(tx, request.id, person.email, key)
    elif person is not None:
        key = request.email_key
    if person is not None:
        mailed = requests.mailed_since(tx, key, request.kind, now - A_DAY)
    outcome = decide_link(
        is_known=person is not None,
        is_suppressed=person is not None and _is_suppressed(tx, keyring, key),
        mailed=mailed,
        now=now,
    )
    if person is None or outcome is not Outcome.MAILED:
        requests.answer(tx, request.id, outcome, now)
        return outcome
    expires_at = now + LINK_LASTS
    requests.answer(tx, request.id, outcome, now, subscriber_id=person.id, expires_at=expires_at)
    details = {
        "language": person.language or request.details["language"],
        "subscriptions": _confirmed(tx, person),
        "key": keyring.first_id,
    }
    _notify(tx, NoticeKind(request.kind), request, person.email, details, now, expires_at)
    return outcome


def _answer_move(tx: Transaction, keyring: Keyring, request: Request, now: datetime) -> Outcome:
    outcome = decide_move(
        is_suppressed=_is_suppressed(tx, keyring, request.email_key),
        mailed=requests.mailed_since(tx, request.email_key, request.kind, now - A_DAY),
        now=now,
    )
    expires_at = now + LINK_LASTS if outcome is Outcome.MAILED else None
    requests.answer(tx, request.id, outcome, now, expires_at=expires_at)
    if expires_at is not None:
        details = {"language": request.details["language"], "key": keyring.first_id}
        _notify(tx, NoticeKind.CHANGE_ADDRESS, request, request.email, details, now, expires_at)
    return outcome


def _notify(
    tx: Transaction,
    kind: NoticeKind,
    request: Request,
    recipient: str,
    details: dict[str, object],
    now: datetime,
    expires_at: datetime,
) -> None:
    notices.add(tx, kind, recipient, details, now=now, expires_at=expires_at, request_id=request.id)


def _person(tx: Transaction, request: Request) -> Subscriber | None:
    if request.subscription_id is None:
        return subscribers.find(tx, request.email_key)
    subscription = subscribers.subscription_with(tx, request.subscription_id)
    return subscribers.get(tx, subscription.subscriber.id) if subscription else None


def _confirmed(tx: Transaction, person: Subscriber) -> dict[str, int]:
    """Return the person's subscriptions that stand: number by briefing."""
    return {
        each.briefing: each.id
        for each in subscribers.subscriptions_of(tx, person.id)
        if each.state is SubscriptionState.CONFIRMED
    }


def _is_suppressed(tx: Transaction, keyring: Keyring, key: str) -> bool:
    return subscribers.is_suppressed(tx, keyring.address_hash(key))
