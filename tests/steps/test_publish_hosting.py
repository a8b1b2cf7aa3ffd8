"""Files for static hosts beside the feeds (feeds.md H15)."""

from __future__ import annotations

from pathlib import Path

from fakes import Desk, make_config

from digest.steps.publish import PublishResult, publish
from digest.store.engine import Store


def publish_now(desk: Desk) -> PublishResult:
    desk.ingest()
    return publish(desk.store, desk.config, desk.root, now=desk.now)


def test_a_static_site_tells_its_host_how_to_serve_it(sqlite_store: Store, tmp_path: Path) -> None:
    more = '[web]\nsite = "static"\n[publish]\ntopic_feeds = true\ngone = ["old/rss.xml"]'
    desk = Desk(sqlite_store, tmp_path, make_config(more=more))
    desk.write("a.md", "---\ntitle: A\ntopics: Sea\npublished: 2026-11-20\n---\nText.\n")
    result = publish_now(desk)
    assert {"_headers", "_redirects"} <= set(result.written)
    rules = (tmp_path / "feeds" / "_headers").read_text()
    assert "\n/topics/sea/feed.json\n  Content-Type: application/feed+json" in rules
    assert (tmp_path / "feeds" / "_redirects").read_text() == "/old/rss.xml /404.html 404\n"
    again = publish_now(desk)
    assert (again.written, again.unchanged) == ((), 7)


def test_feeds_that_are_only_a_part_of_a_site_have_no_such_files(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = Desk(sqlite_store, tmp_path)
    publish_now(desk)
    assert not list((tmp_path / "feeds").glob("_*"))
