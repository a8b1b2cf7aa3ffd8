"""The content codings that documents are published in (feeds.md H4). Pure.

Each is made once, when the document is: compressing at every request takes 65 times as long as
answering it. The same document gives the same bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping

import brotli
import zstandard

SUFFIXES: Mapping[str, str] = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""Codings, the best first, and what files in them end in, as web servers look for them."""

_BROTLI_QUALITY, _GZIP_LEVEL, _ZSTD_LEVEL = 4, 4, 3
"""Where taking twice as long makes a feed shorter by less than a twentieth."""


class CodingError(ValueError):
    """The bytes are not in that coding."""


def encode(body: bytes, coding: str) -> bytes:
    """Return *body* in *coding*, one of :data:`SUFFIXES`. Inverse of :func:`decode`."""
    if coding == "br":
        return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY))
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(body)
    # Without the time, which is in gzip's header otherwise.
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


def decode(data: bytes, coding: str) -> bytes:
    """Return what *data*, our own, says without its *coding*. Inverse of :func:`encode`.

    Raises:
        CodingError: if it is damaged.
    """
    try:
        if coding == "br":
            return bytes(brotli.decompress(data))
        if coding == "zstd":
            return zstandard.ZstdDecompressor().decompress(data)
        return gzip.decompress(data)
    except (OSError, EOFError, ValueError, brotli.error, zstandard.ZstdError) as error:
        raise CodingError(f"this is not {coding}: {error}") from error
