"""Which articles stand in which feed and issue, and why the others do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import BriefingConfig, FeedConfig
from digest.model import Listed
from digest.selection import (
    briefing_reason,
    feed_mismatch,
    feed_reason,
    leaving,
    plan_issue,
    select_feed,
)

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def listed(sequence: int, /, **changes: Any) -> Listed:  # noqa: ANN401 - any field
    """An article published *sequence* hours ago: a higher number was seen later, an older story."""
    at = NOW - timedelta(hours=sequence)
    article = Listed(
        sequence=sequence,
        revision=1,
        slug=f"a-{sequence}",
        source="articles",
        title=f"Article {sequence}",
        language="en",
        topics=("World",),
        pinned=False,
        published_at=at,
        updated_at=at,
        first_seen_at=at,
    )
    return replace(article, **changes)


def briefing(**settings: Any) -> BriefingConfig:  # noqa: ANN401 - any key
    return BriefingConfig(title="Daily", from_address="desk@gazette.example", **settings)


def numbers(articles: Any) -> list[int]:  # noqa: ANN401 - any collection of Listed
    return [article.sequence for article in articles]


# Feeds.


def test_newest_first_and_no_more_than_it_holds() -> None:
    articles = [listed(3), listed(1), listed(2), listed(4)]
    feed = FeedConfig(entries=3, archive=False)
    assert numbers(select_feed(articles, feed, NOW)) == [1, 2, 3]


def test_with_an_archive_the_older_ones_leave_together() -> None:
    """feeds.md H10: an archive document is written once, when it is full."""
    feed = FeedConfig(entries=3, archive_entries=2)
    counts = [len(select_feed(map(listed, range(1, n + 1)), feed, NOW)) for n in range(9)]
    assert counts == [0, 1, 2, 3, 4, 3, 4, 3, 4]
    assert numbers(leaving(map(listed, range(1, 8)), feed, NOW)) == [7, 6, 5, 4]
    assert FeedConfig(entries=7).page_entries == 7


def test_what_is_new_or_was_changed_lately_stays() -> None:
    feed = FeedConfig(entries=1, archive_entries=1, min_days=2)
    articles = [listed(24), listed(47), listed(49), listed(99), listed(98, updated_at=NOW)]
    assert numbers(select_feed(articles, feed, NOW)) == [24, 47, 98]
    later = NOW + timedelta(days=8)
    assert numbers(select_feed(articles, feed, later)) == [24]


def test_corrections_of_old_articles_push_no_news_out() -> None:
    """feeds.md T4: they stand beside the newest, those corrected last, and no more than as many."""
    feed = FeedConfig(entries=2, archive=False)
    hours = range(100, 105)
    old = [listed(n, updated_at=NOW - timedelta(minutes=n)) for n in hours]
    articles = [*old, listed(24), listed(47), listed(49)]
    assert numbers(select_feed(articles, feed, NOW)) == [24, 47, 100, 101]
    assert numbers(leaving(articles, feed, NOW)) == [104, 103, 102, 49]


def test_of_two_at_the_same_moment_the_one_seen_later_is_newer() -> None:
    articles = [listed(1, published_at=NOW), listed(2, published_at=NOW)]
    assert numbers(select_feed(articles, FeedConfig(), NOW)) == [2, 1]


def test_a_withdrawn_article_takes_no_room() -> None:
    articles = [listed(1), listed(2, withdrawn_at=NOW), listed(3), listed(4)]
    feed = FeedConfig(entries=2, archive=False)
    assert numbers(select_feed(articles, feed, NOW)) == [1, 3]
    assert numbers(leaving(articles, feed, NOW)) == [4]


def test_an_embargo_holds_until_its_very_moment() -> None:
    article = listed(1, published_at=NOW)
    assert select_feed([article], FeedConfig(), NOW) == [article]
    before = NOW - timedelta(microseconds=1)
    assert select_feed([article], FeedConfig(), before) == []
    assert feed_reason(article, FeedConfig(), before) == "embargoed until 2026-11-24 06:00 UTC"


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        (FeedConfig(), ""),
        (FeedConfig(topics=("world",)), ""),
        (FeedConfig(topics=("Science", "WORLD")), ""),
        (FeedConfig(topics=("Science", "Arts")), "has none of the topics Science, Arts"),
        (FeedConfig(exclude_topics=("world",)), "has the excluded topic world"),
        (FeedConfig(exclude_topics=("Arts",)), ""),
        (FeedConfig(sources=("articles",)), ""),
        (FeedConfig(sources=("wire", "desk")), "comes from articles, not from wire, desk"),
        (FeedConfig(authors=("ILSE VARGA", "Ben Low")), ""),
        (FeedConfig(authors=("Ben Low",)), "is by none of Ben Low"),
        (FeedConfig(languages=("de", "en")), ""),
        (FeedConfig(languages=("en-GB",)), ""),
        (FeedConfig(languages=("en-US", "fr")), "is in en-GB, not in en-US, fr"),
        (FeedConfig(pinned=True), "is not pinned"),
        (FeedConfig(kind="issues"), "the feed has issues, not articles"),
    ],
)
def test_topics_and_sources_choose(feed: FeedConfig, reason: str) -> None:
    """The reason that is told is the reason that counts."""
    article = listed(1, language="en-GB", authors=("Ilse Varga",))
    assert feed_reason(article, feed, NOW) == feed_mismatch(article, feed) == reason
    assert select_feed([article], feed, NOW) == ([] if reason else [article])


def test_a_withdrawn_article_says_so() -> None:
    assert feed_reason(listed(1, withdrawn_at=NOW), FeedConfig(), NOW) == "withdrawn"


# Candidates.


@pytest.mark.parametrize(
    ("article", "settings", "reason"),
    [
        (listed(1), {}, ""),
        (listed(7), {}, "was in an earlier issue"),
        (listed(1, withdrawn_at=NOW), {}, "withdrawn"),
        (
            listed(1, published_at=NOW + timedelta(hours=1)),
            {},
            "embargoed until 2026-11-24 07:00 UTC",
        ),
        (
            listed(1, published_at=NOW - timedelta(days=31)),
            {},
            "published more than 30 days ago (max_age_days): in the feeds, not mailed",
        ),
        (listed(1, published_at=NOW - timedelta(days=30)), {}, ""),
        (listed(1, published_at=NOW - timedelta(days=9999)), {"max_age_days": 0}, ""),
        (listed(1), {"topics": ("Arts",)}, "has none of the topics Arts"),
        (listed(1), {"exclude_topics": ("World",)}, "has the excluded topic World"),
        (listed(1), {"sources": ("wire",)}, "comes from articles, not from wire"),
    ],
)
def test_each_reason(article: Listed, settings: dict[str, Any], reason: str) -> None:
    chosen = briefing(**settings)
    assert briefing_reason(article, chosen, {7}, NOW) == reason
    plan = plan_issue([article], chosen, {7}, NOW)
    assert plan.left_out == ({article.sequence: reason} if reason else {})
    assert numbers(plan.articles) == ([] if reason else [article.sequence])


def test_an_old_date_does_not_hide_what_was_first_seen_today() -> None:
    """design.md 5: order of first sight decides, never ``published_at``."""
    late = listed(9, published_at=NOW - timedelta(days=20))
    assert numbers(plan_issue([listed(1), late], briefing(), {1}, NOW).articles) == [9]


# Room.


def test_what_was_seen_first_gets_room_first() -> None:
    """Nothing is overtaken for ever: the oldest sight goes before the newest date."""
    articles = [listed(n, published_at=NOW - timedelta(hours=9 - n)) for n in range(1, 8)]
    plan = plan_issue(articles, briefing(max_articles=2, headlines=3), (), NOW)
    assert sorted(numbers(plan.articles)[:2]) == [1, 2]
    assert numbers(plan.more) == [5, 4, 3]
    assert numbers(plan.waiting) == [6, 7]


def test_pinned_articles_get_room_before_others() -> None:
    articles = [listed(1), listed(2), listed(3, pinned=True)]
    plan = plan_issue(articles, briefing(max_articles=1, headlines=0), (), NOW)
    assert numbers(plan.articles) == [3]
    assert numbers(plan.waiting) == [1, 2]


def test_an_empty_publication_gives_an_empty_plan() -> None:
    plan = plan_issue([], briefing(), (), NOW)
    assert plan.articles == ()
    assert plan.lead is None
    assert plan.sections == ()


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 50), st.booleans()), max_size=12),
    st.integers(1, 5),
    st.integers(0, 3),
)
def test_every_article_has_exactly_one_place(
    facts: list[tuple[bool, int, bool]], room: int, headlines: int
) -> None:
    """In the issue, waiting, or left out with a reason: nothing is lost, nothing doubled."""
    articles = [
        listed(
            number,
            pinned=pinned,
            published_at=NOW - timedelta(hours=hours),
            withdrawn_at=NOW if withdrawn else None,
        )
        for number, (pinned, hours, withdrawn) in enumerate(facts, start=1)
    ]
    plan = plan_issue(articles, briefing(max_articles=room, headlines=headlines), {2}, NOW)
    placed = [*numbers(plan.articles), *numbers(plan.waiting), *plan.left_out]
    assert sorted(placed) == numbers(articles)
    assert len(plan.more) <= headlines
    assert len(plan.articles) - len(plan.more) <= room


# Lead.

ARTICLES = (listed(1), listed(2, pinned=True), listed(3, pinned=True))


@pytest.mark.parametrize(("how", "lead"), [("pinned", 2), ("newest", 1), ("none", None)])
def test_who_leads(how: str, lead: int | None) -> None:
    plan = plan_issue(ARTICLES, briefing(lead=how), (), NOW)
    assert (plan.lead.sequence if plan.lead else None) == lead
    assert sorted(numbers(plan.articles)) == [1, 2, 3]


def test_without_a_pinned_one_the_newest_leads() -> None:
    plan = plan_issue([listed(2), listed(1)], briefing(lead="pinned"), (), NOW)
    assert plan.lead == listed(1)


def test_a_headline_never_leads() -> None:
    """The lead is shown in full, so it is one of those that got room."""
    articles = [listed(1, published_at=NOW - timedelta(days=2)), listed(2)]
    plan = plan_issue(articles, briefing(lead="newest", max_articles=1), (), NOW)
    assert plan.lead == articles[0]
    assert numbers(plan.more) == [2]


# Sections.


def test_sections_stand_in_the_order_of_the_settings_then_by_their_newest() -> None:
    articles = [
        listed(1, topics=("Sport",)),
        listed(2, topics=("Local",)),
        listed(3, topics=("arts", "science")),
        listed(4, topics=()),
        listed(5, topics=("SPORT",)),
        listed(6, topics=("world",)),
    ]
    chosen = briefing(lead="none", sections=("World", "Science", "Empty"))
    plan = plan_issue(articles, chosen, (), NOW)
    assert [(title, numbers(items)) for title, items in plan.sections] == [
        ("World", [6]),
        ("Science", [3]),
        ("Sport", [1, 5]),
        ("Local", [2]),
        ("", [4]),
    ]
    assert numbers(plan.articles) == [6, 3, 1, 5, 2, 4]
