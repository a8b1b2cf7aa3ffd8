"""Hubs, pings, and subscriptions in the store, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.model import HubMode
from digest.store import hub, pings
from digest.store.engine import Store
from digest.store.hub import Budgets, Callback, Request, Standing

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
ATOM, JSON = "https://gazette.example/feeds/atom.xml", "https://gazette.example/feeds/feed.json"
BUDGETS = Budgets(total=100, site=50, unconfirmed=10)


def request(callback: str, topic: str = ATOM, mode: HubMode = HubMode.SUBSCRIBE) -> Request:
    return Request(
        mode=mode,
        topic=topic,
        callback=callback,
        site="reader.example:443",
        asked_at=NOW,
        network="192.0.2.0/24",
        secret="s",
        lease=timedelta(days=1),
    )


def test_documents_are_known_by_their_last_state(store: Store) -> None:
    with store.write() as tx:
        pings.note_change(tx, ATOM, "1", NOW)
        pings.note_change(tx, JSON, "2", NOW)
        pings.note_change(tx, ATOM, "3", NOW)
        assert pings.topics(tx) == {ATOM: "3", JSON: "2"}
        pings.demand(tx, "https://hub.example/", ATOM, NOW)
        pings.demand(tx, "https://hub.example/", JSON, NOW)
        pings.demand(tx, "https://old.example/", ATOM, NOW)
        pings.forget(tx, [ATOM], ["https://hub.example/"])
        assert pings.topics(tx) == {ATOM: "3"}
        assert [(ping.hub, ping.topic) for ping in pings.pings(tx)] == [
            ("https://hub.example/", ATOM)
        ]


def test_a_ping_is_taken_by_one_and_comes_back_when_its_lease_is_over(store: Store) -> None:
    with store.write() as tx:
        for number in range(3):
            pings.demand(tx, f"https://hub{number}.example/", ATOM, NOW)
        assert len(pings.claim(tx, NOW, 2, LEASE)) == 2
        assert len(pings.claim(tx, NOW, 2, LEASE)) == 1
        assert pings.claim(tx, NOW, 2, LEASE) == []
        again = pings.claim(tx, NOW + LEASE, 9, LEASE)
    assert len(again) == 3
    assert {ping.attempts for ping in again} == {0}


def test_what_was_asked_goes_in_and_out_again(store: Store) -> None:
    with store.write() as tx:
        assert hub.add_request(tx, request("https://r.example/"), BUDGETS) == ""
        assert hub.has_work(tx, NOW)
        assert not hub.has_work(tx, NOW - LEASE)
        assert hub.unconfirmed(tx) == 1
        [claimed] = hub.claim_requests(tx, NOW, 9, LEASE)
        assert claimed == replace(request("https://r.example/"), id=claimed.id)
        assert hub.claim_requests(tx, NOW, 9, LEASE) == []
        assert hub.drop_request(tx, claimed)
        assert hub.unconfirmed(tx) == 0


def test_a_later_request_for_the_same_takes_the_place_of_the_first(store: Store) -> None:
    with store.write() as tx:
        hub.put_request(tx, request("https://r.example/"))
        hub.put_request(tx, request("https://r.example/", mode=HubMode.UNSUBSCRIBE))
        hub.put_request(tx, request("https://r.example/", topic=JSON))
        found = hub.claim_requests(tx, NOW, 9, LEASE)
    assert {(item.topic, item.mode) for item in found} == {
        (ATOM, HubMode.UNSUBSCRIBE),
        (JSON, HubMode.SUBSCRIBE),
    }


def test_content_is_sent_on_and_failing_ones_come_last(store: Store) -> None:
    with store.write() as tx:
        pings.note_change(tx, ATOM, "1", NOW)
        for name in "abc":
            hub.confirm(tx, request(f"https://r.example/{name}"), NOW)
        hub.confirm(tx, request("https://r.example/a", topic=JSON), NOW)
        assert hub.claim(tx, NOW, 9, LEASE) == []
        hub.mark_due(tx, ATOM, NOW)
        [first] = hub.claim(tx, NOW, 1, LEASE)
        assert (first.topic, first.secret, first.tag, first.known_tag) == (ATOM, "s", "", "1")
        hub.put_off(tx, first, now=NOW, until=NOW + LEASE, detail="answered with 500")
        assert len(hub.claim(tx, NOW, 9, LEASE)) == 2
        [one, two, last] = sorted(
            hub.claim(tx, NOW + LEASE, 9, LEASE), key=lambda item: item.failures
        )
        assert (last.callback, last.failures, last.failing_since) == (first.callback, 1, NOW)
        hub.settle_taken(tx, one, "1", NOW)
        hub.settle_idle(tx, two)
        assert hub.standings(tx) == [Standing(ATOM, 3, 1, 1, NOW), Standing(JSON, 1, 0, 0, None)]
        hub.end(tx, last, NOW, "why")
        [denial] = hub.claim_requests(tx, NOW, 9, LEASE)
    assert (denial.mode, denial.callback, denial.reason) == (
        HubMode.DENIED,
        first.callback,
        "why",
    )


def test_a_healthy_subscriber_does_not_wait_behind_failing_ones(store: Store) -> None:
    with store.write() as tx:
        for name in "ab":
            hub.confirm(tx, request(f"https://r.example/{name}"), NOW)
        hub.mark_due(tx, ATOM, NOW)
        failing, _ = hub.claim(tx, NOW, 9, LEASE)
        hub.put_off(tx, failing, now=NOW, until=NOW, detail="")
        [next_one] = hub.claim(tx, NOW + LEASE, 1, LEASE)
    assert next_one.callback != failing.callback


def test_leases_end_and_renewals_do_not(store: Store) -> None:
    later = NOW + timedelta(hours=20)
    with store.write() as tx:
        hub.confirm(tx, request("https://r.example/ends"), NOW)
        hub.confirm(tx, request("https://r.example/stays"), NOW)
        hub.confirm(tx, request("https://r.example/stays"), later)
        assert not hub.has_expired(tx, later)
        end = NOW + timedelta(days=1)
        hub.mark_due(tx, ATOM, NOW)
        assert [item.callback for item in hub.claim(tx, end, 9, LEASE)] == [
            "https://r.example/stays"
        ]
        assert hub.has_expired(tx, end)
        assert hub.end_expired(tx, end) == 1
        assert hub.callbacks(tx) == [
            Callback(ATOM, "https://r.example/stays", later + timedelta(days=1))
        ]


def test_who_subscribed_to_what_is_no_more_is_told_once(store: Store) -> None:
    with store.write() as tx:
        pings.note_change(tx, JSON, "1", NOW)
        hub.confirm(tx, request("https://r.example/a"), NOW)
        hub.confirm(tx, request("https://r.example/a", topic=JSON), NOW)
        hub.put_request(tx, request("https://r.example/b"))
        assert hub.end_orphans(tx, NOW, "gone") == 2
        assert hub.end_orphans(tx, NOW, "gone") == 0
        found = hub.claim_requests(tx, NOW, 9, LEASE)
    assert [(item.mode, item.topic, item.reason) for item in found] == [
        (HubMode.DENIED, ATOM, "gone")
    ] * 2
