"""Article HTML as a mail can show it: cleaned once more, its headings below the mail's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

import lxml.html
import nh3

_LAST_HEADING = 6
_QUOTE_MARKS = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\"' "
_DASHES = "\u2014\u2013- "
_LONGEST_QUOTE = 280
"""Characters; a longer quotation is an excerpt, not something to pull out."""

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "div", "span", "pre", "wbr"),
    *(
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "ins",
        "kbd",
        "mark",
    ),
    *("q", "rp", "rt", "ruby", "s", "samp", "small", "strong", "sub", "sup", "time", "u", "var"),
    *("blockquote", "footer", "figure", "figcaption", "img", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "*": {"dir", "lang"},
    "a": {"href", "title"},
    "img": {"alt", "height", "src", "title", "width"},
    "ol": {"start", "type"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
# What goes with its text, not only the tag: the text was never meant for readers.
_DROPPED_WHOLE = {"script", "style", "iframe", "object", "svg", "math", "noscript", "template"}


@dataclass(frozen=True, slots=True)
class PullQuote:
    """A sentence worth setting large."""

    text: str
    source: str = ""
    """Who says it; empty when the article does not mark that with ``cite`` or ``footer``."""


def mail_html(content_html: str, level: int, width: int) -> str:
    """Return an article's *content_html* for a mail, where its headline has heading *level*.

    Sanitised again, by a list that is narrower than the one at ingest: mails play no media and
    take no styles. Links and pictures stay only with an absolute http, https or (links) mailto
    URL. Headings start right below *level*, without gaps. Pictures have an ``alt`` and a *width*
    (pixels) of at most that, which Outlook needs; CSS has to scale them elsewhere.
    """
    root = _fragment(_clean(content_html))
    _shift_headings(root, level)
    for image in list(root.iter("img")):
        if not image.get("src"):
            image.drop_tree()
            continue
        image.set("alt", image.get("alt", ""))
        stated = image.get("width", "")
        if not stated.isdecimal() or int(stated) > width:
            image.set("width", str(width))
            image.attrib.pop("height", None)
    for table in root.iter("table"):
        # Word draws a cell's border only when the table says how cells meet.
        table.set("cellspacing", "0")
    return _inner_html(root)


def pull_quote(content_html: str) -> PullQuote | None:
    """Return the first quotation of *content_html* that is short enough to be set large.

    ``None`` when there is none.
    """
    for quote in _fragment(_clean(content_html)).iter("blockquote"):
        sources = [_text(part) for part in quote.iter("cite", "footer", "figcaption")]
        for part in list(quote.iter("cite", "footer", "figcaption")):
            part.drop_tree()
        text = _text(quote).strip(_QUOTE_MARKS)
        if text and len(text) <= _LONGEST_QUOTE:
            return PullQuote(text, sources[0].lstrip(_DASHES) if sources else "")
    return None


def without_pictures(content_html: str) -> str:
    """Return an article's *content_html* without pictures, and without what only held one."""
    if "<img" not in content_html.lower():
        return content_html
    root = _fragment(_clean(content_html))
    for image in list(root.iter("img")):
        holder = image
        while _is_for_picture(holder.getparent(), root):
            holder = holder.getparent()
        holder.drop_tree()
    return _inner_html(root)


def _is_for_picture(element: lxml.html.HtmlElement, root: lxml.html.HtmlElement) -> bool:
    """Return whether *element* is there for its picture alone: a figure with its caption."""
    if element is root:
        return False
    if element.tag == "figure":
        return element.find(".//table") is None and len(list(element.iter("img"))) == 1
    return len(element) == 1 and not _text(element) and element.tag in {"p", "a", "span", "div"}


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED_WHOLE,
        url_schemes={"http", "https", "mailto"},
        attribute_filter=_absolute_only,
        link_rel=None,
    )


def _absolute_only(_tag: str, attribute: str, value: str) -> str | None:
    """Take away URLs that a mail cannot follow: nh3 lets relative ones and ``//host`` pass."""
    if attribute == "src":
        return value if re.match(r"https?://", value, re.IGNORECASE) else None
    if attribute == "href":
        return value if re.match(r"https?://|mailto:", value, re.IGNORECASE) else None
    return value


def _shift_headings(root: lxml.html.HtmlElement, level: int) -> None:
    """Renumber the headings below *root* so that they follow *level* and skip none."""
    headings = list(root.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    open_levels: list[int] = []
    for heading in headings:
        own = int(heading.tag[1])
        while open_levels and open_levels[-1] >= own:
            open_levels.pop()
        open_levels.append(own)
        heading.tag = f"h{min(level + len(open_levels), _LAST_HEADING)}"


def _fragment(html: str) -> lxml.html.HtmlElement:
    return lxml.html.fragment_fromstring(html, create_parent="div")


def _inner_html(root: lxml.html.HtmlElement) -> str:
    whole: str = lxml.html.tostring(root, encoding="unicode")
    return whole.removeprefix("<div>").removesuffix("</div>")


def _text(element: lxml.html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())
