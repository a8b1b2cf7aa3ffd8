"""What a publication's looks come from: its theme's folder, its own host, the names of others."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from digest.model import Article, Publication

THEMES = "email/themes/"
"""Below the templates; in it a folder for each theme, by its name."""

THEME_FILES = ("look.jinja", "parts.mjml", "style.css", "phone.css")
"""What makes a theme."""


def themes_in(names: list[str]) -> list[str]:
    """Return the themes, sorted, that have all their files among templates called *names*."""
    present = set(names)
    folders = {name.split("/")[2] for name in names if name.startswith(THEMES) and name[14:]}
    return sorted(
        each for each in folders if present >= {f"{THEMES}{each}/{file}" for file in THEME_FILES}
    )


def at_home(publication: Publication) -> Publication:
    """Return *publication* without its logo if that is on another host than its site.

    Mails fetch nothing from others that articles do not bring along (email.md, C7): its owner
    would learn who reads when.
    """
    logo = _host(publication.logo_url)
    site = _host(publication.url)
    if logo == site or logo.endswith(f".{site}"):
        return publication
    return replace(publication, logo_url="")


def outlet(article: Article, publication: Publication) -> str:
    """Return where *article* stands, for people: who wrote it, else its host or our own source."""
    if article.origin:
        return article.origin
    host = _host(article.url)
    return article.source if not host or host == _host(publication.url) else host


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
