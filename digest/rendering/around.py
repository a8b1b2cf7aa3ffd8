"""How text gets past the MJML converter unharmed: it goes around it.

mrml reads a template as XML and writes HTML by its own rules. It escapes quotes wrongly in
``aria-label`` and takes the body of ``mj-text`` apart, so neither a title nor an article's HTML is
safe in its hands. Both are *veiled* in letters and digits that it has no reason to touch, and
*unveiled* in the HTML that comes out. A veil carries its own content: there is no table to keep,
and text that looks like a veil is veiled itself, so that none can be forged.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# ASCII only: mrml writes some attributes as Rust's debug format does, which escapes the rest.
_EDGE = "~"
_TEXT, _HTML = f"{_EDGE}t:", f"{_EDGE}h:"

_VEIL = re.compile(f"({_TEXT}|{_HTML})((?:[0-9a-f]{{2}})*){_EDGE}")
_PLAIN = re.compile("[0-9A-Za-z .,:;/#%+_-]*")

# XML 1.0, section 2.2, says which characters a document may hold. Lone surrogates are not among
# them; neither can be encoded.
_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def veil_text(text: str) -> str:
    """Return *text* so that it passes through mrml and ends as that text, escaped, in the HTML.

    Plain words and colours come back as they are: mrml has to understand those in attributes.
    Characters that XML forbids are dropped.
    """
    if _PLAIN.fullmatch(text):
        return text
    return _TEXT + _FORBIDDEN.sub("", text).encode().hex() + _EDGE


def veil_html(html: str) -> Markup:
    """Return *html* so that it passes through mrml and ends as that very HTML.

    The caller vouches for *html*. Characters that XML forbids are dropped.
    """
    return Markup(_HTML + _FORBIDDEN.sub("", html).encode().hex() + _EDGE)  # noqa: S704 - hexadecimal digits


def unveil(document: str) -> str:
    """Return *document* with what :func:`veil_text` and :func:`veil_html` hid put back.

    Text is escaped, for element content as well as for quoted attributes. What was put back is not
    looked at again.
    """
    return _VEIL.sub(_content, document)


def _content(match: re.Match[str]) -> str:
    kind, digits = match.groups()
    content = bytes.fromhex(digits).decode()
    return content if kind == _HTML else str(escape(content))
