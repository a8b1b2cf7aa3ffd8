"""Publish: articles in the store become the files that feed readers fetch.

Every feed in three formats, the pictures and enclosures that articles bring along, and an OPML list
of the feeds. The same articles give the same bytes, and a file whose bytes are the same is not
touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from digest import files, selection
from digest.config import MAIN_FEED, Config
from digest.errors import Problem
from digest.store import articles as stored
from digest.store.articles import Media
from digest.store.engine import Store
from digest.syndication.opml import write_opml
from digest.syndication.write import write_feed

MEDIA_FOLDER = "media"


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What publishing did."""

    feeds: tuple[str, ...]
    """Names of the feeds."""

    articles: int
    """How many articles are public."""

    written: tuple[str, ...]
    """Files that changed, relative to the published folder."""

    unchanged: int
    """How many files had their content already."""

    next_change_at: datetime | None
    """When the next embargo ends; ``None`` when there is none."""

    problems: tuple[Problem, ...] = ()


def publish(
    store: Store, config: Config, root: Path, *, folder: Path | None = None, now: datetime
) -> PublishResult:
    """Write all feeds as they are to be at *now*.

    Args:
        store: Where articles are kept.
        config: The settings.
        root: What relative paths in the settings are relative to.
        folder: Where to write; ``None`` means the settings' folder.
        now: Articles published later than this are not shown yet.

    Raises:
        OSError: if the folder cannot be written; feeds stay as they were.
    """
    target = folder or root / config.publish.folder
    with store.read() as tx:
        listed = stored.list_all(tx)
        contents = {}
        for info in config.feed_infos():
            chosen = selection.select_feed(listed, config.feeds[info.name], now)
            entries = stored.load(tx, [article.sequence for article in chosen])
            documents = write_feed(config.publication_value(), info, entries)
            base = "" if info.name == MAIN_FEED else f"{info.name}/"
            contents[f"{base}rss.xml"] = documents.rss
            contents[f"{base}atom.xml"] = documents.atom
            contents[f"{base}feed.json"] = documents.json
        media = stored.all_media(tx)
    contents["feeds.opml"] = write_opml(config.publication_value(), config.feed_infos())
    # Pictures come first: a feed never names one that is not there yet.
    copied, problems = _copy_media(media, config, root, target)
    written = files.write_set(target, contents)
    embargoed = [
        article.published_at
        for article in listed
        if article.published_at > now and article.withdrawn_at is None
    ]
    public = [
        article
        for article in listed
        if article.published_at <= now and article.withdrawn_at is None
    ]
    return PublishResult(
        feeds=tuple(config.feeds),
        articles=len(public),
        written=(*copied, *written),
        unchanged=len(contents) - len(written),
        next_change_at=min(embargoed, default=None),
        problems=tuple(problems),
    )


def _copy_media(
    media: list[Media], config: Config, root: Path, target: Path
) -> tuple[list[str], list[Problem]]:
    copied, problems = [], []
    for item in media:
        place = target / MEDIA_FOLDER / item.name
        if place.exists():
            continue
        settings = config.sources.get(item.source)
        origin = files.inside(root / settings.path, PurePosixPath(item.path)) if settings else None
        # Its name says what it holds: a file that has changed since is not published under it.
        if origin and origin.is_file() and files.copy_checked(origin, place, item.sha256):
            copied.append(f"{MEDIA_FOLDER}/{item.name}")
        else:
            reason = f"{item.path} is gone or has changed, so {item.name} cannot be published"
            problems.append(Problem(item.source, reason, severity="warning"))
    return copied, problems
