"""Look at what is published: which feeds there are, and whether they keep their promises."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digest.config import FORMATS, OPML, Config
from digest.errors import Problem
from digest.model import FeedInfo
from digest.store import articles as stored
from digest.store import feeds as placed
from digest.store.engine import Store
from digest.syndication import check
from digest.syndication.codings import SUFFIXES, CodingError, decode


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What is published of one feed."""

    name: str
    title: str
    urls: tuple[str, ...]
    """Of the current document as RSS, Atom, and JSON Feed."""

    entries: int
    """In the current document."""

    length_bytes: int
    """Of the current document, in its largest format."""

    archives: int
    """How many archive documents there are."""

    changed_at: datetime | None
    """When the current document last changed; ``None`` when it is not published yet."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What is wrong with what is published."""

    feeds: int
    documents: int
    """How many documents were looked at, each in three formats."""

    problems: tuple[Problem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether anything breaks a rule, and not only a recommendation."""
        return any(problem.severity == "error" for problem in self.problems)


def list_feeds(store: Store, config: Config, root: Path) -> tuple[FeedReport, ...]:
    """Return what is published of every feed, ``main`` first."""
    published = Published(config, root)
    return tuple(_report(info, published) for info in feeds_of(store, config))


def check_feeds(store: Store, config: Config, root: Path) -> CheckResult:
    """Return what is wrong with the published documents, archives and all; fetch nothing.

    Each problem begins with the number of the rule that is broken, and names the entry.
    """
    with store.read() as tx:
        withdrawn = stored.withdrawn_uids(tx)
    return check_published(Published(config, root), feeds_of(store, config), withdrawn)


def feeds_of(store: Store, config: Config) -> list[FeedInfo]:
    """Return what every feed says of itself, those of topics last."""
    infos = list(config.feed_infos())
    if config.publish.topic_feeds:
        with store.read() as tx:
            states = placed.states(tx)
        infos += [
            config.topic_feed_info(name.partition("/")[2], state.topic)
            for name, state in states.items()
            if state.topic
        ]
    return infos


class Published:
    """The published folder, by the addresses that its documents have."""

    def __init__(self, config: Config, root: Path) -> None:
        """Look into the folder of the settings."""
        self.config = config
        self.folder = root / config.publish.folder
        self._base = config.publish.url

    def path(self, url: str) -> Path:
        """Return where the document at *url* is, which must be below the feeds' address."""
        return self.folder / url.removeprefix(self._base)

    def read(self, url: str) -> bytes | None:
        """Return the document at *url*; ``None`` when there is none."""
        if not url.startswith(self._base):
            return None
        try:
            return self.path(url).read_bytes()
        except OSError:
            return None

    def look(self, url: str) -> check.Look | None:
        """Return what matters of the document at *url* for walking on."""
        data = self.read(url)
        return None if data is None else check.look(url, data)


def check_published(
    published: Published,
    infos: Sequence[FeedInfo],
    withdrawn: frozenset[str],
    *,
    with_archives: bool = True,
) -> CheckResult:
    """Return what is wrong with the documents of *infos*, of which *withdrawn* must be gone."""
    problems: list[Problem] = []
    entries: dict[str, Mapping[str, str]] = {}
    documents = 0
    for info in infos:
        urls = (info.rss_url, info.atom_url, info.json_url)
        problems += _check_documents(published, urls, withdrawn)
        problems += _check_copies(published, urls)
        documents += 1
        entries[info.name] = dict(_links(published.read(info.json_url)))
        if with_archives:
            pages = list(_archives(published, info.json_url))
            for page in pages:
                base = page.rpartition("/")[0]
                problems += _check_documents(
                    published, (f"{base}/{FORMATS[0]}", f"{base}/{FORMATS[1]}", page), withdrawn
                )
            documents += len(pages)
            problems += _check_walks(published, urls)
    problems += check.check_same(entries)
    opml = (published.folder / OPML).read_bytes() if (published.folder / OPML).is_file() else b""
    listed = [info.rss_url for info in infos if not published.config.has_ended(info)]
    problems += check.check_opml(opml, feeds=listed)
    return CheckResult(len(infos), documents, tuple(problems))


def _check_documents(
    published: Published, urls: tuple[str, str, str], withdrawn: frozenset[str]
) -> list[Problem]:
    found = [published.read(url) for url in urls]
    missing = [url for url, data in zip(urls, found, strict=True) if data is None]
    if missing:
        reason = "H9: document: is not published in all formats; run `digest publish`"
        return [Problem(url, reason) for url in missing]
    rss, atom, feed = (data or b"" for data in found)
    problems = check.check_feed(rss, atom, feed, urls=urls)
    for uid, _ in _links(feed):
        if uid in withdrawn:
            problems.append(Problem(urls[2], f"H12: {uid}: was withdrawn, and still stands here"))
    return problems


def _check_copies(published: Published, urls: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with the copies of documents in codings: servers send those mostly."""
    for url in urls:
        data = published.read(url)
        if data is None:
            continue
        for coding, suffix in SUFFIXES.items():
            copy = published.read(url + suffix)
            try:
                is_right = copy is not None and decode(copy, coding) == data
            except CodingError:
                is_right = False
            if not is_right:
                reason = f"H4: copy: is not the document in {coding}; run `digest publish`"
                yield Problem(url + suffix, reason)


def _check_walks(published: Published, urls: Sequence[str]) -> list[Problem]:
    problems = []
    for url in urls:
        start = published.look(url)
        if start is not None:
            problems += check.check_archive(start, published.look)
    return problems


def _archives(published: Published, url: str) -> Iterator[str]:
    """Yield the addresses of the JSON archive documents behind *url*, the newest first."""
    visited = {url}
    here = published.look(url)
    while here is not None:
        following = here.links.get("prev-archive", "")
        if not following or following in visited:
            return
        visited.add(following)
        here = published.look(following)
        if here is not None:
            yield following


def _links(data: bytes | None) -> Iterator[tuple[str, str]]:
    """Yield id and link of each entry of a JSON Feed; nothing when it cannot be read."""
    try:
        items = json.loads(data or b"{}").get("items", [])
        yield from [(str(item["id"]), str(item.get("url", ""))) for item in items]
    except (ValueError, TypeError, KeyError, AttributeError):
        return


def _report(info: FeedInfo, published: Published) -> FeedReport:
    urls = (info.rss_url, info.atom_url, info.json_url)
    found = [data for url in urls if (data := published.read(url)) is not None]
    newest = None
    if len(found) == len(urls):
        seconds = max(published.path(url).stat().st_mtime for url in urls)
        newest = datetime.fromtimestamp(seconds, UTC)
    return FeedReport(
        name=info.name,
        title=info.title,
        urls=urls,
        entries=len(list(_links(published.read(info.json_url)))),
        length_bytes=max(map(len, found), default=0),
        archives=len(list(_archives(published, info.json_url))),
        changed_at=newest,
    )
