"""What the site's pages are made of: privacy, data for machines, frozen mails, and lists."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from samples import SAMPLE_AT, SAMPLE_PUBLICATION, sample_article, sample_image

from digest.model import Author, Listed
from digest.steps.site import privacy
from digest.steps.site.frozen import issue_page
from digest.steps.site.library import Library, arrange, topic_slug
from digest.steps.site.structured import news_article
from digest.steps.site.views import PER_PAGE, page_paths, pages_in
from digest.store.site import Addresses, columns

TOKEN = "A1b2" * 10


def test_everything_that_is_stored_of_people_is_described() -> None:
    """Whoever adds a table or a column says on the privacy page what it is for.

    To mend: describe it in digest/steps/site/privacy.py, or name the table as impersonal there.
    """
    assert privacy.undescribed(columns()) == []


def test_nothing_is_described_that_is_not_stored() -> None:
    there = columns()
    for table, description in privacy.DESCRIBED.items():
        assert set(description.columns) <= set(there[table]), table
    assert set(there) >= privacy.IMPERSONAL


def test_the_privacy_page_is_never_silent_about_a_column() -> None:
    made = {"subscribers": ("id", "email", "shoe_size"), "diaries": ("text",), "articles": ("id",)}
    assert privacy.undescribed(made) == ["subscribers.shoe_size", "diaries.text"]
    first, unknown = privacy.records(made, keep_days=30)
    assert first.holds == ("your email address", "shoe_size")
    assert (unknown.title, unknown.holds) == ("diaries", ("text",))


def test_the_privacy_page_says_how_long() -> None:
    kept = [record.kept for record in privacy.records(columns(), keep_days=17)]
    assert all(kept)
    assert "17 days." in kept


def mail(*links: str) -> str:
    return f'<html><head lang="en"><title>x</title></head><body>{"".join(links)}</body></html>'


def test_what_acts_for_one_reader_is_taken_out_of_a_mail() -> None:
    html = mail(
        f'<a class="x" href="https://a.example/unsubscribe/{TOKEN}" style="y"><b>Leave</b></a>',
        f'<a href="https://a.example/news/preferences/{TOKEN}?x=1">Change</a>',
        '<a href="https://a.example/issues/daily">Archive</a>',
        f"https://a.example/unsubscribe/{TOKEN} as text",
    )
    page = issue_page(html, 'https://a.example/issues/daily/1?"')
    assert TOKEN not in page
    assert "Leave" not in page
    assert "Change" not in page
    assert '<a href="https://a.example/issues/daily">Archive</a>' in page
    assert page.startswith('<html><head lang="en"><meta http-equiv="Content-Security-Policy"')
    assert '<link rel="canonical" href="https://a.example/issues/daily/1?&quot;">' in page


def test_machines_are_told_what_is_known_and_no_more() -> None:
    bare = sample_article(1, authors=(), topics=(), summary="")
    told = news_article(bare, SAMPLE_PUBLICATION)
    assert not {"author", "image", "description", "articleSection", "correction"} & told.keys()
    assert told["publisher"]["name"] == "The Meridian Courier"
    assert "logo" not in told["publisher"]
    rich = sample_article(
        2,
        authors=(Author("Ada", url="https://ada.example/"), Author("", "x@example.org")),
        image=sample_image(1),
        correction="Feet, not metres.",
    )
    publication = dataclasses.replace(SAMPLE_PUBLICATION, logo_url="https://courier.example/l.png")
    told = news_article(rich, publication)
    assert told["author"] == [{"@type": "Person", "name": "Ada", "url": "https://ada.example/"}]
    assert told["image"]["width"] == 1200
    assert told["correction"] == "Feet, not metres."
    assert told["publisher"]["logo"]["url"] == "https://courier.example/l.png"


BASE = "https://courier.example/"


def listed(number: int, **changes: object) -> Listed:
    at = SAMPLE_AT - timedelta(hours=number)
    item = Listed(
        sequence=number,
        revision=1,
        slug=f"a{number}",
        source="articles",
        title=f"Article {number}",
        language="en",
        topics=("World",),
        pinned=False,
        published_at=at,
        updated_at=at,
        first_seen_at=at,
    )
    return dataclasses.replace(item, **changes)  # type: ignore[arg-type]


def library(*items: Listed, urls: dict[int, str] | None = None) -> Library:
    now = {item.sequence: f"{BASE}articles/{item.slug}" for item in items} | (urls or {})
    ever = {url: sequence for sequence, url in now.items()}
    return arrange(items, Addresses(now, ever), (), base_url=BASE, now=SAMPLE_AT)


def test_topics_that_differ_in_case_are_one_and_spelt_as_the_newest_spells_them() -> None:
    made = library(
        listed(1, topics=("World", "WORLD")), listed(2, topics=("world",)), listed(3, topics=("Ж",))
    )
    assert [(topic.title, len(topic.articles)) for topic in made.topics.values()] == [
        ("World", 2),
        ("Ж", 1),
    ]
    assert [topic.slug for topic in made.topics_of(made.articles[0])] == ["world"]
    assert topic_slug("العالم").isascii()


def test_related_articles_share_most_topics_and_the_newest_come_first() -> None:
    made = library(
        listed(1, topics=("A", "B")),
        listed(2, topics=("C",)),
        listed(3, topics=("a",)),
        listed(4, topics=("B", "A")),
        listed(5, topics=("b",)),
    )
    assert [item.sequence for item in made.related(made.articles[0])] == [4, 3, 5]


def test_an_address_belongs_to_the_article_that_is_there_now() -> None:
    """One article moved away and another took its slug; a third was withdrawn."""
    here, moved = listed(1, slug="x"), listed(2, slug="y")
    gone = listed(3, withdrawn_at=SAMPLE_AT)
    ever = {f"{BASE}articles/x": 2, f"{BASE}articles/y": 2, f"{BASE}articles/a3": 3}
    now = {1: f"{BASE}articles/x", 2: f"{BASE}articles/y", 3: f"{BASE}articles/a3"}
    made = arrange((here, moved, gone), Addresses(now, ever), (), base_url=BASE, now=SAMPLE_AT)
    place = made.at("articles/x")
    assert place is not None
    assert place.article is here
    assert made.is_gone("articles/a3")
    assert not made.is_gone("articles/never")
    assert made.at("articles/never") is None
    assert made.past_paths() == ["articles/a3"]


def test_an_empty_site_has_a_front_page_and_nothing_to_lead_with() -> None:
    made = library()
    assert made.lead() is None
    assert made.topics == {}
    assert made.next_change_at is None


def test_the_next_embargo_is_when_the_site_changes() -> None:
    soon, later = SAMPLE_AT + timedelta(hours=1), SAMPLE_AT + timedelta(hours=2)
    made = library(listed(1), listed(2, published_at=later), listed(3, published_at=soon))
    assert made.next_change_at == soon
    assert len(made.articles) == 1
    assert made.at("articles/a2") is None
    assert not made.is_gone("articles/a2")


def test_a_list_has_one_page_at_least_and_each_page_an_address() -> None:
    assert pages_in([]) == 1
    assert pages_in(range(PER_PAGE)) == 1
    assert list(page_paths("articles", range(PER_PAGE + 1))) == ["articles", "articles/page/2"]
