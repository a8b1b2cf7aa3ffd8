"""Small changes to a page before its article is looked for, and after. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from digest.syndication import markup
from digest.syndication.urls import link_url

_OF_PICTURES = re.compile(
    r"(?i)(?:^|[\s_-])(?:wp-caption|caption|captioned|image|img|photo|picture)"
)
_SIGNS = re.compile(r"<a(?: [^>]*)?>\s*(?:&para;|[\xb6#\xa7\U0001f517])\s*</a>")
"""Links of headings to themselves."""


def prepared(html: str, base: str) -> Iterator[str]:
    """Yield *html*, which is balanced, in pieces: links absolute, those within the page taken out.

    Boxes of pictures lose their names: trafilatura takes captions for no part of an article.

    Args:
        html: What :func:`digest.syndication.markup.flatten` returned.
        base: What relative addresses are relative to.
    """
    is_kept: list[bool] = []  # of the links that are open
    for token in markup.tokens(_SIGNS.sub("", html)):
        if token.name == "a" and token.kind == "start":
            href = markup.attributes(token).get("href", "").strip()
            address = "" if href.startswith("#") else link_url(href, base)
            is_kept.append(bool(address))
            if address:
                yield f'<a href="{escape(address)}">'
        elif token.name == "a":
            if is_kept and is_kept.pop():
                yield token.source
        elif token.kind == "start" and _is_picture_box(token):
            yield f"<{token.name}>"
        else:
            yield token.source


def _is_picture_box(token: markup.Token) -> bool:
    if token.name not in {"div", "span", "p"} or not token.attributes:
        return False
    return bool(_OF_PICTURES.search(markup.attributes(token).get("class", "")))


def without_spans(html: str) -> str:
    """Return clean *html* without spans that say nothing: programs colour code with them."""
    if "<span" not in html:
        return html
    out: list[str] = []
    is_kept: list[bool] = []
    for token in markup.tokens(html):
        if token.name != "span":
            out.append(token.source)
        elif token.kind == "start":
            is_kept.append(bool(token.attributes.strip()))
            if is_kept[-1]:
                out.append(token.source)
        elif is_kept and is_kept.pop():
            out.append(token.source)
    return "".join(out)
