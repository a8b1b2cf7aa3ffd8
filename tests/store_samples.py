"""People, articles, and issues in a test's database: what most tests of the store begin with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from patience import PATIENCE_SECONDS
from samples import sample_article

from digest.model import DeliveryState, SubscriptionState
from digest.store import articles, deliveries, issues, subscribers
from digest.store.deliveries import Claim, Settlement
from digest.store.engine import Store, Transaction
from digest.store.issues import NewIssue, Variant
from digest.store.subscribers import Consent, NewSubscriber

T = TypeVar("T")

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def consent_to(
    subscriber_id: int,
    state: SubscriptionState = SubscriptionState.CONFIRMED,
    *,
    briefing: str = "daily",
    at: datetime = NOW,
) -> Consent:
    """Return an event that leads to *state*."""
    return Consent(subscriber_id, briefing, at, state, "form", "ticked the box")


def add_person(
    tx: Transaction,
    name: str,
    state: SubscriptionState | None = SubscriptionState.CONFIRMED,
    *,
    briefing: str = "daily",
) -> int:
    """Write a person who subscribes to *briefing* (unless *state* is ``None``). Return the id."""
    address = f"{name}@example.org"
    person = subscribers.add(tx, NewSubscriber(address, address, f"hash of {name}"), NOW)
    if state is not None:
        subscribers.set_state(tx, consent_to(person.id, state, briefing=briefing))
    return person.id


def add_people(tx: Transaction, number: int, *, briefing: str = "daily") -> list[int]:
    """Write *number* people with confirmed subscriptions. Return their ids."""
    return [
        add_person(tx, f"{briefing}-{place:04}", briefing=briefing)
        for place in range(1, number + 1)
    ]


def add_article(tx: Transaction, number: int = 1) -> int:
    """Write the sample article of that number. Return its sequence number."""
    article = sample_article(number)
    return articles.add(tx, article, path=f"{number}.md", digest=f"digest of {number}", seen_at=NOW)


def add_issue(
    tx: Transaction,
    *,
    briefing: str = "daily",
    number: int = 1,
    expires_at: datetime = NOW + timedelta(days=2),
) -> int:
    """Write an issue without articles. Return its id."""
    new = NewIssue(briefing, f"period {number}", f"Issue {number}", NOW, expires_at, "main")
    return issues.add(tx, new, number)


def freeze_issue(tx: Transaction, *, briefing: str = "daily", number: int = 1) -> int:
    """Freeze an issue for the confirmed subscriptions of *briefing*. Return its id."""
    issue_id = add_issue(tx, briefing=briefing, number=number)
    variant_id = issues.add_variant(tx, issue_id, Variant("en", b"bytes", "<p>html</p>", "text"))
    frozen = deliveries.freeze(tx, issue_id, briefing, variant_id)
    issues.set_candidates(tx, issue_id, frozen)
    return issue_id


def result_of(
    claim: Claim,
    state: DeliveryState = DeliveryState.ACCEPTED,
    *,
    next_attempt_at: datetime | None = None,
) -> Settlement:
    """Return a result for a claim that it still holds."""
    return Settlement(
        claim.id, claim.fence, state, claim.attempts + 1, "250 ok", NOW, next_attempt_at
    )


def states_of(store: Store, issue_id: int) -> dict[int, DeliveryState]:
    """Return the state of each of the issue's deliveries, by id."""
    with store.read() as tx:
        return {row.id: row.state for row in deliveries.list_deliveries(tx, issue_id)}


def at_once(number: int, do: Callable[[int], T]) -> list[T]:
    """Call *do* with 0, 1 … in *number* threads that start together. Return what they returned."""
    gate = threading.Barrier(number, timeout=PATIENCE_SECONDS)

    def wait_and_do(place: int) -> T:
        gate.wait()
        return do(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(wait_and_do, range(number), timeout=PATIENCE_SECONDS))
