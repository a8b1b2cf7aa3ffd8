"""Lists of feeds as other programs export them (OPML 1.0 and 2.0), and ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from digest.syndication.parse import FeedError
from digest.syndication.sanitize import clean_text
from digest.syndication.urls import web_url

MAX_OUTLINES = 20_000
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    title: str
    url: str
    topics: tuple[str, ...] = ()
    """The folders that it lies in, outermost first."""


def read_opml(data: bytes) -> list[Outline]:
    """Return the feeds that *data* names, each address once.

    Raises:
        FeedError: if it is no OPML.
    """
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, recover=True, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except etree.XMLSyntaxError:  # beyond recovery: elements inside each other without end
        root = None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise FeedError("is no OPML")
    found: dict[str, Outline] = {}
    for element in root.iter("{*}outline"):
        values = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        url = web_url(values.get("xmlurl", ""))
        if not url or url in found or len(found) >= MAX_OUTLINES:
            continue
        folders = [
            _line(str(parent.get("title") or parent.get("text") or ""))
            for parent in element.iterancestors("{*}outline")
        ]
        title = _line(values.get("title") or values.get("text") or "")
        found[url] = Outline(title, url, tuple(name for name in reversed(folders) if name))
    return list(found.values())


def _line(text: str) -> str:
    """Return *text* as a name on one line: printable, and not too long to be one."""
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)[:_MAX_NAME_CHARS].strip()


def write_opml(title: str, outlines: Iterable[Outline]) -> bytes:
    """Return a list of *outlines* called *title*, flat, with topics as categories (OPML 2.0)."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean_text(title)
    body = etree.SubElement(root, "body")
    for outline in outlines:
        values = {"type": "rss", "text": clean_text(outline.title), "xmlUrl": outline.url}
        if outline.topics:
            values["category"] = ",".join(clean_text(topic) for topic in outline.topics)
        etree.SubElement(body, "outline", values)
    document: bytes = etree.tostring(
        root, xml_declaration=True, encoding="utf-8", pretty_print=True
    )
    return document
