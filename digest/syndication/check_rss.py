"""The rules of RSS 2.0. See ``check.py``."""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from digest.syndication.check_podcast import check_podcast
from digest.syndication.check_rules import Findings, is_language, is_media_type, repeated
from digest.syndication.check_xml import (
    NS,
    check_hubs,
    check_media,
    check_self_link,
    child_text,
    line_of,
    parse_xml,
    text_of,
)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC822 = re.compile(
    rf"({'|'.join(_DAYS)}), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) "
    r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d (GMT|[+-]\d{4})"
)
_MAIL_WITH_NAME = re.compile(r"[^\s@()]+@[^\s@()]+\.[^\s@()]+ \([^()]+\)")
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);")
_PERIOD_MINUTES = {
    "hourly": 60,
    "daily": 1440,
    "weekly": 10_080,
    "monthly": 43_800,
    "yearly": 525_600,
}
_TOLERANCE = 0.1
_CONTENT = f"{{{NS['content']}}}encoded"


def check_document(data: bytes, url: str | None, findings: Findings) -> list[tuple[str, str]]:
    """Note what is wrong with *data*; return id and link of each item."""
    root = parse_xml(data, findings)
    if root is None:
        return []
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None:
        findings.add("R1", "document", "is not <rss version='2.0'> with a channel")
        return []
    _check_channel(channel, url, findings)
    items = channel.findall("item")
    for number, item in enumerate(items, 1):
        _check_item(item, f"item {number}", findings)
    guids = [child_text(item, "guid") for item in items]
    for number, guid in repeated(guids):
        findings.add("R3", f"item {number}", f"guid was already there: {guid}")
    return [(guid, child_text(item, "link")) for guid, item in zip(guids, items, strict=True)]


def _check_channel(channel: etree._Element, url: str | None, findings: Findings) -> None:
    place = "channel"
    for name in ("title", "link", "description"):
        if len(channel.findall(name)) != 1 or not child_text(channel, name):
            findings.add("R1", place, f"must have one {name} that is not empty")
    _check_site(channel, findings)
    _check_title(channel, place, findings)
    check_self_link(channel, place, "application/rss+xml", url, findings)
    check_hubs(channel, place, findings)
    _check_date(channel, "lastBuildDate", place, findings)
    _check_author(channel, "managingEditor", place, findings)
    if not is_language(child_text(channel, "language")):
        findings.add("T5", place, "has no language, or one that is no BCP 47 tag")
    _check_image(channel, findings)
    _check_schedule(channel, findings)
    check_podcast(channel, place, findings)


def _check_site(channel: etree._Element, findings: Findings) -> None:
    """Note it when link is not the site, but something that feedgen took for it."""
    site = child_text(channel, "link")
    findings.url("channel", "link", site)
    for link in channel.findall("atom:link", NS):
        if link.get("rel") in {"self", "hub"} and link.get("href") == site:
            findings.add("R1", "channel", f"link must be the site, not the rel={link.get('rel')}")


def _check_item(item: etree._Element, place: str, findings: Findings) -> None:
    line = line_of(item)
    if not child_text(item, "title") and not child_text(item, "description"):
        findings.add("R1", place, "has neither title nor description", line)
    if item.find("link") is not None:
        findings.url(place, "link", child_text(item, "link"), line)
    _check_title(item, place, findings)
    _check_guid(item, place, findings)
    _check_date(item, "pubDate", place, findings)
    _check_author(item, "author", place, findings)
    _check_content(item, place, findings)
    _check_enclosure(item, place, findings)
    check_media(item, place, findings)
    check_podcast(item, place, findings)


def _check_title(parent: etree._Element, place: str, findings: Findings) -> None:
    """Note titles that are not plain text, escaped once (R8)."""
    for title in parent.findall("title"):
        line = line_of(title)
        if len(title):
            findings.add("R8", place, "title holds elements; it must be plain text", line)
        if match := _ESCAPED.search(text_of(title)):
            reason = f"title is escaped twice, unless it is about {match[0]!r}"
            findings.add("R8", place, reason, line, sure=False)


def _check_guid(item: etree._Element, place: str, findings: Findings) -> None:
    guids = item.findall("guid")
    if len(guids) != 1:
        findings.add("R3", place, f"has {len(guids)} guids; it must have one", line_of(item))
    for guid in guids:
        findings.tag_uri(place, "guid", text_of(guid), line_of(guid))
        if guid.get("isPermaLink") != "false":
            findings.add("R3", place, "guid must say isPermaLink='false'", line_of(guid))


def _check_date(parent: etree._Element, name: str, place: str, findings: Findings) -> None:
    text = child_text(parent, name)
    if not _is_rfc822(text):
        findings.add("R4", place, f"{name} is no RFC 822 date: {text!r}", line_of(parent))


def _is_rfc822(text: str) -> bool:
    """Tell whether *text* is a date with a four-digit year, and its weekday is true."""
    match = _RFC822.fullmatch(text)
    if match is None:
        return False
    try:
        day = date(int(match[4]), _MONTHS.index(match[3]) + 1, int(match[2]))
    except ValueError:
        return False
    return _DAYS[day.weekday()] == match[1]


def _check_author(parent: etree._Element, name: str, place: str, findings: Findings) -> None:
    """Note authors that RSS does not allow (R5)."""
    line = line_of(parent)
    authors = parent.findall(name)
    creators = parent.findall("dc:creator", NS)
    if len(authors) > 1 or (authors and creators):
        findings.add("R5", place, f"has more than one {name}, or dc:creator besides", line)
    for author in authors:
        if not _MAIL_WITH_NAME.fullmatch(text_of(author)):
            findings.add("R5", place, f"{name} is not 'mail (Name)': {text_of(author)!r}", line)
    if any(not text_of(creator) for creator in creators):
        findings.add("R5", place, "dc:creator is empty", line)


def _check_content(item: etree._Element, place: str, findings: Findings) -> None:
    """Note a missing or misplaced summary (R6), and what is unsafe in either text."""
    names = [child.tag for child in item]
    for name in ("description", _CONTENT):
        if names.count(name) > 1:
            findings.add("R6", place, f"has more than one {name}", line_of(item))
    if _CONTENT in names and "description" not in names[: names.index(_CONTENT)]:
        findings.add("R6", place, "has no description before content:encoded", line_of(item))
    findings.html(place, "description", child_text(item, "description"), line_of(item))
    findings.html(place, "content:encoded", child_text(item, "content:encoded"), line_of(item))


def _check_enclosure(item: etree._Element, place: str, findings: Findings) -> None:
    enclosures = item.findall("enclosure")
    if len(enclosures) > 1:
        findings.add("R7", place, "has more than one enclosure", line_of(item))
    for enclosure in enclosures:
        line = line_of(enclosure)
        findings.url(place, "enclosure", enclosure.get("url"), line)
        length = enclosure.get("length", "")
        if not re.fullmatch(r"[1-9]\d*", length):
            findings.add("R7", place, f"enclosure length is no size in bytes: {length!r}", line)
        if not is_media_type(enclosure.get("type", "")):
            findings.add("R7", place, "enclosure has no media type", line)


def _check_image(channel: etree._Element, findings: Findings) -> None:
    image = channel.find("image")
    if image is None:
        return
    findings.url("channel", "image", child_text(image, "url"), line_of(image))
    for name in ("title", "link"):
        if child_text(image, name) != child_text(channel, name):
            findings.add("R9", "channel", f"image {name} is not the channel's", line_of(image))


def _check_schedule(channel: etree._Element, findings: Findings) -> None:
    """Note ttl and syndication elements that are wrong or disagree (R10)."""
    place = "channel"
    for name in ("UpdatePeriod", "UpdateFrequency", "UpdateBase"):
        if channel.find(f"sy:{name}", NS) is not None:
            findings.add("R10", place, f"sy:{name} must begin with a small letter")
    ttl = child_text(channel, "ttl")
    period = child_text(channel, "sy:updatePeriod")
    frequency = child_text(channel, "sy:updateFrequency")
    if not re.fullmatch(r"[1-9]\d*", ttl):
        findings.add("R10", place, f"ttl is no number of minutes: {ttl!r}")
    elif period not in _PERIOD_MINUTES or not re.fullmatch(r"[1-9]\d*", frequency):
        findings.add("R10", place, f"sy:updatePeriod or updateFrequency: {period!r} {frequency!r}")
    elif abs(_PERIOD_MINUTES[period] / int(frequency) - int(ttl)) > int(ttl) * _TOLERANCE:
        findings.add("R10", place, f"ttl {ttl} does not agree with {frequency} times {period}")
