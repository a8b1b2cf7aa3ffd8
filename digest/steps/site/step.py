"""The site's pages as answers to addresses: the same bytes, served or written as files."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from digest.clock import Clock
from digest.config import Config
from digest.errors import StoreError
from digest.model import FeedInfo, Issue
from digest.rendering.pages import Frame, PageRenderer
from digest.steps.site.assets import Assets, make_assets
from digest.steps.site.library import Library, arrange
from digest.steps.site.pages import Answer, Pages
from digest.steps.site.views import navigation
from digest.store import articles as stored
from digest.store import feeds as placed
from digest.store import site as shown
from digest.store.engine import Store, Transaction

LOOK_EVERY_SECONDS = 1.0
"""How long a change in the store can go unseen."""

MAX_CACHED = 1000
"""Pages kept in memory."""


@dataclass(slots=True)
class _View:
    """Everything that was made of one state of store and templates."""

    stamp: str
    library: Library
    frame: Frame
    assets: Assets
    answers: dict[str, Answer | None] = field(default_factory=dict)
    """By path; only of paths that have an answer."""


class Site:
    """Answers addresses below the site's base. Safe to share between threads."""

    def __init__(
        self, store: Store, config: Config, renderer: PageRenderer, clock: Clock, *, has_forms: bool
    ) -> None:
        """Show what is in *store*; *has_forms* says whether somebody takes subscriptions."""
        self._store = store
        self._config = config
        self._renderer = renderer
        self._clock = clock
        self._has_forms = has_forms
        self._lock = threading.Lock()
        self._view: _View | None = None
        self._looked_at = 0.0

    def frame(self) -> Frame:
        """Return what stands around every page now.

        Raises:
            StoreError: if the database cannot be read, and never could.
        """
        return self._seen().frame

    def render(self, template: str, language: str = "", /, **values: object) -> str:
        """Return the page *template* (below ``templates/web/``) filled with *values*.

        Raises:
            TemplateError: if the template is missing or broken.
        """
        return self._renderer.render(template, self.frame(), language, **values)

    def at_hand(self, path: str) -> Answer | None:
        """Return what stands at *path* if that can be said at once, without asking the store.

        ``None`` when :meth:`answer` has to look.
        """
        view = self._view
        return view.answers.get(path) if view is not None and self._is_fresh() else None

    def answer(self, path: str) -> Answer | None:
        """Return what stands at *path* (below the base, no slash at the start).

        ``None`` when nothing ever did.
        """
        view = self._seen()
        known = view.answers.get(path)
        if known is not None:
            return known
        made = self._pages(view).answer(path)
        if made is not None and made.is_page:
            if len(view.answers) >= MAX_CACHED:
                view.answers.clear()
            view.answers[path] = made
        return made

    def now(self) -> tuple[str, Pages]:
        """Return all pages of this moment, and a text that is another one when any may differ.

        Unlike the view's own stamp, that text counts the settings too: it outlives the process.
        """
        view = self._seen()
        settings = hashlib.sha256(repr(view.frame).encode()).hexdigest()
        return f"{view.stamp} {settings}", self._pages(view)

    def _pages(self, view: _View) -> Pages:
        return Pages(
            self._store, self._config, self._renderer, view.library, view.frame, view.assets
        )

    def _seen(self) -> _View:
        """Return the newest view; looks for changes once in a while."""
        with self._lock:
            if self._view is not None and self._is_fresh():
                return self._view
            try:
                self._look()
            except StoreError:
                # What was there a moment ago is better than nothing; /readyz tells.
                if self._view is None:
                    raise
            assert self._view is not None  # noqa: S101 - _look made it, or raised
            self._looked_at = self._clock.monotonic()
            return self._view

    def _is_fresh(self) -> bool:
        """Return whether there is no need to look for changes."""
        elapsed = self._clock.monotonic() - self._looked_at
        return elapsed < LOOK_EVERY_SECONDS and not self._is_overdue()

    def _is_overdue(self) -> bool:
        """Return whether an embargo has ended since the view was made."""
        change = self._view.library.next_change_at if self._view else None
        return change is not None and change <= self._clock.now()

    def _look(self) -> None:
        with self._store.read() as tx:
            topic_feeds = self._topic_feeds(tx)
            names = " ".join(info.name for _, info in topic_feeds)
            stamp = f"{shown.stamp(tx)} {names} {self._renderer.stamp()}"
            if self._view is not None and self._view.stamp == stamp and not self._is_overdue():
                return
            library = arrange(
                stored.list_all(tx),
                shown.addresses(tx),
                self._issues(shown.shown_issues(tx)),
                base_url=self._config.web.url,
                now=self._clock.now(),
            )
        assets = make_assets(self._renderer, self._config.publication.accent)
        self._view = _View(stamp, library, self._framed(library, assets, topic_feeds), assets)

    def _topic_feeds(self, tx: Transaction) -> tuple[tuple[str, FeedInfo], ...]:
        """Return the topics that have feeds of their own, with what each feed says of itself."""
        config = self._config
        if not config.publish.topic_feeds:
            return ()
        found = [
            (state.topic, config.topic_feed_info(name.partition("/")[2], state.topic))
            for name, state in placed.states(tx).items()
            if state.topic
        ]
        return tuple((topic, info) for topic, info in found if not config.has_ended(info))

    def _issues(self, found: list[Issue]) -> list[Issue]:
        """Return those of briefings that there still are."""
        return [issue for issue in found if issue.briefing in self._config.briefings]

    def _framed(
        self, library: Library, assets: Assets, topic_feeds: tuple[tuple[str, FeedInfo], ...]
    ) -> Frame:
        config = self._config
        sections = [title for item in config.briefings.values() for title in item.sections]
        return Frame(
            publication=config.publication_value(),
            url=config.web.url,
            base=urlsplit(config.web.url).path,
            feeds=tuple(info for info in config.feed_infos() if not config.has_ended(info)),
            briefings=tuple(config.briefing_info(name) for name in config.briefings),
            topics=navigation(library, sections),
            stylesheet=assets.stylesheet,
            script=assets.script,
            icon=assets.icon,
            timezone=config.publication.timezone,
            has_forms=self._has_forms,
            has_issues=bool(library.issues),
            topic_feeds=topic_feeds,
        )
