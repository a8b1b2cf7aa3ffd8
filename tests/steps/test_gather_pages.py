"""Pages as sources, and whole texts for feeds that have summaries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from fakes import make_config
from sqlalchemy import select

from digest.clock import ManualClock
from digest.config import Config
from digest.errors import FetchError
from digest.model import Article
from digest.steps.gather import Completer, Gatherer, Manners, PollResult
from digest.store import articles, sources
from digest.store.engine import Store
from digest.store.schema import source_pages
from digest.syndication.fetch import Fetched, Fetcher

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WORDS = (
    "The bridge over the brook was closed on Monday because a beam had cracked in the frost. "
    "Walkers have to go around by the mill until it is mended, which takes two weeks at least. "
)
"""Of which the feed has the first sentence."""


def page(words: str = WORDS, title: str = "The bridge is closed") -> bytes:
    """Return a page with *words* twice, and what pages have around them."""
    return (
        f"<html lang=en><head><title>{title} | Brook News</title>"
        f'<meta property="og:site_name" content="Brook News"></head><body><nav><a href=/>Home</a>'
        f"</nav><article><h1>{title}</h1><p>{words}</p><p>{words}</p></article></body></html>"
    ).encode()


def feed(*items: tuple[str, str, str]) -> bytes:
    """Return a feed with *items*: path, title, and summary."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{path}</guid><link>{path}</link><title>{title}</title>"
        f"<pubDate>Mon, 04 May 2026 08:00:00 GMT</pubDate><description>{text}</description></item>"
        for path, title, text in items
    )
    return f"<rss version='2.0'><channel><title>Brook</title>{entries}</channel></rss>".encode()


SUMMARY = "The bridge over the brook was closed on Monday because a beam had cracked …"


@dataclass(slots=True)
class Site:
    """The web: what is at each address, and what was asked for."""

    answers: dict[str, Fetched] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def has(self, url: str, body: bytes, status: int = 200, **headers: str) -> None:
        """Put *body* at *url*; a status of 0 stands for a host that is down."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = Fetched(url, status, fields, body)

    def addresses(self) -> list[str]:
        """Return what was asked for since this was called last."""
        found = [url for url, _ in self.asked]
        self.asked.clear()
        return found


class Browser(Fetcher):
    """Fetches from a :class:`Site`."""

    def __init__(self, site: Site) -> None:
        """Fetch from *site*."""
        super().__init__("Test/1")
        self.site = site

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Answer as the site would."""
        self.site.asked.append((url, dict(headers or {})))
        found = self.site.answers.get(url, Fetched(url, 404, {}, b"no"))
        if found.status == 0:
            raise FetchError(url, "cannot be fetched: it is down")
        etag = found.headers.get("etag")
        if etag and (headers or {}).get("If-None-Match") == etag:
            return Fetched(url, 304, found.headers, b"")
        return found


@dataclass(slots=True)
class Place:
    """A publication with one source."""

    store: Store
    site: Site
    clock: ManualClock
    settings: str = ""

    def poll(self) -> PollResult:
        """Ask the source, due or not."""
        config = self.config()
        manners = Manners(self.clock, pause_seconds=0)
        gatherer = Gatherer(
            self.store,
            config,
            lambda _limits: Browser(self.site),
            self.clock,
            complete=Completer(self.store, config, self.clock, manners),
            manners=manners,
            pause_seconds=0,
        )
        return asyncio.run(gatherer.go_round(["brook"]))

    def config(self) -> Config:
        """Return the settings."""
        return make_config(more=f"[sources.brook]\n{self.settings}")

    def articles(self) -> list[Article]:
        """Return all articles, as they are now."""
        with self.store.read() as tx:
            return articles.load(tx, [item.sequence for item in articles.list_all(tx)])

    def state(self) -> sources.State:
        """Return how the source is doing."""
        with self.store.read() as tx:
            found = sources.state(tx, "brook")
        assert found is not None
        return found


@pytest.fixture
def place(sqlite_store: Store) -> Place:
    return Place(sqlite_store, Site(), ManualClock(NOW))


URL = "https://brook.example/bridge"
FEED = "https://brook.example/feed"
OF_PAGE = f'kind = "page"\nurl = "{URL}"'
OF_FEED = f'kind = "feed"\nurl = "{FEED}"\nfull_text = true'


def test_a_page_is_an_article_that_an_edit_updates_and_never_announces_again(place: Place) -> None:
    place.settings = OF_PAGE
    place.site.has(URL, page(), etag='"1"')
    assert [len(result.added) for result in place.poll().gathered] == [1]
    (article,) = place.articles()
    assert (article.title, article.url) == ("The bridge is closed", URL)
    assert (article.origin, article.language) == ("Brook News", "en")
    assert "Walkers have to go around" in article.content_text
    assert place.poll().unchanged == 1
    assert place.site.asked[-1][1]["If-None-Match"] == '"1"'
    assert "A-IM" not in place.site.asked[-1][1]
    place.clock.advance(timedelta(hours=1))
    place.site.has(URL, page(WORDS + "On Friday it was mended.", "The bridge is open"), etag='"2"')
    (result,) = place.poll().gathered
    assert (len(result.added), len(result.updated)) == (0, 1)
    (edited,) = place.articles()
    assert (edited.uid, edited.title) == (article.uid, "The bridge is open")
    assert place.state().kind == "page"


def test_a_page_that_differs_in_its_furniture_only_is_no_news(place: Place) -> None:
    place.settings = OF_PAGE
    place.site.has(URL, page())
    place.poll()
    place.site.has(URL, page().replace(b"Home", b"Start"))
    result = place.poll()
    assert not result.is_news
    assert result.gathered[0].unchanged == 1


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (500, b"", "", "answered with 500"),
        (200, b"%PDF-1.7", "application/pdf", "is application/pdf, not a web page"),
        (200, b"<p></p>", "text/html", "has no text that could be an article"),
    ],
)
def test_what_is_no_page_is_a_failure_of_the_source(
    place: Place, status: int, body: bytes, kind: str, said: str
) -> None:
    place.settings = OF_PAGE
    place.site.has(URL, body, status, content_type=kind)
    assert place.poll().failures == {"brook": said}
    assert place.state().failures == 1


def test_a_page_that_robots_txt_closes_is_not_fetched(place: Place) -> None:
    place.settings = OF_PAGE
    place.site.has(URL, page())
    place.site.has("https://brook.example/robots.txt", b"User-agent: *\nDisallow: /bridge")
    assert place.poll().failures == {"brook": "is not for programs, says its robots.txt"}
    assert place.site.addresses() == ["https://brook.example/robots.txt"]


def test_a_summary_gets_its_whole_text_once_and_keeps_what_the_feed_says(place: Place) -> None:
    place.settings = OF_FEED
    place.site.has(FEED, feed((URL, "Bridge closed!", SUMMARY)))
    place.site.has(URL, page())
    place.poll()
    (article,) = place.articles()
    assert article.title == "Bridge closed!"
    assert article.published_at == datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
    assert (article.url, article.origin) == (URL, "Brook")
    assert article.summary.startswith("The bridge over the brook was closed")
    assert article.content_text.count("Walkers have to go around") == 2
    assert place.site.addresses() == [FEED, "https://brook.example/robots.txt", URL]
    second = "https://brook.example/mill"
    place.site.has(FEED, feed((URL, "Bridge closed!", SUMMARY), (second, "Mill", "The mill …")))
    place.site.has(second, page("The mill is open on Sundays. " * 9, "Mill"))
    result = place.poll()
    assert (len(result.gathered[0].added), len(result.gathered[0].updated)) == (1, 0)
    assert URL not in place.site.addresses()


def test_what_the_feed_says_anew_is_fetched_anew(place: Place) -> None:
    place.settings = OF_FEED
    place.site.has(FEED, feed((URL, "Bridge closed", SUMMARY)))
    place.site.has(URL, page())
    place.poll()
    place.site.has(FEED, feed((URL, "Bridge open", SUMMARY)))
    place.site.has(URL, page(WORDS + "Now it is open again."))
    assert len(place.poll().gathered[0].updated) == 1
    (article,) = place.articles()
    assert article.title == "Bridge open"
    assert "open again" in article.content_text


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (0, b""),
        (403, b"no"),
        (200, page("Please accept our cookies to read on. We and our partners value you. " * 9)),
        (200, page("The bridge …")),
    ],
)
def test_where_there_is_no_whole_text_the_summary_stays(
    place: Place, status: int, body: bytes
) -> None:
    place.settings = OF_FEED
    place.site.has(FEED, feed((URL, "Frost damages bridge", SUMMARY)))
    if b"cookies" in body:
        body = body.replace(b"The bridge is closed", b"Before you go on")
    place.site.has(URL, body, status)
    place.poll()
    (article,) = place.articles()
    assert article.content_text == SUMMARY
    place.site.addresses()
    for hours in range(1, 9):
        place.clock.jump(NOW + timedelta(hours=2 * hours))
        place.poll()
    assert place.site.addresses().count(URL) == 2, "three tries in all"


def test_a_page_that_failed_is_tried_again_though_the_feed_has_not_changed(place: Place) -> None:
    place.settings = OF_FEED
    place.site.has(FEED, feed((URL, "Bridge closed", SUMMARY)), etag='"1"')
    place.site.has(URL, b"", 503)
    place.poll()
    soon = place.state().next_poll_at
    assert soon is not None
    assert soon <= NOW + timedelta(minutes=10)
    place.site.has(URL, page())
    place.clock.advance(timedelta(hours=1))
    place.poll()
    (article,) = place.articles()
    assert "Walkers" in article.content_text


def test_robots_txt_is_asked_once_a_day_and_obeyed(place: Place) -> None:
    place.settings = OF_FEED
    robots = "https://brook.example/robots.txt"
    place.site.has(robots, b"User-agent: digest\nDisallow: /bridge")
    place.site.has(FEED, feed((URL, "Bridge closed", SUMMARY)))
    place.site.has(URL, page())
    place.poll()
    assert place.site.addresses() == [FEED, robots]
    assert place.articles()[0].content_text == SUMMARY


def test_only_so_many_pages_are_fetched_at_a_time_and_the_rest_soon(place: Place) -> None:
    place.settings = OF_FEED
    items = [(f"{URL}-{n}", f"Bridge {n} closed", SUMMARY) for n in range(25)]
    place.site.has(FEED, feed(*items), etag='"1"')
    for url, title, _ in items:
        place.site.has(url, page(WORDS, title))
    place.poll()
    assert sum(URL in address for address in place.site.addresses()) == 20
    place.poll()
    assert sum(URL in address for address in place.site.addresses()) == 5
    assert all("Walkers" in article.content_text for article in place.articles())
    assert place.poll().unchanged == 1


def test_a_host_that_is_busy_is_left_alone_for_this_time(place: Place) -> None:
    place.settings = OF_FEED
    items = [(f"{URL}-{n}", f"Bridge {n} closed", SUMMARY) for n in range(3)]
    place.site.has(FEED, feed(*items))
    for url, _, _ in items:
        place.site.has(url, b"", 429)
    place.poll()
    assert sum(URL in address for address in place.site.addresses()) == 1


def test_pages_of_articles_that_are_not_wanted_are_not_fetched(place: Place) -> None:
    place.settings = OF_FEED + '\nexclude = ["title: closed"]'
    place.site.has(FEED, feed((URL, "Bridge closed", SUMMARY)))
    place.poll()
    assert place.site.addresses() == [FEED]


def test_texts_are_forgotten_that_the_feed_does_not_name_any_more(place: Place) -> None:
    place.settings = OF_FEED
    place.site.has(FEED, feed((URL, "Bridge closed", SUMMARY)))
    place.site.has(URL, page())
    place.poll()
    place.site.has(
        FEED, feed(("https://brook.example/new", "New", "A longer text of its own. " * 40))
    )
    place.clock.advance(timedelta(days=31))
    place.poll()
    with place.store.read() as tx:
        assert tx.execute(select(source_pages)).all() == []


async def test_a_host_is_asked_one_thing_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    site = Site()
    site.has("https://a.example/robots.txt", b"User-agent: *\nCrawl-delay: 900")
    manners = Manners(ManualClock(NOW))
    for url in ("https://b.example/1", "https://b.example/2", "https://c.example/1"):
        await manners.wait(url)
    assert slept == [1.0]
    assert await manners.allow(Browser(site), "https://a.example/1")
    await manners.wait("https://a.example/1")
    await manners.wait("https://a.example/2")
    assert slept == [1.0, 30.0]


async def test_a_site_whose_robots_txt_cannot_be_had_is_left_alone_for_an_hour() -> None:
    site, clock = Site(), ManualClock(NOW)
    site.has("https://a.example/robots.txt", b"", 503)
    manners = Manners(clock)
    assert not await manners.allow(Browser(site), "https://a.example/1")
    site.has("https://a.example/robots.txt", b"", 404)
    assert not await manners.allow(Browser(site), "https://a.example/1")
    clock.advance(timedelta(hours=1))
    assert await manners.allow(Browser(site), "https://a.example/1")
    site.has("https://b.example/robots.txt", b"", 0)
    assert not await manners.allow(Browser(site), "https://b.example/1")
