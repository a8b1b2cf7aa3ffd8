"""HTML that others wrote for their own pages and feeds, made fit to stand in ours.

Pictures that a script would have loaded get their address, pixels that only count readers go, and
so do the words that programs add to each article ("The post … appeared first on …"). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit

from digest.syndication import markup, sanitize
from digest.syndication.markup import Token
from digest.syndication.urls import web_url

_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-file",
    "data-original-src",
    "data-hi-res-src",
    "data-full-src",
    "data-url",
)
"""Where scripts that load pictures late find the address, surest first."""

_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_PLACEHOLDER = re.compile(
    r"(?i)data:|about:|.*(?:/|^)(?:blank|spacer|placeholder|lazy|loading|grey|gray|transparent|1x1|pixel)"
    r"[\w.-]*\.(?:gif|png|svg|webp)(?:[?#]|$)"
)
_BEST_WIDTH = 1_600
"""Pixels; wider pictures are slower, not better."""

_PIXEL = 3
"""Pictures with a side below this are there to count readers."""

_COUNTERS = (
    re.compile(
        r"(?i)(?:^|\.)(?:doubleclick\.net|feedsportal\.com|pixel\.wp\.com|stats\.wordpress\.com|"
        r"scorecardresearch\.com|google-analytics\.com|quantserve\.com|pheedo\.com|"
        r"list-manage\.com|rss-pixel\.com)$"
    ),
    re.compile(r"(?i)^feeds\.feedburner\.com$|^feeds2?\.wordpress\.com$|^pixel\."),
)
_HIDDEN = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")

_ADDED = (
    re.compile(
        r"(?is)<p>\s*The post <a [^>]*>.{1,400}?</a> "
        r"(?:first )?appeared (?:first )?on <a .{1,400}?</p>"
    ),
    re.compile(r"(?is)<div class=.?feedflare.{1,4000}?</div>"),
    re.compile(
        r"(?is)(?:<br ?/?>)?\s*<a [^>]{1,400}>\[link\]</a>.{0,40}?<a [^>]{1,400}>\[comments\]</a>"
    ),
    re.compile(
        r"(?is)<p>\s*<a [^>]{1,600}>\s*"
        r"(?:Continue reading|Read more|Read the full (?:story|article)|Weiterlesen|Lire la suite|"
        r"Leer más|Читати далі)\b.{0,300}?</a>\s*[.…]?\s*</p>"
    ),
)
_HOST_ONLY = re.compile(r"""(?i)(\shref\s*=\s*["']?\s*)(//[^\s/])""")
_FRAMES = (
    (
        re.compile(r"(?:www\.)?(?:youtube\.com|youtube-nocookie\.com)"),
        "https://www.youtube.com/watch?v=",
    ),
    (re.compile(r"player\.vimeo\.com"), "https://vimeo.com/"),
)
_FRAME_PATH = re.compile(r"/(?:embed|video)/([\w-]{3,40})")


def clean_html(html: str, base_url: str) -> str:
    """Return *html* sanitised, with absolute addresses only, and without what scripts wanted of it.

    Args:
        html: As upstream has it.
        base_url: What relative addresses are relative to.
    """
    html = sanitize.clean_text(html)
    if "<" not in html:
        return sanitize.sanitize_html(html)
    for pattern in _ADDED:
        html = pattern.sub("", html)
    written = "".join(_rewritten(html, base_url))
    return sanitize.absolute_html(sanitize.sanitize_html(written), base_url, {})


def _rewritten(html: str, base_url: str) -> Iterator[str]:
    """Yield *html* in pieces, pictures and frames as they would be seen.

    Addresses without a scheme (``//host/``), which no article of ours may hold, get their page's.
    """
    sources: list[str] = []  # of the <picture> that is open
    shown: set[str] = set()
    opened = ""  # the void element whose start tag stands right before
    scheme = "http:" if base_url.startswith("http:") else "https:"
    for token in markup.tokens(html):
        before, opened = opened, token.name if token.kind == "start" else ""
        if token.kind == "end" and before == token.name and before in markup.VOID:
            continue  # XML's <br></br>, which HTML takes for two
        if token.kind == "start" and token.name == "picture":
            sources = []
        elif token.kind == "start" and token.name == "a":
            yield _HOST_ONLY.sub(lambda found: found[1] + scheme + found[2], token.source)
        elif token.kind == "start" and token.name == "source":
            sources += _candidates(markup.attributes(token).get("srcset", ""))
        elif token.kind == "start" and token.name == "img":
            tag, src = _picture(token, sources, base_url)
            if src:
                shown.add(src)
            yield tag
        elif (
            token.kind == "comment"
            and "<img" in token.source
            and html[: token.position].endswith(">")
        ):
            # The content of a <noscript>: what those see for whom the script does not run.
            yield from _noscript(token.source, shown, base_url)
        elif token.kind == "start" and token.name in {"iframe", "video", "audio"}:
            yield _player(token) or token.source
        else:
            yield token.source


def _noscript(html: str, shown: set[str], base_url: str) -> Iterator[str]:
    """Yield the pictures of *html* that were not seen yet."""
    for token in markup.tokens(html):
        if token.kind == "start" and token.name == "img":
            tag, src = _picture(token, [], base_url)
            if src and src not in shown:
                yield f"</noscript>{tag}<noscript>"


def _picture(token: Token, sources: list[str], base_url: str) -> tuple[str, str]:
    """Return the tag as it would be seen, and its address; empty when nobody should see it."""
    attributes = markup.attributes(token)
    if _is_counter(attributes):
        return "", ""
    src = attributes.get("src", "").strip()
    if not src or _PLACEHOLDER.match(src):
        sets = [item for name in _LAZY_SETS for item in _candidates(attributes.get(name, ""))]
        named = [attributes[name].strip() for name in _LAZY if attributes.get(name, "").strip()]
        src = next(iter([*named, *sets, *sources]), "")
    src = web_url(src, base_url)
    if not src:
        return "", ""
    kept = {
        name: attributes[name] for name in ("alt", "title", "width", "height") if name in attributes
    }
    written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f'<img src="{escape(src)}"{written}>', src


def _candidates(srcset: str) -> list[str]:
    """Return the addresses of a ``srcset``: the largest up to what is useful first."""
    found = []
    for part in re.split(r",\s+|,(?=https?:|/)", srcset.strip()):
        address, _, size = part.strip().partition(" ")
        number = re.fullmatch(r"([0-9]{1,5})(?:\.[0-9]+)?([wx])", size.strip())
        width = int(number[1]) * (400 if number[2] == "x" else 1) if number else 0
        if address:
            found.append((width <= _BEST_WIDTH, width if width <= _BEST_WIDTH else -width, address))
    return [address for _, _, address in sorted(found, key=lambda item: item[:2], reverse=True)]


def _is_counter(attributes: dict[str, str]) -> bool:
    """Return whether a picture is there to count readers, not to be seen."""
    for name in ("width", "height"):
        number = re.match(r"\s*([0-9]{1,5})", attributes.get(name, ""))
        if number and int(number[1]) < _PIXEL:
            return True
    if _HIDDEN.search(attributes.get("style", "")):
        return True
    try:
        host = urlsplit(attributes.get("src", "")).hostname or ""
    except ValueError:
        return False
    return any(pattern.search(host) for pattern in _COUNTERS)


def _player(token: Token) -> str:
    """Return a link to what a player would have played; empty when there is no telling."""
    src = markup.attributes(token).get("src", "").strip()
    address = web_url(f"https:{src}" if src.startswith("//") else src)
    if not address:
        return ""
    parts = urlsplit(address)
    for host, page in _FRAMES:
        path = _FRAME_PATH.match(parts.path)
        if path and host.fullmatch(parts.netloc):
            address = page + path[1]
    link = f'<p><a href="{escape(address)}">{escape(address)}</a></p>'
    return f"{link}{token.source}"
