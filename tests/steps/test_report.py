"""Why an article is where it is, and what is coming."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import KEYRING, NOW, RENDERER, Desk, add_readers, make_config

from digest.errors import NotFoundError
from digest.steps.compose import compose_now
from digest.steps.publish import publish
from digest.steps.report import BriefingStanding, FeedStanding, explain, upcoming
from digest.store.engine import Store

MORE = """
[feeds.main]
entries = 2

[feeds.world]
topics = ["World"]

[briefings.weekly]
title = "The Week"
from_address = "week@gazette.example"
topics = ["World"]
send_at = "08:30"
days = "sat"
max_articles = 1
headlines = 1
"""


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    """Four articles about the world; one about the sea, which is the newest."""
    desk = Desk(sqlite_store, tmp_path, make_config(more=MORE))
    for name in "abcd":
        desk.write(f"{name}.md", f"---\ntitle: {name}\ntopics: World\n---\nText {name}.\n")
        desk.ingest()
        desk.now += timedelta(minutes=1)
    desk.write("deep/sea.md", "---\ntitle: Sea\ntopics: Sea\n---\nText.\n")
    desk.ingest()
    return desk


def standing(desk: Desk, reference: str) -> tuple[dict[str, FeedStanding], dict[str, str]]:
    """Feeds by name, and of each briefing the role or the reason."""
    found = explain(desk.store, desk.config, reference, now=desk.now)
    roles = {item.briefing: item.next_role or item.reason for item in found.briefings}
    return {item.feed: item for item in found.feeds}, roles


@pytest.mark.parametrize(
    "reference", ["sea", "deep/sea.md", "tag:gazette.example,2026:articles/deep/sea"]
)
def test_an_article_is_found_by_slug_path_and_uid(desk: Desk, reference: str) -> None:
    found = explain(desk.store, desk.config, reference, now=desk.now)
    assert found.article.title == "Sea"
    assert found.path == "deep/sea.md"


def test_each_feed_tells_the_position_or_why_there_is_none(desk: Desk) -> None:
    feeds, _ = standing(desk, "sea")
    assert feeds["main"] == FeedStanding("main", 1)
    assert feeds["world"] == FeedStanding("world", None, "has none of the topics World")
    feeds, _ = standing(desk, "a")
    assert (
        feeds["main"].reason
        == "2 newer articles fill the feed (entries); this one is in its archive"
    )
    assert feeds["world"] == FeedStanding("world", 4)


def test_of_published_feeds_it_is_told_what_stands_in_them(desk: Desk) -> None:
    """Also where sizes decide, of articles that came out again, and of topics' own feeds."""
    desk.config = make_config(
        more=MORE + "[feeds.tiny]\nmax_bytes = 1\n[feeds.brief]\nmax_bytes = 1\narchive = false\n"
        "[publish]\ntopic_feeds = true\n"
    )
    publish(desk.store, desk.config, desk.root, now=desk.now)
    full = "newer articles fill the feed (entries, min_days, max_bytes)"
    feeds, _ = standing(desk, "a")
    assert feeds["main"].reason == f"{full}; this one is in its archive, document 1"
    assert feeds["tiny"].position is None
    assert feeds["tiny"].reason.startswith(f"{full}; this one is in its archive, document ")
    assert feeds["brief"].reason == f"{full}, which has no archive of them"
    assert feeds["topics/world"].reason == f"{full}; this one is in its archive, document 1"
    assert "topics/sea" not in feeds
    assert standing(desk, "d")[0]["topics/world"] == FeedStanding("topics/world", 1)
    desk.write("a.md", "---\ntitle: a\ntopics: World\ncorrection: Wrong.\n---\nText.\n")
    desk.now += timedelta(minutes=1)
    desk.ingest()
    assert standing(desk, "a")[0]["main"] == FeedStanding("main", 3)
    publish(desk.store, desk.config, desk.root, now=desk.now)
    assert standing(desk, "a")[0]["main"] == FeedStanding("main", 4)


def test_each_briefing_tells_the_role_in_the_next_issue(desk: Desk) -> None:
    assert standing(desk, "sea")[1] == {"daily": "lead", "weekly": "has none of the topics World"}
    assert [standing(desk, name)[1]["daily"] for name in "abcd"] == ["section"] * 4
    assert [standing(desk, name)[1]["weekly"] for name in "abcd"] == [
        "lead",
        "more",
        "waiting",
        "waiting",
    ]


def test_what_was_mailed_tells_where(desk: Desk) -> None:
    add_readers(desk.store, ["ada@reader.example"], "weekly")
    compose_now(desk.store, desk.config, RENDERER, KEYRING, "weekly", now=desk.now)
    found = explain(desk.store, desk.config, "b", now=desk.now)
    daily, weekly = found.briefings
    assert daily == BriefingStanding("daily", None, "section")
    assert weekly.mailed is not None
    assert (weekly.mailed.number, weekly.mailed.role) == (1, "more")


def test_a_withdrawn_article_says_so_everywhere(desk: Desk) -> None:
    (desk.folder / "a.md").unlink()
    desk.ingest()
    feeds, briefings = standing(desk, "a")
    assert {item.reason for item in feeds.values()} == {"withdrawn"}
    assert set(briefings.values()) == {"withdrawn"}


def test_an_unknown_article_is_answered_with_close_ones(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match=r"no article 'SE'. There is: sea"):
        explain(desk.store, desk.config, "SE", now=desk.now)
    with pytest.raises(NotFoundError):
        explain(desk.store, desk.config, "", now=desk.now)


def test_what_is_coming_comes_in_its_order_with_what_waits(desk: Desk) -> None:
    coming = upcoming(desk.store, desk.config, now=NOW, days=6)
    assert [(item.briefing, item.period) for item in coming] == [
        ("daily", "2026-11-24"),
        ("daily", "2026-11-25"),
        ("daily", "2026-11-26"),
        ("daily", "2026-11-27"),
        ("daily", "2026-11-28"),
        ("weekly", "2026-11-28"),
        ("daily", "2026-11-29"),
    ]
    assert coming[0].due_at == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    assert coming[0].timezone == "Europe/Zurich"
    waiting = {item.period + item.briefing: len(item.waiting) for item in coming if item.waiting}
    assert waiting == {"2026-11-24daily": 5, "2026-11-28weekly": 2}


def test_nothing_is_coming_in_no_days(desk: Desk) -> None:
    assert upcoming(desk.store, desk.config, now=NOW, days=0) == ()
