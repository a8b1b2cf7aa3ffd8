"""Article HTML as plain text that reads well in a terminal and in a mail.

Linear in time, which the libraries for it are not: they look every link up among all others, and
they escape what only Markdown would misread.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

from digest.syndication import markup

_RULE = "* * *"
_TIGHT = frozenset({"ul", "ol", "dl", "table"})
"""What stands in these follows line on line, without empty lines."""

_TELLING = frozenset({"a", "img", "ol"})
"""Elements whose attributes show in the text."""

_WEB = re.compile("https?://")

_MAX_MARKS = 5
"""Quotations inside quotations that still get a mark of their own."""


class _Container:
    """A quotation or list item that is open: what its lines begin with."""

    def __init__(self, name: str, first: str, rest: str) -> None:
        self.name = name
        self.first = first
        """The beginning of its first line: the bullet or number."""

        self.rest = rest


class _Link(NamedTuple):
    """A link that is open."""

    start: int
    """Index of its first piece in the block being written."""

    href: str


class _Writer:
    """Turns tokens into lines. A *block* is what lies between two tags that part paragraphs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.containers: list[_Container] = []
        self.shared = 0
        """How many containers have been open ever since the last block was written."""

        self.tight: list[str] = []
        self.tight_shared = 0
        self.numbers: list[int | None] = []
        """The next number of each open list; ``None`` for bullets."""

        self.links: list[_Link] = []
        self.rows = 0
        self.cells = 0
        self.preformatted = 0
        self.hidden = 0

    def flush(self, name: str) -> None:
        """Write the block that *name* begins or ends."""
        if self.rows:  # a row of a table is one line, whatever its cells hold
            self.pieces.append(" ")
            return
        if not self.pieces:  # as between two tags
            return
        text = "".join(self.pieces)
        self.pieces.clear()
        self.links = [_Link(0, link.href) for link in self.links]
        if self.preformatted:
            block = text.strip("\n").split("\n")
        else:
            block = [markup.fold(line).strip(" ") for line in text.strip().split("\n")]
        if text.strip():
            self.write(block, name)

    def write(self, block: list[str], name: str) -> None:
        inner = self.containers[-1] if self.containers else None
        goes_on = name == "p" and inner is not None and inner.first == inner.rest
        if self.lines and not (self.tight_shared and not goes_on):
            self.lines.append("".join(c.rest for c in self.containers[: self.shared]).rstrip(" "))
        for line in block:
            beginning = "".join(c.first for c in self.containers)
            self.lines.append((beginning + line).rstrip(" "))
            for container in self.containers:
                container.first = container.rest
        self.shared = len(self.containers)
        self.tight_shared = len(self.tight)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in markup.BLOCK:
            self.flush(name)
        if name == "pre":
            self.preformatted += 1
        elif name in _TIGHT:
            self.tight.append(name)
            start = attributes.get("start", "1")
            self.numbers.append(int(start) if name == "ol" else None)
        elif name == "blockquote":
            quoted = sum(c.name == name for c in self.containers)
            self.open(name, "> " if quoted < _MAX_MARKS else "")
        elif name == "li":
            self.open(name, self.bullet())
        elif name == "dd":
            self.open(name, "  ")
        else:
            self.start_inline(name, attributes)

    def bullet(self) -> str:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "• "
        self.numbers[-1] = number + 1
        return f"{number}. "

    def open(self, name: str, first: str) -> None:
        if not self.rows:
            rest = first if name == "blockquote" else " " * len(first)
            self.containers.append(_Container(name, first, rest))

    def start_inline(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tr":
            self.rows += 1
            self.cells = 0
        elif name in {"td", "th"}:
            self.pieces.append(" | " if self.cells else "")
            self.cells += 1
        elif name == "br":
            self.pieces.append(" " if self.rows else "\n")
        elif name == "hr":
            self.pieces.append(_RULE)
            self.flush(name)
        elif name == "img" and attributes.get("alt"):
            self.pieces.append(f"[{markup.fold(attributes['alt'])}]")
        elif name == "a":
            self.links.append(_Link(len(self.pieces), attributes.get("href", "")))
        elif name in {"q", "rt"}:
            self.pieces.append({"q": "“", "rt": "("}[name])
        elif name == "rp":
            self.hidden += 1

    def end(self, name: str) -> None:
        if name in markup.BLOCK:
            self.flush(name)
        if name == "pre":
            self.preformatted -= 1
        elif name in _TIGHT:
            self.tight.pop()
            self.numbers.pop()
            self.tight_shared = min(self.tight_shared, len(self.tight))
        elif name in {"blockquote", "li", "dd"} and not self.rows:
            self.containers.pop()
            self.shared = min(self.shared, len(self.containers))
        elif name == "tr":
            self.rows -= 1
            self.flush(name)
        elif name == "a":
            self.end_link()
        elif name in {"q", "rt"}:
            self.pieces.append({"q": "”", "rt": ")"}[name])
        elif name == "rp":
            self.hidden -= 1

    def end_link(self) -> None:
        start, href = self.links.pop()
        text = "".join(self.pieces[start:])
        if href.startswith("#fnref"):  # the way back from a footnote
            del self.pieces[start:]
        elif href.startswith("#fn"):
            self.pieces[start:] = [f"[{text}]"]
        elif href and not href.startswith("#"):
            address = href[7:].split("?", 1)[0] if href.lower().startswith("mailto:") else href
            if not text.strip():
                self.pieces[start:] = [address]
            elif _bare(address) != _bare(text):
                self.pieces[start:] = [text.rstrip(), f" ({address})", " " * text[-1:].isspace()]

    def text(self, source: str) -> None:
        if not self.hidden:
            text = unescape(source)
            self.pieces.append(text if self.preformatted else markup.fold(text))


def _bare(address: str) -> str:
    """Return *address* without what people leave out when they write one down."""
    address = address.strip().lower()
    found = _WEB.match(address)
    return (address[found.end() :] if found else address).rstrip("/")


def html_to_text(html: str) -> str:
    """Return sanitised *html* as plain text: paragraphs parted by empty lines, lines not wrapped.

    Links read ``text (URL)`` where the URL is not the text itself; pictures are their alternative
    text in brackets; quotations carry ``> ``, lists bullets or numbers; the cells of a table's row
    are parted by ``|``; footnotes are referred to as ``[1]``. No-break spaces survive.
    """
    writer = _Writer()
    for token in markup.tokens(html):
        if token.kind == "text":
            writer.text(token.source)
        elif token.kind == "start":
            told = token.name in _TELLING
            writer.start(token.name, markup.attributes(token) if told else {})
        elif token.kind == "end":
            writer.end(token.name)
    writer.flush("p")
    return "\n".join(writer.lines)
