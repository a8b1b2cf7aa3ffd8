"""Lists of subscribers, and whom somebody may have meant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store_samples import NOW, add_people, add_person, consent_to, freeze_issue

from digest.model import DeliveryState, SubscriptionState
from digest.store import erasure, listing, subscribers, suppressions
from digest.store.engine import Store
from digest.store.enrolment import Entry, set_states
from digest.store.listing import Filter
from digest.store.subscribers import NewSubscriber


def found(store: Store, wanted: Filter, limit: int | None = None) -> list[str]:
    with store.read() as tx:
        return [
            f"{item.subscription.subscriber.email} {item.subscription.briefing}"
            for item in listing.list_people(tx, wanted, limit)
        ]


@pytest.mark.parametrize(
    ("wanted", "people"),
    [
        (Filter(), ["ada daily", "bob daily", "eve weekly"]),
        (Filter("daily"), ["ada daily", "bob daily"]),
        (Filter(state=SubscriptionState.UNSUBSCRIBED), ["bob daily"]),
        (Filter(search="BO"), ["bob daily"]),
        (Filter(search="Lovel"), []),
        (Filter(search="%"), []),
        (Filter("weekly", SubscriptionState.UNSUBSCRIBED), []),
    ],
)
def test_a_list_can_be_narrowed(store: Store, wanted: Filter, people: list[str]) -> None:
    """In any case of letters; a percent sign is one."""
    with store.write() as tx:
        add_person(tx, "ada")
        add_person(tx, "bob", SubscriptionState.UNSUBSCRIBED)
        add_person(tx, "eve", briefing="weekly")
    assert [item.replace("@example.org", "") for item in found(store, wanted)] == people
    with store.read() as tx:
        assert listing.count(tx, wanted) == len(people)


def test_names_are_searched_too(store: Store) -> None:
    with store.write() as tx:
        person = subscribers.add(tx, NewSubscriber("a@b.example", "a@b.example", "h", "Ada L"), NOW)
        subscribers.set_state(tx, consent_to(person.id))
    assert found(store, Filter(search="ada l")) == ["a@b.example daily"]


def test_a_list_can_end_early_and_tells_who_is_suppressed(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 5)
        subscribers.suppress(tx, "hash of daily-0002", NOW, "bounce", "")
    assert len(found(store, Filter(), 3)) == 3
    with store.read() as tx:
        marks = [item.suppressed for item in listing.list_people(tx, Filter())]
    assert marks == ["", "bounce", "", "", ""]


def test_who_was_erased_is_in_no_list(store: Store) -> None:
    with store.write() as tx:
        person = add_person(tx, "ada")
        erasure.erase(tx, person, NOW, method="operator")
    assert found(store, Filter()) == []
    with store.read() as tx:
        assert listing.count(tx, Filter()) == 0
        assert listing.like(tx, "ada@example.org") == []
        assert list(subscribers.list_subscriptions(tx)) == []


def test_addresses_that_are_like_another(store: Store) -> None:
    with store.write() as tx:
        for name in ("ada", "bob"):
            add_person(tx, name)
    with store.read() as tx:
        assert listing.like(tx, "adam@elsewhere.example") == ["ada@example.org"]
        assert listing.like(tx, "zoe@example.org") == ["ada@example.org", "bob@example.org"]
        assert listing.like(tx, "zoe@elsewhere.example") == []


def test_what_waits_for_a_person_is_settled_once_they_are_suppressed(store: Store) -> None:
    with store.write() as tx:
        ada, _ = add_people(tx, 2)
        freeze_issue(tx)
        assert suppressions.settle_waiting(tx, ada, NOW) == 1
        assert suppressions.settle_waiting(tx, ada, NOW) == 0
        (delivery,) = listing.deliveries_to(tx, ada)
    assert (delivery.state, delivery.detail) == (
        DeliveryState.SUPPRESSED,
        "on the do-not-mail record",
    )


def test_lifting_a_suppression(store: Store) -> None:
    with store.write() as tx:
        subscribers.suppress(tx, "h", NOW, "bounce", "550")
        assert suppressions.lift(tx, "h")
        assert not suppressions.lift(tx, "h")
        assert suppressions.get(tx, "h") is None


def test_one_who_left_meanwhile_is_not_added_by_a_transaction_that_had_not_seen_it(
    store: Store,
) -> None:
    """email.md, Consent: never revived, whoever is faster."""
    with store.write() as tx:
        person = add_person(tx, "ada", SubscriptionState.UNSUBSCRIBED)
        event = consent_to(person, at=NOW + timedelta(hours=1))
        set_states(tx, [Entry(event, NOW)])
        (subscription,) = subscribers.subscriptions_of(tx, person)
        assert subscription.state is SubscriptionState.UNSUBSCRIBED
        set_states(tx, [Entry(event, NOW, may_return=True)])
        (subscription,) = subscribers.subscriptions_of(tx, person)
        assert subscription.state is SubscriptionState.CONFIRMED
        set_states(tx, [])
