"""What must come through as it is, lifted out of a page before its article is looked for.

Pictures with their words, tables, code, and the like are put aside, a word of ours in their place;
where that word is still there afterwards, they are put back. Whatever stood in a sidebar is gone
together with its word. Pure, linear in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from digest.syndication import markup
from digest.syndication.markup import Element

_WHOLE = frozenset({"figure", "pre", "table", "dl", "picture", "code", "kbd", "samp", "var"}) | {
    "amp-img",
    "amp-youtube",
    "audio",
    "details",
    "iframe",
    "math",
    "video",
}
"""Elements that are put aside with all they hold."""

_VOID = frozenset({"img", "hr"})
_MAX_CHARS = 40_000
"""Of one of them; what is longer is no picture and no table, but a page."""

_MOST = 2_000
_MAX_NESTED = 8
_AMP = re.compile(r"(?i)<(/?)amp-img\b")
_AMP_VIDEO = re.compile(r'(?i)<amp-youtube\b[^>]*?data-videoid="([\w-]{3,20})"')
_MARK = re.compile(r"zq(fig|ord)x([0-9]{1,6})xqz")
_ALONE = re.compile(r"<p>\s*zqfigx([0-9]{1,6})xqz\s*</p>")
_BLOCKS = re.compile(r"(?i)<(?:p|h[1-6]|article|section|form|nav)\b")
_LAYOUT_BLOCKS = 4
_PRESENTATION = re.compile(r"(?i)<table\b[^>]*\srole\s*=\s*[\"']?(?:presentation|none)")
_CELLS = re.compile(r"(?i)<(/?)(?:table|tbody|thead|tfoot|tr|td|th)(?=[\s>/])")
_ORDER = re.compile(r"zqordx([0-9]{1,5})xqz\s?")
_NEAR = 8
"""How many tokens after a list begins its first words stand, at most."""

_EMPTY = re.compile(r"<(p|li|h[1-6])>\s*</\1>")


@dataclass(slots=True)
class Lifted:
    """A page of which parts were put aside."""

    html: str = ""
    parts: list[str] = field(default_factory=list)

    def put_back(self, html: str) -> str:
        """Return *html*, which was made of :attr:`html`, with the parts that belong into it."""
        left = dict(enumerate(self.parts))
        html = _ordered(html)

        def part(mark: re.Match[str]) -> str:
            # Each stands once: a page that writes our words itself gains nothing.
            return left.pop(int(mark[mark.lastindex or 1]), "")

        html = _ALONE.sub(part, html)
        html = _MARK.sub(lambda mark: left.pop(int(mark[2]), "") if mark[1] == "fig" else "", html)
        return _EMPTY.sub("", html)


def lift(html: str) -> Lifted:
    """Return *html* with what must not be touched put aside."""
    found = Lifted()
    found.html = "".join(_walked(html, found, 0))
    return found


def _walked(html: str, found: Lifted, level: int) -> Iterator[str]:
    position = 0
    for element in markup.elements(html, _WHOLE):
        yield from _smaller(html[position : element.start], found)
        position = element.end
        whole = html[element.start : element.end]
        if _is_kept(element, whole) and len(found.parts) < _MOST:
            is_inline = element.name in {"code", "kbd", "samp", "var", "picture", "amp-img"}
            mark = _put_aside(whole, found)
            yield mark if is_inline else f"<p>{mark}</p>"
        elif level < _MAX_NESTED:
            yield _unwrapped(html[element.start : element.inner_start])
            inner = html[element.inner_start : element.inner_end]
            yield from map(_unwrapped, _walked(inner, found, level + 1))
            yield _unwrapped(html[element.inner_end : element.end])
        else:
            yield whole
    yield from _smaller(html[position:], found)


def _unwrapped(html: str) -> str:
    """Return *html* with the parts of a table that is a page's layout as mere boxes."""
    return _CELLS.sub(r"<\1div", html)


def without_layout(html: str) -> str:
    """Return *html*, of a mail, with boxes in place of tables that only lay it out.

    Tables stay that have headings: mails are laid out in all others.
    """
    return "".join(_boxed(html, 0))


def _boxed(html: str, level: int) -> Iterator[str]:
    position = 0
    for element in markup.elements(html, frozenset({"table"})):
        yield _unwrapped(html[position : element.start])
        position = element.end
        whole = html[element.start : element.end]
        if "<th" in whole.replace("<thead", "") and _is_data(whole):
            yield whole
        elif level >= _MAX_NESTED:
            yield _unwrapped(whole)
        else:
            yield "<div>"
            yield from _boxed(html[element.inner_start : element.inner_end], level + 1)
            yield "</div>"
    yield _unwrapped(html[position:])


def _is_kept(element: Element, whole: str) -> bool:
    if len(whole) > _MAX_CHARS:
        return False
    return _is_data(whole) if element.name in {"table", "details"} else True


def _is_data(table: str) -> bool:
    """Tell whether a table has data, as opposed to the parts of a page."""
    small = table.lower()
    if small.count("<table") > 1 or _PRESENTATION.match(table):
        return False
    return len(_BLOCKS.findall(table)) < _LAYOUT_BLOCKS


def _put_aside(whole: str, found: Lifted) -> str:
    video = _AMP_VIDEO.match(whole)
    if video:
        whole = f'<iframe src="https://www.youtube.com/embed/{video[1]}"></iframe>'
    found.parts.append(_AMP.sub(r"<\1img", whole))
    return f"zqfigx{len(found.parts) - 1}xqz"


def _smaller(html: str, found: Lifted) -> Iterator[str]:
    """Yield *html*, pictures and rules outside of other things put aside, ordered lists marked."""
    position, is_list, start = 0, False, ""
    for token in markup.tokens(html):
        if token.kind != "start" or token.name not in _VOID | {"ol", "li"}:
            continue
        if token.name == "ol":
            is_list, start = True, markup.attributes(token).get("start", "1")
        elif token.name == "li":
            if is_list:
                end = token.position + len(token.source)
                number = start if re.fullmatch("[0-9]{1,5}", start) else "1"
                yield html[position:end] + f"zqordx{number}xqz "
                position = end
            is_list = False
        elif len(found.parts) < _MOST:
            mark = _put_aside(token.source, found)
            yield html[position : token.position]
            yield mark if token.name == "img" else f"<p>{mark}</p>"
            position = token.position + len(token.source)
    yield html[position:]


def _ordered(html: str) -> str:
    """Return *html* with those lists ordered again that were."""
    if "zqordx" not in html:
        return html
    tokens = list(markup.tokens(html))
    out: list[str] = []
    opened: list[str] = []
    for index, token in enumerate(tokens):
        if token.name == "ul" and token.kind == "start":
            following = tokens[index + 1 : index + _NEAR]
            text = next((t.source for t in following if t.kind == "text" and t.source.strip()), "")
            order = _ORDER.match(text.lstrip())
            opened.append("ol" if order else "ul")
            start = f' start="{order[1]}"' if order and order[1] != "1" else ""
            out.append(f"<{opened[-1]}{start}>")
        elif token.name == "ul" and token.kind == "end" and opened:
            out.append(f"</{opened.pop()}>")
        else:
            out.append(token.source)
    return _ORDER.sub("", "".join(out))
