"""Which page stands at which address, and what its template is given."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial

from digest import selection
from digest.config import TOPIC_FOLDER, Config, FeedConfig
from digest.model import FeedInfo, Issue, Listed
from digest.rendering.pages import Frame, PageRenderer
from digest.steps.site import privacy
from digest.steps.site.assets import Assets
from digest.steps.site.frozen import issue_page
from digest.steps.site.library import ARTICLES_FOLDER, Library, Topic, topic_slug
from digest.steps.site.structured import news_article
from digest.steps.site.views import (
    FRONT_PAGE_ARTICLES,
    Card,
    card,
    feed_view,
    page_number,
    page_path,
    page_paths,
    paged,
    topic_link,
)
from digest.store import articles as stored
from digest.store import site as shown
from digest.store.engine import Store

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

MAX_SITEMAP = 50_000
"""Addresses in one file (sitemaps.org)."""

ISSUES_OF_ARCHIVES = 6
"""Of each briefing, on the page of all archives."""

_EVER = datetime.max.replace(tzinfo=UTC)
"""Everything in the library is out: there is no embargo left to ask about."""

_FOREIGN = re.compile(r'<(?:img|audio|video|source)\b[^>]*\bsrc="(https?://[^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What is to be said at an address."""

    body: bytes
    media_type: str = HTML
    status: int = 200
    location: str = ""
    """Where it is instead; empty unless :attr:`status` is a redirect."""

    is_fixed: bool = False
    """Whether the address never says anything else: its name holds a hash of the content."""

    is_frozen_mail: bool = False
    """Whether it is the HTML of a mail, with styles of its own, and not a page of the site."""

    media_from: tuple[str, ...] = ()
    """Absolute URLs of pictures and sounds that the page shows from elsewhere."""

    @cached_property
    def compressed(self) -> bytes:
        """The body as gzip; the same bytes each time."""
        return gzip.compress(self.body, 6, mtime=0)

    @cached_property
    def digest(self) -> str:
        """What is another text for another body: for its entity tag."""
        return hashlib.sha256(self.body).hexdigest()[:24]

    @property
    def is_page(self) -> bool:
        """Whether there is something to see, not only a way to elsewhere."""
        return self.status == 200  # noqa: PLR2004 - OK


class Pages:
    """Makes the pages of one moment."""

    def __init__(
        self,
        store: Store,
        config: Config,
        renderer: PageRenderer,
        library: Library,
        frame: Frame,
        assets: Assets,
    ) -> None:
        """Make pages of *library*, with *frame* around; *store* has the articles' content."""
        self._store = store
        self._config = config
        self._renderer = renderer
        self._library = library
        self._frame = frame
        self._assets = assets
        self._single: dict[str, Callable[[], Answer | None]] = {
            "": self._front,
            "articles": partial(self._list_page, "articles", 1),
            "topics": self._topics,
            "feeds": self._feeds,
            "issues": self._archives,
            "privacy": self._privacy,
            "sitemap.xml": self._sitemap,
            "robots.txt": self._robots,
        }
        self._areas: dict[str, Callable[[str, list[str]], Answer | None]] = {
            "articles": self._below_articles,
            "topics": self._below_topics,
            "feeds": self._below_feeds,
            "issues": self._below_issues,
        }

    def answer(self, path: str) -> Answer | None:
        """Return what stands at *path* (below the base); ``None`` when nothing ever did."""
        if path in self._assets.files:
            media_type, content = self._assets.files[path]
            return Answer(content, media_type, is_fixed=True)
        if path.endswith("/") and path.strip("/"):
            bare = path.rstrip("/")
            return self._moved(bare) if self.answer(bare) else None
        if path in self._single:
            return self._single[path]()
        area, _, rest = path.partition("/")
        return self._areas[area](path, rest.split("/")) if rest and area in self._areas else None

    def paths(self) -> list[str]:
        """Return the paths of everything that :meth:`answer` has, redirects aside."""
        library = self._library
        found = ["", *page_paths("articles", library.articles), "topics", "feeds", "privacy"]
        found += [
            place.path for item in library.articles if (place := library.place(item.sequence)).path
        ]
        for topic in library.topics.values():
            found += page_paths(topic.path, topic.articles)
        found += [f"feeds/{info.name}" for info in self._frame.feeds]
        found += [f"feeds/{info.name}" for _, info in self._frame.topic_feeds]
        if self._frame.briefings:
            found.append("issues")
        for briefing in self._frame.briefings:
            found += page_paths(f"issues/{briefing.name}", library.issues_of(briefing.name))
        found += [f"issues/{issue.briefing}/{issue.number}" for issue in library.issues]
        return [*found, "sitemap.xml", "robots.txt", *self._assets.files]

    def past_paths(self) -> list[str]:
        """Return the paths at which articles once were: they have moved, or were withdrawn."""
        return self._library.past_paths()

    def not_found(self) -> bytes:
        """Return the page for addresses that nothing stands at."""
        return self._page("error.html", "", phrase="page_not_found", status=404).body

    def _front(self) -> Answer:
        library = self._library
        lead = library.lead()
        others = [item for item in library.articles if item is not lead][:FRONT_PAGE_ARTICLES]
        cards = self._cards([lead, *others] if lead else [])
        return self._page(
            "front.html",
            "",
            lead=cards[0] if cards else None,
            cards=cards[1:],
            has_more=len(library.articles) > len(cards),
            feeds=self._feed_views(),
        )

    def _below_articles(self, path: str, parts: list[str]) -> Answer | None:
        if len(parts) == 1:
            return self._article(path)
        return self._further_page("articles", parts)

    def _below_topics(self, path: str, parts: list[str]) -> Answer | None:
        if len(parts) == 1:
            return self._list_page(path, 1)
        return self._further_page(f"topics/{parts[0]}", parts[1:])

    def _below_issues(self, path: str, parts: list[str]) -> Answer | None:
        match parts:
            case [_]:
                return self._list_page(path, 1)
            case [briefing, number]:
                return self._issue(briefing, number)
        return self._further_page(f"issues/{parts[0]}", parts[1:])

    def _further_page(self, path: str, parts: list[str]) -> Answer | None:
        """Return what ``page/<number>`` below *path* is."""
        match parts:
            case ["page", "1"]:
                return self._moved(path) if self._list_page(path, 1) else None
            case ["page", text] if number := page_number(text):
                return self._list_page(path, number)
        return None

    def _list_page(self, path: str, number: int) -> Answer | None:
        """Return page *number* of the articles, of a topic's, or of a briefing's issues."""
        match path.split("/"):
            case ["articles"]:
                return self._articles(path, self._library.articles, number)
            case ["topics", slug] if topic := self._library.topics.get(slug):
                return self._articles(path, topic.articles, number, topic)
            case ["issues", name] if name in self._config.briefings:
                return self._archive(path, name, number)
        return None

    def _articles(
        self, path: str, listed: Sequence[Listed], number: int, topic: Topic | None = None
    ) -> Answer | None:
        found = paged(listed, number, path, self._frame)
        if found is None:
            return None
        shown_here, pager = found
        feed = self._feed_of(topic) if topic else None
        return self._page(
            "articles.html",
            page_path(path, number),
            topic=topic_link(topic) if topic else None,
            feed=feed_view(feed, self._frame) if feed else None,
            own_feed=feed,
            cards=self._cards(shown_here),
            pager=pager,
        )

    def _feed_of(self, topic: Topic) -> FeedInfo | None:
        """Return the feed that *topic* has by itself."""
        feeds = self._frame.topic_feeds
        return next((info for title, info in feeds if topic_slug(title) == topic.slug), None)

    def _article(self, path: str) -> Answer | None:
        place = self._library.at(path)
        if place is None:
            return self._gone() if self._library.is_gone(path) else None
        if place.path != path:
            return self._moved(place.path) if place.path else Answer(b"", TEXT, 301, place.url)
        cards = self._cards([place.article, *self._library.related(place.article)])
        article = cards[0].article
        return self._page(
            "article.html",
            path,
            card=cards[0],
            article=article,
            related=cards[1:],
            structured=news_article(article, self._frame.publication),
        )

    def _topics(self) -> Answer:
        topics = [topic_link(topic) for topic in self._library.topics.values()]
        return self._page("topics.html", "topics", topics=topics)

    def _feeds(self) -> Answer:
        by_topic = [feed_view(info, self._frame) for _, info in self._frame.topic_feeds]
        return self._page("feeds.html", "feeds", feeds=self._feed_views(), topic_feeds=by_topic)

    def _archives(self) -> Answer | None:
        if not self._frame.briefings:
            return None
        archives = [
            (briefing, self._library.issues_of(briefing.name)[:ISSUES_OF_ARCHIVES])
            for briefing in self._frame.briefings
        ]
        return self._page("archives.html", "issues", archives=archives)

    def _below_feeds(self, path: str, parts: list[str]) -> Answer | None:
        name = "/".join(parts)
        for info in self._frame.feeds:
            if info.name == name:
                return self._feed(path, info, self._config.feeds[name])
        for topic, info in self._frame.topic_feeds:
            if info.name == name:
                return self._feed(path, info, self._config.topic_feed(topic))
        return self._gone() if self._has_ended(parts) else None

    def _has_ended(self, parts: list[str]) -> bool:
        """Return whether the settings say of the feed at *parts* that it is no more, or moved."""
        match parts:
            case [folder, slug] if folder == TOPIC_FOLDER and slug:
                return self._config.has_ended(self._config.topic_feed_info(slug, ""))
            case [name] if name in self._config.feeds:
                infos = self._config.feed_infos()
                return any(info.name == name and self._config.has_ended(info) for info in infos)
        return False

    def _feed(self, path: str, info: FeedInfo, settings: FeedConfig) -> Answer:
        chosen = selection.select_feed(self._library.articles, settings, _EVER)
        briefing, issues = None, tuple[Issue, ...]()
        if settings.kind == "issues":
            briefing = self._config.briefing_info(settings.briefing)
            issues = self._library.issues_of(settings.briefing)
        return self._page(
            "feed.html",
            path,
            feed=feed_view(info, self._frame),
            own_feed=info,
            cards=self._cards(chosen[:FRONT_PAGE_ARTICLES]),
            briefing=briefing,
            issues=issues[: min(settings.entries, FRONT_PAGE_ARTICLES)],
        )

    def _archive(self, path: str, name: str, number: int) -> Answer | None:
        found = paged(self._library.issues_of(name), number, path, self._frame)
        if found is None:
            return None
        issues, pager = found
        return self._page(
            "archive.html",
            page_path(path, number),
            briefing=self._config.briefing_info(name),
            issues=issues,
            pager=pager,
        )

    def _issue(self, briefing: str, number: str) -> Answer | None:
        wanted = (briefing, page_number(number))
        for issue in self._library.issues:
            if (issue.briefing, issue.number) == wanted:
                return self._frozen(issue)
        return None

    def _frozen(self, issue: Issue) -> Answer | None:
        with self._store.read() as tx:
            html = shown.issue_html(tx, issue.id)
        if html is None:
            return None
        canonical = f"{self._frame.url}issues/{issue.briefing}/{issue.number}"
        return Answer(issue_page(html, canonical).encode(), is_frozen_mail=True)

    def _privacy(self) -> Answer:
        config, wording = self._config, self._renderer.wording(self._frame)
        records = privacy.records(
            shown.columns(),
            keep_days=config.signup.keep_days,
            said=partial(wording.translated, context=privacy.CONTEXT),
        )
        return self._page(
            "privacy.html",
            "privacy",
            records=records,
            relays=sorted({config.relay_of(name).host for name in config.briefings}),
            counts_clicks=any(item.click_counts for item in config.briefings.values()),
        )

    def _gone(self) -> Answer:
        answer = self._page("error.html", "", phrase="page_gone", status=410)
        return Answer(answer.body, status=410)

    def _moved(self, path: str) -> Answer:
        return Answer(b"", TEXT, 301, self._frame.link(path))

    def _robots(self) -> Answer:
        return Answer(self._plain("robots.txt").encode(), TEXT)

    def _sitemap(self) -> Answer:
        library = self._library
        dated = [
            (place.path, item.updated_at.date().isoformat())
            for item in library.articles
            if (place := library.place(item.sequence)).path
        ]
        pages = [
            path
            for path in self.paths()
            if not path.startswith((ARTICLES_FOLDER, "assets/")) and "." not in path
        ]
        entries = [*((path, "") for path in pages), *dated][:MAX_SITEMAP]
        return Answer(self._plain("sitemap.xml", entries=entries).encode(), XML)

    def _cards(self, listed: Iterable[Listed]) -> list[Card]:
        wanted = [item.sequence for item in listed]
        with self._store.read() as tx:
            loaded = stored.load(tx, wanted)
        return [card(article, self._library, self._frame) for article in loaded]

    def _feed_views(self) -> list[object]:
        return [feed_view(info, self._frame) for info in self._frame.feeds]

    def _page(self, template: str, path: str, **values: object) -> Answer:
        """Return the page *template*, whose canonical address is at *path*."""
        html = self._plain(template, canonical=self._frame.url + path, **values)
        return Answer(html.encode(), media_from=tuple(dict.fromkeys(_FOREIGN.findall(html))))

    def _plain(self, template: str, **values: object) -> str:
        return self._renderer.render(template, self._frame, "", **values)
