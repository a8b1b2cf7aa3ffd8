"""The rules of archive documents (RFC 5005, section 4): H10. See ``check.py``.

Shares no code with the writers, as all checks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from digest.syndication.check_rules import Findings
from digest.syndication.check_xml import NS, child_text

_ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
MAX_DOCUMENTS = 100_000
"""More than any chain has that ends."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the check of a whole archive needs to know of one document."""

    url: str
    is_archive: bool
    links: Mapping[str, str]
    """rel → URL: ``self``, ``current``, ``prev-archive``, ``next-archive``."""

    entries: Mapping[str, str] = field(default_factory=dict)
    """Id → when it was updated, as far as the format says."""

    feed_uid: str = ""


Reader = Callable[[str], "Look | None"]
"""Returns the document at a URL; ``None`` when there is none."""


def look(name: str, data: bytes) -> Look | None:
    """Return what matters of the document *data* in the file called *name*; ``None`` if broken."""
    try:
        return _look_json(data) if name.endswith(".json") else _look_xml(data)
    except (ValueError, TypeError, LookupError, AttributeError, etree.XMLSyntaxError):
        return None


def check_walk(start: Look, read: Reader, findings: Findings) -> int:
    """Follow *start*, a current document, to the first article; return how many documents it is.

    Notes what is missing, repeated, or not what it is called (H10).
    """
    seen: dict[str, str] = {}
    visited: set[str] = set()
    here, count = start, 0
    while True:
        count += 1
        visited.add(here.url)
        _check_one(here, start, is_first=count == 1, findings=findings)
        _check_entries(here, seen, findings)
        previous = here.links.get("prev-archive", "")
        if not previous:
            return count
        if previous in visited or count > MAX_DOCUMENTS:
            findings.add("H10", here.url, f"leads in a circle: {previous}")
            return count
        found = read(previous)
        if found is None:
            findings.add("H10", here.url, f"its prev-archive cannot be read: {previous}")
            return count
        following = found.links.get("next-archive")
        if following and following != here.url:
            findings.add("H10", found.url, f"next-archive is {following}, not {here.url}")
        here = found


def _check_one(here: Look, start: Look, *, is_first: bool, findings: Findings) -> None:
    if here.is_archive == is_first and not here.url.endswith(".json"):
        words = "says that it is an archive" if is_first else "does not say that it is an archive"
        findings.add("H10", here.url, words)
    if not is_first and here.links.get("current", start.url) != start.url:
        findings.add("H10", here.url, f"rel=current is {here.links['current']}, not {start.url}")
    if here.links.get("self", here.url) != here.url:
        findings.add("R2", here.url, f"rel=self is {here.links['self']}")
    if here.feed_uid != start.feed_uid:
        findings.add("X4", here.url, f"is of another feed: {here.feed_uid}")


def _check_entries(here: Look, seen: dict[str, str], findings: Findings) -> None:
    """Note an entry that stood in a newer document already, unless that one is a newer version.

    RSS does not say when an item changed, so that it cannot be told there.
    """
    for uid, updated in here.entries.items():
        newer = seen.get(uid)
        if newer is not None and updated and newer <= updated:
            findings.add("H10", here.url, f"repeats {uid}, which is not newer elsewhere")
        seen.setdefault(uid, updated)


def _look_json(data: bytes) -> Look:
    feed: dict[str, Any] = json.loads(data)
    own = str(feed.get("feed_url", ""))
    links = {"self": own}
    if "next_url" in feed:
        links["prev-archive"] = str(feed["next_url"])
    entries = {str(item["id"]): str(item.get("date_modified", "")) for item in feed["items"]}
    return Look(own, is_archive=False, links=links, entries=entries)


def _look_xml(data: bytes) -> Look:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(data, parser)
    channel = root.find("channel")
    top = root if channel is None else channel
    links = {
        link.get("rel", "alternate"): link.get("href", "") for link in top.findall("atom:link", NS)
    }
    if channel is not None:
        # RSS does not say when an item changed.
        entries = {child_text(item, "guid"): "" for item in channel.findall("item")}
        uid = child_text(channel, "link")
    else:
        entries = {
            child_text(entry, "atom:id"): child_text(entry, "atom:updated")
            for entry in root.findall("atom:entry", NS)
        }
        uid = child_text(root, "atom:id")
    is_archive = top.find(_ARCHIVE) is not None
    return Look(links.get("self", ""), is_archive, links, entries, uid)
