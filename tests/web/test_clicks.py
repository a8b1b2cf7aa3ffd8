"""Counted links: they lead to the article, and nobody is recognised."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from web_client import WebClient
from web_samples import client_of, send_issue, site_service

from digest.errors import StoreError
from digest.store import clicks, issues
from digest.store.clicks import Link
from digest.web import clicks as web_clicks
from digest.web.clicks import ClickCounter
from digest.wiring import Service

TARGET = "https://elsewhere.example/report?a=1"


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Service:
    """A site with an issue, of which one article's link is counted."""
    service = site_service(tmp_path, sqlite_template)
    send_issue(service)
    with service.store.write() as tx:
        clicks.add_links(tx, 1, {2: TARGET})
    return service


def counted(service: Service) -> dict[int, int] | None:
    with service.store.read() as tx:
        return clicks.counts_of(tx, 1)


def test_a_link_leads_where_it_led_when_the_issue_was_frozen(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[Link] = []
    monkeypatch.setattr(ClickCounter, "note", lambda _self, link: noted.append(link))
    client: WebClient = client_of(service)
    answer = client.get("/c/daily/1/2?url=https://evil.example/")
    assert (answer.status, answer.headers["location"]) == (302, TARGET)
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert noted == [(1, 2)]
    head = client.request("HEAD", "/c/daily/1/2")
    assert (head.status, head.headers["location"]) == (302, TARGET)
    assert client.post("/c/daily/1/2").status in {403, 405}
    assert noted == [(1, 2)], "only GET counts: programs that look at links use HEAD"


@pytest.mark.parametrize(
    "path", ["daily/1/1", "daily/2/2", "nightly/1/2", "daily/1/99999999999999999999", "daily/1/x"]
)
def test_there_are_no_other_links(service: Service, path: str) -> None:
    assert client_of(service).get(f"/c/{path}").status == 404


async def test_clicks_are_written_in_batches_by_day(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_clicks, "BATCH_SECONDS", 0)
    counter = ClickCounter(service.store, service.clock)
    await counter.written()
    assert counted(service) == {2: 0}
    for _ in range(2):
        counter.note((1, 2))
        counter.note((1, 2))
        await counter.written()
    assert counted(service) == {2: 4}
    counter.write(Counter())
    assert counted(service) == {2: 4}


def test_readers_get_on_where_nothing_can_be_counted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(clicks, "count", fails)
    ClickCounter(service.store, service.clock).write(Counter({(1, 2): 1}))
    assert counted(service) == {2: 0}


def test_an_issue_whose_links_are_not_counted_says_so(service: Service) -> None:
    with service.store.read() as tx:
        assert clicks.counts_of(tx, 99) is None
        assert clicks.targets_of(tx, 1) == (TARGET,)
        assert issues.find(tx, "daily", 1)
