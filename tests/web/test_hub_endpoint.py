"""The hub's address, as programs ask there (feeds.md H8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from web_client import Answer, WebClient
from web_samples import client_of, site_service

from digest.store import hub
from digest.wiring import Service

TOPIC = "https://gazette.example/feeds/atom.xml"

GOOD = {
    "hub.mode": "subscribe",
    "hub.topic": TOPIC,
    "hub.callback": "https://reader.example/cb",
    "hub.secret": "s",
}


@pytest.fixture
def hub_service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    more = '[web]\nlisten = "127.0.0.1:1"\n[websub]\nhub = "self"\n'
    service = site_service(tmp_path, sqlite_template, more=more)
    service.notifier().look()
    yield service
    service.close()


@pytest.fixture
def at_hub(hub_service: Service) -> WebClient:
    return client_of(hub_service)


def unconfirmed(service: Service) -> int:
    with service.store.read() as tx:
        return hub.unconfirmed(tx)


def said(answer: Answer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.status, answer.text.strip()


def test_a_good_request_is_accepted_and_waits_for_its_callback(
    hub_service: Service, at_hub: WebClient
) -> None:
    """WebSub 5.1.2: 202, before the callback was asked."""
    found = said(at_hub.post("/hub", {**GOOD, "anything": "else"}))
    assert found == (202, "Your callback will be asked.")
    assert unconfirmed(hub_service) == 1


@pytest.mark.parametrize("topic", [f"{TOPIC[:-8]}science/rss.xml", f"{TOPIC[:-8]}feed.json"])
def test_every_document_of_every_feed_can_be_subscribed_to(at_hub: WebClient, topic: str) -> None:
    assert said(at_hub.post("/hub", {**GOOD, "hub.topic": topic}))[0] == 202


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"hub.mode": "publish"}, 400, 'hub.mode must be "subscribe" or "unsubscribe"'),
        ({"hub.topic": "https://gazette.example/"}, 404, "hub.topic is no feed of this site; "),
        ({"hub.callback": "http://localhost:631/"}, 400, "hub.callback uses port 631; "),
        ({"hub.callback": "http://10.0.0.1/"}, 400, "hub.callback 10.0.0.1 is not a public"),
        ({"hub.callback": "https://r.example/" + "x" * 2500}, 400, "hub.callback is longer"),
        ({"hub.secret": "x" * 200}, 400, "hub.secret must be less than 200 bytes"),
        ({"hub.secret": "a\0b"}, 400, "hub.secret must be UTF-8 text"),
        ({"hub.lease_seconds": "soon"}, 400, "hub.lease_seconds must be a whole number"),
    ],
)
def test_a_wrong_request_is_refused_in_plain_words(
    hub_service: Service,
    at_hub: WebClient,
    changed: dict[str, str],
    status: int,
    reason: str,
) -> None:
    found, text = said(at_hub.post("/hub", {**GOOD, **changed}))
    assert (found, text[: len(reason)]) == (status, reason)
    assert unconfirmed(hub_service) == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe\0", b"hub.mode", b"{}", b"&" * 5000, b"hub.topic=%ff&hub.callback=%00"],
)
def test_garbage_is_a_bad_request(at_hub: WebClient, body: bytes) -> None:
    form = "application/x-www-form-urlencoded"
    answer = at_hub.request("POST", "/hub", headers={"content_type": form}, body=body)
    assert said(answer)[0] == 400


def test_one_network_that_asks_too_much_is_told_when_to_come_back(at_hub: WebClient) -> None:
    answers = [
        at_hub.post("/hub", {**GOOD, "hub.callback": f"https://r{number}.example/"})
        for number in range(101)
    ]
    assert [answer.status for answer in answers] == [202] * 100 + [429]
    assert answers[-1].headers["retry-after"] == "60"


def test_a_database_that_cannot_be_written_is_said(hub_service: Service, at_hub: WebClient) -> None:
    with hub_service.store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE hub_requests RENAME TO elsewhere")
    answer = at_hub.post("/hub", GOOD)
    assert said(answer) == (503, "the request cannot be taken now; try again soon")
    assert answer.headers["retry-after"] == "60"


def test_looking_at_the_hub_changes_nothing_and_says_what_it_takes(at_hub: WebClient) -> None:
    answer = at_hub.get("/hub")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_without_the_setting_there_is_no_hub(client: WebClient) -> None:
    assert client.post("/hub", GOOD).status in {404, 405}


def test_feeds_name_the_hub_in_headers_and_bodies(hub_service: Service, at_hub: WebClient) -> None:
    """feeds.md H8: Link headers, and the same in the body."""
    address = hub_service.config.hubs()[0]
    assert address == "https://gazette.example/hub"
    for name in ("rss.xml", "atom.xml", "feed.json"):
        answer = at_hub.get(f"/feeds/{name}")
        links = answer.headers["link"]
        assert f'<{address}>; rel="hub"' in links
        assert f'<https://gazette.example/feeds/{name}>; rel="self"' in links
        if name == "feed.json":
            assert json.loads(answer.body)["hubs"] == [{"type": "WebSub", "url": address}]
        else:
            found = feedparser.parse(answer.body).feed.links
            assert address in [link.href for link in found if link.rel == "hub"]
