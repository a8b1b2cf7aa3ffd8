"""Feeds of others, read: RSS, Atom, RDF, and JSON Feed, however oddly they are written.

:func:`parse_feed` takes bytes only. Pure: it reaches nothing but what it is given, and its time and
memory are bounded by :data:`MAX_TAGS` and the limits of the fetcher, whatever the bytes are.
"""

from __future__ import annotations

from digest.model.upstream import UpstreamFeed
from digest.syndication.parse.errors import FeedError
from digest.syndication.parse.json import read_json_feed
from digest.syndication.parse.xml import MAX_TAGS, read_xml_feed

__all__ = ["MAX_TAGS", "FeedError", "parse_feed"]

_SPACE = b" \t\r\n\f\0"
_BOM = b"\xef\xbb\xbf"
_LOOK_BYTES = 2_000


def parse_feed(data: bytes, *, url: str, content_type: str = "") -> UpstreamFeed:
    """Return what the document *data* says.

    Args:
        data: The document, unpacked.
        url: Where it came from: relative addresses are relative to that.
        content_type: The header of that name; its ``charset`` counts as RFC 7303 says.

    Raises:
        FeedError: if it is no feed, or one that cannot be read, with what to do about it.
    """
    start = data[:_LOOK_BYTES].removeprefix(_BOM).lstrip(_SPACE)
    if not start and not data.strip(_SPACE):
        raise FeedError("is empty")
    if start[:1] in {b"{", b"["}:
        return read_json_feed(data, url)
    return read_xml_feed(data, url, content_type)
