"""One entry or item of an XML feed, as feedparser has it, made an article that arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from digest.model import Enclosure, Episode, Image
from digest.model.upstream import Arrival
from digest.syndication.parse.build import MAX_ENCLOSURES, Stated, arrival
from digest.syndication.parse.texts import as_html, moment_of, plain, stated_moment
from digest.syndication.scalars import duration
from digest.syndication.urls import web_url

_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,80}")
_IMAGE_SUFFIX = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)")

Entry = Mapping[str, Any]


def arrival_of(entry: Entry, feed: Entry, *, url: str, is_atom: bool) -> Arrival | None:
    """Return *entry* as an article; ``None`` if there is nothing in it to show.

    Args:
        entry: From feedparser, not sanitised.
        feed: What the feed says of itself.
        url: Where the feed came from.
        is_atom: Whether texts say what they are; in RSS they do not.
    """
    content, content_base, language = _longest(entry.get("content") or [])
    detail = entry.get("summary_detail") or {}
    summary, summary_type = str(entry.get("summary") or ""), detail.get("type")
    if not (content or summary):
        summary, summary_type = str(entry.get("media_description") or ""), "text/plain"
    origin = entry.get("source") or {}
    published, updated = _times(entry)
    guid = str(entry.get("id") or "").strip()
    title = entry.get("title_detail") or {}
    address = _address(entry, guid, url)
    base = web_url(content_base or str(detail.get("base") or ""), url) or url
    if base == url and not is_atom:
        # RSS does not say to what addresses are relative: to their page, as browsers would have it.
        base = address or url
    return arrival(
        Stated(
            title=str(entry.get("title") or entry.get("media_title") or ""),
            title_is_html=not is_atom or "html" in str(title.get("type")),
            content_html=content or as_html(summary, summary_type),
            summary_html=as_html(summary, summary_type) if content else "",
            has_content=bool(content),
            base=base,
            guid=guid,
            url=address,
            language=(language, entry.get("language"), feed.get("language")),
            authors=tuple(_authors(entry)) or tuple(_authors(feed)),
            topics=tuple(
                str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or []
            ),
            published_at=published,
            updated_at=updated,
            image=_image(entry, url),
            enclosures=tuple(_enclosures(entry, url))[:MAX_ENCLOSURES],
            episode=_episode(entry),
            origin=plain(str(origin.get("title") or ""), is_html=True),
            origin_url=web_url(str(origin.get("link") or origin.get("href") or ""), url),
        )
    )


def _longest(contents: list[Any]) -> tuple[str, str, str]:
    """Return the longest of *contents* that is text, its base, and its language."""
    found = ("", "", "")
    for content in contents:
        value = as_html(str(content.get("value") or ""), content.get("type"))
        kind = str(content.get("type") or "text/html")
        readable = kind.startswith("text/") or kind == "application/xhtml+xml"
        if readable and len(value) > len(found[0]):
            found = (value, str(content.get("base") or ""), str(content.get("language") or ""))
    return found


def _address(entry: Entry, guid: str, base: str) -> str:
    """Return where the article lives: behind counting services, if the feed tells."""
    for name in ("feedburner_origlink", "link"):
        address = web_url(str(entry.get(name) or ""), base)
        if address:
            return address
    for link in entry.get("links") or []:
        if link.get("rel", "alternate") == "alternate":
            address = web_url(str(link.get("href") or ""), base)
            if address:
                return address
    return web_url(guid)


def _times(entry: Entry) -> tuple[datetime | None, datetime | None]:
    published = _moment(entry, "published") or _moment(entry, "created")
    updated = _moment(entry, "updated")
    return published or updated, updated if published else None


def _moment(entry: Entry, name: str) -> datetime | None:
    # FeedParserDict answers for `updated` with `published` when asked politely.
    said = dict.get(entry, name) if isinstance(entry, dict) else None
    numbers = dict.get(entry, f"{name}_parsed") if isinstance(entry, dict) else None
    return stated_moment(str(said or "")) or moment_of(tuple(numbers) if numbers else None)


def _authors(entry: Entry) -> Iterator[tuple[str, str]]:
    for author in entry.get("authors") or []:
        name = str(author.get("name") or "")
        if name:
            yield name, web_url(str(author.get("href") or ""))
    if not entry.get("authors") and entry.get("author"):
        yield str(entry["author"]), ""


def _image(entry: Entry, base: str) -> Image | None:
    """Return the picture that belongs to the article as a whole, the largest first."""
    found: list[tuple[int, int, Image]] = []
    caption = plain(str(entry.get("media_description") or ""), is_html=True)
    credited = entry.get("media_credit") or []
    credit = plain(str(credited[0].get("content") or ""), is_html=True) if credited else ""
    for rank, name in ((2, "media_content"), (0, "media_thumbnail")):
        for item in entry.get(name) or []:
            address = web_url(str(item.get("url") or ""), base)
            if not address or (name == "media_content" and not _is_image(item, address)):
                continue
            image = Image(
                address,
                caption=caption if rank else "",
                credit=credit if rank else "",
                width=_pixels(item.get("width")),
                height=_pixels(item.get("height")),
            )
            found.append((rank, image.width or 0, image))
    for item in entry.get("enclosures") or []:
        address = web_url(str(item.get("href") or ""), base)
        if address and str(item.get("type") or "").startswith("image/"):
            found.append((1, 0, Image(address)))
    itunes = entry.get("image") or {}
    address = web_url(str(itunes.get("href") or ""), base)
    if address:
        found.append((1, 0, Image(address)))
    return max(found, key=lambda item: item[:2])[2] if found else None


def _is_image(item: Any, address: str) -> bool:  # noqa: ANN401 - feedparser has no types
    kind = str(item.get("type") or "").lower()
    if item.get("medium") or kind:
        return item.get("medium") == "image" or kind.startswith("image/")
    return bool(_IMAGE_SUFFIX.search(address))


def _pixels(value: object) -> int | None:
    text = str(value or "").strip()
    return int(text) or None if re.fullmatch("[0-9]{1,5}", text) else None


def _enclosures(entry: Entry, base: str) -> Iterator[Enclosure]:
    seconds = duration(str(entry.get("itunes_duration") or "").strip())
    seen: set[str] = set()
    for item in entry.get("enclosures") or []:
        address = web_url(str(item.get("href") or ""), base)
        kind = str(item.get("type") or "").lower().partition(";")[0].strip()
        if not address or address in seen or kind.startswith("image/") or not _TYPE.fullmatch(kind):
            continue
        seen.add(address)
        length = str(item.get("length") or "").strip()
        size = int(length) if re.fullmatch("[0-9]{1,12}", length) else 0
        is_sound = kind.startswith(("audio/", "video/"))
        yield Enclosure(address, kind, size, duration_seconds=seconds if is_sound else None)


def _episode(entry: Entry) -> Episode | None:
    """Return what makes it an episode of a podcast; ``None`` when nothing does."""
    numbers = [
        int(text) if re.fullmatch("[0-9]{1,5}", text) and int(text) else None
        for text in (
            str(entry.get(f"itunes_{name}") or "").strip() for name in ("season", "episode")
        )
    ]
    kind = str(entry.get("itunes_episodetype") or "").strip().lower()
    kind = kind if kind in {"full", "trailer", "bonus"} else ""
    explicit = entry.get("itunes_explicit")
    if not (any(numbers) or kind):
        return None
    return Episode(numbers[0], numbers[1], kind, explicit if isinstance(explicit, bool) else None)
