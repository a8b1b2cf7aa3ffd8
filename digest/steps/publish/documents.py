"""The documents of feeds: what each holds, by what key its state is known, and its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digest import switching
from digest.config import FORMATS, MAIN_FEED
from digest.model import FILE_REMOVED, Article, FeedInfo, Publication
from digest.rendering.wording import Wording
from digest.store import articles as stored
from digest.store import feeds as placed
from digest.store.engine import Store
from digest.store.feeds import Held, Page
from digest.switching import Switch
from digest.syndication.codings import SUFFIXES, encode
from digest.syndication.document import Addresses, Paging
from digest.syndication.entry import prepare_ground
from digest.syndication.write import VERSION, Cache, FeedDocuments, write_feed, write_fragments

ARCHIVE_FOLDER = "archive"
"""Below a feed's folder; in it a folder for each archive document, by number."""

LINK = ".now"
"""Beside the current document's files; see :mod:`digest.switching`."""

_KEY_DIGITS = 20
_AT_ONCE = 25
"""Archive documents that are made ready together."""

ALL_NAMES = (*FORMATS, *(f"{name}{suffix}" for name in FORMATS for suffix in SUFFIXES.values()))
"""Of the files of a current document."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the documents of one feed."""

    publication: Publication
    info: FeedInfo
    folder: Path
    """Where this feed's documents go."""

    pages: Sequence[Page]
    cache: Cache

    def current(self, articles: Sequence[Article]) -> FeedDocuments:
        """Return the current document with *articles*."""
        last = self.pages[-1].number if self.pages else 0
        paging = Paging(previous=self._addresses(last) if last else None)
        told = [self._told(article) for article in articles]
        return write_feed(self.publication, self.info, told, paging=paging, cache=self.cache)

    def _told(self, article: Article) -> Article:
        """Return *article* with a reason that readers understand, if it is withdrawn."""
        if article.withdrawn_at is None or article.withdrawn_reason != FILE_REMOVED:
            return article
        language = self.info.language or self.publication.language
        wording = Wording(language, "UTC")
        return replace(article, withdrawn_reason=wording.phrase("page_gone"))

    def archive(self, page: Page, articles: Sequence[Article]) -> FeedDocuments:
        """Return the archive document *page* with *articles*."""
        info = self.info
        own = self._addresses(page.number)
        paging = Paging(
            is_archive=True,
            current=Addresses(info.rss_url, info.atom_url, info.json_url),
            previous=self._addresses(page.number - 1) if page.number > 1 else None,
            following=self._addresses(page.number + 1) if page.has_next else None,
        )
        info = replace(info, rss_url=own.rss, atom_url=own.atom, json_url=own.json)
        return write_feed(self.publication, info, articles, paging=paging, cache=self.cache)

    def _addresses(self, number: int) -> Addresses:
        base = f"{self.info.rss_url.rpartition('/')[0]}/{ARCHIVE_FOLDER}/{number}"
        return Addresses(*(f"{base}/{name}" for name in FORMATS))

    def current_key(self, entries: Sequence[object]) -> str:
        """Return by what the current document is known when it holds *entries*."""
        last = self.pages[-1].number if self.pages else 0
        return self._key(last, *entries)

    def page_key(self, page: Page) -> str:
        """Return by what an archive document is known."""
        return self._key(page.number, page.version, page.has_next)

    def _key(self, *said: object) -> str:
        whole = repr((VERSION, self.publication, self.info, said))
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY_DIGITS]

    def is_current(self, key: str) -> bool:
        """Tell whether the current document is on disk as *key* says."""
        return switching.holds(self.folder / LINK, key, ALL_NAMES, named_beside=True)

    def switch_current(self, key: str, documents: FeedDocuments) -> Switch:
        """Return how the current document gets onto the disk."""
        contents = contents_of(documents)
        return Switch(self.folder / LINK, key, contents | coded(contents), named_beside=True)

    def missing_pages(self) -> list[Page]:
        """Return the archive documents that are not on disk as they are to be."""
        place = self.folder / ARCHIVE_FOLDER
        return [
            page
            for page in self.pages
            if not switching.holds(place / str(page.number), self.page_key(page), FORMATS)
        ]

    def switch_page(self, page: Page, articles: Sequence[Article]) -> Switch:
        """Return how an archive document gets onto the disk."""
        place = self.folder / ARCHIVE_FOLDER / str(page.number)
        return Switch(place, self.page_key(page), contents_of(self.archive(page, articles)))

    def weights(self, articles: Sequence[Article]) -> list[tuple[int, tuple[int, ...]]]:
        """Return each article's number and its length in each format."""
        ground = prepare_ground(self.publication, self.info)
        fragments = write_fragments(articles, ground, self.cache)
        return [
            (article.sequence, (len(item.rss), len(item.atom), len(item.json)))
            for article, item in zip(articles, fragments, strict=True)
        ]


def folder_of(target: Path, feed: str) -> Path:
    """Return where the documents of *feed* are, below the published folder *target*."""
    return target if feed == MAIN_FEED else target / feed


def contents_of(documents: FeedDocuments) -> dict[str, bytes]:
    """Return the files of a feed's document by name."""
    return dict(zip(FORMATS, (documents.rss, documents.atom, documents.json), strict=True))


def coded(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of *contents* in every coding, by the names that web servers look for.

    Archive documents have none: to make them would double the time of a large first publication,
    and few ask for them. Servers code these when asked.
    """
    return {
        f"{name}{suffix}": encode(data, coding)
        for name, data in contents.items()
        for coding, suffix in SUFFIXES.items()
    }


def is_coded(path: Path) -> bool:
    """Tell whether *path* names another file's content in some coding."""
    return path.suffix in SUFFIXES.values()


def described(held: Sequence[Held]) -> list[object]:
    """Return what tells one state of a current document from another."""
    return [(item.sequence, item.revision, item.withdrawn_at) for item in held]


def write_pages(store: Store, writers: Mapping[str, Writer]) -> Iterator[Path]:
    """Write the archive documents that are missing; yield the files that are new or another."""
    jobs = []
    for name, writer in writers.items():
        missing = writer.missing_pages()
        # Of all feeds at the same pace: an article that stands in several is made once.
        jobs += [(place / len(missing), name, page) for place, page in enumerate(missing)]
    jobs.sort(key=lambda job: (job[0], job[1]))
    for start in range(0, len(jobs), _AT_ONCE):
        with store.read() as tx:
            switches = [
                writers[name].switch_page(
                    page, stored.load_frozen(tx, placed.archived(tx, name, page.number))
                )
                for _, name, page in jobs[start : start + _AT_ONCE]
            ]
        yield from switching.switch(switches)
