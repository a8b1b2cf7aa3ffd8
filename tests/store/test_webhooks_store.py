"""What mail services sent: remembered, counted, and topics that wait, on both engines."""

from __future__ import annotations

from datetime import timedelta

from store_samples import NOW

from digest.store import webhooks
from digest.store.engine import Store

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"


def test_a_nonce_is_new_once_for_each_webhook(store: Store) -> None:
    """security.md 16: the replay store."""
    with store.write() as tx:
        assert webhooks.body_of(tx, "a", "n") is None
        assert webhooks.remember(tx, "a", "n", "body", NOW)
        assert not webhooks.remember(tx, "a", "n", "other", NOW)
        assert webhooks.remember(tx, "b", "n", "other", NOW)
        assert webhooks.body_of(tx, "a", "n") == "body"
        webhooks.forget(tx, "a", NOW + timedelta(seconds=1))
        assert webhooks.body_of(tx, "a", "n") is None
        assert webhooks.body_of(tx, "b", "n") == "other"


def test_events_add_up_by_name(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    with store.write() as tx:
        webhooks.count(tx, "a", {"bounce": 2, "new": 1}, {"new": 1}, NOW)
        webhooks.count(tx, "a", {"bounce": 3}, {}, later)
        webhooks.count(tx, "b", {"bounce": 1}, {}, NOW)
        found = {(item.hook, item.name): item for item in webhooks.counts(tx)}
    assert {key: item.number for key, item in found.items()} == {
        ("a", "bounce"): 5,
        ("a", "new"): 1,
        ("b", "bounce"): 1,
    }
    assert found["a", "bounce"].last_at == later
    assert not found["a", "new"].is_known


def test_a_topic_waits_until_it_is_confirmed(store: Store) -> None:
    with store.write() as tx:
        assert webhooks.ask_topic(tx, "a", TOPIC, "https://first", NOW)
        assert webhooks.ask_topic(tx, "a", TOPIC, "https://second", NOW)
        found = webhooks.topic_of(tx, "a", TOPIC)
        assert found is not None
        assert (found.url, found.confirmed_at) == ("https://second", None)
        assert webhooks.topic_of(tx, "b", TOPIC) is None
        webhooks.confirm_topic(tx, "a", TOPIC, NOW)
        (confirmed,) = webhooks.topics(tx)
        assert (confirmed.url, confirmed.confirmed_at) == ("", NOW)


def test_confirmed_topics_take_no_room_from_those_that_wait(store: Store) -> None:
    with store.write() as tx:
        for number in range(webhooks.MAX_WAITING_TOPICS):
            assert webhooks.ask_topic(tx, "a", f"{TOPIC}{number}", "https://x", NOW)
        assert not webhooks.ask_topic(tx, "a", TOPIC, "https://x", NOW)
        assert webhooks.ask_topic(tx, "b", TOPIC, "https://x", NOW)
        webhooks.confirm_topic(tx, "a", f"{TOPIC}0", NOW)
        assert webhooks.ask_topic(tx, "a", TOPIC, "https://x", NOW)
