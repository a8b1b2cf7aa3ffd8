"""A briefing as a feed: each issue is an entry, and nothing in it is a person's."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import KEYRING, RENDERER, Desk, add_readers, make_config

from digest.model import IssueState
from digest.steps.compose import compose_now
from digest.steps.inspect import check_feeds
from digest.steps.publish import publish
from digest.steps.publish.issues import part
from digest.store import issues
from digest.store.engine import Store

SETTINGS = '[feeds.briefing]\nkind = "issues"\nentries = 2\narchive_entries = 2\n'


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    return Desk(sqlite_store, tmp_path, make_config(more=SETTINGS))


def compose(desk: Desk, number: int, state: IssueState = IssueState.FINISHED) -> None:
    desk.now += timedelta(days=1)
    desk.write(f"a{number}.md", f"---\ntitle: Story <{number}>\nsummary: Sum & {number}\n---\nT.\n")
    desk.ingest()
    if number == 1:
        add_readers(desk.store, ["ada@reader.example"])
    done = compose_now(desk.store, desk.config, RENDERER, KEYRING, "daily", now=desk.now)
    assert done.issue_id is not None
    with desk.store.write() as tx:
        issues.move(tx, done.issue_id, state, if_in=list(IssueState))


def feed(desk: Desk, place: str = "briefing/feed.json") -> dict[str, Any]:
    publish(desk.store, desk.config, desk.root, now=desk.now)
    document: dict[str, Any] = json.loads((desk.root / "feeds" / place).read_text())
    return document


def test_each_issue_is_an_entry_with_its_page_and_its_articles(desk: Desk) -> None:
    compose(desk, 1)
    document = feed(desk)
    assert document["title"] == "Morning Briefing"
    (item,) = document["items"]
    assert item["id"] == "tag:gazette.example,2026:issue/daily/1"
    assert item["url"] == "https://gazette.example/issues/daily/1"
    assert item["title"] == "Story <1>"
    assert item["summary"] == "Story <1>"
    assert '<h3><a href="https://gazette.example/articles/story-1">' in item["content_html"]
    assert "Sum &amp; 1" in item["content_html"]
    assert "unsubscribe" not in json.dumps(document)
    assert check_feeds(desk.store, desk.config, desk.root).problems == ()


def test_what_waits_or_was_cancelled_is_not_public(desk: Desk) -> None:
    compose(desk, 1, IssueState.HELD)
    compose(desk, 2, IssueState.CANCELLED)
    compose(desk, 3, IssueState.SENDING)
    assert [item["title"] for item in feed(desk)["items"]] == ["Story <3>"]


def test_older_issues_go_into_the_archive_and_stay_there(desk: Desk) -> None:
    """feeds.md H10."""
    for number in range(1, 6):
        compose(desk, number)
    document = feed(desk)
    assert [item["title"] for item in document["items"]] == ["Story <5>", "Story <4>", "Story <3>"]
    place = "briefing/archive/1/feed.json"
    assert document["next_url"] == f"https://gazette.example/feeds/{place}"
    older = feed(desk, place)
    assert [item["title"] for item in older["items"]] == ["Story <2>", "Story <1>"]
    before = (desk.root / "feeds" / place).stat()
    compose(desk, 6)
    assert [len(feed(desk)["items"]), len(feed(desk, place)["items"])] == [2, 2]
    after = (desk.root / "feeds" / place).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert check_feeds(desk.store, desk.config, desk.root).problems == ()


def test_without_an_archive_the_newest_stand(desk: Desk) -> None:
    desk.config = make_config(more=SETTINGS + "archive = false\n")
    for number in range(1, 4):
        compose(desk, number)
    assert [item["title"] for item in feed(desk)["items"]] == ["Story <3>", "Story <2>"]


def test_no_issue_makes_an_empty_feed(desk: Desk) -> None:
    assert part([], desk.config.feeds["briefing"]) == ([], [])
    assert feed(desk)["items"] == []
