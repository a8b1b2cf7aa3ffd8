"""Undoing a Content-Encoding, within limits: ten gigabytes of nothing fit into ten megabytes.

Pure. The output never grows past its limit, not even for a moment (security.md 9).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

ACCEPTED = "gzip, br, zstd, deflate"
"""What to ask for."""

STEP_BYTES = 65_536
"""How much comes out at a time."""

_FREE_BYTES = 1_000_000
"""Up to here any ratio is fine: a page of spaces is no attack."""

_MAX_WINDOW_BYTES = 8 * 1024 * 1024
"""What a zstd decoder has to support for the web (RFC 9659)."""


class DecompressError(ValueError):
    """The body is damaged, too large, or coded in a way that was not asked for."""


def decompress(body: bytes, coding: str, *, limit_bytes: int, max_ratio: int) -> bytes:
    """Return *body* without its coding.

    Args:
        body: As received.
        coding: The value of Content-Encoding; empty and ``identity`` mean none.
        limit_bytes: The most that may come out.
        max_ratio: How many times as long as *body* the output may be, once it is over 1 MB.

    Raises:
        DecompressError: if it is damaged, too large, or *coding* is another, or more than one.
    """
    name = coding.strip().lower()
    if name in {"", "identity"}:
        if len(body) > limit_bytes:
            raise DecompressError(f"is larger than {limit_bytes} bytes")
        return body
    steps = _CODINGS.get(name)
    if steps is None:
        raise DecompressError(f"has the Content-Encoding {name!r}, which was not asked for")
    if not body:
        return b""
    allowed = min(limit_bytes, max(_FREE_BYTES, len(body) * max_ratio))
    pieces, total = [], 0
    try:
        for piece in steps(body):
            total += len(piece)
            if total > allowed:
                why = f"larger than {limit_bytes} bytes" if allowed == limit_bytes else "a bomb"
                raise DecompressError(f"is {why} when unpacked")
            pieces.append(piece)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise DecompressError(f"is damaged: {error}") from error
    return b"".join(pieces)


def _zlib(body: bytes, wbits: int) -> Iterator[bytes]:
    rest = body
    while rest:
        # A gzip file may have several members.
        decoder = zlib.decompressobj(wbits)
        while not decoder.eof:
            piece = decoder.decompress(rest, STEP_BYTES)
            rest = decoder.unconsumed_tail
            if not piece and not rest and not decoder.eof:
                raise DecompressError("ends in the middle")
            yield piece
        rest = decoder.unused_data.lstrip(b"\0")


def _gzip(body: bytes) -> Iterator[bytes]:
    return _zlib(body, 16 + zlib.MAX_WBITS)


def _deflate(body: bytes) -> Iterator[bytes]:
    # "deflate" is zlib's format (RFC 9110, 8.4.1.2), but some send the bare stream.
    is_zlib = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0  # noqa: PLR2004 - RFC 1950, 2.2
    return _zlib(body, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


def _brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    piece = decoder.process(body, output_buffer_limit=STEP_BYTES)
    while piece or not decoder.is_finished():
        yield piece
        if decoder.can_accept_more_data() and not piece:
            raise DecompressError("ends in the middle")
        piece = decoder.process(b"", output_buffer_limit=STEP_BYTES)


def _zstd(body: bytes) -> Iterator[bytes]:
    decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    return decoder.read_to_iter(body, write_size=STEP_BYTES)


_CODINGS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
