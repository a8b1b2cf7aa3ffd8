"""Media RSS, the same in RSS and Atom: the lead image, and files beyond the first."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from digest.model import Enclosure, Image
from digest.syndication.entry import Entry

MEDIA = "http://search.yahoo.com/mrss/"

_MEDIUMS = frozenset({"image", "audio", "video"})


def add_media(parent: etree._Element, entry: Entry, files: Iterable[Enclosure]) -> None:
    """Add a ``media:content`` for the lead image of *entry* and for each of *files* to *parent*.

    Never in a group: that would say that they are one thing in several forms (Media RSS 1.5.1).
    """
    if entry.image is not None:
        # feedparser, and all that is built on it, takes a media:description for the content of
        # an entry that has none of its own.
        _add_image(parent, entry.image, caption_as="description" if entry.content_html else "title")
    for file in files:
        content = _add_content(
            parent,
            url=file.url,
            medium=medium_of(file.media_type),
            type=file.media_type,
            fileSize=file.length_bytes,
            duration=file.duration_seconds,
        )
        _add_text(content, "title", file.title)


def medium_of(media_type: str) -> str:
    """Return Media RSS's word for *media_type*: image, audio, video, or document."""
    main = media_type.partition("/")[0]
    return main if main in _MEDIUMS else "document"


def _add_image(parent: etree._Element, image: Image, *, caption_as: str) -> None:
    content = _add_content(
        parent,
        url=image.url,
        medium="image",
        type=image.media_type,
        fileSize=image.length_bytes,
        width=image.width,
        height=image.height,
    )
    _add_text(content, caption_as, image.caption or image.alt)
    _add_text(content, "credit", image.credit)


def _add_content(parent: etree._Element, **attributes: str | int | None) -> etree._Element:
    """Add a ``media:content`` with those of *attributes* that are known."""
    content = etree.SubElement(parent, f"{{{MEDIA}}}content")
    for name, value in attributes.items():
        if value:
            content.set(name, str(value))
    return content


def _add_text(content: etree._Element, name: str, text: str) -> None:
    if text:
        etree.SubElement(content, f"{{{MEDIA}}}{name}").text = text
