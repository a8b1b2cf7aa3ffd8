"""Feeds of single subscribers, over HTTP."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import pytest
from web_client import WebClient
from web_samples import client_of, send_issue, site_service

from digest.steps.private_feed import address_of
from digest.steps.subscribe import unsubscribe
from digest.syndication.served import MEDIA_TYPES

ADA = "ada@reader.example"


@pytest.mark.parametrize("base", ["https://gazette.example/", "https://gazette.example/news/"])
def test_a_subscribers_feed_is_private_conditional_and_ends(
    tmp_path: Path, sqlite_template: Path, base: str
) -> None:
    service = site_service(tmp_path, sqlite_template, url=base, more="[web]\nprivate_feeds = true")
    send_issue(service)
    client: WebClient = client_of(service)
    now = service.clock.now()
    url = address_of(service.store, service.config, service.keyring, ADA, "daily", now=now)
    path = urlsplit(url).path
    for name in ("rss.xml", "atom.xml", "feed.json"):
        answer = client.get(path + name)
        assert answer.status == 200
        assert answer.headers["content-type"] == MEDIA_TYPES[name]
        assert answer.headers["cache-control"] == "private, max-age=300"
        assert "noindex" in answer.headers["x-robots-tag"]
        again = client.get(path + name, if_none_match=answer.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
    parsed = feedparser.parse(client.get(f"{path}atom.xml").body)
    assert not parsed.bozo
    assert len(parsed.entries) == 4
    assert client.get(f"{path}other.xml").status == 404
    assert client.get(f"{path.replace('private/', 'private/x')}rss.xml").status == 404
    unsubscribe(service.store, ADA, None, method="operator", evidence="", now=now)
    ended = client.get(f"{path}rss.xml")
    assert (ended.status, ended.headers["cache-control"]) == (410, "private, no-store")
    service.close()


def test_there_are_none_unless_the_settings_say_so(client: WebClient) -> None:
    assert client.get(f"/private/{'x' * 40}/rss.xml").status == 404
