"""The rules of JSON Feed 1.1. See ``check.py``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from digest.syndication.check_rules import (
    Findings,
    forbidden_in,
    is_language,
    is_media_type,
    parse_rfc3339,
    repeated,
)

_VERSION = "https://jsonfeed.org/version/1.1"

_FEED_TYPES: Mapping[str, type] = {
    "title": str,
    "home_page_url": str,
    "feed_url": str,
    "description": str,
    "user_comment": str,
    "next_url": str,
    "icon": str,
    "favicon": str,
    "authors": list,
    "language": str,
    "expired": bool,
    "hubs": list,
    "items": list,
}
_ITEM_TYPES: Mapping[str, type] = {
    "id": str,
    "url": str,
    "external_url": str,
    "title": str,
    "content_html": str,
    "content_text": str,
    "summary": str,
    "image": str,
    "banner_image": str,
    "date_published": str,
    "date_modified": str,
    "authors": list,
    "tags": list,
    "language": str,
    "attachments": list,
}


def check_document(data: bytes, url: str | None, findings: Findings) -> list[tuple[str, str]]:
    """Note what is wrong with *data*; return id and link of each item."""
    feed = _parse(data, findings)
    if feed is None:
        return []
    _check_feed(feed, url, findings)
    items = [item for item in _list(feed, "items") if isinstance(item, dict)]
    if len(items) != len(_list(feed, "items")):
        findings.add("J1", "feed", "items must be objects")
    for number, item in enumerate(items, 1):
        _check_item(item, f"item {number}", findings)
    uids = [str(item.get("id", "")) for item in items]
    for number, uid in repeated(uids):
        findings.add("R3", f"item {number}", f"id was already there: {uid}")
    return [(uid, str(item.get("url", ""))) for uid, item in zip(uids, items, strict=True)]


def _parse(data: bytes, findings: Findings) -> dict[str, Any] | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        findings.add("X2", "document", "is not UTF-8")
        return None
    try:
        feed = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        findings.add("J1", "document", f"is not JSON: {error}", getattr(error, "lineno", None))
        return None
    if not isinstance(feed, dict):
        findings.add("J1", "document", "is not an object")
        return None
    return feed


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON (RFC 8259, section 6)")


def _check_feed(feed: dict[str, Any], url: str | None, findings: Findings) -> None:
    place = "feed"
    if feed.get("version") != _VERSION:
        findings.add("J1", place, f"version must be {_VERSION}")
    _check_types(
        feed, _FEED_TYPES, ("title", "home_page_url", "feed_url", "items"), place, findings
    )
    for name in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        if name in feed:
            findings.url(place, name, str(feed[name]))
    if url is not None and feed.get("feed_url") != url:
        findings.add("R2", place, f"feed_url is {feed.get('feed_url')}, but was fetched from {url}")
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        findings.add("J1", place, "next_url is the feed_url itself")
    for hub in _list(feed, "hubs"):
        if not isinstance(hub, dict) or not {"type", "url"} <= hub.keys():
            findings.add("J1", place, "hub must have type and url")
        else:
            findings.url(place, "hub", str(hub["url"]))
    if "language" not in feed:
        findings.add("J1", place, "has no language")
    _check_shared(feed, place, findings)


def _check_item(item: dict[str, Any], place: str, findings: Findings) -> None:
    _check_types(item, _ITEM_TYPES, ("id",), place, findings)
    findings.tag_uri(place, "id", str(item.get("id", "")))
    if not item.get("content_html") and not item.get("content_text"):
        findings.add("J1", place, "has neither content_html nor content_text")
    for name in ("url", "external_url", "image", "banner_image"):
        if name in item:
            findings.url(place, name, str(item[name]))
    for name in ("date_published", "date_modified"):
        if name in item and parse_rfc3339(str(item[name])) is None:
            findings.add("J1", place, f"{name} is not RFC 3339: {item[name]!r}")
    dates = [parse_rfc3339(str(item.get(name))) for name in ("date_published", "date_modified")]
    if dates[0] and dates[1] and dates[1] < dates[0]:
        findings.add("T4", place, "date_modified is before date_published")
    if not all(isinstance(tag, str) and tag for tag in _list(item, "tags")):
        findings.add("J1", place, "tags must be texts that are not empty")
    findings.html(place, "content_html", str(item.get("content_html", "")))
    for attachment in _list(item, "attachments"):
        _check_attachment(attachment, place, findings)
    _check_shared(item, place, findings)


def _check_attachment(attachment: Any, place: str, findings: Findings) -> None:  # noqa: ANN401 - JSON
    if not isinstance(attachment, dict):
        findings.add("J1", place, "attachment must be an object")
        return
    findings.url(place, "attachment", str(attachment.get("url", "")))
    if not is_media_type(str(attachment.get("mime_type", ""))):
        findings.add("J1", place, "attachment has no mime_type")
    for name in ("size_in_bytes", "duration_in_seconds"):
        number = attachment.get(name, 1)
        if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
            findings.add("J1", place, f"attachment {name} is no size: {number!r}")


def _check_shared(value: dict[str, Any], place: str, findings: Findings) -> None:
    """Check what the feed and an item have in common."""
    if "author" in value:
        findings.add("J1", place, "author is of version 1; write authors")
    for author in _list(value, "authors"):
        if not isinstance(author, dict) or not {"name", "url", "avatar"} & author.keys():
            findings.add("J1", place, "author must have a name, url, or avatar")
    if "language" in value and not is_language(str(value["language"])):
        findings.add("J1", place, f"language is no BCP 47 tag: {value['language']!r}")
    rest = {key: content for key, content in value.items() if key != "items"}
    if character := forbidden_in(_all_text(rest)):
        findings.add("X1", place, f"XML forbids the character {character}")


def _check_types(
    value: dict[str, Any],
    types: Mapping[str, type],
    required: tuple[str, ...],
    place: str,
    findings: Findings,
) -> None:
    """Note keys that are missing, of another type than the format says, or unknown to it."""
    for name in required:
        if name not in value or value[name] == "":
            findings.add("J1", place, f"has no {name}")
    for name, content in value.items():
        if name in types and not isinstance(content, types[name]):
            findings.add("J1", place, f"{name} must be a {types[name].__name__}: {content!r}")
        elif name not in types and name not in {"version", "author"} and not name.startswith("_"):
            findings.add("J1", place, f"{name} is not a key of JSON Feed")


def _list(value: dict[str, Any], name: str) -> list[Any]:
    """Return the list called *name*, empty when there is none."""
    content = value.get(name)
    return content if isinstance(content, list) else []


def _all_text(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return every text in *value*, keys too, one after the other."""
    if isinstance(value, dict):
        return "".join(f"{key}{_all_text(content)}" for key, content in value.items())
    if isinstance(value, list):
        return "".join(_all_text(content) for content in value)
    return str(value)
