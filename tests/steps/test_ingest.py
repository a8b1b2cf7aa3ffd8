"""A folder becomes articles in the store, and whatever editors do to it, nothing is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from fakes import NOW, Desk, make_config, make_png
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from digest import files
from digest.errors import NotFoundError
from digest.files import SourceFile
from digest.model import Article, Change, Draft
from digest.steps.ingest import IngestResult, check_folder
from digest.store import articles
from digest.store.engine import Store, open_store
from digest.syndication import articles as parser


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Desk:
    return Desk(sqlite_store, tmp_path)


def load(desk: Desk, slug: str) -> Article:
    """The newest revision of the article with that slug."""
    with desk.store.read() as tx:
        (sequence,) = (item.sequence for item in articles.known(tx) if item.slug == slug)
        return articles.load(tx, [sequence])[0]


def front(text: str = "", /, **facts: str) -> str:
    """An article with front matter."""
    lines = "\n".join(f"{key}: {value}" for key, value in facts.items())
    return f"---\n{lines}\n---\n{text or 'A story.'}\n"


def reasons(result: IngestResult) -> list[str]:
    return [str(problem) for problem in result.problems]


# What is new, changed, and unchanged.


def test_the_whole_story_on_both_engines(store: Store, tmp_path: Path) -> None:
    """New, unchanged, changed, moved, removed, restored: each is told as what it is."""
    desk = Desk(store, tmp_path)
    desk.write("one.md")
    desk.write("two.txt", "Two\n\nA story about two things.\n\nIt has a second paragraph.\n")
    assert desk.ingest() == IngestResult("articles", added=("one", "two"))
    uids = {path: item.uid for path, item in desk.known().items()}
    sequence = load(desk, "two").sequence

    desk.now += timedelta(hours=1)
    assert desk.ingest() == IngestResult("articles", unchanged=2)

    desk.write("one.md", "# One\n\nCorrected.\n")
    assert desk.ingest() == IngestResult("articles", updated=("one",), unchanged=1)
    one = load(desk, "one")
    assert (one.revision, one.published_at, one.updated_at) == (2, NOW, desk.now)
    assert one.first_seen_at == NOW

    (desk.folder / "sub").mkdir()
    (desk.folder / "one.md").rename(desk.folder / "sub" / "one.md")
    assert desk.ingest() == IngestResult("articles", unchanged=1)
    assert desk.known()["sub/one.md"].uid == uids["one.md"]

    (desk.folder / "two.txt").unlink()
    assert desk.ingest() == IngestResult("articles", withdrawn=("two",), unchanged=1)
    assert load(desk, "two").withdrawn_reason == "its file was removed"

    desk.write("two.txt", "Two\n\nA story about two things.\n\nIt has a second paragraph.\n")
    assert desk.ingest() == IngestResult("articles", updated=("two",), unchanged=1)
    two = load(desk, "two")
    assert (two.uid, two.withdrawn_at, two.withdrawn_reason) == (uids["two.txt"], None, "")
    assert (two.sequence, two.revision, two.updated_at) == (sequence, 1, NOW)
    assert len(desk.known()) == 2


def test_when_nothing_changed_nothing_is_parsed_and_nothing_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """performance.md P5."""
    desk.write("one.md")
    desk.write("bad.md", "---\nnonsense: 1\n---\n")
    desk.ingest()

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("was called")

    monkeypatch.setattr("digest.steps.ingest.reading.articles.parse_article", refuse)
    monkeypatch.setattr(desk.store, "write", refuse)
    result = desk.ingest()
    assert (result.unchanged, result.added, result.updated) == (2, (), ())
    assert len(result.problems) == 1


def test_a_file_whose_times_have_settled_is_not_even_opened(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """performance.md P5: as soon as its next change cannot have the same time."""
    place = desk.write("one.md")
    written_at = datetime.fromtimestamp(place.stat().st_ctime, UTC)
    desk.now = written_at + timedelta(seconds=1)
    desk.ingest()
    opened: list[str] = []
    read = files._read_source_file  # noqa: SLF001 - to see whether a file is opened

    def watched(folder: Path, path: PurePosixPath, max_bytes: int) -> SourceFile:
        opened.append(str(path))
        return read(folder, path, max_bytes)

    monkeypatch.setattr(files, "_read_source_file", watched)
    desk.now = written_at + timedelta(seconds=2)
    assert desk.ingest().unchanged == 1
    desk.now = written_at + timedelta(minutes=1)
    assert desk.ingest().unchanged == 1
    assert opened == ["one.md", "one.md"]  # Only the second look could trust its times.
    assert desk.ingest().unchanged == 1
    assert opened == ["one.md", "one.md"]
    before = place.stat()
    place.write_text(place.read_text().replace("story", "STORY"))
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert desk.ingest().updated == ("one",)  # Same size, and its time set back.


def test_only_the_files_that_are_named_are_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """performance.md P4: what one saved article costs does not grow with the others."""
    desk.write("one.md")
    desk.write("two.md")
    desk.ingest()
    desk.write("one.md", "# One\n\nAnother story.\n")
    desk.write("two.md", "# Two\n\nNot looked at.\n")
    desk.write("new/three.md")
    monkeypatch.setattr(files, "scan", lambda *_: pytest.fail("the folder was read"))
    result = desk.ingest(paths=["one.md", "new/three.md", ".one.md.swp", "new/three.md"])
    assert (result.added, result.updated) == (("three",), ("one",))
    assert load(desk, "two").content_text == "The story of two."
    assert desk.ingest(paths=[".#one.md"]) == IngestResult("articles")
    assert desk.ingest(paths=["one.md"]) == IngestResult("articles", unchanged=1)


@pytest.mark.parametrize("change", ["removed", "renamed", "picture", "many"])
def test_where_the_named_files_do_not_tell_all_the_folder_is_read(desk: Desk, change: str) -> None:
    desk.write("one.md", "---\ntitle: One\nimage: one.png\n---\nA story.\n")
    desk.write("two.md")
    desk.ingest()
    uid = desk.known()["one.md"].uid
    place, paths = desk.folder / "one.md", ["one.md"]
    if change == "removed":
        place.unlink()
        assert desk.ingest(paths=paths).withdrawn == ("one",)
    elif change == "renamed":
        place.rename(desk.folder / "uno.md")
        desk.ingest(paths=["uno.md"])
        assert desk.known()["uno.md"].uid == uid
    elif change == "picture":
        desk.write("one.png", make_png())
        assert desk.ingest(paths=["one.png"]).updated == ("one",)
    else:
        paths = [desk.write(f"n{number}.md").name for number in range(60)]
        assert len(desk.ingest(paths=paths).added) == 60


def test_named_files_meet_the_articles_that_have_their_names(desk: Desk) -> None:
    """Slugs, uids, and keys of all others still count."""
    desk.write("one.md", front(title="One", slug="taken"))
    desk.write("two.md", front(title="Two", uid="tag:x.example,2026:two"))
    desk.ingest()
    desk.write("three.md", front(title="Three", slug="taken"))
    desk.write("four.md", front(title="Four", uid="tag:x.example,2026:two"))
    result = desk.ingest(paths=["three.md", "four.md"])
    assert result.added == ("four",)
    told = "\n".join(reasons(result))
    assert "the slug 'taken' is taken by one.md" in told
    assert "got tag:x.example,2026:two-2" in told
    assert desk.ingest(paths=["three.md"]).problems[0].where == "three.md"


def test_a_change_of_settings_reads_all_again(desk: Desk) -> None:
    desk.write("one.md")
    desk.ingest()
    desk.config = make_config(more='[sources.articles]\ntopics = ["Local"]')
    desk.now += timedelta(days=1)
    assert desk.ingest().updated == ("one",)
    one = load(desk, "one")
    assert one.topics == ("Local",)
    assert one.updated_at == NOW


def test_progress_tells_of_each_file(desk: Desk) -> None:
    for name in ("a.md", "b.md", "c.md"):
        desk.write(name)
    told: list[tuple[int, int]] = []
    desk.ingest(progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_two_sources_live_side_by_side(desk: Desk) -> None:
    desk.config = make_config(
        more='[sources.articles]\n[sources.wire]\npath = "wire"\ntopics = ["Wire"]\nlanguage = "de"'
    )
    desk.write("a.md")
    wire = desk.root / "wire"
    wire.mkdir()
    (wire / "a.md").write_text("# A\n\nFrom the wire.\n")
    (wire / "b.md").write_text("# B\n\nFrom the wire.\n")
    desk.ingest()
    result = desk.ingest("wire")
    assert result.added == ("b",)
    assert "the slug 'a' is taken by a.md of articles" in reasons(result)[0]
    article = load(desk, "b")
    assert (article.source, article.topics, article.language) == ("wire", ("Wire",), "de")
    assert article.uid == "tag:gazette.example,2026:wire/b"
    assert desk.ingest().withdrawn == ()


def test_another_ingest_in_between_is_seen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon and a command at the same time: neither writes what the other wrote already."""
    desk.write("one.md")
    write, rival = desk.store.write, Desk(desk.store, desk.root)

    def after_the_rival() -> object:
        monkeypatch.setattr(desk.store, "write", write)
        assert rival.ingest().added == ("one",)
        return write()

    monkeypatch.setattr(desk.store, "write", after_the_rival)
    assert desk.ingest().added == ()
    assert len(desk.known()) == 1
    assert load(desk, "one").revision == 1


# Slugs and uids.


def test_a_change_of_slug_keeps_the_uid_and_moves_the_address(desk: Desk) -> None:
    desk.write("a.md", front(title="A", slug="old"))
    desk.ingest()
    before = load(desk, "old")
    desk.write("a.md", front(title="A", slug="new"))
    assert desk.ingest().updated == ("new",)
    after = load(desk, "new")
    assert after.uid == before.uid
    assert after.url == "https://gazette.example/articles/new"
    assert after.updated_at == before.updated_at


def test_two_articles_swap_their_slugs(desk: Desk) -> None:
    for name, slug in (("a", "x"), ("b", "y")):
        desk.write(f"{name}.md", front(title=name, slug=slug))
    desk.ingest()
    for name, slug in (("a", "y"), ("b", "x")):
        desk.write(f"{name}.md", front(title=name, slug=slug))
    assert sorted(desk.ingest().updated) == ["x", "y"]
    assert {item.path: item.slug for item in desk.known().values()} == {"a.md": "y", "b.md": "x"}


def test_a_clash_of_slugs_names_both_files_until_it_is_gone(desk: Desk) -> None:
    desk.write("a.md", front(title="A", slug="same"))
    desk.write("b.md", front(title="B", slug="same"))
    result = desk.ingest()
    assert result.added == ("same",)
    expected = (
        "b.md: the slug 'same' is taken by a.md; give one of the two another `slug:` in its "
        "front matter"
    )
    assert reasons(result) == [expected]
    assert reasons(desk.ingest()) == [expected]
    desk.write("a.md", front(title="A", slug="other"))
    result = desk.ingest()
    assert (result.added, result.updated, result.problems) == (("same",), ("other",), ())


def test_a_refused_article_keeps_its_last_revision_and_slug(desk: Desk) -> None:
    """A third file cannot take the slug that the refused one still has."""
    for name in "abc":
        desk.write(f"{name}.md")
    desk.ingest()
    desk.write("a.md", front(title="A", slug="c"))
    desk.write("b.md", front(title="B", slug="a"))
    result = desk.ingest()
    assert len(result.problems) == 2
    assert result.withdrawn == ()
    assert {item.path: item.slug for item in desk.known().values()} == {
        f"{name}.md": name for name in "abc"
    }
    assert load(desk, "a").title == "A"
    desk.write("c.md", front(title="C", slug="elsewhere"))
    result = desk.ingest()
    assert (result.updated, result.problems) == (("c", "a", "elsewhere"), ())


def test_a_withdrawn_article_gives_its_slug_to_its_replacement(desk: Desk) -> None:
    desk.write("a.md", front(title="A"))
    desk.ingest()
    desk.write("a.md", front(title="A", withdrawn="Replaced"))
    desk.write("new.md", front(title="New", slug="a"))
    result = desk.ingest()
    assert (result.added, result.withdrawn, result.problems) == (("a",), ("a",), ())
    assert load(desk, "a").title == "New"
    assert {item.path: item.slug for item in desk.known().values()} == {"a.md": "", "new.md": "a"}
    (desk.folder / "new.md").unlink()
    desk.write("b.md")
    desk.ingest()
    desk.write("a.md", front(title="A"))
    result = desk.ingest()
    assert (result.updated, result.problems) == (("a",), ())
    assert load(desk, "a").title == "A"


def test_a_clash_of_uids_is_named_and_harmless(desk: Desk) -> None:
    for name in "ab":
        desk.write(f"{name}.md", front(title=name, uid="urn:x:1"))
    result = desk.ingest()
    assert result.added == ("a", "b")
    assert [problem.severity for problem in result.problems] == ["warning"]
    assert {item.uid for item in desk.known().values()} == {"urn:x:1", "urn:x:1-2"}


# What goes wrong in a folder.


def test_a_bad_file_keeps_its_last_good_revision(desk: Desk) -> None:
    desk.write("a.md")
    desk.write("b.md")
    desk.ingest()
    desk.write("a.md", "---\ntitle: [\n---\n")
    result = desk.ingest()
    assert (result.updated, result.withdrawn, result.unchanged) == ((), (), 1)
    (problem,) = result.problems
    assert (problem.where, problem.severity) == ("a.md", "error")
    assert problem.line is not None
    assert load(desk, "a").content_text == "The story of a."
    assert desk.ingest().problems == (problem,)
    desk.write("a.md", "# A\n\nMended.\n")
    assert desk.ingest().updated == ("a",)


def test_a_file_over_the_limit_is_named_and_the_others_go_on(desk: Desk) -> None:
    """reliability.md, very large article: 1 MB source cap, clear error."""
    desk.write("a.md", "# A\n\n" + "x" * 1_000_000)
    desk.write("b.md")
    result = desk.ingest()
    assert result.added == ("b",)
    assert reasons(result) == [
        "a.md: is larger than 1,000,000 bytes; articles that large are left out"
    ]
    assert reasons(desk.ingest()) == reasons(result)
    desk.write("b.md", "# B\n\n" + "x" * 1_000_000)
    grown = desk.ingest()
    assert (grown.withdrawn, len(reasons(grown))) == ((), 2)
    assert load(desk, "b").content_text == "The story of b."  # What is out stays as it was.


def test_a_name_that_cannot_be_recorded_is_named(desk: Desk) -> None:
    place = desk.folder / "/".join(["x" * 200] * 3)
    place.mkdir(parents=True)
    (place / "long.md").write_text("# Long\n\nText.\n")
    Path(f"{desk.folder}/caf\udce9.md").write_text("# Café\n\nText.\n")
    desk.write("été.md")
    result = desk.ingest()
    assert result.added == ("ete",)
    told = sorted(reasons(result))
    assert told[0] == "caf\ufffd.md: its name is not UTF-8; give it another one"
    assert told[1].endswith("its path has more than 500 characters; shorten it")


def test_a_missing_folder_changes_nothing(desk: Desk) -> None:
    """Not mounted is not deleted."""
    desk.write("a.md")
    desk.ingest()
    shutil.rmtree(desk.folder)
    with pytest.raises(NotFoundError, match="articles"):
        desk.ingest(accept_removals=True)
    assert desk.known()["a.md"].withdrawn_at is None


def test_an_empty_folder_keeps_everything(desk: Desk) -> None:
    place = desk.write("a.md")
    text = place.read_text()
    desk.ingest()
    place.unlink()
    result = desk.ingest()
    assert result.withdrawn == ()
    assert "looks like an accident" in reasons(result)[0]
    assert reasons(desk.ingest()) == reasons(result)
    desk.write("a.md", text)
    result = desk.ingest()
    assert (result.added, result.updated, result.withdrawn, result.problems) == ((), (), (), ())
    place.unlink()
    assert desk.ingest(accept_removals=True).withdrawn == ("a",)
    assert desk.ingest().problems == ()


def test_a_mass_removal_waits_for_the_editors_word(desk: Desk) -> None:
    places = [desk.write(f"a{number:02}.md") for number in range(15)]
    desk.ingest()
    for place in places[:11]:
        place.unlink()
    result = desk.ingest()
    assert result.withdrawn == ()
    assert "the files of 11 of 15 articles are gone" in reasons(result)[0]
    assert len(desk.ingest(accept_removals=True).withdrawn) == 11


def test_control_characters_and_page_furniture_are_told(desk: Desk) -> None:
    """feeds.md X1: left out, never fatal, never in silence."""
    desk.write("a.md", "# A\n\nBell\x07 rings.\n")
    result = desk.ingest()
    (removed,) = result.removals
    assert (removed.path, removed.removal.line, removed.removal.kind) == ("a.md", 3, Change.CONTROL)
    assert load(desk, "a").content_text == "Bell rings."


# Dates.


def test_an_embargo_and_a_date_that_cannot_move(desk: Desk) -> None:
    desk.write("a.md", front(title="A", published="2026-11-24 07:00"))
    desk.ingest()
    out_at = desk.known()["a.md"].published_at
    assert out_at == NOW + timedelta(hours=12)
    desk.now = out_at + timedelta(hours=1)
    desk.write("a.md", front(title="A", published="2026-11-25 07:00"))
    result = desk.ingest()
    assert [problem.severity for problem in result.problems] == ["warning"]
    assert result.updated == ()
    assert desk.known()["a.md"].published_at == out_at


# Pictures and enclosures.


def test_a_picture_is_taken_in_and_a_changed_one_makes_a_revision(desk: Desk) -> None:
    desk.write("a.md", front("![A ferry](img/a%20b.png)", title="A", image="img/a b.png"))
    desk.write("img/a b.png", make_png(40, 30))
    assert desk.ingest().problems == ()
    before = load(desk, "a")
    assert before.image is not None
    assert before.image.url.startswith("https://gazette.example/feeds/media/")
    assert before.image.url.endswith("-a-b.png")
    assert (before.image.width, before.image.height) == (40, 30)
    assert before.image.url in before.content_html
    assert desk.ingest().unchanged == 1
    desk.write("img/a b.png", make_png(80, 60))
    desk.now += timedelta(hours=1)
    assert desk.ingest().updated == ("a",)
    after = load(desk, "a")
    assert after.image is not None
    assert after.image.url != before.image.url
    assert after.image.width == 80
    assert after.updated_at == desk.now
    with desk.store.read() as tx:
        assert [item.path for item in articles.all_media(tx)] == ["img/a b.png"] * 2


def test_missing_files_are_named_and_come_in_later(desk: Desk) -> None:
    facts = "image: {file: a.png, caption: At the quay}\nenclosure: {file: talk.mp3}"
    desk.write("a.md", f"---\ntitle: A\n{facts}\n---\nText. ![x](b.png)\n")
    result = desk.ingest()
    assert result.added == ("a",)
    assert sorted(reasons(result)) == [
        f"a.md: there is no file {name!r} that can be read; the article goes out without it"
        for name in ("a.png", "b.png", "talk.mp3")
    ]
    article = load(desk, "a")
    assert (article.image, article.enclosures) == (None, ())
    assert "<figcaption>At the quay</figcaption>" in article.content_html
    assert "<img" not in article.content_html
    desk.write("a.png", make_png())
    desk.write("b.png", make_png())
    desk.write("talk.mp3", b"ID3")
    result = desk.ingest()
    assert (result.updated, result.problems) == (("a",), ())
    article = load(desk, "a")
    assert article.image is not None
    assert article.image.caption == "At the quay"
    assert article.enclosures[0].length_bytes == 3
    assert "<figcaption>" not in article.content_html


def test_a_picture_of_the_same_name_belongs_to_a_caption(desk: Desk) -> None:
    """A pasted text names no picture; one beside it is its own, whenever it comes."""
    text = (
        "Ferry to the island\n\nThe ferry at the quay, on Monday morning. Photo: Gazette\n\n"
        "Must read\n\nThe ferry runs again, twice a day, after eleven weeks of repairs.\n"
    )
    desk.write("ferry #1.txt", text)
    assert desk.ingest().added == ("ferry-1",)
    article = load(desk, "ferry-1")
    assert article.image is None
    assert "The ferry at the quay" in article.content_html
    desk.write("ferry #1.jpeg", make_png())
    assert desk.ingest().updated == ("ferry-1",)
    article = load(desk, "ferry-1")
    assert article.image is not None
    assert article.image.url.endswith("-ferry-1.jpeg")
    assert "The ferry at the quay" in article.image.caption


@pytest.mark.parametrize(
    "reference", ["../secret.png", "/../secret.png", "%2e%2e/secret.png", "a/../../secret.png"]
)
def test_no_picture_is_taken_from_outside(desk: Desk, reference: str) -> None:
    """security.md 10."""
    (desk.root / "secret.png").write_bytes(make_png())
    desk.write("a.md", front(f"![x]({reference})", title="A", image=f"'{reference}'"))
    result = desk.ingest()
    assert reasons(result) == [f"a.md: {reference!r} leads out of the folder, so it is left out"]
    assert load(desk, "a").image is None
    with desk.store.read() as tx:
        assert articles.all_media(tx) == []


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "link.png"])
def test_no_name_of_a_picture_stops_the_others(desk: Desk, name: str) -> None:
    """security.md 10: 300 characters; a link that leads out."""
    (desk.root / "secret.png").write_bytes(make_png())
    (desk.folder / "link.png").symlink_to(desk.root / "secret.png")
    desk.write("a.md", front(title="A", image=name))
    result = desk.ingest()
    assert result.added == ("a",)
    assert "there is no file" in reasons(result)[0]
    assert load(desk, "a").image is None


def test_a_kind_of_file_that_is_not_published_is_named(desk: Desk) -> None:
    desk.write("a.md", front(title="A", image="a.svg"))
    desk.write("a.svg", "<svg/>")
    (told,) = reasons(desk.ingest())
    assert told.startswith("a.md: 'a.svg' is of a kind that is not published (these are: avif csv")


# Checking without writing.


def test_checking_tells_what_ingest_would_do(desk: Desk) -> None:
    desk.write("a.md")
    desk.write("b.md", "")
    (desk.folder / "b.md").write_text("")
    result = check_folder(desk.config, "articles", desk.folder, now=NOW)
    assert result.added == ("a",)
    assert len(result.problems) == 1
    assert desk.known() == {}
    with pytest.raises(NotFoundError):
        check_folder(desk.config, "articles", desk.root / "nowhere", now=NOW)


# Histories: whatever editors do, in whatever order.


class Histories(RuleBasedStateMachine):
    """Edits, moves, removals, and returns between two looks at the folder.

    What the model knows of a story (its text and where its file is) must be what the store knows
    of its article. A path is used for one story only: a file that is rewritten is the same article.
    """

    def __init__(self) -> None:
        """Begin with an empty publication."""
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        root = Path(self.place.name)
        self.store = open_store(f"sqlite:///{root / 'digest.sqlite3'}")
        self.desk = Desk(self.store, root)
        self.paths: dict[int, str] = {}
        self.texts: dict[int, str] = {}
        self.there: set[int] = set()
        self.seen: set[int] = set()
        self.uids: dict[int, tuple[str, int]] = {}
        self.announced = 0
        self.steps = 0
        self.moved: set[int] = set()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.store.close()
        self.place.cleanup()

    def _put(self, story: int) -> None:
        self.desk.write(self.paths[story], f"# Story {story}\n\n{self.texts[story]}\n")
        self.there.add(story)

    @initialize()
    def two_stories(self) -> None:
        """Begin with something to do things to."""
        self.write()
        self.write()

    @rule()
    def write(self) -> None:
        """A new story."""
        story = len(self.paths)
        self.paths[story] = f"story-{story}.md"
        self.texts[story] = f"The beginning of story {story}."
        self._put(story)

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        """Another text, sometimes one that the story had before."""
        story = data.draw(st.sampled_from(sorted(self.there - self.moved) or [0]))
        if story in self.there and story not in self.moved:
            version = data.draw(st.integers(0, 2))
            self.texts[story] = f"Version {version} of story {story}."
            self._put(story)

    @precondition(lambda self: self.there & self.seen)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Another place, the same text, for a story that was seen where it is."""
        story = data.draw(st.sampled_from(sorted(self.there & self.seen)))
        known = self.desk.known()[self.paths[story]]
        with self.store.read() as tx:
            stored = articles.load(tx, [known.sequence])[0].content_text
        if stored == self.texts[story]:
            self.steps += 1
            (self.desk.folder / self.paths[story]).unlink()
            self.paths[story] = f"moved/{self.steps}/story-{story}.md"
            self._put(story)
            self.seen.discard(story)
            self.moved.add(story)

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A story is taken away, unless it was moved and not seen since."""
        story = data.draw(st.sampled_from(sorted(self.there)))
        if story not in self.moved:
            (self.desk.folder / self.paths[story]).unlink()
            self.there.discard(story)

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """A story comes back to where it was."""
        lost = sorted(set(self.paths) - self.there)
        if lost:
            self._put(data.draw(st.sampled_from(lost)))

    @rule()
    def look(self) -> None:
        """The folder is taken in."""
        self.desk.now += timedelta(minutes=1)
        result = self.desk.ingest(accept_removals=True)
        assert result.problems == ()
        self.announced += len(result.added)
        known = self.desk.known()
        for story in self.there:
            self.seen.add(story)
            item = known[self.paths[story]]
            assert item.withdrawn_at is None
            with self.store.read() as tx:
                (article,) = articles.load(tx, [item.sequence])
            assert article.content_text == self.texts[story]
            # The same uid and the same place in the order of first sight, for ever.
            assert self.uids.setdefault(story, (item.uid, item.sequence)) == (
                item.uid,
                item.sequence,
            )
        for story in set(self.uids) - self.there:
            assert known[self.paths[story]].withdrawn_at is not None
        self.moved.clear()
        assert self.desk.ingest(accept_removals=True).unchanged == len(self.there)

    @invariant()
    def nothing_is_announced_twice(self) -> None:
        """As many articles as stories that were seen; each with a uid of its own."""
        assert self.announced == len(self.uids)
        assert len({uid for uid, _ in self.uids.values()}) == len(self.uids)
        with self.store.read() as tx:
            assert len(articles.list_all(tx)) == len(self.uids)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("reference", ["&#xFFFF;", "&#xfffe;", "&#65535;", "&#0065534;"])
def test_a_reference_to_no_character_stops_nothing(desk: Desk, reference: str) -> None:
    """feeds.md X1: cmark writes bytes for these that are no UTF-8."""
    desk.write("poison.md", f"# Poison\n\nA non-character: {reference} here.\n")
    desk.write("good.md")
    result = desk.ingest()
    assert result.added == ("good", "poison")
    assert result.problems == ()
    assert "A non-character: \ufffd here." in load(desk, "poison").content_html


def test_a_defect_of_ours_costs_one_article_and_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """reliability.md, Faults: a poison article is named, the rest goes out."""
    parse = parser.parse_article

    def fragile(path: PurePosixPath, data: bytes, **settings: Any) -> Draft:  # noqa: ANN401 - passed on
        if path.name == "bad.md":
            raise ZeroDivisionError
        return parse(path, data, **settings)

    monkeypatch.setattr(parser, "parse_article", fragile)
    desk.write("bad.md")
    desk.write("good.md")
    result = desk.ingest()
    assert result.added == ("good",)
    [problem] = result.problems
    assert problem.where == "bad.md"
    assert "defect of Digest (ZeroDivisionError())" in problem.reason


def test_articles_in_a_folder_that_cannot_be_listed_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad rights for an hour withdraw nothing; the folder is named as long as it lasts."""
    (desk.folder / "sub").mkdir()
    desk.write("sub/one.md")
    desk.write("two.md")
    desk.ingest()
    scan = files.scan

    def closed(folder: Path, suffixes: Collection[str], *rest: Any) -> Iterator[SourceFile]:  # noqa: ANN401 - handed on
        yield SourceFile(PurePosixPath("sub"), b"", "cannot be listed", is_folder=True)
        yield from (f for f in scan(folder, suffixes, *rest) if f.path.name == "two.md")

    monkeypatch.setattr(files, "scan", closed)
    for _ in range(2):
        result = desk.ingest()
        assert result.withdrawn == ()
        assert [(item.where, item.reason) for item in result.problems] == [
            ("sub", "cannot be listed")
        ]
    monkeypatch.undo()
    assert desk.ingest() == IngestResult("articles", unchanged=2)
    assert load(desk, "one").withdrawn_at is None
