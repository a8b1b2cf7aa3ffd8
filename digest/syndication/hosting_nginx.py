"""Feeds behind nginx: what to include within a ``server``. Pure.

A location for each kind of document, because nginx takes the type of a file from its name alone,
and all are called ``.xml`` or ``.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from digest.syndication import served
from digest.syndication.hosting import Hosted, block

_HIDDEN = r"(?:.*/)?\.(?!well-known/)"
"""Nobody's business: the states behind the links, and the lock."""

_FOLDERS = "(?:[A-Za-z0-9_-][^/]*/)*"
_PLAIN = ("types { }", 'default_type "text/plain; charset=utf-8";')
_CODED_BEFORE = (
    "gzip_static on;",
    "# With the modules for them:",
    "#brotli_static on;",
    "#zstd_static on;",
)
_CODED_WHEN_ASKED = ("gzip on;", "gzip_types *;")


def nginx(hosted: Hosted) -> str:
    """Return what to include within a ``server`` of nginx, 1.18 or later."""
    base = re.escape(hosted.path)
    blocks = [
        "# Serves feeds as Digest does. Include this file within a server { } block.",
        block(f'location ~ "^{base}{_HIDDEN}"', ["return 404;"]),
        *_past(hosted),
    ]
    for name, media_type in served.MEDIA_TYPES.items():
        escaped = re.escape(name)
        if name != served.OPML:
            lines = [*_document(hosted, media_type, is_archived=True), *_CODED_WHEN_ASKED]
            at = f'location ~ "^{base}({_FOLDERS}archive/[0-9]+/{escaped})$"'
            blocks.append(block(at, lines))
        lines = [*_document(hosted, media_type, is_archived=False), *_CODED_BEFORE]
        blocks.append(block(f'location ~ "^{base}({_FOLDERS}{escaped})$"', lines))
    media = [f"alias {_quoted(f'{hosted.folder}/media/', '$1')};", *_added(served.MEDIA)]
    blocks.append(block(f'location ~ "^{base}media/([A-Za-z0-9_-][A-Za-z0-9._-]*)$"', media))
    only_read = [
        *_PLAIN,
        'add_header Allow "GET, HEAD" always;',
        f"return 405 {_quoted(served.READ_ONLY)};",
    ]
    blocks.append(block("location @feeds_are_read_only", only_read))
    if hosted.is_site:
        pages = [
            f"alias {_quoted(f'{hosted.folder}/')};",
            "index index.html;",
            f"error_page 404 {_quoted(f'{hosted.path}404.html')};",
        ]
        blocks.append(block(f"location {_quoted(hosted.path)}", pages))
    return "\n\n".join(blocks) + "\n"


def _past(hosted: Hosted) -> Iterator[str]:
    """Yield what answers for documents that moved or ended (feeds.md H6)."""
    for path, target in hosted.redirects():
        lines = [*_added({"Cache-Control": served.MOVED_CACHING}), f'return 301 "{target}";']
        yield block(f"location = {_quoted(path)}", lines)
    for path in hosted.ended():
        lines = [*_PLAIN, f"return 410 {_quoted(served.ENDED)};"]
        yield block(f"location = {_quoted(path)}", lines)


def _document(hosted: Hosted, media_type: str, *, is_archived: bool) -> list[str]:
    caching = served.ARCHIVE_CACHING if is_archived else served.caching(hosted.every_minutes)
    link = served.links(f"{hosted.url}$1", media_type, hosted.hubs, is_archived=is_archived)
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding", "Link": link, **served.FIXED}
    return [
        f"alias {_quoted(f'{hosted.folder}/', '$1')};",
        # The whole type by default_type: nginx adds no charset to what was coded before.
        "types { }",
        f'default_type "{media_type}";',
        "if_modified_since before;",
        *_added(headers),
        "error_page 405 @feeds_are_read_only;",
    ]


def _added(headers: Mapping[str, str]) -> list[str]:
    return [f"add_header {name} {_quoted(value)};" for name, value in headers.items()]


def _quoted(text: str, captured: str = "") -> str:
    """Return *text*, and what was *captured*, as a word of nginx's."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}{captured}"'
