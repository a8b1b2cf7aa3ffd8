"""An article's HTML as a feed carries it: safe, absolute, with correction note and lead image.

Pure; takes any text and never raises.
"""

from __future__ import annotations

import re
from html import escape, unescape

from digest.model import Image
from digest.syndication.sanitize import LEADING_TAG, TARGET, sanitize_html
from digest.syndication.urls import link_url, web_url


def feed_html(html: str, base: str) -> str:
    """Return *html* sanitised, without forbidden characters, its URLs absolute.

    Sanitising is repeated here although ingest did it: what is in the database may be older than
    today's rules (security.md 6).

    Args:
        html: An article's content.
        base: The article's URL, against which relative ones are resolved.
    """
    return LEADING_TAG.sub(lambda tag: _absolute_tag(tag, base), sanitize_html(html))


def with_extras(
    html: str, *, correction: str, image: Image | None, origin: str = "", url: str = ""
) -> str:
    """Return *html* headed by the *correction* note and the lead *image*, where there are any.

    It ends with a link to *origin*, if others wrote it.

    Args:
        html: What :func:`feed_html` returned.
        correction: Plain text; empty when nothing was corrected.
        origin: Name of who published it first; empty for what is our own.
        url: Where *origin* has it.
        image: Left out where *html* shows it already. Its URL must be as
            :func:`~digest.syndication.urls.web_url` returns it.
    """
    whose = f'\n<p><a href="{_escape(url)}">{_escape(origin)}</a></p>' if origin else ""
    note = f"<p><em>{_escape(correction)}</em></p>\n" if correction else ""
    figure = f"{_figure(image)}\n" if image and not _shows(html, image.url) else ""
    return note + figure + html + whose


def _absolute_tag(tag: re.Match[str], base: str) -> str:
    """Return the matched *tag* with an absolute URL; an image that has none is left out."""
    name, attributes = tag[1], tag[2]
    attributes = TARGET.sub(lambda url: _absolute(url, base), attributes)
    return "" if name == "img" and ' src="' not in attributes else f"<{name}{attributes}>"


def _absolute(attribute: re.Match[str], base: str) -> str:
    """Return the matched *attribute* with an absolute URL; empty when there is none."""
    name, url = attribute[1], unescape(attribute[2])
    absolute = link_url(url, base) if name == "href" else web_url(url, base)
    return f' {name}="{_escape(absolute)}"' if absolute else ""


def _shows(html: str, url: str) -> bool:
    """Tell whether *html*, as :func:`feed_html` returns it, has an image from *url*."""
    source = f' src="{_escape(url)}"'
    return any(tag[1] == "img" and source in tag[2] for tag in LEADING_TAG.finditer(html))


def _figure(image: Image) -> str:
    """Return *image* with its caption and credit as HTML."""
    size = "".join(
        f' {name}="{pixels}"'
        for name, pixels in (("width", image.width), ("height", image.height))
        if pixels
    )
    credit = f"<small>{_escape(image.credit)}</small>" if image.credit else ""
    words = " ".join(filter(None, (_escape(image.caption), credit)))
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    source, alt = _escape(image.url), _escape(image.alt)
    return f'<figure><img src="{source}" alt="{alt}"{size}>{caption}</figure>'


def _escape(text: str) -> str:
    """Return *text* escaped for HTML as the sanitiser does it, so that it has nothing to change."""
    return escape(text, quote=False).replace('"', "&quot;")
