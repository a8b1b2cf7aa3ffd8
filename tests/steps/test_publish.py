"""Articles in the store become the files that feed readers fetch."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOW, Desk, make_config, make_png

from digest.steps.publish import PublishResult, publish
from digest.store.engine import Store
from digest.switching import Switch

FEEDS = ("rss.xml", "atom.xml", "feed.json")


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    return Desk(sqlite_store, tmp_path)


def publish_now(desk: Desk, folder: Path | None = None) -> PublishResult:
    desk.ingest()
    return publish(desk.store, desk.config, desk.root, folder=folder, now=desk.now)


def titles(desk: Desk, feed: str = "feed.json") -> list[str]:
    items = json.loads((desk.root / "feeds" / feed).read_text())["items"]
    return [item["title"] for item in items]


def shown(folder: Path) -> list[Path]:
    """Return the files that a reader can ask for."""
    return [
        Path(place, name)
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
        if not any(part.startswith(".") for part in (*Path(place).relative_to(folder).parts, name))
    ]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in shown(folder)}


def test_every_feed_comes_in_three_formats_on_both_engines(store: Store, tmp_path: Path) -> None:
    """And an OPML list of them (feeds.md H14)."""
    more = '[feeds.world]\ntopics = ["World"]\n[feeds.short]\nentries = 1\narchive = false'
    desk = Desk(store, tmp_path, make_config(more=more))
    desk.write("a.md", "---\ntitle: A\ntopics: World\npublished: 2026-11-20\n---\nText.\n")
    desk.write("b.md", "---\ntitle: B\ntopics: Sea\npublished: 2026-11-21\n---\nText.\n")
    result = publish_now(desk)
    assert result.feeds == ("main", "world", "short")
    assert (result.articles, result.unchanged, result.problems) == (2, 0, ())
    assert sorted(result.written) == sorted(
        [*FEEDS, *(f"{name}/{file}" for name in ("world", "short") for file in FEEDS), "feeds.opml"]
    )
    assert titles(desk) == ["B", "A"]
    assert titles(desk, "world/feed.json") == ["A"]
    assert titles(desk, "short/feed.json") == ["B"]
    opml = (tmp_path / "feeds" / "feeds.opml").read_text()
    assert "https://gazette.example/feeds/world/" in opml


def test_the_same_articles_give_the_same_bytes_and_untouched_files(desk: Desk) -> None:
    """feeds.md X5 and H9: also later, also in another folder."""
    desk.write("a.md", "---\ntitle: A\nimage: a.png\n---\nText.\n")
    desk.write("a.png", make_png())
    publish_now(desk)
    folder = desk.root / "feeds"
    before = {path: path.stat() for path in shown(folder)}
    assert len(before) == 5 + 3 * 4  # And four documents in three codings.
    desk.now += timedelta(days=2)
    result = publish_now(desk)
    assert (result.written, result.unchanged) == ((), 4)
    for path, stat in before.items():
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == (stat.st_mtime_ns, stat.st_ino)
    publish_now(desk, desk.root / "elsewhere")
    assert contents(desk.root / "elsewhere") == contents(folder)


def test_an_article_comes_out_when_its_embargo_ends(desk: Desk) -> None:
    desk.write("a.md")
    desk.write("b.md", "---\ntitle: B\npublished: 2026-11-24 07:00\n---\nText.\n")
    result = publish_now(desk)
    assert result.articles == 1
    assert result.next_change_at == NOW + timedelta(hours=12)
    assert titles(desk) == ["A"]
    assert not any(b"Text." in data for data in contents(desk.root / "feeds").values())
    desk.now = NOW + timedelta(hours=12)
    result = publish_now(desk)
    assert (result.articles, result.next_change_at) == (2, None)
    assert titles(desk) == ["B", "A"]


def test_a_withdrawn_article_leaves_a_tombstone_in_atom_only(desk: Desk) -> None:
    """feeds.md H12."""
    desk.write("a.md")
    place = desk.write("b.md")
    publish_now(desk)
    uid = desk.known()["b.md"].uid
    place.unlink()
    desk.now += timedelta(hours=1)
    result = publish_now(desk)
    assert result.articles == 1
    assert titles(desk) == ["A"]
    assert uid not in (desk.root / "feeds" / "rss.xml").read_text()
    atom = (desk.root / "feeds" / "atom.xml").read_text()
    assert f'deleted-entry ref="{uid}"' in atom


def test_pictures_are_there_before_a_feed_names_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("a.md", "---\ntitle: A\nimage: a.png\n---\nText.\n")
    desk.write("a.png", make_png())
    desk.ingest()

    def switch(switches: Sequence[Switch]) -> list[Path]:
        (picture,) = (desk.root / "feeds" / "media").iterdir()
        assert picture.read_bytes() == make_png()
        for item in switches:
            assert picture.name.encode() in item.contents["rss.xml"]
        return [item.at for item in switches]

    monkeypatch.setattr("digest.steps.publish.step.switching.switch", switch)
    result = publish(desk.store, desk.config, desk.root, now=desk.now)
    assert result.written[0].startswith("media/")
    assert result.written[0].endswith("-a.png")
    assert result.written[1:] == (".now", "feeds.opml")


def test_a_lost_folder_is_written_anew(desk: Desk) -> None:
    desk.write("a.md", "---\ntitle: A\nimage: a.png\n---\nText.\n")
    desk.write("a.png", make_png())
    publish_now(desk)
    before = contents(desk.root / "feeds")
    shutil.rmtree(desk.root / "feeds")
    publish_now(desk)
    assert contents(desk.root / "feeds") == before


def test_a_picture_that_is_gone_or_another_now_is_named_and_not_published(desk: Desk) -> None:
    """The name of a published picture says what it holds."""
    for name in ("a", "b"):
        desk.write(f"{name}.md", f"---\ntitle: {name}\nimage: {name}.png\n---\nText.\n")
        desk.write(f"{name}.png", make_png())
    desk.ingest()
    (desk.folder / "a.png").unlink()
    desk.write("b.png", make_png(8, 8))
    result = publish(desk.store, desk.config, desk.root, now=desk.now)
    assert [(problem.where, problem.severity) for problem in result.problems] == [
        ("articles", "warning")
    ] * 2
    told = sorted(problem.reason for problem in result.problems)
    assert told[0].startswith("a.png is gone or has changed, so ")
    assert told[1].startswith("b.png is gone or has changed, so ")
    assert list((desk.root / "feeds" / "media").iterdir()) == []
    assert len(titles(desk)) == 2


def test_pictures_of_a_source_that_is_no_more_are_named(desk: Desk) -> None:
    desk.write("a.md", "---\ntitle: A\nimage: a.png\n---\nText.\n")
    desk.write("a.png", make_png())
    desk.ingest()
    desk.config = make_config(more='[sources.other]\npath = "other"')
    result = publish(desk.store, desk.config, desk.root, now=desk.now)
    assert len(result.problems) == 1
    assert result.articles == 1


@pytest.mark.parametrize("obstacle", ["atom.xml", "feeds.opml", "world"])
def test_when_one_file_cannot_be_written_all_stay_as_they_were(desk: Desk, obstacle: str) -> None:
    """feeds.md H9: all formats switch together or not at all."""
    desk.config = make_config(more="[feeds.world]")
    desk.write("a.md")
    publish_now(desk)
    folder = desk.root / "feeds"
    place = folder / obstacle
    if place.is_dir():
        shutil.rmtree(place)
        place.write_text("a file in the way")
    else:
        place.unlink()
        (place / "inner").mkdir(parents=True)
    before = contents(folder)
    desk.write("b.md")
    with pytest.raises(OSError, match=obstacle):
        publish_now(desk)
    assert contents(folder) == before
    assert titles(desk) == ["A"]


def test_a_media_folder_that_cannot_be_made_leaves_the_feeds(desk: Desk) -> None:
    desk.write("a.md")
    publish_now(desk)
    (desk.root / "feeds" / "media").write_text("a file in the way")
    before = contents(desk.root / "feeds")
    desk.write("b.md", "---\ntitle: B\nimage: a.png\n---\nText.\n")
    desk.write("a.png", make_png())
    with pytest.raises(OSError, match="media"):
        publish_now(desk)
    assert contents(desk.root / "feeds") == before


def test_an_empty_publication_has_valid_empty_feeds(desk: Desk) -> None:
    result = publish_now(desk)
    assert (result.articles, result.next_change_at) == (0, None)
    assert titles(desk) == []
