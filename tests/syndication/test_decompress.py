"""Content-Encoding undone within limits (security.md 9)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.decompress import DecompressError, decompress

CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}

LIMITS = {"limit_bytes": 10_000_000, "max_ratio": 100}


@pytest.mark.parametrize("coding", CODERS)
@given(body=st.binary(max_size=5000))
def test_what_was_packed_comes_out_again(coding: str, body: bytes) -> None:
    assert decompress(CODERS[coding](body), coding, **LIMITS) == body


@pytest.mark.parametrize("coding", CODERS)
def test_a_body_of_some_megabytes_comes_out_whole(coding: str) -> None:
    body = bytes(range(256)) * 8000 + b"end"
    limits = {"limit_bytes": 10_000_000, "max_ratio": 100_000}
    assert decompress(CODERS[coding](body), coding, **limits) == body


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_a_body_without_a_coding_is_itself(coding: str) -> None:
    assert decompress(b"news", coding, **LIMITS) == b"news"


def test_a_plain_body_has_the_same_limit() -> None:
    with pytest.raises(DecompressError, match="is larger than 3 bytes"):
        decompress(b"news", "", limit_bytes=3, max_ratio=100)


def test_older_names_and_forms_are_understood() -> None:
    bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    assert decompress(gzip.compress(b"news"), "X-Gzip", **LIMITS) == b"news"
    assert decompress(bare.compress(b"news") + bare.flush(), "deflate", **LIMITS) == b"news"
    two = gzip.compress(b"ne") + gzip.compress(b"ws") + b"\0\0"
    assert decompress(two, "gzip", **LIMITS) == b"news"


@pytest.mark.parametrize("coding", CODERS)
def test_nothing_at_all_is_nothing(coding: str) -> None:
    """A 304 may name a coding and has no body."""
    assert decompress(b"", coding, **LIMITS) == b""


@pytest.mark.parametrize("coding", CODERS)
def test_security_9_a_bomb_is_refused_before_it_goes_off(coding: str) -> None:
    bomb = CODERS[coding](bytes(60_000_000))
    tracemalloc.start()
    with pytest.raises(DecompressError, match=r"a bomb|larger than 10000000 bytes"):
        decompress(bomb, coding, **LIMITS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25_000_000


def test_security_9_a_ratio_counts_only_for_what_is_large() -> None:
    spaces = gzip.compress(b" " * 900_000)
    assert len(decompress(spaces, "gzip", **LIMITS)) == 900_000
    with pytest.raises(DecompressError, match="is a bomb when unpacked"):
        decompress(gzip.compress(b" " * 1_100_000), "gzip", **LIMITS)


def test_security_9_what_unpacks_to_too_much_is_refused() -> None:
    body = gzip.compress(bytes(range(256)) * 10)
    with pytest.raises(DecompressError, match="is larger than 2000 bytes when unpacked"):
        decompress(body, "gzip", limit_bytes=2000, max_ratio=100)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_body_that_ends_in_the_middle_is_refused(coding: str) -> None:
    packed = CODERS[coding](bytes(range(256)) * 100)
    with pytest.raises(DecompressError, match=r"ends in the middle|damaged"):
        decompress(packed[:-6], coding, **LIMITS)


@pytest.mark.parametrize("coding", CODERS)
def test_a_damaged_body_is_refused(coding: str) -> None:
    with pytest.raises(DecompressError, match=r"damaged|ends in the middle"):
        decompress(b"\xff\xfe this is not packed at all", coding, **LIMITS)


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip", "exi"])
def test_a_coding_that_was_not_asked_for_is_refused(coding: str) -> None:
    with pytest.raises(DecompressError, match="not asked for"):
        decompress(b"news", coding, **LIMITS)
