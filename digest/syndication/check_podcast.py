"""The rules of podcast elements in RSS: M1. See ``check.py``."""

from __future__ import annotations

import re

from lxml import etree

from digest.syndication.check_rules import Findings, is_media_type
from digest.syndication.check_xml import line_of, text_of

_NS = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FORMS = {
    "itunes:explicit": re.compile("true|false"),
    "itunes:duration": re.compile(r"[1-9]\d*|(?:\d+:)?[0-5]?\d:[0-5]\d"),
    "itunes:episode": re.compile(r"[1-9]\d*"),
    "itunes:season": re.compile(r"[1-9]\d*"),
    "itunes:episodeType": re.compile("full|trailer|bonus"),
    "itunes:type": re.compile("episodic|serial"),
    "podcast:guid": _UUID,
    "podcast:locked": re.compile("yes|no"),
}


def check_podcast(parent: etree._Element, place: str, findings: Findings) -> None:
    """Note what podcast programs will not understand in a channel or an item (M1)."""
    for name, form in _FORMS.items():
        found = parent.findall(name, _NS)
        if len(found) > 1:
            findings.add("M1", place, f"has more than one {name}", line_of(found[1]))
        for element in found:
            if not form.fullmatch(text_of(element)):
                reason = f"{name} cannot be {text_of(element)!r}"
                findings.add("M1", place, reason, line_of(element))
    for element in parent.findall("itunes:image", _NS):
        findings.url(place, "itunes:image", element.get("href"), line_of(element))
    for name in ("podcast:transcript", "podcast:chapters"):
        for element in parent.findall(name, _NS):
            line = line_of(element)
            findings.url(place, name, element.get("url"), line)
            if not is_media_type(element.get("type", "")):
                findings.add("M1", place, f"{name} has no type", line)
