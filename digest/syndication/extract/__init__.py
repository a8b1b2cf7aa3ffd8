"""A web page, read as an article: the one door to trafilatura.

:func:`read_page` takes bytes and gives what a feed would have said of the page. Where the article
is, trafilatura finds out; what the page states of it (title, authors, dates, picture, language,
address) is read from its marks, surest first, and pictures, tables, and code come through as they
stand. Pure: nothing is fetched, and no clock is asked. Bounded: trafilatura gets a page only after
it was written anew, balanced and not deep (:mod:`digest.syndication.markup`), and none with more
tags than :data:`MAX_TAGS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from html import escape

from digest.errors import DigestError
from digest.model import Image
from digest.model.upstream import Arrival
from digest.syndication import markup, sanitize, webpage
from digest.syndication.canonical import without_tracking
from digest.syndication.encoding import DecodeError, decode, decode_as
from digest.syndication.extract.facts import Head, read_head, same_site
from digest.syndication.extract.lifting import lift
from digest.syndication.extract.linked import read_linked
from digest.syndication.extract.preparing import prepared, without_husks
from digest.syndication.lead import take_heading
from digest.syndication.parse.build import Stated, arrival
from digest.syndication.urls import web_url

__all__ = ["MAX_TAGS", "PageError", "read_page", "saved_from"]

MAX_TAGS = 20_000
"""Of a page whose article is looked for: two seconds. One that has more is taken as it is."""

MAX_CHARS = 8_000_000
MAX_MARKS = 50_000
"""Tags and the like of a page as it comes: three times as many as long ones have."""

_LOOK_BYTES = 1_000
_ENOUGH_CHARS = 200
"""Text that is shorter is looked for again in what the page itself calls its article."""

_ENOUGH_SHARE = 0.2
"""Of the page's text; of less it is looked again, more closely."""

_KINDS = re.compile(r"(?i)\s*(?:text/html|application/xhtml\+xml|text/plain|application/xml|$)")
_CHARSET = re.compile(r"(?i)charset\s*=\s*[\"']?([\w.:-]{1,40})")
_SAVED = re.compile(
    # Browsers, and SingleFile.
    r"(?i)<!--\s*saved from url=\(\d+\)(\S{1,2000}?)\s*-->"
    r"|<!--\s*page saved with singlefile\s+url:\s*(\S{1,2000})"
)
_STRUCTURE = frozenset(
    {"address", "article", "aside", "body", "center", "font", "footer", "form"}
) | frozenset({"header", "hgroup", "html", "label", "main", "nav"})
_DROPPED = (sanitize.DROPPED_WITH_CONTENT - {"nav"}) | {"head"}
_CUT = re.compile(r"\s*(?:[|\u2022\xb7\xbb:\uff5c]|\s[-\u2013\u2014])\s+")
_FILE_PICTURE = re.compile(r"""(?i)<img\b[^>]*?\ssrc\s*=\s*["'](?:\./)?[^"'/:]*_files/[^>]*>""")


class PageError(DigestError, ValueError):
    """A page cannot be read as an article; the message is a predicate of it."""


@dataclass(frozen=True, slots=True)
class _Page:
    html: str
    url: str
    """Where it is, or says that it was; empty when nobody knows."""

    base: str
    head: Head


def read_page(
    data: bytes, *, url: str = "", content_type: str = "", timezone: tzinfo = UTC
) -> Arrival:
    """Return the article of the page *data*.

    Args:
        data: The page, unpacked.
        url: Where it came from; empty for a file: then the page itself has to tell.
        content_type: The header of that name; its ``charset`` counts.
        timezone: Of dates and times that do not say.

    Returns:
        The article. Its ``url`` is the address that the page calls its own, if that is of the
        same site; ``origin`` is what the site calls itself, else its host.

    Raises:
        PageError: if it is no web page, or has no text.
    """
    if not _KINDS.match(content_type) or data[:_LOOK_BYTES].lstrip()[:5] == b"%PDF-":
        kind = content_type.partition(";")[0].strip() or "application/pdf"
        raise PageError(f"is {kind}, not a web page")
    html = _text_of(data, content_type)
    if len(html) > MAX_CHARS:
        raise PageError(f"has more than {MAX_CHARS:,} characters")
    if html.count("<") > MAX_MARKS:
        raise PageError(f"has more than {MAX_MARKS:,} tags")
    head = read_head(html, timezone)
    address = url or saved_from(html)
    base = web_url(head.base, address) or address
    page = _Page(html, address, base, head)
    facts = read_linked(head.scripts, _address(page), timezone).over(head.facts)
    page.head.facts = facts
    content = _content(page)
    found = arrival(_stated(page, content))
    if found is None or not (found.draft.content_text.strip() or found.draft.image):
        raise PageError("has no text that could be an article")
    draft = found.draft
    content = markup.fold_white_space(without_husks(draft.content_html))
    host = web_url(found.draft.url).partition("//")[2].partition("/")[0].removeprefix("www.")
    draft = replace(draft, content_html=content, content_text=sanitize.html_to_text(content))
    return replace(found, draft=draft, origin=facts.site or host)


def saved_from(html: str) -> str:
    """Return where a page that a browser saved was; empty when it does not tell."""
    match = _SAVED.search(html[:10_000])
    return web_url(match[1] or match[2]) if match else ""


def _text_of(data: bytes, content_type: str) -> str:
    """Return the page as text: as its mark says, UTF-8 if it is, as the server or the page says."""
    stated = _CHARSET.search(content_type)
    text = decode_as(data, stated[1]) if stated else ""
    if text:
        return text
    try:
        return decode(data, html=True)
    except DecodeError as error:
        # A few broken characters are no reason to do without the rest.
        text = data.decode("utf-8", "replace")
        if text.count("\ufffd") > len(text) // 50:
            raise PageError(str(error)) from None
        return text.replace("\r\n", "\n")


def _address(page: _Page) -> str:
    """Return the address that the page calls its own, if it may; else the one that we know."""
    head = page.head
    for stated in (head.canonical, head.facts.url):
        address = web_url(stated, page.base)
        if not address:
            continue
        if not page.url:
            return address
        # Many a template says that all pages are the home page.
        is_home = address.partition("//")[2].partition("/")[2] == ""
        was_home = page.url.partition("//")[2].partition("/")[2] == ""
        if (same_site(address, page.url) or head.is_amp) and (was_home or not is_home):
            return address
    return without_tracking(web_url(page.url).partition("#")[0])


def _stated(page: _Page, content: str) -> Stated:
    head, facts = page.head, page.head.facts
    title = _title(head)
    heading, rest = take_heading(content)
    if heading and (_same(heading, title) or _same(heading, head.page_title)):
        content = rest
    return Stated(
        title=escape(title, quote=False),
        content_html=content,
        summary_html=escape(facts.summary, quote=False),
        has_content=True,
        base=page.base or _address(page),
        url=_address(page),
        guid="",
        language=facts.languages,
        authors=tuple((name, web_url(place, page.base)) for name, place in facts.authors),
        topics=facts.topics,
        published_at=facts.published_at,
        updated_at=facts.updated_at,
        image=_image(page),
    )


def _title(head: Head) -> str:
    """Return the headline: stated, or the page's heading, or its title without the site's name."""
    stated, page_title = head.facts.title, head.page_title
    heading = head.headings[0] if len(head.headings) == 1 else ""
    if heading and _plain(heading) in _plain(stated or page_title):
        return heading
    return _without_site(stated or page_title or next(iter(head.headings), ""), head)


def _without_site(title: str, head: Head) -> str:
    for heading in head.headings:
        if heading and _plain(heading) and _plain(title).startswith(_plain(heading)):
            return heading
    site = _plain(head.facts.site)
    cuts = list(_CUT.finditer(title))
    if site and cuts and _plain(title[cuts[-1].end() :]) == site:
        return title[: cuts[-1].start()]
    if site and cuts and _plain(title[: cuts[0].start()]) == site:
        return title[cuts[0].end() :]
    return title


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _same(one: str, other: str) -> bool:
    """Tell whether a heading is the title, perhaps with the site's name behind it."""
    return bool(_plain(one)) and (_plain(one) in _plain(other) or _plain(other) == _plain(one))


def _image(page: _Page) -> Image | None:
    """Return the picture that the page names as its article's, with the words it has there."""
    stated = page.head.facts.image
    address = web_url(stated.url, page.base) if stated is not None else ""
    if stated is None or not address:
        return None
    captions = {web_url(src, page.base): words for src, words in page.head.captions.items()}
    caption = stated.caption or captions.get(address, "")
    return replace(stated, url=address, caption=caption)


def _content(page: _Page) -> str:
    """Return the article's HTML, not sanitised."""
    html = _bodily(page.html)
    if not page.url or _FILE_PICTURE.search(html):
        # Of a page that was saved with its files, those beside it are nowhere on the web.
        html = _FILE_PICTURE.sub("", html)
    lifted = lift(html)
    tamed = markup.flatten(
        lifted.html, allowed=sanitize.ALLOWED_TAGS | _STRUCTURE, dropped=_DROPPED
    )
    if tamed.count("<") > MAX_TAGS:
        return _region(html)
    tamed = "".join(prepared(tamed, page.base))
    all_chars = len(markup.inner_text(tamed))
    best = ""
    for fast in (True, False):
        # What it finds alone keeps its form; what it finds with the help of others is plain.
        content = lifted.put_back(_extracted(tamed, page.base, fast=fast))
        best = max(best, content, key=lambda one: len(markup.inner_text(one)))
        chars = len(markup.inner_text(best))
        if chars > _ENOUGH_CHARS and chars > all_chars * _ENOUGH_SHARE:
            return best
    region = _region(html) if len(markup.inner_text(best)) < _ENOUGH_CHARS else ""
    return max(best, region, key=lambda one: len(markup.inner_text(one)))


def _region(html: str) -> str:
    """Return what the page itself calls its article, without what is furniture by its name."""
    return _without_furniture(webpage.read_page(html).html)


def _bodily(html: str) -> str:
    """Return *html* without what is no part of its text, comments among it, but for pictures."""
    kept = []
    skipping = ""
    for token in markup.tokens(html):
        if skipping:
            skipping = "" if token.kind == "end" and token.name == skipping else skipping
        elif token.kind == "start" and token.name in {"script", "style", "template"}:
            skipping = token.name
        elif token.kind != "comment" or "<img" in token.source or token.source[:2] != "<!":
            kept.append(token.source)
    return "".join(kept)


_FURNITURE = frozenset({"nav", "header", "footer", "aside", "form", "button"})


def _without_furniture(html: str) -> str:
    pieces, position = [], 0
    for element in markup.elements(html, _FURNITURE):
        pieces.append(html[position : element.start])
        position = element.end
    return "".join([*pieces, html[position:]])


def _extracted(html: str, url: str, *, fast: bool) -> str:
    """Return what trafilatura takes for the article in *html*; empty where it finds none."""
    from trafilatura import extract  # noqa: PLC0415 - takes half a second, and most need no page

    try:
        found = extract(
            f"<html><body>{html}</body></html>",
            url=url or None,
            output_format="html",
            fast=fast,
            include_comments=False,
            include_formatting=True,
            include_links=True,
            include_tables=True,
        )
    except Exception:  # noqa: BLE001 - whatever trips it, there is the page's own region left
        return ""
    body = re.sub(r"^\s*<html>\s*<body>|</body>\s*</html>\s*$", "", found or "")
    return re.sub(r"<(/?)i>", r"<\1em>", body)
