"""The step itself: brings the entries up to date, writes what is not on disk yet."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest import files, switching
from digest.config import FORMATS, OPML, Config
from digest.errors import Problem
from digest.model import Article, FeedInfo
from digest.steps.publish import ended, entries, issues
from digest.steps.publish.documents import (
    ARCHIVE_FOLDER,
    Writer,
    coded,
    contents_of,
    described,
    folder_of,
    is_coded,
    write_pages,
)
from digest.steps.publish.hosting import static_files
from digest.steps.publish.media import MEDIA_FOLDER, copy_media
from digest.steps.publish.membership import Standing, bring_up_to_date, retire
from digest.store import articles as stored
from digest.store.engine import Store
from digest.switching import Switch
from digest.syndication.opml import write_opml
from digest.syndication.write import Cache, FeedDocuments

__all__ = ["MEDIA_FOLDER", "PublishResult", "publish"]

LOCK = ".lock"
"""Held while files are written: a daemon and a command may want to at once."""


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What publishing did."""

    feeds: tuple[str, ...]
    """Names of the feeds."""

    articles: int
    """How many articles are public."""

    written: tuple[str, ...]
    """Files that changed, relative to the published folder, without their coded copies."""

    unchanged: int
    """How many files of current documents had their content already."""

    next_change_at: datetime | None
    """When the next embargo ends; ``None`` when there is none."""

    ended: tuple[str, ...] = ()
    """Names of feeds that the settings have no more: their documents were removed."""

    problems: tuple[Problem, ...] = ()


def publish(
    store: Store,
    config: Config,
    root: Path,
    *,
    folder: Path | None = None,
    now: datetime,
    cache: Cache | None = None,
) -> PublishResult:
    """Write all feeds as they are to be at *now*.

    It costs what changed, not what there is: documents that hold what they are to hold are not
    even made.

    Args:
        store: Where articles are kept.
        config: The settings.
        root: What relative paths in the settings are relative to.
        folder: Where to write; ``None`` means the settings' folder.
        now: Articles published later than this are not shown yet.
        cache: What earlier calls wrote of single articles; ``None`` for the first.

    Raises:
        OSError: if the folder cannot be written; feeds stay as they were.
        StoreError: if the store cannot be written; nothing is changed.
    """
    target = folder or root / config.publish.folder
    cache = cache or Cache()
    standing = bring_up_to_date(store, config, now)
    infos = _infos(config, standing)
    open_infos = [info for info in infos.values() if not config.has_ended(info)]
    opml = write_opml(config.publication_value(), open_infos)
    # Pictures come first: a feed never names one that is not there yet.
    target.mkdir(parents=True, exist_ok=True)
    with files.exclusive(target / LOCK):
        for name in infos:
            # A run that was killed may have left what was taken back since.
            switching.tidy(folder_of(target, name))
            switching.tidy(folder_of(target, name) / ARCHIVE_FOLDER)
        copied, problems = copy_media(store, config, root, target)
        current = _Current(store, config, infos, target, cache)
        standing, switches = current.articles(standing)
        pages = list(write_pages(store, current.writers(standing)))
        issue_pages, issue_switches = current.issues()
        if (target / OPML).is_dir():
            # Found out only when it is replaced, it would be too late for the feeds.
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target / OPML))
        pages += switching.switch(issue_pages)
        switched = switching.switch([*switches, *issue_switches])
        left = ended.remove_ended(target, infos)
        changed = [path for path in switched if not is_coded(path)]
        kept = files.write_set(target, {OPML: opml, **coded({OPML: opml})})
        written = tuple(name for name in kept if not is_coded(Path(name)))
        settings = files.write_set(target, static_files(config, root, infos.values()))
    names = [str(path.relative_to(target)) for path in (*pages, *changed)]
    return PublishResult(
        feeds=tuple(infos),
        articles=standing.published,
        written=(*copied, *names, *written, *settings),
        unchanged=len(infos) * len(FORMATS) + 1 - len(changed) - len(written),
        next_change_at=standing.embargoed_until,
        ended=left,
        problems=(*problems, *(ended.farewell(name, config) for name in left)),
    )


def _infos(config: Config, standing: Standing) -> dict[str, FeedInfo]:
    infos = {info.name: info for info in config.feed_infos()}
    for name, feed in standing.feeds.items():
        if feed.topic:
            infos[name] = config.topic_feed_info(name.partition("/")[2], feed.topic)
    return infos


@dataclass(frozen=True, slots=True)
class _Current:
    """Makes the current documents that are not on disk yet."""

    store: Store
    config: Config
    infos: Mapping[str, FeedInfo]
    target: Path
    cache: Cache

    def writers(self, standing: Standing) -> dict[str, Writer]:
        """Return what writes each feed of articles."""
        publication = self.config.publication_value()
        return {
            name: Writer(
                publication,
                self.infos[name],
                folder_of(self.target, name),
                standing.pages.get(name, ()),
                self.cache,
            )
            for name in standing.feeds
        }

    def articles(self, standing: Standing) -> tuple[Standing, list[Switch]]:
        """Return the current documents of feeds of articles, and what stands in them.

        What would be too large has let its oldest articles go to the archive.
        """
        made = self._made(standing)
        leaving = {
            name: heavy
            for name, (_, documents, articles, writer) in made.items()
            if (heavy := self._too_heavy(name, standing, documents, articles, writer))
        }
        if leaving:
            standing = retire(self.store, standing, leaving)
            made |= self._made(standing, only=leaving)
        return standing, [
            writer.switch_current(key, documents) for key, documents, _, writer in made.values()
        ]

    def _made(
        self, standing: Standing, only: Mapping[str, object] | None = None
    ) -> dict[str, tuple[str, FeedDocuments, list[Article], Writer]]:
        made = {}
        for name, writer in self.writers(standing).items():
            held = standing.current.get(name, ())
            key = writer.current_key(described(held))
            if writer.is_current(key) or (only is not None and name not in only):
                continue
            with self.store.read() as tx:
                articles = stored.load(tx, [item.sequence for item in held])
            made[name] = (key, writer.current(articles), articles, writer)
        return made

    def _too_heavy(
        self,
        name: str,
        standing: Standing,
        documents: FeedDocuments,
        articles: Sequence[Article],
        writer: Writer,
    ) -> list[int]:
        limit = standing.feeds[name].settings.max_bytes
        if not limit or documents.largest <= limit:
            return []
        shown = [article for article in articles if article.withdrawn_at is None]
        shown.sort(key=lambda article: (article.published_at, article.sequence))
        totals = [len(data) for data in contents_of(documents).values()]
        return entries.too_heavy(writer.weights(shown), totals, limit)

    def issues(self) -> tuple[list[Switch], list[Switch]]:
        """Return archive documents and current documents of feeds of issues."""
        pages, current = [], []
        for name, feed in self.config.feeds.items():
            if feed.kind != "issues":
                continue
            with self.store.read() as tx:
                shown, archived = issues.part(issues.issues_of(tx, feed), feed)
                writer = Writer(
                    self.config.publication_value(),
                    self.infos[name],
                    folder_of(self.target, name),
                    [page for page, _ in archived],
                    Cache(),  # Its articles are issues: their numbers are others.
                )
                missing = {page.number for page in writer.missing_pages()}
                for page, inside in archived:
                    if page.number in missing:
                        articles = [issues.as_article(tx, self.config, item) for item in inside]
                        pages.append(writer.switch_page(page, articles[::-1]))
                key = writer.current_key([issue.id for issue in shown])
                if not writer.is_current(key):
                    articles = [issues.as_article(tx, self.config, item) for item in shown]
                    current.append(writer.switch_current(key, writer.current(articles)))
        return pages, current
