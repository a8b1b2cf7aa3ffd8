"""Article HTML and data as a page of the site can show them.

Pure; whatever text comes in, what goes out can neither run nor end its element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from markupsafe import Markup, escape

from digest.rendering.content import mail_html

_URL = re.compile(r'(?<= )(href|src)="([^"]*)"')
_IMG = re.compile(r"<img ")
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

PICTURE_WIDTH = 760
"""Pixels: how wide an article's text is at most, and so its pictures."""


def page_html(content_html: str, level: int, local: Callable[[str], str]) -> Markup:
    """Return an article's *content_html* for a page, where its headline has heading *level*.

    Cleaned once more by the same narrow list as in mails (security.md 6). Addresses of the site
    itself become paths (*local*), so that a page asks no other host for its own pictures; pictures
    load when they come into view.
    """
    cleaned = mail_html(content_html, level, PICTURE_WIDTH)
    cleaned = _URL.sub(lambda found: f'{found[1]}="{local(found[2])}"', cleaned)
    return Markup(_IMG.sub('<img loading="lazy" decoding="async" ', cleaned))  # noqa: S704 - cleaned two lines above


def shows(content_html: str, url: str) -> bool:
    """Return whether *content_html*, as ingest wrote it, shows the picture at *url* already."""
    return f'src="{escape(url)}"' in content_html


def safe_json(value: object) -> Markup:
    """Return *value* as JSON that can stand in a ``script`` element and not end it.

    ``<``, ``>``, ``&``, and the line separators of JavaScript are escaped, which JSON allows
    anywhere that they can occur (RFC 8259, section 7).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in _UNSAFE.items():
        text = text.replace(character, escaped)
    return Markup(text)  # noqa: S704 - nothing is left in it that HTML would read
