"""Settings for the servers of others, made of ours."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from digest.config import OPML, Config
from digest.model import FeedInfo
from digest.syndication.hosting import Hosted
from digest.syndication.hosting_static import HEADERS, REDIRECTS, headers_file, redirects_file


def hosted_of(config: Config, root: Path) -> Hosted:
    """Return what is to be served; *root* is what relative paths are relative to."""
    return Hosted(
        url=config.publish.url,
        folder=str((root / config.publish.folder).resolve()),
        every_minutes=config.publish.every_minutes,
        hubs=config.feed_infos()[0].hubs,
        moved=config.moved(),
        gone=config.gone(),
        is_site=config.web.site == "static",
    )


def documents_of(config: Config, infos: Iterable[FeedInfo]) -> list[str]:
    """Return the URLs of all current documents of the feeds *infos*, and of the OPML."""
    found = [url for info in infos for url in (info.rss_url, info.atom_url, info.json_url)]
    return [*found, f"{config.publish.url}{OPML}"]


def static_files(config: Config, root: Path, infos: Iterable[FeedInfo]) -> dict[str, bytes]:
    """Return the files that tell a static host how to serve the published folder, by name.

    Empty when it is not the whole site: such hosts read them at the root of the site only.
    """
    if config.web.site != "static":
        return {}
    hosted = hosted_of(config, root)
    return {
        HEADERS: headers_file(hosted, documents_of(config, infos)).encode(),
        REDIRECTS: redirects_file(hosted).encode(),
    }
