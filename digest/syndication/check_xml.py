"""What holds for RSS and Atom alike: the XML itself, links, and Media RSS. See ``check.py``."""

from __future__ import annotations

import re
from typing import cast

from lxml import etree

from digest.syndication.check_rules import Findings, forbidden_in, is_media_type, is_url

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_MEDIUMS = frozenset({"image", "audio", "video", "document", "executable"})
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,6})|(\d{1,7}));")
_MAX_CODE_POINT = 0x10FFFF


def parse_xml(data: bytes, findings: Findings) -> etree._Element | None:
    """Return the root of *data*, ``None`` when it is not well-formed; note X1 and X2.

    Neither fetches nor expands anything: no network, no DTD, no entities.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add("X2", "document", "is not UTF-8", line)
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        _explain(text, str(error), getattr(error, "lineno", None), findings)
        return None
    info = root.getroottree().docinfo
    if info.internalDTD is not None:
        findings.add("X2", "document", "has a DTD; leave it out")
    if (info.encoding or "UTF-8").upper() != "UTF-8":
        findings.add("X2", "document", f"declares {info.encoding}, not UTF-8")
    return root


def text_of(element: etree._Element | None) -> str:
    """Return the text of *element* without the space around it; empty when it is not there."""
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def child_text(parent: etree._Element, path: str) -> str:
    """Return the text of the first child at *path*."""
    return text_of(parent.find(path, NS))


def line_of(element: etree._Element) -> int | None:
    """Return the line of the document on which *element* begins, counted from 1."""
    return cast("int | None", element.sourceline)


def check_self_link(
    root: etree._Element, place: str, media_type: str, url: str | None, findings: Findings
) -> None:
    """Note it when there is not one rel=self with type and the URL it is fetched from (R2)."""
    links = [link for link in root.findall("atom:link", NS) if link.get("rel") == "self"]
    if len(links) != 1:
        findings.add("R2", place, f"has {len(links)} atom:link rel=self; it must have one")
    for link in links:
        line = line_of(link)
        href = link.get("href", "")
        findings.url(place, "atom:link rel=self", href, line)
        if link.get("type") != media_type:
            findings.add("R2", place, f"rel=self has no type={media_type}", line)
        if url is not None and href != url:
            findings.add("R2", place, f"rel=self is {href}, but was fetched from {url}", line)


def check_media(entry: etree._Element, place: str, findings: Findings) -> None:
    """Note wrong ``media:content`` elements (M1)."""
    for group in entry.findall("media:group", NS):
        findings.add("M1", place, "media:content stands in a media:group", line_of(group))
    for content in entry.iterfind(".//media:content", NS):
        line = line_of(content)
        findings.url(place, "media:content", content.get("url"), line)
        if content.get("medium") not in _MEDIUMS:
            findings.add("M1", place, f"medium {content.get('medium')!r} does not exist", line)
        if not is_media_type(content.get("type", "x/unknown")):
            findings.add("M1", place, f"type {content.get('type')!r} is none", line)
        for name in ("width", "height", "fileSize", "duration"):
            if not re.fullmatch(r"[1-9]\d*", content.get(name, "1")):
                findings.add("M1", place, f"{name} {content.get(name)!r} is no size", line)
    for name in ("description", "credit"):
        if entry.find(f"media:{name}", NS) is not None:
            findings.add("M1", place, f"media:{name} stands outside its media:content")


def check_hubs(root: etree._Element, place: str, findings: Findings) -> None:
    """Note hubs that no one can subscribe at."""
    for link in root.findall("atom:link", NS):
        if link.get("rel") == "hub" and not is_url(link.get("href", "")):
            findings.url(place, "atom:link rel=hub", link.get("href"), line_of(link))


def _explain(text: str, error: str, line: int | None, findings: Findings) -> None:
    """Say why a document is not well-formed, by the rule that it breaks."""
    for number, content in enumerate(text.split("\n"), 1):
        character = forbidden_in(content) or _forbidden_reference(content)
        if character:
            findings.add("X1", "document", f"XML forbids the character {character}", number)
            return
    rule = "X2" if "ntity" in error else "X1"
    findings.add(rule, "document", f"is not well-formed: {error}", line)


def _forbidden_reference(text: str) -> str:
    """Return the first character in *text* that stands there as a reference and is forbidden."""
    for digits, decimal in _REFERENCE.findall(text):
        code = int(digits, 16) if digits else int(decimal)
        name = forbidden_in(chr(code)) if code <= _MAX_CODE_POINT else f"U+{code:X}"
        if name:
            return name
    return ""
