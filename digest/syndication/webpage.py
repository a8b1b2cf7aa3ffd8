"""An HTML page in the articles folder: what its head says, and which part of it is the article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.syndication import markup
from digest.syndication.frontmatter import Items, Node, Scalar
from digest.syndication.markup import Token
from digest.syndication.sanitize import one_line

_META = {
    # Names and properties that pages use, and our keys for them; surer ones first.
    "title": "title",
    "slug": "slug",
    "summary": "summary",
    "description": "summary",
    "og:description": "summary",
    "author": "authors",
    "authors": "authors",
    "topics": "topics",
    "keywords": "topics",
    "published": "published",
    "article:published_time": "published",
    "date": "published",
    "dc.date": "published",
    "updated": "updated",
    "article:modified_time": "updated",
    "image": "image",
    "og:image": "image",
    "url": "url",
    "uid": "uid",
    "language": "language",
    "pinned": "pinned",
    "withdrawn": "withdrawn",
    "correction": "correction",
}
_LISTS = frozenset({"authors"})
_REGIONS = ("article", "main", "body")
_HEAD = frozenset({"head", "html", "body", "meta", "title", "link", "base", "style", "script"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says outside of its article, and the article."""

    html: str
    """Not sanitised."""

    title: str = ""
    """Of the page; often with the site's name in it."""

    language: str = ""
    meta: dict[str, Node] = field(default_factory=dict)
    """By our keys."""


def read_page(html: str, *, first_line: int = 1) -> Page:
    """Return the parts of *html*, which starts on *first_line* of its file.

    The article is the longest ``<article>``, else ``<main>``, else the body, else everything.
    """
    title, language = "", ""
    meta: dict[str, tuple[int, list[Scalar]]] = {}
    order = {name: rank for rank, name in enumerate(_META)}
    line, counted = first_line, 0
    for token in _head(html):
        attributes = markup.attributes(token)
        if token.name == "html":
            language = language or attributes.get("lang", "").strip()
        elif token.name == "title":
            title = title or _raw_text(html, token)
        elif token.name == "meta":
            name = (attributes.get("name") or attributes.get("property") or "").strip().lower()
            content = attributes.get("content", "").strip()
            if name in _META and content:
                line += html.count("\n", counted, token.position)
                counted = token.position
                _add(meta, _META[name], order[name], Scalar(content, line))
    nodes: dict[str, Node] = {}
    for key, (_, values) in meta.items():
        several = key in _LISTS and len(values) > 1
        nodes[key] = Items(tuple(values), values[0].line) if several else values[0]
    return Page(_article(html), one_line(title), language, nodes)


def _add(meta: dict[str, tuple[int, list[Scalar]]], key: str, rank: int, value: Scalar) -> None:
    """Note *value* for *key* unless a surer name has given one; equal names add up."""
    known = meta.get(key)
    if known is None or rank < known[0]:
        meta[key] = (rank, [value])
    elif rank == known[0]:
        known[1].append(value)


def _head(html: str) -> Iterator[Token]:
    """Yield the start tags of *html* up to the first that is no part of a head."""
    for token in markup.tokens(html):
        if token.kind == "start":
            yield token
            if token.name not in _HEAD or token.name == "body":
                return
        elif token.kind == "text" and token.source.strip():
            return


def _raw_text(html: str, token: Token) -> str:
    start = token.position + len(token.source)
    end = html.find("<", start)
    return markup.inner_text(html[start : end if end >= 0 else len(html)])


def _article(html: str) -> str:
    for name in _REGIONS:
        if not re.search(f"<{name}", html, re.IGNORECASE):
            continue
        regions = list(markup.elements(html, frozenset({name})))
        if regions:
            longest = max(regions, key=lambda region: region.inner_end - region.inner_start)
            return html[longest.inner_start : longest.inner_end]
    return html
