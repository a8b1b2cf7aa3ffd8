"""The feeds that a web page names (feed autodiscovery, RFC 4287 and RSS 2.0 alike)."""

from __future__ import annotations

from digest.syndication import markup
from digest.syndication.urls import web_url

_LOOK_CHARS = 200_000
_MOST = 10
_TYPES = {
    "application/atom+xml": 0,
    "application/rss+xml": 1,
    "application/feed+json": 2,
    "application/json": 3,
    "application/rdf+xml": 4,
    "application/xml": 5,
    "text/xml": 5,
}


def feeds_named(data: bytes, url: str) -> tuple[str, ...]:
    """Return the addresses of the feeds that the page *data*, which is at *url*, names in order."""
    html = data[:_LOOK_CHARS].decode("utf-8", "replace")
    found: dict[str, None] = {}
    base = url
    for token in markup.tokens(html):
        if token.kind != "start" or token.name not in {"link", "base"}:
            continue
        attributes = markup.attributes(token)
        if token.name == "base":
            base = web_url(attributes.get("href", ""), url) or base
            continue
        rel = attributes.get("rel", "").lower().split()
        kind = attributes.get("type", "").lower().partition(";")[0].strip()
        if "alternate" in rel and kind in _TYPES:
            address = web_url(attributes.get("href", ""), base)
            if address:
                found[address] = None
    return tuple(found)[:_MOST]
