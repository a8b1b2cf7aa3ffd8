"""What a server says of the documents of feeds (feeds.md H1 to H3), whichever serves them. Pure.

The embedded server and the settings for others (:mod:`digest.syndication.hosting`) both take it
from here, so that moving to another host changes nothing for readers' programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

OPML = "feeds.opml"

MEDIA_TYPES: Mapping[str, str] = {
    "rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
    OPML: "text/x-opml; charset=utf-8",
}
"""By file name (feeds.md H1)."""

FIXED: Mapping[str, str] = {
    # Anybody may show what is public, in the browser too.
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The same for every document."""

ARCHIVE_CACHING = "max-age=86400"
"""Of archive documents: they change only when an article in them is withdrawn."""

MOVED_CACHING = "max-age=86400"

MEDIA: Mapping[str, str] = {
    # Another content has another name.
    "Cache-Control": "max-age=31536000, immutable",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}
"""What is said of pictures and recordings."""

ENDED = "This feed has ended.\n"
READ_ONLY = "Feeds can only be read.\n"

_STALE_IF_ERROR_SECONDS = 86_400
_URL_CHARACTERS = "/:?#[]@!&'()*+,;=-._~%"
"""What may stand in a URL as it is (RFC 3986, 2), without what means something to a server."""


def caching(every_minutes: int) -> str:
    """Return the Cache-Control of documents that may change each *every_minutes* (feeds.md H3)."""
    seconds = every_minutes * 60
    return (
        f"max-age={seconds}, stale-while-revalidate={seconds}, "
        f"stale-if-error={_STALE_IF_ERROR_SECONDS}"
    )


def links(url: str, media_type: str, hubs: Iterable[str], *, is_archived: bool = False) -> str:
    """Return the Link header of the document at *url* (feeds.md H8): itself, and its *hubs*.

    Archive documents and the OPML name none: hubs tell of the feeds' current documents only.
    """
    if is_archived or media_type == MEDIA_TYPES[OPML]:
        hubs = ()
    plain = media_type.partition(";")[0]
    own = f'<{url}>; rel="self"; type="{plain}"'
    return ", ".join((own, *(f'<{hub}>; rel="hub"' for hub in hubs)))


def location(url: str) -> str:
    """Return *url* as it may stand in a header: what is not allowed in one is percent-encoded."""
    return quote(url, safe=_URL_CHARACTERS)
