"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from digest.model import Author, Enclosure, Image
from digest.syndication.document import Document
from digest.syndication.entry import Entry
from digest.syndication.timestamps import rfc3339

VERSION = "https://jsonfeed.org/version/1.1"

_BANNER_RATIO = 1.5
"""Width over height from which an image serves as a banner across the page."""


def write_json(document: Document, items: Iterable[bytes]) -> bytes:
    """Return *document* as JSON Feed with *items*, each from :func:`write_item`.

    UTF-8, the keys always in the same order.
    """
    previous = document.paging.previous
    feed = _known(
        version=VERSION,
        title=document.title,
        home_page_url=document.site_url,
        feed_url=document.json_url,
        next_url=previous.json if previous else "",
        description=document.description,
        icon=document.logo_url,
        authors=[_author(document.author)],
        language=document.language,
        hubs=[{"type": "WebSub", "url": hub} for hub in document.hubs],
    )
    head = _dumped(feed).removesuffix(b"\n}")
    return head + b',\n "items": [\n' + b",\n".join(items) + b"\n ]\n}\n"


def write_item(entry: Entry) -> bytes:
    """Return *entry* as an item of :func:`write_json`."""
    return _dumped(_item(entry))


def _dumped(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _item(entry: Entry) -> dict[str, Any]:
    """Return *entry* as an item: its content as HTML, or its summary as text when that is all."""
    content = (
        {"content_html": entry.content_html}
        if entry.content_html
        else {"content_text": entry.summary}
    )
    return _known(
        id=entry.uid,
        url=entry.url,
        title=entry.title,
        **content,
        summary=entry.summary,
        image=entry.image.url if entry.image else "",
        banner_image=entry.image.url if entry.image and _is_wide(entry.image) else "",
        date_published=rfc3339(entry.published_at),
        date_modified=rfc3339(entry.updated_at),
        authors=[_author(author) for author in entry.authors],
        tags=list(entry.topics),
        language=entry.language,
        attachments=[_attachment(file) for file in entry.enclosures],
    )


def _author(author: Author) -> dict[str, Any]:
    """Return *author* with the page, or else the mail, that the format has one key for."""
    mail = f"mailto:{author.email}" if author.email else ""
    return _known(name=author.name, url=author.url or mail)


def _attachment(file: Enclosure) -> dict[str, Any]:
    return _known(
        url=file.url,
        mime_type=file.media_type,
        title=file.title,
        size_in_bytes=file.length_bytes,
        duration_in_seconds=file.duration_seconds,
    )


def _is_wide(image: Image) -> bool:
    return bool(image.width and image.height and image.width >= image.height * _BANNER_RATIO)


def _known(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON holds anything
    """Return those of *values* that say something: a key without value is better not there."""
    return {key: value for key, value in values.items() if value}
