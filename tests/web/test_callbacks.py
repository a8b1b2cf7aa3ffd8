"""The addresses at which hubs bring what sources have (WebSub), over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from web_client import WebClient
from web_samples import client_of, site_service

from digest.store import sources
from digest.syndication import websub
from digest.wiring import Service

TOPIC = "https://harbour.example/feed"
TOKEN, SECRET = "c" * 43, "s" * 43
FEED = b"""<rss version="2.0"><channel><title>Harbour</title><item><guid>7</guid>
<title>Cranes</title><link>https://harbour.example/cranes</link>
<description>New cranes on the quay.</description></item></channel></rss>"""
SOURCE = """
[web]
listen = "127.0.0.1:1"
[sources.articles]
[sources.harbour]
kind = "feed"
url = "https://harbour.example/feed"
"""


@pytest.fixture
def told(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """A publication whose source has a hub that was asked a moment ago."""
    service = site_service(tmp_path, sqlite_template, more=SOURCE)
    now = service.clock.now()
    with service.store.write() as tx:
        sources.ensure(tx, "harbour", TOPIC, now)
        sources.save(
            tx,
            "harbour",
            hub="https://hub.example/",
            topic=TOPIC,
            callback=TOKEN,
            secret=SECRET,
            hub_asked_at=now,
            hub_next_at=now + timedelta(hours=1),
        )
    yield service
    service.close()


@pytest.fixture
def ours(told: Service) -> WebClient:
    return client_of(told)


def state(service: Service) -> sources.State:
    with service.store.read() as tx:
        found = sources.state(tx, "harbour")
    assert found is not None
    return found


QUESTION = f"?hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=c7&hub.lease_seconds=86400"


def test_the_challenge_is_repeated_for_what_was_asked(told: Service, ours: WebClient) -> None:
    """WebSub 5.3."""
    answer = ours.get(f"/sources/{TOKEN}{QUESTION}")
    assert (answer.status, answer.text) == (200, "c7")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert state(told).hub_until == told.clock.now() + timedelta(days=1)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/sources/{'d' * 43}{QUESTION}", 404),
        (f"/sources/{TOKEN}{QUESTION}x", 200),
        (f"/sources/{TOKEN}{QUESTION.replace('subscribe', 'unsubscribe')}", 404),
        (f"/sources/{TOKEN}{QUESTION.replace('/feed', '/other')}", 404),
        (f"/sources/{TOKEN}", 400),
        (f"/sources/{TOKEN}?hub.mode=subscribe&hub.topic={TOPIC}", 400),
        ("/sources/x", 404),
    ],
)
def test_nothing_else_is_confirmed(ours: WebClient, path: str, status: int) -> None:
    assert ours.get(path).status == status


def test_what_is_signed_is_taken_over_and_what_is_not_is_ignored(
    told: Service, ours: WebClient
) -> None:
    """WebSub 8: over the raw bytes; a wrong signature is answered with 2xx all the same."""
    path, kind = f"/sources/{TOKEN}", "application/rss+xml"
    headers = {"Content-Type": kind, "X-Hub-Signature": websub.signature("other", FEED)}
    assert ours.request("POST", path, body=FEED, headers=headers).status == 204
    assert state(told).articles_used == 0
    headers["X-Hub-Signature"] = websub.signature(SECRET, FEED)
    assert ours.request("POST", path, body=FEED, headers=headers).status == 204
    assert state(told).articles_used == 1
    assert ours.request("POST", path[:-1] + "x", body=FEED, headers=headers).status == 410
