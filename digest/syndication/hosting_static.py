"""Feeds on hosts that serve files: ``_headers`` and ``_redirects``, as Netlify reads them. Pure.

Cloudflare Pages and others read the same files. Such hosts know no 410: an address that has ended
is answered with the page for what is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from digest.syndication import served
from digest.syndication.hosting import Hosted

HEADERS = "_headers"
REDIRECTS = "_redirects"


def headers_file(hosted: Hosted, documents: Sequence[str]) -> str:
    """Return the file ``_headers``.

    Args:
        hosted: What is to be served.
        documents: The URLs of all current documents.
    """
    current, archived = [], []
    for url in documents:
        folder, _, name = url.rpartition("/")
        media_type = served.MEDIA_TYPES[name]
        found = {
            "Content-Type": media_type,
            "Cache-Control": served.caching(hosted.every_minutes),
            "Link": served.links(url, media_type, hosted.hubs),
            **served.FIXED,
        }
        current.append(_rule(_path_of(url), found))
        if name != served.OPML:
            said = {"Cache-Control": served.ARCHIVE_CACHING, **served.FIXED}
            said |= {"Content-Type": media_type}
            archived.append(_rule(f"{_path_of(folder)}/archive/:number/{name}", said))
    media = _rule(f"{hosted.path}media/*", served.MEDIA)
    return "\n".join([*current, *archived, media])


def redirects_file(hosted: Hosted) -> str:
    """Return the file ``_redirects``; empty when nothing has moved or ended."""
    rules = [f"{quote(path)} {target} 301" for path, target in hosted.redirects()]
    rules += [f"{quote(path)} {quote(hosted.path)}404.html 404" for path in hosted.ended()]
    return "".join(f"{rule}\n" for rule in rules)


def _path_of(url: str) -> str:
    return urlsplit(url).path


def _rule(path: str, headers: Mapping[str, str]) -> str:
    return "".join([f"{path}\n", *(f"  {name}: {value}\n" for name, value in headers.items())])
