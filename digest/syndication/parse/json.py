"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from digest.model import Enclosure, Image
from digest.model.upstream import Arrival, UpstreamFeed
from digest.syndication.parse.build import MAX_ENCLOSURES, Stated, arrival, distinct
from digest.syndication.parse.errors import FeedError
from digest.syndication.parse.texts import as_html, language_of, plain, stated_moment
from digest.syndication.urls import web_url

MAX_ITEMS = 20_000
MAX_NUMBER = 10**12
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")

Object = dict[str, Any]


def read_json_feed(data: bytes, url: str) -> UpstreamFeed:
    """Return what the document says.

    Raises:
        FeedError: if it is no JSON, or no JSON Feed.
    """
    try:
        document = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"is no JSON: {plain(str(error), is_html=False)[:200]}") from None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FeedError("is JSON, but no JSON Feed: it has no list of items")
    is_named = "jsonfeed.org" in _text(document, "version")
    items = [item for item in document["items"][:MAX_ITEMS] if isinstance(item, dict)]
    arrivals = (_arrival(item, document, url) for item in items)
    return UpstreamFeed(
        kind="JSON Feed",
        title=plain(_text(document, "title"), is_html=False),
        site_url=web_url(_text(document, "home_page_url"), url),
        self_url=web_url(_text(document, "feed_url"), url),
        language=language_of(_text(document, "language")),
        arrivals=distinct(item for item in arrivals if item is not None),
        hubs=tuple(
            address
            for hub in _objects(document, "hubs")
            if _text(hub, "type").lower() == "websub"
            and (address := web_url(_text(hub, "url"), url))
        ),
        problems=() if is_named else ("it does not say that it is a JSON Feed (`version`)",),
    )


def _arrival(item: Object, feed: Object, url: str) -> Arrival | None:
    html, text = _text(item, "content_html"), _text(item, "content_text")
    guid = item.get("id")
    named = guid if isinstance(guid, str) else str(guid) if _is_number(guid) else ""
    published = stated_moment(_text(item, "date_published"))
    updated = stated_moment(_text(item, "date_modified"))
    address = web_url(_text(item, "url"), url) or web_url(_text(item, "external_url"), url)
    people = [*_objects(item, "authors"), item.get("author")]
    everybody = [*_objects(feed, "authors"), feed.get("author")]
    return arrival(
        Stated(
            title=_text(item, "title"),
            title_is_html=False,
            content_html=html or as_html(text, "text/plain"),
            summary_html=as_html(_text(item, "summary"), "text/plain"),
            has_content=bool(html or text),
            base=address or url,
            guid=named,
            url=address or web_url(named),
            language=(_text(item, "language"), _text(feed, "language")),
            authors=tuple(_names(people)) or tuple(_names(everybody)),
            topics=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
            published_at=published or updated,
            updated_at=updated if published else None,
            image=_image(item, url),
            enclosures=tuple(_enclosures(item, url))[:MAX_ENCLOSURES],
        )
    )


def _names(people: list[object]) -> Iterator[tuple[str, str]]:
    for person in people:
        if isinstance(person, dict) and _text(person, "name"):
            yield _text(person, "name"), web_url(_text(person, "url"))


def _image(item: Object, base: str) -> Image | None:
    for name in ("image", "banner_image"):
        address = web_url(_text(item, name), base)
        if address:
            return Image(address)
    return None


def _enclosures(item: Object, base: str) -> Iterator[Enclosure]:
    for attachment in _objects(item, "attachments"):
        address = web_url(_text(attachment, "url"), base)
        kind = _text(attachment, "mime_type").lower()
        size, seconds = attachment.get("size_in_bytes"), attachment.get("duration_in_seconds")
        if not address or not _TYPE.fullmatch(kind) or kind.startswith("image/"):
            continue
        yield Enclosure(
            address,
            kind,
            int(size) if _is_number(size) and 0 <= size < MAX_NUMBER else 0,
            plain(_text(attachment, "title"), is_html=False),
            int(seconds) if _is_number(seconds) and 0 < seconds < MAX_NUMBER else None,
        )


def _text(item: Object, name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _list(item: Object, name: str) -> list[object]:
    value = item.get(name)
    return value if isinstance(value, list) else []


def _objects(item: Object, name: str) -> list[Object]:
    return [value for value in _list(item, name) if isinstance(value, dict)]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
