"""The rules of the list of feeds: H14. See ``check.py``."""

from __future__ import annotations

from collections.abc import Collection

from digest.syndication.check_rules import Findings
from digest.syndication.check_xml import line_of, parse_xml


def check_document(data: bytes, feeds: Collection[str] | None, findings: Findings) -> list[str]:
    """Note what is wrong with *data*; return the URLs of the feeds in it.

    *feeds* are the URLs that it must have; ``None`` leaves that out.
    """
    root = parse_xml(data, findings)
    if root is None:
        return []
    body = root.find("body")
    if root.tag != "opml" or root.get("version") != "2.0" or body is None:
        findings.add("H14", "document", "is not <opml version='2.0'> with a body")
        return []
    urls = []
    for number, outline in enumerate(body.iter("outline"), 1):
        place, line = f"outline {number}", line_of(outline)
        for name in ("text", "title"):
            if not outline.get(name):
                findings.add("H14", place, f"has no {name}", line)
        url = outline.get("xmlUrl")
        findings.url(place, "xmlUrl", url, line)
        urls.append(url or "")
    for url in feeds or ():
        if url not in urls:
            findings.add("H14", "body", f"does not have the feed {url}")
    return urls
