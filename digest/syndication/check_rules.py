"""Rules that every format shares, and the list that findings go to. See ``check.py``.

Shares no code with the writers: a judge who borrows the accused's ruler finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from digest.errors import Problem

_SHOULD = frozenset({"R9", "R10", "M1", "H12", "H14"})
"""Numbers whose level in feeds.md is S; all others are M."""

_UNRESERVED = r"[A-Za-z0-9/:@!$&'()*+,;=._~-]|%[0-9A-Fa-f]{2}"
_URL = re.compile(
    r"https?://(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?"
    rf"(?:/(?:{_UNRESERVED})*)?(?:\?(?:{_UNRESERVED}|\?)*)?(?:#(?:{_UNRESERVED}|\?)*)?",
)
_MAILTO = re.compile(rf"mailto:(?:{_UNRESERVED})+(?:\?(?:{_UNRESERVED}|\?)*)?")
_SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.-]*):")
_TAG_URI = re.compile(
    r"tag:(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
    rf",\d{{4}}(?:-\d\d){{0,2}}:(?:{_UNRESERVED}|[?#])*",
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_HTML_ELEMENTS = frozenset(
    {
        "applet",
        "base",
        "button",
        "dialog",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "input",
        "link",
        "math",
        "meta",
        "noembed",
        "noframes",
        "noscript",
        "object",
        "option",
        "param",
        "plaintext",
        "portal",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "xmp",
    }
)
_HTML_ATTRIBUTES = frozenset({"formaction", "srcdoc", "ping", "action", "xlink:href", "http-equiv"})
_URL_ATTRIBUTES = frozenset({"href", "src", "cite", "poster", "background", "longdesc", "data"})
_STYLE = re.compile(r"position|expression|url\s*\(|@import|behaviou?r|-moz-binding", re.IGNORECASE)


@dataclass(slots=True)
class Findings:
    """What was found in one document, in the order of reading."""

    where: str
    problems: list[Problem] = field(default_factory=list)

    def add(
        self, rule: str, place: str, reason: str, line: int | None = None, *, sure: bool = True
    ) -> None:
        """Note that *place* (``item 2``) breaks *rule* (``R3``), or may when not *sure*."""
        severity = "error" if sure and rule not in _SHOULD else "warning"
        self.problems.append(Problem(self.where, f"{rule}: {place}: {reason}", line, severity))

    def url(self, place: str, name: str, url: str | None, line: int | None = None) -> None:
        """Note it when *url* is not absolute, http(s), and percent-encoded (T5)."""
        if not url:
            self.add("T5", place, f"{name} has no URL", line)
        elif not is_url(url):
            fault = "is not percent-encoded http(s)" if _SCHEME.match(url) else "is relative"
            self.add("T5", place, f"{name} {fault}: {url!r}", line)

    def tag_uri(self, place: str, name: str, uid: str, line: int | None = None) -> None:
        """Note it when *uid* is not a tag URI (R3; RFC 4151, section 2.1)."""
        if not _TAG_URI.fullmatch(uid):
            self.add("R3", place, f"{name} is not a tag: URI: {uid!r}", line)

    def html(self, place: str, name: str, html: str, line: int | None = None) -> None:
        """Note what a feed reader should not be given (X3), and relative URLs (T5)."""
        for rule, fault in html_faults(html):
            self.add(rule, place, f"{name}: {fault}", line)


def is_url(url: str) -> bool:
    """Tell whether *url* is an absolute, percent-encoded http(s) URL."""
    return _URL.fullmatch(url) is not None


def is_language(tag: str) -> bool:
    """Tell whether *tag* has the form of a language tag (BCP 47)."""
    return _LANGUAGE.fullmatch(tag) is not None


def is_media_type(text: str) -> bool:
    """Tell whether *text* has the form of a media type (RFC 6838, section 4.2)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def parse_rfc3339(text: str) -> datetime | None:
    """Return the aware time that *text* states, ``None`` when that is not RFC 3339."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # the 30th of February
        return None


def forbidden_in(text: str) -> str:
    """Return the first character of *text* that XML 1.0 forbids as ``U+0001``, or ``""``."""
    match = _FORBIDDEN.search(text)
    return f"U+{ord(match[0]):04X}" if match else ""


def repeated(values: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield position (from 1) and value of each of *values* that stood before."""
    seen: set[str] = set()
    for position, value in enumerate(values, 1):
        if value in seen:
            yield position, value
        seen.add(value)


def html_faults(html: str) -> Iterator[tuple[str, str]]:
    """Yield rule and fault for all that is unsafe (X3) or relative (T5) in *html*."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    root = etree.fromstring(b"<body>" + html.encode(errors="replace"), parser)
    for element in root.iter("*"):
        tag = str(element.tag).lower()
        if tag in _HTML_ELEMENTS or ":" in tag:
            yield "X3", f"<{tag}> is not allowed"
        for raw_name, value in element.attrib.items():
            name = str(raw_name).lower()
            if fault := _attribute_fault(name, str(value)):
                rule, words = fault
                yield rule, f"<{tag} {name}>: {words}"


def _attribute_fault(name: str, value: str) -> tuple[str, str] | None:
    """Return rule and fault of one attribute, ``None`` when it is in order."""
    if name.startswith("on") or name in _HTML_ATTRIBUTES:
        return "X3", "is not allowed"
    if name == "style" and _STYLE.search(value):
        return "X3", f"style {value!r} is not allowed"
    if name == "srcset":
        urls = [candidate.split()[0] for candidate in value.split(", ") if candidate.split()]
        relative = next((url for url in urls if not is_url(url)), None)
        return ("T5", f"URL is relative: {relative!r}") if relative else None
    return _url_fault(value) if name in _URL_ATTRIBUTES else None


def _url_fault(url: str) -> tuple[str, str] | None:
    """Return rule and fault of a URL inside HTML, ``None`` when it is in order."""
    if is_url(url) or _MAILTO.fullmatch(url):
        return None
    scheme = _SCHEME.match(re.sub(r"[\x00-\x20]", "", url))
    if scheme is None:
        return "T5", f"URL is relative: {url!r}"
    if scheme[1].lower() not in {"http", "https", "mailto"}:
        return "X3", f"scheme {scheme[1]}: is not allowed"
    return "T5", f"URL is not percent-encoded: {url!r}"
