"""Which documents there are for hubs, and which of them have changed.

What counts is what lies in the published folder: whoever wrote it, this process, a command, or one
that was killed right afterwards, the next look finds it out.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from digest.config import Config
from digest.store import feeds as placed
from digest.store import hub, pings
from digest.store.engine import Store, Transaction

Stamps = dict[str, object]
"""By URL, what tells without reading it that a file is the same; kept between looks."""

GONE = "the feed is no more"


def documents(store: Store, config: Config) -> dict[str, str]:
    """Return the current document of every feed in every format: URL → path below the folder."""
    infos = list(config.feed_infos())
    if config.publish.topic_feeds:
        with store.read() as tx:
            states = placed.states(tx)
        infos += [
            config.topic_feed_info(name.partition("/")[2], state.topic)
            for name, state in states.items()
            if state.topic
        ]
    urls = [url for info in infos for url in (info.rss_url, info.atom_url, info.json_url)]
    return {url: url.removeprefix(config.publish.url) for url in urls}


def look(
    store: Store, config: Config, folder: Path, stamps: Stamps, now: datetime
) -> tuple[str, ...]:
    """Record which documents have changed, and have hubs and subscribers told. Return them.

    Args:
        store: Where it is recorded.
        config: The settings.
        folder: The published folder.
        stamps: What earlier looks of this process found, kept up to date. Empty for the first.
        now: The time.
    """
    known = documents(store, config)
    found = {url: stamp for url, path in known.items() if (stamp := _stamp(folder / path))}
    if found == stamps:
        return ()
    fresh = [url for url, stamp in found.items() if stamps.get(url) != stamp]
    tags = {url: tag for url in fresh if (tag := _tag(folder / known[url]))}
    with store.write() as tx:
        changed = _record(tx, config.websub.hubs, known, tags, now)
    stamps.clear()
    stamps.update({url: found[url] for url in found if url not in fresh or url in tags})
    return changed


def _record(
    tx: Transaction,
    hubs: Sequence[str],
    known: Collection[str],
    tags: Mapping[str, str],
    now: datetime,
) -> tuple[str, ...]:
    """Write down that the documents *tags* are as they are; return those that were not before."""
    pings.forget(tx, known, hubs)
    before = pings.topics(tx)
    changed = tuple(url for url, tag in tags.items() if before.get(url) != tag)
    for url in changed:
        pings.note_change(tx, url, tags[url], now)
        hub.mark_due(tx, url, now)
    told = {(ping.hub, ping.topic) for ping in pings.pings(tx)}
    for name in hubs:
        # A hub that is new in the settings has heard of nothing yet.
        for url in dict.fromkeys((*before, *changed)):
            if url in changed or (name, url) not in told:
                pings.demand(tx, name, url, now)
    hub.end_orphans(tx, now, GONE)
    return changed


def _stamp(path: Path) -> object:
    try:
        status = os.stat(path)  # noqa: PTH116 - of every document every few seconds
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _tag(path: Path) -> str:
    """Return the sha256 of what is at *path*; empty when that is gone."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
