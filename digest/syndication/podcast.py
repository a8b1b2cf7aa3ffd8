"""Podcasts in RSS: Apple's elements, and those of the podcast namespace.

Sources: "A podcaster's guide to RSS" (Apple); podcastindex.org/namespace/1.0. What has no value is
left out: ``explicit`` is ``true`` or ``false``, ``locked`` is ``yes`` or ``no``.
"""

from __future__ import annotations

from lxml import etree

from digest.model import Podcast
from digest.syndication.entry import Entry

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"

CHAPTERS_TYPE = "application/json+chapters"


def add_podcast(head: etree._Element, podcast: Podcast) -> None:
    """Add what the channel says of itself as a podcast to *head*."""
    _itunes(head, "author", podcast.author)
    owner = etree.SubElement(head, f"{{{ITUNES}}}owner")
    _itunes(owner, "name", podcast.owner_name)
    _itunes(owner, "email", podcast.owner_email)
    if not len(owner):
        head.remove(owner)
    if podcast.image_url:
        etree.SubElement(head, f"{{{ITUNES}}}image", href=podcast.image_url)
    for category in podcast.categories:
        _add_category(head, category)
    _itunes(head, "explicit", _truth(is_so=podcast.explicit))
    _itunes(head, "type", podcast.kind)
    _podcast(head, "guid", podcast.guid)
    locked = _podcast(head, "locked", "yes" if podcast.locked else "no")
    if podcast.owner_email:
        locked.set("owner", podcast.owner_email)
    _podcast(head, "medium", podcast.medium)


def add_episode(item: etree._Element, entry: Entry) -> None:
    """Add what *entry* says of itself as an episode to *item*."""
    episode = entry.episode
    if episode is None:
        return
    _itunes(item, "season", _number(episode.season))
    _itunes(item, "episode", _number(episode.number))
    _itunes(item, "episodeType", episode.kind)
    if episode.explicit is not None:
        _itunes(item, "explicit", _truth(is_so=episode.explicit))
    if entry.image is not None:
        etree.SubElement(item, f"{{{ITUNES}}}image", href=entry.image.url)
    for transcript in episode.transcripts:
        element = etree.SubElement(
            item, f"{{{PODCAST}}}transcript", url=transcript.url, type=transcript.media_type
        )
        element.set("language", transcript.language or entry.language)
    if episode.chapters:
        etree.SubElement(item, f"{{{PODCAST}}}chapters", url=episode.chapters, type=CHAPTERS_TYPE)


def _add_category(head: etree._Element, name: str) -> None:
    """Add a category with the finer ones inside it: ``News > Politics``."""
    parent = head
    for part in name.split(" > "):
        parent = etree.SubElement(parent, f"{{{ITUNES}}}category", text=part.strip())


def _truth(*, is_so: bool) -> str:
    return "true" if is_so else "false"


def _number(number: int | None) -> str:
    return str(number) if number else ""


def _itunes(parent: etree._Element, name: str, text: str) -> None:
    if text:
        etree.SubElement(parent, f"{{{ITUNES}}}{name}").text = text


def _podcast(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{PODCAST}}}{name}")
    element.text = text
    return element
