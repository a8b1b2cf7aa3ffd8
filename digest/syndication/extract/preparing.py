"""Small changes to a page before its article is looked for, and after. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from digest.syndication import markup
from digest.syndication.urls import link_url

_OF_PICTURES = re.compile(
    r"(?i)(?:^|[\s_-])(?:wp-caption|caption|captioned|image|img|photo|picture)"
)
_SIGNS = re.compile(r"<a(?: [^>]*)?>\s*(?:&para;|[\xb6#\xa7\U0001f517])\s*</a>")
"""Links of headings to themselves."""

_EMPTY = re.compile(r"<(p|li|ul|ol|h[1-6]|div)>\s*</\1>|<a [^<>]*>\s*</a>")
_PASSES = 4


def prepared(html: str, base: str) -> Iterator[str]:
    """Yield *html*, which is balanced, in pieces: links absolute, those within the page taken out.

    Boxes of pictures lose their names: trafilatura takes captions for no part of an article.

    Args:
        html: What :func:`digest.syndication.markup.flatten` returned.
        base: What relative addresses are relative to.
    """
    for token in markup.tokens(_SIGNS.sub("", html)):
        if token.name == "a" and token.kind == "start":
            # What leads nowhere stays a link for now: many of them tell what is no text.
            href = markup.attributes(token).get("href", "").strip()
            address = "" if href.startswith("#") else link_url(href, base)
            yield f'<a href="{escape(address)}">' if address else "<a>"
        elif token.kind == "start" and _is_picture_box(token):
            yield f"<{token.name}>"
        else:
            yield token.source


def _is_picture_box(token: markup.Token) -> bool:
    if token.name not in {"div", "span", "p"} or not token.attributes:
        return False
    return bool(_OF_PICTURES.search(markup.attributes(token).get("class", "")))


@dataclass(slots=True)
class _Box:
    """A ``<div>`` that is open."""

    start: int
    has_words: bool = False
    has_blocks: bool = False
    level: int = 0
    """How many blocks are open in it."""

    def note(self, token: markup.Token) -> None:
        """Note what stands in it, beside other boxes."""
        if token.name in markup.BLOCK:
            self.has_blocks = True
            if token.name not in markup.VOID:
                self.level += 1 if token.kind == "start" else -1
        elif not self.level and (token.name == "img" or token.kind == "text"):
            self.has_words = self.has_words or bool(token.source.strip())


def without_husks(html: str) -> str:
    """Return clean *html* without tags that say nothing.

    Those are spans and links without attributes, empty paragraphs and links, and boxes: one with
    nothing but words in it is a paragraph, one with nothing but paragraphs is none.
    """
    tokens = list(markup.tokens(html))
    written: list[str] = [token.source for token in tokens]
    bare: dict[str, list[bool]] = {"span": [], "a": []}
    boxes: list[_Box] = []
    for index, token in enumerate(tokens):
        opened = bare.get(token.name)
        if opened is not None and token.kind == "start":
            opened.append(not token.attributes.strip())
            written[index] = "" if opened[-1] else token.source
        elif opened and token.kind == "end" and opened.pop():
            written[index] = ""
        if token.name == "div":
            _note_box(token, index, boxes, written)
        elif boxes:
            boxes[-1].note(token)
    return _without_empty("".join(written))


def _note_box(token: markup.Token, index: int, boxes: list[_Box], written: list[str]) -> None:
    if token.kind == "start":
        if boxes:
            boxes[-1].has_blocks = True
        boxes.append(_Box(index))
        return
    if not boxes:
        return
    box = boxes.pop()
    if box.has_words and box.has_blocks:
        return
    name = "p" if box.has_words else ""
    is_named = written[box.start] != "<div>"  # it says a language, or a direction
    if not is_named:
        written[box.start], written[index] = (f"<{name}>", f"</{name}>") if name else ("", "")


def _without_empty(html: str) -> str:
    for _ in range(_PASSES):
        less = _EMPTY.sub("", html)
        if less == html:
            break
        html = less
    return html
