"""Subscribers, their consent, and the do-not-mail record."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from store_samples import NOW, add_person, at_once, consent_to

import digest
from digest.model import Subscriber, SubscriptionState
from digest.store import subscribers
from digest.store.engine import Store
from digest.store.subscribers import Consent, NewSubscriber

UNCONFIRMED = SubscriptionState.UNCONFIRMED
CONFIRMED = SubscriptionState.CONFIRMED
UNSUBSCRIBED = SubscriptionState.UNSUBSCRIBED

ANA = NewSubscriber("Ana@example.org", "ana@example.org", "hash", "Ana Ω", "pt-BR", "Europe/Lisbon")


def test_a_person_is_found_by_the_key_of_the_address(store: Store) -> None:
    with store.write() as tx:
        added = subscribers.add(tx, ANA, NOW)
        assert added == Subscriber(added.id, "Ana@example.org", "Ana Ω", "pt-BR", "Europe/Lisbon")
        assert subscribers.find(tx, "ana@example.org") == added
        assert subscribers.find(tx, "Ana@example.org") is None


def test_one_address_is_one_person(store: Store) -> None:
    with store.write() as tx:
        subscribers.add(tx, ANA, NOW)
    with pytest.raises(IntegrityError), store.write() as tx:
        subscribers.add(tx, ANA, NOW)


def test_there_is_no_subscription_before_the_first_event(store: Store) -> None:
    with store.write() as tx:
        person = add_person(tx, "ana", None)
        assert subscribers.subscription(tx, person, "daily") is None
        assert subscribers.subscriptions_of(tx, person) == []
        assert subscribers.consents_of(tx, person) == []


@pytest.mark.parametrize(
    ("events", "confirmed", "unsubscribed"),
    [
        ([UNCONFIRMED], None, None),
        ([CONFIRMED], 0, None),
        ([UNCONFIRMED, CONFIRMED], 1, None),
        ([CONFIRMED, UNSUBSCRIBED], 0, 1),
        ([UNSUBSCRIBED], None, 0),
        ([CONFIRMED, UNSUBSCRIBED, CONFIRMED], 2, None),
        ([CONFIRMED, UNSUBSCRIBED, UNSUBSCRIBED], 0, 2),
        # Asking anew is not yet consent: it still counts as given up.
        ([CONFIRMED, UNSUBSCRIBED, UNCONFIRMED], 0, 1),
        ([CONFIRMED, UNSUBSCRIBED, UNCONFIRMED, CONFIRMED], 3, None),
    ],
)
def test_a_subscription_stands_where_the_last_event_led(
    store: Store, events: list[SubscriptionState], confirmed: int | None, unsubscribed: int | None
) -> None:
    """Each event is an hour after the one before; times are told as its place among them."""
    moments = [NOW + timedelta(hours=place) for place in range(len(events))]
    with store.write() as tx:
        person = add_person(tx, "ana", None)
        recorded = [
            consent_to(person, state, at=at) for state, at in zip(events, moments, strict=True)
        ]
        for event in recorded:
            subscribers.set_state(tx, event)
        [found] = subscribers.subscriptions_of(tx, person)
        assert subscribers.subscription(tx, person, "daily") == found
        assert subscribers.consents_of(tx, person) == recorded
    assert found.state is events[-1]
    assert found.confirmed_at == (None if confirmed is None else moments[confirmed])
    assert found.unsubscribed_at == (None if unsubscribed is None else moments[unsubscribed])


def test_a_subscription_keeps_its_id_through_all_events(store: Store) -> None:
    """Tokens in mails of long ago name it."""
    with store.write() as tx:
        person = add_person(tx, "ana")
        before = subscribers.subscription(tx, person, "daily")
        subscribers.set_state(tx, consent_to(person, UNSUBSCRIBED))
        subscribers.set_state(tx, consent_to(person, CONFIRMED))
        after = subscribers.subscription(tx, person, "daily")
    assert before is not None
    assert after is not None
    assert before.id == after.id


def test_briefings_are_subscribed_to_one_by_one(store: Store) -> None:
    with store.write() as tx:
        person = add_person(tx, "ana", briefing="weekly")
        subscribers.set_state(tx, consent_to(person, briefing="daily"))
        subscribers.set_state(tx, consent_to(person, UNSUBSCRIBED, briefing="weekly"))
        found = subscribers.subscriptions_of(tx, person)
    assert [(item.briefing, item.state) for item in found] == [
        ("daily", CONFIRMED),
        ("weekly", UNSUBSCRIBED),
    ]


def test_two_that_subscribe_one_person_at_once_make_one_subscription(store: Store) -> None:
    with store.write() as tx:
        person = add_person(tx, "ana", None)

    def subscribe(_: int) -> None:
        with store.write() as tx:
            subscribers.set_state(tx, consent_to(person))

    at_once(4, subscribe)
    with store.read() as tx:
        assert len(subscribers.subscriptions_of(tx, person)) == 1
        assert subscribers.consents_of(tx, person) == [consent_to(person)] * 4


def test_subscriptions_are_listed_by_address_and_counted_by_state(store: Store) -> None:
    with store.write() as tx:
        add_person(tx, "cara", UNCONFIRMED)
        add_person(tx, "ana", UNSUBSCRIBED)
        ben = add_person(tx, "ben")
        subscribers.set_state(tx, consent_to(ben, briefing="weekly"))

        def listed(*wanted: str | SubscriptionState | None) -> list[tuple[str, str]]:
            found = subscribers.list_subscriptions(tx, *wanted)  # type: ignore[arg-type]
            return [(item.subscriber.email.split("@")[0], item.briefing) for item in found]

        assert listed() == [
            ("ana", "daily"),
            ("ben", "daily"),
            ("ben", "weekly"),
            ("cara", "daily"),
        ]
        assert listed("weekly") == [("ben", "weekly")]
        assert listed("daily", UNCONFIRMED) == [("cara", "daily")]
        assert listed(None, CONFIRMED) == [("ben", "daily"), ("ben", "weekly")]
        assert subscribers.count(tx, "daily") == {UNCONFIRMED: 1, CONFIRMED: 1, UNSUBSCRIBED: 1}
        assert subscribers.count(tx, "none") == {UNCONFIRMED: 0, CONFIRMED: 0, UNSUBSCRIBED: 0}


def test_the_first_reason_on_the_do_not_mail_record_stays(store: Store) -> None:
    with store.write() as tx:
        assert not subscribers.is_suppressed(tx, "h1")
        subscribers.suppress(tx, "h1", NOW, "complaint", "report 1")
        subscribers.suppress(tx, "h1", NOW + timedelta(days=1), "bounce", "report 2")
        assert subscribers.is_suppressed(tx, "h1")
        rows = tx.exec_driver_sql("SELECT reason, evidence FROM suppressions").all()
    assert [tuple(row) for row in rows] == [("complaint", "report 1")]


def test_two_that_suppress_an_address_at_once_both_succeed(store: Store) -> None:
    def suppress(place: int) -> None:
        with store.write() as tx:
            subscribers.suppress(tx, "h1", NOW, "bounce", f"report {place}")

    at_once(4, suppress)
    with store.read() as tx:
        assert subscribers.suppressed_among(tx, ["h1"]) == {"h1"}


@pytest.mark.parametrize("others", [0, 40_000], ids=["few", "more than SQLite takes parameters"])
def test_those_on_the_do_not_mail_record_are_picked_out(store: Store, others: int) -> None:
    with store.write() as tx:
        subscribers.suppress(tx, "h1", NOW, "bounce", "")
        subscribers.suppress(tx, "h2", NOW, "bounce", "")
        asked = ["h2", "h3", *(f"other {number}" for number in range(others))]
        assert subscribers.suppressed_among(tx, asked) == {"h2"}
        assert subscribers.suppressed_among(tx, iter(())) == set()


def calls_with(argument: str, in_file: Path) -> Iterator[str]:
    """Yield the names of the functions that *in_file* calls with *argument* as the first one."""
    for node in ast.walk(ast.parse(in_file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            named = ast.unparse(node.args[0]).split(".")[-1]
            if named == argument or (len(node.args) > 1 and ast.unparse(node.args[1]) == argument):
                yield ast.unparse(node.func).split(".")[-1]


def test_no_function_changes_or_removes_the_record_of_consent() -> None:
    """Append-only: it is only ever inserted into and selected from, but for who wants it erased."""
    folder = Path(digest.__file__).parent / "store"
    used = {
        (name, file.name)
        for file in folder.rglob("*.py")
        for name in calls_with("consents", file)
        if name not in {"insert", "select"}
    }
    assert used == {("update", "erasure.py")}


@pytest.mark.parametrize(
    "call",
    [
        lambda tx, person: subscribers.set_state(tx, consent_to(person, UNSUBSCRIBED)),
        lambda tx, person: subscribers.set_state(tx, consent_to(person, CONFIRMED)),
        lambda tx, _: subscribers.suppress(tx, "hash of ana", NOW, "complaint", ""),
        lambda tx, _: add_person(tx, "ben"),
    ],
    ids=["unsubscribe", "confirm again", "suppress", "another person"],
)
def test_what_was_recorded_of_consent_stays(
    store: Store, call: Callable[[object, int], object]
) -> None:
    first = [UNCONFIRMED, CONFIRMED]
    with store.write() as tx:
        person = add_person(tx, "ana", None)
        for state in first:
            subscribers.set_state(tx, Consent(person, "daily", NOW, state, "form", "ticked"))
        before = subscribers.consents_of(tx, person)
        call(tx, person)
        assert subscribers.consents_of(tx, person)[:2] == before
        assert [event.state for event in before] == first
