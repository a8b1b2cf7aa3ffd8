"""A feed for one subscriber, at an address that only they have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import KEYRING, Desk

from digest.errors import NotFoundError
from digest.model import Cadence, SubscriptionState
from digest.steps.private_feed import PrivateFeed, address_of, private_feed
from digest.steps.subscribe import Wish, person_of, subscribe, unsubscribe
from digest.store import choices, subscribers
from digest.store.engine import Store
from digest.tokens import Purpose, make

ADA = "ada@reader.example"


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """A publication with three articles, and one who reads it."""
    desk = Desk(store, tmp_path)
    for number, topic in enumerate(("Sea", "Land", "Sea")):
        desk.write(
            f"a{number}.md",
            f"---\ntitle: A{number}\ntopics: {topic}\npublished: 2026-11-2{number}\n---\nText.\n",
        )
    desk.ingest()
    wish = Wish(person_of(ADA), "daily", SubscriptionState.CONFIRMED)
    subscribe(store, KEYRING, [wish], method="operator", evidence="", now=desk.now)
    return desk


def address(desk: Desk, *, email: str = ADA, revoke: bool = False) -> str:
    return address_of(desk.store, desk.config, KEYRING, email, "daily", revoke=revoke, now=desk.now)


def at(desk: Desk, url: str) -> PrivateFeed | None:
    token = url.rstrip("/").rpartition("/")[2]
    return private_feed(desk.store, desk.config, KEYRING, token, now=desk.now)


def titles(desk: Desk, url: str) -> list[str]:
    found = at(desk, url)
    assert found is not None
    assert found.documents is not None
    return [item["title"] for item in json.loads(found.documents.json)["items"]]


def test_it_holds_what_the_briefing_would_send(desk: Desk) -> None:
    url = address(desk)
    assert titles(desk, url) == ["A2", "A1", "A0"]
    found = at(desk, url)
    assert found is not None
    assert found.documents is not None
    told = json.loads(found.documents.json)
    assert told["feed_url"] == f"{url}feed.json"
    assert ADA not in found.documents.json.decode()
    assert url.startswith("https://gazette.example/private/")


def test_it_holds_only_the_topics_that_its_subscriber_chose(desk: Desk) -> None:
    with desk.store.write() as tx:
        person = subscribers.find(tx, ADA)
        assert person is not None
        found = subscribers.subscription(tx, person.id, "daily")
        assert found is not None
        choices.set_subscription(
            tx, found.id, topics=("sea",), cadence=Cadence.EACH, paused_until=None, now=desk.now
        )
    assert titles(desk, address(desk)) == ["A2", "A0"]


def test_the_address_stays_until_it_is_revoked(desk: Desk) -> None:
    first = address(desk)
    assert address(desk) == first
    second = address(desk, revoke=True)
    assert second != first
    assert at(desk, first) == PrivateFeed(None)
    assert titles(desk, second) == ["A2", "A1", "A0"]


def test_it_ends_with_the_subscription(desk: Desk) -> None:
    url = address(desk)
    unsubscribe(desk.store, ADA, None, method="operator", evidence="", now=desk.now)
    assert at(desk, url) == PrivateFeed(None)
    with pytest.raises(NotFoundError, match="confirmed subscriber"):
        address(desk)
    with pytest.raises(NotFoundError):
        address(desk, email="nobody@reader.example")


def test_security_no_other_token_opens_it(desk: Desk) -> None:
    """An unsubscribe token is in every mail that is passed on."""
    address(desk)
    assert at(desk, "x" * 40) is None
    assert at(desk, make(KEYRING, Purpose.UNSUBSCRIBE, 1)) is None
    assert at(desk, make(KEYRING, Purpose.FEED, 999, scope=1)) == PrivateFeed(None)
