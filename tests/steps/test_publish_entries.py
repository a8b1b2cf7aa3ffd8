"""Which article stands in which document: the decisions, without a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import FeedConfig
from digest.model import Listed
from digest.steps.publish.entries import (
    TOMBSTONE_DAYS,
    Feed,
    Moves,
    decide,
    expired,
    new_pages,
    too_heavy,
)
from digest.store.feeds import CURRENT, Held, Page, State

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIN = Feed("main", FeedConfig())
SEA = Feed("sea", FeedConfig(topics=("Sea",)))
KNOWN = {feed.name: State(feed.selection, feed.topic) for feed in (MAIN, SEA)}


def listed(sequence: int = 1, **changes: Any) -> Listed:  # noqa: ANN401 - any field
    facts: dict[str, Any] = {
        "revision": 1,
        "slug": f"a{sequence}",
        "source": "articles",
        "title": "A",
        "language": "en",
        "topics": ("Sea",),
        "pinned": False,
        "published_at": NOW - HOUR,
        "updated_at": NOW - HOUR,
        "first_seen_at": NOW - HOUR,
    }
    return Listed(sequence, **(facts | changes))


def held(page: int = CURRENT, feed: str = "main", **changes: Any) -> Held:  # noqa: ANN401 - any field
    facts: dict[str, Any] = {
        "sequence": 1,
        "revision": 1,
        "updated_at": NOW - HOUR,
        "published_at": NOW - HOUR,
        "withdrawn_at": None,
    }
    return Held(feed, page, **(facts | changes))


def decided(article: Listed, *places: Held, changed: bool = True) -> Moves:
    changes = {7: article.sequence} if changed else {}
    return decide([MAIN, SEA], KNOWN, changes, [article], {article.sequence: places}, NOW)


@pytest.mark.parametrize(
    ("article", "places", "enter", "leave"),
    [
        (listed(), (), ["main", "sea"], {}),
        (listed(topics=("Land",)), (), ["main"], {}),
        (listed(), (held(), held(feed="sea")), [], {}),
        (listed(topics=()), (held(), held(feed="sea")), [], {("sea", CURRENT): [1]}),
        # What is archived stays when its topics change, and is not said again for nothing.
        (listed(topics=()), (held(2), held(3, "sea")), [], {}),
        (listed(), (held(2), held(3, "sea")), [], {}),
        (listed(updated_at=NOW), (held(2), held(3, "sea")), ["main", "sea"], {}),
        # A withdrawn one stays as a tombstone, and leaves archives.
        (listed(withdrawn_at=NOW), (held(),), [], {}),
        (listed(withdrawn_at=NOW), (held(), held(2)), [], {("main", 2): [1]}),
        (listed(withdrawn_at=NOW), (held(4, "sea"),), ["sea"], {("sea", 4): [1]}),
        (listed(withdrawn_at=NOW), (), [], {}),
        (listed(published_at=NOW + HOUR), (), [], {}),
    ],
)
def test_an_article_enters_and_leaves(
    article: Listed, places: tuple[Held, ...], enter: list[str], leave: dict[Any, list[int]]
) -> None:
    moves = decided(article, *places)
    assert moves.enter == [(name, 1) for name in enter]
    assert moves.leave == leave
    assert moves.states == {}


def test_what_has_not_changed_is_not_looked_at_unless_the_feed_is_chosen_anew() -> None:
    assert not decided(listed(), changed=False)
    feeds = [MAIN, Feed("sea", FeedConfig(topics=("Land",)))]
    moves = decide(feeds, KNOWN, {}, [listed()], {1: [held(), held(feed="sea")]}, NOW)
    assert moves.leave == {("sea", CURRENT): [1]}
    assert list(moves.states) == ["sea"]


def test_a_change_under_embargo_waits() -> None:
    article = listed(published_at=NOW + HOUR)
    moves = decided(article)
    assert (moves.seen, moves.embargoed_until, bool(moves)) == ([], NOW + HOUR, False)
    assert decided(listed()).seen == [7]
    assert decided(listed(published_at=NOW + HOUR, withdrawn_at=NOW)).seen == [7]


def test_a_tombstone_is_kept_for_a_while() -> None:
    """feeds.md H12."""
    limit = NOW - timedelta(days=TOMBSTONE_DAYS)
    there = [held(), held(withdrawn_at=limit), held(withdrawn_at=limit - HOUR, sequence=3)]
    assert expired(there, NOW) == [3]


@given(st.integers(0, 40), st.integers(1, 9), st.integers(0, 5))
def test_pages_hold_all_that_leaves_once_in_its_order(count: int, size: int, last: int) -> None:
    """feeds.md H10."""
    leaving = list(range(count))
    pages = list(new_pages(leaving, size, last))
    assert [item for _, items in pages for item in items] == leaving
    assert [page.number for page, _ in pages] == list(range(last + 1, last + 1 + len(pages)))
    assert all(page.has_next for page, _ in pages[:-1])
    assert not pages or pages[-1][0] == Page(last + len(pages))


@pytest.mark.parametrize(
    ("limit", "leaving"), [(0, []), (400, []), (399, [1, 2]), (410, []), (150, [1, 2, 3])]
)
def test_the_oldest_leave_a_document_that_is_too_large(limit: int, leaving: list[int]) -> None:
    sizes = [(number, (90, 100)) for number in (1, 2, 3, 4)]
    totals = [360, 400]
    found = too_heavy(sizes, totals, limit)
    assert found == leaving


def test_one_article_stays_however_large() -> None:
    assert too_heavy([(1, (900,))], [1000], 10) == []


def test_a_feed_is_chosen_by_its_settings_and_by_nothing_else() -> None:
    same = Feed("other", FeedConfig(title="Other", description="Other"))
    assert same.selection == MAIN.selection
    assert len({MAIN.selection, SEA.selection, Feed("x", FeedConfig(entries=9)).selection}) == 3
