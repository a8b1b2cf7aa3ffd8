"""A mail's HTML as rules look at it: links, pictures, and texts with their colours. Pure.

Colours are followed from element to element as browsers do for what mails are made of: style
attributes, ``bgcolor``, and the style sheet's rules of classes and elements, in both schemes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

from digest.preflight.colours import colour_of
from digest.preflight.styles import Element, Sheet, declarations

LIGHT, DARK = "light", "dark"

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_UNSEEN = frozenset({"head", "script", "style", "title", "template"})
_MOST_DEPTH = 500
"""Deeper elements are not followed: no mail program shows such a thing."""

INK, PAPER = "#000000", "#ffffff"
_DARK_INK, _DARK_PAPER = "#ffffff", "#121212"


@dataclass(frozen=True, slots=True)
class Picture:
    """An ``img`` element."""

    src: str
    alt: str | None
    """``None``: the attribute is missing."""


@dataclass(frozen=True, slots=True)
class Shade:
    """Text of one colour on one ground."""

    scheme: str
    colour: str
    """``#rrggbb``."""

    ground: str
    """``#rrggbb``."""

    sample: str = field(compare=False)
    """The first words in it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in a mail's HTML."""

    title: str
    language: str
    links: tuple[str, ...]
    """``href`` values in order, each once."""

    pictures: tuple[Picture, ...]
    shades: tuple[Shade, ...]
    text: str
    """What readers see, with single spaces."""


@lru_cache(maxsize=4)
def read_page(html: str) -> Page:
    """Return what stands in *html*. Takes anything; never raises.

    The last few are remembered: each rule asks.
    """
    first = _Styles()
    first.feed(html)
    first.close()
    reader = _Reader({LIGHT: Sheet(first.css, LIGHT), DARK: Sheet(first.css, DARK)})
    reader.feed(html)
    reader.close()
    return Page(
        title=" ".join("".join(reader.title).split()),
        language=reader.language,
        links=tuple(dict.fromkeys(reader.links)),
        pictures=tuple(reader.pictures),
        shades=tuple(reader.shades),
        text=" ".join(" ".join(reader.text).split()),
    )


class _Styles(HTMLParser):
    """Gathers the style sheets, which may stand after what they are about."""

    def __init__(self) -> None:
        super().__init__()
        self.css = ""
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._is_inside = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.css += data + "\n"


@dataclass(slots=True)
class _Open:
    """An element that is open, and what it hands down."""

    tag: str
    ancestors: tuple[Element, ...]
    """Itself last."""

    colours: dict[str, str]
    grounds: dict[str, str]
    is_hidden: bool = False


class _Reader(HTMLParser):
    def __init__(self, sheets: dict[str, Sheet]) -> None:
        super().__init__()
        self._sheets = sheets
        self._open = [
            _Open("", (), {LIGHT: INK, DARK: _DARK_INK}, {LIGHT: PAPER, DARK: _DARK_PAPER})
        ]
        self._depth_below = 0
        self.language = ""
        self.title: list[str] = []
        self.links: list[str] = []
        self.pictures: list[Picture] = []
        self.shades: dict[Shade, None] = {}
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag == "html":
            self.language = values.get("lang", "")
        if tag in {"a", "area"} and "href" in values:
            self.links.append(values["href"].strip())
        if tag == "img":
            self.pictures.append(Picture(values.get("src", "").strip(), values.get("alt")))
        if tag in _VOID:
            return
        if len(self._open) >= _MOST_DEPTH:
            self._depth_below += 1
            return
        self._open.append(self._opened(tag, values))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self._depth_below:
            self._depth_below -= 1
            return
        # A tag that nothing opened closes nothing.
        depth = next((n for n in range(len(self._open) - 1, 0, -1) if self._open[n].tag == tag), 0)
        if depth:
            del self._open[depth:]

    def handle_data(self, data: str) -> None:
        here = self._open[-1]
        if here.tag == "title":
            self.title.append(data)
        words = " ".join(data.replace("\u200c", " ").split())[:60]
        if here.is_hidden or not words:
            return
        self.text.append(data)
        for scheme in self._sheets:
            shade = Shade(scheme, here.colours[scheme], here.grounds[scheme], words)
            self.shades.setdefault(shade)

    def _opened(self, tag: str, values: dict[str, str]) -> _Open:
        parent = self._open[-1]
        classes = frozenset(values.get("class", "").split())
        element = Element(tag, classes, values.get("id", ""))
        ancestors = (*parent.ancestors, element)
        own = declarations(values.get("style", ""))
        colours, grounds, hidden = {}, {}, False
        for scheme, sheet in self._sheets.items():
            style = sheet.style_of(ancestors, own)
            ground = style.get("background-color") or style.get("background", "")
            told = colour_of(ground) or colour_of(values.get("bgcolor", "") if not ground else "")
            grounds[scheme] = told or parent.grounds[scheme]
            colours[scheme] = (
                colour_of(style.get("color", ""))
                or colour_of(values.get("color", "") if tag == "font" else "")
                or parent.colours[scheme]
            )
            hidden = hidden or style.get("display", "") == "none"
        is_hidden = parent.is_hidden or hidden or tag in _UNSEEN
        return _Open(tag, ancestors, colours, grounds, is_hidden)
