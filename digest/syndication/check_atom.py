"""The rules of Atom 1.0 (RFC 4287) with tombstones (RFC 6721). See ``check.py``."""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree

from digest.syndication.check_rules import (
    Findings,
    is_language,
    is_media_type,
    parse_rfc3339,
    repeated,
)
from digest.syndication.check_xml import (
    NS,
    XML_LANG,
    check_hubs,
    check_media,
    check_self_link,
    child_text,
    line_of,
    parse_xml,
    text_of,
)

_TEXT_TYPES = frozenset({None, "text", "html", "xhtml"})
_MARKUP = re.compile(
    r"</?(?:a|blockquote|br|div|em|figure|h[1-6]|img|li|ol|p|strong|table|ul)\b[^>]*>"
)


def check_document(data: bytes, url: str | None, findings: Findings) -> list[tuple[str, str]]:
    """Note what is wrong with *data*; return id and link of each entry."""
    root = parse_xml(data, findings)
    if root is None:
        return []
    if root.tag != f"{{{NS['atom']}}}feed":
        findings.add("T1", "document", "is not <feed> in the namespace of Atom 1.0")
        return []
    entries = root.findall("atom:entry", NS)
    _check_feed(root, entries, url, findings)
    for number, entry in enumerate(entries, 1):
        _check_entry(entry, f"entry {number}", findings)
    uids = [child_text(entry, "atom:id") for entry in entries]
    for number, uid in repeated(uids):
        findings.add("T1", f"entry {number}", f"id was already there: {uid}")
    _check_tombstones(root, set(uids), findings)
    return [(uid, _alternate(entry)) for uid, entry in zip(uids, entries, strict=True)]


def _check_feed(
    root: etree._Element, entries: list[etree._Element], url: str | None, findings: Findings
) -> None:
    place = "feed"
    _check_common(root, place, findings)
    check_self_link(root, place, "application/atom+xml", url, findings)
    check_hubs(root, place, findings)
    if not is_language(root.get(XML_LANG, "")):
        findings.add("T5", place, "has no xml:lang, or one that is no BCP 47 tag")
    for name in ("icon", "logo"):
        if root.find(f"atom:{name}", NS) is not None:
            findings.url(place, name, child_text(root, f"atom:{name}"))
    if root.find("atom:author", NS) is None:
        for number, entry in enumerate(entries, 1):
            if entry.find("atom:author", NS) is None:
                findings.add("T1", f"entry {number}", "has no author, nor has the feed")
    _check_newest(root, findings)


def _check_newest(root: etree._Element, findings: Findings) -> None:
    """Note it when the feed's updated is not that of its newest entry or tombstone (T4)."""
    updated = _time(root, "atom:updated")
    moments = [_time(entry, "atom:updated") for entry in root.findall("atom:entry", NS)]
    moments += [
        parse_rfc3339(tombstone.get("when", ""))
        for tombstone in root.findall("at:deleted-entry", NS)
    ]
    newest = max(filter(None, moments), default=None)
    if updated and newest and updated != newest:
        findings.add("T4", "feed", f"updated is {updated}, but its newest entry's is {newest}")


def _check_entry(entry: etree._Element, place: str, findings: Findings) -> None:
    line = line_of(entry)
    _check_common(entry, place, findings)
    if entry.find("atom:content", NS) is None and not _alternate(entry):
        findings.add("T2", place, "has neither content nor rel=alternate", line)
    if not is_language(entry.get(XML_LANG, "en")):
        findings.add("T5", place, f"xml:lang is no BCP 47 tag: {entry.get(XML_LANG)!r}", line)
    published = entry.find("atom:published", NS)
    if published is not None:
        published_at, updated_at = (
            _time(entry, "atom:published"),
            _time(entry, "atom:updated"),
        )
        if published_at is None:
            findings.add("T4", place, f"published is not RFC 3339: {text_of(published)!r}", line)
        elif updated_at is not None and updated_at < published_at:
            findings.add("T4", place, "updated is before published", line)
    check_media(entry, place, findings)


def _check_common(element: etree._Element, place: str, findings: Findings) -> None:
    """Check what the feed and an entry have in common."""
    line = line_of(element)
    for name in ("id", "title", "updated"):
        if len(element.findall(f"atom:{name}", NS)) != 1 or not child_text(element, f"atom:{name}"):
            findings.add("T1", place, f"must have one {name} that is not empty", line)
    findings.tag_uri(place, "id", child_text(element, "atom:id"), line)
    if _time(element, "atom:updated") is None:
        findings.add("T4", place, "updated is not RFC 3339", line)
    for author in element.findall("atom:author", NS):
        if not child_text(author, "atom:name"):
            findings.add("T1", place, "author has no name", line_of(author))
    _check_texts(element, place, findings)
    _check_links(element, place, findings)


def _check_texts(element: etree._Element, place: str, findings: Findings) -> None:
    """Note text constructs whose type is wrong (T3), and unsafe HTML (X3)."""
    for name in ("title", "subtitle", "rights", "summary", "content"):
        for text in element.findall(f"atom:{name}", NS):
            line = line_of(text)
            kind = text.get("type")
            if kind not in _TEXT_TYPES and not (name == "content" and is_media_type(kind or "")):
                findings.add("T3", place, f"{name} type={kind!r} does not exist", line)
            if name == "title" and kind not in {None, "text"}:
                findings.add("T3", place, "title must be plain text", line)
            if kind == "html":
                findings.html(place, name, text_of(text), line)
            if name == "content" and kind in {None, "text"} and _MARKUP.search(text_of(text)):
                findings.add("T3", place, "content holds markup and must say type='html'", line)


def _check_links(element: etree._Element, place: str, findings: Findings) -> None:
    """Note links that lost what belongs to them (T2)."""
    alternates: list[str] = []
    for link in element.findall("atom:link", NS):
        line = line_of(link)
        rel = link.get("rel", "alternate")
        if rel not in {"self", "hub"}:  # those have their own checks
            findings.url(place, f"link rel={rel}", link.get("href"), line)
        if rel == "alternate":
            alternates.append(f"{link.get('type')} {link.get('hreflang')}")
        if rel == "enclosure" and not is_media_type(link.get("type", "")):
            findings.add("T2", place, "enclosure has no type", line)
        if not re.fullmatch(r"[1-9]\d*", link.get("length", "1")):
            findings.add("T2", place, f"link length {link.get('length')!r} is no size", line)
    if list(repeated(alternates)):
        findings.add("T2", place, "has two rel=alternate of one type", line_of(element))


def _check_tombstones(root: etree._Element, uids: set[str], findings: Findings) -> None:
    for number, tombstone in enumerate(root.findall("at:deleted-entry", NS), 1):
        place = f"deleted entry {number}"
        ref, line = tombstone.get("ref", ""), line_of(tombstone)
        findings.tag_uri(place, "ref", ref, line)
        if ref in uids:
            findings.add("H12", place, f"{ref} is still an entry", line)
        if parse_rfc3339(tombstone.get("when", "")) is None:
            findings.add("H12", place, f"when is not RFC 3339: {tombstone.get('when')!r}", line)


def _alternate(entry: etree._Element) -> str:
    """Return where the entry's rel=alternate leads; empty when it has none."""
    for link in entry.findall("atom:link", NS):
        if link.get("rel", "alternate") == "alternate":
            return link.get("href", "")
    return ""


def _time(element: etree._Element, path: str) -> datetime | None:
    return parse_rfc3339(child_text(element, path))
