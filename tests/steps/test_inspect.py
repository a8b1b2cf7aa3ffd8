"""What is published is listed, and judged by what it promises."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import Desk, make_config

from digest.steps.inspect import check_feeds, list_feeds
from digest.steps.publish import publish
from digest.store.engine import Store

SETTINGS = "[feeds.main]\nentries = 2\n[feeds.sea]\ntopics = ['Sea']\n"


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    desk = Desk(sqlite_store, tmp_path, make_config(more=SETTINGS))
    for number in range(5):
        text = f"---\ntitle: A{number}\npublished: 2026-11-0{1 + number}\ntopics: Sea\n---\nText.\n"
        desk.write(f"a{number}.md", text)
    desk.ingest()
    publish(desk.store, desk.config, desk.root, now=desk.now)
    return desk


def reasons(desk: Desk) -> list[str]:
    result = check_feeds(desk.store, desk.config, desk.root)
    assert result.has_errors == any(p.severity == "error" for p in result.problems)
    return [f"{problem.where} {problem.reason}" for problem in result.problems]


def test_what_was_published_is_as_it_must_be(desk: Desk) -> None:
    result = check_feeds(desk.store, desk.config, desk.root)
    assert (result.feeds, result.documents, result.problems) == (2, 3, ())


def test_each_feed_is_listed_with_what_is_in_it(desk: Desk) -> None:
    main, sea = list_feeds(desk.store, desk.config, desk.root)
    assert (main.name, main.entries, main.archives) == ("main", 3, 1)
    assert (sea.name, sea.entries, sea.archives) == ("sea", 5, 0)
    sizes = [(desk.root / "feeds" / name).stat().st_size for name in ("rss.xml", "atom.xml")]
    assert main.length_bytes >= max(sizes)
    assert main.changed_at is not None
    assert main.urls[0] == "https://gazette.example/feeds/rss.xml"


def test_a_feed_that_is_not_published_yet_is_listed_and_complained_about(desk: Desk) -> None:
    desk.config = make_config(more=SETTINGS + "[feeds.new]\n")
    new = list_feeds(desk.store, desk.config, desk.root)[-1]
    assert (new.name, new.entries, new.length_bytes, new.changed_at) == ("new", 0, 0, None)
    found = reasons(desk)
    assert sum("H9: document: is not published" in reason for reason in found) == 3
    assert any("H14: body: does not have the feed" in reason for reason in found)


@pytest.mark.parametrize(
    ("place", "right", "wrong", "reason"),
    [
        ("rss.xml", "<title>A3", "<title>A3&amp;amp;amp;", "R8: item 2"),
        ("rss.xml", 'isPermaLink="false"', 'isPermaLink="true"', "R3: item 1"),
        ("atom.xml", "<updated>2026-11-04T23", "<updated>2026-11-64T23", "T4: feed"),
        ("feed.json", "articles/a4", "articles/aX", "X4: entry 1"),
        ("sea/rss.xml", "sea/rss.xml", "sea/rss.html", "R2: "),
        ("archive/1/atom.xml", "fh:archive", "fh:complete", "H10: "),
        ("archive/1/feed.json", '"version"', '"vision"', "J1: feed"),
        ("sea/feed.json", '2026:articles/a4"', '2026:articles/x"', "X4: feed sea"),
        ("feeds.opml", "text=", "words=", "H14: outline 1"),
        ("feed.json", "{", "[", "J1: document"),
        ("feed.json", '"id"', '"no"', "J1: item 1"),
    ],
)
def test_the_judge_names_the_number_and_the_entry(
    desk: Desk, place: str, right: str, wrong: str, reason: str
) -> None:
    path = desk.root / "feeds" / place
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    found = reasons(desk)
    assert any(reason in item for item in found), found


@pytest.mark.parametrize("suffix", [".br", ".zst", ".gz"])
@pytest.mark.parametrize("data", [None, b"damaged"])
def test_a_copy_that_says_something_else_is_found(
    desk: Desk, suffix: str, data: bytes | None
) -> None:
    """feeds.md H4: and publishing again makes a missing one."""
    place = desk.root / "feeds" / f"sea/rss.xml{suffix}"
    if data is None:
        place.resolve().unlink()
    else:
        place.write_bytes(data)
    found = reasons(desk)
    assert len(found) == 1
    assert f"sea/rss.xml{suffix} H4: copy" in found[0]
    if data is None:
        publish(desk.store, desk.config, desk.root, now=desk.now)
        assert reasons(desk) == []


def test_what_was_withdrawn_and_still_stands_is_found(desk: Desk) -> None:
    """feeds.md H12: in an archive document too."""
    uid = desk.known()["a0.md"].uid
    (desk.folder / "a0.md").unlink()
    desk.now += timedelta(hours=1)
    desk.ingest()
    found = [reason for reason in reasons(desk) if "H12" in reason]
    said = f"H12: {uid}: was withdrawn, and still stands here"
    assert found == [
        f"https://gazette.example/feeds/archive/1/feed.json {said}",
        f"https://gazette.example/feeds/sea/feed.json {said}",
    ]
    publish(desk.store, desk.config, desk.root, now=desk.now)
    assert reasons(desk) == []


def test_a_way_that_leaves_the_folder_or_goes_in_circles_ends(desk: Desk) -> None:
    path = desk.root / "feeds" / "archive" / "1" / "feed.json"
    text = path.read_text()
    own = "https://gazette.example/feeds/feed.json"
    for url in (own, "https://elsewhere.example/feed.json", "https://gazette.example/feeds/none"):
        path.write_text(text.replace('"description"', f'"next_url": "{url}",\n "description"', 1))
        assert any("H10" in reason for reason in reasons(desk))


def test_nothing_published_at_all_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    desk = Desk(sqlite_store, tmp_path)
    assert any("H9" in reason for reason in reasons(desk))
    (report,) = list_feeds(desk.store, desk.config, desk.root)
    assert report.changed_at is None
