"""Feeds that the settings have no more leave the published folder, and can come back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from fakes import Desk, make_config

from digest.steps.inspect import check_feeds
from digest.steps.publish import publish
from digest.store.engine import Store

SMALL = '[feeds.sea]\ntopics = ["Sea"]\nentries = 2\narchive_entries = 1\n'
TOPICS = "[publish]\ntopic_feeds = true\n"


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    return Desk(sqlite_store, tmp_path, make_config(more=SMALL + TOPICS))


def publish_now(desk: Desk, *numbers: int) -> None:
    """Write the articles called *numbers*, and publish with the settings of *desk*."""
    for number in numbers:
        text = (
            f"---\ntitle: A{number}\ntopics: [Sea]\npublished: 2026-11-01 0{number}:00\n---\nX.\n"
        )
        desk.write(f"a{number}.md", text)
    desk.now += timedelta(minutes=5)
    desk.ingest()
    publish(desk.store, desk.config, desk.root, now=desk.now)


def below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_what_was_withdrawn_is_not_left_in_a_feed_that_ended(desk: Desk) -> None:
    """feeds.md H6, H12: documents that nobody writes any more would show it for good."""
    publish_now(desk, 1, 2, 3, 4)
    feeds = desk.root / "feeds"
    assert (feeds / "sea" / "archive" / "1" / "rss.xml").exists()
    assert (feeds / "topics" / "sea" / "rss.xml").exists()
    (feeds / "topics" / "sea" / "index.html").write_text("a page of the site")
    publish(desk.store, make_config(), desk.root, now=desk.now)
    assert not (feeds / "sea").exists()
    assert below(feeds / "topics") == ["sea", "sea/index.html"]
    assert (feeds / "rss.xml").exists()
    assert check_feeds(desk.store, make_config(), desk.root).problems == ()


def test_a_feed_that_comes_back_has_all_that_came_meanwhile(desk: Desk) -> None:
    """feeds.md H10: back to the first article."""
    publish_now(desk, 1, 2, 3)
    settings, desk.config = desk.config, make_config()
    publish_now(desk, 4, 5)
    (desk.folder / "a2.md").unlink()
    publish_now(desk)
    desk.config = settings
    publish_now(desk)
    sea = desk.root / "feeds" / "sea"
    paths = [sea / "atom.xml", *sorted((sea / "archive").glob("[0-9]*/atom.xml"))]
    found = {entry.title for path in paths for entry in feedparser.parse(path.read_bytes()).entries}
    assert found == {"A1", "A3", "A4", "A5"}
    assert check_feeds(desk.store, desk.config, desk.root).problems == ()


def test_publishing_says_that_a_feed_has_ended_and_how_to_tell_readers(desk: Desk) -> None:
    """feeds.md H6: whoever asks gets 404, unless the settings name the documents."""
    publish_now(desk, 1)
    desk.config = make_config(more='[publish]\ngone = ["sea/rss.xml", "sea/atom.xml"]')
    result = publish(desk.store, desk.config, desk.root, now=desk.now)
    assert result.ended == ("sea", "topics/sea")
    sea, topic = result.problems
    assert sea.severity == topic.severity == "warning"
    assert sea.reason.endswith("where another feed takes its place: sea/feed.json")
    assert topic.reason.endswith(": topics/sea/rss.xml, topics/sea/atom.xml, topics/sea/feed.json")
    again = publish(desk.store, desk.config, desk.root, now=desk.now)
    assert (again.ended, again.problems) == ((), ())


def test_a_feed_that_the_settings_name_as_gone_ends_with_a_note(desk: Desk) -> None:
    desk.config = make_config(more=SMALL)
    publish_now(desk, 1)
    moved = '"sea/rss.xml" = "rss.xml", "sea/atom.xml" = "atom.xml"'
    more = f'[publish]\ngone = ["sea/feed.json"]\nmoved = {{ {moved} }}'
    [problem] = publish(desk.store, make_config(more=more), desk.root, now=desk.now).problems
    assert problem.severity == "note"
    assert "who asks for them is told so" in problem.reason


def test_the_list_of_feeds_names_none_that_has_moved_or_is_gone(desk: Desk) -> None:
    """feeds.md H14: the feed of a topic can only be ended so."""
    publish_now(desk, 1)
    opml = desk.root / "feeds" / "feeds.opml"
    assert "/topics/sea/rss.xml" in opml.read_text()
    for ending in ('gone = ["{}"]', 'moved = {{ "{}" = "rss.xml" }}'):
        ended = ending.format("topics/sea/rss.xml")
        desk.config = make_config(more=f"{SMALL}{TOPICS}{ended}\n")
        publish_now(desk)
        assert "/topics/sea/rss.xml" not in opml.read_text()
        assert "/feeds/sea/rss.xml" in opml.read_text()
        assert check_feeds(desk.store, desk.config, desk.root).problems == ()
