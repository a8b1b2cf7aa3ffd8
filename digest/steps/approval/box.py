"""The box above an issue in an editor's mail: what it is, what was found, three links. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_FONT = "font-family:Helvetica,Arial,sans-serif"
_BUTTON = (
    "display:inline-block;padding:12px 22px;margin:0 8px 8px 0;border-radius:4px;"
    f"{_FONT};font-size:16px;font-weight:bold;text-decoration:none"
)
_LOOKS = {
    "send": "background-color:#14532d;color:#ffffff",
    "hold": "background-color:#7c2d12;color:#ffffff",
    "drop": "background-color:#1f2937;color:#ffffff",
}


@dataclass(frozen=True, slots=True)
class Box:
    """What stands in it."""

    heading: str
    lines: tuple[str, ...]
    """Sentences: when it goes out, to how many, what happens if nobody decides."""

    found: str
    """What the findings are headed by."""

    findings: tuple[tuple[str, str], ...]
    """How bad it is and what it is about, in the editors' language; what was found, in English."""

    links: tuple[tuple[str, str, str], ...]
    """Decision, words, URL."""

    label: str
    """What the box is, for those who hear it."""

    language: str
    """BCP 47, of all but what was found in detail."""

    direction: str
    """``ltr`` or ``rtl``."""


def above(box: Box, html: str) -> str:
    """Return *html*, a whole page, with the box before all that stands in its body."""
    found = _BODY.search(html)
    at = found.end() if found else 0
    return html[:at] + as_html(box) + html[at:]


def as_html(box: Box) -> str:
    """Return the box as HTML with its own styles, in one scheme: it is a tool, no publication."""
    style = f"{_FONT};font-size:16px;line-height:1.5;color:#111827;margin:0 0 10px"
    lines = "".join(f'<p style="{style}">{escape(line)}</p>' for line in box.lines)
    found = "".join(
        f'<li>{escape(kind)}: <span lang="en" dir="ltr">{escape(text)}</span></li>'
        for kind, text in box.findings
    )
    if found:
        lines += (
            f'<p style="{style}"><strong>{escape(box.found)}:</strong></p>'
            f'<ul style="{style};padding:0 20px">{found}</ul>'
        )
    links = "".join(
        f'<a href="{escape(url)}" style="{_BUTTON};{_LOOKS[decision]}">{escape(words)}</a>'
        for decision, words, url in box.links
    )
    return (
        f'<div role="region" lang="{escape(box.language)}" dir="{box.direction}" '
        f'aria-label="{escape(box.label)}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="background-color:#fef3c7;color-scheme:only light"><tr>'
        '<td bgcolor="#fef3c7" style="background-color:#fef3c7;padding:20px 24px 12px;'
        'border-bottom:3px solid #b45309">'
        f'<p style="{style};font-size:19px;font-weight:bold">{escape(box.heading)}</p>'
        f'{lines}<p style="margin:6px 0 0">{links}</p></td></tr></table></div>'
    )


def as_text(box: Box) -> str:
    """Return the same as lines of text, with a rule below."""
    found = [f"{box.found}:", *(f"- {kind}: {text}" for kind, text in box.findings)]
    links = [f"{words}:\n{url}" for _, words, url in box.links]
    parts = [box.heading, *box.lines, *(["\n".join(found)] if box.findings else []), *links]
    return "\n\n".join(parts) + "\n\n" + "=" * 72 + "\n\n"
