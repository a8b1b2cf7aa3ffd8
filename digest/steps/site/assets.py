"""The few files that pages need: style sheet, script, icon. Each name holds a hash of its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from digest.rendering.colour import readable_on
from digest.rendering.pages import PageRenderer

_DIGITS = 10
"""Of the hash: enough that a change is another name."""

CSS = "text/css; charset=utf-8"
JAVASCRIPT = "text/javascript; charset=utf-8"
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class Assets:
    """Files by path below the site's base."""

    stylesheet: str
    script: str
    icon: str
    files: Mapping[str, tuple[str, bytes]]
    """Path → media type and content."""


def make_assets(renderer: PageRenderer, accent: str) -> Assets:
    """Return the site's files, with the publication's *accent* colour.

    Raises:
        TemplateError: if a template is missing or broken.
    """
    on_accent = readable_on("#ffffff", accent)
    made = {}
    names = []
    for template, suffix, media_type in (
        ("site.css", "css", CSS),
        ("copy.js", "js", JAVASCRIPT),
        ("icon.svg", "svg", SVG),
    ):
        content = renderer.asset(template, accent=accent, on_accent=on_accent).encode()
        digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
        name = f"assets/{template.partition('.')[0]}.{digest}.{suffix}"
        names.append(name)
        made[name] = (media_type, content)
    stylesheet, script, icon = names
    return Assets(stylesheet, script, icon, made)
