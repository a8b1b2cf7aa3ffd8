"""Articles: what is written is read back, revisions are kept, and identity is unique."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from samples import sample_article
from sqlalchemy.exc import DataError, IntegrityError
from store_samples import NOW, add_article

from digest.model import Article, Author, Enclosure, Image, Listed
from digest.store import articles
from digest.store.articles import FileRecord, Known, Media, New
from digest.store.engine import Store

LATER = NOW + timedelta(hours=1)

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
_COUNT = st.none() | st.integers(0, 2**40)
_MOMENT = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
_IMAGE = st.builds(Image, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _COUNT, _COUNT, _COUNT)
_ENCLOSURE = st.builds(Enclosure, _TEXT, _TEXT, st.integers(0, 2**40), _TEXT, _COUNT)
_ARTICLE = st.builds(
    Article,
    uid=st.uuids().map(lambda number: f"tag:courier.example,2026:{number}"),
    slug=st.uuids().map(str),
    title=_TEXT,
    url=_TEXT,
    summary=_TEXT,
    content_html=_TEXT,
    content_text=_TEXT,
    published_at=_MOMENT,
    updated_at=_MOMENT,
    source=st.sampled_from(["articles", "wire"]),
    language=st.sampled_from(["en", "zh-Hant-TW"]),
    authors=st.lists(st.builds(Author, _TEXT, _TEXT, _TEXT), max_size=2).map(tuple),
    topics=st.lists(_TEXT, max_size=3).map(tuple),
    image=st.none() | _IMAGE,
    enclosures=st.lists(_ENCLOSURE, max_size=2).map(tuple),
    pinned=st.booleans(),
    correction=_TEXT,
    withdrawn_at=st.none() | _MOMENT,
    withdrawn_reason=_TEXT,
)


def load_one(store: Store, sequence: int) -> Article:
    with store.read() as tx:
        [found] = articles.load(tx, [sequence])
    return found


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(article=_ARTICLE)
def test_an_article_is_read_back_as_it_was_written(store: Store, article: Article) -> None:
    with store.write() as tx:
        sequence = articles.add(tx, article, path=article.slug, digest="d", seen_at=NOW)
        [found] = articles.load(tx, [sequence])
        tx.rollback()  # The next example begins with an empty database.
    assert found == replace(article, sequence=sequence, revision=1, first_seen_at=NOW)


@pytest.mark.parametrize(
    "text", ["é", "ﷺ🏳️‍🌈", "a\u2028b\u0085c\x1f\x7f\uffff\U0010ffff", "\\u0000 %s :x"]
)
def test_any_character_that_is_one_is_kept(store: Store, text: str) -> None:
    article = sample_article(title=text, topics=(text,), image=Image(text, alt=text))
    with store.write() as tx:
        sequence = articles.add(tx, article, path="a.md", digest="d", seen_at=NOW)
    found = load_one(store, sequence)
    assert (found.title, found.topics, found.image) == (text, (text,), Image(text, alt=text))


def test_nul_is_refused_by_postgresql_and_kept_by_sqlite(store: Store) -> None:
    """Ingesting takes it out beforehand; what slips through is an error, never a cut text."""
    article = sample_article(title="a\0b")
    if store.is_sqlite:
        with store.write() as tx:
            sequence = articles.add(tx, article, path="a.md", digest="d", seen_at=NOW)
        assert load_one(store, sequence).title == "a\0b"
        return
    with pytest.raises(DataError, match="NUL"), store.write() as tx:
        articles.add(tx, article, path="a.md", digest="d", seen_at=NOW)
    with store.read() as tx:
        assert articles.list_all(tx) == []


def test_half_a_surrogate_pair_is_refused_and_nothing_is_written(store: Store) -> None:
    with pytest.raises(UnicodeEncodeError), store.write() as tx:
        articles.add(tx, sample_article(title="\ud83d"), path="a.md", digest="d", seen_at=NOW)
    with store.read() as tx:
        assert articles.list_all(tx) == []


def test_sequence_numbers_follow_first_sight_and_not_the_dates(store: Store) -> None:
    with store.write() as tx:
        first = add_article(tx, 3)
        second = add_article(tx, 1)
        listed = articles.list_all(tx)
    assert 0 < first < second
    assert [item.sequence for item in listed] == [first, second]
    assert listed[0].published_at < listed[1].published_at


def test_articles_are_loaded_in_the_order_asked_for(store: Store) -> None:
    with store.write() as tx:
        made = [add_article(tx, number) for number in (1, 2, 3)]
        wanted = [made[2], 999, made[0]]
        assert [item.sequence for item in articles.load(tx, wanted)] == [made[2], made[0]]
        assert articles.load(tx, []) == []


def test_more_articles_than_one_statement_takes_are_loaded(sqlite_store: Store) -> None:
    with sqlite_store.write() as tx:
        made = [add_article(tx, number) for number in range(1, 512)]
        assert [item.sequence for item in articles.load(tx, made[::-1])] == made[::-1]


def test_an_old_revision_is_kept_when_a_new_one_is_written(store: Store) -> None:
    changed = sample_article(title="Corrected", updated_at=LATER, correction="The year was wrong.")
    with store.write() as tx:
        sequence = add_article(tx)
        before = tx.exec_driver_sql("SELECT * FROM article_revisions").mappings().one()
        assert articles.revise(tx, sequence, changed, digest="other", seen_at=LATER) == 2
        after = tx.exec_driver_sql("SELECT * FROM article_revisions WHERE revision = 1")
        assert after.mappings().one() == before
    found = load_one(store, sequence)
    assert found == replace(changed, sequence=sequence, revision=2, first_seen_at=NOW)


def test_listing_shows_the_newest_revision(store: Store) -> None:
    changed = sample_article(title="Corrected", updated_at=LATER, correction="Why", pinned=True)
    with store.write() as tx:
        sequence = add_article(tx)
        articles.revise(tx, sequence, changed, digest="other", seen_at=LATER)
        articles.withdraw(tx, sequence, LATER, "a mistake")
        listed = articles.list_all(tx)
    assert listed == [
        Listed(
            sequence=sequence,
            revision=2,
            slug="article-1",
            source="articles",
            title="Corrected",
            language="en",
            topics=("World",),
            pinned=True,
            published_at=changed.published_at,
            updated_at=LATER,
            first_seen_at=NOW,
            withdrawn_at=LATER,
            correction="Why",
            authors=("Ilse Varga",),
        )
    ]


def test_a_withdrawn_article_can_be_published_again(store: Store) -> None:
    with store.write() as tx:
        sequence = add_article(tx)
        articles.withdraw(tx, sequence, LATER, "a mistake")
    found = load_one(store, sequence)
    assert (found.withdrawn_at, found.withdrawn_reason) == (LATER, "a mistake")
    with store.write() as tx:
        articles.withdraw(tx, sequence, None, "")
    found = load_one(store, sequence)
    assert (found.withdrawn_at, found.withdrawn_reason) == (None, "")


def test_what_is_known_of_an_article_has_its_identity_and_all_its_keys(store: Store) -> None:
    with store.write() as tx:
        first = add_article(tx, 1)
        articles.add_aliases(tx, first, {"url:a", "guid:a"})
        articles.add_aliases(tx, first, ())
        other = sample_article(2, source="wire")
        articles.add(tx, other, path="2.md", digest="d", seen_at=NOW)
        articles.place(tx, first, path="moved/1.md", slug="moved")
        article = sample_article(1)
        assert articles.known(tx, "articles") == [
            Known(
                sequence=first,
                uid=article.uid,
                source="articles",
                path="moved/1.md",
                slug="moved",
                revision=1,
                digest="digest of 1",
                published_at=article.published_at,
                updated_at=article.updated_at,
                withdrawn_at=None,
                withdrawn_reason="",
                aliases=frozenset({"guid:a", "url:a"}),
            )
        ]
        assert [item.path for item in articles.known(tx)] == ["moved/1.md", "2.md"]
        assert [item.aliases for item in articles.known(tx, "wire")] == [frozenset()]


def test_a_key_belongs_to_one_article_for_ever(store: Store) -> None:
    with store.write() as tx:
        articles.add_aliases(tx, add_article(tx, 1), ["guid:a"])
    with pytest.raises(IntegrityError), store.write() as tx:
        articles.add_aliases(tx, add_article(tx, 2), ["guid:a"])
    with store.read() as tx:
        assert [item.aliases for item in articles.known(tx)] == [frozenset({"guid:a"})]


@pytest.mark.parametrize(
    "same", [{"uid": sample_article(1).uid}, {"slug": "article-1"}], ids=["uid", "slug"]
)
def test_uid_and_slug_belong_to_one_article(store: Store, same: dict[str, Any]) -> None:
    with store.write() as tx:
        add_article(tx, 1)
    with pytest.raises(IntegrityError), store.write() as tx:
        articles.add(tx, sample_article(2, **same), path="2.md", digest="d", seen_at=NOW)


def test_two_articles_are_never_in_one_file(store: Store) -> None:
    with store.write() as tx:
        add_article(tx, 1)
    with pytest.raises(IntegrityError), store.write() as tx:
        articles.add(tx, sample_article(2), path="1.md", digest="d", seen_at=NOW)


def test_a_slug_that_was_given_up_can_be_taken(store: Store) -> None:
    with store.write() as tx:
        old = add_article(tx, 1)
        articles.withdraw(tx, old, LATER, "replaced")
        articles.place(tx, old, path="1.md", slug=None)
        new = articles.add(
            tx, sample_article(2, slug="article-1"), path="2.md", digest="d", seen_at=LATER
        )
        assert [item.slug for item in articles.load(tx, [old, new])] == ["", "article-1"]
        assert [item.slug for item in articles.list_all(tx)] == ["", "article-1"]
        assert [item.slug for item in articles.known(tx)] == ["", "article-1"]


def test_what_became_of_files_is_remembered_by_source(store: Store) -> None:
    with store.write() as tx:
        sequence = add_article(tx)
        good = FileRecord("1.md", "f1", sequence, assets=("a.png", "b.png"))
        bad = FileRecord("2.md", "f2", None, "no title", 3)
        articles.put_files(tx, "articles", [good, bad])
        articles.put_files(tx, "wire", [bad])
        articles.put_files(tx, "wire", [])
        assert articles.files_of(tx, "articles") == {"1.md": good, "2.md": bad}
        mended = FileRecord("2.md", "f3", sequence)
        articles.put_files(tx, "articles", [mended])
        assert articles.files_of(tx, "articles") == {"1.md": good, "2.md": mended}
        articles.forget_files(tx, "articles", ["1.md", "none.md"])
        assert articles.files_of(tx, "articles") == {"2.md": mended}
        assert articles.files_of(tx, "wire") == {"2.md": bad}


def test_media_are_remembered_once_by_name(store: Store) -> None:
    picture = Media("ab-a.png", "articles", "a.png", "ab" * 32, 2**40, "image/png", 640, 480)
    report = Media("cd-r.pdf", "articles", "r.pdf", "cd" * 32, 7, "application/pdf")
    with store.write() as tx:
        articles.put_media(tx, {picture.name: picture})
        moved = replace(picture, path="elsewhere.png")
        articles.put_media(tx, {report.name: report, picture.name: moved})
        articles.put_media(tx, {})
        assert articles.all_media(tx) == [picture, report]


def test_nothing_changes_or_removes_a_revision(sqlite_store: Store) -> None:
    """Issues point to them: the statements of this module only ever insert and read them."""
    seen: list[str] = []
    with sqlite_store.write() as tx:
        tx.connection.set_trace_callback(seen.append)
        sequence = add_article(tx)
        articles.revise(tx, sequence, sample_article(title="New"), digest="e", seen_at=LATER)
        articles.place(tx, sequence, path="x.md", slug=None)
        articles.withdraw(tx, sequence, LATER, "why")
        articles.load(tx, [sequence])
        tx.connection.set_trace_callback(None)
    verbs = {line.split()[0] for line in seen if re.search(r"(INTO|UPDATE|FROM) article_rev", line)}
    assert verbs <= {"INSERT", "SELECT"}
    assert "INSERT" in verbs


def test_many_new_articles_get_their_numbers_in_order(store: Store) -> None:
    """More than one statement takes; each with its own text and the keys it is known by."""
    items = [
        New(sample_article(number), f"{number}.md", f"digest of {number}", {f"guid:{number}"})
        for number in range(1, 1203)
    ]
    with store.write() as tx:
        assert articles.add_all(tx, [], seen_at=NOW) == []
        numbers = articles.add_all(tx, items, seen_at=NOW)
    with store.read() as tx:
        known = articles.known(tx)
        found = articles.load(tx, numbers)
    assert numbers == sorted(numbers) == [item.sequence for item in known]
    assert [(item.uid, item.path, item.digest, item.aliases) for item in known] == [
        (item.article.uid, item.path, item.digest, frozenset(item.aliases)) for item in items
    ]
    assert [item.title for item in found] == [item.article.title for item in items]
