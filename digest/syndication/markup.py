"""HTML as a stream of tokens, read in linear time whatever is thrown at it.

The HTML parser behind :mod:`digest.syndication.sanitize` follows the standard to the letter, and
the standard lets a megabyte of unclosed tags grow into gigabytes. :func:`flatten` writes long
documents anew, balanced and no deeper than :data:`MAX_DEPTH`, before that parser sees them. The
other functions look things up in HTML that is clean already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from typing import NamedTuple

MAX_DEPTH = 50
"""Elements inside each other that are kept; deeper tags go, their text stays."""

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}) | {
    "source",
    "track",
    "wbr",
}
"""Elements that never have an end tag (HTML Living Standard, section 13.1.2)."""

RAW_TEXT = frozenset(
    {"iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title"}
)
"""Elements whose content is not markup: skipped whole when a document is flattened."""

BLOCK = frozenset(
    {"blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption", "figure"}
    | {"footer", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section"}
    | {"summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "colgroup", "col"}
)
"""Elements that part paragraphs: white space beside their tags means nothing."""


class Token(NamedTuple):
    """A piece of HTML."""

    kind: str
    """``text``, ``start``, ``end``, or ``comment``."""

    name: str
    """The tag's name in small letters; empty for text and comments."""

    source: str
    """As written: the whole tag, or the text with its entities."""

    attributes: str
    """As written, between the name and the ``>``; empty for all but start tags."""

    position: int
    """Where :attr:`source` starts in the document."""


# Quotes hide a ">" only after "=", as in the standard's tokeniser. Possessive, hence linear.
_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+|["'])*+)>"""
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++))?+""")
_WHITE = re.compile(r"[ \t\n\r\f]+")


def fold(text: str) -> str:
    """Return *text* with one space for each run of HTML's white space."""
    # In most texts there is nothing but single spaces, and to see that takes no time.
    if "  " in text or "\n" in text or "\t" in text or "\r" in text or "\f" in text:
        return _WHITE.sub(" ", text)
    return text


def attributes(token: Token) -> dict[str, str]:
    """Return the attributes of a start tag, names in small letters, values without entities.

    The first of several with one name counts, as in browsers.
    """
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(token.attributes):
        value = match[2] or ""
        if value[:1] in {'"', "'"}:
            value = value[1:-1]
        found.setdefault(match[1].lower(), unescape(value))
    return found


def tokens(html: str) -> Iterator[Token]:
    """Yield the pieces of *html* in order; joined, their sources are *html* again."""
    position, length = 0, len(html)
    while position < length:
        start = html.find("<", position)
        if start < 0:
            break
        if start > position:
            yield Token("text", "", html[position:start], "", position)
        match = _TAG.match(html, start)
        if match is None:
            token = _no_tag(html, start)
        elif match[1]:
            token = Token("end", match[2].lower(), match[0], "", start)
        else:
            token = Token("start", match[2].lower(), match[0], match[3], start)
        yield token
        position = start + len(token.source)
        if token.kind == "start" and token.name in RAW_TEXT:
            # Searching only for the very next tag end keeps this linear: an element that is
            # never closed takes the rest of the document with it, as in browsers.
            closing = re.compile(rf"</{token.name}(?=[\s/>])", re.IGNORECASE).search(html, position)
            end = closing.start() if closing else len(html)
            if end > position:
                yield Token("comment", "", html[position:end], "", position)
            position = end
    if position < length:
        yield Token("text", "", html[position:], "", position)


def _no_tag(html: str, start: int) -> Token:
    """Return the piece that begins with the ``<`` at *start*, which is none of a tag."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        return Token("comment", "", html[start : end + 3 if end >= 0 else len(html)], "", start)
    following = html[start + 1 : start + 2]
    if following in {"!", "?", "/"}:
        end = html.find(">", start)
        return Token("comment", "", html[start : end + 1 if end >= 0 else len(html)], "", start)
    if following.isascii() and following.isalpha():  # a tag that never ends: nothing else follows
        return Token("text", "", html[start:], "", start)
    return Token("text", "", "<", "", start)


_SCOPE = frozenset({"table", "td", "th", "caption", "figure", "blockquote", "li", "div", "section"})
_CLOSES = {
    "li": ("li",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": ("tr",),
    "tbody": ("tbody", "thead", "tfoot"),
    "thead": ("tbody", "thead", "tfoot"),
    "tfoot": ("tbody", "thead", "tfoot"),
    "a": ("a",),
}
_TABLE = frozenset({"table"})
# An unclosed item ends at the next one, unless something that is no mere wrapper lies between
# (HTML Living Standard, section 13.2.6.4.7); an unclosed link, unless a cell does.
_ITEM = BLOCK - {"div", "p"}
_BARRIERS: dict[str, frozenset[str]] = (
    dict.fromkeys(("li", "dt", "dd"), _ITEM)
    | dict.fromkeys(("td", "th", "tr", "tbody", "thead", "tfoot"), _TABLE)
    | {"a": frozenset({"td", "th", "caption"})}
)
_TABLE_CONTEXT = frozenset({"table", "tbody", "thead", "tfoot", "tr", "colgroup"})
_TABLE_PARTS = _TABLE_CONTEXT | {"caption", "col", "td", "th"}


class _Flattener:
    """Writes balanced markup: everything that is opened is closed, in order."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.out: list[str] = []
        self.stack: list[str] = []
        self.too_deep: Counter[str] = Counter()
        self.skipping = ""
        self.skip_depth = 0

    def pop(self) -> None:
        self.out.append(f"</{self.stack.pop()}>")

    def pop_through(self, names: tuple[str, ...], barriers: frozenset[str]) -> None:
        """Close the innermost element of *names*, unless one of *barriers* lies around us first."""
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth] in names:
                while len(self.stack) > depth:
                    self.pop()
                return
            if self.stack[depth] in barriers:
                return

    def enter_cell(self) -> None:
        """Give what stands directly in a table a cell; the parser would move it elsewhere."""
        if self.stack and self.stack[-1] in _TABLE_CONTEXT:
            if self.stack[-1] != "tr":
                self.push("tr", "")
            self.push("td", "")

    def push(self, name: str, attributes_: str) -> None:
        self.out.append(f"<{name}{attributes_}>")
        self.stack.append(name)

    def text(self, source: str) -> None:
        if source.strip():
            self.enter_cell()
        self.out.append(source.replace("<", "&lt;"))

    def start(self, token: Token) -> None:
        name = token.name
        if name not in self.allowed:
            return
        if name in BLOCK:
            self.pop_through(("p",), _SCOPE)
        if name in _CLOSES:
            self.pop_through(_CLOSES[name], _BARRIERS[name])
        if name not in _TABLE_PARTS:
            self.enter_cell()
        elif "table" not in self.stack and name != "table":
            return
        if name in VOID:
            self.out.append(f"<{name}{_written(token)}>")
        elif len(self.stack) >= MAX_DEPTH:
            self.too_deep[name] += 1
        else:
            self.push(name, _written(token))

    def end(self, name: str) -> None:
        if self.too_deep[name]:
            self.too_deep[name] -= 1
        elif name in self.stack:
            self.pop_through((name,), frozenset())


def _written(token: Token) -> str:
    """Return the attributes so that every parser reads them alike."""
    return "".join(
        f' {name}="{escape(value)}"'
        for name, value in attributes(token).items()
        if re.fullmatch("[a-z][a-z-]*", name)
    )


def flatten(html: str, *, allowed: frozenset[str], dropped: frozenset[str]) -> str:
    """Return *html* balanced and at most :data:`MAX_DEPTH` elements deep, in linear time.

    Tags outside *allowed* go and their content stays; elements in *dropped* go with all they
    hold, as comments do. Where a document closes its elements properly, nothing else changes.
    """
    flattener = _Flattener(allowed)
    for token in tokens(html):
        if flattener.skipping:
            if token.name == flattener.skipping:
                flattener.skip_depth += {"start": 1, "end": -1}[token.kind]
                if not flattener.skip_depth:
                    flattener.skipping = ""
        elif token.kind == "text":
            flattener.text(token.source)
        elif token.kind == "start" and token.name in dropped:
            flattener.skipping, flattener.skip_depth = token.name, 1
        elif token.kind == "start":
            flattener.start(token)
        elif token.kind == "end":
            flattener.end(token.name)
    while flattener.stack:
        flattener.pop()
    return "".join(flattener.out)


def depth(html: str) -> int:
    """Return how deep the elements of clean *html* lie inside each other."""
    deepest = level = 0
    for token in tokens(html):
        if token.name in VOID:
            continue
        level += {"start": 1, "end": -1}.get(token.kind, 0)
        deepest = max(deepest, level)
    return deepest


def inner_text(html: str) -> str:
    """Return the text of *html* on one line, without markup."""
    pieces = []
    for token in tokens(html):
        if token.kind == "text":
            pieces.append(unescape(token.source))
        elif token.name in BLOCK or token.name == "br":
            pieces.append(" ")
    return _WHITE.sub(" ", "".join(pieces)).strip()


class Element(NamedTuple):
    """Where an element lies in a document."""

    name: str
    start: int
    """Offset of its start tag."""

    inner_start: int
    inner_end: int
    end: int
    """Offset behind its end tag."""


def elements(html: str, names: frozenset[str]) -> Iterator[Element]:
    """Yield the outermost elements of *html* called one of *names*, in order.

    One that is never closed ends with the document.
    """
    opened: Token | None = None
    level = 0
    for token in tokens(html):
        if opened is None:
            if token.kind == "start" and token.name in names:
                opened, level = token, 1
        elif token.name == opened.name:
            level += 1 if token.kind == "start" else -1
            if not level:
                yield _element(opened, token.position, token.position + len(token.source))
                opened = None
    if opened is not None:
        yield _element(opened, len(html), len(html))


def _element(opened: Token, inner_end: int, end: int) -> Element:
    inner_start = opened.position + len(opened.source)
    return Element(opened.name, opened.position, inner_start, inner_end, end)


@lru_cache(maxsize=4)  # Asked for an article as its file has it, and as it is published.
def fold_white_space(html: str) -> str:
    """Return clean *html* with white space that no browser shows folded away.

    Two documents that differ only in how their lines are broken become the same.
    """
    out: list[str] = []
    preformatted = position = 0
    after_block = True
    for tag in _TAG.finditer(html):  # Clean HTML has nothing else than tags and text.
        start = tag.start()
        if start > position:
            text = html[position:start]
            out.append(text if preformatted else _folded(text, after_block=after_block))
        position = tag.end()
        name = tag[2].lower()
        after_block = name in BLOCK or name == "br"
        if after_block and out and not preformatted:
            out[-1] = out[-1].rstrip(" ")
        if name == "pre":
            preformatted += -1 if tag[1] else 1
        out.append(tag[0])
    if position < len(html):
        text = html[position:]
        out.append(text if preformatted else _folded(text, after_block=after_block))
    return "".join(out).strip(" ")


def _folded(text: str, *, after_block: bool) -> str:
    folded = fold(text)
    return folded.lstrip(" ") if after_block else folded
