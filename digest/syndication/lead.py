"""What leads an article: its heading, its picture, its first paragraph, found in clean HTML."""

from __future__ import annotations

import re
from html import unescape

from digest.model import Image
from digest.syndication import markup
from digest.syndication.markup import Element, Token
from digest.syndication.sentences import ends_sentence
from digest.syndication.urls import web_url

_MIN_PARAGRAPH_CHARS = 40
_WRAPPERS = frozenset({"div", "section"})
_ASIDE = frozenset(
    {
        "blockquote",
        "dl",
        "figure",
        "footer",
        "li",
        "ol",
        "pre",
        "table",
        "td",
        "th",
        "ul",
        "details",
    }
)
_LONE_IMAGE = re.compile(r'<p>\s*(<img(?: [a-z]+="[^"]*")*>)\s*</p>')
_TITLE = re.compile(r' title="([^"]*)"')


def take_heading(html: str) -> tuple[str, str]:
    """Return the text of the first ``<h1>`` and *html* without it; empty text if there is none."""
    if "<h1" not in html:
        return "", html
    for element in markup.elements(html, frozenset({"h1"})):
        text = markup.inner_text(html[element.inner_start : element.inner_end])
        return text, (html[: element.start] + html[element.end :]).strip()
    return "", html


def take_figure(html: str) -> tuple[Image | None, str]:
    """Return the picture that *html* begins with, and the rest; None if it begins otherwise.

    That is a ``<figure>`` with one picture, or a picture alone in its paragraph.
    """
    first = _first_content(html)
    if first is None or first.name not in {"figure", "p", "img"}:
        return None, html
    end = first.position + len(first.source)
    if first.name != "img":
        element = next(iter(markup.elements(html[first.position :], frozenset({first.name}))))
        end = first.position + element.end
    inner = html[first.position : end]
    image = _image_of(inner, first.name)
    return (image, (html[: first.position] + html[end:]).strip()) if image else (None, html)


def _first_content(html: str) -> Token | None:
    for token in markup.tokens(html):
        if token.kind == "text" and not token.source.strip():
            continue
        if token.kind == "start" and token.name not in _WRAPPERS:
            return token
        if token.kind == "text":
            return None
    return None


def _image_of(inner: str, name: str) -> Image | None:
    pictures = [t for t in markup.tokens(inner) if t.kind == "start" and t.name == "img"]
    if len(pictures) != 1:
        return None
    captions = list(markup.elements(inner, frozenset({"figcaption"})))
    caption = " ".join(markup.inner_text(inner[c.inner_start : c.inner_end]) for c in captions)
    words = _without(inner, captions)
    if markup.inner_text(words):  # there is more than a picture
        return None
    attributes = markup.attributes(pictures[0])
    caption = caption if name == "figure" else ""
    return Image(
        _published(attributes["src"]),
        alt=attributes.get("alt", ""),
        caption=(caption or attributes.get("title", "")).strip(),
        width=_pixels(attributes.get("width", "")),
        height=_pixels(attributes.get("height", "")),
    )


def _without(html: str, parts: list[Element]) -> str:
    for part in reversed(parts):
        html = html[: part.start] + html[part.end :]
    return html


def _published(src: str) -> str:
    """Return an address on the web in its one spelling, a path beside the file as written."""
    return web_url(src) or src


def _pixels(text: str) -> int | None:
    return int(text) or None if text.isdecimal() else None


def with_captions(html: str) -> str:
    """Return *html* with each picture that stands alone and has a title as a figure.

    In Markdown that is ``![alt](file "caption")``: nobody would see the caption otherwise.
    """
    return _LONE_IMAGE.sub(_as_figure, html)


def _as_figure(match: re.Match[str]) -> str:
    title = _TITLE.search(match[1])
    if title is None or not unescape(title[1]).strip():
        return match[0]
    image = match[1].replace(title[0], "", 1)
    caption = title[1].replace("&quot;", '"').replace("<", "&lt;").replace(">", "&gt;")
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def first_paragraph(html: str) -> str:
    """Return the text of the first real paragraph of clean *html*, else of any; else ``""``.

    Real is one that stands in the running text, is more than a kicker, and ends as sentences do.
    """
    fallback = ""
    for element in markup.elements(html, _ASIDE | {"p"}):
        if element.name != "p":
            continue
        text = markup.inner_text(html[element.inner_start : element.inner_end])
        if len(text) >= _MIN_PARAGRAPH_CHARS and ends_sentence(text):
            return text
        fallback = fallback or text
    return fallback or markup.inner_text(html)
