"""What article HTML may hold, where its links may lead, and what it says as plain text.

Everything that comes from outside passes :func:`sanitize_html` when it is ingested, and again when
it is rendered; the result of the first pass is a fixed point of the second. Values are never read
as templates: ``{{7*7}}`` is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Final

import nh3

from digest.syndication import markup
from digest.syndication.network import leads_inside
from digest.syndication.readable import html_to_text
from digest.syndication.urls import link_url, web_url

__all__ = [
    "absolute_html",
    "clean_text",
    "html_to_text",
    "is_excessive",
    "local_images",
    "one_line",
    "picture_url",
    "sanitize_html",
    "sanitize_whole",
]

MAX_TAGS = 60_000
MAX_ENTITIES = 100_000
"""Ampersands and no-break spaces. The HTML parser's time grows with the square of either, and no
article needs as many."""

_UNCHECKED_CHARS = 20_000
"""Below this length no document is dangerous to parse; beyond, it is flattened first."""

_MAX_PASSES = 6

_PHRASING = (
    "a abbr b bdi bdo br cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span "
    "strong sub sup time u var wbr"
)
_FLOW = (
    "blockquote caption col colgroup dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 "
    "h6 hr li ol p pre section summary table tbody td tfoot th thead tr ul"
)
ALLOWED_TAGS: Final = frozenset(f"{_PHRASING} {_FLOW}".split())

DROPPED_WITH_CONTENT: Final = (
    frozenset({"button", "canvas", "dialog", "math", "nav", "object", "select", "svg", "template"})
    | markup.RAW_TEXT
)
"""Elements whose content is not part of the text either."""

_LANGUAGE = re.compile("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_SMALL_NUMBER = re.compile("[0-9]{1,5}")
_ANYTHING = re.compile("(?s:.*)")
_ATTRIBUTES: dict[str, dict[str, re.Pattern[str]]] = {
    "*": {"dir": re.compile("ltr|rtl|auto"), "lang": _LANGUAGE},
    "a": {"href": _ANYTHING, "title": _ANYTHING},
    "abbr": {"title": _ANYTHING},
    "img": {
        "alt": _ANYTHING,
        "height": _SMALL_NUMBER,
        "src": _ANYTHING,
        "title": _ANYTHING,
        "width": _SMALL_NUMBER,
    },
    # The anchors that Markdown's footnotes need, and no other name a page might trip over.
    "li": {"id": re.compile("fn-?[A-Za-z0-9_-]{1,60}"), "value": _SMALL_NUMBER},
    "ol": {"start": re.compile("-?[0-9]{1,5}")},
    "td": {
        "align": re.compile("left|right|center"),
        "colspan": _SMALL_NUMBER,
        "rowspan": _SMALL_NUMBER,
    },
    "time": {"datetime": _ANYTHING},
}
_ATTRIBUTES["a"]["id"] = re.compile("fnref-?[A-Za-z0-9_-]{1,60}")
_ATTRIBUTES["th"] = _ATTRIBUTES["td"] | {"scope": re.compile("col|row|colgroup|rowgroup")}

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARTING = re.compile("[\x0b\x0c]")
_OVERRIDES = re.compile("[\u202a-\u202e]")
"""Make what follows, beyond the line's own end, run the other way: "live" that is read "evil"."""

_BREAKS = re.compile("[ \t\n\r\x85\u2028\u2029]+")
_SCHEME = re.compile(r"[^:/?#]*:")
_URL_NOISE = re.compile(r"[\t\n\r]")
LEADING_TAG = re.compile(r'<(a|img)((?: [a-z-]+="[^"]*")+)>')
"""The tags that lead somewhere, in the one form in which they are written here."""

TARGET = re.compile(r' (href|src)="([^"]*)"')
"""Where they lead, in what :data:`LEADING_TAG` found between name and end."""

_IMAGE_WITHOUT_SOURCE = re.compile(r'<img(?! (?:[a-z]+="[^"]*" )*src=)(?: [a-z]+="[^"]*")*>')


def clean_text(text: str) -> str:
    """Return *text* without the characters that XML 1.0 forbids (section 2.2, production 2).

    TAB, LF, and CR stay; other controls, U+FFFE, U+FFFF, and lone surrogates go.
    """
    # Nearly every text is in order, and this says so twenty times as fast.
    return text if text.replace("\n", " ").isprintable() else _FORBIDDEN.sub("", text)


def one_line(text: str) -> str:
    """Return *text* clean and on one line: for titles, names, and subjects.

    Runs of white space become one space; no-break spaces between words stay as they are. What
    turns the direction of writing by force goes; isolates and marks, which languages need, stay.
    """
    if text.isprintable() and "  " not in text:  # as nearly all
        return text.strip()
    # U+0085, U+2028, and U+2029 break lines in headers and in JavaScript.
    # Vertical tabs and form feeds part words, though XML has no place for them.
    text = clean_text(_PARTING.sub(" ", _OVERRIDES.sub("", text)))
    return _BREAKS.sub(" ", text).strip()


def _link(url: str, *, image: bool) -> str | None:
    r"""Return *url* as it may stand in an article, or None where it must not.

    Browsers drop TAB, CR, and LF inside URLs and read ``\`` as ``/``, so these rules do, too.
    """
    if url and web_url(url) == url:  # as nearly all
        return url
    url = _URL_NOISE.sub("", clean_text(url)).strip(" \x0b\x0c\x85\xa0\u2028\u2029")
    if not _SCHEME.match(url):
        return None if re.match(r"[/\\]{2}", url) else url
    return url if (web_url(url) if image else link_url(url)) else None


def _cleaner(rewrite: Callable[[str, bool], str | None]) -> nh3.Cleaner:
    """Return the allow-list with *rewrite* applied to every URL (and told whether of an image)."""

    def check(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src" or attribute == "href":  # noqa: PLR1714 - a set built for each call costs more
            return rewrite(value, tag == "img")
        rules = _ATTRIBUTES.get(tag, {})
        rule = rules.get(attribute) or _ATTRIBUTES["*"].get(attribute)
        return value if rule is not None and rule.fullmatch(value) else None

    return nh3.Cleaner(
        tags=set(ALLOWED_TAGS),
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        attributes={tag: set(rules) for tag, rules in _ATTRIBUTES.items()},
        attribute_filter=check,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
        strip_comments=True,
    )


_CLEANER = _cleaner(lambda url, image: _link(url, image=image))


def _clean(html: str, cleaner: nh3.Cleaner = _CLEANER) -> str:
    html = cleaner.clean(html).replace("&nbsp;", "\xa0")
    return clean_text(_IMAGE_WITHOUT_SOURCE.sub("", html))


def is_excessive(html: str) -> bool:
    """Say whether *html* has more markup than an article can have."""
    entities = html.count("&") + html.count("\xa0")
    return html.count("<") > MAX_TAGS or entities > MAX_ENTITIES


def sanitize_html(html: str) -> str:
    """Return *html* with nothing but what an article may hold (feeds.md X3).

    Kept: text structure, tables, pictures with their words, code, ``lang`` and ``dir``, and links
    to http, https, mailto, and relative addresses. Gone: scripts, styles, forms, frames, SVG,
    events, classes, identifiers (but those of footnotes), links to ``//host``, and pictures that
    are not on the web or beside the file. No-break spaces stay characters, not entities, so that
    the result can stand in XML. Of what :func:`is_excessive` only the text stays.

    ``sanitize_html(sanitize_html(x)) == sanitize_html(x)``.
    """
    html = clean_text(html)
    clean = sanitize_whole(html)
    return _text_only(html) if clean is None else clean


def sanitize_whole(html: str) -> str | None:
    """Return what :func:`sanitize_html` does, or None where it would keep nothing but the text."""
    html = clean_text(html)
    for _ in range(_MAX_PASSES):
        if is_excessive(html):
            return None
        if len(html) > _UNCHECKED_CHARS or _is_deep(html):
            tamed = markup.flatten(html, allowed=ALLOWED_TAGS, dropped=DROPPED_WITH_CONTENT)
        else:
            tamed = html
        cleaned = _clean(tamed)
        if cleaned == html:
            return html
        html = cleaned
    return None  # some malformed nestings turn over at every reading


def _is_deep(html: str) -> bool:
    """Say whether elements of *html* lie deeper inside each other than is safe to parse."""
    # There are as many as begin at most, and most articles have fewer than that.
    return html.count("<") > markup.MAX_DEPTH and markup.depth(html) > markup.MAX_DEPTH


def _text_only(html: str) -> str:
    tamed = markup.flatten(html, allowed=frozenset(), dropped=DROPPED_WITH_CONTENT)
    return f"<p>{escape(markup.inner_text(tamed), quote=False)}</p>"


def absolute_html(html: str, base_url: str, images: Mapping[str, str]) -> str:
    """Return *html*, sanitised, with absolute, percent-encoded URLs only (feeds.md T5).

    Args:
        html: what :func:`sanitize_html` made.
        base_url: the article's own page; relative links are joined on it.
        images: where each local picture is published: ``src`` as written to absolute URL.
    """

    def rewrite(url: str, image: bool) -> str | None:  # noqa: FBT001 - the shape that _cleaner calls
        if image and url in images:
            return web_url(images[url], base_url) or None
        if image:
            return picture_url(url, base_url) or None
        return link_url(url, base_url) or None

    found = (
        (tag[1] == "img", unescape(target[2]))
        for tag in LEADING_TAG.finditer(html)
        for target in TARGET.finditer(tag[2])
    )
    if all(rewrite(url, image) == url for image, url in found):
        return html  # as nearly all
    return _clean(sanitize_html(html), _cleaner(rewrite))


def picture_url(url: str, base_url: str) -> str:
    """Return where a picture is, absolute; empty where it is not on the web.

    One that lies inside somebody's network is left out, unless the page *base_url* does as well: a
    publication may be at home there.
    """
    absolute = web_url(url, base_url)
    if absolute and leads_inside(absolute) and not leads_inside(base_url):
        return ""
    return absolute


def local_images(html: str) -> tuple[str, ...]:
    """Return the ``src`` of every picture of sanitised *html* that is relative, once, in order."""
    if "<img" not in html:
        return ()
    sources = (
        markup.attributes(token).get("src", "")
        for token in markup.tokens(html)
        if token.kind == "start" and token.name == "img"
    )
    return tuple(dict.fromkeys(src for src in sources if src and not _SCHEME.match(src)))
