"""Feeds behind Caddy: what to import within a site of a Caddyfile. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.syndication import served
from digest.syndication.hosting import Hosted, block


def caddy(hosted: Hosted) -> str:
    """Return what to import within a site of a Caddyfile, Caddy 2.6 or later."""
    base = _escaped(hosted.path)
    names = "|".join(_escaped(name) for name in served.MEDIA_TYPES)
    prefix = hosted.path.removesuffix("/")
    route = [
        f"@hidden path_regexp `^{base}(.*/)?\\.`",
        "respond @hidden 404",
        *_past(hosted),
        block("@written", [f"path_regexp `^{base}(.*/)?({names})$`", "not method GET HEAD"]),
        "header @written Allow `GET, HEAD`",
        "header @written Content-Type `text/plain; charset=utf-8`",
        f"respond @written `{served.READ_ONLY.strip()}` 405",
        *_documents(hosted, base, names),
        f"@media path_regexp `^{base}media/`",
        *(f"header @media {name} `{value}`" for name, value in served.MEDIA.items()),
        *([f"uri strip_prefix `{prefix}`"] if prefix else []),
        f"root * `{hosted.folder}`",
        "encode gzip",
        block("file_server", ["precompressed br zstd gzip"]),
    ]
    return (
        "# Serves feeds as Digest does. Import this file within a site of the Caddyfile.\n"
        + block(f"handle {hosted.path}*", [block("route", route)])
        + "\n"
    )


def _past(hosted: Hosted) -> Iterator[str]:
    """Yield what answers for documents that moved or ended (feeds.md H6)."""
    for number, (path, target) in enumerate(hosted.redirects()):
        yield f"@moved{number} path_regexp `^{_escaped(path)}$`"
        yield f"header @moved{number} Cache-Control `{served.MOVED_CACHING}`"
        yield f"redir @moved{number} `{target}` 301"
    for number, path in enumerate(hosted.ended()):
        yield f"@ended{number} path_regexp `^{_escaped(path)}$`"
        yield f"header @ended{number} Content-Type `text/plain; charset=utf-8`"
        yield f"respond @ended{number} `{served.ENDED.strip()}` 410"


def _documents(hosted: Hosted, base: str, names: str) -> Iterator[str]:
    yield f"@documents path_regexp `^{base}(.*/)?({names})$`"
    yield f"header @documents Cache-Control `{served.caching(hosted.every_minutes)}`"
    # Caddy says so by itself where it codes something.
    yield "header @documents ?Vary `Accept-Encoding`"
    for name, value in served.FIXED.items():
        yield f"header @documents {name} `{value}`"
    yield f"@archive path_regexp `^{base}(.*/)?archive/[0-9]+/({names})$`"
    yield f"header @archive Cache-Control `{served.ARCHIVE_CACHING}`"
    # "orig_uri" is the path as it was asked for, before the base is taken off.
    url = hosted.url.removesuffix(hosted.path) + "{http.request.orig_uri.path}"
    for number, (name, media_type) in enumerate(served.MEDIA_TYPES.items()):
        yield f"@type{number} path_regexp `^{base}(.*/)?{_escaped(name)}$`"
        yield f"header @type{number} Content-Type `{media_type}`"
        yield f"header @type{number} Link `{served.links(url, media_type, hosted.hubs)}`"
        if hosted.hubs and name != served.OPML:
            archive = f"^{base}(.*/)?archive/[0-9]+/{_escaped(name)}$"
            link = served.links(url, media_type, hosted.hubs, is_archived=True)
            yield f"@archived{number} path_regexp `{archive}`"
            yield f"header @archived{number} Link `{link}`"


def _escaped(text: str) -> str:
    """Return the regular expression for *text*, as Go has them, fit to stand between backticks."""
    return re.sub(r"([!-,.:-@\[-^{-~])", r"\\\1", text).replace("`", r"\x60")
